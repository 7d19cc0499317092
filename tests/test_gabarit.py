"""Le gabarit de page : structure, sommaire, sécurité, ce qui n'est jamais publié."""

import base64
import hashlib
import html
import re
import subprocess
import sys

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from fabrique import structure

NOTICE = {
    "code": "09",
    "nom": "Ariège",
    "titre": "Territoires d'industrie - Ariège (2024)",
    "annee": 2024,
    "jeu": "demonstration",
    "mention": "données de démonstration, fictives",
}


def affichage(texte, place="", **donnees):
    """Une sortie HTML, comme la rend un noyau."""
    return new_output(
        "display_data",
        {"text/html": texte, "text/plain": "représentation en texte", **donnees},
        metadata={"fiche": place} if place else {},
    )


def code(identifiant, *sorties, etiquettes=()):
    """Une cellule de code exécutée."""
    return new_code_cell(
        "secret_de_fabrication()",
        id=identifiant,
        outputs=list(sorties),
        metadata={"tags": list(etiquettes)},
    )


@pytest.fixture
def carnet():
    """Un carnet exécuté, petit mais qui contient de tout."""
    style = affichage("<style>:root{--lien:#123456}</style>", "style")
    entete = affichage("<h1>Territoires d'industrie</h1>", **{structure.NOTICE: NOTICE})
    figure = affichage('<figure id="f"><svg viewBox="0 0 9 9"></svg></figure>')
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# Mode d'emploi", id="emploi", metadata={"tags": ["masquer"]}),
            code("chargement", style),
            code("entete", entete),
            new_markdown_cell("## Vins & *spiritueux*\n\nUn paragraphe.", id="vins"),
            new_markdown_cell("### Détail\n\nTexte.\n\n### Détail\n\nTexte.", id="detail"),
            code("territoires", affichage('<h3 class="t">Principaux territoires*</h3>')),
            code("figure", figure),
            code("cachee", affichage("<p>invisible</p>"), etiquettes=["masquer"]),
            code(
                "bavarde",
                new_output("stream", name="stderr", text="Attention !"),
                new_output("execute_result", {"text/plain": "42"}),
                etiquettes=["masquer"],
            ),
        ],
    )


@pytest.fixture(scope="module")
def exportateur(racine):
    """L'exportateur de nbconvert, sans autre réglage que le nom et le dossier du gabarit."""
    gabarits = racine / "notebooks" / "fabrique" / "gabarits"
    return HTMLExporter(template_name="fiche", extra_template_basedirs=[str(gabarits)])


@pytest.fixture
def page(exportateur, carnet):
    return exportateur.from_notebook_node(carnet)[0]


def test_tete_de_page(page):
    assert page.startswith("<!DOCTYPE html>") or page.startswith("<!doctype html>")
    assert '<html lang="fr">' in page
    assert page.count("<title>") == 1
    assert html.unescape(re.search("<title>(.*?)</title>", page)[1]) == NOTICE["titre"]
    assert re.search(
        r'<meta content="09" name="fiche-code"|<meta name="fiche-code" content="09"', page
    )


def test_description_de_la_page(exportateur, carnet):
    assert 'name="description"' not in exportateur.from_notebook_node(carnet)[0]
    dite = "L'Ariège <b>vend</b> & achète."
    carnet.cells[2].outputs[0].data[structure.NOTICE] = NOTICE | {"description": dite}
    page = exportateur.from_notebook_node(carnet)[0]
    [balise] = re.findall(r'<meta [^>]*name="description"[^>]*>', page)
    assert html.unescape(re.search('content="([^"]*)"', balise)[1]) == dite


def test_le_resume_garde_figures_et_blocs_des_cellules_etiquetees(exportateur, carnet):
    gardes = '<div id="bloc"><p>Texte</p></div><dl id="chiffres"></dl><figure id="g"></figure>'
    carnet.cells.append(code("resumee", affichage(gardes), etiquettes=["resume"]))
    page = exportateur.from_notebook_node(carnet)[0]
    assert "main > :not(#bloc, #chiffres, #g) { display: none; }" in page


def test_un_seul_titre_de_premier_niveau_dans_l_en_tete(page):
    assert len(re.findall("<h1", page)) == 1
    entete = re.search("<header.*?</header>", page, re.DOTALL)[0]
    assert '<h1 id="entete">' in entete


def test_reperes_dans_l_ordre(page):
    ordre = ["evitement", "<header", "<nav", "<main", "</main>", "<footer"]
    positions = [page.index(repere) for repere in ordre]
    assert positions == sorted(positions)


def test_identifiants_des_titres(page):
    assert '<h2 id="vins">Vins &amp; <em>spiritueux</em></h2>' in page
    assert '<h3 id="detail">' in page
    assert '<h3 id="detail-2">' in page
    assert '<h3 class="t" id="territoires">Principaux territoires*</h3>' in page


def test_lien_permanent_en_francais_et_nomme(page):
    assert "¶" not in page
    assert 'aria-label="Lien vers cette section\u00a0: Vins &amp; spiritueux"' in page
    liens = re.findall(r'<a [^>]*class="lien-permanent"[^>]*>', page)
    assert len(liens) == 4


def test_sommaire_pointe_vers_les_titres(page):
    sommaire = re.search("<nav.*?</nav>", page, re.DOTALL)[0]
    cibles = re.findall('href="#([^"]+)"', sommaire)
    assert cibles == ["vins", "detail", "detail-2", "territoires"]
    assert all(f'id="{cible}"' in page for cible in cibles)
    # L'appel de note n'a pas de sens dans le sommaire.
    assert ">Principaux territoires</a>" in sommaire


def test_rien_que_le_publiable(page):
    for absent in (
        "secret_de_fabrication",
        "Mode d'emploi",
        "invisible",
        "représentation en texte",
        "Attention !",
        ">42<",
    ):
        assert absent not in page


def test_style_remonte_dans_la_tete(page):
    tete, corps = page.split("</head>")
    assert "--lien:#123456" in tete
    assert "<style" not in corps


def test_titre_courant_de_l_impression(page):
    assert 'content: "Ariège, 2024"' in page
    assert 'content: "données de démonstration, fictives"' in page


def test_politique_de_securite_sans_script(page):
    contenu = re.search(r'content="(default-src[^"]*)"', page)[1]
    assert contenu.startswith("default-src 'none'")
    assert "script-src" not in contenu
    assert "<script" not in page


def test_script_permis_par_son_empreinte(exportateur, carnet):
    script = "document.title += ' & <plus>';\n"
    carnet.cells.append(code("script", affichage(f"<script>{script}</script>", "script")))
    page = exportateur.from_notebook_node(carnet)[0]
    publie = re.search("<script>(.*?)</script>", page, re.DOTALL)[1]
    empreinte = base64.b64encode(hashlib.sha256(publie.encode()).digest()).decode()
    assert f"script-src 'sha256-{empreinte}'" in page
    assert publie == script


@pytest.mark.parametrize(
    "hostile",
    [
        '"><script>alert(1)</script>',
        "</style><script>alert(1)</script>",
        '"; } body { display: none } a { content: "',
        "\\22 ; } </title>",
        "ligne\nsuivante",
    ],
)
def test_notice_hostile_reste_du_texte(exportateur, carnet, hostile):
    piege = NOTICE | {"titre": hostile, "nom": hostile, "mention": hostile, "code": hostile}
    carnet.cells[2].outputs[0].data[structure.NOTICE] = piege
    page = exportateur.from_notebook_node(carnet)[0]
    assert "<script" not in page
    assert page.count("</style>") == 3
    tete = page.split("</head>")[0]
    assert "display: none } a" not in tete.split("</title>")[1].split(".evitement")[0]
    assert html.unescape(re.search("<title>(.*?)</title>", page, re.DOTALL)[1]) == hostile


def test_chaine_css_ne_laisse_passer_aucun_signe_actif():
    assert structure.chaine_css("Côte-d'Or") == "Côte-d\\000027Or"
    assert not set('"\\<>{};\n') & set(
        re.sub(r"\\[0-9a-f]{6}", "", structure.chaine_css('"<>{};\n\\'))
    )


def test_memes_octets(exportateur, carnet):
    assert exportateur.from_notebook_node(carnet)[0] == exportateur.from_notebook_node(carnet)[0]


def test_un_titre_de_figure_est_un_cran_sous_sa_section_et_hors_du_sommaire(exportateur, carnet):
    titre = '<h4 class="figure-titre" id="{}">Des vins</h4>'
    carnet.cells[3:3] = [code("avant", affichage(titre.format("a-titre")))]
    carnet.cells.append(new_markdown_cell("### Fin", id="fin"))
    carnet.cells.append(code("apres", affichage(titre.format("b-titre"))))
    page = exportateur.from_notebook_node(carnet)[0]
    assert '<h2 class="figure-titre" id="a-titre">Des vins</h2>' in page
    assert '<h4 class="figure-titre" id="b-titre">Des vins</h4>' in page
    assert "Des vins" not in re.search("<nav.*?</nav>", page, re.DOTALL)[0]


def test_un_ordinal_monte_dans_le_texte_et_nulle_part_ailleurs(exportateur, carnet):
    dessin = '<svg viewBox="0 0 9 9"><text>4e</text></svg>'
    ecrit = f'<p title="12e">Au 12e rang, 1er, A2e, 3,1e.</p>{dessin}'
    carnet.cells.append(code("rangs", affichage(ecrit)))
    page = exportateur.from_notebook_node(carnet)[0]
    assert 'title="12e">Au 12<sup>e</sup> rang, 1<sup>er</sup>, A2e, 3,1e.' in page
    assert "<text>4e</text>" in page


def test_carnet_sans_notice_ni_titre(exportateur):
    page = exportateur.from_notebook_node(new_notebook(cells=[new_markdown_cell("Bonjour.")]))[0]
    assert "Bonjour." in page
    assert "fiche-code" not in page
    assert "<nav" not in page


def test_ligne_de_commande_de_nbconvert(racine, carnet, tmp_path, page):
    nbformat.write(carnet, tmp_path / "carnet.ipynb")
    gabarits = racine / "notebooks" / "fabrique" / "gabarits"
    resultat = subprocess.run(
        [
            *(sys.executable, "-m", "nbconvert", "--to", "html", "--template", "fiche"),
            f"--TemplateExporter.extra_template_basedirs={gabarits}",
            str(tmp_path / "carnet.ipynb"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    assert (tmp_path / "carnet.html").read_text(encoding="utf-8") == page
