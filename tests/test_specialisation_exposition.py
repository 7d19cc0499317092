"""Spécialisation, ressemblances, zones et États-Unis, refaits à la main."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from petits_reperes import fiche, lignes, reperes, varie

from commerce import references
from commerce.donnees.reperes import AUTRES_ZONES, FRANCE, ZONES
from commerce.portrait import exposition, specialisation
from commerce.portrait.rangs import Rang

MILLION = 1_000_000
ARIEGE = ("departement", "09")


def test_balassa_a_la_main():
    territoire = pd.Series({"A": 60 * MILLION, "B": 39 * MILLION, "C": MILLION})
    france = pd.Series({"A": 300 * MILLION, "B": 650 * MILLION, "D": 50 * MILLION})
    table = specialisation.balassa(territoire, france)
    assert table.loc["A", ["part_pct", "part_france_pct", "balassa"]].tolist() == [60, 30, 2]
    assert table.at["A", "symetrique"] == pytest.approx(1 / 3)
    assert table.at["B", "balassa"] == pytest.approx(0.6)
    assert table.at["B", "symetrique"] == pytest.approx(-0.25)
    assert table.at["D", "balassa"] == 0 and table.at["D", "symetrique"] == -1
    # Absent des exportations françaises : pas d'indice.
    assert math.isnan(table.at["C", "balassa"])
    assert table["retenu"].to_dict() == {"A": True, "B": True, "C": False, "D": False}


def test_balassa_montre_a_partir_de_1_pct_et_5_millions():
    territoire = pd.Series({"A": 5 * MILLION, "B": 5 * MILLION - 1, "C": 490 * MILLION + 1})
    retenus = specialisation.balassa(territoire, territoire)["retenu"]
    assert retenus.to_dict() == {"A": True, "B": False, "C": True}
    territoire["C"] += 1
    assert not specialisation.balassa(territoire, territoire).at["A", "retenu"]


def test_balassa_d_un_total_nul():
    vide = specialisation.balassa(pd.Series({"A": 0}), pd.Series({"A": 10}))
    assert vide[["part_pct", "balassa", "symetrique"]].isna().all(axis=None)


montants = st.lists(st.integers(min_value=0, max_value=10**12), min_size=3, max_size=3)
positifs = montants.filter(sum)


@given(positifs)
def test_la_france_comparee_a_elle_meme(valeurs):
    france = pd.Series(valeurs, index=["A", "B", "C"])
    presents = france > 0
    table = specialisation.balassa(france, france)
    assert (table.loc[presents, "balassa"] == 1).all()
    assert (table.loc[presents, "symetrique"] == 0).all()


def espaces_de(*rangees) -> pd.DataFrame:
    cles = [FRANCE, *(("departement", str(rang)) for rang in range(1, len(rangees)))]
    index = pd.MultiIndex.from_tuples(cles)
    return pd.DataFrame(list(rangees), index=index, columns=["A", "B", "C"])


def test_krugman_a_la_main():
    table = espaces_de([50, 50, 0], [100, 0, 0], [0, 0, 10], [25, 25, 0], [0, 0, 0])
    distances = specialisation.krugman_pct(table, table.sum(axis=1)).tolist()
    assert distances[:4] == [0, 50, 100, 0]
    assert math.isnan(distances[4])


@given(positifs, positifs)
def test_krugman_borne_et_complement_de_la_ressemblance(france, ici):
    table = espaces_de(france, ici)
    distances = specialisation.krugman_pct(table, table.sum(axis=1))
    assert distances[FRANCE] == 0
    distance = distances[("departement", "1")]
    assert -1e-9 <= distance <= 100 + 1e-9
    structures = [[valeur / sum(rangee) for valeur in rangee] for rangee in (france, ici)]
    communs = 100 * sum(map(min, *structures))
    assert distance == pytest.approx(100 - communs, abs=1e-6)


def test_ressemblances_a_la_main():
    # 31 partage tout avec 09, 11 la moitié, 12 rien ; 32 est trop petit pour être comparé.
    autre = [(f, t, c, "A01Z", p, m) for f, t, c, _, p, m in varie("export", "11", 50_000)]
    rien = [(f, t, c, "C21Z", p, m) for f, t, c, _, p, m in varie("export", "12")]
    repere = reperes(
        *varie("export", "09"),
        *varie("export", "31", 300_000),
        *varie("export", "11", 50_000),
        *autre,
        *rien,
        ("export", 1, "32", "C28D", "DE", 10**9),
    )
    table = specialisation.ressemblances(repere, "09")
    assert table[["code", "ressemblance_pct"]].values.tolist() == [
        ["31", 100],
        ["11", 50],
        ["12", 0],
    ]
    assert table.at[0, "complement"] == "de la Haute-Garonne"
    assert specialisation.ressemblances(repere, "32").empty
    assert specialisation.ressemblances(repere, "75").empty


def test_zones_a_la_main():
    contenu = [
        *varie("export", "09"),
        ("export", 1, "09", "C28D", "QU", 300_000),
        ("export", 1, "09", "C28D", "AU", 100_000),
        ("export", 1, "09", "C28D", "ZZ", 100_000),
    ]
    repere = reperes(*contenu)
    table = specialisation.zones(fiche("09"), repere)
    export = table[table["flux"] == "export"].set_index("zone")
    assert list(export.index) == list(ZONES)
    pays = references.pays()
    attendu = dict.fromkeys(ZONES, 0)
    for _, _, _, _, code, montant in contenu:
        zone = pays["zone"].get(code, "")
        attendu[zone if zone in ZONES else AUTRES_ZONES] += 100 * montant / 3_500_000
    assert export["part_pct"].to_dict() == pytest.approx(attendu)
    assert export["part_pct"].sum() == pytest.approx(100)
    assert export["part_region_pct"].equals(export["part_pct"])
    assert table[table["flux"] == "import"][["part_pct", "part_france_pct"]].isna().all(axis=None)


def test_exposition_a_la_main():
    repere = reperes(
        *varie("export", "09"),
        ("export", 1, "09", "C30C", "US", 1_000_000),
        *varie("export", "31", 200_000),
        ("export", 1, "31", "C30C", "US", 2_000_000),
        *varie("export", "75", 1_000_000),
        ("export", 1, "48", "C30C", "US", 50_000_000),
    )
    mesure = exposition.exposition(fiche("09"), repere)
    assert mesure.montant_eur == MILLION
    assert mesure.part_pct == pytest.approx(25)
    # 09 et 31 : 25 % chacun, ex æquo ; 75 : 0 % ; 48 est trop petit pour être classé.
    assert mesure.rang == Rang(1, True, 3)
    assert mesure.part_france_pct == pytest.approx(100 * 53 / (3 + 1 + 6 + 2 + 30 + 50))
    assert mesure.rapport_france == pytest.approx(25 / mesure.part_france_pct)
    assert math.isnan(exposition.exposition(fiche("48"), repere).part_pct)
    assert exposition.exposition(fiche("48"), repere).rang.rang is None


def test_sans_exportation_francaise_vers_les_etats_unis_pas_de_rapport():
    repere = reperes(*varie("export", "09"))
    mesure = exposition.exposition(fiche("09"), repere)
    assert (mesure.montant_eur, mesure.part_pct) == (0, 0)
    assert math.isnan(mesure.rapport_france)


def test_produits_vendus_aux_etats_unis():
    table = lignes(
        ("export", 1, "09", "C30C", "US", 30),
        ("export", 2, "09", "C30C", "US", 30),
        ("export", 1, "09", "C30C", "DE", 60),
        ("export", 1, "09", "A01Z", "US", 20),
        ("export", 1, "09", "C21Z", "DE", 9),
        ("import", 1, "09", "C21Z", "US", 99),
    ).rename(columns={"a129": "produit"})
    produits = exposition.produits(table, exposition.par_produit(table))
    assert produits["produit"].tolist() == ["C30C", "A01Z"]
    assert produits["valeur_eur"].tolist() == [60, 20]
    assert produits["part_pct"].tolist() == [75, 25]
    assert produits["part_produit_pct"].tolist() == [50, 100]
    assert produits["part_produit_france_pct"].tolist() == [50, 100]
    assert exposition.produits(table.iloc[:0], exposition.par_produit(table)).empty


@pytest.mark.parametrize(
    ("supplement", "elasticite", "depart", "attendu"),
    [
        (0, -5, 0, 0),
        (10, -1, 0, -100 / 11),
        (10, -5, 0, 100 * (1.1**-5 - 1)),
        (25, -1, 0, -20),
        (50, -1, 0, -100 / 3),
        (10, -1, 10, 100 * (110 / 120 - 1)),
    ],
)
def test_effet_d_un_droit(supplement, elasticite, depart, attendu):
    assert exposition.effet_pct(supplement, elasticite, depart) == pytest.approx(attendu)


@given(st.floats(0, 200), st.floats(0, 50))
def test_partir_d_un_droit_nul_donne_la_borne_haute(supplement, depart):
    for elasticite in exposition.ELASTICITES:
        nul = exposition.effet_pct(supplement, elasticite)
        assert -100 < nul <= exposition.effet_pct(supplement, elasticite, depart) + 1e-9 <= 1e-6


def test_scenario_neutre_a_la_main():
    table = exposition.scenario(
        pd.Series({"C30C": 800, "A01Z": 300}), exposition.paliers(exposition.droits())
    )
    assert table["supplement_points"].tolist() == [10, 15, 50]
    assert not table["regime"].any()
    assert table["montant_eur"].tolist() == [1100] * 3
    assert table.at[0, "effet_faible_eur"] == pytest.approx(-100)
    assert table.at[2, "effet_fort_eur"] == pytest.approx(1100 * (1.5**-5 - 1))
    assert (table["effet_fort_eur"] < table["effet_faible_eur"]).all()


def test_la_table_des_droits_est_datee_sourcee_et_finit_sur_l_inconnu():
    droits = exposition.droits()
    connus = droits[droits["nature"] != "inconnu"]
    assert (connus[["fondement", "source", "consulte_le"]] != "").all(axis=None)
    assert connus["taux_central_pct"].dropna().tolist() == [15, 50, 50, 10]
    dernier = droits.loc[droits["debut"].idxmax()]
    assert dernier["debut"] == "2026-07-25" and dernier["nature"] == "inconnu"
    assert dernier[list(exposition.COLONNES_TAUX)].isna().all()
    codes = set(droits["produit"]) - {exposition.TOUS_PRODUITS}
    assert codes <= set(references.produits_a129().index)
    for jour in [*droits["debut"], *droits["fin"], *droits["consulte_le"]]:
        assert jour == "" or pd.Timestamp(jour)


def test_un_regime_source_remplace_les_paliers_neutres():
    nouveau = {
        "regime": "Essai",
        "produit": "C30C",
        "debut": "2027-01-01",
        "taux_min_pct": 5,
        "taux_max_pct": 20,
    }
    droits = pd.concat([exposition.droits(), pd.DataFrame([nouveau])], ignore_index=True)
    essais = exposition.paliers(droits)
    assert essais.values.tolist() == [["Essai", "C30C", 5], ["Essai", "C30C", 20]]
    table = exposition.scenario(pd.Series({"C30C": 210, "A01Z": 300}), essais)
    assert table["montant_eur"].tolist() == [210, 210]
    assert table.at[0, "effet_faible_eur"] == pytest.approx(-10)
    # Un seul taux inconnu à la même date, et l'on revient aux paliers neutres.
    inconnu = pd.DataFrame(
        [nouveau | {"produit": "tous", "taux_min_pct": None, "taux_max_pct": None}]
    )
    neutres = exposition.paliers(pd.concat([droits, inconnu], ignore_index=True))
    assert neutres["supplement_points"].tolist() == [10, 15, 50]
