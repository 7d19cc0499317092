"""La carte proportionnelle des activités (treemap) : importations et exportations par produit."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.dessin import marques
from commerce.dessin.marques import (
    NOM_DU_FLUX,
    couleur_du_flux,
    est_etroit,
    montant_court,
    part_courte,
    texte,
)
from commerce.figure import disposition

# En deçà de cette aire (px²), les produits se réunissent dans une cellule « Autres ».
AIRE_MINIMALE = 400.0
LARGEUR_MINIMALE = 150
GRAS = 600


def regrouper(produits: pd.DataFrame, seuil_eur: float) -> list[dict]:
    """Produits décroissants, ceux d'au plus `seuil_eur` réunis, exactement, dans « Autres »."""
    lignes = [
        {"nom": disposition.propre(ligne["libelle_court"]), "valeur_eur": int(ligne["valeur_eur"])}
        | {"complet": disposition.propre(ligne["libelle"]), "autres": False}
        for ligne in produits.to_dict("records")
        if ligne["valeur_eur"] > 0
    ]
    lignes.sort(key=lambda ligne: -ligne["valeur_eur"])
    petits = [ligne for ligne in lignes if ligne["valeur_eur"] <= seuil_eur]
    if len(petits) < 2:
        return lignes
    somme = sum(ligne["valeur_eur"] for ligne in petits)
    autres = {"nom": f"Autres ({len(petits)})", "valeur_eur": somme, "autres": True}
    autres["complet"] = f"{len(petits)} autres produits"
    return [*lignes[: len(lignes) - len(petits)], autres]


@dataclass(frozen=True)
class _Bloc:
    """Place d'un flux dans la carte : rectangle des produits et ancrage de son titre."""

    sens: str
    x: float
    y: float
    largeur: float
    hauteur: float
    ancre: str


def _blocs(totaux: dict[str, int], largeur: float) -> tuple[list[_Bloc], float]:
    """Deux rectangles à la même échelle d'aire, et la hauteur de la figure."""
    presents = [sens for sens in ("import", "export") if totaux[sens]]
    ensemble = sum(totaux.values())
    titre, ecart = 26, 10
    if est_etroit(largeur):
        hauteur, y, blocs = 620, 0.0, []
        for sens in presents:
            part = hauteur * totaux[sens] / ensemble
            blocs.append(_Bloc(sens, 0, y + titre, largeur, part, "left"))
            y += titre + part + ecart
        return blocs, y - ecart + 1
    hauteur = 460
    if len(presents) == 1:
        return [_Bloc(presents[0], 0, titre, largeur, hauteur, "left")], titre + hauteur + 1
    utile = largeur - ecart
    petit, grand = sorted(presents, key=lambda sens: (totaux[sens], sens))
    largeurs = {sens: utile * totaux[sens] / ensemble for sens in presents}
    hauteurs = dict.fromkeys(presents, float(hauteur))
    if largeurs[petit] < LARGEUR_MINIMALE:
        # Un ruban vertical serait illisible : même aire, mais plus large et moins haut.
        largeurs = {petit: LARGEUR_MINIMALE, grand: utile - LARGEUR_MINIMALE}
        aire_par_euro = largeurs[grand] * hauteur / totaux[grand]
        hauteurs[petit] = totaux[petit] * aire_par_euro / largeurs[petit]
    return [
        _Bloc("import", 0, titre, largeurs["import"], hauteurs["import"], "left"),
        _Bloc(
            "export",
            largeurs["import"] + ecart,
            titre,
            largeurs["export"],
            hauteurs["export"],
            "left" if largeurs["export"] > largeur / 3 else "right",
        ),
    ], titre + hauteur + 1


def _cellule(bloc: _Bloc, ligne: dict, rectangle: tuple, total: int) -> tuple[dict, list[dict]]:
    """Marque d'une cellule et textes qui y tiennent."""
    couleurs, couleur = theme.theme().couleurs, couleur_du_flux(bloc.sens)
    x0, y0, x1, y1 = rectangle
    part = 100 * ligne["valeur_eur"] / total
    montant, part_ecrite = montant_court(ligne["valeur_eur"]), part_courte(part)
    fond = theme.melange(couleur, couleurs.fond, 0.16) if ligne["autres"] else couleur
    encre = couleurs.texte if ligne["autres"] else couleurs.fond
    marque = {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "couleur": fond} | {
        "nom": f"{ligne['complet']} : {montant}, {part_ecrite} des {NOM_DU_FLUX[bloc.sens]}"
    }
    place = x1 - x0 - 12, y1 - y0 - 9
    tailles = (18, 16, 15, 14, 13, 12) if part > 8 else (14, 13, 12, 11)
    valeurs = [f"{montant} · {part_ecrite}", montant]
    etiquette = disposition.etiquette_de_cellule(ligne["nom"], valeurs, *place, tailles)
    if not etiquette:
        return marque, []
    taille, lignes, valeur = etiquette
    pas = taille * disposition.INTERLIGNE
    ecrites = [(mot, GRAS) for mot in lignes] + ([(valeur, 400)] if valeur else [])
    mots = [
        texte(x0 + 6, y0 + 5 + pas * (rang + 0.5), mot, taille, graisse, "left", encre)
        for rang, (mot, graisse) in enumerate(ecrites)
    ]
    return marque, mots


def activites(activites: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quels biens le territoire vend-il et achète-t-il le plus ?

    activites : une ligne par flux et produit, colonnes flux, libelle_court, libelle, valeur_eur.
    Carte proportionnelle : une seule échelle d'aire pour les deux flux, donc la différence de
    taille des deux blocs est le solde. Les produits trop petits se réunissent dans « Autres ».
    """
    par_sens = {sens: activites[activites["flux"] == sens] for sens in NOM_DU_FLUX}
    totaux = {sens: int(produits["valeur_eur"].sum()) for sens, produits in par_sens.items()}
    if not sum(totaux.values()):
        return marques.vide(largeur, "Aucun échange sur la période")
    blocs, hauteur = _blocs(totaux, largeur)
    cellules, cadres, mots = [], [], []
    for bloc in blocs:
        total = totaux[bloc.sens]
        x = bloc.x if bloc.ancre == "left" else bloc.x + bloc.largeur
        titre = f"{NOM_DU_FLUX[bloc.sens].capitalize()} : {formats.millions_court(total)}"
        couleur = couleur_du_flux(bloc.sens)
        mots.append(texte(x, bloc.y - 14, titre, 15, GRAS, bloc.ancre, couleur))
        seuil_eur = AIRE_MINIMALE * total / (bloc.largeur * bloc.hauteur)
        lignes = regrouper(par_sens[bloc.sens], seuil_eur)
        place = bloc.x, bloc.y, bloc.largeur, bloc.hauteur
        rectangles = disposition.carte([ligne["valeur_eur"] for ligne in lignes], *place)
        for ligne, rectangle in zip(lignes, rectangles, strict=True):
            marque, etiquettes = _cellule(bloc, ligne, rectangle, total)
            cellules.append(marque)
            if ligne["autres"]:
                # Le fond pâle se perdrait dans la page : son bord a la couleur du flux.
                x0, y0, x1, y1 = rectangle
                bord = {"x0": x0 + 1, "y0": y0 + 1, "x1": x1 - 1, "y1": y1 - 1}
                cadres.append(bord | {"couleur": couleur})
            mots += etiquettes
    couches = [marques.rectangles(cellules, theme.theme().couleurs.fond)]
    couches += [marques.cadres(cadres)] if cadres else []
    couches.append(marques.textes(mots))
    return marques.figure(couches, largeur, hauteur)
