"""Banc d'essai de la lecture et de la préparation : `python tests/banc_lecture.py`.

Écrit une année en vraie grandeur (3,3 millions de lignes), puis mesure côte à côte, au mieux de
trois passages :

- la lecture vérifiée de `douanes.lire_donnees` et un `pandas.read_csv` nu des mêmes fichiers, avec
  les mêmes types (codes en texte, montants en int64), temps écoulé et temps de processeur ;
- la préparation entière, seule dans un processus, avec son pic de mémoire ;
- le chargement d'une fiche.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from commerce import demonstration
from commerce.donnees import douanes
from commerce.donnees import fiche as donnees
from commerce.donnees.archives import Piece, inventaire

PREPARER = """
import json, resource, sys, time
from pathlib import Path
from commerce import chemins
chemins.PREPARE = Path(sys.argv[2])
from commerce.preparation import preparer
debut = time.perf_counter()
dossier = preparer(sys.argv[1])
duree_s = time.perf_counter() - debut
pic_mo = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"dossier": str(dossier), "duree_s": duree_s, "pic_mo": pic_mo}))
"""


def avec_pandas(chemin: Path) -> pd.DataFrame:
    """La lecture de référence : rien n'y est vérifié."""
    return pd.read_csv(
        chemin,
        sep=";",
        header=None,
        names=list(douanes.COLONNES),
        dtype=dict.fromkeys(douanes.COLONNES_CODES, str) | dict.fromkeys(douanes.MESURES, "int64"),
        keep_default_na=False,
    )


def chronometrer(action: Callable[[], object], passages: int = 3) -> tuple[float, float]:
    """Meilleur temps écoulé et meilleur temps de processeur, en secondes."""
    ecoules, processeurs = [], []
    for _ in range(passages):
        ecoule, processeur = time.perf_counter(), time.process_time()
        action()
        ecoules.append(time.perf_counter() - ecoule)
        processeurs.append(time.process_time() - processeur)
    return min(ecoules), min(processeurs)


def main() -> None:
    """Écrit le jeu, mesure, affiche."""
    analyse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyse.add_argument("--taille", default="reelle", choices=list(demonstration.LIGNES))
    choix = analyse.parse_args()
    with tempfile.TemporaryDirectory() as nom:
        racine = Path(nom)
        demonstration.construire(racine / "zips", taille=choix.taille, annees=(2024,))
        pieces = [p for p in inventaire(racine / "zips")[0] if douanes.nature(p) == "donnees"]
        textes = []
        for rang, piece in enumerate(pieces):
            textes.append(racine / f"{rang}.txt")
            textes[-1].write_bytes(piece.lire())
        for intitule, lire in {
            "lecture vérifiée": lambda t: douanes.lire_donnees(Piece(t.name, t)),
            "pandas.read_csv": avec_pandas,
        }.items():
            mesures = [chronometrer(lambda t=texte, lire=lire: lire(t)) for texte in textes]
            ecoule, processeur = (sum(colonne) for colonne in zip(*mesures, strict=True))
            print(f"{intitule:18} {ecoule:6.2f} s écoulées {processeur:6.2f} s de processeur")
        commande = [sys.executable, "-c", PREPARER, racine / "zips", racine / "prepare"]
        sortie = subprocess.run(commande, check=True, capture_output=True, text=True).stdout
        resultat = json.loads(sortie)
        print(f"préparation        {resultat['duree_s']:6.2f} s, pic {resultat['pic_mo']:.0f} Mo")
        for code in ("09", "75"):
            donnees.charger(code, donnees=resultat["dossier"])
            ecoule, _ = chronometrer(lambda c=code: donnees.charger(c, donnees=resultat["dossier"]))
            print(f"charger({code!r})      {1000 * ecoule:6.1f} ms")


if __name__ == "__main__":
    main()
