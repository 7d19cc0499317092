"""Que contient un dossier préparé ? Lecture, sans jamais regarder les sources.

Les tableaux partagés (régions, France, libellés) sont gardés en mémoire d'une fiche à l'autre.
"""

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from textwrap import shorten

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from commerce import ErreurDonnees, references
from commerce.annee import TRIMESTRES, Annee
from commerce.donnees import verrous
from commerce.donnees.colonnes import FRANCE, NOMENCLATURES
from commerce.donnees.periodes import NOMS_FLUX, ordinal

LIBELLE_COURT_MAX = 32
PAYS_MAX = 48
LIBELLE_MAX = 160


@dataclass(frozen=True)
class Prepare:
    """Un dossier préparé par `preparation.preparer`, et ce qu'on peut y lire."""

    dossier: Path

    @cached_property
    def meta(self) -> dict:
        """`meta.json` : sources, empreinte, périodes, écarts, faits, remarques."""
        try:
            return json.loads((self.dossier / "meta.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as erreur:
            raise ErreurDonnees(
                f"{self.dossier.name} n'est pas un dossier de données préparées, ou il est abîmé ; "
                "relancer run_all.py ou le notebook 0_donnees, qui le referont."
            ) from erreur

    @property
    def demonstration(self) -> bool:
        """Les données sont-elles fictives ?"""
        return self.meta["jeu"] == "demonstration"

    def annee(self, annee: int) -> Annee:
        """Cette année, avec le dernier trimestre pour lequel ces données sont préparées."""
        return Annee(annee, self.meta["fin"])

    def annees(self) -> list[Annee]:
        """Quelles années (ou quatre trimestres glissants) sont là, même incomplètes ?"""
        return [self.annee(a) for a in sorted({p["annee"] for p in self.meta["periodes"]})]

    def trimestres(self, annee: int, flux: str = "") -> list[int]:
        """Quels trimestres sont là, pour ce flux, ou pour les deux flux à la fois ?"""
        presents = {
            sens: {
                periode["trimestre"]
                for periode in self.meta["periodes"]
                if periode["annee"] == annee and periode["flux"] == sens
            }
            for sens in NOMS_FLUX
        }
        return sorted(presents[flux] if flux else presents["export"] & presents["import"])

    def annees_completes(self) -> list[Annee]:
        """Quelles années ont leurs quatre trimestres dans les deux flux ?"""
        return [annee for annee in self.annees() if not self.manques(annee)]

    def manques(self, annee: int) -> str:
        """Que manque-t-il à cette année ? « les 3e et 4e trimestres des importations », ou rien."""
        phrases, annee = [], self.annee(annee)
        for flux, nom in NOMS_FLUX.items():
            presents = self.trimestres(annee, flux)
            absents = [annee.trimestre(t) for t in TRIMESTRES if t not in presents]
            rangs = [ordinal(t) if annee.civile else f"T{t} {an}" for an, t in absents]
            if not presents:
                phrases.append(f"toutes les {nom}")
            elif len(rangs) == 1:
                phrases.append(f"le {rangs[0]}{' trimestre' * annee.civile} des {nom}")
            elif rangs:
                enumeres = f"{', '.join(rangs[:-1])} et {rangs[-1]}{' trimestres' * annee.civile}"
                phrases.append(f"les {enumeres} des {nom}")
        return " et ".join(phrases)

    def glissement(self) -> Annee | None:
        """Les quatre derniers trimestres connus dans les deux flux ; None s'il en manque un."""
        connus = [an.trimestre(rang) for an in self.annees() for rang in self.trimestres(an)]
        if not connus:
            return None
        dernier = Annee(*connus[-1])
        return dernier if set(dernier.trimestres) <= set(connus) else None

    def faits(self, annee: int) -> dict:
        """Les faits mesurés d'une année (voir `faits.mesurer`)."""
        return self.meta["faits"][f"{annee:d}"]

    def provisoire(self, annee: int) -> bool:
        """Un trimestre de cette année vient-il d'une publication des derniers trimestres ?"""
        return any(p["provisoire"] for p in self.meta["periodes"] if p["annee"] == annee)

    def publication(self, annee: int) -> str:
        """Date (AAAA-MM-JJ) de la dernière publication lue pour l'année, vide si inconnue."""
        lus = {p["fichier"] for p in self.meta["periodes"] if p["annee"] == annee}
        return max(f["publie"][:10] for f in self.meta["fichiers"] if f["nom"] in lus)

    def exceptions(self, annee: int) -> list[dict]:
        """Les lignes de l'année admises après examen (voir `admissions.admettre`)."""
        return self.faits(annee)["exceptions"]

    def echanges(self, territoire: str, annee: int) -> pd.DataFrame:
        """Lignes d'un territoire (code de fiche, ou `98`, `99`), une par ligne des douanes.

        `R76` : celles de tous ses départements ; `R93`, de Monaco aussi.

        Colonnes : territoire, region, flux, trimestre, a129, cpf4, pays, valeur_eur, masse_kg.
        """
        return _en_cadre(self._lignes(territoire, annee))

    def _lignes(
        self, territoire: str, annee: int, colonnes: tuple[str, ...] | None = None
    ) -> pa.Table:
        groupes, connus = self.meta["groupes"][f"echanges_{annee:d}"], references.territoires()
        codes = connus[territoire].composants if territoire in connus else (territoire,)
        return _groupe(self.dossier / f"echanges_{annee:d}.parquet", groupes, codes, colonnes)

    def echanges_produits(self, territoire: str, annee: int, nomenclature: str) -> pd.DataFrame:
        """Échanges d'un territoire : flux, trimestre, produit, pays, valeur_eur, masse_kg."""
        cles = ["flux", "trimestre", NOMENCLATURES[nomenclature], "pays"]
        mesures = ["valeur_eur", "masse_kg"]
        lignes = self._lignes(territoire, annee, (*cles, *mesures))
        groupees = lignes.group_by(cles, use_threads=False).aggregate(
            [(mesure, "sum") for mesure in mesures]
        )
        return _en_cadre(
            groupees.rename_columns(["flux", "trimestre", "produit", "pays", *mesures])
        )

    def montants_annuels(self, territoire: str, annee: int, nomenclature: str) -> pd.DataFrame:
        """Montants de l'année d'un territoire : flux, produit, pays, valeur_eur."""
        cles = ["flux", NOMENCLATURES[nomenclature], "pays"]
        lignes = self._lignes(territoire, annee, (*cles, "valeur_eur"))
        sommes = lignes.group_by(cles, use_threads=False).aggregate([("valeur_eur", "sum")])
        return _en_cadre(sommes.rename_columns(["flux", "produit", "pays", "valeur_eur"]))

    def region(self, code: str, annee: int, nomenclature: str = "A129") -> pd.DataFrame:
        """Sommes d'une région (Insee ou `DROM`) : flux, produit, pays, valeur_eur, masse_kg."""
        return _ensemble(self.dossier, code, annee, nomenclature).copy(deep=False)

    def france(self, annee: int, nomenclature: str = "A129") -> pd.DataFrame:
        """Sommes de toutes les lignes, 98 et 99 compris ; colonnes de `region`."""
        return self.region(FRANCE, annee, nomenclature)

    def totaux(self) -> pd.DataFrame:
        """Tous territoires : annee, trimestre, flux, territoire, region, a129, valeur_eur."""
        return _table(self.dossier / "totaux.parquet").copy(deep=False)

    def totaux_pays(self) -> pd.DataFrame:
        """Tous territoires : annee, flux, territoire, region, pays, valeur_eur."""
        return _table(self.dossier / "totaux_pays.parquet").copy(deep=False)

    def effectifs(self) -> pd.DataFrame:
        """Combien de lignes des douanes : annee, trimestre, flux, territoire, lignes."""
        return _table(self.dossier / "effectifs.parquet").copy(deep=False)

    def couples(self) -> pd.DataFrame:
        """Couples produit x pays de chaque espace : annee, puis colonnes de `couples.resumer`."""
        return _table(self.dossier / "couples.parquet").copy(deep=False)

    def volumes(self) -> pd.DataFrame:
        """Sommes à quantité ou à valeur unitaire fixée : annee, puis `volumes.comparer`."""
        return _table(self.dossier / "volumes.parquet").copy(deep=False)

    def produits(self, annee: int, nomenclature: str = "A129") -> pd.DataFrame:
        """Libellés des produits : index `code`, `libelle_court`, `libelle`."""
        return _produits(self.dossier, annee, nomenclature).copy(deep=False)

    def pays(self, annee: int) -> pd.DataFrame:
        """Partenaires : index `code`, `nom`, `sujet`, `nombre`, `zone`, `classable` (booléen)."""
        return _pays(self.dossier, annee).copy(deep=False)

    def territoires_industrie(self) -> pd.DataFrame:
        """Territoires d'industrie connus à la préparation (`territoires_industrie.territoires`)."""
        return _table(self.dossier / "territoires_industrie.parquet").copy(deep=False)


@lru_cache(maxsize=4)
def ouvrir(dossier: str | Path) -> Prepare:
    """Le dossier préparé à ce chemin ; sa description n'est lue qu'une fois par processus.

    Tant que ce processus vit, aucune autre préparation n'efface ce dossier.
    """
    verrous.tenir(Path(dossier).absolute())
    return Prepare(Path(dossier))


def _groupe(
    chemin: Path, groupes: list[str], demandes: tuple[str, ...], colonnes: tuple[str, ...] | None
) -> pa.Table:
    rangs = [groupes.index(groupe) for groupe in demandes if groupe in groupes]
    with parquet.ParquetFile(chemin) as fichier:
        lus = fichier.read_row_groups(rangs, columns=colonnes, use_threads=False)
    # Chaque groupe a ses dictionnaires : il en faut un seul pour les réunir.
    return lus if len(rangs) == 1 else lus.unify_dictionaries()


def _en_cadre(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(use_threads=False)


@lru_cache(maxsize=4)
def _ensemble(dossier: Path, code: str, annee: int, nomenclature: str) -> pd.DataFrame:
    nom = f"ensembles_{annee:d}_{nomenclature}"
    groupes = ouvrir(dossier).meta["groupes"][nom]
    colonnes = ("flux", "produit", "pays", "valeur_eur", "masse_kg")
    return _en_cadre(_groupe(dossier / f"{nom}.parquet", groupes, (code,), colonnes))


@lru_cache(maxsize=8)
def _table(chemin: Path) -> pd.DataFrame:
    return pd.read_parquet(chemin)


@lru_cache(maxsize=8)
def _produits(dossier: Path, annee: int, nomenclature: str) -> pd.DataFrame:
    tables = {"A129": references.produits_a129, "CPF4": references.produits_cpf4}
    table = tables[nomenclature]()[["libelle_court", "libelle"]]
    return _completer(dossier, annee, NOMENCLATURES[nomenclature], table, _produit_inconnu)


@lru_cache(maxsize=8)
def _pays(dossier: Path, annee: int) -> pd.DataFrame:
    return _completer(dossier, annee, "pays", references.pays(), _pays_inconnu)


def _completer(dossier: Path, annee: int, nom: str, table: pd.DataFrame, decrire) -> pd.DataFrame:
    """Ajoute à une table de référence les codes que les données ont en plus."""
    inconnus = ouvrir(dossier).faits(annee)["codes_inconnus"][nom]
    if not inconnus:
        return table
    ajouts = {code: decrire(code, info["libelle"]) for code, info in inconnus.items()}
    supplement = pd.DataFrame.from_dict(ajouts, orient="index", columns=table.columns)
    return pd.concat([table, supplement.astype(table.dtypes)]).rename_axis("code")


def _produit_inconnu(code: str, libelle: str) -> tuple[str, str]:
    libelle = _abrege(libelle, LIBELLE_MAX) or f"Code {code}"
    return _abrege(libelle, LIBELLE_COURT_MAX), libelle


def _pays_inconnu(code: str, libelle: str) -> tuple[str, str, str, str, bool]:
    # Tous les codes Q* des douanes désignent autre chose qu'un pays.
    nom = _abrege(libelle, PAYS_MAX) or f"Code {code}"
    return nom, nom, "singulier", "", not code.startswith("Q")


def _abrege(libelle: str, signes: int) -> str:
    """Coupé après un mot : un libellé sans fin, répété par les figures, alourdirait la page."""
    court = shorten(libelle, signes, placeholder="…")
    return court if len(court) > 1 or not libelle else libelle[: signes - 1] + "…"
