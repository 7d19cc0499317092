"""Ce que les essais partagent : la racine du projet et les tables de référence."""

from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]


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
