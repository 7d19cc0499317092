"""Que dit le système d'exploitation quand il refuse ? En français, et sans trace."""

import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path

REFUS = {
    errno.EACCES: "accès refusé",
    errno.EPERM: "opération interdite",
    errno.ENOENT: "fichier ou dossier absent",
    errno.EEXIST: "déjà là",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EISDIR: "c'est un dossier",
    errno.ENOTEMPTY: "le dossier n'est pas vide",
    errno.ENOSPC: "disque plein",
    errno.EDQUOT: "quota de disque atteint",
    errno.EROFS: "disque en lecture seule",
    errno.EFBIG: "fichier trop grand pour ce disque",
    errno.ENAMETOOLONG: "nom trop long",
    errno.ELOOP: "liens symboliques en boucle",
    errno.EMFILE: "trop de fichiers ouverts par ce processus",
    errno.ENFILE: "trop de fichiers ouverts sur la machine",
    errno.ENOMEM: "mémoire insuffisante",
    errno.EAGAIN: "ressource momentanément épuisée",
    errno.EIO: "erreur de lecture ou d'écriture du disque",
    errno.EBUSY: "déjà employé par un autre programme",
    errno.EPIPE: "le lecteur est parti",
    errno.ESTALE: "le partage réseau ne répond plus",
    errno.ETIMEDOUT: "délai dépassé",
}
MOTIF_MAX = 500


def refus(erreur: OSError) -> str:
    """Le motif d'une erreur du système, et le fichier en cause s'il est connu."""
    motif = REFUS.get(erreur.errno) or erreur.strerror or str(erreur) or type(erreur).__name__
    return f"{motif} ({erreur.filename})" if erreur.filename else motif


def phrase_imprevue(erreur: Exception, dossiers: tuple[Path, ...]) -> str:
    """La phrase d'une erreur que rien n'avait prévue, et où sont écrits ses détails.

    Ils vont dans le premier de ces dossiers qui existe et les accepte, sinon dans le dossier
    temporaire ; nulle part, ils suivent la phrase.
    """
    trace = "".join(traceback.format_exception(erreur))
    motif = refus(erreur) if isinstance(erreur, OSError) else f"{type(erreur).__name__} : {erreur}"
    court = " ".join(motif.split())[:MOTIF_MAX]
    phrase = f"Erreur imprévue, rien de ce qui était publié n'a été abîmé : {court}"
    for dossier in (*dossiers, None):
        try:
            detail = _ecrire(trace, dossier)
        except OSError:
            continue
        return f"{phrase} ; détails dans {detail}, à joindre à un signalement."
    return f"{phrase} ; détails :\n{trace}"


def _ecrire(trace: str, dossier: Path | None) -> Path:
    if dossier is None:
        descripteur, nom = tempfile.mkstemp(prefix="fiches-erreur-", suffix=".txt")
        with os.fdopen(descripteur, "w", encoding="utf-8", errors="replace") as fichier:
            fichier.write(f"{sys.version}\n{trace}")
        return Path(nom)
    chemin = dossier / "erreur.txt"
    chemin.write_text(f"{sys.version}\n{trace}", encoding="utf-8", errors="replace")
    return chemin
