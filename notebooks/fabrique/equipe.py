"""Comment répartir les pages entre des processus dont aucun ne doit survivre au lot ?

Chaque ouvrier est un processus et tient un noyau, autre processus. Une « laisse » (un tube que
seul le parent tient) les lie : le parent la lâche, ou meurt, et l'ouvrier tue son noyau et sort.
"""

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO

import psutil

from .foyer import isoler
from .isolation import alleger
from .lot import Controle, Page, Reglages

ESSAIS = 2
RONDE_S = 0.25
ARRET_MAX_S = 5  # l'ouvrier attend son noyau, le parent attend l'ouvrier deux fois plus
MARGE_S = 120
PRISES_COURTES = "/tmp"  # sous Unix, partout, et d'un nom court
NOM_MAX_OCTETS = 60  # une prise Unix en accepte une centaine, dont quarante sont à nous


def coeurs() -> int:
    """Cœurs que ce processus a le droit d'employer."""
    permis = getattr(os, "sched_getaffinity", None)  # Linux seulement
    return len(permis(0)) if permis else os.cpu_count() or 1


def _dossier_des_prises() -> str:
    """Dossier temporaire de la machine, ou un autre si son nom est trop long pour une prise."""
    dossier = tempfile.gettempdir()
    trop_long = os.name != "nt" and len(os.fsencode(dossier)) > NOM_MAX_OCTETS
    return PRISES_COURTES if trop_long else dossier


class Equipe:
    """Les ouvriers d'un lot ; à employer avec `with`, qui les arrête tous en sortant."""

    def __init__(self, reglages: Reglages, effectif: int, dossier: Path):
        self.reglages = reglages
        self.effectif = effectif
        self.dossier = dossier
        self.membres: list[_Membre] = []

    def __enter__(self) -> "Equipe":
        self._prises = tempfile.TemporaryDirectory(
            prefix="lot-", dir=_dossier_des_prises(), ignore_cleanup_errors=True
        )
        return self

    def __exit__(self, *_) -> None:
        for membre in self.membres:
            membre.lacher()
        for membre in self.membres:
            membre.attendre_fin()
        self._prises.cleanup()

    def faire(self, taches: Iterable[Page | Controle]) -> Iterator[tuple[Page | Controle, dict]]:
        """Résultat de chaque tâche, dans l'ordre où elles finissent.

        Un ouvrier mort ou muet est remplacé, et sa page retentée une fois.
        """
        attente = deque((tache, 1) for tache in taches)
        while attente or any(membre.tache for membre in self.membres):
            self._distribuer(attente)
            occupes = {membre.travail: membre for membre in self.membres if membre.tache}
            for travail in wait(list(occupes), timeout=RONDE_S):
                membre = occupes[travail]
                tache, essai = membre.tache
                try:
                    resultat = membre.rendre()
                except (EOFError, OSError):
                    self._remplacer(membre)
                    if essai < ESSAIS:
                        attente.appendleft((tache, essai + 1))
                        continue
                    resultat = _mort_repetee(membre)
                # Avant de rendre la main : l'ouvrier n'attend pas que le journal soit écrit.
                self._distribuer(attente)
                yield tache, resultat
            self._surveiller()

    def _distribuer(self, attente: deque) -> None:
        """Donne une page à chaque ouvrier libre ; n'embauche que s'il reste du travail."""
        while attente:
            libre = next((membre for membre in self.membres if not membre.tache), None)
            if libre is None:
                if len(self.membres) >= self.effectif:
                    return
                libre = _Membre(self.reglages, self.dossier, Path(self._prises.name))
                self.membres.append(libre)
            libre.confier(attente.popleft())

    def _remplacer(self, membre: "_Membre") -> None:
        membre.lacher()
        membre.attendre_fin()
        self.membres.remove(membre)

    def _surveiller(self) -> None:
        """Tue un ouvrier trop gourmand, comme le garde tue un noyau, ou, dernier recours, muet."""
        limite_s = ESSAIS * self.reglages.delai_s + MARGE_S
        maximum = self.reglages.memoire_max_octets
        for membre in self.membres:
            if membre.tache and membre.octets() > maximum:
                membre.exces = f"l'ouvrier a pris plus de {maximum // 10**6} Mo de mémoire"
                membre.processus.kill()
            elif membre.tache and time.monotonic() - membre.debut > limite_s:
                membre.processus.kill()


class _Membre:
    """Un ouvrier vu du parent : son processus, le tube du travail, la laisse."""

    def __init__(self, reglages: Reglages, dossier: Path, prises: Path):
        contexte = multiprocessing.get_context("spawn")
        self.plaintes = tempfile.TemporaryFile()  # noqa: SIM115 (fermé avec l'ouvrier)
        self.travail, travail = contexte.Pipe()
        laisse, self.laisse = contexte.Pipe(duplex=False)
        self.processus = contexte.Process(
            target=_vivre, args=(travail, laisse, reglages, dossier, prises), daemon=True
        )
        with _erreurs_dans(self.plaintes):
            self.processus.start()
        travail.close()
        laisse.close()
        self.tache: tuple[Page | Controle, int] | None = None
        self.debut = 0.0
        self.derniers_mots = ""
        self.exces = ""

    def octets(self) -> int:
        """Mémoire de l'ouvrier, sans son noyau ; 0 s'il est mort."""
        try:
            return psutil.Process(self.processus.pid).memory_info().rss
        except psutil.Error:
            return 0

    def confier(self, tache: tuple[Page | Controle, int]) -> None:
        self.tache, self.debut = tache, time.monotonic()
        with suppress(OSError):  # un ouvrier déjà mort se découvre en attendant sa réponse
            self.travail.send(tache[0])

    def rendre(self) -> dict:
        resultat = self.travail.recv()
        self.tache = None
        return resultat

    def lacher(self) -> None:
        self.laisse.close()

    def attendre_fin(self) -> None:
        """Attend la fin de l'ouvrier ; retient la dernière ligne de son erreur standard."""
        self.processus.join(2 * ARRET_MAX_S)
        if self.processus.is_alive():
            self.processus.kill()
            self.processus.join()
        self.travail.close()
        with self.plaintes:
            self.plaintes.seek(0)
            lignes = self.plaintes.read().decode(errors="replace").split("\n")
        self.derniers_mots = next((mot.strip() for mot in reversed(lignes) if mot.strip()), "")


@contextmanager
def _erreurs_dans(fichier: IO[bytes]) -> Iterator[None]:
    """Le temps de lancer un processus, l'erreur standard dont il hérite est ce fichier.

    Windows ne la transmet pas ainsi : l'ouvrier y écrit dans le terminal.
    """
    terminal = os.dup(2)
    os.dup2(fichier.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _mort_repetee(membre: _Membre) -> dict:
    mots = membre.derniers_mots
    dernier = f", dernier message : {mots}" if mots else " sans rien dire"
    motif = (membre.exces or f"l'ouvrier s'est arrêté{dernier}") + f" ({ESSAIS} essais)"
    return {
        "statut": "echec",
        "erreur": motif,
        "garder": True,
        "ecarts": [motif],
        "alertes": [],
        "fiche": {},
        "durees_s": {},
    }


def _vivre(
    travail: Connection, laisse: Connection, reglages: Reglages, dossier: Path, prises: Path
) -> None:
    """Processus d'un ouvrier.

    Le noyau est lancé d'abord : il charge ses modules pendant que l'ouvrier charge les siens,
    d'où les imports placés ici.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C s'adresse au parent, qui décide
    alleger("pyarrow")  # papermill ne l'emploie que pour lire sur HDFS : 40 Mo par ouvrier
    prises = prises / str(os.getpid())
    prises.mkdir(parents=True)
    isoler(prises)
    from .noyaux import Noyau

    noyau = Noyau(dossier, prises, reglages.prechauffage)
    threading.Thread(target=_tenir_en_laisse, args=(laisse, noyau), daemon=True).start()
    noyau.lancer()
    from .ouvrier import Ouvrier

    Ouvrier(reglages, noyau).servir(travail)


def _tenir_en_laisse(laisse: Connection, noyau) -> None:
    """Attend que la laisse soit lâchée, par décision ou par la mort du parent."""
    with suppress(EOFError, OSError):
        laisse.recv()
    with suppress(Exception):  # noyau pas encore lancé, ou déjà mort
        noyau.processus.kill()
        noyau.processus.wait(ARRET_MAX_S)
    shutil.rmtree(noyau.prises, ignore_errors=True)
    with suppress(OSError):  # au parent de le faire, s'il vit encore ; sinon, au dernier parti
        noyau.prises.parent.rmdir()
    os._exit(0)
