"""Quels chiffres ont été publiés, et lesquels ont bougé depuis le passage précédent ?"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

COLONNES = ("code", "annee", "indicateur", "flux", "valeur")
Cle = tuple[str, str, str, str]


def table(fiches: Iterable[dict]) -> str:
    """`indicateurs.csv` de ces fiches (entrées du journal) : une ligne par chiffre, triées."""
    lignes = sorted(
        (
            fiche["code"],
            str(fiche["fiche"]["annee"]),
            chiffre["indicateur"],
            chiffre["flux"],
            "" if chiffre["valeur"] is None else str(chiffre["valeur"]),
        )
        for fiche in fiches
        if fiche["statut"] != "echec"
        for chiffre in fiche["fiche"].get("indicateurs", [])
    )
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, lineterminator="\n")
    ecrivain.writerow(COLONNES)
    ecrivain.writerows(lignes)
    return tampon.getvalue()


def lire(chemin: Path) -> dict[Cle, str] | None:
    """Valeurs d'un `indicateurs.csv`, par code, année, indicateur et flux.

    {} s'il est absent ; None s'il n'est plus tel qu'un passage l'écrit : « texte Unicode » ou
    points-virgules d'un tableur, colonnes changées.
    """
    try:
        texte = chemin.read_text(encoding="utf-8-sig")
        return _valeurs(texte) if texte.startswith(",".join(COLONNES)) else None
    except OSError:
        return {}
    except (UnicodeError, csv.Error):
        return None


def changements(avant: dict[Cle, str], texte_apres: str, echecs: Iterable[str]) -> dict:
    """Pages ajoutées, retirées, en échec, et chiffres qui ont bougé entre deux tables."""
    apres = _valeurs(texte_apres)
    codes_avant, codes_apres = {cle[0] for cle in avant}, {cle[0] for cle in apres}
    return {
        "ajoutees": sorted(codes_apres - codes_avant),
        "retirees": sorted(codes_avant - codes_apres),
        "echecs": sorted(echecs),
        "chiffres": list(_chiffres_bouges(avant, apres)),
    }


def _chiffres_bouges(avant: dict[Cle, str], apres: dict[Cle, str]) -> Iterator[dict]:
    for cle in sorted(avant.keys() & apres.keys()):
        if avant[cle] != apres[cle]:
            yield {
                **dict(zip(COLONNES, cle, strict=False)),
                "avant": avant[cle],
                "apres": apres[cle],
            }


def _valeurs(texte: str) -> dict[Cle, str]:
    lignes = csv.reader(io.StringIO(texte))
    next(lignes, None)
    return {tuple(ligne[:4]): ligne[4] for ligne in lignes if len(ligne) == len(COLONNES)}
