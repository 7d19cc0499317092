"""Un panneau de barres : une ligne par nom, sa barre, ses repères, ses nombres à droite.

Contributions, zones, spécialisations, produits vendus aux États-Unis et ressemblances ont le même
dessin ; `graphiques_portrait` n'en donne que les lignes. Tout nombre est écrit dans une colonne,
jamais au bout d'une barre : rien ne peut se recouvrir.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import altair as alt

from commerce import theme
from commerce.dessin import marques
from commerce.dessin.marques import texte
from commerce.figure import disposition

GRAS = 600
PLACE_DU_NOM = {"etroit": 132, "large": 250}
TAILLE = {"etroit": 12, "large": 13}
EPAISSEUR, ECART, MARGE = 11, 10, 12
TITRE, ENTETES, LEGENDE = 24, 20, 20


@dataclass(frozen=True)
class Repere:
    """Une valeur de comparaison marquée sur la ligne : `trait` plein ou `losange` vide."""

    forme: str
    valeur: float
    nom: str


@dataclass(frozen=True)
class Ligne:
    """Une barre, de zéro à `valeur` ; `dit` est son nom accessible, `colonnes` ses nombres."""

    nom: str
    valeur: float
    couleur: str
    dit: str
    colonnes: tuple[str, ...]
    reperes: tuple[Repere, ...] = ()
    total: bool = False


@dataclass
class _Dessin:
    """Les marques du panneau, au fur et à mesure."""

    decor: list[dict] = field(default_factory=list)
    formes: list[dict] = field(default_factory=list)
    mots: list[dict] = field(default_factory=list)

    def filet(self, x0: float, y0: float, x1: float, y1: float, couleur: str) -> None:
        self.decor.append({"x0": x0, "y0": y0, "x1": x1, "y1": y1, "couleur": couleur})

    def figure(self, largeur: float, hauteur: float) -> alt.LayerChart:
        couches = [marques.filets(self.decor)] if self.decor else []
        couches.append(marques.formes(self.formes))
        return marques.figure([*couches, marques.textes(self.mots)], largeur, hauteur)


def barres(
    lignes: Sequence[Ligne],
    largeur: float,
    *,
    titre: str = "",
    couleur_du_titre: str = "",
    entetes: Sequence[str] = (),
    domaine: tuple[float, float] = (0, 0),
    graduations: Sequence[tuple[float, str]] = (),
    legende: Sequence[tuple[str, str, str]] = (),
) -> alt.LayerChart:
    """Le panneau entier.

    entetes : titre de chaque colonne de nombres ; domaine : étendue commune à plusieurs panneaux,
    élargie aux lignes ; graduations : (valeur, texte) ; legende : (forme, couleur, texte).
    """
    genre = "etroit" if marques.est_etroit(largeur) else "large"
    taille, discret = TAILLE[genre], theme.theme().couleurs.texte_discret
    dessin, y = _Dessin(), 0.0
    if titre:
        dessin.mots.append(texte(0, 9, titre, taille + 1, GRAS, couleur=couleur_du_titre))
        y += TITRE
    y = _legende(dessin, legende, largeur, taille, y)
    places = _colonnes(lignes, entetes, taille)
    noms = [_nom(ligne, PLACE_DU_NOM[genre], taille) for ligne in lignes]
    mesure = disposition.largeur_texte
    gauche = max(mesure(mot, taille, GRAS) for nom in noms for mot in nom) + ECART
    droite = largeur - sum(places) - (ECART if places else 0)
    zero, echelle = _axe(lignes, domaine, gauche, droite)
    bord = largeur
    for place, entete in zip(reversed(places), reversed(entetes), strict=True):
        dessin.mots.append(texte(bord, y + 8, entete, taille, 400, "right", discret))
        bord -= place
    dessin.mots += _mots_des_graduations(graduations, zero, echelle, (gauche, droite), taille, y)
    y += ENTETES if graduations or any(entetes) else 0
    haut = y
    for ligne, nom in zip(lignes, noms, strict=True):
        y = _ligne(dessin, ligne, nom, y, zero, echelle, places, largeur, taille)
    filet, plein = theme.theme().couleurs.filet, theme.theme().couleurs.texte_discret
    for valeur, _ in graduations:
        x = zero + valeur * echelle
        dessin.decor.insert(0, {"x0": x, "x1": x, "y0": haut, "y1": y, "couleur": filet})
    dessin.filet(zero, haut, zero, y, plein)
    return dessin.figure(largeur, y + 2)


def sans_barre(largeur: float, titre: str, couleur: str, message: str) -> alt.LayerChart:
    """Panneau d'un flux qui ne se calcule pas : son titre, et ce qu'il en est."""
    taille = TAILLE["etroit" if marques.est_etroit(largeur) else "large"]
    discret = theme.theme().couleurs.texte_discret
    mots = [
        texte(0, 9, titre, taille + 1, GRAS, couleur=couleur),
        texte(0, TITRE + 10, message, taille, couleur=discret),
    ]
    return marques.figure([marques.textes(mots)], largeur, TITRE + 24)


def _nom(ligne: Ligne, place: float, taille: float) -> list[str]:
    return disposition.couper(disposition.propre(ligne.nom), place, taille, _graisse(ligne))


def _graisse(ligne: Ligne) -> int:
    return GRAS if ligne.total else 400


def _colonnes(lignes: Sequence[Ligne], entetes: Sequence[str], taille: float) -> list[float]:
    """Largeur de chaque colonne de nombres, marge comprise."""
    mesure = disposition.largeur_texte
    return [
        MARGE
        + max(
            mesure(entete, taille), *(mesure(ligne.colonnes[i], taille, GRAS) for ligne in lignes)
        )
        for i, entete in enumerate(entetes)
    ]


def _axe(
    lignes: Sequence[Ligne], domaine: tuple[float, float], gauche: float, droite: float
) -> tuple[float, float]:
    """Où est le zéro, et combien de pixels vaut une unité ?"""
    valeurs = [0.0, *domaine]
    for ligne in lignes:
        valeurs += [ligne.valeur, *(repere.valeur for repere in ligne.reperes)]
    bas, haut = min(valeurs), max(valeurs)
    echelle = max(droite - gauche, 1) / ((haut - bas) or 1)
    return gauche - bas * echelle, echelle


def _mots_des_graduations(graduations, zero, echelle, bornes, taille, y) -> list[dict]:
    """Textes des graduations, de la plus proche de zéro à la plus lointaine, sans recouvrement."""
    discret = theme.theme().couleurs.texte_discret
    mots, pris = [], []
    for valeur, contenu in sorted(graduations, key=lambda graduation: abs(graduation[0])):
        x = zero + valeur * echelle
        demi = disposition.largeur_texte(contenu, taille) / 2
        x = min(max(x, bornes[0] + demi), bornes[1] - demi)
        if contenu and all(x + demi + 6 < debut or x - demi - 6 > fin for debut, fin in pris):
            pris.append((x - demi, x + demi))
            mots.append(texte(x, y + 8, contenu, taille, 400, "center", discret))
    return mots


def _legende(dessin: _Dessin, legende, largeur: float, taille: float, y: float) -> float:
    """La légende des formes, sur autant de lignes qu'il faut ; rend le bas."""
    if not legende:
        return y
    x = 0.0
    for forme, couleur, contenu in legende:
        contenu = disposition.raccourcir(contenu, largeur - 20, taille)
        place = 20 + disposition.largeur_texte(contenu, taille)
        if x and x + place > largeur:
            x, y = 0.0, y + LEGENDE
        trace = rectangle(x, y + 3, x + 13, y + 13) if forme == "barre" else ""
        trace = trace or tracer(forme, x + 6.5, y + 8, EPAISSEUR)
        dessin.formes.append(_forme(forme, trace, couleur, contenu))
        dessin.mots.append(texte(x + 19, y + 8, contenu, taille))
        x += place + 16
    return y + LEGENDE + 2


def _ligne(dessin, ligne: Ligne, nom, haut, zero, echelle, places, largeur, taille) -> float:
    """Dessine une ligne et rend son bas."""
    couleurs = theme.theme().couleurs
    pas = taille * disposition.INTERLIGNE
    bas = haut + max(pas * len(nom), EPAISSEUR) + ECART
    milieu = (haut + bas) / 2
    dessin.filet(0, haut, largeur, haut, couleurs.texte_discret if ligne.total else couleurs.filet)
    for rang, mot in enumerate(nom):
        y = milieu + pas * (rang - (len(nom) - 1) / 2)
        dessin.mots.append(texte(0, y, mot, taille, _graisse(ligne)))
    bout = zero + ligne.valeur * echelle
    # Une valeur infime garde une barre visible.
    bout = bout if abs(bout - zero) >= 1 or not ligne.valeur else zero + (ligne.valeur > 0) * 2 - 1
    trace = rectangle(zero, milieu - EPAISSEUR / 2, bout, milieu + EPAISSEUR / 2)
    dessin.formes.append(_forme("barre", trace, ligne.couleur, ligne.dit))
    for repere in ligne.reperes:
        trace = tracer(repere.forme, zero + repere.valeur * echelle, milieu, EPAISSEUR)
        couleur = couleurs.texte if repere.forme == "trait" else couleurs.texte_discret
        dessin.formes.append(_forme(repere.forme, trace, couleur, repere.nom))
    bord = largeur
    for rang in reversed(range(len(places))):
        graisse = GRAS if rang == 0 or ligne.total else 400
        dessin.mots.append(texte(bord, milieu, ligne.colonnes[rang], taille, graisse, "right"))
        bord -= places[rang]
    return bas


def _forme(forme: str, trace: str, couleur: str, nom: str) -> dict:
    """Une marque : pleine, ou vide à contour épais pour un losange."""
    vide = forme == "losange"
    fond = theme.theme().couleurs.fond
    remplissage, contour = (fond, couleur) if vide else (couleur, "none")
    return {"trace": trace, "couleur": remplissage, "contour": contour, "trait": 1.6, "nom": nom}


def rectangle(x0: float, y0: float, x1: float, y1: float) -> str:
    """Tracé SVG d'un rectangle."""
    return f"M{x0:.1f},{y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}Z"


def tracer(forme: str, x: float, y: float, taille: float) -> str:
    """Tracé SVG d'un repère centré : trait vertical, losange ou point."""
    demi = taille / 2
    if forme == "trait":
        return rectangle(x - 1.1, y - demi - 3, x + 1.1, y + demi + 3)
    if forme == "losange":
        demi = 4.5
        return (
            f"M{x - demi:.1f},{y:.1f}L{x:.1f},{y - demi:.1f}"
            f"L{x + demi:.1f},{y:.1f}L{x:.1f},{y + demi:.1f}Z"
        )
    # Un octogone a l'air d'un disque à cette taille, et pèse moins.
    bord, coin = demi, demi * 0.414
    tour = [(bord, coin), (coin, bord), (-coin, bord), (-bord, coin)]
    tour += [(-dx, -dy) for dx, dy in tour]
    return "M" + "L".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in tour) + "Z"
