"""Comment une page devient-elle un PDF balisé, prêt à imprimer ?

Chromium, conduit par Playwright, applique la feuille d'impression du gabarit et garde la structure
(titres, listes, tableaux, textes des figures, langue) que lit une synthèse vocale. Une page dont le
gabarit prévoit un résumé en donne un second PDF, d'une feuille : la même page, imprimée depuis son
ancre `#resume`. Chaque PDF se termine par l'empreinte de la page dont il vient : il dit ainsi
lui-même s'il est à jour. Il ne porte aucune date : même page et même Chromium, mêmes octets.
"""

import importlib.util
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import ErreurLot
from .empreintes import sha256_fichier
from .sortie import ecrire

NOMS_DE_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
RESUME = "resume"
PAGE_A_RESUME = re.compile(rf'<body[^>]*\sid="{RESUME}"')
DATE = re.compile(rb"/(?:CreationDate|ModDate) \(D:[^)]*\)")
SIGNATURE = re.compile(rb"\n% page ([0-9a-f]{64})\n\Z")
SIGNATURE_OCTETS = 73


def pdfs(page: Path, dossier: Path) -> dict[Path, str]:
    """PDF à tirer d'une page, et l'ancre d'où imprimer chacun ("" : la page entière)."""
    entiere = {dossier / f"{page.stem}.pdf": ""}
    if not PAGE_A_RESUME.search(page.read_text(encoding="utf-8")):
        return entiere
    return {**entiere, dossier / f"{page.stem}-{RESUME}.pdf": RESUME}


def page_d_origine(pdf: Path) -> str:
    """sha256 de la page d'où vient ce PDF, ou "" s'il est absent ou vient d'ailleurs."""
    if not pdf.is_file():
        return ""
    with pdf.open("rb") as fichier:
        fichier.seek(max(0, pdf.stat().st_size - SIGNATURE_OCTETS))
        signature = SIGNATURE.search(fichier.read())
    return signature[1].decode() if signature else ""


def a_jour(page: Path, dossier: Path) -> bool:
    """Tous les PDF de la page viennent-ils d'elle, octet pour octet ?"""
    return {page_d_origine(pdf) for pdf in pdfs(page, dossier)} == {sha256_fichier(page)}


def retirer_perimes(dossier: Path, pages: Iterable[str]) -> None:
    """Retire les PDF dont la page n'est plus parmi `pages` (des sha256) ; les autres restent."""
    for pdf in dossier.glob("*.pdf"):
        if page_d_origine(pdf) not in {"", *pages}:
            pdf.unlink()


@contextmanager
def chromium_ouvert() -> Iterator:
    """Un Chromium conduit par Playwright, fermé en sortant.

    Lève `ErreurLot` si l'un des deux manque, ou si Chromium s'arrête.
    """
    if importlib.util.find_spec("playwright") is None:
        raise ErreurLot(
            "PDF impossible : Playwright n'est pas installé. L'installer par "
            "« pip install playwright », puis « playwright install chromium »."
        )
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium
        try:
            navigateur = chromium.launch(executable_path=executable(chromium.executable_path))
            yield navigateur
            navigateur.close()
        except Error as erreur:
            motif = erreur.message.splitlines()[0]
            raise ErreurLot(f"PDF impossible : Chromium s'est arrêté ({motif}).") from erreur


@contextmanager
def imprimante() -> Iterator[Callable[[Path, Path], list[Path]]]:
    """La fonction qui tire d'une page ses PDF dans un dossier ; mêmes erreurs."""
    with chromium_ouvert() as navigateur:
        # Ni script ni réseau : le PDF montre ce que la page dit sans eux.
        onglet = navigateur.new_context(java_script_enabled=False, offline=True).new_page()
        yield lambda page, dossier: _tirer(onglet, page.resolve(), dossier)


def imprimer(pages: Iterable[Path], dossier: Path) -> list[Path]:
    """Tire les PDF de chaque page dans `dossier` ; rend leurs chemins, dans l'ordre.

    Lève `ErreurLot` si une page est absente, ou comme `imprimante`.
    """
    pages = list(pages)
    absentes = [page.name for page in pages if not page.is_file()]
    if absentes:
        raise ErreurLot(f"Page à imprimer absente : {', '.join(absentes)}. Relancer run_all.py.")
    with imprimante() as tirer:
        return [pdf for page in pages for pdf in tirer(page, dossier)]


def _tirer(onglet, page: Path, dossier: Path) -> list[Path]:
    dossier.mkdir(parents=True, exist_ok=True)
    origine = sha256_fichier(page)
    faits = pdfs(page, dossier)
    for pdf, ancre in faits.items():
        onglet.goto(page.as_uri() + (f"#{ancre}" if ancre else ""))
        octets = onglet.pdf(
            prefer_css_page_size=True, print_background=True, tagged=True, outline=not ancre
        )
        # Des espaces à la place des dates : aucun objet du PDF ne change de place.
        octets = DATE.sub(lambda date: b" " * len(date[0]), octets)
        ecrire(pdf, octets.rstrip(b"\n") + f"\n% page {origine}\n".encode())
    return list(faits)


def executable(de_playwright: str) -> str:
    """Chromium à employer : celui de Playwright s'il l'a téléchargé, sinon celui du système."""
    if Path(de_playwright).is_file():
        return de_playwright
    for nom in NOMS_DE_CHROMIUM:
        if trouve := shutil.which(nom):
            return trouve
    raise ErreurLot(
        "PDF impossible : aucun Chromium. L'installer par « playwright install chromium » ou par "
        "le gestionnaire de paquets du système."
    )
