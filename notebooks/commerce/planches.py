"""Quelles figures une fiche montre-t-elle ? Une fonction par figure, du calcul à l'affichage.

Chacune réunit l'indicateur (`indicateurs`), le dessin (`graphiques`), les mots (`textes`) et la
présentation (`figures`). Pour essayer une variante dans un notebook, partir de
`graphiques.soldes_par_pays(indicateurs.soldes_par_pays(fiche))`, qui est un graphique Altair.

Les figures montrées sont retenues le temps que vit leur fiche : le classeur reprend leurs tableaux.
"""

from weakref import WeakKeyDictionary

import pandas as pd

from commerce import graphiques, indicateurs, textes
from commerce.figure import Figure, cote_a_cote, figure, figure_tableau
from commerce.indicateurs import Echelle, Sens
from commerce.redaction import region_confondue

SUFFIXES: dict[Echelle, str] = {"departement": "", "region": "-region", "france": "-france"}


def soldes_par_pays(fiche) -> Figure:
    """Avec quels pays le territoire est-il excédentaire ou déficitaire ?"""
    soldes = indicateurs.soldes_par_pays(fiche)
    return montrer(
        fiche,
        "soldes-par-pays",
        graphiques.soldes_par_pays,
        soldes,
        titre=textes.titre_soldes(fiche),
        legende=textes.legende_soldes(fiche, soldes),
    )


def activites(fiche) -> Figure:
    """Quels produits le territoire vend-il et achète-t-il ?"""
    produits = indicateurs.activites(fiche)
    return montrer(
        fiche,
        "activites",
        graphiques.activites,
        produits,
        titre=textes.titre_activites(fiche),
        legende=textes.legende_activites(fiche, produits),
    )


def flux(fiche, sens: Sens, echelle: Echelle = "departement") -> Figure:
    """Quel produit va vers quel pays, ou vient de quel pays ?"""
    couples = _couples(fiche, sens, echelle)
    return montrer(
        fiche,
        f"flux-{sens}{SUFFIXES[echelle]}",
        graphiques.flux,
        couples,
        titre=textes.titre_flux(fiche, sens, echelle),
        legende=textes.legende_flux(fiche, sens, couples),
        etroit_seulement=echelle != "departement",
        sens=sens,
    )


def flux_compares(fiche, sens: Sens):
    """Les mêmes flux dans la région et dans la France entière, côte à côte."""
    base = indicateurs.de_la_fiche(fiche)
    return cote_a_cote(
        *(
            (flux(fiche, sens, echelle), textes.total(fiche, sens, base, echelle))
            for echelle in ("region", "france")
        )
    )


# Les fiches d'une région partagent ses flux, et toutes ceux de la France : un processus ne les
# calcule qu'une fois, et `figures` ne les dessine qu'une fois. La clé dit tout ce dont ils
# dépendent.
_compares: dict[tuple, pd.DataFrame] = {}


def _couples(fiche, sens: Sens, echelle: Echelle) -> pd.DataFrame:
    if echelle == "departement":
        return indicateurs.flux(fiche, sens)
    lieu = fiche.departement.region.code if echelle == "region" else echelle
    cle = (fiche.dossier, fiche.annee, fiche.nomenclature, sens, lieu)
    if cle not in _compares:
        _compares[cle] = indicateurs.flux(fiche, sens, echelle)
    return _compares[cle]


_montrees: WeakKeyDictionary = WeakKeyDictionary()


def montrer(fiche, identifiant: str, *contenu, **options) -> Figure:
    """Une figure de `figures.figure`, retenue pour le classeur de sa fiche."""
    return _retenir(fiche, figure(identifiant, *contenu, fiche=fiche, **options))


def montrer_tableau(fiche, identifiant: str, *contenu, **options) -> Figure:
    """Un tableau de `figures.figure_tableau`, retenu de même."""
    return _retenir(fiche, figure_tableau(identifiant, *contenu, fiche=fiche, **options))


def _retenir(fiche, montree: Figure) -> Figure:
    _montrees.setdefault(fiche, {})[montree.identifiant] = montree
    return montree


def montrees(fiche) -> list[Figure]:
    """Quelles figures cette fiche a-t-elle déjà montrées ? Dans l'ordre, chacune une fois."""
    return list(_montrees.get(fiche, {}).values())


def noms(fiche) -> tuple[str, str, str]:
    """Le territoire, sa région (vide quand elle se confond avec lui), la France."""
    region = "" if region_confondue(fiche) else fiche.departement.region.nom
    return fiche.departement.nom, region, "France"
