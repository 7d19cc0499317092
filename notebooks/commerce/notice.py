"""Qui est cette page ? Son en-tête pour le lecteur, sa notice pour les programmes.

La notice voyage dans la sortie de la cellule d'en-tête, sous le type MIME
`application/vnd.fiche+json` : le lot y lit le code, le titre, les indicateurs et les alertes sans
rien savoir du commerce extérieur.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from commerce import indicateurs, profils, signature
from commerce.annee import Annee
from commerce.formats import OPERATION, typographie
from commerce.redaction import majuscule, mots, phrase

TYPE_MIME = "application/vnd.fiche+json"
DESCRIPTION_MAX = 320
PROPRES_AUX_CENT = ("total_region_eur", "part_region_pct", "rang_france", "rang_region")


@dataclass(frozen=True)
class Entete:
    """L'en-tête d'une page, HTML sûr, accompagné de sa notice."""

    html: str
    notice: dict

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            "text/plain": self.notice["titre"],
            "text/html": self.html,
            TYPE_MIME: self.notice,
        }


@dataclass(frozen=True)
class Habillage:
    """Feuille de style ou script, que le gabarit range à sa place dans la page."""

    html: str
    place: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return {"text/html": self.html, "text/plain": self.place}, {"fiche": self.place}


def style(fichier: Path, suite: str = "") -> Habillage:
    """Une feuille de style et ses règles calculées."""
    return Habillage(f"<style>{fichier.read_text(encoding='utf-8')}{suite}</style>", "style")


def script(fichier: Path, donnees: str = "") -> Habillage:
    """Un script, précédé de ses données."""
    return Habillage(f"<script>{donnees}{fichier.read_text(encoding='utf-8')}</script>", "script")


def serie() -> str:
    """Le nom de la collection, au-dessus du titre de chaque page."""
    return typographie(mots()["entete"]["serie"])


def de_page(vue, nom: str, annee: int | str, slug: str = "", tiret: str = "–") -> dict:
    """La notice d'une page qui n'est pas une fiche : vue a slug, mention, sources et source."""
    slug = slug or vue.slug
    titre = f"{nom} ({annee})" if annee else nom
    titre = f" {tiret} ".join(filter(None, (titre, serie(), vue.mention)))
    return {
        "code": slug,
        "slug": slug,
        "nom": nom,
        "titre": titre,
        "annee": annee.valeur if isinstance(annee, Annee) else annee,
        "jeu": "demonstration" if vue.demonstration else "reelles",
        "mention": vue.mention,
        **signature.notice(titre, slug, vue.sources, vue.source),
        "indicateurs": [],
        "alertes": [],
    }


def valeurs(fiche) -> pd.DataFrame:
    """Tous les indicateurs d'une fiche, de base puis de profil : indicateur, flux, valeur.

    La fiche d'une région n'a ni part dans sa région, ni rang parmi les cent territoires.
    """
    toutes = pd.concat([indicateurs.de_la_fiche(fiche), profils.indicateurs(fiche)])
    if fiche.departement.echelle == "region":
        toutes = toutes[~toutes["indicateur"].isin(PROPRES_AUX_CENT)]
    return toutes.reset_index(drop=True)


def entete(
    fiche, valeurs: pd.DataFrame, texte: str, alertes: Iterable[str], phrases: Iterable[str] = ()
) -> Entete:
    """L'en-tête d'une fiche, ses indicateurs (voir `valeurs`) et ses alertes écrites.

    phrases : celles de L'essentiel, que la notice redit à qui ne lit pas la page.
    """
    return Entete(str(texte), notice(fiche, valeurs, alertes, phrases))


def notice(
    fiche, valeurs: pd.DataFrame, alertes: Iterable[str], phrases: Iterable[str] = ()
) -> dict:
    """Ce que le lot retient de la fiche, en types JSON : entiers exacts, NaN écrit `None`.

    `essentiel` : ses phrases, une par une ; `description` : les premières, pour un moteur de
    recherche, précédées de la mention de démonstration.
    """
    phrases = list(phrases)
    mention = [majuscule(f"{fiche.mention}.")] if fiche.mention else []
    departement = fiche.departement
    dits = {cle: phrase(f"entete.{cle}", fiche) for cle in ("titre", "serie")}
    variante = "titre_demonstration" if fiche.mention else "titre"
    titre = phrase(f"notice.{variante}", fiche, mention=fiche.mention, **dits)
    return {
        "code": departement.code,
        "slug": departement.slug,
        "nom": departement.nom,
        "titre": titre,
        "annee": fiche.annee.valeur,
        "nomenclature": fiche.nomenclature,
        "jeu": "demonstration" if fiche.demonstration else "reelles",
        "mention": fiche.mention,
        **signature.notice(titre, departement.slug, fiche.sources, fiche.source, "fiche"),
        "essentiel": phrases,
        "description": " ".join([*mention, description(phrases)]) if phrases else "",
        "region": departement.region.code,
        "region_nom": departement.region.nom,
        "indicateurs": [
            {
                "indicateur": ligne.indicateur,
                "flux": ligne.flux,
                "valeur": None if pd.isna(ligne.valeur) else ligne.valeur,
            }
            for ligne in valeurs.itertuples()
        ],
        "alertes": [*_constats(fiche), *alertes],
    }


def description(phrases: Iterable[str], signes: int = DESCRIPTION_MAX) -> str:
    """Les premières phrases entières qui tiennent en tant de signes ; la première toujours."""
    tenue = ""
    for dite in phrases:
        suite = f"{tenue} {dite}".strip()
        if tenue and len(suite) > signes:
            break
        tenue = suite
    return tenue


def _constats(fiche) -> list[str]:
    """Que doit vérifier le relecteur avant de publier, et que la page ne dit pas à part ?"""
    constats = [phrase("notice.provisoire", fiche)] if fiche.provisoire else []
    for sens in indicateurs.SENS:
        if not indicateurs.total_eur(fiche.echanges, sens):
            constats.append(phrase("notice.sans_flux", fiche, operation=OPERATION[sens]))
    return constats
