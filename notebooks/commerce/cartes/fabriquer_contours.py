"""D'où vient `data/reference/contours.csv` ? `python fabriquer_contours.py FRANCE.geojson`

FRANCE.geojson : celui des fichiers `superset/static/assets/*.geojson` du paquet PyPI
apache-superset 4.1.1 (Apache-2.0) qui contient `FR-09`. Ce sont les départements de Natural Earth
(domaine public), les DROM déjà agrandis ou réduits et rapprochés de la métropole.
"""

import csv
import json
import math
import sys
from pathlib import Path

from commerce import chemins
from commerce.cartes import contours

CONTOURS = chemins.REFERENCE / "contours.csv"
CODES = {"2A": "20", "2B": "20", "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "YT": "976"}
# Un degré de latitude vaut cent unités : Paris en fait huit de haut, et la carte mille.
UNITES_PAR_DEGRE = 100
OUEST, NORD = -5.2, 51.15
RESSERREMENT = math.cos(math.radians(46.5))


def grille(longitude: float, latitude: float) -> tuple[int, int]:
    """Un point, en unités entières. Deux voisins partagent leurs points : aucun jour entre eux."""
    x = (longitude - OUEST) * RESSERREMENT * UNITES_PAR_DEGRE
    return round(x), round((NORD - latitude) * UNITES_PAR_DEGRE)


def anneau(points: list[list[float]]) -> list[tuple[int, int]]:
    """Contour fermé sur la grille, sans point répété ; vide s'il n'a plus de surface."""
    places = [grille(*point[:2]) for point in points]
    distincts = [
        p for p, avant in zip(places, places[-1:] + places[:-1], strict=True) if p != avant
    ]
    return distincts if len(distincts) > 2 else []


def fabriquer(source: Path) -> None:
    """Écrit `contours.csv` : un tracé par territoire, la Corse en un seul."""
    traces: dict[str, list] = {}
    for territoire in json.loads(source.read_text(encoding="utf-8"))["features"]:
        iso = territoire["properties"]["ISO"].removeprefix("FR-")
        forme = territoire["geometry"]
        simple = forme["type"] == "Polygon"
        polygones = [forme["coordinates"]] if simple else forme["coordinates"]
        anneaux = [anneau(a) for polygone in polygones for a in polygone]
        traces.setdefault(CODES.get(iso, iso), []).extend(filter(None, anneaux))
    with CONTOURS.open("w", encoding="utf-8", newline="") as fichier:
        ecrivain = csv.writer(fichier, lineterminator="\n")
        ecrivain.writerow(["code", "trace"])
        ecrivain.writerows(
            (code, contours.trace(contours.reunir(anneaux)))
            for code, anneaux in sorted(traces.items())
        )


if __name__ == "__main__":
    fabriquer(Path(sys.argv[1]))
