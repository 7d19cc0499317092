"""Mesure des textes : rien ne déborde, rien ne se perd."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.figure import mesure

MOTS = st.lists(st.text("abcdéÉ'mWi-", min_size=1, max_size=12), min_size=1, max_size=8)
MONTANTS = st.lists(st.floats(1, 1e12), min_size=1, max_size=11)


def test_les_chiffres_ont_la_meme_chasse():
    for graisse in (400, 600):
        assert len({mesure.largeur_texte(chiffre, 13, graisse) for chiffre in "0123456789"}) == 1


def test_la_mesure_suit_la_taille_et_la_graisse():
    assert mesure.largeur_texte("Ariège", 26) == pytest.approx(
        2 * mesure.largeur_texte("Ariège", 13)
    )
    assert mesure.largeur_texte("Ariège", 13, 600) > mesure.largeur_texte("Ariège", 13)
    assert mesure.largeur_texte("漢", 10) == 10
    assert 0 < mesure.largeur_texte("ж", 10) < 10


@pytest.mark.lourd
@given(mots=MOTS, largeur=st.floats(30, 300), lignes=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_aucune_ligne_ne_depasse_et_rien_ne_se_perd_sans_points_de_suspension(
    mots, largeur, lignes
):
    texte = " ".join(mots)
    coupes = mesure.couper(texte, largeur, 13, 600, lignes)
    assert 1 <= len(coupes) <= lignes
    assert all(mesure.largeur_texte(ligne, 13, 600) <= largeur for ligne in coupes)
    assert " ".join(coupes) == texte or any(ligne.endswith("…") for ligne in coupes)


def test_un_texte_qui_tient_reste_entier_et_ses_lignes_sont_equilibrees():
    assert mesure.couper("Produits chimiques de base", 122, 12, 600) == [
        "Produits chimiques",
        "de base",
    ]
    assert mesure.raccourcir("Boissons", 200, 13) == "Boissons"
    assert mesure.raccourcir("x" * 300, 100, 13).endswith("x…")


def test_les_commandes_et_inversions_de_sens_disparaissent():
    assert mesure.propre("\u202eab\x00c\u2066 \ud800\tfin\n") == "ab c fin"
    assert mesure.propre("10\u202f000\u00a0€") == "10\u202f000\u00a0€"


@pytest.mark.lourd
@given(gauche=MONTANTS, droite=MONTANTS, largeur=st.floats(200, 800))
@settings(max_examples=100, deadline=None)
def test_les_barres_en_miroir_tiennent_avec_leurs_etiquettes(gauche, droite, largeur):
    cotes = [[(valeur, 60.0) for valeur in cote] for cote in (gauche, droite)]
    zero, echelle = mesure.axe_en_miroir(*cotes, largeur)
    assert echelle > 0
    assert max(gauche) * echelle + 60 <= zero + 1e-6
    assert zero + max(droite) * echelle + 60 <= largeur + 1e-6
    # L'échelle est la plus grande possible : la place est toute prise.
    occupee = 120 + (max(gauche) + max(droite)) * echelle
    assert occupee == pytest.approx(largeur, rel=1e-6)
