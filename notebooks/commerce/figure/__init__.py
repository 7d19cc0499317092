"""Comment un graphique devient-il une figure ? Dessin, légende, source, tableau, fichiers.

La même figure HTML sert à JupyterLab et à la page : deux largeurs de dessin dont une seule se
montre, une alternative textuelle, le tableau de données et un CSV qui voyage dans la page. L'image
à télécharger (SVG) part à la publication dans une archive, à côté de la page : elle y doublerait le
dessin. Décision d'accessibilité : le dessin est une image (`role="img"`) ; son tableau, atteint au
clavier, en tient lieu marque par marque.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import altair as alt
import pandas as pd
from markupsafe import Markup, escape

from commerce import theme
from commerce.figure import alternatives, exports, modele, rendu, tableaux
from commerce.formats import propre, sans_accent, typographie
from commerce.redaction import Texte, mots

TYPE_FEUILLES = "application/vnd.fiche.feuilles"
# Région et France reviennent de fiche en fiche : les redessiner coûte un dixième d'une fiche.
_GARDEES = 32


class Page(Protocol):
    """Ce qu'une figure doit savoir de sa page : une fiche, le relevé, le panorama."""

    slug: str
    annee: int
    source: str
    mention: str
    dossier: Path | None


@dataclass(frozen=True)
class Figure:
    """Une figure prête à montrer : `html` est sûr, tout ce qui vient des données est échappé.

    `donnees` : le tableau dont elle est tirée, valeurs entières. `image` : le nom et le contenu du
    SVG que l'archive d'images de la page emporte ; vides si la figure n'a pas de dessin.
    """

    identifiant: str
    titre: str
    html: Markup = field(repr=False)
    donnees: pd.DataFrame = field(compare=False, repr=False)
    image: tuple[str, str] = field(default=("", ""), compare=False, repr=False)

    def _repr_html_(self) -> str:
        return str(self.html)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            "text/html": str(self.html),
            "text/plain": f"Figure « {self.titre} »",
            TYPE_FEUILLES: feuilles(self),
        }


@dataclass(frozen=True)
class CoteACote:
    """Plusieurs figures et leur texte, comparées dans une même rangée."""

    figures: tuple[Figure, ...]
    html: Markup = field(repr=False)

    def _repr_html_(self) -> str:
        return str(self.html)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {
            "text/html": str(self.html),
            "text/plain": " | ".join(figure.titre for figure in self.figures),
            TYPE_FEUILLES: feuilles(*self.figures),
        }


def cote_a_cote(*elements: Figure | tuple[Figure, str] | None) -> CoteACote | Texte:
    """Figures côte à côte, chacune suivie de son texte s'il y en a un, sur un écran assez large.

    Ce qui est vide est passé ; rien du tout donne un texte vide.
    """
    paires = [e if isinstance(e, tuple) else (e, "") for e in elements if e]
    paires = [(figure, texte) for figure, texte in paires if isinstance(figure, Figure)]
    if not paires:
        return Texte("")
    contenu = Markup("\n").join(
        Markup("{}\n{}").format(figure.html, texte) for figure, texte in paires
    )
    html = Markup('<div class="comparaison">{}</div>').format(contenu)
    return CoteACote(tuple(figure for figure, _ in paires), html)


def feuilles(*figures: Figure) -> str:
    """Les figures en feuilles de classeur, en JSON (voir `feuille`).

    Un texte : un tableau serait copié et validé nombre par nombre à chaque étape de la publication.
    """
    return json.dumps([feuille(figure) for figure in figures], ensure_ascii=False)


def feuille(figure: Figure) -> dict:
    """La figure en feuille de classeur : identifiant, onglet, titre, colonnes ; et son image."""
    onglets = mots()["classeur"]["feuilles"]
    onglet = onglets.get(figure.identifiant, figure.titre.partition(",")[0])
    return {
        "identifiant": figure.identifiant,
        "onglet": onglet,
        "titre": figure.titre,
        "colonnes": tableaux.colonnes_de_classeur(figure.donnees),
        "image": figure.image,
    }


# Fabriquer une figure


@dataclass(frozen=True)
class _Demande:
    """Tout ce dont dépend le contenu d'une figure, hors de son identifiant et de ses fichiers."""

    dessin: Callable[..., alt.TopLevelMixin]
    options: tuple
    etroit: bool
    panneaux: tuple[str, ...]
    titre: str
    alternative: str | Callable[..., str]
    legende: str
    source: str
    empreinte: bytes
    code: int
    donnees: pd.DataFrame = field(compare=False, repr=False)
    dossier: Path | None = field(compare=False)


@dataclass(frozen=True)
class _Contenu:
    """Morceaux d'une figure, prêts à assembler : HTML sûr, et l'image à télécharger (SVG)."""

    dessins: Markup
    table: Markup
    image: str = ""


def figure(
    page: Page,
    dessin: Callable[..., alt.TopLevelMixin] | alt.TopLevelMixin,
    tableau: pd.DataFrame | None = None,
    *,
    titre: str = "",
    legende: str = "",
    alternative: str | Callable[..., str] = "",
    identifiant: str = "",
    etroit: bool = False,
    panneaux: Sequence[str] = (),
    **options,
) -> Figure:
    """Figure complète d'un graphique Altair : titre, dessin, légende, source, tableau, fichiers.

    page : la fiche (ou le relevé) qui donne la source, la mention et le nom des fichiers.
    dessin : une fonction `(tableau, largeur=..., **options) -> alt.Chart`, dessinée pour
    l'ordinateur et pour le téléphone, ou un graphique tout fait. tableau : ses données, toutes
    colonnes gardées ; celles du graphique à défaut. alternative : un texte, ou une fonction
    `(tableau, **options)` ; à défaut, elle est tirée des encodages. identifiant : l'ancre ; à
    défaut, tirée du titre. etroit : une seule version, de 380 px, pour deux figures côte à
    côte. panneaux : un dessin par valeur de l'option `sens`. La mention de démonstration
    s'ajoute au titre.
    """
    if isinstance(dessin, alt.TopLevelMixin):
        return _de_graphique(page, dessin, tableau, titre, legende, alternative, identifiant)
    demande = _Demande(
        dessin,
        tuple(sorted(options.items())),
        etroit,
        tuple(panneaux),
        _titre_complet(titre, page),
        alternative,
        _texte_seul(legende),
        page.source,
        _empreinte(tableau),
        modele.etat_du_code(),
        tableau,
        page.dossier,
    )
    contenu = _contenu(demande)
    return _assembler(page, identifiant or ancre(titre), demande.titre, tableau, legende, contenu)


def _de_graphique(page, graphique, tableau, titre, legende, alternative, identifiant) -> Figure:
    """Figure d'un graphique tout fait : une largeur s'il a la sienne, deux sinon."""
    contenu = rendu.specification(graphique)
    titre, contenu = rendu.detacher_le_titre(contenu, titre)
    titre = titre or alternatives.titre_par_defaut(contenu)
    complet = _titre_complet(titre, page)
    donnees = tableaux.a_plat(tableau) if tableau is not None else rendu.donnees(contenu)
    dit = alternative(donnees) if callable(alternative) else alternative
    dit = dit or alternatives.alternative(contenu)
    if not donnees.empty:
        dit = f"{dit.rstrip()} {alternatives.SUITE}"
    variantes = rendu.variantes(contenu)
    dessins = [
        (classe, rendu.dessin(variante, page.dossier), dit) for classe, variante in variantes
    ]
    morceaux = _morceaux(dessins, complet, _texte_seul(legende), page.source, donnees, toutes=True)
    return _assembler(page, identifiant or ancre(titre), complet, donnees, legende, morceaux)


@lru_cache(maxsize=_GARDEES)
def _contenu(demande: _Demande) -> _Contenu:
    options, donnees = dict(demande.options), demande.donnees
    variantes = [("large", theme.LARGE, options), ("etroit", theme.ETROIT, options)]
    if demande.etroit:
        variantes = [("seul", theme.ETROIT, options)]
    if demande.panneaux:
        variantes = [
            ("seul", theme.ETROIT, {**options, "sens": panneau}) for panneau in demande.panneaux
        ]
    dessins = []
    for classe, largeur, choix in variantes:
        graphique = demande.dessin(donnees, largeur=largeur, **choix)
        contenu = rendu.specification(graphique)
        dit = demande.alternative
        dit = dit(donnees, **choix) if callable(dit) else dit or alternatives.alternative(contenu)
        dit = dit if donnees.empty else f"{dit} {alternatives.SUITE}"
        dessins.append((classe, rendu.dessin(contenu, demande.dossier), dit))
    contenu = _morceaux(
        dessins,
        demande.titre,
        demande.legende,
        demande.source,
        donnees,
        cote_a_cote=bool(demande.panneaux),
    )
    return contenu


def _morceaux(
    dessins: list[tuple[str, str, str]],
    titre: str,
    legende: str,
    source: str,
    donnees: pd.DataFrame,
    cote_a_cote: bool = False,
    toutes: bool = False,
) -> _Contenu:
    """Le HTML de dessins (classe, SVG, alternative) et de leur tableau, et l'image à emporter."""
    image = exports.juxtaposer([d for _, d, _ in dessins]) if cote_a_cote else dessins[0][1]
    en_page = Markup("\n").join(
        dans_la_page(dessin, classe, typographie(f"{titre}. {dit}"))
        for classe, dessin, dit in dessins
    )
    if cote_a_cote:
        en_page = Markup('<div class="panneaux">\n{}\n</div>').format(en_page)
    return _Contenu(
        en_page,
        tableaux.table(donnees, titre, toutes),
        exports.autonome(image, titre, [legende, source]),
    )


def dans_la_page(dessin: str, classe: str, nom: str) -> Markup:
    """Le SVG à mettre dans la page : sans espace de noms ni police répétée, avec son nom."""
    ouverture, chevron, reste = dessin.partition(">")
    ouverture = re.sub(r' (xmlns|font-family)="[^"]*"', "", ouverture)
    attributs = f' class="{classe}" role="img" aria-label="{escape(nom)}"'
    if classe == "etroit":
        # Un téléphone n'a pas de survol, et le grand dessin garde ces noms : un dixième du poids.
        reste = re.sub(r"<title>[^<]*</title>", "", reste)
    return Markup(ouverture + attributs + chevron + reste)


def figure_tableau(
    page: Page,
    table: Markup,
    donnees: pd.DataFrame,
    *,
    titre: str,
    identifiant: str = "",
    legende: str = "",
) -> Figure:
    """Figure dont le dessin est un tableau HTML sûr ; `donnees` : ses valeurs entières."""
    complet = _titre_complet(titre, page)
    contenu = _Contenu(_cadre(table, complet, "figure-table visible"), Markup())
    return _assembler(page, identifiant or ancre(titre), complet, donnees, legende, contenu)


def tableau(page: Page, donnees: pd.DataFrame | pd.Series, *, titre: str = "", **reste) -> Figure:
    """Figure d'un tableau montré tel quel : titres français, nombres écrits par `formats`."""
    plat = tableaux.a_plat(donnees)
    titre = titre or donnees.attrs.get("titre", "") or tableaux.titre_par_defaut(plat)
    table = tableaux.table(plat, _titre_complet(titre, page), toutes=True)
    return figure_tableau(page, table, plat, titre=titre, **reste)


# Pièces


def ancre(titre: str) -> str:
    """« Exportations, Ariège (2024) » -> « exportations-ariege-2024 »."""
    simple = re.sub(r"[^a-z0-9]+", "-", sans_accent(_texte_seul(titre))).strip("-")
    return simple[:60].rstrip("-") or "figure"


def _empreinte(donnees: pd.DataFrame) -> bytes:
    return modele.contenu({nom: donnees[nom].tolist() for nom in donnees.columns})


def _texte_seul(texte: str) -> str:
    return propre(texte.striptags() if isinstance(texte, Markup) else texte)


def _titre_complet(titre: str, page: Page) -> str:
    seul = typographie(_texte_seul(titre))
    return f"{seul}\u00a0– {page.mention}" if page.mention else seul


def _cles(page: Page) -> dict[str, object]:
    """De quel territoire et de quelle année est chaque ligne d'un CSV."""
    territoire = getattr(page, "departement", None)
    return {"code": territoire.code, "annee": page.annee.valeur} if territoire else {}


def _jeu(page: Page) -> str:
    return "demonstration" if page.mention else ""


def _outils(identifiant: str, titre: str, nom: str, tableau: str) -> Markup:
    """Téléchargement et lien permanent, chacun avec un nom qui dit de quelle figure il s'agit."""
    return Markup(
        '<p class="figure-outils">Télécharger\u00a0: <a download="{nom}" href="{adresse}" '
        'aria-label="CSV\u00a0: {titre}">CSV</a>. <a href="#{identifiant}" '
        'aria-label="Lien vers cette figure\u00a0: {titre}">Lien vers cette figure</a></p>'
    ).format(
        nom=nom,
        adresse=exports.uri_de_donnees(tableau, "text/csv"),
        titre=titre,
        identifiant=identifiant,
    )


def _cadre(table: Markup, titre: str, classe: str = "figure-table") -> Markup:
    """Le tableau, que le clavier atteint et fait défiler."""
    return Markup(
        '<div class="{}" role="region" tabindex="0" aria-label="Tableau\u00a0: {}">{}</div>'
    ).format(classe, titre, table)


def _assembler(
    page: Page, identifiant: str, titre: str, donnees: pd.DataFrame, legende: str, contenu: _Contenu
) -> Figure:
    radical = f"{page.slug}-{identifiant}-{page.annee!s}"
    if page.mention:
        radical = f"demonstration-{radical}"
    details = ""
    if contenu.table:
        details = Markup(
            '<details><summary aria-label="Données de la figure\u00a0: {titre}">'
            "Données de la figure</summary>\n{table}\n</details>\n"
        ).format(titre=titre, table=_cadre(contenu.table, titre))
    html = Markup(
        '<figure id="{id}" class="figure" aria-labelledby="{id}-titre">\n'
        '<h4 class="figure-titre" id="{id}-titre">{titre}</h4>\n{dessins}\n'
        '<figcaption><p class="figure-legende">{legende}</p>\n'
        "{source}{details}{outils}</figcaption>\n</figure>"
    ).format(
        id=identifiant,
        titre=titre,
        dessins=contenu.dessins,
        legende=legende,
        source=Markup('<p class="figure-source">{}</p>\n').format(page.source),
        details=details,
        outils=_outils(
            identifiant, titre, f"{radical}.csv", tableaux.en_csv(donnees, _cles(page), _jeu(page))
        ),
    )
    image = (f"{radical}.svg", contenu.image) if contenu.image else ("", "")
    return Figure(identifiant, titre, html, donnees, image)
