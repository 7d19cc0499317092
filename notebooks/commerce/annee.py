"""Sur quels quatre trimestres porte une page, et comment le dire ?

Une année civile, ou quatre trimestres glissants, nommés par le dernier : « 2025T2 » va de juillet
2024 à juin 2025. La préparation les décale pour qu'ils soient les trimestres 1 à 4 de « l'année »
2025 : tout calcul fait sur une année vaut alors pour eux, et les mots seuls changent.
"""

import re

from commerce import ErreurDonnees
from commerce.redaction import majuscule, mots

TRIMESTRES = (1, 2, 3, 4)
MOIS = 3  # par trimestre
DERNIER = TRIMESTRES[-1]
ECRITE = re.compile(r"(\d{1,4})(?:[Tt]([1-4]))?")


class Annee(int):
    """Quatre trimestres de suite, comparés et comptés comme l'année où ils finissent.

    `fin` : le dernier, de 1 à 4 ; une année civile finit au quatrième. `str` rend « 2024 » ou
    « 2025T2 » ; `f"{annee:en}"`, « en 2024 » ou « de juillet 2024 à juin 2025 » : les genres sont
    dans `mots.toml`, section [periode]. Une année moins un garde son dernier trimestre.
    """

    fin: int

    def __new__(cls, annee: int, fin: int = 0) -> "Annee":
        soi = super().__new__(cls, annee)
        soi.fin = fin or getattr(annee, "fin", DERNIER)
        return soi

    @classmethod
    def lire(cls, ecrite: "int | str") -> "Annee":
        """2024, « 2024 » ou « 2025T2 » ; 0 ou rien : la dernière. Lève `ErreurDonnees`."""
        if isinstance(ecrite, cls):
            return ecrite
        lue = ECRITE.fullmatch(str(ecrite).strip() or "0")
        if not lue or (lue[2] and not int(lue[1])):
            raise ErreurDonnees(
                f"Pas de données pour l'année {ecrite} : écrire une année (2024), ou le dernier de "
                "quatre trimestres (2025T2, de juillet 2024 à juin 2025)."
            )
        return cls(int(lue[1]), int(lue[2] or DERNIER))

    @property
    def civile(self) -> bool:
        """Est-ce une année, de janvier à décembre ?"""
        return self.fin == DERNIER

    @property
    def civiles(self) -> tuple[int, ...]:
        """Les années civiles que touchent ces trimestres."""
        return tuple(dict.fromkeys(an for an, _ in self.trimestres))

    @property
    def trimestres(self) -> list[tuple[int, int]]:
        """Les quatre vrais trimestres, dans l'ordre : (année civile, trimestre)."""
        return [self.trimestre(rang) for rang in TRIMESTRES]

    def trimestre(self, rang: int) -> tuple[int, int]:
        """Le vrai trimestre de ce rang : le 1er de 2025T2 est le troisième de 2024."""
        an, reste = divmod(4 * int(self) + int(rang) - 1 - (DERNIER - self.fin), 4)
        return an, reste + 1

    @property
    def valeur(self) -> "int | str":
        """Ce qu'une notice, un carnet ou un fichier en gardent : 2024, ou « 2025T2 »."""
        return int(self) if self.civile else str(self)

    def __add__(self, autre: int) -> "Annee":
        return Annee(int(self) + autre, self.fin)

    def __sub__(self, autre: int) -> "Annee":
        return Annee(int(self) - autre, self.fin)

    def __str__(self) -> str:
        return f"{int(self)}" if self.civile else f"{int(self)}T{self.fin}"

    __repr__ = __str__

    def __format__(self, genre: str) -> str:
        if self.civile and not genre:
            return str(self)
        periode = mots()["periode"]
        modeles = periode["civile" if self.civile else "glissante"]
        if (genre or "nue") not in modeles:
            return format(int(self), genre)
        dernier = MOIS * self.fin
        debut, fin = periode["mois"][dernier % 12], periode["mois"][dernier - 1]
        de = "d'" if debut[0] in "ao" else "de "
        return modeles[genre or "nue"].format(
            an=int(self),
            avant=int(self) - 1,
            debut=f"{debut} {int(self) - 1}",
            fin=f"{fin} {int(self)}",
            de=de,
            de_majuscule=majuscule(de),
        )


def glissante(annee: int, trimestre: int, fin: int) -> tuple[int, int]:
    """Sous quelle année et quel rang compter un vrai trimestre ? L'inverse d'`Annee.trimestre`."""
    an, reste = divmod(4 * annee + trimestre - 1 + (DERNIER - fin), 4)
    return an, reste + 1


def enumerer(annees: "list[Annee]") -> str:
    """« années 2023, 2024 », « de juillet 2023 à juin 2024, de juillet 2024 à juin 2025 »."""
    if not annees or not annees[0].civile:
        return ", ".join(f"{annee:en}" for annee in annees)
    return f"années {', '.join(map(str, annees))}"
