"""Quels Territoires d'industrie, et que disent les douanes de leurs départements ?

Un territoire réunit des communes ; les douanes ne publient rien au-dessous du département. Ses
départements sont donc mis côte à côte, et jamais additionnés.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from commerce.comparaison.lecture import parts_pct
from commerce.comparaison.lecture import tableau as chiffres_cles
from commerce.donnees import reperes, territoires_industrie
from commerce.donnees.fiche import Origine, choisir_annee, preparees
from commerce.formats import sans_accent
from commerce.indicateurs import SENS
from commerce.references import departements

AXES = ("produits", "pays")
PREMIERS = 5
COMMUNES = "communes_dans_departement"


@dataclass(frozen=True, eq=False)
class Territoires(Origine):
    """Les territoires (`liste`, voir `lire`) et les nombres de tous les départements.

    chiffres : voir `comparaison.tableau`. parts : par axe (« produits », « pays ») et par flux,
    puis par département, la part de chaque code en % (vide : flux trop petit). noms : libellé de
    chaque code, par axe.
    """

    liste: pd.DataFrame
    chiffres: pd.DataFrame
    parts: dict[tuple[str, str], dict[str, dict[str, float]]]
    noms: dict[str, dict[str, str]]
    slug: ClassVar[str] = "territoires-industrie"

    def __repr__(self) -> str:
        return f"{self.liste['id_ti'].nunique()} Territoires d'industrie, {self.annee}"


def lire(donnees: str | Path = "") -> pd.DataFrame:
    """Quels territoires, dans quels départements ? Vide sans la liste officielle.

    Une ligne par territoire et par département, les territoires par ordre alphabétique, leurs
    départements du plus au moins de communes : id_ti, libelle, slug (nom de sa page),
    departement, communes_dans_departement, communes. `donnees` : un dossier préparé ; vide, les
    fichiers sont préparés, ou repris. Source : ANCT (`donnees.territoires_industrie`).
    """
    liste = preparees(donnees).territoires_industrie()
    if not territoires_industrie.officielle(liste):
        return liste.iloc[:0].assign(slug="")
    liste["slug"] = liste["id_ti"].map(territoires_industrie.noms_de_page(liste))
    ordre = liste.assign(rang=liste["libelle"].map(sans_accent), petit=-liste[COMMUNES])
    triee = ordre.sort_values(["rang", "id_ti", "petit", "departement"], ignore_index=True)
    return triee.drop(columns=["rang", "petit"])


def ouvrir(annee: int | str = 0, donnees: str | Path = "") -> Territoires:
    """Les territoires et l'année de leurs départements ; 0 : la dernière complète.

    Lève `ErreurDonnees`.
    """
    lu = preparees(donnees, annee=annee)
    choisie = choisir_annee(lu, annee)
    origine = Origine(choisie, lu.demonstration, lu.provisoire(choisie), lu.dossier)
    lus = reperes.lire(lu.dossier, choisie)
    tables = {sens: parts_pct(lus, sens) for sens in SENS}
    return Territoires(
        **vars(origine),
        liste=lire(lu.dossier),
        chiffres=chiffres_cles(origine),
        parts={(axe, sens): _par_departement(tables[sens][axe]) for axe in AXES for sens in SENS},
        noms={
            "produits": lus.libelles["libelle_court"].to_dict(),
            "pays": lus.partenaires["nom"].to_dict(),
        },
    )


def _par_departement(parts: pd.DataFrame) -> dict[str, dict[str, float]]:
    lignes = parts.xs("departement")
    return {code: lignes.loc[code].dropna().to_dict() for code in departements()}


def premiers(parts: dict[str, dict[str, float]], codes: list[str]) -> list[str]:
    """Les cinq premiers de chacun de ces départements, réunis.

    De la plus grande part à la plus petite, ex æquo par code ; une part nulle n'y est pas.
    """

    def ordre(couple: tuple[str, float]) -> tuple[float, str]:
        return -couple[1], couple[0]

    plus_grandes: dict[str, float] = {}
    for code in codes:
        siennes = sorted(((c, p) for c, p in parts[code].items() if p > 0), key=ordre)
        for cle, _ in siennes[:PREMIERS]:
            plus_grandes[cle] = max(parts[autre].get(cle, 0) for autre in codes)
    return [cle for cle, _ in sorted(plus_grandes.items(), key=ordre)]
