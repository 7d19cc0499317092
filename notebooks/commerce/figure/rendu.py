"""D'un graphique Altair, quel qu'il soit, à son SVG propre, dessiné une seule fois par contenu.

vl-convert mesure chaque mot en rouvrant la police à chaque lettre : les deux tiers du temps d'un
dessin, pour rien quand la taille de la figure est fixée. Les textes des marques sont alors dessinés
vides, puis remis. La clé d'un dessin gardé réunit la spécification, le moteur de rendu, les polices
et les modules du dessin : rien de périmé ne peut être relu.
"""

import hashlib
import json
import pickle
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert
from altair.utils.data import to_values

from commerce import formats, theme
from commerce.donnees import integrite
from commerce.figure import modele, reunion, svg, tableaux
from fabrique import ecriture

VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
# Ce qui change d'une fiche à l'autre sans changer la structure d'un graphique.
VARIABLES = ("datasets", "params", "width", "height", "padding", "usermeta")
GARDES = 200
COULEURS = ("color", "fill", "stroke")
CANAUX = (*("x", "y", "theta", "size", "shape", "opacity", "strokeDash"), *COULEURS)
CANAUX += ("row", "column", "facet")


@cache
def enregistrer_polices() -> None:
    """Donne à vl-convert les polices du thème."""
    dossiers = {theme.theme().police.fichier(graisse, "ttf").parent for graisse in (400, 600)}
    for dossier in sorted(dossiers):
        vl_convert.register_font_directory(str(dossier))


# De l'objet Altair à une spécification complète


def specification(graphique: alt.TopLevelMixin) -> dict:
    """Spécification Vega-Lite complète, qui ne dépend pas des réglages d'Altair en vigueur.

    Le thème d'abord, puis ce que le graphique configure lui-même.
    """
    couches = getattr(graphique, "layer", None)
    if isinstance(getattr(graphique, "datasets", None), dict) and isinstance(couches, list):
        return _de_modele(graphique)
    return _ecrire(graphique)


def _ecrire(graphique: alt.TopLevelMixin) -> dict:
    alt.data_transformers.register("fiche", lambda donnees=None: to_values(donnees))
    alt.theme.register("aucun", enable=False)(lambda: alt.theme.ThemeConfig())
    # Les données d'un modèle sont déjà du JSON : Altair les recopierait plusieurs fois.
    donnees = getattr(graphique, "datasets", alt.Undefined)
    if donnees is not alt.Undefined:
        graphique.datasets = alt.Undefined
    try:
        with alt.data_transformers.enable("fiche"), alt.theme.enable("aucun"):
            contenu = graphique.to_dict(validate=False)
    finally:
        if donnees is not alt.Undefined:
            graphique.datasets = donnees
    if donnees is not alt.Undefined:
        contenu["datasets"] = {**contenu.get("datasets", {}), **donnees}
    return completer(contenu)


@dataclass(frozen=True)
class _Modele:
    """Un modèle, reconnu à tout ce qu'il dit sauf ce qui change d'une fiche à l'autre."""

    contenu: bytes
    graphique: alt.LayerChart = field(compare=False)


@lru_cache(maxsize=GARDES)
def _ecrits(modele: _Modele) -> tuple[dict]:
    return (_ecrire(modele.graphique),)


def _de_modele(graphique: alt.LayerChart) -> dict:
    """La spécification d'un modèle rempli : le même modèle n'est écrit qu'une fois."""
    fixe = {nom: dit for nom, dit in graphique._kwds.items() if nom not in VARIABLES}
    try:
        (ecrit,) = _ecrits(_Modele(modele.contenu(fixe), graphique))
    except (AttributeError, TypeError, pickle.PicklingError):  # une couche porte une fonction
        ecrit = _ecrire(graphique)
    propres = {"padding": reunion.cadre(graphique._kwds).get("padding", 0)}
    propres |= {
        nom: getattr(graphique, nom)
        for nom in ("datasets", "width", "height", "padding")
        if getattr(graphique, nom, alt.Undefined) is not alt.Undefined
    }
    propres["datasets"] = {**ecrit["datasets"], **propres["datasets"]}
    params = getattr(graphique, "params", alt.Undefined)
    params = [] if params is alt.Undefined else [p.to_dict(validate=False) for p in params]
    return ecrit | propres | ({"params": params} if params else {})


def completer(contenu: dict) -> dict:
    """La spécification et ce qui l'habille : configuration du thème, couleur propre à chaque flux.

    Ce que portait une figure de la maison devenue couche d'une autre remonte à la racine.
    """
    racine: dict = {}
    contenu = reunion.cadre(contenu) | reunion.remonter(contenu, racine, premiere=True)
    jeux = {**racine.get("datasets", {}), **contenu.get("datasets", {})}
    parametres = {p["name"]: p for p in (*racine.get("params", ()), *contenu.get("params", ()))}
    complet = contenu | {
        "$schema": contenu.get("$schema", alt.SCHEMA_URL),
        "config": fusion(theme.config_vega(), contenu.get("config", {})),
    }
    if jeux:
        complet["datasets"] = jeux
    if parametres:
        complet["params"] = list(parametres.values())
    return _habiller(complet, jeux, None)


def _habiller(contenu: dict, jeux: dict, donnees: dict | None) -> dict:
    """Ce qu'un graphique ne dit pas : la couleur de chaque flux, le titre français de ses champs.

    Vega-Lite donnerait les couleurs dans l'ordre du tri, et les noms des colonnes tels quels.
    """
    contenu = dict(contenu)
    donnees = contenu.get("data", donnees)
    for nom in ("layer", "hconcat", "vconcat", "concat"):
        if nom in contenu:
            contenu[nom] = [_habiller(partie, jeux, donnees) for partie in contenu[nom]]
    if isinstance(contenu.get("spec"), dict):
        contenu["spec"] = _habiller(contenu["spec"], jeux, donnees)
    if "encoding" in contenu:
        contenu["encoding"] = {
            canal: [_bulle(ligne) for ligne in definition]
            if canal == "tooltip" and isinstance(definition, list)
            else _canal(canal, definition, jeux, donnees)
            for canal, definition in contenu["encoding"].items()
        }
    return contenu


def _bulle(definition):
    """Une ligne de bulle : titre français, montant en euros entiers."""
    if not isinstance(definition, dict) or "title" in definition:
        return definition
    titre = tableaux.titre_de_champ(definition)
    if titre.endswith("(M€)"):
        return {"format": ",.0f", **definition, "title": titre.replace("M€", "€")}
    return definition | ({"title": titre} if titre else {})


def _canal(canal: str, definition, jeux: dict, donnees: dict | None):
    if canal not in CANAUX or not isinstance(definition, dict):
        return definition
    champ = definition.get("field")
    if not isinstance(champ, str | None):
        return definition
    ajouts: dict = {}
    if canal in COULEURS and champ and "scale" not in definition:
        couleurs = theme.couleurs_des_flux({ligne.get(champ) for ligne in lignes_de(donnees, jeux)})
        if couleurs:
            ordre = sorted(couleurs, reverse=definition.get("sort") == "descending")
            ajouts["scale"] = {"domain": ordre, "range": [couleurs[nom] for nom in ordre]}
    guide = "axis" if canal in ("x", "y") else "legend"
    if definition.get(guide, "") is None or "title" in definition:
        return definition | ajouts
    if titre := tableaux.titre_de_champ(definition):
        ajouts["title"] = titre
        if titre.endswith("(M€)") and guide not in definition:
            ajouts[guide] = {"labelExpr": "format(datum.value / 1e6, ',.1~f')"}
    return definition | ajouts


def lignes_de(donnees: dict | None, jeux: dict) -> list[dict]:
    """Les lignes que désigne `data` : écrites sur place, ou nommées parmi les jeux."""
    if not isinstance(donnees, dict):
        return []
    valeurs = donnees.get("values") or jeux.get(donnees.get("name"), [])
    return (
        valeurs if isinstance(valeurs, list) and all(isinstance(v, dict) for v in valeurs) else []
    )


def donnees(contenu: dict) -> pd.DataFrame:
    """Les données d'une spécification : son plus grand jeu, en tableau."""
    jeux = [lignes_de(jeu, contenu.get("datasets", {})) for jeu in _jeux(contenu)]
    return pd.DataFrame(max(jeux, key=len, default=[]))


def _jeux(contenu: dict) -> Iterator[dict]:
    if isinstance(contenu.get("data"), dict):
        yield contenu["data"]
    for nom in ("layer", "hconcat", "vconcat", "concat"):
        for partie in contenu.get(nom, ()):
            yield from _jeux(partie)
    if isinstance(contenu.get("spec"), dict):
        yield from _jeux(contenu["spec"])


def detacher_le_titre(contenu: dict, titre: str = "") -> tuple[str, dict]:
    """Le titre du graphique, que la figure écrira au-dessus, et le graphique sans lui."""
    ecrit = contenu.get("title", "")
    ecrit = ecrit.get("text", "") if isinstance(ecrit, dict) else ecrit
    ecrit = " ".join(ecrit) if isinstance(ecrit, list) else str(ecrit)
    if titre and ecrit and titre != ecrit:
        return titre, contenu
    return titre or ecrit, {nom: valeur for nom, valeur in contenu.items() if nom != "title"}


def variantes(contenu: dict) -> list[tuple[str, dict]]:
    """Les dessins d'un graphique tout fait : un seul s'il fixe sa taille ou réunit des vues.

    Sinon l'un remplit la colonne d'un ordinateur, l'autre celle d'un téléphone.
    """
    multiple = {"hconcat", "vconcat", "concat", "facet", "repeat"} & contenu.keys()
    multiple |= {"facet", "row", "column"} & contenu.get("encoding", {}).keys()
    if multiple or "width" in contenu:
        return [("libre", contenu)]
    ajustement = {"autosize": {"type": "fit-x", "contains": "padding"}}
    return [
        (classe, contenu | ajustement | {"width": largeur})
        for classe, largeur in (("large", theme.LARGE), ("etroit", theme.ETROIT))
    ]


def fusion(base: dict, ajouts: dict) -> dict:
    """Deux dictionnaires emboîtés ; le second l'emporte."""
    communs = {
        nom: fusion(base[nom], valeur)
        for nom, valeur in ajouts.items()
        if isinstance(valeur, dict) and isinstance(base.get(nom), dict)
    }
    return base | ajouts | communs


# De la spécification au SVG


def dessiner(contenu: dict) -> str:
    """SVG d'une spécification complète, tel que vl-convert le rend, en français."""
    enregistrer_polices()
    return vl_convert.vegalite_to_svg(
        contenu,
        vl_version=VERSION,
        format_locale=formats.LOCALE_VEGA["number"],
        time_format_locale=formats.LOCALE_VEGA["time"],
    )


def _taire(contenu: dict, donnees: dict | None, plan: list) -> dict | None:
    """La même spécification aux textes vides ; `plan` reçoit de quoi les remettre, par couche.

    None si une couche tire ses mots d'un calcul de Vega : il faut alors tout lui laisser.
    """
    contenu = dict(contenu)
    donnees = contenu.get("data", donnees)
    if "transform" in contenu:
        return None
    if "layer" in contenu:
        contenu["layer"] = [_taire(couche, donnees, plan) for couche in contenu["layer"]]
        return None if None in contenu["layer"] else contenu
    if "mark" not in contenu:
        return None
    marque = contenu["mark"] if isinstance(contenu["mark"], dict) else {"type": contenu["mark"]}
    if marque["type"] != "text":
        return contenu
    texte = contenu.get("encoding", {}).get("text", {})
    interligne = marque.get("lineHeight", theme.INTERLIGNE_PX)
    if not set(texte) <= {"field", "type", "value"} or not isinstance(interligne, int | float):
        return None
    plan.append((donnees, texte, interligne))
    contenu["encoding"] = contenu["encoding"] | {"text": {"value": ""}}
    return contenu


def _mots(plan: list, jeux: dict) -> list[list[tuple]] | None:
    """Les textes de chaque couche et leur interligne ; None si l'un n'est pas du texte."""
    couches = []
    for donnees, texte, interligne in plan:
        lignes = lignes_de(donnees, jeux)
        champ, fixe = texte.get("field"), texte.get("value")
        ecrits = [ligne.get(champ) if champ else fixe for ligne in lignes]
        if not ecrits or not all(isinstance(ecrit, str | list) for ecrit in ecrits):
            return None
        couches.append([(ecrit, interligne) for ecrit in ecrits])
    return couches


@dataclass(frozen=True)
class _Structure:
    """Une spécification, reconnue à ce qui ne change pas d'une fiche à l'autre."""

    texte: str
    contenu: dict = field(compare=False)


@lru_cache(maxsize=GARDES)
def _compiler(structure: _Structure) -> tuple[dict, list] | None:
    """La même figure compilée pour Vega, textes vides, une fois par structure.

    Compiler coûte la moitié d'un dessin ; seuls changent ensuite les données et les longueurs.
    """
    plan: list = []
    muette = _taire(structure.contenu, None, plan)
    return (vl_convert.vegalite_to_vega(muette, vl_version=VERSION), plan) if muette else None


def _structure(contenu: dict) -> _Structure:
    fixe = {nom: valeur for nom, valeur in contenu.items() if nom not in VARIABLES}
    return _Structure(json.dumps(fixe, ensure_ascii=False, default=str), contenu)


def _dessiner(contenu: dict) -> str:
    """SVG propre d'une spécification complète."""
    pile = theme.theme().police.pile
    enregistrer_polices()
    if _de_taille_fixe(contenu) and (compile := _compiler(_structure(contenu))):
        vega, plan = compile
        jeux, parametres = contenu.get("datasets", {}), contenu.get("params", [])
        mots = _mots(plan, jeux)
        if mots is not None:
            valeurs = {p["name"]: p["value"] for p in parametres}
            rempli = vega | {nom: contenu[nom] for nom in ("width", "height")}
            rempli["padding"] = contenu.get("padding", 0)
            rempli["data"] = [
                d | {"values": jeux[d["name"]]} if d["name"] in jeux else d for d in vega["data"]
            ]
            rempli["signals"] = [
                s | {"value": valeurs[s["name"]]} if s["name"] in valeurs else s
                for s in vega.get("signals", [])
            ]
            brut = vl_convert.vega_to_svg(
                rempli,
                format_locale=formats.LOCALE_VEGA["number"],
                time_format_locale=formats.LOCALE_VEGA["time"],
            )
            if propre := svg.nettoyer(brut, pile, mots):
                return propre
    return svg.nettoyer(dessiner(contenu), pile)


def _de_taille_fixe(contenu: dict) -> bool:
    """Une seule vue, dont ni la taille ni les marges ne dépendent des textes ?"""
    return (
        contenu.get("autosize") in ("none", {"type": "none"})
        and isinstance(contenu.get("width"), int | float)
        and isinstance(contenu.get("height"), int | float)
        and all("value" in parametre for parametre in contenu.get("params", []))
        and bool({"layer", "mark"} & contenu.keys())
    )


def dessin(graphique: alt.TopLevelMixin | dict, dossier: Path | None = None) -> str:
    """SVG propre d'un graphique, relu dans `dossier`/figures s'il y a déjà été dessiné."""
    contenu = graphique if isinstance(graphique, dict) else specification(graphique)
    texte = json.dumps(contenu, sort_keys=True, ensure_ascii=False)
    cle = hashlib.sha256((_empreinte_du_rendu() + texte).encode("utf-8", "replace")).hexdigest()
    chemin = dossier / integrite.DESSINS / f"{cle[:40]}.svg" if dossier else None
    if chemin and (garde := integrite.employer_dessin(chemin)):
        return garde
    resultat = _dessiner(contenu)
    if chemin:
        # Un dossier en lecture seule ou un disque plein privent du cache, jamais de la figure.
        with suppress(OSError):
            chemin.parent.mkdir(exist_ok=True)
            ecriture.ecrire(chemin, integrite.sceller_dessin(resultat), sur_le_disque=False)
    return resultat


@cache
def _empreinte_du_rendu() -> str:
    police = theme.theme().police
    sources = [police.fichier(graisse, "ttf").read_bytes() for graisse in (400, 600)]
    sources += [Path(__file__).read_bytes(), Path(svg.__file__).read_bytes(), police.pile.encode()]
    sources += [vl_convert.__version__.encode(), alt.SCHEMA_VERSION.encode()]
    return hashlib.sha256(b"\0".join(sources)).hexdigest()
