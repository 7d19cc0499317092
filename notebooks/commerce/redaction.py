"""Comment une phrase devient-elle du HTML sûr ? Les mots, l'accord au territoire, les balises.

Les mots sont dans `mots.toml`. Un `Texte` est du HTML sûr : tout ce qui vient des
données y est échappé.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from commerce import ErreurDonnees, formats, references
from commerce.formats import propre, typographie
from commerce.theme import lire_toml


class Texte(Markup):
    """HTML sûr, que le notebook affiche et que la page reprend tel quel."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        # Jupyter joint ceci au HTML : le répéter doublerait le poids du carnet exécuté.
        return f"{type(self).__name__} de {len(self)} caractères"


RENVOI = re.compile(r"\[([^\]]+)\]\(([a-z0-9-]+)\)")
FICHIER = Path(__file__).with_name("mots.toml")


def mots() -> Mapping:
    """Tout `mots.toml` ; relu dès que le fichier change."""
    return _mots(FICHIER, FICHIER.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _mots(fichier: Path, _date_ns: int) -> Mapping:
    return lire_toml(fichier)


def verifier() -> None:
    """`ErreurDonnees` si une accolade de `mots.toml` n'est remplie par aucun appel du programme.

    À appeler avant le lot : une faute de frappe ferait échouer les cent fiches une à une.
    """
    code = "".join(f.read_text(encoding="utf-8") for f in Path(__file__).parent.rglob("*.py"))
    remplies = set(re.findall(r"\b(\w+)=", code)) | set(re.findall(r'"(\w+)"', code))
    for rang, ligne in enumerate(FICHIER.read_text(encoding="utf-8").splitlines(), 1):
        if ligne.lstrip().startswith("#"):
            continue
        for accolade in re.findall(r"\{([^{}\s=:!]*)(?:[:!]\w+)?\}", ligne):
            if accolade not in remplies:
                raise ErreurDonnees(
                    f"{FICHIER.name}, ligne {rang} : rien ne remplit {{{accolade}}} ; corriger "
                    "l'accolade, ou l'ôter."
                )
    mots()


def empreinte(sans: Collection[str]) -> str:
    """Empreinte des mots, dans leur ordre, sans ceux de ces sections."""
    dits = {section: contenu for section, contenu in mots().items() if section not in sans}
    return hashlib.sha256(json.dumps(dits, default=dict).encode()).hexdigest()


def phrase(cle: str, fiche, **valeurs) -> str:
    """Une phrase de `mots.toml`, accordée au territoire, en texte simple.

    cle : « section.cle ». Une accolade sans valeur est une erreur, pas un trou dans la page.
    """
    return phrase_generale(cle, **_valeurs_du_territoire(fiche), **valeurs)


def phrase_generale(cle: str, **valeurs) -> str:
    """Une phrase de `mots.toml` qui ne parle d'aucun territoire ; cle : « section.cle »."""
    return typographie(propre(brute(cle, **valeurs)))


def brute(cle: str, **valeurs) -> str:
    """La même sans typographie, pour un fichier ou le terminal ; la page qui la reprend la pose."""
    modele = mots()
    for partie in cle.split("."):
        modele = modele[partie]
    return modele.format(**valeurs)


def phrases(cle: str, fiche, **valeurs) -> list[str]:
    """Les phrases d'une liste de `mots.toml`."""
    modeles = mots()
    for partie in cle.split("."):
        modeles = modeles[partie]
    communes = _valeurs_du_territoire(fiche)
    return [typographie(propre(modele.format(**communes, **valeurs))) for modele in modeles]


def _valeurs_du_territoire(fiche) -> dict[str, str]:
    departement, region = fiche.departement, fiche.departement.region
    seule = fiche.est_une_region
    regionale = departement.echelle == "region"
    return {
        "annee": fiche.annee,
        "nom": departement.nom,
        "sujet": departement.sujet,
        "sujet_majuscule": majuscule(departement.sujet),
        "complement": departement.complement,
        "locatif": departement.locatif,
        "locatif_majuscule": majuscule(departement.locatif),
        "du_territoire": departement.complement if seule else "du département",
        "comparables": "régions" if regionale else "territoires",
        "comparables_majuscule": "Régions" if regionale else "Territoires",
        "region": region.nom,
        "region_complement": region.complement,
        "region_locatif": region.locatif,
        "ensembles": "en France" if seule else f"{region.locatif} et en France",
        "des_ensembles": "de la France" if seule else f"{region.complement} et de la France",
        "vend_et_achete": accord(fiche, "vend et achète", "vendent et achètent"),
    }


def accord(fiche, au_singulier: str, au_pluriel: str) -> str:
    """Forme du verbe dont le territoire est le sujet : « vend », « vendent »."""
    return au_pluriel if fiche.departement.nombre == "pluriel" else au_singulier


def majuscule(texte: str) -> str:
    """« l'Ariège » -> « L'Ariège »."""
    return texte[:1].upper() + texte[1:]


def complement(sujet: str) -> str:
    """« les États-Unis » -> « des États-Unis », « Israël » -> « d'Israël »."""
    for article, contracte in (("le ", "du "), ("les ", "des ")):
        if sujet.startswith(article):
            return contracte + sujet.removeprefix(article)
    return f"d'{sujet}" if formats.sans_accent(sujet)[:1] in tuple("aeiou") else f"de {sujet}"


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


def lien_de_page(slug: str, texte: str) -> Texte:
    """Un lien vers une autre page de la collection ; le texte seul si elle n'a pas de nom."""
    ecrit = propre(texte)
    return Texte(Markup('<a href="{}.html">{}</a>').format(slug, ecrit) if slug else escape(ecrit))


def assembler(*textes: str) -> Texte:
    """Plusieurs morceaux à la suite ; les vides disparaissent."""
    return Texte("\n".join(texte for texte in textes if texte))


def repli(resume: str, contenu: Markup, classe: str = "") -> Texte:
    """Un complément replié, que le lecteur ouvre s'il le veut."""
    return balise("details", Texte(balise("summary", resume) + contenu), classe)


def enumerer(elements: list[str]) -> str:
    """« a, b et c »."""
    return " et ".join(filter(None, [", ".join(elements[:-1]), *elements[-1:]]))


def ordinal(fiche, rang: int) -> str:
    """« 1er », « 2e »."""
    cle = "premier" if rang == 1 else "suivant"
    return phrase(f"communs.{cle}", fiche, rang=formats.nombre(rang))


def rang_ecrit(fiche, rang: int, ex_aequo: bool) -> str:
    """« 12e rang », « 12e rang (ex æquo) »."""
    ecrit = phrase("communs.rang", fiche, rang=ordinal(fiche, rang))
    return phrase("communs.ex_aequo", fiche, rang=ecrit) if ex_aequo else ecrit


# Renvois au glossaire


def ancre_de(terme: str) -> str:
    """Ancre d'un terme du glossaire dans la page. Un terme inconnu lève `KeyError`."""
    references.glossaire()[terme]
    return f"glossaire-{terme}"


def lien_de(terme: str, texte: str = "") -> Texte:
    """Lien vers un terme du glossaire ; sans `texte`, le nom du terme."""
    nom = texte or typographie(references.glossaire()[terme]["terme"])
    return Texte(Markup('<a href="#{}">{}</a>').format(ancre_de(terme), nom))


def renvois(*termes: str) -> Texte:
    """« Définitions : Rang, Solde », chaque terme avec son lien."""
    liens = Markup(", ").join(lien_de(terme) for terme in dict.fromkeys(termes))
    return Texte(Markup('<p class="definitions">Définitions\u00a0: {}</p>').format(liens))


def legende(cle: str, fiche, **valeurs) -> Texte:
    """Une légende : texte échappé, où [mots](terme) devient un lien vers le glossaire."""
    modele = str(escape(phrase(cle, fiche, **valeurs).strip()))
    return Texte(
        RENVOI.sub(
            lambda renvoi: (
                str(lien_de(renvoi[2], Markup(renvoi[1])))
                if renvoi[2] in references.glossaire()
                else renvoi[0]
            ),
            modele,
        )
    )
