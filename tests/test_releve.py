"""Le relevé des données : ce qu'il dit, ses figures, et sa page tirée du lot."""

import json
import re

import pytest
from petites_douanes import annee_complete, ecrire, ligne, lignes

from commerce import chemins, theme
from commerce.dessin import alternatives
from commerce.donnees.preparation import preparer
from commerce.figure import rendu
from commerce.releve import dessins as graphiques_releve
from commerce.releve import parties as releve
from commerce.releve import tableaux as tables_releve

REVISE = "REGIONAL_CPF4PAYS{}.txt"


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
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", racine / "p")
        yield releve.ouvrir(source=source)


@pytest.fixture(scope="module")
def sans_suite(tmp_path_factory):
    """Une seule année, à laquelle il manque un trimestre."""
    racine = tmp_path_factory.mktemp("incomplet")
    for flux in "EI":
        ecrire(racine / "s" / f"{flux}.txt", lignes(flux, 2024, (1, 2, 4)))
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", racine / "p")
        yield releve.ouvrir(source=racine / "s")


def html(partie) -> str:
    """Le HTML d'une partie, avec des espaces et des apostrophes simples à chercher."""
    texte = str(getattr(partie, "html", partie)).replace("&#39;", "'")
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def test_le_releve_dit_tout_et_echappe_ce_qui_vient_des_fichiers(reel):
    assert reel.annee == 2024 and reel.provisoire
    entete = html(releve.entete(reel))
    assert "Années complètes : 2023, 2024. Une partie de l'année est provisoire." in entete
    assert "fictives" not in entete and "14 sur 17" in entete
    assert "Region_2024_Export.zip" in html(releve.sources(reel))
    assert "&lt;i&gt;intrus.txt : texte ignoré" in html(releve.avertissements(reel))
    assert "2 contrôles bloquants en échec" in html(releve.controles(reel))
    assert "598,3" in html(releve.rapprocher(reel))
    assert re.search(r"<th[^>]*>ZZ</th><td>pays</td>", html(releve.codes_inconnus(reel)))
    assert "T4 2024*" in html(releve.trimestres(reel))
    assert "astérisque" in html(releve.trimestres(reel))


def test_la_notice_du_releve_est_celle_que_le_lot_attend(reel):
    notice = releve.entete(reel).notice
    assert (notice["code"], notice["slug"], notice["jeu"]) == ("donnees", "donnees", "reelles")
    assert notice["indicateurs"] == [] and notice["titre"].startswith("Données des fiches (2024)")


def test_les_revisions_sont_la_difference_des_deux_editions(reel):
    table = tables_releve.revisions(reel.prepare)
    assert list(zip(table["flux"], table["trimestre"], strict=True)) == [
        *(("export", 3), ("export", 4), ("import", 3), ("import", 4))
    ]
    assert set(table["retenu"]) == {REVISE.format(flux) for flux in "EI"}
    # Sept territoires, deux produits, trois partenaires : 42 lignes de 1 000 € devenues 1 100 €.
    assert table["ecart_eur"].tolist() == [4_200, 74_200] * 2
    assert table["ecart_pct"].round(3).tolist() == [10.0, 176.667] * 2
    assert "Fichier écarté" in html(releve.revisions(reel))


def test_les_mouvements_sont_ceux_des_totaux_annuels(reel):
    table = tables_releve.mouvements(reel.prepare.totaux(), 2024)
    ariege = table[(table["nom"] == "Ariège") & (table["flux"] == "export")].iloc[0]
    assert (ariege["precedent_eur"], ariege["valeur_eur"]) == (12_000, 95_200)
    assert table["ecart_eur"].abs().groupby(table["flux"]).is_monotonic_decreasing.all()
    assert {"Monaco", "La Réunion"} & set(table["nom"]) == {"Monaco"}


def test_les_partenaires_non_classes_font_la_part_des_controles(reel):
    table = tables_releve.non_classes(reel.prepare, 2024)
    faits = reel.prepare.meta["faits"]["2024"]["non_classes"]
    for flux, fait in faits.items():
        siens = table[table["flux"] == flux]
        assert siens["valeur_eur"].sum() == fait["valeur_eur"]
        part_pct = 100 * fait["valeur_eur"] / fait["total_eur"]
        assert siens["part_pct"].sum() == pytest.approx(part_pct)


def test_tous_les_partenaires_sont_des_pays(tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")
    for flux in "EI":
        pays = [texte for texte in lignes(flux, 2024) if ";QU;" not in texte]
        ecrire(tmp_path / "s" / f"{flux}.txt", pays)
    lu = releve.ouvrir(source=tmp_path / "s")
    assert html(releve.non_classes(lu)) == "<p>Tous les partenaires sont des pays.</p>"


def test_sans_edition_ni_annee_d_avant_le_releve_le_dit(sans_suite):
    assert "il n'y a pas d'édition à comparer" in html(releve.revisions(sans_suite))
    assert "rien à comparer" in html(releve.mouvements(sans_suite))
    assert "Tous les codes" in html(releve.codes_inconnus(sans_suite))
    assert "BLOQUANT" in html(releve.controles(sans_suite))
    assert "aucune fiche ne peut être publiée" in html(releve.controles(sans_suite))
    assert "publication impossible" in html(releve.entete(sans_suite))
    assert "Années complètes : aucune." in html(releve.entete(sans_suite))


@pytest.mark.parametrize("dessin", graphiques_releve.PAR_GRAPHIQUE, ids=lambda d: d.__name__)
@pytest.mark.parametrize("largeur", [theme.LARGE, theme.ETROIT])
def test_chaque_dessin_se_fait_avec_ou_sans_ligne(reel, dessin, largeur):
    tables = {
        "trimestres": tables_releve.trimestres(reel.prepare, 2024),
        "revisions": tables_releve.revisions(reel.prepare),
        "mouvements": tables_releve.mouvements(reel.prepare.totaux(), 2024),
        "non_classes": tables_releve.non_classes(reel.prepare, 2024),
    }
    table = tables[dessin.__name__]
    for flux in ("export", "import"):
        pleine = rendu.dessin(dessin(table, flux, largeur=largeur), None)
        assert pleine.count("<title>") >= table["flux"].eq(flux).sum()
        vide = rendu.dessin(dessin(table.head(0), flux, largeur=largeur), None)
        assert ": aucun" in vide.replace("\u00a0", " ")
        dit = alternatives.alternative(dessin, table, sens=flux)
        assert "nan" not in dit and dit.endswith(alternatives.SUITE)
        assert ": aucun" in alternatives.alternative(dessin, table.head(0), sens=flux)


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


def test_le_releve_de_la_demonstration_est_reproductible():
    lus = [releve.ouvrir(donnees=preparer(chemins.DEMONSTRATION)) for _ in range(2)]
    assert html(releve.mouvements(lus[0])) == html(releve.mouvements(lus[1]))
    assert "fictives" in html(releve.entete(lus[0]))
