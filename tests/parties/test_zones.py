"""Zones du monde : des parts qui font cent, un trait pour la France, des nombres en colonnes."""

import re

import altair as alt
import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce.donnees.reperes import ZONES
from commerce.figure import rendu
from commerce.formats import part_courte
from commerce.parties import zones

CONTENU = [
    *varie("export", "09"),
    # L'Océanie, l'indéterminé et l'inconnu sont réunis ; les retours aussi.
    *[("export", 1, "09", "C30C", pays, 1_000_000) for pays in ("AU", "QU", "ZZ", "FR")],
    *varie("export", "75", 200_000),
]


def dit(fiche) -> str:
    return simple(zones.texte(fiche, zones.tableau(fiche)))


def barres(dessin: str) -> dict[str, float]:
    """Longueur de la barre de chaque zone, et du trait de la France, par nom."""
    trouvees = re.findall(r'd="M[^"]*?h([\d.]+)[^>]*><title>([^<]+?)\u00a0:', dessin)
    return {nom: float(longueur) for longueur, nom in trouvees}


@pytest.fixture(scope="module")
def table():
    return zones.tableau(petite_fiche("09", *CONTENU))


def test_les_parts_font_cent_et_l_inconnu_reste_compte(table):
    export = table[table["flux"] == "export"].set_index("zone")
    assert export["part_pct"].sum() == pytest.approx(100)
    # Aux quatre s'ajoutent trois pays d'Océanie parmi les trente de `varie`.
    assert export.at[ZONES[-1], "part_pct"] == pytest.approx(100 * 4.3 / 7)
    assert export.at[ZONES[-1], "part_france_pct"] == pytest.approx(100 * 4.9 / 13)
    assert list(export.index) == ["Union européenne", *ZONES[1:]]
    # Sans importation, rien ne se calcule.
    assert table.loc[table["flux"] == "import", list(zones.PARTS.values())].isna().all(axis=None)


def test_le_texte_dit_l_union_l_ecart_et_la_premiere_zone_au_dela(table):
    export = table[table["flux"] == "export"].set_index("zone")
    texte, union = dit(petite_fiche("09", *CONTENU)), export.loc["Union européenne"]
    assert f"{part_courte(union['part_pct'])} ".replace("\u00a0", " ") in texte
    assert "de moins qu" in texte and "importations" not in texte
    egal = dit(petite_fiche("09", *varie("export", "09")))
    assert "de moins" not in egal and "de plus" not in egal
    deux_sens = [*varie("export", "09"), *varie("import", "09")]
    assert "À l'import aussi, c'est" in dit(petite_fiche("09", *deux_sens))


def test_chaque_nombre_vient_du_tableau_et_la_corse_n_a_pas_de_region(table):
    export = table[table["flux"] == "export"]
    dessin = rendu.dessin(zones.dessin(table, "export"))
    ecrits = re.findall(r"<text[^>]*>([^<]+)<", dessin)
    for part in zones.PARTS.values():
        assert set(export[part].map(part_courte)) <= set(ecrits)
    assert {"ici", "région", "France"} <= set(ecrits)
    corse = zones.tableau(petite_fiche("20", *varie("export", "20")))
    assert "part_region_pct" not in corse
    assert "région" not in re.findall(r">([^<]+)<", rendu.dessin(zones.dessin(corse, "export")))


def test_les_deux_flux_ont_la_meme_echelle_et_la_france_un_trait_borde(table):
    double = table.assign(part_pct=table["part_pct"].fillna(30), part_france_pct=25.0)
    export, dessin = (rendu.dessin(zones.dessin(double, sens)) for sens in ("export", "import"))
    parts = double[double["flux"] == "export"].set_index("zone")["part_pct"]
    unite = barres(dessin)["Asie"] / 30
    attendues = (parts * unite).to_dict()
    # Les marges suivent les mots de chaque panneau, à quelques pixels près.
    assert {nom: barres(export)[nom] for nom in attendues} == pytest.approx(attendues, rel=0.03)
    assert dessin.count(", France\u00a0: 25,0\u00a0%") == len(ZONES)


def test_une_ligne_de_plus_se_place_en_pour_cent(table):
    repere = alt.Chart().mark_rule(color="#ff0000").encode(x=alt.XDatum(20))
    dessin = rendu.dessin(zones.dessin(table, "export").properties(width=500) + repere)
    (place,) = re.findall(r'stroke="#ff0000"><line[^>]*? x1="([-\d.]+)"', dessin)
    barre = barres(dessin)[ZONES[-1]]
    assert float(place) == pytest.approx(barre * 20 / (430 / 7), abs=0.3)


def test_sans_part_pas_de_figure_et_un_flux_trop_petit_se_dit(table):
    petit = petite_fiche("09")
    assert not zones.figure(petit, zones.tableau(petit))
    assert "Flux trop petit" in rendu.dessin(zones.dessin(table, "import"))
    fiche = petite_fiche("09", *CONTENU, demonstration=True)
    figure = zones.figure(fiche, table)
    assert figure.identifiant == "zones-du-monde" and "Flux trop petit" in figure.html
    assert 'href="#glossaire-' in figure.html
    assert "trop petit" in zones.alternative(table, "import")
