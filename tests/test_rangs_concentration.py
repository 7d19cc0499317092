"""Rangs et concentration, refaits à la main : ex æquo, zéros, un partenaire, un produit."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from petits_reperes import couples_de, lignes, reperes, varie

from commerce import references as seuils
from commerce.donnees import couples
from commerce.portrait import concentration, rangs

montants = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=20)


def test_rang_un_plus_le_nombre_strictement_au_dessus():
    valeurs = pd.Series({"09": 50, "31": 90, "11": 50, "12": 0, "75": -5})
    assert rangs.rangs(valeurs).to_dict() == {"09": 2, "31": 1, "11": 2, "12": 4, "75": 5}
    assert rangs.place(valeurs, "09") == rangs.Rang(2, True, 5)
    assert rangs.place(valeurs, "31") == rangs.Rang(1, False, 5)
    assert rangs.place(valeurs, "75") == rangs.Rang(5, False, 5)


def test_une_valeur_absente_n_est_ni_classee_ni_comptee():
    valeurs = pd.Series({"09": float("nan"), "31": 3.0, "11": 7.0})
    assert rangs.place(valeurs, "09") == rangs.Rang(None, False, 2)
    assert rangs.place(valeurs, "31") == rangs.Rang(2, False, 2)
    assert rangs.place(valeurs, "inconnu").rang is None


def test_rang_dans_la_region():
    # 09 et 31 sont en Occitanie, 75 en Île-de-France, 20 seule en Corse.
    valeurs = pd.Series({"09": 1, "31": 9, "75": 100, "20": 5})
    assert rangs.places(valeurs, "09")["region"] == rangs.Rang(2, False, 2)
    assert rangs.places(valeurs, "20")["region"] == rangs.Rang(1, False, 1)
    assert rangs.rangs_region(valeurs).to_dict() == {"09": 2, "31": 1, "75": 1, "20": 1}


def test_sans_region_connue_pas_de_rang_regional():
    valeurs = pd.Series({"98": 5, "09": 1})
    assert math.isnan(rangs.rangs_region(valeurs)["98"])
    assert rangs.places(valeurs, "98")["region"] == rangs.Rang(None, False, 0)


def test_les_trois_grandeurs_classent_les_cent_territoires():
    repere = reperes(("export", 1, "09", "C30C", "DE", 7), ("import", 1, "09", "C30C", "DE", 9))
    grandeurs = rangs.grandeurs(repere)
    assert {nom: (len(serie), serie["09"]) for nom, serie in grandeurs.items()} == {
        "export": (100, 7),
        "import": (100, 9),
        "solde": (100, -2),
    }
    # Les 99 autres n'échangent rien : un solde nul vaut mieux que -2.
    assert rangs.place(grandeurs["solde"], "09") == rangs.Rang(100, False, 100)


@given(st.lists(st.integers(), min_size=1, max_size=30, unique=True), st.randoms())
def test_sans_ex_aequo_les_rangs_sont_une_permutation(valeurs, hasard):
    serie = pd.Series(valeurs, index=[f"T{i}" for i in range(len(valeurs))])
    assert sorted(rangs.rangs(serie)) == list(range(1, len(valeurs) + 1))
    melange = serie.sample(frac=1, random_state=hasard.randrange(2**32))
    assert rangs.rangs(melange).sort_index().equals(rangs.rangs(serie).sort_index())


@given(montants)
def test_place_et_rangs_disent_la_meme_chose(valeurs):
    serie = pd.Series(valeurs, index=[f"T{i}" for i in range(len(valeurs))])
    places = [rangs.place(serie, code) for code in serie.index]
    assert [place.rang for place in places] == list(rangs.rangs(serie))
    assert [place.ex_aequo for place in places] == list(serie.duplicated(keep=False))


def tableau(*rangees) -> pd.DataFrame:
    return pd.DataFrame(list(rangees), dtype="int64")


@pytest.mark.parametrize(
    ("montants_", "total", "hhi", "n80"),
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
def test_hhi_et_n80_a_la_main(montants_, total, hhi, n80):
    table, totaux = tableau(montants_), pd.Series([total])
    assert concentration.hhi(table, totaux)[0] == pytest.approx(hhi, nan_ok=True)
    assert concentration.n80(table, totaux)[0] == pytest.approx(n80, nan_ok=True)


def test_nombre_equivalent_et_niveau():
    indices = pd.Series([1.0, 0.25, 0.0, math.nan])
    assert concentration.nombre_equivalent(indices)[:2].tolist() == [1, 4]
    assert concentration.nombre_equivalent(indices)[2:].isna().all()
    niveaux = [concentration.niveau(i) for i in (0.1499, 0.15, 0.2499, 0.25, 1.0, math.nan)]
    assert niveaux == ["faible", "moyenne", "moyenne", "forte", "forte", ""]


@given(montants.filter(sum))
def test_les_parts_font_1_et_le_hhi_reste_dans_ses_bornes(valeurs):
    table = tableau(valeurs)
    totaux = table.sum(axis="columns")
    presents = sum(valeur > 0 for valeur in valeurs)
    assert concentration.parts(table, totaux).loc[0].sum() == pytest.approx(1)
    indice = concentration.hhi(table, totaux)[0]
    assert 1 / presents <= indice * (1 + 1e-12) and indice <= 1 + 1e-12
    equivalent = concentration.nombre_equivalent(pd.Series([indice]))[0]
    assert equivalent * (1 + 1e-12) >= 1 and equivalent <= presents * (1 + 1e-9)


@given(montants.filter(sum), st.randoms())
def test_n80_est_le_plus_petit_nombre_et_ne_depend_pas_de_l_ordre(valeurs, hasard):
    total = sum(valeurs)
    obtenu = int(concentration.n80(tableau(valeurs), pd.Series([total]))[0])
    decroissants = sorted(valeurs, reverse=True)
    assert 5 * sum(decroissants[:obtenu]) >= 4 * total
    assert 5 * sum(decroissants[: obtenu - 1]) < 4 * total
    hasard.shuffle(valeurs)
    assert concentration.n80(tableau(valeurs), pd.Series([total]))[0] == obtenu


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
    premiers = concentration.premiers_flux(repere, "export")
    ariege = premiers.loc[("departement", "09")]
    assert ariege[["a129", "pays", "valeur_eur", "part_pct"]].tolist() == [
        "A01Z",
        "ES",
        60,
        100 * 60 / 280,
    ]
    assert premiers.loc[("region", "76"), "pays"] == "ES"
    assert premiers.loc[("france", "FR"), "part_pct"] == pytest.approx(100 * 60 / 285)
    assert math.isnan(premiers.loc[("departement", "75"), "part_pct"])


def test_couples_comptes_et_seuils_de_la_petite_base():
    table = lignes(
        ("export", 1, "09", "C30C", "DE", 10),
        ("export", 2, "09", "C30C", "DE", 10),
        ("export", 1, "09", "C30C", "IT", 0),
        ("export", 1, "09", "C30C", "QU", 10),
        ("export", 1, "09", "A01Z", "NA", 10),
    )
    resume = couples_de(table).query("echelle == 'departement'").set_index("a129")
    assert resume["couples"].to_dict() == {"A01Z": 1, "C30C": 1}
    assert resume.at["C30C", "pays"] == "DE" and resume.at["C30C", "valeur_eur"] == 20
    assert resume.at["A01Z", "pays"] == "NA"
    assert couples.resumer(table.assign(echelle="departement", code="09").iloc[:0]).empty
    codes = pd.Series(["DE", "FR", "QU", "QA", "ZZ", "Q9"])
    assert couples.classables(codes).tolist() == [True, False, False, True, True, False]
    million, trente = seuils.seuil("petite_base_eur"), seuils.seuil("petite_base_couples")
    assert (million, trente) == (1_000_000, 30)
    cas = pd.DataFrame({"eur": [million, million - 1, 10 * million], "couples": [30, 99, 29]})
    assert seuils.significatif(cas["eur"], cas["couples"]).tolist() == [True, False, False]


def test_un_flux_trop_petit_n_a_pas_d_indice():
    repere = reperes(*varie("export", "09"), *varie("export", "31", nombre=29))
    indices = concentration.tableau(repere, "export")
    ariege = indices.loc[("departement", "09")]
    assert ariege["hhi_pays"] == pytest.approx(1 / 30)
    assert (ariege["hhi_produits"], ariege["n80_produits"], ariege["n80_pays"]) == (1, 1, 24)
    assert indices.loc[("departement", "31")].isna().all()
    assert indices.loc[("departement", "75")].isna().all()
    assert indices.loc[("region", "76"), "part_premier_flux_pct"] == pytest.approx(100 / 59 * 2)
