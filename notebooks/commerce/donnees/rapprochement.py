"""Le total des données départementales s'accorde-t-il avec le total officiel de l'année ?

Les totaux officiels et leurs sources sont des données, `data/reference/totaux_officiels.csv` : une
année s'ajoute par deux lignes, une par flux, avec l'adresse de la publication.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd
from babel.dates import format_date

from commerce import formats, references

FLUX = {"export": "exportations", "import": "importations"}
EUROS_PAR_MILLIARD = 1_000_000_000
RAISONS = (
    "Le total officiel comprend le matériel militaire et une estimation de ce qui n'est pas "
    "déclaré : réponses manquantes, échanges sous les seuils de déclaration. Les données par "
    "département sont brutes, sans rien de cela ; les deux sont en outre révisés à des dates "
    "différentes. L'écart est donc attendu : quelques pour cent, en moins."
)


def comparaison(annee: int, totaux_eur: Mapping[str, int]) -> pd.DataFrame:
    """De combien les données lues s'écartent-elles du total officiel ?

    `totaux_eur` : total de la France par flux, en euros. Une ligne par flux, dans l'ordre de
    `FLUX` : `flux`, `donnees_eur`, `officiel_eur`, `ecart_eur` (données moins officiel),
    `ecart_pct` (rapporté à l'officiel), puis les colonnes de source. Vide si la douane n'a rien
    publié de connu pour cette année.
    """
    table = references.totaux_officiels().rename(columns={"valeur_eur": "officiel_eur"})
    table = table[table["annee"] == annee].set_index("flux")
    table = table.loc[[flux for flux in FLUX if flux in table.index and flux in totaux_eur]]
    table = table.reset_index()
    table["donnees_eur"] = table["flux"].map(totaux_eur).astype("int64")
    table["ecart_eur"] = table["donnees_eur"] - table["officiel_eur"]
    table["ecart_pct"] = 100 * table["ecart_eur"] / table["officiel_eur"]
    mesures = ["flux", "donnees_eur", "officiel_eur", "ecart_eur", "ecart_pct"]
    return table[[*mesures, "evaluation", "champ", "publie_le", "source", "url"]]


def phrase(annee: int, tableau: pd.DataFrame) -> str:
    """« En 2024, les données par département totalisent… » : `tableau` vient de `comparaison`.

    Dit aussi qu'aucun total officiel n'est connu pour l'année, et où en ajouter un.
    """
    if tableau.empty:
        return (
            f"Aucun total officiel n'est enregistré pour {annee} : la comparaison attend une "
            "ligne par flux dans data/reference/totaux_officiels.csv."
        )
    morceaux = [
        f"{_milliards(ligne.donnees_eur)} d'{FLUX[ligne.flux]}, {_ecart(ligne.ecart_pct)} les "
        f"{_milliards(ligne.officiel_eur)} publiés par la douane"
        for ligne in tableau.itertuples()
    ]
    return formats.typographie(
        f"En {annee}, les données par département totalisent {', et '.join(morceaux)} "
        f"le {_jour(tableau['publie_le'].iloc[0])}."
    )


def _milliards(montant_eur: int) -> str:
    valeur = formats.decimal(montant_eur) / EUROS_PAR_MILLIARD
    accord = "milliards" if formats.pluriel(valeur, 1) else "milliard"
    return f"{formats.nombre(valeur, 1)}{formats.INSECABLE}{accord} d'euros"


def _ecart(ecart_pct: float) -> str:
    if not formats.arrondi(ecart_pct, 1):
        return "soit, à un dixième de pour cent près,"
    sens = "plus" if ecart_pct > 0 else "moins"
    return f"soit {formats.pourcentage(abs(ecart_pct))} de {sens} que"


def _jour(iso: str) -> str:
    return format_date(date.fromisoformat(iso), "d MMMM y", locale="fr_FR")
