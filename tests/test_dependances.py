"""Tout paquet importé est déclaré, et ce qui construit le projet est épinglé."""

import ast
import json
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from commerce import chemins

RACINE = chemins.RACINE
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
SIENS = {"commerce", "fabrique", "run_all"}
EMPLOYES = [
    *PROJET["project"]["dependencies"],
    *PROJET["project"]["optional-dependencies"]["pdf"],
]


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


@cache
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


@pytest.mark.lourd
def test_tout_paquet_importe_est_declare():
    declares = {canonique(nom) for nom in EMPLOYES}
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


def epingles(fichier: str) -> dict[str, str]:
    """Version de chaque paquet, qui n'y est qu'une fois, et sa condition s'il en a une."""
    lues = {}
    for ligne in (RACINE / fichier).read_text(encoding="utf-8").splitlines():
        if ligne.startswith(("#", " ")) or ligne in ("", "-e ."):
            continue
        nom, _, version = ligne.removesuffix(" \\").partition("==")
        assert re.fullmatch(r"[\w.]+( ; .+)?", version), ligne
        assert canonique(nom) not in lues, ligne
        lues[canonique(nom)] = version
    return lues


def fermeture(noms: list[str]) -> set[str]:
    """Ces paquets et tous ceux que leur installation demande ici."""
    vus, restes = set(), [Requirement(nom) for nom in noms]
    while restes:
        besoin = restes.pop()
        if (cle := (canonique(besoin.name), *sorted(besoin.extras))) in vus:
            continue
        vus.add(cle)
        variantes = [{"extra": variante} for variante in ("", *besoin.extras)]
        demandes = map(Requirement, requires(besoin.name) or ())
        restes += [d for d in demandes if not d.marker or any(map(d.marker.evaluate, variantes))]
    return {nom for nom, *_ in vus}


def test_ce_qui_est_declare_est_epingle_une_fois():
    declares = [*EMPLOYES, *PROJET["dependency-groups"]["dev"]]
    assert {canonique(nom) for nom in declares} <= epingles("requirements.txt").keys()


def test_le_verrou_a_les_memes_versions_et_aucun_outil_d_essai():
    ordinaires = epingles("requirements.txt")
    lus = {nom: v.partition(" ; ") for nom, v in epingles("requirements.lock").items()}
    assert {n: v for n, (v, *_) in lus.items() if n in ordinaires and v != ordinaires[n]} == {}
    ici = {
        n for n, (_, _, condition) in lus.items() if not condition or Marker(condition).evaluate()
    }
    assert ici & ordinaires.keys() == fermeture(EMPLOYES) & ordinaires.keys()
    # Ce qu'il a en plus ne sert qu'à un autre système ou à un autre Python, ou construit le projet.
    assert {n for n in lus.keys() - ordinaires.keys() if not lus[n][2]} == {"setuptools"}
    assert [f"setuptools=={lus['setuptools'][0]}"] == PROJET["build-system"]["requires"]


def test_le_verrou_a_une_empreinte_par_paquet_et_aucune_adresse():
    texte = (RACINE / "requirements.lock").read_text(encoding="utf-8")
    paquets = re.split(r"\n(?=\w)", texte)[1:]
    assert len(paquets) == len(epingles("requirements.lock"))
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}\b", paquet) for paquet in paquets)
    assert "://" not in texte and "\n-" not in texte


def test_ce_qui_construit_le_projet_est_epingle():
    for outil in PROJET["build-system"]["requires"]:
        assert re.fullmatch(r"[\w-]+==[\d.]+", outil), outil


@pytest.mark.parametrize("module", sorted(Path(chemins.NOTEBOOKS / "fabrique").glob("*.py")))
def test_la_fabrique_ne_connait_pas_le_commerce(module):
    arbre = ast.parse(module.read_text(encoding="utf-8"))
    noms = {n.module or "" for n in ast.walk(arbre) if isinstance(n, ast.ImportFrom)}
    noms |= {a.name for n in ast.walk(arbre) if isinstance(n, ast.Import) for a in n.names}
    assert not [nom for nom in noms if nom.partition(".")[0] == "commerce"]
