"""Que montre un graphique, pour qui ne le voit pas ? Une alternative tirée de ses encodages.

Elle dit le genre de graphique, ce qu'il croise et ses extrêmes, sans avis ; le tableau de données
placé sous la figure en est la description longue. Une partie de la fiche écrit la sienne.
"""

from collections.abc import Iterator

from commerce import formats
from commerce.figure import tableaux
from commerce.figure.rendu import lignes_de
from commerce.formats import propre

SUITE = "Les données sont dans le tableau qui suit."
GENRES = {
    "bar": "Barres",
    "line": "Courbes",
    "trail": "Courbes",
    "area": "Aires",
    "point": "Nuage de points",
    "circle": "Nuage de points",
    "square": "Nuage de points",
    "tick": "Traits",
    "rect": "Carte de chaleur",
    "arc": "Diagramme circulaire",
    "boxplot": "Boîtes à moustaches",
    "errorbar": "Barres d'erreur",
    "errorband": "Bandes d'erreur",
    "geoshape": "Carte",
    "image": "Images",
    "rule": "Repères",
    "text": "Textes",
}
ACCESSOIRES = ("rule", "text")
AXES = ("y", "x", "theta", "radius")
SERIES = ("color", "fill", "stroke", "shape", "size", "opacity", "strokeDash", "detail")
PANNEAUX = ("facet", "row", "column")


def alternative(contenu: dict) -> str:
    """Alternative d'une spécification complète (voir `rendu.specification`)."""
    jeux = contenu.get("datasets", {})
    parties = _parties(contenu)
    if len(parties) > 1:
        phrases = [f"{formats.en_lettres(len(parties)).capitalize()} graphiques."]
        return " ".join([*phrases, *(_decrire(partie, jeux) for partie in parties)])
    return _decrire(contenu, jeux)


def titre_par_defaut(contenu: dict) -> str:
    """Titre d'un graphique qui n'en a pas : ce qu'il croise."""
    phrase = _decrire(_parties(contenu)[0], {}).partition(".")[0]
    croise = phrase.partition(" : ")[2] or phrase
    return croise[:1].upper() + croise[1:]


def _parties(contenu: dict) -> list[dict]:
    for nom in ("hconcat", "vconcat", "concat"):
        if nom in contenu:
            communes = {"data": contenu["data"]} if "data" in contenu else {}
            return [p for partie in contenu[nom] for p in _parties({**communes, **partie})]
    return [contenu]


def _unites(contenu: dict, donnees=None, encodages=None) -> Iterator[tuple[str, dict, dict | None]]:
    """Marque, encodages et données de chaque couche."""
    donnees = contenu.get("data", donnees)
    encodages = {**(encodages or {}), **contenu.get("encoding", {})}
    if isinstance(contenu.get("facet"), dict) and "field" in contenu["facet"]:
        encodages["facet"] = contenu["facet"]
    if "mark" in contenu:
        marque = contenu["mark"]
        yield (marque["type"] if isinstance(marque, dict) else marque), encodages, donnees
    for enfant in (*contenu.get("layer", ()), *([contenu["spec"]] if "spec" in contenu else ())):
        yield from _unites(enfant, donnees, encodages)


def _decrire(contenu: dict, jeux: dict) -> str:
    unites = list(_unites(contenu))
    if not unites:
        return "Graphique."
    principales = [unite for unite in unites if unite[0] not in ACCESSOIRES] or unites
    genre, encodages, donnees = principales[0]
    champs = {axe: d for axe, d in encodages.items() if _nom(d)}
    axes = [_nom(champs[axe]) for axe in AXES if axe in champs]
    series = list(dict.fromkeys(_nom(champs[axe]) for axe in SERIES if axe in champs))
    panneaux = [_nom(champs[axe]) for axe in PANNEAUX if axe in champs]
    phrase = f"{GENRES.get(genre, 'Graphique')}"
    if axes:
        phrase += f" : {' selon '.join(axes[:2])}"
    nouvelles = [nom for nom in series if nom not in axes]
    if nouvelles:
        phrase += f", par {' et '.join(nouvelles)}"
    if panneaux:
        phrase += f", un panneau par {' et '.join(panneaux)}"
    lignes = lignes_de(donnees, jeux)
    phrases = [f"{phrase}.", *_extremes(champs, lignes)]
    return " ".join(phrases) if lignes else f"{phrase}. Aucune donnée."


def _nom(definition: object) -> str:
    """Le nom du champ d'un canal, tel qu'on le lit ; vide si le canal n'en montre pas."""
    if not isinstance(definition, dict):
        return ""
    titre = definition.get("title") or tableaux.titre_de_champ(definition)
    titre = propre(" ".join(titre) if isinstance(titre, list) else titre)
    return titre[:1].lower() + titre[1:] if titre[1:2].islower() else titre


def _extremes(champs: dict, lignes: list[dict]) -> list[str]:
    """La plus grande et la plus petite valeur du champ mesuré, et la ligne où elles sont."""
    mesures = [
        d["field"]
        for axe in ("x", "y", "theta", "color", "size")
        if (d := champs.get(axe)) and d.get("type") == "quantitative" and "aggregate" not in d
        if isinstance(d.get("field"), str) and "bin" not in d
    ]
    noms = [
        d["field"]
        for axe in ("y", "x", *SERIES, *PANNEAUX)
        if (d := champs.get(axe)) and d.get("type") != "quantitative" and "field" in d
    ]
    if not mesures or not noms:
        return []
    champ, cles = mesures[0], list(dict.fromkeys(noms))[:2]
    connues = [ligne for ligne in lignes if isinstance(ligne.get(champ), int | float)]
    if len(connues) < 2:
        return []
    haut, bas = (choix(connues, key=lambda ligne: ligne[champ]) for choix in (max, min))
    dits = [
        f"{', '.join(propre(ligne.get(cle, '')) for cle in cles)} ({_ecrire(champ, ligne[champ])})"
        for ligne in (haut, bas)
    ]
    return [f"Le plus haut : {dits[0]} ; le plus bas : {dits[1]}."]


def _ecrire(champ: str, valeur: float) -> str:
    genre = tableaux.genre_du_nom(champ)
    if genre == "eur":
        return formats.millions_court(valeur)
    if genre == "pct":
        return formats.pourcentage(valeur)
    return formats.nombre(valeur, 0 if valeur == int(valeur) else 1)
