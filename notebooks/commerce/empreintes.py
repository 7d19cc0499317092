"""De quels fichiers viennent les données, et ont-ils changé ? Empreintes et provenance."""

import contextlib
import hashlib
import json
from functools import cache
from pathlib import Path

from . import chemins
from .archives import EXTENSIONS_LUES, fichiers

# Changer l'un de ces modules ou l'une de ces tables périme les données préparées.
MODULES = (
    *("archives", "colonnes", "controles", "donnees", "douanes", "empreintes", "faits"),
    *("millesimes", "preparation", "territoires_industrie"),
)
TABLES = (
    *("departements", "regions", "hors_departements", "pays", "produits_a129", "produits_cpf4"),
    "territoires_industrie",
)
PROVENANCE = "provenance.json"
MEMOIRE = "empreintes.json"


@cache
def version() -> str:
    """Quelle est la version du code de préparation et des tables de référence ?"""
    somme = hashlib.sha256()
    for nom in MODULES:
        somme.update(Path(__file__).with_name(f"{nom}.py").read_bytes())
    for nom in TABLES:
        somme.update((chemins.REFERENCE / f"{nom}.csv").read_bytes())
    return somme.hexdigest()[:12]


def sources(source: Path, autres: list[Path]) -> tuple[list[dict], dict[str, str]]:
    """Quels fichiers comptent ? `nom`, `taille_octets`, `sha256` ; `url`, `publie` s'ils sont sus.

    Rend aussi la mémoire des sha256 par chemin, taille et date, à donner à `memoriser` : un fichier
    inchangé n'est pas relu. `autres` : fichiers hors du dossier dont les données dépendent aussi.
    """
    connues = {}
    with contextlib.suppress(OSError, ValueError):
        connues = json.loads((chemins.PREPARE / MEMOIRE).read_text(encoding="utf-8"))
    provenance = _provenance(source)
    trouvees, memoire = [], {}
    for fichier in [f for f in fichiers(source) if f.suffix.lower() in EXTENSIONS_SUIVIES] + autres:
        etat = fichier.stat()
        cle = f"{fichier.resolve()}|{etat.st_size}|{etat.st_mtime_ns}"
        memoire[cle] = connues.get(cle) or sha256(fichier)
        dedans = fichier.is_relative_to(source)
        trouvees.append(
            {
                "nom": fichier.relative_to(source).as_posix() if dedans else fichier.name,
                "taille_octets": etat.st_size,
                "sha256": memoire[cle],
            }
            | provenance.get(memoire[cle], {})
        )
    return trouvees, {} if memoire.items() <= connues.items() else connues | memoire


EXTENSIONS_SUIVIES = (".zip", *EXTENSIONS_LUES)


def sha256(fichier: Path) -> str:
    """Empreinte du contenu d'un fichier."""
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


def memoriser(memoire: dict[str, str]) -> None:
    """Garde les sha256 pour la prochaine fois ; à n'appeler qu'après une préparation réussie."""
    if memoire:
        provisoire = chemins.PREPARE / f".{MEMOIRE}"
        provisoire.write_text(json.dumps(memoire, indent=0), encoding="utf-8")
        provisoire.replace(chemins.PREPARE / MEMOIRE)


def _provenance(source: Path) -> dict[str, dict]:
    """Adresse et date de publication de chaque sha256, d'après `provenance.json` s'il est là.

    Le sha256 fait le lien, pas le nom : un fichier remplacé à la main n'hérite d'aucune date.
    """
    try:
        contenu = json.loads((source / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        entree["sha256"]: {
            nom: entree[cle]
            for nom, cle in {"url": "url", "publie": "last_modified"}.items()
            if isinstance(entree.get(cle), str)
        }
        for entree in _entrees(contenu)
    }


def _entrees(contenu: object) -> list[dict]:
    if isinstance(contenu, dict):
        siennes = [contenu] if isinstance(contenu.get("sha256"), str) else []
        return siennes + [e for valeur in contenu.values() for e in _entrees(valeur)]
    if isinstance(contenu, list):
        return [e for valeur in contenu for e in _entrees(valeur)]
    return []
