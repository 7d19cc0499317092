"""Quels fichiers une page porte-t-elle, et où sont-ils rangés ? Sans Jupyter : le parent s'en sert.

Un lien marqué `data-fichier` porte un fichier : le lot le dépose dans `donnees/` et la page, plus
légère, y renvoie. Son nom et son contenu sont pris au plus strict : rien d'autre ne peut s'écrire
par ce chemin.
"""

import base64
import re
from html import escape

from .sortie import Sortie

MARQUE_DE_FICHIER = "<a data-fichier "
NOM = r"[a-z0-9-]+\.(?:xlsx|zip)"
FICHIER = re.compile(
    MARQUE_DE_FICHIER + rf'download="({NOM})" href="data:[^",]*;base64,'
    r'((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"'
)
DOSSIER_JOINT = "../donnees/"
JOINT = re.compile(
    MARQUE_DE_FICHIER + rf'download="({NOM})" href="[^"]*{re.escape(DOSSIER_JOINT)}\1"'
)


def detacher(html: str, base: str = "") -> tuple[str, dict[str, bytes]]:
    """La page qui renvoie à ses fichiers au lieu de les porter, et ces fichiers par nom.

    base : l'adresse où les pages sont publiées ; vide, le renvoi est relatif.
    """
    joints = {nom: base64.b64decode(contenu) for nom, contenu in FICHIER.findall(html)}
    dossier = escape(base) + DOSSIER_JOINT
    return FICHIER.sub(
        lambda lien: f'{MARQUE_DE_FICHIER}download="{lien[1]}" href="{dossier}{lien[1]}"', html
    ), joints


def refuses(html: str) -> list[str]:
    """Ce qui interdit de publier les fichiers d'une page déjà détachée, une phrase par défaut."""
    noms = JOINT.findall(html)
    mal_formes = html.count(MARQUE_DE_FICHIER) - len(noms)
    return [
        *(["fichier joint refusé : nom ou contenu mal formé"] if mal_formes else []),
        *(f"fichier joint répété : {nom}" for nom in sorted(set(noms)) if noms.count(nom) > 1),
    ]


def en_place(slug: str, sortie: Sortie) -> set[str]:
    """Fichiers joints à la page encore en place : un autre millésime n'a pas leur nom."""
    ancienne = sortie.page(slug)
    if not ancienne.is_file():
        return set()
    return set(JOINT.findall(ancienne.read_text(encoding="utf-8", errors="replace")))


def retirer(slug: str, sortie: Sortie, filles: str = "") -> None:
    """Retire une page, sa preuve, ses fichiers, et les pages dont le nom commence par `filles`.

    Une page ancienne à la place d'une page qui échoue serait lue comme à jour.
    """
    for nom in en_place(slug, sortie):
        sortie.fichier(nom).unlink(missing_ok=True)
    for nom in (slug, *sortie.filles(filles)):
        sortie.page(nom).unlink(missing_ok=True)
    sortie.carnet(slug).unlink(missing_ok=True)
