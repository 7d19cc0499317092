"""Les soldes par pays : le tableau à la main, ce qu'on en dit, les barres en miroir."""

import html
import re
from itertools import combinations
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest
from exemples_figures import HOSTILES, PAYS
from exemples_figures import soldes as exemple
from petites_fiches import petite_fiche

from commerce import theme
from commerce.figure import rendu, svg
from commerce.figure.mesure import largeur_texte
from commerce.parties import soldes

LARGEURS = (theme.LARGE, theme.ETROIT)
LONGS = tuple(f"{nom} {'mot ' * 70}{rang}" for rang, nom in enumerate(HOSTILES))
CAS = {
    "ordinaire": exemple(),
    "une ligne": exemple(PAYS[:1]),
    "libellés hostiles": exemple(HOSTILES),
    "libellés longs": exemple(LONGS, base=9e12),
    "montants infimes": exemple(pente=12),
    "rien": exemple().assign(import_eur=0, export_eur=0, solde_eur=0),
}


def fiche(*contenu):
    """Une fiche de ces échanges : flux, pays, valeur_eur."""
    echanges = pd.DataFrame(contenu, columns=["flux", "pays", "valeur_eur"])
    echanges = echanges.astype({"valeur_eur": "int64"}).assign(produit="C28D")
    codes = sorted(set(echanges["pays"]))
    pays = pd.DataFrame({"nom": [f"pays {code}" for code in codes]}, index=codes)
    pays["classable"] = [not code.startswith("Q") and code != "FR" for code in codes]
    pays = pays.astype({"classable": bool})
    return petite_fiche("09", demonstration=True, echanges=echanges, pays=pays)


def montants(**lignes) -> pd.DataFrame:
    """Un tableau de soldes : par pays, ce qui est importé et ce qui est exporté, en euros."""
    table = pd.DataFrame(
        [(pays, pays, *valeurs) for pays, valeurs in lignes.items()],
        columns=["pays", "libelle", "import_eur", "export_eur"],
    )
    return table.assign(solde_eur=table["export_eur"] - table["import_eur"])


def simple(texte: str) -> str:
    sans_balise = html.unescape(re.sub(r"<[^>]+>", "", str(texte)))
    return sans_balise.replace("\u00a0", " ").replace("\u202f", " ")


def dite(territoire, table: pd.DataFrame) -> str:
    """La légende de la figure, en texte simple."""
    page = soldes.figure(territoire, table).html
    return simple(re.search('figure-legende">(.*?)</p>', page)[1])


def boites(dessin: str) -> dict[str, tuple[float, float, float, float]]:
    """Place de chaque texte d'un SVG, mesurée : x0, y0, x1, y1, par rang et contenu."""
    trouvees = {}

    def lire(element, herites: dict, dx: float, dy: float) -> None:
        if deplacement := re.findall(r"-?[\d.]+", element.get("transform", "")):
            dx, dy = dx + float(deplacement[0]), dy + float(deplacement[1])
        attributs = herites | element.attrib
        if element.tag.endswith("text"):
            taille, mot = float(attributs["font-size"]), element.text or ""
            large = largeur_texte(mot, taille, int(attributs.get("font-weight", 400)))
            avant = {"start": 0, "end": large}[attributs.get("text-anchor", "start")]
            x, y = float(attributs["x"]) + dx - avant, float(attributs["y"]) + dy
            trouvees[f"{len(trouvees)} {mot}"] = x, y - 0.74 * taille, x + large, y + 0.2 * taille
        for enfant in element:
            lire(enfant, attributs, dx, dy)

    lire(ElementTree.fromstring(dessin), {}, 0, 0)
    return trouvees


def abscisses(dessin: str) -> dict[str, tuple[float, float]]:
    """Les deux bouts de chaque barre, par nom."""
    barres = re.findall(r'<path d="M([-\d.]+),[^h]+h([-\d.]+)[^>]*><title>([^<]+)</title>', dessin)
    return {
        simple(nom): (float(debut), float(debut) + float(large)) for debut, large, nom in barres
    }


# Le tableau


@pytest.mark.parametrize("rangs", [10, 8])
def test_le_tableau_reunit_les_premiers_de_chaque_flux(rangs):
    clients = [("export", f"A{i:02}", 1000 - i) for i in range(12)]
    fournisseurs = [("import", f"B{i:02}", 500 - i) for i in range(12)]
    table = soldes.tableau(fiche(*clients, *fournisseurs), rangs)
    attendus = [f"{lettre}{i:02}" for lettre in "AB" for i in range(rangs)]
    assert table["pays"].tolist() == attendus
    assert table.iloc[0].tolist() == ["A00", "pays A00", 0, 1000, 1000]
    assert table.iloc[-1]["solde_eur"] == rangs - 501


def test_seuls_des_pays_sont_classes_et_les_ex_aequo_le_sont_par_code():
    egaux = [("export", f"C{i:02}", 10) for i in reversed(range(12))]
    table = soldes.tableau(fiche(*egaux, ("export", "QU", 900), ("import", "FR", 50)))
    assert table["pays"].tolist() == [f"C{i:02}" for i in range(10)]
    enorme = 2**53 + 1
    assert soldes.tableau(fiche(("import", "DE", enorme)))["solde_eur"].tolist() == [-enorme]


# Ce qu'on en dit


def test_la_legende_dit_la_regle_du_tableau():
    territoire = fiche(*(("export", f"C{i:02}", 10**8 - i * 10**6) for i in range(14)))
    for rangs, dits in ((10, "Les dix premiers"), (8, "Les huit premiers"), (1, "Le premier")):
        table = soldes.tableau(territoire, rangs)
        regle = f"{dits} pays de chaque flux, du plus grand total d'échanges au plus petit."
        assert dite(territoire, table).startswith(regle)
    assert dite(territoire, table.head(0)) == "Aucun échange n'est enregistré en 2024."
    table = soldes.tableau(territoire)
    for retouche in (table.head(3), table.sort_values("pays", ascending=False)):
        assert dite(territoire, retouche).startswith(f"Barres de {len(retouche)} pays. À gauche")


def test_l_exemple_de_lecture_tombe_juste_une_fois_arrondi():
    # 0,16 et 1,24 s'écrivent 0,2 et 1,2, mais leur différence 1,1.
    table = montants(Chine=(160_000, 1_240_000), Italie=(2_000_000, 1_200_000))
    lecture = "Lecture : Italie, 2,0 M€ importés et 1,2 M€ exportés, soit un solde de −0,8 M€."
    assert dite(fiche(("export", "IT", 1)), table).endswith(lecture)
    assert "Lecture" not in dite(fiche(("export", "IT", 1)), table.head(1))


def test_le_titre_nomme_d_abord_le_plus_grand_flux():
    for sens, attendu in (("import", "à l'import et à l'export"), ("export", "à l'export et à")):
        territoire = fiche((sens, "DE", 5))
        figure = soldes.figure(territoire, soldes.tableau(territoire))
        assert f"Principaux pays {attendu}" in figure.titre
        assert figure.identifiant == "soldes-par-pays"


def test_l_alternative_dit_le_premier_et_les_extremes():
    dit = simple(soldes.alternative(montants(Chine=(9_000_000, 1_000_000), Italie=(0, 4_000_000))))
    assert dit == (
        "Barres en miroir : importations et exportations avec 2 pays. En tête, Chine : "
        "9,0 millions d'euros importés et 1,0 million d'euros exportés. Plus fort excédent : "
        "Italie, 4,0 millions d'euros. Plus fort déficit : Chine, 8,0 millions d'euros."
    )
    assert soldes.alternative(exemple().head(0)) == "Aucun échange sur la période."


# Les barres


def test_les_barres_disent_le_montant_le_signe_et_la_fleche():
    table = montants(
        Allemagne=(45_240_000, 120_060_000),
        Chine=(30_000_000, 4_000_000),
        Japon=(1_000_000, 1_000_000),
        Malte=(0, 20_000),
    )
    dessin = rendu.dessin(soldes.dessin(table))
    ecrits = [simple(mot) for mot in re.findall("<text[^>]*>([^<]*)</text>", dessin)]
    assert {"▲ +74,8", "▼ −26,0", "= 0", "▲ < 0,1", "45,2", "120,1", "–", "< 0,1"} <= set(ecrits)
    # L'unité est écrite une fois pour toutes.
    assert [mot for mot in ecrits if "M€" in mot] == ["Montants en M€"]
    assert "Allemagne, importations : 45,2 M€" in abscisses(dessin)
    couleurs = theme.theme().couleurs
    assert f'fill="{couleurs.positif}"' in dessin and f'fill="{couleurs.negatif}"' in dessin


@pytest.mark.parametrize("largeur", LARGEURS)
def test_l_axe_est_en_euros_pour_une_couche_de_plus(largeur):
    table = montants(Chine=(80_000_000, 20_000_000), Italie=(10_000_000, 50_000_000))
    seuil = alt.Chart(pd.DataFrame({"seuil_eur": [5e7]})).mark_rule(color="#abcdef")
    graphique = soldes.dessin(table, largeur) + seuil.encode(x="seuil_eur:Q")
    for montre in (graphique, graphique.properties(width=300), graphique.interactive()):
        dessin = rendu.dessin(montre)
        barres = abscisses(dessin)
        longueurs = {nom: fin - debut for nom, (debut, fin) in barres.items()}
        unite = longueurs["Chine, importations : 80,0 M€"] / 80
        for nom, longueur in longueurs.items():
            montant = float(re.search(r"([\d,]+) M€", nom)[1].replace(",", "."))
            assert longueur == pytest.approx(montant * unite, abs=0.2)
        # Le trait à 50 M€ est au bout de la barre de 50 M€.
        abscisse = float(re.search(r'#abcdef".*?x1="([-\d.]+)"', dessin)[1])
        assert abscisse == pytest.approx(barres["Italie, exportations : 50,0 M€"][1], abs=0.2)


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_aucun_mot_n_en_touche_un_autre_ni_ne_deborde(cas, largeur):
    graphique = soldes.dessin(CAS[cas], largeur)
    dessin = rendu.dessin(graphique)
    hauteur = float(ElementTree.fromstring(dessin).get("height"))
    places = boites(dessin)
    assert len(places) == 4 + 4 * len(CAS[cas])
    for nom, (x0, y0, x1, y1) in places.items():
        assert x0 >= -0.6 and x1 <= largeur + 0.6 and y0 >= 0 and y1 <= hauteur, nom
    for (nom, a), (autre, b) in combinations(places.items(), 2):
        larges = min(a[2], b[2]) - max(a[0], b[0])
        assert larges < 0.5 or min(a[3], b[3]) - max(a[1], b[1]) < 0.5, (nom, autre)
    graphique.to_dict()


def test_les_mots_remis_apres_le_dessin_sont_ou_vega_les_aurait_mis():
    graphique = soldes.dessin(exemple())
    entier = rendu.dessiner(rendu.specification(graphique))
    assert rendu.dessin(graphique) == svg.nettoyer(entier, theme.theme().police.pile)


@pytest.mark.parametrize("largeur", LARGEURS)
def test_un_tableau_vide_le_dit(largeur):
    (place,) = boites(rendu.dessin(soldes.dessin(exemple().head(0), largeur)))
    assert "Aucun échange sur la période" in place


def test_une_couche_retouchee_sur_place_se_voit_et_ne_passe_pas_a_la_fiche_suivante():
    """Le graphique est bâti une fois pour toutes les fiches : une cellule peut le modifier."""
    table = exemple()
    avant = rendu.dessin(soldes.dessin(table, largeur=800))
    retouche = soldes.dessin(table, largeur=800)
    for couche in retouche.layer:
        if getattr(couche.mark, "type", couche.mark) == "bar":
            couche.mark = alt.MarkDef(type="bar", color="#123456", stroke="#123456")
    assert "#123456" in rendu.dessin(retouche)
    assert rendu.dessin(soldes.dessin(table, largeur=800)) == avant
