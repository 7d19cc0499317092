"""La page dans un vrai navigateur : seule, au clavier, sur un téléphone, sur papier."""

import csv
import io
import re

import pytest

from commerce import theme

REGION = "region-93-provence-alpes-cote-d-azur"
PAGES = ("index", "donnees", "comparer", "09-ariege", "75-paris", "976-mayotte", REGION)
# Page A4 moins les marges de la feuille d'impression, en pixels CSS.
LARGEUR_UTILE_PX, HAUTEUR_UTILE_PX = 672, 1000


@pytest.fixture
def onglet(navigateur):
    onglet = navigateur.new_page(viewport={"width": 1280, "height": 900})
    yield onglet
    onglet.close()


@pytest.fixture
def adresse(lot):
    return lambda page: (lot / "html" / f"{page}.html").as_uri()


@pytest.mark.parametrize("page", PAGES)
def test_aucune_requete_hors_du_fichier(onglet, adresse, page):
    requetes, plaintes = [], []
    onglet.on("request", lambda requete: requetes.append(requete.url))
    onglet.on("console", lambda message: plaintes.append(message.text))
    onglet.on("pageerror", lambda erreur: plaintes.append(str(erreur)))
    onglet.goto(adresse(page), wait_until="networkidle")
    assert [url for url in requetes if not url.startswith("data:")] == [adresse(page)]
    assert plaintes == []


def test_la_politique_de_securite_arrete_un_intrus(onglet, lot, tmp_path):
    page = (lot / "html" / "09-ariege.html").read_text(encoding="utf-8")
    intrus = (
        "<script>document.title = 'piège'</script><img src='x' onerror=\"document.title='piège'\">"
        "<img src='http://exemple.invalid/a.png'><iframe src='data:text/html,a'></iframe></main>"
    )
    (tmp_path / "page.html").write_text(page.replace("</main>", intrus), encoding="utf-8")
    arretees, abouties = {}, []
    onglet.on("requestfailed", lambda requete: arretees.update({requete.url: requete.failure}))
    onglet.on("requestfinished", lambda requete: abouties.append(requete.url))
    onglet.goto((tmp_path / "page.html").as_uri(), wait_until="networkidle")
    assert "piège" not in onglet.title()
    assert arretees["http://exemple.invalid/a.png"] == "csp"
    assert [url for url in abouties if not url.startswith("data:")] == [onglet.url]
    assert not onglet.evaluate("[...document.images].some((image) => image.naturalWidth)")


MOTS_DES_FIGURES = """() => [...document.querySelectorAll("figure svg text")].map((mot) => {
    const { width, left, right } = mot.getBoundingClientRect();
    const taille = parseFloat(getComputedStyle(mot).fontSize) * mot.getScreenCTM()?.a;
    return { mot: mot.textContent, width, left, right, taille };
}).filter((mot) => mot.width && mot.mot.trim())"""
# RGAA 10.12
ESPACES = """* { letter-spacing: .12em !important; word-spacing: .16em !important;
    line-height: 1.5 !important } p { margin-bottom: 2em !important }"""


@pytest.mark.parametrize("page", PAGES)
def test_a_320_px_les_mots_des_figures_font_11_px(onglet, adresse, page):
    onglet.set_viewport_size({"width": 320, "height": 844})
    onglet.goto(adresse(page))
    for mot in onglet.evaluate(MOTS_DES_FIGURES):
        assert mot["taille"] >= 11 and mot["left"] >= 0 and mot["right"] <= 320, mot


@pytest.mark.parametrize("largeur", [390, 1280])
def test_espacer_les_lettres_ne_coupe_rien(onglet, adresse, largeur):
    onglet.set_viewport_size({"width": largeur, "height": 844})
    onglet.goto(adresse("09-ariege"))
    avant = [mot["width"] for mot in onglet.evaluate(MOTS_DES_FIGURES)]
    onglet.evaluate(
        "css => { const feuille = new CSSStyleSheet(); feuille.replaceSync(css);"
        " document.adoptedStyleSheets = [feuille]; }",
        ESPACES,
    )
    assert onglet.evaluate("getComputedStyle(document.querySelector('p')).wordSpacing") != "0px"
    assert [mot["width"] for mot in onglet.evaluate(MOTS_DES_FIGURES)] == pytest.approx(avant)
    assert onglet.evaluate("document.documentElement.scrollWidth") == largeur
    rognes = """() => [...document.querySelectorAll("main *, .entete *, .pied *")]
        .filter((e) => !e.closest("svg, .figure-table, .tableau") && e.clientWidth
            && ["hidden", "clip"].includes(getComputedStyle(e).overflowX)
            && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML)"""
    assert onglet.evaluate(rognes) == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("largeur", [320, 390, 768, 1280])
def test_pas_de_defilement_lateral(onglet, adresse, page, largeur):
    onglet.set_viewport_size({"width": largeur, "height": 844})
    onglet.goto(adresse(page))
    assert onglet.evaluate("document.documentElement.scrollWidth") <= largeur


@pytest.mark.parametrize("largeur", [390, 1280])
def test_une_seule_variante_de_chaque_figure(onglet, adresse, largeur):
    onglet.set_viewport_size({"width": largeur, "height": 900})
    onglet.goto(adresse("09-ariege"))
    visibles = onglet.evaluate(
        """[...document.querySelectorAll('figure:has(svg)')].map((f) => {
             const dessins = [...f.querySelectorAll('svg')];
             const seuls = dessins.filter((s) => s.classList.contains('seul')).length;
             return [dessins.filter((s) => s.checkVisibility()).length, seuls || 1];
           })"""
    )
    # Une figure a deux variantes d'un dessin, ou des panneaux qui se montrent tous.
    assert len(visibles) >= 8
    assert all(montres == attendus for montres, attendus in visibles)


def test_region_et_france_cote_a_cote_puis_empilees(onglet, adresse):
    onglet.goto(adresse("09-ariege"))
    position = """(id) => {
      const cadre = document.getElementById(id).getBoundingClientRect();
      return [cadre.x, cadre.y];
    }"""
    region, france = (
        onglet.evaluate(position, f"flux-export-{echelle}") for echelle in ("region", "france")
    )
    assert france[0] > region[0] and france[1] == region[1]
    onglet.set_viewport_size({"width": 390, "height": 844})
    region, france = (
        onglet.evaluate(position, f"flux-export-{echelle}") for echelle in ("region", "france")
    )
    assert france[0] == region[0] and france[1] > region[1]


def test_chemin_au_clavier(onglet, adresse):
    actif = "document.activeElement.getAttribute('href') ?? document.activeElement.id"
    onglet.emulate_media(reduced_motion="reduce")
    onglet.goto(adresse("09-ariege"))
    onglet.keyboard.press("Tab")
    assert onglet.evaluate(actif) == "#contenu"
    assert onglet.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    onglet.keyboard.press("Enter")
    assert onglet.evaluate(actif) == "contenu"
    onglet.keyboard.press("Tab")
    # Le premier arrêt d'après est dans le texte : ni le sommaire, ni le lien de chaque section.
    assert onglet.evaluate("document.activeElement.closest('main p') !== null")
    assert onglet.evaluate("getComputedStyle(document.activeElement).opacity") == "1"


def test_tout_ce_qui_se_prend_au_clavier_montre_le_focus(onglet, adresse):
    onglet.goto(adresse("09-ariege"))
    total = onglet.evaluate(
        "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')]"
        ".filter((e) => e.tabIndex >= 0 && e.checkVisibility()).length"
    )
    vus = set()
    for _ in range(total):
        onglet.keyboard.press("Tab")
        contour, rang = onglet.evaluate(
            """[getComputedStyle(document.activeElement).outlineStyle,
                [...document.querySelectorAll('*')].indexOf(document.activeElement)]"""
        )
        assert contour != "none"
        vus.add(rang)
    assert len(vus) == total


def test_mouvement_reduit(navigateur, adresse):
    onglet = navigateur.new_page(reduced_motion="reduce")
    onglet.goto(adresse("09-ariege"))
    assert onglet.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    durees = onglet.evaluate(
        "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration)"
    )
    onglet.close()
    assert set(durees) == {"0s"}


@pytest.mark.parametrize("page", ["09-ariege", "976-mayotte"])
@pytest.mark.parametrize("largeur", [390, 1280])
def test_aucun_decalage_de_mise_en_page(onglet, adresse, largeur, page):
    onglet.set_viewport_size({"width": largeur, "height": 900})
    onglet.goto(adresse(page))
    decalage = onglet.evaluate(
        """new Promise((fini) => {
             let somme = 0;
             new PerformanceObserver((liste) => {
               for (const e of liste.getEntries()) somme += e.value;
             }).observe({ type: 'layout-shift', buffered: true });
             requestAnimationFrame(() => setTimeout(() => fini(somme), 50));
           })"""
    )
    assert decalage == 0


def test_la_police_est_celle_de_la_page(onglet, adresse):
    onglet.goto(adresse("09-ariege"))
    onglet.evaluate("document.fonts.ready")
    chargees = onglet.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family + f.weight)"
    )
    famille = theme.theme().police.famille
    assert {f"{famille}400", f"{famille}600"} <= {nom.replace('"', "") for nom in chargees}


def test_telechargements_hors_ligne(navigateur, adresse):
    contexte = navigateur.new_context(offline=True, accept_downloads=True)
    onglet = contexte.new_page()
    onglet.goto(adresse("09-ariege"))
    octets = {}
    for lien in onglet.locator("#soldes-par-pays a[download]").all():
        with onglet.expect_download() as attente:
            lien.click()
        fichier = attente.value
        assert fichier.suggested_filename == lien.get_attribute("download")
        octets[fichier.suggested_filename] = fichier.path().read_bytes()
    contexte.close()
    assert len(octets) == 1
    assert all(nom.startswith("demonstration-09-ariege-") for nom in octets)
    (ecrit,) = octets.values()
    assert ecrit.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.DictReader(io.StringIO(ecrit.decode("utf-8-sig")), delimiter=";"))
    assert {"Allemagne", "Espagne"} <= {ligne["libelle"] for ligne in lignes}
    assert {ligne["jeu"] for ligne in lignes} == {"demonstration"}


def test_la_page_se_lit_sans_script(navigateur, adresse):
    contexte = navigateur.new_context(java_script_enabled=False)
    onglet = contexte.new_page()
    onglet.goto(adresse("index"))
    assert onglet.locator("table.fiches tbody tr[data-cherche]").count() == 100
    onglet.select_option("#filtre-region", "76")
    visibles = onglet.locator("table.fiches tbody tr[data-cherche]:visible")
    assert visibles.count() == 13
    assert onglet.locator("table.fiches tr.region:visible").count() == 1
    montres = onglet.locator(".indicateur:visible")
    assert montres.count() == 1 and montres.get_attribute("aria-label") == "Exportations"
    onglet.select_option("#choix-indicateur", "solde")
    assert montres.count() == 1 and montres.get_attribute("aria-label") == "Solde"
    contexte.close()


@pytest.mark.parametrize("page", ["09-ariege", "index"])
def test_un_nombre_copie_est_celui_qui_se_lit(onglet, adresse, page):
    onglet.goto(adresse(page))
    copies = onglet.evaluate(
        """() => {
          document.querySelectorAll('details').forEach((d) => (d.open = true));
          const choix = getSelection();
          return [...document.querySelectorAll('main td')].map((case_) => {
            choix.selectAllChildren(case_);
            return choix.toString().trim();
          });
        }"""
    )
    nombres = [copie for copie in copies if re.match(r"[▲▼<+−\d]", copie)]
    assert len(nombres) > 50
    assert [c for c in nombres if not re.fullmatch(r"\D{0,4}[\d\u202f]+(,\d\d?)?(\D.*)?", c)] == []
    assert [copie for copie in nombres if "moins" in copie] == []


def test_recherche_et_tri_du_panorama(onglet, adresse):
    onglet.goto(adresse("index"))
    noms = onglet.locator("table.fiches tbody tr[data-cherche]:visible th a")
    assert noms.first.inner_text() == "Ardèche"
    onglet.get_by_role("button", name="Exportations").click()
    assert noms.first.inner_text() == "Paris"
    assert onglet.locator("th[aria-sort='descending']").count() == 1
    onglet.get_by_role("button", name="Exportations").click()
    assert onglet.locator("th[aria-sort='ascending']").count() == 1
    onglet.get_by_role("button", name="Exportations").click()
    assert noms.first.inner_text() == "Ardèche"
    onglet.get_by_label("Nom, code ou région").fill("ariege")
    assert noms.all_inner_texts() == ["Ariège"]
    assert onglet.locator("output").inner_text() == "1 fiche affichée"
    # Une région se trouve par son nom et par son code, et mène à sa fiche.
    region = onglet.locator("table.fiches tr.region:visible th a")
    onglet.get_by_label("Nom, code ou région").fill("provence")
    assert onglet.locator("output").inner_text() == "7 fiches affichées"
    assert region.get_attribute("href") == f"{REGION}.html"
    onglet.get_by_label("Nom, code ou région").fill("r93")
    assert (noms.count(), region.count()) == (0, 1)
    onglet.get_by_label("Nom, code ou région").fill("ariege")
    with onglet.expect_navigation():
        noms.first.click()
    assert onglet.locator("h1").inner_text().endswith("Ariège")


@pytest.mark.parametrize("page", ["09-ariege", "75-paris", "976-mayotte", REGION])
def test_toute_figure_tient_sur_une_page_a4(onglet, adresse, page):
    onglet.set_viewport_size({"width": LARGEUR_UTILE_PX, "height": HAUTEUR_UTILE_PX})
    onglet.emulate_media(media="print")
    onglet.goto(adresse(page))
    blocs = onglet.evaluate(
        """[...document.querySelectorAll('main figure, .comparaison')].map((f) => [
             f.id, f.getBoundingClientRect().height, getComputedStyle(f).breakInside])"""
    )
    assert len(blocs) >= 10
    for identifiant, hauteur, coupure in blocs:
        assert hauteur <= HAUTEUR_UTILE_PX, identifiant
        assert coupure == "avoid", identifiant


def test_ce_qui_ne_sert_pas_sur_papier_disparait(onglet, adresse):
    onglet.emulate_media(media="print")
    onglet.goto(adresse("09-ariege"))
    for inutile in (".sommaire", ".lien-permanent", "summary", ".figure-outils", ".retour"):
        assert onglet.locator(inutile).count()
        assert onglet.locator(f"{inutile}:visible").count() == 0
    ecrite = onglet.evaluate(
        "getComputedStyle(document.querySelector('main .liens a[href^=http]'), '::after').content"
    )
    assert "https://" in ecrite or "attr(href)" in ecrite
