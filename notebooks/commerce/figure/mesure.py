"""Où poser chaque marque et chaque mot ? Mesure des textes, barres, flux, carte proportionnelle.

Vega-Lite ne sait ni placer des étiquettes sans chevauchement, ni dessiner un diagramme de flux ou
une carte proportionnelle : les positions se calculent ici, en pixels, et `graphiques` les dessine.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import floor, log10
from types import MappingProxyType

from fontTools.ttLib import TTFont

from commerce import theme
from commerce.formats import propre as propre

SUSPENSION = "…"
INTERLIGNE = 1.2
_CHASSE_INCONNUE = 0.62
_MORCEAUX = re.compile(r"[^ -]*[ -]?")


@cache
def _chasses(graisse: int) -> Mapping[str, float]:
    police = TTFont(theme.theme().police.fichier(graisse, "ttf"))
    unite = police["head"].unitsPerEm
    return MappingProxyType(
        {
            chr(code): police["hmtx"][glyphe][0] / unite
            for code, glyphe in police.getBestCmap().items()
        }
    )


@lru_cache(maxsize=1 << 15)
def largeur_texte(texte: str, taille: float, graisse: int = 400) -> float:
    """Quelle place prend ce texte, en pixels, dans la police du thème ?"""
    chasses = _chasses(graisse)
    return taille * sum(
        chasses.get(c) or (1.0 if unicodedata.east_asian_width(c) in "WF" else _CHASSE_INCONNUE)
        for c in texte
    )


def raccourcir(texte: str, largeur: float, taille: float, graisse: int = 400) -> str:
    """Le texte, ou son plus long début suivi de « … » qui tient dans la largeur."""
    if largeur_texte(texte, taille, graisse) <= largeur:
        return texte
    trop = bisect_right(
        range(len(texte)),
        largeur,
        key=lambda signes: largeur_texte(texte[:signes] + SUSPENSION, taille, graisse),
    )
    return texte[: max(trop - 1, 0)].rstrip(" ,;:'’(-") + SUSPENSION


def composer(
    texte: str, largeur: float, taille: float, graisse: int = 400, lignes: int = 2
) -> list[str]:
    """Le texte coupé entre deux mots, chaque ligne aussi pleine que possible."""
    coupes: list[str] = []
    mots = texte.split(" ")
    while mots and len(coupes) < lignes - 1:
        ligne = mots.pop(0)
        while mots and largeur_texte(f"{ligne} {mots[0]}", taille, graisse) <= largeur:
            ligne = f"{ligne} {mots.pop(0)}"
        coupes.append(raccourcir(ligne, largeur, taille, graisse))
    if mots:
        coupes.append(raccourcir(" ".join(mots), largeur, taille, graisse))
    return coupes


def couper(
    texte: str, largeur: float, taille: float, graisse: int = 400, lignes: int = 2
) -> list[str]:
    """Le texte coupé entre deux mots, en `lignes` lignes au plus, de longueurs voisines.

    Ce qui ne tient pas est raccourci, sur la dernière ligne ou au mot trop long.
    """
    coupes = composer(texte, largeur, taille, graisse, lignes)
    if len(coupes) < 2 or " ".join(coupes) != texte:
        return coupes
    # Le même nombre de lignes dans une largeur moindre les équilibre.
    for part in (0.55, 0.65, 0.75, 0.85):
        egales = composer(texte, largeur * part, taille, graisse, len(coupes))
        if " ".join(egales) == texte:
            return egales
    return coupes


def plus_grande_echelle(besoin: Callable[[float], float], disponible: float) -> float:
    """Plus grande échelle (px par unité) dont le besoin, croissant, tient dans le disponible."""
    if besoin(0) > disponible:
        return 0.0
    haut = 1e-12
    while besoin(haut) <= disponible:
        haut *= 2
        if haut > 1e12:
            return haut
    bas = haut / 2
    for _ in range(50):
        milieu = (bas + haut) / 2
        bas, haut = (milieu, haut) if besoin(milieu) <= disponible else (bas, milieu)
    return bas


def axe_en_miroir(
    gauche: list[tuple[float, float]], droite: list[tuple[float, float]], largeur: float
) -> tuple[float, float]:
    """Où est le zéro de barres en miroir, et combien de px vaut un euro ?

    gauche, droite : (valeur, place de son étiquette) ; chaque barre et son étiquette tiennent.
    """

    def place(cote: list[tuple[float, float]], echelle: float) -> float:
        return max((valeur * echelle + etiquette for valeur, etiquette in cote), default=0)

    echelle = plus_grande_echelle(lambda k: place(gauche, k) + place(droite, k), largeur)
    marge = max(0.0, largeur - place(gauche, echelle) - place(droite, echelle)) / 2
    return place(gauche, echelle) + marge, echelle


def couper_aux_traits(
    nom: str, largeur: float, taille: float, graisse: int = 400, lignes: int = 3
) -> list[str]:
    """Le nom coupé aux espaces et aux traits d'union, la dernière ligne raccourcie s'il le faut."""
    coupes = [""]
    for morceau in _MORCEAUX.findall(propre(nom)):
        if coupes[-1] and largeur_texte((coupes[-1] + morceau).rstrip(), taille, graisse) > largeur:
            coupes.append("")
        coupes[-1] += morceau
    coupes[lignes - 1 :] = ["".join(coupes[lignes - 1 :])]
    return [raccourcir(ligne.rstrip(), largeur, taille, graisse) for ligne in coupes if ligne]


def graduer(bas: float, haut: float, nombre: int = 5) -> list[float]:
    """Graduations rondes, `nombre` ou un peu plus, qui encadrent l'étendue."""
    brut = (haut - bas) / (nombre - 1)
    puissance = 10 ** floor(log10(brut))
    pas = next(m * puissance for m in (1, 2, 5, 10) if m * puissance >= brut)
    graduations = [floor(bas / pas) * pas]
    while graduations[-1] < haut:
        graduations.append(graduations[-1] + pas)
    return graduations


def ecarter(souhaits: list[float], hauteurs: list[float], haut: float, bas: float) -> list[float]:
    """Milieux les plus proches des souhaits, décroissants, sans recouvrement, entre deux bornes."""
    milieux: list[float] = []
    for souhait, hauteur in zip(souhaits, hauteurs, strict=True):
        milieux.append(min(souhait, haut - hauteur / 2))
        haut = milieux[-1] - hauteur / 2
    for rang in reversed(range(len(milieux))):
        milieux[rang] = max(milieux[rang], bas + hauteurs[rang] / 2)
        bas = milieux[rang] + hauteurs[rang] / 2
    return milieux
