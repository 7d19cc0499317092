"""De quoi parle cette page ? Son titre, son année, et si ses données sont fictives."""

from commerce.redaction import Texte, assembler, balise, majuscule, phrase


def texte(fiche) -> Texte:
    """La collection, le titre de premier niveau, l'année et la mention de démonstration."""
    mention = majuscule(f"{fiche.mention}.") if fiche.mention else ""
    return assembler(
        balise("p", phrase("entete.serie", fiche), "surtitre"),
        balise("h1", phrase("entete.titre", fiche), ancre="titre"),
        balise("p", phrase("entete.sous_titre", fiche), "sous-titre"),
        balise("p", mention, "mention-demonstration") if mention else "",
    )
