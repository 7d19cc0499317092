"""Qui est cette fiche ? Son en-tête pour le lecteur, sa notice pour les programmes.

La notice voyage dans la sortie de la cellule d'en-tête, sous le type MIME
`application/vnd.fiche+json` : le lot y lit le code, le titre, les indicateurs et les alertes sans
rien savoir du commerce extérieur.
"""

from dataclasses import dataclass

import pandas as pd

from commerce import formats, indicateurs, portrait, redaction, textes, theme
from commerce.portrait import textes_alertes, textes_parties

TYPE_MIME = "application/vnd.fiche+json"


@dataclass(frozen=True)
class Entete:
    """Titre, mention et chiffres clés d'une fiche, accompagnés de sa notice."""

    html: str
    notice: dict

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            "text/plain": self.notice["titre"],
            "text/html": self.html,
            TYPE_MIME: self.notice,
        }


def valeurs(fiche) -> pd.DataFrame:
    """Tous les indicateurs d'une fiche, de base puis de portrait : indicateur, flux, valeur."""
    tables = [indicateurs.de_la_fiche(fiche), portrait.indicateurs(fiche)]
    return pd.concat(tables, ignore_index=True)


def entete(fiche, valeurs: pd.DataFrame) -> Entete:
    """En-tête de la fiche. `valeurs` : indicateur, flux, valeur (voir `valeurs`)."""
    html = redaction.assembler(
        textes.titre(fiche),
        textes.chiffres_cles(fiche, valeurs),
        textes_parties.comparatif(fiche),
    )
    return Entete(str(html), notice(fiche, valeurs))


def notice(fiche, valeurs: pd.DataFrame) -> dict:
    """Ce que le lot retient de la fiche, en types JSON : entiers exacts, NaN écrit `None`."""
    departement = fiche.departement
    return {
        "code": departement.code,
        "slug": departement.slug,
        "nom": departement.nom,
        "titre": f"{redaction.phrase('titre', fiche)} ({fiche.annee}) - "
        f"{redaction.phrase('serie', fiche)}" + (f" - {fiche.mention}" if fiche.mention else ""),
        "annee": fiche.annee,
        "nomenclature": fiche.nomenclature,
        "jeu": "demonstration" if fiche.demonstration else "reelles",
        "mention": fiche.mention,
        "source": fiche.source,
        "institution": theme.theme().institution.nom,
        "contact": theme.theme().institution.contact,
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
        "alertes": alertes(fiche),
    }


def alertes(fiche) -> list[str]:
    """Que doit vérifier le relecteur avant de publier ?"""
    phrases = []
    if fiche.provisoire:
        phrases.append(f"Données provisoires pour {fiche.annee}.")
    for sens in indicateurs.SENS:
        if not indicateurs.total_eur(fiche.echanges, sens):
            phrases.append(f"Aucune {textes.OPERATION[sens]} enregistrée.")
        part = indicateurs.part_non_classee_pct(fiche, sens)
        if part > textes.SEUIL_NON_CLASSES_PCT:
            phrases.append(
                f"{formats.pourcentage(part)} des {textes.NOM_DU_FLUX[sens]} sans pays identifié."
            )
    return phrases + textes_alertes.alertes_ecrites(fiche)
