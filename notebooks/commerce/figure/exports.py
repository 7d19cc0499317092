"""Comment emporter une figure ? SVG autonome et adresses `data:` qui voyagent dans la page."""

from xml.etree import ElementTree

from markupsafe import Markup

from commerce import theme
from commerce.figure import svg
from commerce.figure.mesure import INTERLIGNE, composer, largeur_texte

MARGE = 16
# Le chemin d'une adresse `data:` accepte tout le reste tel quel, espaces comprises ; `"`, `<` et
# `&` sont en plus dangereux dans l'attribut qui porte l'adresse.
_A_ECRIRE = {"%": "%25", "#": "%23", "\n": "%0A", "\r": "%0D", "\t": "%09"}
_A_ECRIRE |= {'"': "%22", "<": "%3C", ">": "%3E", "&": "%26", "`": "%60"}
_POUR_URI = str.maketrans(_A_ECRIRE)


def _lignes_de_texte(racine, textes: list[str], x: float, y: float, taille: int, graisse: int):
    largeur = float(racine.get("width"))
    for texte in textes:
        for ligne in composer(texte, largeur - 2 * MARGE, taille, graisse, lignes=6):
            y += taille * INTERLIGNE
            attributs = {"x": str(x), "y": f"{y:.1f}", "font-size": str(taille)}
            attributs["font-weight"] = str(graisse)
            ElementTree.SubElement(racine, "text", attributs).text = ligne
    return y


def _fixer_les_longueurs(element: ElementTree.Element, taille: float, graisse: int) -> None:
    taille = float(element.get("font-size", taille))
    graisse = int(element.get("font-weight", graisse))
    if element.tag in ("text", "tspan") and element.text:
        longueur = largeur_texte(element.text, taille, graisse)
        element.set("textLength", f"{longueur:.1f}".removesuffix(".0"))
    for enfant in element:
        _fixer_les_longueurs(enfant, taille, graisse)


def autonome(dessin: str, titre: str, notes: list[str]) -> str:
    """SVG à télécharger : titre au-dessus, source et mention au-dessous, fond, longueurs fixées.

    Le fichier n'embarque pas la police : `textLength` garde à chaque mot sa place, quelle que soit
    la police de repli de la machine qui l'ouvre. Les infobulles restent dans la page.
    """
    marge = MARGE
    origine = ElementTree.fromstring(dessin)
    for element in origine.iter():
        element.tag = element.tag.rpartition("}")[2]
        for infobulle in element.findall(f"{{{svg.ESPACE_DE_NOMS}}}title"):
            element.remove(infobulle)
    largeur, hauteur = (float(origine.get(cote)) for cote in ("width", "height"))
    racine = ElementTree.Element("svg", {"xmlns": svg.ESPACE_DE_NOMS})
    racine.set("width", f"{largeur + 2 * marge:g}")
    racine.set("font-family", origine.get("font-family"))
    racine.set("fill", theme.theme().couleurs.texte)
    ElementTree.SubElement(racine, "title").text = titre
    fond = ElementTree.SubElement(racine, "rect", {"width": "100%", "height": "100%"})
    fond.set("fill", theme.theme().couleurs.fond)
    y = _lignes_de_texte(racine, [titre], marge, marge, 16, 600) + 14
    groupe = ElementTree.SubElement(racine, "g", {"transform": f"translate({marge},{y:.1f})"})
    groupe.extend(list(origine))
    y = _lignes_de_texte(racine, notes, marge, y + hauteur + 8, 12, 400) + marge
    racine.set("height", f"{y:.0f}")
    racine.set("viewBox", f"0 0 {largeur + 2 * marge:g} {y:.0f}")
    _fixer_les_longueurs(racine, 13, 400)
    return ElementTree.tostring(racine, encoding="unicode")


def juxtaposer(dessins: list[str]) -> str:
    """Un seul SVG de plusieurs, de gauche à droite, alignés en haut."""
    racines = [ElementTree.fromstring(dessin) for dessin in dessins]
    ensemble, x = racines[0], 0.0
    hauteur = max(float(racine.get("height")) for racine in racines)
    for racine in racines:
        groupe = ElementTree.Element(
            f"{{{svg.ESPACE_DE_NOMS}}}g", {"transform": f"translate({x:g})"}
        )
        groupe.extend(list(racine))
        x += float(racine.get("width")) + 2 * MARGE
        racine[:] = []
        ensemble.append(groupe)
    largeur = x - 2 * MARGE
    ensemble.attrib |= {"width": f"{largeur:g}", "height": f"{hauteur:g}"}
    ensemble.set("viewBox", f"0 0 {largeur:g} {hauteur:g}")
    return ElementTree.tostring(ensemble, encoding="unicode")


def uri_de_donnees(contenu: str, genre: str) -> Markup:
    """Adresse `data:` d'un fichier texte, à mettre telle quelle dans un attribut entre guillemets.

    Échappée au plus juste : une page en porte une par figure, et doit rester légère.
    """
    return Markup(f"data:{genre};charset=utf-8,{contenu.translate(_POUR_URI)}")
