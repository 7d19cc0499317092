"""Que valent les échanges d'un territoire ? Fonctions pures, d'un tableau vers un tableau.

Les échanges ont une ligne par flux x produit x pays (et trimestre pour le département), colonnes
flux (« export » ou « import »), produit, pays, valeur_eur. Les montants sont des euros entiers et
les parts se calculent sur ces euros ; un dénominateur nul donne NaN, écrit « n.s. ».
Un code partenaire qui n'est pas un pays (`classable` faux) reste dans les totaux et n'est jamais
classé. Les ex æquo sont départagés par le code, dans l'ordre alphabétique.
"""

from collections import Counter
from typing import Literal

import pandas as pd

Sens = Literal["export", "import"]
Echelle = Literal["departement", "region", "france"]

SENS: tuple[Sens, Sens] = ("export", "import")
RANGS_AFFICHES = 10
FLUX_PRINCIPAUX = 5
# Autant que l'A129 compte de biens : une fiche en CPF4 reste lisible et ne pèse pas davantage.
PRODUITS_NOMMES = 76
AUTRES = "autres"


def rapport_pct(partie_eur: float, total_eur: float) -> float:
    """Combien de pour cent ? 100 x partie / total, NaN si le total est nul."""
    return 100 * partie_eur / total_eur if total_eur else float("nan")


def total_eur(echanges: pd.DataFrame, sens: Sens) -> int:
    """Combien le territoire échange-t-il, en euros, dans ce sens ?"""
    return int(echanges.loc[echanges["flux"] == sens, "valeur_eur"].sum())


def base(
    echanges: pd.DataFrame, echanges_region: pd.DataFrame, echanges_france: pd.DataFrame
) -> pd.DataFrame:
    """Combien le territoire exporte-t-il et importe-t-il, et que pèse-t-il ?

    Colonnes : indicateur, flux (« export », « import » ou vide), valeur (euros entiers ou %).
    Formules : part = 100 x territoire / ensemble ; solde = X - M ; taux de couverture = 100 X / M.
    """
    lignes = []
    totaux = {}
    for sens in SENS:
        territoire, region, france = (
            total_eur(ensemble, sens) for ensemble in (echanges, echanges_region, echanges_france)
        )
        totaux[sens] = territoire
        lignes += [
            ("total_eur", sens, territoire),
            ("total_region_eur", sens, region),
            ("total_france_eur", sens, france),
            ("part_region_pct", sens, rapport_pct(territoire, region)),
            ("part_france_pct", sens, rapport_pct(territoire, france)),
        ]
    lignes += [
        ("solde_eur", "", totaux["export"] - totaux["import"]),
        ("taux_couverture_pct", "", rapport_pct(totaux["export"], totaux["import"])),
    ]
    noms, sens, valeurs = zip(*lignes, strict=True)
    # `object` garde les entiers exacts à côté des pourcentages.
    valeurs = pd.Series(valeurs, dtype=object)
    return pd.DataFrame({"indicateur": noms, "flux": sens, "valeur": valeurs})


def de_la_fiche(fiche) -> pd.DataFrame:
    """Tous les indicateurs d'une fiche : colonnes indicateur, flux, valeur."""
    return base(fiche.echanges, fiche.echanges_region, fiche.echanges_france)


def valeur(indicateurs: pd.DataFrame, indicateur: str, flux: str = "") -> float:
    """Valeur d'un indicateur du tableau ; NaN s'il n'a pas été calculé."""
    choix = (indicateurs["indicateur"] == indicateur) & (indicateurs["flux"] == flux)
    return next(iter(indicateurs.loc[choix, "valeur"]), float("nan"))


def montants(echanges: pd.DataFrame, sens: Sens, *axes: str) -> pd.Series:
    """Montants d'un flux par produit, par pays ou par couple, en euros, sans les nuls."""
    du_flux = echanges.loc[echanges["flux"] == sens, [*axes, "valeur_eur"]]
    sommes = du_flux.groupby(list(axes), observed=True)["valeur_eur"].sum()
    return sommes[sommes > 0]


def premiers(sommes: pd.Series, nombre: int = RANGS_AFFICHES) -> list[str]:
    """Codes des plus grands montants, du premier au dernier ; ex æquo dans l'ordre des codes."""
    # Le tri par code puis un tri stable par montant départagent les ex æquo sans hasard.
    return list(sommes.sort_index().sort_values(ascending=False, kind="stable").index[:nombre])


def _classables(sommes: pd.Series, pays: pd.DataFrame) -> pd.Series:
    return sommes[pays["classable"].reindex(sommes.index, fill_value=False).to_numpy(bool)]


def soldes_par_pays(fiche) -> pd.DataFrame:
    """Avec quels pays le territoire est-il excédentaire ou déficitaire ?

    Réunion des dix premiers clients et des dix premiers fournisseurs, échanges décroissants.
    Colonnes : pays, libelle, import_eur, export_eur, solde_eur.
    """
    sommes = {sens: montants(fiche.echanges, sens, "pays") for sens in SENS}
    retenus = sorted(
        {code for sens in SENS for code in premiers(_classables(sommes[sens], fiche.pays))}
    )
    soldes = pd.DataFrame(
        {
            "pays": retenus,
            "libelle": [fiche.pays.at[code, "nom"] for code in retenus],
            "import_eur": [int(sommes["import"].get(code, 0)) for code in retenus],
            "export_eur": [int(sommes["export"].get(code, 0)) for code in retenus],
        }
    )
    soldes["solde_eur"] = soldes["export_eur"] - soldes["import_eur"]
    ordre = (soldes["export_eur"] + soldes["import_eur"]).sort_values(
        ascending=False, kind="stable"
    )
    return soldes.loc[ordre.index].reset_index(drop=True)


def activites(fiche) -> pd.DataFrame:
    """Quels biens le territoire vend-il et achète-t-il le plus ?

    Une ligne par flux et produit, montants décroissants dans chaque flux. En CPF4, ce qui vient
    après les 76 premiers produits est réuni en une dernière ligne, code « autres ».
    Colonnes : flux, produit, libelle_court, libelle, valeur_eur, part_pct (du flux).
    """
    lignes = []
    for sens in SENS:
        sommes = montants(fiche.echanges, sens, "produit")
        ensemble = int(sommes.sum())
        nommes = premiers(sommes, PRODUITS_NOMMES)
        montants_nommes = sommes[nommes].tolist()
        courts, libelles = (
            fiche.produits.loc[nommes, nom].tolist() for nom in ("libelle_court", "libelle")
        )
        for code, court, libelle, montant in zip(
            nommes, courts, libelles, montants_nommes, strict=True
        ):
            part = rapport_pct(montant, ensemble)
            lignes.append((sens, code, court, libelle, montant, part))
        if reste := ensemble - sum(montants_nommes):
            libelle = f"Autres produits ({len(sommes) - len(nommes)})"
            part = rapport_pct(reste, ensemble)
            lignes.append((sens, AUTRES, libelle, libelle, reste, part))
    colonnes = ["flux", "produit", "libelle_court", "libelle", "valeur_eur", "part_pct"]
    return pd.DataFrame(lignes, columns=colonnes)


def echanges_de(fiche, echelle: Echelle) -> pd.DataFrame:
    """Échanges du département, de sa région ou de la France."""
    return {
        "departement": fiche.echanges,
        "region": fiche.echanges_region,
        "france": fiche.echanges_france,
    }[echelle]


def flux(fiche, sens: Sens, echelle: Echelle = "departement") -> pd.DataFrame:
    """Quel produit va vers quel pays, ou vient de quel pays ?

    Les dix premiers produits et les dix premiers pays, le reste réuni dans « Autres ».
    Colonnes : produit, libelle_court, libelle, pays, libelle_pays, valeur_eur, part_pct (du flux
    entier), principal (l'un des cinq plus grands couples dont aucun côté n'est « Autres »).
    """
    echanges = echanges_de(fiche, echelle)
    couples = montants(echanges, sens, "produit", "pays")
    produits = premiers(couples.groupby(level="produit").sum())
    pays = premiers(_classables(couples.groupby(level="pays").sum(), fiche.pays))
    rangs_produits, rangs_pays = (
        {code: rang for rang, code in enumerate([*codes, AUTRES])} for codes in (produits, pays)
    )
    sommes: Counter[tuple[str, str]] = Counter()
    for (produit, partenaire), montant in zip(couples.index, couples.tolist(), strict=True):
        nommes = produit if produit in rangs_produits else AUTRES
        sommes[nommes, partenaire if partenaire in rangs_pays else AUTRES] += montant
    cles = sorted(sommes, key=lambda cle: (rangs_produits[cle[0]], rangs_pays[cle[1]]))
    plus_grands = sorted(
        (cle for cle in cles if AUTRES not in cle), key=lambda cle: (-sommes[cle], cle)
    )
    principaux = set(plus_grands[:FLUX_PRINCIPAUX])
    ensemble = total_eur(echanges, sens)
    courts = _noms(fiche.produits["libelle_court"], produits, "Autres produits")
    libelles = _noms(fiche.produits["libelle"], produits, "Autres produits")
    noms_pays = _noms(fiche.pays["nom"], pays, "Autres pays")
    return pd.DataFrame(
        {
            "produit": [produit for produit, _ in cles],
            "libelle_court": [courts[produit] for produit, _ in cles],
            "libelle": [libelles[produit] for produit, _ in cles],
            "pays": [partenaire for _, partenaire in cles],
            "libelle_pays": [noms_pays[partenaire] for _, partenaire in cles],
            "valeur_eur": [sommes[cle] for cle in cles],
            "part_pct": [rapport_pct(sommes[cle], ensemble) for cle in cles],
            "principal": [cle in principaux for cle in cles],
        }
    )


def _noms(libelles: pd.Series, codes: list[str], des_autres: str) -> dict[str, str]:
    return {**dict(zip(codes, libelles[codes], strict=True)), AUTRES: des_autres}


def part_non_classee_pct(fiche, sens: Sens, echelle: Echelle = "departement") -> float:
    """Quelle part du flux va à des partenaires qui ne sont pas des pays ?

    Avitaillement, haute mer, pays indéterminés, retours : 100 x leur montant / total.
    """
    sommes = montants(echanges_de(fiche, echelle), sens, "pays")
    classees = int(_classables(sommes, fiche.pays).sum())
    ensemble = int(sommes.sum())
    return rapport_pct(ensemble - classees, ensemble)


def sommes(flux: pd.DataFrame, axe: str) -> dict[str, int]:
    """Montant de chaque code d'un côté, décroissant, ex æquo par code, « autres » en dernier."""
    montants: Counter[str] = Counter()
    for code, montant_eur in zip(flux[axe], flux["valeur_eur"].tolist(), strict=True):
        montants[code] += montant_eur
    codes = sorted(montants, key=lambda code: (code == AUTRES, -montants[code], code))
    return {code: montants[code] for code in codes}
