"""Enregistrer un notebook exécuté ne change rien au dépôt, une fois le filtre installé."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from commerce import chemins

FILTRE = Path(sys.executable).with_name("nbstripout")


def git(dossier, *arguments: str) -> str:
    identite = ("-c", "user.name=essai", "-c", "user.email=essai@exemple.fr")
    resultat = subprocess.run(
        ["git", *identite, *arguments], cwd=dossier, capture_output=True, text=True, check=True
    )
    return resultat.stdout


@pytest.mark.skipif(not FILTRE.exists(), reason="nbstripout n'est pas dans cet environnement")
def test_un_notebook_execute_puis_enregistre_ne_change_pas_le_depot(tmp_path):
    carnet = tmp_path / "1_fiche_departement.ipynb"
    shutil.copy(chemins.NOTEBOOKS / carnet.name, carnet)
    git(tmp_path, "init", "--quiet")
    subprocess.run([FILTRE, "--install"], cwd=tmp_path, check=True)
    git(tmp_path, "add", carnet.name)
    git(tmp_path, "commit", "--quiet", "-m", "modèle")
    contenu = nbformat.read(carnet, as_version=4)
    for rang, cellule in enumerate(c for c in contenu.cells if c.cell_type == "code"):
        cellule.execution_count = rang + 1
        cellule.outputs = [nbformat.v4.new_output("stream", text="sortie")]
    nbformat.write(contenu, carnet)
    assert git(tmp_path, "diff", "--stat") == ""
    contenu.cells[0].source += " Retouché."
    nbformat.write(contenu, carnet)
    assert carnet.name in git(tmp_path, "diff", "--stat")
