"""Les pages des Territoires d'industrie : la liste entière de l'ANCT, les nombres refaits."""

import csv
import re
import shutil
from collections import Counter
from html import unescape

import listes_ti
import pytest
from conftest import run_all

from commerce import chemins, formats, panorama, territoires
from commerce.donnees import rappels
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import ouvrir
from commerce.donnees.territoires_industrie import noms_de_page, principaux
from commerce.parties import introduction, voisinage
from commerce.references import departements, pays

PAGE = re.compile(r'href="(ti-[a-z0-9-]+)\.html"')
SENS = ("export", "import")


@pytest.fixture(scope="module")
def source(reference, tmp_path_factory):
    """La démonstration et la liste officielle, côte à côte."""
    dossier = tmp_path_factory.mktemp("source") / "douanes"
    shutil.copytree(chemins.DEMONSTRATION, dossier)
    listes_ti.ecrire(dossier, listes_ti.communes(listes_ti.par_departement(reference)))
    return dossier


@pytest.fixture(scope="module")
def dossier(source, tmp_path_factory):
    return preparer(source, prepare=tmp_path_factory.mktemp("prepare"))


@pytest.fixture(scope="module")
def vue(dossier):
    return territoires.ouvrir(2024, dossier)


@pytest.fixture(scope="module")
def pages(vue):
    return {page["notice"]["slug"]: page for page in territoires.pages(vue).contenus}


@pytest.fixture(scope="module")
def attendus(reference):
    """Communes de chaque territoire par département, par son libellé : lues sans pandas."""
    comptes = {}
    with (reference / "ti_2023_2027_par_departement.csv").open(encoding="utf-8") as fichier:
        for ligne in csv.DictReader(fichier):
            code = {"2A": "20", "2B": "20"}.get(ligne["departement"], ligne["departement"])
            compte = comptes.setdefault(" ".join(ligne["lib_ti"].split()), Counter())
            compte[code] += int(ligne["nb_communes_ti_dans_departement"])
    return comptes


def simple(html):
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", html)))


def colonne(page, titre, rang):
    """Ce que dit un tableau dans une colonne : {intitulé de ligne: texte}."""
    table = re.search(rf"<table>(?:(?!</table>).)*{re.escape(titre)}.*?</table>", page, re.DOTALL)
    rangees = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL)[1:]
    cellules = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", rangee, re.DOTALL) for rangee in rangees]
    return {simple(c[0]).strip(): simple(c[rang]).strip() for c in cellules}


def test_183_pages_65_sur_plusieurs_departements_chacune_a_son_nom(pages, vue, attendus):
    assert len(pages) == len(attendus) == 183
    assert set(vue.liste.groupby("slug")["libelle"].first()) == set(attendus)
    assert sum(len(compte) > 1 for compte in attendus.values()) == 65
    comparees = [p for p in pages.values() if "comparer.html#" in p["corps"]]
    assert len(comparees) == 65


def test_chaque_page_compte_ses_communes_et_mene_a_ses_departements(pages, attendus):
    for page in pages.values():
        nom = page["notice"]["nom"].removeprefix("Territoire d'industrie ")
        compte = next(c for n, c in attendus.items() if formats.typographie(n) == nom)
        dit = simple(page["corps"])
        assert f"réunit {compte.total()} communes" in dit, nom
        for code, communes in compte.items():
            territoire = departements()[code]
            assert f'href="{territoire.slug}.html"' in page["corps"]
            assert len(compte) == 1 or f"{communes} {territoire.locatif}" in dit, nom


def test_les_departements_ne_sont_jamais_additionnes(pages, vue, dossier):
    totaux = ouvrir(dossier).totaux_pays().query("annee == 2024")
    totaux = totaux.groupby(["flux", "territoire"])["valeur_eur"].sum()
    for slug, siens in vue.liste.groupby("slug"):
        montants = {sens: [totaux[sens, code] for code in siens["departement"]] for sens in SENS}
        dit = pages[slug]["corps"]
        assert all(formats.millions_court(m) in dit for ms in montants.values() for m in ms), slug
        if len(siens) > 1:
            assert "ne s'additionnent pas" in unescape(dit)
            assert not any(formats.millions_court(sum(ms)) in dit for ms in montants.values())


@pytest.mark.parametrize("sens", SENS)
@pytest.mark.parametrize("slug", ["ti-ardeche-drome-nord", "ti-val-de-durance", "ti-mayotte"])
def test_premiers_produits_et_pays_refaits_ligne_a_ligne(pages, vue, dossier, slug, sens):
    """Depuis les lignes des douanes, sans repères ni profils."""
    lieux = pays()
    titres = {"a129": "produits exportés", "pays": "clients"}
    if sens == "import":
        titres = {"a129": "produits importés", "pays": "fournisseurs"}
    codes = list(vue.liste.loc[vue.liste["slug"] == slug, "departement"])
    for axe, titre in titres.items():
        parts = {}
        for code in codes:
            lignes = ouvrir(dossier).echanges(code, 2024).query("flux == @sens")
            sommes = Counter()
            for ligne in lignes.itertuples():
                if axe == "a129" or lieux.at[ligne.pays, "classable"]:
                    sommes[getattr(ligne, axe)] += ligne.valeur_eur
            total = int(lignes["valeur_eur"].sum())
            parts[code] = {c: 100 * montant / total for c, montant in sommes.items()}
        if slug == "ti-mayotte" and sens == "export":
            assert "Mayotte : exportations trop petites pour des parts (n.s.)" in simple(
                pages[slug]["corps"]
            )
            assert titre not in pages[slug]["corps"]
            continue
        union = {c for p in parts.values() for c in sorted(p, key=lambda c: (-p[c], c))[:5]}
        noms = vue.noms["produits" if axe == "a129" else "pays"]
        for rang, code in enumerate(codes, 1):
            attendues = {
                simple(noms[c]): simple(formats.part_courte(parts[code].get(c, 0))) for c in union
            }
            assert colonne(pages[slug]["corps"], titre, rang) == attendues


def test_les_barres_d_une_section_ont_la_meme_echelle(pages):
    """Largeur rapportée au nombre écrit : la même pour tous les départements et les deux flux."""
    corps = pages["ti-val-de-durance"]["corps"].split('<h2 id="pays"')[1]
    barres = re.findall(r"([\d,]+)\s%<span class=\"barre \w+\" style=\"width:([\d.]+)%", corps)
    rapports = [float(w) / float(v.replace(",", ".")) for v, w in barres if float(w) > 20]
    assert len(rapports) > 5 and max(rapports) == pytest.approx(min(rapports), rel=0.02)


def test_liens_dans_les_deux_sens_pour_les_cent_fiches(vue, pages, dossier):
    menent = {slug: set(siens["departement"]) for slug, siens in vue.liste.groupby("slug")}
    for code in ("07", "09", "20", "40", "75", "84"):
        fiche = charger(code, donnees=dossier)
        voisins = voisinage.texte(fiche, voisinage.tableau(fiche))
        liens = set(PAGE.findall(introduction.texte(fiche) + voisins))
        assert len(liens) == len(fiche.territoires_industrie.retenus)
        assert all(code in menent[slug] for slug in liens)
    nommes = set()
    for code in departements():
        siens = principaux(code, ouvrir(dossier).territoires_industrie())
        nommes |= {slug for nom, slug in siens.pages if nom in siens.retenus}
    assert nommes == pages.keys()


def test_deux_territoires_de_meme_nom_ont_chacun_leur_page(vue):
    liste = vue.liste.iloc[:2].assign(
        id_ti=["ti-0101", "ti-0202"], libelle=["Cœur d’Or", "Coeur d'or"]
    )
    assert noms_de_page(liste) == {"ti-0101": "ti-coeur-d-or-0101", "ti-0202": "ti-coeur-d-or-0202"}


def test_un_libelle_hostile_reste_du_texte(vue):
    siens = vue.liste[vue.liste["slug"] == "ti-ariege"].assign(libelle="<script>alert(1)</script>")
    hostile = territoires.Territoires(**{**vars(vue), "liste": siens})
    page = territoires.pages(hostile).contenus[0]
    html = (
        page["entete"]
        + page["corps"]
        + territoires.tableau(siens)
        + territoires.dans_l_index(siens, departements())
    )
    assert "<script" not in html and "&lt;script&gt;" in html


def test_sans_la_liste_rien_n_est_pretendu(demonstration):
    """La démonstration connaît les territoires de cinq départements : ce n'est pas une liste."""
    sans = territoires.ouvrir(2024, demonstration)
    assert territoires.pages(sans).contenus == []
    for dit in (territoires.tableau(sans.liste), territoires.dans_l_index(sans.liste, [])):
        assert "data.gouv.fr/datasets/programme-territoires-dindustrie" in dit
        assert "ti-" not in dit and "183" not in dit
    fiche = charger("09", donnees=demonstration)
    assert not PAGE.findall(introduction.texte(fiche))
    (remede,) = rappels.tous(ouvrir(demonstration), 2024, [], ["09", "59"])
    assert "sur 1 fiche, sans page à eux" in remede and "commerce.telechargement" in remede


def test_l_index_ne_mene_qu_aux_fiches_qui_ont_une_page(vue):
    html = territoires.dans_l_index(vue.liste, ["07"])
    fiches = set(re.findall(r'href="([\w-]+)\.html', html)) & {
        d.slug for d in departements().values()
    }
    assert fiches == {"07-ardeche"} and "Drôme (47)" in html


# La recherche de l'index


@pytest.fixture(scope="module")
def index(navigateur, vue, tmp_path_factory):
    """Le tableau, la liste et le script, dans une page sans rien d'autre."""
    lot = panorama.lire("absent.csv", "absent.json")
    morceaux = [
        panorama.tableau(lot, panorama.par_region(lot), vue.liste),
        territoires.dans_l_index(vue.liste, departements()),
        panorama.style(lot).html,
        panorama.script().html,
    ]
    page = tmp_path_factory.mktemp("index") / "index.html"
    contenu = "".join(map(str, morceaux))
    page.write_text(f"<!doctype html><meta charset=utf-8>{contenu}", encoding="utf-8")
    onglet = navigateur.new_page()
    onglet.goto(page.as_uri())
    yield onglet
    onglet.close()


@pytest.mark.parametrize(
    ("cherche", "slugs", "codes"),
    [
        ("ardeche drome nord", "ti-ardeche-drome-nord", "07 26"),
        ("Aurillac – Figeac – Rodez", "ti-aurillac-figeac-rodez", "12 15 46"),
        ("coeur de maine", "ti-coeur-de-maine", "53 72"),
        ("Cœur de Maine", "ti-coeur-de-maine", "53 72"),
        ("durance", "ti-val-de-durance", "04 05 26 83"),
        ("2A", "ti-grand-bastia-marana-golo ti-pays-ajaccien", "20"),
        ("ales ardeche", "ti-ales", "07"),
        ("09", "ti-ariege", "09"),
        ("grand ajaccien", "", ""),
        ("paris", "ti-grand-paris-sud-seine-essonne-senart", "75 77 91"),
    ],
)
def test_recherche(index, cherche, slugs, codes):
    """Un nom de territoire trouve sa page et ses départements ; jamais un peu de deux noms."""
    index.fill("#filtre-nom", cherche)
    visibles = "(e) => e.filter((x) => x.checkVisibility()).map((x) => x.%s)"
    lignes = index.eval_on_selector_all("tr[data-cherche] .code", visibles % "innerText")
    liens = index.eval_on_selector_all(
        ".territoires a[href^=ti-]", visibles % "getAttribute('href')"
    )
    assert sorted(lignes) == codes.split()
    assert sorted(lien.removesuffix(".html") for lien in liens) == slugs.split()


# Le lot


@pytest.mark.lourd
def test_le_lot_fait_les_pages_les_memes_puis_les_retire_avec_la_liste(
    source, tmp_path, axe, navigateur
):
    sortie = tmp_path / "sortie"
    commande = ("09", "--sortie", sortie, "--prepare", tmp_path / "prepare")
    premier = run_all(*commande, "--source", source, cwd=tmp_path)
    assert premier.returncode == 0, premier.stderr
    html = sortie / "html"
    octets = {page.name: page.read_bytes() for page in html.glob("ti-*.html")}
    assert len(octets) == 183
    assert all(b"<script" not in page and b"jeu-demonstration" in page for page in octets.values())
    cibles = {
        c for page in octets.values() for c in re.findall(r'href="([\w-]+)\.html', page.decode())
    }
    autres = {"index", "comparer", "donnees", "accessibilite", "changements"}
    autres.add("territoires-industrie")
    assert cibles <= {d.slug for d in departements().values()} | autres | {n[:-5] for n in octets}
    for nom in ("ti-val-de-durance", "ti-mayotte", "territoires-industrie"):
        assert axe(html / f"{nom}.html", 390) == []
    onglet = navigateur.new_page(viewport={"width": 390, "height": 800})
    onglet.goto((html / "ti-val-de-durance.html").as_uri())
    # Un tableau défile de côté, son titre non : il se lit sans défiler.
    larges = "(e) => e.filter((c) => c.getBoundingClientRect().width > innerWidth).length"
    assert onglet.locator(".cotes caption").count() > 3
    assert onglet.locator("caption").evaluate_all(larges) == 0
    onglet.close()
    (html / "ti-ariege.html").write_text("retouchée", encoding="utf-8")
    (html / "ti-ancien.html").write_text("d'une liste d'avant", encoding="utf-8")
    second = run_all(*commande, "--source", source, "--noyau-neuf", cwd=tmp_path)
    assert "territoires-industrie Territoires d'industrie : faite" in second.stdout + second.stderr
    assert {page.name: page.read_bytes() for page in html.glob("ti-*.html")} == octets
    sans = run_all(*commande, cwd=tmp_path)
    assert sans.returncode == 0 and not list(html.glob("ti-*.html"))
