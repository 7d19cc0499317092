"""Évolution : glissements, base 100, contributions, rupture de 2022, trimestres manquants."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from petites_douanes import ecrire, ligne
from petits_reperes import fiche, reperes, varie

from commerce import chemins, references
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.portrait import evolution

PAYS = sorted(references.pays().query("classable").index)[:30]
# Montant de chaque trimestre de l'Ariège, par pays (trente pays), en centaines de milliers d'euros.
MONTANTS = {
    2020: {1: 1, 2: 1, 4: 1},
    2021: {1: 2, 2: 2, 3: 2, 4: 2},
    2022: {1: 4, 2: 4, 3: 4, 4: 4},
    2023: {1: 5, 2: 4, 3: 4, 4: 4},
    2024: {1: 6},
}


def texte(annees, flux="E") -> list[str]:
    return [
        ligne(
            flux=flux,
            annee=annee,
            trimestre=trimestre,
            departement=departement,
            pays=pays,
            valeur_eur=montant * facteur * 100_000,
        )
        for annee in annees
        for trimestre, montant in MONTANTS[annee].items()
        for departement, facteur in (("09", 1), ("31", 9))
        for pays in PAYS
    ]


@pytest.fixture(scope="module")
def longue(tmp_path_factory):
    """2020 sans son troisième trimestre, puis 2021 et 2022 ; 2023 et début 2024 provisoires."""
    dossier = tmp_path_factory.mktemp("evolution")
    for flux in "EI":
        for annee in (2020, 2021, 2022):
            ecrire(dossier / "s" / f"Region_{annee}_{flux}.txt", texte([annee], flux))
        ecrire(dossier / "s" / f"REGIONAL_CPF4PAYS{flux}.txt", texte([2023, 2024], flux))
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", dossier / "p")
        return preparer(dossier / "s")


def du_departement(table: pd.DataFrame, sens: str = "export") -> pd.DataFrame:
    choix = (table["flux"] == sens) & (table["echelle"] == "departement")
    return table[choix].set_index(["annee", "trimestre"] if "trimestre" in table else "annee")


def test_trimestres_a_la_main(longue):
    table = du_departement(evolution.trimestres(charger("09", 2023, donnees=longue)))
    assert list(table.index) == [(a, t) for a in range(2020, 2024) for t in (1, 2, 3, 4)] + [
        (2024, 1)
    ]
    assert math.isnan(table.at[(2020, 3), "valeur_eur"])
    assert table.at[(2020, 4), "valeur_eur"] == 3_000_000
    # Sur un an : 2021 contre 2020 double, sauf au troisième trimestre, inconnu en 2020.
    assert table["evolution_pct"].dropna().to_dict() == pytest.approx(
        {(2021, 1): 100, (2021, 2): 100, (2021, 4): 100}
        | {(2022, t): 100 for t in (1, 2, 3, 4)}
        | {(2023, 1): 25, (2023, 2): 0, (2023, 3): 0, (2023, 4): 0, (2024, 1): 20}
    )


def test_une_somme_de_quatre_trimestres_veut_ses_quatre_trimestres(longue):
    table = du_departement(evolution.trimestres(charger("09", 2023, donnees=longue)))
    sommes = (table["quatre_trimestres_eur"].dropna() / 3_000_000).tolist()
    # La première somme attend quatre trimestres de suite : le troisième de 2020 manque.
    assert table["quatre_trimestres_eur"].first_valid_index() == (2021, 3)
    assert sommes == [7, 8, 10, 12, 14, 16, 17, 17, 17, 17, 18]
    assert table.at[(2022, 4), "evolution_quatre_trimestres_pct"] == pytest.approx(100)
    assert table.at[(2024, 1), "evolution_quatre_trimestres_pct"] == pytest.approx(
        100 * (18 / 17 - 1)
    )


def test_base_100_a_la_premiere_annee_depuis_la_rupture(longue):
    table = du_departement(evolution.trimestres(charger("09", 2023, donnees=longue)))
    assert table.at[(2022, 4), "indice"] == 100
    assert table.at[(2021, 4), "indice"] == pytest.approx(50)
    assert table.at[(2023, 4), "indice"] == pytest.approx(106.25)
    assert table.at[(2024, 1), "indice"] == pytest.approx(112.5)


def test_rupture_et_provisoires_marques(longue):
    table = du_departement(evolution.trimestres(charger("09", 2023, donnees=longue)))
    assert list(table.index[table["rupture"]]) == [(2022, t) for t in (1, 2, 3, 4)]
    assert list(table.index[table["provisoire"]]) == [(2023, t) for t in (1, 2, 3, 4)] + [(2024, 1)]


def test_annees_completes_seulement(longue):
    fiche_ = charger("09", 2023, donnees=longue)
    table = evolution.annees(fiche_)
    ariege = du_departement(table)
    assert list(ariege.index) == [2021, 2022, 2023]
    assert math.isnan(ariege.at[2021, "evolution_pct"])
    assert ariege.at[2022, "evolution_pct"] == pytest.approx(100)
    assert ariege.at[2023, "evolution_pct"] == pytest.approx(6.25)
    assert ariege["rupture"].to_dict() == {2021: False, 2022: True, 2023: False}
    assert ariege["provisoire"].to_dict() == {2021: False, 2022: False, 2023: True}
    region = table.query("flux == 'export' and echelle == 'region'").set_index("annee")
    assert region.at[2023, "valeur_eur"] == 10 * ariege.at[2023, "valeur_eur"]


def test_la_fiche_d_une_annee_passee_s_arrete_a_son_annee(longue):
    table = du_departement(evolution.trimestres(charger("09", 2022, donnees=longue)))
    assert table.index[-1] == (2022, 4)


def test_un_territoire_sans_echanges_reste_a_zero_et_sans_indice(longue):
    table = du_departement(evolution.trimestres(charger("75", 2023, donnees=longue)))
    assert table.at[(2022, 4), "valeur_eur"] == 0
    assert math.isnan(table.at[(2020, 3), "valeur_eur"])
    assert table[["indice", "evolution_pct"]].isna().all(axis=None)


def test_sans_annee_d_avant_pas_d_evolution():
    repere = reperes(*varie("export", "09"))
    assert evolution.annuelle_pct(repere, "export").isna().all()
    table = evolution.principales_contributions(fiche("09"), repere, "export")
    assert table.empty and "contribution_points" in table


def test_evolution_annuelle_a_la_main():
    avant = reperes(*varie("export", "09"), ("export", 1, "31", "C30C", "DE", 10**9), annee=2023)
    repere = reperes(*varie("export", "09", 150_000), precedents=avant)
    evolutions = evolution.annuelle_pct(repere, "export")
    assert evolutions[("departement", "09")] == pytest.approx(50)
    # Un seul couple l'année d'avant : pas de dénominateur.
    assert math.isnan(evolutions[("departement", "31")])
    assert math.isnan(evolutions[("departement", "75")])
    assert [evolution.traverse_la_rupture(annee) for annee in (2021, 2022, 2023)] == [
        False,
        True,
        False,
    ]


def test_contributions_a_la_main():
    courant = pd.Series({"A": 150, "B": 20, "D": 30})
    precedent = pd.Series({"A": 100, "B": 60, "C": 40})
    table = evolution.contributions(courant, precedent)
    assert table["contribution_points"].to_dict() == {"A": 25, "B": -20, "C": -20, "D": 15}
    assert evolution.contributions(courant, precedent * 0)["contribution_points"].isna().all()


def test_principales_contributions_font_l_evolution():
    produits = ["A01Z", "A02Z", "A03Z", "B08Z", "C10A", "C10B", "C10C", "C10D"]
    ecarts = [8, -7, 6, -5, 4, -3, 2, -1]
    communes = varie("export", "09")
    avant = [("export", 1, "09", p, "DE", 1_000_000) for p in produits]
    apres = [
        ("export", 1, "09", p, "DE", 1_000_000 + 100_000 * e)
        for p, e in zip(produits, ecarts, strict=True)
    ]
    precedents = reperes(*communes, *avant, annee=2023)
    repere = reperes(*communes, *apres, precedents=precedents)
    table = evolution.principales_contributions(fiche("09"), repere, "export")
    assert list(table["produit"]) == ["A01Z", "A03Z", "C10A", "C10B", "B08Z", "A02Z", "autres"]
    total = evolution.annuelle_pct(repere, "export")[("departement", "09")]
    assert table["contribution_points"].sum() == pytest.approx(total)
    assert table.iloc[-1]["contribution_points"] == pytest.approx(100 * 100_000 / 11_000_000)


montants = st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 10**11), min_size=1)


@given(montants, montants.filter(lambda m: sum(m.values()) > 0))
def test_les_contributions_font_l_evolution(courant, precedent):
    table = evolution.contributions(pd.Series(courant), pd.Series(precedent))
    total = evolution.evolution_pct(
        pd.Series([sum(courant.values())]), pd.Series([sum(precedent.values())])
    )[0]
    assert table["contribution_points"].sum() == pytest.approx(total, abs=1e-6, rel=1e-9)
    melange = dict(reversed(courant.items()))
    autre = evolution.contributions(pd.Series(melange), pd.Series(precedent))
    pd.testing.assert_frame_equal(table, autre.loc[table.index])
