"""Comment un carnet fait-il deux cents pages ? Une cellule les donne toutes, exécutée une fois.

Une page par exécution coûterait un dixième de seconde de noyau à chacune. Ces pages filles passent
par le même gabarit et les mêmes contrôles que les autres ; leur preuve est le carnet qui les a
données.
"""

from collections.abc import Iterator
from dataclasses import replace

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from . import publication
from .empreintes import sha256
from .formes import FILLES, NOTICE, Refus, visible
from .journal import NOM
from .lot import Modele, Page
from .sortie import Sortie, ecrire
from .structure import sorties_html

FORMAT = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}


def publier(
    exporteur: HTMLExporter, page: Page, carnet: NotebookNode, sortie: Sortie
) -> dict[str, str]:
    """Contrôle et écrit les filles d'une page, retire celles d'avant ; rend leur sha256, par nom.

    Rien n'est écrit si l'une d'elles est refusée : lève `Refus`, qui la nomme.
    """
    pages = {}
    for fille in carnets(carnet):
        notice = fille.cells[-2].outputs[0].data[NOTICE]
        nom = str(notice.get("slug", ""))
        sienne = replace(page, code=nom, slug=nom, modele=Modele(page.modele.carnet), pdf=False)
        html = publication.convertir(exporteur, sienne, fille)
        defauts = publication.controler(sienne, fille, html)
        if not nom.startswith(page.filles):
            defauts.append(f"son nom ne commence pas par « {page.filles} »")
        if not NOM.fullmatch(nom):
            defauts.append("nom refusé")
        if nom in pages:
            defauts.append("deux pages ont ce nom")
        if defauts:
            raise Refus(f"page {nom} refusée : " + " ; ".join(defauts))
        pages[nom] = html
    for nom, html in pages.items():
        ecrire(sortie.page(nom), html)
    for nom in sortie.filles(page.filles) - pages.keys():
        sortie.page(nom).unlink(missing_ok=True)
    return {nom: sha256(html.encode()) for nom, html in pages.items()}


def carnets(carnet: NotebookNode) -> Iterator[NotebookNode]:
    """Un carnet par page fille : les styles du carnet mère, l'en-tête avec sa notice, le corps.

    Une fille est un dictionnaire : notice, entete et corps (HTML).
    """
    visibles = [cellule for cellule in carnet.cells if visible(cellule)]
    styles = [sortie for cellule in visibles for sortie in sorties_html(cellule, "style")]
    for cellule in visibles:
        for sortie in cellule.get("outputs", []):
            for fille in sortie.get("data", {}).get(FILLES, []):
                entete = {"text/html": fille["entete"], NOTICE: fille["notice"]}
                sorties = {"styles": styles, "entete": [_montre(entete)]}
                sorties["corps"] = [_montre({"text/html": fille["corps"]})]
                # Sans les constructeurs de nbformat, qui vérifient chaque cellule : la preuve, déjà
                # vérifiée, est le carnet mère.
                cellules = [_cellule(nom, montrees) for nom, montrees in sorties.items()]
                yield nbformat.from_dict({**FORMAT, "cells": cellules})


def _cellule(nom: str, sorties: list) -> dict:
    commune = {"cell_type": "code", "metadata": {}, "source": "", "execution_count": None}
    return {**commune, "id": nom, "outputs": sorties}


def _montre(donnees: dict) -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": donnees}
