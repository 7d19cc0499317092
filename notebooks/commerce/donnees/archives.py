"""Que contient un dossier de fichiers des douanes ? Inventaire méfiant, sans rien extraire.

Une archive est tenue pour hostile : tout est vérifié sur son sommaire, puis ses membres sont lus
en mémoire, jamais écrits sur le disque. Les fichiers sans rapport sont laissés de côté, avec une
phrase. Limites : un fichier de 1 Gio, une archive de 4 Gio et 2 000 membres une fois ouverte, un
taux de compression de 200 (les fichiers des douanes sont autour de 10).
"""

import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from commerce import ErreurDonnees

MEBIOCTET = 2**20
TAILLE_FICHIER_MAX = 1024 * MEBIOCTET
TAILLE_ARCHIVE_MAX = 4096 * MEBIOCTET
MEMBRES_MAX = 2000
TAUX_MAX = 200
# En dessous, un fichier très répétitif reste sans danger : le taux n'y prouve rien.
TAUX_VERIFIE_AU_DELA = 10 * MEBIOCTET

EXTENSIONS_LUES = (".txt", ".csv")
EXTENSIONS_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".zst")
# Lus par d'autres modules, ou posés par le dépôt : ni données des douanes, ni intrus à signaler.
AUTRES_FICHIERS = re.compile(r"(?i)provenance\.json|liste[-_]ti.*\.csv|(readme|lisez-?moi).*")
# Écrite dans le commentaire des zips par `demonstration`.
MENTION_FICTIVE = "Données de démonstration"
REMEDE = "le télécharger de nouveau depuis data.gouv.fr"


@dataclass(frozen=True)
class Piece:
    """Un fichier texte à lire : posé dans le dossier, ou membre d'une archive.

    `depot` est le fichier du disque, vu du dossier source ; `membre` est vide hors d'une archive.
    `fictive` : l'archive porte la mention du jeu de démonstration.
    """

    depot: str
    fichier: Path
    membre: str = ""
    fictive: bool = False

    @property
    def nom(self) -> str:
        """Le chemin dit à l'utilisateur, archive comprise."""
        return f"{self.depot}/{self.membre}" if self.membre else self.depot

    def lire(self, octets: int = -1) -> bytes:
        """Quel est le contenu (ou seulement son début) ? Une pièce illisible est refusée."""
        try:
            if not self.membre:
                with self.fichier.open("rb") as flux:
                    return flux.read(octets)
            with zipfile.ZipFile(self.fichier) as archive, archive.open(self.membre) as flux:
                return flux.read(octets)
        except PermissionError as erreur:
            raise interdit(self.depot) from erreur
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as erreur:
            raise ErreurDonnees(
                f"{self.nom} : fichier illisible, tronqué ou abîmé ; {REMEDE}."
            ) from erreur


def interdit(nom: str) -> ErreurDonnees:
    """Le refus d'un fichier ou d'un dossier que l'utilisateur n'a pas le droit de lire."""
    return ErreurDonnees(f"{nom} : lecture interdite par ses droits ; les changer, ou l'ôter.")


def fichiers(source: Path) -> list[Path]:
    """Quels fichiers du dossier peuvent compter, à toute profondeur ? Dans l'ordre des noms.

    Les fichiers cachés et ceux que d'autres modules lisent n'y sont pas. Un sous-dossier illisible
    lève `ErreurDonnees` : ce qu'il contient manquerait sans un mot.
    """
    return [chemin for chemin in _chemins(source) if chemin.is_file()]


def _chemins(source: Path) -> list[Path]:
    def refuser(erreur: OSError) -> None:
        if isinstance(erreur, FileNotFoundError | NotADirectoryError):
            return
        raise interdit(lisible(Path(erreur.filename).name)) from erreur

    trouves = []
    for racine, dossiers, noms in os.walk(source, onerror=refuser):
        dossiers[:] = [nom for nom in dossiers if not _cache((nom,))]
        # Un lien vers un dossier n'est pas suivi : il est dit avec les fichiers laissés de côté.
        liens = [nom for nom in dossiers if (Path(racine) / nom).is_symlink()]
        trouves += [Path(racine) / nom for nom in (*noms, *liens) if not _cache((nom,))]
    return sorted(trouves)


def inventaire(source: Path) -> tuple[list[Piece], list[dict]]:
    """Quels textes lire dans ce dossier, archives comprises ? Et que laisser de côté ?

    Donne les pièces et les remarques (voir `remarques`) sur les fichiers ignorés. Une archive
    dangereuse ou abîmée lève `ErreurDonnees`, en une phrase.
    """
    pieces, ignores = [], []
    for chemin in _chemins(source):
        nom = lisible(chemin.relative_to(source).as_posix())
        if not chemin.is_file():
            quoi = "lien_de_dossier" if chemin.is_dir() else "lien_rompu"
            ignores.append({"cle": quoi, "nom": nom})
            continue
        extension = chemin.suffix.lower()
        if AUTRES_FICHIERS.fullmatch(chemin.name):
            continue
        if extension == ".zip":
            membres, intrus = _membres(chemin, nom)
            pieces += membres
            if intrus:
                cle = "intrus" if intrus > 1 else "un_intrus"
                ignores.append({"cle": cle, "nom": nom, "nombre": intrus})
        elif extension in EXTENSIONS_LUES:
            _verifier_taille(nom, chemin.stat().st_size)
            pieces.append(Piece(nom, chemin))
        elif extension in EXTENSIONS_ARCHIVES:
            ignores.append({"cle": "archive", "nom": nom})
        else:
            ignores.append({"cle": "fichier", "nom": nom})
    return pieces, ignores


def _cache(parties: tuple[str, ...]) -> bool:
    return any(p.startswith((".", "~$")) or p == "__MACOSX" for p in parties)


def _verifier_taille(nom: str, taille_octets: int) -> None:
    if taille_octets > TAILLE_FICHIER_MAX:
        raise ErreurDonnees(
            f"{nom} : {taille_octets // MEBIOCTET} Mio, un fichier des douanes n'en dépasse pas "
            f"{TAILLE_FICHIER_MAX // MEBIOCTET} ; le retirer du dossier."
        )


def _membres(chemin: Path, nom: str) -> tuple[list[Piece], int]:
    try:
        with zipfile.ZipFile(chemin) as archive:
            infos, commentaire = archive.infolist(), archive.comment.decode("utf-8", "replace")
    except PermissionError as erreur:
        raise interdit(nom) from erreur
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as erreur:
        raise ErreurDonnees(f"{nom} : archive tronquée ou abîmée ; {REMEDE}.") from erreur
    _verifier_ensemble(infos, nom, chemin.stat().st_size)
    pieces, intrus = [], 0
    for info in infos:
        membre = info.orig_filename.replace("\\", "/")
        _verifier_membre(info, membre, nom)
        chemin_interne = PurePosixPath(membre)
        if info.is_dir() or _cache(chemin_interne.parts):
            continue
        if AUTRES_FICHIERS.fullmatch(chemin_interne.name):
            continue
        extension = chemin_interne.suffix.lower()
        if extension in EXTENSIONS_ARCHIVES:
            raise ErreurDonnees(
                f"{nom} : contient une autre archive ({_lisible(membre)}) ; l'en sortir et la "
                "déposer à côté."
            )
        if extension in EXTENSIONS_LUES:
            fictive = commentaire.startswith(MENTION_FICTIVE)
            pieces.append(Piece(nom, chemin, info.filename, fictive))
        else:
            intrus += 1
    return pieces, intrus


def _verifier_ensemble(infos: list[zipfile.ZipInfo], nom: str, taille_octets: int) -> None:
    if len(infos) > MEMBRES_MAX:
        raise ErreurDonnees(f"{nom} : {len(infos)} membres, ce n'est pas un fichier des douanes.")
    total = sum(info.file_size for info in infos)
    if total > TAILLE_ARCHIVE_MAX:
        raise ErreurDonnees(
            f"{nom} : {total // MEBIOCTET} Mio une fois ouverte, bombe de décompression possible ; "
            "retirer cette archive."
        )
    # Des membres qui se recouvrent font une bombe sans que le taux d'aucun ne le montre.
    if sum(info.compress_size for info in infos) > taille_octets:
        raise ErreurDonnees(
            f"{nom} : ses membres se recouvrent, bombe de décompression possible ; retirer cette "
            "archive."
        )
    vus = set()
    for info in infos:
        cle = info.orig_filename.replace("\\", "/").casefold()
        if cle in vus:
            raise ErreurDonnees(
                f"{nom} : deux membres portent le nom {_lisible(info.orig_filename)}, lequel "
                f"croire ? {REMEDE.capitalize()}."
            )
        vus.add(cle)


def _verifier_membre(info: zipfile.ZipInfo, membre: str, nom: str) -> None:
    faute = ""
    if membre.startswith("/") or re.match(r"[A-Za-z]:", membre):
        faute = "nom absolu"
    elif ".." in membre.split("/"):
        faute = "chemin qui sort de l'archive"
    elif not membre.isprintable():
        faute = "nom avec des caractères invisibles"
    elif stat.S_ISLNK(info.external_attr >> 16):
        faute = "lien vers un autre fichier"
    elif info.flag_bits & 0x1:
        faute = "membre protégé par un mot de passe"
    elif info.file_size > TAUX_VERIFIE_AU_DELA and info.file_size > TAUX_MAX * info.compress_size:
        faute = "taux de compression anormal, bombe de décompression possible"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        faute = "compression inconnue, recompresser en zip ordinaire"
    if faute:
        raise ErreurDonnees(f"{nom} : {faute} ({_lisible(membre)}) ; archive refusée, {REMEDE}.")
    _verifier_taille(f"{nom}/{_lisible(membre)}", info.file_size)


def lisible(texte: str, signes: int = 250) -> str:
    """Un nom de fichier tel qu'on peut l'écrire : UTF-8, sans caractère de commande, borné."""
    texte = os.fsencode(texte).decode("utf-8", "replace") if _a_demi(texte) else texte
    return "".join(c if c.isprintable() else "�" for c in texte)[:signes]


def _a_demi(texte: str) -> bool:
    # Python garde les octets d'un nom qui n'est pas en UTF-8 sous cette forme.
    return any("\udc80" <= c <= "\udcff" for c in texte)


def _lisible(texte: str) -> str:
    return lisible(texte, 80)
