"""Spécialisation et ressemblances refaites à la main ; une échelle où l'on compare des rapports."""

import math
import re

import altair as alt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce import formats, profils
from commerce.donnees.reperes import FRANCE
from commerce.figure import rendu
from commerce.parties import specialisation

MILLION = 1_000_000
positifs = st.lists(st.integers(0, 10**12), min_size=3, max_size=3).filter(sum)


def dit(fiche) -> str:
    return specialisation.texte(fiche, specialisation.tableau(fiche))


def rapports(*valeurs: float) -> pd.DataFrame:
    """Un tableau dont les produits ont ces rapports, du plus au moins exporté."""
    return pd.DataFrame(
        {
            "produit": [f"P{rang}" for rang in range(len(valeurs))],
            "libelle_court": [f"Produit {rang}" for rang in range(len(valeurs))],
            "part_pct": [50.0 - rang for rang in range(len(valeurs))],
            "part_france_pct": [(50 - rang) / valeur for rang, valeur in enumerate(valeurs)],
            "balassa": valeurs,
        }
    )


def barres(dessin: str) -> dict[str, tuple[float, float]]:
    """Bord gauche et longueur de la barre de chaque produit."""
    trouvees = re.findall(r'd="M([-\d.]+),[-\d.]+h([\d.]+)[^>]*><title>(Produit \d+)', dessin)
    return {nom: (float(gauche), float(longueur)) for gauche, longueur, nom in trouvees}


def test_balassa_a_la_main():
    territoire = pd.Series({"A": 60 * MILLION, "B": 39 * MILLION, "C": MILLION})
    france = pd.Series({"A": 300 * MILLION, "B": 650 * MILLION, "D": 50 * MILLION})
    table = specialisation.balassa(territoire, france)
    assert table.loc["A", ["part_pct", "part_france_pct", "balassa"]].tolist() == [60, 30, 2]
    assert table["symetrique"].to_dict() == pytest.approx(
        {"A": 1 / 3, "B": -0.25, "C": math.nan, "D": -1}, nan_ok=True
    )
    # Absent des exportations françaises : pas d'indice.
    assert math.isnan(table.at["C", "balassa"]) and table.at["D", "balassa"] == 0
    assert table["retenu"].to_dict() == {"A": True, "B": True, "C": False, "D": False}
    vide = specialisation.balassa(pd.Series({"A": 0}), pd.Series({"A": 10}))
    assert vide[["part_pct", "balassa", "symetrique"]].isna().all(axis=None)


def test_un_produit_compte_a_partir_de_1_pct_et_5_millions():
    territoire = pd.Series({"A": 5 * MILLION, "B": 5 * MILLION - 1, "C": 490 * MILLION + 1})
    retenus = specialisation.balassa(territoire, territoire)["retenu"]
    assert retenus.to_dict() == {"A": True, "B": False, "C": True}
    territoire["C"] += 1
    assert not specialisation.balassa(territoire, territoire).at["A", "retenu"]


def espaces_de(*rangees) -> pd.DataFrame:
    cles = [FRANCE, *(("departement", str(rang)) for rang in range(1, len(rangees)))]
    index = pd.MultiIndex.from_tuples(cles)
    return pd.DataFrame(list(rangees), index=index, columns=["A", "B", "C"])


def test_krugman_a_la_main():
    table = espaces_de([50, 50, 0], [100, 0, 0], [0, 0, 10], [25, 25, 0], [0, 0, 0])
    distances = profils.krugman_pct(table, table.sum(axis=1)).tolist()
    assert distances == pytest.approx([0, 50, 100, 0, math.nan], nan_ok=True)


@settings(max_examples=25)
@given(positifs, positifs)
def test_krugman_est_le_complement_de_la_ressemblance(france, ici):
    table = espaces_de(france, ici)
    distance = profils.krugman_pct(table, table.sum(axis=1))["departement", "1"]
    structures = [[valeur / sum(rangee) for valeur in rangee] for rangee in (france, ici)]
    assert distance == pytest.approx(100 - 100 * sum(map(min, *structures)), abs=1e-6)
    seule = specialisation.balassa(*[pd.Series(france)] * 2).loc[lambda t: t["valeur_eur"] > 0]
    assert (seule["balassa"] == 1).all() and (seule["symetrique"] == 0).all()


def test_ressemblances_a_la_main():
    # 31 partage tout avec 09, 11 la moitié, 12 rien ; 32 est trop petit pour être comparé.
    autre = [(f, t, c, "A01Z", p, m) for f, t, c, _, p, m in varie("export", "11", 50_000)]
    rien = [(f, t, c, "C21Z", p, m) for f, t, c, _, p, m in varie("export", "12")]
    contenu = [
        *(*varie("export", "09"), *varie("export", "31", 300_000), *autre, *rien),
        *(*varie("export", "11", 50_000), ("export", 1, "32", "C28D", "DE", 10**7)),
    ]
    table = specialisation.tableau_ressemblances(petite_fiche("09", *contenu))
    assert table["ressemblance_pct"].to_dict() == {"31": 100, "11": 50, "12": 0}
    assert table.at["31", "nom"] == "Haute-Garonne"
    assert len(specialisation.tableau_ressemblances(petite_fiche("09", *contenu), nombre=1)) == 1
    petit = petite_fiche("32", *contenu)
    assert specialisation.tableau_ressemblances(petit).empty
    assert specialisation.tableau(petit).empty
    assert dit(petit) == ""
    # Ce qui ne se calcule pas ne se dessine pas.
    vides = specialisation.tableau(petit), specialisation.tableau_ressemblances(petit)
    assert not specialisation.figure(petit, vides[0])
    assert not specialisation.figure_ressemblances(petit, vides[1])


def test_le_texte_cite_les_produits_et_l_ecart_a_la_france():
    fiche = petite_fiche(
        "09",
        *varie("export", "09", 200_000),
        ("export", 1, "09", "C30C", "DE", 18 * MILLION),
        *varie("export", "31", 2 * MILLION),
    )
    table = specialisation.tableau(fiche)
    assert table["produit"].tolist() == ["C30C", "C28D"]
    assert table["balassa"].tolist() == pytest.approx([0.75 / (18 / 84), 0.25 / (66 / 84)])
    fiche.reperes.libelles.loc["C30C", "libelle_court"] = "<b>Avions</b>"
    html_ = dit(fiche)
    assert "un seul y pèse plus" in html_ and "&lt;b&gt;Avions&lt;/b&gt;\u00a0» (75,0" in html_
    texte = simple(html_)
    assert "3,5 fois la part française" in texte and "s'écarte de 53,6 % de celle" in texte


def test_un_rapport_double_fait_partout_la_meme_longueur():
    dessin = rendu.dessin(specialisation.dessin(rapports(132.0, 4.0, 2.0, 1 / 4, 10.0)))
    longueurs = {nom: longueur for nom, (_, longueur) in barres(dessin).items()}
    double = longueurs["Produit 2"]
    doubles = [longueurs[f"Produit {rang}"] / double for rang in (0, 1, 3, 4)]
    assert doubles == pytest.approx([math.log2(132), 2, 2, math.log2(10)], abs=0.1)


@pytest.mark.parametrize("largeur", [800, 380])
@pytest.mark.parametrize(
    "valeurs", [(132.0, 0.25), (9.1, 0.27), (1.1, 0.9), (0.3, 0.011), (99_000.0, 0.02), (2.5,)]
)
def test_les_graduations_sont_des_puissances_de_deux_et_encadrent_la_france(valeurs, largeur):
    dessin = specialisation.dessin(rapports(*valeurs), largeur=largeur)
    parametres = {parametre.name: parametre.value for parametre in dessin.params}
    graduations = parametres["graduations"]
    assert 1 in graduations and len(graduations) > 1
    exposants = [math.log2(graduation) for graduation in graduations]
    pas = exposants[1] - exposants[0]
    assert exposants == [exposants[0] + pas * rang for rang in range(len(exposants))]
    bas, haut = parametres["etendue"]
    assert bas <= min(valeurs) and haut >= max(valeurs) and bas <= graduations[0]
    ecrits = re.findall(r">([×÷][^<]*|France)<", rendu.dessin(dessin))
    lus = {
        graduation: "France"
        if graduation == 1
        else f"{'×' if graduation > 1 else '÷'}\u00a0"
        f"{formats.nombre(max(graduation, 1 / graduation))}"
        for graduation in graduations
    }
    assert ecrits == list(lus.values())


def test_un_produit_que_la_france_n_exporte_pas_va_au_bout():
    table = rapports(40.0, 2.0, 3.0)
    table.loc[2, "balassa"] = math.nan
    dessin = rendu.dessin(specialisation.dessin(table))
    places = barres(dessin)
    assert places["Produit 2"] == places["Produit 0"]
    assert ">n.s.<" in dessin and "Produit 2\u00a0: n.s. la part française" in dessin
    assert specialisation.alternative(table).endswith("Le plus bas : Produit 1, 2\u00a0fois.")


def test_les_plus_exportes_sont_montres_et_le_choix_est_un_argument():
    table = rapports(*(float(rang + 1) for rang in range(20)))[::-1].reset_index(drop=True)
    assert set(barres(rendu.dessin(specialisation.dessin(table)))) == {
        f"Produit {rang}" for rang in range(12)
    }
    fiche = petite_fiche("40", demonstration=True)
    figure = specialisation.figure(fiche, table.assign(libelle=""), montres=3)
    assert len(barres(figure.html)) == 3 and len(figure.donnees) == 20
    assert "les Landes exportent plus, ou moins," in simple(figure.titre)
    assert "Les 3 produits les plus exportés." in figure.html


def test_une_ligne_de_plus_se_place_sur_l_echelle():
    graphique = specialisation.dessin(rapports(64.0, 0.5)).properties(width=500)
    repere = alt.Chart().mark_rule(color="#ff0000").encode(x=alt.XDatum(8))
    dessin = rendu.dessin(graphique + repere)
    (place,) = re.findall(r'stroke="#ff0000"><line[^>]*? x1="([-\d.]+)"', dessin)
    gauche, longueur = barres(dessin)["Produit 0"]
    assert float(place) == pytest.approx(gauche + longueur / 2, abs=0.2)


@pytest.mark.parametrize("largeur", [800, 380])
def test_un_tableau_vide_le_dit(largeur):
    vide = specialisation.dessin(rapports(1.0).head(0), largeur=largeur)
    assert "Aucun produit assez grand" in rendu.dessin(vide)
    sans = pd.DataFrame({"nom": [], "ressemblance_pct": []})
    assert "trop petit" in rendu.dessin(specialisation.dessin_ressemblances(sans, largeur=largeur))
