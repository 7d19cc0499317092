"""À partir de quelles valeurs prévient-on le lecteur ? Lecture de `seuils_alertes.csv`.

Tous les seuils sont dans cette table, avec leur raison et la façon dont ils ont été calés.
"""

from functools import cache

import pandas as pd

from commerce import chemins


@cache
def seuils() -> pd.DataFrame:
    """Tous les seuils : index `code`, colonnes sujet, mesure, seuil, unite, pourquoi, calage.

    `seuil` est un nombre, NaN pour une alerte qui tient à un fait et non à une valeur.
    """
    table = pd.read_csv(
        chemins.REFERENCE / "seuils_alertes.csv", dtype=str, keep_default_na=False
    ).set_index("code")
    return table.assign(seuil=pd.to_numeric(table["seuil"]))


def seuil(code: str) -> float:
    """Valeur d'un seuil de la table."""
    return float(seuils().at[code, "seuil"])


def significatif(totaux_eur: pd.Series, couples: pd.Series) -> pd.Series:
    """Le flux est-il assez grand pour qu'un rapport ait un sens ? Sinon il s'écrit « n.s. »."""
    return (totaux_eur >= seuil("petite_base_eur")) & (couples >= seuil("petite_base_couples"))
