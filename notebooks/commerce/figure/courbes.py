"""Un panneau de courbes : des dates, un indice en base 100, le nom de chaque courbe à son bout.

Le cadre des données ne contient que les courbes, sur des échelles vraies ; les étiquettes, mesurées
avec la police de la page, s'écartent dans la marge de droite.
"""

from math import ceil

import altair as alt

from commerce import formats, theme
from commerce.figure import panneau
from commerce.figure.mesure import couper_aux_traits, ecarter
from commerce.figure.modele import modele
from commerce.figure.panneau import GRAS, TAILLE
from commerce.formats import NOM_DU_FLUX
from commerce.indicateurs import Sens

HAUTEUR = {"etroit": 168, "large": 240}
PLACE_DU_NOM = {"etroit": 112, "large": 190}
HAUT, BAS, GOUTTIERE, ECART = panneau.TITRE + 8, 24, 18, 6


@modele
def graphique(sens: Sens, noms: tuple[str, ...], avec_rupture: bool) -> alt.LayerChart:
    """Les couches d'un panneau : traits, points, nom au bout de chaque courbe, axes, rupture.

    noms : les valeurs du champ `lieu`, celle du territoire d'abord. Jeux de données à joindre :
    traits et points (date, indice, lieu, dit), bouts (voir `etiqueter`), ruptures (date,
    decalage_px, mention) ; paramètres : dates, annees et niveaux, les bornes et les graduations, et
    gauche.
    """
    couleurs, teinte = theme.theme().couleurs, theme.couleur_du_flux(sens)
    discret = couleurs.texte_discret

    def par_lieu(*aspects) -> dict:
        echelle = alt.Scale(type="ordinal", domain=list(noms), range=list(aspects))
        return {"legend": None, "scale": echelle}

    def axe(graduations: str, debut: str, fin: str, **reste) -> dict:
        muet = {"domain": False, "ticks": False, "title": None, "labelColor": discret}
        muet |= {"labelPadding": ECART, "labelOverlap": False}
        domaine = [alt.ExprRef(debut), alt.ExprRef(fin)]
        return {
            "axis": alt.Axis(values=alt.ExprRef(graduations), **muet, **reste),
            "scale": alt.Scale(domain=domaine, nice=False, zero=False),
        }

    axe_y = axe("niveaux", "niveaux[0]", "peek(niveaux)", format=",d", grid=True)
    x = alt.X(
        "date:Q", **axe("annees", "dates[0]", "dates[1]", format="d", grid=False, labelFlush=True)
    )
    y = alt.Y("indice:Q", **axe_y)
    couleur = alt.Color("lieu:N", **par_lieu(teinte, discret, couleurs.texte))
    traits = (
        alt.Chart(alt.NamedData("traits"))
        .mark_line()
        .encode(
            *(x, y, couleur, alt.Detail("trait:N"), alt.Description("dit:N")),
            alt.StrokeWidth("lieu:N", **par_lieu(2.6, 1.6, 1.6)),
            alt.StrokeDash(
                "provisoire:N",
                legend=None,
                scale=alt.Scale(domain=[False, True], range=[[1, 0], [5, 4]]),
            ),
        )
    )
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, opacity=1, stroke=couleurs.fond, strokeWidth=1.2)
        .encode(
            *(x, y, couleur, alt.Description("dit:N"), alt.Tooltip("dit:N")),
            alt.Size("lieu:N", **par_lieu(64, 36, 36)),
        )
    )
    bouts = alt.Chart(alt.NamedData("bouts")).encode(couleur)
    liens = bouts.mark_rule(xOffset=5).encode(
        *(x, y, alt.Y2("place:Q"), alt.X2Value(alt.ExprRef(f"width + {GOUTTIERE - 4}")))
    )
    etiquettes = bouts.mark_text(
        align="left",
        baseline="middle",
        x=alt.ExprRef(f"width + {GOUTTIERE}"),
        dy=alt.ExprRef(f"-{theme.INTERLIGNE_PX} / 2 * (length(datum.mots) - 1)"),
        fontSize=TAILLE,
        fontWeight=GRAS,
    ).encode(alt.Y("place:Q", **axe_y), alt.Text("mots:N"))
    titre = alt.Chart(panneau.UNE_LIGNE).mark_text(
        align="left",
        x=alt.ExprRef("-gauche"),
        y=9 - HAUT,
        color=teinte,
        fontSize=panneau.TAILLE_DU_TITRE,
        fontWeight=GRAS,
    )
    cent = alt.Chart(panneau.UNE_LIGNE).mark_rule(strokeWidth=0.8).encode(alt.YDatum(100, **axe_y))
    titre = titre.encode(alt.TextValue(NOM_DU_FLUX[sens].capitalize()))
    couches = [cent, traits, points, liens, etiquettes, titre]
    if avec_rupture:
        rupture = alt.Chart(alt.NamedData("ruptures")).encode(x)
        mention = rupture.mark_text(
            align="center",
            dx=alt.ExprRef("datum.decalage_px"),
            y=-8,
            fontSize=TAILLE,
            color=discret,
        )
        couches += [rupture.mark_rule(), mention.encode(alt.Text("mention:N"))]
    return alt.layer(*couches)


def etiqueter(
    points: list[dict], noms: dict[str, str], niveaux: list[float], genre: str
) -> tuple[list[dict], float]:
    """Le bout de chaque courbe, son nom et sa `place` sur l'axe ; la hauteur qu'il y faut, en px.

    Au-dessus du bas du cadre : une valeur à côté d'une année se lirait avec elle.
    """
    bouts = [dict(bout) for bout in {point["lieu"]: point for point in points}.values()]
    bouts.sort(key=lambda bout: -bout["indice"])
    for bout in bouts:
        nom = couper_aux_traits(noms[bout["lieu"]], PLACE_DU_NOM[genre], TAILLE, GRAS)
        bout["mots"] = [*nom, formats.nombre(bout["indice"], 1)]
    hauteurs = [theme.INTERLIGNE_PX * len(bout["mots"]) + ECART for bout in bouts]
    hauteur = max(HAUTEUR[genre], ceil(sum(hauteurs)))
    par_px = (niveaux[-1] - niveaux[0]) / hauteur
    places = ecarter(
        [bout["indice"] for bout in bouts],
        [px * par_px for px in hauteurs],
        niveaux[-1] + ECART * par_px,
        niveaux[0],
    )
    return [bout | {"place": p} for bout, p in zip(bouts, places, strict=True)], hauteur
