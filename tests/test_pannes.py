"""Quoi qu'il arrive au lot : bon code de retour, journal juste, pages entières, aucun processus
oublié, et un second passage qui complète aux mêmes octets."""

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import lot_factice
import psutil
import pytest

from fabrique import bilan
from fabrique.empreintes import sha256_fichier

PROGRAMME = Path(lot_factice.__file__)
# Large : une machine chargée n'est pas une panne.
ATTENTE_MAX_S = 600
# Une panne n'arrive qu'une fois : le fichier témoin l'empêche au second essai.
UNE_FOIS = """
import os, signal, time
from pathlib import Path
temoin = Path('panne-{nom}')
premiere = not temoin.exists()
if premiere:
    temoin.write_text(f'{{os.getpid()}} {{os.getppid()}}')
"""
DORMIR = UNE_FOIS + "    time.sleep(600)\n"
TUER_LE_NOYAU = UNE_FOIS + "    os.kill(os.getpid(), signal.SIGKILL)\n"
TUER_L_OUVRIER = UNE_FOIS + "    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(600)\n"
BOUCLER = "while True: pass"
ACCUMULER = "reserve = []\nwhile True: reserve.append(bytearray(20_000_000))"

AFFICHER = "while True: print('x' * 100_000)"
AFFICHER_ET_FINIR = "from IPython.display import HTML\ndisplay(HTML('x' * 11_000_000))"


class Essai:
    """Un lot factice mené par un autre processus, que l'essai peut tuer."""

    def __init__(self, dossier: Path):
        self.dossier = dossier
        self.lances: list[subprocess.Popen] = []
        lot_factice.preparer(dossier)

    def commande(self, consignes: dict[str, str], **options) -> list[str]:
        demande = {"consignes": consignes, "travailleurs": 1, **options}
        (self.dossier / "lot.json").write_text(json.dumps(demande), encoding="utf-8")
        return [sys.executable, str(PROGRAMME), str(self.dossier)]

    def mener(self, consignes: dict[str, str], **options) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.commande(consignes, **options),
            capture_output=True,
            text=True,
            timeout=ATTENTE_MAX_S,
        )

    def lancer(self, consignes: dict[str, str], **options) -> subprocess.Popen:
        """Démarre le lot et rend la main quand la panne est là."""
        commande = self.commande(consignes, **options)
        tubes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.lances.append(subprocess.Popen(commande, **tubes))
        return self.lances[-1]

    def attendre_panne(self, nom: str) -> tuple[int, int]:
        """Numéros du noyau et de l'ouvrier, quand la cellule fautive s'exécute."""
        temoin = self.dossier / "carnets" / f"panne-{nom}"
        attendre(lambda: temoin.exists() and " " in temoin.read_text(encoding="utf-8"))
        noyau, ouvrier = temoin.read_text(encoding="utf-8").split()
        return int(noyau), int(ouvrier)

    @property
    def journal(self) -> dict:
        chemin = self.dossier / "sortie" / "journal.json"
        return json.loads(chemin.read_text(encoding="utf-8")) if chemin.exists() else {"fiches": []}

    def statuts(self) -> dict[str, str]:
        return {fiche["code"]: fiche["statut"] for fiche in self.journal["fiches"]}

    def erreur(self, code: str) -> str:
        return next(fiche["erreur"] for fiche in self.journal["fiches"] if fiche["code"] == code)

    def pages(self) -> dict[str, bytes]:
        dossier = self.dossier / "sortie" / "html"
        return {page.name: page.read_bytes() for page in sorted(dossier.glob("*"))}


def attendre(condition) -> None:
    """Attend qu'une condition soit vraie ; échoue si elle ne l'est jamais."""
    limite = time.monotonic() + ATTENTE_MAX_S
    while not condition():
        assert time.monotonic() < limite, "rien ne se passe"
        time.sleep(0.05)


def vivants(numeros: tuple[int, ...]) -> list[int]:
    restes = []
    for numero in numeros:
        with suppress(psutil.NoSuchProcess):  # il peut finir entre deux questions
            if psutil.Process(numero).status() != psutil.STATUS_ZOMBIE:
                restes.append(numero)
    return restes


@pytest.fixture
def essai(tmp_path):
    essai = Essai(tmp_path / "essai")
    yield essai
    for lance in essai.lances:
        lance.kill()
        lance.communicate()


def verifier_entieres(pages: dict[str, bytes]) -> None:
    """Chaque fichier de html/ est une page finie, et porte son nom définitif."""
    for nom, contenu in pages.items():
        assert nom.endswith(".html") and contenu.endswith(b"</html>"), nom


@pytest.fixture(scope="module")
def calmes(tmp_path_factory) -> dict[str, bytes]:
    """Les pages d'un passage que rien ne trouble ; une panne ne laisse rien sur sa page."""
    calme = Essai(tmp_path_factory.mktemp("calme"))
    assert calme.mener(dict.fromkeys(("01", "02", "03"), "")).returncode == 0
    return calme.pages()


def verifier_reprise(essai: Essai, consignes: dict[str, str], calmes: dict[str, bytes]) -> None:
    """Un second passage complète, aux octets d'un passage que rien n'a troublé."""
    verifier_entieres(essai.pages())
    second = essai.mener(consignes)
    assert second.returncode == 0, second.stderr
    noms = [f"{code}-page.html" for code in consignes]
    assert essai.pages() == {nom: calmes[nom] for nom in noms}


@pytest.mark.parametrize("signe", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_le_lot_arrete_en_route_ne_laisse_ni_processus_ni_page_tronquee(essai, calmes, signe):
    consignes = {"01": "", "02": DORMIR.format(nom="02"), "03": ""}
    parent = essai.lancer(consignes)
    noyau, ouvrier = essai.attendre_panne("02")
    # La page suivante est confiée à l'ouvrier avant que la précédente ne soit au journal.
    attendre(essai.statuts)
    parent.send_signal(signe)
    _, messages = parent.communicate(timeout=ATTENTE_MAX_S)
    attendre(lambda: not vivants((noyau, ouvrier)))
    assert list(essai.pages()) == ["01-page.html"]
    assert essai.statuts() == {"01": "executee"}
    if signe == signal.SIGKILL:
        assert parent.returncode == -signal.SIGKILL
        assert essai.journal["etat"] == "en cours"
    else:
        assert parent.returncode == 130
        assert essai.journal["etat"] == "interrompu"
        assert "INACHEVÉ, passage interrompu : 2 fiches sur 3 à faire" in messages
    verifier_reprise(essai, consignes, calmes)


@pytest.mark.parametrize("consigne", [TUER_L_OUVRIER, TUER_LE_NOYAU], ids=["ouvrier", "noyau"])
def test_un_ouvrier_ou_un_noyau_tue_est_remplace_et_la_page_refaite(essai, calmes, consigne):
    consignes = {"01": consigne.format(nom="01"), "02": ""}
    passage = essai.mener(consignes)
    assert passage.returncode == 0, passage.stderr
    attendre(lambda: not vivants(essai.attendre_panne("01")))
    assert essai.statuts() == {"01": "executee", "02": "executee"}
    verifier_reprise(essai, consignes, calmes)


@pytest.mark.parametrize(
    ("consigne", "options", "erreur"),
    [
        (BOUCLER, {"delai_s": 10}, "délai de 10 s dépassé, cellule « consigne » (2 essais)"),
        (
            ACCUMULER,
            {"memoire_max_octets": 400_000_000},
            "plus de 400 Mo de mémoire, cellule « consigne » (2 essais)",
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            {},
            "le noyau s'est arrêté, cellule « consigne » (2 essais)",
        ),
        (AFFICHER, {}, "plus de 10 Mo affichés, cellule « consigne »"),
        (AFFICHER_ET_FINIR, {}, "plus de 10 Mo affichés, cellule « consigne »"),
    ],
    ids=["boucle", "memoire", "mort", "affichage", "affichage fini"],
)
def test_une_cellule_folle_est_arretee_du_dehors_et_nommee(essai, consigne, options, erreur):
    passage = essai.mener({"01": "", "02": consigne, "03": ""}, **options)
    assert passage.returncode == 1
    assert essai.statuts() == {"01": "executee", "02": "echec", "03": "executee"}
    assert essai.erreur("02") == erreur
    assert list(essai.pages()) == ["01-page.html", "03-page.html"]
    trace = essai.dossier / "sortie" / "echecs" / "02-page.ipynb"
    premiere = json.loads(trace.read_text(encoding="utf-8"))["cells"][0]
    assert "".join(premiere["source"]) == f"**Échec** : {erreur}"
    assert f"Échec 02 02 : {erreur}" in passage.stdout
    assert "INCOMPLET : 1 échec (02)" in passage.stderr


def test_une_cellule_qui_affiche_sans_fin_ne_grossit_ni_l_ouvrier_ni_la_trace(essai):
    parent = essai.lancer({"01": UNE_FOIS.format(nom="01") + "    pass\n" + AFFICHER})
    _, numero = essai.attendre_panne("01")
    ouvrier, pic_octets = psutil.Process(numero), 0
    while parent.poll() is None:
        with suppress(psutil.Error):
            pic_octets = max(pic_octets, ouvrier.memory_info().rss)
        time.sleep(0.02)
    parent.communicate()
    assert 50_000_000 < pic_octets < 300_000_000
    trace = essai.dossier / "sortie" / "echecs" / "01-page.ipynb"
    assert trace.stat().st_size < 11_000_000


def test_un_message_d_erreur_sans_fin_est_abrege(essai):
    essai.mener({"01": "raise ValueError('x' * 1_000_000)"})
    assert len(essai.erreur("01")) < 2_100 and essai.erreur("01").endswith("x…")


def test_un_ouvrier_trop_gourmand_est_arrete_comme_son_noyau(essai):
    """La page exécutée, c'est le gabarit qui enfle : l'ouvrier, pas le noyau."""
    gabarit = essai.dossier / "gabarits" / "factice" / "index.html.j2"
    texte = gabarit.read_text(encoding="utf-8")
    enflee = "{% block body_loop %}{% for i in range(10 ** 9) %}{{ 'x' * 10 ** 5 }}{% endfor %}"
    gabarit.write_text(texte.replace("{%- block body_loop -%}", enflee), encoding="utf-8")
    passage = essai.mener({"01": ""}, memoire_max_octets=400_000_000)
    assert passage.returncode == 1
    assert essai.erreur("01") == "l'ouvrier a pris plus de 400 Mo de mémoire (2 essais)"


def test_trois_echecs_identiques_de_suite_arretent_et_laissent_ce_qui_est_publie(essai):
    bonnes = {code: "" for code in ("01", "02", "03", "04", "05", "06")}
    assert essai.mener(bonnes).returncode == 0
    publiees = essai.pages()
    preuves = sorted((essai.dossier / "sortie" / "notebooks").iterdir())
    indicateurs = essai.dossier / "sortie" / "donnees" / "indicateurs.csv"
    chiffres = indicateurs.read_bytes()
    casser = "raise KeyError(f'colonne absente, fiche {code}')"
    passage = essai.mener({"01": "1 / 0", **{code: casser for code in list(bonnes)[1:]}})
    assert passage.returncode == 1
    # Le premier échec, d'un autre motif, a perdu sa page ; les suivants n'ont rien défait.
    del publiees["01-page.html"]
    assert essai.pages() == publiees
    assert sorted((essai.dossier / "sortie" / "notebooks").iterdir()) == preuves[1:]
    assert indicateurs.read_bytes() == chiffres
    assert [c for c, s in essai.statuts().items() if s == "echec"] == ["01", "02", "03", "04"]
    assert "INACHEVÉ, trois échecs identiques de suite (cellule « consigne » : " in passage.stderr
    assert "les pages déjà publiées sont laissées telles quelles" in passage.stderr
    assert "la page du passage précédent est laissée en place" in passage.stdout
    assert essai.mener(bonnes).returncode == 0
    assert set(essai.pages()) == {"01-page.html", *publiees}


def test_un_ouvrier_qui_meurt_toujours_fait_un_echec_pas_une_boucle(essai):
    tuer = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass"
    passage = essai.mener({"01": tuer, "02": ""})
    assert passage.returncode == 1
    assert essai.statuts() == {"01": "echec", "02": "executee"}
    assert "l'ouvrier s'est arrêté sans rien dire (2 essais)" in essai.erreur("01")


def test_un_ouvrier_qui_ne_peut_pas_commencer_dit_pourquoi(essai):
    gabarit = essai.dossier / "gabarits" / "factice" / "conf.json"
    texte = gabarit.read_text(encoding="utf-8")
    gabarit.write_text(texte.replace("fabrique.structure", "module_absent"), encoding="utf-8")
    passage = essai.mener({"01": ""})
    assert passage.returncode == 1
    assert essai.erreur("01").startswith("l'ouvrier s'est arrêté, dernier message : ")
    assert "No module named 'module_absent'" in essai.erreur("01")
    assert "Traceback" not in passage.stderr


def test_un_noyau_qui_ne_demarre_pas_est_un_echec_qui_dit_son_dernier_mot(essai):
    mourir = "import os, sys; print('adieu', file=sys.stderr); os._exit(3)"
    passage = essai.mener({"01": ""}, prechauffage=mourir)
    assert passage.returncode == 1
    assert essai.erreur("01") == "le noyau ne démarre pas (adieu) (2 essais)"


def test_une_donnee_disparue_avant_l_execution_est_un_echec_nomme(essai):
    donnee = essai.dossier / "carnets" / "donnee.txt"
    consignes = {"01": "texte = open('donnee.txt').read()", "02": ""}
    assert essai.mener(consignes).returncode == 1
    assert "FileNotFoundError" in essai.erreur("01")
    donnee.write_text("revenue", encoding="utf-8")
    assert essai.mener(consignes).returncode == 0
    assert essai.statuts() == {"01": "executee", "02": "reprise"}


@pytest.mark.parametrize("etat", ["plein", "lecture seule"])
def test_disque_plein_ou_en_lecture_seule(essai, tmp_path, etat):
    """Le dossier de sortie est un petit disque à part, monté le temps du passage."""
    sortie, garde = essai.dossier / "sortie", tmp_path / "garde"
    sortie.mkdir()
    consignes = {code: "texte = 'x' * 300_000" for code in ("01", "02", "03", "04")}
    option = "size=1m" if etat == "plein" else "ro,size=1m"
    commande = " ".join(essai.commande(consignes))
    script = (
        f"mount -t tmpfs -o {option} tmpfs {sortie} || exit 99; {commande}; code=$?; "
        f"cp -r {sortie} {garde}; exit $code"
    )
    if not shutil.which("unshare"):
        pytest.skip("unshare absent : aucun petit disque à remplir")
    passage = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=ATTENTE_MAX_S,
    )
    if passage.returncode not in (1, 2):
        pytest.skip(f"aucun petit disque possible ici : {passage.stderr.strip()}")
    sortie.rmdir()
    garde.rename(sortie)
    if etat == "lecture seule":
        assert passage.returncode == 2
        assert passage.stderr.startswith("Impossible d'écrire dans ")
        assert list(sortie.iterdir()) == []
    else:
        assert passage.returncode == 1
        assert "INACHEVÉ, écriture impossible : disque plein : " in passage.stderr
        assert essai.journal["etat"] == "interrompu"
        publiees = [code for code, statut in essai.statuts().items() if statut == "executee"]
        assert list(essai.pages()) == [f"{code}-page.html" for code in publiees]
        assert 0 < len(publiees) < len(consignes)
    verifier_entieres(essai.pages())
    assert essai.mener(consignes).returncode == 0
    assert list(essai.pages()) == [f"{code}-page.html" for code in consignes]


def test_une_panne_du_passage_laisse_la_page_en_place_et_la_dit_perimee(essai, capsys):
    """Données disparues, puis noyau tué : la page d'avant n'y est pour rien."""
    temoin = essai.dossier / "temoin.txt"
    temoin.write_text("là", encoding="utf-8")
    temoins = {temoin: sha256_fichier(temoin)}
    consignes = {"01": f"texte = open({str(temoin)!r}).read()", "02": ""}
    demande = lot_factice.lot(essai.dossier, consignes, temoins=temoins, forcer=True)
    assert not lot_factice.mener(demande).echecs
    avant = essai.pages()
    temoin.unlink()
    pannes = consignes | {"02": "import os; os.kill(os.getpid(), 9)"}
    passage = lot_factice.lot(essai.dossier, pannes, temoins=temoins, forcer=True)
    resultat = lot_factice.mener(passage)
    assert essai.pages() == avant
    assert essai.statuts() == {"01": "echec", "02": "echec"}
    assert essai.erreur("01").startswith("données changées pendant le passage (temoin.txt)")
    assert all(fiche["page_perimee"] for fiche in essai.journal["fiches"])
    bilan.afficher(resultat, passage)
    dit = capsys.readouterr()
    assert "la page du passage précédent est laissée en place, périmée" in dit.out
    assert "2 échecs (01, 02), dont 2 pages d'avant, hors de date" in dit.err
    temoin.write_text("là", encoding="utf-8")
    assert not lot_factice.mener(lot_factice.lot(essai.dossier, consignes)).echecs
    assert essai.pages() == avant and essai.statuts() == {"01": "executee", "02": "executee"}


def test_des_donnees_abimees_en_route_ne_laissent_rien_passer_pour_a_jour(essai, capsys):
    """Une page les a peut-être lues ainsi : aucune de celles du passage n'est reprise ensuite."""
    temoin = essai.dossier / "temoin.txt"
    temoin.write_text("là", encoding="utf-8")
    temoins = {temoin: sha256_fichier(temoin)}
    abimer = f"open({str(temoin)!r}, 'w').write('lu')"
    passage = lot_factice.lot(essai.dossier, {"01": "", "02": abimer}, temoins=temoins)
    resultat = lot_factice.mener(passage)
    bilan.afficher(resultat, passage)
    verdict = capsys.readouterr().err.splitlines()[-1]
    assert "données changées pendant le passage (temoin.txt) : 2 fiches sur 2 à faire" in verdict
    assert bilan.code_retour(resultat) == 1 and essai.statuts() == {}
    temoin.write_text("là", encoding="utf-8")
    second = lot_factice.lot(essai.dossier, {"01": "", "02": ""}, temoins=temoins)
    assert bilan.code_retour(lot_factice.mener(second)) == 0
    assert essai.statuts() == {"01": "executee", "02": "executee"}


def test_les_avertissements_sont_dans_les_dernieres_lignes(essai, capsys):
    demande = lot_factice.lot(essai.dossier, {"01": ""}, avertissements=("un", "deux"))
    bilan.afficher(lot_factice.mener(demande), demande)
    *_, avant, derniere, verdict = capsys.readouterr().out.splitlines()
    assert (avant, derniere) == ("Attention : un", "Attention : deux")
    assert verdict.startswith("Tout est fait")
