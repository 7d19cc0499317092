"""Aucune page douteuse n'est publiée, et l'exporteur sert aussi hors du lot."""

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

import lot_factice
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from fabrique import publication
from fabrique.lot import Modele, Page
from fabrique.sortie import Sortie
from fabrique.structure import NOTICE

PAGE = Page("09", "09-ariege", "Ariège", {}, Modele(Path("x.ipynb"), frozenset({"une", "deux"})))
BONNE = (
    '<html><head><meta name="fiche-code" content="09"></head><body>'
    '<figure class="f" id="une"></figure><figure id="deux"></figure></body></html>'
)


def carnet(code="09", slug="09-ariege", erreur=False):
    notice = {"code": code, "slug": slug}
    sorties = [new_output("display_data", data={NOTICE: notice})]
    if erreur:
        sorties.append(new_output("error", ename="ValueError", evalue="", traceback=[]))
    return new_notebook(cells=[new_code_cell("notice", id="notice", outputs=sorties)])


def test_une_page_bonne_est_publiee_avec_sa_preuve(tmp_path):
    sortie = Sortie(tmp_path)
    for dossier in sortie.dossiers():
        dossier.mkdir()
    sortie.echec("09-ariege").write_text("ancien échec", encoding="utf-8")
    publication.publier(PAGE, carnet(), BONNE, sortie)
    assert sortie.page("09-ariege").read_text(encoding="utf-8") == BONNE
    assert nbformat.read(sortie.carnet("09-ariege"), 4) == carnet()
    assert not sortie.echec("09-ariege").exists()


@pytest.mark.parametrize(
    ("html", "fautif", "defaut"),
    [
        (BONNE, carnet(code="11"), "le code des données est '11' au lieu de '09'"),
        (BONNE, carnet(slug="11-aude"), "le nom de fichier des données est '11-aude'"),
        (BONNE.replace('content="09"', 'content="11"'), carnet(), "le code de la page est '11'"),
        (BONNE.replace("fiche-code", "autre"), carnet(), "le code de la page est None"),
        (BONNE, carnet(erreur=True), "la cellule « notice » a levé ValueError"),
        (BONNE.replace('id="deux"', ""), carnet(), "figure absente : deux"),
        (BONNE.replace('id="deux"', 'id="une"'), carnet(), "figure répétée : une"),
    ],
)
def test_une_page_fautive_est_refusee_et_rien_n_est_ecrit(tmp_path, html, fautif, defaut):
    with pytest.raises(publication.Refus, match=defaut):
        publication.publier(PAGE, fautif, html, Sortie(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_une_page_lourde_nomme_ses_trois_figures_les_plus_lourdes():
    assert publication.trop_lourde(BONNE, 900_000) == ""
    poids = {"a": 100_000, "b": 400_000, "c": 300_000, "d": 200_000}
    html = "".join(f'<figure id="{nom}">{"x" * n}</figure>' for nom, n in poids.items())
    assert publication.trop_lourde(html, 900_000) == (
        "la page pèse 1000 ko, au-delà des 900 conseillés ; le plus lourd : b 400 ko, c 300 ko, "
        "d 200 ko"
    )


@pytest.mark.parametrize(
    "ressource",
    [
        '<script src="https://ailleurs.fr/x.js"></script>',
        '<script type="module" src=/x.js></script>',
        "<link rel='stylesheet' href='//ailleurs.fr/x.css'>",
        '<img alt="" src="image.png">',
        '<img alt="" srcset="image.png 2x">',
        '<svg><image xlink:href="https://ailleurs.fr/x.png"/></svg>',
        '<svg><use href="autre.svg#forme"/></svg>',
        '<IFRAME SRC="https://ailleurs.fr"></IFRAME>',
        "<style>@import 'https://ailleurs.fr/x.css';</style>",
        "<style>p { background: url(https://ailleurs.fr/x.png) }</style>",
        '<p style="background: url(x.png)"></p>',
        '<svg><path fill="url(https://ailleurs.fr/x.svg#y)"/></svg>',
        '<base href="https://ailleurs.fr/">',
        '<object data="x.swf"></object>',
        '<a href="java&#10;script:alert(1)">lien</a>',
        '<a href="data:text/html,x">lien</a>',
        '<img alt="" src="data:text/html,x">',
        r"<style>p { background: u\72l(https://ailleurs.fr/x.png) }</style>",
        r"<style>@\69mport 'https://ailleurs.fr/x.css';</style>",
        "<style>p { background: image-set('x.png' 1x) }</style>",
        '<p style="background: url(&#104;ttps://ailleurs.fr/x.png)"></p>',
    ],
)
def test_une_ressource_exterieure_est_refusee(ressource):
    (defaut,) = publication.controler(PAGE, carnet(), BONNE + ressource)
    assert defaut.startswith("ressource extérieure à la page : ")


@pytest.mark.parametrize(
    "active",
    [
        '<meta http-equiv="refresh" content="0;url=https://ailleurs.fr">',
        "<META HTTP-EQUIV=refresh CONTENT='0;url=https://ailleurs.fr'>",
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>x</p>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<title><p>x</p></title>",
        '<svg><animate attributeName="href" to="javascript:alert(1)"/></svg>',
        "<svg><foreignObject><p>x</p></foreignObject></svg>",
        "<noscript><p>x</p></noscript>",
        "<form><p>x</p></form>",
        '<button formaction="https://ailleurs.fr">x</button>',
        "<p/onclick=alert(1)>x</p>",
        "<p title='a'onclick='alert(1)'>x</p>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!-- a --!><p onclick=alert(1)> -->",
        "<![CDATA[ x ]]>",
        "<p title='jamais fini",
    ],
)
def test_ce_qui_agit_ou_se_lit_de_deux_facons_est_refuse(active):
    page = BONNE.replace("</body>", active + "</body>")
    assert publication.controler(PAGE, carnet(), page) != []


def test_un_script_n_est_permis_que_par_l_empreinte_de_la_politique():
    script = "document.title = '<b>' + 1"
    empreinte = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    meta = (
        f'<meta http-equiv="Content-Security-Policy" content="script-src \'sha256-{empreinte}\'">'
    )
    page = BONNE.replace("</head>", meta + "</head>") + f"<script>{script}</script>"
    assert publication.controler(PAGE, carnet(), page) == []
    assert publication.controler(PAGE, carnet(), page.replace("+ 1", "+ 2")) == [
        "script refusé : document.title = '<b>' + 2"
    ]


@pytest.mark.parametrize(
    "permise",
    [
        '<figure id="trois"></figure>',
        '<a href="https://www.insee.fr">un lien se suit, il ne se charge pas</a>',
        '<img alt="" src="data:image/png;base64,AA">',
        "<style>@font-face { src: url(data:font/woff2;base64,AA) }</style>",
        '<svg><use href="#forme"/><path clip-path="url(#decoupe)"/></svg>',
        "<p>On écrit &lt;script src=x&gt; et url(x) sans rien charger : 1 < 2.</p>",
        "<table border='1' class=dataframe><tr><td colspan=2>x</table><br/><input disabled>",
        '<a download="x.csv" href="data:text/csv,a">x</a><a href="../donnees/x.xlsx">x</a>',
        "<!-- une remarque --><p style='color: var(--texte); width: calc(1px + 2%)'>x</p>",
    ],
)
def test_ce_qui_tient_dans_la_page_est_permis(permise):
    assert publication.controler(PAGE, carnet(), BONNE + permise) == []


def test_le_lot_et_la_commande_nbconvert_donnent_la_meme_page(tmp_path):
    lot_factice.preparer(tmp_path)
    demande = lot_factice.lot(tmp_path, {"01": "texte = '<b viewBox=1>gras</b>'"})
    lot_factice.mener(demande)
    sortie = Sortie(demande.reglages.sortie)
    commande = [sys.executable, "-m", "nbconvert", str(sortie.carnet("01-page")), "--stdout"]
    reglages = ["--template", "factice", "--to", "fabrique.publication.Exporteur"]
    dossiers = f"--TemplateExporter.extra_template_basedirs={tmp_path / 'gabarits'}"
    rendue = subprocess.run(
        [*commande, *reglages, dossiers], capture_output=True, text=True, check=True
    )
    assert rendue.stdout.rstrip("\n") == sortie.page("01-page").read_text(encoding="utf-8")
