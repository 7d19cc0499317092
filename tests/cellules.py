"""Les cellules d'un notebook, exécutées dans ce processus : ni noyau, ni papermill."""

import ast
import json
from pathlib import Path


def montrees(carnet: Path, **parametres) -> list:
    """Les objets que montrent les cellules, dans l'ordre ; `parametres` : ceux de papermill."""
    vus: list = []
    espace = {"display": lambda *objets: vus.extend(objets)}
    for cellule in json.loads(carnet.read_text(encoding="utf-8"))["cells"]:
        etiquettes = cellule["metadata"].get("tags", [])
        if cellule["cell_type"] != "code" or "skip-execution" in etiquettes:
            continue
        arbre = ast.parse("".join(cellule["source"]))
        derniere = arbre.body.pop() if isinstance(arbre.body[-1], ast.Expr) else None
        exec(compile(arbre, carnet.name, "exec"), espace)
        if "parameters" in etiquettes:
            espace |= parametres
        if derniere:
            vus.append(eval(compile(ast.Expression(derniere.value), carnet.name, "eval"), espace))
    return [objet for objet in vus if objet is not None]


def html_de(objet) -> str:
    """Le HTML que le notebook donne à la page pour cet objet."""
    if hasattr(objet, "_repr_mimebundle_"):
        return objet._repr_mimebundle_()["text/html"]
    return objet._repr_html_()
