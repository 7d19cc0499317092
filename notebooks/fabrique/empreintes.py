"""De quoi une page dépend-elle ? Une empreinte par sorte de cause, une clé par page."""

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .lot import Lot, Page

IGNORES = {"__pycache__", ".ipynb_checkpoints"}


def sha256(octets: bytes) -> str:
    """Empreinte sha256, en hexadécimal."""
    return hashlib.sha256(octets).hexdigest()


def sha256_fichier(chemin: Path) -> str:
    """Empreinte d'un fichier, ou "" s'il n'existe pas."""
    return sha256(chemin.read_bytes()) if chemin.is_file() else ""


def temoins_changes(temoins: dict[Path, str]) -> str:
    """Noms de ceux de ces fichiers dont le sha256 n'est plus celui qui est donné, ou ""."""
    return ", ".join(f.name for f, somme in temoins.items() if sha256_fichier(f) != somme)


def sha256_arbres(racines: tuple[Path, ...]) -> str:
    """Empreinte de ces fichiers et de tous ceux de ces dossiers : noms relatifs et contenus."""
    condense = hashlib.sha256()
    for racine in racines:
        for chemin in sorted([racine, *racine.rglob("*")]):
            if chemin.is_file() and not IGNORES & set(chemin.parts):
                nom = chemin.relative_to(racine.parent).as_posix()
                condense.update(f"{nom}\0{sha256_fichier(chemin)}\n".encode())
    return condense.hexdigest()


def versions(bibliotheques: tuple[str, ...]) -> dict[str, str]:
    """Version de Python et de chaque bibliothèque, "absente" si elle n'est pas installée."""
    trouvees = {"python": platform.python_version()}
    for nom in bibliotheques:
        try:
            trouvees[nom] = version(nom)
        except PackageNotFoundError:
            trouvees[nom] = "absente"
    return trouvees


def causes_communes(lot: Lot) -> dict[str, str]:
    """Empreintes des causes partagées par toutes les pages du lot, par nom de cause."""
    arbres = {nom: sha256_arbres(racines) for nom, racines in lot.dependances.items()}
    bibliotheques = json.dumps(versions(lot.bibliotheques), sort_keys=True)
    calculees = {**lot.empreintes, "données": lot.donnees}
    return {**arbres, **calculees, "bibliothèques": sha256(bibliotheques.encode())}


def causes(page: Page, carnet: str, communes: dict[str, str]) -> dict[str, str]:
    """Tout ce dont dépend une page, par nom de cause ; `carnet` est l'empreinte de son carnet.

    Douze caractères par cause suffisent pour comparer deux passages dans un journal.
    """
    parametres = json.dumps(page.parametres, sort_keys=True, ensure_ascii=False)
    voulu = sha256(f"{parametres}{page.pdf or ''}".encode())
    siennes = {nom: sha256_arbres(racines) for nom, racines in page.dependances.items()}
    entieres = {"carnet": carnet, "paramètres": voulu, **communes, **siennes}
    return {nom: empreinte[:12] for nom, empreinte in entieres.items()}
