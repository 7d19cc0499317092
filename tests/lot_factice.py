"""Un petit lot sans rapport avec le commerce extérieur, pour éprouver la fabrique.

Chaque page exécute une `consigne` (du Python) : c'est par elle qu'un essai fait boucler, échouer
ou mourir une cellule. Lancé comme programme (`python lot_factice.py DOSSIER`), ce fichier mène le
lot décrit par `lot.json` : les essais de panne tuent ce programme-là.
"""

import io
import json
import signal
import sys
from pathlib import Path

from fabrique import ErreurLot, bilan, execution
from fabrique.avancement import Avancement
from fabrique.carnets import imports
from fabrique.lot import Lot, Modele, Page, Reglages

GABARIT = """{%- extends 'basic/index.html.j2' -%}
{%- block header -%}<!doctype html><html lang="fr"><head><meta charset="utf-8">
<meta name="fiche-code" content="{{ resources.page.notice.code }}"></head><body>{%- endblock -%}
{%- block body_loop -%}{%- for cellule in nb.cells if cellule.cell_type == 'code' -%}
{%- for sortie in cellule.outputs if sortie.data and 'text/html' in sortie.data -%}
{{ sortie.data['text/html'] }}{%- endfor -%}{%- endfor -%}{%- endblock -%}
{%- block footer -%}</body></html>{%- endblock -%}
"""
CONFIGURATION = {
    "base_template": "basic",
    "mimetypes": {"text/html": True},
    "preprocessors": {
        "500-structure": {"type": "fabrique.structure.StructurePage", "enabled": True}
    },
}
CELLULES = {
    "parametres": 'code: str = "01"\nnom: str = "Un"\nconsigne: str = ""',
    "imports": "from IPython.display import HTML, display",
    "consigne": "texte = ''\nexec(consigne)",
    "notice": (
        "notice = {'code': code, 'slug': code + '-page', 'annee': 2024,\n"
        "          'indicateurs': [{'indicateur': 'longueur', 'flux': '', 'valeur': len(nom)}],\n"
        "          'alertes': []}\n"
        "display({'application/vnd.fiche+json': notice, 'text/plain': nom}, raw=True)"
    ),
    "figure": "HTML(f'<figure id=\"une\">{nom} {texte}</figure>')",
}


def ecrire_carnet(chemin: Path, cellules: dict[str, str]) -> Path:
    """Carnet fait de ces cellules de code ; la première porte les paramètres."""
    carnet = {
        "cells": [
            {
                "cell_type": "code",
                "id": nom,
                "metadata": {"tags": ["parameters"]} if rang == 0 else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for rang, (nom, source) in enumerate(cellules.items())
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_text(json.dumps(carnet), encoding="utf-8")
    return chemin


def preparer(dossier: Path, cellules: dict[str, str] = CELLULES) -> None:
    """Écrit sous `dossier` le carnet et le gabarit du lot."""
    ecrire_carnet(dossier / "carnets" / "modele.ipynb", cellules)
    gabarit = dossier / "gabarits" / "factice"
    gabarit.mkdir(parents=True, exist_ok=True)
    (gabarit / "index.html.j2").write_text(GABARIT, encoding="utf-8")
    (gabarit / "conf.json").write_text(json.dumps(CONFIGURATION), encoding="utf-8")


def lot(dossier: Path, consignes: dict[str, str], **options) -> Lot:
    """Lot d'une page par consigne, nommée par son code ; `options` : champs de Reglages ou Lot."""
    modele = Modele(dossier / "carnets" / "modele.ipynb", frozenset({"une"}))
    pages = tuple(
        Page(code, f"{code}-page", code, {"code": code, "nom": "Page", "consigne": texte}, modele)
        for code, texte in consignes.items()
    )
    du_lot = {
        nom: options.pop(nom)
        for nom in ("forcer", "travailleurs", "donnees", "pdf", "avertissements") & options.keys()
    }
    reglages = {
        "sortie": dossier / "sortie",
        "gabarits": dossier / "gabarits",
        "gabarit": "factice",
        "prechauffage": imports(modele.carnet),
        **options,
    }
    return Lot(
        pages=pages,
        reglages=Reglages(**{**reglages, "sortie": Path(reglages["sortie"])}),
        dependances={"gabarit": (dossier / "gabarits",)},
        **{"donnees": "0" * 64, **du_lot},
    )


def mener(demande: Lot) -> execution.Bilan:
    """Mène le lot sans rien afficher."""
    return execution.lancer(demande, Avancement(io.StringIO()))


def main(dossier: Path) -> int:
    """Mène le lot décrit par `lot.json` ; même code de retour que `run_all.py`."""
    demande = lot(dossier, **json.loads((dossier / "lot.json").read_text(encoding="utf-8")))
    try:
        resultat = execution.lancer(demande, Avancement())
    except ErreurLot as erreur:
        print(erreur, file=sys.stderr)
        return 2
    bilan.afficher(resultat, demande)
    return bilan.code_retour(resultat)


if __name__ == "__main__":
    # Lancé en arrière-plan, un programme ignore Ctrl-C, et transmet ce réglage à ceux qu'il lance.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(Path(sys.argv[1])))
