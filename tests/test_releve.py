"""Le relevé des données : ce qu'il dit, ses figures, et sa page tirée du lot."""

import json
import re

import altair as alt
import pandas as pd
import pytest
from dessins import fautes
from petites_douanes import annee_complete, ecrire, ligne, lignes

from commerce import chemins, releve, theme
from commerce.donnees.preparation import preparer
from commerce.figure import figure as figure_de
from commerce.figure import rendu
from commerce.releve import figures

REVISE = "REGIONAL_CPF4PAYS{}.txt"
SECTIONS = ("trimestres", "revisions", "mouvements", "non_classes")


def lire(racine, source):
    """Le relevé d'un dossier de fichiers, préparé à part."""
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", racine / "p")
        return releve.ouvrir(source=source)


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    """Deux années, puis leurs derniers trimestres révisés, un code inconnu et un intrus."""
    racine = tmp_path_factory.mktemp("releve")
    source = annee_complete(annee_complete(racine / "s"), annee=2023, valeur_eur=500)
    ecrire(source / "<i>intrus.txt", "bonjour")
    for flux in "EI":
        revises = lignes(flux, 2024, (3, 4), valeur_eur=1100) + lignes(flux, 2025, (1, 2))
        revises.append(ligne(flux=flux, trimestre=4, pays="ZZ", valeur_eur=70_000))
        ecrire(source / REVISE.format(flux), revises)
    return lire(racine, source)


@pytest.fixture(scope="module")
def sans_suite(tmp_path_factory):
    """Une seule année, à laquelle il manque un trimestre."""
    racine = tmp_path_factory.mktemp("incomplet")
    for flux in "EI":
        ecrire(racine / "s" / f"{flux}.txt", lignes(flux, 2024, (1, 2, 4)))
    return lire(racine, racine / "s")


@pytest.fixture(scope="module")
def demonstration():
    """Le relevé du jeu fictif."""
    return releve.ouvrir(donnees=preparer(chemins.DEMONSTRATION))


def montrer(lu, section) -> str:
    """Le HTML d'une figure, ou de la phrase qui en tient lieu."""
    return html(getattr(releve, f"figure_{section}")(lu, getattr(releve, section)(lu)))


def html(partie) -> str:
    """Le HTML d'une partie, avec des espaces et des apostrophes simples à chercher."""
    texte = str(getattr(partie, "html", partie)).replace("&#39;", "'")
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def dessiner(section, table, flux, largeur=theme.ETROIT) -> str:
    """Le SVG d'un panneau."""
    return rendu.dessin(getattr(releve, f"dessin_{section}")(table, flux, largeur=largeur))


def test_le_releve_dit_tout_et_echappe_ce_qui_vient_des_fichiers(reel):
    assert reel.annee == 2024 and reel.provisoire
    entete = html(releve.entete(reel))
    assert "Années complètes : 2023, 2024. Une partie de l'année est provisoire." in entete
    assert "fictives" not in entete and "15 sur 18" in entete
    assert "Region_2024_Export.zip" in html(releve.texte_fichiers(releve.fichiers(reel)))
    assert "&lt;i&gt;intrus.txt : texte ignoré" in html(releve.avertissements(reel))
    assert "3 contrôles bloquants en échec" in html(releve.texte_controles(releve.controles(reel)))
    assert "598,3" in html(releve.texte_total_officiel(reel, releve.total_officiel(reel)))
    codes = html(releve.texte_codes_inconnus(releve.codes_inconnus(reel)))
    assert re.search(r"<th[^>]*>ZZ</th><td>pays</td>", codes)
    assert "T4 2024*" in montrer(reel, "trimestres")
    assert "astérisque" in montrer(reel, "trimestres")
    assert "Fichier écarté" in montrer(reel, "revisions")


def test_la_notice_du_releve_est_celle_que_le_lot_attend(reel):
    notice = releve.entete(reel).notice
    assert (notice["code"], notice["slug"], notice["jeu"]) == ("donnees", "donnees", "reelles")
    assert notice["indicateurs"] == [] and notice["titre"].startswith("Données des fiches (2024)")


def test_les_revisions_sont_la_difference_des_deux_editions(reel):
    table = releve.revisions(reel)
    assert list(zip(table["flux"], table["trimestre"], strict=True)) == [
        *(("export", 3), ("export", 4), ("import", 3), ("import", 4))
    ]
    assert set(table["retenu"]) == {REVISE.format(flux) for flux in "EI"}
    # Sept territoires, deux produits, trois partenaires : 42 lignes de 1 000 € devenues 1 100 €.
    assert table["ecart_eur"].tolist() == [4_200, 74_200] * 2
    assert table["ecart_pct"].round(3).tolist() == [10.0, 176.667] * 2


def test_un_trimestre_deux_fois_revise_a_deux_barres(reel):
    table = releve.revisions(reel)
    deux = pd.concat([table, table.assign(ecarte="plus_ancien.txt", ecart_eur=-5)])
    dessin = dessiner("revisions", deux, "export")
    assert len(set(re.findall(r'<path[^>]*d="([^"]+)"[^>]*><title>T4', dessin))) == 2


def test_les_mouvements_sont_ceux_des_totaux_annuels(reel):
    table = releve.mouvements(reel)
    ariege = table[(table["nom"] == "Ariège") & (table["flux"] == "export")].iloc[0]
    assert (ariege["precedent_eur"], ariege["valeur_eur"]) == (12_000, 95_200)
    assert table["ecart_eur"].abs().groupby(table["flux"]).is_monotonic_decreasing.all()
    assert {"Monaco", "La Réunion"} & set(table["nom"]) == {"Monaco"}
    assert set(releve.mouvements(reel, nombre=2)["flux"].value_counts()) == {2}


def test_les_partenaires_non_classes_font_la_part_des_controles(reel):
    table = releve.non_classes(reel)
    for flux, fait in reel.prepare.meta["faits"]["2024"]["non_classes"].items():
        siens = table[table["flux"] == flux]
        assert siens["valeur_eur"].sum() == fait["valeur_eur"]
        part_pct = 100 * fait["valeur_eur"] / fait["total_eur"]
        assert siens["part_pct"].sum() == pytest.approx(part_pct)


def test_tous_les_partenaires_sont_des_pays(tmp_path):
    for flux in "EI":
        pays = [texte for texte in lignes(flux, 2024) if ";QU;" not in texte]
        ecrire(tmp_path / "s" / f"{flux}.txt", pays)
    lu = lire(tmp_path, tmp_path / "s")
    assert montrer(lu, "non_classes") == "<p>Tous les partenaires sont des pays.</p>"


def test_sans_edition_ni_annee_d_avant_le_releve_le_dit(sans_suite):
    assert "il n'y a pas d'édition à comparer" in montrer(sans_suite, "revisions")
    assert "rien à comparer" in montrer(sans_suite, "mouvements")
    codes = releve.texte_codes_inconnus(releve.codes_inconnus(sans_suite))
    assert "Tous les codes" in html(codes)
    controles = html(releve.texte_controles(releve.controles(sans_suite)))
    assert "BLOQUANT" in controles and "aucune fiche ne peut être publiée" in controles
    assert "contrôle bloquant en échec" in html(releve.entete(sans_suite))
    assert "Années complètes : aucune." in html(releve.entete(sans_suite))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("largeur", [theme.LARGE, theme.ETROIT])
def test_chaque_dessin_se_fait_avec_ou_sans_ligne(reel, section, largeur):
    table = getattr(releve, section)(reel)
    alternative = getattr(figures, f"alternative_{section}")
    for flux in ("export", "import"):
        pleine, vide = (dessiner(section, t, flux, largeur) for t in (table, table.head(0)))
        assert pleine.count("<title>") >= table["flux"].eq(flux).sum()
        assert "<title>" not in vide and "Aucun" in vide
        assert "nan" not in alternative(table, flux)
        assert ": aucun" in html(alternative(table.head(0), flux))


def test_une_hausse_et_une_baisse_ont_la_couleur_du_flux(reel):
    table = releve.mouvements(reel).assign(ecart_eur=[100, -100] * 7)
    dessin = dessiner("mouvements", table, "export")
    assert theme.theme().couleurs.exportations in dessin
    for juge in ("positif", "negatif"):
        assert getattr(theme.theme().couleurs, juge) not in dessin


def test_aucun_mot_coupe_ni_recouvert(demonstration, navigateur):
    tables = {section: getattr(releve, section)(demonstration) for section in SECTIONS}
    tables["mouvements"] = releve.mouvements(demonstration, nombre=100)
    dessins = {
        f"{section}-{flux}-{largeur}": dessiner(section, table, flux, largeur)
        for section, table in tables.items()
        for flux in ("export", "import")
        for largeur in (theme.LARGE, theme.ETROIT)
    }
    assert fautes(navigateur, dessins) == {}


def test_un_graphique_de_l_analyste_devient_une_figure_du_releve(demonstration):
    mouvements = releve.mouvements(demonstration)
    graphique = alt.Chart(mouvements, title="Écarts").mark_bar().encode(x="ecart_eur:Q", y="nom:N")
    montree = html(figure_de(demonstration, graphique))
    assert "demonstration-donnees-ecarts-2024.csv" in montree and "fictives" in montree


def test_le_lot_publie_le_releve_et_l_index_y_mene(lot):
    page = (lot / "html" / "donnees.html").read_text(encoding="utf-8")
    index = (lot / "html" / "index.html").read_text(encoding="utf-8")
    carnet = (lot / "notebooks" / "donnees.ipynb").read_text(encoding="utf-8")
    assert 'href="donnees.html"' in index and 'href="index.html"' in page
    assert "démonstration, fictives" in page
    assert {"figure-trimestres", "figure-mouvements", "figure-non-classes"} <= set(
        re.findall(r'<figure id="([^"]+)"', page)
    )
    for machine in (str(chemins.RACINE), str(lot)):
        assert machine not in page and machine not in carnet
    journal = json.loads((lot / "journal.json").read_text(encoding="utf-8"))
    releve_fait, fiche = journal["annexes"]["donnees"], journal["fiches"][0]
    assert releve_fait["statut"] == "executee"
    for nom in ("annee", "donnees"):
        assert releve_fait["parametres"][nom] == fiche["parametres"][nom]
