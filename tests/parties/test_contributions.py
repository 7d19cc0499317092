"""Ce qui a fait varier les échanges : leur somme est l'évolution ; le texte et les barres."""

import math
import re

import altair as alt
import pandas as pd
import pytest
from exemples_figures import HOSTILES
from hypothesis import given
from hypothesis import strategies as st
from petites_fiches import petite_fiche
from petits_reperes import reperes, varie

from commerce import profils, theme
from commerce.figure import rendu
from commerce.indicateurs import SENS
from commerce.parties import contributions

PRODUITS = ["A01Z", "A02Z", "A03Z", "B08Z", "C10A", "C10B", "C10C", "C10D"]
ECARTS = [8, -7, 6, -5, 4, -3, 2, -1]
montants = st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 10**11), min_size=1)


@pytest.fixture
def fiche():
    """L'Ariège : huit produits d'un million qui varient à l'export, peu d'importations."""

    def lignes(part):
        return [
            *varie("export", "09"),
            ("import", 1, "09", "C28D", "DE", 1),
            *(
                ("export", 1, "09", produit, "DE", 1_000_000 + part * 100_000 * ecart)
                for produit, ecart in zip(PRODUITS, ECARTS, strict=True)
            ),
        ]

    repere = reperes(*lignes(1), precedents=reperes(*lignes(0)))
    return petite_fiche("09", repere=repere, demonstration=True)


def barres(dessin: str) -> dict[str, tuple[float, float, str]]:
    """Bord gauche, longueur et couleur de la barre de chaque nom."""
    trouvees = re.findall(
        r'd="M([-\d.]+),[-\d.]+h([\d.]+)[^>]*fill="([^"]+)"[^>]*><title>([^<]*?)\u00a0:', dessin
    )
    return {nom: (float(x), float(longueur), teinte) for x, longueur, teinte, nom in trouvees}


def test_contributions_a_la_main():
    courant = pd.Series({"A": 150, "B": 20, "D": 30})
    precedent = pd.Series({"A": 100, "B": 60, "C": 40})
    table = contributions.contributions(courant, precedent)
    assert table["contribution_points"].to_dict() == {"A": 25, "B": -20, "C": -20, "D": 15}
    rien = contributions.contributions(courant, precedent * 0)
    assert rien["contribution_points"].isna().all()


@given(montants, montants.filter(lambda m: sum(m.values()) > 0))
def test_les_contributions_font_l_evolution(courant, precedent):
    table = contributions.contributions(pd.Series(courant), pd.Series(precedent))
    sommes = (pd.Series([sum(m.values())]) for m in (courant, precedent))
    assert table["contribution_points"].sum() == pytest.approx(
        profils.evolution_pct(*sommes)[0], abs=1e-6, rel=1e-9
    )
    melange = contributions.contributions(
        pd.Series(dict(reversed(courant.items()))), pd.Series(precedent)
    )
    pd.testing.assert_frame_equal(table, melange.loc[table.index])


def test_evolution_annuelle_a_la_main():
    avant = reperes(*varie("export", "09"), ("export", 1, "31", "C30C", "DE", 10**7))
    repere = reperes(*varie("export", "09", 150_000), precedents=avant)
    evolutions = profils.annuelle_pct(repere, "export")
    assert evolutions["departement", "09"] == pytest.approx(50)
    # Un seul couple l'année d'avant, ou rien : pas de dénominateur.
    assert math.isnan(evolutions["departement", "31"])
    assert math.isnan(evolutions["departement", "75"])
    assert profils.annuelle_pct(avant, "export").isna().all()


def test_les_plus_fortes_puis_le_reste_puis_la_somme(fiche):
    table = contributions.tableau(fiche)
    noms = ["A01Z", "A03Z", "C10A", "C10B", "B08Z", "A02Z", "autres", "ensemble"]
    assert table["produit"].tolist() == noms and set(table["flux"]) == {"export"}
    *cites, autres, ensemble = table["contribution_points"]
    assert autres == pytest.approx(100 * 100_000 / 11_000_000)
    taux = profils.annuelle_pct(fiche.reperes, "export")["departement", "09"]
    assert sum(cites) + autres == pytest.approx(ensemble) == pytest.approx(taux)
    # Des euros entiers de bout en bout.
    assert table["valeur_eur"].tolist()[-1] == 3_000_000 + 8_400_000
    assert table.dtypes[["precedent_eur", "valeur_eur"]].eq("int64").all()
    assert len(contributions.tableau(fiche, produits=3)) == 5


def test_le_texte_cite_les_hausses_puis_les_baisses(fiche):
    table = contributions.tableau(fiche)
    table.loc[0, "libelle_court"] = "Produit <b>"
    dit = contributions.lecture(fiche, table, "export")
    hausse, baisse = dit.split("à la baisse")
    assert "Produit <b>\u00a0» (+7,3\u00a0points), " in hausse and hausse.count("(+") == 3
    assert baisse.count("(\u2212") == 3
    assert contributions.lecture(fiche, table, "export", montres=1).count("points)") == 2
    assert contributions.lecture(fiche, table, "import") == ""
    assert "&lt;b&gt;" in contributions.figure(fiche, table).html


def test_les_deux_flux_ont_la_meme_echelle_et_le_meme_zero(fiche):
    table = contributions.tableau(fiche)
    autre = table.assign(flux="import", contribution_points=table["contribution_points"] / 2)
    autre["libelle_court"] = [f"Un libellé bien plus long {rang}" for rang in range(len(table))]
    deux = pd.concat([table, autre], ignore_index=True)
    ventes, achats = (barres(rendu.dessin(contributions.dessin(deux, s))) for s in SENS)
    points = table["contribution_points"].tolist()
    assert len(ventes) == len(achats) == len(points)
    unite = ventes["Ensemble"][1] / points[-1]
    for (x, longueur, _), (x_achat, demie, _), point in zip(
        ventes.values(), achats.values(), points, strict=True
    ):
        assert longueur == pytest.approx(abs(point) * unite, abs=0.2)
        assert demie == pytest.approx(longueur / 2, abs=0.2)
        if point > 0:
            assert x == pytest.approx(x_achat, abs=0.2)


def test_deux_panneaux_se_mettent_cote_a_cote_comme_partout_avec_altair(fiche):
    """`|`, `&`, `.facet` : chaque vue garde ses données, son échelle et ses places."""
    table = contributions.tableau(fiche)
    autre = table.assign(
        flux="import", libelle_court=[f"Achat {rang}" for rang in range(len(table))]
    )
    autre["contribution_points"] /= 4
    ventes = contributions.dessin(table, "export")
    achats = contributions.dessin(autre, "import", largeur=500)
    seules = barres(rendu.dessin(ventes)) | barres(rendu.dessin(achats))
    for reunis in (ventes | achats, ventes & achats):
        assert barres(rendu.dessin(reunis)) == seules
    nu = alt.Chart(pd.DataFrame({"a": [1], "b": [2]})).mark_bar().encode(x="a:Q", y="b:Q")
    voisin, place = rendu.dessin(ventes | nu), ventes.width + ventes.usermeta["marges"]["right"]
    assert voisin.count(f'x="{place}"') == rendu.dessin(ventes).count(f'x="{place}"') > len(table)
    facettes = rendu.dessin(ventes.facet("flux:N", data=alt.NamedData("lignes")))
    assert barres(facettes) == barres(rendu.dessin(ventes))


def test_la_couleur_ne_juge_pas_une_baisse(fiche):
    dessin = rendu.dessin(contributions.dessin(contributions.tableau(fiche), "export"))
    teintes = [teinte for *_, teinte in barres(dessin).values()]
    couleurs = theme.theme().couleurs
    assert teintes == [couleurs.exportations] * (len(teintes) - 1) + [couleurs.texte]


def test_ce_qui_ne_se_calcule_pas_ne_se_dessine_pas(fiche):
    table = contributions.tableau(fiche)
    assert "Évolution non calculée" in rendu.dessin(contributions.dessin(table, "import"))
    assert contributions.alternative(table, "import").startswith("Importations : évolution non")
    petit = petite_fiche("09", *varie("export", "09"))
    vide = contributions.tableau(petit)
    assert vide.empty and "contribution_points" in vide
    assert not contributions.figure(petit, vide)


def test_des_libelles_hostiles_restent_du_texte(fiche):
    table = contributions.tableau(fiche)
    table["libelle_court"] = HOSTILES[: len(table)]
    dessin = rendu.dessin(contributions.dessin(table, "export", largeur=380))
    assert "<script" not in dessin and "\u202e" not in dessin
    assert "&lt;script&gt;alert(1)" in dessin
