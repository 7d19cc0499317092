"""Les notebooks se lisent, s'exécutent de haut en bas et restent sans sorties."""

import ast
import re

import nbformat
import pytest

NOTEBOOKS = ["0_donnees", "1_fiche_departement", "2_panorama_national", "3_relecture"]
INTERDITS = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.For, ast.While, ast.With)


@pytest.fixture(params=NOTEBOOKS)
def notebook(request, racine):
    return nbformat.read(racine / "notebooks" / f"{request.param}.ipynb", as_version=4)


def code(notebook) -> list:
    return [cellule for cellule in notebook.cells if cellule.cell_type == "code"]


def sans_magie(source: str) -> str:
    return re.sub(r"^%.*$", "", source, flags=re.MULTILINE)


def test_valide_et_sans_sorties(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cellule in code(notebook):
        assert not cellule.outputs and cellule.execution_count is None


def test_une_cellule_calcule_dit_et_montre(notebook):
    for cellule in code(notebook):
        assert len(cellule.source.splitlines()) <= 10, cellule.id
        arbre = ast.parse(sans_magie(cellule.source))
        assert not [noeud for noeud in ast.walk(arbre) if isinstance(noeud, INTERDITS)], cellule.id
        assert not re.search(r"sys\.path|Path\(|open\(|filterwarnings", cellule.source), cellule.id


def test_une_cellule_de_parametres_commentes(notebook):
    parametres = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(parametres) == 1
    for ligne in parametres[0].source.splitlines():
        assert re.fullmatch(r"[a-z_]+: (str|int|bool)( \| str)? = .+  # .+", ligne), ligne


def test_pas_de_nombre_en_markdown(notebook):
    for cellule in notebook.cells:
        if cellule.cell_type == "markdown" and "masquer" not in cellule.metadata.get("tags", []):
            assert not re.search(r"\d", cellule.source), cellule.id


def test_la_relecture_des_modules_ne_coute_rien_au_lot(notebook):
    magiques = [c for c in code(notebook) if re.search(r"^%", c.source, re.MULTILINE)]
    assert magiques and all({"masquer", "skip-execution"} <= set(c.metadata.tags) for c in magiques)
