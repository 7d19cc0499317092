"""Ce qu'une cellule montre est sur la page, ou la page est refusée : une douzaine de graphiques."""

import csv
import io
import re
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import altair as alt
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from commerce.figure import rendu
from fabrique.formes import Refus
from fabrique.publication import exporteur

CHARGEMENT = """
import altair as alt
import pandas as pd
from commerce.donnees.fiche import charger
from commerce.figure import affichage
fiche = charger("09")
affichage.activer(fiche)
ventes = fiche.echanges.groupby(["flux", "trimestre", "pays"])["valeur_eur"].sum().reset_index()
ventes = ventes[ventes["pays"].isin(["DE", "ES", "IT", "GB"])]
allemagne = ventes[ventes["pays"] == "DE"]
""".strip()
# Titre du graphique -> (cellule, marque attendue dans le SVG).
GRAPHIQUES = {
    "Barres": 'alt.Chart(allemagne, title="Barres").mark_bar().encode(x="valeur_eur:Q", '
    'y="flux:N", color="flux:N")',
    "Aires empilées": 'alt.Chart(ventes, title="Aires empilées").mark_area().encode('
    'x="trimestre:O", y="sum(valeur_eur):Q", color="pays:N")',
    "Courbe": 'alt.Chart(ventes, title="Courbe").mark_line(point=True).encode('
    'x="trimestre:O", y="sum(valeur_eur):Q", color=alt.Color("flux:N", sort="descending"))',
    "Facettes": 'alt.Chart(ventes, title="Facettes").mark_bar().encode(x="pays:N", '
    'y="sum(valeur_eur):Q", column="flux:N")',
    "Boîtes": 'alt.Chart(ventes, title="Boîtes").mark_boxplot().encode(x="pays:N", '
    'y="valeur_eur:Q")',
    "Carte de chaleur": 'alt.Chart(ventes, title="Carte de chaleur").mark_rect().encode('
    'x="trimestre:O", y="pays:N", color="sum(valeur_eur):Q")',
    "Camembert": 'alt.Chart(allemagne, title="Camembert").mark_arc().encode('
    'theta="sum(valeur_eur):Q", color="flux:N")',
    "Texte de plusieurs lignes": 'alt.Chart(alt.Data(values=[{"x": 1, "mots": ["première ligne", '
    '"seconde ligne"]}]), title="Texte de plusieurs lignes").mark_text().encode(x="x:Q", '
    'text="mots:N")',
    "Dégradé": 'alt.Chart(allemagne, title="Dégradé").mark_bar(color=alt.Gradient('
    'gradient="linear", stops=[alt.GradientStop(color="white", offset=0), '
    'alt.GradientStop(color="navy", offset=1)])).encode('
    'x="trimestre:O", y="sum(valeur_eur):Q")',
    "Côte à côte": '(alt.Chart(allemagne).mark_bar().encode(x="trimestre:O", y="valeur_eur:Q") | '
    'alt.Chart(allemagne).mark_line().encode(x="trimestre:O", y="valeur_eur:Q"))'
    '.properties(title="Côte à côte")',
    "L'un sous l'autre": '(alt.Chart(allemagne).mark_bar().encode(x="trimestre:O", '
    'y="valeur_eur:Q") & alt.Chart(allemagne).mark_tick().encode(x="valeur_eur:Q"))'
    ".properties(title=\"L'un sous l'autre\")",
    "Couches": 'alt.layer(alt.Chart(allemagne).mark_bar().encode(x="trimestre:O", '
    'y="sum(valeur_eur):Q"), alt.Chart(pd.DataFrame({"seuil_eur": [5e7]})).mark_rule().encode('
    'y="seuil_eur:Q"), title="Couches").configure_axis(labelColor="#b0267a").interactive()',
}
TABLEAU = 'ventes.groupby("pays")["valeur_eur"].sum().rename("total_eur").reset_index()'


def executer(*cellules: str):
    carnet = new_notebook(
        cells=[
            new_code_cell(CHARGEMENT),
            new_markdown_cell("# Essai", id="titre"),
            *(new_code_cell(cellule) for cellule in cellules),
        ]
    )
    NotebookClient(carnet, kernel_name="python3", timeout=600).execute()
    return carnet


@pytest.fixture(scope="module")
def page(racine):
    carnet = executer(*GRAPHIQUES.values(), TABLEAU)
    return en_page(carnet, racine)


def en_page(carnet, racine) -> str:
    gabarits = racine / "notebooks" / "fabrique" / "gabarits"
    return exporteur(gabarits, "fiche").from_notebook_node(nbformat.from_dict(carnet))[0]


def figures(page: str) -> dict[str, str]:
    """Chaque figure de la page, par titre."""
    trouvees = {}
    for figure in re.findall(r"<figure\b.*?</figure>", page, re.DOTALL):
        titre = re.search(r'class="figure-titre"[^>]*>(.*?)</', figure)[1]
        trouvees[unescape(titre).split("\u00a0–")[0]] = figure
    return trouvees


@pytest.mark.parametrize("titre", GRAPHIQUES)
def test_un_graphique_nu_devient_une_figure_de_la_page(page, titre):
    figure = figures(page)[titre]
    identifiant = re.search(r'<figure id="([^"]+)"', figure)[1]
    assert re.fullmatch(r"[a-z0-9-]+", identifiant) and f'href="#{identifiant}"' in figure
    for dessin in re.findall(r"<svg\b.*?</svg>", figure, re.DOTALL):
        ElementTree.fromstring(dessin)
        nom = re.search(r'aria-label="([^"]+)"', dessin)[1]
        assert len(nom) > len(titre) + 20 and "mark" not in nom
    assert "démonstration, fictives" in figure and 'class="figure-source"' in figure
    assert "<table>" in figure
    ((nom, adresse),) = re.findall(r'<a download="([^"]+)" href="([^"]+)"', figure)
    lignes = list(csv.DictReader(io.StringIO(unquote(adresse.split(",", 1)[1])), delimiter=";"))
    assert nom.endswith("2024.csv") and lignes and "jeu" in lignes[0]
    assert not re.search(r"graphics-|aria-roledescription|\bnan\b|undefined", figure)


def test_les_nombres_sont_ecrits_en_francais(page):
    textes = re.findall(r"<text[^>]*>([^<]*)", figures(page)["Couches"])
    assert "50,0" in textes or any("\u202f" in t or "," in t or t == "50" for t in textes)
    assert not any(re.search(r"\d,\d{3}\b|\d\.\d", texte) for texte in textes)


def test_exportations_violettes_et_importations_bleues_quel_que_soit_le_tri(page):
    from commerce import theme

    couleurs = theme.theme().couleurs
    for titre in ("Barres", "Courbe", "Camembert"):
        for nom, teinte in re.findall(
            r'<path[^>]*?(?:fill|stroke)="(#[0-9a-f]{6})"[^>]*><title>([^<]*)', figures(page)[titre]
        ):
            nom, teinte = teinte, nom
            if "export" in nom:
                assert teinte == couleurs.exportations, titre
            if "import" in nom:
                assert teinte == couleurs.importations, titre


def test_la_seconde_ligne_d_un_texte_reste_sous_la_premiere(page):
    dessin = figures(page)["Texte de plusieurs lignes"]
    for texte, bord in re.findall(
        r'<text[^>]*?x="([\d.]+)"[^>]*>(?:(?!</text>).)*?<tspan x="([\d.]+)"', dessin
    ):
        assert texte == bord
    assert re.search(r"<tspan[^>]*>seconde ligne", dessin)


def test_deux_degrades_ne_se_confondent_pas(page):
    ids = re.findall(r'<linearGradient id="([^"]+)"', page)
    assert len(ids) >= 2 and len(ids) == len(set(ids))
    assert all(f"url(#{nom})" in page for nom in ids)


def test_ce_que_le_graphique_configure_compte_sur_la_page(page):
    assert "#b0267a" in figures(page)["Couches"]


def test_un_tableau_nu_prend_la_typographie_de_la_page(page):
    figure = next(f for titre, f in figures(page).items() if "total" in titre)
    assert re.search(r'<th scope="col">Total \(M€\)</th>', figure)
    assert re.search(r"<td>\d+,\d</td>", figure)
    assert "<caption>" in figure and "dataframe" not in figure


@pytest.mark.parametrize(
    ("cellule", "motif"),
    [
        ('print("bonjour")', "texte est imprimé"),
        ("import warnings\nwarnings.warn('attention')", "avertissement"),
        ("6 * 7", "n'a pas de forme sur la page"),
        ("import ipywidgets\nipywidgets.IntSlider()", "objet interactif"),
        ("pd.concat([fiche.echanges] * 5)", "lignes ; en montrer les premières"),
        (
            "from IPython.display import Image\nImage(bytes.fromhex('89504e470d0a1a0a'), "
            "format='png')",
            "pas d'alternative",
        ),
        ('alt.Chart(ventes).mark_bar().encode(x="inconnue:Q", y="pas_de_type")', "ne se dessine"),
    ],
)
def test_ce_qui_n_a_pas_de_forme_arrete_la_page_et_dit_le_remede(racine, cellule, motif):
    carnet = executer(cellule)
    with pytest.raises(Refus, match=re.escape(motif)) as refus:
        en_page(carnet, racine)
    assert re.search(r"cellule 3 \(« .+ »\)", str(refus.value))
    assert "masquer" in str(refus.value) or "alt" in str(refus.value)
    carnet.cells[2].metadata["tags"] = ["masquer"]
    assert "Essai" in en_page(carnet, racine)


def test_une_image_et_du_markdown_ont_leur_forme(racine):
    carnet = executer(
        "from IPython.display import Image, Markdown, display\n"
        "display(Markdown('Un *mot* de plus.'))\n"
        "Image(bytes.fromhex('89504e470d0a1a0a'), format='png', alt='Une carte')",
    )
    page = en_page(carnet, racine)
    assert "<em>mot</em>" in page and re.search(
        r'<img src="data:image/png[^"]*" alt="Une carte"', page
    )


def test_le_nom_d_une_marque_et_sa_bulle_ont_leur_unite():
    """Un axe en millions ne fait pas lire des euros en millions."""
    ventes = pd.DataFrame({"pays": ["DE", "ES"], "export_eur": [8_159_035_016, 42_000]})
    graphique = (
        alt.Chart(ventes, title="Ventes")
        .mark_bar()
        .encode(x="export_eur:Q", y="pays:N", tooltip=["pays", "export_eur"])
    )
    noms = re.findall("<title>(.*?)</title>", rendu.dessin(graphique))
    assert len(noms) == 2 and noms[0].startswith("Exportations\u00a0: 8\u202f159,0\u00a0M€")
    assert noms[0].count("Exportations") == 1
    bulle = rendu.specification(graphique)["encoding"]["tooltip"][1]
    assert bulle["title"] == "Exportations (€)"
