"""La ligne de commande, sur le jeu de démonstration : ce qu'elle produit, refuse et dit."""

import csv
import importlib
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run_all

from commerce import chemins
from commerce.references import departements_de_region, territoires
from fabrique import joints


def octets(sortie: Path) -> dict[str, bytes]:
    fichiers = [*sortie.glob("html/*"), *sortie.glob("notebooks/*")]
    return {f"{f.parent.name}/{f.name}": f.read_bytes() for f in fichiers}


@pytest.fixture(scope="module")
def passage(tmp_path_factory):
    """Un passage sur trois fiches, lancé d'ailleurs : ce qu'il a dit, et son dossier."""
    ailleurs = tmp_path_factory.mktemp("ailleurs")
    dit = run_all("9", "2A", "971", "--sortie", "sortie", cwd=ailleurs)
    assert dit.returncode == 0, dit.stderr
    return dit, ailleurs / "sortie"


def test_un_passage_donne_pages_preuves_index_chiffres_et_journal(passage):
    dit, sortie = passage
    annexes = ["accessibilite", "changements", "comparer", "donnees", "index"]
    slugs = ["09-ariege", "20-corse", "971-guadeloupe", *annexes, "territoires-industrie"]
    assert sorted(page.stem for page in (sortie / "html").iterdir()) == slugs
    preuves = sorted(carnet.stem for carnet in (sortie / "notebooks").iterdir())
    assert preuves == sorted([*slugs, "relecture"])
    assert list((sortie / "echecs").iterdir()) == []
    assert "Le code 2A donne la fiche Corse (20)" in dit.stderr
    assert "passage précédent" not in dit.stdout
    derniere, relire = dit.stdout.splitlines()[-1], sortie / "relecture" / "index.html"
    assert derniere == f"Tout est fait : 3 fiches dans {sortie / 'html'} ; à relire : {relire}."
    assert relire.is_file()
    with (sortie / "donnees" / "indicateurs.csv").open(encoding="utf-8", newline="") as fichier:
        lignes = list(csv.DictReader(fichier))
    assert list(lignes[0]) == ["code", "annee", "indicateur", "flux", "valeur"]
    assert {ligne["code"] for ligne in lignes} == {"09", "20", "971"}
    journal = json.loads((sortie / "journal.json").read_text(encoding="utf-8"))
    assert journal["jeu"] == "demonstration"
    assert all(len(source["sha256"]) == 64 for source in journal["sources"])
    for fiche in journal["fiches"]:
        page = (sortie / "html" / f"{fiche['slug']}.html").read_bytes()
        assert fiche["octets_html"] == len(page)
        assert f'<meta name="fiche-code" content="{fiche["code"]}">'.encode() in page


def test_le_carnet_execute_ne_porte_ni_date_ni_chemin_de_machine(passage):
    _, sortie = passage
    texte = (sortie / "notebooks" / "09-ariege.ipynb").read_text(encoding="utf-8")
    carnet = json.loads(texte)
    assert str(chemins.RACINE) not in texte and str(sortie) not in texte
    assert set(carnet["metadata"]["papermill"]) == {"parameters", "version"}
    assert not [cellule for cellule in carnet["cells"] if "execution" in cellule["metadata"]]


def test_relancer_reprend_tout_sans_rien_recrire(passage):
    _, sortie = passage
    avant = octets(sortie)
    second = run_all("09", "20", "971", "--sortie", str(sortie), cwd=sortie)
    assert second.returncode == 0
    assert "0 exécutée, 3 reprises, 0 échec" in second.stdout
    assert octets(sortie) == avant


def test_l_index_a_les_memes_octets_dans_un_autre_dossier_et_apres_des_reprises(passage, tmp_path):
    _, sortie = passage
    for codes in (["20"], ["09", "20", "971"]):
        dit = run_all(*codes, "--sortie", "ailleurs", cwd=tmp_path)
        assert dit.returncode == 0, dit.stderr
    assert "2 exécutées, 1 reprise" in dit.stdout
    assert octets(tmp_path / "ailleurs") == octets(sortie)


def test_un_noyau_neuf_donne_les_memes_octets(passage, tmp_path):
    _, sortie = passage
    neuf = run_all("971", "--noyau-neuf", "--sortie", str(tmp_path), cwd=tmp_path)
    assert neuf.returncode == 0, neuf.stderr
    communs = {nom: contenu for nom, contenu in octets(tmp_path).items() if "971" in nom}
    assert len(communs) == 2
    assert communs.items() <= octets(sortie).items()


@pytest.mark.parametrize("region", ["76", "DROM"])
def test_une_region_choisit_ses_departements_et_sa_fiche(region, tmp_path):
    dit = run_all("--region", region, "--simuler", "--sortie", "sortie", cwd=tmp_path)
    assert dit.returncode == 0, dit.stderr
    codes = re.findall(r"^(\S+) .* : à faire", dit.stdout, re.MULTILINE)
    siens = [departement.code for departement in departements_de_region(region)]
    assert codes == [*siens, f"R{region}"]
    seuls = run_all("--region", region, "--sans-regions", "--simuler", cwd=tmp_path)
    assert re.findall(r"^(\S+) .* : à faire", seuls.stdout, re.MULTILINE) == siens
    assert not (tmp_path / "sortie").exists()


def test_sans_argument_toutes_les_fiches_et_chacune_une_seule_fois(tmp_path):
    tout = run_all("--simuler", "--sortie", "sortie", cwd=tmp_path)
    assert tout.stdout.splitlines()[-1].startswith("Simulation : 113 à faire, 0 à reprendre")
    premiere, *plan = tout.stdout.splitlines()[:-1]
    assert premiere == (
        f"Données de démonstration, fictives ({chemins.DEMONSTRATION}), 2024, nomenclature A129 : "
        "113 fiches."
    )
    assert [ligne.split()[0] for ligne in plan] == list(territoires())
    sans = run_all("--sans-regions", "--simuler", cwd=tmp_path)
    assert "Simulation : 100 à faire" in sans.stdout
    double = run_all("2A", "2B", "R94", "--region", "94", "--simuler", cwd=tmp_path)
    assert double.stdout.splitlines()[-1].startswith("Simulation : 1 à faire")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["96"], "Aucune fiche n'a le code « 96 »"),
        (["--region", "77"], "Aucune région n'a le code « 77 »"),
        (["--annee", "1999"], "1999"),
        (["--nomenclature", "NAF"], "Option --nomenclature : valeur absente ou refusée"),
        (["--delai", "0"], "Option --delai : valeur absente ou refusée"),
        (["--travailleurs"], "Option --travailleurs : valeur absente ou refusée"),
        (["--force"], "Option inconnue : --force"),
        (["--source", "nulle-part"], "nulle-part"),
    ],
)
def test_une_demande_fautive_est_refusee_en_une_ligne(
    arguments, phrase, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(chemins.RACINE / "run_all.py"))["main"]
    assert main([*arguments, "--sortie", "sortie"]) == 2
    dit = capsys.readouterr()
    assert phrase in dit.err and len(dit.err.splitlines()) == 1
    assert dit.out == ""
    assert not (tmp_path / "sortie").exists()


@pytest.mark.lent
def test_cent_fiches_aux_memes_octets_dans_deux_ordres_et_dans_des_noyaux_neufs(tmp_path):
    codes = list(territoires())
    ordres = {"croissant": codes, "decroissant": codes[::-1], "neufs": [*codes, "--noyau-neuf"]}
    for nom, arguments in ordres.items():
        dit = run_all(*arguments, "--sortie", nom, cwd=tmp_path)
        assert dit.returncode == 0, dit.stderr
    vus = {nom: octets(tmp_path / nom) for nom in ordres}
    fiches = {f"html/{territoire.slug}.html" for territoire in territoires().values()}
    for contenus in vus.values():
        assert fiches < set(contenus)
    assert vus["croissant"] == vus["decroissant"] == vus["neufs"]


@pytest.mark.lent
def test_les_commandes_papermill_et_nbconvert_font_la_meme_page(passage, tmp_path):
    """Un ordonnanceur qui sait déjà lancer des carnets n'a pas besoin de la fabrique."""
    _, sortie = passage
    execute = tmp_path / "execute.ipynb"
    modele = chemins.NOTEBOOKS / "1_fiche_departement.ipynb"
    parametres = ["-r", "departement", "09", "--cwd", str(chemins.NOTEBOOKS)]
    commande("papermill", *parametres, str(modele), str(execute))
    gabarits = chemins.NOTEBOOKS / "fabrique" / "gabarits"
    options = ["--template", "fiche", f"--TemplateExporter.extra_template_basedirs={gabarits}"]
    commande("nbconvert", str(execute), "--to", "html", *options)
    ordinaire = execute.with_suffix(".html").read_text(encoding="utf-8")
    assert re.search(r'<meta [^>]*"fiche-code"', ordinaire)
    commande("nbconvert", str(execute), "--to", "fabrique.publication.Exporteur", *options)
    page, _ = joints.detacher(execute.with_suffix(".html").read_text(encoding="utf-8"))
    publiee = (sortie / "html" / "09-ariege.html").read_text(encoding="utf-8")
    assert page.rstrip("\n") == publiee.rstrip("\n")


def commande(module: str, *arguments: str) -> None:
    """Lance un module Python comme le ferait un ordonnanceur."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "module, avant, apres, dit",
    [
        ("redaction", '"Panorama national"', '"Panorama national', "mots.toml, ligne"),
        ("redaction", '"Panorama national"', '"Panorama {natoinal}"', "{natoinal}"),
        ("theme", 'lien = "#1f4e9e"', 'lien = "#1f4e9z"', "theme.toml"),
        ("theme", 'lien = "#1f4e9e"', 'lien = "#1f4e9e', "theme.toml, ligne"),
    ],
)
def test_une_faute_dans_les_mots_ou_le_theme_est_refusee_avant_tout_noyau(
    module, avant, apres, dit, tmp_path, monkeypatch, capsys
):
    lu = importlib.import_module(f"commerce.{module}")
    texte = lu.FICHIER.read_text(encoding="utf-8")
    assert avant in texte
    fautif = tmp_path / lu.FICHIER.name
    fautif.write_text(texte.replace(avant, apres, 1), encoding="utf-8")
    monkeypatch.setattr(lu, "FICHIER", fautif)
    main = runpy.run_path(str(chemins.RACINE / "run_all.py"))["main"]
    assert main(["09", "--sortie", str(tmp_path / "sortie")]) == 2
    phrase = capsys.readouterr().err.strip()
    assert dit in phrase and phrase.count("\n") == 0
    assert not (tmp_path / "sortie").exists()
