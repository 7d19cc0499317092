"""Comment ce qu'une cellule montre arrive-t-il à l'écran et sur la page ?

Un graphique Altair nu devient une figure de la page comme celles de la maison ; dans JupyterLab, il
reste vivant (infobulles, sélections), sans réseau. Un tableau nu prend la typographie de la page.
Ce qui n'a pas de forme pour la page est refusé à la publication, avec le remède.
"""

from functools import partial

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.figure import TYPE_FEUILLES, Page, feuilles, figure, rendu, svg, tableau

# La forme d'une sortie sur la page, quand elle n'est pas celle de JupyterLab ; ou son refus.
TYPE_PAGE = "application/vnd.fiche.page+html"
TYPE_REFUS = "application/vnd.fiche.refus"
# JupyterLab embarque Vega-Lite sous ce nom ; il lit aussi les spécifications plus récentes.
TYPE_VIVANT = "application/vnd.vegalite.v5+json"
SCHEMA_VIVANT = "https://vega.github.io/schema/vega-lite/v5.json"
LIGNES_MAX = 500


def activer(page: Page) -> None:
    """Met en place l'apparence d'un notebook et la forme que prendront ses sorties sur la page.

    page : la fiche, le relevé ou le panorama que montre le notebook. Affiche une fois la feuille de
    style ; la sortie porte la métadonnée `fiche: style`, que le gabarit met dans la tête de page.
    """
    apparence = alt.theme.register("fiche", enable=True)
    apparence(lambda: alt.theme.ThemeConfig(config=theme.config_vega()))
    alt.renderers.register("fiche", lambda contenu, **_: vivant(rendu.completer(contenu)))
    alt.renderers.enable("fiche")
    rendu.enregistrer_polices()
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return
    if (session := get_ipython()) is None:
        return
    formes = session.display_formatter.mimebundle_formatter
    formes.for_type(alt.TopLevelMixin, partial(_forme_de_graphique, page))
    formes.for_type(pd.DataFrame, partial(_forme_de_tableau, page))
    formes.for_type(pd.Series, partial(_forme_de_tableau, page))
    feuille_de_style = theme.police_css() + theme.variables_css() + theme.style_figures()
    display(HTML(f"<style>{feuille_de_style}</style>"), metadata={"fiche": "style"})


def vivant(contenu: dict) -> dict:
    """Une spécification complète, telle que JupyterLab la montre : vivante, et en image."""
    options = {
        "renderer": "svg",
        "actions": False,
        "formatLocale": formats.LOCALE_VEGA["number"],
        "timeFormatLocale": formats.LOCALE_VEGA["time"],
    }
    usage = {"$schema": SCHEMA_VIVANT, "usermeta": {"embedOptions": options}}
    # L'image ne voit pas les polices de la page : elle porte les siennes.
    image = svg.avec_style(rendu.dessin(contenu), theme.police_css())
    return {TYPE_VIVANT: contenu | usage, "image/svg+xml": image}


def _forme_de_graphique(page: Page, graphique, include=None, exclude=None) -> dict:
    ecrit = f"Graphique Altair ({type(graphique).__name__})"
    try:
        montree = figure(page, graphique)
    except Exception as erreur:  # l'analyste lit la raison, la publication la refuse
        return {"text/plain": ecrit, TYPE_REFUS: f"ce graphique ne se dessine pas ({erreur})"}
    return {
        **vivant(rendu.specification(graphique)),
        "text/plain": ecrit,
        TYPE_PAGE: str(montree.html),
        TYPE_FEUILLES: feuilles(montree),
    }


def _forme_de_tableau(page: Page, donnees, include=None, exclude=None) -> dict:
    table = donnees.to_frame() if isinstance(donnees, pd.Series) else donnees
    ecrans = {"text/plain": repr(donnees), "text/html": table._repr_html_() or ""}
    if len(donnees) > LIGNES_MAX:
        refus = f"ce tableau a {len(donnees)} lignes ; en montrer les premières : .head(20)"
        return ecrans | {TYPE_REFUS: refus}
    montre = tableau(page, donnees)
    return ecrans | {TYPE_PAGE: str(montre.html), TYPE_FEUILLES: feuilles(montre)}
