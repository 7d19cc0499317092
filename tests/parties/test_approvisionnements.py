"""Concentration locale des approvisionnements : chaque condition, au seuil près."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from petites_fiches import petite_fiche, simple

from commerce import references
from commerce.parties import approvisionnements

MILLION = 1_000_000
PAYS = references.pays()
COLONNES = ["annee", "flux", "produit", "pays", "valeur_eur"]


def achats(annee: int = 2024, produit: str = "2630", vente: int = 0, **montants) -> list[tuple]:
    lignes = [(annee, "import", produit, pays, montant) for pays, montant in montants.items()]
    return [*lignes, (annee, "export", produit, "DE", vente)]


def criteres(*listes) -> pd.DataFrame:
    lignes = [ligne for liste in listes for ligne in liste]
    return approvisionnements.criteres(pd.DataFrame(lignes, columns=COLONNES), PAYS)


def test_a_la_main():
    ligne = criteres(achats(CN=6 * MILLION, DE=3 * MILLION, US=MILLION, vente=2 * MILLION)).iloc[0]
    assert ligne["hhi"] == pytest.approx(0.36 + 0.09 + 0.01)
    assert ligne["part_hors_ue_pct"] == pytest.approx(70)
    assert (ligne["import_eur"], ligne["export_eur"]) == (10 * MILLION, 2 * MILLION)
    assert (ligne["pays"], ligne["part_pays_pct"]) == ("CN", pytest.approx(60))
    assert ligne["retenu"]


@pytest.mark.lourd
@pytest.mark.parametrize(
    ("cas", "retenu"),
    [
        (achats(CN=5 * MILLION), True),
        (achats(CN=5 * MILLION, vente=5 * MILLION), False),
        (achats(CN=5 * MILLION, vente=5 * MILLION - 1), True),
        # HHI de 0,40 exactement : 0,6² + 0,2², le reste n'étant pas un pays.
        (achats(CN=6 * MILLION, DE=2 * MILLION, QU=2 * MILLION), False),
        (achats(CN=5 * MILLION, DE=5 * MILLION), False),
        (achats(CN=5 * MILLION + 1, DE=5 * MILLION), True),
        # L'Union européenne seule, si concentrée soit-elle.
        (achats(DE=50 * MILLION), False),
        # Un partenaire qui n'est pas un pays ne vient pas de hors de l'Union.
        (achats(QU=50 * MILLION), False),
        (achats(FR=50 * MILLION), False),
    ],
)
def test_chaque_condition_au_seuil(cas, retenu):
    assert bool(criteres(cas)["retenu"].iloc[0]) is retenu
    # Quel que soit l'ordre des lignes.
    assert criteres(cas[::-1]).equals(criteres(cas))


def test_sous_5_millions_le_produit_n_est_pas_regarde():
    assert criteres(achats(CN=5 * MILLION - 1)).empty
    assert math.isnan(criteres(achats(QU=5 * MILLION))["hhi"].iloc[0])


def test_premier_fournisseur_ex_aequo_par_le_code():
    assert criteres(achats(US=3 * MILLION, CN=3 * MILLION))["pays"].iloc[0] == "CN"


LIGNES = [
    # Retenu en 2022 et 2024, pas en 2023 (vient d'Europe).
    *achats(2022, "2630", CN=6 * MILLION),
    *achats(2023, "2630", DE=6 * MILLION),
    *achats(2024, "2630", CN=8 * MILLION),
    # Retenu une seule année.
    *achats(2024, "2013", US=90 * MILLION),
    # Retenu en 2022 et 2023, plus acheté en 2024 : la page de 2024 n'en dit rien.
    *achats(2022, "1071", GB=20 * MILLION),
    *achats(2023, "1071", GB=10 * MILLION),
]


def fiche_de(monkeypatch, lignes, annees=(2022, 2023, 2024)):
    """Une fiche dont les achats en CPF4 sont ces lignes."""
    table = pd.DataFrame(lignes, columns=COLONNES)
    prepare = SimpleNamespace(
        annees_completes=lambda: list(annees),
        montants_annuels=lambda code, annee, nomenclature: table[table["annee"] == annee].drop(
            columns="annee"
        ),
        pays=lambda annee: PAYS,
        produits=lambda annee, nomenclature: references.produits_cpf4(),
    )
    monkeypatch.setattr(approvisionnements, "ouvrir", lambda dossier: prepare)
    return petite_fiche("09", demonstration=True)


def dit(fiche) -> str:
    return simple(approvisionnements.texte(fiche, approvisionnements.tableau(fiche)))


def test_l_annee_de_la_fiche_et_une_autre_sur_trois(monkeypatch):
    fiche = fiche_de(monkeypatch, LIGNES)
    table = approvisionnements.tableau(fiche)
    assert table["produit"].tolist() == ["2630"]
    assert table["annees"].tolist() == ["2022, 2024"]
    assert table["import_eur"].tolist() == [8 * MILLION]
    assert table["fournisseur"].tolist() == ["Chine"]
    texte = dit(fiche)
    assert "Un produit remplit ces conditions : " in texte
    assert "(8,0 M€ importés, premier fournisseur : Chine, 100,0 %)" in texte
    html_ = approvisionnements.figure(fiche, table).html
    assert "<td>8,0\u00a0M€</td><td>Chine</td><td>100,0\u00a0%</td>" in html_


def test_sans_deux_annees_completes_le_calcul_n_est_pas_fait(monkeypatch):
    fiche = fiche_de(monkeypatch, achats(2024, CN=50 * MILLION), annees=[2020, 2024])
    table = approvisionnements.tableau(fiche)
    assert table.empty and not approvisionnements.figure(fiche, table)
    assert "Il faut au moins deux années complètes" in dit(fiche)
    deux = fiche_de(monkeypatch, achats(2024, CN=50 * MILLION), annees=[2023, 2024])
    assert "Aucun produit ne remplit ces conditions." in dit(deux)
    assert "Seules deux années complètes sont connues" in dit(deux)


def test_les_premiers_se_montrent_et_tous_se_telechargent(monkeypatch):
    codes = references.produits_cpf4().index[:12]
    lignes = [
        ligne
        for rang, code in enumerate(codes)
        for annee in (2023, 2024)
        for ligne in achats(annee, code, CN=(50 - rang) * MILLION)
    ]
    fiche = fiche_de(monkeypatch, lignes)
    table = approvisionnements.tableau(fiche)
    figure = approvisionnements.figure(fiche, table)
    assert figure.html.count('<th scope="row">') == 10 and len(figure.donnees) == 12
    assert "Les dix premiers." in figure.html.replace("\u202f", " ")
    assert "Douze produits remplissent ces conditions. Les plus importés" in dit(fiche)
    cinq = approvisionnements.figure(fiche, table, montres=5)
    assert cinq.html.count('<th scope="row">') == 5 and "Les cinq premiers" in cinq.html
