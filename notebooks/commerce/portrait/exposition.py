"""Que pèsent les États-Unis dans les exportations du territoire, et que changerait un droit ?

Le calcul est un ordre de grandeur, pas une prévision : effet = X [((1 + t1) / (1 + t0))^e - 1],
toutes choses égales d'ailleurs, avec une élasticité e de -1 (les ventes résistent) à -5 (moyenne
des élasticités par produit de Fontagné, Guimbard et Orefice, 2022). Le droit de départ t0 n'est pas
connu par produit : il est pris nul, ce qui donne la borne haute de la baisse.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from commerce.donnees.prepare import ouvrir
from commerce.donnees.reperes import ETATS_UNIS, FRANCE, Reperes, espaces, une_fois
from commerce.portrait.rangs import Rang, place

ELASTICITES = (-1, -5)
PALIERS_POINTS = (10, 15, 50)
PRODUITS_CITES = 5
COLONNES_TAUX = ("taux_min_pct", "taux_central_pct", "taux_max_pct")
TOUS_PRODUITS = "tous"


@dataclass(frozen=True)
class Exposition:
    """Part des États-Unis dans les exportations. Les parts sont NaN si le flux est trop petit.

    `rapport_france` : part du territoire / part de la France ; `rang` : parmi les territoires dont
    la part est significative.
    """

    montant_eur: int
    part_pct: float
    part_region_pct: float
    part_france_pct: float
    rapport_france: float
    rang: Rang


@une_fois
def parts_pct(repere: Reperes, sens: str = "export") -> pd.Series:
    """Part des États-Unis dans le flux de chaque espace, en % ; NaN si le flux est trop petit."""
    totaux = repere.totaux[sens]
    parts = 100 * repere.montant_pays(sens, ETATS_UNIS) / totaux.where(totaux > 0)
    return parts.where(repere.significatifs[sens])


@une_fois
def rapports_france(repere: Reperes) -> pd.Series:
    """Combien de fois la part française ? Par espace ; NaN si la France n'exporte rien là-bas."""
    parts = parts_pct(repere)
    return parts / (parts.loc[FRANCE] or float("nan"))


def exposition(fiche, repere: Reperes) -> Exposition:
    """Que pèsent les États-Unis dans les exportations du territoire ?"""
    parts = parts_pct(repere)
    territoire, region, france = espaces(fiche).values()
    return Exposition(
        montant_eur=int(repere.montant_pays("export", ETATS_UNIS).loc[territoire]),
        part_pct=parts.loc[territoire],
        part_region_pct=parts.loc[region],
        part_france_pct=parts.loc[france],
        rapport_france=rapports_france(repere).loc[territoire],
        rang=place(parts.xs("departement"), fiche.departement.code),
    )


def produits(echanges: pd.DataFrame, france: pd.DataFrame) -> pd.DataFrame:
    """Quels produits partent aux États-Unis ? `france` : `par_produit` de ses échanges.

    Montants décroissants ; colonnes produit, valeur_eur, part_pct (des exportations vers les
    États-Unis), part_produit_pct (des exportations du produit), part_produit_france_pct (la même
    pour la France).
    """
    ici = par_produit(echanges)
    vendus = ici[ici["etats_unis"] > 0]
    table = pd.DataFrame(
        {
            "produit": vendus.index,
            "valeur_eur": vendus["etats_unis"].to_numpy(),
            "part_pct": (100 * vendus["etats_unis"] / vendus["etats_unis"].sum()).to_numpy(),
            "part_produit_pct": (100 * vendus["etats_unis"] / vendus["total"]).to_numpy(),
            "part_produit_france_pct": (100 * france["etats_unis"] / france["total"])
            .reindex(vendus.index)
            .to_numpy(),
        }
    )
    ordre = table.sort_values(["valeur_eur", "produit"], ascending=[False, True])
    return ordre.reset_index(drop=True)


def produits_de_la_fiche(fiche) -> pd.DataFrame:
    """Les `produits` A129 du territoire vendus aux États-Unis, et leur libelle_court."""
    prepare = ouvrir(fiche.dossier)
    ici = fiche.echanges
    if fiche.nomenclature != "A129":
        ici = prepare.echanges_produits(fiche.departement.code, fiche.annee, "A129")
    table = produits(ici, _france_par_produit(fiche.dossier, fiche.annee))
    libelles = prepare.produits(fiche.annee)["libelle_court"]
    table.insert(1, "libelle_court", libelles.reindex(table["produit"]).to_numpy())
    return table


@lru_cache(maxsize=4)
def _france_par_produit(dossier: Path, annee: int) -> pd.DataFrame:
    return par_produit(ouvrir(dossier).france(annee))


def par_produit(echanges: pd.DataFrame) -> pd.DataFrame:
    """Exportations de chaque produit : `total` et vers les `etats_unis`, en euros."""
    exportations = echanges[echanges["flux"] == "export"]
    vers = exportations[exportations["pays"] == ETATS_UNIS]
    totaux = exportations.groupby("produit", observed=True)["valeur_eur"].sum()
    vers = vers.groupby("produit", observed=True)["valeur_eur"].sum()
    return pd.DataFrame(
        {"total": totaux[totaux > 0], "etats_unis": vers.reindex(totaux.index, fill_value=0)}
    ).dropna()


def effet_pct(supplement_points: float, elasticite: float, depart_pct: float = 0) -> float:
    """De combien varieraient les ventes ? 100 x [((1 + t1) / (1 + t0))^e - 1], en %."""
    hausse = (100 + depart_pct + supplement_points) / (100 + depart_pct)
    return 100 * (hausse**elasticite - 1)


def paliers(regimes: pd.DataFrame) -> pd.DataFrame:
    """Quels droits supplémentaires essayer ? Ceux du dernier régime daté, s'ils sont tous connus.

    Sinon des paliers neutres de 10, 15 et 50 points, qui ne décrivent aucun régime. Colonnes :
    regime (vide pour un palier neutre), produit (« tous » ou A129), supplement_points.
    """
    derniers = regimes[regimes["debut"] == regimes["debut"].max()]
    taux = derniers.melt(
        id_vars=["regime", "produit"], value_vars=COLONNES_TAUX, value_name="supplement_points"
    ).dropna(subset="supplement_points")
    if derniers[list(COLONNES_TAUX)].isna().all(axis="columns").any() or taux.empty:
        neutres = [("", TOUS_PRODUITS, palier) for palier in PALIERS_POINTS]
        return pd.DataFrame(neutres, columns=["regime", "produit", "supplement_points"])
    return taux[["regime", "produit", "supplement_points"]].reset_index(drop=True)


def scenario(vers_etats_unis: pd.Series, essais: pd.DataFrame) -> pd.DataFrame:
    """De combien les ventes aux États-Unis pourraient-elles baisser ? Fourchettes.

    `vers_etats_unis` : montants par produit A129, en euros. Une ligne par palier de `essais` ;
    colonnes regime, produit, supplement_points, montant_eur (concerné), effet_faible_pct,
    effet_fort_pct, effet_faible_eur, effet_fort_eur (négatifs : des baisses).
    """
    table = essais.assign(
        montant_eur=[
            int(
                vers_etats_unis.sum()
                if produit == TOUS_PRODUITS
                else vers_etats_unis.get(produit, 0)
            )
            for produit in essais["produit"]
        ]
    )
    for nom, elasticite in zip(("faible", "fort"), ELASTICITES, strict=True):
        effets = [effet_pct(points, elasticite) for points in table["supplement_points"]]
        table[f"effet_{nom}_pct"] = effets
        table[f"effet_{nom}_eur"] = table["montant_eur"] * table[f"effet_{nom}_pct"] / 100
    return table
