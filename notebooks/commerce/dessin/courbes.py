"""Des courbes en base 100 : le territoire, sa région et la France, étiquetées à leur bout.

Une courbe s'interrompt là où un trimestre manque et là où l'enquête a changé (janvier 2022, marqué
d'un trait vertical) ; elle est en tirets là où les données sont provisoires.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isnan, log10

import altair as alt

from commerce import formats, theme
from commerce.dessin import marques
from commerce.dessin.marques import texte
from commerce.dessin.panneaux import GRAS, TAILLE, TITRE, tracer
from commerce.figure import disposition

HAUTEUR = {"etroit": 168, "large": 240}
PLACE_DU_NOM = {"etroit": 104, "large": 190}
HAUT, BAS, GOUTTIERE, TIRET = TITRE + 6, 24, 18, 5.0
GRADUATIONS, LIGNES_DU_NOM = 5, 3
MORCEAUX = re.compile(r"[^ -]*(?:-| |$)")
MENTION_DE_RUPTURE = "changement d'enquête"


@dataclass(frozen=True)
class Point:
    """Une date : `x` en années, son nom, celui qui s'écrit sous l'axe (ou vide), sa qualité."""

    x: float
    date: str
    graduation: str
    provisoire: bool
    rupture: bool


@dataclass(frozen=True)
class Courbe:
    """Une série : son nom, ses valeurs (NaN : inconnue), sa couleur et son épaisseur."""

    nom: str
    valeurs: tuple[float, ...]
    couleur: str
    epaisseur: float

    @property
    def dernier(self) -> int:
        """Rang de la dernière valeur connue ; -1 s'il n'y en a pas."""
        return max((r for r, v in enumerate(self.valeurs) if not isnan(v)), default=-1)


@dataclass(frozen=True)
class _Cadre:
    """Où tombe une date, où tombe une valeur, en pixels."""

    gauche: float
    droite: float
    haut: float
    bas: float
    dates: tuple[float, float]
    valeurs: tuple[float, float]

    def x(self, date: float) -> float:
        debut, fin = self.dates
        return self.gauche + (date - debut) / ((fin - debut) or 1) * (self.droite - self.gauche)

    def y(self, valeur: float) -> float:
        debut, fin = self.valeurs
        return self.bas - (valeur - debut) / (fin - debut) * (self.bas - self.haut)


def courbes(
    points: Sequence[Point],
    series: Sequence[Courbe],
    largeur: float,
    *,
    titre: str,
    couleur_du_titre: str,
    domaine: tuple[float, float],
) -> alt.LayerChart:
    """Le panneau entier ; `domaine` : étendue commune à plusieurs panneaux."""
    genre = "etroit" if marques.est_etroit(largeur) else "large"
    taille, couleurs = TAILLE[genre], theme.theme().couleurs
    mesure = disposition.largeur_texte
    series = [serie for serie in series if serie.dernier >= 0]
    niveaux = graduer(*domaine)
    noms = [_etiquette(serie, PLACE_DU_NOM[genre], taille) for serie in series]
    cadre = _Cadre(
        gauche=max(mesure(_niveau(valeur), taille) for valeur in niveaux) + 8,
        droite=largeur - GOUTTIERE - max(mesure(mot, taille, GRAS) for nom in noms for mot in nom),
        haut=HAUT,
        bas=HAUT + HAUTEUR[genre],
        dates=(points[0].x, points[-1].x),
        valeurs=(niveaux[0], niveaux[-1]),
    )
    mots = [texte(0, 9, titre, taille + 1, GRAS, couleur=couleur_du_titre)]
    decor = []
    for valeur in niveaux:
        y = cadre.y(valeur)
        couleur = couleurs.texte_discret if valeur == 100 else couleurs.filet
        decor.append({"x0": cadre.gauche, "x1": cadre.droite, "y0": y, "y1": y, "couleur": couleur})
        discret = couleurs.texte_discret
        mots.append(texte(cadre.gauche - 6, y, _niveau(valeur), taille, 400, "right", discret))
    mots += _dates(points, cadre, largeur, taille)
    formes = [forme for serie in reversed(series) for forme in _tracer(serie, points, cadre)]
    liens, etiquettes = _etiquettes(series, noms, points, cadre, taille)
    traits, mentions = _ruptures(points, cadre, taille)
    couches = [
        marques.filets([*decor, *liens, *traits]),
        marques.formes(formes),
        marques.textes([*mots, *etiquettes, *mentions]),
    ]
    return marques.figure(couches, largeur, cadre.bas + BAS)


def graduer(bas: float, haut: float) -> list[float]:
    """Graduations rondes, en petit nombre, qui encadrent l'étendue."""
    brut = max(haut - bas, 2.0) / (GRADUATIONS - 1)
    puissance = 10 ** floor(log10(brut))
    pas = next(m * puissance for m in (1, 2, 5, 10) if m * puissance >= brut)
    graduations = [floor(bas / pas) * pas]
    while graduations[-1] < haut or len(graduations) < 2:
        graduations.append(graduations[-1] + pas)
    return graduations


def _niveau(valeur: float) -> str:
    return formats.nombre(valeur, 0 if valeur == round(valeur) else 1)


def _tracer(serie: Courbe, points: Sequence[Point], cadre: _Cadre) -> list[dict]:
    """Les traits d'une série, pleins puis en tirets, et un point à chaque graduation."""
    lieux = [
        None if isnan(valeur) else (cadre.x(point.x), cadre.y(valeur))
        for point, valeur in zip(points, serie.valeurs, strict=True)
    ]
    traits: dict[bool, str] = {False: "", True: ""}
    for (avant, apres), point in zip(pairwise(lieux), points[1:], strict=True):
        if avant and apres and not point.rupture:
            traits[point.provisoire] = _prolonger(traits[point.provisoire], avant, apres, point)
    forme = {"couleur": "none", "contour": serie.couleur, "trait": serie.epaisseur}
    nom = _nom(serie, points)
    formes = [
        forme | {"trace": trace, "nom": f"{nom}, données provisoires" if provisoire else nom}
        for provisoire, trace in traits.items()
        if trace
    ]
    rond = {"couleur": serie.couleur, "contour": theme.theme().couleurs.fond, "trait": 1.2}
    for rang, (lieu, point) in enumerate(zip(lieux, points, strict=True)):
        if lieu and (point.graduation or rang == serie.dernier):
            valeur = formats.nombre(serie.valeurs[rang], 1)
            trace = tracer("point", *lieu, 2.6 + 2 * serie.epaisseur)
            formes.append(rond | {"trace": trace, "nom": f"{serie.nom}, {point.date} : {valeur}"})
    return formes


def _nom(serie: Courbe, points: Sequence[Point]) -> str:
    premier = next(rang for rang, valeur in enumerate(serie.valeurs) if not isnan(valeur))
    morceaux = [
        f"{formats.nombre(serie.valeurs[rang], 1)} ({points[rang].date})"
        for rang in sorted({premier, serie.dernier})
    ]
    return f"{serie.nom} : {', '.join(morceaux)}"


def _prolonger(trace: str, avant, apres, point: Point) -> str:
    """Le tracé et un trait de plus, plein ou en tirets ; il continue celui qu'il touche."""
    (x0, y0), (x1, y1) = avant, apres
    if not point.provisoire:
        depart, suite = f"{x0:.1f},{y0:.1f}", f"L{x1:.1f},{y1:.1f}"
        return trace + suite if trace.endswith(f"L{depart}") else f"{trace}M{depart}{suite}"
    nombre = max(1, round(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / (2 * TIRET)))
    for rang in range(nombre):
        a, b = rang / nombre, (rang + 0.55) / nombre
        trace += f"M{x0 + (x1 - x0) * a:.1f},{y0 + (y1 - y0) * a:.1f}"
        trace += f"L{x0 + (x1 - x0) * b:.1f},{y0 + (y1 - y0) * b:.1f}"
    return trace


def _dates(points: Sequence[Point], cadre: _Cadre, largeur: float, taille: float) -> list[dict]:
    """Dates sous l'axe, de la dernière à la première, tant qu'elles ne se touchent pas."""
    mots, limite = [], largeur
    discret = theme.theme().couleurs.texte_discret
    for point in reversed(points):
        demi = disposition.largeur_texte(point.graduation, taille) / 2
        x = max(cadre.x(point.x), demi)
        if point.graduation and x + demi + 8 <= limite:
            mots.append(texte(x, cadre.bas + 13, point.graduation, taille, 400, "center", discret))
            limite = x - demi
    return mots


def _ruptures(points: Sequence[Point], cadre: _Cadre, taille: float) -> tuple[list, list]:
    """Trait vertical et mention là où l'enquête change, du côté où il y a le plus de place."""
    discret, traits, mentions = theme.theme().couleurs.texte_discret, [], []
    for avant, apres in pairwise(points):
        if avant.rupture or not apres.rupture:
            continue
        x = cadre.x((avant.x + apres.x) / 2)
        traits.append({"x0": x, "x1": x, "y0": cadre.haut, "y1": cadre.bas, "couleur": discret})
        a_droite = cadre.droite - x > x - cadre.gauche
        place = (cadre.droite - x if a_droite else x - cadre.gauche) - 5
        mention = disposition.raccourcir(MENTION_DE_RUPTURE, place, taille - 1)
        ancre, ecart = ("left", 5) if a_droite else ("right", -5)
        y = cadre.bas - 8
        mentions.append(texte(x + ecart, y, mention, taille - 1, 400, ancre, discret))
    return traits, mentions


def _etiquette(serie: Courbe, place: float, taille: float) -> list[str]:
    """Le nom de la série, coupé aux espaces et aux traits d'union, puis sa dernière valeur."""
    lignes: list[str] = []
    for morceau in filter(None, MORCEAUX.findall(disposition.propre(serie.nom))):
        essai = (lignes[-1] if lignes else "") + morceau
        if lignes and disposition.largeur_texte(essai.rstrip(), taille, GRAS) <= place:
            lignes[-1] = essai
        else:
            lignes.append(morceau)
    if len(lignes) > LIGNES_DU_NOM:
        lignes = [*lignes[: LIGNES_DU_NOM - 1], "".join(lignes[LIGNES_DU_NOM - 1 :])]
    nom = [disposition.raccourcir(ligne.rstrip(), place, taille, GRAS) for ligne in lignes]
    return [*nom, formats.nombre(serie.valeurs[serie.dernier], 1)]


def _etiquettes(series, noms, points, cadre: _Cadre, taille: float) -> tuple[list, list]:
    """Nom et dernière valeur de chaque courbe, écartés les uns des autres, reliés à leur bout."""
    pas = taille * disposition.INTERLIGNE
    bouts = [
        (cadre.x(points[serie.dernier].x), cadre.y(serie.valeurs[serie.dernier]))
        for serie in series
    ]
    suite = sorted(range(len(series)), key=lambda rang: bouts[rang][1])
    hauteurs = [pas * len(noms[rang]) + 4 for rang in suite]
    lieux = ecarter([bouts[rang][1] for rang in suite], hauteurs, TITRE - 4, cadre.bas + BAS)
    liens, mots = [], []
    for rang, milieu in zip(suite, lieux, strict=True):
        serie, (x, y) = series[rang], bouts[rang]
        lien = {"x0": x + 5, "x1": cadre.droite + GOUTTIERE - 4, "y0": y, "y1": milieu}
        liens.append(lien | {"couleur": serie.couleur})
        for ligne, mot in enumerate(noms[rang]):
            haut = milieu + pas * (ligne - (len(noms[rang]) - 1) / 2)
            mots.append(
                texte(cadre.droite + GOUTTIERE, haut, mot, taille, GRAS, couleur=serie.couleur)
            )
    return liens, mots


def ecarter(
    souhaits: Sequence[float], hauteurs: Sequence[float], haut: float, bas: float
) -> list[float]:
    """Milieux les plus proches des souhaits, croissants, sans recouvrement, entre deux bornes."""
    milieux: list[float] = []
    plancher = haut
    for souhait, hauteur in zip(souhaits, hauteurs, strict=True):
        milieux.append(max(souhait, plancher + hauteur / 2))
        plancher = milieux[-1] + hauteur / 2
    plafond = bas
    for rang in reversed(range(len(milieux))):
        milieux[rang] = min(milieux[rang], plafond - hauteurs[rang] / 2)
        plafond = milieux[rang] - hauteurs[rang] / 2
    return milieux
