"""Comment dessiner cent fois le même graphique sans le bâtir cent fois ?

Altair met vingt à trente millisecondes à bâtir et à écrire un graphique de quelques couches, et une
à remplir celui qu'il a déjà bâti. Un modèle est donc un graphique Altair ordinaire dont les données
sont nommées (`alt.NamedData`) et dont les longueurs sont des paramètres ; `joindre` lui donne ses
tableaux. Le résultat est un graphique : `.properties(width=...)`, une couche de plus,
`.interactive()` font ce qu'ils font partout.
"""

import pickle
import time
from collections.abc import Callable
from copy import copy
from functools import lru_cache, wraps

import altair as alt
import pandas as pd

from commerce import chemins
from commerce.figure.tableaux import rangees
from commerce.formats import typographie

PARAMETRE = alt.VariableParameter(name="", value=0)


@lru_cache(maxsize=1)
def _etat_du_code(_seconde: int) -> int:
    dossier = chemins.NOTEBOOKS / "commerce"
    suffixes = (".py", ".toml")
    return max(f.stat().st_mtime_ns for f in dossier.rglob("*") if f.suffix in suffixes)


def etat_du_code() -> int:
    """Date du dernier module ou thème modifié, lue une fois par seconde au plus.

    Elle fait partie de la clé de ce qui est gardé en mémoire : un dessin retouché se voit aussitôt.
    """
    return _etat_du_code(int(time.monotonic()))


def modele(fonction: Callable[..., alt.LayerChart]) -> Callable[..., alt.LayerChart]:
    """Décore une fonction qui bâtit un graphique aux données nommées : une fois par processus."""

    @wraps(fonction)
    def bati(*arguments) -> alt.LayerChart:
        graphique, depart = _bati(etat_du_code(), fonction, arguments)
        if contenu(graphique) != depart:  # une cellule a retouché sur place une de ses couches
            _bati.cache_clear()
            graphique, _ = _bati(etat_du_code(), fonction, arguments)
        return graphique

    return bati


@lru_cache(maxsize=100)
def _bati(_etat: int, fonction: Callable, arguments: tuple) -> tuple[alt.LayerChart, bytes]:
    graphique = fonction(*arguments)
    return graphique, contenu(graphique)


def contenu(objet) -> bytes:
    """Tout ce que dit un objet d'Altair : pour savoir si deux disent la même chose."""
    return pickle.dumps(objet)


def joindre(
    graphique: alt.LayerChart,
    tableaux: dict[str, pd.DataFrame | list[dict]],
    *,
    largeur: float,
    hauteur: float,
    marges: dict[str, float],
    **parametres,
) -> alt.LayerChart:
    """Le modèle rempli : ses tableaux par nom, sa taille hors marges (px), ses paramètres.

    marges : left, right, top, bottom, autour du cadre des données. Les textes des tableaux prennent
    la typographie française.
    """
    nouveaux = {
        "datasets": {nom: lignes(tableau) for nom, tableau in tableaux.items()},
        "width": round(largeur),
        "height": round(hauteur),
        # Pour `reunion` : Altair ne met pas côte à côte (`|`, `&`) des graphiques qui ont leurs
        # marges, et met en commun leurs paramètres de même nom.
        "usermeta": {
            "marges": {cote: round(marge) for cote, marge in marges.items()},
            "parametres": parametres,
        },
        "params": [_autre(PARAMETRE, name=nom, value=valeur) for nom, valeur in parametres.items()],
    }
    return _autre(graphique, **nouveaux)


def _autre(objet, **noms):
    """Le même objet d'Altair, ces noms changés ; son constructeur recopierait tout."""
    autre = copy(objet)
    object.__setattr__(autre, "_kwds", {**objet._kwds, **noms})
    return autre


def lignes(tableau: pd.DataFrame | list[dict]) -> list[dict]:
    """Les lignes d'un tableau en types JSON ; une valeur absente vaut `None`."""
    rangs = tableau if isinstance(tableau, list) else rangees(tableau)
    return [{nom: _json(valeur) for nom, valeur in ligne.items()} for ligne in rangs]


def _json(valeur):
    if isinstance(valeur, str):
        return typographie(valeur)
    if isinstance(valeur, list):
        return [typographie(mot) for mot in valeur]
    if hasattr(valeur, "item"):
        valeur = valeur.item()
    # NaN n'existe pas en JSON ; c'est le seul nombre différent de lui-même.
    return None if valeur != valeur else valeur
