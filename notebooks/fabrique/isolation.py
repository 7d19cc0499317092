"""Comment un noyau gardé d'une page à l'autre redevient-il comme neuf ?

Avec `lancement`, seul module de la fabrique exécuté dans le noyau. Ce qui est remis : l'espace de
noms, le numéro d'exécution, le dossier courant, l'environnement, les chemins d'import, les
avertissements, le contexte de `decimal`, la langue (`locale`), les options de pandas et d'Altair ;
dans les modules du dossier de travail, les noms, le contenu des dictionnaires, listes et ensembles,
et ceux que gardent leurs fonctions à mémoire. Ce qui ne l'est pas : un autre objet modifié sur
place, comme un tableau gardé. C'est pourquoi le lot refait une fiche dans un noyau neuf à la fin,
et pourquoi `--noyau-neuf` existe.
"""

import ctypes
import decimal
import functools
import gc
import locale
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
MODIFIABLES = (dict, list, set)
SANS_DETAIL = (str, float, int, bool, bytes)
CHAMPS_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_remises: list[Callable[[], None]] = []


def alleger(*superflus: str) -> None:
    """Écarte, avant qu'une bibliothèque ne les charge, des dépendances facultatives sans emploi.

    `rfc3987_syntax` coûte 0,7 s par processus à jsonschema (donc à Altair et à nbformat) pour un
    seul format, `iri`, dont ni l'un ni l'autre ne se sert.
    """
    for nom in ("rfc3987_syntax", *superflus):
        sys.modules.setdefault(nom, None)


def attacher() -> None:
    """Lie la vie de ce noyau à celle de l'ouvrier : l'un mort, même tué, l'autre meurt.

    Le guet d'ipykernel fait de même partout, mais une fois par seconde, et seulement si le
    noyau rend la main ; Linux sait le faire sans condition.
    """
    alleger()
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
        os._exit(1)


def prechauffer(imports: str) -> None:
    """Exécute d'avance les imports d'un carnet, chacun sur sa ligne."""
    for ligne in imports.splitlines():
        try:
            exec(ligne, {})
        except Exception:  # la page qui en a besoin dira elle-même ce qui manque
            continue


def retenir() -> None:
    """Retient l'état auquel le noyau reviendra avant chaque page."""
    voisins = _modules_voisins()
    _remises[:] = [
        _remettre_dossier(),
        _remettre_suite(sys.path),
        _remettre_environnement(),
        _remettre_suite(warnings.filters),
        *_remettre_pandas(),
        *_remettre_altair(),
        *map(_remettre_decimal, (decimal.getcontext(), decimal.DefaultContext)),
        _remettre_langue(),
        *map(_remettre_module, voisins),
        *map(_remettre_contenant, _contenants(map(vars, voisins))),
        lambda: _oublier_les_modifiables(voisins),
    ]
    # Ces objets ne bougeront plus : les sortir du ramasse-miettes divise par vingt le coût
    # d'une remise à neuf.
    gc.collect()
    gc.freeze()


def remettre_a_neuf() -> None:
    """Rend au noyau l'état de son préchauffage, numéro d'exécution compris."""
    from IPython import get_ipython

    get_ipython().reset(new_session=True)
    for remettre in _remises:
        remettre()
    # Ce qui reste ne sert plus qu'à être relu : le ramasse-miettes n'a plus à le parcourir.
    gc.freeze()


def _modules_voisins() -> list:
    """Modules importés depuis le dossier de travail : ceux que les carnets peuvent retoucher."""
    ici = str(Path.cwd())
    return [
        module
        for module in list(sys.modules.values())
        if (getattr(module, "__file__", None) or "").startswith(ici + os.sep)
        and module.__name__ != __name__
    ]


def _remettre_dossier() -> Callable[[], None]:
    depart = Path.cwd()
    return lambda: os.chdir(depart)


def _remettre_suite(suite: list) -> Callable[[], None]:
    depart = list(suite)

    def remettre() -> None:
        suite[:] = depart

    return remettre


def _remettre_environnement() -> Callable[[], None]:
    depart = dict(os.environ)

    def remettre() -> None:
        for nom in set(os.environ) - set(depart):
            del os.environ[nom]
        os.environ.update(depart)

    return remettre


def _remettre_module(module) -> Callable[[], None]:
    """Rend leurs valeurs aux noms de départ ; ceux venus depuis sont des modules chargés tard."""
    depart = dict(vars(module))
    return lambda: vars(module).update(depart)


def _contenants(racines: Iterable[dict]) -> Iterator[dict | list | set]:
    """Dictionnaires, listes et ensembles rangés sous ces noms, et dans ceux-là, chacun une fois."""
    # Les noms que Python donne à tout module n'en sont pas : `__builtins__` est celui de tous.
    siens = ((nom, valeur) for noms in racines for nom, valeur in noms.items())
    # Ni ceux d'un autre : un module peut nommer la table des modules, ou l'environnement.
    vus = {id(sys.modules), id(sys.path), id(warnings.filters)}
    attente = [valeur for nom, valeur in siens if not nom.startswith("__")]
    while attente:
        valeur = attente.pop()
        if isinstance(valeur, MODIFIABLES) and id(valeur) not in vus:
            vus.add(id(valeur))
            yield valeur
            attente += valeur.values() if isinstance(valeur, dict) else valeur


def _remettre_contenant(contenant: dict | list | set) -> Callable[[], None]:
    depart = contenant.copy()

    def remettre() -> None:
        if isinstance(contenant, list):
            contenant[:] = depart
        else:
            contenant.clear()
            contenant.update(depart)

    return remettre


def _oublier_les_modifiables(modules: list) -> None:
    """Vide les fonctions à mémoire qui gardent un dictionnaire, une liste ou un ensemble.

    Une cellule a pu le modifier sur place ; le reste de ce qu'elles gardent fait gagner trop de
    temps pour être refait à chaque page.
    """
    for module in modules:
        for fonction in list(vars(module).values()):
            if isinstance(fonction, functools._lru_cache_wrapper) and _garde_un_modifiable(
                fonction
            ):
                fonction.cache_clear()


def _garde_un_modifiable(fonction) -> bool:
    """Une valeur gardée peut-elle être changée sur place ? Seul le ramasse-miettes les montre.

    Une mémoire sans borne n'y paraît que par son dictionnaire ; bornée, par ses valeurs aussi. Les
    relire coûte 20 ms pour dix mille : celles d'une fonction qui annonce un texte ou un nombre sont
    crues sur parole.
    """
    if fonction.__annotations__.get("return") in SANS_DETAIL:
        return False
    vus = [
        vu
        for vu in gc.get_referents(fonction)
        if isinstance(vu, MODIFIABLES) and vu is not vars(fonction)
    ]
    return len(vus) > 1 or any(isinstance(valeur, MODIFIABLES) for valeur in vus[0].values())


def _remettre_decimal(contexte: decimal.Context) -> Callable[[], None]:
    champs = {nom: getattr(contexte, nom) for nom in CHAMPS_DECIMAL}
    drapeaux, pieges = dict(contexte.flags), dict(contexte.traps)

    def remettre() -> None:
        for nom, valeur in champs.items():
            setattr(contexte, nom, valeur)
        contexte.flags.update(drapeaux)
        contexte.traps.update(pieges)

    return remettre


def _remettre_langue() -> Callable[[], None]:
    depart = locale.setlocale(locale.LC_ALL)
    return lambda: locale.setlocale(locale.LC_ALL, depart)


def _remettre_pandas() -> list[Callable[[], None]]:
    pandas = sys.modules.get("pandas")
    if not pandas:
        return []
    depart = dict(_options(pandas.options.d))

    def remettre() -> None:
        actuelles = dict(_options(pandas.options.d))
        for nom, valeur in depart.items():
            if actuelles[nom] != valeur:
                pandas.set_option(nom, valeur)

    return [remettre]


def _options(table: dict, debut: str = "") -> Iterator[tuple[str, object]]:
    """Options de pandas, rangées en arbre, avec leur nom complet."""
    for nom, valeur in table.items():
        if isinstance(valeur, dict):
            yield from _options(valeur, f"{debut}{nom}.")
        else:
            yield f"{debut}{nom}", valeur


def _remettre_altair() -> list[Callable[[], None]]:
    altair = sys.modules.get("altair")
    if not altair:
        return []
    registres = (altair.theme, altair.data_transformers, altair.renderers)
    regroupement = altair.data_transformers.consolidate_datasets
    return [
        *(_remettre_registre(registre) for registre in registres),
        lambda: setattr(altair.data_transformers, "consolidate_datasets", regroupement),
    ]


def _remettre_registre(registre) -> Callable[[], None]:
    nom, options = registre.active, dict(registre.options)

    def remettre() -> None:
        if (registre.active, registre.options) != (nom, options):
            registre.enable(nom, **options)

    return remettre
