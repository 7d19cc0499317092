"""Un contour en entiers, d'une forme à l'autre : tracé SVG, anneaux de points, réunion."""

import re

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
    """Contour de l'ensemble : un bord que deux anneaux parcourent en sens contraire disparaît."""
    bords = {b for points in anneaux for b in zip(points, points[1:] + points[:1], strict=True)}
    suites: dict[Point, list[Point]] = {}
    for depart, arrivee in sorted(bords):
        if depart != arrivee and (arrivee, depart) not in bords:
            suites.setdefault(depart, []).append(arrivee)
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
