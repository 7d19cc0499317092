"""Comment un carnet exécuté devient-il une page sûre, ou n'en devient-il pas une ?

La page est écrite à côté, contrôlée, puis renommée : ce qui est dans `html/` a passé tous les
contrôles. Le même exporteur sert à la main :
`jupyter nbconvert --to fabrique.publication.Exporteur`.
"""

import base64
import re
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode

from .lot import Page
from .sortie import Sortie, ecrire
from .structure import notice

POIDS_MAX_OCTETS = 900_000
FIGURE = re.compile(r'<figure\b[^>]*\sid="([^"]+)"')
CODE = re.compile(r'<meta name="fiche-code" content="([^"]*)"')
# Un lien marqué `data-fichier` porte un fichier : le lot le dépose dans `donnees/` et la page, plus
# légère, y renvoie. Son nom et son contenu sont pris au plus strict : rien d'autre ne peut s'écrire
# par ce chemin.
MARQUE_DE_FICHIER = "<a data-fichier "
FICHIER = re.compile(
    MARQUE_DE_FICHIER + r'download="([a-z0-9-]+\.xlsx)" href="data:[^",]*;base64,'
    r'((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"'
)
DOSSIER_JOINT = "../donnees/"
JOINT = re.compile(
    MARQUE_DE_FICHIER + rf'download="([a-z0-9-]+\.xlsx)" href="{re.escape(DOSSIER_JOINT)}\1"'
)
BALISE_QUI_CHARGE = re.compile(
    r"<(?:link|script|img|image|iframe|frame|object|embed|source|video|audio|track|use|input|base)"
    r"\b[^>]*>",
    re.IGNORECASE,
)
ADRESSE = re.compile(
    r"""\s(?:src|srcset|href|xlink:href|data|poster)\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE
)
STYLE = re.compile(
    r"<style\b[^>]*>(.*?)</style>"
    r"|\s(?:style|fill|stroke|filter|mask|clip-path|marker-\w+)=\"([^\"]*)\"",
    re.DOTALL | re.IGNORECASE,
)
ADRESSE_CSS = re.compile(r"""(?:url\(|@import)\s*["']?(?!data:|#)([^"')\s;]+)""")


class Refus(RuntimeError):
    """La page a été rendue, mais un contrôle interdit de la publier."""


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
        *(f"ressource extérieure à la page : {adresse}" for adresse in _adresses(html)),
        *_fichiers_refuses(html),
        *_poids(len(html.encode())),
    ]


def detacher(html: str) -> tuple[str, dict[str, bytes]]:
    """La page qui renvoie à ses fichiers au lieu de les porter, et ces fichiers par nom."""
    joints = {nom: base64.b64decode(contenu) for nom, contenu in FICHIER.findall(html)}
    return FICHIER.sub(rf'{MARQUE_DE_FICHIER}download="\1" href="{DOSSIER_JOINT}\1"', html), joints


def publier(
    page: Page, carnet: NotebookNode, html: str, sortie: Sortie
) -> tuple[str, dict[str, bytes]]:
    """Contrôle la page, l'écrit avec sa preuve, et retire la trace d'un échec passé.

    Rend la page écrite et ses fichiers. Lève `Refus` si un contrôle échoue. La preuve est écrite
    d'abord : si tout s'arrête entre les deux, la page absente sera refaite.
    """
    html, joints = detacher(html)
    defauts = controler(page, carnet, html)
    if defauts:
        raise Refus("page refusée : " + " ; ".join(defauts))
    ecrire(sortie.carnet(page.slug), nbformat.writes(carnet))
    anciens = _fichiers_en_place(page, sortie)
    for nom, contenu in joints.items():
        ecrire(sortie.fichier(nom), contenu)
    ecrire(sortie.page(page.slug), html)
    for nom in anciens - joints.keys():
        sortie.fichier(nom).unlink(missing_ok=True)
    sortie.echec(page.slug).unlink(missing_ok=True)
    return html, joints


def retirer(
    page: Page, carnet: NotebookNode | None, motif: str, sortie: Sortie, garder: bool = False
) -> None:
    """Après un échec : garde le carnet et le motif dans `echecs/`, et ne laisse aucune page.

    Une page ancienne à la place d'une page qui échoue serait lue comme à jour. `garder` la laisse
    pourtant, quand l'échec est celui du passage : le journal la dit périmée.
    """
    if not garder:
        for nom in _fichiers_en_place(page, sortie):
            sortie.fichier(nom).unlink(missing_ok=True)
        sortie.page(page.slug).unlink(missing_ok=True)
        sortie.carnet(page.slug).unlink(missing_ok=True)
    if carnet is not None:
        annonce = nbformat.v4.new_markdown_cell(f"**Échec** : {motif}", id="echec")
        ecrire(
            sortie.echec(page.slug),
            nbformat.writes(nbformat.from_dict({**carnet, "cells": [annonce, *carnet.cells]})),
        )


def _fichiers_en_place(page: Page, sortie: Sortie) -> set[str]:
    """Fichiers joints à la page encore en place : un autre millésime n'a pas leur nom."""
    ancienne = sortie.page(page.slug)
    if not ancienne.is_file():
        return set()
    return set(JOINT.findall(ancienne.read_text(encoding="utf-8", errors="replace")))


def _fichiers_refuses(html: str) -> list[str]:
    noms = JOINT.findall(html)
    refuses = html.count(MARQUE_DE_FICHIER) - len(noms)
    return [
        *(["fichier joint refusé : nom ou contenu mal formé"] if refuses else []),
        *(f"fichier joint répété : {nom}" for nom in sorted(set(noms)) if noms.count(nom) > 1),
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


def _adresses(html: str) -> list[str]:
    """Adresses que le navigateur irait chercher ailleurs que dans la page."""
    chargees = [
        adresse
        for balise in BALISE_QUI_CHARGE.findall(html)
        for adresse in ADRESSE.findall(balise)
        if not adresse.startswith(("data:", "#"))
    ]
    if not ADRESSE_CSS.search(html):
        return chargees
    feuilles = [bloc or attribut for bloc, attribut in STYLE.findall(html)]
    return chargees + [adresse for feuille in feuilles for adresse in ADRESSE_CSS.findall(feuille)]


def _poids(octets: int) -> list[str]:
    if octets < POIDS_MAX_OCTETS:
        return []
    return [f"la page pèse {octets // 1000} ko, plus que les {POIDS_MAX_OCTETS // 1000} permis"]
