"""De quels fichiers viennent les données, et ont-ils changé ? Empreintes et provenance."""

import contextlib
import hashlib
import json
import os
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from commerce import chemins
from commerce.donnees import provenance
from commerce.donnees.archives import EXTENSIONS_LUES, fichiers

# Changer un module de ce dossier, l'un de ceux qu'il emploie ou l'une de ces tables périme les
# données préparées.
ICI = Path(__file__).parent
MODULES = (*sorted(ICI.glob("*.py")), ICI.parent / "references.py", ICI.parent / "formats.py")
TABLES = (
    *("departements", "regions", "hors_departements", "pays", "produits_a129", "produits_cpf4"),
    "territoires_industrie",
)
EXTENSIONS = (".zip", *EXTENSIONS_LUES)
# Nom dans `meta.json` de ce que dit `provenance.json`.
PROVENANCE = {"titre": "titre", "url": "url", "publie": "last_modified"}
MEMOIRE = "empreintes.json"


@cache
def version() -> str:
    """Quelle est la version du code de préparation et des tables de référence ?"""
    somme = hashlib.sha256()
    for module in MODULES:
        somme.update(module.read_bytes())
    for nom in TABLES:
        somme.update((chemins.REFERENCE / f"{nom}.csv").read_bytes())
    return somme.hexdigest()[:12]


def sources(source: Path, autres: list[Path]) -> tuple[list[dict], dict[str, str]]:
    """Quels fichiers comptent ? `nom`, `taille_octets`, `sha256` et, s'ils sont connus par
    `provenance.json`, `titre`, `url` et `publie` (date de publication).

    Rend aussi la mémoire des sha256 par chemin, taille et date, à donner à `memoriser` : un fichier
    inchangé n'est pas relu. `autres` : fichiers hors du dossier dont les données dépendent aussi.
    """
    connues = {}
    with contextlib.suppress(OSError, ValueError):
        connues = json.loads((chemins.PREPARE / MEMOIRE).read_text(encoding="utf-8"))
    entrees = provenance.lire(source)
    trouvees, memoire = [], {}
    for fichier in [f for f in fichiers(source) if f.suffix.lower() in EXTENSIONS] + autres:
        etat = fichier.stat()
        cle = f"{fichier.resolve()}|{etat.st_size}|{etat.st_mtime_ns}"
        memoire[cle] = connues.get(cle) or provenance.somme(fichier)
        dedans = fichier.is_relative_to(source)
        nom = fichier.relative_to(source).as_posix() if dedans else fichier.name
        somme = {"nom": nom, "taille_octets": etat.st_size, "sha256": memoire[cle]}
        trouvees.append(somme | _provenance(entrees.get(nom, {}), memoire[cle]))
    return trouvees, {} if memoire.items() <= connues.items() else connues | memoire


def memoriser(memoire: dict[str, str]) -> None:
    """Garde les sha256 pour la prochaine fois ; à n'appeler qu'après une préparation réussie."""
    if memoire:
        # Un nom à soi, même entre deux fils d'un processus.
        descripteur, provisoire = tempfile.mkstemp(prefix=f".{MEMOIRE}-", dir=chemins.PREPARE)
        with os.fdopen(descripteur, "w", encoding="utf-8") as fichier:
            json.dump(memoire, fichier, indent=0)
        Path(provisoire).replace(chemins.PREPARE / MEMOIRE)


def _provenance(entree: dict, sha256: str) -> dict[str, str]:
    # Un fichier remplacé à la main sous le même nom n'hérite d'aucune date.
    if entree.get("sha256") != sha256:
        return {}
    connue = {nom: str(entree[cle]) for nom, cle in PROVENANCE.items() if entree.get(cle)}
    return connue | {"publie": _instant(connue.get("publie", ""))}


def _instant(texte: str) -> str:
    """Date ISO ramenée au temps universel, pour que deux dates se comparent ; vide si illisible."""
    try:
        instant = datetime.fromisoformat(texte)
    except ValueError:
        return ""
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
