"""Que contient un carnet ? Lecture légère, sans Jupyter, et nettoyage après exécution."""

import ast
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from . import ErreurLot

ETIQUETTE_PARAMETRES = "parameters"
ETIQUETTE_SAUTEE = "skip-execution"
ETIQUETTE_INJECTEE = "injected-parameters"
IDENTIFIANT_INJECTE = "parametres-du-lot"


def lire(chemin: Path) -> dict:
    """Carnet tel qu'il est écrit ; `ErreurLot` s'il est absent ou illisible."""
    try:
        return json.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, ValueError) as erreur:
        raise ErreurLot(
            f"Carnet illisible : {chemin} ({erreur}). Le rétablir depuis git."
        ) from erreur


def empreinte(chemin: Path, donnes: Iterable[str] = ()) -> str:
    """sha256 de ce qui décide de la page : les cellules, jamais leurs sorties ni leur rang.

    Un carnet rouvert, exécuté et enregistré dans JupyterLab garde ainsi son empreinte. N'y entrent
    ni la valeur par défaut d'un paramètre donné par le lot, ni une cellule qu'il n'exécute pas.
    """
    cellules = [
        {cle: cellule.get(cle) for cle in ("cell_type", "id", "attachments")}
        | {"source": _source_comptee(cellule, set(donnes)), "tags": _etiquettes(cellule)}
        for cellule in lire(chemin)["cells"]
        if cellule["cell_type"] != "code" or ETIQUETTE_SAUTEE not in _etiquettes(cellule)
    ]
    return hashlib.sha256(json.dumps(cellules, sort_keys=True).encode()).hexdigest()


def parametres_declares(chemin: Path) -> set[str]:
    """Noms donnés dans la cellule étiquetée `parameters`."""
    return {
        nom
        for cellule in _cellules_de_code(chemin)
        if ETIQUETTE_PARAMETRES in _etiquettes(cellule)
        for noeud in _arbre(cellule).body
        for nom in _noms_donnes(noeud)
    }


def imports(chemin: Path) -> str:
    """Lignes d'import du carnet : ce qu'un noyau chaud peut charger d'avance."""
    lignes = [
        ast.unparse(noeud)
        for cellule in _cellules_de_code(chemin)
        for noeud in _arbre(cellule).body
        if isinstance(noeud, ast.Import | ast.ImportFrom)
    ]
    return "\n".join(lignes)


def nettoyer(carnet, parametres: dict, cellule_dite: str) -> None:
    """Retire d'un carnet exécuté ce qui change d'une exécution à l'autre (dates, chemins).

    `parametres` et `cellule_dite` remplacent les paramètres donnés, qui nomment des endroits de
    la machine. Les durées sont dans le journal. Mêmes entrées, mêmes octets : le carnet fait
    preuve.
    """
    marques = carnet.metadata.pop("papermill", {})
    carnet.metadata["papermill"] = {
        nom: marques[nom] for nom in ("parameters", "version") if nom in marques
    }
    if "parameters" in marques:
        carnet.metadata["papermill"]["parameters"] = parametres
    for cellule in carnet.cells:
        cellule.metadata.pop("papermill", None)
        cellule.metadata.pop("execution", None)
        if ETIQUETTE_INJECTEE in cellule.metadata.get("tags", []):
            cellule["id"] = IDENTIFIANT_INJECTE
            cellule["source"] = cellule_dite


def _cellules_de_code(chemin: Path) -> list[dict]:
    return [cellule for cellule in lire(chemin)["cells"] if cellule["cell_type"] == "code"]


def _etiquettes(cellule: dict) -> list[str]:
    return cellule["metadata"].get("tags", [])


def _noms_donnes(noeud: ast.stmt) -> set[str]:
    if isinstance(noeud, ast.AnnAssign):
        return {ast.unparse(noeud.target)}
    return {ast.unparse(c) for c in noeud.targets} if isinstance(noeud, ast.Assign) else set()


def _source_comptee(cellule: dict, donnes: set[str]) -> str:
    """Source de la cellule ; sans les valeurs que le lot donne, si c'est celle des paramètres."""
    if ETIQUETTE_PARAMETRES not in _etiquettes(cellule) or not (arbre := _arbre(cellule)).body:
        return _source(cellule)
    restent = [
        noeud for noeud in arbre.body if not _noms_donnes(noeud) or _noms_donnes(noeud) - donnes
    ]
    return "\n".join(ast.unparse(noeud) for noeud in restent)


def _source(cellule: dict) -> str:
    source = cellule["source"]
    return source if isinstance(source, str) else "".join(source)


def _arbre(cellule: dict) -> ast.Module:
    """Arbre syntaxique de la cellule ; vide si elle n'est pas du Python (magie, erreur)."""
    try:
        return ast.parse(_source(cellule))
    except SyntaxError:
        return ast.Module([], [])
