"""De quoi le lecteur doit-il être prévenu, pour ce territoire-ci ?

Chaque mesure est calculée pour les cent territoires et comparée à la table `seuils_alertes.csv`, si
bien qu'on sait combien chaque seuil en retient. Une alerte donne le chiffre refait sans le biais :
solde et taux de couverture, part de l'Union ou évolution, selon ce que le biais touche.
"""

from collections.abc import Iterator

import pandas as pd

from commerce import references
from commerce.donnees import reperes
from commerce.donnees.reperes import FRANCE, UNION_EUROPEENNE, Reperes, espaces, une_fois
from commerce.indicateurs import SENS, Sens, rapport_pct
from commerce.portrait.concentration import premiers_flux
from commerce.portrait.evolution import ANNEE_RUPTURE, evolution_pct
from commerce.references import seuil, seuils

RETOURS = "FR"
PARIS, CORSE, DROM, AVEC_MONACO = "75", "20", "DROM", "93"
# B06Z réunit pétrole brut et gaz naturel ; à Paris, seul le gaz y vient par convention.
GAZ_ET_ELECTRICITE = ("B06Z", "D35A", "D35B")
SOUS_LE_SEUIL = ("petite_base_eur", "petite_base_couples")
FAITS = ("rupture_2022", "corse", "drom", "monaco")
# Ces seuils précisent une autre mesure du même sujet : ils n'en retiennent pas par eux-mêmes.
PRECISIONS = ("double_sens_recouvrement", "trimestre_part")
COLONNES = ["code", "alerte", "flux", "objet", "valeur", "retrait_export_eur", "retrait_import_eur"]


@une_fois
def mesures(repere: Reperes) -> pd.DataFrame:
    """Que vaut chaque mesure, pour chaque territoire ?

    Colonnes : code (du territoire), alerte (code de la table des seuils), flux (ou vide), objet
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


def _departements(table: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    return table.xs("departement")


def _petite_base(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        totaux = _departements(repere.totaux[sens])
        yield _table("petite_base_eur", totaux, sens)
        assez = totaux >= seuil("petite_base_eur")
        yield _table(
            "petite_base_couples", _departements(repere.nombre_de_couples(sens))[assez], sens
        )


def _energie(repere: Reperes) -> Iterator[pd.DataFrame]:
    totaux = repere.totaux["import"].where(repere.significatifs["import"])
    parts = 100 * repere.energie["import"] / totaux
    retraits = {sens: _departements(repere.energie[sens]) for sens in SENS}
    yield _table("energie_part", _departements(parts), "import", **retraits)
    rapports = parts / (parts.loc[FRANCE] or float("nan"))
    yield _table("energie_rapport", _departements(rapports), "import", **retraits)


def _gaz_electricite(repere: Reperes) -> Iterator[pd.DataFrame]:
    montants = {}
    for sens in SENS:
        table = repere.produits[sens].loc[[("departement", PARIS)]].droplevel("echelle")
        montants[sens] = table.loc[:, table.columns.isin(GAZ_ET_ELECTRICITE)].sum(axis="columns")
    echanges = sum(_departements(repere.totaux[sens]).loc[[PARIS]] for sens in SENS)
    valeur = 100 * sum(montants.values()) / echanges.where(echanges > 0)
    yield _table("gaz_electricite", valeur, **montants)


def _premier_flux(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        premiers = premiers_flux(repere, sens).where(repere.significatifs[sens])
        premiers = _departements(premiers).dropna(subset="part_pct")
        objet = premiers["a129"] + " " + premiers["pays"]
        retrait = {sens: premiers["valeur_eur"]}
        yield _table("premier_flux", premiers["part_pct"], sens, objet, **retrait)


def _double_sens(repere: Reperes) -> Iterator[pd.DataFrame]:
    flux = {sens: _empiler(repere, sens).add_suffix(f"_{sens}") for sens in SENS}
    produits = flux["export"].join(flux["import"], how="inner")
    ventes, achats = produits["valeur_eur_export"], produits["valeur_eur_import"]
    recouvrement = 100 * (1 - (ventes - achats).abs() / (ventes + achats))
    produits = produits[recouvrement >= seuil("double_sens_recouvrement")]
    valeur = produits[["part_pct_export", "part_pct_import"]].min(axis="columns")
    table = valeur.rename("valeur").reset_index("a129")
    yield _table(
        "double_sens_part",
        table["valeur"],
        objet=table["a129"],
        export=produits["valeur_eur_export"].droplevel("a129"),
        **{"import": produits["valeur_eur_import"].droplevel("a129")},
    )


def _empiler(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Montant et part de chaque produit échangé, index (code, a129), flux significatifs."""
    table = _departements(repere.produits[sens])[_departements(repere.significatifs[sens])]
    montants = table.rename_axis(index="code", columns="a129").stack()
    montants = montants[montants > 0]
    totaux = _departements(repere.totaux[sens]).rename_axis("code")
    parts = 100 * montants / totaux.reindex(montants.index, level="code")
    return pd.DataFrame({"valeur_eur": montants, "part_pct": parts})


def _retours(repere: Reperes) -> Iterator[pd.DataFrame]:
    montants = repere.montant_pays("import", RETOURS)
    totaux = repere.totaux["import"].where(repere.significatifs["import"])
    valeur = _departements(100 * montants / totaux)
    yield _table("retours", valeur, "import", **{"import": _departements(montants)})


def _indetermines(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        montants = repere.totaux[sens] - repere.pays_classes[sens].sum(axis="columns")
        montants = montants - repere.montant_pays(sens, RETOURS)
        totaux = repere.totaux[sens].where(repere.significatifs[sens])
        retrait = {sens: _departements(montants)}
        yield _table("indetermines", _departements(100 * montants / totaux), sens, **retrait)


def _trimestre(repere: Reperes) -> Iterator[pd.DataFrame]:
    for sens in SENS:
        produits = _empiler(repere, sens)
        produits = produits[produits["part_pct"] >= seuil("trimestre_part")]
        pointes = repere.pointes[sens].rename_axis(index="code", columns="a129").stack()
        valeur = 100 * pointes.reindex(produits.index) / produits["valeur_eur"]
        retrait = {sens: produits["valeur_eur"].droplevel("a129")}
        table = valeur.rename("valeur").reset_index("a129")
        yield _table("trimestre", table["valeur"], sens, table["a129"], **retrait)


def declenchees(toutes: pd.DataFrame) -> pd.DataFrame:
    """Quelles mesures passent leur seuil ? Mêmes colonnes que `mesures`.

    Au-dessus du seuil strictement, au-dessous pour les petites bases.
    """
    limites = toutes["alerte"].map(seuils()["seuil"])
    dessous = toutes["alerte"].isin(SOUS_LE_SEUIL)
    passe = (toutes["valeur"] < limites).where(dessous, toutes["valeur"] > limites)
    return toutes[passe].reset_index(drop=True)


@une_fois
def passees_du_repere(repere: Reperes) -> pd.DataFrame:
    """`declenchees`, pour tous les territoires."""
    return declenchees(mesures(repere))


def faits(repere: Reperes) -> dict[str, list[str]]:
    """Quels territoires chaque précaution de méthode concerne-t-elle ? Codes par alerte."""
    territoires = references.departements().values()
    rupture = repere.annee == ANNEE_RUPTURE and repere.precedents is not None
    return {
        "rupture_2022": [d.code for d in territoires if rupture],
        "corse": [CORSE],
        "drom": [d.code for d in territoires if d.region.code == DROM],
        "monaco": [d.code for d in territoires if d.region.code == AVEC_MONACO],
    }


@une_fois
def effectifs(repere: Reperes) -> pd.Series:
    """Combien de territoires chaque alerte retient-elle, sur cent ? Index : code de l'alerte."""
    par_seuil = passees_du_repere(repere).groupby("alerte")["code"].nunique()
    par_fait = pd.Series({alerte: len(codes) for alerte, codes in faits(repere).items()})
    mesurees = seuils().index.drop(list(PRECISIONS))
    return pd.concat([par_seuil, par_fait]).reindex(mesurees, fill_value=0).astype(int)


def de_la_fiche(fiche) -> pd.DataFrame:
    """Les alertes d'un territoire, dans l'ordre de la table des seuils.

    Une ligne par sujet et flux. Colonnes : alerte, sujet, flux, objets (codes concernés), valeur,
    seuil, territoires (combien d'autres territoires sur cent, lui compris), puis le chiffre refait
    sans le biais, NaN quand il ne s'y prête pas : solde_eur, taux_couverture_pct,
    part_ue_pct, evolution_pct.
    """
    repere = reperes.de_la_fiche(fiche)
    passees, combien = passees_du_repere(repere), effectifs(repere)
    siennes = passees[passees["code"] == fiche.departement.code]
    par_alerte = {alerte: lignes.groupby("flux") for alerte, lignes in siennes.groupby("alerte")}
    table = seuils()
    lignes = []
    for alerte in table.index:
        for flux, groupe in par_alerte.get(alerte, ()):
            ordre = groupe.sort_values(["valeur", "objet"], ascending=[False, True])
            lignes.append(
                {
                    "alerte": alerte,
                    "flux": flux,
                    "objets": list(ordre["objet"]),
                    "valeur": ordre["valeur"].iloc[0],
                }
                | _refaits(fiche, repere, alerte, flux, ordre)
            )
        if alerte in FAITS and fiche.departement.code in faits(repere)[alerte]:
            lignes.append({"alerte": alerte, "flux": "", "objets": [], "valeur": float("nan")})
    colonnes = ["alerte", "flux", "objets", "valeur", "solde_eur", "taux_couverture_pct"]
    resultat = pd.DataFrame(lignes, columns=[*colonnes, "part_ue_pct", "evolution_pct"])
    resultat.insert(1, "sujet", resultat["alerte"].map(table["sujet"]))
    resultat.insert(5, "seuil", resultat["alerte"].map(table["seuil"]))
    resultat.insert(6, "territoires", resultat["alerte"].map(combien))
    # L'énergie a deux seuils : un seul avertissement.
    return resultat.drop_duplicates(["sujet", "flux"]).reset_index(drop=True)


def poids_hors_departements_pct(fiche) -> dict[Sens, float]:
    """Que pèse, dans sa région, ce qui n'est d'aucun département (Monaco) ? En %, par flux."""
    repere = reperes.de_la_fiche(fiche)
    codes = [d.code for d in references.departements_de_region(fiche.departement.region.code)]
    return {
        sens: 100 - rapport_pct(totaux.xs("departement")[codes].sum(), total)
        for sens, totaux in repere.totaux.items()
        for total in [totaux.loc[espaces(fiche)["region"]]]
    }


def _refaits(
    fiche, repere: Reperes, alerte: str, flux: str, groupe: pd.DataFrame
) -> dict[str, float]:
    """Le chiffre refait sans ce que l'alerte désigne."""
    ligne = espaces(fiche)["departement"]
    if alerte in SOUS_LE_SEUIL:
        return {}
    restes = {
        sens: int(repere.totaux[sens].loc[ligne] - groupe[f"retrait_{sens}_eur"].sum())
        for sens in SENS
    }
    if alerte == "indetermines":
        unis = repere.zones[flux].at[ligne, UNION_EUROPEENNE]
        return {"part_ue_pct": rapport_pct(unis, restes[flux])}
    if alerte == "trimestre":
        if repere.precedents is None:
            return {}
        avant = repere.precedents.produits[flux].loc[ligne]
        ecartes = avant.index.isin(groupe["objet"])
        actuel, precedent = pd.Series([restes[flux]]), pd.Series([avant[~ecartes].sum()])
        return {"evolution_pct": evolution_pct(actuel, precedent).iloc[0]}
    assez = restes["import"] >= seuil("petite_base_eur")
    return {
        "solde_eur": restes["export"] - restes["import"],
        "taux_couverture_pct": rapport_pct(restes["export"], restes["import"] if assez else 0),
    }
