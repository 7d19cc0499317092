"""Banc d'essai du lot, à lancer à la main : `python tests/banc.py --fiches 100 --avant v2.0.0`.

Chaque mode est une commande véritable, dans un dossier à elle, sans aucune figure dessinée
d'avance ; les dessins et les données préparées de l'utilisateur ne sont ni lus ni touchés :

- read_csv : `pandas.read_csv`, rien d'autre, des mêmes fichiers avec les mêmes types ;
- préparation : `run_all.py --simuler` sans rien de prêt ;
- premier passage : `run_all.py` sans rien de prêt, sur un échantillon ;
- lot : `run_all.py`, index et relevé compris, données prêtes ;
- rien n'a changé : le même passage, relancé ;
- une fiche : `run_all.py 09` ;
- neufs : un noyau neuf par fiche, sur un échantillon ;
- plancher : les mêmes cellules dans de simples processus Python, sans Jupyter ;
- commandes : `papermill` puis `jupyter nbconvert`, fiche après fiche, sur un échantillon.

`--avant` mesure dans le même passage une autre version du code (une révision git depuis la 2.0.0,
extraite à part), et dit le gain, durée et processeur. Versions et modes alternent, `--fois` fois :
la médiane est gardée. Sur une machine occupée par d'autres, c'est le processeur qu'il faut
comparer. La mémoire est celle de tous les processus lancés, à leur plus haut.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from commerce import chemins, references
from fabrique.equipe import coeurs

PERIODE_S = 0.1
MODELE = "1_fiche_departement.ipynb"
PLANCHER = """
import multiprocessing, sys
from cellules import html_de, montrees
from fabrique.isolation import alleger
from pathlib import Path
def faire(code):
    return sum(len(html_de(o)) for o in montrees(Path(carnet), departement=code, donnees=donnees))
ouvriers, carnet, donnees, *codes = sys.argv[1:]
with multiprocessing.get_context("fork").Pool(int(ouvriers), initializer=alleger) as processus:
    processus.map(faire, codes, chunksize=1)
"""
LIRE = """
import sys
from pathlib import Path
import pandas as pd
from commerce.donnees import douanes
from commerce.donnees.archives import inventaire
types = dict.fromkeys(range(8), str) | {8: "int64", 9: "int64"}
for piece in inventaire(Path(sys.argv[1]))[0]:
    if douanes.nature(piece) == "donnees":
        texte = Path(sys.argv[2]) / "lu.txt"
        texte.write_bytes(piece.lire())
        pd.read_csv(texte, sep=";", header=None, dtype=types, keep_default_na=False)
"""


@dataclass(frozen=True)
class Version:
    """Un état du code : son nom, sa racine, et le dossier où ce banc le fait travailler."""

    nom: str
    racine: Path
    travail: Path

    def lancer(self, *commande: object) -> None:
        """Exécute une commande Python avec ce code-là ; un échec fausserait la mesure."""
        chemin = os.pathsep.join([str(self.racine / "notebooks"), str(Path(__file__).parent)])
        fait = subprocess.run(
            [sys.executable, *map(str, commande)],
            env={**os.environ, "PYTHONPATH": chemin},
            cwd=self.racine,
            capture_output=True,
            text=True,
        )
        if fait.returncode:
            sys.exit(f"{self.nom}, {commande} : {fait.stdout}{fait.stderr}")

    def run_all(self, sortie: str, *options: object, lieu: str = "prepare") -> None:
        """La commande du lot ; `lieu` : où elle range ses données préparées."""
        lieux = ("--prepare", self.travail / lieu, "--sortie", self.travail / sortie)
        self.lancer(self.racine / "run_all.py", *options, *lieux)

    def prepare(self) -> Path:
        """Le dossier des données préparées, sans aucun dessin."""
        descriptions = (self.travail / "prepare").glob("*/meta.json")
        prepare = max(descriptions, key=lambda meta: meta.stat().st_mtime).parent
        shutil.rmtree(prepare / "figures", ignore_errors=True)
        return prepare


class Memoire(threading.Thread):
    """Plus grande mémoire de ce que ce programme a lancé, tant que dure un mode."""

    def __init__(self):
        super().__init__(daemon=True)
        self.pic_mo = 0.0
        self._fini = threading.Event()

    def run(self) -> None:
        while not self._fini.wait(PERIODE_S):
            octets = 0
            for fils in psutil.Process().children(recursive=True):
                try:
                    octets += fils.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.pic_mo = max(self.pic_mo, octets / 1e6)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._fini.set()
        self.join()


def processeur_s() -> float:
    """Temps de processeur de tout ce que ce programme a lancé et vu finir."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def mesurer(action: Callable[[], None]) -> tuple[float, float, float]:
    """Durée (s), processeur (s) et mémoire (Mo) d'une action."""
    debut, processeur = time.perf_counter(), processeur_s()
    with Memoire() as memoire:
        action()
    return time.perf_counter() - debut, processeur_s() - processeur, memoire.pic_mo


def par_commandes(version: Version, codes: list[str]) -> None:
    """La boucle que ferait un analyste : deux commandes par fiche."""
    notebooks, prepare = version.racine / "notebooks", version.prepare()
    gabarits = f"--TemplateExporter.extra_template_basedirs={notebooks / 'fabrique' / 'gabarits'}"
    nbconvert = ("-m", "nbconvert", "--to", "html", "--template", "fiche", gabarits)
    for code in codes:
        carnet = version.travail / f"{code}.ipynb"
        valeurs = ("-r", "departement", code, "-r", "donnees", prepare, "--cwd", notebooks)
        version.lancer("-m", "papermill", *valeurs, notebooks / MODELE, carnet)
        version.lancer(*nbconvert, carnet)


def modes(version: Version, choix: argparse.Namespace) -> dict[str, tuple[int, Callable]]:
    """Chaque mode : combien de fiches, et quoi faire."""
    codes = list(references.departements())
    codes, neufs, boucle = codes[: choix.fiches], codes[: choix.neuves], codes[: choix.echantillon]
    communes = ("--travailleurs", choix.travailleurs)
    source = (choix.source or chemins.DEMONSTRATION).resolve()
    communes += ("--source", source)

    def de_rien(*options: object) -> None:
        for nom in ("rien", "premier"):
            shutil.rmtree(version.travail / nom, ignore_errors=True)
        version.run_all("premier", *boucle, *options, *communes, lieu="rien")

    def a_neuf(sortie: str, *options: object) -> None:
        shutil.rmtree(version.travail / sortie, ignore_errors=True)
        version.prepare()
        version.run_all(sortie, *options, *communes)

    def plancher() -> None:
        carnet = version.racine / "notebooks" / MODELE
        version.lancer("-c", PLANCHER, choix.travailleurs, carnet, version.prepare(), *codes)

    return {
        "read_csv": (1, lambda: version.lancer("-c", LIRE, source, version.travail)),
        "préparation": (1, lambda: de_rien("--simuler")),
        "premier passage": (len(boucle), de_rien),
        "lot": (len(codes), lambda: a_neuf("lot", *codes)),
        "rien n'a changé": (len(codes), lambda: version.run_all("lot", *codes, *communes)),
        "une fiche": (1, lambda: a_neuf("une", "09")),
        "neufs": (len(neufs), lambda: a_neuf("neufs", *neufs, "--noyau-neuf")),
        "plancher": (len(codes), plancher),
        "commandes": (len(boucle), lambda: par_commandes(version, boucle)),
    }


def main() -> None:
    """Mesure chaque mode de chaque version et affiche le tableau."""
    analyse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyse.add_argument("--avant", default="", help="révision git à mesurer aussi")
    analyse.add_argument("--fois", type=int, default=1, help="répétitions, alternées")
    analyse.add_argument("--modes", nargs="*", default=[], help="ceux-là seulement")
    analyse.add_argument("--fiches", type=int, default=100)
    analyse.add_argument(
        "--echantillon", type=int, default=5, help="fiches de commandes et premier passage"
    )
    analyse.add_argument("--neuves", type=int, default=20, help="fiches du mode neufs")
    analyse.add_argument("--travailleurs", type=int, default=coeurs())
    analyse.add_argument("--source", type=Path, help="dossier de fichiers des douanes")
    choix = analyse.parse_args()
    with tempfile.TemporaryDirectory() as nom:
        temporaire = Path(nom)
        versions = [Version("après", chemins.RACINE, temporaire / "apres")]
        if choix.avant:
            ancienne = temporaire / "code"
            ancienne.mkdir()
            git = ["git", "-C", chemins.RACINE, "archive", choix.avant]
            archive = subprocess.run(git, check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", ancienne], input=archive, check=True)
            versions.insert(0, Version("avant", ancienne, temporaire / "avant"))
        mesures: dict[tuple[str, str], list] = {}
        faire = {version.nom: modes(version, choix) for version in versions}
        for version in versions:  # les données se préparent une fois, hors mesure
            version.travail.mkdir()
            source = (choix.source or chemins.DEMONSTRATION).resolve()
            version.run_all("premier", "09", "--source", source)
        for _ in range(choix.fois):
            for mode in choix.modes or faire["après"]:
                for version in versions:
                    print(f"{mode}, {version.nom}…", file=sys.stderr, flush=True)
                    mesure = mesurer(faire[version.nom][mode][1])
                    mesures.setdefault((mode, version.nom), []).append(mesure)
        afficher(mesures, {mode: fiches for mode, (fiches, _) in faire["après"].items()})


def afficher(mesures: dict[tuple[str, str], list], fiches: dict[str, int]) -> None:
    """Une ligne par mode et version, puis ce que la version courante gagne, et deux rapports."""
    print(f"{'':24}{'fiches':>7}{'durée':>10}{'processeur':>12}{'par fiche':>11}{'mémoire':>10}")
    medianes = {cle: tuple(map(median, zip(*m, strict=True))) for cle, m in mesures.items()}
    for (mode, nom), (duree_s, processeur, pic_mo) in medianes.items():
        print(
            f"{mode + ', ' + nom:24}{fiches[mode]:>7}{duree_s:>8.1f} s{processeur:>10.1f} s"
            f"{processeur / fiches[mode]:>9.3f} s{pic_mo:>7.0f} Mo"
        )
    rapports = {f"{m}, après / avant": ((m, "après"), (m, "avant")) for m in fiches}
    rapports["préparation / read_csv"] = (("préparation", "après"), ("read_csv", "après"))
    for intitule, (une, autre) in rapports.items():
        if {une, autre} <= medianes.keys():
            durees, processeurs, _ = zip(medianes[une], medianes[autre], strict=True)
            duree, processeur = durees[0] / durees[1], processeurs[0] / processeurs[1]
            print(f"{intitule:31}{duree:>8.2f} x{processeur:>10.2f} x")


if __name__ == "__main__":
    main()
