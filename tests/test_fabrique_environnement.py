"""Ni les réglages du compte, ni son dossier, ni celui des fichiers temporaires ne changent rien."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import lot_factice
import pytest

# Ce qu'un compte peut poser et qu'un noyau ordinaire exécuterait ou lirait.
REGLAGES = {
    ".ipython/profile_default/startup/00-compte.py": "import os; os.environ['COMPTE'] = 'startup'",
    ".ipython/profile_default/ipython_config.py": (
        "c = get_config()\nc.InteractiveShellApp.exec_lines = "
        "['import os', \"os.environ['COMPTE'] = 'profil'\"]"
    ),
    ".ipython/profile_default/ipython_kernel_config.py": (
        "import os; os.environ['COMPTE'] = 'noyau'"
    ),
    ".jupyter/jupyter_config.json": json.dumps(
        {"TemplateExporter": {"exclude_output": True}, "HTMLExporter": {"exclude_output": True}}
    ),
    # Le gabarit de base de nbconvert, détourné.
    ".local/share/jupyter/nbconvert/templates/basic/index.html.j2": "détourné",
    ".local/share/jupyter/nbconvert/templates/basic/conf.json": "{}",
    "demarrage.py": "import os; os.environ['COMPTE'] = 'PYTHONSTARTUP'",
}
CONSIGNE = "import os; texte = os.environ.get('COMPTE', 'rien')"


def mener(dossier: Path, **environnement: str) -> bytes:
    """Page du lot factice mené par un autre processus, dans cet environnement."""
    lot_factice.preparer(dossier)
    (dossier / "lot.json").write_text(json.dumps({"consignes": {"01": CONSIGNE}}), encoding="utf-8")
    passage = subprocess.run(
        [sys.executable, lot_factice.__file__, str(dossier)],
        env={**os.environ, **environnement},
        capture_output=True,
        text=True,
    )
    assert passage.returncode == 0, passage.stdout + passage.stderr
    return (dossier / "sortie" / "html" / "01-page.html").read_bytes()


@pytest.fixture(scope="module")
def attendue(tmp_path_factory) -> bytes:
    page = mener(tmp_path_factory.mktemp("attendue"))
    assert b"Page rien" in page
    return page


def test_les_reglages_du_compte_ne_changent_pas_une_page(tmp_path, attendue):
    compte = tmp_path / "compte"
    for nom, texte in REGLAGES.items():
        (compte / nom).parent.mkdir(parents=True, exist_ok=True)
        (compte / nom).write_text(texte, encoding="utf-8")
    avant = sorted(compte.rglob("*"))
    page = mener(
        tmp_path / "lot",
        HOME=str(compte),
        USERPROFILE=str(compte),
        PYTHONSTARTUP=str(compte / "demarrage.py"),
        JUPYTER_PATH=str(compte / ".local" / "share" / "jupyter"),
        JUPYTER_CONFIG_PATH=str(compte / ".jupyter"),
    )
    assert page == attendue
    assert sorted(compte.rglob("*")) == avant


@pytest.mark.parametrize("compte", ["", "/dev/null/compte", "/nulle/part"])
def test_un_compte_sans_dossier_ou_sans_droit_d_ecrire(tmp_path, attendue, compte):
    assert mener(tmp_path, HOME=compte, USERPROFILE=compte) == attendue


def test_aucun_dossier_temporaire_ne_reste(tmp_path, attendue):
    temporaires = tmp_path / "tmp"
    temporaires.mkdir()
    assert mener(tmp_path / "lot", TMPDIR=str(temporaires), TEMP=str(temporaires)) == attendue
    assert list(temporaires.iterdir()) == []


def test_un_dossier_temporaire_au_nom_trop_long_pour_une_prise(tmp_path, attendue):
    temporaires = tmp_path / ("x" * 120)
    temporaires.mkdir()
    assert mener(tmp_path / "lot", TMPDIR=str(temporaires), TEMP=str(temporaires)) == attendue
    assert list(temporaires.iterdir()) == []


def test_un_environnement_partage_par_deux_clones_est_refuse(racine, tmp_path):
    """L'environnement exécuterait le code de l'autre clone, et y écrirait."""
    clone = tmp_path / "clone"
    shutil.copytree(racine / "notebooks", clone / "notebooks")
    shutil.copy(racine / "run_all.py", clone)
    passage = subprocess.run(
        [sys.executable, str(clone / "run_all.py"), "09"], capture_output=True, text=True
    )
    assert passage.returncode == 2
    (ligne,) = passage.stderr.splitlines()
    assert f"code de {racine}" in ligne and f"de {clone}" in ligne
    assert "python3 -m venv .venv" in ligne
    assert passage.stdout == "" and not (clone / "outputs").exists()
