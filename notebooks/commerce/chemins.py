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
COMMENTAIRES = DONNEES / "commentaires"
SOURCE = DONNEES / "source"
PREPARE = DONNEES / "prepare"
SORTIE = RACINE / "outputs"


def cache_utilisateur() -> Path | None:
    """Où garder les données préparées quand le dossier du projet ne peut pas être écrit ?

    Dans le cache de l'utilisateur, un dossier par copie du projet ; None s'il n'a pas de dossier.
    """
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")  # noqa: PTH111
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    # Sans dossier personnel (un conteneur sous un autre compte), « ~ » reste tel quel.
    if not os.path.isabs(base):  # noqa: PTH117
        return None
    copie = hashlib.sha256(os.fsencode(RACINE)).hexdigest()[:8]
    return Path(base) / "fiches-commerce-exterieur" / copie
