"""Le contrat des notebooks : lisibles, sans sorties, de petites cellules, des ancres stables."""

import ast
import re

import nbformat
import pytest

NOTEBOOKS = ["0_donnees", "1_fiche_departement", "2_panorama_national"]
INTERDITS = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.For, ast.While, ast.With)
FIGURES_PUBLIEES = [
    "planches.soldes_par_pays(fiche)",
    "planches.activites(fiche)",
    'planches.flux(fiche, "export")',
    'planches.flux_compares(fiche, "export")',
    'planches.flux(fiche, "import")',
    'planches.flux_compares(fiche, "import")',
]


@pytest.fixture(params=NOTEBOOKS)
def notebook(request, racine):
    return nbformat.read(racine / "notebooks" / f"{request.param}.ipynb", as_version=4)


def cellules_de_code(notebook) -> list:
    return [cellule for cellule in notebook.cells if cellule.cell_type == "code"]


def test_valide_et_sans_sorties(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cellule in cellules_de_code(notebook):
        assert not cellule.outputs and cellule.execution_count is None


def test_petites_cellules_qui_disent_quoi(notebook):
    assert len(notebook.cells) <= 30
    for cellule in cellules_de_code(notebook):
        assert len(cellule.source.splitlines()) <= 10, cellule.id
        arbre = ast.parse(cellule.source)
        assert not [noeud for noeud in ast.walk(arbre) if isinstance(noeud, INTERDITS)], cellule.id
        assert not re.search(r"sys\.path|Path\(|open\(|filterwarnings", cellule.source), cellule.id


def test_une_cellule_de_parametres_commentes(notebook):
    parametres = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(parametres) == 1
    for ligne in parametres[0].source.splitlines():
        assert re.fullmatch(r"[a-z_]+: (str|int|bool) = .+  # .+", ligne), ligne


def test_ancres_choisies_et_pas_de_nombre_en_markdown(notebook):
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", cellule.id) for cellule in notebook.cells)
    for cellule in notebook.cells:
        if cellule.cell_type == "markdown" and "masquer" not in cellule.metadata.get("tags", []):
            assert not re.search(r"\d", cellule.source), cellule.id


def test_le_modele_montre_les_figures_publiees_dans_l_ordre(racine):
    modele = nbformat.read(racine / "notebooks" / "1_fiche_departement.ipynb", as_version=4)
    code = "\n".join(cellule.source for cellule in cellules_de_code(modele))
    positions = [code.index(appel) for appel in FIGURES_PUBLIEES]
    assert positions == sorted(positions)
