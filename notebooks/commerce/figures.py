"""Comment une figure entre-t-elle dans la page ? Dessin, légende, source, tableau, téléchargements.

La même figure HTML sert à JupyterLab et à la page : deux largeurs de dessin dont une seule se
montre, une alternative textuelle, le tableau de données et trois fichiers à télécharger qui
voyagent dans la page. Décision d'accessibilité : le dessin est une image (`role="img"`) ; son
tableau, atteint au clavier, en tient lieu marque par marque.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import altair as alt
import pandas as pd
from markupsafe import Markup, escape

from . import disposition, exports, rendu, tableaux, theme
from .alternatives import alternative
from .formats import INSECABLE, typographie

# Région et France reviennent de fiche en fiche : assez de place pour les garder en mémoire.
_GARDEES = 32


@dataclass(frozen=True)
class Figure:
    """Une figure prête à montrer : `html` est sûr, tout ce qui vient des données est échappé.

    `donnees` : le tableau dont elle est tirée, valeurs entières.
    """

    identifiant: str
    titre: str
    html: Markup
    donnees: pd.DataFrame = field(compare=False, repr=False)

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


@dataclass(frozen=True)
class _Demande:
    """Tout ce dont dépend le contenu d'une figure, hors de son identifiant et de ses fichiers."""

    fonction: Callable[..., alt.LayerChart]
    options: tuple
    etroit_seulement: bool
    titre: str
    legende: str
    source: str
    jeu: str
    empreinte: bytes
    code: int
    donnees: pd.DataFrame = field(compare=False, repr=False)
    dossier: Path | None = field(compare=False)


@dataclass(frozen=True)
class _Contenu:
    """Morceaux d'une figure, prêts à assembler : HTML sûr et adresses `data:`."""

    dessins: Markup
    table: Markup
    fichiers: dict[str, str]


def _empreinte(donnees: pd.DataFrame) -> bytes:
    lignes = pd.util.hash_pandas_object(donnees, index=False).to_numpy().tobytes()
    return lignes + "\0".join(map(str, donnees.columns)).encode()


def _etat_du_code() -> int:
    """Date du dernier module modifié : un notebook qui change un dessin en voit l'effet."""
    dossier = theme.FICHIER.parent
    return max(f.stat().st_mtime_ns for f in [*dossier.glob("*.py"), *dossier.glob("*.toml")])


def dans_la_page(dessin: str, classe: str, nom: str) -> Markup:
    """Le SVG à mettre dans la page : sans espace de noms ni police répétée, avec son nom."""
    ouverture, chevron, reste = dessin.partition(">")
    ouverture = re.sub(r' (xmlns|font-family)="[^"]*"', "", ouverture)
    attributs = f' class="{classe}" role="img" aria-label="{escape(nom)}"'
    return Markup(ouverture + attributs + chevron + reste)


@lru_cache(maxsize=_GARDEES)
def _contenu(demande: _Demande) -> _Contenu:
    options, donnees, titre = dict(demande.options), demande.donnees, demande.titre
    largeurs = {"large": theme.LARGE, "etroit": theme.ETROIT}
    if demande.etroit_seulement:
        largeurs = {"seul": theme.ETROIT}
    nom = typographie(f"{titre}. {alternative(demande.fonction, donnees, **options)}")
    dessins = {
        classe: rendu.dessin(demande.fonction(donnees, largeur=largeur, **options), demande.dossier)
        for classe, largeur in largeurs.items()
    }
    image = exports.autonome(next(iter(dessins.values())), titre, [demande.legende, demande.source])
    # Des apostrophes au lieu de guillemets : rien à échapper dans l'attribut href.
    image = re.sub(r'="([^"\']*)"', r"='\1'", image)
    uri = exports.uri_de_donnees
    return _Contenu(
        Markup("\n").join(dans_la_page(dessin, c, nom) for c, dessin in dessins.items()),
        tableaux.table(donnees, titre),
        {
            "-excel.csv": uri(tableaux.csv_excel(donnees, titre, demande.source), "text/csv"),
            ".csv": uri(tableaux.csv_simple(donnees, demande.jeu), "text/csv"),
            ".svg": uri(image, "image/svg+xml"),
        },
    )


LIBELLES = {"-excel.csv": "CSV pour Excel", ".csv": "CSV", ".svg": "image SVG"}


def _outils(identifiant: str, titre: str, radical: str, fichiers: dict[str, str]) -> Markup:
    """Téléchargements et lien permanent, chacun avec un nom qui dit de quelle figure il s'agit."""
    liens = [
        Markup('<a download="{}" href="{}" aria-label="{}">{}</a>').format(
            radical + suffixe,
            adresse,
            f"{LIBELLES[suffixe]}{INSECABLE}: {titre}",
            LIBELLES[suffixe],
        )
        for suffixe, adresse in fichiers.items()
    ]
    permanent = Markup(
        '<a href="#{0}" aria-label="Lien vers cette figure\u00a0: {1}">Lien vers cette figure</a>'
    ).format(identifiant, titre)
    return Markup('<p class="figure-outils">Télécharger\u00a0: {}. {}</p>').format(
        Markup(", ").join(liens), permanent
    )


def _texte_seul(texte: str) -> str:
    return disposition.propre(texte.striptags() if isinstance(texte, Markup) else texte)


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
    titre_complet = _texte_seul(titre)
    if fiche.mention:
        titre_complet = f"{titre_complet}\u00a0– {fiche.mention}"
    demande = _Demande(
        fonction_graphique,
        tuple(sorted(options.items())),
        etroit_seulement,
        titre_complet,
        _texte_seul(legende),
        fiche.source,
        "demonstration" if fiche.mention else "",
        _empreinte(donnees),
        _etat_du_code(),
        donnees,
        fiche.dossier,
    )
    contenu = _contenu(demande)
    radical = f"{fiche.departement.slug}-{identifiant}-{fiche.annee}"
    if fiche.mention:
        radical = f"demonstration-{radical}"
    html = Markup(
        '<figure id="{id}" class="figure" aria-labelledby="{id}-titre">\n'
        '<p class="figure-titre" id="{id}-titre">{titre}</p>\n{dessins}\n'
        '<figcaption><p class="figure-legende">{legende}</p>\n'
        '<p class="figure-source">{source}</p>\n'
        "<details><summary>Données de la figure"
        '<span class="lu">\u00a0: {titre}</span></summary>\n'
        '<div class="figure-table" role="region" tabindex="0" aria-label="Tableau\u00a0: {titre}">'
        "{table}</div>\n</details>\n{outils}</figcaption>\n</figure>"
    ).format(
        id=identifiant,
        titre=titre_complet,
        dessins=contenu.dessins,
        legende=legende,
        source=fiche.source,
        table=contenu.table,
        outils=_outils(identifiant, titre_complet, radical, contenu.fichiers),
    )
    return Figure(identifiant, titre_complet, html, donnees)
