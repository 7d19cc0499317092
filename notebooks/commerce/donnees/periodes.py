"""Qu'est-ce qu'un trimestre d'un flux, et comment le nommer ?"""

from dataclasses import dataclass

from commerce.annee import Annee

NOMS_FLUX = {"export": "exportations", "import": "importations"}


@dataclass(frozen=True, order=True)
class Periode:
    """Un trimestre d'un flux (`export` ou `import`) : ce qu'un seul fichier doit donner.

    D'une `Annee` glissante, le rang du trimestre ; écrit, c'est toujours le vrai trimestre.
    """

    annee: int
    trimestre: int
    flux: str

    def __str__(self) -> str:
        annee, trimestre = Annee(self.annee).trimestre(self.trimestre)
        return f"{NOMS_FLUX[self.flux]} du {ordinal(trimestre)} trimestre {annee}"


def ordinal(trimestre: int) -> str:
    """« 1er », « 2e »…"""
    return "1er" if trimestre == 1 else f"{trimestre}e"
