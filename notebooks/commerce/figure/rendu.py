"""D'un graphique Altair à son SVG propre, dessiné une seule fois par contenu.

La clé d'un dessin gardé réunit la spécification Vega-Lite, le moteur de rendu, les polices, ce
module et le nettoyage : rien de périmé ne peut être relu.
"""

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert

from commerce import ecriture, formats, theme
from commerce.donnees import integrite
from commerce.figure import svg

COUCHE = "couche_"


@cache
def enregistrer_polices() -> None:
    dossiers = {theme.theme().police.fichier(graisse, "ttf").parent for graisse in (400, 600)}
    for dossier in sorted(dossiers):
        vl_convert.register_font_directory(str(dossier))


def _fusion(base: dict, ajouts: dict) -> dict:
    communs = {
        nom: _fusion(base[nom], valeur)
        for nom, valeur in ajouts.items()
        if isinstance(valeur, dict) and isinstance(base.get(nom), dict)
    }
    return base | ajouts | communs


def dessiner(specification: dict) -> str:
    """SVG d'une spécification Vega-Lite, tel que vl-convert le rend, en français."""
    enregistrer_polices()
    return vl_convert.vegalite_to_svg(
        {**specification, "config": _fusion(theme.config_vega(), specification.get("config", {}))},
        vl_version=".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]),
        format_locale=formats.LOCALE_VEGA["number"],
        time_format_locale=formats.LOCALE_VEGA["time"],
    )


@cache
def _empreinte_du_rendu() -> str:
    police = theme.theme().police
    sources = [police.fichier(graisse, "ttf").read_bytes() for graisse in (400, 600)]
    sources += [Path(__file__).read_bytes(), Path(svg.__file__).read_bytes(), police.pile.encode()]
    sources += [vl_convert.__version__.encode(), alt.SCHEMA_VERSION.encode()]
    return hashlib.sha256(b"\0".join(sources)).hexdigest()


def _en_valeurs(donnees: pd.DataFrame | None = None) -> dict:
    """Les lignes telles quelles : les tableaux de `marques` n'ont que des types JSON."""
    return {"values": donnees.to_dict("records")}


def specification(graphique: alt.LayerChart) -> dict:
    """Spécification Vega-Lite complète, qui ne dépend ni du thème ni des options de l'appelant."""
    alt.data_transformers.register("fiche", _en_valeurs)
    # Les données des `marques` sont déjà du JSON : Altair les recopierait plusieurs fois.
    donnees, graphique.datasets = graphique.datasets, alt.Undefined
    try:
        with alt.data_transformers.enable("fiche"):
            contenu = graphique.to_dict(validate=False)
    finally:
        graphique.datasets = donnees
    if donnees is not alt.Undefined:
        # À côté de celles qu'un notebook a superposées aux nôtres.
        contenu["datasets"] = {**contenu.get("datasets", {}), **donnees}
    return {**contenu, "config": theme.config_vega()}


def _dessiner(contenu: dict) -> str:
    """SVG propre d'une spécification.

    vl-convert mesure chaque mot en rouvrant la police à chaque lettre : les cinq sixièmes du temps
    d'un dessin, pour rien quand la taille de la figure est fixée. Il dessine alors les textes
    vides, et le nettoyage y remet les mots.
    """
    pile = theme.theme().police.pile
    if contenu.get("autosize") == {"type": "none"} and "datasets" in contenu:
        mots, jeux = [], {}
        for nom, lignes in contenu["datasets"].items():
            ecrites = nom.startswith(COUCHE) and bool(lignes) and "texte" in lignes[0]
            mots += [ligne["texte"] for ligne in lignes] if ecrites else []
            jeux[nom] = [ligne | {"texte": ""} for ligne in lignes] if ecrites else lignes
        muet = dessiner({**contenu, "datasets": jeux})
        if muet.count("<text") == len(mots):  # sinon, d'autres textes que ceux des `marques`
            return svg.nettoyer(muet, pile, mots)
    return svg.nettoyer(dessiner(contenu), pile)


def dessin(graphique: alt.LayerChart, dossier: Path | None = None) -> str:
    """SVG propre d'un graphique, relu dans `dossier`/figures s'il y a déjà été dessiné."""
    contenu = specification(graphique)
    texte = json.dumps(contenu, sort_keys=True, ensure_ascii=False)
    cle = hashlib.sha256((_empreinte_du_rendu() + texte).encode("utf-8", "replace")).hexdigest()
    chemin = dossier / integrite.DESSINS / f"{cle[:40]}.svg" if dossier else None
    if chemin and (garde := integrite.lire_dessin(chemin)):
        return garde
    resultat = _dessiner(contenu)
    if chemin:
        # Un dossier en lecture seule ou un disque plein privent du cache, jamais de la figure.
        with suppress(OSError):
            chemin.parent.mkdir(exist_ok=True)
            ecriture.ecrire(chemin, integrite.sceller_dessin(resultat), sur_le_disque=False)
    return resultat
