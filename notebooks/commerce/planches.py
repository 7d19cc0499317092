"""Quelles figures une fiche montre-t-elle ? Une fonction par figure, du calcul à l'affichage.

Chacune réunit l'indicateur (`indicateurs`), le dessin (`graphiques`), les mots (`textes`) et la
présentation (`figures`). Pour essayer une variante dans un notebook, partir de
`graphiques.soldes_par_pays(indicateurs.soldes_par_pays(fiche))`, qui est un graphique Altair.
"""

from commerce import graphiques, indicateurs, textes
from commerce.figures import Figure, cote_a_cote, figure
from commerce.indicateurs import Echelle, Sens

SUFFIXES: dict[Echelle, str] = {"departement": "", "region": "-region", "france": "-france"}


def soldes_par_pays(fiche) -> Figure:
    """Avec quels pays le territoire est-il excédentaire ou déficitaire ?"""
    soldes = indicateurs.soldes_par_pays(fiche)
    return figure(
        "soldes-par-pays",
        graphiques.soldes_par_pays,
        soldes,
        fiche=fiche,
        titre=textes.titre_soldes(fiche),
        legende=textes.legende_soldes(fiche, soldes),
    )


def activites(fiche) -> Figure:
    """Quels produits le territoire vend-il et achète-t-il ?"""
    produits = indicateurs.activites(fiche)
    return figure(
        "activites",
        graphiques.activites,
        produits,
        fiche=fiche,
        titre=textes.titre_activites(fiche),
        legende=textes.legende_activites(fiche, produits),
    )


def flux(fiche, sens: Sens, echelle: Echelle = "departement") -> Figure:
    """Quel produit va vers quel pays, ou vient de quel pays ?"""
    couples = indicateurs.flux(fiche, sens, echelle)
    return figure(
        f"flux-{sens}{SUFFIXES[echelle]}",
        graphiques.flux,
        couples,
        fiche=fiche,
        titre=textes.titre_flux(fiche, sens, echelle),
        legende=textes.legende_flux(fiche, sens, couples),
        etroit_seulement=echelle != "departement",
        sens=sens,
    )


def flux_compares(fiche, sens: Sens):
    """Les mêmes flux dans la région et dans la France entière, côte à côte."""
    return cote_a_cote(*(_flux_compare(fiche, sens, echelle) for echelle in ("region", "france")))


# Les fiches d'une région partagent sa figure, et toutes celle de la France : un processus ne les
# dessine qu'une fois. La clé dit tout ce dont elles dépendent.
_compares: dict[tuple, tuple[Figure, textes.Texte]] = {}


def _flux_compare(fiche, sens: Sens, echelle: Echelle) -> tuple[Figure, textes.Texte]:
    lieu = fiche.departement.region.code if echelle == "region" else echelle
    cle = (fiche.dossier, fiche.annee, fiche.nomenclature, sens, lieu)
    if cle not in _compares:
        base = indicateurs.de_la_fiche(fiche)
        _compares[cle] = flux(fiche, sens, echelle), textes.total(fiche, sens, base, echelle)
    return _compares[cle]
