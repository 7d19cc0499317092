"""Les marques des figures, en pixels : rectangles, cadres, tracés, filets et textes.

Chaque fonction prend une liste de dictionnaires, une marque par élément, et rend une couche de la
figure. `nom` devient le nom accessible de la marque et son infobulle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import altair as alt

from commerce import formats, theme
from commerce.figure import disposition
from commerce.figure.rendu import COUCHE
from commerce.formats import montant_court, part_courte

__all__ = ["montant_court", "part_courte"]
LIGNE_DE_BASE = 0.34
SEUIL_ETROIT = 600
NOM_DU_FLUX = {"import": "importations", "export": "exportations"}


def couleur_du_flux(sens: str) -> str:
    """Couleur du rôle « importations » ou « exportations »."""
    couleurs = theme.theme().couleurs
    return {"import": couleurs.importations, "export": couleurs.exportations}[sens]


def est_etroit(largeur: float) -> bool:
    """La figure se dessine-t-elle pour une colonne étroite ?"""
    return largeur < SEUIL_ETROIT


@dataclass(frozen=True)
class Couche:
    """Des marques de même forme : `modele(*options)` les décrit pour Altair, `lignes` les place."""

    modele: Callable[..., alt.Chart]
    options: tuple
    lignes: list[dict]


# Les canaux sont écrits en Vega-Lite : ceux d'Altair, qu'il recopie à chaque superposition, lui
# prenaient plus de temps que le dessin à Vega.
def _canal(champ: str, genre: str = "nominal", **reglages) -> dict:
    return {"field": champ, "type": genre, "scale": None, **reglages}


def _position(champ: str) -> dict:
    return _canal(champ, "quantitative", axis=None)


_COULEUR = _canal("couleur", legend=None)
_NOM = {"field": "nom", "type": "nominal"}
_BORDS = {
    "x": _position("x0"),
    "y": _position("y0"),
    "x2": {"field": "x1"},
    "y2": {"field": "y1"},
}
_ORIGINE = {"x": {"value": 0}, "y": {"value": 0}}


def _modele(genre: str, marque: dict, **canaux: dict) -> alt.Chart:
    return alt.Chart(mark={"type": genre, **marque}, encoding=alt.FacetedEncoding(**canaux))


def rectangles(lignes: list[dict], contour: str | None = None) -> Couche:
    """Rectangles x0, y0, x1, y1, couleur, nom."""
    return Couche(_rectangles, (contour,), lignes)


def _rectangles(contour: str | None) -> alt.Chart:
    trait = {"stroke": contour, "strokeWidth": 1} if contour else {}
    return _modele("rect", trait, **_BORDS, fill=_COULEUR, description=_NOM)


def cadres(lignes: list[dict]) -> Couche:
    """Contours de rectangles x0, y0, x1, y1, couleur, sans information propre."""
    return Couche(_cadres, (), lignes)


def _cadres() -> alt.Chart:
    trait = {"filled": False, "strokeWidth": 1, "aria": False}
    return _modele("rect", trait, **_BORDS, stroke=_COULEUR)


def traces(lignes: list[dict], opacite: float) -> Couche:
    """Formes libres : `trace` est un chemin SVG en pixels ; couleur, nom."""
    return Couche(_traces, (opacite,), lignes)


def _traces(opacite: float) -> alt.Chart:
    forme = {"filled": True, "size": 4, "opacity": 1, "fillOpacity": opacite, "strokeWidth": 0}
    shape = _canal("trace", legend=None)
    return _modele("point", forme, **_ORIGINE, fill=_COULEUR, description=_NOM, shape=shape)


def formes(lignes: list[dict]) -> Couche:
    """Tracés SVG de toute sorte : `trace`, couleur du fond, contour, épaisseur `trait`, nom.

    « none » pour la couleur ou le contour : sans fond, ou sans contour.
    """
    return Couche(_formes, (), lignes)


def _formes() -> alt.Chart:
    return _modele(
        "point",
        {"filled": True, "size": 4, "opacity": 1},
        **_ORIGINE,
        fill=_COULEUR,
        description=_NOM,
        shape=_canal("trace", legend=None),
        stroke=_canal("contour", legend=None),
        strokeWidth=_canal("trait", "quantitative", legend=None),
    )


def filets(lignes: list[dict], epaisseur: float = 1) -> Couche:
    """Traits droits x0, y0, x1, y1, couleur, sans information propre."""
    return Couche(_filets, (epaisseur,), lignes)


def _filets(epaisseur: float) -> alt.Chart:
    return _modele("rule", {"strokeWidth": epaisseur, "aria": False}, **_BORDS, stroke=_COULEUR)


def textes(lignes: list[dict]) -> Couche:
    """Textes d'une ligne : x, y (ligne de base), texte, taille, graisse, ancre, couleur."""
    return Couche(_textes, (), lignes)


def _textes() -> alt.Chart:
    return _modele(
        "text",
        {
            "aria": False,
            "baseline": "alphabetic",
            "align": {"expr": "datum.ancre"},
            "fontWeight": {"expr": "datum.graisse"},
        },
        x=_position("x"),
        y=_position("y"),
        text={"field": "texte", "type": "nominal"},
        fill=_COULEUR,
        size=_canal("taille", "quantitative", legend=None),
    )


def texte(
    x: float,
    y: float,
    contenu: str,
    taille: float = 13,
    graisse: int = 400,
    ancre: str = "left",
    couleur: str = "",
) -> dict:
    """Une ligne de texte dont `y` est le milieu, couleur du texte courant par défaut."""
    return {
        "x": round(x, 1),
        "y": round(y + LIGNE_DE_BASE * taille, 1),
        "texte": contenu,
        "taille": taille,
        "graisse": graisse,
        "ancre": ancre,
        "couleur": couleur or theme.theme().couleurs.texte,
    }


def boite(ligne: dict) -> tuple[float, float, float, float]:
    """Place occupée par une ligne de texte, mesurée : x0, y0, x1, y1."""
    largeur = disposition.largeur_texte(ligne["texte"], ligne["taille"], ligne["graisse"])
    debut = {"left": 0.0, "center": largeur / 2, "right": largeur}[ligne["ancre"]]
    x0, bas = ligne["x"] - debut, ligne["y"] + 0.22 * ligne["taille"]
    return x0, bas - ligne["taille"], x0 + largeur, bas


def figure(couches: list[Couche], largeur: float, hauteur: float) -> alt.LayerChart:
    """Les couches superposées, à la taille exacte demandée."""
    graphique = _superposer(*((couche.modele, couche.options) for couche in couches))
    graphique = graphique.copy(deep=False)
    graphique.width, graphique.height = largeur, round(hauteur)
    graphique.datasets = {
        f"{COUCHE}{rang}": [_simple(ligne) for ligne in couche.lignes]
        for rang, couche in enumerate(couches)
    }
    return graphique


@cache
def _superposer(*modeles: tuple[Callable[..., alt.Chart], tuple]) -> alt.LayerChart:
    """Le même graphique sans ses données : Altair met plus de temps à le bâtir qu'à l'écrire."""
    couches = []
    for rang, (modele, options) in enumerate(modeles):
        couche = modele(*options)
        couche.data = alt.NamedData(name=f"{COUCHE}{rang}")
        couches.append(couche)
    return alt.layer(*couches, autosize=alt.AutoSizeParams(type="none"))


def _simple(ligne: dict) -> dict:
    """La ligne en types JSON, ses mots à la typographie française."""
    simple = {
        nom: valeur.item() if hasattr(valeur, "item") else valeur for nom, valeur in ligne.items()
    }
    return simple | {
        nom: formats.typographie(simple[nom]) for nom in ("nom", "texte") if nom in simple
    }


def vide(largeur: float, message: str) -> alt.LayerChart:
    """Figure d'un tableau sans ligne : elle le dit."""
    discret = theme.theme().couleurs.texte_discret
    return figure(
        [textes([texte(largeur / 2, 40, message, 14, 400, "center", discret)])], largeur, 80
    )
