"""Comment ranger une année d'échanges pour qu'une fiche ne lise que ses lignes ?

Parquet (zstd), trié par territoire, un groupe de lignes par territoire : une fiche en lit un seul.
Mesuré sur une année de taille réelle (3,3 millions de lignes, 130 Mo de texte), en lisant Paris,
62 000 lignes :

    parquet zstd, groupes       29 Mo    5 ms      parquet zstd, sans groupes    23 Mo   77 ms
    parquet snappy, groupes     37 Mo    5 ms      parquet sans compression      52 Mo    4 ms
    arrow zstd, par lots        22 Mo    2 ms      arrow sans compression       137 Mo    1 ms
    pickle du tableau entier    83 Mo   24 ms

Arrow gagnerait trois millisecondes par fiche ; Parquet se lit partout (pandas, R, DuckDB, tableurs)
et filtre ses groupes de lui-même, ce qui vaut mieux pour qui reprend les données.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from commerce import ErreurDonnees, references
from commerce.donnees import couples

NOMENCLATURES = {"A129": "a129", "CPF4": "cpf4"}
FRANCE = "FR"
MESURES = ("valeur_eur", "masse_kg")
LIGNES = ("territoire", "region", "flux", "trimestre", "a129", "cpf4", "pays")
SOMME_MAX = 2**62
CLE_MAX = 2**63


@dataclass(frozen=True)
class Axe:
    """Une colonne de codes : le rang de chaque ligne dans la liste triée des codes."""

    rangs: np.ndarray
    codes: list[str]

    @classmethod
    def lire(cls, colonne: pa.ChunkedArray, traduction: dict[str, str] | None = None) -> "Axe":
        """Axe d'une colonne de dictionnaires Arrow, ses codes traduits s'il le faut."""
        colonne = colonne.unify_dictionaries().combine_chunks() if colonne.num_chunks else colonne
        codes = colonne.dictionary.to_pylist()
        return cls(colonne.indices.to_numpy(), codes).traduire(traduction or {})

    @classmethod
    def relire(cls, categories: pd.Series) -> "Axe":
        """Axe d'une colonne de catégories pandas, telle que `sommes` la rend."""
        return cls(categories.cat.codes.to_numpy(np.int32), categories.cat.categories.tolist())

    def traduire(self, traduction: dict[str, str]) -> "Axe":
        """Le même axe, chaque code remplacé par sa traduction (lui-même à défaut)."""
        cibles = [traduction.get(code, code) for code in self.codes]
        uniques = sorted(set(cibles))
        rang = {code: i for i, code in enumerate(uniques)}
        table = np.array([rang[cible] for cible in cibles], dtype=np.int32)
        return Axe(table[self.rangs], uniques)

    def choisir(self, lignes: np.ndarray) -> "Axe":
        return Axe(self.rangs[lignes], self.codes)

    def arrow(self) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(self.rangs), pa.array(self.codes))


def cle(axes: list[Axe]) -> np.ndarray:
    """Un entier par ligne, dans l'ordre des codes des axes, du premier au dernier."""
    if prod(max(len(axe.codes), 1) for axe in axes) >= CLE_MAX:
        raise ErreurDonnees(
            "Les fichiers contiennent trop de codes différents pour être ceux des douanes ; "
            "remettre les fichiers tels que les douanes les publient."
        )
    resultat = np.zeros(len(axes[0].rangs), dtype=np.int64)
    for axe in axes:
        resultat *= len(axe.codes)
        resultat += axe.rangs
    return resultat


def sommes(axes: dict[str, Axe], mesures: dict[str, np.ndarray]) -> pd.DataFrame:
    """Sommes exactes (int64) par combinaison de codes présente, dans l'ordre des codes.

    Triées puis sommées d'un bloc : les fichiers des douanes sont presque dans l'ordre, et une année
    de 3,3 millions de lignes prend six fois moins de temps que par `groupby`.
    """
    cles = cle(list(axes.values()))
    ordre = np.argsort(cles, kind="stable")
    cles = cles[ordre]
    debuts = np.flatnonzero(np.diff(cles, prepend=-1))
    reste, colonnes = cles[debuts], {}
    for nom, axe in reversed(axes.items()):
        reste, rang = np.divmod(reste, len(axe.codes))
        colonnes[nom] = pd.Categorical.from_codes(rang, axe.codes)
    totaux = {nom: np.add.reduceat(valeurs[ordre], debuts) for nom, valeurs in mesures.items()}
    return pd.DataFrame({nom: colonnes[nom] for nom in axes} | totaux)


def axes_publics(table: pa.Table) -> dict[str, Axe]:
    """Axes d'une table de `douanes.lire_donnees`, plus `territoire` et `region` publics.

    `2A` et `2B` deviennent la Corse ; un code inconnu reste tel quel, sans région. `annee`,
    `departement`, `region_douanes` et `trimestre_douanes` sont ceux des douanes, pour les contrôles
    seulement.
    """
    noms = ("flux", "annee", "trimestre", "departement", "a129", "cpf4", "pays")
    axes = {nom: Axe.lire(table[nom]) for nom in noms}
    publics, regions = territoires_publics(), regions_publiques()
    territoire = axes["departement"].traduire(
        {code: publics.get(code.zfill(2), code) for code in axes["departement"].codes}
    )
    region = territoire.traduire({code: regions.get(code, "") for code in territoire.codes})
    douanes = Axe.lire(table["region"])
    douanes = douanes.traduire({code: code.zfill(2) for code in douanes.codes})
    publics = {"territoire": territoire, "region": region}
    return publics | {"region_douanes": douanes, "trimestre_douanes": axes["trimestre"]} | axes


def territoires_publics() -> dict[str, str]:
    """Code public de chaque code département des douanes ; un code public reste lui-même."""
    publics = {code: code for code in references.hors_departements().index}
    publics |= dict.fromkeys(references.CODES_CORSE, "20")
    for departement in references.departements().values():
        publics |= {departement.code: departement.code}
        publics |= {departement.code_douanes: departement.code}
    return publics


def regions_publiques() -> dict[str, str]:
    """Région (code Insee, `DROM` ou vide) de chaque code public de territoire."""
    connues = references.hors_departements()["region"].to_dict()
    return connues | {d.code: d.region.code for d in references.departements().values()}


@dataclass(frozen=True)
class Annee:
    """Ce que donne une année rangée, en plus de ses fichiers.

    `groupes` : territoires ou ensembles de chaque fichier, dans l'ordre de ses groupes de lignes ;
    `doublons` : lignes en trop pour un même trimestre x département x produit x pays ; `totaux`
    (trimestre, flux, territoire, region, a129) et `totaux_pays` (flux, territoire, region, pays)
    en euros ; `effectifs` (trimestre, flux, territoire, lignes) ; `couples`, voir
    `couples.resumer` ; `maille` : euros et kilogrammes de l'année, par territoire, region, flux,
    a129, cpf4 et pays.
    """

    groupes: dict[str, list[str]]
    doublons: int
    totaux: pd.DataFrame
    totaux_pays: pd.DataFrame
    effectifs: pd.DataFrame
    couples: pd.DataFrame
    maille: pd.DataFrame


def ecrire_annee(
    dossier: Path, annee: int, axes: dict[str, Axe], mesures: dict[str, np.ndarray]
) -> Annee:
    """Range une année : lignes par territoire, sommes des régions et de la France.

    Lève `ErreurDonnees` si une somme ne tient pas sur 64 bits.
    """
    for nom, valeurs in mesures.items():
        if np.abs(valeurs.astype(np.float64)).sum() >= SOMME_MAX:
            raise ErreurDonnees(
                f"Année {annee} : la somme de la colonne {nom} dépasse 64 bits ; remettre les "
                "fichiers tels que les douanes les publient."
            )
    # Compresser les lignes prend autant que toutes les sommes : les deux ensemble.
    with ThreadPoolExecutor(1) as fil:
        chemin = dossier / f"echanges_{annee}.parquet"
        doublons = fil.submit(_ecrire_lignes, chemin, axes, mesures)
        sommees = _sommer(dossier, annee, axes, mesures)
    sommees["groupes"][chemin.stem] = axes["territoire"].codes
    return Annee(doublons=doublons.result(), **sommees)


def _sommer(
    dossier: Path, annee: int, axes: dict[str, Axe], mesures: dict[str, np.ndarray]
) -> dict:
    """Écrit les sommes des régions et de la France ; rend les autres, champs de `Annee`."""
    groupes = {}
    cles = ("trimestre", "flux", "territoire", "region", "a129")
    totaux = sommes({nom: axes[nom] for nom in cles}, {"valeur_eur": mesures["valeur_eur"]})
    totaux["trimestre"] = totaux["trimestre"].astype(str).astype("int8")
    cles = ("trimestre", "flux", "territoire")
    unites = {"lignes": np.ones(len(mesures["valeur_eur"]), dtype=np.int64)}
    effectifs = sommes({nom: axes[nom] for nom in cles}, unites)
    effectifs["trimestre"] = effectifs["trimestre"].astype(str).astype("int8")
    # Le reste ignore les trimestres : trois fois moins de lignes à sommer.
    cles = ("territoire", "region", "flux", "a129", "cpf4", "pays")
    maille = sommes({nom: axes[nom] for nom in cles}, mesures)
    axes = {nom: Axe.relire(maille[nom]) for nom in cles}
    mesures = {nom: maille[nom].to_numpy() for nom in MESURES}
    for nomenclature, produit in NOMENCLATURES.items():
        communs = {"flux": axes["flux"], "produit": axes[produit], "pays": axes["pays"]}
        par_region = sommes({"ensemble": axes["region"], **communs}, mesures)
        france = sommes(communs, mesures)
        france.insert(0, "ensemble", FRANCE)
        ensembles = pd.concat(
            [par_region[par_region["ensemble"] != ""].astype({"ensemble": str}), france]
        )
        nom = f"ensembles_{annee}_{nomenclature}"
        groupes[nom] = ensembles["ensemble"].unique().tolist()
        _ecrire_groupes(
            dossier / f"{nom}.parquet",
            pa.Table.from_pandas(ensembles, preserve_index=False),
            ensembles["ensemble"].to_numpy(),
        )
        if nomenclature == "A129":
            ensembles_a129 = ensembles.drop(columns="masse_kg")
    valeur = {"valeur_eur": mesures["valeur_eur"]}
    cles = ("flux", "territoire", "region", "pays")
    totaux_pays = sommes({nom: axes[nom] for nom in cles}, valeur)
    cles = ("territoire", "flux", "a129", "pays")
    couples_produit_pays = couples.par_espace(
        sommes({nom: axes[nom] for nom in cles}, valeur), ensembles_a129, FRANCE
    )
    return {
        "groupes": groupes,
        "totaux": totaux,
        "totaux_pays": totaux_pays,
        "effectifs": effectifs,
        "couples": couples_produit_pays,
        "maille": maille,
    }


def _ecrire_lignes(chemin: Path, axes: dict[str, Axe], mesures: dict[str, np.ndarray]) -> int:
    """Écrit les lignes triées, rend le nombre de lignes en double."""
    noms = ("territoire", "flux", "trimestre", "a129", "cpf4", "pays", "departement")
    cles = cle([axes[nom] for nom in noms])
    ordre = np.argsort(cles, kind="stable")
    doublons = int((np.diff(cles[ordre]) == 0).sum())
    del cles
    tries = {nom: axes[nom].choisir(ordre).arrow() for nom in LIGNES}
    tries["trimestre"] = tries["trimestre"].cast(pa.string()).cast(pa.int8())
    tries |= {nom: valeurs[ordre] for nom, valeurs in mesures.items()}
    _ecrire_groupes(chemin, pa.table(tries), axes["territoire"].rangs[ordre])
    return doublons


def _ecrire_groupes(chemin: Path, table: pa.Table, groupes: np.ndarray) -> None:
    """Écrit un groupe de lignes par valeur de `groupes`, table déjà triée."""
    debuts = [0, *(np.flatnonzero(groupes[1:] != groupes[:-1]) + 1), len(groupes)]
    # Sans le schéma Arrow, les codes se relisent en texte simple et non en catégories.
    with parquet.ParquetWriter(
        chemin, table.schema, compression="zstd", store_schema=False
    ) as fichier:
        for debut, fin in pairwise(debuts):
            fichier.write_table(table.slice(debut, fin - debut), row_group_size=fin - debut)
