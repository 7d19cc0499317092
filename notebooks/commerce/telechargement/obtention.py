"""Comment obtenir un fichier publié, entier et vérifié, ou garder celui qu'on a ?

Il est reçu à côté, contrôlé, puis renommé ; `provenance.json` dit d'où et de quand il vient.
"""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from commerce import ErreurDonnees, formats
from commerce.donnees import archives, douanes, provenance, territoires_industrie
from commerce.telechargement.catalogue import TERRITOIRES, Ressource
from commerce.telechargement.reseau import Serveur
from fabrique import ecriture

MEGAOCTET = 1_000_000
PARTIEL = ".partiel-"
NOUVEAU, REMPLACE, INCHANGE = "téléchargé", "remplacé par une nouvelle version", "inchangé"
# En-tête reçu -> en-tête à renvoyer pour ne recevoir le fichier que s'il a changé.
SI_MODIFIE = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


def obtenir(serveur: Serveur, ressource: Ressource, vers: Path) -> tuple[str, str]:
    """Met une ressource en place si elle manque ou a changé ; rend son état et un détail.

    Lève `ErreurDonnees` si elle ne peut être reçue entière ou n'est pas ce qu'elle annonce ; ce qui
    était en place le reste.
    """
    ancien, entree = _deja_la(ressource, vers)
    algorithme, _, attendue = ressource.somme_annoncee.partition(":")
    if ancien and attendue and provenance.somme(ancien, algorithme) == attendue:
        if ancien.name != ressource.nom or not entree:
            url = str(entree.get("url") or ressource.urls[0])
            _mettre_en_place(ressource, ancien, ancien, vers, (entree.get("entetes", {}), url))
        return INCHANGE, "même somme de contrôle"
    intact = ancien and entree.get("sha256") == provenance.somme(ancien)
    with tempfile.TemporaryDirectory(prefix=PARTIEL, dir=vers) as dossier:
        partiel = Path(dossier) / ressource.nom
        recu = _recevoir(serveur, ressource, partiel, entree.get("entetes", {}) if intact else {})
        if recu is None:
            return INCHANGE, "d'après le serveur"
        contenu = verifier(partiel, ressource)
        taille = _taille(partiel)
        if intact and provenance.somme(partiel) == entree["sha256"]:
            etat, detail, partiel = INCHANGE, "republié à l'identique", ancien
        elif ancien:
            etat, detail = REMPLACE, f"{_taille(ancien)} -> {taille}, {contenu}"
        else:
            etat, detail = NOUVEAU, f"{taille}, {contenu}"
        _mettre_en_place(ressource, partiel, ancien, vers, recu)
    return etat, detail


def etat(ressource: Ressource, vers: Path) -> str:
    """Ce qui est publié est-il là ? `INCHANGE`, `REMPLACE` s'il a changé depuis, ou `NOUVEAU`.

    Par la somme annoncée ; à défaut par la date de publication, puis par la taille.
    """
    ancien, entree = _deja_la(ressource, vers)
    if ancien is None:
        return NOUVEAU
    algorithme, _, attendue = ressource.somme_annoncee.partition(":")
    if attendue:
        memes = provenance.somme(ancien, algorithme) == attendue
    elif entree.get("last_modified") and ressource.publie_le:
        memes = entree["last_modified"] == ressource.publie_le
    else:
        memes = ressource.taille_octets in (0, ancien.stat().st_size)
    return INCHANGE if memes else REMPLACE


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
) -> tuple[Mapping[str, str], str] | None:
    """Télécharge, en recommençant une fois si la somme de contrôle n'est pas la bonne."""
    algorithme, _, attendue = ressource.somme_annoncee.partition(":")
    conditions = {
        SI_MODIFIE[nom]: str(connus[nom]) for nom in SI_MODIFIE if nom in connus and not attendue
    }
    for _essai in range(2):
        recu = serveur.recevoir(ressource.urls, partiel, conditions)
        if recu is None:
            return None
        _refuser_page_web(partiel, recu[0])
        if not attendue or provenance.somme(partiel, algorithme) == attendue:
            return recu
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
    ressource: Ressource,
    recu: Path,
    ancien: Path | None,
    vers: Path,
    origine: tuple[Mapping[str, str], str],
) -> None:
    """`origine` : en-têtes de la réponse, et adresse d'où le fichier est vraiment venu."""
    entetes, url = origine
    connues = provenance.lire(vers)
    maintenant = datetime.now(UTC).isoformat(timespec="seconds")
    # Un fichier gardé tel quel garde sa date ; déposé à la main, il n'en a pas.
    gardee = connues.get(ancien.name, {}).get("telecharge_le", "") if ancien else ""
    entree = {
        "jeu": ressource.jeu.identifiant,
        "titre": ressource.titre,
        "identifiant": ressource.identifiant,
        "page": ressource.jeu.page,
        "url": url,
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
    ecriture.mettre_en_place(recu, vers / ressource.nom)
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
    return taille_ecrite(fichier.stat().st_size)


def taille_ecrite(octets: int) -> str:
    """« 425 ko », « 12,3 Mo »."""
    if octets < MEGAOCTET:
        return f"{formats.nombre(octets / 1000)}{formats.INSECABLE}ko"
    return f"{formats.nombre(octets / MEGAOCTET, 1)}{formats.INSECABLE}Mo"
