"""Ce que dit une page de ses propres nombres : chaque règle rend ce qui la contredit."""

import html
import re
from collections.abc import Iterator

FIGURE = re.compile(r'<figure id="([a-z0-9-]+)".*?</figure>', re.DOTALL)


def contradictions(source: str, lignes: list[str]) -> list[str]:
    """Tout ce que contredit la page ; `source` : son HTML, `lignes` : ce qui s'en lit."""
    figures = {t[1]: html.unescape(t[0]) for t in FIGURE.finditer(source)}
    return [*rouges(figures), *doubles(source)]


def rouges(figures: dict[str, str]) -> Iterator[str]:
    """Chaque diagramme de flux dit entre quoi sont les flux rouges."""
    for identifiant, figure in figures.items():
        if identifiant.startswith("flux-") and "nommés" not in figure:
            yield f"{identifiant} : flux rouges non dits"


def doubles(source: str) -> Iterator[str]:
    """Aucun texte caché à la vue n'est écrit à côté de celui qui se voit : il se copierait."""
    yield from re.findall(r'<span class="lu">[^<]*', source)
