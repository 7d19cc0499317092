"""Que montrent les figures des parties ajoutées, pour qui ne les voit pas ?

Mêmes règles que `alternatives` : le genre du graphique, ce qu'il montre, ses extrêmes, sans avis.
"""

import pandas as pd

from commerce import formats
from commerce.dessin.marques import NOM_DU_FLUX, montant_court, part_courte
from commerce.figure.disposition import propre
from commerce.portrait import graphiques_portrait
from commerce.portrait.graphiques_portrait import ENSEMBLE, INDICES, PARTS, fois


def _enumerer(noms, valeurs) -> str:
    return ", ".join(f"{propre(nom)} {valeur}" for nom, valeur in zip(noms, valeurs, strict=True))


def evolution(series: pd.DataFrame, sens: str, noms: tuple[str, ...]) -> str:
    """Première et dernière dates, et le dernier indice de chaque série."""
    connus = series[(series["flux"] == sens) & series["indice"].notna()]
    if len(connus) < 2:
        return f"{NOM_DU_FLUX[sens].capitalize()} : trop peu de dates connues."
    dernier = connus.iloc[-1]
    date = f"T{dernier['trimestre']} {dernier['annee']}" if dernier["trimestre"] else ""
    suivis = [(nom, indice) for nom, indice in zip(noms, INDICES, strict=True) if nom]
    lus = _enumerer(
        [nom for nom, _ in suivis],
        [formats.nombre(dernier[indice], 1) for _, indice in suivis],
    )
    return (
        f"Courbes en base 100 des {NOM_DU_FLUX[sens]}, {len(connus)} dates jusqu'à "
        f"{date or dernier['annee']}. Derniers indices : {lus}."
    )


def contributions(contributions: pd.DataFrame, sens: str) -> str:
    """L'évolution du flux, son plus fort soutien et son plus fort frein parmi les produits."""
    du_flux = contributions[contributions["flux"] == sens]
    if du_flux.empty:
        return f"{NOM_DU_FLUX[sens].capitalize()} : évolution non calculée."
    produits = du_flux[du_flux["produit"] != ENSEMBLE]
    total = produits["contribution_points"].sum()
    phrases = [
        f"Barres : contribution de {len(produits)} groupes de produits à l'évolution des "
        f"{NOM_DU_FLUX[sens]}, {formats.points(total)} au total."
    ]
    haut = produits.loc[produits["contribution_points"].idxmax()]
    bas = produits.loc[produits["contribution_points"].idxmin()]
    for nom, ligne, signe in (("hausse", haut, 1), ("baisse", bas, -1)):
        if ligne["contribution_points"] * signe > 0:
            points = formats.points(ligne["contribution_points"])
            phrases.append(f"Plus forte {nom} : {propre(ligne['libelle_court'])}, {points}.")
    return " ".join(phrases)


def zones(zones: pd.DataFrame, sens: str, noms: tuple[str, ...]) -> str:
    """La part de chaque zone ici, et celle de la première en France."""
    du_flux = zones[zones["flux"] == sens]
    if du_flux["part_pct"].isna().all():
        return f"{NOM_DU_FLUX[sens].capitalize()} : flux trop petit, parts non calculées."
    parts = _enumerer(du_flux["zone"], du_flux["part_pct"].map(part_courte))
    premiere = du_flux.loc[du_flux["part_pct"].idxmax()]
    france = part_courte(premiere[PARTS[-1]])
    return (
        f"Barres : parts des zones du monde dans les {NOM_DU_FLUX[sens]}, {propre(noms[0])}. "
        f"{parts}. Pour {propre(premiere['zone'])}, {noms[-1]} : {france}."
    )


def specialisations(table: pd.DataFrame) -> str:
    """Le produit le plus spécialisé et le moins spécialisé."""
    if table.empty:
        return "Aucun produit assez grand."
    phrases = [f"Barres : {formats.quantite(len(table), 'produit')} comparés à la France."]
    haut, bas = table.iloc[0], table.iloc[-1]
    phrases.append(f"Le plus haut : {propre(haut['libelle_court'])}, {fois(haut['balassa'])}.")
    if len(table) > 1:
        phrases.append(f"Le plus bas : {propre(bas['libelle_court'])}, {fois(bas['balassa'])}.")
    return " ".join(phrases)


def ressemblances(table: pd.DataFrame) -> str:
    """Les territoires et leur part en commun."""
    if table.empty:
        return "Flux trop petit, ressemblances non calculées."
    parts = _enumerer(table["nom"], table["ressemblance_pct"].map(part_courte))
    return f"Barres : part des exportations en commun. {parts}."


def etats_unis(produits: pd.DataFrame) -> str:
    """Le montant montré et le premier produit."""
    if produits.empty:
        return "Aucune vente aux États-Unis."
    premier = produits.iloc[0]
    return (
        f"Barres : {formats.quantite(len(produits), 'produit')} vendus aux États-Unis. Premier : "
        f"{propre(premier['libelle_court'])}, {montant_court(int(premier['valeur_eur']))}."
    )


PAR_GRAPHIQUE = {
    graphiques_portrait.evolution: evolution,
    graphiques_portrait.contributions: contributions,
    graphiques_portrait.zones: zones,
    graphiques_portrait.specialisations: specialisations,
    graphiques_portrait.ressemblances: ressemblances,
    graphiques_portrait.etats_unis: etats_unis,
}
