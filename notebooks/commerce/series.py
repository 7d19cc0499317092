"""Comment les flux évoluent-ils ? Séries trimestrielles des cent territoires à la fois.

Jamais d'un trimestre au suivant : les données ne sont pas corrigées des saisons. En janvier 2022
l'enquête EMEBI a remplacé la déclaration d'échanges de biens : `rupture` marque une valeur qui
compare ou mélange les deux systèmes.
"""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from commerce.donnees.prepare import Prepare, ouvrir
from commerce.donnees.reperes import etages, significatif
from commerce.indicateurs import SENS, Sens
from commerce.profils import ANNEE_RUPTURE, evolution_pct

TRIMESTRES_PAR_AN = 4


# gardé : 170 ms par fiche, le calcul valant d'un coup pour tous les espaces.
@lru_cache(maxsize=4)
def de_tous(dossier: Path, derniere_annee: int) -> pd.DataFrame:
    """Comment évoluent les flux de tous les espaces, trimestre après trimestre ?

    Une ligne par trimestre, du premier connu à `derniere_annee` (0 : au dernier), absents compris ;
    index flux, echelle, code. Colonnes : annee, trimestre, valeur_eur, evolution_pct (sur le même
    trimestre de l'année d'avant), quatre_trimestres_eur et son evolution_quatre_trimestres_pct,
    indice (base 100), provisoire (l'un des quatre l'est), rupture (compare 2022 à 2021).
    """
    prepare, tables = ouvrir(dossier), []
    totaux, fin = prepare.totaux(), prepare.meta["fin"]
    totaux = totaux.assign(rang=_rang(totaux["annee"], totaux["trimestre"], fin))
    couples = prepare.couples().groupby(["flux", "annee", "echelle", "code"])["couples"].sum()
    for sens in SENS:
        periodes = _periodes(prepare, sens, derniere_annee)
        montants = etages(totaux[totaux["flux"] == sens], "rang").T
        valeurs = montants.reindex(periodes.index, fill_value=0).astype("float64")
        valeurs = valeurs.where(periodes.pop("present"), axis="index")
        comptees = periodes.pop("comptee")
        cles = [(sens, an, *espace) for an in comptees for espace in valeurs.columns]
        comptes = couples.reindex(cles, fill_value=0).to_numpy().reshape(valeurs.shape)
        effectifs = pd.DataFrame(comptes, index=valeurs.index, columns=valeurs.columns)
        sommes = quatre_trimestres(valeurs)
        # La base de l'indice : quatre trimestres entiers depuis la rupture, quand il y en a.
        depuis = _rang(ANNEE_RUPTURE, TRIMESTRES_PAR_AN)
        fins = (periodes.index >= depuis) & (periodes["trimestre"] == fin)
        colonnes = {
            "valeur_eur": valeurs,
            "evolution_pct": glissement_pct(valeurs, effectifs),
            "quatre_trimestres_eur": sommes,
            "evolution_quatre_trimestres_pct": glissement_pct(sommes, effectifs),
            "indice": indice(sommes, effectifs, fins),
        }
        table = pd.DataFrame({nom: colonne.unstack() for nom, colonne in colonnes.items()})
        dates, qualites = ["annee", "trimestre"], ["provisoire", "rupture"]
        table = table.join(periodes, on="rang").droplevel("rang")
        tables.append(table[[*dates, *colonnes, *qualites]])
    return pd.concat(tables, keys=SENS, names=["flux"])


def _periodes(prepare: Prepare, sens: Sens, derniere_annee: int) -> pd.DataFrame:
    """Tous les trimestres du premier au dernier (sans limite si `derniere_annee` est nulle).

    Index : leur numéro, voir `_rang`. Colonnes : annee et trimestre (les vrais), comptee (l'année
    sous laquelle la préparation le compte), present, provisoire, rupture.
    """
    fin = prepare.meta["fin"]
    connues = {
        _rang(p["annee"], p["trimestre"], fin): p["provisoire"]
        for p in prepare.meta["periodes"]
        if p["flux"] == sens and not (derniere_annee and p["annee"] > derniere_annee)
    }
    suite = pd.RangeIndex(min(connues, default=0), max(connues, default=-1) + 1, name="rang")
    annee = suite // TRIMESTRES_PAR_AN
    provisoires = pd.Series([int(connues.get(rang, False)) for rang in suite])
    return pd.DataFrame(
        {
            "annee": annee,
            "trimestre": suite % TRIMESTRES_PAR_AN + 1,
            "comptee": (suite + TRIMESTRES_PAR_AN - fin) // TRIMESTRES_PAR_AN,
            "present": suite.isin(list(connues)),
            "provisoire": provisoires.rolling(TRIMESTRES_PAR_AN, min_periods=1).max().gt(0).array,
            "rupture": (annee == ANNEE_RUPTURE) & (annee.min() < ANNEE_RUPTURE),
        },
        index=suite,
    )


def _rang(annee, trimestre, fin=TRIMESTRES_PAR_AN):
    """Numéro d'un trimestre : deux trimestres consécutifs ont deux numéros consécutifs.

    `fin` : celui par lequel finissent les années données, voir `Annee`.
    """
    return TRIMESTRES_PAR_AN * annee + trimestre - 1 - (TRIMESTRES_PAR_AN - fin)


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
