"""Points d'attention : mesures refaites à la main, au seuil près, et chiffres sans le biais."""

import math

import pandas as pd
import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import reperes, varie

from commerce import references
from commerce.annee import Annee
from commerce.parties import attention
from commerce.parties import attention_mesures as mesures

MILLION = 1_000_000


def mesure(repere, alerte: str, code: str = "09") -> pd.DataFrame:
    toutes = mesures.mesures(repere)
    return toutes[(toutes["alerte"] == alerte) & (toutes["code"] == code)].reset_index(drop=True)


def declenchee(repere, alerte: str, code: str = "09") -> bool:
    passees = mesures.declenchees(repere)
    return bool(((passees["alerte"] == alerte) & (passees["code"] == code)).any())


def etale(*contenu) -> list[tuple]:
    """Les mêmes lignes, également réparties sur les quatre trimestres."""
    return [
        (flux, trimestre, code, produit, pays, montant // 4)
        for flux, _, code, produit, pays, montant in contenu
        for trimestre in (1, 2, 3, 4)
    ]


def alertes(fiche) -> pd.DataFrame:
    return attention.tableau(fiche).set_index("alerte")


@pytest.mark.parametrize(("energie", "attendu"), [(1_000_000, False), (1_000_001, True)])
def test_energie_au_seuil_de_25_pct(energie, attendu):
    # 3 millions de biens variés : au-delà d'un million, l'énergie passe le quart.
    repere = reperes(*varie("import", "09"), ("import", 1, "09", "C19Z", "DE", energie))
    ligne = mesure(repere, "energie_part").iloc[0]
    assert ligne["valeur"] == pytest.approx(100 * energie / (3 * MILLION + energie))
    assert ligne["flux"] == "import"
    assert (ligne["retrait_import_eur"], ligne["retrait_export_eur"]) == (energie, 0)
    assert declenchee(repere, "energie_part") is attendu


def test_energie_rapportee_a_la_france():
    repere = reperes(
        *varie("import", "09"),
        ("import", 1, "09", "B06Z", "DZ", 600_000),
        *varie("import", "75", 3 * MILLION),
    )
    rapport = (0.6 / 3.6) / (0.6 / 93.6)
    assert mesure(repere, "energie_rapport").at[0, "valeur"] == pytest.approx(rapport)
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
    assert (ligne["objet"], ligne["flux"]) == ("C30C DE", "export")
    assert ligne["retrait_export_eur"] == montant
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
    assert declenchee(repere, "retours")
    passees = mesures.declenchees(repere).query("alerte == 'indetermines' and code == '09'")
    assert passees["flux"].tolist() == ["import"]


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
    livraisons = [
        ("export", trimestre, "09", "C30A", "IT", montant)
        for trimestre, montant in enumerate(par_trimestre, start=1)
    ]
    repere = reperes(*etale(*varie("export", "09")), *livraisons)
    assert declenchee(repere, "trimestre") is attendu


def test_petite_base_et_rien_d_autre_pour_un_flux_trop_petit():
    repere = reperes(
        ("export", 1, "09", "C30C", "DE", 500_000),
        ("export", 1, "31", "C30C", "DE", 49_000_000),
        ("export", 1, "11", "C30C", "DE", 50_000_000),
        *varie("export", "75"),
    )
    passees = mesures.declenchees(repere)
    exports = passees[passees["flux"] == "export"].groupby("code")["alerte"].agg(list)
    assert exports["09"] == ["petite_base_eur"] and exports["31"] == ["petite_base_couples"]
    # Un grand flux tenu par peu de couples garde ses rapports, à lire avec prudence.
    assert exports["11"][0] == "peu_de_couples" and "premier_flux" in exports["11"]
    # Ses trente couples sont tous du premier trimestre : c'est une autre alerte.
    assert exports["75"] == ["trimestre"]


def test_effectifs_sur_les_cent_territoires():
    effectifs = mesures.effectifs(reperes(*varie("export", "09"), *varie("import", "09")))
    assert effectifs["petite_base_eur"] == 99
    assert (effectifs["drom"], effectifs["monaco"]) == (5, 6)
    assert effectifs["premier_flux"] == 0 and effectifs["rupture_2022"] == 0
    assert not set(mesures.PRECISIONS) & set(effectifs.index)


def test_la_rupture_ne_previent_qu_en_2022_comparee_a_2021():
    avant = reperes(*varie("export", "09"), annee=2021)
    concernes = mesures.faits(reperes(annee=2022, precedents=avant))["rupture_2022"]
    assert concernes == list(references.territoires())
    assert mesures.faits(reperes(annee=2022))["rupture_2022"] == []
    a_cheval = reperes(annee=Annee(2023, 2), precedents=avant)  # juillet 2022 à juin 2023
    assert mesures.faits(a_cheval)["rupture_2022"] == concernes
    assert mesures.faits(reperes(annee=2023, precedents=avant))["rupture_2022"] == []


def test_le_chiffre_refait_sans_le_biais():
    fiche = petite_fiche(
        "09",
        *varie("import", "09"),
        ("import", 1, "09", "C19Z", "DE", 3 * MILLION),
        *varie("export", "09", 200_000),
        ("export", 1, "09", "D35A", "ES", MILLION),
    )
    table = alertes(fiche)
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
    dit = simple(" ".join(attention.ecrites(fiche, attention.tableau(fiche))))
    assert (
        "L'énergie représente 50 % des importations de l'Ariège. Sans l'énergie, le solde serait "
        "de 3,0 millions d'euros et le taux de couverture de 200,0 %. Seuil : 25 % ; il retient "
        "un territoire sur 100." in dit
    )


def test_part_de_l_union_parmi_les_pays_connus():
    fiche = petite_fiche("09", *varie("export", "09"), ("export", 1, "09", "C30C", "QU", MILLION))
    ligne = alertes(fiche).loc["indetermines"]
    unis = fiche.reperes.zones["export"].at[("departement", "09"), "UE27"]
    assert ligne["part_ue_pct"] == pytest.approx(100 * unis / (3 * MILLION))
    assert math.isnan(ligne["solde_eur"])


def test_evolution_sans_la_livraison_isolee():
    avant = reperes(*varie("export", "09"), ("export", 1, "09", "C30A", "IT", 100_000), annee=2023)
    livraison = ("export", 3, "09", "C30A", "IT", MILLION)
    contenu = varie("export", "09", 110_000)
    deux = petite_fiche("09", repere=reperes(*contenu, livraison, precedents=avant))
    assert alertes(deux).at["trimestre", "objets"] == ["C28D", "C30A"]
    seul = petite_fiche("09", repere=reperes(*etale(*contenu), livraison, precedents=avant))
    ligne = alertes(seul).loc["trimestre"]
    assert ligne["objets"] == ["C30A"] and ligne["valeur"] == 100
    assert ligne["evolution_pct"] == pytest.approx(10)
    dites = simple(" ".join(attention.ecrites(seul, attention.tableau(seul))))
    assert "Sans ce produit, l'évolution des exportations sur un an serait de +10,0 %" in dites


def test_ce_que_monaco_pese_dans_sa_region():
    fiche = petite_fiche(
        "13",
        ("export", 1, "13", "C30C", "DE", 75),
        ("export", 1, "99", "C30C", "DE", 25),
        ("import", 1, "13", "C30C", "DE", 10),
    )
    ligne = alertes(fiche).loc["monaco"]
    assert (ligne["monaco_export_pct"], ligne["monaco_import_pct"]) == (25, 0)
    assert "Monaco : 25,0 % de ses exportations" in simple(
        attention.texte(fiche, attention.tableau(fiche))
    )


@pytest.mark.parametrize(
    ("code", "dit"),
    [
        ("976", "les cinq DROM ensemble"),
        ("09", "Les exportations de l'Ariège sont inférieures à 1,0 million d'euros en 2024"),
    ],
)
def test_ce_qui_est_propre_au_territoire(code, dit):
    fiche = petite_fiche(code)
    assert dit in simple(attention.texte(fiche, attention.tableau(fiche)))


def test_un_territoire_sans_alerte_le_dit():
    contenu = [
        ligne
        for sens, produits in (("export", ("C10A", "C20A", "C28D")), ("import", ("C13Z", "C24A")))
        for produit in produits
        for ligne in etale(*[(*une[:3], produit, *une[4:]) for une in varie(sens, "09")])
    ]
    fiche = petite_fiche("09", *contenu)
    table = attention.tableau(fiche)
    assert table.empty and attention.ecrites(fiche, table) == []
    texte = attention.texte(fiche, table)
    assert "Aucun avertissement propre à ce territoire" in texte and "<details" in texte


def test_tous_les_seuils_sont_montres_avec_leur_raison():
    table = attention.seuils(petite_fiche("09"))
    assert table["mesure"].tolist() == references.seuils()["mesure"].tolist()
    assert (table[["mesure", "pourquoi"]] != "").all(axis=None)
    assert table["territoires"].eq("").sum() == len(mesures.PRECISIONS)
    assert {"25\u00a0%", "30\u00a0couples", "1,0\u00a0million d'euros"} <= set(table["seuil"])


def test_chaque_alerte_a_sa_phrase():
    phrases = attention.mots()["attention"]
    assert set(references.seuils().index) - set(mesures.PRECISIONS) <= set(phrases)


def test_les_territoires_des_faits_existent():
    assert mesures.PARIS in references.departements()
    assert {mesures.DROM, mesures.AVEC_MONACO} <= set(references.regions())


def test_ce_qui_vient_des_donnees_est_echappe():
    livraison = ("export", 1, "09", "C30C", "DE", 9 * MILLION)
    fiche = petite_fiche("09", *varie("export", "09"), livraison)
    fiche.reperes.libelles.loc["C30C", "libelle_court"] = "<script>alert(1)</script>"
    fiche.reperes.partenaires.loc["DE", "nom"] = '"><img src=x>'
    texte = attention.texte(fiche, attention.tableau(fiche))
    assert "<script" not in texte and "<img" not in texte and "&lt;script&gt;" in texte
