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
# Au-delà, la part des partenaires qui ne sont pas des pays se dit.
SEUIL_NON_CLASSES_PCT = 1


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
    """Tous les indicateurs d'une fiche : colonnes indicateur, flux, valeur.

    Un rapport dont le dénominateur n'est pas significatif vaut NaN, écrit « n.s. ».
    """
    table = base(fiche.echanges, fiche.echanges_region, fiche.echanges_france)
    denominateurs = {("taux_couverture_pct", ""): ("import", "departement")}
    for sens in SENS:
        denominateurs["part_region_pct", sens] = (sens, "region")
        denominateurs["part_france_pct", sens] = (sens, "france")
    for (indicateur, flux), denominateur in denominateurs.items():
        if not fiche.significatif(*denominateur):
            lignes = (table["indicateur"] == indicateur) & (table["flux"] == flux)
            table.loc[lignes, "valeur"] = float("nan")
    return table


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


def echanges_de(fiche, echelle: Echelle) -> pd.DataFrame:
    """Échanges du département, de sa région ou de la France."""
    return {
        "departement": fiche.echanges,
        "region": fiche.echanges_region,
        "france": fiche.echanges_france,
    }[echelle]


def part_non_classee_pct(fiche, sens: Sens) -> float:
    """Quelle part du flux va à des partenaires qui ne sont pas des pays ? NaN si « n.s. ».

    Avitaillement, haute mer, pays indéterminés, retours : 100 x leur montant / total.
    """
    sommes = montants(fiche.echanges, sens, "pays")
    classees = int(_classables(sommes, fiche.pays).sum())
    ensemble = int(sommes.sum())
    return part_du_flux_pct(fiche, sens, ensemble - classees, ensemble)


def part_du_flux_pct(
    fiche, sens: Sens, partie_eur: float, total_eur: float, echelle: Echelle = "departement"
) -> float:
    """Comme `rapport_pct`, NaN (« n.s. ») si le flux de la fiche n'est pas significatif."""
    return rapport_pct(partie_eur, total_eur if fiche.significatif(sens, echelle) else 0)


def sommes(flux: pd.DataFrame, axe: str) -> dict[str, int]:
    """Montant de chaque code d'un côté, décroissant, ex æquo par code, « autres » en dernier."""
    montants: Counter[str] = Counter()
    for code, montant_eur in zip(flux[axe].tolist(), flux["valeur_eur"].tolist(), strict=True):
        montants[code] += montant_eur
    codes = sorted(montants, key=lambda code: (code == AUTRES, -montants[code], code))
    return {code: montants[code] for code in codes}
