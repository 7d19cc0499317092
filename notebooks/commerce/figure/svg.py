"""Comment rendre propre et léger le SVG que dessine Vega ? Aucun texte anglais, aucun doublon.

Vega écrit des rôles ARIA anglais, des groupes vides et répète chaque attribut. Le SVG nettoyé
garde les mêmes traits et les mêmes textes ; le nom de chaque marque devient son `<title>`, lu au
survol et par les technologies d'assistance.
"""

import hashlib
import re
from decimal import Decimal
from xml.etree import ElementTree

from commerce import formats
from commerce.formats import typographie

ESPACE_DE_NOMS = "http://www.w3.org/2000/svg"
_VALEUR = re.compile(r"-?\d+(?:\.\d+)?")
_EN_NOMBRE = str.maketrans({"\u202f": None, ",": ".", "\u2212": "-"})
_NOMBRE = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+")
# « …,x,yLx,y2 » : le même x deux fois, c'est un trait vertical.
_VERTICALE = re.compile(r"((?<=,)([-\d.]+),[-\d.]+)L\2,([-\d.]+)")
_TRANSLATION = re.compile(r"translate\(([-\d.e]+),([-\d.e]+)\)")
_A_ARRONDIR = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height"}
_A_RETIRER = {"role", "aria-label", "aria-roledescription", "aria-hidden", "class", "version"}
_A_RETIRER |= {"pointer-events", "font-family", "stroke-miterlimit", "cursor"}
# Seules les propriétés héritées peuvent monter vers le groupe sans changer le dessin.
_HERITEES = ("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "font-size")
_HERITEES += ("font-weight", "text-anchor")
_DEFAUTS = {"opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "text-anchor": "start"}
_DEFAUTS |= {"font-weight": "normal", "transform": "translate(0,0)", "stroke": "none"}


def _arrondir(texte: str) -> str:
    arrondi = _NOMBRE.sub(lambda nombre: f"{float(nombre[0]):.1f}".removesuffix(".0"), texte)
    return _VERTICALE.sub(r"\1V\3", arrondi)


def _invisible(element: ElementTree.Element) -> bool:
    if element.get("display") == "none":
        return True
    sans_trait = element.get("stroke", "none") == "none"
    if not element.tag.endswith("path"):
        return False
    if element.get("fill", "") in ("", "none") and sans_trait:
        return "background" in element.get("class", "")
    return not element.get("d")


def _deplacer(element: ElementTree.Element) -> None:
    """Remplace la translation d'un texte ou d'un trait par ses coordonnées.

    Les lignes suivantes d'un texte (`tspan`) partent du même bord que la première.
    """
    noms = {"text": ("x", "y"), "line": ("x1", "y1")}.get(element.tag)
    position = _TRANSLATION.fullmatch(element.get("transform", ""))
    if not noms or not position:
        return
    del element.attrib["transform"]
    ecarts = [float(nombre) for nombre in position.groups()]
    for nom, ecart in zip(noms, ecarts, strict=True):
        element.set(nom, f"{float(element.get(nom, 0)) + ecart:g}")
    for ligne in element:
        if ligne.tag == "tspan" and "x" in ligne.attrib:
            ligne.set("x", f"{float(ligne.get('x')) + ecarts[0]:g}")
    if element.tag == "line":
        for nom, ecart in zip(("x2", "y2"), ecarts, strict=True):
            element.set(nom, f"{float(element.get(nom, 0)) + ecart:g}")


def _en_francais(nom: str) -> str:
    """Le nom que Vega fait d'une marque (« champ: valeur; champ: valeur »), en français.

    Une valeur prend l'écriture de son unité ; ce qui est dit deux fois ne l'est qu'une.
    """
    if not nom:
        return ""
    dites = dict.fromkeys(_dite(paire) for paire in re.split(r"(?<=\S); (?=[^;:]+: )", nom))
    return typographie(", ".join(dites))


def _dite(paire: str) -> str:
    champ, separateur, ecrite = paire.partition(": ")
    valeur = ecrite.translate(_EN_NOMBRE)
    if champ.endswith("\u00a0") or not separateur or not _VALEUR.fullmatch(valeur):
        return re.sub(r"(?<=\S): ", " : ", paire)
    if champ.endswith(("(M€)", "(€)")):  # les champs sont en euros, quel que soit leur axe
        return f"{champ.rpartition(' ')[0]} : {formats.millions_court(Decimal(valeur))}"
    return f"{champ} : {valeur.replace('.', ',')}"


def _alleger(element: ElementTree.Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for enfant in list(element):
        inutile = _invisible(enfant)
        _alleger(enfant)
        if inutile or (enfant.tag == "g" and not len(enfant)):
            element.remove(enfant)
    nom = _en_francais(element.get("aria-label", ""))
    if element.get("stroke-width") == "0":
        element.attrib.pop("stroke", None)
        element.attrib.pop("stroke-width")
    for attribut, valeur in list(element.attrib.items()):
        if attribut in _A_ARRONDIR:
            valeur = element.attrib[attribut] = _arrondir(valeur)
        if attribut in _A_RETIRER or attribut[0] == "{" or valeur == _DEFAUTS.get(attribut):
            del element.attrib[attribut]
    if "font-size" in element.attrib:
        element.set("font-size", element.get("font-size").removesuffix("px"))
    _deplacer(element)
    if nom and element.tag != "g" and element.tag != "svg":
        titre = ElementTree.Element("title")
        titre.text = nom
        element.insert(0, titre)


def _aplatir(element: ElementTree.Element) -> None:
    enfants = []
    for enfant in element:
        _aplatir(enfant)
        enfants += list(enfant) if enfant.tag == "g" and not enfant.attrib else [enfant]
    element[:] = enfants


def _factoriser(element: ElementTree.Element) -> None:
    enfants = [enfant for enfant in element if enfant.tag != "title"]
    for enfant in enfants:
        _factoriser(enfant)
    if element.tag != "g" or not enfants:
        return
    for attribut in _HERITEES:
        valeurs = {enfant.get(attribut) for enfant in enfants}
        if len(valeurs) == 1 and None not in valeurs:
            element.set(attribut, valeurs.pop())
            for enfant in enfants:
                del enfant.attrib[attribut]


def _remettre(racine: ElementTree.Element, couches: list[list[tuple]]) -> bool:
    """Remet dans chaque texte le mot de sa ligne ; faux si leur compte ne tombe pas juste."""
    groupes = [
        [texte for texte in groupe.iter(f"{{{ESPACE_DE_NOMS}}}text")]
        for groupe in racine.iter(f"{{{ESPACE_DE_NOMS}}}g")
        if groupe.get("class", "").startswith("mark-text role-mark")
    ]
    if [len(groupe) for groupe in groupes] != [len(couche) for couche in couches]:
        return False
    for groupe, couche in zip(groupes, couches, strict=True):
        for element, (mot, interligne) in zip(groupe, couche, strict=True):
            if isinstance(mot, str) or len(mot) < 2:
                element.text = mot if isinstance(mot, str) else "".join(mot)
                continue
            for rang, ligne in enumerate(mot):
                suite = {"x": "0", "dy": f"{interligne:g}"} if rang else {}
                nom = f"{{{ESPACE_DE_NOMS}}}tspan"
                ElementTree.SubElement(element, nom, suite).text = ligne
    return True


def _distinguer(texte: str) -> str:
    """Le même SVG, ses identifiants (dégradés, découpes) propres à lui dans la page."""
    noms = set(re.findall(r' id="([^"]+)"', texte))
    if not noms:
        return texte
    marque = hashlib.sha256(texte.encode()).hexdigest()[:8]
    for nom in sorted(noms, key=len, reverse=True):
        texte = texte.replace(f' id="{nom}"', f' id="{nom}-{marque}"')
        texte = texte.replace(f"url(#{nom})", f"url(#{nom}-{marque})")
    return texte


def nettoyer(dessin: str, pile: str, mots: list[list[tuple]] | None = None) -> str:
    """SVG sans texte anglais ni attribut inutile, nombres au dixième, police `pile` seule.

    mots : par couche de texte, dans l'ordre, le contenu et l'interligne (px) de chaque texte, s'il
    a été dessiné sans. Rend "" si leur compte ne tombe pas juste.
    """
    racine = ElementTree.fromstring(dessin)
    if mots is not None and not _remettre(racine, mots):
        return ""
    _alleger(racine)
    _factoriser(racine)
    _aplatir(racine)
    racine.attrib = {
        "xmlns": ESPACE_DE_NOMS,
        **{nom: racine.get(nom) for nom in ("viewBox", "width", "height")},
        "font-family": pile,
    }
    return _distinguer(ElementTree.tostring(racine, encoding="unicode"))


def avec_style(dessin: str, feuille: str) -> str:
    """Le même SVG avec une feuille de style interne : une image ne voit pas celle de la page."""
    ouverture, chevron, reste = dessin.partition(">")
    return f"{ouverture}{chevron}<style>{feuille}</style>{reste}"
