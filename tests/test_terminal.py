"""Tout se dit en une phrase : à un terminal sans accents, à un tube fermé, sans trace Python."""

import os
import runpy
import subprocess
import sys

import pytest

from commerce import chemins, formats
from fabrique import systeme

RUN_ALL = str(chemins.RACINE / "run_all.py")
DIRE = """
import sys
from commerce import formats
from fabrique import terminal
terminal.preparer(formats.INVISIBLES)
"""


def dire(code: str, encodage: str = "utf-8") -> subprocess.CompletedProcess:
    """Ce qu'écrit ce code dans un tube de ce codage."""
    return subprocess.run(
        [sys.executable, "-c", DIRE + code],
        env={**os.environ, "PYTHONIOENCODING": encodage},
        capture_output=True,
    )


@pytest.mark.parametrize(
    ("encodage", "attendu"),
    [
        ("ascii", '"Ariege": -75,8 MEUR, 1 966... oe ?'),
        ("cp1252", "«\xa0Ariège\xa0»: -75,8 M€, 1 966… œ ?"),
        ("utf-8", "«\xa0Ariège\xa0»: −75,8 M€, 1\u202f966… œ 漢"),
    ],
)
def test_une_phrase_s_ecrit_dans_tout_codage(encodage, attendu):
    phrase = "«\xa0Ariège\xa0»: \u221275,8 M€, 1\u202f966… œ 漢"
    dit = dire(f"print({phrase!r}); print({phrase!r}, file=sys.stderr)", encodage)
    assert dit.returncode == 0
    for flux in (dit.stdout, dit.stderr):
        lu = flux.decode(encodage).rstrip()
        assert lu.replace('" ', '"').replace(' "', '"') == attendu


def test_une_erreur_est_ecrite_aussitot():
    """Sans quoi elle partirait avec le prochain ouvrier lancé, dans son fichier à lui."""
    dit = dire("import os; print('avis', file=sys.stderr); os._exit(0)")
    assert dit.stderr.decode().strip() == "avis"


def test_les_caracteres_caches_d_un_nom_de_fichier_ne_s_affichent_pas():
    nom = "a\u202egpj.zip\u200b\x1b]0;titre\x07\x9b31m\u2066\U000e0041"
    assert dire(f"print({nom!r})").stdout.decode() == f"agpj.zip]0;titre31m{os.linesep}"


def test_les_caracteres_caches_quittent_les_libelles():
    assert formats.propre("Ari\u200bège\ufeff \u2060du\xad sud\u202e\ufe0f") == "Ariège du sud"
    assert formats.propre("10\u202f000\xa0€ – œ’") == "10\u202f000\xa0€ – œ’"


@pytest.mark.parametrize("flux", ["stdout", "stderr"])
def test_un_lecteur_parti_n_arrete_pas_le_travail(tmp_path, flux):
    """`| head -1` : le reste du travail se fait, et le code de retour est le bon."""
    code = (
        "import os, sys, time\n"
        f"for i in range(20_000): print('x' * 100, file=sys.{flux})\n"
        f"open({str(tmp_path / 'fini')!r}, 'w').close(); sys.exit(3)"
    )
    tube = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, flux: subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", DIRE + code], **tube) as processus:
        lecteur = getattr(processus, flux)
        lecteur.readline()
        lecteur.close()
        assert processus.wait(60) == 3
    assert (tmp_path / "fini").exists()


def test_la_simulation_survit_a_head_et_a_un_terminal_ascii(tmp_path):
    with subprocess.Popen(
        [sys.executable, RUN_ALL, "--simuler", "--sortie", str(tmp_path / "sortie")],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as processus:
        assert processus.stdout.readline().isascii()
        processus.stdout.close()
        assert processus.stderr.read() == b""
        assert processus.wait(60) == 0


@pytest.fixture
def main(monkeypatch):
    """La commande, dont les données lèvent l'erreur donnée."""
    module = runpy.run_path(RUN_ALL)

    def lancer(erreur: Exception, *arguments: str) -> int:
        def casser(*_, **__):
            raise erreur

        monkeypatch.setattr("commerce.donnees.preparation.preparer", casser)
        return module["main"](list(arguments))

    return lancer


@pytest.mark.parametrize(
    ("erreur", "motif"),
    [
        (RuntimeError("inattendu\nsur deux lignes"), "RuntimeError : inattendu"),
        (PermissionError(13, "Permission denied", "x.zip"), "accès refusé (x.zip)"),
        (OSError(28, "No space left on device"), "disque plein"),
        (MemoryError(), "MemoryError"),
        (RecursionError("trop"), "RecursionError"),
    ],
)
def test_une_erreur_imprevue_est_une_phrase_et_ses_details_sont_ecrits(
    main, tmp_path, capsys, erreur, motif
):
    assert main(erreur, "09", "--sortie", str(tmp_path)) == 1
    dit = capsys.readouterr()
    (ligne,) = dit.err.splitlines()
    assert ligne.startswith("Erreur imprévue") and motif in ligne
    assert str(tmp_path / "erreur.txt") in ligne and "Traceback" not in ligne
    assert "Traceback" in (tmp_path / "erreur.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [["--sortie", "absente"], ["--sortie", ".", "--simuler"]])
def test_les_details_vont_ailleurs_si_la_sortie_n_existe_pas_ou_pour_simuler(
    main, tmp_path, capsys, monkeypatch, options
):
    (tmp_path / "ailleurs").mkdir()
    monkeypatch.setattr(systeme.tempfile, "tempdir", str(tmp_path / "ailleurs"))
    monkeypatch.chdir(tmp_path)
    assert main(RuntimeError("x"), *options) == 1
    (detail,) = (tmp_path / "ailleurs").iterdir()
    assert str(detail) in capsys.readouterr().err
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["ailleurs"]


@pytest.mark.parametrize("option", ["--source", "--sortie"])
@pytest.mark.parametrize("valeur", ["", " "])
def test_un_dossier_vide_n_est_pas_le_dossier_courant(option, valeur, capsys):
    assert runpy.run_path(RUN_ALL)["main"]([option, valeur, "--simuler"]) == 2
    assert f"Option {option} : valeur absente ou refusée" in capsys.readouterr().err
