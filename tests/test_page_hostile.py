"""Rien de ce qui vient des fichiers n'est cru : ni balise, ni script, ni formule, ni inversion.

Le même dossier hostile passe par le vrai lot, puis par les cellules des carnets. Le navigateur
ouvre les pages sans leur politique de sécurité : l'échappement doit suffire à lui seul.
"""

import csv
import html
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree

import jeu_hostile
import nbformat
import openpyxl
import pytest
from cellules import montrees
from dessins import MESURE
from jeu_hostile import HOSTILES
from nbformat.v4 import new_code_cell, new_notebook, new_output

from commerce import formats, notice
from commerce.donnees import fiche as donnees
from fabrique.publication import exporteur

LANCEUR = """
import sys, run_all
from pathlib import Path
from commerce import chemins
chemins.PREPARE = Path(sys.argv[1])
sys.exit(run_all.main(sys.argv[2:]))
"""
PAGES = ("09-ariege", "20-corse", "index")
INVERSIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COMMANDES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
BALISES_SVG = {"svg", "g", "title", "rect", "text", "tspan", "path", "line"}
# Ce qu'un navigateur tient pour actif, où que ce soit dans la page.
ACTIFS = """[...document.querySelectorAll('*')].flatMap((e) => [
  ...(['SCRIPT', 'IMG', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM', 'LINK'].includes(e.tagName)
      ? [e.outerHTML.slice(0, 80)] : []),
  ...[...e.attributes].filter((a) => /^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value)
      && ['href', 'src', 'action'].includes(a.name)).map((a) => a.name + '=' + a.value)])"""


@pytest.fixture(scope="module")
def prepare(tmp_path_factory):
    """Dossier où le lot hostile range ses données préparées, à part de celles du projet."""
    return tmp_path_factory.mktemp("prepare")


@pytest.fixture(scope="module")
def lot_hostile(tmp_path_factory, prepare, racine):
    """Sortie d'un vrai passage de run_all.py sur le dossier hostile."""
    source = jeu_hostile.dossier(tmp_path_factory.mktemp("source"))
    sortie = tmp_path_factory.mktemp("hostile")
    commande = [sys.executable, "-c", LANCEUR, str(prepare), *jeu_hostile.FICHES]
    commande += ["--source", str(source), "--sortie", str(sortie), "--nomenclature", "CPF4"]
    # Deux départements et des montants sans rapport avec les vrais : les contrôles bloqueraient.
    commande += ["--passer-outre"]
    passage = subprocess.run(commande, cwd=racine, capture_output=True, text=True)
    assert passage.returncode == 0, passage.stdout + passage.stderr
    return sortie


@pytest.fixture(scope="module")
def page(lot_hostile):
    return lambda nom: (lot_hostile / "html" / f"{nom}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def fiche(lot_hostile, prepare):
    """La fiche hostile de l'Ariège, chargée dans ce processus, sans passer par le lot."""
    (dossier,) = (meta.parent for meta in prepare.glob("*/meta.json"))
    return donnees.charger("09", 2024, "CPF4", dossier)


@pytest.fixture(scope="module")
def fiche_renommee(fiche):
    """La même, dont le territoire et la région portent aussi des noms hostiles."""

    def renommer(lieu, nom):
        champs = ("nom", "sujet", "complement", "locatif")
        return replace(lieu, **dict.fromkeys(champs, nom))

    region = renommer(fiche.departement.region, " ".join(jeu_hostile.MODELES))
    departement = renommer(fiche.departement, " ".join(jeu_hostile.BALISES))
    return replace(fiche, departement=replace(departement, region=region))


@pytest.fixture
def ouvrir(navigateur):
    """Ouvre une page sans sa politique de sécurité ; rend l'onglet et ses fautes."""
    contextes = []

    def _ouvrir(chemin, largeur=1280):
        contexte = navigateur.new_context(
            bypass_csp=True, viewport={"width": largeur, "height": 900}
        )
        contextes.append(contexte)
        onglet, fautes = contexte.new_page(), []
        onglet.on("dialog", lambda boite: (fautes.append(boite.message), boite.dismiss()))
        onglet.on("pageerror", lambda erreur: fautes.append(str(erreur)))
        onglet.on("console", lambda message: fautes.append(message.text))
        onglet.on(
            "request",
            lambda requete: (
                fautes.append(requete.url)
                if not requete.url.startswith("data:") and requete.url != chemin.as_uri()
                else None
            ),
        )
        onglet.goto(chemin.as_uri(), wait_until="load")
        return onglet, fautes

    yield _ouvrir
    for contexte in contextes:
        contexte.close()


def carnet(*sorties) -> nbformat.NotebookNode:
    """Un carnet exécuté dont chaque cellule montre un objet de `commerce`."""
    cellules = []
    for rang, objet in enumerate(sorties):
        if hasattr(objet, "_repr_mimebundle_"):
            rendu = objet._repr_mimebundle_()
        else:
            rendu = {"text/html": objet._repr_html_()}
        contenu, metadonnees = rendu if isinstance(rendu, tuple) else (rendu, {})
        sortie = new_output("display_data", contenu, metadata=metadonnees)
        cellules.append(new_code_cell("", id=f"cellule-{rang}", outputs=[sortie]))
    return new_notebook(cells=cellules)


@pytest.fixture(scope="module")
def convertir(racine):
    gabarit = exporteur(racine / "notebooks" / "fabrique" / "gabarits", "fiche")
    return lambda *sorties: gabarit.from_notebook_node(carnet(*sorties))[0]


def lus(onglet, selecteur: str) -> list[str]:
    """Textes que le navigateur tire des éléments choisis."""
    return onglet.locator(selecteur).all_text_contents()


def debut(texte: str, signes: int = 400) -> str:
    """Début du texte, tel qu'un lecteur doit le voir : propre, espaces réduites."""
    # La barre est le point-virgule de certains millésimes.
    return " ".join(formats.propre(texte).replace("|", ";").split())[:signes]


# Dans le navigateur


@pytest.mark.parametrize("nom", PAGES)
def test_rien_ne_s_execute_et_rien_ne_sort(ouvrir, lot_hostile, nom):
    onglet, fautes = ouvrir(lot_hostile / "html" / f"{nom}.html")
    assert fautes == []
    propres_a_l_index = 1 if nom == "index" else 0
    assert len(onglet.evaluate(ACTIFS)) == propres_a_l_index


@pytest.mark.parametrize("largeur", [390, 1280])
def test_les_figures_et_la_page_gardent_leur_forme(ouvrir, lot_hostile, largeur):
    onglet, _ = ouvrir(lot_hostile / "html" / "09-ariege.html", largeur)
    onglet.evaluate("document.fonts.ready")
    assert onglet.evaluate("document.documentElement.scrollWidth") <= largeur
    assert [fautes for *_, fautes in onglet.evaluate(MESURE) if fautes] == []
    assert onglet.evaluate("document.querySelectorAll('figure').length") >= 8


def test_chaque_libelle_se_lit_comme_un_texte(ouvrir, lot_hostile):
    onglet, _ = ouvrir(lot_hostile / "html" / "09-ariege.html")
    produits = lus(onglet, "#activites tbody th:nth-of-type(2)")
    pays = lus(onglet, "#soldes-par-pays tbody th")
    territoires = lus(onglet, ".territoires-industrie li")
    assert len(produits) == 2 * len(HOSTILES) and len(pays) == 20
    for hostile in HOSTILES:
        assert any(lu.startswith(debut(hostile, 8)) for lu in produits), hostile
    moitie = len(HOSTILES) // 2
    for hostile in HOSTILES[: min(10, moitie)]:
        assert any(lu.startswith(debut(hostile, 8)) for lu in pays), hostile
    assert {debut(h) for h in jeu_hostile.du_departement("09")} <= {debut(lu) for lu in territoires}


def test_une_image_telechargee_est_inerte_quand_on_l_ouvre(ouvrir, lot_hostile, tmp_path):
    with zipfile.ZipFile(lot_hostile / "donnees" / "fiche-09-ariege-images.zip") as archive:
        archive.extractall(tmp_path)
    for figure in ("soldes-par-pays", "activites", "flux-import"):
        assert ouvrir(tmp_path / f"09-ariege-{figure}-2024.svg")[1] == []


# Dans le fichier


def telechargements(texte: str, extension: str) -> dict[str, str]:
    """Fichiers que la page fait télécharger : nom, texte."""
    liens = re.findall(r'<a[^>]* download="([^"]*)"[^>]* href="data:[^,"]*,([^"]*)"', texte)
    return {
        nom: unquote(html.unescape(contenu))
        for nom, contenu in liens
        if nom.endswith(f".{extension}")
    }


@pytest.mark.parametrize("nom", PAGES)
def test_ni_inversion_ni_commande_dans_la_page(page, nom):
    texte = page(nom)
    assert not INVERSIONS.search(texte) and not COMMANDES.search(texte)
    assert not re.search(r"&#(x20[0-6]|82[0-9]{2}|x?0*[0-9a-f];)", texte)


def test_aucune_balise_ni_ancre_de_plus_que_sur_une_page_ordinaire(page, lot):
    ordinaire = (lot / "html" / "09-ariege.html").read_text(encoding="utf-8")
    for motif in (r'\sid="([^"]+)"', r"<([a-z][a-z0-9]*)"):
        connus = set(re.findall(motif, ordinaire))
        assert set(re.findall(motif, page("09-ariege"))) - connus == set()


def test_les_csv_telecharges_ne_portent_aucune_formule(page):
    fichiers = telechargements(page("09-ariege"), "csv")
    assert len(fichiers) >= 8
    for nom, texte in fichiers.items():
        lignes = list(csv.reader(io.StringIO(texte.lstrip("\ufeff")), delimiter=";"))
        assert len({len(ligne) for ligne in lignes}) == 1
        assert not INVERSIONS.search(texte) and not COMMANDES.search(texte)
        # Un tableur peut prendre un autre séparateur que le nôtre : aucun morceau ne doit calculer.
        for ligne in re.split(r"[\r\n]", texte):
            for morceau in re.split("[;,\t]", ligne):
                assert not re.match(r"[=+@]|-\D", morceau.strip(' "\ufeff')), (nom, ligne)


def test_le_classeur_ne_porte_que_du_texte_et_des_nombres(lot_hostile):
    classeur = openpyxl.load_workbook(lot_hostile / "donnees" / "fiche-09-ariege.xlsx")
    cellules = [c for feuille in classeur for rangee in feuille for c in rangee if c.value]
    assert {cellule.data_type for cellule in cellules} <= {"s", "n", "d"}
    # Les seuls liens sont ceux du sommaire, vers les feuilles de ce classeur.
    liens = [cellule for cellule in cellules if cellule.hyperlink]
    assert {cellule.parent.title for cellule in liens} == {"Sommaire"}
    assert not any(cellule.hyperlink.target for cellule in liens)
    textes_ecrits = {cellule.value for cellule in cellules if cellule.data_type == "s"}
    assert {debut(formule) for formule in jeu_hostile.FORMULES[:3]} <= textes_ecrits
    assert "<script>alert(1)</script>" in textes_ecrits
    assert not [t for t in textes_ecrits if INVERSIONS.search(t) or COMMANDES.search(t)]


def test_les_images_telechargees_sont_du_svg_inerte(lot_hostile):
    with zipfile.ZipFile(lot_hostile / "donnees" / "fiche-09-ariege-images.zip") as archive:
        images = [archive.read(nom).decode() for nom in archive.namelist()]
    assert len(images) >= 8
    for texte in images:
        for element in ElementTree.fromstring(texte).iter():
            assert element.tag.rpartition("}")[2] in BALISES_SVG
            assert not [nom for nom in element.attrib if nom.startswith("on") or "href" in nom]
        assert "NaN" not in texte and not INVERSIONS.search(texte)


@pytest.mark.parametrize("nom", PAGES[:2])
def test_noms_de_fichiers_ascii(page, nom):
    noms = re.findall(r'download="([^"]*)"', page(nom))
    assert noms
    assert all(re.fullmatch(r"[a-z0-9.-]+", fichier) for fichier in noms)


def test_aucun_modele_n_est_evalue(page):
    texte = page("09-ariege")
    for modele in ("{annee} {0} {fiche.dossier}", "{{7*7}} {% raw %} ${7*7}", "**gras**"):
        assert modele[:12] in texte


# Cellule par cellule


def test_territoire_hostile_dans_le_titre_et_les_attributs(
    ouvrir, convertir, fiche_renommee, racine, tmp_path, monkeypatch
):
    monkeypatch.setattr(donnees, "charger", lambda *_: fiche_renommee)
    objets = montrees(racine / "notebooks" / "1_fiche_departement.ipynb")
    (entete,) = (objet for objet in objets if isinstance(objet, notice.Entete))
    champs = ("institution", "contact", "logo", "source", "mention", "annee", "jeu", "code")
    hostile = " ".join(jeu_hostile.BALISES)
    entete.notice.update(dict.fromkeys(champs, hostile))
    chemin = tmp_path / "page.html"
    chemin.write_text(convertir(*objets), encoding="utf-8")
    onglet, fautes = ouvrir(chemin)
    # L'adresse du logo est celle d'une image : elle ne mène nulle part, et c'est la seule.
    assert [faute for faute in fautes if not faute.startswith(("file:", "Failed to load"))] == []
    assert [a for a in onglet.evaluate(ACTIFS) if not a.startswith("<img")] == []
    assert onglet.title().startswith("Territoires d'industrie - <script>alert(1)</script>")
    meta = onglet.evaluate("document.querySelector('meta[name=fiche-code]').content")
    assert meta == hostile
    assert onglet.evaluate("document.querySelector('h1').childElementCount") == 0
    # La dernière règle de page, qui porte le titre courant, est restée entière.
    regles = "[...document.styleSheets].flatMap(f => [...f.cssRules]).map(r => r.cssText)"
    marges = onglet.evaluate(f"{regles}.filter(r => r.startsWith('@page')).at(-1)")
    assert re.findall(r"@([\w-]+) {", marges) == ["page", "top-left", "top-right", "bottom-left"]
    assert "http" in marges


def test_journal_hostile_dans_le_panorama(ouvrir, convertir, lot_hostile, racine, tmp_path):
    contenu = json.loads((lot_hostile / "journal.json").read_text(encoding="utf-8"))
    contenu["fiches"][0] |= {"alertes": [f"ALERTE {hostile}" for hostile in HOSTILES]}
    contenu["fiches"][1] |= {"statut": "echec", "erreur": " ".join(["ERREUR", *HOSTILES])}
    journal = tmp_path / "journal.json"
    journal.write_text(json.dumps(contenu), encoding="utf-8")
    indicateurs = str(lot_hostile / "donnees" / "indicateurs.csv")
    modele = racine / "notebooks" / "2_panorama_national.ipynb"
    rendu = convertir(
        *montrees(modele, donnees_indicateurs=indicateurs, journal=str(journal)),
    )
    assert not INVERSIONS.search(rendu) and not COMMANDES.search(rendu)
    chemin = tmp_path / "index.html"
    chemin.write_text(rendu, encoding="utf-8")
    onglet, fautes = ouvrir(chemin)
    assert fautes == [] and len(onglet.evaluate(ACTIFS)) == 1
    # Ni alerte ni erreur : le journal est pour le relecteur.
    assert not re.search("ALERTE|ERREUR", onglet.evaluate("document.body.textContent"))


def test_noms_de_fichiers_hostiles_dans_le_releve(ouvrir, convertir, fiche, racine, tmp_path):
    modele = racine / "notebooks" / "0_donnees.ipynb"
    rendu = convertir(*montrees(modele, donnees=str(fiche.dossier)))
    assert not INVERSIONS.search(rendu)
    chemin = tmp_path / "donnees.html"
    chemin.write_text(rendu, encoding="utf-8")
    onglet, fautes = ouvrir(chemin)
    assert fautes == [] and onglet.evaluate(ACTIFS) == []
    assert '"><img src=x onerror=alert(1)>' in onglet.evaluate("document.body.textContent")
