"""Avertissements : chaque mesure refaite à la main, au seuil près, et le chiffre sans le biais."""

import math
from pathlib import Path

import pandas as pd
import pytest
from petits_reperes import fiche, reperes, varie

from commerce import chemins, references
from commerce.donnees import reperes as module_reperes
from commerce.portrait import alertes, textes_alertes
from commerce.references import seuils

MILLION = 1_000_000


def mesure(repere, alerte: str, code: str = "09") -> pd.DataFrame:
    toutes = alertes.mesures(repere)
    return toutes[(toutes["alerte"] == alerte) & (toutes["code"] == code)].reset_index(drop=True)


def declenchee(repere, alerte: str, code: str = "09") -> bool:
    passees = alertes.declenchees(alertes.mesures(repere))
    return bool(((passees["alerte"] == alerte) & (passees["code"] == code)).any())


@pytest.mark.parametrize(("energie", "attendu"), [(1_000_000, False), (1_000_001, True)])
def test_energie_au_seuil_de_25_pct(energie, attendu):
    # 3 millions de biens variés : au-delà d'un million, l'énergie passe le quart.
    repere = reperes(*varie("import", "09"), ("import", 1, "09", "C19Z", "DE", energie))
    ligne = mesure(repere, "energie_part").iloc[0]
    assert ligne["valeur"] == pytest.approx(100 * energie / (3 * MILLION + energie))
    assert (ligne["flux"], ligne["retrait_import_eur"], ligne["retrait_export_eur"]) == (
        "import",
        energie,
        0,
    )
    assert declenchee(repere, "energie_part") is attendu


def test_energie_rapportee_a_la_france():
    repere = reperes(
        *varie("import", "09"),
        ("import", 1, "09", "B06Z", "DZ", 600_000),
        *varie("import", "75", 3 * MILLION),
    )
    france = 100 * 0.6 / 93.6
    ici = 100 * 0.6 / 3.6
    assert mesure(repere, "energie_rapport").at[0, "valeur"] == pytest.approx(ici / france)
    assert declenchee(repere, "energie_rapport") and not declenchee(repere, "energie_part")
    assert not declenchee(repere, "energie_rapport", "75")


def test_convention_du_gaz_a_paris_seulement():
    contenu = [("import", 1, code, "D35A", "ES", 200_000) for code in ("75", "09")]
    repere = reperes(*contenu, ("export", 1, "75", "B06Z", "DE", 50_000), *varie("export", "75"))
    ligne = mesure(repere, "gaz_electricite", "75").iloc[0]
    assert ligne["valeur"] == pytest.approx(100 * 250_000 / 3_250_000)
    assert (ligne["retrait_export_eur"], ligne["retrait_import_eur"]) == (50_000, 200_000)
    assert mesure(repere, "gaz_electricite", "09").empty


@pytest.mark.parametrize(("montant", "attendu"), [(MILLION, False), (MILLION + 1, True)])
def test_premier_flux_au_seuil_de_25_pct(montant, attendu):
    repere = reperes(*varie("export", "09"), ("export", 1, "09", "C30C", "DE", montant))
    ligne = mesure(repere, "premier_flux").iloc[0]
    assert (ligne["objet"], ligne["flux"], ligne["retrait_export_eur"]) == (
        "C30C DE",
        "export",
        montant,
    )
    assert declenchee(repere, "premier_flux") is attendu


@pytest.mark.parametrize(
    ("vendu", "achete", "attendu"),
    [
        (400_000, 400_000, True),
        # Moins de 10 % d'un des deux flux.
        (300_000, 300_000, False),
        # Recouvrement sous 90 % : 1 - 100 / 900.
        (500_000, 400_000, False),
        (480_000, 400_000, True),
    ],
)
def test_double_sens(vendu, achete, attendu):
    repere = reperes(
        *varie("export", "09"),
        *[("import", *ligne[1:3], "C20A", *ligne[4:]) for ligne in varie("import", "09")],
        ("export", 1, "09", "C30C", "DE", vendu),
        ("import", 1, "09", "C30C", "DE", achete),
    )
    assert declenchee(repere, "double_sens_part") is attendu
    if attendu:
        ligne = mesure(repere, "double_sens_part").iloc[0]
        assert ligne["valeur"] == pytest.approx(100 * achete / (3 * MILLION + achete))
        assert (ligne["retrait_export_eur"], ligne["retrait_import_eur"]) == (vendu, achete)


def test_retours_et_indetermines():
    repere = reperes(
        *varie("import", "09"),
        ("import", 1, "09", "C30C", "FR", 200_000),
        ("import", 1, "09", "C30C", "QU", 50_000),
        *varie("export", "09"),
        ("export", 1, "09", "C30C", "QS", 20_000),
    )
    assert mesure(repere, "retours").at[0, "valeur"] == pytest.approx(100 * 0.2 / 3.25)
    indetermines = mesure(repere, "indetermines").set_index("flux")["valeur"]
    assert indetermines.to_dict() == pytest.approx(
        {"import": 100 * 0.05 / 3.25, "export": 100 * 0.02 / 3.02}
    )
    assert declenchee(repere, "retours") and declenchee(repere, "indetermines")
    passees = alertes.declenchees(alertes.mesures(repere))
    assert passees.query("alerte == 'indetermines'")["flux"].tolist() == ["import"]


@pytest.mark.parametrize(
    ("par_trimestre", "attendu"),
    [
        ((0, 200_000, 0, 0), True),
        ((100_000, 100_000, 0, 0), False),
        ((100_001, 100_000, 0, 0), True),
        # Moins de 5 % du flux.
        ((0, 100_000, 0, 0), False),
    ],
)
def test_un_trimestre_fait_plus_de_la_moitie_de_l_annee(par_trimestre, attendu):
    etale = [
        (flux, trimestre, code, produit, pays, montant // 4)
        for flux, _, code, produit, pays, montant in varie("export", "09")
        for trimestre in (1, 2, 3, 4)
    ]
    livraisons = [
        ("export", trimestre, "09", "C30A", "IT", montant)
        for trimestre, montant in enumerate(par_trimestre, start=1)
    ]
    repere = reperes(*etale, *livraisons)
    assert declenchee(repere, "trimestre") is attendu


def test_petite_base_et_rien_d_autre_pour_un_flux_trop_petit():
    repere = reperes(
        ("export", 1, "09", "C30C", "DE", 500_000),
        ("export", 1, "31", "C30C", "DE", 50_000_000),
        *varie("export", "75"),
    )
    passees = alertes.declenchees(alertes.mesures(repere))
    exports = passees[passees["flux"] == "export"].set_index("code")["alerte"]
    assert exports["09"] == "petite_base_eur"
    assert exports["31"] == "petite_base_couples"
    # Ses trente couples sont tous du premier trimestre : c'est une autre alerte.
    assert exports["75"] == "trimestre"


def test_effectifs_sur_les_cent_territoires():
    effectifs = alertes.effectifs(reperes(*varie("export", "09"), *varie("import", "09")))
    assert effectifs["petite_base_eur"] == 99
    assert (effectifs["corse"], effectifs["drom"], effectifs["monaco"]) == (1, 5, 6)
    assert effectifs["premier_flux"] == 0 and effectifs["rupture_2022"] == 0
    assert not set(alertes.PRECISIONS) & set(effectifs.index)


def test_la_rupture_ne_previent_qu_en_2022_comparee_a_2021():
    avant = reperes(*varie("export", "09"), annee=2021)
    assert len(alertes.faits(reperes(annee=2022, precedents=avant))["rupture_2022"]) == 100
    assert alertes.faits(reperes(annee=2022))["rupture_2022"] == []
    assert alertes.faits(reperes(annee=2023, precedents=avant))["rupture_2022"] == []


@pytest.fixture
def alertes_de(monkeypatch):
    """Les alertes d'un territoire pour des repères écrits à la main."""

    def calculer(code: str, repere) -> pd.DataFrame:
        monkeypatch.setattr(module_reperes, "lire", lambda dossier, annee: repere)
        return alertes.de_la_fiche(fiche(code, dossier=Path("à-la-main")))

    return calculer


def test_le_chiffre_refait_sans_le_biais(alertes_de):
    repere = reperes(
        *varie("import", "09"),
        ("import", 1, "09", "C19Z", "DE", 3 * MILLION),
        *varie("export", "09", 200_000),
        ("export", 1, "09", "D35A", "ES", MILLION),
    )
    table = alertes_de("09", repere).set_index("alerte")
    # Les deux seuils de l'énergie ne font qu'un avertissement.
    assert "energie_rapport" not in table.index
    energie = table.loc["energie_part"]
    assert energie["valeur"] == pytest.approx(50)
    assert energie["solde_eur"] == 6 * MILLION - 3 * MILLION
    assert energie["taux_couverture_pct"] == pytest.approx(200)
    premier = table.loc["premier_flux"]
    assert premier["objets"] == ["C19Z DE"] and premier["flux"] == "import"
    assert premier["solde_eur"] == 7 * MILLION - 3 * MILLION
    assert premier["territoires"] == 1


def test_part_de_l_union_parmi_les_pays_connus(alertes_de):
    repere = reperes(*varie("export", "09"), ("export", 1, "09", "C30C", "QU", MILLION))
    ligne = alertes_de("09", repere).set_index("alerte").loc["indetermines"]
    unis = repere.zones["export"].at[("departement", "09"), "UE27"]
    assert ligne["part_ue_pct"] == pytest.approx(100 * unis / (3 * MILLION))
    assert math.isnan(ligne["solde_eur"])


def test_evolution_sans_la_livraison_isolee(alertes_de):
    avant = reperes(*varie("export", "09"), ("export", 1, "09", "C30A", "IT", 100_000), annee=2023)
    livraison = ("export", 3, "09", "C30A", "IT", MILLION)
    repere = reperes(*varie("export", "09", 110_000), livraison, precedents=avant)
    table = alertes_de("09", repere).set_index("alerte")
    assert table.loc["trimestre", "objets"] == ["C28D", "C30A"]
    seul = reperes(
        *[
            (f, t, c, p, y, m // 4)
            for f, _, c, p, y, m in varie("export", "09", 110_000)
            for t in (1, 2, 3, 4)
        ],
        livraison,
        precedents=avant,
    )
    ligne = alertes_de("09", seul).set_index("alerte").loc["trimestre"]
    assert ligne["objets"] == ["C30A"] and ligne["valeur"] == 100
    assert ligne["evolution_pct"] == pytest.approx(10)


def test_la_table_des_seuils_dit_pourquoi_et_chaque_alerte_a_sa_phrase():
    table = seuils()
    assert table.index.is_unique and (table[["sujet", "mesure", "pourquoi", "calage"]] != "").all(
        axis=None
    )
    assert set(table.index[table["seuil"].isna()]) == set(alertes.FAITS)
    phrases = textes_alertes.mots()["portrait"]["alertes"]
    assert set(table.index) - set(alertes.PRECISIONS) <= set(phrases)
    a_recaler = table.index[table["calage"].str.contains("recaler")]
    mesurees = (
        set(table.index) - set(alertes.FAITS) - set(alertes.SOUS_LE_SEUIL) - {"gaz_electricite"}
    )
    assert set(a_recaler) == mesurees


def test_ce_que_monaco_pese_dans_sa_region(monkeypatch):
    repere = reperes(
        ("export", 1, "13", "C30C", "DE", 75),
        ("export", 1, "99", "C30C", "DE", 25),
        ("import", 1, "13", "C30C", "DE", 10),
    )
    monkeypatch.setattr(module_reperes, "lire", lambda dossier, annee: repere)
    poids = alertes.poids_hors_departements_pct(fiche("13", dossier=chemins.PREPARE))
    assert poids == {"export": 25, "import": 0}


def test_les_codes_territoires_des_faits_existent():
    connus = references.departements()
    assert {alertes.PARIS, alertes.CORSE} <= set(connus)
    assert {alertes.DROM, alertes.AVEC_MONACO} <= set(references.regions())
