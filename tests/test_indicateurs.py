"""Les indicateurs, refaits à la main sur de petits tableaux."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import indicateurs

COLONNES = ["flux", "produit", "pays", "valeur_eur"]


def tableau(*lignes) -> pd.DataFrame:
    return pd.DataFrame(lignes, columns=COLONNES).astype({"valeur_eur": "int64"})


def fiche(echanges, region=None, france=None) -> SimpleNamespace:
    ensembles = [echanges, echanges if region is None else region]
    ensembles.append(ensembles[1] if france is None else france)
    tout = pd.concat(ensembles)
    codes_produits = sorted(set(tout["produit"]))
    codes_pays = sorted(set(tout["pays"]))
    return SimpleNamespace(
        echanges=ensembles[0],
        echanges_region=ensembles[1],
        echanges_france=ensembles[2],
        produits=pd.DataFrame(
            {
                "libelle_court": [f"produit {code}" for code in codes_produits],
                "libelle": [f"produit {code} en entier" for code in codes_produits],
            },
            index=codes_produits,
        ),
        pays=pd.DataFrame(
            {
                "nom": [f"pays {code}" for code in codes_pays],
                "classable": [not code.startswith("Q") and code != "FR" for code in codes_pays],
            },
            index=codes_pays,
        ),
    )


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


def test_soldes_reunit_les_dix_premiers_de_chaque_flux():
    clients = [("export", "P1", f"A{i:02}", 1000 - i) for i in range(12)]
    fournisseurs = [("import", "P1", f"B{i:02}", 500 - i) for i in range(12)]
    soldes = indicateurs.soldes_par_pays(fiche(tableau(*clients, *fournisseurs)))
    assert list(soldes["pays"]) == [f"A{i:02}" for i in range(10)] + [f"B{i:02}" for i in range(10)]
    premier = soldes.iloc[0]
    assert (premier["import_eur"], premier["export_eur"], premier["solde_eur"]) == (0, 1000, 1000)
    assert soldes.iloc[-1]["solde_eur"] == -491


def test_les_partenaires_qui_ne_sont_pas_des_pays_ne_sont_jamais_classes():
    echanges = tableau(
        ("export", "P1", "QU", 900), ("export", "P1", "DE", 100), ("import", "P1", "FR", 50)
    )
    territoire = fiche(echanges)
    assert list(indicateurs.soldes_par_pays(territoire)["pays"]) == ["DE"]
    couples = indicateurs.flux(territoire, "export")
    assert list(couples["pays"]) == ["DE", "autres"]
    assert list(couples["valeur_eur"]) == [100, 900]
    assert list(couples["principal"]) == [True, False]
    assert indicateurs.part_non_classee_pct(territoire, "export") == 90
    assert indicateurs.part_non_classee_pct(territoire, "import") == 100


def test_les_ex_aequo_sont_departages_par_le_code():
    echanges = tableau(*[("export", f"P{i:02}", f"C{i:02}", 10) for i in reversed(range(12))])
    couples = indicateurs.flux(fiche(echanges), "export")
    nommes = [code for code in couples["produit"].unique() if code != "autres"]
    assert nommes == [f"P{i:02}" for i in range(10)]
    assert list(couples.loc[couples["principal"], "produit"]) == [f"P{i:02}" for i in range(5)]
    assert couples.iloc[-1][["produit", "pays", "valeur_eur"]].tolist() == ["autres", "autres", 20]


def test_activites_parts_de_chaque_flux():
    echanges = tableau(
        ("export", "P1", "DE", 30),
        ("export", "P2", "DE", 10),
        ("export", "P1", "IT", 60),
        ("import", "P2", "DE", 7),
        ("import", "P3", "DE", 0),
    )
    activites = indicateurs.activites(fiche(echanges))
    assert activites[["flux", "produit", "valeur_eur", "part_pct"]].values.tolist() == [
        ["export", "P1", 90, 90.0],
        ["export", "P2", 10, 10.0],
        ["import", "P2", 7, 100.0],
    ]


def test_activites_reunit_les_produits_au_dela_de_soixante_seize():
    echanges = tableau(*[("export", f"P{i:03}", "DE", 1000 - i) for i in range(80)])
    activites = indicateurs.activites(fiche(echanges))
    assert len(activites) == 77
    reste = activites.iloc[-1]
    assert (reste["produit"], reste["libelle"]) == ("autres", "Autres produits (4)")
    assert reste["valeur_eur"] == sum(1000 - i for i in range(76, 80))
    assert activites["valeur_eur"].sum() == indicateurs.total_eur(echanges, "export")


@pytest.mark.parametrize("echanges", [tableau(), tableau(("import", "P1", "DE", 4))])
def test_tableaux_vides_ou_d_une_ligne(echanges):
    territoire = fiche(echanges)
    assert indicateurs.flux(territoire, "export").empty
    assert len(indicateurs.soldes_par_pays(territoire)) == len(echanges)
    assert len(indicateurs.activites(territoire)) == len(echanges)


lignes = st.lists(
    st.tuples(
        st.sampled_from(["export", "import"]),
        st.sampled_from([f"P{i:02}" for i in range(14)]),
        st.sampled_from([f"C{i:02}" for i in range(14)] + ["QU", "FR"]),
        st.integers(min_value=0, max_value=10**12),
    ),
    max_size=60,
)


@given(lignes, st.sampled_from(indicateurs.SENS), st.randoms(use_true_random=False))
def test_les_flux_conservent_le_total_quel_que_soit_l_ordre_des_lignes(contenu, sens, hasard):
    territoire = fiche(tableau(*contenu))
    couples = indicateurs.flux(territoire, sens)
    assert couples["valeur_eur"].sum() == indicateurs.total_eur(territoire.echanges, sens)
    assert couples.empty or math.isclose(couples["part_pct"].sum(), 100)
    assert couples["principal"].sum() <= 5
    assert couples["produit"].nunique() <= 11 and couples["pays"].nunique() <= 11
    hasard.shuffle(contenu)
    melange = indicateurs.flux(fiche(tableau(*contenu)), sens)
    pd.testing.assert_frame_equal(couples, melange)
