"""De quels fichiers viennent les données, et ont-ils changé ? Empreintes et provenance."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from commerce import references, tables
from commerce.donnees import provenance
from commerce.donnees.archives import EXTENSIONS_LUES, fichiers, interdit, lisible
from fabrique import ecriture

# Changer un module de ce dossier, ou l'un de ceux qu'il emploie, périme les données préparées ; pas
# ceux qui les lisent et en font des phrases.
ICI = Path(__file__).parent
SANS_EFFET = frozenset(
    {"a_part.py", "completude.py", "controles.py", "fiche.py", "prepare.py", "rapprochement.py"}
    | {"remarques.py", "reperes.py", "verrous.py"}
)
MODULES = (
    *(module for module in sorted(ICI.glob("*.py")) if module.name not in SANS_EFFET),
    *sorted((ICI.parent / "demonstration").glob("*.py")),
    *(ICI.parent / nom for nom in ("references.py", "tables.py", "formats.py")),
)
# De chaque table, ce dont dépendent les sommes : ni nom, ni libellé, ni grammaire.
TABLES = {
    "departements": ["code", "code_douanes", "region"],
    "regions": ["code", "code_douanes"],
    "hors_departements": ["code_douanes", "region"],
    "pays": ["code", "classable"],
    "produits_a129": ["code"],
    "produits_cpf4": ["code"],
    "territoires_industrie": list(tables.FORMES["territoires_industrie"].colonnes),
    "demonstration_produits": ["a129", "prix_eur_kg"],
}
EXTENSIONS = (".zip", *EXTENSIONS_LUES)
# Nom dans `meta.json` de ce que dit `provenance.json`.
PROVENANCE = {"titre": "titre", "url": "url", "publie": "last_modified"}
MEMOIRE = "empreintes.json"


def version() -> str:
    """Quelle est la version de ce dont dépendent les sommes : code et tables de référence ?"""
    somme = hashlib.sha256()
    for module in MODULES:
        somme.update(module.read_bytes())
    for nom, colonnes in TABLES.items():
        somme.update(references.table(nom)[colonnes].to_csv().encode())
    return somme.hexdigest()[:12]


def sources(
    source: Path, autres: list[Path], memoires: Iterable[Path] = ()
) -> tuple[list[dict], dict[str, str]]:
    """Quels fichiers comptent ? `nom`, `taille_octets`, `sha256` et, s'ils sont connus par
    `provenance.json`, `titre`, `url` et `publie` (date de publication).

    Rend aussi les sha256 par chemin, numéro (inode), taille et dates, à donner à `memoriser` : un
    fichier inchangé n'est pas relu. `memoires` : dossiers où ils ont pu être gardés ; vide, tout
    est relu. `autres` : fichiers hors du dossier dont les données dépendent aussi.
    """
    connues = {}
    for dossier in memoires:
        connues |= _memoire(dossier)
    entrees = provenance.lire(source)
    trouvees, memoire = [], {}
    for fichier in [f for f in fichiers(source) if f.suffix.lower() in EXTENSIONS] + autres:
        dedans = fichier.is_relative_to(source)
        nom = lisible(fichier.relative_to(source).as_posix() if dedans else fichier.name)
        etat = fichier.stat()
        # La date de dernier changement (ctime) ne se remet pas à la main ; un système de fichiers
        # qui n'en a pas donne au moins un autre numéro à un fichier remplacé.
        dates = f"{etat.st_mtime_ns}|{etat.st_ctime_ns}"
        cle = f"{fichier.resolve()}|{etat.st_ino}|{etat.st_size}|{dates}"
        try:
            memoire[cle] = connues.get(cle) or provenance.somme(fichier)
        except OSError as erreur:
            raise interdit(nom) from erreur
        somme = {"nom": nom, "taille_octets": etat.st_size, "sha256": memoire[cle]}
        trouvees.append(somme | _provenance(entrees.get(nom, {}), memoire[cle]))
    return trouvees, memoire


def memoriser(memoire: dict[str, str], dossier: Path) -> None:
    """Garde les sha256 pour la prochaine fois ; à n'appeler qu'après une préparation réussie."""
    connues = _memoire(dossier)
    if not memoire.items() <= connues.items():
        texte = json.dumps(connues | memoire, indent=0)
        ecriture.ecrire(dossier / MEMOIRE, f"{_somme(texte)}\n{texte}")


def _memoire(dossier: Path) -> dict[str, str]:
    """Les sha256 gardés sous une somme de contrôle ; abîmés ou d'une autre forme, oubliés."""
    try:
        somme, _, texte = (dossier / MEMOIRE).read_text(encoding="utf-8").partition("\n")
        return json.loads(texte) if somme == _somme(texte) else {}
    except (OSError, ValueError):
        return {}


def _somme(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()


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
