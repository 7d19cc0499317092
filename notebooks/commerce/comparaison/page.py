"""Comment se présente la comparaison ? Un formulaire et des tableaux que fait le script, le reste.

Le script est le seul de la page et n'appelle rien : données et mots y sont écrits. Sans lui, le
tableau des cent territoires est entier.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from commerce import formats, notice
from commerce.comparaison.lecture import Comparaison, contenu, tableau
from commerce.figure import tableaux
from commerce.formats import typographie
from commerce.redaction import Texte, assembler, balise, mots, phrase_generale

COLONNES = ("export_eur", "import_eur", "solde_eur", "couverture_pct")
MAXIMUM = 4
# Dans une page, « < » ouvre une balise : le script écrit ses textes sans.
ECHAPPES = {"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [comparaison] de `mots.toml`."""
    return phrase_generale(f"comparaison.{cle}", **valeurs)


def entete(vue: Comparaison) -> notice.Entete:
    """Titre de la page, mention, année."""
    html = assembler(
        balise("p", notice.serie(), "surtitre"),
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", phrase("sous_titre", annee=vue.annee), "sous-titre"),
        balise("p", vue.source, "mention-demonstration") if vue.mention or vue.passe_outre else "",
    )
    return notice.Entete(str(html), notice.de_page(vue, phrase("titre"), vue.annee, tiret="-"))


def style() -> notice.Habillage:
    """Apparence du formulaire et des tableaux."""
    return notice.style(Path(__file__).with_name("comparer.css"))


def script(vue: Comparaison) -> notice.Habillage:
    """Le script, avec les données et les mots qu'il montre."""
    dits = {cle: _typographies(texte) for cle, texte in mots()["comparaison"]["script"].items()}
    donnees = json.dumps(
        {**contenu(vue), "mots": dits, "maximum": MAXIMUM},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    for signe, ecrit in ECHAPPES.items():
        donnees = donnees.replace(signe, ecrit)
    return notice.script(Path(__file__).with_name("comparer.js"), f"const donnees = {donnees};\n")


def _typographies(texte):
    if isinstance(texte, Mapping):
        return {cle: _typographies(valeur) for cle, valeur in texte.items()}
    return [_typographies(t) for t in texte] if isinstance(texte, tuple) else typographie(texte)


def place() -> Texte:
    """Où le script mettra le formulaire et les tableaux ; sans lui, ce qu'il faut savoir."""
    return Texte(
        Markup('<div id="comparaison"><p class="note">{}</p></div>').format(phrase("sans_script"))
    )


def table(vue: Comparaison) -> Texte:
    """Le tableau des cent territoires, dans l'ordre des codes : ce que la page dit sans script."""
    tete = Markup("").join(
        Markup('<th scope="col">{}</th>').format(phrase(f"colonnes.{nom}"))
        for nom in ("nom", *COLONNES)
    )
    corps = Markup("").join(_rangee(vue, ligne) for ligne in tableau(vue).itertuples())
    return Texte(
        Markup(
            '<div class="defile" role="region" tabindex="0" aria-label="{0}"><table class="cent">'
            "<caption>{0}</caption><thead><tr>{1}</tr></thead><tbody>{2}</tbody></table></div>"
        ).format(phrase("cent"), tete, corps)
    )


def _rangee(vue: Comparaison, ligne) -> Markup:
    nom = f"{ligne.Index} {ligne.nom}"
    if ligne.Index in vue.pages:
        nom = Markup('<a href="{}.html">{}</a>').format(vue.pages[ligne.Index], nom)
    cellules = Markup("").join(
        Markup("<td>{}</td>").format(_nombre(colonne, getattr(ligne, colonne)))
        for colonne in COLONNES
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(nom, cellules)


def _nombre(colonne: str, valeur: float) -> str:
    if colonne == "solde_eur":
        return formats.nombre(formats.en_millions(valeur), 1, signe=True)
    return tableaux.nombre_lisible(valeur, colonne.rpartition("_")[2])
