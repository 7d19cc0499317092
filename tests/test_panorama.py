"""Le panorama : lecture du lot, sommes par région, statuts, points à vérifier, tableau, carte."""

import html
import json
import re
from dataclasses import replace

import nbformat
import pandas as pd
import papermill
import pytest

from commerce import ErreurDonnees, panorama
from commerce.figure import tableau
from commerce.panorama import lecture, mise_en_page
from commerce.references import departements, tuiles

REGION = {"export": 450, "import": 550}
FRANCE = {"export": 10_000_000_000, "import": 20_000_000_000}


def lignes(code, exporte, importe, annee=2024, france=FRANCE):
    """Les indicateurs de base d'une fiche, comme les écrit le lot."""
    montants = {"export": exporte, "import": importe}
    couverture = 100 * exporte / importe if importe else ""
    return [
        *((code, annee, "total_eur", sens, montant) for sens, montant in montants.items()),
        *((code, annee, "total_region_eur", sens, REGION[sens]) for sens in montants),
        *((code, annee, "total_france_eur", sens, total) for sens, total in france.items()),
        (code, annee, "solde_eur", "", exporte - importe),
        (code, annee, "taux_couverture_pct", "", couverture),
    ]


def entree(code, statut="executee", jeu="reelles", alertes=(), erreur=""):
    """L'entrée d'une fiche au journal."""
    slug = departements()[code].slug
    fiche = {"jeu": jeu} if statut != "echec" else {}
    return {
        **{"code": code, "slug": slug, "statut": statut, "fiche": fiche},
        **{"alertes": list(alertes), "erreur": erreur},
    }


@pytest.fixture
def ecrire(tmp_path):
    """Écrit un lot et le relit."""

    def _ecrire(indicateurs, fiches=None):
        table = pd.DataFrame(indicateurs, columns=list(lecture.COLONNES))
        table.to_csv(tmp_path / "indicateurs.csv", index=False)
        if fiches is not None:
            contenu = json.dumps({"fiches": fiches}, ensure_ascii=False)
            (tmp_path / "journal.json").write_text(contenu, encoding="utf-8")
        return panorama.lire(tmp_path / "indicateurs.csv", tmp_path / "journal.json")

    return _ecrire


@pytest.fixture
def vue(ecrire):
    """Trois fiches d'Occitanie publiées, une en échec, le reste absent."""
    return ecrire(
        lignes("09", 300, 100) + lignes("11", 100, 400) + lignes("12", 50, 50),
        [
            entree("09"),
            entree("11", "reprise", alertes=["Données provisoires pour 2024."]),
            entree("12"),
            entree("32", "echec", erreur="cellule « entete » : <b>panne</b>"),
        ],
    )


def fiche(vue, code):
    return vue.fiches.set_index("code").loc[code]


def tableau_html(vue):
    return panorama.tableau(vue, panorama.par_region(vue))


def simple(texte):
    """Le texte, ses espaces insécables en espaces."""
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def test_cent_territoires_quoi_qu_il_arrive(vue):
    assert list(vue.fiches["code"]) == list(departements())
    assert fiche(vue, "09")["solde_eur"] == 200
    assert fiche(vue, "09")["couverture_pct"] == 300
    assert pd.isna(fiche(vue, "75")["export_eur"])


def test_statuts(vue):
    statuts = {code: fiche(vue, code)["statut"] for code in ("09", "11", "32", "75")}
    assert statuts == {"09": "executee", "11": "reprise", "32": "echec", "75": "absente"}


def test_fiche_sans_journal(ecrire):
    assert fiche(ecrire(lignes("09", 1, 1)), "09")["statut"] == "hors_journal"


def test_totaux_de_la_france(vue):
    assert vue.totaux == FRANCE
    assert not vue.totaux_divers


def test_totaux_qui_se_contredisent(ecrire):
    autres = {"export": 1, "import": 2}
    vue = ecrire(lignes("09", 1, 1) + lignes("11", 1, 1, france=autres), [entree("09")])
    assert vue.totaux_divers
    assert pd.isna(vue.totaux["export"])
    assert any("même total national" in point for point in panorama.a_verifier(vue))


def test_totaux_par_region(vue):
    occitanie = panorama.par_region(vue).set_index("region").loc["76"]
    assert (occitanie["fiches"], occitanie["territoires"]) == (3, 13)
    assert (occitanie["export_eur"], occitanie["import_eur"]) == (450, 550)
    assert occitanie["solde_eur"] == -100
    assert occitanie["couverture_pct"] == pytest.approx(100 * 450 / 550)


def test_region_sans_fiche(vue):
    bretagne = panorama.par_region(vue).set_index("region").loc["53"]
    assert bretagne["fiches"] == 0
    assert pd.isna(bretagne["export_eur"])


def test_regions_par_nom_et_drom_a_la_fin(vue):
    noms = list(panorama.par_region(vue)["region_nom"])
    assert noms[0] == "Auvergne-Rhône-Alpes"
    assert noms[-1] == "Ensemble des DROM"
    assert noms.index("Grand Est") < noms.index("Île-de-France") < noms.index("Normandie")


def test_points_a_verifier_les_echecs_d_abord(vue):
    points = [simple(point) for point in panorama.a_verifier(vue)]
    assert points[0].startswith("Gers (32) : échec, cellule « entete »")
    assert "96" in points[1] and "absentes" in points[1]
    assert points[-1] == "Aude (11) : Données provisoires pour 2024."


def test_annees_differentes(ecrire):
    vue = ecrire(lignes("09", 1, 1) + lignes("11", 1, 1, annee=2023), [entree("09"), entree("11")])
    assert vue.annees == [2023, 2024] and vue.annee == 2024
    points = [simple(point) for point in panorama.a_verifier(vue)]
    assert "Les fiches portent sur des années différentes : 2023, 2024." in points


@pytest.mark.parametrize(
    ("jeux", "mention"),
    [
        (["reelles", "reelles"], ""),
        (["reelles", "demonstration"], "données de démonstration, fictives"),
        (["reelles", ""], "données d'origine inconnue"),
    ],
)
def test_rien_de_fictif_ne_passe_pour_reel(ecrire, jeux, mention):
    codes = ("09", "11")
    fiches = [entree(code, jeu=jeu) for code, jeu in zip(codes, jeux, strict=True)]
    vue = ecrire(lignes("09", 1, 1) + lignes("11", 1, 1), fiches)
    notice = panorama.entete(vue).notice
    assert vue.mention == notice["mention"] == mention
    assert mention in notice["titre"] and mention in vue.source.lower()
    # Ce que l'analyste montre de plus porte la même mention, et le nom de la page.
    montre = tableau(vue, panorama.par_region(vue), titre="Régions")
    assert mention in montre.titre and "panorama-regions-2024.csv" in montre.html


def test_les_fiches_font_elles_la_france(ecrire):
    toutes = [ligne for code in departements() for ligne in lignes(code, 99_990_000, 199_990_000)]
    vue = ecrire(toutes, [entree(code) for code in departements()])
    phrase = simple(panorama.ensemble(vue))
    assert "99,99 % des exportations" in phrase and "100,00 % des importations" in phrase
    assert panorama.a_verifier(vue) == []
    assert "Aucun point" in panorama.points_a_verifier([])


def test_pas_de_phrase_sur_la_france_tant_qu_il_manque_une_fiche(vue):
    assert panorama.ensemble(vue) == ""


def test_couverture_sans_importation(ecrire):
    vue = ecrire(lignes("09", 5, 0), [entree("09")])
    assert mise_en_page.classe_de_couverture(fiche(vue, "09")["couverture_pct"]) == "vide"
    assert "n.s." not in tableau_html(vue)


@pytest.mark.parametrize(
    ("taux", "classe"),
    [(0, "c0"), (49.9, "c0"), (50, "c1"), (99.99, "c2"), (100, "c3"), (200, "c5"), (1e6, "c5")],
)
def test_classes_de_couleur(taux, classe):
    assert mise_en_page.classe_de_couverture(taux) == classe


def test_carte_une_tuile_par_territoire(vue):
    carte = panorama.carte(vue)
    assert carte.count("pastille") == len(mise_en_page.BORNES_PCT) + 1
    places = re.findall(r"grid-area:(\d+)/(\d+)", carte)
    assert len(places) == len(set(places)) == 100
    assert max(int(colonne) for _, colonne in places) <= 12
    assert 'href="09-ariege.html"' in carte
    assert "Ariège, taux de couverture 300\u00a0%" in carte
    assert 'href="32-gers.html"' not in carte


def test_carte_fidele_a_la_geographie():
    """Le nord est en haut, l'est à droite : quelques voisinages que chacun connaît."""
    places = tuiles()
    for nord, sud in [("59", "75"), ("75", "31"), ("67", "68"), ("69", "13"), ("50", "64")]:
        assert places.at[nord, "ligne"] < places.at[sud, "ligne"]
    for ouest, est in [("29", "35"), ("35", "75"), ("75", "57"), ("33", "69"), ("64", "06")]:
        assert places.at[ouest, "colonne"] < places.at[est, "colonne"]


def test_tableau_entier_et_lie(vue):
    entier = tableau_html(vue)
    assert len(re.findall(r"<tr data-region=", entier)) == 100
    assert entier.count("<tbody>") == 14
    assert len(re.findall(r'href="[\w-]+\.html"', entier)) == 3
    ariege = re.search(
        r"<tr data-region=\"76\"[^>]*>(?:(?!</tr>).)*09-ariege(?:(?!</tr>).)*", entier
    )
    assert 'data-tri="300.0"' in ariege[0]
    assert "Exécutée" in ariege[0]


def test_chaque_filtre_a_sa_regle(vue):
    regles = panorama.style(vue).html
    options = re.findall(r'<option value="([^"]+)"', tableau_html(vue))
    assert set(options) == {*vue.fiches["region"], "executee", "reprise", "echec", "absente"}
    assert all(f'option[value="{valeur}"]:checked' in regles for valeur in options)


def test_le_texte_venu_du_journal_reste_du_texte(vue):
    points = panorama.points_a_verifier(panorama.a_verifier(vue))
    assert "&lt;b&gt;panne" in points
    assert "<b>panne" not in points


def test_lot_vide(tmp_path):
    vue = panorama.lire(tmp_path / "absent.csv", tmp_path / "absent.json")
    assert set(vue.fiches["statut"]) == {"absente"}
    assert vue.mention == "" and vue.annee == 0
    (point,) = panorama.a_verifier(vue)
    assert "run_all.py" in point and point in html.unescape(panorama.entete(vue).html)
    assert "nan" not in tableau_html(vue)


def test_colonne_absente(tmp_path):
    (tmp_path / "i.csv").write_text("code,annee\n09,2024\n", encoding="utf-8")
    with pytest.raises(ErreurDonnees, match=r"i\.csv : il manque indicateur, flux, valeur"):
        panorama.lire(tmp_path / "i.csv", tmp_path / "absent.json")


def test_code_inconnu(ecrire):
    with pytest.raises(ErreurDonnees, match="Aucun territoire n'a pour code 99"):
        ecrire(lignes("99", 1, 1), [])


def test_chiffre_donne_deux_fois(ecrire):
    with pytest.raises(ErreurDonnees, match=r"ligne 10 : total_eur est donné deux fois .* 09"):
        ecrire(lignes("09", 1, 1) + lignes("09", 1, 1), [])


def test_journal_illisible(tmp_path):
    (tmp_path / "j.json").write_text("{", encoding="utf-8")
    with pytest.raises(ErreurDonnees, match=r"j\.json n'est pas un journal lisible"):
        panorama.lire(tmp_path / "absent.csv", tmp_path / "j.json")


def test_le_carnet_tourne_sur_un_lot_vide(racine, tmp_path):
    carnets = racine / "notebooks"
    execute = papermill.execute_notebook(
        str(carnets / "2_panorama_national.ipynb"),
        str(tmp_path / "index.ipynb"),
        parameters={
            "donnees_indicateurs": str(tmp_path / "absent.csv"),
            "journal": str(tmp_path / "absent.json"),
        },
        cwd=str(carnets),
        progress_bar=False,
    )
    nbformat.validate(execute)
    entete = next(cellule for cellule in execute.cells if cellule.id == "entete")
    assert "Aucune fiche n'a encore été produite" in html.unescape(
        entete.outputs[0].data["text/html"]
    )


def test_publier_malgre_un_controle_est_le_premier_point_a_verifier(tmp_path):
    """Le relecteur le voit sur l'index, et pas seulement dans le journal."""
    journal = tmp_path / "journal.json"
    dit = {"fiches": [], "passe_outre": ["Lozère (48) n'a aucune ligne."]}
    journal.write_text(json.dumps(dit), encoding="utf-8")
    vue = lecture.lire(tmp_path / "absent.csv", journal)
    vue = replace(vue, fiches=vue.fiches.assign(statut="echec", erreur="motif"))
    premier = lecture.a_verifier(vue)[0]
    assert "malgré un contrôle bloquant" in premier and "Lozère (48)" in premier
