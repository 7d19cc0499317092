"""Ce que le lecteur lit ou entend d'une page, et les règles d'écriture que tout y suit."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

ATTRIBUTS_LUS = {"aria-label", "title", "alt", "placeholder", "data-titre"}
SANS_FIN = {"meta", "br", "hr", "img", "input", "link", "rect", "path", "line", "circle"}
BLOCS = {"p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "caption", "summary", "text"}
BLOCS |= {"title", "option", "label", "figure", "div", "ul", "tr", "svg", "figcaption"}
FINE, INSECABLE = "\u202f", "\u00a0"

REGLES = {
    "une seule apostrophe, la droite": "[\u2018\u2019\u02bc\u00b4`]",
    "espace insécable devant : et »": f"(?<!{INSECABLE})[:»](?!\\d)",
    "espace fine devant ; ? !": f"(?<!{FINE})[;?!]",
    "espace insécable après «": f"«(?!{INSECABLE})",
    "guillemets français": '["“”„]',
    "espace insécable devant les unités": (
        r"\d( ?|\u202f)(%|€|M€|(ko|kg|millions?|milliards?|euros?|points?)\b)"
    ),
    "espace fine entre les milliers": r"\d[ \u00a0]\d{3}(?!\d)",
    # Une licence et un programme ont un numéro de version.
    "virgule décimale": r"(?<!Licence Ouverte )(?<!version )(?<![\d.])\d+\.\d",
    "vrai signe moins": r"(?<![\w,])-[ \u00a0]?\d",
    "points de suspension en un signe": r"\.\.",
    "ordinaux": r"\d ?(ère|ere|ier|ère|ème|eme|ième|nd|nde|è)\b|\b1e\b|\b[2-9]er\b",
    "espaces en trop": (
        r"[ \u00a0\u202f]{2}|[ \u00a0\u202f][,.](?![\d.])|[(][ \u00a0]|[ \u00a0][)]| $"
    ),
    "ponctuation répétée": r",,|;;|::|,\.|\.,(?! )",
    "élisions": (
        r"(?i)\b(de|que|la|le|ne|se|lorsque)[ \u00a0](?!onz|oui|un\b)[aeiouàâéèêîôû]"
        r"|(?-i:\bdu[ \u00a0][AEIOUÉÈÊÎÔ])"
    ),
    "élisions de trop": r"\b[dl]'(?=[BCDFGJKLMNPQRSTVWXZ])",
    "articles contractés": (
        r"\b[Dd]e les? (?![a-zéè]+(er|ir|re)\b)|\b[Àà] les?\b|\b[Ee]n les\b|\bdans Paris\b"
    ),
    "valeur vide": r"\b(nan|NaN|NAN|None|null|undefined|Infinity|inf|NaT|<NA>)\b",
    "trace du code": r"[{}]|\]\(|\[object|Markup\(|Texte\(",
    "mot anglais": (
        # Le titre d'une revue citée reste dans sa langue.
        r"(?i)\b(the|of(?<!Journal of)|and|with|from|this|is|are|by|symbol|mark|container|group"
        r"|axis|legend|chart|plot|rule|download|save as|view source|open in|no data|loading"
        r"|untitled|cell|output|link|skip to|table of contents|footnote|warning|error|true"
        r"|false)\b"
    ),
    "paragraphe qui commence par un chiffre": r"^\d+[ \u00a0](?:pays|produits?)\b.*\.$",
    "croix de multiplication": r"(?<=[\w)]) x (?=[\w(])",
    "mot qui vieillit": r"page précédente|ci-dessus|cette année|mai dernier",
    "mot qui juge": r"(?i)vulnérab|dépendan|malheureusement|inquiét|risque|devrait",
}


@dataclass
class Page(HTMLParser):
    """Ce que le lecteur d'une page lit ou entend, et ce qui la tient."""

    source: str
    morceaux: list[str] = field(default_factory=list)
    attributs: list[tuple[str, str, str]] = field(default_factory=list)
    titres: list[tuple[int, str]] = field(default_factory=list)
    _pile: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        if tag in BLOCS or tag == "br":
            self.morceaux.append("\n")
        self.attributs += [(tag, nom, valeur or "") for nom, valeur in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.titres.append((int(tag[1]), ""))
        if tag not in SANS_FIN:
            self._pile.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributs += [(tag, nom, valeur or "") for nom, valeur in attrs]

    def handle_endtag(self, tag):
        if tag in BLOCS:
            self.morceaux.append("\n")
        while self._pile and self._pile.pop() != tag:
            continue

    def handle_data(self, data):
        if self._pile and self._pile[-1] in ("script", "style"):
            return
        self.morceaux.append(data)
        if self._pile and re.fullmatch("h[1-6]", self._pile[-1]):
            niveau, texte = self.titres[-1]
            self.titres[-1] = niveau, texte + data

    def valeurs(self, *noms: str) -> list[str]:
        """Valeurs de ces attributs, dans l'ordre de la page."""
        return [valeur for _, nom, valeur in self.attributs if nom in noms]

    @property
    def lignes(self) -> list[str]:
        """Tout le texte, un élément par ligne, noms accessibles et infobulles compris."""
        lues = "".join(self.morceaux).split("\n") + self.valeurs(*ATTRIBUTS_LUS)
        sans_adresse = (re.sub(r"(https?://|mailto:)\S+", "", ligne) for ligne in lues)
        return [ligne for ligne in sans_adresse if ligne.strip(" ")]


def fautes(page: Page, regles: dict[str, str] = REGLES) -> dict[str, list[str]]:
    """Ce que trouve chaque règle dans le texte de la page, avec un peu de ce qui l'entoure.

    Vide si rien n'est à reprendre.
    """
    texte = "\n".join(dict.fromkeys(page.lignes))
    trouvees = {
        regle: sorted(
            {
                texte[max(0, t.start() - 30) : t.end() + 20]
                for t in re.finditer(motif, texte, re.MULTILINE)
            }
        )
        for regle, motif in regles.items()
    }
    if ouverts := [ligne for ligne in page.lignes if ligne.count("«") != ligne.count("»")]:
        trouvees["guillemets ouverts et fermés"] = ouverts
    return {regle: extraits for regle, extraits in trouvees.items() if extraits}
