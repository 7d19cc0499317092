"""Cette collection est-elle accessible, et qui en répond ? La page `accessibilite.html`.

Tout ce qu'elle affirme vient de `theme.toml` ; les mots, de `mots.toml`, section [declaration].
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from markupsafe import Markup

from commerce import notice, signature, theme
from commerce.formats import typographie
from commerce.redaction import Texte, assembler, balise, liste, mots, paragraphes, phrase_generale


@dataclass(frozen=True)
class Page:
    """La page de déclaration, telle que `figure.affichage` attend une page."""

    slug: ClassVar[str] = signature.PAGE
    annee: ClassVar[int] = 0
    source: ClassVar[str] = ""
    mention: ClassVar[str] = ""
    dossier: ClassVar[Path | None] = None


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [declaration] de `mots.toml`."""
    return phrase_generale(f"declaration.{cle}", **valeurs)


def entete() -> notice.Entete:
    """Le titre de la page, et sa notice."""
    nom, serie = phrase("titre"), typographie(mots()["entete"]["serie"])
    titre = f"{nom} – {serie}"
    html = assembler(balise("p", serie, "surtitre"), balise("h1", nom, ancre="titre"))
    # Sans année, le journal ne reconnaîtrait pas la page et le lot la referait à chaque passage.
    identite = {"code": Page.slug, "slug": Page.slug, "nom": nom, "titre": titre, "annee": ""}
    return notice.Entete(
        str(html),
        {**identite, **signature.notice(titre, Page.slug), "indicateurs": [], "alertes": []},
    )


def accessibilite() -> Texte:
    """L'état déclaré, d'où il vient, ce que les pages font, et à qui signaler un défaut."""
    declare, institution = theme.theme().accessibilite, theme.theme().institution
    entite = declare.entite or institution.nom
    audit = "faite" if declare.date else "a_faire"
    date = signature.jour(declare.date) if declare.date else ""
    taux = "taux" if declare.taux_pct else "sans_taux"
    contact = phrase("contact") if institution.contact else phrase("sans_contact")
    return assembler(
        paragraphes(
            [
                phrase("entite", entite=entite) if entite else phrase("sans_entite"),
                phrase("etat", etat=declare.etat),
                phrase(f"audit.{audit}", date=date),
                phrase(f"audit.{taux}", taux=declare.taux_pct),
                phrase("mesures"),
            ]
        ),
        liste([typographie(mesure) for mesure in mots()["declaration"]["faits"]]),
        balise("p", Markup("{} {}").format(contact, _courriel(institution.contact))),
        paragraphes([phrase("recours")]),
    )


def mentions() -> Texte:
    """Éditeur, directeur de la publication, hébergeur, licence ; ce qui manque se dit."""
    choix = theme.theme()
    dits = {
        "emetteur": choix.institution.nom,
        "editeur": choix.mentions.editeur,
        "directeur": choix.mentions.directeur,
        "hebergeur": choix.mentions.hebergeur,
        "licence": choix.edition.licence,
    }
    absent = phrase("non_renseigne")
    return liste(phrase(f"mentions.{cle}", dit=dit or absent) for cle, dit in dits.items())


def _courriel(contact: str) -> Markup:
    return Markup('<a href="mailto:{0}">{0}</a>').format(contact) if contact else Markup("")
