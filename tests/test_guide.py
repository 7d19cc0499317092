"""Le guide de l'analyste dit vrai : chaque cellule imprimée y est exécutée telle quelle."""

import json
import re
import shutil
import time
import tomllib
from collections import Counter
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell

from commerce import chemins, paquet, references
from commerce.donnees.prepare import ouvrir
from commerce.references import departements
from fabrique.publication import exporteur

GUIDE = chemins.NOTEBOOKS / "README.md"
MODELE = chemins.NOTEBOOKS / "1_fiche_departement.ipynb"
BLOC = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocs(langue: str) -> list[tuple[str, str]]:
    """Blocs du guide dans cette langue : la cellule qu'il remplace (ou rien), son texte."""
    trouves = BLOC.findall(GUIDE.read_text(encoding="utf-8"))
    return [(ou, texte.rstrip("\n")) for nom, ou, texte in trouves if nom == langue]


def carnet(remplacees: dict[str, str], ajoutees: list = ()) -> nbformat.NotebookNode:
    """Le modèle, certaines cellules remplacées, d'autres ajoutées avant la dernière section."""
    contenu = nbformat.read(MODELE, as_version=4)
    for cellule in contenu.cells:
        cellule.source = remplacees.get(cellule.id, cellule.source)
    rang = next(i for i, c in enumerate(contenu.cells) if c.id == "informations")
    contenu.cells[rang:rang] = ajoutees
    return contenu


def page(contenu: nbformat.NotebookNode, dossier=chemins.NOTEBOOKS) -> str:
    """La page HTML d'un carnet, exécuté comme le fait le lot : sans les cellules sautées."""
    NotebookClient(
        contenu,
        timeout=600,
        skip_cells_with_tag="skip-execution",
        resources={"metadata": {"path": str(dossier)}},
    ).execute()
    html, _ = exporteur(chemins.NOTEBOOKS / "fabrique" / "gabarits", "fiche").from_notebook_node(
        contenu
    )
    return html


@pytest.fixture(scope="module")
def html():
    """La page du modèle, avec toutes les cellules du guide sauf celle des paramètres."""
    du_modele = {cellule.id for cellule in nbformat.read(MODELE, as_version=4).cells}
    python = blocs("python")
    remplacees = {ou: texte for ou, texte in python if ou in du_modele and ou != "parametres"}
    assert {ou for ou, _ in python if ou} <= du_modele | {"profils.calculer", "paquet"}
    ajoutees = [new_code_cell(texte) for ou, texte in python if not ou]
    titres = [new_markdown_cell(texte) for _, texte in blocs("markdown")]
    assert len(remplacees) == 3 and len(ajoutees) == 4 and len(titres) == 1
    return page(carnet(remplacees, [*ajoutees[:2], *titres, *ajoutees[2:]]))


def figure(html: str, titre: str) -> str:
    """La figure de la page qui porte ce titre."""
    return next(
        morceau for morceau in html.split("<figure ")[1:] if titre in unescape(morceau)[:3000]
    ).partition("</figure>")[0]


def test_huit_pays_au_lieu_de_dix(html):
    soldes = re.search(r'<figure [^>]*id="soldes-par-pays".*?</figure>', html, re.DOTALL)[0]
    assert "huit premiers pays de chaque flux" in unescape(soldes)
    assert 8 <= soldes.count("<tr") - 1 <= 17


def test_une_autre_couleur(html):
    assert "#00735f" in figure(html, "Premiers clients, en vert")


def test_des_points_au_lieu_de_barres(html):
    dessin = figure(html, "Ventes et achats par pays")
    assert dessin.count("<circle") + dessin.count("<path") >= 10


def test_une_partie_a_soi_est_sur_la_page_comme_celles_de_la_maison(html):
    titre = "Que vend-on, trimestre après trimestre ?"
    ancre = "que-vend-on-trimestre-apres-trimestre"
    sommaire = html.partition("<nav")[2].partition("</nav>")[0]
    assert f'href="#{ancre}"' in sommaire and f'id="{ancre}"' in html
    assert unescape(sommaire).replace("\u202f", " ").count(titre) == 1
    sienne = figure(html, "Exportations de chaque trimestre, Ariège (2024)")
    assert "non corrigés des saisons" in sienne and "Source" in sienne
    assert "<table" in sienne and 'download="' in sienne and 'aria-label="' in sienne
    assert sienne.count("<svg") == 2


def test_un_tableau_seul_est_sur_la_page(html):
    assert re.search(r"<td[^>]*>Oise</td>|part_asie|Part asie|Asie", html)


def test_une_autre_annee_et_l_autre_nomenclature():
    (parametres,) = [texte for ou, texte in blocs("python") if ou == "parametres"]
    html = unescape(page(carnet({"parametres": parametres})))
    assert "Rhône" in html.partition("</h1>")[0] and "2023" in html.partition("</h1>")[0]
    assert re.search(r"<meta name=\"fiche-code\" content=\"69\"", html)


@pytest.fixture
def copie(tmp_path):
    """Une copie du projet, que ses propres notebooks importent : on peut y retoucher tout."""
    ignores = shutil.ignore_patterns("__pycache__", "*.ipynb_checkpoints")
    shutil.copytree(chemins.NOTEBOOKS, tmp_path / "notebooks", ignore=ignores)
    (tmp_path / "data").mkdir()
    for nom in ("reference", "demonstration"):
        (tmp_path / "data" / nom).symlink_to(chemins.RACINE / "data" / nom)
    return tmp_path / "notebooks"


def retoucher(fichier, avant: str, apres: str) -> None:
    """Remplace un passage, une fois, dans un fichier de la copie."""
    texte = fichier.read_text(encoding="utf-8")
    assert texte.count(avant) == 1, (fichier, avant)
    fichier.write_text(texte.replace(avant, apres), encoding="utf-8")


def test_une_retouche_se_voit_dans_le_noyau_ouvert(copie):
    """Un module, une phrase, une couleur : la cellule exécutée de nouveau les montre."""
    contenu = carnet({})
    par_id = {cellule.id: cellule for cellule in contenu.cells}
    couleur = new_code_cell("display(parties.soldes.figure(fiche, soldes))", id="couleur")
    contenu.cells.append(couleur)
    client = NotebookClient(
        contenu,
        timeout=600,
        skip_cells_with_tag="aucune",  # JupyterLab, lui, exécute la cellule de relecture
        resources={"metadata": {"path": str(copie)}},
    )

    def executer(cellule) -> str:
        cellule.outputs = []
        client.execute_cell(cellule, contenu.cells.index(cellule))
        return unescape(json.dumps(cellule.outputs, ensure_ascii=False))

    with client.setup_kernel():
        for nom in ("parametres", "relecture-des-modules", "chargement", "figure-soldes"):
            executer(par_id[nom])
        avant = executer(par_id["texte-introduction"])
        assert "Le programme Territoires" in avant
        assert "#54278f" in executer(couleur).lower()
        retoucher(
            copie / "commerce" / "mots.toml", '"Le programme Territoires', '"Relu, Territoires'
        )
        retoucher(
            copie / "commerce" / "theme.toml",
            'exportations = "#54278f"',
            'exportations = "#6b2a9e"',
        )
        with (copie / "commerce" / "parties" / "introduction.py").open("a") as module:
            module.write("\n\n_avant = texte\n\n\ndef texte(fiche):\n")
            module.write("    return _avant(fiche) + '<p>Ajout.</p>'\n")
        time.sleep(1.1)  # les dates des fichiers sont lues une fois par seconde au plus
        apres = executer(par_id["texte-introduction"])
        assert "Relu, Territoires" in apres and "Ajout." in apres
        assert "#6b2a9e" in executer(couleur).lower()


def test_un_indicateur_de_plus_entre_dans_la_notice(copie):
    """La ligne du guide dans `calculer`, son libellé : indicateurs.csv et classeurs les ont."""
    (ligne,) = [texte for ou, texte in blocs("python") if ou == "profils.calculer"]
    (libelle,) = [texte for ou, texte in blocs("toml") if ou == "classeur.indicateurs"]
    voisine = '        valeurs["part_etats_unis_pct", sens] = '
    retoucher(copie / "commerce" / "profils.py", voisine, f"{ligne}\n{voisine}")
    mots = copie / "commerce" / "mots.toml"
    retoucher(mots, "[classeur.indicateurs]\n", f"[classeur.indicateurs]\n{libelle}\n")
    assert "part_asie_pct" in tomllib.loads(mots.read_text("utf-8"))["classeur"]["indicateurs"]
    contenu = carnet({})
    page(contenu, copie)
    notice, classeur = (
        json.dumps(
            [s.get("data", {}).get(nature, {}) for c in contenu.cells for s in c.get("outputs", [])]
        )
        for nature in ("application/vnd.fiche+json", "application/vnd.fiche.classeur+json")
    )
    assert '{"indicateur": "part_asie_pct", "flux": "import"' in notice
    assert "Part de l'Asie" in json.dumps(json.loads(classeur), ensure_ascii=False)


def test_le_paquet_repond_a_une_question(demonstration, tmp_path, monkeypatch):
    """La cellule du guide, sur le paquet de la démonstration ; la réponse, recomptée autrement."""
    (texte,) = [texte for ou, texte in blocs("python") if ou == "paquet"]
    assert len(texte.splitlines()) <= 10
    donnees, ici = tmp_path / "outputs" / "donnees", tmp_path / "notebooks"
    donnees.mkdir(parents=True)
    ici.mkdir()
    (donnees / "indicateurs.csv").write_text("code,annee,indicateur,flux,valeur\n")
    paquet.ecrire(demonstration, donnees)
    monkeypatch.chdir(ici)
    *lignes, derniere = texte.splitlines()
    noms = {}
    exec("\n".join(lignes), noms)
    reponse = eval(derniere, noms)
    assert reponse.sum() == 100
    attendus = Counter()
    prepare = ouvrir(demonstration)
    for code in departements():
        montants = Counter()
        for ligne in prepare.echanges(code, prepare.annees_completes()[-1]).itertuples():
            if ligne.flux == "export" and references.pays().at[ligne.pays, "classable"]:
                montants[ligne.pays] += ligne.valeur_eur
        attendus[references.pays().at[max(sorted(montants), key=montants.get), "nom"]] += 1
    assert reponse.to_dict() == dict(attendus)


def test_retirer_le_glossaire_auquel_on_renvoie_est_dit():
    """Ses cellules ôtées, la page renverrait à ce qu'elle n'a pas."""
    from fabrique.publication import _renvois_sans_cible

    contenu = carnet({})
    contenu.cells = [c for c in contenu.cells if c.id not in ("glossaire", "texte-glossaire")]
    (dit,) = _renvois_sans_cible(page(contenu))
    assert "glossaire" in dit
