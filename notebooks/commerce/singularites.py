"""Par quoi chaque territoire se distingue-t-il des autres ? L'écart à la distribution des cent.

Six familles de mesures, par flux : part d'un produit, part d'un pays, part de l'Union européenne,
part du premier flux, taux de couverture, variation d'un produit sur un an. Dans chacune :

1. l'écart d'une valeur est sa distance à la médiane des territoires, en points (en logarithme pour
   le taux de couverture, où le double et la moitié s'écartent autant) ;
2. un territoire y est représenté par son plus grand écart, s'il est parmi les dix valeurs extrêmes
   et, pour un produit ou un pays, s'il fait au moins 5 % du flux ;
3. son score est l'écart robuste de cet écart : (écart - médiane) / (1,4826 x MAD), médiane et MAD
   prises sur les plus grands écarts de tous les territoires de la famille.

Le score se compare ainsi d'une famille à l'autre. Ce qui est « n.s. » n'a ni écart, ni rang, et
n'entre dans aucune médiane. Calculé une fois pour les cent territoires.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from commerce import profils
from commerce.donnees.reperes import FRANCE, UNION_EUROPEENNE, Reperes, une_fois
from commerce.indicateurs import SENS, Sens

PART_MINIMALE_PCT = 5
RANG_EXTREME = 10
# MAD d'une loi normale d'écart type 1 : 1 / 1,4826.
MAD_NORMALE = 1.4826
COLONNES = [
    *("code", "famille", "flux", "produit", "pays"),
    *("valeur", "france", "cote", "rang", "univers", "score"),
]


@une_fois
def calculer(repere: Reperes) -> pd.DataFrame:
    """Ce qui distingue chaque territoire, du plus au moins singulier.

    Colonnes : code, famille, flux (vide pour la couverture), produit et pays (vides sans objet),
    valeur (en %, ou en points pour « saut »), france (NaN pour « saut »), cote (« haut » ou
    « bas »), rang de ce côté, univers (territoires classés), score. Une ligne au plus par
    territoire, famille et flux.
    """
    lignes = [ligne for famille in _familles(repere) for ligne in _distingues(repere, *famille)]
    table = pd.DataFrame(lignes, columns=COLONNES)
    ordre = ["code", "score", "famille", "flux"]
    return table.sort_values(ordre, ascending=[True, False, True, True], ignore_index=True)


def _familles(repere: Reperes) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Famille, flux, et ses valeurs : un tableau espace x code."""
    for sens in SENS:
        totaux = repere.totaux[sens].where(repere.significatifs[sens])
        yield "produit", sens, 100 * profils.parts(repere.produits[sens], totaux)
        yield "pays", sens, 100 * profils.parts(repere.pays_classes[sens], totaux)
        yield "union", sens, profils.parts_zones_pct(repere, sens)[[UNION_EUROPEENNE]]
        yield "premier_flux", sens, profils.concentrations(repere, sens)[["part_premier_flux_pct"]]
        yield "saut", sens, contributions_points(repere, sens)
    export, importations = (repere.totaux[sens] for sens in SENS)
    comparables = repere.significatifs["export"] & repere.significatifs["import"]
    taux = 100 * export / importations.where(comparables & (importations > 0))
    yield "couverture", "", taux.to_frame()


def contributions_points(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """De combien de points chaque produit a-t-il fait varier le flux de chaque espace en un an ?

    NaN si l'évolution du flux est « n.s. », ou si elle traverse le changement d'enquête de 2022.
    """
    courants = repere.produits[sens].astype("float64")
    if repere.precedents is None or profils.ANNEE_RUPTURE in repere.annee.civiles:
        return courants * np.nan
    avant = repere.precedents.produits[sens].reindex(courants.index)
    codes = courants.columns.union(avant.columns)
    ecarts = courants.reindex(columns=codes, fill_value=0) - avant.reindex(
        columns=codes, fill_value=0
    )
    connus = profils.annuelle_pct(repere, sens).notna()
    base = repere.precedents.totaux[sens].reindex(courants.index).where(connus)
    return 100 * ecarts.div(base, axis="index")


def _distingues(repere: Reperes, famille: str, sens: str, table: pd.DataFrame) -> Iterator[tuple]:
    valeurs = table.xs("departement")
    ecarts = _ecarts(famille, valeurs)
    admis = ecarts.where(_admis(famille, valeurs, ecarts))
    force = admis.abs()
    connus = force.max(axis="columns").dropna()
    normale = MAD_NORMALE * (connus - connus.median()).abs().median()
    if not normale > 0:
        return
    cles = force.loc[connus.index].idxmax(axis="columns")
    # Une variation se classe parmi celles des autres produits, pas du même.
    classees = {cote: pd.DataFrame({"": connus}) for cote in ("haut", "bas")}
    if famille != "saut":
        classees = {"haut": valeurs, "bas": -valeurs}
    rangs = {cote: profils.rangs(montants) for cote, montants in classees.items()}
    univers = classees["haut"].count()
    for code, cle in cles.items():
        cote = "haut" if admis.at[code, cle] > 0 else "bas"
        classe = "" if famille == "saut" else cle
        rang = int(rangs[cote].at[code, classe])
        if rang > RANG_EXTREME:
            continue
        produit, pays = _objets(repere, famille, sens, code, cle)
        france = float("nan") if famille == "saut" else table.at[FRANCE, cle]
        score = (connus[code] - connus.median()) / normale
        place = (cote, rang, int(univers[classe]), score)
        yield code, famille, sens, produit, pays, valeurs.at[code, cle], france, *place


def _ecarts(famille: str, valeurs: pd.DataFrame) -> pd.DataFrame:
    """Distance à la médiane des territoires ; une variation se compare à zéro."""
    if famille == "saut":
        return valeurs
    if famille == "couverture":
        valeurs = np.log(valeurs.where(valeurs > 0))
    return valeurs - valeurs.median()


def _admis(famille: str, valeurs: pd.DataFrame, ecarts: pd.DataFrame) -> pd.DataFrame:
    if famille in ("produit", "pays"):
        return (ecarts > 0) & (valeurs >= PART_MINIMALE_PCT)
    return ecarts > 0 if famille == "premier_flux" else ecarts.ne(0) & ecarts.notna()


def _objets(repere: Reperes, famille: str, sens: str, code: str, cle) -> tuple[str, str]:
    """Le produit et le pays dont parle le fait."""
    if famille == "premier_flux":
        premier = profils.premiers_flux(repere, sens).loc["departement", code]
        return premier["a129"], premier["pays"]
    return (cle if famille in ("produit", "saut") else ""), (cle if famille == "pays" else "")
