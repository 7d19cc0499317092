"""Banc d'essai du lot, à lancer à la main : `python tests/banc.py --fiches 100`.

Côte à côte, sur les mêmes fiches et chacun sur sa copie des données préparées, sans aucune figure
dessinée d'avance :

- commandes : `papermill` puis `jupyter nbconvert`, fiche après fiche (sur un échantillon) ;
- neufs : la fabrique, un noyau neuf par fiche ;
- chaud : la fabrique, telle que `run_all.py` l'emploie ;
- rien n'a changé : le même passage, relancé ;
- une fiche : `run_all.py 09` dans un dossier vide, index et relevé compris ;
- plancher : les mêmes cellules exécutées dans de simples processus Python, sans Jupyter.

Pour le jeu en vraie grandeur : l'écrire avec `commerce.demonstration`, puis `--source DOSSIER`.
"""

import argparse
import json
import multiprocessing
import runpy
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
from cellules import html_de, montrees

from commerce import chemins
from fabrique import execution
from fabrique.avancement import Avancement
from fabrique.equipe import coeurs
from fabrique.isolation import alleger
from fabrique.lot import Lot

PERIODE_S = 0.1
RUN_ALL = chemins.RACINE / "run_all.py"


class Memoire(threading.Thread):
    """Plus grande mémoire d'un processus fils et de ses propres fils, tant que dure un mode."""

    def __init__(self):
        super().__init__(daemon=True)
        self.pic_mo = 0.0
        self._fini = threading.Event()

    def run(self) -> None:
        while not self._fini.wait(PERIODE_S):
            for fils in psutil.Process().children():
                self.pic_mo = max(self.pic_mo, _memoire_mo(fils))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._fini.set()
        self.join()


def _memoire_mo(processus: psutil.Process) -> float:
    try:
        famille = [processus, *processus.children(recursive=True)]
        return sum(membre.memory_info().rss for membre in famille) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def processeur_s() -> float:
    """Temps de processeur de ce programme et de tous ceux qu'il a lancés.

    Sur une machine occupée par d'autres, c'est la mesure à comparer.
    """
    temps = psutil.Process().cpu_times()
    return temps.user + temps.system + temps.children_user + temps.children_system


def mesurer(nom: str, fiches: int, action: Callable[[], object]) -> dict:
    """Durée et processeur par fiche, et mémoire, d'une action."""
    print(f"{nom}…", file=sys.stderr, flush=True)
    debut, processeur = time.perf_counter(), processeur_s()
    with Memoire() as memoire:
        action()
    duree_s = time.perf_counter() - debut
    return {
        "mode": nom,
        "fiches": fiches,
        "duree_s": duree_s,
        "par_fiche_s": duree_s / fiches,
        "processeur_s": (processeur_s() - processeur) / fiches,
        "pic_mo": memoire.pic_mo,
    }


def sur_une_copie(demande: Lot, prepare: Path, dossier: Path) -> Lot:
    """Le même lot, qui lit sa propre copie des données et écrit dans son propre dossier."""
    copie = shutil.copytree(prepare, dossier / prepare.name, ignore=lambda *_: {"figures"})
    pages = tuple(
        replace(page, parametres={**page.parametres, "donnees": str(copie)})
        for page in demande.pages
    )
    reglages = replace(demande.reglages, sortie=dossier / "sortie")
    return replace(demande, pages=pages, annexes=(), reglages=reglages, forcer=False)


def par_commandes(demande: Lot) -> None:
    """La boucle que ferait un analyste : deux commandes par fiche."""
    dossier = demande.reglages.sortie
    dossier.mkdir(parents=True)
    jupyter = [sys.executable, "-m"]
    for page in demande.pages:
        carnet = dossier / f"{page.slug}.ipynb"
        valeurs = [
            mot
            for nom, valeur in page.parametres.items()
            for mot in ("-p" if nom == "annee" else "-r", nom, str(valeur))
        ]
        papermill = [*jupyter, "papermill", *valeurs, "--cwd", str(chemins.NOTEBOOKS)]
        gabarits = f"--TemplateExporter.extra_template_basedirs={demande.reglages.gabarits}"
        nbconvert = [*jupyter, "nbconvert", "--to", "html", "--template", "fiche", gabarits]
        for commande in (
            [*papermill, str(page.modele.carnet), str(carnet)],
            [*nbconvert, str(carnet)],
        ):
            subprocess.run(commande, check=True, capture_output=True)


def par_la_fabrique(demande: Lot) -> None:
    """Un passage de la fabrique ; toute fiche manquée fausserait la mesure."""
    bilan = execution.lancer(demande, Avancement())
    if bilan.echecs or bilan.absentes:
        sys.exit(f"Fiches manquées : {[entree['erreur'] for entree in bilan.echecs]}")


def une_fiche(sortie: Path, source: list[str], prepare: Path) -> None:
    """La commande entière, à froid, pour une fiche ; `prepare` perd ses figures déjà dessinées."""
    shutil.rmtree(prepare / "figures", ignore_errors=True)
    commande = [sys.executable, str(RUN_ALL), "09", "--sortie", str(sortie), *source]
    subprocess.run(commande, check=True, capture_output=True)


def au_plancher(demande: Lot) -> None:
    """Les cellules du modèle, dans autant de processus que la fabrique a d'ouvriers."""
    taches = [(page.modele.carnet, page.parametres) for page in demande.pages]
    contexte = multiprocessing.get_context("spawn")
    with contexte.Pool(demande.travailleurs, initializer=alleger) as processus:
        list(processus.imap_unordered(_executer_cellules, taches))


def _executer_cellules(tache: tuple[Path, dict]) -> int:
    """Exécute les cellules et rend leurs valeurs affichées en HTML ; renvoie leur poids."""
    carnet, parametres = tache
    return sum(len(html_de(objet)) for objet in montrees(carnet, **parametres))


def etapes(journal: Path) -> str:
    """Temps moyen de chaque étape d'une fiche, d'après le journal."""
    fiches = json.loads(journal.read_text(encoding="utf-8"))["fiches"]
    noms = fiches[0]["durees_s"]
    moyennes = {nom: sum(f["durees_s"][nom] for f in fiches) / len(fiches) for nom in noms}
    return ", ".join(f"{nom} {moyenne:.3f} s" for nom, moyenne in moyennes.items())


def afficher(mesures: list[dict]) -> None:
    """Tableau des modes : durée et processeur, chacun rapporté à la boucle et au plancher."""
    par_mode = {mesure["mode"]: mesure for mesure in mesures}
    print(f"{'':18}{'fiches':>7}{'durée':>9}{'par fiche':>11}{'processeur':>12}", end="")
    print(f"{'mémoire':>10}{'gain':>8}{'/ plancher':>12}{'(processeur)':>14}")
    for m in mesures:
        gain = par_mode["commandes"]["par_fiche_s"] / m["par_fiche_s"]
        ecarts = [m[nom] / par_mode["plancher"][nom] for nom in ("par_fiche_s", "processeur_s")]
        print(
            f"{m['mode']:18}{m['fiches']:>7}{m['duree_s']:>7.1f} s{m['par_fiche_s']:>9.3f} s"
            f"{m['processeur_s']:>10.3f} s{m['pic_mo']:>7.0f} Mo{gain:>7.1f}×"
            f"{ecarts[0]:>11.2f}×{ecarts[1]:>13.2f}×"
        )


def main() -> None:
    """Mesure chaque mode et affiche le tableau."""
    # Chargé ici, pandas ne pèse pas dans les ouvriers, qui relisent ce fichier en démarrant.
    from commerce.references import departements

    analyse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyse.add_argument("--fiches", type=int, default=100)
    analyse.add_argument("--echantillon", type=int, default=5, help="fiches du mode commandes")
    analyse.add_argument("--neuves", type=int, default=20, help="fiches du mode neufs")
    analyse.add_argument("--travailleurs", type=int, default=coeurs())
    analyse.add_argument("--source", default="", help="dossier de fichiers des douanes")
    choix = analyse.parse_args()
    commande = runpy.run_path(str(RUN_ALL))
    codes = list(departements())[: choix.fiches]
    source = ["--source", choix.source] if choix.source else []
    options = commande["options"]([*codes, *source, "--travailleurs", str(choix.travailleurs)])
    demande = commande["lot"](options)
    prepare = (chemins.NOTEBOOKS / demande.pages[0].parametres["donnees"]).resolve()
    mesures = []
    with tempfile.TemporaryDirectory() as nom:
        racine = Path(nom)

        def lot(mode: str, fiches: int) -> Lot:
            copie = sur_une_copie(demande, prepare, racine / mode)
            return replace(copie, pages=copie.pages[:fiches])

        plancher, chaud = lot("plancher", choix.fiches), lot("chaud", choix.fiches)
        mesures.append(mesurer("plancher", choix.fiches, lambda: au_plancher(plancher)))
        mesures.append(mesurer("chaud", choix.fiches, lambda: par_la_fabrique(chaud)))
        detail = etapes(chaud.reglages.sortie / "journal.json")
        mesures.append(mesurer("rien n'a changé", choix.fiches, lambda: par_la_fabrique(chaud)))
        depart_s = time.time()
        mesures.append(mesurer("une fiche", 1, lambda: une_fiche(racine / "une", source, prepare)))
        page = next((racine / "une" / "html").glob("09-*.html"))
        page_s = page.stat().st_mtime - depart_s
        neufs = lot("neufs", choix.neuves)
        neufs = replace(neufs, reglages=replace(neufs.reglages, noyau_neuf=True))
        mesures.append(mesurer("neufs", choix.neuves, lambda: par_la_fabrique(neufs)))
        boucle = lot("commandes", choix.echantillon)
        mesures.append(mesurer("commandes", choix.echantillon, lambda: par_commandes(boucle)))
    afficher(mesures)
    print(f"Étapes d'une fiche, à chaud : {detail}.")
    print(f"Une fiche à froid : sa page est écrite {page_s:.1f} s après la commande.")


if __name__ == "__main__":
    main()
