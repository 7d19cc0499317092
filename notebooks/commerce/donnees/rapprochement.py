"""Le total des données départementales s'accorde-t-il avec le total officiel de l'année ?

Les totaux officiels et leurs sources sont des données, `data/reference/totaux_officiels.csv` : une
année s'ajoute par deux lignes, une par flux, avec l'adresse de la publication.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd
from babel.dates import format_date

from commerce import formats, references
from commerce.annee import Annee
from commerce.formats import NOM_DU_FLUX
from commerce.redaction import phrase_generale

EUROS_PAR_MILLIARD = 1_000_000_000


def comparaison(annee: int, totaux_eur: Mapping[str, int]) -> pd.DataFrame:
    """De combien les données lues s'écartent-elles du total officiel ?

    `totaux_eur` : total de la France par flux, en euros. Une ligne par flux, exportations d'abord :
    `flux`, `donnees_eur`, `officiel_eur`, `ecart_eur` (données moins officiel), `ecart_pct`
    (rapporté à l'officiel), puis les colonnes de source. Vide si la douane n'a rien publié de connu
    pour cette année, ou si ces quatre trimestres ne sont pas ceux d'une année civile.
    """
    table = references.totaux_officiels().rename(columns={"valeur_eur": "officiel_eur"})
    connue = (table["annee"] == annee) & Annee(annee).civile
    table = table[connue & table["flux"].isin(list(totaux_eur))]
    table = table.sort_values("flux", ignore_index=True)
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
        return phrase_generale("rapprochement.inconnu", annee=Annee(annee))
    flux = [
        phrase_generale(
            "rapprochement.flux",
            donnees=_milliards(ligne.donnees_eur),
            flux=NOM_DU_FLUX[ligne.flux],
            ecart=_ecart(ligne.ecart_pct),
            officiel=_milliards(ligne.officiel_eur),
        )
        for ligne in tableau.itertuples()
    ]
    publie_le = date.fromisoformat(tableau["publie_le"].iloc[0])
    jour = format_date(publie_le, "d MMMM y", locale="fr_FR")
    return phrase_generale(
        "rapprochement.constat", annee=Annee(annee), flux=", et ".join(flux), jour=jour
    )


def raisons() -> str:
    """Pourquoi les deux totaux diffèrent-ils ?"""
    return phrase_generale("rapprochement.raisons")


def _milliards(montant_eur: int) -> str:
    valeur = formats.decimal(montant_eur) / EUROS_PAR_MILLIARD
    accord = "milliards" if formats.pluriel(valeur, 1) else "milliard"
    return f"{formats.nombre(valeur, 1)}{formats.INSECABLE}{accord} d'euros"


def _ecart(ecart_pct: float) -> str:
    if not formats.arrondi(ecart_pct, 1):
        return phrase_generale("rapprochement.egal")
    cle = "plus" if ecart_pct > 0 else "moins"
    return phrase_generale(f"rapprochement.{cle}", part=formats.pourcentage(abs(ecart_pct)))
