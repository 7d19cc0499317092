"""Où en savoir plus, et à qui écrire ?"""

from markupsafe import Markup

from commerce.formats import typographie
from commerce.redaction import Texte, assembler, balise, mots, paragraphes, phrase


def texte(fiche) -> Texte:
    """À quoi sert la fiche, puis les adresses de `mots.toml`."""
    liens = Markup("").join(
        Markup('<li><a href="{}">{}</a></li>').format(adresse, typographie(nom))
        for nom, adresse in mots()["informations"]["liens"]
    )
    return assembler(
        paragraphes([phrase("informations.texte", fiche)]), balise("ul", liens, "liens")
    )
