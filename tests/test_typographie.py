"""La typographie et la charpente de toutes les pages du lot, index compris."""

import html
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import FICHES_D_ESSAI

from commerce import references

PAGES = ("index", "donnees", *(references.departements()[code].slug for code in FICHES_D_ESSAI))
ATTRIBUTS_LUS = {"aria-label", "title", "alt", "placeholder", "data-titre"}
SANS_FIN = {"meta", "br", "hr", "img", "input", "link", "rect", "path", "line", "circle"}
BLOCS = {"p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "caption", "summary", "text"}
BLOCS |= {"title", "option", "label", "figure", "div", "ul", "tr", "svg", "figcaption"}
FINE, INSECABLE = "\u202f", "\u00a0"


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


@cache
def lire(chemin: Path) -> Page:
    return Page(chemin.read_text(encoding="utf-8"))


@pytest.fixture(params=PAGES)
def page(request, lot) -> Page:
    return lire(lot / "html" / f"{request.param}.html")


def fautes(page: Page, motif: str) -> set[str]:
    """Ce que trouve le motif dans le texte de la page, avec un peu de ce qui l'entoure."""
    return {
        ligne[max(0, trouve.start() - 30) : trouve.end() + 20]
        for ligne in page.lignes
        for trouve in re.finditer(motif, ligne)
    }


# Espaces et signes

ECRITURES = {
    "une seule apostrophe, la droite": "[\u2018\u2019\u02bc\u00b4`]",
    "espace insécable devant : et »": f"(?<!{INSECABLE})[:»](?!\\d)",
    "espace fine devant ; ? !": f"(?<!{FINE})[;?!]",
    "espace insécable après «": f"«(?!{INSECABLE})",
    "guillemets français": '["“”„]',
    "espace insécable devant les unités": (
        r"\d( ?|\u202f)(%|€|M€|(ko|kg|millions?|milliards?|euros?|points?)\b)"
    ),
    "espace fine entre les milliers": r"\d[ \u00a0]\d{3}(?!\d)",
    "virgule décimale": r"\d\.\d",
    "vrai signe moins": r"(?<![\w,])-[ \u00a0]?\d",
    "points de suspension en un signe": r"\.\.",
    "ordinaux": r"\d ?(ère|ere|ier|ère|ème|eme|ième|nd|nde|è)\b|\b1e\b|\b[2-9]er\b",
    "espaces en trop": r" {2}|[ \u00a0\u202f][,.](?![\d.])|[(] | [)]| $",
    "ponctuation répétée": r",,|;;|::|,\.|\.,(?! )",
    "élisions": r"(?i)\b(de|que|la|le|ne|se|lorsque) (?!onz|oui|un\b)[aeiouàâéèêîôû]",
    "articles contractés": r"\b([Dd]e|[Àà]) les? [A-ZÉÎ]",
}


@pytest.mark.parametrize("regle", ECRITURES)
def test_ecriture(page, regle):
    assert fautes(page, ECRITURES[regle]) == set()


def test_guillemets_ouverts_et_fermes(page):
    for ligne in page.lignes:
        assert ligne.count("«") == ligne.count("»"), ligne


# Langue

ANGLAIS = (
    r"(?i)\b(the|of|and|with|from|this|is|are|by|symbol|mark|container|group|axis|legend|chart"
    r"|plot|rule|download|save as|view source|open in|no data|loading|untitled|cell|output|link"
    r"|skip to|table of contents|footnote|warning|error|true|false)\b"
)
VIDES = r"\b(nan|NaN|NAN|None|null|undefined|Infinity|inf|NaT|<NA>)\b|\[object|Markup\(|Texte\("


def test_aucun_mot_anglais(page):
    # Le titre d'une revue citée reste dans sa langue.
    assert {f for f in fautes(page, ANGLAIS) if "Journal of" not in f} == set()


def test_aucune_valeur_vide_ecrite(page):
    assert fautes(page, VIDES) == set()
    assert not re.search(r'(?<=[ "(,])(NaN|undefined|null)(?=[ ",)])', page.source)


def test_page_en_francais_partout(page):
    assert page.source.count('<html lang="fr">') == 1
    assert set(page.valeurs("lang", "xml:lang", "hreflang")) == {"fr"}
    assert page.valeurs("aria-roledescription") == []


# Charpente


def test_titres_consecutifs(page):
    niveaux = [niveau for niveau, _ in page.titres]
    assert niveaux.count(1) == 1 and niveaux[0] == 1
    sauts = [(a, b) for a, b in pairwise(niveaux) if b > a + 1]
    assert sauts == []
    textes = [texte.strip() for _, texte in page.titres]
    assert all(textes) and len(set(textes)) == len(textes)


def test_identifiants_uniques_et_liens_internes_justes(page):
    identifiants = page.valeurs("id")
    assert len(set(identifiants)) == len(identifiants)
    cibles = [lien[1:] for lien in page.valeurs("href") if lien.startswith("#")]
    cibles += page.valeurs("for", "headers")
    for nom in ("aria-labelledby", "aria-describedby", "aria-controls"):
        cibles += [cible for valeur in page.valeurs(nom) for cible in valeur.split()]
    assert set(cibles) - set(identifiants) == set()


def test_liens_vers_les_autres_pages(page, lot):
    voisines = {lien.partition("#")[0] for lien in page.valeurs("href") if ".html" in lien}
    assert {lien for lien in voisines if not (lot / "html" / lien).is_file()} == set()


# Un lien cité dans un courriel doit vivre d'une édition à l'autre : une section ou une figure
# nouvelle s'ajoute à ces listes, rien n'en sort et rien n'y change de nom.
SECTIONS = (
    *("titre", "introduction", "territoires-industrie", "contexte-et-methode", "contexte"),
    *("methode", "points-d-attention", "balance", "exportations", "importations"),
    *("pour-aller-plus-loin", "evolution", "zones", "concentration", "specialisation"),
    *("etats-unis", "approvisionnements", "glossaire", "informations"),
)
FIGURES = (
    *("soldes-par-pays", "activites"),
    *("flux-export", "flux-export-region", "flux-export-france"),
    *("flux-import", "flux-import-region", "flux-import-france"),
)
# Celles-ci ne se montrent que si le flux est assez grand pour le calcul.
FIGURES_AJOUTEES = (
    *("evolution-base-100", "contributions", "zones-du-monde", "concentration-des-echanges"),
    *("specialisations", "territoires-ressemblants", "etats-unis-produits"),
    *("etats-unis-scenario", "fournisseurs-concentres"),
)
SECTIONS_DES_ANNEXES = {
    "index": ("titre", "carte", "fiches", "points-a-verifier", "donnees"),
    "donnees": (
        *("titre", "sources", "controles", "trimestres", "revisions", "mouvements"),
        *("non-classes", "codes-inconnus", "rapprochement"),
    ),
}
FIGURES_DES_ANNEXES = {
    "index": (),
    "donnees": ("figure-trimestres", "figure-mouvements", "figure-non-classes"),
}


def ancres(page: Page, balises: str) -> tuple[str, ...]:
    return tuple(
        valeur
        for balise, nom, valeur in page.attributs
        if nom == "id" and re.match(balises, balise)
    )


@pytest.mark.parametrize("nom", PAGES)
def test_liens_permanents(lot, nom):
    page = lire(lot / "html" / f"{nom}.html")
    assert ancres(page, "h[1-6]$") == SECTIONS_DES_ANNEXES.get(nom, SECTIONS)
    figures = ancres(page, "figure$")
    attendues = tuple(figure for figure in FIGURES_AJOUTEES if figure in figures)
    assert figures == FIGURES_DES_ANNEXES.get(nom, FIGURES + attendues)


def test_une_grande_fiche_montre_toutes_les_figures(lot):
    assert ancres(lire(lot / "html" / "75-paris.html"), "figure$") == FIGURES + FIGURES_AJOUTEES


# Mêmes données, mêmes octets


@pytest.fixture(scope="module")
def refaite(lot, racine, tmp_path_factory) -> Path:
    """La fiche de l'Ariège refaite seule, ailleurs, dans un noyau neuf."""
    sortie = tmp_path_factory.mktemp("refaite")
    commande = [sys.executable, str(racine / "run_all.py"), "09", "--forcer", "--noyau-neuf"]
    commande += ["--sortie", str(sortie), "--source", str(racine / "data" / "demonstration")]
    passage = subprocess.run(commande, cwd=sortie, capture_output=True, text=True)
    assert passage.returncode == 0, passage.stdout + passage.stderr
    return sortie


def test_deux_passages_donnent_les_memes_octets(lot, refaite):
    nom = "html/09-ariege.html"
    assert (refaite / nom).read_bytes() == (lot / nom).read_bytes()


def test_ni_date_ni_chemin_ni_alea_dans_la_page(page, racine, lot):
    jour = date.today()
    for ecriture in (f"{jour:%Y-%m-%d}", f"{jour:%d/%m/%Y}", f"{jour:%Y%m%d}"):
        assert ecriture not in page.source
    visible = html.unescape(page.source)
    assert str(racine) not in visible and str(lot) not in visible and "/tmp/" not in visible
    assert fautes(page, r"\d\d:\d\d:\d\d|\b\d+(,\d+)?[ \u00a0]s\b") == set()
    aleatoire = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{12,}")
    assert [valeur for valeur in page.valeurs("id", "class") if aleatoire.search(valeur)] == []
