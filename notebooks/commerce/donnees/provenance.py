"""D'où vient chaque fichier de `data/source` ? Lecture et écriture de `provenance.json`.

Le fichier est écrit par `commerce.telechargement` : nom du fichier -> `jeu`, `titre`,
`identifiant` (ressource de data.gouv.fr), `page`, `url`, `last_modified` (modification dite
par data.gouv.fr ou par le serveur, ISO 8601, parfois vide), `telecharge_le` (UTC), `taille_octets`,
`sha256`, `somme_annoncee` (« sha1:… », parfois vide), `entetes` (pour ne redemander au serveur que
ce qui a changé). Un fichier déposé à la main n'y figure que si un téléchargement l'a reconnu à sa
somme de contrôle : `telecharge_le` est alors vide.
"""

import hashlib
import json
from pathlib import Path

from fabrique import ecriture

NOM = "provenance.json"


def lire(source: Path) -> dict[str, dict]:
    """Que sait-on des fichiers présents ? Nom -> entrée ; vide si rien n'est lisible.

    Une entrée dont le fichier a disparu, ou qui sort du dossier, est oubliée.
    """
    try:
        contenu = json.loads((Path(source) / NOM).read_text(encoding="utf-8"))
        entrees = contenu["fichiers"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {
        nom: entree
        for nom, entree in entrees
        if isinstance(entree, dict)
        and isinstance(entree.get("entetes", {}), dict)
        and Path(nom).name == nom
        and (Path(source) / nom).is_file()
    }


def ecrire(source: Path, entrees: dict[str, dict]) -> None:
    """Remplace `provenance.json` d'un coup : jamais de fichier à moitié écrit."""
    texte = json.dumps({"fichiers": dict(sorted(entrees.items()))}, ensure_ascii=False, indent=2)
    ecriture.ecrire(Path(source) / NOM, texte + "\n")


def somme(fichier: Path, algorithme: str = "sha256") -> str:
    """Somme de contrôle d'un fichier, en hexadécimal minuscule."""
    with Path(fichier).open("rb") as flux:
        return hashlib.file_digest(flux, algorithme).hexdigest()
