"""Qu'ont dit les relecteurs ? `relecture.csv` : un avis vaut pour les octets d'une page, pas plus.

Colonnes code, sha256, avis, relecteur, date, note ; point-virgule, virgule ou tabulation ; UTF-8,
ou l'encodage d'un tableur français. Le lot lit ce fichier et n'y écrit jamais.
"""

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from . import ErreurLot

COLONNES = ("code", "sha256", "avis", "relecteur", "date", "note")
A_VOIR, VU, A_REPRENDRE = AVIS = ("à voir", "vu", "à reprendre")
EMPREINTE = re.compile(r"[0-9a-f]{64}")
REMEDE = "corriger cette ligne et relancer, rien n'a été changé"


@dataclass(frozen=True)
class Avis:
    """Un avis sur une page : `sha256` est l'empreinte des octets lus."""

    sha256: str
    avis: str
    relecteur: str = ""
    date: str = ""
    note: str = ""


def lire(chemin: Path, codes: Collection[str]) -> dict[str, Avis]:
    """L'avis donné sur chaque page, par code ; {} si le fichier n'existe pas.

    codes : ceux qui peuvent y figurer. Un tableur ôte le zéro de « 09 » : il est remis. Lève
    `ErreurLot`, en une phrase qui nomme la ligne, si le fichier n'a pas cette forme.
    """
    if not chemin.is_file():
        return {}
    lignes = list(csv.reader(io.StringIO(texte := _texte(chemin)), delimiter=_separateur(texte)))
    tete = [titre.strip().lower() for titre in lignes[0]] if lignes else []
    if absentes := [nom for nom in COLONNES[:3] if nom not in tete]:
        raise ErreurLot(
            f"{chemin.name} : il manque la colonne {', '.join(absentes)} ; la première ligne doit "
            f"être « {';'.join(COLONNES)} », séparée par des points-virgules, virgules ou "
            "tabulations."
        )
    lus: dict[str, Avis] = {}
    for rang, cellules in enumerate(lignes[1:], 2):
        if not any(cellule.strip() for cellule in cellules):
            continue
        champs = {nom: cellule.strip() for nom, cellule in zip(tete, cellules, strict=False)}
        code, avis = _avis(champs)
        if code not in codes:
            faute = f"aucune fiche n'a pour code « {champs.get('code', '')} »"
        elif code in lus:
            faute = f"la fiche {code} a déjà un avis plus haut"
        elif avis.avis not in AVIS:
            faute = f"« {avis.avis} » n'est pas un avis, écrire {', '.join(AVIS)}"
        elif not EMPREINTE.fullmatch(avis.sha256):
            faute = f"« {avis.sha256[:20]} » n'est pas une empreinte sha256 (64 signes de 0 à f)"
        else:
            lus[code] = avis
            continue
        raise ErreurLot(f"{chemin.name}, ligne {rang} : {faute} ; {REMEDE}.")
    return lus


def _avis(champs: dict[str, str]) -> tuple[str, Avis]:
    code = champs.get("code", "").upper()
    autres = {nom: champs.get(nom, "") for nom in COLONNES[3:]}
    sha256, avis = champs.get("sha256", "").lower(), champs.get("avis", "").lower() or A_VOIR
    return code.zfill(2) if code.isdecimal() else code, Avis(sha256, avis, **autres)


def _texte(chemin: Path) -> str:
    try:
        octets = chemin.read_bytes()
    except OSError as erreur:
        raise ErreurLot(f"{chemin.name} ne peut pas être lu : {erreur.strerror}.") from erreur
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("windows-1252", errors="replace")


def _separateur(texte: str) -> str:
    tete = texte.partition("\n")[0]
    return max(";,\t", key=tete.count)
