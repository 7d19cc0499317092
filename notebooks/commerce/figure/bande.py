"""Où se place une valeur parmi celles des territoires ? Un trait par territoire, sur une bande.

Écrite directement en SVG : un seul tracé porte cent traits, ce qui tient en un kilooctet et ne
demande aucun rendu. Elle n'a ni axe ni mot ; ses bornes et sa médiane sont dans son alternative.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from markupsafe import Markup

LARGEUR, HAUTEUR, MARGE = 200, 24, 3
# Haut et bas des traits : le sien dépasse ceux de sa région, qui dépassent les autres.
TRAITS = {"cent": (7, 17), "region": (4, 20), "ici": (0, 24)}


def position(valeurs: pd.Series, valeur: float) -> str:
    """« haut » au-dessus du troisième quartile, « bas » sous le premier, « proche » entre les deux.

    Vide si la valeur est absente. `valeurs` : celles de tous les territoires, NaN passés.
    """
    if np.isnan(valeur):
        return ""
    bas, haut = valeurs.quantile([0.25, 0.75])
    return "haut" if valeur > haut else "bas" if valeur < bas else "proche"


def abscisses(valeurs: np.ndarray) -> np.ndarray:
    """Place de chaque valeur, de 0 à 1, sur une échelle resserrée aux extrêmes.

    Sinus hyperbolique réciproque de l'écart à la médiane, en écarts médians absolus (MAD) : des
    euros qui vont de un à trois mille, un solde négatif et une part s'y lisent de même.
    """
    ecarts = valeurs - np.median(valeurs)
    tailles = np.abs(ecarts)
    resserres = np.arcsinh(ecarts / (np.median(tailles) or tailles.max() or 1))
    etendue = np.ptp(resserres)
    return (resserres - resserres.min()) / (etendue or 1)


def bande(valeurs: pd.Series, code: str, voisins: Iterable[str], alternative: str) -> Markup:
    """Le dessin : un trait par territoire, foncé pour ceux de la région, épais pour celui-ci.

    `valeurs` : index code, sans doublon ; NaN passés. `voisins` : codes de la région, celui-ci
    compris ou non. Un rectangle marque la moitié centrale des territoires. Vide si la valeur du
    territoire est absente.
    """
    connues = valeurs.dropna().astype("float64")
    if code not in connues.index:
        return Markup("")
    places = (MARGE + abscisses(connues.to_numpy()) * (LARGEUR - 2 * MARGE)).round(1)
    voisins, groupes = set(voisins), {genre: set() for genre in TRAITS}
    for territoire, place in zip(connues.index, places.tolist(), strict=True):
        genre = "region" if territoire in voisins else "cent"
        groupes["ici" if territoire == code else genre].add(place)
    traces = Markup("").join(
        Markup('<path class="{}" d="{}"/>').format(genre, _traits(groupes[genre], *bornes))
        for genre, bornes in TRAITS.items()
        if groupes[genre]
    )
    bas, haut = np.percentile(places, [25, 75])
    return Markup(
        '<svg class="bande" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><rect class="moitie" x="{:.1f}" y="0" width="{:.1f}" height="{}"/>{}</svg>'
    ).format(LARGEUR, HAUTEUR, alternative, bas, haut - bas, HAUTEUR, traces)


def _traits(places: set[float], haut: int, bas: int) -> str:
    return "".join(f"M{x:g} {haut}V{bas}" for x in sorted(places))
