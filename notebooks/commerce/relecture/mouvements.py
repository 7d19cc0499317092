"""Qu'est-ce qui a bougé depuis l'année d'avant, et est-ce inhabituel pour ce territoire ?

L'écart usuel d'un flux est la médiane de ses évolutions trimestrielles sur un an, en valeur
absolue, avant l'année relue ; quand l'histoire est trop courte, celle de tous les territoires.
`fois` dit combien d'écarts usuels fait un mouvement. Montants en euros entiers.
"""

import pandas as pd

from commerce.indicateurs import RANGS_AFFICHES, SENS, premiers
from commerce.references import departements, territoires
from commerce.relecture.lecture import Relecture

USUEL_MIN_PCT = 2.0  # au-dessous, le moindre mouvement paraîtrait extraordinaire
HISTOIRE_MIN = 4
FOIS_INHABITUEL = 8
DECUPLE = 8  # fois la médiane des autres trimestres du même produit avec le même pays
PART_REMARQUEE_PCT = 2.0


def trimestres(relecture: Relecture) -> pd.DataFrame:
    """Combien chaque territoire échange-t-il par trimestre ? Index flux, code.

    Une colonne par trimestre jusqu'à la fin de l'année relue : 4 x année + rang, de 0 à 3.
    """
    totaux = relecture.prepare.totaux()
    totaux = totaux[totaux["annee"] <= relecture.annee].astype({"flux": str, "territoire": str})
    rangs = 4 * totaux["annee"].astype(int) + totaux["trimestre"].astype(int) - 1
    sommes = totaux.groupby(["flux", "territoire", rangs.rename("rang")])["valeur_eur"].sum()
    index = pd.MultiIndex.from_product([SENS, departements()], names=["flux", "code"])
    return sommes.unstack(fill_value=0).reindex(index, fill_value=0)


def usuels_pct(trimestres: pd.DataFrame, annee: int) -> pd.Series:
    """L'écart usuel de chaque flux, en % ; index flux, code."""
    avant = trimestres.shift(4, axis="columns")
    evolutions = (100 * (trimestres / avant.where(avant > 0) - 1)).abs()
    passees = evolutions[[rang for rang in evolutions if rang < 4 * annee]]
    propres = passees.median(axis="columns").where(passees.count(axis="columns") >= HISTOIRE_MIN)
    communes = evolutions.median(axis="columns").groupby("flux").transform("median")
    return propres.fillna(communes).fillna(USUEL_MIN_PCT).clip(lower=USUEL_MIN_PCT)


def tableau(relecture: Relecture, trimestres: pd.DataFrame) -> pd.DataFrame:
    """De combien chaque flux a-t-il bougé sur un an ? Le plus inhabituel d'abord.

    Colonnes flux, code, trimestre (0 : l'année), precedent_eur, valeur_eur, evolution_pct,
    usuel_pct, fois. Seulement les fiches publiées, et les flux assez grands pour un rapport.
    """
    debut, tables = 4 * relecture.annee, []
    for trimestre, rangs in enumerate([range(4), *([rang] for rang in range(4))]):
        courant, avant = (
            trimestres.reindex(columns=[an + rang for rang in rangs]).sum(axis=1, min_count=1)
            for an in (debut, debut - 4)
        )
        montants = {"precedent_eur": avant, "valeur_eur": courant}
        vrai = relecture.annee.trimestre(trimestre)[1] if trimestre else 0
        tables.append(pd.DataFrame({"trimestre": vrai, **montants}))
    table = pd.concat(tables).join(usuels_pct(trimestres, relecture.annee).rename("usuel_pct"))
    table["evolution_pct"] = 100 * (table["valeur_eur"] / table["precedent_eur"] - 1)
    table["fois"] = table["evolution_pct"].abs() / table["usuel_pct"]
    table = table.reset_index()
    assez = pd.concat(relecture.reperes.significatifs, names=["flux"]).xs("departement", level=1)
    cles = pd.MultiIndex.from_frame(table[["flux", "code"]])
    table = table[table["code"].isin(relecture.publiees) & assez.reindex(cles).to_numpy()]
    ordre = ["fois", "code", "flux", "trimestre"]
    triee = table[table["precedent_eur"] > 0].sort_values(ordre, ascending=[False] + 3 * [True])
    return triee.reset_index(drop=True)


def couples(relecture: Relecture) -> dict[str, pd.DataFrame]:
    """Montants de chaque produit avec chaque pays, trimestre après trimestre, sur deux ans.

    Par code, sans les régions, qui rediraient leurs départements : index flux, produit, pays ; une
    colonne par trimestre (voir `trimestres`).
    """
    annees = {relecture.annee - 1, relecture.annee} & set(relecture.prepare.annees())
    cles, par_code = ["flux", "produit", "pays", "rang"], {}
    for code in filter(departements().__contains__, relecture.publiees):
        tables = [
            lignes.assign(rang=4 * annee + lignes["trimestre"].astype(int) - 1)
            for annee in sorted(annees)
            for lignes in [relecture.prepare.echanges_produits(code, annee, "A129")]
        ]
        lignes = pd.concat(tables).astype(dict.fromkeys(cles[:3], str))
        sommes = lignes.groupby(cles)["valeur_eur"].sum().unstack(fill_value=0)
        rangs = range(4 * relecture.annee - 4, 4 * relecture.annee + 4)
        par_code[code] = sommes.reindex(columns=rangs, fill_value=0)
    return par_code


def porteur(couples: pd.DataFrame, sens: str) -> tuple[str, str, int]:
    """Quel produit et quel pays font la différence sur un an ? Et de combien d'euros."""
    du_flux = couples.xs(sens)
    ecarts = du_flux.iloc[:, 4:].sum(axis=1) - du_flux.iloc[:, :4].sum(axis=1)
    premier = ecarts.idxmax() if ecarts.sum() >= 0 else ecarts.idxmin()
    return (*premier, int(ecarts[premier]))


def decuples(couples: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Quels montants valent d'un coup dix fois leur ordinaire ? Une unité fausse, peut-être.

    Un trimestre d'un produit avec un pays, comparé à la médiane de ses autres trimestres sur deux
    ans : au moins `DECUPLE` fois, et `PART_REMARQUEE_PCT` du flux de l'année. Colonnes code, flux,
    produit, pays, trimestre, valeur_eur, mediane_eur, fois, du plus grand montant au plus petit.
    """
    lignes = []
    for code, montants in couples.items():
        flux = montants.iloc[:, 4:].sum(axis=1).groupby("flux").transform("sum")
        for rang in montants.columns[4:]:
            assez = montants[rang] >= flux * PART_REMARQUEE_PCT / 100
            choisis = montants[assez & (montants[rang] > 0)]
            medianes = choisis.drop(columns=rang).median(axis=1)
            for cle, mediane in medianes[
                (choisis[rang] >= DECUPLE * medianes) & (medianes > 0)
            ].items():
                valeur = int(choisis.at[cle, rang])
                lignes.append([code, *cle, rang % 4 + 1, valeur, int(mediane), valeur / mediane])
    colonnes = ["code", "flux", "produit", "pays", "trimestre", "valeur_eur", "mediane_eur", "fois"]
    table = pd.DataFrame(lignes, columns=colonnes)
    return table.sort_values(["valeur_eur", "code"], ascending=[False, True], ignore_index=True)


def premiers_changes(relecture: Relecture) -> pd.DataFrame:
    """Qui entre dans les dix premiers, qui en sort ? Colonnes code, flux, axe, entres, sortis.

    axe : `pays` ou `produits` ; entres et sortis : codes, du plus grand au plus petit.
    """
    repere, lignes = relecture.reperes, []
    for axe, nom in (("pays", "pays_classes"), ("produits", "produits")):
        ans = [getattr(an, nom) for an in (repere.precedents, repere) if an]
        for sens, code in [(s, c) for s in SENS for c in relecture.publiees if len(ans) == 2]:
            montants = [an[sens].loc[territoires()[code].espace] for an in ans]
            avant, apres = (premiers(m[m > 0], RANGS_AFFICHES) for m in montants)
            entres = [autre for autre in apres if autre not in avant]
            sortis = [autre for autre in avant if autre not in apres]
            if entres or sortis:
                lignes.append([code, sens, axe, entres, sortis])
    return pd.DataFrame(lignes, columns=["code", "flux", "axe", "entres", "sortis"])
