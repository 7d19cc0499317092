"""Les flux produit x pays : le tableau à la main, ce qu'on en dit, le diagramme et ses marges."""

import html
import math
import re

import altair as alt
import pandas as pd
import pytest
from exemples_figures import HOSTILES, PRODUITS, couples
from hypothesis import given, settings
from hypothesis import strategies as st
from petites_fiches import petite_fiche

from commerce import formats, theme
from commerce.figure import rendu
from commerce.figure.mesure import largeur_texte
from commerce.indicateurs import SENS, total_eur
from commerce.parties import flux

LARGEURS = (theme.LARGE, theme.ETROIT)
LONGS = tuple(f"{nom} {'mot ' * 70}{rang}" for rang, nom in enumerate(HOSTILES))
CAS = {
    "ordinaire": couples(),
    "une ligne": couples(PRODUITS[:1], PRODUITS[:1]).head(1),
    "libellés hostiles": couples(HOSTILES, HOSTILES),
    "libellés longs": couples(LONGS, LONGS, base=9e12),
    "un seul écrase tout": couples(pente=6),
    "tous égaux": couples(pente=1.0),
}
lignes = st.lists(
    st.tuples(
        st.sampled_from(SENS),
        st.sampled_from([f"P{i:02}" for i in range(14)]),
        st.sampled_from([f"C{i:02}" for i in range(14)] + ["QU", "FR"]),
        st.integers(min_value=0, max_value=10**12),
    ),
    max_size=60,
)


def fiche(*contenu, code: str = "09", **champs):
    """Une fiche de ces échanges : flux, produit, pays, valeur_eur."""
    echanges = pd.DataFrame(contenu, columns=["flux", "produit", "pays", "valeur_eur"])
    echanges = echanges.astype({"valeur_eur": "int64"})
    produits, pays = (sorted(set(echanges[axe])) for axe in ("produit", "pays"))
    courts = [f"produit {code}" for code in produits]
    tables = {"libelle_court": courts, "libelle": [f"{court} en entier" for court in courts]}
    classables = [not code.startswith("Q") and code != "FR" for code in pays]
    noms = {"nom": [f"pays {code}" for code in pays], "classable": classables}
    ensembles = {f"echanges{ensemble}": echanges for ensemble in ("", "_region", "_france")}
    tables = {"produits": pd.DataFrame(tables, produits), "pays": pd.DataFrame(noms, pays)}
    tables["pays"] = tables["pays"].astype({"classable": bool})
    return petite_fiche(code, demonstration=True, assez=True, **ensembles | tables | champs)


def simple(texte: str) -> str:
    sans_balise = html.unescape(re.sub(r"<[^>]+>", "", str(texte)))
    return sans_balise.replace("\u00a0", " ").replace("\u202f", " ")


def titres(dessin: str) -> list[str]:
    """Noms accessibles des marques, dans l'ordre du dessin."""
    return [html.unescape(nom) for nom in re.findall("<title>([^<]*)</title>", dessin)]


# Le tableau


def test_les_partenaires_qui_ne_sont_pas_des_pays_ne_sont_jamais_classes():
    couple = flux.tableau(
        fiche(("export", "P1", "QU", 900), ("export", "P1", "DE", 100), ("import", "P1", "FR", 50)),
        "export",
    )
    assert couple["pays"].tolist() == ["DE", "autres"]
    assert couple["libelle_pays"].tolist() == ["pays DE", "Autres pays"]
    assert couple["valeur_eur"].tolist() == [100, 900] and couple["part_pct"].tolist() == [10, 90]
    assert couple["principal"].tolist() == [True, False]


def test_les_ex_aequo_sont_departages_par_le_code():
    egaux = [("export", f"P{i:02}", f"C{i:02}", 10) for i in reversed(range(12))]
    table = flux.tableau(fiche(*egaux), "export")
    assert table["produit"].tolist() == [*(f"P{i:02}" for i in range(10)), "autres"]
    assert table.loc[table["principal"], "produit"].tolist() == [f"P{i:02}" for i in range(5)]
    assert table.iloc[-1][["produit", "pays", "valeur_eur"]].tolist() == ["autres", "autres", 20]


@pytest.mark.lourd
@settings(max_examples=40)
@given(lignes, st.sampled_from(SENS), st.randoms(use_true_random=False))
def test_le_total_est_conserve_quel_que_soit_l_ordre_des_lignes(contenu, sens, hasard):
    territoire = fiche(*contenu)
    table = flux.tableau(territoire, sens)
    assert table["valeur_eur"].sum() == total_eur(territoire.echanges, sens)
    assert table.empty or math.isclose(table["part_pct"].sum(), 100)
    assert (table["valeur_eur"] > 0).all() and table["principal"].sum() <= 5
    assert table["produit"].nunique() <= 11 and table["pays"].nunique() <= 11
    hasard.shuffle(contenu)
    pd.testing.assert_frame_equal(table, flux.tableau(fiche(*contenu), sens))


def test_les_montants_restent_des_entiers_exacts():
    enorme = 2**53 + 1
    assert flux.tableau(fiche(("export", "P1", "DE", enorme)), "export")["valeur_eur"][0] == enorme


# Ce qu'on en dit


@pytest.mark.parametrize(
    ("choix", "attendu"),
    [
        ({}, "à dix produits et dix pays ; ce qui vient après est réuni dans « Autres »."),
        ({"rangs": 8, "principaux": 3}, "à huit produits et huit pays"),
        ({"principaux": 3}, "Les trois flux les plus élevés entre un produit et un pays nommés"),
        ({"principaux": 1}, "Le flux le plus élevé entre un produit et un pays nommés est en"),
        ({"rangs": 12}, "Tous les produits et tous les pays y figurent."),
    ],
)
def test_le_texte_dit_les_nombres_choisis(choix, attendu):
    territoire = fiche(*(("export", f"P{i:02}", f"C{i:02}", 100 - i) for i in range(12)))
    table = flux.tableau(territoire, "export", **choix)
    figure = flux.figure(territoire, table, "export")
    assert attendu in simple(flux.texte(territoire, table, "export") + figure.html)
    assert table["principal"].sum() == choix.get("principaux", 5)
    aucun = flux.tableau(territoire, "export", principaux=0)
    assert "rouge" not in flux.texte(territoire, aucun, "export")
    legende = simple(flux.figure(territoire, aucun, "export").html)
    assert "du produit « produit P00 » vers pays C00, vaut" in legende


def test_le_texte_dit_ce_que_pesent_les_non_classes():
    territoire = fiche(("import", "P1", "QU", 2), ("import", "P1", "DE", 98))
    dit = simple(flux.texte(territoire, flux.tableau(territoire, "import"), "import"))
    assert "ils représentent 2,0 % des importations" in dit
    vide = flux.texte(territoire, flux.tableau(territoire, "export"), "export")
    assert simple(vide) == "Dans l'Ariège, aucune exportation n'est enregistrée en 2024."


def test_le_total_et_ses_parts():
    ici, region, france = (
        fiche(("export", "P1", "DE", montant)).echanges for montant in (2e6, 8e6, 4e9)
    )
    ensembles = {"echanges_region": region, "echanges_france": france, "echanges": ici}
    dit = simple(flux.total(fiche(("export", "P1", "DE", 1), **ensembles), "export"))
    assert "Total des exportations : 2,0 millions d'euros" in dit
    assert "soit 25,0 % des exportations d'Occitanie" in dit
    assert "soit 0,05 % des exportations de la France" in dit
    corse = fiche(("export", "P1", "DE", 1), code="20", **ensembles)
    assert "Corse" not in flux.total(corse, "export") and "France" in flux.total(corse, "export")
    assert "8,0 millions d'euros" in simple(flux.total(corse, "export", "region"))


def test_l_alternative_dit_les_extremes():
    dite = simple(flux.alternative(couples(), "import"))
    assert dite.startswith("Diagramme de flux des importations, par produit et par pays : ")
    assert "Premier produit : Aéronautique et spatial, " in dite
    assert "Flux le plus élevé : Aéronautique et spatial, origine Allemagne : 200,0 M€" in dite
    assert flux.alternative(couples().head(0), "export").startswith("Aucun échange à l'export")


# Le diagramme


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_aucun_mot_n_en_touche_un_autre_ni_ne_deborde(cas, largeur):
    noeuds, _ = flux.disposer(CAS[cas], "export", largeur)
    dessin = flux.dessin(CAS[cas], "export", largeur)
    taille, marges = 13 if largeur == theme.LARGE else 12, dessin.usermeta["marges"]
    assert dessin.width + marges["left"] + marges["right"] == largeur and dessin.width > 75
    for cote, marge in (("gauche", marges["left"]), ("droite", marges["right"])):
        du_cote = noeuds[noeuds["cote"] == cote]
        demies = du_cote["mots"].map(len).add(1) * taille * 1.2 / 2
        hauts, bas = du_cote["milieu"] - demies, du_cote["milieu"] + demies
        assert (hauts.iloc[1:].to_numpy() >= bas.iloc[:-1].to_numpy()).all()
        assert (du_cote["y0"].iloc[1:].to_numpy() > du_cote["y1"].iloc[:-1].to_numpy()).all()
        assert hauts.iloc[0] >= 0 and bas.iloc[-1] <= dessin.height
        mots = [mot for lignes in du_cote["mots"] for mot in lignes]
        places = [largeur_texte(mot, taille, 600) for mot in mots]
        assert max(places + [largeur_texte(m, taille) for m in du_cote["montant"]]) + 16 <= marge


@pytest.mark.parametrize("sens", SENS)
def test_les_rubans_d_un_noeud_le_remplissent(sens):
    noeuds, rubans = flux.disposer(couples(), sens)
    assert len(rubans) == 121 and len(noeuds) == 22
    assert not rubans["principal"].iloc[:-5].any() and rubans["principal"].iloc[-5:].all()
    gauche, droite = ("produit", "pays") if sens == "export" else ("pays", "produit")
    for cote, axe, haut in (("gauche", gauche, "gauche_y"), ("droite", droite, "droite_y")):
        for noeud in noeuds[noeuds["cote"] == cote].itertuples():
            du_noeud = rubans[rubans[axe] == noeud.code].sort_values(haut)
            assert du_noeud[haut].iloc[0] == pytest.approx(noeud.y0)
            suivants = (du_noeud["epaisseur"] + du_noeud[haut]).iloc[:-1]
            # Un ruban infime garde une épaisseur visible, et mord sur le suivant.
            assert du_noeud[haut].iloc[1:].to_list() == pytest.approx(suivants.to_list(), abs=0.8)
        assert noeuds.loc[noeuds["cote"] == cote, "code"].iloc[-1] == "autres"


def test_chaque_marque_a_son_nom_et_les_rouges_sont_par_dessus():
    dessin = rendu.dessin(flux.dessin(couples(), "export"))
    noms = titres(dessin)
    assert len(noms) == 11 * 11 + 22
    premier = formats.typographie("Aéronautique et spatial vers Allemagne : 200,0 M€, ")
    assert noms[121 - 5].startswith(premier) and noms[121 - 5].endswith("des exportations")
    assert theme.theme().couleurs.flux_principal in dessin
    assert dessin == rendu.dessin(flux.dessin(couples(), "export"))


def test_un_ruban_se_voit_sur_le_fond():
    couleurs = theme.theme().couleurs
    for couleur in (couleurs.exportations, couleurs.importations, couleurs.flux_principal):
        pose = theme.melange(couleur, couleurs.fond, flux.opacite(couleur))
        assert theme.contraste(pose, couleurs.fond) >= 3
    assert flux.opacite("#eeeeee") == 1


def test_le_diagramme_s_etire_et_recoit_une_couche():
    dessin = flux.dessin(couples(), "export")
    etire = dessin.properties(width=900, height=900)
    marges = dessin.usermeta["marges"]
    attendue = f'width="{900 + marges["left"] + marges["right"]}" height="{900 + 30}"'
    svg = rendu.dessin(etire)
    assert attendue in svg
    # Les rubans vont d'un côté à l'autre et de haut en bas, à la nouvelle taille.
    bouts = re.findall(r"C450,[\d.]+,450,([\d.]+),900,\1", svg)
    assert len(bouts) == 121 and max(map(float, bouts)) > 800
    note = alt.Chart(alt.Data(values=[{"note": "à noter"}])).mark_text(x=10, y=10)
    assert "à noter" in rendu.dessin(dessin + note.encode(alt.Text("note:N")))


@pytest.mark.parametrize("largeur", LARGEURS)
def test_un_tableau_vide_le_dit(largeur):
    assert "Aucun échange à l'import" in rendu.dessin(
        flux.dessin(couples().head(0), "import", largeur)
    )


# Les figures


def test_la_region_et_la_france_cote_a_cote_chacune_avec_son_total():
    territoire = fiche(("export", "P1", "DE", 5_000_000))
    table = flux.tableau(territoire, "export")
    assert flux.figure(territoire, table, "export").identifiant == "flux-export"
    comparees = flux.figures_comparees(territoire, "export", table, table)
    noms = [figure.identifiant for figure in comparees.figures]
    assert noms == ["flux-export-region", "flux-export-france"]
    assert "Flux à l'export, Occitanie (en valeur, 2024)" in simple(comparees.html)
    assert simple(comparees.html).count("Total des exportations : 5,0 millions d'euros") == 2
    assert simple(flux.comparaison(territoire)).startswith("Les mêmes flux, en Occitanie puis")


def test_la_corse_n_est_pas_comparee_a_elle_meme():
    corse = fiche(("export", "P1", "DE", 5_000_000), code="20")
    table = flux.tableau(corse, "export")
    comparees = flux.figures_comparees(corse, "export", table, table)
    assert [figure.identifiant for figure in comparees.figures] == ["flux-export-france"]
    assert "Total des exportations" in comparees.html and "comparaison" not in comparees.html
    assert flux.comparaison(corse) == ""
