"""Les indicateurs des cent territoires à la fois : rangs, couples comptés, noms du contrat."""

import math
import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from petites_fiches import petite_fiche
from petits_reperes import couples_de, lignes, reperes, varie

from commerce import notice, profils, references
from commerce.donnees import couples
from commerce.donnees.reperes import significatif
from commerce.profils import Rang

montants = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=20)
DEUX, TROIS, SANS_FLUX = {"export", "import"}, {"export", "import", "solde"}, {""}
# Contrat d'indicateurs.csv : le nom, et les flux pour lesquels il est écrit.
CONTRAT = {
    **dict.fromkeys(("total_eur", "total_region_eur", "total_france_eur"), DEUX),
    **dict.fromkeys(("part_region_pct", "part_france_pct", "evolution_annuelle_pct"), DEUX),
    "evolution_volume_pct": DEUX,
    **dict.fromkeys(("solde_eur", "taux_couverture_pct", "solde_hors_energie_eur"), SANS_FLUX),
    **dict.fromkeys(("rang_france", "rang_region"), TROIS),
    **dict.fromkeys(("part_ue_pct", "part_etats_unis_pct", "krugman_pct"), DEUX),
    **dict.fromkeys(("hhi_pays", "hhi_produits", "nombre_equivalent_pays"), DEUX),
    **dict.fromkeys(("n80_pays", "n80_produits", "part_premier_flux_pct"), DEUX),
    "part_premier_produit_pct": DEUX,
    "rapport_etats_unis_france": {"export"},
    "taux_couverture_hors_energie_pct": SANS_FLUX,
}


def par_territoire(valeurs: list[int]) -> pd.Series:
    return pd.Series(valeurs, index=[f"T{rang}" for rang in range(len(valeurs))])


# Rangs


def test_rang_un_plus_le_nombre_strictement_au_dessus():
    valeurs = pd.Series({"09": 50, "31": 90, "11": 50, "12": 0, "75": -5})
    assert profils.rangs(valeurs).to_dict() == {"09": 2, "31": 1, "11": 2, "12": 4, "75": 5}
    assert profils.place(valeurs, "09") == Rang(2, True, 5)
    assert profils.place(valeurs, "31") == Rang(1, False, 5)


def test_une_valeur_absente_n_est_ni_classee_ni_comptee():
    valeurs = pd.Series({"09": float("nan"), "31": 3.0, "11": 7.0})
    assert profils.place(valeurs, "09") == Rang(None, False, 2)
    assert profils.place(valeurs, "31") == Rang(2, False, 2)
    assert profils.place(valeurs, "inconnu").rang is None


def test_rang_dans_la_region():
    # 09 et 31 sont en Occitanie, 75 en Île-de-France, 20 seule en Corse ; 98 n'a pas de région.
    valeurs = pd.Series({"09": 1, "31": 9, "75": 100, "20": 5, "98": 5})
    assert profils.places(valeurs, "09")["region"] == Rang(2, False, 2)
    assert profils.places(valeurs, "20")["region"] == Rang(1, False, 1)
    assert profils.places(valeurs, "98")["region"] == Rang(None, False, 0)
    assert profils.rangs_region(valeurs).dropna().to_dict() == {"09": 2, "31": 1, "75": 1}


def test_les_trois_grandeurs_classent_les_cent_territoires():
    repere = reperes(("export", 1, "09", "C30C", "DE", 7), ("import", 1, "09", "C30C", "DE", 9))
    grandeurs = profils.grandeurs(repere)
    lues = {nom: (len(serie), serie["09"]) for nom, serie in grandeurs.items()}
    assert lues == {"export": (100, 7), "import": (100, 9), "solde": (100, -2)}
    # Les 99 autres n'échangent rien : un solde nul vaut mieux que -2.
    assert profils.place(grandeurs["solde"], "09") == Rang(100, False, 100)


@given(st.lists(st.integers(), min_size=1, max_size=30, unique=True), st.randoms())
def test_sans_ex_aequo_les_rangs_sont_une_permutation(valeurs, hasard):
    serie = par_territoire(valeurs)
    assert sorted(profils.rangs(serie)) == list(range(1, len(valeurs) + 1))
    melange = serie.sample(frac=1, random_state=hasard.randrange(2**32))
    assert profils.rangs(melange).sort_index().equals(profils.rangs(serie).sort_index())


@given(montants)
def test_place_et_rangs_disent_la_meme_chose(valeurs):
    serie = par_territoire(valeurs)
    places = [profils.place(serie, code) for code in serie.index]
    assert [place.rang for place in places] == list(profils.rangs(serie))
    assert [place.ex_aequo for place in places] == list(serie.duplicated(keep=False))


# Petites bases


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
    million = references.seuil("petite_base_eur")
    assert (million, references.seuil("petite_base_couples")) == (1_000_000, 30)
    cas = pd.DataFrame({"eur": [million, million - 1, 10 * million], "couples": [30, 99, 29]})
    assert significatif(cas["eur"], cas["couples"]).tolist() == [True, False, False]


# Le tout


def test_les_noms_du_contrat_et_eux_seuls():
    fiche = petite_fiche("09", *varie("export", "09"), *varie("import", "31"))
    table = notice.valeurs(fiche)
    assert list(table.columns) == ["indicateur", "flux", "valeur"]
    assert not table.duplicated(["indicateur", "flux"]).any()
    assert table.groupby("indicateur")["flux"].agg(set).to_dict() == CONTRAT
    for ligne in table.itertuples():
        entier = ligne.indicateur in profils.ENTIERS or ligne.indicateur.startswith(
            ("total_", "solde_")
        )
        assert type(ligne.valeur) is (int if entier else float) or math.isnan(ligne.valeur)


def test_l_ordre_des_lignes_ne_change_rien():
    contenu = [
        *(*varie("export", "09"), *varie("import", "09", 90_000), *varie("export", "31", 70_000)),
        ("export", 2, "09", "C30C", "US", 1_500_000),
        ("export", 2, "09", "A01Z", "US", 1_500_000),
        ("import", 3, "09", "C19Z", "QU", 400_000),
    ]
    attendus = profils.calculer(reperes(*contenu))
    random.Random(6).shuffle(contenu)
    for cle, serie in profils.calculer(reperes(*contenu)).items():
        pd.testing.assert_series_equal(serie, attendus[cle], check_names=False)


def test_evolution_annuelle_a_la_main():
    avant = reperes(*varie("export", "09"), *varie("export", "31", nombre=29), annee=2023)
    contenu = (*varie("export", "09", 110_000), *varie("export", "31", 110_000))
    evolution = profils.annuelle_pct(reperes(*contenu, precedents=avant), "export")
    assert evolution["departement", "09"] == pytest.approx(10)
    # Trop peu de couples l'année d'avant, puis rien : « n.s. ».
    assert math.isnan(evolution["departement", "31"]) and math.isnan(evolution["departement", "75"])
    assert profils.annuelle_pct(reperes(*contenu), "export").isna().all()
