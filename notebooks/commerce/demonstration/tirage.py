"""Quelles lignes donnerait un commerce fictif mais plausible ? Le tirage du jeu de démonstration.

Un territoire a des spécialités (`demonstration_territoires`), un produit ses pays
(`demonstration_produits`), un pays son poids (`demonstration_pays`) : le produit des trois,
dispersé par un tirage, donne les courants durables, puis les lignes de chaque trimestre.

Tout se refait au même euro sur toute machine : le hasard est une fonction de hachage des codes
(SplitMix64, entiers), les réels ne subissent que + - * / et la racine carrée (exactes au sens
d'IEEE 754), `math.fsum` ou des cumuls dans l'ordre (`bincount`), les partages se font aux plus
forts restes en entiers, les tris ont une clef complète.
"""

from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd

from commerce.references import table as lire

GRAINE = 20250207
ANNEES = (2022, 2023, 2024)
FLUX = ("export", "import")
# Livrés en une fois : navires, trains, réacteurs.
PONCTUELS = ("3011", "3020", "2530")
POIDS_TRIMESTRES = (0.985, 1.03, 0.945, 1.04)
# Lignes par an ; la taille réelle est celle des fichiers des douanes de 2019.
LIGNES = {
    "livree": {"export": 32_000, "import": 35_000},
    "reelle": {"export": 1_580_000, "import": 1_750_000},
}


@dataclass(frozen=True)
class Poids:
    """Poids du jeu fictif d'un flux : vecteurs par produit (CPF4), tableaux produit x pays."""

    flux: str
    a129: np.ndarray
    cpf4: np.ndarray
    pays: np.ndarray
    prix_eur_kg: np.ndarray
    indices: dict[int, np.ndarray]
    base: np.ndarray  # part diffuse du commerce national
    interieur: np.ndarray  # part du produit dans son A129
    partenaires: np.ndarray  # somme 1 par produit


def _paires(texte: str) -> dict[str, float]:
    """« DE:2 IT:1.5 » -> {"DE": 2.0, "IT": 1.5}."""
    return {code: float(poids) for code, poids in (mot.split(":") for mot in texte.split())}


def entiers(codes) -> np.ndarray:
    """Des textes, en clefs du hasard : huit octets au plus, les derniers, qui les distinguent."""
    return np.array([int.from_bytes(str(c).encode()[-8:], "big") for c in codes], np.uint64)


def couple(cpf4: np.ndarray, pays: np.ndarray) -> np.ndarray:
    """Clef d'un couple produit x pays, d'après les `entiers` de leurs codes."""
    return (cpf4 << np.uint64(16)) ^ pays


def _hasard(*clefs) -> np.ndarray:
    """Réels de ]0, 1] sans état, par SplitMix64 sur la suite des clefs (diffusées)."""
    melange = np.zeros(1, np.uint64)
    for clef in clefs:
        nombres = entiers([clef]) if isinstance(clef, str) else np.asarray(clef, np.uint64)
        melange = (melange ^ nombres) + np.uint64(0x9E3779B97F4A7C15)
        melange = (melange ^ (melange >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        melange = (melange ^ (melange >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        melange = melange ^ (melange >> np.uint64(31))
    return ((melange >> np.uint64(40)).astype(np.float64) + 1.0) / 16777216.0


def _repartir(total: int, poids: np.ndarray) -> np.ndarray:
    """Partage un total entier selon des poids réels, aux plus forts restes, à l'unité près."""
    # Poids x total tient dans un entier de 64 bits.
    echelle = min(10**8, 9 * 10**18 // total)
    entiers = np.floor(poids / poids.max() * echelle).astype(np.int64)
    somme = int(entiers.sum())
    produits = entiers * np.int64(total)
    parts, restes = produits // somme, produits % somme
    ordre = np.lexsort((np.arange(len(restes)), -restes))
    parts[ordre[: total - int(parts.sum())]] += 1
    return parts


def _euros(meur: str, *clefs: str) -> int:
    """Un total en euros qui s'arrondit au dixième de million imprimé, sans être rond."""
    return round(float(meur) * 10) * 100_000 + int((_hasard(*clefs)[0] - 0.5) * 99_000)


def territoires() -> pd.DataFrame:
    """Quels totaux de 2024 vise chaque territoire ? Une ligne par code (98 et 99 compris).

    Colonnes : code_douanes, region_douanes, export_eur, import_eur (entiers) et les poids de
    `demonstration_territoires.csv`. Les totaux publiés sont atteints à l'arrondi imprimé ; le
    reste d'une région, puis de la France, est partagé selon les ordres de grandeur de la table.
    """
    codes = pd.concat([lire("departements"), lire("hors_departements")])
    regions = lire("regions").set_index("code")["code_douanes"]
    cadre = codes[["code_douanes", "region"]].merge(lire("demonstration_territoires"))
    # Le 98 n'a pas de région dans la documentation ; les douanes remplissent pourtant la colonne.
    cadre["region_douanes"] = cadre["region"].map(regions).fillna("98")
    publies = lire("demonstration_totaux")
    for flux in FLUX:
        tailles = np.array([float(valeur or 0) for valeur in cadre[f"{flux}_meur"]])
        totaux = np.zeros(len(cadre), np.int64)
        for niveau, code, meur in zip(
            publies["niveau"], publies["code"], publies[f"{flux}_meur"], strict=True
        ):
            colonne = {"departement": "code_douanes", "region": "region"}.get(niveau)
            dedans = (
                np.ones(len(cadre), bool) if not colonne else (cadre[colonne] == code).to_numpy()
            )
            libres = dedans & (totaux == 0)
            reste = _euros(meur, flux, niveau, code) - int(totaux[dedans].sum())
            totaux[libres] = _repartir(reste, tailles[libres]) if libres.sum() > 1 else reste
        cadre[f"{flux}_eur"] = totaux
    return cadre.sort_values("code_douanes", ignore_index=True)


def lire_poids(flux: str) -> Poids:
    """De quoi et avec qui la France commerce-t-elle ? Les tables de poids d'un flux, en tableaux.

    Lève KeyError si un produit de `produits_cpf4.csv` n'a pas sa ligne A129 dans les poids.
    """
    produits = lire("produits_cpf4").sort_values(["a129", "code"], ignore_index=True)
    pays = lire("demonstration_pays").sort_values("code", ignore_index=True)
    groupes = lire("demonstration_produits").set_index("a129")
    groupe = groupes.loc[produits["a129"]]
    cites = [_paires(texte) for texte in groupe[f"cpf4_{flux}"]]
    bruts = [c.get(code, 1.0) for c, code in zip(cites, produits["code"], strict=True)]
    sommes = {
        a129: fsum(b for b, a in zip(bruts, produits["a129"], strict=True) if a == a129)
        for a129 in groupes.index
    }
    interieur = np.array([b / sommes[a] for b, a in zip(bruts, produits["a129"], strict=True)])
    national = pays[flux].astype(float).tolist()
    profils = {}
    for a129, texte in groupes[f"pays_{flux}"].items():
        # « = » : ces pays et eux seuls, comme le gaz et l'électricité au bout de leur réseau.
        autres = 0.0 if texte.startswith("=") else 1.0
        cites = _paires(texte.removeprefix("="))
        brut = [
            cites.get(code, 0.0) if not autres else poids * cites.get(code, 1.0)
            for code, poids in zip(pays["code"], national, strict=True)
        ]
        somme = fsum(brut)
        profils[a129] = [valeur / somme for valeur in brut]
    diffus = groupe[f"{flux}_meur"].astype(float) * groupe[f"diffus_{flux}_pct"].astype(float)
    indices = {a: groupe.get(f"indice_{a}_pct", pd.Series(100, groupe.index)) for a in ANNEES}
    return Poids(
        flux=flux,
        a129=produits["a129"].to_numpy(str),
        cpf4=produits["code"].to_numpy(str),
        pays=pays["code"].to_numpy(str),
        prix_eur_kg=groupe["prix_eur_kg"].to_numpy(float),
        indices={annee: serie.to_numpy(float) / 100 for annee, serie in indices.items()},
        base=diffus.to_numpy() * interieur,
        interieur=interieur,
        partenaires=np.array([profils[a129] for a129 in produits["a129"]]),
    )


def _specialites(poids: Poids, texte: str, base: np.ndarray, relief: np.ndarray) -> np.ndarray:
    """Part de chaque produit : les spécialités de la table, puis le commerce ordinaire."""
    parts = np.zeros(len(base))
    cites = _paires(texte)
    for code, pct in cites.items():
        codes = poids.cpf4 if code.isdigit() else poids.a129
        dedans = np.where(codes == code, poids.interieur * relief, 0.0)
        parts += pct * dedans / fsum(dedans)
    return parts + (100 - fsum(cites.values())) * base / fsum(base)


def candidats(poids: Poids, territoire, graine: int, lignes: int) -> pd.DataFrame:
    """Avec quels couples produit x pays ce territoire commerce-t-il durablement ?

    Colonnes : produit et pays (rangs dans `poids`), couple (clef du hasard), poids (valeur
    relative), attrait (ordre dans lequel les trimestres y puisent) ; deux fois `lignes` couples.
    """
    lieu = (graine, poids.flux, territoire.code_douanes)
    # 1/u et 1/racine(u) : lois de Pareto, d'où les queues épaisses du vrai commerce.
    relief_a129 = np.minimum(0.4 / _hasard(*lieu, entiers(poids.a129)), 3.0)
    relief = np.minimum(0.6 / np.sqrt(_hasard(*lieu, entiers(poids.cpf4))), 2.5)
    specialites = getattr(territoire, f"specialites_{poids.flux}")
    parts = _specialites(poids, specialites, poids.base * relief_a129 * relief, relief)
    voisins = _paires(territoire.voisins)
    proximite = np.array([voisins.get(code, 1.0) for code in poids.pays])
    proximite *= np.minimum(0.7 / np.sqrt(_hasard(*lieu, entiers(poids.pays))), 2.0)
    couples = couple(entiers(poids.cpf4)[:, None], entiers(poids.pays))
    dispersion = np.minimum(0.5 / np.sqrt(_hasard(*lieu, couples)), 6.0)
    valeurs = parts[:, None] * poids.partenaires * proximite * dispersion
    produit, pays = np.nonzero(valeurs)
    cadre = pd.DataFrame({"produit": produit, "pays": pays, "poids": valeurs[produit, pays]})
    cadre["couple"] = couples[produit, pays]
    marges = {"produit": parts, "pays": np.bincount(pays, cadre["poids"]) / fsum(cadre["poids"])}
    # Deux tiers de grands courants, et un tiers tirés presque au hasard parmi tous les autres ;
    # les racines donnent leur chance aux petits.
    attrait = np.sqrt(np.sqrt(cadre["poids"].to_numpy()))
    # Le premier pays de chaque produit et le premier produit de chaque pays passent devant :
    # peu de lignes, mais toute la palette.
    for groupes, avance in ((poids.a129[produit], 2.0), (pays, 1.4)):
        tri = np.lexsort((cadre["couple"], -cadre["poids"], groupes))
        attrait[tri[np.unique(groupes[tri], return_index=True)[1]]] *= avance
    tirage = _hasard(*lieu, "attrait", cadre["couple"])
    grands = np.lexsort((cadre["couple"], -attrait * (0.2 + tirage)))[: lignes * 4 // 3]
    chances = np.sqrt(attrait) / tirage
    chances[grands] = 0
    petits = np.lexsort((cadre["couple"], -chances))[: lignes * 2 // 3]
    rangs = np.concatenate([np.arange(len(grands)) * 1.5, np.arange(len(petits)) * 3.0])
    cadre = cadre.iloc[np.concatenate([grands, petits])].copy()
    cadre["attrait"] = 1 / (rangs + 5)
    # Les couples retenus portent aussi le commerce de ceux qui ne le sont pas.
    for axe in ("pays", "produit", "pays", "produit", "pays"):
        actuel = np.bincount(cadre[axe], cadre["poids"], len(marges[axe]))
        part = marges[axe][cadre[axe]] / actuel[cadre[axe]] * fsum(actuel) / fsum(marges[axe])
        cadre["poids"] *= np.clip(part, 0.1, 10.0)
    return cadre


def lignes_annee(
    poids: Poids, territoire, candidats, graine: int, annee: int, nombres
) -> pd.DataFrame:
    """Quelles lignes un territoire déclare-t-il dans l'année ? Ses quatre trimestres réunis.

    Colonnes : trimestre, produit, pays (rangs dans `poids`), couple, poids, valeur (euros) et
    masse (kilogrammes), entières ; la somme des valeurs est exactement le total de l'année.
    `nombres` : lignes de chaque trimestre.
    """
    lieu = (graine, poids.flux, territoire.code_douanes, str(annee))
    couples = candidats["couple"].to_numpy()
    produit = candidats["produit"].to_numpy()
    tendance = poids.indices[annee][produit] * (0.75 + 0.5 * _hasard(*lieu, couples))
    valeurs = candidats["poids"].to_numpy() * tendance
    livraison = np.ceil(_hasard(*lieu, "livraison", couples) * 4).astype(int)
    ponctuel = np.isin(poids.cpf4[produit], PONCTUELS)
    morceaux = []
    for trimestre, nombre in enumerate(nombres, start=1):
        alea = _hasard(*lieu, str(trimestre), couples)
        present = np.where(ponctuel & (livraison != trimestre), 0.0, 1.0)
        attrait = candidats["attrait"].to_numpy() * (0.4 + alea) * present
        choix = np.lexsort((couples, -attrait))[:nombre]
        choix = choix[attrait[choix] > 0]
        rythme = POIDS_TRIMESTRES[trimestre - 1] * (0.7 + 0.6 * alea) * np.where(ponctuel, 4.0, 1.0)
        morceau = candidats.iloc[choix][["produit", "pays", "couple"]].copy()
        morceau["trimestre"] = trimestre
        morceau["poids"] = (valeurs * rythme)[choix]
        morceaux.append(morceau)
    cadre = pd.concat(morceaux).sort_values(["trimestre", "produit", "pays"], ignore_index=True)
    clefs = (*lieu, cadre["couple"].to_numpy(), cadre["trimestre"].to_numpy())
    plancher = 15 + (_hasard(*clefs, "plancher") * 600).astype(np.int64)
    total = _total(poids, territoire, candidats, graine, annee)
    plancher = np.minimum(plancher, total // (10 * len(cadre)))
    cadre["valeur"] = plancher + _repartir(total - int(plancher.sum()), cadre["poids"].to_numpy())
    cadre["masse"] = masses_kg(
        prix_eur_kg=poids.prix_eur_kg[cadre["produit"]],
        valeurs_eur=cadre["valeur"].to_numpy(),
        flux=poids.flux,
        departements=territoire.code_douanes,
        annees=str(annee),
        couples=cadre["couple"].to_numpy(),
        trimestres=cadre["trimestre"].to_numpy(),
    )
    return cadre


def masses_kg(
    prix_eur_kg: np.ndarray,
    valeurs_eur: np.ndarray,
    flux,
    departements,
    annees,
    couples,
    trimestres,
) -> np.ndarray:
    """Quelle masse porte une ligne fictive ? Une fonction de ses codes et de sa valeur, et d'elles
    seules : c'est la marque à laquelle `marque` reconnaît chaque ligne, où qu'elle soit recopiée.

    Quelle que soit la graine du jeu, celle des masses ne change pas. `flux`, `departements` et
    `annees` : un texte, ou un tableau d'`entiers` ; 0 pour un produit sans poids (électricité).
    """
    ecart = 0.5 + 1.2 * _hasard(GRAINE, "prix", couples)
    clefs = (GRAINE, flux, departements, annees, couples, trimestres)
    ecart *= 0.92 + 0.16 * _hasard(*clefs, "prix")
    masse = np.floor(valeurs_eur / np.where(prix_eur_kg > 0, prix_eur_kg, 1.0) / ecart + 0.5)
    return np.where(prix_eur_kg > 0, np.maximum(masse, 1), 0).astype(np.int64)


def _total(poids: Poids, territoire, candidats, graine: int, annee: int) -> int:
    """Total de l'année : celui de 2024, remonté le long des indices de prix des produits."""
    total = int(getattr(territoire, f"{poids.flux}_eur"))
    if annee == ANNEES[-1]:
        return total
    valeurs = candidats["poids"].to_numpy()
    indices = poids.indices[annee][candidats["produit"].to_numpy()]
    bruit = (
        0.95 + 0.1 * _hasard(graine, poids.flux, territoire.code_douanes, str(annee), "total")[0]
    )
    return int(total * (fsum(valeurs * indices) / fsum(valeurs)) * bruit)


def effectifs(cadre: pd.DataFrame, flux: str, taille: str) -> np.ndarray:
    """Combien de lignes par trimestre pour chaque territoire ? Le 98 en a toujours 20."""
    # Les vrais effectifs varient comme la racine quatrième du total : de 1 à 6, pas de 1 à 600.
    tailles = np.sqrt(np.sqrt(cadre[f"{flux}_eur"].to_numpy(float)))
    if taille == "livree":
        tailles *= np.sqrt(tailles)
    hors = (cadre["code_douanes"] == "98").to_numpy()
    tailles[hors] = 0.0
    nombres = np.maximum(_repartir(LIGNES[taille][flux] // 4, tailles), 6)
    nombres[hors] = 20
    return nombres
