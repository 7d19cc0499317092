"""Comment les graphiques s'affichent-ils dans un notebook ? Thème, rendu, polices, style."""

import altair as alt

from commerce import theme
from commerce.figure import rendu, svg


def _rendu_jupyter(specification: dict, **_) -> dict[str, str]:
    # JupyterLab montre ce SVG comme une image : elle ne voit pas les polices de la page.
    dessin = svg.nettoyer(rendu.dessiner(specification), theme.theme().police.pile)
    return {"image/svg+xml": svg.avec_style(dessin, theme.police_css())}


def activer() -> None:
    """Met en place l'apparence : thème et rendu Altair, polices, style des figures.

    Dans un notebook, affiche une fois la feuille de style ; la sortie porte la métadonnée
    `fiche: style`, que le gabarit de page écarte, car la page a déjà cette feuille.
    """
    alt.theme.register("fiche", enable=True)(
        lambda: alt.theme.ThemeConfig(config=theme.config_vega())
    )
    alt.renderers.register("fiche", _rendu_jupyter)
    alt.renderers.enable("fiche")
    rendu.enregistrer_polices()
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return
    if get_ipython() is not None:
        feuille = theme.police_css() + theme.variables_css() + theme.style_figures()
        display(HTML(f"<style>{feuille}</style>"), metadata={"fiche": "style"})
