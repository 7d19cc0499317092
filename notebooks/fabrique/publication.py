"""Comment un carnet exécuté devient-il une page sûre, ou n'en devient-il pas une ?

La page est écrite à côté, contrôlée, puis renommée : ce qui est dans `html/` a passé tous les
contrôles. Le même exporteur sert à la main :
`jupyter nbconvert --to fabrique.publication.Exporteur`.
"""

import re
from html import unescape
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode

from . import innocuite, joints
from .formes import Refus
from .lot import Page
from .sortie import Sortie, ecrire
from .structure import notice

FIGURES_NOMMEES = 3
IDENTIFIANT = re.compile(r'\sid="([^"]+)"')
RENVOI = re.compile(r'<a\b[^>]*\shref="#([^"]*)"')
FIGURE = re.compile(r'<figure\b[^>]*\sid="([^"]+)"')
FIGURE_ENTIERE = re.compile(FIGURE.pattern + r"(.*?)</figure>", re.DOTALL)
CODE = re.compile(r'<meta name="fiche-code" content="([^"]*)"')


class Exporteur(HTMLExporter):
    """Exporteur HTML de nbconvert sans sa relecture finale par BeautifulSoup.

    Cette relecture récrit toute la page et met en minuscules les attributs des SVG.
    """

    def default_filters(self):
        """Filtres de nbconvert, et celui que HTMLExporter n'ajoute qu'en convertissant."""
        yield from super().default_filters()
        yield "highlight_code", Highlight2HTML

    def from_notebook_node(self, nb, resources=None, **kw):
        """Page HTML telle que le gabarit la rend."""
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)


def exporteur(gabarits: Path, gabarit: str) -> Exporteur:
    """Exporteur pour ce gabarit du dossier `gabarits` ; un seul suffit à toutes les pages."""
    return Exporteur(
        template_name=gabarit,
        extra_template_basedirs=[str(gabarits)],
        optimistic_validation=True,  # le carnet est vérifié une fois, pas après chaque étape
    )


def convertir(exporteur: Exporteur, page: Page, carnet: NotebookNode) -> str:
    """La page d'un carnet exécuté ; elle renvoie à ses PDF si le passage les tire."""
    return exporteur.from_notebook_node(carnet, {"pdf": page.pdf})[0]


def controler(page: Page, carnet: NotebookNode, html: str) -> list[str]:
    """Tout ce qui interdit de publier, une phrase par défaut ; vide si la page est bonne."""
    fiche = notice(carnet)
    identites = {
        "le code des données": fiche.get("code"),
        "le code de la page": next(iter(CODE.findall(html)), None),
    }
    defauts = [
        f"{quoi} est {code!r} au lieu de {page.code!r}"
        for quoi, code in identites.items()
        if code != page.code
    ]
    if fiche.get("slug") != page.slug:
        defauts.append(f"le nom de fichier des données est {fiche.get('slug')!r}")
    return [
        *defauts,
        *_erreurs(carnet),
        *_figures(page.modele.figures, FIGURE.findall(html)),
        *innocuite.defauts(html),
        *joints.refuses(html),
        *_renvois_sans_cible(html),
    ]


def publier(
    page: Page, carnet: NotebookNode, html: str, sortie: Sortie
) -> tuple[str, dict[str, bytes]]:
    """Contrôle la page, l'écrit avec sa preuve, et retire la trace d'un échec passé.

    Rend la page écrite et ses fichiers. Lève `Refus` si un contrôle échoue. La preuve est écrite
    d'abord : si tout s'arrête entre les deux, la page absente sera refaite.
    """
    html, fichiers = joints.detacher(html, notice(carnet).get("adresse", ""))
    defauts = controler(page, carnet, html)
    if defauts:
        raise Refus("page refusée : " + " ; ".join(defauts))
    ecrire(sortie.carnet(page.slug), nbformat.writes(carnet))
    anciens = joints.en_place(page.slug, sortie)
    for nom, contenu in fichiers.items():
        ecrire(sortie.fichier(nom), contenu)
    ecrire(sortie.page(page.slug), html)
    for nom in anciens - fichiers.keys():
        sortie.fichier(nom).unlink(missing_ok=True)
    sortie.echec(page.slug).unlink(missing_ok=True)
    return html, fichiers


def consigner(page: Page, carnet: NotebookNode, motif: str, sortie: Sortie) -> None:
    """Garde dans `echecs/` le carnet d'une page qui a échoué, tel qu'il était, et le motif."""
    annonce = nbformat.v4.new_markdown_cell(f"**Échec** : {motif}", id="echec")
    ecrire(
        sortie.echec(page.slug),
        nbformat.writes(nbformat.from_dict({**carnet, "cells": [annonce, *carnet.cells]})),
    )


def ecarts(page: Page, carnet: NotebookNode, html: str, sortie: Sortie) -> list[str]:
    """En quoi cette page, refaite, diffère-t-elle de celle qui est publiée ? Vide si en rien.

    Nomme les cellules du carnet exécuté qui diffèrent, sinon la page ou ses fichiers.
    """
    html, fichiers = joints.detacher(html, notice(carnet).get("adresse", ""))
    publiee = nbformat.read(sortie.carnet(page.slug), as_version=4)
    paires = zip_longest(carnet.cells, publiee.cells, fillvalue={})
    cellules = [
        f"cellule « {(refaite or ancienne)['id']} »"
        for refaite, ancienne in paires
        if refaite != ancienne
    ]
    memes = html.encode() == sortie.page(page.slug).read_bytes() and all(
        sortie.fichier(nom).read_bytes() == contenu for nom, contenu in fichiers.items()
    )
    return cellules or ([] if memes else ["mise en page ou fichiers joints"])


def _renvois_sans_cible(html: str) -> list[str]:
    """Liens internes dont la cible n'est pas sur la page : une partie ôtée, par exemple."""
    cibles = set(IDENTIFIANT.findall(html)) | {""}
    morts = dict.fromkeys(lien for lien in RENVOI.findall(html) if unescape(lien) not in cibles)
    if not morts:
        return []
    dits = ", ".join(list(morts)[:5]) + (f" et {len(morts) - 5} autres" if len(morts) > 5 else "")
    return [
        f"la page renvoie à ce qu'elle n'a pas : {dits} ; remettre la partie qui le porte, ou ôter "
        "ce qui y renvoie"
    ]


def _erreurs(carnet: NotebookNode) -> list[str]:
    return [
        f"la cellule « {cellule.id} » a levé {sortie.ename}"
        for cellule in carnet.cells
        for sortie in cellule.get("outputs", [])
        if sortie.output_type == "error"
    ]


def _figures(attendues: frozenset[str], trouvees: list[str]) -> list[str]:
    """Les figures du modèle doivent y être ; un carnet peut en montrer d'autres."""
    return [
        *(f"figure absente : {nom}" for nom in sorted(attendues - set(trouvees))),
        *(f"figure répétée : {nom}" for nom in sorted(set(trouvees)) if trouvees.count(nom) > 1),
    ]


def trop_lourde(html: str, conseille_octets: int) -> str:
    """Ce que pèse une page au-delà du poids conseillé, et ses figures les plus lourdes ; ou ""."""
    octets = len(html.encode())
    if octets <= conseille_octets:
        return ""
    figures = {nom: len(corps.encode()) for nom, corps in FIGURE_ENTIERE.findall(html)}
    lourdes = sorted(figures, key=figures.get, reverse=True)[:FIGURES_NOMMEES]
    dites = ", ".join(f"{nom} {figures[nom] // 1000} ko" for nom in lourdes)
    return (
        f"la page pèse {octets // 1000} ko, au-delà des {conseille_octets // 1000} conseillés"
        + (f" ; le plus lourd : {dites}" if dites else "")
    )
