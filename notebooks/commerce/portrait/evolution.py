"""Comment les échanges ont-ils évolué, et quels produits l'expliquent ?

Jamais d'un trimestre au suivant : les données ne sont pas corrigées des saisons. Un trimestre se
compare au même trimestre de l'année d'avant, ou se lit en somme de quatre trimestres. En janvier
2022 l'enquête EMEBI a remplacé la déclaration d'échanges de biens : `rupture` marque une valeur
qui compare ou mélange les deux systèmes.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from commerce.donnees.prepare import Prepare, ouvrir
from commerce.donnees.reperes import FRANCE, Reperes, espaces, etages, significatif, une_fois
from commerce.indicateurs import AUTRES, SENS, Sens

ANNEE_RUPTURE = 2022
PRODUITS_CITES = 6
TRIMESTRES_PAR_AN = 4


def evolution_pct(courant: pd.Series, precedent: pd.Series) -> pd.Series:
    """De combien de pour cent le montant a-t-il changé ? 100 x (courant / précédent - 1)."""
    return 100 * (courant / precedent.where(precedent > 0) - 1)


@une_fois
def annuelle_pct(repere: Reperes, sens: Sens) -> pd.Series:
    """Évolution du flux de chaque espace depuis l'année d'avant, en %.

    NaN si l'une des deux années manque ou est incomplète, ou si le flux d'avant est trop petit.
    """
    precedents = repere.precedents
    if precedents is None:
        return pd.Series(np.nan, index=repere.totaux[sens].index)
    evolution = evolution_pct(repere.totaux[sens], precedents.totaux[sens])
    return evolution.where(precedents.significatifs[sens])


def traverse_la_rupture(annee: int) -> bool:
    """L'évolution de cette année compare-t-elle 2022 à 2021 ?"""
    return annee == ANNEE_RUPTURE


def contributions(courant: pd.Series, precedent: pd.Series) -> pd.DataFrame:
    """De combien de points chaque produit a-t-il fait bouger le total ?

    `courant`, `precedent` : montants par produit, en euros. Index produit ; colonnes
    precedent_eur, valeur_eur, contribution_points = 100 x (X_p - X_p avant) / X avant ; leur somme
    est l'évolution du total. NaN si le total d'avant est nul.
    """
    codes = courant.index.union(precedent.index)
    table = pd.DataFrame(
        {
            "precedent_eur": precedent.reindex(codes, fill_value=0),
            "valeur_eur": courant.reindex(codes, fill_value=0),
        }
    )
    total = table["precedent_eur"].sum()
    ecarts = table["valeur_eur"] - table["precedent_eur"]
    return table.assign(contribution_points=100 * ecarts / (total if total else np.nan))


def principales_contributions(fiche, repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Quels produits expliquent l'évolution d'une année sur l'autre ?

    Les six plus fortes contributions, de la plus positive à la plus négative, puis le reste réuni
    (code « autres ») : leur somme est l'évolution du flux. Colonnes : produit, libelle_court,
    libelle, precedent_eur, valeur_eur, contribution_points. Vide si l'évolution est « n.s. ».
    """
    colonnes = ["precedent_eur", "valeur_eur", "contribution_points"]
    entete = ["produit", "libelle_court", "libelle", *colonnes]
    ligne = espaces(fiche)["departement"]
    if np.isnan(annuelle_pct(repere, sens).loc[ligne]):
        return pd.DataFrame(columns=entete)
    table = contributions(
        repere.produits[sens].loc[ligne], repere.precedents.produits[sens].loc[ligne]
    )
    ordre = table["contribution_points"].abs().sort_values(ascending=False, kind="stable")
    cites = ordre.index[:PRODUITS_CITES]
    nommes = table.loc[cites].sort_values("contribution_points", ascending=False, kind="stable")
    nommes = nommes[nommes["contribution_points"] != 0]
    nommes = repere.libelles.reindex(nommes.index).join(nommes)
    nommes = nommes.rename_axis("produit").reset_index()
    reste = table.drop(cites)[colonnes].sum()
    autres = pd.DataFrame([(AUTRES, "Autres produits", "Autres produits", *reste)], columns=entete)
    return pd.concat([nommes, autres], ignore_index=True)


def trimestres(fiche) -> pd.DataFrame:
    """Comment évoluent les flux, trimestre après trimestre, ici, dans la région et en France ?

    Une ligne par flux, espace et trimestre, trimestres absents compris. Colonnes : flux, echelle,
    annee, trimestre, valeur_eur, evolution_pct (sur le même trimestre de l'année d'avant),
    quatre_trimestres_eur (somme des quatre derniers) et son evolution_quatre_trimestres_pct sur un
    an, indice (la somme en base 100, voir `indice`), provisoire (l'un des quatre l'est), rupture
    (l'évolution compare 2022 à 2021). Une fiche d'une année passée s'arrête à son année.
    """
    departement = fiche.departement
    table = _trimestres(fiche.dossier, fiche.annee, departement.code, departement.region.code)
    return table.copy(deep=False)


@lru_cache(maxsize=8)
def _trimestres(dossier: Path, derniere: int, code: str, region: str) -> pd.DataFrame:
    passee = derniere < max(ouvrir(dossier).annees_completes(), default=0)
    lignes = {"departement": ("departement", code), "region": ("region", region), "france": FRANCE}
    morceaux = []
    for sens, tables in _series(dossier, derniere if passee else 0).items():
        periodes = tables["periodes"]
        for echelle, espace in lignes.items():
            colonnes = {nom: table[espace] for nom, table in tables.items() if nom != "periodes"}
            morceaux.append(periodes.assign(flux=sens, echelle=echelle, **colonnes))
    table = pd.concat(morceaux, ignore_index=True)
    debut = ["flux", "echelle", "annee", "trimestre"]
    fin = ["provisoire", "rupture"]
    return table[[*debut, *(n for n in table.columns if n not in (*debut, *fin)), *fin]]


def annees(fiche) -> pd.DataFrame:
    """Comment évoluent les flux d'année en année ? Années complètes seulement.

    Colonnes : flux, echelle, annee, valeur_eur, evolution_pct, indice (base 100), provisoire,
    rupture (l'évolution compare 2022 à 2021).
    """
    table = trimestres(fiche)
    fins = table[table["trimestre"] == TRIMESTRES_PAR_AN].dropna(subset="quatre_trimestres_eur")
    noms = {
        "quatre_trimestres_eur": "valeur_eur",
        "evolution_quatre_trimestres_pct": "evolution_pct",
    }
    colonnes = ["flux", "echelle", "annee", *noms, "indice", "provisoire", "rupture"]
    return fins[colonnes].rename(columns=noms).reset_index(drop=True)


@lru_cache(maxsize=4)
def _series(dossier: Path, derniere_annee: int) -> dict[Sens, dict[str, pd.DataFrame]]:
    """Par flux : `periodes`, puis un tableau trimestre x espace par colonne de `trimestres`."""
    prepare = ouvrir(dossier)
    totaux = prepare.totaux()
    totaux = totaux.assign(rang=_rang(totaux["annee"], totaux["trimestre"]))
    couples = prepare.couples().groupby(["flux", "annee", "echelle", "code"])["couples"].sum()
    series = {}
    for sens in SENS:
        periodes = _periodes(prepare, sens, derniere_annee)
        montants = etages(totaux[totaux["flux"] == sens], "rang").T
        valeurs = montants.reindex(periodes.index, fill_value=0).astype("float64")
        valeurs = valeurs.where(periodes.pop("present"), axis="index")
        cles = [(sens, an, *espace) for an in periodes["annee"] for espace in valeurs.columns]
        comptes = couples.reindex(cles, fill_value=0).to_numpy().reshape(valeurs.shape)
        effectifs = pd.DataFrame(comptes, index=valeurs.index, columns=valeurs.columns)
        sommes = quatre_trimestres(valeurs)
        # La base de l'indice : fins d'année depuis la rupture, quand il y en a.
        fins = (periodes["annee"] >= ANNEE_RUPTURE) & (periodes["trimestre"] == TRIMESTRES_PAR_AN)
        series[sens] = {
            "periodes": periodes,
            "valeur_eur": valeurs,
            "evolution_pct": glissement_pct(valeurs, effectifs),
            "quatre_trimestres_eur": sommes,
            "evolution_quatre_trimestres_pct": glissement_pct(sommes, effectifs),
            "indice": indice(sommes, effectifs, fins),
        }
    return series


def _periodes(prepare: Prepare, sens: Sens, derniere_annee: int) -> pd.DataFrame:
    """Tous les trimestres du premier au dernier (sans limite si `derniere_annee` est nulle).

    Index : leur numéro, voir `_rang`. Colonnes : annee, trimestre, present, provisoire, rupture.
    """
    connues = {
        _rang(p["annee"], p["trimestre"]): p["provisoire"]
        for p in prepare.meta["periodes"]
        if p["flux"] == sens and not (derniere_annee and p["annee"] > derniere_annee)
    }
    suite = pd.RangeIndex(min(connues, default=0), max(connues, default=-1) + 1)
    annee = suite // TRIMESTRES_PAR_AN
    provisoires = pd.Series([int(connues.get(rang, False)) for rang in suite])
    return pd.DataFrame(
        {
            "annee": annee,
            "trimestre": suite % TRIMESTRES_PAR_AN + 1,
            "present": suite.isin(list(connues)),
            "provisoire": provisoires.rolling(TRIMESTRES_PAR_AN, min_periods=1).max().gt(0).array,
            "rupture": (annee == ANNEE_RUPTURE) & (annee.min() < ANNEE_RUPTURE),
        },
        index=suite,
    )


def _rang(annee, trimestre):
    """Numéro d'un trimestre : deux trimestres consécutifs ont deux numéros consécutifs."""
    return TRIMESTRES_PAR_AN * annee + trimestre - 1


def quatre_trimestres(valeurs: pd.DataFrame) -> pd.DataFrame:
    """Somme des quatre derniers trimestres ; NaN s'il en manque un. Une ligne par trimestre."""
    return valeurs.rolling(TRIMESTRES_PAR_AN, min_periods=TRIMESTRES_PAR_AN).sum()


def glissement_pct(valeurs: pd.DataFrame, couples: pd.DataFrame) -> pd.DataFrame:
    """Évolution sur quatre trimestres plus tôt ; NaN s'il manque ou s'il est trop petit.

    `valeurs` : une ligne par trimestre consécutif, une colonne par espace. `couples` : couples
    produit x pays de son année.
    """
    avant = valeurs.shift(TRIMESTRES_PAR_AN)
    assez = significatif(avant, couples.shift(TRIMESTRES_PAR_AN))
    return evolution_pct(valeurs, avant).where(assez)


def indice(valeurs: pd.DataFrame, couples: pd.DataFrame, bases: pd.Series) -> pd.DataFrame:
    """Séries en base 100 : la première valeur parmi `bases`, sinon la première connue.

    NaN partout pour un espace dont la base est trop petite pour servir de dénominateur.
    """
    connues = valeurs.notna()
    choix = connues.mul(bases, axis="index")
    choix = choix if choix.to_numpy().any() else connues
    base = valeurs.where(choix & significatif(valeurs, couples))
    premieres = choix.cumsum().eq(1) & choix
    return 100 * valeurs / base.where(premieres).max()
