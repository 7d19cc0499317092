"""Un panneau de barres : une ligne par nom, sa barre, ses nombres en colonnes à droite.

Le cadre des données ne contient que les barres, sur une échelle vraie ; les noms sont dans la marge
de gauche, les nombres dans celle de droite, mesurées avec la police de la page. Rien n'est écrit au
bout d'une barre : rien ne peut se recouvrir, et changer la largeur n'agit que sur les barres.
"""

from collections.abc import Sequence
from math import ceil

import altair as alt
import pandas as pd

from commerce import theme
from commerce.figure.mesure import couper, largeur_texte
from commerce.figure.modele import joindre
from commerce.formats import NOM_DU_FLUX, propre

GRAS = 600
# À 320 px de large, un dessin étroit est réduit de 380 à 312 px : 13,5 px y font 11.
TAILLE, TAILLE_DU_TITRE = 13.5, 14
EPAISSEUR, MARGE, ECART = 11, 12, 10
PAS = {1: 26, 2: 37, 3: 53}
TITRE, ENTETES = 24, 21
PLACE_DU_NOM = {"etroit": 140, "large": 250}
TROP_PETIT = "Flux trop petit pour un calcul (n.s.)"
LIGNES = alt.NamedData("lignes")
UNE_LIGNE = alt.Data(values=[{"ligne": 1}])
# L'étendue est un paramètre : le même modèle sert à toutes les fiches.
ECHELLE = alt.Scale(domain=[alt.ExprRef("etendue[0]"), alt.ExprRef("etendue[1]")], nice=False)


def base(nom: str) -> alt.Chart:
    """Le graphique dont partent les couches d'un panneau : une ligne par valeur du champ `nom`."""
    return alt.Chart(LIGNES).encode(
        y=alt.Y(f"{nom}:N", sort=None, axis=None, scale=alt.Scale(padding=0))
    )


def barres(lignes: alt.Chart, champ: str, depart: float = 0, **encodages) -> alt.Chart:
    """Les barres, de `depart` à la valeur du champ ; leur nom est dans la colonne `dit`."""
    return lignes.mark_bar(size=EPAISSEUR, minBandSize=1).encode(
        x=alt.X(f"{champ}:Q", axis=None, scale=encodages.pop("echelle", ECHELLE)),
        x2=alt.X2Datum(depart),
        description=alt.Description("dit:N"),
        tooltip=alt.Tooltip("dit:N"),
        **encodages,
    )


def zero(valeur: float = 0) -> alt.Chart:
    """Le trait vertical d'où partent les barres."""
    return alt.Chart(UNE_LIGNE).mark_rule().encode(x=alt.XDatum(valeur, axis=None))


def habiller(
    lignes: alt.Chart,
    *couches: alt.Chart,
    colonnes: Sequence[tuple[str, ...]],
    titre: str = "",
    couleur: str = "",
) -> alt.LayerChart:
    """Les couches, sur des rangées séparées d'un filet, avec leurs noms et leurs nombres.

    colonnes : (champ écrit, entête et, au besoin, couleur), de gauche à droite ; les noms sont le
    champ `mots` (liste de lignes), les lignes où `total` est vrai sont en gras. Le premier nombre
    l'est toujours.
    """
    couleurs = theme.theme().couleurs
    gras = alt.ExprRef(f"datum.total ? {GRAS} : 400")
    filets = lignes.mark_rule(
        color=couleurs.filet, x=alt.ExprRef("-gauche"), x2=alt.ExprRef("width + droite"), yOffset=0
    ).encode(y=alt.Y(lignes.encoding.y.shorthand, sort=None, axis=None, bandPosition=0))
    milieu = alt.ExprRef(f"-{theme.INTERLIGNE_PX} / 2 * (length(datum.mots) - 1)")
    noms = lignes.mark_text(
        align="left",
        x=alt.ExprRef("-gauche"),
        dy=milieu,
        fontSize=TAILLE,
        fontWeight=gras,
        baseline="middle",
    ).encode(text=alt.Text("mots:N"))
    textes = [noms]
    for rang, (champ, entete, *teinte) in enumerate(colonnes):
        place = alt.ExprRef(f"width + colonnes[{rang}]")
        chiffres = lignes.mark_text(
            align="right",
            x=place,
            fontSize=TAILLE,
            baseline="middle",
            fontWeight=GRAS if rang == 0 else gras,
            color=teinte[0] if teinte else couleurs.texte,
        ).encode(text=alt.Text(f"{champ}:N"))
        tete = alt.Chart(UNE_LIGNE).mark_text(
            align="right",
            x=place,
            y=-12,
            fontSize=TAILLE,
            color=teinte[0] if teinte else couleurs.texte_discret,
        )
        textes += [chiffres, tete.encode(text=alt.TextValue(entete))]
    if titre:
        tete = alt.Chart(UNE_LIGNE).mark_text(
            align="left",
            x=alt.ExprRef("-gauche"),
            y=alt.ExprRef("-haut + 9"),
            color=couleur,
            fontSize=TAILLE_DU_TITRE,
            fontWeight=GRAS,
        )
        textes.append(tete.encode(text=alt.TextValue(titre)))
    return alt.layer(filets, *couches, *textes)


def remplir(
    modele: alt.LayerChart,
    lignes: pd.DataFrame,
    largeur: float,
    *,
    nom: str,
    colonnes: Sequence[tuple[str, ...]],
    etendue: tuple[float, float],
    titre: bool = False,
    haut: float = ENTETES,
    **reste,
) -> alt.LayerChart:
    """Le modèle et ses lignes, dans une figure de `largeur` pixels, marges mesurées.

    nom, colonnes : les champs écrits ; etendue : celle de l'axe, commune à plusieurs panneaux.
    """
    etroit = theme.est_etroit(largeur)
    total = lignes.get("total", pd.Series(False, lignes.index)).astype(bool)
    place = PLACE_DU_NOM["etroit" if etroit else "large"]
    noms = [
        couper(propre(ecrit), place, TAILLE, GRAS if gras else 400, lignes=3)
        for ecrit, gras in zip(lignes[nom], total, strict=True)
    ]
    gauche = ECART + ceil(max(largeur_texte(mot, TAILLE, GRAS) for mots in noms for mot in mots))
    places = [
        MARGE
        + ceil(
            max(
                largeur_texte(entete, TAILLE),
                *(largeur_texte(str(ecrit), TAILLE, GRAS) for ecrit in lignes[champ]),
            )
        )
        for champ, entete, *_ in colonnes
    ]
    droite = sum(places) + (ECART - MARGE if places else 0)
    bords = [ECART - MARGE + sum(places[: rang + 1]) for rang in range(len(places))]
    haut = haut + (TITRE if titre else 0)
    pas = PAS[max(map(len, noms))]
    return joindre(
        modele,
        {"lignes": lignes.assign(mots=noms, total=total)},
        largeur=largeur - gauche - droite,
        hauteur=pas * len(lignes),
        marges={"left": gauche, "right": droite, "top": haut, "bottom": 2},
        gauche=gauche,
        droite=droite,
        haut=haut,
        colonnes=bords,
        etendue=list(etendue),
        **reste,
    )


def remplir_un_flux(
    modele: alt.LayerChart, lignes: pd.DataFrame, largeur: float, sens: str, **reste
) -> alt.LayerChart:
    """Comme `remplir`, pour les lignes d'un flux parmi celles des deux.

    Les marges sont mesurées sur les deux flux : l'échelle y a la même longueur et la même place.
    """
    rempli = remplir(modele, lignes, largeur, titre=True, **reste)
    siennes = [ligne for ligne in rempli.datasets["lignes"] if ligne["flux"] == sens]
    rempli.datasets = {"lignes": siennes}
    rempli.height = rempli.height * len(siennes) // len(lignes)
    return rempli


def sans_barre(largeur: float, sens: str, message: str = TROP_PETIT) -> alt.Chart:
    """Panneau d'un flux qui ne se calcule pas : son titre, et ce qu'il en est."""
    titre = NOM_DU_FLUX[sens].capitalize()
    return _message(largeur, titre, theme.couleur_du_flux(sens), message)


def vide(largeur: float, message: str) -> alt.Chart:
    """Figure d'un tableau sans ligne : elle le dit."""
    return _message(largeur, "", theme.theme().couleurs.texte, message)


def _message(largeur: float, titre: str, couleur: str, message: str) -> alt.LayerChart:
    discret = theme.theme().couleurs.texte_discret
    place = {"align": "left", "baseline": "middle", "x": 0}
    tete = alt.Chart(UNE_LIGNE).mark_text(
        **place, y=9, color=couleur, fontSize=TAILLE_DU_TITRE, fontWeight=GRAS
    )
    suite = alt.Chart(UNE_LIGNE).mark_text(**place, y=TITRE + 10, color=discret, fontSize=TAILLE)
    couches = [tete.encode(text=alt.TextValue(titre))] if titre else []
    couches.append(suite.encode(text=alt.TextValue(message)))
    usage = {"marges": 0, "parametres": {}}
    return alt.layer(*couches, width=largeur, height=TITRE + 24, usermeta=usage)
