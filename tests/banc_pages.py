"""Poids et rendu des pages, à lancer à la main : `python tests/banc_pages.py outputs/html`.

Chaque page est ouverte dans Chromium, sur un téléphone et sur un ordinateur, sans réseau ni cache.
Poids : octets du fichier, et tel qu'un serveur l'enverrait (gzip). Première peinture : dès que du
texte ou un dessin se voit. Décalage : somme des déplacements de ce qui était déjà affiché (CLS).
"""

import argparse
import gzip
import sys
from pathlib import Path
from statistics import median

from commerce import chemins
from fabrique import ErreurLot
from fabrique.pdf import chromium_ouvert

PAGES = ("index", "donnees", "09-ariege", "75-paris", "976-mayotte")
ECRANS = {"téléphone": (390, 844), "ordinateur": (1280, 900)}
MESURES = """() => new Promise((fini) => {
  let decalage = 0;
  new PerformanceObserver((liste) => {
    for (const e of liste.getEntries()) decalage += e.value;
  }).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => setTimeout(() => fini({
    peinture_ms: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    charge_ms: performance.getEntriesByType('navigation')[0].loadEventEnd,
    elements: document.querySelectorAll('*').length,
    decalage,
  }), 200));
})"""


def mesurer(navigateur, page: Path, taille: tuple[int, int]) -> dict[str, float]:
    """Mesures d'une ouverture de la page, dans un contexte neuf."""
    largeur, hauteur = taille
    contexte = navigateur.new_context(viewport={"width": largeur, "height": hauteur}, offline=True)
    onglet = contexte.new_page()
    onglet.goto(page.as_uri())
    lu = onglet.evaluate(MESURES)
    contexte.close()
    return lu


def afficher(page: Path, ecran: str, mesures: list[dict[str, float]]) -> None:
    """Une ligne du tableau : médianes des essais, et le pire décalage."""
    contenu = page.read_bytes()
    temps = {nom: median(m[nom] for m in mesures) for nom in ("peinture_ms", "charge_ms")}
    print(
        f"{page.stem:<28}{ecran:<12}{len(contenu) / 1000:>7.0f} ko"
        f"{len(gzip.compress(contenu)) / 1000:>7.0f} ko{mesures[0]['elements']:>9.0f}"
        f"{temps['peinture_ms']:>9.0f} ms{temps['charge_ms']:>9.0f} ms"
        f"{max(m['decalage'] for m in mesures):>10.3f}"
    )


def main() -> int:
    """Mesure chaque page sur chaque écran et affiche le tableau."""
    analyse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyse.add_argument("dossier", nargs="?", type=Path, default=chemins.SORTIE / "html")
    analyse.add_argument("--pages", nargs="*", default=PAGES)
    analyse.add_argument("--essais", type=int, default=5)
    choix = analyse.parse_args()
    pages = [choix.dossier.resolve() / f"{nom}.html" for nom in choix.pages]
    pages = [page for page in pages if page.is_file()]
    if not pages:
        print(f"Aucune de ces pages dans {choix.dossier} : lancer run_all.py.", file=sys.stderr)
        return 2
    print(f"{'page':<28}{'écran':<12}{'poids':>10}{'gzip':>10}{'éléments':>9}", end="")
    print(f"{'peinture':>12}{'chargée':>12}{'décalage':>10}")
    try:
        with chromium_ouvert() as navigateur:
            for page in pages:
                for ecran, taille in ECRANS.items():
                    essais = [mesurer(navigateur, page, taille) for _ in range(choix.essais)]
                    afficher(page, ecran, essais)
    except ErreurLot as erreur:
        print(erreur, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
