"""Qui arrête un noyau qui s'emballe ? Un garde, du dehors, pendant chaque page."""

import threading
import time
from contextlib import suppress

import psutil

PERIODE_S = 0.05


class Garde(threading.Thread):
    """Surveille un noyau pendant une page et le tue s'il dépasse une limite ; `motif` dit laquelle.

    `pic_octets` est la plus grande mémoire vue.
    """

    def __init__(self, processus: psutil.Process, delai_s: float, memoire_max_octets: int):
        super().__init__(daemon=True)
        self.processus = processus
        self.delai_s = delai_s
        self.memoire_max_octets = memoire_max_octets
        self.motif = ""
        self.pic_octets = 0
        self._fini = threading.Event()

    def run(self) -> None:
        limite = time.monotonic() + self.delai_s
        with suppress(psutil.NoSuchProcess):
            while not self._fini.wait(PERIODE_S):
                octets = self.processus.memory_info().rss
                self.pic_octets = max(self.pic_octets, octets)
                if octets > self.memoire_max_octets:
                    self.motif = f"plus de {self.memoire_max_octets // 10**6} Mo de mémoire"
                elif time.monotonic() > limite:
                    self.motif = f"délai de {self.delai_s:g} s dépassé"
                if self.motif:
                    self.processus.kill()
                    return

    def __enter__(self) -> "Garde":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._fini.set()
        self.join()
