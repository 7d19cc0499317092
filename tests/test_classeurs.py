"""Les classeurs Excel : ce qu'ils contiennent, ce qu'ils ne peuvent pas contenir, où ils vont."""

import base64
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import lot_factice
import openpyxl
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from commerce import classeurs, indicateurs, parties, references
from commerce.donnees import prepare
from commerce.donnees.fiche import charger
from commerce.figure import feuille, tableaux
from commerce.formats import propre
from commerce.panorama import lecture as panorama
from fabrique import classeur, execution, joints, publication
from fabrique.lot import Modele, Page
from fabrique.sortie import Sortie
from fabrique.structure import NOTICE

OUVERTURE = ["Couverture", "Sommaire"]
ONGLETS = [
    *(*OUVERTURE, "Indicateurs", "Soldes par pays", "Activités"),
    *("Flux export", "Flux export, région", "Flux export, France"),
    *("Flux import", "Flux import, région", "Flux import, France", "Méthode"),
]
MENTION = "données de démonstration, fictives"
HOSTILES = (
    *("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SOMME(A1)", '=HYPERLINK("http://h.invalid")'),
    *("http://h.invalid/", "mailto:a@h.invalid", "_x0041_ &amp; <b>]]></b>", "\x00\x1b\u202ecba"),
    "mot " * 80,
)


def montrees(fiche) -> list:
    """Les figures publiées de la fiche, comme le notebook les montre."""
    soldes, activites = (partie.tableau(fiche) for partie in (parties.soldes, parties.activites))
    figures = [parties.soldes.figure(fiche, soldes), parties.activites.figure(fiche, activites)]
    for sens in indicateurs.SENS:
        for echelle in fiche.noms:
            couples = parties.flux.tableau(fiche, sens, echelle)
            figures.append(parties.flux.figure(fiche, couples, sens, echelle))
    return figures


def composer(fiche, figures, valeurs=None) -> bytes:
    """Le classeur d'une page qui montre ces figures, tel que la publication le compose."""
    valeurs = indicateurs.de_la_fiche(fiche) if valeurs is None else valeurs
    demande = classeurs.de_la_fiche(fiche, valeurs, parties.methode.precautions(fiche))
    return classeur.octets(demande.contenu, [feuille(figure) for figure in figures])


def ouvrir(contenu: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(contenu))


def lire(feuille) -> pd.DataFrame:
    """Tableau d'une feuille, sous ses titres de colonnes."""
    _, _, _, titres, *lignes = feuille.iter_rows(values_only=True)
    return pd.DataFrame(lignes, columns=titres)


def xml(contenu: bytes) -> str:
    """Tout le XML du classeur."""
    with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
        return "\n".join(archive.read(nom).decode() for nom in archive.namelist())


def fichier_du_lien(html: str) -> tuple[str, bytes]:
    """Nom et contenu du fichier porté par le lien, lus comme le ferait un navigateur."""
    (balise,) = re.findall(r"<a\b[^>]*\.xlsx[^>]*>", html)
    adresse = re.search(r'href="data:[^,]*;base64,([^"]*)"', balise)[1]
    return re.search(r'download="([^"]*)"', balise)[1], base64.b64decode(adresse, validate=True)


def fichier_publie(page: Path) -> tuple[str, bytes]:
    """Nom et contenu du fichier vers lequel la page publiée renvoie."""
    (balise,) = re.findall(r"<a\b[^>]*\.xlsx[^>]*>", page.read_text(encoding="utf-8"))
    adresse = re.search(r'href="([^"]*)"', balise)[1]
    return re.search(r'download="([^"]*)"', balise)[1], (page.parent / adresse).read_bytes()


@pytest.fixture(scope="module")
def fiche(demonstration):
    return charger("09", donnees=demonstration)


@pytest.fixture(scope="module")
def figures(fiche) -> list:
    return montrees(fiche)


@pytest.fixture(scope="module")
def contenu(fiche, figures) -> bytes:
    return composer(fiche, figures)


def test_une_feuille_par_figure_dans_l_ordre_de_la_page(contenu):
    assert ouvrir(contenu).sheetnames == ONGLETS


def test_chaque_feuille_a_les_valeurs_exactes_de_sa_figure(figures, contenu):
    lu = ouvrir(contenu)
    for figure, onglet in zip(figures, ONGLETS[3:-1], strict=True):
        lue, colonnes = lire(lu[onglet]), tableaux.colonnes_a_montrer(figure.donnees)
        assert lu[onglet]["A1"].value == figure.titre
        assert [titre.split(" (")[0] for titre in lue] == [c.titre for c in colonnes.values()]
        for nom, titre in zip(colonnes, lue, strict=True):
            attendues = figure.donnees[nom].tolist()
            if nom.endswith("_eur"):
                assert lue[titre].tolist() == attendues
            elif nom.endswith("_pct"):
                assert lue[titre].tolist() == pytest.approx(attendues, rel=1e-15)
            elif nom == "principal":
                assert (lue[titre] == "oui").tolist() == attendues
            elif nom != "flux":
                assert lue[titre].tolist() == attendues


def test_les_indicateurs_avec_libelle_et_unite(fiche, contenu):
    lus = lire(ouvrir(contenu)["Indicateurs"]).fillna("")
    valeurs = indicateurs.de_la_fiche(fiche)
    assert list(lus) == ["Indicateur", "Libellé", "Flux", "Valeur", "Unité"]
    assert lus["Indicateur"].tolist() == valeurs["indicateur"].tolist()
    assert lus["Flux"].tolist() == valeurs["flux"].tolist()
    assert lus["Valeur"].tolist() == pytest.approx(valeurs["valeur"].tolist(), rel=1e-15)
    assert lus["Libellé"][0] == "Total des exportations"
    assert lus["Libellé"][3] == "Part des exportations d'Occitanie"
    assert set(lus["Unité"]) == {"euros", "%"}


def test_chaque_feuille_dit_son_titre_sa_source_et_que_tout_est_fictif(fiche, contenu):
    for onglet in ouvrir(contenu):
        assert onglet["A1"].value.endswith(MENTION)
        assert onglet["A2"].value == fiche.source
        assert onglet.freeze_panes == "A5"
        (tableau,) = onglet.tables.values()
        assert tableau.ref.startswith("A4:")
        assert all(onglet.column_dimensions[c].width > 8 for c in ("A", "B"))


def test_la_methode_dit_precautions_source_et_definitions(contenu):
    lue = lire(ouvrir(contenu)["Méthode"])
    rubriques = lue["Rubrique"].tolist()
    assert rubriques.count("Précaution") >= 5
    assert {"Source", "Solde", "Taux de couverture", "Licence"} <= set(rubriques)
    assert not lue["Texte"].str.contains(r"[{}]").any()


def test_la_methode_donne_chaque_formule_du_glossaire(contenu):
    lue = (
        lire(ouvrir(contenu)["Méthode"]).drop_duplicates("Rubrique").set_index("Rubrique")["Texte"]
    )
    for terme in references.glossaire().values():
        assert terme["terme"] in lue.index
    assert "Formule" in lue[references.glossaire()["hhi"]["terme"]]


def test_la_couverture_signe_et_le_sommaire_mene_a_chaque_feuille(contenu, demonstration):
    lu = ouvrir(contenu)
    couverture = lire(lu["Couverture"])
    lus = couverture["Texte"].str.cat(sep=" ")
    for source in prepare.ouvrir(demonstration).meta["sources"]:
        assert f"{source['nom']}, {source['sha256'][:12]}" in lus
    assert {"Émetteur", "Édition", "Licence", "Programme"} <= set(couverture["Rubrique"])
    liens = [ligne[0].hyperlink.location for ligne in lu["Sommaire"].iter_rows(min_row=5)]
    assert liens == [f"'{onglet}'!A1" for onglet in ONGLETS[2:]]


def test_proprietes_du_document_sans_rien_de_la_machine(contenu):
    lu = ouvrir(contenu)
    assert lu.properties.title == f"Commerce extérieur de l'Ariège, 2024\u00a0– {MENTION}"
    assert lu.properties.created.isoformat() == "2024-12-31T00:00:00"
    assert lu.properties.modified == lu.properties.created
    assert not lu.properties.creator and not lu.properties.lastModifiedBy
    assert lu.custom_doc_props["Language"].value == "fr-FR"


def test_des_donnees_reelles_ne_portent_pas_la_mention(fiche):
    reelle = replace(fiche, demonstration=False)
    contenu = composer(reelle, montrees(reelle))
    texte = xml(contenu)
    assert "fictives" not in texte and "démonstration" not in texte
    assert ouvrir(contenu)["Flux export"]["A2"].value == reelle.source


@pytest.fixture(scope="module")
def hostile(fiche):
    """La fiche de l'Ariège, dont tous les libellés sont hostiles."""

    def piegee(table, *colonnes):
        noms = [HOSTILES[rang % len(HOSTILES)] for rang in range(len(table))]
        return table.assign(**dict.fromkeys(colonnes, noms))

    return replace(
        fiche,
        produits=piegee(fiche.produits, "libelle", "libelle_court"),
        pays=piegee(fiche.pays, "nom"),
    )


def test_un_libelle_hostile_reste_du_texte(hostile):
    contenu = composer(hostile, montrees(hostile))
    lu = ouvrir(contenu)
    cellules = [c for onglet in lu for ligne in onglet for c in ligne if c.value is not None]
    assert {c.data_type for c in cellules} == {"s", "n"}
    # Aucun lien, hors du sommaire vers les feuilles de ce classeur ; aucune formule.
    assert {c.parent.title for c in cellules if c.hyperlink} == {"Sommaire"}
    assert not any(c.hyperlink.target for c in cellules if c.hyperlink)
    assert not re.search(r"<f\b", xml(contenu))
    attendus = [propre(texte) for texte in parties.soldes.tableau(hostile)["libelle"]]
    assert lire(lu["Soldes par pays"])["Pays"].tolist() == attendus
    assert {"=1+1", "_x0041_ &amp; <b>]]></b>"} <= {c.value for c in cellules}
    # Une cellule retouchée dans le tableur ne devient pas une formule.
    debuts = ("=", "+", "-", "@")
    dangereuses = [c for c in cellules if c.data_type == "s" and c.value.startswith(debuts)]
    assert len(dangereuses) > 20 and all(c.quotePrefix for c in dangereuses)


def test_un_texte_plus_long_qu_une_cellule_y_entre_coupe(fiche):
    valeurs = pd.DataFrame({"indicateur": ["é" * 40_000], "flux": [""], "valeur": [1]})
    contenu = composer(fiche, [], valeurs)
    assert lire(ouvrir(contenu)["Indicateurs"])["Indicateur"].tolist() == ["é" * 32_767]


def test_sans_figure_montree_ni_echange(fiche):
    vide = replace(fiche, echanges=fiche.echanges.head(0))
    assert ouvrir(composer(vide, [])).sheetnames == [*OUVERTURE, "Indicateurs", "Méthode"]
    lu = ouvrir(composer(vide, [parties.soldes.figure(vide, parties.soldes.tableau(vide))]))
    assert lire(lu["Soldes par pays"]).empty
    lus = lire(lu["Indicateurs"]).set_index("Indicateur")
    assert pd.isna(lus.at["taux_couverture_pct", "Valeur"])


def test_deux_figures_de_meme_nom_ont_chacune_leur_onglet(fiche, figures):
    noms = ouvrir(composer(fiche, [figures[0], figures[0]])).sheetnames
    assert len(noms) == len(set(noms)) == 6


def test_le_classeur_contient_ce_que_montre_la_page(lot):
    """Cellules exécutées deux fois, ôtées ou ajoutées : c'est la page qui décide."""
    page = (lot / "html" / "09-ariege.html").read_text(encoding="utf-8")
    montrees = re.findall(r'<figure id="([^"]+)"', page)
    _, contenu = fichier_publie(lot / "html" / "09-ariege.html")
    assert len(ouvrir(contenu).sheetnames) == len(montrees) + 4


def test_le_lien_porte_le_classeur(fiche, contenu, figures):
    demande = classeurs.de_la_fiche(
        fiche, indicateurs.de_la_fiche(fiche), parties.methode.precautions(fiche)
    )
    html = classeur.liens(demande.contenu, [feuille(figure) for figure in figures])
    assert fichier_du_lien(html) == ("fiche-09-ariege.xlsx", contenu)
    page, fichiers = joints.detacher(html)
    assert fichiers.keys() == {"fiche-09-ariege.xlsx", "fiche-09-ariege-images.zip"}
    assert fichiers["fiche-09-ariege.xlsx"] == contenu
    assert 'href="../donnees/fiche-09-ariege.xlsx"' in page and "base64" not in page


# Dans le lot


def test_le_fichier_publie_est_au_journal(lot):
    nom, fichier = fichier_publie(lot / "html" / "09-ariege.html")
    assert nom == "fiche-09-ariege.xlsx"
    journal = json.loads((lot / "journal.json").read_text(encoding="utf-8"))
    (entree,) = (f for f in journal["fiches"] if f["code"] == "09")
    assert entree["fichiers"].keys() == {nom, "fiche-09-ariege-images.zip"}
    assert entree["fichiers"][nom] == hashlib.sha256(fichier).hexdigest()


def test_l_archive_des_images_a_chaque_figure_dessinee_de_la_page(lot):
    page = (lot / "html" / "09-ariege.html").read_text(encoding="utf-8")
    entieres = re.findall(r'<figure id="([^"]+)"(.*?)</figure>', page, re.DOTALL)
    dessinees = [nom for nom, corps in entieres if "<svg" in corps]
    with zipfile.ZipFile(lot / "donnees" / "fiche-09-ariege-images.zip") as archive:
        noms = [f"demonstration-09-ariege-{nom}-2024.svg" for nom in dessinees]
        assert archive.namelist() == noms and len(noms) >= 12
        assert all(b"fictives" in archive.read(nom) for nom in noms)
    assert 'href="../donnees/fiche-09-ariege-images.zip"' in page


def test_un_classeur_par_fiche(lot):
    pages = {chemin.stem for chemin in (lot / "html").glob("*-*.html")}
    pages.discard("territoires-industrie")  # une page d'ensemble
    fichiers = {chemin.stem.removeprefix("fiche-") for chemin in lot.glob("donnees/fiche-*.xlsx")}
    assert pages == fichiers and len(pages) == 12


def test_le_panorama_emporte_toutes_les_fiches(lot):
    nom, contenu = fichier_publie(lot / "html" / "index.html")
    assert nom == "panorama-2024.xlsx"
    feuille = ouvrir(contenu)["Territoires"]
    lus = lire(feuille).set_index("Code")
    assert len(lus) == 100 and feuille.freeze_panes == "C5"
    assert list(lus)[:5] == [
        "Territoire",
        "Région",
        "Année",
        "Fiche",
        "Total des exportations (euros)",
    ]
    vue = panorama.lire(lot / "donnees" / "indicateurs.csv", lot / "journal.json")
    assert lus["Fiche"].value_counts().to_dict() == {"Absente": 90, "Publiée": 10}
    for code, ligne in vue.fiches.set_index("code").iterrows():
        lue = lus.loc[code]
        if ligne["statut"] == "absente":
            assert lue[4:].isna().all()
        else:
            assert lue["Solde (euros)"] == ligne["solde_eur"]
            couverture = pytest.approx(ligne["couverture_pct"], rel=1e-15)
            assert lue["Taux de couverture (%)"] == couverture
    assert all(MENTION in f["A1"].value for f in ouvrir(contenu))


def test_le_navigateur_enregistre_les_memes_octets(lot, navigateur):
    page = navigateur.new_page(accept_downloads=True)
    page.goto((lot / "html" / "09-ariege.html").as_uri())
    with page.expect_download() as attente:
        page.click(".classeur a")
    assert attente.value.suggested_filename == "fiche-09-ariege.xlsx"
    attendu = (lot / "donnees" / "fiche-09-ariege.xlsx").read_bytes()
    assert Path(attente.value.path()).read_bytes() == attendu
    page.close()


# Dans la fabrique, qui n'en connaît que le lien

PAGE = Page("09", "09-ariege", "Ariège", {}, Modele(Path("x.ipynb")))
TETE = '<meta name="fiche-code" content="09">'


def lien(nom: str, contenu: bytes = b"PK") -> str:
    code = base64.b64encode(contenu).decode()
    return f'<p><a data-fichier download="{nom}" href="data:application/x;base64,{code}">x</a></p>'


def carnet():
    notice = {NOTICE: {"code": "09", "slug": "09-ariege"}}
    sorties = [new_output("display_data", data=notice)]
    return new_notebook(cells=[new_code_cell("", id="notice", outputs=sorties)])


@pytest.fixture
def sortie(tmp_path) -> Sortie:
    sortie = Sortie(tmp_path)
    for dossier in sortie.dossiers():
        dossier.mkdir()
    return sortie


@pytest.mark.parametrize(
    "html",
    [
        lien("../index.xlsx"),
        lien("/tmp/x.xlsx"),
        lien("Fiche.xlsx"),
        lien("x.xlsx\n"),
        lien("indicateurs.csv"),
        lien(".xlsx"),
        lien("x.xlsx").replace("base64,", "base64,%"),
        lien("x.xlsx").replace("UEs=", "UEs"),
        lien("x.xlsx").replace("data:", "https://h.invalid/data:"),
        lien("x.xlsx") * 2,
    ],
)
def test_un_fichier_joint_douteux_fait_refuser_la_page(sortie, html):
    with pytest.raises(publication.Refus, match="fichier joint"):
        publication.publier(PAGE, carnet(), TETE + html, sortie)
    assert not [chemin for chemin in sortie.racine.rglob("*") if chemin.is_file()]


def test_le_fichier_joint_suit_sa_page(sortie):
    publication.publier(PAGE, carnet(), TETE + lien("x-2023.xlsx", b"2023"), sortie)
    assert sortie.fichier("x-2023.xlsx").read_bytes() == b"2023"
    publication.publier(PAGE, carnet(), TETE + lien("x-2024.xlsx", b"2024"), sortie)
    assert [chemin.name for chemin in sortie.fichier("").iterdir()] == ["x-2024.xlsx"]
    joints.retirer(PAGE.slug, sortie)
    assert not list(sortie.fichier("").iterdir())


def test_un_fichier_joint_perdu_ou_modifie_fait_refaire_sa_page(tmp_path):
    lot_factice.preparer(tmp_path)
    demande = lot_factice.lot(tmp_path, {"01": f"texte = {lien('une-page.xlsx')!r}"})
    lot_factice.mener(demande)
    joint = Sortie(demande.reglages.sortie).fichier("une-page.xlsx")
    assert [tache.raison for tache in execution.planifier(demande)] == [""]
    joint.write_bytes(b"autre")
    assert execution.planifier(demande)[0].raison
    lot_factice.mener(demande)
    assert joint.read_bytes() == b"PK"
