"""Concentration refaite à la main : un pays, un produit, ex æquo, zéros, partenaires inconnus."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from petites_fiches import petite_fiche, simple
from petits_reperes import reperes, varie

from commerce import profils
from commerce.parties import concentration

montants = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=20)


def dit(*contenu, code: str = "09") -> str:
    fiche = petite_fiche(code, *contenu)
    return simple(concentration.texte(fiche, concentration.tableau(fiche)))


def ligne(valeurs: list[int]) -> pd.DataFrame:
    return pd.DataFrame([valeurs], dtype="int64")


@pytest.mark.parametrize(
    ("valeurs", "total", "hhi", "n80"),
    [
        ([10], 10, 1.0, 1),
        ([5, 5], 10, 0.5, 2),
        ([8, 2], 10, 0.68, 1),
        ([8, 1, 1], 10, 0.66, 1),
        ([79, 21], 100, 0.6682, 2),
        ([4, 4, 1, 1], 10, 0.34, 2),
        ([10, 0, 0], 10, 1.0, 1),
        # 3 sur 10 ne sont pas des pays : au dénominateur, sans être comptés.
        ([5, 2], 10, 0.29, math.nan),
        ([6, 2], 10, 0.40, 2),
        ([0, 0], 10, math.nan, math.nan),
        ([0, 0], 0, math.nan, math.nan),
    ],
)
def test_hhi_et_n80_a_la_main(valeurs, total, hhi, n80):
    table, totaux = ligne(valeurs), pd.Series([total])
    assert profils.hhi(table, totaux)[0] == pytest.approx(hhi, nan_ok=True)
    assert profils.n80(table, totaux)[0] == pytest.approx(n80, nan_ok=True)


def test_nombre_equivalent_et_niveau():
    equivalents = profils.nombre_equivalent(pd.Series([1.0, 0.25, 0.0, math.nan]))
    assert equivalents[:2].tolist() == [1, 4] and equivalents[2:].isna().all()
    niveaux = [profils.niveau(indice) for indice in (0.1449, 0.1451, 0.2449, 0.2451, math.nan)]
    assert niveaux == ["faible", "moyenne", "moyenne", "forte", ""]


@settings(max_examples=25)
@given(montants.filter(sum), st.randoms())
def test_bornes_et_independance_de_l_ordre(valeurs, hasard):
    totaux, presents = pd.Series([sum(valeurs)]), sum(valeur > 0 for valeur in valeurs)
    indice = profils.hhi(ligne(valeurs), totaux)[0]
    assert 1 / presents <= indice * (1 + 1e-12) and indice <= 1 + 1e-12
    obtenu = int(profils.n80(ligne(valeurs), totaux)[0])
    decroissants = sorted(valeurs, reverse=True)
    assert 5 * sum(decroissants[:obtenu]) >= 4 * totaux[0]
    assert 5 * sum(decroissants[: obtenu - 1]) < 4 * totaux[0]
    hasard.shuffle(valeurs)
    assert profils.n80(ligne(valeurs), totaux)[0] == obtenu


def test_premier_flux_et_ex_aequo():
    repere = reperes(
        ("export", 1, "09", "C30C", "DE", 40),
        ("export", 2, "09", "C30C", "DE", 20),
        ("export", 1, "09", "A01Z", "IT", 60),
        ("export", 1, "09", "A01Z", "ES", 60),
        # Plus grand, mais vers un partenaire qui n'est pas un pays.
        ("export", 1, "09", "A01Z", "QU", 100),
        ("export", 1, "31", "C21Z", "US", 5),
    )
    premiers = profils.premiers_flux(repere, "export")
    ariege = premiers.loc[("departement", "09")]
    assert ariege.to_list() == ["A01Z", "ES", 60, 100 * 60 / 280]
    assert premiers.loc[("region", "76"), "pays"] == "ES"
    assert premiers.loc[("france", "FR"), "part_pct"] == pytest.approx(100 * 60 / 285)
    assert math.isnan(premiers.loc[("departement", "75"), "part_pct"])


def test_un_flux_trop_petit_n_a_pas_d_indice():
    contenu = [*varie("export", "09"), *varie("export", "31", nombre=29)]
    table = concentration.tableau(petite_fiche("09", *contenu))
    ici = table[table["flux"] == "export"].set_index("indicateur")["departement"]
    assert ici["hhi_pays"] == pytest.approx(1 / 30)
    assert (ici["hhi_produits"], ici["n80_produits"], ici["n80_pays"]) == (1, 1, 24)
    assert table.loc[table["flux"] == "import", "departement"].isna().all()
    voisin = concentration.tableau(petite_fiche("31", *contenu))
    assert voisin["departement"].isna().all()
    region = voisin[voisin["flux"] == "export"].set_index("indicateur")["region"]
    assert region["part_premier_flux_pct"] == pytest.approx(100 / 59 * 2)
    # Ni texte ni figure : les points d'attention l'ont dit.
    vide = petite_fiche("31", *contenu)
    assert concentration.texte(vide, voisin) == concentration.figure(vide, voisin) == ""


def test_un_seul_pays_un_seul_produit():
    texte = dit(*varie("export", "09"), ("export", 1, "09", "C28D", "DE", 900_000_000))
    assert "Un seul pays fait 80 % des exportations de l'Ariège" in texte
    assert "Un seul produit en fait 80 %." in texte
    assert "forte par pays" in texte and "forte par produit (indice 1,00)" in texte


def test_pays_inconnus_aux_trois_quarts():
    texte = dit(*varie("export", "09"), ("export", 1, "09", "C28D", "QU", 9_000_000))
    assert "Les pays connus ne font pas 80 % des exportations de l'Ariège." in texte


def test_la_figure_ecrit_le_tableau_et_mene_aux_definitions():
    contenu = [*varie("export", "20"), *varie("export", "75")]
    fiche = petite_fiche("20", *contenu, demonstration=True)
    table = concentration.tableau(fiche)
    figure = concentration.figure(fiche, table)
    # La Corse n'est pas comparée à elle-même.
    assert "region" not in table and figure.html.count('<th scope="col">') == 2 * 3
    assert figure.html.count('href="#glossaire-hhi"') == 4
    assert ">24</td><td>24</td>" in figure.html and figure.html.count("<td>n.s.</td>") == 12


def test_ce_qui_vient_des_donnees_est_echappe():
    fiche = petite_fiche("09", *varie("export", "09"), ("export", 1, "09", "C30C", "DE", 9_000_000))
    fiche.reperes.libelles.loc["C30C", "libelle_court"] = "<script>alert(1)</script>"
    fiche.reperes.partenaires.loc["DE", "nom"] = '"><img src=x>'
    texte = concentration.texte(fiche, concentration.tableau(fiche))
    assert "<script" not in texte and "<img" not in texte and "&lt;script&gt;" in texte
