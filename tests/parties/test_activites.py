"""Les activités : le tableau à la main, ce qu'on en dit, la carte proportionnelle."""

import html
import re
from itertools import combinations, pairwise

import pandas as pd
import pytest
from exemples_figures import HOSTILES, PRODUITS, produits
from hypothesis import given, settings
from hypothesis import strategies as st
from petites_fiches import petite_fiche

from commerce import theme
from commerce.figure import rendu, svg
from commerce.figure.mesure import largeur_texte
from commerce.parties import activites

LARGEURS = (theme.LARGE, theme.ETROIT)
LONGS = tuple(f"{nom} {'mot ' * 70}{rang}" for rang, nom in enumerate(HOSTILES))
NOMBREUX = [f"Produit {i}" for i in range(250)]
CAS = {
    "ordinaire": produits(),
    "une ligne": produits(PRODUITS[:1], importe=0),
    "libellés hostiles": produits(HOSTILES),
    "libellés longs": produits(LONGS, pente=1.1),
    "exportations infimes": produits(export=4e5),
    "importations presque nulles": produits(importe=4e3),
    "beaucoup de produits": produits(NOMBREUX, pente=1.04),
    "tous égaux": produits(NOMBREUX[:60], pente=1.0),
}


def fiche(*contenu):
    """Une fiche de ces échanges : flux, produit, pays, valeur_eur."""
    echanges = pd.DataFrame(contenu, columns=["flux", "produit", "pays", "valeur_eur"])
    echanges = echanges.astype({"valeur_eur": "int64"})
    codes = sorted(set(echanges["produit"]))
    noms = {"libelle_court": [f"produit {code}" for code in codes]}
    noms["libelle"] = [f"produit {code} en entier" for code in codes]
    libelles = pd.DataFrame(noms, index=codes)
    champs = {"demonstration": True, "assez": True, "echanges": echanges, "produits": libelles}
    return petite_fiche("09", **champs)


def simple(texte: str) -> str:
    sans_balise = html.unescape(re.sub(r"<[^>]+>", "", str(texte)))
    return sans_balise.replace("\u00a0", " ").replace("\u202f", " ")


# Le tableau


def test_parts_de_chaque_flux():
    table = activites.tableau(
        fiche(
            ("export", "P1", "DE", 30),
            ("export", "P2", "DE", 10),
            ("export", "P1", "IT", 60),
            ("import", "P2", "DE", 7),
            ("import", "P3", "DE", 0),
        )
    )
    assert table[["flux", "produit", "valeur_eur", "part_pct"]].to_numpy().tolist() == [
        ["export", "P1", 90, 90.0],
        ["export", "P2", 10, 10.0],
        ["import", "P2", 7, 100.0],
    ]


@pytest.mark.parametrize("nommes", [76, 3])
def test_ce_qui_suit_les_produits_nommes_est_reuni(nommes):
    territoire = fiche(*(("export", f"P{i:03}", "DE", 1000 - i) for i in range(80)))
    table = activites.tableau(territoire, nommes)
    assert len(table) == nommes + 1
    reste = table.iloc[-1]
    assert (reste["produit"], reste["libelle"]) == ("autres", f"Autres produits ({80 - nommes})")
    assert reste["valeur_eur"] == sum(1000 - i for i in range(nommes, 80))


def test_un_territoire_sans_echange_a_un_tableau_vide():
    assert activites.tableau(fiche()).empty


# Ce qu'on en dit


def test_la_legende_et_le_titre_commencent_par_le_plus_grand_flux():
    territoire = fiche(("export", "P1", "DE", 3_000_000), ("import", "P2", "DE", 4_000_000))
    figure = activites.figure(territoire, activites.tableau(territoire))
    assert figure.identifiant == "activites"
    assert "activités à l'import et à l'export" in figure.titre
    page = simple(figure.html)
    premier = "Premier poste des importations : « produit P2 », 4,0 M€ (100,0 % des importations)."
    assert f"{premier} Premier poste des exportations : « produit P1 »" in page
    sans_export = fiche(("import", "P2", "DE", 4))
    figure = activites.figure(sans_export, activites.tableau(sans_export))
    assert "Aucune exportation n'est enregistrée." in simple(figure.html)


def test_l_alternative_dit_le_total_et_le_premier_produit():
    dit = simple(activites.alternative(produits(PRODUITS[:2], export=3e6, importe=0, pente=2)))
    assert dit == (
        "Carte proportionnelle des produits échangés, une seule échelle pour deux flux. Aucun "
        "produit dans les importations. Exportations : 2 produits, 4,5 millions d'euros ; le "
        "premier, Aéronautique et spatial, 66,7 % des exportations."
    )
    assert activites.alternative(produits().head(0)) == "Aucun échange sur la période."


# La carte


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_une_seule_echelle_d_aire_et_pas_un_euro_perdu(cas, largeur):
    cellules = activites.disposer(CAS[cas], largeur)
    assert cellules["valeur_eur"].sum() == CAS[cas]["valeur_eur"].sum()
    assert cellules["part_pct"].sum() == pytest.approx(100 * cellules["flux"].nunique())
    aires = (cellules["x1"] - cellules["x0"]) * (cellules["y1"] - cellules["y0"])
    par_euro = aires.sum() / cellules["valeur_eur"].sum()
    attendues = (cellules["valeur_eur"] * par_euro).tolist()
    assert aires.tolist() == pytest.approx(attendues, rel=1e-6)
    assert cellules["x0"].min() >= 0 and cellules["x1"].max() <= largeur + 1e-6


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_une_grande_cellule_se_lit_mieux_qu_une_petite_et_celle_qui_compte_a_un_nom(cas, largeur):
    cellules = activites.disposer(CAS[cas], largeur)
    for _, bloc in cellules.groupby("flux"):
        ecrites = bloc[bloc["taille"] > 0].sort_values("valeur_eur", ascending=False)
        assert all(grande >= petite for grande, petite in pairwise(ecrites["taille"]))
        assert (ecrites["taille"] >= 11).all()
        comptent = bloc[bloc["part_pct"] > 4]
        assert (comptent["lignes"].map(len) + comptent["note"].map(len) > 0).all()


@pytest.mark.lourd
@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_aucun_mot_n_en_touche_un_autre_ni_ne_deborde(cas, largeur):
    graphique = activites.dessin(CAS[cas], largeur)
    boites = {}
    for rang, ligne in enumerate(graphique.datasets["ecrits"]):
        taille, mot = ligne["taille"], ligne["texte"]
        large = largeur_texte(mot, taille, ligne["graisse"])
        x0 = ligne["x"] - (large if ligne["ancre"] == "right" else 0)
        y0, y1 = ligne["y"] - 0.42 * taille, ligne["y"] + 0.5 * taille
        assert x0 >= -0.6 and x0 + large <= largeur + 0.6, mot
        assert y0 >= 0 and y1 <= graphique.height + 0.6, mot
        boites[rang, mot] = x0, y0, x0 + large, y1
    for (nom, a), (autre, b) in combinations(boites.items(), 2):
        larges = min(a[2], b[2]) - max(a[0], b[0])
        assert larges < 0.5 or min(a[3], b[3]) - max(a[1], b[1]) < 0.5, (nom, autre)
    # Ce qui est écrit dans une cellule ne sort pas d'elle, et chaque cellule a un nom.
    for cellule in graphique.datasets["cellules"]:
        places = [largeur_texte(mot, cellule["taille"], 600) for mot in cellule["lignes"]]
        assert cellule["x0"] + 5 + max(places, default=0) <= cellule["x1"] + 0.6
        assert cellule["dit"].strip()
    graphique.to_dict()


@pytest.mark.parametrize("largeur", LARGEURS)
def test_un_bloc_minuscule_a_ses_noms_au_dessous(largeur):
    cellules = activites.disposer(CAS["exportations infimes"], largeur)
    noms = simple(" ".join(cellules.loc[cellules["flux"] == "export", "note"].map(" ".join)))
    assert "Aéronautique et spatial : 0,4 M€ · 37,8 %" in noms and "Autres (5)" in noms


def test_les_mots_se_lisent_sur_leur_fond():
    couleurs = theme.theme().couleurs
    for sens in ("export", "import"):
        couleur = theme.couleur_du_flux(sens)
        assert theme.contraste(couleurs.fond, couleur) >= 4.5
        pale = theme.melange(couleur, couleurs.fond, activites.OPACITE_DES_AUTRES)
        assert theme.contraste(couleurs.texte, pale) >= 4.5


def test_les_mots_remis_apres_le_dessin_sont_ou_vega_les_aurait_mis():
    graphique = activites.dessin(produits())
    entier = rendu.dessiner(rendu.specification(graphique))
    assert rendu.dessin(graphique) == svg.nettoyer(entier, theme.theme().police.pile)


@pytest.mark.parametrize("largeur", LARGEURS)
def test_un_tableau_vide_le_dit(largeur):
    vide = rendu.dessin(activites.dessin(produits().head(0), largeur))
    assert "Aucun échange sur la période" in vide


# Les étiquettes


@pytest.mark.parametrize(
    ("nom", "place", "attendue"),
    [
        ("Bois", (50, 40), (14, ["Bois"], "1,0 M€")),
        ("Bois", (30, 20), (14, ["Bois"], "")),
        ("Produits pharmaceutiques", (56, 60), (14, ["Produits", "pharm."], "1,0 M€")),
        ("Machines-outils", (56, 60), (12, ["Machines-", "outils"], "1,0 M€")),
        (
            "Bois de charpente tropicaux humides",
            (70, 44),
            (12, ["Bois de", "charpente…"], "1,0 M€"),
        ),
        ("Pharmaceutiques", (20, 200), (0, [], "")),
    ],
)
def test_une_etiquette_est_entiere_puis_abregee_jamais_coupee_au_hasard(nom, place, attendue):
    valeurs = ("1,0 M€ · 23,4 %", "1,0 M€", "")
    assert activites.etiquette(nom, valeurs, *place, (14, 13, 12)) == attendue


@pytest.mark.lourd
@given(
    mots=st.lists(st.text("abcdéÉ'mWi-", min_size=1, max_size=12), min_size=1, max_size=8),
    largeur=st.floats(10, 300),
    hauteur=st.floats(5, 120),
)
@settings(max_examples=60)
def test_une_etiquette_tient_toujours(mots, largeur, hauteur):
    valeurs = ("12,3 M€ · 4,5 %", "12,3 M€", "")
    taille, lignes, ecrit = activites.etiquette(
        " ".join(mots), valeurs, largeur, hauteur, activites.TAILLES
    )
    assert all(largeur_texte(ligne, taille, 600) <= largeur for ligne in lignes)
    rangs = len(lignes) + bool(ecrit)
    assert largeur_texte(ecrit, taille) <= largeur
    assert not taille or taille * (1.2 * (rangs - 1) + 1) <= hauteur
