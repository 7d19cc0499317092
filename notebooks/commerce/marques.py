"""Les marques des figures, en pixels : rectangles, cadres, tracés, filets et textes.

Chaque fonction prend une liste de dictionnaires, une marque par élément, et rend une couche Altair.
`nom` devient le nom accessible de la marque et son infobulle.
"""

import altair as alt
import pandas as pd

from . import disposition, formats, theme

_PX = {"scale": None, "axis": None}
LIGNE_DE_BASE = 0.34
SEUIL_ETROIT = 600
NOM_DU_FLUX = {"import": "importations", "export": "exportations"}


def couleur_du_flux(sens: str) -> str:
    """Couleur du rôle « importations » ou « exportations »."""
    couleurs = theme.theme().couleurs
    return {"import": couleurs.importations, "export": couleurs.exportations}[sens]


def montant_court(montant_eur: int) -> str:
    """« 123,4 M€ », « < 0,1 M€ » si l'arrondi cachait un montant, « 0 M€ » s'il n'y a rien."""
    if 0 < montant_eur < 50_000:
        return f"<{formats.INSECABLE}0,1{formats.INSECABLE}M€"
    return formats.millions_court(montant_eur) if montant_eur else f"0{formats.INSECABLE}M€"


def part_courte(part_pct: float) -> str:
    """« 16,0 % », ou « < 0,1 % » si l'arrondi cachait une part."""
    if 0 < part_pct < 0.05:
        return f"<{formats.INSECABLE}0,1{formats.INSECABLE}%"
    return formats.pourcentage(part_pct)


def est_etroit(largeur: float) -> bool:
    """La figure se dessine-t-elle pour une colonne étroite ?"""
    return largeur < SEUIL_ETROIT


def _couche(lignes: list[dict]) -> alt.Chart:
    table = pd.DataFrame(lignes)
    for nom in table.columns.intersection(["nom", "texte"]):
        table[nom] = table[nom].map(formats.typographie)
    return alt.Chart(table)


def _couleur(canal: type) -> alt.SchemaBase:
    return canal("couleur:N", scale=None, legend=None)


def _x(champ: str) -> alt.X:
    return alt.X(f"{champ}:Q", **_PX)


def _y(champ: str) -> alt.Y:
    return alt.Y(f"{champ}:Q", **_PX)


def rectangles(lignes: list[dict], contour: str | None = None) -> alt.Chart:
    """Rectangles x0, y0, x1, y1, couleur, nom."""
    trait = {"stroke": contour, "strokeWidth": 1} if contour else {}
    return (
        _couche(lignes)
        .mark_rect(**trait)
        .encode(_x("x0"), _y("y0"), alt.X2("x1"), alt.Y2("y1"))
        .encode(fill=_couleur(alt.Fill), description=alt.Description("nom:N"))
    )


def cadres(lignes: list[dict]) -> alt.Chart:
    """Contours de rectangles x0, y0, x1, y1, couleur, sans information propre."""
    return (
        _couche(lignes)
        .mark_rect(filled=False, strokeWidth=1, aria=False)
        .encode(_x("x0"), _y("y0"), alt.X2("x1"), alt.Y2("y1"), stroke=_couleur(alt.Stroke))
    )


def traces(lignes: list[dict], opacite: float) -> alt.Chart:
    """Formes libres : `trace` est un chemin SVG en pixels ; couleur, nom."""
    return (
        _couche(lignes)
        .mark_point(filled=True, size=4, opacity=1, fillOpacity=opacite, strokeWidth=0)
        .encode(
            x=alt.XValue(0),
            y=alt.YValue(0),
            fill=_couleur(alt.Fill),
            description=alt.Description("nom:N"),
        )
        .encode(shape=alt.Shape("trace:N", scale=None, legend=None))
    )


def formes(lignes: list[dict]) -> alt.Chart:
    """Tracés SVG de toute sorte : `trace`, couleur du fond, contour, épaisseur `trait`, nom.

    « none » pour la couleur ou le contour : sans fond, ou sans contour.
    """
    return (
        _couche(lignes)
        .mark_point(filled=True, size=4, opacity=1)
        .encode(
            x=alt.XValue(0),
            y=alt.YValue(0),
            fill=_couleur(alt.Fill),
            description=alt.Description("nom:N"),
        )
        .encode(
            shape=alt.Shape("trace:N", scale=None, legend=None),
            stroke=alt.Stroke("contour:N", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("trait:Q", scale=None, legend=None),
        )
    )


def filets(lignes: list[dict], epaisseur: float = 1) -> alt.Chart:
    """Traits droits x0, y0, x1, y1, couleur, sans information propre."""
    return (
        _couche(lignes)
        .mark_rule(strokeWidth=epaisseur, aria=False)
        .encode(_x("x0"), _y("y0"), alt.X2("x1"), alt.Y2("y1"), stroke=_couleur(alt.Stroke))
    )


def textes(lignes: list[dict]) -> alt.Chart:
    """Textes d'une ligne : x, y (ligne de base), texte, taille, graisse, ancre, couleur."""
    return (
        _couche(lignes)
        .mark_text(
            aria=False,
            baseline="alphabetic",
            align=alt.expr("datum.ancre"),
            fontWeight=alt.expr("datum.graisse"),
        )
        .encode(_x("x"), _y("y"), text=alt.Text("texte:N"), fill=_couleur(alt.Fill))
        .encode(size=alt.Size("taille:Q", scale=None, legend=None))
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


def figure(couches: list[alt.Chart], largeur: float, hauteur: float) -> alt.LayerChart:
    """Les couches superposées, à la taille exacte demandée."""
    return alt.layer(*couches).properties(
        width=largeur, height=round(hauteur), autosize=alt.AutoSizeParams(type="none")
    )


def vide(largeur: float, message: str) -> alt.LayerChart:
    """Figure d'un tableau sans ligne : elle le dit."""
    discret = theme.theme().couleurs.texte_discret
    return figure(
        [textes([texte(largeur / 2, 40, message, 14, 400, "center", discret)])], largeur, 80
    )
