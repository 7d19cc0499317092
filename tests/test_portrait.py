"""Le portrait assemblé : noms, types, petits flux, années incomplètes, ordre des lignes."""

import math
import random

import pandas as pd
import pytest
from petites_douanes import ecrire, ligne
from petites_douanes import lignes as lignes_des_douanes
from petits_reperes import reperes, varie
from test_portrait_recalcul import Brut, structure
from test_textes_portrait import textes_de

from commerce import chemins, portrait
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.donnees.reperes import FRANCE, lire

# Contrat d'indicateurs.csv : le nom, et les flux pour lesquels il est écrit.
CONTRAT = {
    "rang_france": {"export", "import", "solde"},
    "rang_region": {"export", "import", "solde"},
    "evolution_annuelle_pct": {"export", "import"},
    "part_ue_pct": {"export", "import"},
    "part_etats_unis_pct": {"export", "import"},
    "rapport_etats_unis_france": {"export"},
    "hhi_pays": {"export", "import"},
    "hhi_produits": {"export", "import"},
    "nombre_equivalent_pays": {"export", "import"},
    "n80_pays": {"export", "import"},
    "n80_produits": {"export", "import"},
    "part_premier_flux_pct": {"export", "import"},
    "krugman_pct": {"export", "import"},
    "solde_hors_energie_eur": {""},
    "taux_couverture_hors_energie_pct": {""},
}


@pytest.fixture(scope="module")
def exportations_seules(tmp_path_factory):
    """Une année sans importations, un pays, un produit et un partenaire inconnus."""
    dossier = tmp_path_factory.mktemp("portrait")
    inconnus = [ligne(pays="ZZ"), ligne(pays="Q5"), ligne(a129="Z9", cpf4="99")]
    ecrire(dossier / "s" / "e.txt", [*lignes_des_douanes("E", 2024), *inconnus])
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", dossier / "p")
        return preparer(dossier / "s")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", tmp_path_factory.mktemp("portrait"))
        return preparer(chemins.DEMONSTRATION)


def test_les_noms_du_contrat_et_eux_seuls(demonstration):
    table = portrait.indicateurs(charger("09", donnees=demonstration))
    assert list(table.columns) == ["indicateur", "flux", "valeur"]
    assert not table.duplicated(["indicateur", "flux"]).any()
    assert table.groupby("indicateur")["flux"].agg(set).to_dict() == CONTRAT
    for ligne_ in table.itertuples():
        attendu = int if ligne_.indicateur in portrait.ENTIERS else float
        assert type(ligne_.valeur) in (attendu, float)
        assert type(ligne_.valeur) is attendu or math.isnan(ligne_.valeur)


def test_memes_indicateurs_en_cpf4(demonstration):
    a129, cpf4 = (
        portrait.indicateurs(charger("75", 0, n, demonstration)) for n in ("A129", "CPF4")
    )
    pd.testing.assert_frame_equal(a129, cpf4)


def test_region_et_france_recalculees(demonstration):
    """Chaque chiffre du territoire a son comparateur : région et France, par l'autre voie."""
    brut, calcules = Brut(), portrait.calculer(lire(demonstration, 2024))
    for sens in ("export", "import"):
        for espace, ligne_ in (
            ("FRANCE", FRANCE),
            ("R76", ("region", "76")),
            ("R93", ("region", "93")),
        ):
            for nom, attendu in structure(brut, sens, espace).items():
                assert calcules[nom, sens].loc[ligne_] == pytest.approx(attendu), (nom, espace)
    assert calcules["krugman_pct", "export"].loc[FRANCE] == 0


def test_l_ordre_des_lignes_ne_change_rien():
    contenu = [
        *varie("export", "09"),
        *varie("import", "09", 90_000),
        *varie("export", "31", 70_000),
        ("export", 2, "09", "C30C", "US", 1_500_000),
        ("export", 2, "09", "A01Z", "US", 1_500_000),
        ("import", 3, "09", "C19Z", "QU", 400_000),
    ]
    attendus = portrait.calculer(reperes(*contenu))
    random.Random(6).shuffle(contenu)
    for cle, serie in portrait.calculer(reperes(*contenu)).items():
        pd.testing.assert_series_equal(serie, attendus[cle], check_names=False)


def test_chiffres_cles_region_vide_quand_elle_se_confond(demonstration):
    ariege, corse = (
        portrait.chiffres_cles(charger(c, donnees=demonstration)) for c in ("09", "20")
    )
    assert ariege["region"].notna().all() and ariege["france"].notna().all()
    assert corse["region"].isna().all()
    valeurs = ariege.set_index(["indicateur", "flux"])
    assert round(valeurs.at[("total_eur", "export"), "departement"] / 1e6, 1) == 772.1
    assert round(valeurs.at[("total_eur", "export"), "region"] / 1e6, 1) == 49453.9
    assert round(valeurs.at[("total_eur", "import"), "france"] / 1e6, 1) == 684776.3


@pytest.mark.parametrize("code", ["09", "20", "75", "05"])
def test_sans_importations_tout_se_dit_encore(code, exportations_seules):
    fiche = charger(code, 2024, donnees=exportations_seules, incomplete=True)
    table = portrait.indicateurs(fiche).set_index(["indicateur", "flux"])["valeur"]
    ratios = [cle for cle in table.index if cle[0] not in portrait.ENTIERS]
    assert table[ratios].isna().all()
    assert table["solde_hors_energie_eur", ""] >= 0
    textes = textes_de(fiche)
    assert "n'est pas calculée" in textes["évolution"] and "n.s." in textes["zones"]
    assert not any("nan" in texte.split() for texte in textes.values())
