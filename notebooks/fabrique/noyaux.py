"""Comment lancer, garder et remettre à neuf un noyau Jupyter ?"""

import itertools
import os
from pathlib import Path

import psutil
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop

DEMARRAGE_MAX_S = 60
REPONSE_MAX_S = 60
ATTACHER = "__import__('fabrique.isolation').isolation.attacher()"
PRECHAUFFER = "__import__('fabrique.isolation').isolation.prechauffer({!r})"
REMETTRE_A_NEUF = "__import__('fabrique.isolation').isolation.remettre_a_neuf()"

_rangs = itertools.count(1)


class NoyauPerdu(RuntimeError):
    """Le noyau est mort, bloqué ou trop gourmand : il faut le remplacer."""


class Noyau:
    """Un noyau Jupyter lancé dans `dossier`, joint par des prises locales rangées dans `prises`."""

    def __init__(self, dossier: Path, prises: Path):
        self.dossier = dossier
        self.prises = prises
        self.pages = 0
        self.client = None
        self.rejets = prises / "rejets.log"

    def lancer(self) -> None:
        """Lance le processus sans attendre qu'il réponde."""
        # Des prises Unix : ni port à disputer entre ouvriers, ni avertissement sur TCP.
        self.gestionnaire = AsyncKernelManager(
            kernel_name="python3",
            transport="tcp" if os.name == "nt" else "ipc",
            connection_file=str(self.prises / f"{next(_rangs)}.json"),
        )
        arguments = [
            "--HistoryManager.hist_file=:memory:",
            f"--IPKernelApp.exec_lines={ATTACHER}",
        ]
        with self.rejets.open("w") as rejets:
            _attendre(
                self.gestionnaire.start_kernel(
                    cwd=str(self.dossier),
                    extra_arguments=arguments,
                    stdout=rejets,
                    stderr=rejets,
                )
            )
        self.processus = psutil.Process(self.gestionnaire.provisioner.pid)
        self.pages, self.client = 0, None

    def joindre(self, imports: str = "") -> None:
        """Attend que le noyau réponde, puis y charge d'avance ces imports."""
        self.client = self.gestionnaire.client()
        self.client.start_channels()
        try:
            _attendre(self.client.wait_for_ready(timeout=DEMARRAGE_MAX_S))
        except RuntimeError as erreur:
            raise NoyauPerdu(f"le noyau ne démarre pas ({erreur})") from erreur
        self.client.allow_stdin = False
        if imports:
            self._en_silence(PRECHAUFFER.format(imports))

    def remettre_a_neuf(self) -> None:
        """Rend au noyau un espace de noms vide et l'état de son démarrage."""
        self._en_silence(REMETTRE_A_NEUF)

    def octets(self) -> int:
        """Mémoire occupée par le noyau ; 0 s'il est mort."""
        try:
            return self.processus.memory_info().rss
        except psutil.NoSuchProcess:
            return 0

    def derniers_mots(self) -> str:
        """Dernière ligne que le processus a écrite hors des cellules, entre parenthèses."""
        lignes = self.rejets.read_text(errors="replace").split("\n")
        mots = [ligne.strip() for ligne in lignes if ligne.strip()]
        return f" ({mots[-1]})" if mots else ""

    def tuer(self) -> None:
        """Arrête le noyau sur-le-champ et rend ses ressources."""
        if self.client:
            self.client.stop_channels()
        _attendre(self.gestionnaire.shutdown_kernel(now=True))

    def _en_silence(self, code: str) -> None:
        """Exécute hors de tout carnet ; une erreur ou un silence veut dire noyau perdu."""

        async def executer() -> dict:
            return await self.client.execute(
                code, silent=True, store_history=False, reply=True, timeout=REPONSE_MAX_S
            )

        try:
            reponse = _attendre(executer())
        except TimeoutError as erreur:
            raise NoyauPerdu("le noyau ne répond plus entre deux pages") from erreur
        if reponse["content"]["status"] != "ok":
            raise NoyauPerdu("\n".join(reponse["content"]["traceback"]))


def _attendre(promesse):
    """Résultat d'une coroutine, sur la boucle d'événements que nbclient emploie aussi."""
    return ensure_event_loop().run_until_complete(promesse)
