"""Tout paquet importé est déclaré, et ce qui construit le projet est épinglé."""

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from commerce import chemins

RACINE = chemins.RACINE
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
SIENS = {"commerce", "fabrique", "run_all"}


def canonique(nom: str) -> str:
    """Nom de distribution, sans version ni variantes d'écriture."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", nom)[0]).lower()


def sources() -> list[tuple[str, str]]:
    """Nom et texte de chaque module et de chaque cellule de carnet."""
    modules = [RACINE / "run_all.py", *(RACINE / "notebooks").rglob("*.py")]
    textes = [(str(m.relative_to(RACINE)), m.read_text(encoding="utf-8")) for m in modules]
    for carnet in (RACINE / "notebooks").glob("*.ipynb"):
        for cellule in json.loads(carnet.read_text(encoding="utf-8"))["cells"]:
            if cellule["cell_type"] == "code":
                lignes = "".join(cellule["source"]).splitlines()
                python = [ligne for ligne in lignes if not ligne.startswith(("%", "!"))]
                textes.append((f"{carnet.name} {cellule['id']}", "\n".join(python)))
    return textes


def importes() -> dict[str, set[str]]:
    """Paquets tiers importés, et où."""
    trouves: dict[str, set[str]] = {}
    for nom, texte in sources():
        for noeud in ast.walk(ast.parse(texte)):
            if isinstance(noeud, ast.Import):
                modules = [alias.name for alias in noeud.names]
            elif isinstance(noeud, ast.ImportFrom) and not noeud.level:
                modules = [noeud.module]
            else:
                continue
            for module in modules:
                paquet = module.partition(".")[0]
                if paquet not in sys.stdlib_module_names | SIENS:
                    trouves.setdefault(paquet, set()).add(nom)
    return trouves


def test_tout_paquet_importe_est_declare():
    extras = PROJET["project"]["optional-dependencies"]
    declares = {*PROJET["project"]["dependencies"], *extras["pdf"]}
    declares = {canonique(nom) for nom in declares}
    distributions = packages_distributions()
    # Un voisin de carnet ou un module d'essai n'a pas de distribution : il doit se voir ici.
    oublies = {
        paquet: sorted(ou)
        for paquet, ou in importes().items()
        if not {canonique(nom) for nom in distributions.get(paquet, [])} & declares
    }
    assert oublies == {}
    # `jupyter` est l'interface où l'analyste travaille : le code ne l'importe pas.
    employes = {canonique(d) for p in importes() for d in distributions.get(p, [])}
    assert declares - employes == {"jupyter"}
    assert importes()["playwright"] == {"notebooks/fabrique/pdf.py"}


def test_ce_qui_est_declare_est_epingle_une_fois():
    epingles = {}
    for ligne in (RACINE / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if ligne.startswith("#") or ligne in ("", "-e ."):
            continue
        nom, _, version = ligne.partition("==")
        assert re.fullmatch(r"[\w.]+", version), ligne
        assert canonique(nom) not in epingles, ligne
        epingles[canonique(nom)] = version
    extras = PROJET["project"]["optional-dependencies"]["pdf"]
    declares = [*PROJET["project"]["dependencies"], *extras, *PROJET["dependency-groups"]["dev"]]
    assert {canonique(nom) for nom in declares} - epingles.keys() == set()


def test_ce_qui_construit_le_projet_est_epingle():
    for outil in PROJET["build-system"]["requires"]:
        assert re.fullmatch(r"[\w-]+==[\d.]+", outil), outil


@pytest.mark.parametrize("module", sorted(Path(chemins.NOTEBOOKS / "fabrique").glob("*.py")))
def test_la_fabrique_ne_connait_pas_le_commerce(module):
    arbre = ast.parse(module.read_text(encoding="utf-8"))
    noms = {n.module or "" for n in ast.walk(arbre) if isinstance(n, ast.ImportFrom)}
    noms |= {a.name for n in ast.walk(arbre) if isinstance(n, ast.Import) for a in n.names}
    assert not [nom for nom in noms if nom.partition(".")[0] == "commerce"]
