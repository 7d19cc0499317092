"""Qu'est-ce qu'une édition ? Un dossier de pages publiées, et le manifeste qui en répond.

`publier` copie, sans rien exécuter, les pages qu'un relecteur a approuvées et ce qu'il leur faut.
La copie se fait à côté, puis prend le nom du dossier : l'édition d'avant reste entière jusque-là.
"""

import json
import re
import secrets
import shutil
from contextlib import suppress
from html import escape
from pathlib import Path

from . import ErreurLot, journal, systeme
from .avis import VU, Avis
from .ecriture import SUFFIXE_PARTIEL, ecrire
from .empreintes import sha256, sha256_fichier
from .sortie import RELECTURE, Sortie

MANIFESTE = "edition.json"
FORME = 1
DITS = ("debut", "jeu", "donnees", "sources", "versions", "commit", "commit_modifie", "passe_outre")
DITES = ("code", "slug", "nom", "passage", "statut", "causes", *journal.FORME_PUBLIEE)
FICHIER = re.compile(r"([a-z0-9][\w.-]*/)*[a-z0-9][\w.-]*", re.IGNORECASE)
ACCUEIL = "index"
# Classeurs et PDF auxquels une page renvoie, où que soit le site.
JOINTS = re.compile(r'href="[^"]*?\.\./((?:donnees|pdf)/[\w.-]+)"')
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
NOMMEES = 15
LISTE = "Fiches publiées"
ABSENTE = "Cette page n'est pas dans cette édition"


def lire(dossier: Path) -> dict:
    """Le manifeste d'une édition entière, ou le journal d'un dossier de résultats.

    Lève `ErreurLot` si ce n'en est pas une, ou si un fichier y manque ou n'est plus le même.
    """
    _reprendre(dossier)
    if (dossier / MANIFESTE).is_file():
        contenu = _manifeste(dossier / MANIFESTE)
    elif contenu := journal.lire(dossier / "journal.json"):
        contenu["fiches"] = [f for f in contenu["fiches"] if f["statut"] != "echec"]
        pages = {f"html/{f['slug']}.html": f["sha256_html"] for f in contenu["fiches"]}
        contenu["fichiers"] = pages
    else:
        raise ErreurLot(
            f"{dossier} n'est pas une édition, il n'y a ni {MANIFESTE} ni journal.json : donner un "
            "dossier écrit par --publier, ou celui d'un passage."
        )
    for nom, somme in contenu["fichiers"].items():
        if sha256_fichier(dossier / nom) != somme:
            raise ErreurLot(
                f"{dossier} est une copie incomplète ou retouchée : {nom} manque ou n'est plus "
                "celui de cette édition ; la copier de nouveau."
            )
    return contenu


def empreinte(dossier: Path) -> str:
    """L'empreinte d'une édition entière. Lève `ErreurLot` comme `lire`."""
    return sha256(json.dumps(sorted(lire(dossier)["fichiers"].items())).encode())


def lignes(contenu: dict) -> dict:
    """Empreinte des lignes de chaque territoire, que la page de relecture a calculées."""
    page = contenu.get("annexes", {}).get(RELECTURE, {})
    return contenu.get("lignes") or page.get("fiche", {}).get("lignes", {})


def _manifeste(chemin: Path) -> dict:
    try:
        contenu = json.loads(chemin.read_text(encoding="utf-8"))
        noms = all(FICHIER.fullmatch(nom) for nom in contenu["fichiers"])
        if contenu["edition"] == FORME and noms and all(map(journal.saine, contenu["fiches"])):
            return contenu
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise ErreurLot(f"{chemin} n'est pas un manifeste lisible : copier de nouveau cette édition.")


def publier(sortie: Sortie, destination: Path, avis: dict[str, Avis], partiel: bool) -> str:
    """Copie dans `destination` les pages approuvées du dernier passage ; rend ce qu'il faut dire.

    Sans `partiel`, toutes doivent l'être. Lève `ErreurLot`, sans rien écrire, si une page n'a plus
    les octets du passage, si une approbation manque, ou si le dossier n'est pas une édition.
    """
    destination = destination.resolve()
    contenu = journal.lire(sortie.journal)
    if not contenu:
        raise ErreurLot(f"Rien à publier dans {sortie.racine} : lancer d'abord run_all.py.")
    fiches = contenu["fiches"]
    ensemble = [annexe for code, annexe in contenu["annexes"].items() if code != RELECTURE]
    aptes = [*ensemble, *(f for f in fiches if f["statut"] != "echec")]
    retouchees = [page["code"] for page in aptes if not journal.intacte(page, sortie)]
    if retouchees:
        raise ErreurLot(
            f"Rien n'est publié : {_nommees(retouchees)} n'ont plus les octets du passage (page, "
            "preuve ou classeur) ; relancer run_all.py, puis relire."
        )
    retenues = [
        f
        for f in fiches
        if f["statut"] != "echec" and _approuvee(avis, f["code"], f["sha256_html"])
    ]
    manquent = [f["code"] for f in fiches if f not in retenues]
    if manquent and not (partiel and retenues):
        changees = [code for code in manquent if code in avis and avis[code].avis == VU]
        dont = f" (approuvées avant d'avoir changé : {', '.join(changees)})" if changees else ""
        suite = ", ou ajouter --partiel pour publier les autres" if retenues else ""
        raise ErreurLot(
            f"Rien n'est publié : {_nommees(manquent)} sans approbation des octets de ce "
            f"passage{dont} ; donner les avis qui manquent dans relecture.csv{suite}."
        )
    occupee = destination.exists() and (destination.is_file() or any(destination.iterdir()))
    if occupee and not (destination / MANIFESTE).is_file():
        raise ErreurLot(
            f"{destination} n'est pas vide et n'est pas une édition : choisir un autre dossier, "
            "rien n'y a été touché."
        )
    remplacee = _remplacee_sans_le_dire(ensemble, destination)
    try:
        attente = _copier(sortie, destination, contenu, retenues, ensemble)
    except OSError as erreur:
        raise ErreurLot(
            f"Publication arrêtée, écriture impossible : {systeme.refus(erreur)} ; l'édition "
            "d'avant est entière."
        ) from erreur
    sans = f", sans {_nommees(manquent)}" if manquent else ""
    suite = (
        f" Pages absentes où mènent ces fiches : {len(attente)} ; à leur adresse, une page le dit."
        if attente
        else ""
    )
    publiees = _nommees([f["code"] for f in retenues])
    return f"Édition publiée dans {destination} : {publiees}{sans}.{suite}{remplacee}"


def _remplacee_sans_le_dire(ensemble: list[dict], destination: Path) -> str:
    """Une phrase, si ces pages ne disent pas ce qui change depuis l'édition qu'elles remplacent."""
    depuis = {page.get("parametres", {}).get("depuis") for page in ensemble} - {None}
    if not depuis or not (destination / MANIFESTE).is_file():
        return ""
    with suppress(ErreurLot):  # une édition abîmée se remplace, elle ne se compare pas
        if depuis != {empreinte(destination)}:
            return (
                " Ses pages ne disent pas ce qui change depuis l'édition remplacée : il fallait "
                "comparer le passage à elle, avec --depuis."
            )
    return ""


def _approuvee(avis: dict[str, Avis], code: str, octets: str) -> bool:
    return code in avis and avis[code].avis == VU and avis[code].sha256 == octets


def _copier(
    sortie: Sortie, destination: Path, contenu: dict, retenues: list[dict], annexes: list[dict]
) -> set[str]:
    """Écrit l'édition à côté, puis lui donne son nom ; une coupure laisse celle d'avant.

    Rend le nom des pages absentes auxquelles mènent les fiches publiées.
    """
    codes = {fiche["code"] for fiche in retenues}
    ensemble = [page for annexe in annexes for page in (annexe, *_filles(annexe))]
    connues = {page["slug"] for page in [*retenues, *ensemble]} | {ACCUEIL}
    absents = [fiche["slug"] for fiche in contenu["fiches"] if fiche["code"] not in codes]
    _reprendre(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    jeton = secrets.token_hex(4)
    prochaine = destination.with_name(f".{destination.name}.{jeton}{SUFFIXE_PARTIEL}")
    edition = Sortie(prochaine)
    try:
        for dossier in (prochaine / "html", prochaine / "donnees"):
            dossier.mkdir(parents=True)
        copiees = []
        for page in [*retenues, *ensemble]:
            html = sortie.page(page["slug"]).read_bytes()
            # Une page d'ensemble qui mène à une fiche absente en dirait aussi les chiffres.
            if page in ensemble and (
                any(slug.encode() in html for slug in absents)
                or not cibles(page, html.decode()) <= connues
            ):
                continue
            copiees.append(page)
            ecrire(edition.page(page["slug"]), html)
            for nom in JOINTS.findall(html.decode()):
                if (sortie.racine / nom).is_file():
                    (prochaine / nom).parent.mkdir(exist_ok=True)
                    shutil.copyfile(sortie.racine / nom, prochaine / nom)
        # Les pages que personne n'a exécutées ont l'apparence des autres.
        style = _style(edition.page(retenues[0]["slug"]))
        if not edition.page(ACCUEIL).is_file():
            ecrire(edition.page(ACCUEIL), _accueil(retenues, style))
        attente = liens_sans_page(copiees, edition)
        lien = f'<p><a href="{ACCUEIL}.html">{LISTE}</a></p>'
        for slug in attente:
            ecrire(edition.page(slug), _simple(ABSENTE, lien, style))
        tete, *chiffres = sortie.indicateurs.read_text(encoding="utf-8").splitlines(True)
        gardes = [ligne for ligne in chiffres if ligne.partition(",")[0] in codes]
        ecrire(edition.indicateurs, "".join([tete, *gardes]))
        manifeste = {
            "edition": FORME,
            **{nom: contenu[nom] for nom in DITS if nom in contenu},
            "fiches": [{nom: fiche[nom] for nom in DITES} for fiche in retenues],
            "lignes": lignes(contenu),
            "fichiers": {
                chemin.relative_to(prochaine).as_posix(): sha256_fichier(chemin)
                for chemin in sorted(prochaine.rglob("*"))
                if chemin.is_file()
            },
        }
        ecrire(prochaine / MANIFESTE, json.dumps(manifeste, ensure_ascii=False, indent=1) + "\n")
        if destination.exists():
            destination.rename(_ancienne(destination))
        prochaine.rename(destination)
        return attente
    finally:
        shutil.rmtree(prochaine, ignore_errors=True)
        _reprendre(destination)


def _filles(annexe: dict) -> list[dict]:
    """Les pages que le carnet d'une annexe fait en plus de la sienne, comme autant d'annexes."""
    return [{**annexe, "slug": nom, "filles": {}} for nom in annexe.get("filles", {})]


def cibles(page: dict, html: str) -> set[str]:
    """Les pages du site auxquelles mène celle-ci."""
    base = re.escape(escape(page.get("fiche", {}).get("adresse", "")))
    return set(re.findall(rf'href="{base}([\w-]+)\.html[#"]', html))


def liens_sans_page(pages: list[dict], sortie: Sortie) -> set[str]:
    """Les pages du site auxquelles mènent celles-ci et que le dossier n'a pas."""
    menees = (cibles(page, sortie.page(page["slug"]).read_text("utf-8")) for page in pages)
    return {slug for slug in set().union(*menees) if not sortie.page(slug).is_file()}


def _style(page: Path) -> str:
    """Les feuilles de style d'une page publiée."""
    tete = page.read_text(encoding="utf-8").partition("</head>")[0]
    return "".join([*STYLE.findall(tete), "<style>h1 { margin-bottom: 1.5rem; }</style>"])


def _accueil(fiches: list[dict], style: str) -> bytes:
    """La liste des fiches d'une édition partielle : l'index de toutes en dirait d'autres."""
    lien = '<li><a href="{}.html">{}</a></li>'
    liens = "".join(lien.format(f["slug"], escape(f["nom"])) for f in fiches)
    return _simple(LISTE, f"<ul>{liens}</ul>", style)


def _simple(titre: str, corps: str, style: str) -> bytes:
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{titre}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{style}</head>'
        f'<body><main class="entete"><h1>{titre}</h1>{corps}</main></body></html>\n'
    ).encode()


def _ancienne(destination: Path) -> Path:
    return destination.with_name(f".{destination.name}.ancienne")


def _reprendre(destination: Path) -> None:
    """Une coupure entre les deux noms a pu laisser l'ancienne édition écartée : la remettre."""
    ancienne = _ancienne(destination.resolve())
    if ancienne.is_dir() and destination.exists():
        shutil.rmtree(ancienne, ignore_errors=True)
    elif ancienne.is_dir():
        ancienne.rename(destination)


def _nommees(codes: list[str]) -> str:
    suite = f"… ({len(codes)})" if len(codes) > NOMMEES else ""
    return f"fiche{'s' if len(codes) > 1 else ''} {', '.join(codes[:NOMMEES])}{suite}"
