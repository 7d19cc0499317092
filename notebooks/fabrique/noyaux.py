"""Comment lancer, garder et remettre à neuf un noyau Jupyter ?"""

import itertools
import os
import sys
import time
from pathlib import Path
from queue import Empty

import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_event_loop
from traitlets import Unicode

DEMARRAGE_MAX_S = 60
PATIENCE_S, ECHO_S = 1, 0.05
REPONSE_MAX_S = 60
REMETTRE_A_NEUF = "__import__('fabrique.isolation').isolation.remettre_a_neuf()"

_rangs = itertools.count(1)


class NoyauPerdu(RuntimeError):
    """Le noyau est mort, bloqué ou trop gourmand : il faut le remplacer.

    `definitif` : recommencer la page donnerait la même perte.
    """

    def __init__(self, motif: str, definitif: bool = False):
        super().__init__(motif)
        self.definitif = definitif


class _Lancement(KernelSpecManager):
    """Le noyau est celui de ce Python-ci, quels que soient les noyaux installés sur la machine."""

    imports = Unicode()

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        lancement = [sys.executable, "-m", "fabrique.lancement", self.imports]
        return KernelSpec(argv=[*lancement, "-f", "{connection_file}"], language="python")


class Noyau:
    """Un noyau Jupyter lancé dans `dossier`, joint par des prises locales rangées dans `prises`.

    imports : lignes d'import qu'il charge avant de répondre.
    """

    def __init__(self, dossier: Path, prises: Path, imports: str = ""):
        self.dossier = dossier
        self.prises = prises
        self.imports = imports
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
            kernel_spec_manager=_Lancement(imports=self.imports),
        )
        with self.rejets.open("w") as rejets:
            _attendre(
                self.gestionnaire.start_kernel(
                    cwd=str(self.dossier),
                    stdout=rejets,
                    stderr=rejets,
                )
            )
        self.processus = psutil.Process(self.gestionnaire.provisioner.pid)
        self.pages, self.client = 0, None

    def joindre(self) -> None:
        """Attend que le noyau réponde."""
        self.client = self.gestionnaire.client()
        self.client.start_channels()
        self.client.allow_stdin = False
        limite = time.monotonic() + DEMARRAGE_MAX_S
        while not _attendre(self._repond()):
            if time.monotonic() > limite or not _attendre(self.gestionnaire.is_alive()):
                raise NoyauPerdu(f"le noyau ne démarre pas{self.derniers_mots()}")

    async def _repond(self) -> bool:
        """Le noyau répond-il, et l'entend-on sur la prise qui portera ses sorties ?

        Elle peut se joindre après la première réponse : on redemande jusqu'à l'y entendre.
        `wait_for_ready` guette en plus deux dixièmes de seconde de silence.
        """
        demande = self.client.kernel_info()
        try:
            await self.client.get_shell_msg(timeout=PATIENCE_S)
            while True:
                entendu = await self.client.get_iopub_msg(timeout=ECHO_S)
                a_nous = entendu["parent_header"].get("msg_id") == demande
                if a_nous and entendu["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False

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
