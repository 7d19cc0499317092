"""Comment une figure entre-t-elle dans la page ? Dessin, légende, source, tableau, téléchargements.

La même figure HTML sert à JupyterLab et à la page : deux largeurs de dessin dont une seule se
montre, une alternative textuelle, le tableau de données et trois fichiers à télécharger qui
voyagent dans la page. Décision d'accessibilité : le dessin est une image (`role="img"`) ; son
tableau, atteint au clavier, en tient lieu marque par marque.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import vl_convert
from markupsafe import Markup, escape

from . import svg, tableaux, theme
from .alternatives import alternative
from .disposition import INTERLIGNE, couper, largeur_texte, propre

_REPLI_MARGE = 16
_A_ECRIRE = {"%": "%25", '"': "%22", "<": "%3C", ">": "%3E", "#": "%23", "&": "%26", " ": "%20"}
_A_ECRIRE |= {"\n": "%0A", "\r": "%0D", "`": "%60", "{": "%7B", "}": "%7D", "|": "%7C"}
_A_ECRIRE |= {"\\": "%5C", "^": "%5E", "[": "%5B", "]": "%5D", "\t": "%09"}
_POUR_URI = str.maketrans(_A_ECRIRE)


@dataclass(frozen=True)
class Figure:
    """Une figure prête à montrer : `html` est sûr, tout ce qui vient des données est échappé."""

    identifiant: str
    titre: str
    html: Markup

    def _repr_html_(self) -> str:
        return str(self.html)


@dataclass(frozen=True)
class CoteACote:
    """Plusieurs figures et leur texte, comparées dans une même rangée."""

    html: Markup

    def _repr_html_(self) -> str:
        return str(self.html)


def cote_a_cote(*paires: tuple[Figure, Markup]) -> CoteACote:
    """Figures côte à côte, chacune suivie de son texte, sur un écran assez large."""
    contenu = Markup("\n").join(
        Markup("{}\n{}").format(figure.html, texte) for figure, texte in paires
    )
    return CoteACote(Markup('<div class="comparaison">{}</div>').format(contenu))


@cache
def _empreinte_du_rendu() -> str:
    """Ce dont dépend un dessin hors de sa spécification : moteur, polices, nettoyage."""
    police = theme.theme().police
    sources = [police.fichier(graisse, "ttf").read_bytes() for graisse in (400, 600)]
    sources += [Path(svg.__file__).read_bytes(), police.pile.encode()]
    sources += [vl_convert.__version__.encode(), alt.SCHEMA_VERSION.encode()]
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def _ecrire_a_part(chemin: Path, contenu: str) -> None:
    # Un dossier en lecture seule prive du cache, jamais de la figure.
    try:
        chemin.parent.mkdir(exist_ok=True)
        descripteur, provisoire = tempfile.mkstemp(dir=chemin.parent, suffix=".part")
        with os.fdopen(descripteur, "w", encoding="utf-8") as fichier:
            fichier.write(contenu)
        Path(provisoire).replace(chemin)
    except OSError:
        return


def dessin(graphique: alt.LayerChart, dossier: Path | None = None) -> str:
    """SVG propre d'un graphique, relu dans `dossier`/figures s'il y a déjà été dessiné.

    La clé réunit la spécification, le moteur de rendu, les polices et le nettoyage.
    """
    specification = graphique.to_dict(validate=False)
    # La configuration est celle du thème, quel que soit le thème Altair actif chez l'appelant.
    specification["config"] = theme.config_vega()
    texte = json.dumps(specification, sort_keys=True, ensure_ascii=False)
    cle = hashlib.sha256((_empreinte_du_rendu() + texte).encode("utf-8", "replace")).hexdigest()
    chemin = dossier / "figures" / f"{cle[:40]}.svg" if dossier else None
    if chemin and chemin.is_file():
        return chemin.read_text(encoding="utf-8")
    propre_ = svg.nettoyer(theme.dessiner(specification), theme.theme().police.pile)
    if chemin:
        _ecrire_a_part(chemin, propre_)
    return propre_


def dans_la_page(dessin: str, classe: str, nom: str) -> Markup:
    """Le SVG à mettre dans la page : sans espace de noms ni police répétée, avec son nom."""
    ouverture, chevron, reste = dessin.partition(">")
    ouverture = re.sub(r' (xmlns|font-family)="[^"]*"', "", ouverture)
    attributs = f' class="{classe}" role="img" aria-label="{escape(nom)}"'
    return Markup(ouverture + attributs + chevron + reste)


def _lignes_de_texte(racine, textes: list[str], x: float, y: float, taille: int, graisse: int):
    largeur = float(racine.get("width"))
    for texte in textes:
        for ligne in couper(texte, largeur - 2 * _REPLI_MARGE, taille, graisse, lignes=6):
            y += taille * INTERLIGNE
            attributs = {"x": str(x), "y": f"{y:.1f}", "font-size": str(taille)}
            attributs["font-weight"] = str(graisse)
            ElementTree.SubElement(racine, "text", attributs).text = ligne
    return y


def _fixer_les_longueurs(element: ElementTree.Element, taille: float, graisse: int) -> None:
    taille = float(element.get("font-size", taille))
    graisse = int(element.get("font-weight", graisse))
    if element.tag == "text" and element.text:
        longueur = largeur_texte(element.text, taille, graisse)
        element.set("textLength", f"{longueur:.1f}".removesuffix(".0"))
    for enfant in element:
        _fixer_les_longueurs(enfant, taille, graisse)


def autonome(dessin: str, titre: str, notes: list[str]) -> str:
    """SVG à télécharger : titre au-dessus, source et mention au-dessous, fond, longueurs fixées.

    Le fichier n'embarque pas la police : `textLength` garde à chaque mot sa place, quelle que soit
    la police de repli de la machine qui l'ouvre.
    """
    marge = _REPLI_MARGE
    origine = ElementTree.fromstring(dessin)
    for element in origine.iter():
        element.tag = element.tag.rpartition("}")[2]
    largeur, hauteur = (float(origine.get(cote)) for cote in ("width", "height"))
    racine = ElementTree.Element("svg", {"xmlns": svg.ESPACE_DE_NOMS})
    racine.set("width", f"{largeur + 2 * marge:g}")
    racine.set("font-family", origine.get("font-family"))
    racine.set("fill", theme.theme().couleurs.texte)
    ElementTree.SubElement(racine, "title").text = titre
    fond = ElementTree.SubElement(racine, "rect", {"width": "100%", "height": "100%"})
    fond.set("fill", theme.theme().couleurs.fond)
    y = _lignes_de_texte(racine, [titre], marge, marge, 16, 600) + 14
    groupe = ElementTree.SubElement(racine, "g", {"transform": f"translate({marge},{y:.1f})"})
    groupe.extend(list(origine))
    y = _lignes_de_texte(racine, notes, marge, y + hauteur + 8, 12, 400) + marge
    racine.set("height", f"{y:.0f}")
    racine.set("viewBox", f"0 0 {largeur + 2 * marge:g} {y:.0f}")
    _fixer_les_longueurs(racine, 13, 400)
    return ElementTree.tostring(racine, encoding="unicode")


def uri_de_donnees(contenu: str, genre: str) -> str:
    """Adresse `data:` d'un fichier texte, échappée au plus juste."""
    return f"data:{genre};charset=utf-8,{contenu.translate(_POUR_URI)}"


def _telechargement(libelle: str, nom_fichier: str, uri: str, titre: str) -> Markup:
    return Markup('<a download="{}" href="{}" aria-label="{}">{}</a>').format(
        nom_fichier, uri, f"{libelle} : {titre}", libelle
    )


def _outils(identifiant: str, donnees: pd.DataFrame, grand: str, titre: str, fiche) -> Markup:
    """Lien permanent et téléchargements : CSV pour Excel, CSV, SVG."""
    radical = f"{fiche.departement.slug}-{identifiant}-{fiche.annee}"
    if fiche.mention:
        radical = f"demonstration-{radical}"
    source = f"{fiche.source} {fiche.mention}".strip()
    simple = tableaux.csv_simple(donnees, "demonstration" if fiche.mention else "")
    dessin_seul = re.sub(r'="([^"\']*)"', r"='\1'", autonome(grand, titre, [fiche.source]))
    liens = [
        _telechargement(
            "CSV pour Excel",
            f"{radical}-excel.csv",
            uri_de_donnees(tableaux.csv_excel(donnees, titre, source), "text/csv"),
            titre,
        ),
        _telechargement("CSV", f"{radical}.csv", uri_de_donnees(simple, "text/csv"), titre),
        _telechargement(
            "image SVG", f"{radical}.svg", uri_de_donnees(dessin_seul, "image/svg+xml"), titre
        ),
    ]
    lien = Markup(
        '<a href="#{0}" aria-label="Lien vers cette figure : {1}">Lien vers cette figure</a>'
    )
    return Markup('<p class="figure-outils">Télécharger : {}. {}</p>').format(
        Markup(", ").join(liens), lien.format(identifiant, titre)
    )


def figure(
    identifiant: str,
    fonction_graphique: Callable[..., alt.LayerChart],
    donnees: pd.DataFrame,
    *,
    fiche,
    titre: str,
    legende: str,
    etroit_seulement: bool = False,
    **options,
) -> Figure:
    """Figure HTML complète d'un tableau d'indicateurs.

    fonction_graphique(donnees, largeur=..., **options) rend le graphique ; `titre` et `legende`
    sont du texte ou un `Texte` ; `etroit_seulement` ne dessine que la version de 380 px, pour deux
    figures côte à côte. La mention de démonstration s'ajoute au titre.
    """
    titre_complet = propre(Markup(titre).striptags() if isinstance(titre, Markup) else titre)
    if fiche.mention:
        titre_complet = f"{titre_complet} – {fiche.mention}"
    nom = f"{titre_complet}. {alternative(fonction_graphique, donnees, **options)}"
    largeurs = (
        {"etroit": theme.ETROIT}
        if etroit_seulement
        else {
            "large": theme.LARGE,
            "etroit": theme.ETROIT,
        }
    )
    dessins = {
        classe: dessin(fonction_graphique(donnees, largeur=largeur, **options), fiche.dossier)
        for classe, largeur in largeurs.items()
    }
    svgs = Markup("\n").join(
        dans_la_page(trace, "seul" if etroit_seulement else classe, nom)
        for classe, trace in dessins.items()
    )
    grand = next(iter(dessins.values()))
    contenu = Markup(
        '<figure id="{id}" class="figure" aria-labelledby="{id}-titre">\n'
        '<p class="figure-titre" id="{id}-titre">{titre}</p>\n{svgs}\n'
        '<figcaption><p class="figure-legende">{legende}</p>\n'
        '<p class="figure-source">{source}</p>\n'
        "<details><summary>Données de la figure"
        '<span class="lu"> : {titre}</span></summary>\n'
        '<div class="figure-table" role="region" tabindex="0" aria-label="Tableau : {titre}">'
        "{table}</div>\n</details>\n{outils}</figcaption>\n</figure>"
    ).format(
        id=identifiant,
        titre=titre_complet,
        svgs=svgs,
        legende=legende,
        source=fiche.source,
        table=tableaux.table(donnees, titre_complet),
        outils=_outils(identifiant, donnees, grand, titre_complet, fiche),
    )
    return Figure(identifiant, titre_complet, contenu)
