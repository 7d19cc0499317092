"""Comment une page devient-elle un PDF balisé, prêt à imprimer ?

Chromium, conduit par Playwright, applique la feuille d'impression du gabarit et garde la structure
(titres, listes, tableaux, textes des figures, langue) que lit une synthèse vocale.
"""

import importlib.util
import shutil
from collections.abc import Iterable
from pathlib import Path

from . import ErreurLot
from .sortie import ecrire

NOMS_DE_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def imprimer(pages: Iterable[Path], dossier: Path) -> list[Path]:
    """Imprime chaque page dans `dossier`/<nom de la page>.pdf ; rend les PDF, dans l'ordre.

    Lève `ErreurLot` si Playwright ou un Chromium manque, ou si une page est absente.
    """
    pages = [Path(page).resolve() for page in pages]
    absentes = [page.name for page in pages if not page.is_file()]
    if absentes:
        raise ErreurLot(f"Page à imprimer absente : {', '.join(absentes)}. Relancer run_all.py.")
    if importlib.util.find_spec("playwright") is None:
        raise ErreurLot(
            "PDF impossible : Playwright n'est pas installé. L'installer par "
            "« pip install playwright », puis « playwright install chromium »."
        )
    from playwright.sync_api import sync_playwright

    dossier.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        navigateur = chromium.launch(executable_path=executable(chromium.executable_path))
        # Ni script ni réseau : le PDF montre ce que la page dit sans eux.
        contexte = navigateur.new_context(java_script_enabled=False, offline=True)
        onglet = contexte.new_page()
        pdfs = []
        for page in pages:
            onglet.goto(page.as_uri())
            pdf = dossier / f"{page.stem}.pdf"
            ecrire(
                pdf,
                onglet.pdf(
                    prefer_css_page_size=True, print_background=True, tagged=True, outline=True
                ),
            )
            pdfs.append(pdf)
        navigateur.close()
    return pdfs


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
