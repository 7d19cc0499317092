"""Un dossier préparé est-il tel qu'il a été écrit ? Une somme de contrôle par fichier.

Les sommes sont dans `sommes.txt`, au format de `sha256sum -c`. Les dessins gardés portent la leur à
la fin de leur fichier (`sceller_dessin`) : ils s'ajoutent un à un, par plusieurs processus.
Mesuré : 5 ms pour le jeu livré, 27 ms par année de taille réelle (38 Mo).
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from fabrique import ecriture

SOMMES = "sommes.txt"
DESSINS = "figures"
SCEAU = "\n<!-- sha256 "
FIN_DU_SCEAU = " -->\n"


def sceller(dossier: Path) -> None:
    """Écrit les sommes d'un dossier achevé, et attend que tout soit sur le disque."""
    fichiers = sorted(f for f in dossier.iterdir() if f.is_file() and not f.name.startswith("."))
    texte = "".join(f"{_somme(fichier)}  {fichier.name}\n" for fichier in fichiers)
    for fichier in fichiers:
        ecriture.attendre_le_disque(fichier)
    ecriture.ecrire(dossier / SOMMES, texte)


def sommes(dossier: Path) -> dict[Path, str]:
    """Quelle somme (sha256) chaque fichier préparé doit-il avoir ? Vide si on ne le sait plus."""
    try:
        lignes = (dossier / SOMMES).read_bytes().decode("ascii").splitlines()
        return {dossier / nom: somme for somme, nom in (ligne.split("  ") for ligne in lignes)}
    except (OSError, ValueError):
        return {}


def defauts(dossier: Path) -> list[str]:
    """Quels fichiers préparés manquent ou ont changé ? Noms ; vide si tout est intact."""
    attendues = sommes(dossier)
    if dossier / "meta.json" not in attendues:
        return [SOMMES]
    return [f.name for f, somme in sorted(attendues.items()) if _somme(f) != somme]


def _somme(fichier: Path) -> str:
    try:
        with fichier.open("rb") as flux:
            return hashlib.file_digest(flux, "sha256").hexdigest()
    except OSError:
        return ""


def mettre_en_place(neuf: Path, dossier: Path) -> None:
    """Donne à un dossier achevé son nom définitif, ou répare avec lui celui qui le porte déjà.

    La réparation remplace les fichiers un à un : les mêmes sources donnent les mêmes octets, et qui
    lit le dossier pendant ce temps n'y trouve que des fichiers entiers.
    """
    try:
        neuf.rename(dossier)
    except OSError:
        noms = sorted({fichier.name for fichier in neuf.iterdir()} - {SOMMES})
        for nom in [*noms, SOMMES]:
            if _somme(neuf / nom) != _somme(dossier / nom) or not (dossier / nom).is_file():
                (neuf / nom).replace(dossier / nom)
    ecriture.attendre_le_disque(dossier)
    ecriture.attendre_le_disque(dossier.parent)


def sceller_dessin(svg: str) -> str:
    """Le dessin suivi de sa somme, dans un commentaire : le fichier reste un SVG."""
    return f"{svg}{SCEAU}{_somme_du_texte(svg)}{FIN_DU_SCEAU}"


def lire_dessin(chemin: Path) -> str:
    """Le dessin gardé à ce chemin ; vide s'il n'y est pas, ou plus tel qu'il a été écrit."""
    try:
        texte = chemin.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ""
    svg, separateur, somme = texte.rpartition(SCEAU)
    intact = separateur and somme == _somme_du_texte(svg) + FIN_DU_SCEAU
    return svg if intact else ""


def employer_dessin(chemin: Path) -> str:
    """Le dessin de `lire_dessin`, noté comme employé : `balayer_dessins` le gardera."""
    if svg := lire_dessin(chemin):
        with suppress(OSError):
            os.utime(chemin)
    return svg


def retirer_dessins_abimes(dossier: Path) -> int:
    """Retire les dessins gardés qui ne sont plus tels qu'écrits ; rend leur nombre."""
    abimes = [c for c in (dossier / DESSINS).glob("*.svg") if not lire_dessin(c)]
    for chemin in abimes:
        chemin.unlink(missing_ok=True)
    return len(abimes)


def retirer_dessins(dossier: Path) -> None:
    """Retire tous les dessins gardés : chacun sera refait à la prochaine figure."""
    for chemin in (dossier / DESSINS).glob("*.svg"):
        chemin.unlink(missing_ok=True)


def balayer_dessins(dossier: Path, depuis_s: float) -> None:
    """Retire les dessins que rien n'a demandés depuis cet instant (`time.time`)."""
    for chemin in (dossier / DESSINS).glob("*.svg"):
        with suppress(OSError):
            if chemin.stat().st_mtime < depuis_s:
                chemin.unlink()


def _somme_du_texte(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()
