"""Qui arrête un noyau qui s'emballe ? Un garde, du dehors, pendant chaque page."""

import threading
import time
from contextlib import suppress

import psutil

from .lot import Reglages

PERIODE_S = 0.05


class Garde(threading.Thread):
    """Surveille un noyau pendant une page et le tue s'il dépasse une limite ; `motif` dit laquelle.

    `pic_octets` est la plus grande mémoire vue ; `definitif`, que recommencer donnerait de même.
    """

    def __init__(self, processus: psutil.Process, reglages: Reglages):
        super().__init__(daemon=True)
        self.processus = processus
        self.reglages = reglages
        self.motif = ""
        self.definitif = False
        self.pic_octets = 0
        self._cellule, self._ecrits = "", 0
        self._fini = threading.Event()

    def run(self) -> None:
        reglages, limite = self.reglages, time.monotonic() + self.reglages.delai_s
        with suppress(psutil.NoSuchProcess):
            while not self._fini.wait(PERIODE_S) and not self.motif:
                octets = self.processus.memory_info().rss
                self.pic_octets = max(self.pic_octets, octets)
                if octets > reglages.memoire_max_octets:
                    self._arreter(f"plus de {reglages.memoire_max_octets // 10**6} Mo de mémoire")
                elif time.monotonic() > limite:
                    self._arreter(f"délai de {reglages.delai_s:g} s dépassé")

    def laisse_passer(self, cellule: str, contenu: object) -> bool:
        """Cette sortie de cellule tient-elle dans ce qu'une cellule peut écrire ?

        Sinon le noyau est arrêté : l'ouvrier garderait en mémoire tout ce qu'il reçoit.
        """
        if cellule != self._cellule:
            self._cellule, self._ecrits = cellule, 0
        self._ecrits += _poids(contenu)
        if self._ecrits <= self.reglages.sorties_max_octets:
            return True
        if not self.motif:
            megaoctets = self.reglages.sorties_max_octets // 10**6
            self.definitif = True
            self._arreter(f"plus de {megaoctets} Mo affichés, cellule « {cellule} »")
        return False

    def _arreter(self, motif: str) -> None:
        self.motif = motif
        with suppress(psutil.NoSuchProcess):
            self.processus.kill()

    def __enter__(self) -> "Garde":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._fini.set()
        self.join()


def _poids(contenu: object) -> int:
    """Longueur de tous les textes d'un message, noms compris."""
    if isinstance(contenu, dict):
        return sum(len(nom) + _poids(valeur) for nom, valeur in contenu.items())
    if isinstance(contenu, list):
        return sum(map(_poids, contenu))
    return len(contenu) if isinstance(contenu, str) else 1
