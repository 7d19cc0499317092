"""Comment une phrase devient-elle du HTML sûr ? Les mots, l'accord au territoire, les balises.

Les mots sont dans les fichiers `textes*.toml`. Un `Texte` est du HTML sûr : tout ce qui vient des
données y est échappé.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from commerce.formats import propre, typographie


class Texte(Markup):
    """HTML sûr, que le notebook affiche et que la page reprend tel quel."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        # Jupyter joint ceci au HTML : le répéter doublerait le poids du carnet exécuté.
        return f"{type(self).__name__} de {len(self)} caractères"


@cache
def mots() -> dict:
    """Les mots de `textes.toml`, puis ceux de `textes_portrait.toml`."""
    lus = {}
    for fichier in sorted(Path(__file__).parent.rglob("textes*.toml")):
        lus |= tomllib.loads(fichier.read_text(encoding="utf-8"))
    return lus


def phrase(cle: str, fiche, **valeurs) -> str:
    """Une phrase de `textes.toml`, accordée au territoire, en texte simple.

    cle : « section.cle ». Une accolade sans valeur est une erreur, pas un trou dans la page.
    """
    modele = mots()
    for partie in cle.split("."):
        modele = modele[partie]
    return typographie(propre(modele.format(**_valeurs_du_territoire(fiche), **valeurs)))


def phrases(cle: str, fiche, **valeurs) -> list[str]:
    """Les phrases d'une liste de `textes.toml`."""
    modeles = mots()
    for partie in cle.split("."):
        modeles = modeles[partie]
    communes = _valeurs_du_territoire(fiche)
    return [typographie(propre(modele.format(**communes, **valeurs))) for modele in modeles]


def _valeurs_du_territoire(fiche) -> dict[str, str]:
    departement, region = fiche.departement, fiche.departement.region
    seule = region_confondue(fiche)
    return {
        "annee": fiche.annee,
        "nom": departement.nom,
        "sujet": departement.sujet,
        "sujet_majuscule": majuscule(departement.sujet),
        "complement": departement.complement,
        "locatif": departement.locatif,
        "locatif_majuscule": majuscule(departement.locatif),
        "du_territoire": departement.complement if seule else "du département",
        "region": region.nom,
        "region_complement": region.complement,
        "region_locatif": region.locatif,
        "ensembles": "en France" if seule else f"{region.locatif} et en France",
        "des_ensembles": "de la France" if seule else f"{region.complement} et de la France",
        "vend_et_achete": accord(fiche, "vend et achète", "vendent et achètent"),
    }


def region_confondue(fiche) -> bool:
    """Le territoire est-il à lui seul sa région (la Corse) ?"""
    return fiche.departement.nom == fiche.departement.region.nom


def accord(fiche, au_singulier: str, au_pluriel: str) -> str:
    """Forme du verbe dont le territoire est le sujet : « vend », « vendent »."""
    return au_pluriel if fiche.departement.nombre == "pluriel" else au_singulier


def majuscule(texte: str) -> str:
    """« l'Ariège » -> « L'Ariège »."""
    return texte[:1].upper() + texte[1:]


def balise(nom: str, contenu: str, classe: str = "", ancre: str = "") -> Texte:
    """Un élément HTML ; son contenu est échappé, sauf s'il est déjà un `Texte`."""
    attributs = (f' id="{ancre}"' if ancre else "") + (f' class="{classe}"' if classe else "")
    texte = contenu if isinstance(contenu, Markup) else propre(contenu)
    return Texte(f"<{nom}{attributs}>{escape(texte)}</{nom}>")


def paragraphes(textes: Iterable[str], classe: str = "") -> Texte:
    """Un paragraphe par phrase ; les vides disparaissent."""
    return assembler(*(balise("p", texte, classe) for texte in textes if texte))


def liste(elements: Iterable[str], classe: str = "") -> Texte:
    """Une liste à puces."""
    return balise("ul", Texte("".join(balise("li", element) for element in elements)), classe)


def assembler(*textes: str) -> Texte:
    """Plusieurs morceaux à la suite ; les vides disparaissent."""
    return Texte("\n".join(texte for texte in textes if texte))
