"""Que dit une page publiée ? Ses phrases, ses nombres, ses deux figures, lus dans son HTML.

Une page est celle que le lot vient d'écrire, ou celle d'une édition : rien d'autre n'en est connu.
"""

import html
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

DESSIN = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
NI_DIT = re.compile(r"<(svg|nav)\b.*?</\1>", re.DOTALL)
BLOC = re.compile(
    r"<(p|li|h[1-6]|caption|th|td|dt|dd|summary)\b([^>]*)>(.*?)</\1>|\sid=\"([^\"]+)\"",
    re.DOTALL,
)
IDENTIFIANT = re.compile(r'\sid="([^"]+)"')
BALISE = re.compile(r"<[^>]*>")
NOMBRE = re.compile(r"\d+(?:[ ,.]\d+)*")
PHRASES = ("p", "li", "h2", "h3")
# De chaque dessin en vignette : ce qu'on voit, sans ce qu'entend un lecteur d'écran.
VIGNETTES = ("soldes-par-pays", "evolution-base-100")
MUET = re.compile(r"<title>.*?</title>|\s(?:aria-[\w-]+|role|id|class)=\"[^\"]*\"")
DECIMALES = re.compile(r"(\d+\.\d)\d+")


@dataclass(frozen=True)
class PageLue:
    """Une page : son HTML, et `blocs`, une ligne (balise, ancre, texte) par morceau de texte."""

    html: str

    @cached_property
    def blocs(self) -> list[tuple[str, str, str]]:
        """Tous les textes de la page, du titre au pied exclu, dans l'ordre."""
        corps = self.html.partition("<header")[2].partition("<footer")[0]
        blocs, ancre = [], ""
        for trouve in BLOC.finditer(NI_DIT.sub("", corps)):
            balise, attributs, contenu, seul = trouve.groups()
            for identifiant in [seul] if seul else IDENTIFIANT.findall(attributs):
                ancre = ancre if identifiant.endswith("-titre") else identifiant
            if balise and (texte := _texte(contenu)):
                blocs.append((balise, ancre, texte))
        return blocs

    @property
    def phrases(self) -> list[tuple[str, str]]:
        """Les phrases (ancre, texte), sans les cellules des tableaux."""
        return [(ancre, texte) for balise, ancre, texte in self.blocs if balise in PHRASES]

    @property
    def nombres(self) -> list[str]:
        """Tous les nombres écrits, tableaux compris, dans l'ordre."""
        return [n for _, _, texte in self.blocs for n in NOMBRE.findall(texte)]

    @property
    def textes(self) -> list[str]:
        """Tous les textes, dans l'ordre."""
        return [texte for _, _, texte in self.blocs]

    def section(self, titre: str) -> list[str]:
        """Les phrases qui suivent ce titre, jusqu'au titre suivant."""
        suite, dedans = [], False
        for balise, _, texte in self.blocs:
            if balise.startswith("h"):
                dedans = texte == titre
            elif dedans and balise in PHRASES:
                suite.append(texte)
        return suite

    @property
    def vignettes(self) -> Markup:
        """Les deux figures que le relecteur regarde d'abord."""
        return Markup("").join(map(self.vignette, VIGNETTES))

    def vignette(self, identifiant: str) -> Markup:
        """Le dessin d'une figure, le plus étroit des deux, muet et allégé ; vide s'il manque."""
        debut = self.html.find(f'<figure id="{identifiant}"')
        figure = self.html[debut : self.html.find("</figure>", debut)] if debut >= 0 else ""
        dessins = DESSIN.findall(figure)
        if not dessins:
            return Markup("")
        allege = DECIMALES.sub(r"\1", MUET.sub("", dessins[-1]))
        return Markup(allege.replace("<svg", '<svg aria-hidden="true"', 1))


def lire_page(dossier: Path, slug: str) -> PageLue:
    """La page d'un dossier de résultats ou d'une édition ; vide si elle manque."""
    chemin = dossier / "html" / f"{slug}.html"
    return PageLue(chemin.read_text(encoding="utf-8") if chemin.is_file() else "")


def _texte(contenu: str) -> str:
    return " ".join(html.unescape(BALISE.sub("", contenu)).replace("’", "'").split())
