"""Qui se sert d'un dossier préparé ? Un verrou partagé par lecteur, qui meurt avec lui.

Le verrou est celui du système d'exploitation : un processus tué ne retient rien. Windows n'en a pas
de partagé, mais un fichier ouvert y empêche déjà de renommer son dossier.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:
    fcntl = None

VERROU = ".verrou"
# Un dossier retiré change d'abord de nom : personne n'ouvre un dossier à moitié effacé.
ECARTE = ".ecarte-"

_tenus: dict[Path, IO[bytes]] = {}


def tenir(dossier: Path) -> None:
    """Empêche qu'on efface ce dossier tant que ce processus vit ; sans effet sans verrou."""
    if dossier in _tenus:
        return
    with suppress(OSError):
        _tenus[dossier] = fichier = (dossier / VERROU).open("rb")
        if fcntl:
            fcntl.flock(fichier, fcntl.LOCK_SH | fcntl.LOCK_NB)


def lacher(dossier: Path) -> None:
    """Cesse de tenir ce dossier."""
    if fichier := _tenus.pop(dossier, None):
        fichier.close()


def ecarter(dossier: Path) -> None:
    """Efface un dossier que personne, pas même ce processus, ne tient ; sinon, sans effet."""
    ecarte = dossier.with_name(f"{ECARTE}{secrets.token_hex(4)}")
    with suppress(OSError), _reserve(dossier):
        dossier.rename(ecarte)
    effacer(ecarte)


def libre(dossier: Path) -> bool:
    """Personne, pas même ce processus, ne tient-il ce dossier ?"""
    try:
        with _reserve(dossier):
            return True
    except OSError:
        return False


def effacer(chemin: Path) -> None:
    """Efface un dossier ou un fichier, autant que ses droits le permettent."""
    if chemin.is_dir() and not chemin.is_symlink():
        shutil.rmtree(chemin, ignore_errors=True)
    else:
        with suppress(OSError):
            chemin.unlink(missing_ok=True)


@contextmanager
def _reserve(dossier: Path) -> Iterator[None]:
    """Tient le dossier pour soi seul ; lève `OSError` s'il est déjà tenu."""
    if not fcntl or not (dossier / VERROU).is_file():
        yield
        return
    with (dossier / VERROU).open("rb") as fichier:
        fcntl.flock(fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
