"""Concentration locale des approvisionnements : chaque condition, au seuil près."""

import math

import pandas as pd
import pytest

from commerce import references
from commerce.portrait import approvisionnements

MILLION = 1_000_000
PAYS = references.pays()


def achats(annee: int = 2024, produit: str = "2630", vente: int = 0, **montants) -> list[tuple]:
    lignes = [(annee, "import", produit, pays, montant) for pays, montant in montants.items()]
    return [*lignes, (annee, "export", produit, "DE", vente)]


def criteres(*listes) -> pd.DataFrame:
    lignes = [ligne for liste in listes for ligne in liste]
    colonnes = ["annee", "flux", "produit", "pays", "valeur_eur"]
    table = approvisionnements.criteres(pd.DataFrame(lignes, columns=colonnes), PAYS)
    return table.set_index(["annee", "produit"])


def test_a_la_main():
    ligne = criteres(achats(CN=6 * MILLION, DE=3 * MILLION, US=MILLION, vente=2 * MILLION)).iloc[0]
    assert ligne["hhi"] == pytest.approx(0.36 + 0.09 + 0.01)
    assert ligne["part_hors_ue_pct"] == pytest.approx(70)
    assert (ligne["import_eur"], ligne["export_eur"]) == (10 * MILLION, 2 * MILLION)
    assert (ligne["pays"], ligne["part_pays_pct"]) == ("CN", pytest.approx(60))
    assert ligne["retenu"]


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


def test_sous_5_millions_le_produit_n_est_pas_regarde():
    assert criteres(achats(CN=5 * MILLION - 1)).empty
    assert math.isnan(criteres(achats(QU=5 * MILLION))["hhi"].iloc[0])


def test_premier_fournisseur_ex_aequo_par_le_code():
    assert criteres(achats(US=3 * MILLION, CN=3 * MILLION))["pays"].iloc[0] == "CN"


def test_deux_annees_sur_trois():
    table = criteres(
        # Retenu en 2022 et 2024, pas en 2023 (vient d'Europe).
        *[
            achats(an, "2630", **{pays: montant})
            for an, pays, montant in (
                (2022, "CN", 6 * MILLION),
                (2023, "DE", 6 * MILLION),
                (2024, "CN", 8 * MILLION),
            )
        ],
        # Retenu une seule année.
        achats(2024, "2013", US=90 * MILLION),
        # Retenu en 2022 et 2023, plus acheté en 2024.
        achats(2022, "1071", GB=20 * MILLION),
        achats(2023, "1071", GB=10 * MILLION),
    )
    retenus = approvisionnements.concentrations(table.reset_index())
    assert retenus["produit"].tolist() == ["1071", "2630"]
    assert retenus["annee"].tolist() == [2023, 2024]
    assert retenus["annees"].tolist() == [[2022, 2023], [2022, 2024]]
    assert retenus["import_eur"].tolist() == [10 * MILLION, 8 * MILLION]


def test_une_seule_annee_ne_suffit_pas():
    table = criteres(achats(CN=50 * MILLION))
    assert approvisionnements.concentrations(table.reset_index()).empty


def test_l_ordre_des_lignes_ne_change_rien():
    lignes = achats(CN=6 * MILLION, DE=3 * MILLION, US=MILLION) + achats(
        produit="1071", GB=5 * MILLION, CH=5 * MILLION
    )
    assert criteres(lignes).equals(criteres(lignes[::-1]))
