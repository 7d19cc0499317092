"""Tableaux d'essai des figures : ordinaires, d'une ligne, vides, extrêmes, hostiles."""

from types import SimpleNamespace
from xml.etree import ElementTree

import pandas as pd

from commerce.figure import disposition

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
    """Ce qu'une figure demande à une fiche."""
    fictives = "données de démonstration, fictives"
    return SimpleNamespace(
        departement=SimpleNamespace(slug="09-ariege"),
        annee=2024,
        dossier=dossier,
        mention=fictives if demonstration else "",
        source=f"{fictives.capitalize()}, 2024." if demonstration else "Source : douanes, 2024.",
    )


def boites_des_textes(dessin: str) -> list[tuple[float, float, float, float, str]]:
    """Place mesurée de chaque texte d'un SVG propre : x0, y0, x1, y1, texte."""
    boites = []

    def lire(element, herites: dict) -> None:
        attributs = herites | element.attrib
        if element.tag.endswith("text"):
            taille, graisse = float(attributs["font-size"]), int(attributs["font-weight"])
            largeur = disposition.largeur_texte(element.text or "", taille, graisse)
            ancre = attributs.get("text-anchor", "start")
            x0 = float(attributs["x"]) - {"start": 0, "middle": largeur / 2, "end": largeur}[ancre]
            base = float(attributs["y"])
            haut, bas = base - 0.74 * taille, base + 0.2 * taille
            boites.append((x0, haut, x0 + largeur, bas, element.text or ""))
        for enfant in element:
            lire(enfant, attributs)

    lire(ElementTree.fromstring(dessin), {})
    return boites


def chevauchements(boites: list[tuple]) -> list[tuple[str, str]]:
    """Couples de textes qui se recouvrent de plus d'un demi-pixel."""
    marge = 0.5
    return [
        (a[4], b[4])
        for rang, a in enumerate(boites)
        for b in boites[rang + 1 :]
        if a[0] + marge < b[2]
        and b[0] + marge < a[2]
        and a[1] + marge < b[3]
        and b[1] + marge < a[3]
    ]
