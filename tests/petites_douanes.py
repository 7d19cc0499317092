"""De petits fichiers au format des douanes, écrits à la main pour les essais."""

import zipfile
from pathlib import Path

from commerce.donnees.archives import Piece
from commerce.donnees.douanes import COLONNES

DEPARTEMENTS = {"09": "12", "31": "12", "75": "03", "20": "22", "9A": "24", "98": "98", "99": "21"}


def ligne(**champs) -> str:
    """Une ligne des douanes ; les champs donnés remplacent ceux d'une ligne ordinaire."""
    modele = {
        "flux": "E",
        "trimestre": "1",
        "annee": "2024",
        "departement": "09",
        "region": "12",
        "a129": "C30C",
        "cpf4": "3030",
        "pays": "DE",
        "valeur_eur": "1000",
        "masse_kg": "10",
    }
    return ";".join(str((modele | champs)[colonne]) for colonne in COLONNES)


def lignes(flux: str, annee: int, trimestres=(1, 2, 3, 4), departements=None, valeur_eur=1000):
    """Deux produits et trois partenaires par trimestre et département, de même valeur."""
    return [
        ligne(
            flux=flux,
            annee=annee,
            trimestre=trimestre,
            departement=departement,
            region=region,
            a129=a129,
            cpf4=cpf4,
            pays=pays,
            valeur_eur=valeur_eur,
        )
        for trimestre in trimestres
        for departement, region in (departements or DEPARTEMENTS).items()
        for a129, cpf4 in (("C30C", "3030"), ("A01Z", "0111"))
        for pays in ("DE", "NA", "QU")
    ]


def ecrire(chemin: Path, contenu: list[str] | str | bytes) -> Path:
    """Écrit un texte ; une liste donne une ligne par élément, fins de ligne comprises."""
    if isinstance(contenu, list):
        contenu = "".join(f"{texte}\n" for texte in contenu)
    if isinstance(contenu, str):
        contenu = contenu.encode()
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_bytes(contenu)
    return chemin


def archive(chemin: Path, membres: dict[str, list[str] | str | bytes]) -> Path:
    """Écrit un zip de ces membres."""
    chemin.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as fichier:
        for nom, contenu in membres.items():
            texte = "".join(f"{t}\n" for t in contenu) if isinstance(contenu, list) else contenu
            fichier.writestr(nom, texte)
    return chemin


def annee_complete(dossier: Path, annee: int = 2024, **options) -> Path:
    """Une année entière : un zip par flux."""
    for flux, sens in (("E", "Export"), ("I", "Import")):
        archive(
            dossier / f"Region_{annee}_{sens}.zip",
            {f"Region_{annee}_{sens}.txt": lignes(flux, annee, **options)},
        )
    return dossier


def piece(chemin: Path) -> Piece:
    """La pièce d'un texte posé sur le disque."""
    return Piece(chemin.name, chemin)
