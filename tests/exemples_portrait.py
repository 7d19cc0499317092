"""Tableaux d'essai des parties ajoutées : ordinaires, d'une ligne, vides, hostiles."""

import pandas as pd
from exemples_figures import HOSTILES, PRODUITS

NOMS = ("Alpes-de-Haute-Provence", "Provence-Alpes-Côte d'Azur", "France")
ZONES = ("Union européenne", "Reste de l'Europe", "Amérique", "Asie", "Afrique")
ZONES += ("Océanie et non classés",)


def series(debut=2019, fin=2025, provisoires=2, trous=(), annuel=False) -> pd.DataFrame:
    """Tableau de `planches_evolution.series` : indices qui s'écartent, rupture en 2022."""
    lignes = []
    for sens, pente in (("export", 3.0), ("import", -1.5)):
        dates = [(an, t) for an in range(debut, fin) for t in ((0,) if annuel else range(1, 5))]
        for rang, (annee, trimestre) in enumerate(dates):
            connu = (annee, trimestre) not in trous
            indices = [
                100 + (rang - 8) * pente / (place + 1) if connu else None for place in range(3)
            ]
            etats = (rang >= len(dates) - provisoires, annee == 2022 and debut < 2022)
            lignes.append((sens, annee, trimestre, 1e8 + rang, *indices, *etats))
    colonnes = ["flux", "annee", "trimestre", "quatre_trimestres_eur", "indice", "indice_region"]
    table = pd.DataFrame(lignes, columns=[*colonnes, "indice_france", "provisoire", "rupture"])
    return table.astype({nom: float for nom in table.columns if nom.startswith("indice")})


def contributions(noms=PRODUITS[:6], force: float = 4.0) -> pd.DataFrame:
    """Tableau de `planches_evolution.contributions`, la somme comprise."""
    lignes = []
    for sens in ("export", "import"):
        points = [force - 1.3 * rang for rang in range(len(noms))]
        for rang, (nom, point) in enumerate(zip(noms, points, strict=True)):
            avant = 10_000_000 * (rang + 1)
            lignes.append((sens, f"P{rang}", nom, nom, avant, avant + int(1e6 * point), point))
        sommes = [sum(ligne[place] for ligne in lignes if ligne[0] == sens) for place in (4, 5, 6)]
        lignes.append((sens, "ensemble", "Ensemble", "Ensemble", *sommes))
    colonnes = ["flux", "produit", "libelle_court", "libelle", "precedent_eur", "valeur_eur"]
    return pd.DataFrame(lignes, columns=[*colonnes, "contribution_points"])


def zones(noms=ZONES) -> pd.DataFrame:
    """Tableau de `specialisation.zones`."""
    poids = [0.5**rang for rang in range(len(noms))]
    parts = [100 * p / sum(poids) for p in poids]
    return pd.DataFrame(
        [
            (sens, nom, part, parts[(rang + 1) % len(noms)], parts[(rang + 2) % len(noms)])
            for sens in ("export", "import")
            for rang, (nom, part) in enumerate(zip(noms, parts, strict=True))
        ],
        columns=["flux", "zone", "part_pct", "part_region_pct", "part_france_pct"],
    )


def specialisations(noms=PRODUITS) -> pd.DataFrame:
    """Tableau de `specialisation.specialisations`, rapports décroissants."""
    rapports = [399.0 / 4**rang for rang in range(len(noms))]
    return pd.DataFrame(
        {
            "produit": [f"P{rang}" for rang in range(len(noms))],
            "libelle_court": list(noms),
            "libelle": list(noms),
            "valeur_eur": [90_000_000 - 1_000_000 * rang for rang in range(len(noms))],
            "part_pct": [30.0 - rang for rang in range(len(noms))],
            "part_france_pct": [(30.0 - rang) / r for rang, r in enumerate(rapports)],
            "balassa": rapports,
            "symetrique": [(r - 1) / (r + 1) for r in rapports],
        }
    )


def ressemblances(noms=("Landes", "Gers", "Territoire de Belfort", "Indre", "Essonne")):
    """Tableau de `specialisation.ressemblances`."""
    parts = [66.4 - 5.3 * rang for rang in range(len(noms))]
    return pd.DataFrame({"nom": list(noms), "ressemblance_pct": parts})


def ventes(noms=PRODUITS) -> pd.DataFrame:
    """Tableau de `exposition.produits_de_la_fiche`."""
    return pd.DataFrame(
        {
            "produit": [f"P{rang}" for rang in range(len(noms))],
            "libelle_court": list(noms),
            "valeur_eur": [int(9e8 / 3**rang) for rang in range(len(noms))],
            "part_pct": [50 / 2**rang for rang in range(len(noms))],
            "part_produit_pct": [80 / 2**rang for rang in range(len(noms))],
            "part_produit_france_pct": [7.8] * len(noms),
        }
    )


LONGS = tuple(f"{nom} {'mot ' * 40}{rang}" for rang, nom in enumerate(HOSTILES))
