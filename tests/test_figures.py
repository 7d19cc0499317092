"""La figure dans la page : accessible, échappée, exportable, dessinée une seule fois."""

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from exemples_figures import HOSTILES, couples, fiche, produits, soldes
from markupsafe import Markup

from commerce import figure as figures
from commerce import theme
from commerce.figure import exports, mesure, rendu, tableaux
from commerce.parties import activites as p_activites
from commerce.parties import flux as p_flux
from commerce.parties import soldes as p_soldes

ORDINAIRES = (
    ("soldes-par-pays", p_soldes, soldes(), {}),
    ("activites", p_activites, produits(), {}),
    ("flux-export", p_flux, couples(), {"sens": "export"}),
    ("flux-import", p_flux, couples(), {"sens": "import"}),
)


class Arbre(HTMLParser):
    """Balises ouvertes d'un document HTML, avec leurs attributs ; les vides ne s'empilent pas."""

    VIDES = frozenset({"rect", "line", "path", "img", "br"})

    def __init__(self, html: str):
        super().__init__()
        self.balises, self.pile, self.erreurs = [], [], []
        self.feed(html)

    def handle_starttag(self, nom, attributs):
        self.balises.append((nom, dict(attributs)))
        self.pile.append(nom)

    def handle_startendtag(self, nom, attributs):
        self.balises.append((nom, dict(attributs)))

    def handle_endtag(self, nom):
        if not self.pile or self.pile.pop() != nom:
            self.erreurs.append(nom)

    def tous(self, nom: str) -> list[dict]:
        return [attributs for balise, attributs in self.balises if balise == nom]


def faire(identifiant, partie, donnees, options, page=None, **reste):
    arguments = {"titre": "Titre, Ariège (2024)", "legende": "Lecture."} | reste
    arguments |= {"identifiant": identifiant, "alternative": partie.alternative}
    return figures.figure(page or fiche(), partie.dessin, donnees, **arguments, **options)


def fichiers(html: str) -> dict[str, str]:
    """Contenu des téléchargements, par nom de fichier."""
    return {
        attributs["download"]: unquote(attributs["href"].split(",", 1)[1])
        for attributs in Arbre(html).tous("a")
        if "download" in attributs
    }


@pytest.mark.parametrize(("identifiant", "fonction", "donnees", "options"), ORDINAIRES)
def test_la_figure_est_accessible(identifiant, fonction, donnees, options):
    html = faire(identifiant, fonction, donnees, options)._repr_html_()
    arbre = Arbre(html)
    assert arbre.erreurs == [] and arbre.pile == []
    (figure,) = arbre.tous("figure")
    assert figure["id"] == identifiant and figure["aria-labelledby"] == f"{identifiant}-titre"
    ids = [attributs["id"] for _, attributs in arbre.balises if "id" in attributs]
    assert len(ids) == len(set(ids))
    dessins = arbre.tous("svg")
    assert [dessin["class"] for dessin in dessins] == ["large", "etroit"]
    assert all(dessin["role"] == "img" for dessin in dessins)
    (nom,) = {dessin["aria-label"] for dessin in dessins}
    assert nom.startswith("Titre, Ariège (2024)\u00a0– données de démonstration, fictives. ")
    assert nom.endswith("Les données sont dans le tableau qui suit.") and len(nom) < 600
    assert not re.search(r"aria-roledescription|graphics-|mark container|undefined|nan\b", html)
    assert html.rstrip().endswith("</figcaption>\n</figure>")
    assert arbre.tous("caption") and {a["scope"] for a in arbre.tous("th")} == {"row", "col"}
    (region,) = (a for a in arbre.tous("div") if a.get("role") == "region")
    assert region["tabindex"] == "0" and region["aria-label"]
    liens = [a["aria-label"] for a in arbre.tous("a")]
    assert len(liens) == len(set(liens)) == 2
    assert re.search(rf'href="#{identifiant}"', html)


@pytest.mark.parametrize(("identifiant", "fonction", "donnees", "options"), ORDINAIRES)
def test_la_figure_d_une_colonne_n_a_qu_un_dessin(identifiant, fonction, donnees, options):
    html = faire(identifiant, fonction, donnees, options, etroit=True)._repr_html_()
    (dessin,) = Arbre(html).tous("svg")
    assert dessin["class"] == "seul" and dessin["width"] == str(theme.ETROIT)


@pytest.mark.parametrize(("identifiant", "fonction", "donnees", "options"), ORDINAIRES)
def test_un_tableau_vide_donne_une_figure_honnete(identifiant, fonction, donnees, options):
    html = faire(identifiant, fonction, donnees.head(0), options)._repr_html_()
    assert Arbre(html).erreurs == []
    assert html.count("Aucun échange") >= 4
    assert len(fichiers(html)) == 1


def test_l_alternative_dit_les_extremes():
    nom = Arbre(faire(*ORDINAIRES[0])._repr_html_()).tous("svg")[0]["aria-label"]
    assert "Barres en miroir\u00a0: importations et exportations avec 10 pays." in nom
    assert "Plus fort excédent\u00a0: Bosnie-Herzégovine, " in nom
    assert "Plus fort déficit\u00a0: Allemagne, " in nom
    nom = Arbre(faire(*ORDINAIRES[2])._repr_html_()).tous("svg")[0]["aria-label"]
    assert "Premier produit\u00a0: Aéronautique et spatial, " in nom
    assert "Flux le plus élevé\u00a0: Aéronautique et spatial vers Allemagne\u00a0: 200,0" in nom


def test_le_tableau_croise_a_ses_totaux_et_ses_flux_rouges():
    html = str(tableaux.table(couples(), "Titre"))
    assert html.count("<strong>") == 5
    assert html.count("<tr>") == 13 and html.count('scope="col"') == 14
    total = couples()["valeur_eur"].sum()
    ecrit = f"{total / 1e6:.1f}".replace(".", ",")
    assert f">{ecrit}</td>" in html.replace("\u202f", "") and "100,0</td>" in html


def test_un_nombre_de_tableau_est_ecrit_une_fois():
    assert tableaux.nombre_lisible(1_234_560_000) == "1\u202f234,6"
    assert tableaux.nombre_lisible(-12_000_000) == "\u221212,0"
    assert tableaux.nombre_lisible(1) == "&lt; 0,1"
    assert tableaux.nombre_lisible(0) == "0,0"


def test_les_csv_gardent_les_euros_exacts():
    donnees = couples()
    contenus = fichiers(faire(*ORDINAIRES[2])._repr_html_())
    ecrit = contenus["demonstration-09-ariege-flux-export-2024.csv"]
    # Tel qu'un programme le lit, puis tel qu'un tableur français le veut.
    lu = pd.read_csv(io.BytesIO(ecrit.encode()), sep=";", decimal=",")
    assert list(lu["valeur_eur"]) == list(donnees["valeur_eur"])
    assert list(lu["part_pct"]) == pytest.approx(list(donnees["part_pct"]), abs=1e-6)
    assert set(lu["jeu"]) == {"demonstration"} and len(lu) == len(donnees)
    assert ecrit.startswith("\ufeffproduit;libelle_court;")
    ligne = ecrit.splitlines()[1].split(";")
    assert ligne[:5] == ["P0", "Aéronautique et spatial", "C0", "Allemagne", "200000001"]
    assert re.fullmatch(r"\d+,\d{1,6}", ligne[5]) and ligne[6] == "oui"


def test_des_donnees_reelles_ne_portent_aucune_mention():
    html = faire(*ORDINAIRES[0], page=fiche(demonstration=False))._repr_html_()
    assert (
        "fictives" not in html and "jeu" not in fichiers(html)["09-ariege-soldes-par-pays-2024.csv"]
    )
    assert "Source : douanes, 2024." in html


def test_le_svg_telecharge_est_complet_et_tient_sans_la_page():
    nom, image = faire(*ORDINAIRES[2], legende=Markup("Lecture <b>claire</b>.")).image
    assert nom == "demonstration-09-ariege-flux-export-2024.svg"
    racine = ElementTree.fromstring(image)
    textes = [element.text for element in racine.iter() if element.tag.endswith("}text")]
    assert textes[0].startswith("Titre, Ariège (2024)\u00a0– données de démonstration, fictives")
    assert textes[-2:] == ["Lecture claire.", "Données de démonstration, fictives, 2024."]
    assert all(
        float(element.get("textLength")) > 0
        for element in racine.iter()
        if element.tag.endswith("}text")
    )
    largeur, hauteur = racine.get("viewBox").split()[2:]
    assert (racine.get("width"), racine.get("height")) == (largeur, hauteur)


def test_une_adresse_de_donnees_rend_ses_octets():
    contenu = "é ;,\"'<>#%&\n\t\\^`{}|[] fin\r"
    adresse = exports.uri_de_donnees(contenu, "text/csv")
    assert unquote(adresse.split(",", 1)[1]) == contenu
    assert not set(adresse) & set('"<>#\n\t\r')


@pytest.mark.parametrize(
    ("fonction", "donnees", "options"),
    [
        (p_soldes, soldes(HOSTILES), {}),
        (p_activites, produits(HOSTILES), {}),
        (p_flux, couples(HOSTILES, HOSTILES), {"sens": "export"}),
    ],
)
def test_un_libelle_hostile_reste_du_texte(fonction, donnees, options):
    figure = faire("hostile", fonction, donnees, options, titre="<b>&", legende="</figure>")
    html = figure._repr_html_()
    arbre = Arbre(html)
    assert arbre.erreurs == [] and arbre.pile == []
    assert {nom for nom, _ in arbre.balises}.isdisjoint({"script", "img", "b"})
    assert not any(nom.startswith("on") for _, attributs in arbre.balises for nom in attributs)
    assert not set(html) & set("\u202e\u2066\x00\x1b")
    contenus = fichiers(html)
    ElementTree.fromstring(figure.image[1])
    (contenu,) = contenus.values()
    lignes = csv.reader(io.StringIO(contenu), delimiter=";")
    cellules = [cellule for ligne in lignes for cellule in ligne]
    textes = [c for c in cellules if not re.fullmatch(r"-?[\d.,]+", c)]
    assert not [c for c in textes if c.startswith(("=", "+", "-", "@", "\t"))]
    assert "'=1+1" in cellules


def test_les_memes_donnees_donnent_les_memes_octets():
    attendu = faire(*ORDINAIRES[2])._repr_html_()
    figures._contenu.cache_clear()
    assert faire(*ORDINAIRES[2])._repr_html_() == attendu


def test_un_dessin_garde_n_est_pas_refait(tmp_path, monkeypatch):
    attendu = faire(*ORDINAIRES[0], page=fiche(tmp_path))._repr_html_()
    assert len(list((tmp_path / "figures").glob("*.svg"))) == 2
    assert not list((tmp_path / "figures").glob("*.part"))
    figures._contenu.cache_clear()

    def interdit(_):
        raise AssertionError("dessin refait")

    monkeypatch.setattr(rendu, "_dessiner", interdit)
    assert faire(*ORDINAIRES[0], page=fiche(tmp_path))._repr_html_() == attendu
    figures._contenu.cache_clear()
    with pytest.raises(AssertionError, match="dessin refait"):
        faire(
            "soldes-par-pays",
            p_soldes,
            soldes(base=1e7),
            {},
            page=fiche(tmp_path),
        )


def test_un_dossier_inaccessible_n_empeche_pas_de_dessiner(tmp_path):
    fichier = tmp_path / "fichier"
    fichier.write_text("", encoding="utf-8")
    assert rendu.dessin(p_soldes.dessin(soldes()), fichier).startswith("<svg")


def test_la_comparaison_suit_chaque_figure_de_son_texte():
    paire = (faire(*ORDINAIRES[3], etroit=True), Markup("<p>Total</p>"))
    html = figures.cote_a_cote(paire, paire)._repr_html_()
    assert html.startswith('<div class="comparaison"><figure') and html.count("<p>Total</p>") == 2


def test_une_figure_reste_legere():
    poids = {
        identifiant: len(faire(identifiant, *reste)._repr_html_().encode())
        for identifiant, *reste in ORDINAIRES
    }
    assert max(poids.values()) < 110_000, poids


MONTRES = "dessins => dessins.filter(d => d.getClientRects().length).map(d => d.classList[0])"
LONGUEURS = """textes => textes.map(t => {
    const style = getComputedStyle(t);
    const [taille, graisse] = [parseFloat(style.fontSize), +style.fontWeight];
    return [t.textContent, t.getComputedTextLength(), taille, graisse];
})"""


def test_un_seul_dessin_se_montre_a_chaque_largeur(navigateur, tmp_path):
    fichier = tmp_path / "page.html"
    corps = faire(*ORDINAIRES[2])._repr_html_()
    styles = theme.police_css() + theme.variables_css() + theme.style_figures()
    debut = f'<!doctype html><html lang="fr"><meta charset="utf-8"><style>{styles}</style>'
    fichier.write_text(debut + corps, encoding="utf-8")
    page, demandes = navigateur.new_page(), []
    page.on("request", lambda demande: demandes.append(demande.url))
    page.goto(fichier.as_uri())
    for largeur, attendu in ((1280, "large"), (390, "etroit")):
        page.set_viewport_size({"width": largeur, "height": 900})
        assert page.eval_on_selector_all("figure svg", MONTRES) == [attendu]
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur
        # Notre mesure majore celle du navigateur, qui resserre certains couples de lettres.
        for texte, longueur, taille, graisse in page.eval_on_selector_all(
            f"svg.{attendu} text", LONGUEURS
        ):
            place = mesure.largeur_texte(texte, taille, graisse)
            assert 0.93 * place <= longueur <= place + 0.5, texte
    assert [adresse for adresse in demandes if not adresse.startswith(("file:", "data:"))] == []
    page.close()
