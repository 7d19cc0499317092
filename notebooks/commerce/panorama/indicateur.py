"""Où se place chaque territoire, indicateur par indicateur ? Tableau, classes, tranches, médiane.

Chaque indicateur est une section de `mots.toml`, [panorama.indicateurs] : sa ligne
d'indicateurs.csv, son unité, son pivot (la valeur qui change de sens : 0, 100), sa définition, sa
réserve. Rien n'est recalculé ; celui que le lot n'a pas écrit n'est pas montré.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from commerce import formats, references
from commerce.formats import typographie
from commerce.panorama.lecture import PUBLIES, Panorama, phrase
from commerce.profils import rangs
from commerce.redaction import mots

CLASSES = 5
CLASSES_D_UN_COTE = 3
TRANCHES = 10
# Un territoire hors norme ne fait pas l'échelle : les tranches extrêmes sont ouvertes.
BORDS = (0.05, 0.95)
PAS_RONDS = (1, 2, 2.5, 5, 10)
ECRITURES = {
    "eur": formats.millions_court,
    "eur_signe": formats.millions_signe,
    "pct": formats.pourcentage,
    "pct_signe": lambda valeur: formats.pourcentage(valeur, signe=True),
    "indice": lambda valeur: formats.nombre(valeur, 3),
}


@dataclass(frozen=True)
class Indicateur:
    """Un indicateur du panorama. nom : (indicateur, flux) d'indicateurs.csv."""

    cle: str
    nom: tuple[str, str]
    unite: str
    libelle: str
    definition: str
    reserve: str
    pivot: float | None

    def ecrire(self, valeur: float) -> str:
        """La valeur, écrite avec son unité."""
        return ECRITURES[self.unite](valeur)


def choix(vue: Panorama) -> list[Indicateur]:
    """Les indicateurs dont le lot a écrit au moins une valeur, dans l'ordre de `mots.toml`."""
    connues = vue.valeurs.dropna(subset="valeur")
    ecrits = set(zip(connues["indicateur"], connues["flux"], strict=True))
    decrits = mots()["panorama"]["indicateurs"].items()
    return [_lire(cle, dit) for cle, dit in decrits if tuple(dit["nom"]) in ecrits]


def _lire(cle: str, dit: dict) -> Indicateur:
    definition = dit.get("definition") or references.glossaire()[dit["terme"]]["definition"]
    textes = (typographie(t) for t in (dit["libelle"], definition, dit["reserve"]))
    return Indicateur(cle, tuple(dit["nom"]), dit["unite"], *textes, dit.get("pivot"))


def tableau(vue: Panorama, indicateur: Indicateur) -> pd.DataFrame:
    """Combien vaut l'indicateur dans chaque territoire, et à quel rang ?

    Une ligne par territoire, de la plus grande valeur à la plus petite, ex æquo par code, les non
    classés à la fin. Colonnes : code, nom, slug (vide sans page), region, valeur (euros, % ou
    indice ; NaN si elle n'est pas significative), rang, classe (couleur sur la carte), ecrit.
    """
    nom, flux = indicateur.nom
    valeurs = vue.valeurs[(vue.valeurs["indicateur"] == nom) & (vue.valeurs["flux"] == flux)]
    fiches = vue.fiches[["code", "nom", "slug", "region", "statut"]]
    table = fiches.merge(valeurs[["code", "valeur"]], on="code", how="left")
    table["slug"] = table["slug"].where(table.pop("statut").isin(PUBLIES), "")
    table["rang"] = rangs(table["valeur"])
    table["classe"] = classes(table["valeur"], indicateur.pivot)
    table["ecrit"] = table["valeur"].map(indicateur.ecrire)
    return table.sort_values(["valeur", "code"], ascending=[False, True], ignore_index=True)


def classes(valeurs: pd.Series, pivot: float | None = None) -> pd.Series:
    """Couleur de chaque valeur : `s0` à `s4`, ou `c0` à `c5` autour du pivot ; `vide` si absente.

    Les classes ont autant de territoires les unes que les autres : cinq, ou trois de chaque côté
    du pivot. Des valeurs égales ont la même classe.
    """
    if pivot is None:
        return (
            _quantiles(valeurs, CLASSES).map(lambda rang: f"s{rang:.0f}", "ignore").fillna("vide")
        )
    dessous = _quantiles(valeurs.where(valeurs < pivot), CLASSES_D_UN_COTE)
    dessus = _quantiles(valeurs.where(valeurs >= pivot), CLASSES_D_UN_COTE) + CLASSES_D_UN_COTE
    return dessous.fillna(dessus).map(lambda rang: f"c{rang:.0f}", "ignore").fillna("vide")


def _quantiles(valeurs: pd.Series, nombre: int) -> pd.Series:
    """Rang du quantile de chaque valeur, de 0 à nombre - 1 ; NaN si elle est absente."""
    bornes = valeurs.quantile(np.arange(1, nombre) / nombre).dropna()
    rangs = np.searchsorted(bornes, valeurs, side="right")
    return pd.Series(rangs, index=valeurs.index, dtype=float).where(valeurs.notna())


def legende(table: pd.DataFrame, indicateur: Indicateur) -> list[tuple[str, str]]:
    """Chaque classe présente et ce qu'elle réunit : (classe, « 12,3 % à 45,6 % (20) »)."""
    lignes = []
    for classe, groupe in table.groupby("classe"):
        effectif = phrase("indicateur.classe_effectif", effectif=formats.nombre(len(groupe)))
        bas, haut = (indicateur.ecrire(v) for v in (groupe["valeur"].min(), groupe["valeur"].max()))
        cle = "classe_unique" if bas == haut else "classe"
        texte = phrase(f"indicateur.{cle}", bas=bas, haut=haut)
        if classe == "vide":
            texte = phrase("indicateur.non_significatif")
        lignes.append((classe, f"{texte} {effectif}"))
    return lignes


def tranches(table: pd.DataFrame, indicateur: Indicateur) -> pd.DataFrame:
    """Combien de territoires par tranche de valeurs ?

    Une ligne par tranche, de la plus basse à la plus haute, la première et la dernière ouvertes :
    tranche (écrite), territoires (nombre), mediane (vrai pour la tranche qui la contient).
    """
    valeurs = table["valeur"].dropna()
    bornes = bornes_rondes(valeurs)
    rangs = np.searchsorted(bornes, valeurs, side="right")
    milieu = int(np.searchsorted(bornes, valeurs.median(), side="right"))
    ecrites = [indicateur.ecrire(borne) for borne in bornes]
    noms = [
        phrase("indicateur.moins", haut=ecrites[0]),
        *(phrase("indicateur.tranche", bas=bas, haut=haut) for bas, haut in pairwise(ecrites)),
        phrase("indicateur.plus", bas=ecrites[-1]),
    ]
    comptes = np.bincount(rangs, minlength=len(noms))
    return pd.DataFrame(
        {
            "tranche": noms,
            "territoires": comptes,
            "mediane": [rang == milieu for rang in range(len(noms))],
        }
    )[lambda t: t["territoires"].cumsum().gt(0) & t["territoires"][::-1].cumsum().gt(0)]


def bornes_rondes(valeurs: pd.Series) -> np.ndarray:
    """Limites de tranches égales, multiples d'un pas rond, là où sont neuf valeurs sur dix."""
    bas, haut = valeurs.quantile(BORDS)
    ecart = (haut - bas) / (TRANCHES - 2) or abs(haut) or 1
    ordre = 10 ** np.floor(np.log10(ecart))
    pas = next(rond * ordre for rond in PAS_RONDS if rond * ordre >= ecart)
    premier = np.floor(bas / pas) + 1
    rangs = np.arange(premier, max(premier, np.ceil(haut / pas)) + 1)
    # Le rang fois le pas, arrondi : 0,30000000000000004 n'est la borne de rien.
    return np.unique(np.round(rangs * pas, 9))
