"""Ce que les essais partagent : la racine du projet et les tables de référence."""

import subprocess
import sys
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
