"""RGAA, WCAG 2.1 A et AA : axe-core dans Chromium, et ce qu'axe ne voit pas."""

import pytest
from conftest import FICHES_D_ESSAI, run_all

from fabrique import avis

PAGES = (
    "index",
    "donnees",
    "comparer",
    "territoires-industrie",
    "09-ariege",
    "75-paris",
    "20-corse",
    "976-mayotte",
    "48-lozere",
    "region-93-provence-alpes-cote-d-azur",
)
TELEPHONE, ORDINATEUR = 390, 1280


@pytest.mark.parametrize("largeur", [ORDINATEUR, TELEPHONE])
@pytest.mark.parametrize("page", PAGES)
def test_aucune_violation(axe, lot, page, largeur):
    assert axe(lot / "html" / f"{page}.html", largeur) == []


@pytest.mark.parametrize("largeur", [ORDINATEUR, TELEPHONE])
def test_aucune_violation_de_la_relecture(axe, lot, largeur):
    assert axe(lot / "relecture" / "index.html", largeur) == []


def test_une_relecture_se_donne_au_clavier(navigateur, lot, tmp_path):
    """Sur un téléphone de 390 px : signer, donner des avis, enregistrer ; le focus se voit."""
    telephone = {"viewport": {"width": TELEPHONE, "height": 844}, "reduced_motion": "reduce"}
    onglet = navigateur.new_page(**telephone)
    onglet.goto((lot / "relecture" / "index.html").as_uri())
    assert onglet.evaluate("document.documentElement.scrollWidth") == TELEPHONE

    def aller(selecteur: str, touche: str = "Tab") -> None:
        for _ in range(300):
            onglet.keyboard.press(touche)
            lieu = onglet.evaluate(
                """(voulu) => {
                     const [ici, style] = [document.activeElement, getComputedStyle];
                     const place = ici.getBoundingClientRect();
                     const cache = place.bottom < 0 || place.top > innerHeight || !place.width;
                     return [ici.matches(voulu), style(ici).outlineStyle, cache];
                   }""",
                selecteur,
            )
            assert lieu[1] != "none" and not lieu[2], "le focus ne se voit pas"
            if lieu[0]:
                return
        pytest.fail(f"le clavier n'atteint pas {selecteur}")

    aller(".evitement")
    aller("#relecteur")
    onglet.keyboard.type("L. Relectrice")
    aller("tr[data-sha256] select")
    code = onglet.evaluate("document.activeElement.closest('tr').dataset.code")
    onglet.keyboard.press("ArrowDown")
    onglet.keyboard.press("ArrowDown")
    aller(".relecture-outils button", "Shift+Tab")
    onglet.keyboard.press("Enter")
    aller("[data-avis]")
    with onglet.expect_download() as attendu:
        onglet.keyboard.press("Enter")
    attendu.value.save_as(tmp_path / "relecture.csv")
    onglet.close()
    donnes = avis.lire(tmp_path / "relecture.csv", FICHES_D_ESSAI)
    assert donnes.keys() == set(FICHES_D_ESSAI) and donnes[code].relecteur == "L. Relectrice"
    dits = {autre: donne.avis for autre, donne in donnes.items()}
    assert dits == dict.fromkeys(FICHES_D_ESSAI, avis.VU) | {code: avis.A_REPRENDRE}


def test_axe_voit_les_fautes(axe, lot, tmp_path):
    """Sans quoi « aucune violation » ne prouverait rien."""
    page = (lot / "html" / "index.html").read_text(encoding="utf-8")
    fautive = page.replace('<label for="filtre-region">', "<label>").replace('lang="fr"', "")
    (tmp_path / "fautive.html").write_text(fautive, encoding="utf-8")
    violations = axe(tmp_path / "fautive.html", ORDINATEUR)
    assert {violation.split(" : ")[0] for violation in violations} == {
        "html-has-lang",
        "select-name",
    }


def test_aucune_violation_en_cpf4(axe, tmp_path):
    produite = run_all("09", "--nomenclature", "CPF4", "--sortie", tmp_path, cwd=tmp_path)
    assert produite.returncode == 0, produite.stderr
    assert axe(tmp_path / "html" / "09-ariege.html", ORDINATEUR) == []


@pytest.mark.lent
def test_aucune_violation_dans_les_cent_fiches(axe, tmp_path):
    produites = run_all("--sortie", tmp_path, cwd=tmp_path)
    assert produites.returncode == 0, produites.stderr
    pages = sorted((tmp_path / "html").glob("*.html"))
    assert len(pages) == 105  # cent fiches, cinq autres pages
    fautes = {page.name: axe(page, ORDINATEUR) for page in pages}
    assert {nom: faute for nom, faute in fautes.items() if faute} == {}


@pytest.mark.parametrize("page", PAGES)
def test_chaque_lien_a_son_nom(navigateur, lot, page):
    """Deux liens de même nom mènent au même endroit : hors contexte, la liste des liens se lit."""
    onglet = navigateur.new_page()
    onglet.goto((lot / "html" / f"{page}.html").as_uri())
    liens = onglet.evaluate(
        """[...document.querySelectorAll('a[href]')].map((a) => [
             (a.getAttribute('aria-label') ?? a.textContent).trim(),
             a.getAttribute('href').slice(0, 60)
           ])"""
    )
    onglet.close()
    destinations = {}
    for nom, destination in liens:
        assert nom, destination
        destinations.setdefault(nom, set()).add(destination)
    assert {nom: cibles for nom, cibles in destinations.items() if len(cibles) > 1} == {}
