"""Qu'auraient valu les quantités d'une année à la valeur unitaire de l'année d'avant ?

La valeur unitaire est un montant par kilogramme. Elle se compare à la maille la plus fine que
publient les douanes, un produit CPF4 avec un pays, pour que le mélange des produits y entre le
moins. Calculé une fois pour tous les espaces à la préparation, parce qu'il faut pour cela toutes
les lignes de deux années ; une fiche ne lit que des sommes par produit A129.
"""

import numpy as np
import pandas as pd

from commerce.donnees import colonnes
from commerce.donnees.colonnes import FRANCE, Axe

MAILLE = ("flux", "a129", "cpf4", "pays")
CLES = ["echelle", "code", "flux", "a129"]
# Au-delà, le kilogramme ne compte plus la même chose d'une année à l'autre : une faute de saisie,
# ou d'autres articles sous le même code.
ECART_MAX = 3
# Sous la moitié de la valeur de l'une des deux années, l'indice ne décrirait pas le flux.
SUIVI_MIN_PCT = 50
SOMMES = ["precedent_eur", "valeur_eur", "precedent_suivi_eur", "suivi_eur"]
SOMMES = [*SOMMES, "volume_eur", "precedent_revalorise_eur", "sans_masse_eur"]
TAUX = ["evolution_pct", "volume_pct", "valeur_unitaire_pct"]


def comparer(avant: pd.DataFrame, courant: pd.DataFrame) -> pd.DataFrame:
    """Par espace, flux et produit A129 : les sommes dont se tirent volume et valeur unitaire.

    `avant`, `courant` : deux années de suite, une ligne par territoire et maille, colonnes de codes
    territoire, region, `MAILLE`, puis valeur_eur et masse_kg. Colonnes rendues, en euros : `CLES`,
    precedent_eur et valeur_eur, l'année d'avant et la dernière ; puis, sur les seuls flux suivis
    (de masse connue les deux années, valeur unitaire multipliée ou divisée par `ECART_MAX` au
    plus) : precedent_suivi_eur et suivi_eur, de même ; volume_eur, les quantités de la dernière à
    la valeur unitaire d'avant ; precedent_revalorise_eur, l'inverse. sans_masse_eur : ce qui n'a
    pas de masse la dernière année.
    """
    noms = ("territoire", "region", *MAILLE)
    axes = {nom: _reunir(avant[nom], courant[nom]) for nom in noms}
    aucune, aucun = np.zeros(len(avant), np.int64), np.zeros(len(courant), np.int64)
    mesures = {
        "precedent_eur": np.concatenate([avant["valeur_eur"], aucun]),
        "precedente_kg": np.concatenate([avant["masse_kg"], aucun]),
        "valeur_eur": np.concatenate([aucune, courant["valeur_eur"]]),
        "masse_kg": np.concatenate([aucune, courant["masse_kg"]]),
    }
    # Les sommes par territoire d'abord : elles suffisent aux régions et à la France.
    sommes = colonnes.sommes(axes, mesures)
    maille = {nom: Axe.relire(sommes[nom]) for nom in MAILLE}
    mesures = {nom: sommes[nom].to_numpy() for nom in mesures}
    entiere = Axe(np.zeros(len(sommes), np.int32), [FRANCE])
    tables = [_resumer(sommes.rename(columns={"territoire": "code"}), "departement")]
    for echelle, axe in {"region": Axe.relire(sommes["region"]), "france": entiere}.items():
        tables.append(_resumer(colonnes.sommes({"code": axe, **maille}, mesures), echelle))
    table = pd.concat([t.astype(dict.fromkeys(CLES, "str")) for t in tables], ignore_index=True)
    return table.loc[table["code"] != "", [*CLES, *SOMMES]].reset_index(drop=True)


def _reunir(avant: pd.Series, courant: pd.Series) -> Axe:
    """Le même axe pour deux années, dont les codes peuvent différer."""
    reunis = pd.api.types.union_categoricals([avant, courant], sort_categories=True)
    return Axe.relire(pd.Series(reunis))


def _resumer(lignes: pd.DataFrame, echelle: str) -> pd.DataFrame:
    """Les sommes par code, flux et produit A129 de lignes par maille, deux années côte à côte."""
    v0, q0 = (lignes[nom].to_numpy() for nom in ("precedent_eur", "precedente_kg"))
    v1, q1 = (lignes[nom].to_numpy() for nom in ("valeur_eur", "masse_kg"))
    connus = (v0 > 0) & (q0 > 0) & (v1 > 0) & (q1 > 0)
    u0q1, u1q0 = v0 / np.where(connus, q0, 1) * q1, v1 / np.where(connus, q1, 1) * q0
    suivis = connus & (v1 <= ECART_MAX * u0q1) & (u0q1 <= ECART_MAX * v1)
    suivies = (np.where(suivis, valeurs, 0) for valeurs in (v0, v1, u0q1, u1q0))
    sommes = (v0, v1, *suivies, np.where(q1 <= 0, v1, 0))
    table = lignes[CLES[1:]].assign(**dict(zip(SOMMES, sommes, strict=True)))
    table = table.groupby(CLES[1:], observed=True, as_index=False).sum()
    return table.assign(echelle=echelle)


def decomposer(montants: pd.DataFrame, calculable: pd.Series) -> pd.DataFrame:
    """Comment l'évolution d'une valeur se partage-t-elle entre volume et valeur unitaire ?

    `montants` : les sommes de `comparer`, auxquelles s'ajoutent evolution_pct,
    volume_pct, valeur_unitaire_pct et suivi_pct, la part des flux suivis, la plus faible des deux
    années. Avec v la valeur, q la masse et u = v / q des flux suivis, la valeur unitaire est
    l'indice de Fisher racine(somme(u1 q1) / somme(u0 q1) x somme(u1 q0) / somme(u0 q0)), et le
    volume l'indice de valeur du total divisé par elle (méthode d'Eurostat) : ce qui n'est pas suivi
    est supposé avoir la même évolution de valeur unitaire. Les trois taux valent NaN là où
    l'évolution n'est pas `calculable`, et les deux derniers sous `SUIVI_MIN_PCT`.
    """
    avant, courant = (montants[nom].where(calculable) for nom in ("precedent_eur", "valeur_eur"))
    suivis = montants["precedent_suivi_eur"] / avant, montants["suivi_eur"] / courant
    suivi_pct = 100 * np.minimum(*suivis)
    paasche = montants["suivi_eur"] / montants["volume_eur"]
    laspeyres = montants["precedent_revalorise_eur"] / montants["precedent_suivi_eur"]
    valeur, fisher = courant / avant, np.sqrt(paasche * laspeyres)
    fisher = fisher.where(suivi_pct >= SUIVI_MIN_PCT)
    indices = dict(zip(TAUX, (valeur, valeur / fisher, fisher), strict=True))
    taux = {nom: 100 * (indice - 1) for nom, indice in indices.items()}
    return montants.assign(**taux, suivi_pct=suivi_pct)
