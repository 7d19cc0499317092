"""Comment parler à un terminal, un fichier ou un tube qui ne sait pas tout écrire ?

Une phrase en français ne doit jamais devenir une trace Python parce que le terminal est en ASCII
ou en cp1252, ni parce que le lecteur du tube (`| head`) est parti : le travail continue.
"""

import codecs
import errno
import io
import os
import re
import sys
import unicodedata

ECRITURES = str.maketrans(
    {"«": '"', "»": '"', "’": "'", "−": "-", "–": "-", "·": "-", "œ": "oe", "Œ": "OE", "€": "EUR"}
)
# Tout sauf tabulation, fin de ligne et retour : un nom de fichier peut porter des commandes.
CONTROLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Windows dit EINVAL d'un tube fermé.
TUBE_FERME = {errno.EPIPE, *([errno.EINVAL] if os.name == "nt" else [])}


class _Tolerant(io.TextIOWrapper):
    """Flux de texte sans caractère caché, et qui se tait quand personne ne lit plus."""

    invisibles: re.Pattern

    def write(self, texte: str) -> int:
        try:
            return super().write(CONTROLES.sub("", self.invisibles.sub("", texte)))
        except OSError as erreur:
            self._se_taire(erreur)
            return len(texte)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as erreur:
            self._se_taire(erreur)

    def _se_taire(self, erreur: OSError) -> None:
        if erreur.errno not in TUBE_FERME:
            raise erreur
        nulle_part = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nulle_part, self.fileno())
        os.close(nulle_part)


def preparer(invisibles: re.Pattern) -> None:
    """Rend les deux flux de ce processus capables de toute phrase ; sans effet s'ils manquent.

    invisibles : caractères que rien n'affiche, retirés avec ceux de commande.
    """
    codecs.register_error("sans-accent", _sans_accent)
    for nom in ("stdout", "stderr"):
        flux = getattr(sys, nom)
        if isinstance(flux, io.TextIOWrapper):
            # Lus avant de détacher. Une erreur s'écrit à chaque ligne : gardée, elle partirait avec
            # le prochain processus lancé, dont l'erreur standard est un autre fichier.
            reglages = {
                "encoding": flux.encoding,
                "line_buffering": flux.line_buffering or nom == "stderr",
            }
            tolerant = _Tolerant(flux.detach(), errors="sans-accent", **reglages)
            tolerant.invisibles = invisibles
            setattr(sys, nom, tolerant)


def _sans_accent(erreur: UnicodeError) -> tuple[str, int]:
    """Ce que ce codage ne sait pas écrire : la lettre sans son accent, sinon « ? »."""
    if not isinstance(erreur, UnicodeEncodeError):
        raise erreur
    manque = erreur.object[erreur.start : erreur.end].translate(ECRITURES)
    simple = unicodedata.normalize("NFKD", manque).encode("ascii", "ignore").decode()
    return simple or "?", erreur.end
