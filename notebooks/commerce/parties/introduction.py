"""Pourquoi cette fiche, et de quels Territoires d'industrie parle-t-elle ?"""

from markupsafe import Markup

from commerce.redaction import (
    Texte,
    assembler,
    balise,
    lien_de_page,
    liste,
    paragraphes,
    phrase,
)


def texte(fiche) -> Texte:
    """Ce que contient la fiche, puis ses Territoires d'industrie, sous leur intertitre.

    Un territoire situé surtout ailleurs et de moins de cinq communes ici est laissé de côté, et
    l'intertitre le dit : il dépend des données, il est donc écrit ici et non dans le notebook.
    """
    territoires = fiche.territoires_industrie
    variante = "intertitre_principaux" if territoires.retires else "intertitre"
    if territoires.retenus:
        pages = dict(territoires.pages)
        nommes = (lien_de_page(pages.get(nom, ""), nom) for nom in territoires.retenus)
        contenu = liste(nommes, "territoires-industrie")
    elif territoires.connus:
        contenu = balise("p", phrase("introduction.territoires.aucun", fiche), "note")
    else:
        contenu = balise("p", _liste_officielle(fiche), "note")
    note = phrase("introduction.territoires.note_principaux", fiche)
    objet = "region" if fiche.departement.echelle == "region" else "departement"
    return assembler(
        paragraphes(
            phrase(f"introduction.{cle}", fiche) for cle in ("programme", f"objet_{objet}")
        ),
        balise(
            "h3",
            phrase(f"introduction.territoires.{variante}", fiche),
            ancre="territoires-industrie",
        ),
        contenu,
        balise("p", note, "note") if territoires.retires else "",
    )


def _liste_officielle(fiche) -> Texte:
    dits = [
        phrase(f"introduction.territoires.{cle}", fiche) for cle in ("inconnus", "adresse", "liste")
    ]
    return Texte(Markup('{} <a href="{}">{}</a>.').format(*dits))
