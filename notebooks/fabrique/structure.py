"""Comment un carnet exécuté devient-il le plan d'une page ?

Préprocesseur déclaré par `gabarits/fiche/conf.json` : il agit donc aussi bien dans `run_all.py`
que dans un simple `jupyter nbconvert --template fiche`. Il ne sait rien de ce que disent les
cellules. Une cellule étiquetée `masquer` n'est jamais publiée ; tout ce que montre une autre l'est,
ou la page est refusée (`formes`). Une sortie dont la métadonnée `fiche` vaut `style` va en tête
de page ; `script`, en fin de page, et la politique de sécurité n'autorise que ce script, par son
empreinte. Les figures et les blocs identifiés d'une cellule étiquetée `resume` font le résumé d'une
feuille (voir `impression.css`). La cellule qui porte le titre de premier niveau devient l'en-tête
de la page.
"""

import base64
import hashlib
import html
import json
import re
import unicodedata
from functools import partial

from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbconvert.preprocessors import Preprocessor

from . import classeur
from .classeur import TYPE_CLASSEUR, TYPE_FEUILLES
from .formes import AFFICHAGES, NOTICE, Refus, html_de, refus, visible

TITRE_MARKDOWN = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
TITRE_HTML = re.compile(r"<h([1-6])((?:\s[^>]*)?)>(.*?)</h\1>", re.DOTALL)
IDENTIFIANT = re.compile(r'\sid="([^"]+)"')
# « 12e rang » : le e monte, hors des dessins, des feuilles de style et des attributs.
ORDINAL = re.compile(
    r"(<(svg|style|script)\b.*?</\2>|<[^>]*>)|(?<![\w.,])(\d{1,3})(er|re|e)\b", re.DOTALL
)
TITRE_DE_FIGURE = 'class="figure-titre"'
BALISE = re.compile(r"<[^>]*>")
# Ce que JupyterLab, ou nbformat, donne à une cellule qui n'en a pas.
IDENTIFIANT_ALEATOIRE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")
ESPACES = (
    (re.compile(r"(?<=\S) (?=[;?!](?:\s|$))"), "\u202f"),
    (re.compile(r"(?<=\S) (?=[:»](?:\s|$))"), "\u00a0"),
    (re.compile(r"(?<=«) "), "\u00a0"),
)
LIEN_RELATIF = re.compile(r'(<a\b[^>]*?\shref=")(?![a-zA-Z][a-zA-Z0-9+.-]*:|#|//|")')
ABSOLU = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|/")
RESUMABLE = re.compile(r'<(?:figure|div|dl)\b[^>]*\sid="([a-z0-9-]+)"')
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
POLITIQUE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def sorties_html(cellule, place: str = "") -> list:
    """Sorties d'une cellule qui ont une forme sur la page ; `place` : style, script ou le corps."""
    return [
        sortie
        for sortie in cellule.get("outputs", [])
        if sortie.output_type in AFFICHAGES and sortie.metadata.get("fiche", "") == place
    ]


def notice(carnet) -> dict:
    """Première notice trouvée dans les sorties du carnet (code, titre, année...), ou {}."""
    for cellule in carnet.cells:
        for sortie in cellule.get("outputs", []):
            if NOTICE in sortie.get("data", {}):
                return dict(sortie.data[NOTICE])
    return {}


def chaine_css(texte: str) -> str:
    """Texte quelconque rendu inoffensif entre les guillemets d'une feuille de style."""
    return "".join(c if c.isalnum() or c in " -.,:" else f"\\{ord(c):06x}" for c in texte)


def titre_ancre(niveau: int, attributs: str, contenu: str, identifiant: str) -> str:
    """Titre avec son identifiant stable et, à partir du niveau 2, son lien permanent.

    Le lien suit le titre sans en faire partie : un lecteur d'écran qui parcourt les titres n'entend
    que les titres. Le texte visible ouvre le nom accessible, que le titre rend unique. Le clavier
    le passe : le sommaire mène aux mêmes sections.
    """
    reste = IDENTIFIANT.sub("", attributs)
    titre = f'<h{niveau}{reste} id="{identifiant}">{contenu}</h{niveau}>'
    if niveau == 1:
        return titre
    nom = html.escape(html.unescape(texte_seul(contenu)))
    return (
        f'<div class="titre titre-{niveau}">{titre}<a class="lien-permanent" tabindex="-1" '
        f'href="#{identifiant}" aria-label="Lien vers cette section\u00a0: {nom}">'
        "Lien vers cette section</a></div>"
    )


def adresser(source: str, base: str) -> str:
    """Le HTML dont les liens d'une page à l'autre partent de `base` ; vide, ils restent relatifs.

    Une page envoyée par courriel mène ainsi encore aux autres. Les ancres ne changent pas.
    """
    return LIEN_RELATIF.sub(lambda lien: lien[1] + html.escape(base), source) if base else source


def absolue(lien: str, base: str) -> str:
    """Un lien seul, de même."""
    return lien if ABSOLU.match(lien) else base + lien


def texte_seul(contenu: str) -> str:
    """Titre sans balise ni appel de note, tel qu'il s'écrit dans le sommaire."""
    return BALISE.sub("", contenu).strip().removesuffix("*")


class Sommaire:
    """Titres rencontrés, dans l'ordre, avec leurs identifiants uniques."""

    def __init__(self):
        self.entrees: list[dict] = []
        self.pris: set[str] = set()
        self.niveau = 1

    def identifiant(self, souhait: str) -> str:
        """Identifiant libre : le souhait, sinon le souhait suivi d'un rang."""
        candidat, rang = souhait, 2
        while candidat in self.pris:
            candidat, rang = f"{souhait}-{rang}", rang + 1
        self.pris.add(candidat)
        return candidat

    def titre(self, niveau: int, attributs: str, contenu: str, souhait: str) -> str:
        """Enregistre un titre et rend son HTML ancré."""
        if TITRE_DE_FIGURE in attributs:  # un cran sous sa section, et hors du sommaire
            niveau = min(self.niveau + 1, 6)
            return f"<h{niveau}{attributs}>{contenu}</h{niveau}>"
        self.niveau = niveau
        explicite = IDENTIFIANT.search(attributs)
        nomme = explicite[1] if explicite else souhait or ancre_du_titre(texte_seul(contenu))
        identifiant = self.identifiant(nomme)
        entree = {"id": identifiant, "texte": texte_seul(contenu), "sous": []}
        if niveau == 2:
            self.entrees.append(entree)
        elif niveau == 3 and self.entrees:
            self.entrees[-1]["sous"].append(entree)
        return titre_ancre(niveau, attributs, contenu, identifiant)


def ancrer_markdown(source: str, souhait: str, sommaire: Sommaire) -> str:
    """Remplace les titres Markdown par des titres HTML ancrés, que le rendu laisse intacts."""

    def remplacer(trouve: re.Match) -> str:
        rendu = markdown2html_mistune(trouve[2]).strip()
        contenu = rendu.removeprefix("<p>").removesuffix("</p>")
        return "\n" + sommaire.titre(len(trouve[1]), "", contenu, souhait) + "\n\n"

    return TITRE_MARKDOWN.sub(remplacer, source)


def ancrer_html(source: str, souhait: str, sommaire: Sommaire) -> str:
    """Donne identifiant et lien permanent aux titres d'une sortie HTML."""
    return TITRE_HTML.sub(
        lambda trouve: sommaire.titre(int(trouve[1]), trouve[2], trouve[3], souhait), source
    )


def politique(scripts: list[str]) -> str:
    """Politique de sécurité de la page : rien d'ailleurs, aucun script sauf ceux-ci."""
    empreintes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    permis = " ".join(f"'sha256-{empreinte}'" for empreinte in empreintes)
    return f"{POLITIQUE}; script-src {permis}" if permis else POLITIQUE


def ancrer(cellule, sommaire: Sommaire) -> None:
    """Ancre tous les titres que publie une cellule ; le premier prend l'identifiant de celle-ci.

    Celui que JupyterLab donne à une cellule nouvelle ne dit rien : l'ancre vient alors du titre.
    """
    souhait = "" if IDENTIFIANT_ALEATOIRE.fullmatch(cellule.id) else cellule.id
    if cellule.cell_type == "markdown":
        cellule.source = ancrer_markdown(espacer(cellule.source), souhait, sommaire)
    for sortie in sorties_html(cellule):
        sortie.data["text/html"] = ancrer_html(sortie.data["text/html"], souhait, sommaire)


def exposants(source: str) -> str:
    """Le HTML d'une sortie, la fin de ses ordinaux en exposant."""
    return ORDINAL.sub(lambda lu: lu[1] or f"{lu[3]}<sup>{lu[4]}</sup>", source)


def espacer(source: str) -> str:
    """Le Markdown d'une cellule, espaces insécables posées devant la ponctuation double."""
    for motif, espace in ESPACES:
        source = motif.sub(espace, source)
    return source


def ancre_du_titre(texte: str) -> str:
    """« Où vont les vins ? » -> « ou-vont-les-vins »."""
    simple = unicodedata.normalize("NFKD", html.unescape(texte)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", simple.lower()).strip("-") or "section"


def classeurs(cellules: list) -> None:
    """Compose les classeurs que la page propose, avec les tableaux qu'elle montre."""
    sorties = [sortie for cellule in cellules for sortie in sorties_html(cellule)]
    feuilles = [f for sortie in sorties for f in json.loads(sortie.data.get(TYPE_FEUILLES, "[]"))]
    for sortie in sorties:
        if TYPE_CLASSEUR in sortie.data:
            sortie.data["text/html"] = classeur.liens(sortie.data[TYPE_CLASSEUR], feuilles)


def porte_le_titre(cellule) -> bool:
    """La cellule contient-elle un titre de premier niveau ?"""
    textes = [cellule.source] if cellule.cell_type == "markdown" else []
    textes += [sortie.data["text/html"] for sortie in sorties_html(cellule)]
    return any("<h1" in texte for texte in textes)


def elements_du_resume(cellules: list) -> str:
    """Sélecteur CSS de ce que le résumé garde des cellules étiquetées `resume`, ou "" : aucun.

    Ce sont leurs figures, et leurs blocs qui ont un identifiant.
    """
    return ", ".join(
        f"#{identifiant}"
        for cellule in cellules
        if "resume" in cellule.metadata.get("tags", [])
        for sortie in sorties_html(cellule)
        for identifiant in RESUMABLE.findall(sortie.data["text/html"])
    )


def sans_sortie(cellule) -> bool:
    """La cellule n'a-t-elle rien pour la page, ni corps, ni style, ni script ?"""
    return not any(
        sortie.data.get("text/html", "").strip()
        for sortie in cellule.get("outputs", [])
        if sortie.output_type in AFFICHAGES
    )


def sans_titre_seul(cellules: list) -> list:
    """Les cellules, sans les titres sous lesquels le code n'a rien montré : ni page, ni sommaire.

    Les cellules vides partent avec leur titre. Un titre que rien ne suit dans le carnet reste :
    l'analyste l'a voulu.
    """
    gardees: list = []
    niveau_suivant, rien_montre = 0, False
    for cellule in reversed(cellules):
        if cellule.cell_type == "code" and not any(
            sortie.data["text/html"].strip() for sortie in sorties_html(cellule)
        ):
            rien_montre = True
        else:
            titre = cellule.cell_type == "markdown" and TITRE_MARKDOWN.fullmatch(
                cellule.source.strip()
            )
            if titre and rien_montre and niveau_suivant <= len(titre[1]):
                while gardees and gardees[-1].cell_type == "code" and sans_sortie(gardees[-1]):
                    gardees.pop()
                continue
            niveau_suivant, rien_montre = len(titre[1]) if titre else 9, False
        gardees.append(cellule)
    return gardees[::-1]


class StructurePage(Preprocessor):
    """Range dans `resources["page"]` la notice, l'en-tête, le sommaire, les styles, les scripts."""

    def preprocess(self, carnet, ressources):
        """Plan de la page ; il ne reste du carnet que le corps, dont les titres sont ancrés."""
        if motifs := refus(carnet.cells):
            raise Refus("page refusée : " + " ; ".join(motifs))
        fiche = notice(carnet)
        corps = [cellule for cellule in carnet.cells if visible(cellule)]
        for cellule in corps:
            for sortie in cellule.get("outputs", []):
                if sortie.output_type in AFFICHAGES:
                    sortie.data["text/html"] = html_de(sortie)
        corps = sans_titre_seul(corps)
        classeurs(corps)
        styles, balises = (
            [
                sortie.data["text/html"]
                for cellule in corps
                for sortie in sorties_html(cellule, place)
            ]
            for place in ("style", "script")
        )
        scripts = [script for balise in balises for script in SCRIPT.findall(balise)]
        sommaire = Sommaire()
        for cellule in corps:
            cellule.outputs = sorties_html(cellule)
            for sortie in cellule.outputs:
                sortie.data["text/html"] = exposants(sortie.data["text/html"])
            ancrer(cellule, sommaire)
        carnet.cells = [cellule for cellule in corps if not porte_le_titre(cellule)]
        base = str(fiche.get("adresse", ""))
        ressources["page"] = {
            "adresser": partial(adresser, base=base),
            "absolue": partial(absolue, base=base),
            "notice": fiche,
            "entete": [cellule for cellule in corps if porte_le_titre(cellule)],
            "sommaire": sommaire.entrees,
            "styles": styles,
            "scripts": scripts,
            "politique": politique(scripts),
            "resume": elements_du_resume(corps),
            "impression": {
                nom: chaine_css(str(fiche.get(nom, "")))
                for nom in ("nom", "annee", "mention", "bas")
            },
        }
        return carnet, ressources
