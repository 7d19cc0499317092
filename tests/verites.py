"""Ce que dit une page de ses propres nombres : chaque règle rend ce qui la contredit."""

import html
import re
from collections.abc import Iterator

from commerce import references

FIGURE = re.compile(r'<figure id="([a-z0-9-]+)".*?</figure>', re.DOTALL)
NIVEAU = re.compile(r"(faible|moyenne|forte) par (?:pays|produit) \(indice (\d,\d\d)")
LECTURE = re.compile(r"Lecture : [^.]*?, ([\d ,]+) M€ importés et ([\d ,]+) M€ exportés, soit")
COULISSES = r"data/|ce projet|livrée? avec|nos tables|\.(csv|toml|ipynb)\b|run_all|seuils_alertes"
PETIT = re.compile(r"Les (exportations|importations) [^.]* ne sont pas significatifs \(n\.s\.\)")
SANS_ARTICLE = [
    ligne.nom
    for ligne in references.pays().itertuples()
    if ligne.sujet.lower() != ligne.nom.lower()
]
VERS = re.compile(rf"\bvers (?:{'|'.join(map(re.escape, SANS_ARTICLE))})\b")


def contradictions(source: str, lignes: list[str]) -> list[str]:
    """Tout ce que contredit la page ; `source` : son HTML, `lignes` : ce qui s'en lit."""
    lu = "\n".join(lignes).replace("\u00a0", " ").replace("\u202f", " ")
    figures = {t[1]: html.unescape(t[0]) for t in FIGURE.finditer(source)}
    return [
        *(*rouges(figures), *doubles(source), *niveaux(lu), *lectures(lu)),
        *non_significatifs(lu, figures),
        *(ecrit[0] for ecrit in re.finditer(COULISSES, lu)),
        *(ecrit[0] for ecrit in re.finditer(r"\bC'est 1,0 fois", lu)),
        *(ecrit[0] for ecrit in re.finditer(r"(?<![\d,])1 (?!pays|fois)\w+s\b", lu)),
        *VERS.findall(lu),
    ]


def rouges(figures: dict[str, str]) -> Iterator[str]:
    """Chaque diagramme de flux dit entre quoi sont les flux rouges."""
    for identifiant, figure in figures.items():
        if identifiant.startswith("flux-") and "nommés" not in figure:
            yield f"{identifiant} : flux rouges non dits"


def doubles(source: str) -> Iterator[str]:
    """Aucun texte caché à la vue n'est écrit à côté de celui qui se voit : il se copierait."""
    yield from re.findall(r'<span class="lu">[^<]*', source)


def niveaux(lu: str) -> Iterator[str]:
    """Faible au-dessous de 0,15, forte à partir de 0,25 : le mot suit le nombre imprimé."""
    for trouve in NIVEAU.finditer(lu):
        indice = float(trouve[2].replace(",", "."))
        if trouve[1] != ("forte" if indice >= 0.25 else "moyenne" if indice >= 0.15 else "faible"):
            yield trouve[0]


def lectures(lu: str) -> Iterator[str]:
    """L'exemple de lecture des soldes ferme sur les nombres imprimés."""
    for trouve in LECTURE.finditer(lu):
        dit = lu[trouve.end() :].partition("M€")[0]
        importe, exporte, solde = (
            round(10 * float(re.sub(r"[^\d,−]", "", ecrit).replace(",", ".").replace("−", "-")))
            for ecrit in (trouve[1], trouve[2], dit)
        )
        if exporte - importe != solde:
            yield trouve[0] + dit


def non_significatifs(lu: str, figures: dict[str, str]) -> Iterator[str]:
    """Un flux dit « n.s. » ne l'est qu'une fois, et ses figures n'en donnent aucune part."""
    petits = [trouve[1] for trouve in PETIT.finditer(lu)]
    for flux in set(petits):
        for identifiant in ("activites", f"flux-{flux[:6]}"):
            yield from re.findall(rf"[\d,]+.% des {flux}", figures[identifiant])
        if petits.count(flux) > 1:
            yield f"« n.s. » redit pour les {flux}"
