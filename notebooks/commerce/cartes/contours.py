"""Un contour en entiers, d'une forme à l'autre : tracé SVG, anneaux de points, réunion."""

import re
from collections import Counter

Point = tuple[int, int]
UNITES = 1020


def anneaux(trace: str, cote: int = UNITES) -> list[list[Point]]:
    """Les anneaux d'un tracé, réduits à un carré de `cote` unités, sans points confondus."""
    lus = []
    for anneau in re.findall(r"M[^z]*z", trace):
        nombres = [int(nombre) for nombre in re.findall(r"-?\d+", anneau)]
        x, y, points = 0, 0, []
        for dx, dy in zip(nombres[::2], nombres[1::2], strict=True):
            x, y = x + dx, y + dy
            point = round(x * cote / UNITES), round(y * cote / UNITES)
            if not points or point != points[-1]:
                points.append(point)
        if len(points) > 2:
            lus.append(points)
    return lus


def reunir(anneaux: list[list[Point]]) -> list[list[Point]]:
    """Contour de l'ensemble : un bord que deux anneaux parcourent en sens contraire disparaît.

    Les anneaux sont d'abord tous tournés dans le même sens ; réduits, deux voisins peuvent se
    recouvrir un peu : c'est le bilan des passages qui dit si un bord reste, et dans quel sens.
    """
    passages: Counter[tuple[Point, Point]] = Counter()
    for points in anneaux:
        tournes = points if aire(points) > 0 else points[::-1]
        passages.update(zip(tournes, tournes[1:] + tournes[:1], strict=True))
    suites: dict[Point, list[Point]] = {}
    for (depart, arrivee), aller in sorted(passages.items()):
        reste = aller - passages.get((arrivee, depart), 0)
        suites.setdefault(depart, []).extend([arrivee] * reste)
    suites = {depart: arrivees for depart, arrivees in suites.items() if arrivees}
    reunis = []
    while suites:
        points = [min(suites)]
        while points[-1] in suites:
            depart = points[-1]
            points.append(suites[depart].pop())
            if not suites[depart]:
                del suites[depart]
        if len(points) > 3:
            reunis.append(points[:-1])
    return reunis


def aire(points: list[Point]) -> int:
    """Deux fois l'aire d'un anneau, positive dans un sens de parcours, négative dans l'autre."""
    suivants = zip(points, points[1:] + points[:1], strict=True)
    return sum(x * v - u * y for (x, y), (u, v) in suivants)


def trace(anneaux: list[list[Point]]) -> str:
    """Attribut `d` d'un tracé SVG : points relatifs, en entiers."""
    traces = []
    for points in anneaux:
        (x, y), suite = points[0], []
        for suivant_x, suivant_y in points[1:]:
            suite.append(f"{suivant_x - x} {suivant_y - y}")
            x, y = suivant_x, suivant_y
        traces.append(f"M{points[0][0]} {points[0][1]}l{' '.join(suite)}z".replace(" -", "-"))
    return "".join(traces)
