"""Ventes aux États-Unis et droits de douane, refaits à la main."""

import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from petites_fiches import petite_fiche, simple
from petits_reperes import lignes, varie

from commerce import references
from commerce.figure import rendu
from commerce.parties import etats_unis
from commerce.profils import Rang

MILLION = 1_000_000


def vers_etats_unis(**ventes_eur: int) -> list[tuple]:
    return [("export", 1, "09", produit, "US", eur) for produit, eur in ventes_eur.items()]


def ventes(nombre: int) -> pd.DataFrame:
    """Un tableau de produits vendus, du plus grand au plus petit."""
    return pd.DataFrame(
        {
            "produit": [f"P{rang}" for rang in range(nombre)],
            "libelle_court": [f"Produit {rang}" for rang in range(nombre)],
            "valeur_eur": [900 * MILLION // 3**rang for rang in range(nombre)],
            "part_ventes_pct": [50 / 2**rang for rang in range(nombre)],
            "part_produit_pct": [80 / 2**rang for rang in range(nombre)],
            "part_produit_france_pct": [7.8] * nombre,
        }
    )


def test_exposition_a_la_main():
    contenu = [
        *(*varie("export", "09"), *vers_etats_unis(C30C=MILLION)),
        *(*varie("export", "31", 200_000), ("export", 1, "31", "C30C", "US", 2 * MILLION)),
        *(*varie("export", "75", MILLION), ("export", 1, "48", "C30C", "US", 50 * MILLION)),
    ]
    mesure = etats_unis.exposition(petite_fiche("09", *contenu))
    assert (mesure.montant_eur, mesure.part_pct) == (MILLION, pytest.approx(25))
    # 09 et 31 : 25 % chacun, ex æquo ; 75 : 0 % ; 48 est trop petit pour être classé.
    assert mesure.rang == Rang(1, True, 3)
    assert mesure.part_france_pct == pytest.approx(100 * 53 / (3 + 1 + 6 + 2 + 30 + 50))
    assert mesure.rapport_france == pytest.approx(25 / mesure.part_france_pct)
    petit = etats_unis.exposition(petite_fiche("48", *contenu))
    assert math.isnan(petit.part_pct) and petit.rang.rang is None
    fiche = petite_fiche("09", *contenu)
    texte = simple(etats_unis.texte(fiche, etats_unis.tableau(fiche)))
    assert "le 1er rang (ex æquo) des 3 territoires" in texte


def test_sans_exportation_francaise_vers_les_etats_unis_pas_de_rapport():
    mesure = etats_unis.exposition(petite_fiche("09", *varie("export", "09")))
    assert (mesure.montant_eur, mesure.part_pct) == (0, 0)
    assert math.isnan(mesure.rapport_france)


VENDUS = [
    ("export", 1, "09", "C30C", "US", 30),
    ("export", 2, "09", "C30C", "US", 30),
    ("export", 1, "09", "C30C", "DE", 60),
    ("export", 1, "09", "A01Z", "US", 20),
    ("export", 1, "09", "C21Z", "DE", 9),
    ("import", 1, "09", "C21Z", "US", 99),
    ("export", 1, "31", "A01Z", "DE", 60),
]


def test_produits_vendus_aux_etats_unis():
    produits = etats_unis.tableau(petite_fiche("09", *VENDUS))
    assert produits["produit"].tolist() == ["C30C", "A01Z"]
    assert produits["libelle_court"].tolist() == ["Aéronautique et spatial", "Produits agricoles"]
    assert produits["valeur_eur"].tolist() == [60, 20]
    assert produits["part_ventes_pct"].tolist() == [75, 25]
    assert produits["part_produit_pct"].tolist() == [50, 100]
    assert produits["part_produit_france_pct"].tolist() == [50, 25]
    assert etats_unis.tableau(petite_fiche("48", *VENDUS)).empty


def test_une_fiche_en_cpf4_compte_ses_produits_en_a129(monkeypatch):
    table = lignes(*VENDUS).rename(columns={"a129": "produit"})
    prepare = SimpleNamespace(
        echanges_produits=lambda code, an, _: table[table["territoire"] == code],
        france=lambda an: table,
    )
    monkeypatch.setattr(etats_unis, "ouvrir", lambda dossier: prepare)
    vide = table.head(0)
    cpf4 = petite_fiche("09", *VENDUS, nomenclature="CPF4", echanges=vide, echanges_france=vide)
    assert etats_unis.tableau(cpf4).equals(etats_unis.tableau(petite_fiche("09", *VENDUS)))


@pytest.mark.parametrize(
    ("ventes_eur", "exposition", "cites", "baisse"),
    [
        ({}, "Aucune exportation de l'Ariège vers les États-Unis", "", ""),
        # Un seul produit n'a pas de figure : il est cité, si petit soit-il.
        (
            {"C30C": 20_000},
            "soit moins de 0,1 million d'euros",
            "(< 0,1 M€, 100,0 % de ces ventes)",
            "aucun ordre de grandeur n'en est tiré",
        ),
        (
            {"C30C": 2 * MILLION, "A01Z": 20_000},
            "soit 2,0 millions d'euros",
            ": Aéronautique et spatial (2,0 M€, 99,0 % de ces ventes).",
            "soit de 0,2 à 0,8 million d'euros",
        ),
    ],
)
def test_ce_qui_se_dit_selon_le_montant(ventes_eur, exposition, cites, baisse):
    fiche = petite_fiche("09", *varie("export", "09"), *vers_etats_unis(**ventes_eur))
    produits = etats_unis.tableau(fiche)
    scenario = etats_unis.tableau_scenario(fiche, produits)
    texte = simple(etats_unis.texte(fiche, produits))
    assert exposition in texte and cites in texte
    assert ("Premiers produits concernés" in texte) is bool(cites)
    droits = simple(etats_unis.texte_droits(fiche, scenario))
    assert baisse in droits
    assert droits.strip().startswith("Droits de douane") is not bool(baisse)
    if sum(ventes_eur.values()) < MILLION:
        assert scenario.empty and not etats_unis.figure_scenario(fiche, scenario)


def test_un_seul_produit_ne_fait_pas_une_figure():
    fiche = petite_fiche("09", demonstration=True)
    assert not etats_unis.figure(fiche, ventes(1)) and not etats_unis.figure(fiche, ventes(0))
    assert etats_unis.figure(fiche, ventes(2)).identifiant == "etats-unis-produits"


def test_les_premiers_produits_se_dessinent_a_l_echelle():
    dessin = rendu.dessin(etats_unis.dessin(ventes(10), montres=3))
    traces = re.findall(r'd="M[^"]*?h([\d.]+)[^>]*><title>Produit', dessin)
    longueurs = [float(trace) for trace in traces]
    assert longueurs == pytest.approx([longueurs[0] / 3**rang for rang in range(3)], abs=0.1)
    # L'unité est dans l'entête ; le nom de chaque barre la dit.
    assert ">900,0<" in dessin and "ventes (M€)" in dessin
    assert "900,0\u00a0M€ vers les États-Unis, 80,0\u00a0% des exportations" in dessin
    fiche = petite_fiche("40", demonstration=True)
    figure = etats_unis.figure(fiche, ventes(10))
    assert len(re.findall("<title>Produit", figure.html)) == 8 and len(figure.donnees) == 10
    assert "Les huit premiers produits" in figure.html and "les Landes en exportent" in figure.html
    assert "Aucune vente" in rendu.dessin(etats_unis.dessin(ventes(0)))


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
    assert etats_unis.effet_pct(supplement, elasticite, depart) == pytest.approx(attendu)


@settings(max_examples=25)
@given(st.floats(0, 200), st.floats(0, 50))
def test_partir_d_un_droit_nul_donne_la_borne_haute(supplement, depart):
    for elasticite in etats_unis.ELASTICITES:
        nul = etats_unis.effet_pct(supplement, elasticite)
        assert -100 < nul <= etats_unis.effet_pct(supplement, elasticite, depart) + 1e-9 <= 1e-6


def test_scenario_neutre_a_la_main():
    fiche = petite_fiche("09", demonstration=True)
    produits = ventes(2).assign(valeur_eur=[8 * MILLION, 3 * MILLION])
    table = etats_unis.tableau_scenario(fiche, produits)
    assert table["supplement_points"].tolist() == [10, 15, 50] and not table["regime"].any()
    assert table["montant_eur"].tolist() == [11 * MILLION] * 3
    assert table.at[0, "effet_faible_eur"] == pytest.approx(-MILLION)
    assert table.at[2, "effet_fort_eur"] == pytest.approx(11 * MILLION * (1.5**-5 - 1))
    page = etats_unis.figure_scenario(fiche, table).html
    assert ">10\u00a0points</th><td>11,0\u00a0M€</td><td>9,1 à 37,9</td><td>1,0 à 4,2<" in page
    texte = simple(etats_unis.texte_droits(fiche, table))
    assert "Ordre de grandeur, pas une prévision." in texte and "de 50 points, de 33,3 %" in texte


def test_un_regime_source_remplace_les_paliers_neutres():
    nouveau = {"regime": "Essai", "produit": "C30C", "debut": "2027-01-01"}
    taux = {"taux_min_pct": 2.5, "taux_max_pct": 20}
    connus = references.droits_etats_unis()
    droits = pd.concat([connus, pd.DataFrame([nouveau | taux])], ignore_index=True)
    essais = etats_unis.paliers(droits)
    assert essais.to_numpy().tolist() == [["Essai", "C30C", 2.5], ["Essai", "C30C", 20]]
    table = etats_unis.effets(pd.Series({"C30C": 41 * MILLION, "A01Z": 300}), essais)
    assert table["montant_eur"].tolist() == [41 * MILLION] * 2
    assert table.at[0, "effet_faible_eur"] == pytest.approx(-MILLION)
    fiche = petite_fiche("09", demonstration=True)
    assert "Essai 2,5\u00a0points</th>" in etats_unis.figure_scenario(fiche, table).html
    texte = simple(etats_unis.texte_droits(fiche, table))
    assert "Essai : 2,5 points de droits de plus sur 41,0 millions d'euros" in texte
    # Un seul taux inconnu à la même date, et l'on revient aux paliers neutres.
    inconnu = pd.DataFrame([nouveau | {"produit": "tous"} | dict.fromkeys(taux)])
    neutres = etats_unis.paliers(pd.concat([droits, inconnu], ignore_index=True))
    assert neutres["supplement_points"].tolist() == [10, 15, 50]


def test_la_table_des_droits_est_datee_sourcee_et_finit_sur_l_inconnu():
    droits = references.droits_etats_unis()
    connus = droits[droits["nature"] != "inconnu"]
    assert (connus[["fondement", "source", "consulte_le"]] != "").all(axis=None)
    dernier = droits.loc[droits["debut"].idxmax()]
    assert dernier["nature"] == "inconnu"
    assert dernier[list(etats_unis.COLONNES_TAUX)].isna().all()
    codes = set(droits["produit"]) - {etats_unis.TOUS_PRODUITS}
    assert codes <= set(references.produits_a129().index)
    fiche = petite_fiche("09")
    vide = etats_unis.tableau_scenario(fiche, ventes(0))
    texte = simple(etats_unis.texte_droits(fiche, vide))
    assert "à partir du 1er septembre 2025" in texte
    assert "du 24 février 2026 au 24 juillet 2026" in texte
    assert "Après le 24 juillet 2026 : régime non connu" in texte
