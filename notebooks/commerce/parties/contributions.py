"""Quels produits ont fait varier les échanges d'une année sur l'autre ?

Une contribution se compte en points : leur somme est l'évolution du flux, en %.
"""

from math import isnan

import altair as alt
import numpy as np
import pandas as pd

from commerce import formats, nommer, profils, theme
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.formats import NOM_DU_FLUX, montant_court, propre
from commerce.indicateurs import AUTRES, SENS, Sens
from commerce.redaction import Texte, enumerer, legende, mots, phrase

ENSEMBLE = "ensemble"
PRODUITS = 6
MESURES = ["precedent_eur", "valeur_eur", "contribution_points"]
COLONNES = ["flux", "produit", "libelle_court", "libelle", *MESURES]


def tableau(fiche, produits: int = PRODUITS) -> pd.DataFrame:
    """De combien de points chaque produit a-t-il fait varier chaque flux depuis l'année d'avant ?

    Par flux : les `produits` plus fortes contributions, de la plus positive à la plus négative, le
    reste réuni (produit « autres »), puis leur somme (produit « ensemble »), qui est l'évolution du
    flux. Colonnes : flux, produit, libelle_court, libelle, precedent_eur, valeur_eur,
    contribution_points. Un flux dont l'évolution est « n.s. » n'a pas de ligne.
    """
    repere, ici = fiche.reperes, fiche.espaces["departement"]
    tables = [pd.DataFrame(columns=COLONNES)]
    for sens in SENS:
        if isnan(profils.annuelle_pct(repere, sens).loc[ici]):
            continue
        table = contributions(
            repere.produits[sens].loc[ici], repere.precedents.produits[sens].loc[ici]
        )
        forces = table["contribution_points"].abs().sort_values(ascending=False, kind="stable")
        cites = table.loc[forces.index[:produits]]
        cites = cites[cites["contribution_points"] != 0]
        cites = cites.sort_values("contribution_points", ascending=False, kind="stable")
        noms = repere.libelles.reindex(cites.index)
        cites = pd.concat([noms, cites], axis="columns").rename_axis("produit").reset_index()
        autres, ensemble = table.drop(forces.index[:produits]), table
        reunis = pd.DataFrame([_ligne(fiche, AUTRES, autres), _ligne(fiche, ENSEMBLE, ensemble)])
        tables.append(pd.concat([cites, reunis]).assign(flux=sens)[COLONNES])
    return pd.concat(tables[1:] or tables, ignore_index=True)


def _ligne(fiche, code: str, reunis: pd.DataFrame) -> dict:
    """Des produits réunis en une ligne, nommée par `mots.toml` ; les montants restent entiers."""
    nom = phrase(f"contributions.{code}", fiche)
    sommes = {mesure: reunis[mesure].sum() for mesure in MESURES}
    return {"produit": code, "libelle_court": nom, "libelle": nom, **sommes}


def contributions(courant: pd.Series, precedent: pd.Series) -> pd.DataFrame:
    """De combien de points chaque produit a-t-il fait bouger le total ?

    `courant`, `precedent` : montants par produit, en euros. Index produit ; colonnes
    precedent_eur, valeur_eur, contribution_points = 100 x (X_p - X_p avant) / X avant ; leur somme
    est l'évolution du total. NaN si le total d'avant est nul.
    """
    codes = courant.index.union(precedent.index)
    table = pd.DataFrame(
        {
            "precedent_eur": precedent.reindex(codes, fill_value=0),
            "valeur_eur": courant.reindex(codes, fill_value=0),
        }
    )
    total = table["precedent_eur"].sum()
    ecarts = table["valeur_eur"] - table["precedent_eur"]
    return table.assign(contribution_points=100 * ecarts / (total if total else np.nan))


def lecture(fiche, contributions: pd.DataFrame, sens: Sens, montres: int = 3) -> str:
    """Ce qui a le plus compté à la hausse, et à la baisse ; vide sans produit nommé."""
    du_flux = contributions[contributions["flux"] == sens]
    nommes = du_flux[~du_flux["produit"].isin([AUTRES, ENSEMBLE])]
    if nommes.empty:
        return ""
    cites = {}
    for nom, signe in (("hausse", 1), ("baisse", -1)):
        du_signe = nommes[nommes["contribution_points"] * signe > 0]
        du_signe = du_signe.sort_values("contribution_points", ascending=signe < 0, kind="stable")
        produits = [
            f"{nommer.de_produit(ligne.produit, ligne.libelle_court)} "
            f"({formats.points(ligne.contribution_points)})"
            for ligne in du_signe.head(montres).itertuples()
        ]
        if produits:
            cites[nom] = enumerer(produits)
    if not cites:
        return ""
    dits = {nom: mots()["contributions"][f"{nom}s"][sens] for nom in ("echange", "pronom")}
    return phrase(
        f"contributions.{'deux' if len(cites) > 1 else next(iter(cites))}",
        fiche,
        echanges=dits["echange"],
        pronom=dits["pronom"],
        produits=next(iter(cites.values())),
        **cites,
    )


def _total(du_flux: pd.DataFrame) -> float:
    return du_flux.loc[du_flux["produit"] == ENSEMBLE, "contribution_points"].iloc[0]


def alternative(contributions: pd.DataFrame, sens: Sens) -> str:
    """L'évolution du flux, son plus fort soutien et son plus fort frein parmi les produits."""
    modeles, flux = mots()["contributions"]["dessin"], NOM_DU_FLUX[sens]
    du_flux = contributions[contributions["flux"] == sens]
    if du_flux.empty:
        return modeles["alternative_vide"].format(flux=flux.capitalize())
    produits = du_flux[du_flux["produit"] != ENSEMBLE].sort_values(
        "contribution_points", ascending=False, kind="stable"
    )
    total = formats.pourcentage(_total(du_flux), signe=True)
    phrases = [modeles["alternative"].format(nombre=len(produits), flux=flux, total=total)]
    for nom, rang, signe in (("hausse", 0, 1), ("baisse", -1, -1)):
        ligne = produits.iloc[rang]
        if ligne["contribution_points"] * signe > 0:
            points = formats.points(ligne["contribution_points"])
            phrases.append(
                modeles[nom].format(produit=propre(ligne["libelle_court"]), points=points)
            )
    return " ".join(phrases)


@modele
def _graphique(sens: Sens) -> alt.LayerChart:
    couleur = theme.couleur_du_flux(sens)
    lignes = panneau.base("produit")
    # La place dit le signe : une hausse n'est ni bonne ni mauvaise.
    teinte = alt.ColorValue(
        couleur, condition={"test": "datum.total", "value": theme.theme().couleurs.texte}
    )
    return panneau.habiller(
        lignes,
        *(panneau.barres(lignes, "contribution_points", color=teinte), panneau.zero()),
        colonnes=_colonnes(),
        titre=NOM_DU_FLUX[sens].capitalize(),
        couleur=couleur,
    )


def _colonnes() -> list[tuple[str, str]]:
    return [("points", mots()["contributions"]["dessin"]["points"])]


def dessin(
    contributions: pd.DataFrame, sens: Sens, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """De combien de points chaque produit a-t-il fait varier le flux ?

    contributions : voir `tableau`. Barres de part et d'autre de zéro, l'ensemble en dernier.
    L'échelle est commune aux deux flux.
    """
    modeles = mots()["contributions"]["dessin"]
    if not (contributions["flux"] == sens).any():
        return panneau.sans_barre(largeur, sens, modeles["sans_objet"])
    points = contributions["contribution_points"]
    dits = [
        modeles["barre"].format(
            nom=propre(ligne.libelle_court),
            points=formats.points(ligne.contribution_points),
            avant=montant_court(int(ligne.precedent_eur)),
            apres=montant_court(int(ligne.valeur_eur)),
        )
        for ligne in contributions.itertuples()
    ]
    lignes = contributions.assign(
        points=[formats.nombre(valeur, 1, signe=True) for valeur in points],
        total=contributions["produit"] == ENSEMBLE,
        dit=dits,
    )
    return panneau.remplir_un_flux(
        _graphique(sens),
        lignes,
        largeur,
        sens,
        nom="libelle_court",
        colonnes=_colonnes(),
        etendue=(min(0.0, float(points.min())), max(0.0, float(points.max()))),
    )


def figure(fiche, contributions: pd.DataFrame) -> Figure | Texte:
    """La figure, sa légende et son exemple de lecture ; rien si aucune évolution ne se calcule."""
    if contributions.empty:
        return Texte("")
    produits = contributions[~contributions["produit"].isin([AUTRES, ENSEMBLE])]
    exemple = contributions.loc[produits["contribution_points"].abs().idxmax()]
    du_flux = contributions[contributions["flux"] == exemple["flux"]]
    lecture = {
        "echanges": nommer.echanges(exemple["flux"], exemple["produit"], exemple["libelle_court"]),
        "points": formats.points(exemple["contribution_points"]),
        "total": formats.pourcentage(_total(du_flux), signe=True),
        "flux": NOM_DU_FLUX[exemple["flux"]],
    }
    return figure_de(
        fiche,
        dessin,
        contributions,
        identifiant="contributions",
        titre=phrase("contributions.titre", fiche),
        legende=legende("contributions.legende", fiche, **lecture),
        alternative=alternative,
        panneaux=SENS,
    )
