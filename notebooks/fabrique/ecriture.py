"""Comment remplacer un fichier sans qu'on le voie jamais à moitié écrit ? À côté, puis renommé.

Seul module qui écrive un fichier destiné à durer : données, page ou journal. Les droits sont ceux
que la machine donne d'ordinaire (0666 moins l'umask) : un dossier d'équipe reste lisible par
l'équipe.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

SUFFIXE_PARTIEL = ".partiel"


def ecrire(chemin: Path, contenu: str | bytes, sur_le_disque: bool = True) -> None:
    """Remplace un fichier d'un coup : il est absent, ancien ou entier. Lève `OSError`.

    `sur_le_disque` attend que le contenu y soit avant de renommer, pour survivre à une coupure de
    courant ; s'en passer ne convient qu'à ce qu'une somme de contrôle vérifie à la lecture.
    """
    octets = contenu.encode() if isinstance(contenu, str) else contenu
    partiel = chemin.with_name(f".{chemin.name}.{secrets.token_hex(4)}{SUFFIXE_PARTIEL}")
    try:
        with partiel.open("xb") as fichier:
            fichier.write(octets)
            if sur_le_disque:
                _attendre(fichier.fileno())
        partiel.replace(chemin)
    except BaseException:
        partiel.unlink(missing_ok=True)
        raise
    if sur_le_disque:
        attendre_le_disque(chemin.parent)


def mettre_en_place(partiel: Path, chemin: Path) -> None:
    """Donne à un fichier déjà entier son nom définitif, une fois qu'il est sur le disque."""
    attendre_le_disque(partiel)
    partiel.replace(chemin)
    attendre_le_disque(chemin.parent)


def attendre_le_disque(chemin: Path) -> None:
    """Attend que ce fichier, ou les noms de ce dossier, soient sur le disque, là où cela se peut.

    Windows ne sait pas attendre un dossier, ni certains partages un fichier.
    """
    with suppress(OSError):
        descripteur = os.open(chemin, os.O_RDONLY)
        try:
            _attendre(descripteur)
        finally:
            os.close(descripteur)


def _attendre(descripteur: int) -> None:
    with suppress(OSError):
        os.fsync(descripteur)
