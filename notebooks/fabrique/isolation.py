"""Comment un noyau gardé d'une page à l'autre redevient-il comme neuf ?

Avec `lancement`, seul module de la fabrique exécuté dans le noyau. Ce qui est remis : l'espace de
noms, le numéro d'exécution, le dossier courant, l'environnement, les chemins d'import, les
avertissements, les options de pandas et d'Altair, et les noms des modules du dossier de travail.
Ce qui ne l'est pas : un objet d'une bibliothèque modifié sur place. C'est pourquoi `--noyau-neuf`
existe, et pourquoi les essais comparent les deux.
"""

import ctypes
import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
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
    _remises[:] = [
        _remettre_dossier(),
        _remettre_suite(sys.path),
        _remettre_environnement(),
        _remettre_suite(warnings.filters),
        *_remettre_pandas(),
        *_remettre_altair(),
        *map(_remettre_module, _modules_voisins()),
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
