"""De quoi faut-il prévenir, et combien de territoires chaque seuil retient-il ?

Chaque mesure est calculée pour les cent territoires à la fois et comparée à la table
`seuils_alertes.csv`. `attention` en tire les points d'attention d'une fiche.
"""

from collections.abc import Iterator

import pandas as pd

from commerce.donnees.reperes import FRANCE, Reperes, une_fois
from commerce.indicateurs import SENS, Sens
from commerce.profils import ANNEE_RUPTURE, premiers_flux
from commerce.references import (
    DROM,
    codes_des_regions,
    departements,
    seuil,
    seuils,
    territoires,
)

RETOURS = "FR"
PARIS, CORSE, AVEC_MONACO = "75", "20", "93"
# En janvier 2022, l'enquête EMEBI a remplacé la déclaration d'échanges de biens.
# B06Z réunit pétrole brut et gaz naturel ; à Paris, seul le gaz y vient par convention.
GAZ_ET_ELECTRICITE = ("B06Z", "D35A", "D35B")
SOUS_LE_SEUIL = ("petite_base_eur", "petite_base_couples", "peu_de_couples")
# Ces seuils précisent une autre mesure du même sujet : ils n'en retiennent pas par eux-mêmes.
PRECISIONS = ("grand_flux_eur", "double_sens_recouvrement", "trimestre_part")
COLONNES = ["code", "alerte", "flux", "objet", "valeur", "retrait_export_eur", "retrait_import_eur"]


@une_fois
def mesures(repere: Reperes) -> pd.DataFrame:
    """Que vaut chaque mesure, pour chaque territoire et chaque région ?

    Colonnes : code (de la fiche), alerte (code de la table des seuils), flux (ou vide), objet
    (produit, ou produit et pays séparés d'une espace), valeur (dans l'unité de la table),
    retrait_export_eur et retrait_import_eur (ce que le biais pèse dans chaque flux).
    """
    familles = (
        *(_petite_base, _energie, _gaz_electricite, _premier_flux),
        *(_double_sens, _retours, _indetermines, _trimestre),
    )
    tables = [table.reset_index() for famille in familles for table in famille(repere)]
    toutes = pd.concat(tables, ignore_index=True)
    for sens in SENS:
        toutes[f"retrait_{sens}_eur"] = toutes[f"retrait_{sens}_eur"].fillna(0).astype("int64")
    return toutes[COLONNES].dropna(subset="valeur").reset_index(drop=True)


def _table(alerte: str, valeur: pd.Series, flux: str = "", objet="", **retraits) -> pd.DataFrame:
    colonnes = {"alerte": alerte, "flux": flux, "objet": objet, "valeur": valeur}
    colonnes |= {f"retrait_{sens}_eur": retraits.get(sens, 0) for sens in SENS}
    return pd.DataFrame(colonnes, index=valeur.index).rename_axis("code")


def _fiches(table: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Les cent territoires, puis les régions qui ont leur fiche ; index : son code."""
    regions = table.xs("region").rename(index=codes_des_regions())
    return pd.concat([table.xs("departement"), regions.drop(index=[CORSE])])


def _petite_base(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        totaux = _fiches(repere.totaux[sens])
        yield _table("petite_base_eur", totaux, sens)
        couples = _fiches(repere.nombre_de_couples(sens))
        grand = totaux >= seuil("grand_flux_eur")
        yield _table(
            "petite_base_couples", couples[(totaux >= seuil("petite_base_eur")) & ~grand], sens
        )
        yield _table("peu_de_couples", couples[grand], sens)


def _energie(repere: Reperes) -> Iterator[pd.DataFrame]:
    totaux = repere.totaux["import"].where(repere.significatifs["import"])
    parts = 100 * repere.energie["import"] / totaux
    retraits = {sens: _fiches(repere.energie[sens]) for sens in SENS}
    yield _table("energie_part", _fiches(parts), "import", **retraits)
    rapports = parts / (parts.loc[FRANCE] or float("nan"))
    yield _table("energie_rapport", _fiches(rapports), "import", **retraits)


def _gaz_electricite(repere: Reperes) -> Iterator[pd.DataFrame]:
    montants = {}
    for sens in SENS:
        table = _fiches(repere.produits[sens]).loc[[PARIS]]
        montants[sens] = table.loc[:, table.columns.isin(GAZ_ET_ELECTRICITE)].sum(axis="columns")
    echanges = sum(_fiches(repere.totaux[sens]).loc[[PARIS]] for sens in SENS)
    valeur = 100 * sum(montants.values()) / echanges.where(echanges > 0)
    yield _table("gaz_electricite", valeur, **montants)


def _premier_flux(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        premiers = premiers_flux(repere, sens).where(repere.significatifs[sens])
        premiers = _fiches(premiers).dropna(subset="part_pct")
        objet = premiers["a129"] + " " + premiers["pays"]
        retrait = {sens: premiers["valeur_eur"]}
        yield _table("premier_flux", premiers["part_pct"], sens, objet, **retrait)


def _double_sens(repere: Reperes) -> Iterator[pd.DataFrame]:
    flux = {sens: _empiler(repere, sens).add_suffix(f"_{sens}") for sens in SENS}
    produits = flux["export"].join(flux["import"], how="inner")
    ventes, achats = produits["valeur_eur_export"], produits["valeur_eur_import"]
    recouvrement = 100 * (1 - (ventes - achats).abs() / (ventes + achats))
    produits = produits[recouvrement >= seuil("double_sens_recouvrement")].reset_index("a129")
    yield _table(
        "double_sens_part",
        produits[["part_pct_export", "part_pct_import"]].min(axis="columns"),
        objet=produits["a129"],
        **{sens: produits[f"valeur_eur_{sens}"] for sens in SENS},
    )


def _empiler(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Montant et part de chaque produit échangé, index (code, a129), flux significatifs."""
    table = _fiches(repere.produits[sens])[_fiches(repere.significatifs[sens])]
    montants = table.rename_axis(index="code", columns="a129").stack()
    montants = montants[montants > 0]
    totaux = _fiches(repere.totaux[sens]).rename_axis("code")
    parts = 100 * montants / totaux.reindex(montants.index, level="code")
    return pd.DataFrame({"valeur_eur": montants, "part_pct": parts})


def _retours(repere: Reperes) -> Iterator[pd.DataFrame]:
    montants = repere.montant_pays("import", RETOURS)
    totaux = repere.totaux["import"].where(repere.significatifs["import"])
    valeur = _fiches(100 * montants / totaux)
    yield _table("retours", valeur, "import", **{"import": _fiches(montants)})


def _indetermines(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        montants = repere.totaux[sens] - repere.pays_classes[sens].sum(axis="columns")
        montants = montants - repere.montant_pays(sens, RETOURS)
        totaux = repere.totaux[sens].where(repere.significatifs[sens])
        retrait = {sens: _fiches(montants)}
        yield _table("indetermines", _fiches(100 * montants / totaux), sens, **retrait)


def _trimestre(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        produits = _empiler(repere, sens)
        produits = produits[produits["part_pct"] >= seuil("trimestre_part")]
        pointes = repere.pointes[sens].rename_axis(index="code", columns="a129").stack()
        parts = 100 * pointes.reindex(produits.index) / produits["valeur_eur"]
        produits = produits.assign(pointe_pct=parts).reset_index("a129")
        retrait = {sens: produits["valeur_eur"]}
        yield _table("trimestre", produits["pointe_pct"], sens, produits["a129"], **retrait)


@une_fois
def declenchees(repere: Reperes) -> pd.DataFrame:
    """Quelles mesures passent leur seuil, pour tous les territoires ? Colonnes de `mesures`.

    Au-dessus du seuil strictement, au-dessous pour les petites bases.
    """
    toutes = mesures(repere)
    limites = toutes["alerte"].map(seuils()["seuil"])
    dessous = toutes["alerte"].isin(SOUS_LE_SEUIL)
    passe = (toutes["valeur"] < limites).where(dessous, toutes["valeur"] > limites)
    return toutes[passe].reset_index(drop=True)


def faits(repere: Reperes) -> dict[str, list[str]]:
    """Quels territoires chaque précaution de méthode concerne-t-elle ? Codes par alerte."""
    fiches = territoires().values()
    rupture = ANNEE_RUPTURE in repere.annee.civiles and repere.precedents is not None
    return {
        "rupture_2022": [d.code for d in fiches if rupture],
        "drom": [d.code for d in fiches if d.region.code == DROM],
        "monaco": [d.code for d in fiches if d.region.code == AVEC_MONACO],
    }


@une_fois
def effectifs(repere: Reperes) -> pd.Series:
    """Combien de territoires chaque alerte retient-elle, sur cent ? Index : code de l'alerte."""
    passees = declenchees(repere)
    passees = passees[passees["code"].isin(departements())]
    par_seuil = passees.groupby("alerte")["code"].nunique()
    par_fait = pd.Series(
        {alerte: len(departements().keys() & codes) for alerte, codes in faits(repere).items()}
    )
    mesurees = seuils().index.drop(list(PRECISIONS))
    return pd.concat([par_seuil, par_fait]).reindex(mesurees, fill_value=0).astype(int)
