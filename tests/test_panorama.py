"""Le panorama : lecture du lot, sommes par région, indicateurs, recherche, tableau, carte."""

import html
import json
import re
from collections import Counter
from statistics import median

import nbformat
import pandas as pd
import papermill
import pytest

from commerce import ErreurDonnees, cartes, panorama
from commerce.cartes.contours import UNITES, aire, anneaux
from commerce.figure import tableau
from commerce.panorama import indicateur, lecture
from commerce.references import contours, departements, tuiles

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


def entree(code, statut="executee", jeu="reelles", alertes=(), erreur="", essentiel=()):
    """L'entrée d'une fiche au journal."""
    slug = departements()[code].slug
    fiche = {"jeu": jeu, "essentiel": list(essentiel)} if statut != "echec" else {}
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


def test_annees_differentes(ecrire):
    vue = ecrire(lignes("09", 1, 1) + lignes("11", 1, 1, annee=2023), [entree("09"), entree("11")])
    assert vue.annees == [2023, 2024] and vue.annee == 2024


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


def test_pas_de_phrase_sur_la_france_tant_qu_il_manque_une_fiche(vue):
    assert panorama.ensemble(vue) == ""


@pytest.mark.lourd
def test_couverture_sans_importation(ecrire):
    vue = ecrire(lignes("09", 5, 0), [entree("09")])
    assert "n.s." not in tableau_html(vue)
    assert [choisi.cle for choisi in indicateur.choix(vue)] == [
        *("exportations", "importations", "solde")
    ]
    assert "nan" not in indicateurs_html(vue)


# Indicateurs


@pytest.fixture
def cent(ecrire):
    """Cent fiches aux exportations toutes différentes, de 1 à 100 millions, et un solde négatif."""
    montants = {code: 1_000_000 * (rang * 37 % 101) for rang, code in enumerate(departements(), 1)}
    assert len(set(montants.values())) == 100
    toutes = [ligne for c, montant in montants.items() for ligne in lignes(c, montant, 60_000_000)]
    return ecrire(toutes, [entree(code) for code in montants])


def indicateurs_html(vue):
    return panorama.indicateurs(vue, panorama.par_region(vue))


def panneau(vue, cle):
    """Ce que montre la page quand cet indicateur est choisi."""
    return indicateurs_html(vue).partition(f'data-cle="{cle}"')[2].partition("</section>")[0]


def choisi(vue, cle):
    return next(choisi for choisi in indicateur.choix(vue) if choisi.cle == cle)


@pytest.mark.lourd
def test_classement_refait_a_la_main(cent):
    attendu = sorted(cent.fiches["export_eur"], reverse=True)
    classement = panneau(cent, "exportations").partition("<ol ")[2].partition("</ol>")[0]
    lus = re.findall(
        r'<li value="(\d+)" data-r="\w+"><a href="[\w-]+.html">[^<]+</a> <span>([^<]+)', classement
    )
    assert [int(rang) for rang, _ in lus] == list(range(1, 101))
    assert [simple(ecrit) for _, ecrit in lus] == [f"{v // 10**6:.0f},0 M€" for v in attendu]
    # La médiane est entre les cinquante premiers et les cinquante derniers.
    avant, _, apres = classement.partition('<li class="mediane">')
    assert avant.count("<li ") == 50
    milieu = f"{median(attendu) / 10**6:.1f} M€".replace(".", ",")
    assert f"Médiane : {milieu}" in simple(apres)


def test_tranches_et_classes_comptent_chaque_territoire_une_fois(cent):
    exportations = choisi(cent, "exportations")
    table = indicateur.tableau(cent, exportations)
    tranches = indicateur.tranches(table, exportations)
    assert tranches["territoires"].sum() == 100
    assert Counter(table["classe"]) == dict.fromkeys(("s0", "s1", "s2", "s3", "s4"), 20)
    # Tranches de 20 millions recomptées sur les montants.
    comptes = Counter(int(v // 10**6 // 20) for v in cent.fiches["export_eur"])
    lues = {simple(t.tranche): t.territoires for t in tranches.itertuples()}
    assert lues["20,0 M€ à 40,0 M€"] == comptes[1] and lues["moins de 20,0 M€"] == comptes[0]
    assert simple(tranches.loc[tranches["mediane"], "tranche"].item()) == "40,0 M€ à 60,0 M€"


def test_le_pivot_separe_les_couleurs(cent):
    for cle, pivot in (("solde", 0), ("couverture", 100)):
        table = indicateur.tableau(cent, choisi(cent, cle))
        assert set(table.loc[table["valeur"] < pivot, "classe"]) == {"c0", "c1", "c2"}
        assert set(table.loc[table["valeur"] >= pivot, "classe"]) == {"c3", "c4", "c5"}


def test_un_ex_aequo_partage_rang_et_couleur(ecrire):
    codes = ("09", "11", "12", "30")
    montants = (5_000_000, 9_000_000, 5_000_000, 1_000_000)
    toutes = [ligne for c, m in zip(codes, montants, strict=True) for ligne in lignes(c, m, 10**6)]
    vue = ecrire(toutes, [entree(code) for code in codes])
    table = indicateur.tableau(vue, choisi(vue, "exportations")).set_index("code")
    assert table.loc[list(codes), "rang"].tolist() == [2, 1, 2, 4]
    assert table.at["09", "classe"] == table.at["12", "classe"]
    assert table.at["75", "classe"] == "vide" and pd.isna(table.at["75", "rang"])


def test_chaque_indicateur_a_sa_regle_et_chaque_region(cent):
    regles, page = panorama.style(cent).html, indicateurs_html(cent)
    valeurs = re.findall(r'<option value="([^"]+)"', page)
    assert set(valeurs) == {*(c.cle for c in indicateur.choix(cent)), *cent.fiches["region"]}
    assert all(f'option[value="{valeur}"]:checked' in regles for valeur in valeurs)


@pytest.mark.lourd
def test_carte_une_forme_par_territoire(vue):
    page = indicateurs_html(vue)
    assert set(re.findall(r'<g id="d(\w+)"', page)) == set(departements())
    carte = panneau(vue, "couverture").partition('<g class="encart">')[0]
    assert carte.count("<use ") == 100
    assert 'href="09-ariege.html"' in carte and 'href="32-gers.html"' not in carte
    assert "Ariège : 300,0 %" in simple(carte)


def test_contours_fideles_a_la_geographie():
    """Chaque territoire a sa forme, dans le cadre, et ses voisins là où chacun les connaît."""
    milieux = {}
    for code, trace in contours().items():
        points = [p for anneau in anneaux(trace) for p in anneau]
        assert all(0 <= x <= UNITES and 0 <= y <= UNITES for x, y in points)
        milieux[code] = [sum(cote) / len(points) for cote in zip(*points, strict=True)]
    assert milieux.keys() == departements().keys()
    for nord, sud in [("59", "75"), ("75", "31"), ("67", "68"), ("69", "13"), ("50", "64")]:
        assert milieux[nord][1] < milieux[sud][1]
    for ouest, est in [("29", "35"), ("35", "75"), ("75", "57"), ("33", "69"), ("13", "20")]:
        assert milieux[ouest][0] < milieux[est][0]


def test_le_localisateur_montre_toute_la_france_et_le_territoire():
    montre = str(cartes.localisateur(["09"], "L'Ariège dans la France"))
    assert len(montre) < 6000 and 'aria-label="L&#39;Ariège dans la France"' in montre
    france, ici = (
        sum(map(aire, anneaux(trace, UNITES))) for trace in re.findall(r'd="([^"]+)"', montre)
    )
    formes = {c: anneaux(trace, cartes.COTE_LOCALISATEUR) for c, trace in contours().items()}
    toutes = sum(abs(aire(anneau)) for forme in formes.values() for anneau in forme)
    assert france == pytest.approx(toutes, rel=0.03)
    assert abs(ici) == sum(abs(aire(anneau)) for anneau in formes["09"])


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


def test_rien_de_la_production_dans_la_page(vue):
    """Échecs, alertes et reprises sont pour le relecteur : le public ne les lit pas."""
    montre = tableau_html(vue) + indicateurs_html(vue) + panorama.entete(vue).html
    for mot in ("Exécutée", "Reprise", "Échec", "alerte", "panne", "sans pays identifié"):
        assert mot not in html.unescape(montre)


def test_la_premiere_phrase_de_chaque_fiche_est_dans_l_index(ecrire):
    dit = ["L'Ariège a exporté <b>.", "Autre phrase."]
    montre = tableau_html(ecrire(lignes("09", 1, 1), [entree("09", essentiel=dit)]))
    assert montre.count('class="dit"') == 1 and "Autre phrase" not in montre
    assert "<b>" not in montre and dit[0] in html.unescape(montre)


def test_chaque_filtre_a_sa_regle(vue):
    regles = panorama.style(vue).html
    options = re.findall(r'<option value="([^"]+)"', tableau_html(vue))
    assert set(options) == set(vue.fiches["region"])
    assert all(f'option[value="{valeur}"]:checked' in regles for valeur in options)


def test_lot_vide(tmp_path):
    vue = panorama.lire(tmp_path / "absent.csv", tmp_path / "absent.json")
    assert set(vue.fiches["statut"]) == {"absente"}
    assert vue.mention == "" and vue.annee == 0
    assert "run_all.py" in html.unescape(panorama.entete(vue).html)
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


# Recherche


@pytest.mark.parametrize(
    ("cherche", "codes"),
    [
        *[
            ("09", "09"),
            ("97", "971 972 973 974 976"),
            ("2A", "20"),
            ("2b", "20"),
            ("20", "20"),
            ("976", "976"),
        ],
        *[("ariege", "09"), ("ARIÈGE", "09"), ("Ariège", "09"), ("arieg", "09")],
        *[("val d oise", "95"), ("val-d'oise", "95"), ("Val d’Oise", "95"), ("valdoise", "")],
        *[("cotes d armor", "22"), ("côte d'or", "21"), ("puy de dome", "63"), ("belfort", "90")],
        *[("la reunion", "974"), ("réunion", "974"), ("mayotte", "976"), ("corse du sud", "20")],
        *[("haute corse", "20"), ("ille et vilaine", "35"), ("seine saint denis", "93")],
        *[("loire atlantique", "44"), ("paris", "75"), ("lozere", "48"), ("herault", "34")],
        *[("bretagne", "22 29 35 56"), ("occitanie gers", "32"), ("gers occitanie", "32")],
        *[("outre mer", "971 972 973 974 976"), ("haute savoie", "74"), ("", "tous"), ("xyz", "")],
    ],
)
def test_recherche(navigateur, page_du_tableau, cherche, codes):
    """Le champ de recherche, conduit comme au clavier dans la page."""
    page_du_tableau.fill("#filtre-nom", cherche)
    trouves = page_du_tableau.eval_on_selector_all(
        "tr[data-cherche] .code",
        "(codes) => codes.filter((c) => c.checkVisibility()).map((c) => c.innerText)",
    )
    attendus = list(departements()) if codes == "tous" else codes.split()
    assert sorted(trouves) == sorted(attendus)


@pytest.fixture(scope="module")
def page_du_tableau(navigateur, tmp_path_factory):
    """Le tableau et son script, dans une page sans rien d'autre."""
    vue = panorama.lire("absent.csv", "absent.json")
    contenu = f"{tableau_html(vue)}{panorama.style(vue).html}{panorama.script().html}"
    page = tmp_path_factory.mktemp("tableau") / "tableau.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{contenu}", encoding="utf-8")
    onglet = navigateur.new_page()
    onglet.goto(page.as_uri())
    yield onglet
    onglet.close()
