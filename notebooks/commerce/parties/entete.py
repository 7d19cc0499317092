"""De quoi parle cette page ? Son titre, son année, et si ses données sont fictives."""

from commerce import cartes
from commerce.redaction import Texte, assembler, balise, majuscule, phrase


def texte(fiche) -> Texte:
    """La collection, le titre, où est le territoire, l'année et la mention de démonstration."""
    mention = majuscule(f"{fiche.mention}.") if fiche.mention else ""
    situation = phrase("entete.situation", fiche)
    return assembler(
        cartes.localisateur(fiche.departement.composants, situation),
        balise("p", phrase("entete.serie", fiche), "surtitre"),
        balise("h1", phrase("entete.titre", fiche), ancre="titre"),
        balise("p", phrase("entete.sous_titre", fiche), "sous-titre"),
        balise("p", mention, "mention-demonstration") if mention else "",
    )
