"""Que montre une figure, pour qui ne la voit pas ? Une alternative courte, tirée des données.

Elle dit le genre de graphique, ce qu'il montre et ses extrêmes, sans avis ; le tableau de données
placé sous la figure en est la description longue.
"""

import pandas as pd

from commerce import formats, graphiques, indicateurs
from commerce.dessin import alternatives_portrait
from commerce.dessin.marques import NOM_DU_FLUX
from commerce.figure.disposition import propre
from commerce.releve import dessins as graphiques_releve

SUITE = "Les données sont dans le tableau qui suit."


def soldes_par_pays(soldes: pd.DataFrame) -> str:
    """Premier partenaire, plus fort excédent et plus fort déficit."""
    if soldes.empty:
        return "Aucun échange sur la période."
    premier = soldes.iloc[0]
    phrases = [
        f"Barres en miroir : importations et exportations avec {len(soldes)} pays.",
        f"{propre(premier['libelle'])} vient en tête, "
        f"{formats.millions(premier['import_eur'])} importés et "
        f"{formats.millions(premier['export_eur'])} exportés.",
    ]
    haut, bas = soldes.loc[soldes["solde_eur"].idxmax()], soldes.loc[soldes["solde_eur"].idxmin()]
    if haut["solde_eur"] > 0:
        montant = formats.millions(haut["solde_eur"])
        phrases.append(f"Plus fort excédent : {propre(haut['libelle'])}, {montant}.")
    if bas["solde_eur"] < 0:
        montant = formats.millions(-bas["solde_eur"])
        phrases.append(f"Plus fort déficit : {propre(bas['libelle'])}, {montant}.")
    return " ".join(phrases)


def activites(activites: pd.DataFrame) -> str:
    """Total de chaque flux et son premier produit."""
    if activites.empty:
        return "Aucun échange sur la période."
    phrases = ["Carte proportionnelle des produits échangés, une seule échelle pour deux flux."]
    for sens, nom in NOM_DU_FLUX.items():
        produits = activites[activites["flux"] == sens]
        if produits.empty:
            phrases.append(f"Aucun produit dans les {nom}.")
            continue
        total = int(produits["valeur_eur"].sum())
        premier = produits.loc[produits["valeur_eur"].idxmax()]
        part = formats.pourcentage(100 * premier["valeur_eur"] / total)
        produits_comptes = formats.quantite(len(produits), "produit")
        phrases.append(
            f"{nom.capitalize()} : {produits_comptes}, {formats.millions(total)} ; le premier, "
            f"{propre(premier['libelle_court'])}, en fait {part}."
        )
    return " ".join(phrases)


def flux(flux: pd.DataFrame, sens: str) -> str:
    """Total, premier produit, premier pays et premier flux nommé."""
    if flux.empty:
        return f"Aucun échange à l'{sens} sur la période."
    total = int(flux["valeur_eur"].sum())
    phrases = [
        f"Diagramme de flux des {NOM_DU_FLUX[sens]}, par produit et par pays : "
        f"{formats.millions(total)} au total."
    ]
    for axe, libelle, nom in (
        ("produit", "libelle_court", "Premier produit"),
        ("pays", "libelle_pays", "Premier pays"),
    ):
        code, montant_eur = next(iter(indicateurs.sommes(flux, axe).items()))
        if code != indicateurs.AUTRES:
            ecrit = propre(dict(zip(flux[axe], flux[libelle], strict=True))[code])
            part = formats.pourcentage(100 * montant_eur / total)
            phrases.append(f"{nom} : {ecrit}, {part}.")
    principaux = flux[flux["principal"].astype(bool)]
    if not principaux.empty:
        premier = principaux.loc[principaux["valeur_eur"].idxmax()]
        phrases.append(f"Flux le plus élevé : {graphiques.nom_du_flux(premier, sens)}.")
    return " ".join(phrases)


PAR_GRAPHIQUE = {
    graphiques.soldes_par_pays: soldes_par_pays,
    graphiques.activites: activites,
    graphiques.flux: flux,
    **alternatives_portrait.PAR_GRAPHIQUE,
    **graphiques_releve.PAR_GRAPHIQUE,
}


def alternative(fonction_graphique, donnees: pd.DataFrame, **options) -> str:
    """Alternative textuelle de la figure que dessine cette fonction."""
    texte = PAR_GRAPHIQUE[fonction_graphique](donnees, **options)
    return texte if donnees.empty else f"{texte} {SUITE}"
