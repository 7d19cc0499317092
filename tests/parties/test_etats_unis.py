"""Ventes aux États-Unis et droits de douane, refaits à la main."""

import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest
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
        *(*varie("export", "75", MILLION), ("export", 1, "48", "C30C", "US", 40 * MILLION)),
    ]
    mesure = etats_unis.exposition(petite_fiche("09", *contenu))
    assert (mesure.montant_eur, mesure.part_pct) == (MILLION, pytest.approx(25))
    # 09 et 31 : 25 % chacun, ex æquo ; 75 : 0 % ; 48 est trop petit pour être classé.
    assert mesure.rang == Rang(1, True, 3)
    assert mesure.part_france_pct == pytest.approx(100 * 43 / (3 + 1 + 6 + 2 + 30 + 40))
    assert mesure.rapport_france == pytest.approx(25 / mesure.part_france_pct)
    petit = etats_unis.exposition(petite_fiche("48", *contenu))
    assert math.isnan(petit.part_pct) and petit.rang.rang is None
    fiche = petite_fiche("09", *contenu)
    texte = simple(etats_unis.texte(fiche, etats_unis.tableau(fiche)))
    assert "occupe le 1er rang (ex æquo) des 3 territoires" in texte


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
    produits = etats_unis.tableau(petite_fiche("09", *VENDUS, assez=True))
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
    cpf4 = petite_fiche(
        "09", *VENDUS, assez=True, nomenclature="CPF4", echanges=vide, echanges_france=vide
    )
    assert etats_unis.tableau(cpf4).equals(
        etats_unis.tableau(petite_fiche("09", *VENDUS, assez=True))
    )


@pytest.mark.parametrize(
    ("ventes_eur", "exposition", "cites"),
    [
        ({}, "Aucune exportation de l'Ariège vers les États-Unis", ""),
        # Un seul produit n'a pas de figure : il est cité, si petit soit-il.
        (
            {"C30C": 20_000},
            "soit moins de 0,1 million d'euros",
            "Ces ventes sont celles de produits aéronautiques et spatiaux (< 0,1 M€, 100,0 %).",
        ),
        (
            {"C30C": 2 * MILLION, "A01Z": 20_000},
            "soit 2,0 millions d'euros",
            "d'abord celles de produits aéronautiques et spatiaux (2,0 M€, 99,0 %).",
        ),
    ],
)
def test_ce_qui_se_dit_selon_le_montant(ventes_eur, exposition, cites):
    fiche = petite_fiche("09", *varie("export", "09"), *vers_etats_unis(**ventes_eur))
    produits = etats_unis.tableau(fiche)
    texte = simple(etats_unis.texte(fiche, produits))
    assert exposition in texte and cites in texte
    assert ("Ces ventes sont" in texte) is bool(cites)


def test_une_part_trop_petite_ne_sert_a_rien_d_autre():
    fiche = petite_fiche("09", *vers_etats_unis(C30C=3 * MILLION, A01Z=MILLION))
    produits = etats_unis.tableau(fiche)
    assert produits.empty and etats_unis.texte(fiche, produits) == ""
    assert not etats_unis.figure(fiche, produits) and not etats_unis.texte_droits(fiche, produits)


@pytest.mark.parametrize("part", [24.9, 25.1])
def test_une_part_imprimee_comme_celle_de_la_france_n_est_pas_une_fois(part):
    milliers = round(1000 * part)
    ailleurs = [("export", 1, "75", "C30C", "US", 25 * MILLION)]
    ailleurs += varie("export", "75", 2_500_000)
    ici = [(*ligne[:5], 100_000 - milliers) for ligne in varie("export", "09", nombre=30)]
    ici += [("export", 1, "09", "C30C", "US", 30 * milliers)]
    fiche = petite_fiche("09", *ici, *ailleurs)
    dit = simple(etats_unis.texte(fiche, etats_unis.tableau(fiche)))
    assert "1,0 fois" not in dit


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


def test_chaque_texte_a_sa_reference_officielle_et_la_liste_dit_ou_elle_s_arrete():
    droits = references.droits_etats_unis()
    officielles = r"https://www\.(federalregister|govinfo|supremecourt)\.gov/"
    assert droits["url"].str.match(officielles).all()
    page = etats_unis.texte_droits(petite_fiche("09"), ventes(2))
    assert [adresse for adresse in droits["url"] if f'href="{adresse}"' not in page] == []
    assert "7 août 2025 : pour les biens originaires de l'Union européenne" in simple(page)
    assert "Cette liste s'arrête au 20 février 2026" in simple(page)
