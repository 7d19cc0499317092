"""Ces lignes viennent-elles du jeu fictif ? Reconnues à ce qu'elles disent, pas à leur fichier.

Dans le jeu de démonstration, la masse d'une ligne est une fonction de ses codes et de sa valeur
(`tirage.masses_kg`). Il suffit de la recalculer : une ligne fictive tombe juste au kilogramme près,
où qu'on l'ait recopiée, dans quelque ordre, quelque partie et quelque taille de jeu que ce soit.
Une ligne réelle de plus de dix tonnes tombe juste moins d'une fois sur dix mille.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from commerce.demonstration import tirage
from commerce.references import table as lire

# Sous dix tonnes, une ligne réelle pourrait tomber juste par hasard : elle ne prouve rien.
MASSE_PROBANTE_KG = 10_000
# Sur des masses tirées au hasard autour des nôtres, 0,01 % tombent juste ; ici cinq fois plus.
PART_FORTUITE = 0.0005
PREUVES = 5
# Une ligne retouchée à la main ne tombe plus juste : le fichier reste fictif.
PART_ENTIERE = 0.9


class Lecture(NamedTuple):
    """Lignes assez lourdes pour être jugées, celles qui sont fictives, et la première d'elles.

    `premiere` : rang de la ligne dans la table, à partir de 1 ; 0 s'il n'y en a pas.
    """

    probantes: int
    fictives: int
    premiere: int

    @property
    def fictif(self) -> bool:
        """Le fichier vient-il du jeu fictif, au moins pour partie ?"""
        seuil = min(PREUVES + PART_FORTUITE * self.probantes, PART_ENTIERE * self.probantes)
        return self.fictives >= max(seuil, 1)

    @property
    def melange(self) -> bool:
        """Des lignes fictives voisinent-elles avec d'autres ?"""
        return self.fictif and self.fictives < PART_ENTIERE * self.probantes


def reconnaitre(table: pa.Table) -> Lecture:
    """Combien de lignes de cette table (`douanes.lire_donnees`) sont-elles fictives ?

    Une année changée à la main ne trompe pas : toutes celles du jeu sont essayées.
    """
    lourdes = np.flatnonzero(table["masse_kg"].to_numpy() >= MASSE_PROBANTE_KG)
    colonnes = {nom: _Codes(table[nom], lourdes) for nom in ("flux", "departement", "trimestre")}
    produits = _Codes(table["a129"], lourdes)
    prix = lire("demonstration_produits").set_index("a129")["prix_eur_kg"]
    couples = tirage.couple(
        _Codes(table["cpf4"], lourdes).entiers(), _Codes(table["pays"], lourdes).entiers()
    )
    masses = table["masse_kg"].to_numpy()[lourdes]
    justes = np.zeros(len(lourdes), bool)
    for annee in tirage.ANNEES:
        justes |= masses == tirage.masses_kg(
            prix_eur_kg=produits.valeurs([float(prix.get(code, 0)) for code in produits.codes]),
            valeurs_eur=table["valeur_eur"].to_numpy()[lourdes],
            flux=colonnes["flux"].entiers(),
            departements=colonnes["departement"].entiers(),
            annees=str(annee),
            couples=couples,
            trimestres=colonnes["trimestre"].valeurs([int(c) for c in colonnes["trimestre"].codes]),
        )
    fictives = lourdes[justes]
    return Lecture(len(lourdes), len(fictives), int(fictives[0]) + 1 if len(fictives) else 0)


class _Codes:
    """Une colonne de dictionnaires Arrow : ses codes, et leur rang à quelques lignes."""

    def __init__(self, colonne: pa.ChunkedArray, lignes: np.ndarray):
        entiere = colonne.unify_dictionaries().combine_chunks()
        self.codes = entiere.dictionary.to_pylist()
        self.rangs = entiere.indices.to_numpy()[lignes]

    def entiers(self) -> np.ndarray:
        return tirage.entiers(self.codes)[self.rangs]

    def valeurs(self, par_code: list) -> np.ndarray:
        return np.array(par_code)[self.rangs] if self.codes else np.array([])
