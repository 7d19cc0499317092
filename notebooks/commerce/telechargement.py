"""Comment passer aux vraies données ? `python -m commerce.telechargement`.

Interroge l'API de data.gouv.fr, choisit les fichiers (`catalogue`), les télécharge à côté,
vérifie qu'ils sont ce qu'ils disent, puis les met en place d'un coup. Rien n'est jamais écrit à
moitié dans `data/source` ; `provenance.json` garde l'adresse, la date, la taille et la somme de
chaque fichier. Un second passage ne reprend que ce qui a changé.

Code de sortie : 0 tout est là ; 1 un fichier manque (les autres sont en place) ; 2 option, année ou
réponse de data.gouv.fr qui ne permet pas de choisir.
"""

import argparse
import re
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from commerce import ErreurDonnees, chemins, douanes, formats, territoires_industrie
from commerce.reception import archives, catalogue, provenance
from commerce.reception.catalogue import DOUANES, TERRITOIRES, Jeu, Ressource
from commerce.reception.reseau import DELAI_S, EchecReseau, Serveur

BASE_URL = "https://www.data.gouv.fr"
MEGAOCTET = 1_000_000
PARTIEL, ABANDON_S = ".partiel-", 24 * 3600
NOUVEAU, REMPLACE, INCHANGE = "téléchargé", "remplacé par une nouvelle version", "inchangé"
# En-tête reçu -> en-tête à renvoyer pour ne recevoir le fichier que s'il a changé.
SI_MODIFIE = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


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
                f"Écriture impossible dans {vers.name} ({erreur.strerror or erreur}) : vérifier la "
                "place et les droits, puis relancer ; les fichiers déjà en place sont entiers."
            ) from erreur
    return bilan


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
        etat, detail = _obtenir(serveur, ressource, vers)
    except ErreurDonnees as erreur:
        raison = str(erreur).rstrip(" .")
        bilan.echecs.append(f"{raison} ; {catalogue.a_la_main(ressource.jeu)}.")
        return dire(f"{ressource.nom} : échec.")
    bilan.etats[ressource.nom] = etat
    return dire(f"{ressource.nom} : {etat} ({detail}).")


def _obtenir(serveur: Serveur, ressource: Ressource, vers: Path) -> tuple[str, str]:
    """Met une ressource en place si elle manque ou a changé ; rend son état et un détail."""
    ancien, entree = _deja_la(ressource, vers)
    algorithme, _, attendue = ressource.somme_annoncee.partition(":")
    if ancien and attendue and provenance.somme(ancien, algorithme) == attendue:
        if ancien.name != ressource.nom or not entree:
            _mettre_en_place(ressource, ancien, ancien, vers, entree.get("entetes", {}))
        return INCHANGE, "même somme de contrôle"
    intact = ancien and entree.get("sha256") == provenance.somme(ancien)
    with tempfile.TemporaryDirectory(prefix=PARTIEL, dir=vers) as dossier:
        partiel = Path(dossier) / ressource.nom
        entetes = _recevoir(
            serveur, ressource, partiel, entree.get("entetes", {}) if intact else {}
        )
        if entetes is None:
            return INCHANGE, "d'après le serveur"
        contenu = verifier(partiel, ressource)
        taille = _taille(partiel)
        if intact and provenance.somme(partiel) == entree["sha256"]:
            etat, detail, partiel = INCHANGE, "republié à l'identique", ancien
        elif ancien:
            etat, detail = REMPLACE, f"{_taille(ancien)} -> {taille}, {contenu}"
        else:
            etat, detail = NOUVEAU, f"{taille}, {contenu}"
        _mettre_en_place(ressource, partiel, ancien, vers, entetes)
    return etat, detail


def _deja_la(ressource: Ressource, vers: Path) -> tuple[Path | None, dict]:
    """Le fichier déjà présent pour cette ressource, téléchargé ou déposé, et son entrée."""
    entrees = provenance.lire(vers)
    for nom, entree in entrees.items():
        if entree.get("identifiant") == ressource.identifiant:
            return vers / nom, entree
    depose = vers / ressource.nom
    return (depose, entrees.get(ressource.nom, {})) if depose.is_file() else (None, {})


def _recevoir(
    serveur: Serveur, ressource: Ressource, partiel: Path, connus: dict
) -> Mapping[str, str] | None:
    """Télécharge, en recommençant une fois si la somme de contrôle n'est pas la bonne."""
    algorithme, _, attendue = ressource.somme_annoncee.partition(":")
    conditions = {
        SI_MODIFIE[nom]: str(connus[nom]) for nom in SI_MODIFIE if nom in connus and not attendue
    }
    for _essai in range(2):
        entetes = serveur.recevoir(ressource.urls, partiel, conditions)
        if entetes is None:
            return None
        _refuser_page_web(partiel, entetes)
        if not attendue or provenance.somme(partiel, algorithme) == attendue:
            return entetes
    raise ErreurDonnees(
        f"{ressource.nom} reçu deux fois avec une autre somme de contrôle {algorithme} que celle "
        "annoncée par data.gouv.fr : fichier refusé"
    )


def _refuser_page_web(fichier: Path, entetes: Mapping[str, str]) -> None:
    with fichier.open("rb") as flux:
        debut = flux.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if "text/html" in entetes.get("content-type", "") or debut.startswith((b"<!doctype", b"<html")):
        raise ErreurDonnees(
            f"{fichier.name} : le serveur a renvoyé une page web au lieu du fichier (portail "
            "d'accès au réseau, ou adresse périmée)"
        )


def _mettre_en_place(
    ressource: Ressource, recu: Path, ancien: Path | None, vers: Path, entetes: Mapping[str, str]
) -> None:
    connues = provenance.lire(vers)
    maintenant = datetime.now(UTC).isoformat(timespec="seconds")
    # Un fichier gardé tel quel garde sa date ; déposé à la main, il n'en a pas.
    gardee = connues.get(ancien.name, {}).get("telecharge_le", "") if ancien else ""
    entree = {
        "jeu": ressource.jeu.identifiant,
        "titre": ressource.titre,
        "identifiant": ressource.identifiant,
        "page": ressource.jeu.page,
        "url": ressource.urls[0],
        "last_modified": ressource.publie_le or _iso(entetes.get("last-modified", "")),
        "telecharge_le": gardee if recu == ancien else maintenant,
        "taille_octets": recu.stat().st_size,
        "sha256": provenance.somme(recu),
        "somme_annoncee": ressource.somme_annoncee,
        "entetes": {nom: entetes[nom] for nom in SI_MODIFIE if nom in entetes},
    }
    autres = {
        nom: autre
        for nom, autre in connues.items()
        if autre.get("identifiant") != ressource.identifiant
    }
    recu.replace(vers / ressource.nom)
    provenance.ecrire(vers, autres | {ressource.nom: entree})
    if ancien and ancien.name != ressource.nom:
        ancien.unlink(missing_ok=True)


def verifier(fichier: Path, ressource: Ressource) -> str:
    """Le fichier est-il ce que son titre annonce ? Le dit en quelques mots, ou `ErreurDonnees`.

    Une liste de communes est lue en entier ; un fichier des douanes aussi, seul dans son dossier :
    archive saine, dix colonnes, flux et année annoncés.
    """
    if ressource.jeu is TERRITOIRES:
        liste = territoires_industrie.lire(fichier)
        return f"{liste['id_ti'].nunique()} Territoires d'industrie"
    flux, trimestres, lignes = set(), set(), 0
    for piece in archives.inventaire(fichier.parent)[0]:
        if douanes.nature(piece) != "donnees":
            piece.lire()  # jusqu'au bout : la somme de contrôle de l'archive est vérifiée
            continue
        table = douanes.lire_donnees(piece)
        lignes += table.num_rows
        flux |= set(table["flux"].unique().to_pylist())
        couples = table.select(["annee", "trimestre"]).group_by(["annee", "trimestre"])
        trimestres |= {tuple(c.values()) for c in couples.aggregate([]).to_pylist()}
    if not lignes:
        raise ErreurDonnees(f"{fichier.name} ne contient aucun fichier régional des douanes")
    annees = sorted({annee for annee, _ in trimestres})
    if flux != set(ressource.flux):
        raise ErreurDonnees(
            f"{fichier.name} contient des flux « {', '.join(sorted(flux))} » et son titre annonce "
            f"« {', '.join(ressource.flux)} »"
        )
    if not ressource.derniers_trimestres and annees != [str(ressource.annee)]:
        raise ErreurDonnees(
            f"{fichier.name} contient {', '.join(annees)} et son titre annonce {ressource.annee}"
        )
    return f"{formats.quantite(lignes, 'ligne')}, {formats.quantite(len(trimestres), 'trimestre')}"


def _iso(date_http: str) -> str:
    try:
        return parsedate_to_datetime(date_http).astimezone(UTC).isoformat()
    except ValueError:
        return ""


def _taille(fichier: Path) -> str:
    octets = fichier.stat().st_size
    if octets < MEGAOCTET:
        return f"{formats.nombre(octets / 1000)}{formats.INSECABLE}ko"
    return f"{formats.nombre(octets / MEGAOCTET, 1)}{formats.INSECABLE}Mo"


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
        bilan = telecharger(
            [int(annee) for annee in options.annee],
            options.derniers_trimestres,
            options.vers,
            options.base_url,
            float(options.delai.replace(",", ".")),
        )
    except EchecReseau as echec:
        print(echec, file=sys.stderr)
        return 1
    except ErreurDonnees as erreur:
        print(erreur, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrompu : les fichiers déjà en place sont entiers.", file=sys.stderr)
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
