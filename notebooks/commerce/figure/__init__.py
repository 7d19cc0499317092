"""Comment une figure entre-t-elle dans la page ? Dessin, légende, source, tableau, téléchargements.

La même figure HTML sert à JupyterLab et à la page : deux largeurs de dessin dont une seule se
montre, une alternative textuelle, le tableau de données et trois fichiers à télécharger qui
voyagent dans la page. Décision d'accessibilité : le dessin est une image (`role="img"`) ; son
tableau, atteint au clavier, en tient lieu marque par marque.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import altair as alt
import pandas as pd
from markupsafe import Markup, escape

from commerce import theme
from commerce.figure import disposition, exports, rendu, tableaux
from commerce.formats import INSECABLE, typographie
from commerce.indicateurs import SENS

# Région et France reviennent de fiche en fiche : assez de place pour les garder en mémoire.
_GARDEES = 32


@dataclass(frozen=True)
class Figure:
    """Une figure prête à montrer : `html` est sûr, tout ce qui vient des données est échappé.

    `donnees` : le tableau dont elle est tirée, valeurs entières.
    """

    identifiant: str
    titre: str
    html: Markup = field(repr=False)
    donnees: pd.DataFrame = field(compare=False, repr=False)

    def _repr_html_(self) -> str:
        return str(self.html)


@dataclass(frozen=True)
class CoteACote:
    """Plusieurs figures et leur texte, comparées dans une même rangée."""

    html: Markup = field(repr=False)

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
    par_flux: bool
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


@lru_cache(maxsize=1)
def _etat_du_code(_seconde: int) -> int:
    """Date du dernier module modifié : un notebook qui change un dessin en voit l'effet.

    Lue au plus une fois par seconde : douze figures ne relisent pas cent fichiers chacune.
    """
    dossier = theme.FICHIER.parent
    return max(f.stat().st_mtime_ns for f in [*dossier.rglob("*.py"), *dossier.rglob("*.toml")])


def dans_la_page(dessin: str, classe: str, nom: str) -> Markup:
    """Le SVG à mettre dans la page : sans espace de noms ni police répétée, avec son nom."""
    ouverture, chevron, reste = dessin.partition(">")
    ouverture = re.sub(r' (xmlns|font-family)="[^"]*"', "", ouverture)
    attributs = f' class="{classe}" role="img" aria-label="{escape(nom)}"'
    if classe == "etroit":
        # Un téléphone n'a pas de survol, et le grand dessin garde ces noms : un dixième du poids.
        reste = re.sub(r"<title>[^<]*</title>", "", reste)
    return Markup(ouverture + attributs + chevron + reste)


@lru_cache(maxsize=_GARDEES)
def _contenu(demande: _Demande) -> _Contenu:
    from commerce.dessin.alternatives import alternative

    options, donnees, titre = dict(demande.options), demande.donnees, demande.titre
    variantes = [("large", theme.LARGE, options), ("etroit", theme.ETROIT, options)]
    if demande.etroit_seulement:
        variantes = [("seul", theme.ETROIT, options)]
    if demande.par_flux:
        variantes = [("seul", theme.ETROIT, {**options, "sens": sens}) for sens in SENS]
    noms = [
        typographie(f"{titre}. {alternative(demande.fonction, donnees, **choix)}")
        for _, _, choix in variantes
    ]
    dessins = [
        rendu.dessin(demande.fonction(donnees, largeur=largeur, **choix), demande.dossier)
        for _, largeur, choix in variantes
    ]
    image = exports.juxtaposer(dessins) if demande.par_flux else dessins[0]
    image = exports.autonome(image, titre, [demande.legende, demande.source])
    # Des apostrophes au lieu de guillemets : rien à échapper dans l'attribut href.
    image = re.sub(r'="([^"\']*)"', r"='\1'", image)
    en_page = Markup("\n").join(
        dans_la_page(dessin, classe, nom)
        for dessin, (classe, _, _), nom in zip(dessins, variantes, noms, strict=True)
    )
    if demande.par_flux:
        en_page = Markup('<div class="panneaux">\n{}\n</div>').format(en_page)
    return _Contenu(
        en_page,
        tableaux.table(donnees, titre),
        _fichiers_csv(donnees, titre, demande.source, demande.jeu)
        | {".svg": exports.uri_de_donnees(image, "image/svg+xml")},
    )


def _fichiers_csv(donnees: pd.DataFrame, titre: str, source: str, jeu: str) -> dict[str, str]:
    uri = exports.uri_de_donnees
    return {
        "-excel.csv": uri(tableaux.csv_excel(donnees, titre, source), "text/csv"),
        ".csv": uri(tableaux.csv_simple(donnees, jeu), "text/csv"),
    }


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
    par_flux: bool = False,
    **options,
) -> Figure:
    """Figure HTML complète d'un tableau d'indicateurs.

    fonction_graphique(donnees, largeur=..., **options) rend le graphique ; `titre` et `legende`
    sont du texte ou un `Texte` ; `etroit_seulement` ne dessine que la version de 380 px, pour deux
    figures côte à côte ; `par_flux` en dessine une par sens, que la page met côte à côte ou l'une
    sous l'autre. La mention de démonstration s'ajoute au titre.
    """
    demande = _Demande(
        fonction_graphique,
        tuple(sorted(options.items())),
        etroit_seulement,
        par_flux,
        _titre_complet(titre, fiche),
        _texte_seul(legende),
        fiche.source,
        _jeu(fiche),
        _empreinte(donnees),
        _etat_du_code(int(time.monotonic())),
        donnees,
        fiche.dossier,
    )
    contenu = _contenu(demande)
    details = Markup(
        "<details><summary>Données de la figure"
        '<span class="lu">\u00a0: {titre}</span></summary>\n{table}\n</details>\n'
    ).format(titre=demande.titre, table=_cadre(contenu.table, demande.titre))
    corps = (contenu.dessins, legende, details, contenu.fichiers)
    return _assembler(identifiant, demande.titre, fiche, donnees, *corps)


def figure_tableau(
    identifiant: str, table: Markup, donnees: pd.DataFrame, *, fiche, titre: str, legende: str
) -> Figure:
    """Figure dont le dessin est un tableau HTML sûr ; `donnees` : ses valeurs entières."""
    complet = _titre_complet(titre, fiche)
    fichiers = _fichiers_csv(donnees, complet, fiche.source, _jeu(fiche))
    dessin = _cadre(table, complet, "figure-table visible")
    return _assembler(identifiant, complet, fiche, donnees, dessin, legende, Markup(), fichiers)


def _titre_complet(titre: str, fiche) -> str:
    seul = _texte_seul(titre)
    return f"{seul}\u00a0– {fiche.mention}" if fiche.mention else seul


def _jeu(fiche) -> str:
    return "demonstration" if fiche.mention else ""


def _cadre(table: Markup, titre: str, classe: str = "figure-table") -> Markup:
    """Le tableau, que le clavier atteint et fait défiler."""
    return Markup(
        '<div class="{}" role="region" tabindex="0" aria-label="Tableau\u00a0: {}">{}</div>'
    ).format(classe, titre, table)


def _assembler(
    identifiant: str,
    titre: str,
    fiche,
    donnees: pd.DataFrame,
    dessins: Markup,
    legende: str,
    details: Markup,
    fichiers: dict[str, str],
) -> Figure:
    radical = f"{fiche.departement.slug}-{identifiant}-{fiche.annee}"
    if fiche.mention:
        radical = f"demonstration-{radical}"
    html = Markup(
        '<figure id="{id}" class="figure" aria-labelledby="{id}-titre">\n'
        '<p class="figure-titre" id="{id}-titre">{titre}</p>\n{dessins}\n'
        '<figcaption><p class="figure-legende">{legende}</p>\n'
        '<p class="figure-source">{source}</p>\n{details}{outils}</figcaption>\n</figure>'
    ).format(
        id=identifiant,
        titre=titre,
        dessins=dessins,
        legende=legende,
        source=fiche.source,
        details=details,
        outils=_outils(identifiant, titre, radical, fichiers),
    )
    return Figure(identifiant, titre, html, donnees)
