"""Ce que les essais partagent : données préparées, fiches, lot, navigateur ; l'essai rapide."""

import inspect
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import commerce

RACINE = Path(__file__).resolve().parents[1]

# Une machine chargée n'est pas une erreur : aucun essai ne dépend du temps qu'il prend.
settings.register_profile("sans_chronometre", deadline=None, suppress_health_check=[*HealthCheck])
settings.load_profile("sans_chronometre")


def pytest_configure(config):
    """Un environnement installé pour un autre clone essaierait le code de celui-là."""
    ailleurs = Path(commerce.__file__).resolve().parents[2]
    if ailleurs != RACINE:
        pytest.exit(
            f"Cet environnement Python essaie le code de {ailleurs}, pas celui de {RACINE} : lui "
            "en faire un, « python3 -m venv .venv && .venv/bin/pip install -r requirements.txt ».",
            returncode=2,
        )


def pytest_addoption(parser):
    parser.addoption("--lents", action="store_true", help="exécute aussi les essais longs")


def pytest_runtest_setup(item):
    if "lent" in item.keywords and not item.config.getoption("--lents"):
        pytest.skip("essai long : ajouter --lents")


# Ce qui lance un noyau, un navigateur ou un autre processus, ou prépare des données.
LOURDS = {"subprocess", "runpy", "lot_factice", "navigateur", "charger", "preparer", "exporteur"}


def pytest_collection_modifyitems(items):
    """Marque `rapide` un essai dont ni le code ni les fixtures n'emploient rien de `LOURDS`."""
    for item in items:
        definitions = item._fixtureinfo.name2fixturedefs
        fonctions = [item.function, *(d.func for lues in definitions.values() for d in lues)]
        if not LOURDS & (noms(fonctions) | definitions.keys()) and "lent" not in item.keywords:
            item.add_marker("rapide")


def noms(fonctions: list) -> set[str]:
    """Noms qu'emploient ces fonctions, et celles de leur module qu'elles appellent."""
    vus, lus = set(), set()
    while fonctions:
        fonction = inspect.unwrap(fonctions.pop())
        if not inspect.isfunction(fonction) or fonction in vus:
            continue
        vus.add(fonction)
        codes = [fonction.__code__]
        while codes:
            code = codes.pop()
            lus.update(code.co_names)
            codes += [constante for constante in code.co_consts if inspect.iscode(constante)]
        voisines = (fonction.__globals__.get(nom) for nom in lus)
        fonctions += [v for v in voisines if getattr(v, "__module__", "") == fonction.__module__]
    return lus


@pytest.fixture(scope="session")
def racine() -> Path:
    """Racine du projet."""
    return RACINE


@pytest.fixture(scope="session")
def reference() -> Path:
    """Dossier des vraies tables (libellés des douanes, TI), ou essai passé s'il est absent."""
    dossier = RACINE.parent / "shared" / "reference"
    if not dossier.is_dir():
        pytest.skip(f"tables de référence absentes : {dossier.name}/ n'est pas à côté du projet")
    return dossier


@pytest.fixture(scope="session")
def demonstration() -> Path:
    """Le jeu de démonstration, préparé une fois pour tous les essais."""
    from commerce import chemins
    from commerce.donnees.preparation import preparer

    return preparer(chemins.DEMONSTRATION)


@pytest.fixture(scope="session")
def fiches(demonstration) -> dict:
    """Les cent fiches de la démonstration, par code."""
    from commerce import references
    from commerce.donnees.fiche import charger

    return {code: charger(code, donnees=demonstration) for code in references.departements()}


@pytest.fixture(scope="session")
def montre(racine, demonstration):
    """Le HTML de tout ce que montrent les cellules du modèle, pour le code d'un territoire."""
    from cellules import html_de, montrees

    modele = racine / "notebooks" / "1_fiche_departement.ipynb"

    @cache
    def _montre(code: str) -> str:
        objets = montrees(modele, departement=code, donnees=str(demonstration))
        return "\n".join(html_de(objet) for objet in objets)

    return _montre


FICHES_D_ESSAI = ("07", "09", "11", "12", "20", "32", "48", "69", "75", "976")


@pytest.fixture(scope="session")
def lot(tmp_path_factory) -> Path:
    """Dossier de sortie d'un vrai passage de run_all.py sur quelques fiches de démonstration."""
    sortie = tmp_path_factory.mktemp("lot")
    commande = [sys.executable, str(RACINE / "run_all.py"), *FICHES_D_ESSAI]
    passage = subprocess.run(
        [*commande, "--sortie", str(sortie), "--source", str(RACINE / "data" / "demonstration")],
        cwd=sortie,
        capture_output=True,
        text=True,
    )
    assert passage.returncode == 0, passage.stdout + passage.stderr
    return sortie


@pytest.fixture(scope="session")
def navigateur():
    """Chromium conduit par Playwright, ou essai passé si l'un des deux manque."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright n'est pas installé")
    from fabrique import ErreurLot
    from fabrique.pdf import executable

    with playwright.sync_playwright() as conducteur:
        try:
            chemin = executable(conducteur.chromium.executable_path)
        except ErreurLot as erreur:
            pytest.skip(str(erreur))
        navigateur = conducteur.chromium.launch(executable_path=chemin)
        yield navigateur
        navigateur.close()
