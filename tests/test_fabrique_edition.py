"""Les avis et la publication : rien n'est copié qu'on n'ait approuvé, rien n'est jamais perdu."""

import json
import shutil
from pathlib import Path

import pytest
from petites_editions import avis, octets, page, passage

from fabrique import ErreurLot, edition
from fabrique import avis as lecture_des_avis
from fabrique.empreintes import sha256

CODES = ("01", "02", "971")
INDEX = page(
    "index",
    '<table><tr><td><a href="01-page.html">Un</a></td><td>11</td></tr>'
    '<tr><td><a href="02-page.html">Deux</a></td><td>22</td></tr></table>'
    '<p>Voir <a href="02-page.html#x">la seconde</a>.</p>',
)


@pytest.fixture
def sortie(tmp_path):
    return passage(tmp_path / "sortie", {c: page(c, f"<p>{c}</p>") for c in CODES}, INDEX)


def publier(sortie, destination, partiel=False):
    donnes = lecture_des_avis.lire(sortie.racine / "relecture.csv", CODES)
    return edition.publier(sortie, destination, donnes, partiel)


def test_une_edition_a_les_pages_approuvees_et_son_manifeste_en_repond(sortie, tmp_path):
    avis(sortie, "01 02 971")
    publier(sortie, tmp_path / "e")
    for code in CODES:
        copie = (tmp_path / "e" / "html" / f"{code}-page.html").read_bytes()
        assert copie == sortie.page(f"{code}-page").read_bytes()
    lue = edition.lire(tmp_path / "e")
    assert [fiche["code"] for fiche in lue["fiches"]] == list(CODES)
    assert lue["sources"] and lue["versions"]
    assert set(lue["fichiers"]) == octets(tmp_path / "e").keys() - {edition.MANIFESTE}
    assert {"html/index.html", "html/mentions.html"} <= lue["fichiers"].keys()
    assert not (tmp_path / "e" / "relecture").exists()
    assert str(tmp_path) not in (tmp_path / "e" / edition.MANIFESTE).read_text(encoding="utf-8")


def test_sans_toutes_les_approbations_rien_n_est_publie_sauf_si_on_le_demande(sortie, tmp_path):
    avis(sortie, "01 971")
    with pytest.raises(ErreurLot, match=r"fiche 02 sans approbation .* --partiel"):
        publier(sortie, tmp_path / "e")
    assert not (tmp_path / "e").exists()
    assert "sans fiche 02" in publier(sortie, tmp_path / "e", partiel=True)
    tout = b"".join(octets(tmp_path / "e").values()).decode()
    assert "02-page" not in tout and "<td>22" not in tout and "\n02,2024" not in tout
    accueil = (tmp_path / "e" / "html" / "index.html").read_text(encoding="utf-8")
    assert 'href="01-page.html"' in accueil and 'href="971-page.html"' in accueil
    assert not (tmp_path / "e" / "donnees" / "fiche-index.xlsx").exists()
    assert (tmp_path / "e" / "html" / "mentions.html").is_file()


@pytest.mark.parametrize("base", ["", "https://exemple.fr/fiches/"])
def test_aucun_lien_d_une_edition_ne_mene_a_rien_et_le_passage_le_dit(tmp_path, base):
    liens = '<a href="{0}02-page.html">Deux</a><a href="{0}comparer.html#01,02">À deux</a>'
    pages = {c: page(c, liens.format(base)) for c in CODES}
    sortie = passage(tmp_path / "sortie", pages, INDEX)
    contenu = json.loads(sortie.journal.read_text(encoding="utf-8"))
    for fiche in contenu["fiches"]:
        fiche["fiche"]["adresse"] = base
    sortie.journal.write_text(json.dumps(contenu), encoding="utf-8")
    avis(sortie, "01 971")
    assert "absentes où mènent ces fiches : 2" in publier(sortie, tmp_path / "e", partiel=True)
    for absente in ("02-page", "comparer"):
        attente = (tmp_path / "e" / "html" / f"{absente}.html").read_text(encoding="utf-8")
        assert "n'est pas dans cette édition" in attente and 'href="index.html"' in attente
        assert "<style>h1 { color: teal; }</style>" in attente  # l'apparence de l'édition
    avis(sortie, "01 02 971")
    assert "absentes où mènent ces fiches : 1" in publier(sortie, tmp_path / "e")
    publiee = (tmp_path / "e" / "html" / "02-page.html").read_bytes()
    assert publiee == sortie.page("02-page").read_bytes()


def test_les_filles_d_une_annexe_suivent_si_les_fiches_ou_elles_menent_sont_publiees(tmp_path):
    filles = {
        f"ti-{nom}": page(nom, "".join(f'<a href="{c}-page.html">{c}</a>' for c in codes))
        for nom, codes in {"seul": ["01"], "deux": ["01", "02"], "ailleurs": ["01", "09"]}.items()
    }
    vers = '<a href="ti-seul.html">x</a><a href="ti-deux.html">x</a>'
    pages = {c: page(c, vers) for c in CODES}
    sortie = passage(tmp_path / "sortie", pages, filles=filles)
    avis(sortie, "01 971")
    publier(sortie, tmp_path / "e", partiel=True)
    html = {
        nom: f.read_text("utf-8") for nom in filles if (f := edition_page(tmp_path, nom)).is_file()
    }
    assert html["ti-seul"] == filles["ti-seul"] and "ti-ailleurs" not in html
    assert "n'est pas dans cette édition" in html["ti-deux"] and "02" not in html["ti-deux"]
    avis(sortie, "01 02 971")
    publier(sortie, tmp_path / "e")
    assert edition_page(tmp_path, "ti-deux").read_text("utf-8") == filles["ti-deux"]
    sortie.page("ti-deux").write_text("retouchée", encoding="utf-8")
    with pytest.raises(ErreurLot, match="mentions n'ont plus les octets"):
        publier(sortie, tmp_path / "e")


def edition_page(dossier, nom):
    return dossier / "e" / "html" / f"{nom}.html"


def test_remplacer_une_edition_sans_s_y_comparer_se_dit(sortie, tmp_path):
    avis(sortie, "01 02 971")

    def publier_compare(depuis: str) -> str:
        contenu = json.loads(sortie.journal.read_text(encoding="utf-8"))
        contenu["annexes"]["mentions"]["parametres"] = {"depuis": depuis}
        sortie.journal.write_text(json.dumps(contenu), encoding="utf-8")
        return publier(sortie, tmp_path / "e")

    assert "--depuis" not in publier_compare("")  # la première ne remplace rien
    assert "--depuis" in publier_compare("")
    assert "--depuis" not in publier_compare(edition.empreinte(tmp_path / "e"))


def test_un_avis_ne_vaut_que_pour_les_octets_lus(sortie, tmp_path):
    avis(sortie, "01 02 971")
    passage(sortie.racine, {c: page(c, f"<p>{c}{c == '02'}</p>") for c in ("02",)})
    with pytest.raises(ErreurLot, match=r"approuvées avant d'avoir changé : 02"):
        publier(sortie, tmp_path / "e")


def test_une_page_retouchee_apres_le_passage_est_refusee_et_nommee(sortie, tmp_path):
    avis(sortie, "01 02 971")
    sortie.page("971-page").write_text("retouchée", encoding="utf-8")
    with pytest.raises(ErreurLot, match=r"fiche 971 n'ont plus les octets"):
        publier(sortie, tmp_path / "e", partiel=True)


@pytest.mark.parametrize("panne", ["copyfile", "rename", "second_rename"])
def test_une_publication_interrompue_laisse_l_edition_d_avant(sortie, tmp_path, monkeypatch, panne):
    avis(sortie, "01 02 971")
    publier(sortie, tmp_path / "e")
    avant = octets(tmp_path)
    appels = []

    def couper(*arguments, vrai=Path.rename):
        appels.append(arguments)
        if panne == "second_rename" and len(appels) == 1:
            return vrai(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as pendant:
        cible = (shutil, "copyfile") if panne == "copyfile" else (Path, "rename")
        pendant.setattr(*cible, couper)
        with pytest.raises(KeyboardInterrupt):
            publier(sortie, tmp_path / "e")
    assert edition.lire(tmp_path / "e")["fiches"]
    assert octets(tmp_path) == avant


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
def test_tout_separateur_d_un_tableur_et_le_zero_qu_il_ote(sortie, separateur):
    chemin = avis(sortie, "01 02", separateur=separateur)
    texte = chemin.read_text(encoding="utf-8").replace("\n01", "\n1").replace("vu", "Vu")
    chemin.write_bytes(b"\xef\xbb\xbf" + texte.replace("\n", "\r\n").encode())
    assert lecture_des_avis.lire(chemin, CODES).keys() == {"01", "02"}


BON = "0" * 64
FAUTES = {
    f"99;{BON};vu": "aucune fiche n'a pour code « 99 »",
    f"01;{BON};vu\n1;{BON};vu": "ligne 3 : la fiche 01 a déjà un avis",
    "01;abc;vu": "« abc » n'est pas une empreinte",
    f"01;{BON};parfait": "« parfait » n'est pas un avis",
}


@pytest.mark.parametrize("lignes", FAUTES)
def test_un_fichier_d_avis_fautif_se_dit_en_une_phrase(tmp_path, lignes):
    chemin = tmp_path / "relecture.csv"
    chemin.write_text(f"code;sha256;avis\n{lignes}\n", encoding="utf-8")
    with pytest.raises(ErreurLot) as refus:
        lecture_des_avis.lire(chemin, CODES)
    assert FAUTES[lignes] in str(refus.value) and "\n" not in str(refus.value)
    assert chemin.read_text(encoding="utf-8").endswith(f"{lignes}\n")


def test_un_autre_tableau_n_est_pas_un_fichier_d_avis(tmp_path):
    chemin = tmp_path / "relecture.csv"
    chemin.write_text("code|sha256|avis\n", encoding="utf-8")
    with pytest.raises(ErreurLot, match="il manque la colonne"):
        lecture_des_avis.lire(chemin, CODES)


def test_un_dossier_qui_n_est_pas_une_edition_n_est_ni_lu_ni_remplace(sortie, tmp_path):
    avis(sortie, "01 02 971")
    autre = tmp_path / "photos"
    autre.mkdir()
    (autre / "été.jpg").write_bytes(b"x")
    with pytest.raises(ErreurLot, match="n'est pas une édition"):
        edition.lire(autre)
    with pytest.raises(ErreurLot, match="choisir un autre dossier"):
        publier(sortie, autre)
    assert octets(autre) == {"été.jpg": b"x"}


@pytest.mark.parametrize("faute", ["page", "manifeste", "chemin"])
def test_une_copie_incomplete_ou_abimee_se_dit(sortie, tmp_path, faute):
    avis(sortie, "01 02 971")
    publier(sortie, tmp_path / "e")
    manifeste = tmp_path / "e" / edition.MANIFESTE
    if faute == "page":
        (tmp_path / "e" / "html" / "02-page.html").unlink()
    elif faute == "manifeste":
        manifeste.write_text(manifeste.read_text(encoding="utf-8")[:200], encoding="utf-8")
    else:
        contenu = json.loads(manifeste.read_text(encoding="utf-8"))
        contenu["fichiers"] = {"../sortie/journal.json": sha256(sortie.journal.read_bytes())}
        manifeste.write_text(json.dumps(contenu), encoding="utf-8")
    with pytest.raises(ErreurLot, match=r"copie incomplète|pas un manifeste lisible"):
        edition.lire(tmp_path / "e")
