"""À quel rang le territoire se place-t-il, et parmi combien ?

Rang = 1 + nombre de territoires strictement au-dessus ; les ex æquo partagent leur rang. L'univers
est toujours dit : les 100 territoires (94 départements de métropole, la Corse entière et cinq
DROM), ou ceux de la même région. Une valeur absente (« n.s. ») n'est ni classée ni comptée.
"""

from dataclasses import dataclass

import pandas as pd

from commerce import references
from commerce.donnees.reperes import Reperes

GRANDEURS = ("export", "import", "solde")


@dataclass(frozen=True)
class Rang:
    """Une place : `rang` (None si la valeur est absente), `ex_aequo`, `univers` (nombre classé)."""

    rang: int | None
    ex_aequo: bool
    univers: int


def rangs(valeurs: pd.Series) -> pd.Series:
    """Rang de chaque valeur, de la plus grande à la plus petite ; NaN reste NaN."""
    return valeurs.rank(method="min", ascending=False)


def place(valeurs: pd.Series, code: str) -> Rang:
    """Quelle place ce territoire prend-il parmi ces valeurs ? `valeurs` : index code."""
    classees = valeurs.dropna()
    if code not in classees.index:
        return Rang(None, False, len(classees))
    valeur = classees[code]
    rang = 1 + int((classees > valeur).sum())
    return Rang(rang, int((classees == valeur).sum()) > 1, len(classees))


def places(valeurs: pd.Series, code: str) -> dict[str, Rang]:
    """Place en France et dans la région. `valeurs` : index code, les 100 territoires."""
    dans_la_region = valeurs[valeurs.index.isin(voisins(code))]
    return {"france": place(valeurs, code), "region": place(dans_la_region, code)}


def voisins(code: str) -> list[str]:
    """Codes des territoires de la même région, lui compris ; vide si sa région est inconnue."""
    territoire = references.departements().get(code)
    if territoire is None:
        return []
    return [d.code for d in references.departements_de_region(territoire.region.code)]


def grandeurs(repere: Reperes) -> dict[str, pd.Series]:
    """Les trois grandeurs classées, en euros : exportations, importations, solde. Index code."""
    export, importations = (repere.totaux[sens].xs("departement") for sens in ("export", "import"))
    return {"export": export, "import": importations, "solde": export - importations}


def rangs_region(valeurs: pd.Series) -> pd.Series:
    """Rang de chaque territoire parmi ceux de sa région ; NaN sans région connue."""
    regions = pd.Series({code: d.region.code for code, d in references.departements().items()})
    return valeurs.groupby(regions.reindex(valeurs.index)).rank(method="min", ascending=False)
