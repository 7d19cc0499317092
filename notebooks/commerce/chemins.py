"""Où sont les fichiers du projet ? Seul module qui construit des chemins."""

import hashlib
import os
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
NOTEBOOKS = RACINE / "notebooks"
DONNEES = RACINE / "data"
REFERENCE = DONNEES / "reference"
DEMONSTRATION = DONNEES / "demonstration"
SOURCE = DONNEES / "source"
PREPARE = DONNEES / "prepare"
SORTIE = RACINE / "outputs"


def cache_utilisateur() -> Path:
    """Où garder les données préparées quand le dossier du projet ne peut pas être écrit ?

    Dans le cache de l'utilisateur, un dossier par copie du projet.
    """
    if sys.platform == "darwin":
        usuel, variable = Path("~/Library/Caches"), ""
    elif os.name == "nt":
        usuel, variable = Path("~/AppData/Local"), os.environ.get("LOCALAPPDATA", "")
    else:
        usuel, variable = Path("~/.cache"), os.environ.get("XDG_CACHE_HOME", "")
    base = Path(variable) if variable else Path(os.path.expanduser(usuel))  # noqa: PTH111
    copie = hashlib.sha256(str(RACINE).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return base / "fiches-commerce-exterieur" / copie
