"""Où sont les nœuds et les rubans d'un diagramme de flux ? En pixels, du haut vers le bas.

Un ruban est un tracé porté par un point : en aires (`mark_area`), le même dessin prend cinq fois
plus de temps.
"""

import altair as alt

from commerce import theme
from commerce.figure.mesure import plus_grande_echelle

ECART = 4
# Plus mince, un ruban ne se verrait pas ; un liseré sépare ceux qui sont assez larges.
EPAISSEUR_MINIMALE, LISERE = 0.8, 0.5
# Les hauteurs suivent celle du dessin.
HAUTEURS = alt.Scale(domain=[0, alt.ExprRef("hauteur_px")], reverse=True, nice=False)
# Un ruban occupe toute la largeur, entre deux courbes de Bézier : chemin SVG, que Vega écrit.
ZOOM, PENTE = "* height / hauteur_px", "(datum.droite_y - datum.gauche_y) * height / hauteur_px"
TRACE = (
    f"'M0,' + datum.gauche_y {ZOOM} + 'c' + width / 2 + ',0 ' + width / 2 + ',' + {PENTE}"
    f" + ' ' + width + ',' + {PENTE} + 'v' + datum.epaisseur {ZOOM} + 'c' + -width / 2 + ',0 '"
    f" + -width / 2 + ',' + -{PENTE} + ' ' + -width + ',' + -{PENTE} + 'Z'"
)


def placer_noeuds(cotes: list[list[dict]], hauteur_minimale: float) -> float:
    """Donne à chaque nœud y0, milieu, y1, et bas (de sa place) ; rend les px par euro.

    cotes : les nœuds de gauche et ceux de droite, de haut en bas ; chacun a valeur_eur et etiquette
    (hauteur de son texte, en px), qui lui est ôtée.
    """

    def place(noeud: dict, echelle: float) -> float:
        # Au moins la hauteur de son étiquette : deux étiquettes ne se touchent pas.
        return max(noeud["valeur_eur"] * echelle + ECART, noeud["etiquette"])

    def besoin(echelle: float) -> float:
        return max(sum(place(noeud, echelle) for noeud in cote) for cote in cotes)

    hauteur = max(hauteur_minimale, 1.2 * besoin(0))
    echelle = plus_grande_echelle(besoin, hauteur)
    for cote in cotes:
        # La place que personne ne demande est répartie entre tous.
        bas, reste = 0.0, (hauteur - sum(place(noeud, echelle) for noeud in cote)) / len(cote)
        for noeud in cote:
            prise, demi = place(noeud, echelle) + reste, max(noeud["valeur_eur"] * echelle, 1) / 2
            milieu, bas = bas + prise / 2, bas + prise
            noeud |= {"y0": milieu - demi, "milieu": milieu, "y1": milieu + demi, "bas": bas}
            del noeud["etiquette"]
    return echelle


def empiler(
    cotes: list[list[dict]], codes: list[list[str]], epaisseurs: list[float]
) -> list[list[float]]:
    """Haut de chaque ruban à gauche, puis à droite, empilés selon l'ordre du côté opposé.

    cotes : voir `placer_noeuds`. codes : le nœud de chaque ruban à gauche, puis à droite.
    """
    rangs = [{noeud["code"]: rang for rang, noeud in enumerate(cote)} for cote in cotes]
    lieux = [[du_cote[code] for code in siens] for du_cote, siens in zip(rangs, codes, strict=True)]
    hauts = []
    for cote, ici, en_face in zip(cotes, lieux, lieux[::-1], strict=True):
        curseurs, haut = [noeud["y0"] for noeud in cote], [0.0] * len(ici)
        for i in sorted(range(len(ici)), key=en_face.__getitem__):
            haut[i] = curseurs[ici[i]]
            curseurs[ici[i]] += epaisseurs[i]
        hauts.append(haut)
    return hauts


def opacite(couleur: str) -> float:
    """La plus faible opacité dont le contraste sur le fond est celui qu'une marque demande."""
    fond, parts = theme.theme().couleurs.fond, [centiemes / 100 for centiemes in range(30, 100)]
    mesures = {part: theme.contraste(theme.melange(couleur, fond, part), fond) for part in parts}
    return next((p for p in parts if mesures[p] >= theme.CONTRASTE_MARQUE), 1)


def marques(donnees: str, couleur: str, part: float) -> alt.Chart:
    """Les rubans du jeu `donnees` : champs gauche_y, droite_y (haut, px) et epaisseur."""
    return alt.Chart(alt.NamedData(donnees)).mark_point(
        x=0,
        y=0,
        shape=alt.ExprRef(TRACE),
        # Vega multiplie un tracé par la moitié de la racine de sa taille : 4 le laisse tel quel.
        size=4,
        fill=couleur,
        fillOpacity=part,
        opacity=1,
        stroke=theme.theme().couleurs.fond,
        strokeWidth=alt.ExprRef(f"datum.epaisseur < {4 * LISERE} ? 0 : {LISERE}"),
    )
