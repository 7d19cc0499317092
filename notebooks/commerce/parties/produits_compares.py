"""Que pèsent ici les premiers produits de la région et de la France, et l'inverse ?"""

import pandas as pd

from commerce.figure import tableaux
from commerce.formats import part_courte
from commerce.indicateurs import Sens, echanges_de, montants, part_du_flux_pct, premiers
from commerce.redaction import Texte, balise, ordinal, phrase

PARTS = {"departement": "part_pct", "region": "part_region_pct", "france": "part_france_pct"}


def tableau(fiche, sens: Sens, nombre: int = 3) -> pd.DataFrame:
    """Quelle part du flux font, chez chacun, les `nombre` premiers produits de l'un d'eux ?

    Une ligne par produit, du plus au moins échangé par le territoire, ex æquo par code. Colonnes :
    produit, libelle_court, part_pct, part_region_pct (absente d'un territoire qui est sa propre
    région), part_france_pct : 100 x produit / total du flux, NaN si ce flux n'est pas significatif.
    Aucune ligne si celui du territoire ne l'est pas.
    """
    sommes = {
        echelle: montants(echanges_de(fiche, echelle), sens, "produit") for echelle in fiche.noms
    }
    retenus = {produit for somme in sommes.values() for produit in premiers(somme, nombre)}
    if not fiche.significatif(sens):
        retenus = set()
    codes = premiers(sommes["departement"].reindex(sorted(retenus), fill_value=0), len(retenus))
    libelles = fiche.produits["libelle_court"].reindex(codes)
    table = pd.DataFrame({"produit": codes, "libelle_court": libelles.to_numpy()})
    for echelle, somme in sommes.items():
        valeurs, total = somme.reindex(codes, fill_value=0).tolist(), int(somme.sum())
        table[PARTS[echelle]] = [
            part_du_flux_pct(fiche, sens, valeur, total, echelle) for valeur in valeurs
        ]
    table.attrs |= {"sens": sens, "nombre": nombre}
    return table


def texte(fiche, produits: pd.DataFrame) -> Texte:
    """Le tableau, sous les diagrammes de la région et de la France ; rien s'il est vide.

    produits : voir `tableau`.
    """
    if produits.empty:
        return Texte("")
    colonnes = [PARTS[echelle] for echelle in fiche.noms]
    parts = [produits[colonne].map(part_courte) for colonne in colonnes]
    rangees = [list(rangee) for rangee in zip(produits["libelle_court"], *parts, strict=True)]
    rang = ordinal(fiche, produits.attrs["nombre"])
    titre = phrase(f"produits_compares.{produits.attrs['sens']}", fiche, rang=rang)
    tete = [phrase("produits_compares.produit", fiche), *fiche.noms.values()]
    table = tableaux.ecrite(titre, tete, rangees)
    return balise("div", Texte(table), "tableau produits-compares")
