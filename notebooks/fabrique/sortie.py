"""Où va chaque résultat, et qui a le droit d'y écrire ?"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from . import ErreurLot, ecriture, systeme
from .ecriture import SUFFIXE_PARTIEL

# La page des relecteurs, qui n'est jamais publiée.
RELECTURE = "relecture"
# Le journal garde la somme de chaque page et le passage suivant la vérifie : attendre le disque à
# chaque fichier coûterait 8 ms. Le journal d'un passage fini l'attend.
ecrire = partial(ecriture.ecrire, sur_le_disque=False)


@dataclass(frozen=True)
class Sortie:
    """Les fichiers d'un lot sous un même dossier."""

    racine: Path

    @property
    def journal(self) -> Path:
        return self.racine / "journal.json"

    @property
    def indicateurs(self) -> Path:
        return self.racine / "donnees" / "indicateurs.csv"

    def page(self, slug: str) -> Path:
        """Page publiée ; celle des relecteurs est à part."""
        if slug == RELECTURE:
            return self.racine / RELECTURE / "index.html"
        return self.racine / "html" / f"{slug}.html"

    def filles(self, debut: str) -> set[str]:
        """Les pages en place dont le nom commence ainsi ; aucune si `debut` est vide."""
        trouvees = self.page("").parent.glob(f"{debut}*.html") if debut else ()
        return {chemin.stem for chemin in trouvees}

    def carnet(self, slug: str) -> Path:
        """Carnet exécuté, preuve de la page."""
        return self.racine / "notebooks" / f"{slug}.ipynb"

    def echec(self, slug: str) -> Path:
        """Carnet d'une page qui a échoué, avec sa trace."""
        return self.racine / "echecs" / f"{slug}.ipynb"

    def fichier(self, nom: str) -> Path:
        """Fichier joint à une page, publié aussi à part."""
        return self.racine / "donnees" / nom

    @property
    def pdf(self) -> Path:
        """Dossier des PDF, qui n'existe que s'ils ont été demandés."""
        return self.racine / "pdf"

    def dossiers(self) -> tuple[Path, ...]:
        """Tous les dossiers où le lot écrit toujours."""
        noms = ("html", "notebooks", "echecs", "donnees", RELECTURE)
        return tuple(self.racine / nom for nom in noms)

    @contextmanager
    def reservee(self) -> Iterator[None]:
        """Réserve le dossier à ce passage, crée ses sous-dossiers et balaie les restes.

        Lève `ErreurLot` si le dossier n'est pas accessible ou si un autre passage y écrit. Le
        verrou appartient au processus : il disparaît avec lui, même tué.
        """
        with self._ouvrir_verrou() as fichier:
            if not _verrouiller(fichier):
                raise ErreurLot(
                    f"Un autre passage écrit déjà dans {self.racine} : attendre qu'il finisse, "
                    "ou choisir un autre dossier avec --sortie."
                )
            for dossier in (*self.dossiers(), self.pdf):
                for reste in dossier.glob(f".*{SUFFIXE_PARTIEL}"):
                    reste.unlink()
            yield

    def _ouvrir_verrou(self) -> IO[str]:
        try:
            for dossier in self.dossiers():
                dossier.mkdir(parents=True, exist_ok=True)
            return (self.racine / ".verrou").open("a+")
        except OSError as erreur:
            raise ErreurLot(
                f"Impossible d'écrire dans {self.racine} : {systeme.refus(erreur)} ; rendre ce "
                "dossier accessible, ou en choisir un autre avec --sortie."
            ) from erreur


def _verrouiller(fichier) -> bool:
    """Prend le verrou du système d'exploitation sur ce fichier ; faux s'il est déjà pris."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(fichier.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
