"""Comment rendre les fichiers des douanes rapides à lire ? Préparation en colonnes, une fois.

Le dossier préparé porte l'empreinte des sources, des tables de référence et de ce code : rien
n'a changé, rien n'est refait. Il est écrit à côté puis renommé ; un refus ne laisse aucune trace.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from commerce import ErreurDonnees, chemins
from commerce.donnees import empreintes, territoires_industrie
from commerce.donnees.archives import Piece, inventaire
from commerce.donnees.douanes import nature

DEMONSTRATION, REELLES = "demonstration", "reelles"
DOSSIERS_GARDES = 3
ABANDON_S = 6 * 3600
EN_COURS = ".en-cours-"


def preparer(source: Path | str | None = None) -> Path:
    """Où sont les données prêtes ? Dossier préparé, repris tel quel si rien n'a changé.

    Sans `source` (ou vide) : les fichiers de `data/source` s'il y en a, sinon la démonstration.
    Lève `ErreurDonnees`, sans rien écrire, si un fichier ne peut être lu sans risque d'erreur.
    """
    source, jeu, pieces, remarques = choisir(source)
    ti = territoires_industrie.fichier_officiel(source) or (
        territoires_industrie.fichier_officiel(chemins.SOURCE)
    )
    pieces = [piece for piece in pieces if piece.fichier != ti]
    autres = [ti] if ti and not ti.is_relative_to(source) else []
    sources, memoire = empreintes.sources(source, autres)
    meta = {"jeu": jeu, "version": empreintes.version(), "sources": sources}
    identite = json.dumps(meta | {"remarques": remarques}, sort_keys=True)
    meta["empreinte"] = hashlib.sha256(identite.encode()).hexdigest()
    dossier = chemins.PREPARE / f"{jeu}-{meta['empreinte'][:12]}"
    if not (dossier / "meta.json").is_file():
        # Longue à importer, et le plus souvent tout est déjà prêt.
        from commerce.donnees.construction import construire

        liste_ti = (
            territoires_industrie.lire(ti) if ti else territoires_industrie.territoires(source)
        )
        with _a_cote_puis_renomme(dossier) as provisoire:
            liste_ti.to_parquet(provisoire / "territoires_industrie.parquet", index=False)
            construire(provisoire, pieces, meta, remarques)
    empreintes.memoriser(memoire)
    _garder_les_derniers(dossier)
    return dossier


def choisir(source: Path | str | None = None) -> tuple[Path, str, list[Piece], list[str]]:
    """Quels fichiers lire ? Dossier, `demonstration` ou `reelles`, pièces, fichiers ignorés.

    Le jeu de démonstration se reconnaît à son dossier et à la mention de ses archives : rien de
    fictif ne passe pour réel, et le mélange est refusé.
    """
    deposes = []
    if not source:
        pieces, intrus = _inventaire(chemins.SOURCE)
        if any(nature(piece) == "donnees" for piece in pieces):
            return chemins.SOURCE, _jeu(chemins.SOURCE, pieces), pieces, intrus
        source = chemins.DEMONSTRATION
        deposes = [piece.nom for piece in pieces] + intrus
    source = Path(source)
    if not source.is_dir():
        raise ErreurDonnees(
            f"Le dossier source « {source} » n'existe pas ; y déposer les fichiers des douanes."
        )
    pieces, remarques = _inventaire(source)
    if deposes:
        remarques.insert(
            0, f"{chemins.SOURCE.name} : aucun fichier d'échanges ; le jeu de démonstration est lu."
        )
    return source, _jeu(source, pieces), pieces, remarques


def _jeu(source: Path, pieces: list[Piece]) -> str:
    if source.resolve() == chemins.DEMONSTRATION.resolve():
        return DEMONSTRATION
    donnees = [piece for piece in pieces if nature(piece) == "donnees"]
    fictives = [piece for piece in donnees if piece.fictive]
    if fictives and len(fictives) < len(donnees):
        raise ErreurDonnees(
            f"{fictives[0].depot} est fictif (jeu de démonstration) et voisine avec des données "
            f"réelles dans {source.name} ; l'en retirer."
        )
    return DEMONSTRATION if fictives else REELLES


def _inventaire(source: Path) -> tuple[list[Piece], list[str]]:
    return inventaire(source) if source.is_dir() else ([], [])


@contextlib.contextmanager
def _a_cote_puis_renomme(dossier: Path):
    """Donne un dossier où écrire, renommé à la fin ; effacé si l'écriture échoue.

    Deux préparations simultanées écrivent chacune de leur côté : la première renommée l'emporte,
    et l'autre lui est identique.
    """
    chemins.PREPARE.mkdir(parents=True, exist_ok=True)
    provisoire = Path(tempfile.mkdtemp(prefix=EN_COURS, dir=chemins.PREPARE))
    try:
        yield provisoire
        provisoire.chmod(0o755)
        try:
            provisoire.rename(dossier)
        except OSError:
            if not (dossier / "meta.json").is_file():
                raise
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)


def _garder_les_derniers(dossier: Path) -> None:
    """Efface les dossiers préparés les plus anciens et les écritures abandonnées."""
    with contextlib.suppress(OSError):
        os.utime(dossier)
    prepares = [meta.parent for meta in chemins.PREPARE.glob("[!.]*-*/meta.json")]
    prepares.sort(key=_modifie_s, reverse=True)
    abandonnes = [
        chemin
        for chemin in chemins.PREPARE.glob(f"{EN_COURS}*")
        if time.time() - _modifie_s(chemin) > ABANDON_S
    ]
    for ancien in prepares[DOSSIERS_GARDES:] + abandonnes:
        shutil.rmtree(ancien, ignore_errors=True)


def _modifie_s(chemin: Path) -> float:
    """Date de modification, en secondes ; maintenant, si une autre préparation vient de l'ôter."""
    try:
        return chemin.stat().st_mtime
    except FileNotFoundError:
        return time.time()
