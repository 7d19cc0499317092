"""Comment passer aux vraies données ? `python -m commerce.telechargement`.

Interroge l'API de data.gouv.fr, choisit les fichiers (`catalogue`), les télécharge à côté,
vérifie qu'ils sont ce qu'ils disent, puis les met en place d'un coup. Rien n'est jamais écrit à
moitié dans `data/source` ; `provenance.json` garde l'adresse, la date, la taille et la somme de
chaque fichier. Un second passage ne reprend que ce qui a changé.

Code de sortie : 0 tout est là ; 1 un fichier manque (les autres sont en place) ; 2 option, année ou
réponse de data.gouv.fr qui ne permet pas de choisir ; 3, avec `--nouveautes`, il y a du nouveau.
"""

import argparse
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from commerce import ErreurDonnees, chemins
from commerce.telechargement import catalogue
from commerce.telechargement.catalogue import DOUANES, TERRITOIRES, Jeu, Ressource
from commerce.telechargement.obtention import (
    INCHANGE,
    NOUVEAU,
    PARTIEL,
    REMPLACE,
    etat,
    obtenir,
    taille_ecrite,
)
from commerce.telechargement.reseau import DELAI_S, EchecReseau, Serveur
from fabrique import systeme

BASE_URL = "https://www.data.gouv.fr"
ABANDON_S = 24 * 3600
DU_NOUVEAU = 3

DESCRIPTION = """\
    Télécharge de data.gouv.fr les fichiers régionaux des douanes et la liste des communes des
    Territoires d'industrie. Sans option : les trois dernières années complètes. Ce qui est déjà
    là et inchangé n'est pas repris."""
SANS_RESEAU = f"""\
    Sans réseau, déposer dans data/source, il n'y a rien d'autre à faire :
      les zips de {DOUANES.page}
      le fichier liste-ti-com2023-*.csv de {TERRITOIRES.page}"""


@dataclass
class Bilan:
    """Ce qu'un passage a fait : état de chaque fichier en place, phrase de chaque échec."""

    etats: dict[str, str] = field(default_factory=dict)
    echecs: list[str] = field(default_factory=list)


def telecharger(
    annees: Iterable[int] = (),
    derniers_trimestres: bool = False,
    vers: Path | None = None,
    base_url: str = BASE_URL,
    delai_s: float = DELAI_S,
    dire: Callable[[str], None] = print,
) -> Bilan:
    """Met dans `vers` les fichiers des douanes et la liste des Territoires d'industrie.

    Sans `annees` : les trois dernières années complètes. Un choix impossible (année absente,
    plusieurs fichiers possibles, API d'une autre forme) lève `ErreurDonnees` avant tout
    téléchargement ; un fichier qui échoue est dit dans `Bilan.echecs` et n'arrête pas les autres.
    """
    vers = Path(vers or chemins.SOURCE)
    bilan = Bilan()
    with Serveur(base_url, delai_s) as serveur:
        publiees = _publiees(serveur, DOUANES)
        choisies = catalogue.choisir_douanes(publiees, list(annees), derniers_trimestres)
        try:
            choisies.append(catalogue.choisir_territoires(_publiees(serveur, TERRITOIRES)))
        except ErreurDonnees as erreur:
            bilan.echecs.append(str(erreur))
        try:
            vers.mkdir(parents=True, exist_ok=True)
            _effacer_les_abandons(vers)
            for ressource in choisies:
                _tenter(serveur, ressource, vers, bilan, dire)
        except OSError as erreur:
            raise EchecReseau(
                f"Écriture impossible dans {vers.name} : {systeme.refus(erreur)} ; vérifier la "
                "place et les droits, puis relancer ; les fichiers déjà en place sont entiers."
            ) from erreur
    return bilan


def nouveautes(
    annees: Iterable[int] = (),
    derniers_trimestres: bool = False,
    vers: Path | None = None,
    base_url: str = BASE_URL,
    delai_s: float = DELAI_S,
) -> list[str]:
    """Qu'a-t-on publié que `vers` n'a pas, ou plus tel quel ? Une phrase par fichier.

    Les mêmes fichiers que `telecharger` avec les mêmes options ; rien n'est téléchargé ni écrit.
    """
    vers, dites = Path(vers or chemins.SOURCE), []
    with Serveur(base_url, delai_s) as serveur:
        publiees = _publiees(serveur, DOUANES)
        choisies = catalogue.choisir_douanes(publiees, list(annees), derniers_trimestres)
        choisies.append(catalogue.choisir_territoires(_publiees(serveur, TERRITOIRES)))
    for ressource in choisies:
        if (trouve := etat(ressource, vers)) == INCHANGE:
            continue
        quoi = "nouveau" if trouve == NOUVEAU else "publié de nouveau"
        date = ressource.publie_le[:10] or "date inconnue"
        taille = taille_ecrite(ressource.taille_octets) if ressource.taille_octets else ""
        quelles = f"toutes les fiches de {ressource.annee}"
        if not ressource.annee:
            quelles = "toutes les fiches"
        details = ", ".join(filter(None, [quoi, date, taille]))
        dites.append(f"{ressource.nom} : {details} ; concerne {quelles}.")
    return dites


def _publiees(serveur: Serveur, jeu: Jeu) -> list[Ressource]:
    try:
        reponse = serveur.json(f"/api/1/datasets/{jeu.identifiant}/")
    except EchecReseau as echec:
        raise EchecReseau(f"{echec} ; {catalogue.a_la_main(jeu)}.") from echec
    return catalogue.ressources(jeu, reponse)


def _effacer_les_abandons(vers: Path) -> None:
    """Ce qu'un arrêt brutal a laissé ; un autre téléchargement peut être en cours à côté."""
    for dossier in vers.glob(f"{PARTIEL}*"):
        if time.time() - dossier.stat().st_mtime > ABANDON_S:
            shutil.rmtree(dossier, ignore_errors=True)


def _tenter(
    serveur: Serveur, ressource: Ressource, vers: Path, bilan: Bilan, dire: Callable[[str], None]
) -> None:
    try:
        etat, detail = obtenir(serveur, ressource, vers)
    except ErreurDonnees as erreur:
        raison = str(erreur).rstrip(" .")
        bilan.echecs.append(f"{raison} ; {catalogue.a_la_main(ressource.jeu)}.")
        return dire(f"{ressource.nom} : échec.")
    bilan.etats[ressource.nom] = etat
    return dire(f"{ressource.nom} : {etat} ({detail}).")


class _Options(argparse.ArgumentParser):
    def error(self, message):
        raise ErreurDonnees(f"Option inconnue ou valeur manquante ({message}) : voir --help.")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    options = _Options(
        prog="python -m commerce.telechargement",
        description=textwrap.dedent(DESCRIPTION),
        epilog=textwrap.dedent(SANS_RESEAU),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    ajouter = options.add_argument_group("options").add_argument
    ajouter("-h", "--help", action="help", help="affiche cette aide")
    ajouter(
        "--annee",
        nargs="+",
        action="extend",
        default=[],
        metavar="ANNEE",
        help="années voulues, par exemple --annee 2023 2024",
    )
    ajouter(
        "--derniers-trimestres",
        action="store_true",
        help="ajoute la publication des cinq derniers trimestres (données provisoires)",
    )
    ajouter(
        "--nouveautes",
        action="store_true",
        help="dit ce qui a été publié depuis, sans rien télécharger : 0 rien, 3 du nouveau",
    )
    ajouter(
        "--vers",
        type=Path,
        default=chemins.SOURCE,
        metavar="DOSSIER",
        help="dossier où mettre les fichiers (data/source si rien n'est dit)",
    )
    ajouter(
        "--base-url",
        default=BASE_URL,
        metavar="URL",
        help=f"autre serveur parlant l'API de data.gouv.fr : miroir, intranet ({BASE_URL})",
    )
    ajouter(
        "--delai",
        default=str(DELAI_S),
        metavar="SECONDES",
        help=f"attente maximale d'une réponse du serveur ({DELAI_S} s)",
    )
    lues = options.parse_args(arguments)
    for annee in lues.annee:
        if not re.fullmatch(r"(19|20)\d\d", annee):
            raise ErreurDonnees(f"« {annee} » n'est pas une année : écrire --annee 2024.")
    if not re.fullmatch(r"\d{1,4}([.,]\d+)?", lues.delai) or not float(
        lues.delai.replace(",", ".")
    ):
        raise ErreurDonnees(f"« {lues.delai} » n'est pas une durée : écrire --delai 60.")
    if not re.match(r"https?://[^/\s]", lues.base_url):
        raise ErreurDonnees(f"« {lues.base_url} » n'est pas une adresse : écrire https://serveur.")
    return lues


def main(arguments: list[str] | None = None) -> int:
    """Ligne de commande : rend le code de sortie, n'affiche jamais de trace Python."""
    try:
        options = _options(arguments)
        demande = (
            [int(annee) for annee in options.annee],
            options.derniers_trimestres,
            options.vers,
            options.base_url,
            float(options.delai.replace(",", ".")),
        )
        if options.nouveautes:
            dites = nouveautes(*demande)
            print(
                "\n".join(dites) or f"Rien de nouveau depuis les fichiers de {options.vers.name}."
            )
            return DU_NOUVEAU if dites else 0
        bilan = telecharger(*demande)
    except EchecReseau as echec:
        print(echec, file=sys.stderr)
        return 1
    except ErreurDonnees as erreur:
        print(erreur, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrompu : les fichiers déjà en place sont entiers.", file=sys.stderr)
        return 1
    except Exception as erreur:
        print(systeme.phrase_imprevue(erreur, ()), file=sys.stderr)
        return 1
    for echec in bilan.echecs:
        print(echec, file=sys.stderr)
    comptes = {
        etat: list(bilan.etats.values()).count(etat) for etat in (NOUVEAU, REMPLACE, INCHANGE)
    }
    detail = ", ".join(f"{etat} : {compte}" for etat, compte in comptes.items())
    print(f"Fichiers dans {options.vers.name} - {detail}, échec : {len(bilan.echecs)}.")
    return 1 if bilan.echecs else 0


if __name__ == "__main__":
    sys.exit(main())
