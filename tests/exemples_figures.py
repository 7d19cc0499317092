"""Tableaux d'essai des figures : ordinaires, d'une ligne, vides, extrêmes, hostiles."""

from types import SimpleNamespace

import pandas as pd

from commerce.annee import Annee

PRODUITS = (
    *("Aéronautique et spatial", "Produits pharmaceutiques", "Machines d'usage général"),
    *("Acier et sidérurgie", "Textiles", "Pâte à papier, papier et carton", "Pneumatiques"),
    *("Équipements automobiles", "Boissons", "Appareils de mesure, horlogerie"),
)
PAYS = (
    *("Allemagne", "Espagne", "États-Unis", "Royaume-Uni", "Italie", "Chine", "Belgique"),
    *("Émirats arabes unis", "Pays-Bas", "Bosnie-Herzégovine"),
)
HOSTILES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></title></svg>",
    "javascript:alert(1)",
    "\u202eégarevne\u2066",
    "Mot" * 100,
    "=1+1",
    "@SOMME(A1)",
    "\x00-cmd\x1b",
    "mots et mots " * 25,
)


def couples(produits=PRODUITS, pays=PAYS, pente: float = 1.3, base: float = 2e8) -> pd.DataFrame:
    """Tableau de `indicateurs.flux`, plus une ligne et une colonne « autres »."""
    codes = [*(f"P{i}" for i in range(len(produits))), "autres"]
    noms = [*produits, "Autres produits"]
    partenaires = [*(f"C{j}" for j in range(len(pays))), "autres"]
    noms_pays = [*pays, "Autres pays"]
    lignes = [
        {
            "produit": codes[i],
            "libelle_court": noms[i],
            "libelle": f"{noms[i]}, libellé entier",
            "pays": partenaires[j],
            "libelle_pays": noms_pays[j],
            "valeur_eur": int(base / pente ** (2 * i + j)) + 1,
        }
        for i in range(len(codes))
        for j in range(len(partenaires))
    ]
    tableau = pd.DataFrame(lignes)
    tableau["part_pct"] = 100 * tableau["valeur_eur"] / tableau["valeur_eur"].sum()
    nommes = tableau[(tableau["produit"] != "autres") & (tableau["pays"] != "autres")]
    tableau["principal"] = tableau.index.isin(nommes.nlargest(5, "valeur_eur").index)
    return tableau


def soldes(pays=PAYS, pente: float = 1.5, base: float = 3e8) -> pd.DataFrame:
    """Tableau de `indicateurs.soldes_par_pays`."""
    tableau = pd.DataFrame(
        {
            "pays": [f"C{i}" for i in range(len(pays))],
            "libelle": list(pays),
            "import_eur": [int(base / pente**i) * (i != 2) for i in range(len(pays))],
            "export_eur": [
                int(base / pente ** (len(pays) - i)) * (i != 4) for i in range(len(pays))
            ],
        }
    )
    tableau["solde_eur"] = tableau["export_eur"] - tableau["import_eur"]
    return tableau


def produits(noms=PRODUITS, export: float = 3e8, importe: float = 2e8, pente=1.6) -> pd.DataFrame:
    """Tableau de `indicateurs.activites`."""
    lignes = [
        {
            "flux": sens,
            "produit": f"P{i}",
            "libelle_court": nom,
            "libelle": f"{nom}, libellé entier",
            "valeur_eur": int(base / pente**i) + 1,
        }
        for sens, base in (("export", export), ("import", importe))
        for i, nom in enumerate(noms)
        if base
    ]
    tableau = pd.DataFrame(lignes)
    sommes = tableau.groupby("flux")["valeur_eur"].transform("sum")
    tableau["part_pct"] = 100 * tableau["valeur_eur"] / sommes
    return tableau


def fiche(dossier=None, demonstration: bool = True) -> SimpleNamespace:
    """Ce qu'une figure demande à sa page."""
    fictives = "données de démonstration, fictives"
    return SimpleNamespace(
        slug="09-ariege",
        annee=Annee(2024),
        dossier=dossier,
        mention=fictives if demonstration else "",
        source=f"{fictives.capitalize()}, 2024." if demonstration else "Source : douanes, 2024.",
    )
