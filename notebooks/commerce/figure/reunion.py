"""Que devient une figure de la maison réunie à d'autres vues (`+`, `|`, `&`, `.facet`) ?

Seule, elle a ses marges, mesurées, et des paramètres pour ses longueurs. Une spécification n'a de
marges, de paramètres ni de données qu'à sa racine : deux figures y auraient les mêmes noms.
"""

import json
import re

# Ce que seule la racine d'une spécification peut porter.
DE_LA_RACINE = ("datasets", "params", "config", "autosize", "padding", "usermeta", "background")


def cadre(contenu: dict) -> dict:
    """Les marges mesurées d'une figure de la maison montrée seule : sa taille n'en dépend plus.

    Vega compose un texte vide en un texte vide : les mots s'y remettent après le dessin. Réunie à
    d'autres, elle les perd, et Vega fait la place de ses textes.
    """
    usage = contenu.get("usermeta", {})
    if not isinstance(usage, dict) or "marges" not in usage:
        return {}
    return {"padding": usage["marges"], "autosize": {"type": "none"}}


def _detacher(partie: dict, suffixe: str = "") -> dict:
    """Une figure de la maison, vue parmi d'autres : ses jeux ont un nom à elle ; ses paramètres et
    sa taille sont remplacés par leur valeur dans ses expressions.
    """
    usage = partie.get("usermeta", {})
    if not isinstance(usage, dict) or "parametres" not in usage:
        return partie
    valeurs = {nom: partie[nom] for nom in ("width", "height")} | usage["parametres"]
    jeux = {nom: f"{nom}{suffixe}" for nom in partie.get("datasets", {})}
    mots = re.compile(rf"(?<![\w.'])({'|'.join(valeurs)})(?!\w)")

    def ecrire(objet, cle: str = ""):
        if isinstance(objet, dict):
            ecrit = {nom: ecrire(valeur, nom) for nom, valeur in objet.items()}
            connu = cle == "data" and objet.get("name") in jeux
            return ecrit | {"name": jeux[objet["name"]]} if connu else ecrit
        if isinstance(objet, list):
            return [ecrire(valeur) for valeur in objet]
        if cle in ("expr", "labelExpr"):
            return mots.sub(lambda mot: json.dumps(valeurs[mot[0]]), objet)
        return objet

    donnees = {jeux[nom]: lignes for nom, lignes in partie.get("datasets", {}).items()}
    return ecrire({n: v for n, v in partie.items() if n != "datasets"}) | {"datasets": donnees}


def remonter(contenu: dict, racine: dict, premiere: bool = False) -> dict:
    """La spécification ; ce que portait une figure, devenue partie d'une autre, va à `racine`."""
    contenu = dict(contenu)
    for nom in ("hconcat", "vconcat", "concat"):
        if nom in contenu:
            rang = len(racine.get("datasets", {}))
            vues = enumerate(contenu[nom], start=rang)
            contenu[nom] = [_detacher(vue, f"_{rang}") for rang, vue in vues]
    if isinstance(contenu.get("spec"), dict):
        contenu["spec"] = _detacher(contenu["spec"])
    for nom in () if premiere else DE_LA_RACINE:
        if nom not in contenu:
            continue
        valeur = contenu.pop(nom)
        if nom == "datasets":
            racine[nom] = racine.get(nom, {}) | valeur
        elif nom == "params":
            variables = [p for p in valeur if "select" not in p]
            racine[nom] = [*racine.get(nom, []), *variables]
            if selections := [p for p in valeur if "select" in p]:
                contenu[nom] = selections
    for nom in ("layer", "hconcat", "vconcat", "concat"):
        if nom in contenu:
            contenu[nom] = [remonter(partie, racine) for partie in contenu[nom]]
    if isinstance(contenu.get("spec"), dict):
        contenu["spec"] = remonter(contenu["spec"], racine)
    return contenu
