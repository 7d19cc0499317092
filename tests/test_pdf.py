"""Les PDF : balisés, à jour de leur page, et un résumé qui tient sur une feuille."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import lot_factice
import pytest

from commerce import chemins
from fabrique import pdf
from fabrique.empreintes import sha256

FICHES = ("09-ariege", "75-paris", "976-mayotte")
# Vingt pays : l'union des dix premiers de chaque sens, quand ils diffèrent tous.
HAUTEUR_VINGT_PAYS = 576
INSTITUTION = '<p class="institution">Une institution au nom assez long pour l\'essai</p>'


@pytest.fixture(scope="module")
def pages(lot, tmp_path_factory) -> Path:
    """Trois fiches, l'index, et une fiche plus chargée : vingt pays et une institution."""
    dossier = tmp_path_factory.mktemp("pages")
    for page in (*FICHES, "index"):
        shutil.copy(lot / "html" / f"{page}.html", dossier)
    texte = (dossier / "09-ariege.html").read_text(encoding="utf-8")
    charge, remplaces = re.subn(
        r'(<svg viewBox="0 0 800) \d+" width="800" height="\d+"',
        rf'\1 {HAUTEUR_VINGT_PAYS}" width="800" height="{HAUTEUR_VINGT_PAYS}"',
        texte,
        count=1,
    )
    assert remplaces == 1
    charge = charge.replace('id="haut">', f'id="haut">{INSTITUTION}')
    (dossier / "vingt-pays.html").write_text(charge, encoding="utf-8")
    return dossier


@pytest.fixture(scope="module")
def tires(navigateur, pages) -> Path:
    """Les PDF de ces pages, tirés par un autre processus : Playwright n'en admet qu'un par fil."""
    imprimer(sorted(pages.glob("*.html")), pages / "pdf")
    return pages / "pdf"


def imprimer(pages, dossier, reussite=True) -> subprocess.CompletedProcess:
    programme = (
        "import sys, pathlib; from fabrique.pdf import imprimer;"
        "imprimer(map(pathlib.Path, sys.argv[2:]), pathlib.Path(sys.argv[1]))"
    )
    commande = [sys.executable, "-c", programme, str(dossier), *map(str, pages)]
    resultat = subprocess.run(commande, capture_output=True, text=True, check=False)
    assert (resultat.returncode == 0) == reussite, resultat.stderr
    return resultat


def feuilles(octets: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", octets))


def test_une_fiche_donne_deux_pdf_et_l_index_un_seul(tires):
    fiches = [*FICHES, "vingt-pays"]
    attendus = [*fiches, *(f"{fiche}-resume" for fiche in fiches), "index"]
    assert sorted(fichier.stem for fichier in tires.iterdir()) == sorted(attendus)


@pytest.mark.parametrize("nom", ["09-ariege", "09-ariege-resume", "index"])
def test_pdf_a4_balise_en_francais_et_titre(tires, nom):
    octets = (tires / f"{nom}.pdf").read_bytes()
    formats = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", octets))
    assert {tuple(round(float(cote)) for cote in cotes) for cotes in formats} == {(595, 842)}
    assert b"/StructTreeRoot" in octets and b"/Marked true" in octets
    assert re.search(rb"/Lang \(fr\)", octets)
    titre = ("Panorama" if nom == "index" else "Ariège").encode("utf-16-be")
    assert titre.hex().upper().encode() in octets.upper() or titre in octets
    assert b"/CreationDate" not in octets and b"/ModDate" not in octets


@pytest.mark.parametrize("page", [*FICHES, "vingt-pays"])
def test_le_resume_tient_sur_une_feuille_la_fiche_sur_plusieurs(tires, page):
    assert feuilles((tires / f"{page}-resume.pdf").read_bytes()) == 1
    assert 5 < feuilles((tires / f"{page}.pdf").read_bytes()) <= 8


@pytest.mark.parametrize("page", FICHES)
def test_imprimes_les_mots_des_figures_se_lisent_et_tiennent_dans_la_page(navigateur, pages, page):
    onglet = navigateur.new_page(viewport={"width": 703, "height": 1043})
    onglet.emulate_media(media="print")
    onglet.goto((pages / f"{page}.html").as_uri())
    lu = onglet.evaluate(
        """() => [...document.querySelectorAll('figure svg')].filter((s) => s.checkVisibility())
             .flatMap((s) => [...s.querySelectorAll('text')].map((mot) => [
               mot.textContent, mot.getBoundingClientRect().left, mot.getBoundingClientRect().right,
               parseFloat(getComputedStyle(mot).fontSize) * s.getScreenCTM().a * 0.75]))"""
    )
    onglet.close()
    assert len(lu) > 200
    assert [mot for mot, gauche, droite, points in lu if gauche < -1 or droite > 704] == []
    assert min(points for *_, points in lu) >= 6.5


@pytest.mark.parametrize("page", [*FICHES, "vingt-pays"])
def test_le_resume_montre_l_essentiel_quatre_chiffres_et_deux_figures(navigateur, pages, page):
    onglet = navigateur.new_page(viewport={"width": 680, "height": 1016})
    onglet.emulate_media(media="print")
    onglet.goto((pages / f"{page}.html").as_uri() + "#resume")
    lu = onglet.evaluate(
        """() => {
             const visibles = (s) => [...document.querySelectorAll(s)].filter(
               (e) => e.checkVisibility() && e.getBoundingClientRect().height > 1);
             const bas = (e) => e.getBoundingClientRect().bottom;
             return {
               gardes: visibles('main > *').map((e) => e.id),
               depasse: visibles('main *').filter((e) => bas(e) > bas(document.body)).length,
               hauteurs: visibles('figure svg').map((e) => e.getBoundingClientRect().height),
               cles: visibles('.chiffre').length,
               mention: visibles('.mention-demonstration').length,
               sources: visibles('.figure-source').length,
               titres: visibles('h1').length,
             };
           }"""
    )
    onglet.close()
    hauteurs = lu.pop("hauteurs")
    assert len(hauteurs) == 2 and min(hauteurs) > 150
    assert lu == {
        "gardes": ["en-bref", "chiffres", "soldes-par-pays", "activites"],
        "depasse": 0,
        "cles": 4,
        "mention": 1,
        "sources": 2,
        "titres": 1,
    }


def test_un_pdf_dit_de_quelle_page_il_vient(tires, pages, tmp_path):
    ariege = tmp_path / "09-ariege.html"
    shutil.copy(pages / "09-ariege.html", ariege)
    assert pdf.page_d_origine(tires / "09-ariege.pdf") == sha256(ariege.read_bytes())
    assert pdf.a_jour(ariege, tires)
    ariege.write_text(ariege.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert not pdf.a_jour(ariege, tires)
    assert not pdf.a_jour(pages / "09-ariege.html", tmp_path)


def test_les_pdf_perimes_partent_ceux_des_autres_restent(tmp_path):
    for nom, signature in {"a": "a" * 64, "b": "b" * 64}.items():
        (tmp_path / f"{nom}.pdf").write_bytes(b"%PDF\n%%EOF" + f"\n% page {signature}\n".encode())
    (tmp_path / "notice.pdf").write_bytes(b"%PDF\n%%EOF\n")
    pdf.retirer_perimes(tmp_path, {"b" * 64})
    assert sorted(fichier.name for fichier in tmp_path.iterdir()) == ["b.pdf", "notice.pdf"]


def test_pdf_d_une_page_absente(tmp_path):
    resultat = imprimer([tmp_path / "99-absente.html"], tmp_path / "pdf", reussite=False)
    assert "Page à imprimer absente : 99-absente.html" in resultat.stderr
    assert not (tmp_path / "pdf").exists()


def mener(dossier: Path, texte: str, **options) -> subprocess.CompletedProcess:
    """Mène un petit lot de deux pages dans un autre processus ; `texte` : ce que dit la seconde."""
    environ = os.environ | options.pop("environnement", {})
    consignes = {"01": "", "02": f"texte = {texte!r}"}
    demande = json.dumps({"consignes": consignes, **options})
    (dossier / "lot.json").write_text(demande, encoding="utf-8")
    commande = [sys.executable, lot_factice.__file__, str(dossier)]
    return subprocess.run(commande, capture_output=True, text=True, check=False, env=environ)


def etat(dossier: Path) -> dict[str, tuple]:
    fichiers = (dossier / "sortie" / "pdf").iterdir()
    return {f.name: (f.stat().st_mtime_ns, sha256(f.read_bytes())) for f in fichiers}


def test_le_lot_tire_ce_qui_manque_et_ne_laisse_aucun_pdf_perime(navigateur, tmp_path):
    lot_factice.preparer(tmp_path)
    premier = mener(tmp_path, "", pdf=True)
    assert premier.returncode == 0, premier.stderr
    assert premier.stdout.splitlines()[-1].endswith(f"leurs PDF dans {tmp_path}/sortie/pdf.")
    avant = etat(tmp_path)
    assert set(avant) == {"01-page.pdf", "02-page.pdf"}
    (tmp_path / "sortie" / "pdf" / "02-page.pdf").unlink()
    assert mener(tmp_path, "", pdf=True).returncode == 0
    apres = etat(tmp_path)
    assert apres["01-page.pdf"] == avant["01-page.pdf"]
    assert apres["02-page.pdf"][1] == avant["02-page.pdf"][1]
    # La seconde page change : sans PDF demandé, le sien ne reste pas à côté d'elle.
    assert mener(tmp_path, "autre").returncode == 0
    assert etat(tmp_path) == {"01-page.pdf": avant["01-page.pdf"]}


def test_sans_chromium_les_pages_sont_faites_et_la_derniere_ligne_le_dit(tmp_path):
    pytest.importorskip("playwright", reason="Playwright n'est pas installé")
    lot_factice.preparer(tmp_path)
    vide = str(tmp_path / "carnets")
    sans = {"PATH": vide, "PLAYWRIGHT_BROWSERS_PATH": vide}
    dit = mener(tmp_path, "", pdf=True, environnement=sans)
    assert dit.returncode == 1
    assert dit.stderr.splitlines()[-1].startswith(
        "INCOMPLET : les pages sont faites, pas tous les PDF. PDF impossible : aucun Chromium."
    )
    assert len(list((tmp_path / "sortie" / "html").iterdir())) == 2
    journal = json.loads((tmp_path / "sortie" / "journal.json").read_text(encoding="utf-8"))
    assert journal["etat"] == "terminé"


def test_la_ligne_de_commande_demande_les_pdf():
    commande = runpy.run_path(str(chemins.RACINE / "run_all.py"))
    demandes = [commande["options"](["09", *option]).pdf for option in ([], ["--pdf"])]
    assert demandes == [False, True]
    assert commande["lot"](commande["options"](["09", "--pdf"])).pdf
