"""Que dit la fiche au-delà des totaux ? Tous les indicateurs, de tous les espaces à la fois.

Rang, évolution, zones, concentration, spécialisation, exposition : les définitions sont dans leurs
modules et dans le glossaire. Un rapport dont le dénominateur est trop petit vaut NaN, écrit
« n.s. ». Les indicateurs portent toujours sur la nomenclature A129, même pour une fiche en CPF4.
"""

import pandas as pd

from commerce.donnees import reperes
from commerce.donnees.reperes import UNION_EUROPEENNE, Reperes, espaces, significatif, une_fois
from commerce.indicateurs import SENS
from commerce.portrait import concentration, evolution, exposition, rangs, specialisation

ENTIERS = ("rang_france", "rang_region", "n80_pays", "n80_produits", "solde_hors_energie_eur")
DE_CONCENTRATION = (
    *("hhi_pays", "hhi_produits", "nombre_equivalent_pays"),
    *("n80_pays", "n80_produits", "part_premier_flux_pct"),
)


@une_fois
def calculer(repere: Reperes) -> dict[tuple[str, str], pd.Series]:
    """Tous les indicateurs : (indicateur, flux) -> valeur par espace, index (echelle, code).

    Les rangs n'existent que pour les territoires.
    """
    valeurs = {}
    for grandeur, montants in rangs.grandeurs(repere).items():
        for nom, serie in (
            ("rang_france", rangs.rangs(montants)),
            ("rang_region", rangs.rangs_region(montants)),
        ):
            valeurs[nom, grandeur] = pd.concat({"departement": serie})
    for sens in SENS:
        totaux, assez = repere.totaux[sens], repere.significatifs[sens]
        valeurs["evolution_annuelle_pct", sens] = evolution.annuelle_pct(repere, sens)
        zones = specialisation.parts_zones_pct(repere, sens)
        valeurs["part_ue_pct", sens] = zones[UNION_EUROPEENNE]
        valeurs["part_etats_unis_pct", sens] = exposition.parts_pct(repere, sens)
        indices = concentration.tableau(repere, sens)
        valeurs |= {(nom, sens): indices[nom] for nom in DE_CONCENTRATION}
        distance = specialisation.krugman_pct(repere.produits[sens], totaux)
        valeurs["krugman_pct", sens] = distance.where(assez)
    valeurs["rapport_etats_unis_france", "export"] = exposition.rapports_france(repere)
    export, importations = (repere.totaux[sens] - repere.energie[sens] for sens in SENS)
    valeurs["solde_hors_energie_eur", ""] = export - importations
    couples = repere.nombre_de_couples("import", hors_energie=True)
    assez = significatif(importations, couples)
    valeurs["taux_couverture_hors_energie_pct", ""] = 100 * export / importations.where(assez)
    return valeurs


def valeurs(fiche, echelle: str = "departement") -> dict[tuple[str, str], float]:
    """Valeur de chaque indicateur pour le territoire, sa région ou la France ; NaN si « n.s. »."""
    ligne = espaces(fiche)[echelle]
    return {
        cle: serie.get(ligne, float("nan"))
        for cle, serie in calculer(reperes.de_la_fiche(fiche)).items()
    }


def indicateurs(fiche) -> pd.DataFrame:
    """Les indicateurs du territoire, à ajouter à ceux de base.

    Colonnes : indicateur, flux (export, import, solde ou vide), valeur (entier, réel ou NaN).
    """
    lignes = [
        (nom, flux, int(valeur) if nom in ENTIERS and not pd.isna(valeur) else float(valeur))
        for (nom, flux), valeur in valeurs(fiche).items()
    ]
    noms, flux, nombres = zip(*lignes, strict=True)
    # `object` garde les entiers exacts à côté des réels.
    nombres = pd.Series(nombres, dtype=object)
    return pd.DataFrame({"indicateur": noms, "flux": flux, "valeur": nombres})


def chiffres_cles(fiche) -> pd.DataFrame:
    """Les nombres à retenir, chacun à côté de ceux de la région et de la France.

    Colonnes : indicateur, flux, unite (eur, pct, nombre), departement, region, france. La région
    est NaN quand elle se confond avec le territoire (Corse).
    """
    repere = reperes.de_la_fiche(fiche)
    export, importations = (repere.totaux[sens] for sens in SENS)
    couverture = 100 * export / importations.where(repere.significatifs["import"])
    calcules = calculer(repere)
    evolution_ = "evolution_annuelle_pct"
    choix = [
        ("total_eur", "export", "eur", export),
        ("total_eur", "import", "eur", importations),
        ("solde_eur", "", "eur", export - importations),
        ("taux_couverture_pct", "", "pct", couverture),
        *((evolution_, sens, "pct", calcules[evolution_, sens]) for sens in SENS),
        ("n80_pays", "export", "nombre", calcules["n80_pays", "export"]),
        ("part_etats_unis_pct", "export", "pct", calcules["part_etats_unis_pct", "export"]),
    ]
    lignes = espaces(fiche)
    table = pd.DataFrame(
        [
            (nom, flux, unite, *(serie.loc[ligne] for ligne in lignes.values()))
            for nom, flux, unite, serie in choix
        ],
        columns=["indicateur", "flux", "unite", *lignes],
    )
    if fiche.departement.nom == fiche.departement.region.nom:
        table["region"] = float("nan")
    return table
