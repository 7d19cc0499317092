"""Combien de couples produit x pays dans un flux, et lequel est le plus grand ?

Compté une fois pour tous les espaces à la préparation, parce qu'il faut pour cela toutes les lignes
de tous les territoires ; une fiche ne lit que le résultat. Seuls les pays comptent.
"""

import pandas as pd

from commerce import references

CLES = ["echelle", "code", "flux", "a129"]


def classables(codes: pd.Series) -> pd.Series:
    """Quels partenaires sont des pays ? Un code inconnu en est un, sauf ceux en Q des douanes."""
    connus = codes.map(references.pays()["classable"])
    return connus.astype("boolean").fillna(~codes.str.startswith("Q")).astype(bool)


def resumer(montants: pd.DataFrame) -> pd.DataFrame:
    """Par espace, flux et produit : combien de pays, et quel est le premier ?

    `montants` : une ligne par combinaison, colonnes `CLES`, pays, valeur_eur. Un montant nul ne
    compte pas ; un ex æquo est départagé par le code du pays. Colonnes rendues : `CLES`, couples,
    pays (le premier), valeur_eur (la sienne).
    """
    codes = pd.Series(montants["pays"].unique(), dtype=str)
    pays = set(codes[classables(codes)])
    retenus = montants[(montants["valeur_eur"] > 0) & montants["pays"].isin(pays)]
    retenus = retenus.sort_values("pays", kind="stable").reset_index(drop=True)
    groupes = retenus.groupby(CLES, observed=True)["valeur_eur"]
    premiers = retenus.loc[groupes.idxmax(), [*CLES, "pays", "valeur_eur"]]
    effectifs = groupes.size().to_numpy()
    premiers.insert(len(CLES), "couples", effectifs)
    return premiers.reset_index(drop=True)


def par_espace(territoires: pd.DataFrame, ensembles: pd.DataFrame, france: str) -> pd.DataFrame:
    """Le résumé de tous les territoires, de toutes les régions et de la France.

    `territoires` : territoire, flux, a129, pays, valeur_eur ; `ensembles` : ensemble (région ou
    `france`), flux, produit, pays, valeur_eur. Colonnes de `resumer`.
    """
    tables = {"departement": territoires.rename(columns={"territoire": "code"})}
    ensembles = ensembles.rename(columns={"ensemble": "code", "produit": "a129"})
    tables["region"] = ensembles[ensembles["code"] != france]
    tables["france"] = ensembles[ensembles["code"] == france]
    resumes = [resumer(table.assign(echelle=echelle)) for echelle, table in tables.items()]
    textes = dict.fromkeys([*CLES, "pays"], "str")
    return pd.concat([resume.astype(textes) for resume in resumes], ignore_index=True)
