"""Pourquoi cette fiche, et de quels Territoires d'industrie parle-t-elle ?"""

from commerce.redaction import Texte, assembler, balise, liste, paragraphes, phrase, phrases


def texte(fiche) -> Texte:
    """Ce que contient la fiche, puis ses Territoires d'industrie, sous leur intertitre.

    Un territoire situé surtout ailleurs et de moins de cinq communes ici est laissé de côté, et
    l'intertitre le dit : il dépend des données, il est donc écrit ici et non dans le notebook.
    """
    territoires = fiche.territoires_industrie
    variante = "intertitre_principaux" if territoires.retires else "intertitre"
    if territoires.retenus:
        contenu = liste(territoires.retenus, "territoires-industrie")
    else:
        absence = "aucun" if territoires.connus else "inconnus"
        contenu = balise("p", phrase(f"introduction.territoires.{absence}", fiche), "note")
    note = phrase("introduction.territoires.note_principaux", fiche)
    return assembler(
        paragraphes(phrases("introduction.paragraphes", fiche)),
        balise(
            "h3",
            phrase(f"introduction.territoires.{variante}", fiche),
            ancre="territoires-industrie",
        ),
        contenu,
        balise("p", note, "note") if territoires.retires else "",
    )
