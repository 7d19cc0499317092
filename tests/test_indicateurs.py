"""Les indicateurs de base, refaits à la main sur de petits tableaux."""

import math

import pandas as pd
from petites_fiches import petite_fiche

from commerce import indicateurs


def tableau(*lignes) -> pd.DataFrame:
    """Échanges : flux, produit, pays, valeur_eur."""
    table = pd.DataFrame(lignes, columns=["flux", "produit", "pays", "valeur_eur"])
    return table.astype({"valeur_eur": "int64"})


def test_base_a_la_main():
    departement = tableau(("export", "P1", "DE", 300), ("import", "P1", "DE", 200))
    region = tableau(("export", "P1", "DE", 1200), ("import", "P2", "IT", 800))
    france = tableau(("export", "P1", "DE", 3000), ("import", "P2", "QU", 1600))
    base = indicateurs.base(departement, region, france)
    obtenu = {(ligne.indicateur, ligne.flux): ligne.valeur for ligne in base.itertuples()}
    assert obtenu == {
        ("total_eur", "export"): 300,
        ("total_region_eur", "export"): 1200,
        ("total_france_eur", "export"): 3000,
        ("part_region_pct", "export"): 25.0,
        ("part_france_pct", "export"): 10.0,
        ("total_eur", "import"): 200,
        ("total_region_eur", "import"): 800,
        ("total_france_eur", "import"): 1600,
        ("part_region_pct", "import"): 25.0,
        ("part_france_pct", "import"): 12.5,
        ("solde_eur", ""): 100,
        ("taux_couverture_pct", ""): 150.0,
    }


def test_base_sans_importation_ni_region():
    base = indicateurs.base(tableau(("export", "P1", "DE", 5)), tableau(), tableau())
    assert math.isnan(indicateurs.valeur(base, "taux_couverture_pct"))
    assert math.isnan(indicateurs.valeur(base, "part_region_pct", "export"))
    assert indicateurs.valeur(base, "solde_eur") == 5
    assert math.isnan(indicateurs.valeur(base, "inconnu"))


def test_les_montants_restent_des_entiers_exacts():
    enorme = 2**53 + 1
    base = indicateurs.base(*[tableau(("export", "P1", "DE", enorme))] * 3)
    assert indicateurs.valeur(base, "total_eur", "export") == enorme
    assert indicateurs.valeur(base, "solde_eur") == enorme


def test_les_premiers_sont_departages_par_le_code_et_les_nuls_ne_comptent_pas():
    echanges = tableau(*[("export", f"P{i}", "DE", 10 * (i > 0)) for i in (3, 2, 0, 1)])
    sommes = indicateurs.montants(echanges, "export", "produit")
    assert indicateurs.premiers(sommes, 2) == ["P1", "P2"] and len(sommes) == 3
    reunis = tableau(
        ("export", "autres", "DE", 99), ("export", "P2", "DE", 5), *[("export", "P1", "DE", 5)]
    )
    assert list(indicateurs.sommes(reunis, "produit")) == ["P1", "P2", "autres"]


def test_la_part_de_ce_qui_n_est_pas_un_pays():
    echanges = tableau(
        ("export", "P1", "QU", 900), ("export", "P1", "DE", 100), ("import", "P1", "FR", 50)
    )
    fiche = petite_fiche("09", echanges=echanges, assez=True)
    assert indicateurs.part_non_classee_pct(fiche, "export") == 90
    assert indicateurs.part_non_classee_pct(fiche, "import") == 100
