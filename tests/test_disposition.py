"""Mesure des textes et placement : rien ne déborde, rien ne se recouvre, rien ne se perd."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.figure import mesure as d

MOTS = st.lists(st.text("abcdéÉ'mWi-", min_size=1, max_size=12), min_size=1, max_size=8)
MONTANTS = st.lists(st.floats(1, 1e12), min_size=1, max_size=11)


def test_les_chiffres_ont_la_meme_chasse():
    for graisse in (400, 600):
        assert len({d.largeur_texte(chiffre, 13, graisse) for chiffre in "0123456789"}) == 1


def test_la_mesure_suit_la_taille_et_la_graisse():
    assert d.largeur_texte("Ariège", 26) == pytest.approx(2 * d.largeur_texte("Ariège", 13))
    assert d.largeur_texte("Ariège", 13, 600) > d.largeur_texte("Ariège", 13)
    assert d.largeur_texte("漢", 10) == 10
    assert 0 < d.largeur_texte("ж", 10) < 10


@given(mots=MOTS, largeur=st.floats(30, 300), lignes=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_aucune_ligne_ne_depasse_et_rien_ne_se_perd_sans_points_de_suspension(
    mots, largeur, lignes
):
    texte = " ".join(mots)
    coupes = d.couper(texte, largeur, 13, 600, lignes)
    assert 1 <= len(coupes) <= lignes
    assert all(d.largeur_texte(ligne, 13, 600) <= largeur for ligne in coupes)
    assert " ".join(coupes) == texte or any(ligne.endswith("…") for ligne in coupes)


def test_deux_lignes_sont_equilibrees():
    assert d.couper("Produits chimiques de base", 122, 12, 600) == ["Produits chimiques", "de base"]


def test_un_texte_qui_tient_reste_entier():
    assert d.raccourcir("Boissons", 200, 13) == "Boissons"
    assert d.raccourcir("x" * 300, 100, 13).endswith("x…")


def test_les_commandes_et_inversions_de_sens_disparaissent():
    assert d.propre("\u202eab\x00c\u2066 \ud800\tfin\n") == "ab c fin"
    assert d.propre("10\u202f000\u00a0€") == "10\u202f000\u00a0€"


@given(gauche=MONTANTS, droite=MONTANTS, largeur=st.floats(200, 800))
@settings(max_examples=100, deadline=None)
def test_les_barres_en_miroir_tiennent_avec_leurs_etiquettes(gauche, droite, largeur):
    cotes = [[(valeur, 60.0) for valeur in cote] for cote in (gauche, droite)]
    zero, echelle = d.axe_en_miroir(*cotes, largeur)
    assert echelle > 0
    assert max(gauche) * echelle + 60 <= zero + 1e-6
    assert zero + max(droite) * echelle + 60 <= largeur + 1e-6
    # L'échelle est la plus grande possible : la place est toute prise.
    occupee = 120 + (max(gauche) + max(droite)) * echelle
    assert occupee == pytest.approx(largeur, rel=1e-6)


@given(valeurs=MONTANTS)
@settings(max_examples=100, deadline=None)
def test_les_noeuds_d_une_colonne_ne_se_touchent_pas(valeurs):
    etiquettes, hauteur = [34.0] * len(valeurs), 480.0
    echelle = d.echelle_des_colonnes([(valeurs, etiquettes)], hauteur, 4)
    noeuds = d.colonne(valeurs, etiquettes, echelle, hauteur, 4)
    assert noeuds[0][0] >= 0 and noeuds[-1][1] <= hauteur + 1e-6
    for (haut, bas), (haut_suivant, bas_suivant) in pairwise(noeuds):
        assert bas < haut_suivant
        assert (haut_suivant + bas_suivant) / 2 - (haut + bas) / 2 >= 34 - 1e-6


@given(valeurs=MONTANTS)
@settings(max_examples=60, deadline=None)
def test_la_carte_donne_des_aires_exactes_dans_son_cadre(valeurs):
    valeurs = sorted((max(v, sum(valeurs) * 1e-6) for v in valeurs), reverse=True)
    cellules = d.carte(valeurs, 10, 20, 300, 200)
    par_euro = 300 * 200 / sum(valeurs)
    for valeur, (x0, y0, x1, y1) in zip(valeurs, cellules, strict=True):
        assert (x1 - x0) * (y1 - y0) == pytest.approx(valeur * par_euro, rel=1e-6)
        assert x0 >= 10 - 1e-6 and y0 >= 20 - 1e-6 and x1 <= 310 + 1e-6 and y1 <= 220 + 1e-6


def test_une_carte_vide_n_a_pas_de_cellule():
    assert d.carte([], 0, 0, 100, 100) == []


def test_une_etiquette_de_cellule_est_entiere_ou_abregee_apres_un_mot():
    etiquette = d.etiquette_de_cellule
    assert etiquette("Pharmaceutiques", ["1,0 M€"], 40, 200, (14, 12)) is None
    assert etiquette("Bois", ["1,0 M€ · 2 %", "1,0 M€"], 50, 40, (14, 12)) == (
        14,
        ["Bois"],
        "1,0 M€",
    )
    assert etiquette("Bois", ["1 234,0 M€"], 40, 20, (12,)) == (12, ["Bois"], "")
    assert etiquette("Bois de charpente tropicaux humides", ["9 M€"], 70, 44, (12,)) == (
        12,
        ["Bois de", "charpente…"],
        "9 M€",
    )
    assert etiquette("Produits de charpente", ["9 M€"], 50, 30, (12,)) is None
