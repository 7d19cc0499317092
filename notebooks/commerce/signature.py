"""Qui signe cette page, quelle édition, comment la citer ? Son pied, la couverture de son classeur.

Tout vient de `theme.toml`, des données et de `mots.toml`, section [signature] : ni date du jour ni
chemin. Une entrée vide se dit, en une phrase ; rien n'est inventé.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from commerce import VERSION, formats, theme
from commerce.formats import typographie
from commerce.redaction import majuscule, phrase_generale

PAGE = "accessibilite"
CHANGEMENTS = "changements"
EMPREINTE = 12
# La rubrique le dit déjà.
SOURCE = typographie("Source : ")


@dataclass(frozen=True)
class Ligne:
    """Une ligne de la signature : « Licence », son texte, et le lien qu'il ouvre s'il en a un."""

    rubrique: str
    texte: str
    lien: str = ""


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [signature] de `mots.toml`."""
    return phrase_generale(f"signature.{cle}", **valeurs)


def notice(
    titre: str, slug: str, sources: Iterable[dict] = (), source: str = "", nature: str = "page"
) -> dict:
    """Ce que la notice d'une page dit de qui la signe : institution, contact, adresse, pied.

    titre : celui de la page ; slug : son nom de fichier ; sources : les fichiers lus (`nom`,
    `sha256` et, s'il est connu, `publie`) ; source : la phrase de source des figures ; nature :
    ce que l'on cite, « fiche » ou « page ».
    """
    institution, edition = theme.theme().institution, theme.theme().edition
    pied = [
        *([Ligne(phrase("source"), majuscule(source.removeprefix(SOURCE)))] if source else []),
        *lignes(titre, slug, sources, nature),
    ]
    return {
        "institution": institution.nom,
        "adresse": edition.adresse,
        "bas": bas(slug),
        "pied": [[ligne.rubrique, ligne.texte, ligne.lien] for ligne in pied],
    }


def lignes(
    titre: str, slug: str, sources: Iterable[dict] = (), nature: str = "page"
) -> list[Ligne]:
    """Émetteur, édition, fichiers lus, licence, citation, programme, accessibilité, mentions."""
    choix, sources = theme.theme(), list(sources)
    edition, contact = choix.edition, choix.institution.contact
    programme = phrase("programme", version=VERSION)
    # La même ligne à toutes les éditions : sans quoi chacune changerait les octets de fiches
    # approuvées.
    ancre = f"#{slug}" if nature == "fiche" else ""
    ecrites = [
        ("emetteur", choix.institution.nom or phrase("sans_emetteur"), ""),
        ("edition", _edition(), ""),
        ("prochaine", edition.prochaine or phrase("sans_prochaine"), ""),
        ("fichiers", _fichiers(sources), "donnees.html#sources") if sources else None,
        ("licence", edition.licence or phrase("sans_licence"), ""),
        ("citation", citation(titre, slug), ""),
        ("programme", programme, edition.programme),
        ("changements", phrase("dits_changements"), f"{CHANGEMENTS}.html{ancre}"),
        ("accessibilite", conformite(), f"{PAGE}.html"),
        ("mentions", phrase("dits_mentions"), f"{PAGE}.html#mentions-legales"),
        ("contact", contact, f"mailto:{contact}") if contact else None,
    ]
    return [
        Ligne(phrase(f"rubriques.{cle}", nature=nature), texte, lien)
        for cle, texte, lien in filter(None, ecrites)
    ]


def jour(texte: str) -> str:
    """« 1er mars 2026 » d'une date AAAA-MM-JJ."""
    return typographie(format_date(date.fromisoformat(texte), "d MMMM y", locale="fr_FR"))


def _edition() -> str:
    edition = theme.theme().edition
    cle = ("numerotee" if edition.numero else "") + ("datee" if edition.date else "")
    quand = jour(edition.date) if edition.date else ""
    return phrase(f"editions.{cle or 'aucune'}", numero=edition.numero, date=quand)


def citation(titre: str, slug: str) -> str:
    """« Émetteur, « Titre », édition, adresse. » : ce qui n'est pas connu n'y est pas."""
    emetteur, *suite = _identite(slug)
    elements = (emetteur, phrase("titre_cite", titre=titre), *suite)
    return phrase("citation", elements=", ".join(filter(None, elements)))


def bas(slug: str) -> str:
    """Le bas d'une feuille imprimée : émetteur, édition, adresse de la page ; vide sans eux."""
    return ", ".join(filter(None, _identite(slug)))


def _identite(slug: str) -> tuple[str, str, str]:
    """Émetteur, édition et adresse de la page, vides s'ils ne sont pas donnés."""
    choix = theme.theme()
    edition = _edition() if choix.edition.numero or choix.edition.date else ""
    adresse = f"{choix.edition.adresse}{slug}.html" if choix.edition.adresse else ""
    return choix.institution.nom, edition, adresse


def _fichiers(sources: list[dict]) -> str:
    """Combien de fichiers, publiés entre quelles dates, sous quelle empreinte commune ?"""
    dates = sorted({s["publie"][:10] for s in sources if s.get("publie")})
    nombre = formats.quantite(len(sources), "fichier")
    cle = ("une_date" if len(dates) == 1 else "dates") if dates else "sans_date"
    bornes = {"debut": jour(dates[0]), "fin": jour(dates[-1])} if dates else {}
    return phrase(f"fichiers.{cle}", nombre=nombre, empreinte=empreinte(sources), **bornes)


def empreinte(sources: Iterable[dict]) -> str:
    """Empreinte courte d'un ensemble de fichiers : celle de leurs sha256, dans l'ordre des noms."""
    sommes = "".join(
        f"{s['nom']}\0{s['sha256']}\n" for s in sorted(sources, key=lambda s: s["nom"])
    )
    return hashlib.sha256(sommes.encode()).hexdigest()[:EMPREINTE]


def conformite() -> str:
    """« non conforme, audit à faire », « partiellement conforme, 78,5 % des critères »."""
    declare = theme.theme().accessibilite
    cle = ("mesuree" if declare.taux_pct else "auditee") if declare.date else "a_faire"
    return phrase(f"conformites.{cle}", etat=declare.etat, taux=declare.taux_pct)
