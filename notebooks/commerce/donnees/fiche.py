"""Avec quelles données une fiche est-elle écrite ? Ses échanges, ceux de sa région et de la France.

Une fiche ne lit que les lignes de son territoire ; le reste est gardé d'une fiche à l'autre.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd
from babel.dates import format_date

from commerce import ErreurDonnees, redaction, references
from commerce.annee import Annee
from commerce.donnees import controles, reperes, territoires_industrie
from commerce.donnees.colonnes import NOMENCLATURES
from commerce.donnees.prepare import Prepare, ouvrir
from commerce.indicateurs import Echelle, Sens
from commerce.redaction import brute, phrase_generale


@dataclass(frozen=True, eq=False)
class Origine:
    """D'où viennent les nombres d'une page, et comment le dire. `dossier` : le dossier préparé."""

    annee: Annee
    demonstration: bool
    provisoire: bool
    dossier: Path

    @property
    def source(self) -> str:
        """La ligne de source des figures, qui dit si les données sont fictives ou provisoires."""
        refus, malgre = self.passe_outre, ""
        jour = "" if self.demonstration else self.publication
        if refus:
            cle = "malgre" if len(refus) > 1 else "malgre_un"
            intitules = ", ".join(refus)
            malgre = brute(f"donnees.source.{cle}", nombre=len(refus), intitules=intitules)
        return phrase_generale(
            f"donnees.source.{'demonstration' if self.demonstration else 'reelles'}",
            annee=self.annee,
            provisoires=brute("donnees.source.provisoires") if self.provisoire else "",
            publiees=brute("donnees.source.publiees", jour=jour) if jour else "",
            malgre=malgre,
        )

    @property
    def sources(self) -> list[dict]:
        """Les fichiers des douanes lus : `nom`, `sha256` et, s'il est connu, `publie`."""
        return ouvrir(self.dossier).meta["sources"]

    @property
    def passe_outre(self) -> tuple[str, ...]:
        """Intitulés des contrôles bloquants que ces données ne passent pas ; vide d'ordinaire.

        La page qui en est faite, quel que soit le chemin, le dit à chaque ligne de source.
        """
        return _passe_outre(self.dossier, self.annee, redaction.FICHIER.stat().st_mtime_ns)

    @property
    def publication(self) -> str:
        """« 7 février 2025 », dernière publication des fichiers de l'année ; vide si inconnue."""
        jour = ouvrir(self.dossier).publication(self.annee)
        return format_date(date.fromisoformat(jour), "d MMMM y", locale="fr_FR") if jour else ""

    @property
    def mention(self) -> str:
        """« données de démonstration, fictives », vide pour des données réelles."""
        return brute("donnees.source.mention") if self.demonstration else ""


# 22 ms en vraie grandeur, pour chaque ligne de source d'une fiche.
@lru_cache(maxsize=4)
def _passe_outre(dossier: Path, annee: int, _date_des_mots_ns: int) -> tuple[str, ...]:
    return tuple(refus.intitule for refus in controles.bloquants(ouvrir(dossier), annee))


@dataclass(frozen=True, eq=False)
class Fiche(Origine):
    """Tout ce qu'une fiche sait de son territoire.

    `echanges` (département, avec `trimestre`), `echanges_region`, `echanges_france` : colonnes
    `flux`, `produit`, `pays`, `valeur_eur`, `masse_kg`, une ligne par combinaison. `produits`
    (`libelle_court`, `libelle`) et `pays` (`nom`, `sujet`, `nombre`, `zone`, `classable`) : index
    `code`, codes inconnus des tables compris.
    """

    departement: references.Departement
    nomenclature: str
    echanges: pd.DataFrame
    echanges_region: pd.DataFrame
    echanges_france: pd.DataFrame
    produits: pd.DataFrame
    pays: pd.DataFrame
    territoires_industrie: territoires_industrie.Principaux

    def __repr__(self) -> str:
        mention = f", {self.mention}" if self.mention else ""
        return f"Fiche {self.departement.nom} ({self.departement.code}), {self.annee}{mention}"

    @property
    def exceptions(self) -> list[dict]:
        """Ses lignes admises après examen (voir `admissions.admettre`) ; d'une région, toutes."""
        admises = ouvrir(self.dossier).exceptions(self.annee)
        return [a for a in admises if a["territoire"] in self.departement.composants]

    @property
    def slug(self) -> str:
        """Nom de ses fichiers : « 09-ariege »."""
        return self.departement.slug

    @property
    def reperes(self) -> reperes.Reperes:
        """Les mêmes tableaux pour les cent territoires, leurs régions et la France."""
        return reperes.lire(self.dossier, self.annee)

    @property
    def espaces(self) -> dict[Echelle, tuple[str, str]]:
        """Lignes du territoire, de sa région et de la France dans les repères."""
        return {
            "departement": self.departement.espace,
            "region": ("region", self.departement.region.code),
            "france": reperes.FRANCE,
        }

    def significatif(self, sens: Sens, echelle: Echelle = "departement") -> bool:
        """Le flux est-il assez grand pour qu'un rapport ait un sens ? Sinon « n.s. »."""
        return bool(self.reperes.significatifs[sens].loc[self.espaces[echelle]])

    @property
    def est_une_region(self) -> bool:
        """Le territoire est-il sa région (R76, la Corse) ? Rien ne s'y compare deux fois."""
        return self.departement.nom == self.departement.region.nom

    @property
    def noms(self) -> dict[Echelle, str]:
        """Le territoire, sa région (absente quand elle se confond avec lui), la France."""
        noms = {"departement": self.departement.nom, "region": self.departement.region.nom}
        if self.est_une_region:
            del noms["region"]
        return {**noms, "france": "France"}


def charger(
    departement: str | int = "09",
    annee: int | str = 0,
    nomenclature: str = "A129",
    donnees: str | Path = "",
    incomplete: bool = False,
) -> Fiche:
    """De quoi écrire une fiche : données d'un département, de sa région et de la France.

    `departement` : un code de fiche ; `R76` donne celle de la région Occitanie.

    `annee` : 2024, ou « 2025T2 », les quatre trimestres qui finissent au deuxième de 2025 ; 0 : la
    dernière année complète. `donnees` : un dossier préparé, utilisé sans regarder
    les sources ; vide, les données sont préparées ou reprises. Une année à laquelle il manque un
    trimestre est refusée sauf `incomplete`. Lève `ErreurDonnees`.
    """
    territoire = references.departement(departement)
    nomenclature = str(nomenclature).strip().upper()
    if nomenclature not in NOMENCLATURES:
        raise ErreurDonnees(
            f"Nomenclature « {nomenclature} » inconnue : choisir {' ou '.join(NOMENCLATURES)}."
        )
    prepare = preparees(donnees, annee=annee)
    annee = choisir_annee(prepare, annee, incomplete)
    region = territoire.region.code
    return Fiche(
        departement=territoire,
        annee=annee,
        nomenclature=nomenclature,
        demonstration=prepare.demonstration,
        provisoire=prepare.provisoire(annee),
        dossier=prepare.dossier,
        echanges=prepare.echanges_produits(territoire.code, annee, nomenclature),
        echanges_region=prepare.region(region, annee, nomenclature),
        echanges_france=prepare.france(annee, nomenclature),
        produits=prepare.produits(annee, nomenclature),
        pays=prepare.pays(annee),
        territoires_industrie=territoires_industrie.principaux(
            territoire.code, prepare.territoires_industrie()
        ),
    )


def preparees(donnees: str | Path = "", source: str | Path = "", annee: int | str = 0) -> Prepare:
    """Le dossier préparé `donnees` ; vide, les fichiers de `source` sont préparés, ou repris.

    `annee` dit au besoin par quel trimestre finissent les années : voir `Annee`.
    """
    fin = Annee.lire(annee).fin
    if not donnees:
        # La préparation est longue à importer, et le lot n'en a pas besoin.
        from commerce.donnees.preparation import preparer

        donnees = preparer(source, fin=fin)
    return ouvrir(donnees)


def choisir_annee(prepare: Prepare, annee: int | str = 0, incomplete: bool = False) -> Annee:
    """Quelle année pour les fiches ? La dernière complète, ou celle demandée si elle l'est.

    `incomplete` accepte une année à laquelle il manque un trimestre. Lève `ErreurDonnees`.
    """
    completes, presentes = prepare.annees_completes(), prepare.annees()
    voulue = Annee.lire(annee)
    if not voulue:
        if completes or incomplete:
            return (completes or presentes)[-1]
        derniere = presentes[-1]
        raise ErreurDonnees(
            f"Aucune année complète : à {derniere} il manque {prepare.manques(derniere)} ; "
            f"{_glissement(prepare)}déposer dans data/source les fichiers d'une année entière, que "
            "prend « .venv/bin/python -m commerce.telechargement »."
        )
    if voulue not in presentes or voulue.fin != presentes[0].fin:
        raise ErreurDonnees(
            f"Pas de données pour l'année {voulue!s} : choisir parmi "
            f"{', '.join(map(str, completes or presentes))}, ou déposer les fichiers de {voulue!s}."
        )
    if voulue not in completes and not incomplete:
        raise ErreurDonnees(
            f"L'année {voulue!s} est incomplète, il manque {prepare.manques(voulue)} ; "
            f"{_glissement(prepare)}déposer les fichiers manquants dans data/source, ou demander "
            "une autre année."
        )
    return voulue


def _glissement(prepare: Prepare) -> str:
    """L'option qui prend les quatre derniers trimestres, s'ils sont là ; sinon rien."""
    derniers = prepare.glissement()
    if not derniers or derniers.civile:
        return ""
    return f"prendre ses quatre derniers trimestres ({derniers}) par --annee {derniers!s}, ou "
