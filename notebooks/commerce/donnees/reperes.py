"""À quoi comparer un territoire ? Mêmes tableaux pour les cent, leurs régions et la France.

Une ligne par espace, repérée par son échelle et son code : ("departement", "09"),
("region", "76"), ("france", "FR"). La région de Provence-Alpes-Côte d'Azur comprend Monaco, la
France comprend tout. Calculé une fois par processus, sur les petits tableaux de la préparation.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, wraps
from pathlib import Path

import pandas as pd

from commerce import references
from commerce.annee import Annee
from commerce.donnees.prepare import ouvrir
from commerce.indicateurs import SENS, Sens

FRANCE = ("france", "FR")
ETATS_UNIS = "US"
UNION_EUROPEENNE = "UE27"
AUTRES_ZONES = "Océanie et non classés"
ZONES = (UNION_EUROPEENNE, "Reste de l'Europe", "Amérique", "Asie", "Afrique", AUTRES_ZONES)


@dataclass(frozen=True)
class Reperes:
    """Les échanges d'une année, par espace.

    `produits` et `pays` : par flux, un tableau espace x code en euros entiers. `pointes` : par
    flux, un tableau fiche x produit, le montant du trimestre le plus fort (vide si l'année est
    incomplète). `couples` : par flux, espace et produit A129, voir `couples.resumer` ; `volumes` :
    de même, voir `volumes.comparer`. `partenaires` : index code, voir `references.pays`.
    `libelles` : index produit A129, colonnes libelle_court, libelle. `precedents` : l'année
    d'avant, ou None si l'une des deux est incomplète.
    """

    annee: Annee
    produits: dict[Sens, pd.DataFrame]
    pays: dict[Sens, pd.DataFrame]
    pointes: dict[Sens, pd.DataFrame]
    couples: pd.DataFrame
    partenaires: pd.DataFrame
    libelles: pd.DataFrame
    volumes: pd.DataFrame
    precedents: "Reperes | None" = None
    memoire: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def totaux(self) -> dict[Sens, pd.Series]:
        """Montant de chaque flux par espace, en euros."""
        return {sens: self.produits[sens].sum(axis="columns") for sens in SENS}

    @property
    def energie(self) -> dict[Sens, pd.Series]:
        """Montant de l'énergie dans chaque flux, par espace, en euros."""
        return {
            sens: table.loc[:, table.columns.isin(codes_energie())].sum(axis="columns")
            for sens, table in self.produits.items()
        }

    @property
    def pays_classes(self) -> dict[Sens, pd.DataFrame]:
        """Comme `pays`, sans les codes partenaires qui ne sont pas des pays."""
        classables = self.partenaires.index[self.partenaires["classable"]]
        return {
            sens: table.loc[:, table.columns.isin(classables)] for sens, table in self.pays.items()
        }

    @cached_property
    def significatifs(self) -> dict[Sens, pd.Series]:
        """Le flux de chaque espace est-il assez grand pour un rapport ?"""
        return {
            sens: significatif(self.totaux[sens], self.nombre_de_couples(sens)) for sens in SENS
        }

    def nombre_de_couples(self, sens: Sens, hors_energie: bool = False) -> pd.Series:
        """Combien de couples produit x pays dans ce flux, par espace ?"""
        couples = self.couples[self.couples["flux"] == sens]
        if hors_energie:
            couples = couples[~couples["a129"].isin(codes_energie())]
        comptes = couples.groupby(["echelle", "code"], observed=True)["couples"].sum()
        return comptes.reindex(self.produits[sens].index, fill_value=0)

    def montant_pays(self, sens: Sens, code: str) -> pd.Series:
        """Combien chaque espace échange-t-il avec ce partenaire, en euros ?"""
        table = self.pays[sens]
        return table[code] if code in table else pd.Series(0, index=table.index)

    @property
    def zones(self) -> dict[Sens, pd.DataFrame]:
        """Montant de chaque flux par espace et zone, en euros ; les `ZONES` font le total.

        La dernière réunit l'Océanie, ce qui n'est pas un pays et les codes inconnus.
        """
        tables = {}
        for sens, pays in self.pays_classes.items():
            zones = self.partenaires["zone"].reindex(pays.columns)
            sommes = pays.T.groupby(zones.to_numpy()).sum().T
            table = sommes.reindex(columns=ZONES[:-1], fill_value=0)
            tables[sens] = table.assign(
                **{AUTRES_ZONES: self.totaux[sens] - table.sum(axis="columns")}
            )
        return tables


def une_fois(fonction: Callable) -> Callable:
    """Garde avec les repères ce qui se calcule pour tous les espaces : une fois, pas par fiche."""

    @wraps(fonction)
    def calculer(repere, *arguments):
        cle = (fonction, *arguments)
        if cle not in repere.memoire:
            repere.memoire[cle] = fonction(repere, *arguments)
        return repere.memoire[cle]

    return calculer


def significatif(totaux_eur: pd.Series, couples: pd.Series) -> pd.Series:
    """Le flux est-il assez grand pour qu'un rapport ait un sens ? Sinon il s'écrit « n.s. ».

    La seule règle de « n.s. » : un million d'euros au moins, et trente couples produit × pays ou
    cinquante millions d'euros.
    """
    varie = couples >= references.seuil("petite_base_couples")
    grand = totaux_eur >= references.seuil("grand_flux_eur")
    return (totaux_eur >= references.seuil("petite_base_eur")) & (varie | grand)


def codes_energie() -> set[str]:
    """Codes A129 de l'énergie."""
    produits = references.produits_a129()
    return set(produits.index[produits["energie"]])


@lru_cache(maxsize=4)
def lire(dossier: Path, annee: int) -> Reperes:
    """Les repères d'une année, et ceux de la précédente si les deux sont complètes."""
    prepare = ouvrir(dossier)
    completes, annee = prepare.annees_completes(), prepare.annee(annee)
    avant = annee - 1
    precedents = _une_annee(dossier, avant) if {annee, avant} <= set(completes) else None
    actuels = _une_annee(dossier, annee)
    return replace(actuels, precedents=precedents, memoire={})


def _une_annee(dossier: Path, annee: int) -> Reperes:
    prepare = ouvrir(dossier)
    totaux, totaux_pays = (
        table[table["annee"] == annee] for table in (prepare.totaux(), prepare.totaux_pays())
    )
    couples, volumes = prepare.couples(), prepare.volumes()
    complete = annee in prepare.annees_completes()
    produits, pays, pointes = {}, {}, {}
    for sens in SENS:
        du_flux = totaux[totaux["flux"] == sens]
        produits[sens] = etages(du_flux, "a129")
        pays[sens] = etages(totaux_pays[totaux_pays["flux"] == sens], "pays")
        pointes[sens] = _pointes(du_flux) if complete else pd.DataFrame()
    return Reperes(
        annee=annee,
        produits=produits,
        pays=pays,
        pointes=pointes,
        couples=couples[couples["annee"] == annee],
        volumes=volumes[volumes["annee"] == annee],
        partenaires=prepare.pays(annee),
        libelles=prepare.produits(annee),
    )


def _pointes(du_flux: pd.DataFrame) -> pd.DataFrame:
    """Montant du trimestre le plus fort de chaque produit, dans chaque fiche."""
    codes = {t.region.code: c for c, t in references.territoires().items() if t.echelle == "region"}
    regions = du_flux.assign(territoire=du_flux["region"].map(codes)).dropna(subset="territoire")
    lignes = pd.concat([du_flux, regions])
    cles = ["territoire", "a129"]
    sommes = lignes.groupby([*cles, "trimestre"], observed=True)["valeur_eur"].sum()
    return sommes.groupby(level=cles, observed=True).max().unstack(fill_value=0)


def etages(montants: pd.DataFrame, axe: str) -> pd.DataFrame:
    """Combien par territoire, par région et pour la France ?

    `montants` : colonnes territoire, region, `axe`, valeur_eur. Index (echelle, code), une colonne
    par code de l'axe, euros entiers ; un territoire ou une région sans ligne vaut zéro partout.
    """
    espaces = {
        "departement": ("territoire", list(references.departements())),
        "region": ("region", list(references.regions())),
    }
    axes = sorted(montants[axe].unique())
    tables = {}
    for echelle, (colonne, codes) in espaces.items():
        sommes = montants.groupby([colonne, axe], observed=True)["valeur_eur"].sum()
        # Des entiers de bout en bout : aucun trou ne doit passer par un réel.
        tables[echelle] = sommes.unstack(fill_value=0).reindex(
            index=codes, columns=axes, fill_value=0
        )
    france = montants.groupby(axe, observed=True)["valeur_eur"].sum().reindex(axes)
    tables["france"] = france.to_frame("FR").T
    return pd.concat(tables, names=["echelle", "code"])
