"""La page ne contient-elle que ce qu'elle peut contenir ? Rien qui charge, navigue ou s'exécute.

Tout ce qui commence par « < » doit être une balise permise, écrite de la façon la plus ordinaire :
ce qu'un navigateur pourrait lire autrement que nous est refusé avant qu'il ait à choisir. Un script
n'est permis que si la politique de sécurité de la page porte son empreinte.
"""

import base64
import hashlib
import html
import re
from functools import lru_cache

import tinycss2

PERMISES = frozenset(
    {
        *("html", "head", "body", "title", "meta", "style", "header", "footer", "main", "nav"),
        *("section", "article", "aside", "address", "hgroup"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "a", "ul", "ol", "li", "dl"),
        *("dt", "dd", "figure", "figcaption", "blockquote", "q", "cite", "pre", "code"),
        *("kbd", "samp", "var", "b", "i", "u", "s", "em", "strong", "small", "sub", "sup"),
        *("mark", "abbr", "dfn", "time", "data", "del", "ins", "br", "wbr", "hr", "bdi", "bdo"),
        *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
        *("details", "summary", "img", "picture"),
        *("label", "input", "output", "select", "option", "optgroup", "button", "fieldset"),
        *("legend", "meter", "progress"),
        # Dessins SVG et formules : ni animation, ni objet étranger, ni filtre à image.
        *("svg", "g", "defs", "symbol", "use", "desc", "path", "rect", "circle", "ellipse"),
        *("line", "polyline", "polygon", "text", "tspan", "textpath"),
        *("lineargradient", "radialgradient", "stop", "clippath", "mask", "pattern", "marker"),
        *("image",),
        *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mfrac", "msqrt", "mroot", "msup"),
        *("msub", "msubsup", "mover", "munder", "munderover", "mtable"),
        *("mtr", "mtd", "mspace", "mstyle", "semantics", "annotation"),
    }
)
ADRESSES = frozenset(
    (
        "href",
        "src",
        "srcset",
        "xlink:href",
        "data",
        "poster",
        "background",
        "cite",
        "longdesc",
        "ping",
    )
)
STYLES = frozenset(("style", "fill", "stroke", "filter", "mask", "clip-path", "cursor"))
INTERDITS = frozenset(("srcdoc", "action", "formaction", "manifest", "http-equiv", "is"))
DESSINS = frozenset(("svg", "math"))
TEXTE_BRUT = frozenset(("style", "title", "script"))
FONCTIONS_QUI_CHARGENT = frozenset(
    ("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade")
)
SUIVIS = ("http:", "https:", "mailto:", "tel:")
ATTRIBUT = r"""\s+([a-zA-Z_][\w:.-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
UN_ATTRIBUT = re.compile(ATTRIBUT)
JETON = re.compile(
    r"<(?P<ouverte>[a-zA-Z][a-zA-Z0-9-]*)(?P<attributs>(?:"
    + re.sub(r"\((?!\?)", "(?:", ATTRIBUT)
    + r")*)\s*/?>|</(?P<fermee>[a-zA-Z][a-zA-Z0-9-]*)\s*>|<!doctype html>"
    r"|<!--(?!-?>)(?:(?!--).)*-->"
    r"|(?P<reste><[a-zA-Z/!?])",
    re.IGNORECASE | re.DOTALL,
)
# La plupart des balises n'ont que de ceux-là, que rien ne peut rendre actifs.
INOFFENSIFS = re.compile(
    r"(?:\s+(?:class|id|d|x|y|[xy][12]|width|height|viewBox|scope|role|lang|title|tabindex|colspan|"
    r"rowspan|font-(?:size|weight)|text-anchor|stroke-width|fill-opacity|aria-\w+|data-\w+)"
    r"=\"[^\"]*\"|\s+(?:fill|stroke)=\"[#\w-]*\")*"
)
BALISAGE = re.compile(r"<[a-zA-Z/!?]")
POLITIQUE = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
EXTRAIT = 60


def defauts(page: str) -> list[str]:
    """Tout ce que la page ne peut pas contenir, une phrase par défaut, chacune une fois."""
    politiques = POLITIQUE.findall(page)
    trouves, fin, profondeur = [], 0, 0
    while jeton := JETON.search(page, fin):
        fin = jeton.end()
        nom, attributs, fermee, reste = jeton.group("ouverte", "attributs", "fermee", "reste")
        if reste:
            trouves.append(f"balise mal écrite : {_extrait(page[jeton.start() : fin + EXTRAIT])}")
        elif fermee:
            profondeur = max(0, profondeur - (fermee.lower() in DESSINS))
        elif nom:
            nom = nom.lower()
            if nom not in PERMISES or not INOFFENSIFS.fullmatch(attributs):
                trouves += _defauts_de_balise(nom, attributs)
            if nom in DESSINS:
                profondeur += 1
            elif nom in TEXTE_BRUT:
                debut, fin = fin, _fin_du_texte(page, nom, fin)
                trouves += _texte(nom, page[debut:fin], politiques, profondeur)
    return list(dict.fromkeys(trouves))


def _defauts_de_balise(nom: str, attributs: str) -> list[str]:
    lus = [
        (cle.lower(), html.unescape(double or simple or nu))
        for cle, double, simple, nu in UN_ATTRIBUT.findall(attributs)
    ]
    valeurs = dict(lus)
    if nom == "meta" and valeurs.get("http-equiv", "").lower() == "content-security-policy":
        return []
    trouves = []
    for cle, valeur in lus:
        if cle in ADRESSES:
            permise = _se_suit if nom in ("a", "area") and cle == "href" else _tient_dans_la_page
            if not permise(valeur, "download" in valeurs) or nom not in PERMISES:
                trouves.append(f"ressource extérieure à la page : {_extrait(valeur)}")
        elif cle in STYLES or cle.startswith("marker-"):
            trouves += _defauts_de_style(valeur)
        elif cle in INTERDITS or cle.startswith("on"):
            trouves.append(f"attribut refusé : {nom} {cle}")
    if nom not in PERMISES and nom != "script" and not trouves:
        trouves.append(f"balise refusée : {nom}")
    return trouves


def _se_suit(adresse: str, telecharge: bool) -> bool:
    """Un lien mène à un autre endroit, ou fait télécharger un fichier que la page porte."""
    # Un navigateur ôte ces caractères avant de lire le protocole.
    nue = re.sub(r"[\x00-\x20]+", "", adresse).lower()
    if protocole := re.match(r"[a-z][a-z0-9+.-]*:", nue):
        return protocole[0] in SUIVIS or (protocole[0] == "data:" and telecharge)
    return True


def _tient_dans_la_page(adresse: str, _: bool) -> bool:
    return adresse.startswith(("data:image/", "#"))


def _fin_du_texte(page: str, nom: str, debut: int) -> int:
    fermeture = re.compile(rf"</{nom}", re.IGNORECASE).search(page, debut)
    return fermeture.start() if fermeture else len(page)


def _texte(nom: str, texte: str, politiques: list[str], profondeur: int) -> list[str]:
    if nom != "script":
        # Dans un dessin, un navigateur lit ce texte comme du balisage : il ne doit pas y en avoir.
        trouve = BALISAGE.search(texte)
        trouves = [f"balise dans un texte : {_extrait(texte[trouve.start() :])}"] if trouve else []
        return trouves + (list(_defauts_de_style(texte)) if nom == "style" else [])
    empreinte = base64.b64encode(hashlib.sha256(texte.encode()).digest()).decode()
    permis = bool(politiques) and all(f"'sha256-{empreinte}'" in p for p in politiques)
    if permis and not profondeur and "<!--" not in texte:
        return []
    return [f"script refusé : {_extrait(texte) or 'vide'}"] if texte.strip() else []


@lru_cache(maxsize=1 << 10)
def _defauts_de_style(style: str) -> tuple[str, ...]:
    """Adresses qu'une feuille ou un attribut de style ferait charger, échappements compris."""
    if not re.search(r"[\\@(]", style):
        return ()
    trouves = []
    attente = tinycss2.parse_component_value_list(style, skip_comments=True)
    while attente:
        jeton = attente.pop()
        adresse = None
        if jeton.type == "url":
            adresse = jeton.value
        elif jeton.type == "error":
            adresse = jeton.message if jeton.kind in ("bad-url", "eof-in-url") else None
        elif jeton.type == "at-keyword" and jeton.lower_value == "import":
            adresse = "@import"
        elif jeton.type == "function":
            attente += jeton.arguments
            if jeton.lower_name in FONCTIONS_QUI_CHARGENT:
                textes = [a.value for a in jeton.arguments if a.type == "string"]
                adresse = next((t for t in textes if not _dans_le_style(t)), None)
        elif jeton.type in ("() block", "[] block", "{} block"):
            attente += jeton.content
        if adresse is not None and not _dans_le_style(adresse):
            trouves.append(f"ressource extérieure à la page : {_extrait(adresse)}")
    return tuple(trouves)


def _dans_le_style(adresse: str) -> bool:
    return adresse.startswith(("data:", "#"))


def _extrait(texte: str) -> str:
    une_ligne = " ".join(texte.split())
    return une_ligne[:EXTRAIT] + ("…" if len(une_ligne) > EXTRAIT else "")
