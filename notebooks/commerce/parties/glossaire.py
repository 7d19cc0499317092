"""Que veut dire chaque indicateur ? Les termes de `data/reference/glossaire.toml`."""

from markupsafe import Markup

from commerce import references
from commerce.formats import typographie
from commerce.redaction import Texte, ancre_de, balise, mots, phrase, repli


def texte(fiche) -> Texte:
    """Tous les termes, chacun à l'ancre où renvoient textes et figures (`glossaire-hhi`).

    Replié, car il est long : suivre un renvoi l'ouvre au bon terme.
    """
    termes = Markup("\n").join(
        _terme(identifiant, terme) for identifiant, terme in references.glossaire().items()
    )
    liste = balise("dl", termes, "glossaire")
    return repli(phrase("glossaire.resume", fiche), Markup("\n") + liste)


def _terme(identifiant: str, terme: dict) -> Texte:
    contenu = balise("dt", typographie(terme["terme"]), ancre=ancre_de(identifiant))
    contenu += balise("dd", typographie(terme["definition"]))
    for nom, rubrique in mots()["glossaire"]["rubriques"].items():
        # « sans » : une unité qui n'en est pas une.
        if terme.get(nom, "sans") != "sans":
            contenu += balise("dd", typographie(f"{rubrique} {terme[nom]}"), "rubrique")
    return balise("div", contenu)
