"""Quels produits le territoire achète-t-il presque tous au même endroit, hors d'Europe ?

« Concentration locale des approvisionnements » : un produit de la CPF4 dont les fournisseurs sont
concentrés, qui vient surtout de hors de l'Union européenne et que le territoire importe plus qu'il
n'exporte, au moins deux années sur les trois dernières. Seuils repris de GeoDep (CEPII, Lefebvre et
Wibaux, 2024), auxquels s'ajoute un montant minimal. C'est un constat sur les achats déclarés ici,
pas une mesure de ce que l'entreprise pourrait acheter ailleurs.
"""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from commerce.donnees.prepare import ouvrir
from commerce.donnees.reperes import UNION_EUROPEENNE
from commerce.indicateurs import SENS

HHI_MINIMAL = 0.4
PART_HORS_UE_MINIMALE_PCT = 50
IMPORTATIONS_MINIMALES_EUR = 5_000_000
ANNEES_OBSERVEES, ANNEES_REQUISES = 3, 2
CLES = ["annee", "produit"]
MESURES = ["import_eur", "export_eur", "hhi", "part_hors_ue_pct", "pays", "part_pays_pct"]


def criteres(echanges: pd.DataFrame, pays: pd.DataFrame) -> pd.DataFrame:
    """Que disent les achats de chaque année, pour les produits importés d'au moins 5 millions ?

    `echanges` : annee, flux, produit, pays, valeur_eur. Colonnes rendues : annee, produit,
    import_eur, export_eur, hhi, part_hors_ue_pct, pays (le premier fournisseur), part_pays_pct,
    retenu. Un partenaire qui n'est pas un pays reste au dénominateur, sans être compté ailleurs.
    """
    ventes, achats = (echanges[echanges["flux"] == sens] for sens in SENS)
    totaux = achats.groupby(CLES)["valeur_eur"].sum()
    totaux = totaux[totaux >= IMPORTATIONS_MINIMALES_EUR].rename("total_eur")
    achats = achats[achats["pays"].isin(pays.index[pays["classable"]])]
    achats = achats.merge(totaux.reset_index(), on=CLES)
    achats = achats.groupby([*CLES, "pays", "total_eur"])["valeur_eur"].sum()
    achats = achats.reset_index()
    achats["part"] = achats["valeur_eur"] / achats["total_eur"]
    achats["carre"] = achats["part"] ** 2
    achats["hors_ue"] = achats["part"].where(achats["pays"].map(pays["zone"]) != UNION_EUROPEENNE)
    sommes = achats.groupby(CLES)[["carre", "hors_ue"]].sum()
    ordre = achats.sort_values([*CLES, "part", "pays"], ascending=[True, True, False, True])
    premiers = ordre.drop_duplicates(CLES).set_index(CLES)
    exportations = ventes.groupby(CLES)["valeur_eur"].sum()
    table = pd.DataFrame(
        {
            "import_eur": totaux,
            "export_eur": exportations.reindex(totaux.index, fill_value=0),
            "hhi": sommes["carre"],
            "part_hors_ue_pct": 100 * sommes["hors_ue"],
            "pays": premiers["pays"],
            "part_pays_pct": 100 * premiers["part"],
        }
    )
    table["retenu"] = (
        (table["hhi"] > HHI_MINIMAL)
        & (table["part_hors_ue_pct"] > PART_HORS_UE_MINIMALE_PCT)
        & (table["import_eur"] > table["export_eur"])
    )
    return table.reset_index()


def concentrations(par_annee: pd.DataFrame) -> pd.DataFrame:
    """Quels produits remplissent les critères au moins deux années ?

    `par_annee` : `criteres` des trois dernières années. Une ligne par produit, importations
    décroissantes ; colonnes produit, annee (la dernière qui le retient), ses mesures (`MESURES`) et
    annees (toutes celles qui le retiennent).
    """
    retenus = par_annee[par_annee["retenu"]].sort_values(["produit", "annee"])
    annees = retenus.groupby("produit")["annee"].agg(list)
    annees = annees[annees.map(len) >= ANNEES_REQUISES]
    derniers = retenus.drop_duplicates("produit", keep="last")[["produit", "annee", *MESURES]]
    table = derniers[derniers["produit"].isin(annees.index)]
    table = table.assign(annees=table["produit"].map(annees))
    ordre = table.sort_values(["import_eur", "produit"], ascending=[False, True])
    return ordre.reset_index(drop=True)


def annees_observees(fiche) -> list[int]:
    """Quelles années complètes, parmi les trois dernières, sont connues ?"""
    completes = ouvrir(fiche.dossier).annees_completes()
    return [an for an in completes if fiche.annee - ANNEES_OBSERVEES < an <= fiche.annee]


def de_la_fiche(fiche) -> pd.DataFrame:
    """Les approvisionnements concentrés du territoire : `concentrations` et les libellés.

    Colonnes ajoutées : libelle_court, libelle (CPF4), libelle_pays. Vide s'il n'y a pas deux années
    complètes parmi les trois dernières.
    """
    annees = annees_observees(fiche) or [fiche.annee]
    return _du_territoire(fiche.dossier, fiche.departement.code, tuple(annees)).copy(deep=False)


@lru_cache(maxsize=8)
def _du_territoire(dossier: Path, code: str, annees: tuple[int, ...]) -> pd.DataFrame:
    prepare = ouvrir(dossier)
    echanges = [prepare.montants_annuels(code, an, "CPF4").assign(annee=an) for an in annees]
    pays = pd.concat([prepare.pays(an) for an in annees])
    pays = pays[~pays.index.duplicated()]
    table = concentrations(criteres(pd.concat(echanges), pays))
    libelles = prepare.produits(annees[-1], "CPF4").reindex(table["produit"])
    return table.assign(
        libelle_court=libelles["libelle_court"].to_numpy(),
        libelle=libelles["libelle"].to_numpy(),
        libelle_pays=pays["nom"].reindex(table["pays"]).to_numpy(),
    )
