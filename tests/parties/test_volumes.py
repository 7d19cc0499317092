"""L'évolution partagée entre volume et valeur unitaire : les indices, le texte, les barres."""

import re
from dataclasses import replace
from math import isnan, log

import pandas as pd
import pytest
from exemples_figures import HOSTILES
from hypothesis import given
from hypothesis import strategies as st
from petites_fiches import petite_fiche, simple
from petits_reperes import reperes, varie

from commerce import profils, theme
from commerce.donnees.volumes import MAILLE, SOMMES, comparer, decomposer
from commerce.figure import rendu
from commerce.indicateurs import SENS
from commerce.parties import volumes

COLONNES = ["territoire", "region", *MAILLE, "valeur_eur", "masse_kg"]
lignes_tirees = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(1, 10**9), st.floats(0.4, 2.5)), min_size=1
)


def maille(*lignes) -> pd.DataFrame:
    """Une année par maille : territoire, region, flux, a129, cpf4, pays, euros, kilogrammes."""
    table = pd.DataFrame(lignes, columns=COLONNES)
    return table.astype(dict.fromkeys(COLONNES[:-2], "category"))


def ligne(cpf4: str, valeur_eur: int, masse_kg: int, pays: str = "DE", lieu=("09", "76")) -> tuple:
    return (*lieu, "export", f"C{cpf4[:2]}Z", cpf4, pays, valeur_eur, masse_kg)


def de(table: pd.DataFrame, code: str = "09") -> dict:
    return table[table["code"] == code].set_index("a129")[SOMMES].to_dict("index")


def partager(table: pd.DataFrame, precedent_eur: int, valeur_eur: int) -> pd.Series:
    montants = table[SOMMES].sum().to_frame().T
    montants = montants.assign(precedent_eur=precedent_eur, valeur_eur=valeur_eur)
    return decomposer(montants, pd.Series([True])).iloc[0]


def test_les_sommes_a_la_main():
    avant = maille(ligne("1011", 100, 10), ligne("1012", 60, 30), ligne("2041", 50, 5))
    courant = maille(ligne("1011", 240, 20), ligne("1012", 30, 10), ligne("2041", 70, 7, "FR"))
    sommes = de(comparer(avant, courant))
    # 10 €/kg puis 12 ; 2 €/kg puis 3 ; un pays perdu et un autre gagné ne se comparent pas.
    assert list(sommes["C10Z"].values()) == [160, 270] * 2 + [10 * 20 + 2 * 10, 12 * 10 + 3 * 30, 0]
    assert list(sommes["C20Z"].values()) == [50, 70, *[0] * 5]


def test_ce_qui_n_est_pas_suivi():
    avant = maille(ligne("1011", 100, 10), ligne("1012", 10, 0), ligne("1013", 10, 10))
    courant = maille(ligne("1011", 310, 10), ligne("1012", 20, 5), ligne("1013", 7, 0))
    (sommes,) = de(comparer(avant, courant)).values()
    # Valeur unitaire plus que triplée, masse absente l'une ou l'autre année.
    assert list(sommes.values()) == [120, 337, 0, 0, 0, 0, 7]
    courant = maille(ligne("1011", 300, 10))
    assert de(comparer(avant, courant))["C10Z"]["suivi_eur"] == 300


def test_une_region_et_la_france_comparent_leurs_propres_mailles():
    """Un même produit vers un même pays n'y fait qu'une maille, quel que soit son territoire."""
    ailleurs = ("31", "76")
    avant = maille(ligne("1011", 100, 10), ligne("1011", 300, 10, lieu=ailleurs))
    courant = maille(ligne("1011", 200, 20), ligne("1011", 300, 10, lieu=ailleurs))
    table = comparer(avant, courant)
    assert de(table)["C10Z"]["volume_eur"] == 200
    for code in ("76", "FR"):
        assert de(table, code)["C10Z"]["volume_eur"] == pytest.approx(400 / 20 * 30)
    sans_region = maille(ligne("1011", 100, 10, lieu=("98", "")))
    assert set(comparer(sans_region, sans_region)["code"]) == {"98", "FR"}


def test_un_volume_et_une_valeur_unitaire_a_la_main():
    avant, courant = maille(ligne("1011", 100, 10)), maille(ligne("1011", 240, 20))
    taux = partager(comparer(avant, courant).head(1), 100, 240)
    assert taux[["evolution_pct", "volume_pct", "valeur_unitaire_pct"]].tolist() == pytest.approx(
        [140, 100, 20]
    )
    # La moitié de la valeur de chaque année au moins ; au-dessous, « n.s. ».
    assert partager(comparer(avant, courant).head(1), 200, 480)["suivi_pct"] == 50
    peu = partager(comparer(avant, courant).head(1), 100, 481)
    assert isnan(peu["volume_pct"]) and peu["evolution_pct"] == pytest.approx(381)


@pytest.mark.lourd
@given(lignes_tirees)
def test_les_deux_indices_se_composent_et_restent_entre_les_extremes(tirees):
    avant = maille(*(ligne(f"10{rang}", v, q) for rang, (v, q, _) in enumerate(tirees)))
    courant = maille(
        *(ligne(f"10{rang}", max(1, int(v * f)), q) for rang, (v, q, f) in enumerate(tirees))
    )
    table = comparer(avant, courant)
    table = table[table["echelle"] == "departement"]
    totaux = table["precedent_suivi_eur"].sum(), table["suivi_eur"].sum()
    if not totaux[0]:
        return
    taux = 1 + partager(table, *totaux) / 100
    assert taux["volume_pct"] * taux["valeur_unitaire_pct"] == pytest.approx(taux["evolution_pct"])
    # Les masses n'ont pas changé : tout est dans la valeur unitaire.
    assert taux["volume_pct"] == pytest.approx(1)


@pytest.fixture
def fiche():
    """L'Ariège : trois produits et trente pays à l'export, masse connue ; rien à l'import."""
    produits = {"C28D": (100_000, 110_000), "C10A": (60_000, 90_000), "C11Z": (1_000, 900)}

    def annee(rang):
        contenu = [
            (*cle[:3], produit, cle[4], montants[rang])
            for produit, montants in produits.items()
            for cle in varie("export", "09")
        ]
        masses = [1000 + 200 * rang if produit != "C10A" else 0 for _, _, _, produit, *_ in contenu]
        table = maille(
            *(
                ("09", "76", "export", produit, f"{produit[1:3]}11", pays, valeur, masse)
                for (_, _, _, produit, pays, valeur), masse in zip(contenu, masses, strict=True)
            )
        )
        return contenu, table

    (avant, mailles_avant), (courant, mailles) = annee(0), annee(1)
    repere = reperes(*courant, precedents=reperes(*avant), volumes=comparer(mailles_avant, mailles))
    return petite_fiche("09", repere=repere, demonstration=True)


def test_l_ensemble_puis_les_premiers_produits(fiche):
    table = volumes.tableau(fiche)
    assert table["produit"].tolist() == ["ensemble", "C28D", "C10A", "C11Z"]
    assert set(table["flux"]) == {"export"}
    lus = table.set_index("produit")
    taux = ["evolution_pct", "volume_pct", "valeur_unitaire_pct"]
    assert lus.loc["C28D", taux].tolist() == pytest.approx([10, 20, 100 * (1.1 / 1.2 - 1)])
    # Sans masse, la valeur évolue mais ne se partage pas ; trop petit, rien ne se calcule.
    assert lus.loc["C10A", taux].isna().tolist() == [False, True, True]
    assert lus.at["C10A", "sans_masse_eur"] == 30 * 90_000
    assert lus.loc["C11Z", taux].isna().all()
    ici = profils.volumes_pct(fiche.reperes, "export").loc["departement", "09"]
    assert lus.at["ensemble", "volume_pct"] == ici["volume_pct"]
    evolution = profils.annuelle_pct(fiche.reperes, "export")["departement", "09"]
    assert lus.at["ensemble", "evolution_pct"] == pytest.approx(evolution)
    assert len(volumes.tableau(fiche, produits=1)) == 2


def test_le_texte_dit_ce_qui_est_laisse_de_cote(fiche):
    dit = simple(volumes.texte(fiche, volumes.tableau(fiche)), "")
    assert "2,7 millions d'euros n'ont pas de masse connue (44,8 %)" in dit
    assert "n'est pas un prix" in dit and "importations" not in dit


def test_un_flux_trop_peu_suivi_se_dit_sans_se_partager(fiche):
    rare = fiche.reperes.volumes.assign(suivi_eur=0, precedent_suivi_eur=0)
    fiche = petite_fiche("09", repere=replace(fiche.reperes, volumes=rare, memoire={}))
    table = volumes.tableau(fiche)
    assert table["volume_pct"].isna().all() and not volumes.figure(fiche, table)
    assert "ne se partage pas" in simple(volumes.texte(fiche, table))
    seule = petite_fiche("09", *varie("export", "09"))
    assert volumes.tableau(seule).empty and not volumes.figure(seule, volumes.tableau(seule))


def barres(dessin: str) -> dict[str, list[tuple[float, str]]]:
    """Longueur et couleur des deux barres de chaque nom."""
    trouvees: dict[str, list] = {}
    for teinte, groupe in re.findall(r'<g fill="([^"]+)">((?:<path.*?</path>)+)</g>', dessin):
        for longueur, nom in re.findall(r"h([\d.]+)v[^>]*><title>([^<]*?)\u00a0:", groupe):
            trouvees.setdefault(nom, []).append((float(longueur), teinte))
    return trouvees


def test_les_barres_se_composent_et_ne_jugent_pas(fiche):
    table = volumes.tableau(fiche)
    autre = table.assign(
        flux="import", libelle_court=[f"Un libellé plus long {n}" for n in range(4)]
    )
    deux = pd.concat([table, autre], ignore_index=True)
    couleurs = theme.theme().couleurs
    for sens, teinte in zip(SENS, (couleurs.exportations, couleurs.importations), strict=True):
        lues = barres(rendu.dessin(volumes.dessin(deux, sens)))
        # Ni barre pour ce qui ne se partage pas, ni pour un trop petit produit.
        assert len(lues) == 2
        for nom, (volume, unitaire) in lues.items():
            ligne_lue = deux[(deux["flux"] == sens) & (deux["libelle_court"] == nom)].iloc[0]
            assert [volume[1], unitaire[1]] == [teinte, couleurs.texte_discret]
            rapport = log(1 + ligne_lue["volume_pct"] / 100) / -log(
                1 + ligne_lue["valeur_unitaire_pct"] / 100
            )
            assert volume[0] / unitaire[0] == pytest.approx(rapport, rel=0.05)


def test_un_flux_sans_evolution_le_dit(fiche):
    table = volumes.tableau(fiche)
    assert "Évolution non calculée" in rendu.dessin(volumes.dessin(table, "import"))
    assert volumes.alternative(table, "import").startswith("Importations : évolution non")
    assert "C28D" not in volumes.alternative(table, "export")


def test_des_libelles_hostiles_restent_du_texte(fiche):
    table = volumes.tableau(fiche)
    table["libelle_court"] = HOSTILES[: len(table)]
    dessin = rendu.dessin(volumes.dessin(table, "export", largeur=380))
    assert "<script" not in dessin and "\u202e" not in dessin
    assert "<script" not in volumes.figure(fiche, table).html
    assert "&lt;script&gt;alert(1)" in dessin
