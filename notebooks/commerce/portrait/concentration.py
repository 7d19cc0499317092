"""Les échanges tiennent-ils à quelques pays, à quelques produits, à un seul flux ?

Les fonctions prennent un tableau espace x code (un espace par ligne, euros entiers) et les totaux
des flux, qui servent de dénominateur : les partenaires qui ne sont pas des pays restent dans les
totaux sans être comptés dans le tableau. Un total nul donne NaN.
"""

import numpy as np
import pandas as pd

from commerce.donnees.reperes import Reperes, une_fois
from commerce.indicateurs import Sens

SEUIL_MOYEN, SEUIL_FORT = 0.15, 0.25


def parts(montants: pd.DataFrame, totaux: pd.Series) -> pd.DataFrame:
    """Part de chaque code dans le total de l'espace, de 0 à 1 ; NaN si le total est nul."""
    return montants.div(totaux.where(totaux > 0), axis="index")


def hhi(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """Indice de Herfindahl-Hirschman : somme des carrés des parts, de 1/N à 1."""
    indices = (parts(montants, totaux) ** 2).sum(axis="columns", min_count=1)
    return indices.where(indices > 0)


def niveau(indice: float) -> str:
    """Mot qui qualifie un indice : faible, moyenne (dès 0,15) ou forte (dès 0,25) concentration."""
    if np.isnan(indice):
        return ""
    return "forte" if indice >= SEUIL_FORT else "moyenne" if indice >= SEUIL_MOYEN else "faible"


def nombre_equivalent(indice: pd.Series) -> pd.Series:
    """À combien de partenaires de même poids cela revient-il ? 1 / HHI."""
    return 1 / indice.where(indice > 0)


def n80(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """Combien de codes, des plus grands aux plus petits, font 80 % du total de l'espace ?

    NaN si le total est nul, ou si les pays connus n'atteignent pas 80 % à eux tous.
    """
    cumuls = np.cumsum(-np.sort(-montants.to_numpy(), axis=1), axis=1)
    # En entiers, sans arrondi : 80 % sont atteints quand il manque au plus un cinquième du total.
    manque = totaux.to_numpy()[:, None] - cumuls
    avant = (manque > (totaux.to_numpy() // 5)[:, None]).sum(axis=1)
    rangs = pd.Series(avant + 1.0, index=montants.index)
    return rangs.where((totaux > 0) & (avant < montants.shape[1]))


@une_fois
def premiers_flux(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Quel est le plus grand flux produit x pays de chaque espace ?

    Index (echelle, code) ; colonnes a129, pays, valeur_eur, part_pct du flux. Ex æquo départagés
    par le code du produit, puis du pays.
    """
    couples = repere.couples[repere.couples["flux"] == sens]
    ordre = couples.sort_values(["valeur_eur", "a129"], ascending=[False, True], kind="stable")
    premiers = ordre.drop_duplicates(["echelle", "code"]).set_index(["echelle", "code"])
    premiers = premiers.reindex(repere.totaux[sens].index)[["a129", "pays", "valeur_eur"]]
    totaux = repere.totaux[sens]
    return premiers.assign(part_pct=100 * premiers["valeur_eur"] / totaux.where(totaux > 0))


@une_fois
def tableau(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Tous les indices de concentration d'un flux, par espace.

    Colonnes : hhi_pays, hhi_produits, nombre_equivalent_pays, nombre_equivalent_produits, n80_pays,
    n80_produits, part_premier_flux_pct. NaN (« n.s. ») quand le flux est trop petit.
    """
    totaux = repere.totaux[sens]
    pays, produits = repere.pays_classes[sens], repere.produits[sens]
    indices = pd.DataFrame({"hhi_pays": hhi(pays, totaux), "hhi_produits": hhi(produits, totaux)})
    indices["nombre_equivalent_pays"] = nombre_equivalent(indices["hhi_pays"])
    indices["nombre_equivalent_produits"] = nombre_equivalent(indices["hhi_produits"])
    indices["n80_pays"] = n80(pays, totaux)
    indices["n80_produits"] = n80(produits, totaux)
    indices["part_premier_flux_pct"] = premiers_flux(repere, sens)["part_pct"]
    return indices.where(repere.significatifs[sens])
