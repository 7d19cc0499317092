"""Qu'est-ce qui distingue le territoire de la France, et à qui ressemble-t-il ?

Produits A129. Formules : Balassa B = (X_dp / X_d) / (X_Fp / X_F) ; forme symétrique
(B - 1) / (B + 1), de -1 à 1 ; distance de Krugman = demi-somme des écarts absolus de parts, de 0
(même structure) à 100 % ; ressemblance = somme des plus petites des deux parts, son complément.
"""

import numpy as np
import pandas as pd

from commerce import references
from commerce.donnees.reperes import FRANCE, Reperes, espaces, une_fois
from commerce.indicateurs import SENS, Sens
from commerce.portrait.concentration import parts

PART_MINIMALE_PCT = 1
MONTANT_MINIMAL_EUR = 5_000_000
RESSEMBLANCES = 5


def balassa(territoire: pd.Series, france: pd.Series) -> pd.DataFrame:
    """Quels produits pèsent plus ici que dans les exportations françaises ?

    `territoire`, `france` : montants par produit, en euros. Index produit ; colonnes valeur_eur,
    part_pct, part_france_pct, balassa, symetrique, retenu (au moins 1 % des exportations du
    territoire et 5 millions d'euros). Un total nul donne NaN.
    """
    codes = territoire.index.union(france.index)
    montants = territoire.reindex(codes, fill_value=0)
    table = pd.DataFrame({"valeur_eur": montants})
    for nom, serie in (("part_pct", montants), ("part_france_pct", france.reindex(codes))):
        total = serie.sum()
        table[nom] = 100 * serie / (total if total else np.nan)
    table["balassa"] = table["part_pct"] / table["part_france_pct"].where(
        table["part_france_pct"] > 0
    )
    table["symetrique"] = (table["balassa"] - 1) / (table["balassa"] + 1)
    table["retenu"] = (table["part_pct"] >= PART_MINIMALE_PCT) & (
        table["valeur_eur"] >= MONTANT_MINIMAL_EUR
    )
    return table


def specialisations(fiche, repere: Reperes, sens: Sens = "export") -> pd.DataFrame:
    """Les produits qui se prêtent à comparaison, du plus au moins spécifique au territoire.

    Colonnes : produit, libelle_court, libelle, valeur_eur, part_pct, part_france_pct, balassa,
    symetrique. Vide si le flux est trop petit.
    """
    ligne = espaces(fiche)["departement"]
    produits = repere.produits[sens]
    table = balassa(produits.loc[ligne], produits.loc[FRANCE])
    table = table[table["retenu"] & repere.significatifs[sens].loc[ligne]]
    libelles = repere.libelles.reindex(table.index)
    table = pd.concat([libelles, table], axis="columns").rename_axis("produit").reset_index()
    ordre = table.sort_values(["balassa", "produit"], ascending=[False, True])
    return ordre.drop(columns="retenu").reset_index(drop=True)


def krugman_pct(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """De combien de points la structure de chaque espace s'écarte-t-elle de la France ? En %.

    `montants` : tableau espace x produit qui contient la ligne de la France.
    """
    structures = parts(montants, totaux)
    ecarts = structures.sub(structures.loc[FRANCE]).abs()
    return 50 * ecarts.sum(axis="columns", min_count=1)


def ressemblances(repere: Reperes, code: str, sens: Sens = "export") -> pd.DataFrame:
    """Quels territoires échangent les produits les plus voisins ?

    Les cinq premiers, hors lui-même et hors flux trop petits. Colonnes : code, nom, complement,
    ressemblance_pct. Vide si le flux du territoire est trop petit.
    """
    significatifs = repere.significatifs[sens].xs("departement")
    structures = parts(repere.produits[sens], repere.totaux[sens]).xs("departement")
    if not significatifs[code]:
        return pd.DataFrame(columns=["code", "nom", "complement", "ressemblance_pct"])
    autres = structures[significatifs & (structures.index != code)]
    communs = 100 * autres.clip(upper=structures.loc[code], axis="columns").sum(axis="columns")
    retenus = communs.sort_index().sort_values(ascending=False, kind="stable").head(RESSEMBLANCES)
    territoires = references.departements()
    return pd.DataFrame(
        {
            "code": retenus.index,
            "nom": [territoires[voisin].nom for voisin in retenus.index],
            "complement": [territoires[voisin].complement for voisin in retenus.index],
            "ressemblance_pct": retenus.to_numpy(),
        }
    )


@une_fois
def parts_zones_pct(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Quelle part de chaque flux va dans chaque zone ou en vient ? Tableau espace x zone, en %."""
    totaux = repere.totaux[sens].where(repere.significatifs[sens])
    return 100 * repere.zones[sens].div(totaux, axis="index")


def zones(fiche, repere: Reperes) -> pd.DataFrame:
    """Dans quelles régions du monde sont les clients et les fournisseurs ?

    Colonnes : flux, zone, part_pct, part_region_pct, part_france_pct. Les parts d'un flux font
    100 % : l'Océanie, les partenaires qui ne sont pas des pays et les codes inconnus sont réunis.
    """
    tables = []
    for sens in SENS:
        parts_pct = parts_zones_pct(repere, sens).loc[list(espaces(fiche).values())].T
        table = parts_pct.set_axis(["part_pct", "part_region_pct", "part_france_pct"], axis=1)
        tables.append(table.rename_axis("zone").reset_index().assign(flux=sens))
    colonnes = ["flux", "zone", "part_pct", "part_region_pct", "part_france_pct"]
    return pd.concat(tables, ignore_index=True)[colonnes]
