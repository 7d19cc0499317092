"""Qui publie, quelle édition, sous quelles mentions ? Quatre sections de `theme.toml`.

Une entrée vide se dit vide : rien n'est inventé. Une entrée fautive est refusée avant tout noyau.
"""

import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date

ETATS = ("non conforme", "partiellement conforme", "totalement conforme")
ADRESSE = re.compile(r"https?://[^\s\"'<>]+")
TAUX = re.compile(r"100|\d{1,2}(,\d{1,2})?")


@dataclass(frozen=True)
class Institution:
    """Qui émet les fiches, et comment lui écrire ; le nom tient lieu de logo lu."""

    nom: str
    contact: str
    logo: str


@dataclass(frozen=True)
class Edition:
    """De quelle édition sont les pages, jusqu'à quand, sous quelle licence, à quelle adresse.

    date : AAAA-MM-JJ. adresse : dossier des pages publiées, terminé par « / » ; vide, les liens
    d'une page à l'autre sont relatifs.
    """

    numero: str
    date: str
    prochaine: str
    licence: str
    adresse: str
    programme: str


@dataclass(frozen=True)
class Accessibilite:
    """La déclaration d'accessibilité ; sans date, l'audit est à faire."""

    etat: str
    entite: str
    date: str
    taux_pct: str


@dataclass(frozen=True)
class Mentions:
    """Les mentions légales, telles qu'elles s'impriment."""

    editeur: str
    directeur: str
    hebergeur: str


SECTIONS = {
    "institution": Institution,
    "edition": Edition,
    "accessibilite": Accessibilite,
    "mentions": Mentions,
}


def defauts(institution, edition, accessibilite, mentions) -> Iterator[tuple[object, str]]:
    """Chaque valeur refusée, avec ce qu'il faut écrire à sa place."""
    for section in (institution, edition, accessibilite, mentions):
        for valeur in astuple(section):
            if not isinstance(valeur, str):
                yield valeur, f"n'est pas un texte ; l'écrire entre guillemets : \"{valeur}\"."
                return
    for jour in (edition.date, accessibilite.date):
        if jour and not _est_une_date(jour):
            yield jour, "n'est pas une date ; écrire AAAA-MM-JJ, ou laisser vide."
    if edition.adresse and not (ADRESSE.fullmatch(edition.adresse) and edition.adresse[-1] == "/"):
        yield edition.adresse, "n'est pas l'adresse d'un dossier ; écrire https://…/, ou rien."
    if edition.programme and not ADRESSE.fullmatch(edition.programme):
        yield edition.programme, "n'est pas une adresse ; écrire https://…, ou laisser vide."
    etat, taux = accessibilite.etat, accessibilite.taux_pct
    if etat not in ETATS:
        yield (
            etat,
            f"n'est pas un état de conformité ; écrire {', '.join(ETATS[:2])} ou {ETATS[2]}.",
        )
    if etat in ETATS[1:] and not accessibilite.date:
        yield etat, "demande un audit ; écrire sa date (section [accessibilite]), ou non conforme."
    if taux and not TAUX.fullmatch(taux):
        yield taux, "n'est pas un taux ; écrire un nombre de 0 à 100, comme 78,5, ou rien."
    if TAUX.fullmatch(taux) and not accessibilite.date:
        yield taux, "vient d'un audit ; en écrire la date (section [accessibilite])."


def _est_une_date(texte: str) -> bool:
    try:
        return date.fromisoformat(texte).isoformat() == texte
    except ValueError:
        return False
