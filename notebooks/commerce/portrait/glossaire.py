"""Que veut dire chaque indicateur ? Le glossaire de `data/reference/glossaire.toml`.

Chaque terme a une ancre stable (`glossaire-hhi`), vers laquelle renvoient textes et figures.
"""

from markupsafe import Markup

from commerce import references
from commerce.formats import typographie
from commerce.redaction import Texte

RUBRIQUES = {
    "formule": "Formule",
    "unite": "Unité",
    "plage": "Valeurs",
    "reference": "Référence",
}


def ancre(identifiant: str) -> str:
    """Ancre d'un terme dans la page. Un identifiant inconnu lève `KeyError`."""
    references.glossaire()[identifiant]
    return f"glossaire-{identifiant}"


def lien(identifiant: str, texte: str = "") -> Texte:
    """Renvoi vers un terme du glossaire ; sans `texte`, le nom du terme."""
    terme = references.glossaire()[identifiant]
    return Texte(
        Markup('<a href="#{}">{}</a>').format(
            ancre(identifiant), texte or typographie(terme["terme"])
        )
    )


def renvois(*identifiants: str) -> Texte:
    """« Définitions : Rang, Solde », chaque terme avec son lien."""
    liens = Markup(", ").join(lien(identifiant) for identifiant in identifiants)
    return Texte(Markup('<p class="definitions">Définitions\u00a0: {}</p>').format(liens))


def glossaire() -> Texte:
    """Le glossaire entier, liste de définitions HTML dont chaque terme porte son ancre."""
    morceaux = []
    for identifiant, terme in references.glossaire().items():
        rubriques = [
            Markup('<dd class="rubrique">{} {}</dd>').format(
                typographie(f"{titre} :"), typographie(terme[nom])
            )
            for nom, titre in RUBRIQUES.items()
            if terme.get(nom, "sans") != "sans"
        ]
        morceaux.append(
            Markup('<div><dt id="{}">{}</dt><dd>{}</dd>{}</div>').format(
                ancre(identifiant),
                typographie(terme["terme"]),
                typographie(terme["definition"]),
                Markup("").join(rubriques),
            )
        )
    # Replié, car il est long : suivre un renvoi l'ouvre au bon terme.
    return Texte(
        Markup(
            "<details><summary>Définitions, formules et références</summary>\n"
            '<dl class="glossaire">{}</dl></details>'
        ).format(Markup("\n").join(morceaux))
    )
