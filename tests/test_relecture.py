"""La relecture : ce qui compte d'abord, chaque chose une fois, et rien quand rien n'a changé."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import run_all
from petites_editions import avis, octets, page, passage
from petites_fiches import simple

from commerce import changements, chemins, relecture
from fabrique import edition
from fabrique.empreintes import sha256

CODES = ("09", "31", "75")
LIGNES_PX = 54  # deux lignes : assez pour lire de quelle faute il s'agit
COMMUN = "<p>Les ventes de {} suivent la conjoncture.</p>"


def pages(modele=COMMUN, **autres):
    corps = {code: modele.format(code) for code in CODES} | autres
    return {code: page(code, corps[code]) for code in corps}


@pytest.fixture
def relire(demonstration, tmp_path):
    """La relecture de pages écrites à la main, sur les vraies données de démonstration."""

    def _relire(html: dict[str, str], depuis: Path | str = "", **communes):
        sortie = passage(tmp_path / "sortie", html, **communes)
        relu = relecture.lire(str(demonstration), str(sortie.racine), str(depuis))
        vides = [relecture.mouvements.tableau(relu, relecture.mouvements.trimestres(relu)).head(0)]
        points = relecture.alertes.points(relu, *vides, relecture.mouvements.decuples({}))
        changees = relecture.changements.tableau(relu)
        points.attrs["donnees"] = str(demonstration)
        return relu, points, changees, relecture.fiches.tableau(relu, points, changees)

    return _relire


@pytest.fixture
def ancienne(tmp_path):
    """Une édition de ces trois pages."""
    return passage(tmp_path / "ancienne", pages()).racine


def test_un_passage_qui_ne_change_rien_n_envoie_rien_a_relire(relire, ancienne):
    _, _, changees, suivi = relire(pages(), ancienne)
    assert set(changees["genre"]) == {"inchangee"}
    assert set(suivi["suite"]) == {"faites"}


def test_une_phrase_changee_est_dite_une_fois_avec_ses_fiches(relire, ancienne):
    """Mots changés partout, nombres nulle part : une retouche, trois fiches, aucune à part."""
    html = pages(COMMUN.replace("suivent", "accompagnent"), **{"75": COMMUN.format("75")})
    relu, _, changees, suivi = relire(html, ancienne, code="c1")
    phrases = relecture.changements.phrases(relu, changees)
    (cle,) = set(phrases["cle"])
    assert cle == "suivent → accompagnent" and list(phrases["code"]) == ["09", "31"]
    assert dict(suivi["suite"]) == {"09": "mots", "31": "mots", "75": "faites"}
    dite = relecture.sections.phrases_changees(relu, phrases)
    assert dite.count("<del>suivent</del><ins>accompagnent</ins>") == 1
    assert "Ariège" in dite and "Haute-Garonne" in dite and "Paris" not in dite
    assert "programme changé (code)" in simple(relecture.fiches.comparaison(relu, changees))


def test_un_nombre_change_n_est_ni_des_mots_ni_de_l_allure(relire, tmp_path):
    avant = {"09": "<p>Soit 12,5 M€.</p>", "31": "<p>Soit 12,5 M€.</p>", "75": "<p>Rien</p>"}
    apres = {"09": "<p>Soit 12,6 M€.</p>", "31": "<p><b>Soit</b> 12,5 M€.</p>", "75": "<p>Un</p>"}
    ancienne = passage(tmp_path / "ancienne", pages(**avant)).racine
    _, _, changees, _ = relire(pages(**apres), ancienne)
    genres = dict(zip(changees["code"], changees["genre"], strict=True))
    assert genres == {"09": "nombres", "31": "allure", "75": "mots"}


@pytest.mark.parametrize(
    ("communes", "dit"),
    [
        ({"code": "c1"}, "La rédaction, la présentation ou le calcul des fiches a été revu."),
        ({"données": "d1"}, "Fichiers révisés par les douanes : douanes.zip."),
        ({}, "Rien n'a changé : mêmes fichiers des douanes, même année, mêmes fiches."),
    ],
)
def test_le_lecteur_apprend_pourquoi_sans_un_mot_du_projet(
    relire, ancienne, demonstration, tmp_path, communes, dit
):
    html = pages(**({"31": "<p>Les ventes de 31 diffèrent.</p>"} if communes else {}))
    relire(html, ancienne, **communes)
    vue = changements.lire(str(demonstration), str(tmp_path / "sortie"), str(ancienne))
    changees = changements.tableau(vue)
    assert simple(changements.pourquoi(vue, changees)).strip() == dit
    assert dict(changees["raison"])["31"] == ("mots" if communes else "inchangee")
    montre = changements.entete(vue).html + changements.fiches(vue, changees)
    assert not re.search(r"\.(py|toml|ipynb|json)\b|run_all", montre)


@pytest.mark.parametrize(
    ("phrase", "fautes"),
    [
        ("<p>Du Gers au Gers, les Gers-et-Garonne.</p>", 0),
        ("<p>Les ventes du Gers ; la Gers vend ; dans le Gers.</p>", 1),
        ("<p>Les ventes du Gers ; le Gers vend, dans le Gers.</p>", 0),
        ("<p>Les ventes de le Gers.</p>", 1),
        ("<p>Les ventes à les Pays-Bas.</p>", 1),
    ],
)
def test_un_mauvais_article_est_grave(relire, phrase, fautes):
    _, points, _, _ = relire({"32": page("32", phrase)})
    trouvees = points[points["sorte"] == "article"]
    assert len(trouvees) == fautes and set(trouvees["gravite"]) <= {3}
    assert "la Gers" not in phrase or "la Gers / du Gers" in trouvees["texte"].iloc[0]


def test_des_fiches_de_passages_differents_sont_graves(relire, tmp_path):
    _, points, _, _ = relire(pages())
    assert "melange" not in set(points["sorte"])
    journal = tmp_path / "sortie" / "journal.json"
    contenu = json.loads(journal.read_text(encoding="utf-8"))
    contenu["fiches"][0]["fiche"]["annee"] = 2023
    journal.write_text(json.dumps(contenu), encoding="utf-8")
    relu = relecture.lire(points.attrs["donnees"], str(tmp_path / "sortie"))
    vides = relecture.mouvements.tableau(relu, relecture.mouvements.trimestres(relu)).head(0)
    points = relecture.alertes.points(relu, vides, relecture.mouvements.decuples({}))
    melange = points[points["sorte"] == "melange"].iloc[0]
    assert melange["gravite"] == 3 and "2023, 2024" in melange["texte"]


def test_ce_qui_vient_des_donnees_est_dit_une_fois_en_tete(relire):
    """La démonstration n'a pas la liste des TI ; Monaco n'est pas une alerte."""
    relu, points, _, suivi = relire(pages(**{"13": COMMUN}))
    assert list(points["sorte"]).count("liste_ti") == 1 and points["sorte"].iloc[0] == "liste_ti"
    assert not {"monaco", "drom", "corse"} & set(points["sorte"])
    dit = relecture.fiches.d_abord(relu, points, suivi)
    assert dit.count("<li>") == (points["code"] == "").sum()


def test_une_page_changee_redevient_a_voir_avec_sa_note(relire, demonstration, tmp_path):
    sortie = passage(tmp_path / "sortie", pages())
    donnes = avis(sortie, "09 31 75")
    texte = donnes.read_text(encoding="utf-8").replace("02;\n", "02;chiffre du titre ?\n")
    donnes.write_text(texte, encoding="utf-8")
    relu, points, _, suivi = relire(pages(**{"31": "<p>autre</p>"}))
    assert dict(suivi["etat"]) == {"31": "a_voir", "09": "vu", "75": "vu"}
    montre = relecture.fiches.texte(relu, points, suivi, {})
    (ligne,) = re.findall(r'<tr data-code="31"[^>]*>', montre)
    assert 'data-avis="à voir"' in ligne and "chiffre du titre" in ligne


def test_un_commentaire_ecarte_est_a_verifier_et_dit_pourquoi(relire, tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "COMMENTAIRES", tmp_path)
    tete = 'auteur = "J. Martin"\ndate = 2026-03-12\ntolerance_pct = 2\nannee = 2024\n'
    ecrit = "+++\n{}[indicateurs]\ntotal_eur.export = {}\n+++\nTexte.\n"
    for code, montant in (("09", 772114214), ("31", 0)):
        (tmp_path / f"{code}.md").write_text(ecrit.format(tete, montant), encoding="utf-8")
    _, points, _, _ = relire(pages())
    dits = points[points["sorte"] == "commentaire"]
    assert list(dits["code"]) == ["09", "31"] and set(dits["gravite"]) == {2}
    assert "772,1\u00a0M€ à l'écriture, n.s. à présent" in dits["texte"].iloc[0]


# Toute l'histoire, par la ligne de commande


def reviser(source: Path) -> None:
    """Décuple la plus grosse importation de l'Ariège au deuxième trimestre 2024."""
    chemin = source / "Regional_2024_Import.zip"
    with zipfile.ZipFile(chemin) as ancien:
        membres = {info.filename: ancien.read(info) for info in ancien.infolist()}
    nom = "Regional_2024_Import.txt"
    lignes = [ligne.split(";") for ligne in membres[nom].decode().splitlines()]
    siennes = [ligne for ligne in lignes if ligne[1] == "2" and ligne[3] == "09"]
    plus_grosse = max(siennes, key=lambda ligne: int(ligne[8]))
    plus_grosse[8] = str(10 * int(plus_grosse[8]))
    membres[nom] = "".join(";".join(ligne) + "\n" for ligne in lignes).encode()
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as nouveau:
        for membre, contenu in membres.items():
            nouveau.writestr(membre, contenu)


def suites(sortie: Path) -> dict[str, str]:
    """Dans quelle liste la page range chaque fiche : son titre, sans l'effectif."""
    texte = (sortie / "relecture" / "index.html").read_text(encoding="utf-8")
    tables = re.findall(r"<caption>([^<]*) \(\d+\)</caption>(.*?)</table>", texte, re.DOTALL)
    return {
        code: simple(titre)
        for titre, corps in tables
        for code in re.findall(r'<tr data-code="(\w+)"', corps)
    }


def test_toute_l_histoire(tmp_path):
    """Édition 1, révision d'un fichier, passage, relecture, avis, publication, édition 2."""
    source, sortie, publiee = (tmp_path / nom for nom in ("source", "sortie", "edition"))
    shutil.copytree(chemins.DEMONSTRATION, source)
    communs = ("--source", source, "--sortie", sortie, "--prepare", tmp_path / "prepare")

    def lancer(*options, attendu=0):
        dit = run_all(*options, *communs, cwd=tmp_path)
        assert dit.returncode == attendu, dit.stdout + dit.stderr
        return dit

    def changements() -> str:
        page = (sortie / "html" / "changements.html").read_text(encoding="utf-8")
        return " ".join(simple(page).split())

    dit = lancer(*CODES)
    assert "n'est comparée à aucune autre." in changements() and "Pourquoi" not in changements()
    assert dit.stdout.splitlines()[-1].endswith(
        f"à relire : {sortie / 'relecture' / 'index.html'}."
    )
    assert set(suites(sortie).values()) == {"À lire une à une"}
    refus = lancer("--publier", publiee, attendu=2)
    assert "09, 31, 75 sans approbation" in refus.stderr and not publiee.exists()
    avis(edition.Sortie(sortie), " ".join(CODES))
    lancer("--publier", publiee)
    premiere = octets(publiee)
    assert {f"html/{nom}" for nom in ("09-ariege.html", "index.html")} <= premiere.keys()

    lancer(*CODES, "--depuis", publiee)
    assert set(suites(sortie).values()) == {"Approuvées, ou telles quelles dans l'édition"}
    assert "Rien n'a changé" in changements() and "Inchangées : 3 fiches" in changements()

    reviser(source)
    lancer(*CODES, "--depuis", publiee)
    assert suites(sortie) == {
        "09": "À lire une à une",
        "31": "Ne changent que par les nombres de leur région et de la France",
        "75": "Ne changent que par les nombres de la France",
    }
    lue = simple((sortie / "relecture" / "index.html").read_text(encoding="utf-8"))
    assert "fichier révisé : Regional_2024_Import.zip." in lue and "programme changé" not in lue
    tete = lue[: lue.index("Enregistrer relecture.csv")]
    assert "Ariège , Montant hors de l'ordinaire" in tete
    assert lue.count("Total de la France, ") == 1  # une fois, et non une par fiche
    dits = changements()
    assert "Fichiers révisés par les douanes : Regional_2024_Import.zip." in dits
    assert re.search(r"Ariège échanges révisés 772,1 M€ 696,3 → [\d,]+ M€", dits)
    assert "Haute-Garonne chiffres de sa région et de la France" in dits
    assert re.search(r"Paris chiffres de la France 34 623,1 M€ 54 139,4 M€", dits)
    assert len(re.findall(r"France 580 354,5 M€ 684 776,3 → [\d ,]+ M€", dits)) == 1
    essentiels = lue[lue.rindex("Lire d'un trait (3 fiches)") :]
    assert re.search(r"Ariège\s+: L'Ariège a .* Paris\s+: Paris a ", essentiels)

    refus = lancer("--publier", publiee, attendu=2)
    assert "approuvées avant d'avoir changé : 09, 31, 75" in refus.stderr
    assert octets(publiee) == premiere
    avis(edition.Sortie(sortie), " ".join(CODES))
    lancer("--publier", publiee)
    publies = (publiee / "html" / "changements.html").read_text(encoding="utf-8")
    fiche = (publiee / "html" / "09-ariege.html").read_text(encoding="utf-8")
    assert " ".join(simple(publies).split()) == dits and 'id="09-ariege"' in publies
    assert 'href="changements.html#09-ariege"' in fiche
    seconde = json.loads((publiee / edition.MANIFESTE).read_text(encoding="utf-8"))
    avant = json.loads(premiere[edition.MANIFESTE])
    changes = [s["nom"] for s in seconde["sources"] if s not in avant["sources"]]
    assert changes == ["Regional_2024_Import.zip"]
    assert [chemin.name for chemin in tmp_path.iterdir() if chemin.name.startswith(".")] == []


@pytest.mark.lourd
def test_trois_fautes_se_rencontrent_au_premier_ecran(tmp_path, navigateur):
    """La liste des TI absente, un montant décuplé, un mauvais article : sans rien faire défiler."""
    source, sortie = tmp_path / "source", tmp_path / "sortie"
    shutil.copytree(chemins.DEMONSTRATION, source)
    reviser(source)
    arguments = ["09", "32", "75", "--source", source, "--sortie", sortie]
    arguments += ["--prepare", tmp_path / "prepare"]
    assert run_all(*arguments, cwd=tmp_path).returncode == 0
    gers, journal = sortie / "html" / "32-gers.html", sortie / "journal.json"
    fautive = gers.read_text(encoding="utf-8")
    fautive = re.sub(r"(<p>[^<]*)\bdu Gers", r"\1de la Gers", fautive, count=1)
    contenu = json.loads(journal.read_text(encoding="utf-8"))
    for fiche in contenu["fiches"]:
        if fiche["code"] == "32":
            assert fiche["sha256_html"] != sha256(fautive.encode())
            fiche["sha256_html"] = sha256(fautive.encode())
    gers.write_text(fautive, encoding="utf-8")
    journal.write_text(json.dumps(contenu), encoding="utf-8")
    assert run_all(*arguments, cwd=tmp_path).returncode == 0
    for largeur, hauteur in ((1280, 900), (390, 844)):
        onglet = navigateur.new_page(viewport={"width": largeur, "height": hauteur})
        onglet.goto((sortie / "relecture" / "index.html").as_uri())
        for faute in ("Territoires d'industrie absente", "hors de l'ordinaire", "la Gers /"):
            lieu = onglet.locator("#contenu li", has_text=faute).first.bounding_box()
            assert lieu["y"] + min(lieu["height"], LIGNES_PX) <= hauteur, faute
        onglet.close()


@pytest.mark.parametrize("option", ["--depuis", "--avis"])
def test_une_mauvaise_entree_est_refusee_avant_tout_noyau(tmp_path, option):
    (tmp_path / "autre").mkdir()
    mauvais = tmp_path / "autre" / "mauvais.csv"
    mauvais.write_text("rien", encoding="utf-8")
    donne = mauvais.parent if option == "--depuis" else mauvais
    dit = run_all("09", "--sortie", "sortie", option, donne, cwd=tmp_path)
    assert dit.returncode == 2
    (phrase,) = dit.stderr.splitlines()[-1:]
    assert "édition" in phrase or "mauvais.csv" in phrase
    assert not list(tmp_path.glob("sortie/html/*"))


def test_un_seuil_ajoute_sans_un_mot_reste_a_lire(relire, monkeypatch):
    from commerce.redaction import mots

    sortes = {nom: s for nom, s in mots()["relecture"]["sortes"].items() if nom != "energie_part"}
    monkeypatch.setattr(relecture.alertes, "mots", lambda: {"relecture": {"sortes": sortes}})
    _, points, _, _ = relire(pages())
    energie = points[points["sorte"] == "energie_part"].iloc[0]
    assert (energie["code"], energie["gravite"]) == ("75", 1)
    assert energie["titre"] == "Part de l'énergie dans les importations"
