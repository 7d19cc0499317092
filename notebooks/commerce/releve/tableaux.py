"""De quoi est fait le relevé des données ? Ses tableaux : une fonction par question, sans mots.

Montants en euros entiers ; `flux` vaut `export` ou `import`.
"""

from collections.abc import Iterable

import pandas as pd

from commerce import references
from commerce.donnees.controles import NOMS_CODES
from commerce.donnees.prepare import Prepare

MOUVEMENTS_MONTRES = 10
NON_CLASSES_MONTRES = 8
AUTRES = "autres"


def trimestres(prepare: Prepare, annee: int) -> pd.DataFrame:
    """Que contient chaque trimestre de l'année et de celle d'avant ?

    Colonnes `flux`, `annee`, `trimestre`, `valeur_eur`, `lignes`, `provisoire`, dans l'ordre du
    temps.
    """
    colonnes = ["flux", "annee", "trimestre", "valeur_eur", "lignes", "provisoire"]
    table = _table(prepare.meta["periodes"], colonnes)
    return _dans_l_ordre(table[table["annee"].isin((annee - 1, annee))])


def revisions(prepare: Prepare) -> pd.DataFrame:
    """Qu'est-ce qui a changé depuis l'édition précédente ? Une ligne par fichier écarté.

    Colonnes `flux`, `annee`, `trimestre`, `retenu`, `ecarte`, `raison`, `valeur_ecartee_eur`,
    `valeur_retenue_eur`, `ecart_eur` (retenue moins écartée), `ecart_pct` (rapporté à l'écartée).
    """
    cles = ["flux", "annee", "trimestre", "retenu", "ecarte", "raison"]
    table = _table(prepare.meta["ecarts"], [*cles, "valeur_ecartee_eur", "valeur_retenue_eur"])
    table["ecart_eur"] = table["valeur_retenue_eur"] - table["valeur_ecartee_eur"]
    table["ecart_pct"] = _part_pct(table["ecart_eur"], table["valeur_ecartee_eur"])
    return _dans_l_ordre(table)


def mouvements(totaux: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Quels territoires ont le plus bougé depuis l'année d'avant ? Les dix premiers par flux.

    `totaux` vient de `Prepare.totaux`. Colonnes `flux`, `nom`, `precedent_eur`, `valeur_eur`,
    `ecart_eur`, `ecart_pct`, du plus grand écart au plus petit, quel que soit son sens.
    """
    cles = ["flux", "territoire"]
    sommes = totaux.astype({"flux": str, "territoire": str}).groupby(["annee", *cles])
    sommes = sommes["valeur_eur"].sum()
    courant, precedent = sommes[annee].align(sommes[annee - 1], fill_value=0)
    table = pd.DataFrame({"precedent_eur": precedent, "valeur_eur": courant}).reset_index()
    table["ecart_eur"] = table["valeur_eur"] - table["precedent_eur"]
    table["ecart_pct"] = _part_pct(table["ecart_eur"], table["precedent_eur"])
    table.insert(1, "nom", table["territoire"].map(_nom_du_territoire))
    table["ampleur"] = table["ecart_eur"].abs()
    table = table.sort_values(["ampleur", "territoire"], ascending=[False, True])
    premiers = table.groupby("flux").head(MOUVEMENTS_MONTRES)
    return premiers.drop(columns=["territoire", "ampleur"]).reset_index(drop=True)


def non_classes(prepare: Prepare, annee: int) -> pd.DataFrame:
    """Quels partenaires ne sont pas des pays, et que pèsent-ils ? Les premiers, puis les autres.

    Colonnes `flux`, `pays`, `partenaire`, `valeur_eur`, `part_pct` (de leur flux).
    """
    totaux = prepare.totaux_pays()
    totaux = totaux[totaux["annee"] == annee].astype({"flux": str, "pays": str})
    sommes = totaux.groupby(["flux", "pays"])["valeur_eur"].sum().reset_index()
    ensemble = sommes.groupby("flux")["valeur_eur"].sum()
    pays = prepare.pays(annee)
    classables = sommes["pays"].map(pays["classable"]).astype(bool)
    sommes = sommes[~classables & (sommes["valeur_eur"] != 0)]
    sommes = sommes.sort_values(["valeur_eur", "pays"], ascending=[False, True])
    rangs = sommes.groupby("flux").cumcount()
    sommes["pays"] = sommes["pays"].where(rangs < NON_CLASSES_MONTRES, AUTRES)
    table = sommes.groupby(["flux", "pays"], sort=False)["valeur_eur"].sum().reset_index()
    table.insert(2, "partenaire", table["pays"].map({**pays["nom"], AUTRES: "Autres codes"}))
    table["part_pct"] = _part_pct(table["valeur_eur"], table["flux"].map(ensemble))
    return table


def codes_inconnus(prepare: Prepare, annee: int) -> pd.DataFrame:
    """Quels codes manquent à nos tables ? Colonnes `nomenclature`, `code`, `libelle`, `valeur_eur`.

    `valeur_eur` réunit les deux flux ; `libelle` est celui des douanes, vide s'il manque aussi.
    """
    inconnus = prepare.meta["faits"][str(annee)]["codes_inconnus"]
    lignes = [
        {"nomenclature": NOMS_CODES[nom], "code": code, **fait}
        for nom, codes in inconnus.items()
        for code, fait in codes.items()
    ]
    return _table(lignes, ["nomenclature", "code", "libelle", "valeur_eur"])


def _table(lignes: Iterable[dict], colonnes: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(lignes), columns=colonnes)


def _dans_l_ordre(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["flux", "annee", "trimestre"], kind="stable", ignore_index=True)


def _part_pct(valeur_eur: pd.Series, total_eur: pd.Series) -> pd.Series:
    """Part en %, absente quand le total est nul."""
    total_eur = total_eur.astype(float)
    return 100 * valeur_eur / total_eur.where(total_eur != 0)


def _nom_du_territoire(code: str) -> str:
    if code in references.departements():
        return references.departement(code).nom
    return references.hors_departements()["nom"].get(code, f"Territoire {code}")
