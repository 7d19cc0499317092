"""Ce que les essais partagent : données préparées, fiches, lot, navigateur ; l'essai rapide."""

import inspect
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import commerce
from fabrique.isolation import alleger

RACINE = Path(__file__).resolve().parents[1]
alleger()

# Une machine chargée n'est pas une erreur : aucun essai ne dépend du temps qu'il prend. Ni du
# hasard : les mêmes exemples à chaque fois ; d'autres avec `--lents`, pour chercher.
settings.register_profile("lents", deadline=None, suppress_health_check=[*HealthCheck])
settings.register_profile("ordinaire", settings.get_profile("lents"), derandomize=True)
settings.register_profile("rapide", settings.get_profile("ordinaire"), max_examples=20)
settings.load_profile("ordinaire")


def pytest_configure(config):
    """Un environnement installé pour un autre clone essaierait le code de celui-là."""
    ailleurs = Path(commerce.__file__).resolve().parents[2]
    if ailleurs != RACINE:
        pytest.exit(
            f"Cet environnement Python essaie le code de {ailleurs}, pas celui de {RACINE} : lui "
            "en faire un, « python3 -m venv .venv && .venv/bin/pip install -r requirements.txt ».",
            returncode=2,
        )
    if config.option.lents:
        settings.load_profile("lents")
    elif config.option.markexpr == "rapide":
        settings.load_profile("rapide")


def pytest_addoption(parser):
    parser.addoption("--lents", action="store_true", help="exécute aussi les essais longs")


def pytest_runtest_setup(item):
    if "lent" in item.keywords and not item.config.getoption("--lents"):
        pytest.skip("essai long : ajouter --lents")


# Un noyau, un navigateur, un processus, un serveur, un dessin ; des données préparées, ou réelles ;
# cent territoires comparés (`varie`...) : un dixième de seconde chacun.
LOURDS = {
    *("papermill", "NotebookClient", "exporteur", "lot_factice", "runpy", "subprocess"),
    *("navigateur", "hebergeur", "run_all", "rendu", "figure", "reference"),
    *("varie", "entete", "chiffres", "attention", "figures_comparees"),
    *("charger", "preparer", "ouvrir", "demonstration", "DEMONSTRATION"),
    *("lourd", "lent"),
}


def pytest_collection_modifyitems(items):
    """Marque `rapide` un essai dont ni le code ni les fixtures n'emploient rien de `LOURDS`."""
    for item in items:
        definitions = item._fixtureinfo.name2fixturedefs
        fonctions = [item.function, *(d.func for lues in definitions.values() for d in lues)]
        if LOURDS.isdisjoint({*noms_employes(fonctions), *definitions, *item.keywords}):
            item.add_marker("rapide")


def noms_employes(objets: list) -> set[str]:
    """Noms qu'emploient ces fonctions, et ce que leur module définit et qu'elles emploient."""
    lus, vus = set(), set()
    while objets:
        objet = objets.pop()
        objet = getattr(getattr(objet, "hypothesis", None), "inner_test", inspect.unwrap(objet))
        if isinstance(objet, type):
            objets += [valeur for valeur in vars(objet).values() if inspect.isfunction(valeur)]
        elif inspect.isfunction(objet) and objet not in vus:
            vus.add(objet)
            noms = noms_du_code(objet.__code__)
            lus |= noms
            voisins = (objet.__globals__.get(nom) for nom in noms)
            objets += [v for v in voisins if getattr(v, "__module__", "") == objet.__module__]
    return lus


def noms_du_code(code) -> set[str]:
    """Noms globaux et attributs d'un code, fonctions intérieures comprises."""
    interieurs = [constante for constante in code.co_consts if inspect.iscode(constante)]
    return set(code.co_names).union(*map(noms_du_code, interieurs))


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
def fiches_de_region(demonstration) -> dict:
    """Les fiches de région de la démonstration, par code : `R76`, `RDROM`."""
    from commerce import references
    from commerce.donnees.fiche import charger

    codes = references.territoires().keys() - references.departements().keys()
    return {code: charger(code, donnees=demonstration) for code in sorted(codes)}


@pytest.fixture(scope="session")
def montre(racine, demonstration):
    """Le HTML de tout ce que montrent les cellules du modèle, pour ces paramètres."""
    from cellules import html_de, montrees

    modele = racine / "notebooks" / "1_fiche_departement.ipynb"

    @cache
    def _montre(departement: str, donnees: Path = demonstration, **parametres) -> str:
        objets = montrees(modele, departement=departement, donnees=str(donnees), **parametres)
        return "\n".join(html_de(objet) for objet in objets)

    return _montre


FICHES_D_ESSAI = ("07", "09", "11", "12", "20", "32", "48", "69", "75", "976", "R93", "RDROM")


def run_all(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess:
    """Lance la commande depuis un autre dossier que celui du projet, sur la démonstration."""
    commande = [sys.executable, str(RACINE / "run_all.py"), *map(str, arguments)]
    if "--source" not in arguments:
        commande += ["--source", str(RACINE / "data" / "demonstration")]
    return subprocess.run(commande, cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="session")
def lot(tmp_path_factory) -> Path:
    """Dossier de sortie d'un vrai passage de run_all.py sur quelques fiches de démonstration."""
    sortie = tmp_path_factory.mktemp("lot")
    passage = run_all(*FICHES_D_ESSAI, "--sortie", sortie, cwd=sortie)
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


CRITERES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture(scope="session")
def axe(navigateur):
    """Ouvre une page et rend ses violations, tableaux de données dépliés."""
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python n'est pas installé"
    )

    def violations(page, largeur: int) -> list[str]:
        onglet = navigateur.new_page(viewport={"width": largeur, "height": 900})
        onglet.goto(page.as_uri())
        onglet.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        regles = {"runOnly": {"type": "tag", "values": CRITERES}, "resultTypes": ["violations"]}
        assert onglet.evaluate("document.documentElement.scrollWidth") == largeur
        resultat = module.Axe().run(onglet, options=regles).response
        assert resultat["passes"], "axe n'a rien vérifié"
        onglet.close()
        return [
            f"{violation['id']} : {noeud['html'][:200]}"
            for violation in resultat["violations"]
            for noeud in violation["nodes"]
        ]

    return violations
