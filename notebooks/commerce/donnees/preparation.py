"""Comment rendre les fichiers des douanes rapides à lire ? Préparation en colonnes, une fois.

Le dossier préparé porte l'empreinte des sources, des tables de référence et de ce code : rien
n'a changé, rien n'est refait. Il est écrit à côté puis renommé ; un refus ne laisse aucune trace.
Chaque fichier est vérifié au début d'un passage, et refait s'il a changé.
"""

import atexit
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from commerce import ErreurDonnees, chemins
from commerce.annee import DERNIER
from commerce.donnees import (
    a_part,
    empreintes,
    integrite,
    remarques,
    territoires_industrie,
    verrous,
)
from commerce.donnees.archives import Piece, inventaire
from commerce.donnees.douanes import nature

DOSSIERS_GARDES = 3
ABANDON_S = 6 * 3600
COMMENCEMENT_S = 60
EN_COURS = ".en-cours-"
# Le dossier peut être choisi par l'utilisateur : rien d'autre n'y est jamais effacé.
NOM_DE_DOSSIER = re.compile(r"(demonstration|reelles)-[0-9a-f]{12}")


class Choix(NamedTuple):
    """Ce qui sera lu. `livre` : le dossier de démonstration du projet ; `repli` : la remarque à
    dire quand ce n'est pas ce que l'utilisateur attendait, ou rien.
    """

    source: Path
    livre: bool
    pieces: list[Piece]
    remarques: list[dict]
    repli: dict | None = None


def preparer(
    source: Path | str | None = None,
    *,
    fin: int = DERNIER,
    prepare: Path | None = None,
    forcer: bool = False,
    simuler: bool = False,
    dire: Callable[[str], None] | None = None,
) -> Path:
    """Où sont les données prêtes ? Dossier préparé, repris tel quel si rien n'a changé.

    Sans `source` (ou vide) : les fichiers de `data/source` s'il y en a, sinon la démonstration.
    `fin` : le trimestre, de 1 à 4, par lequel finissent les années (voir `Annee`). `prepare` : où
    ranger (défaut : `data/prepare`, ou le cache de l'utilisateur s'il ne peut être
    écrit). `forcer` relit et refait tout, dessins compris. `simuler` n'écrit rien qui dure.
    `dire` reçoit chaque phrase sur un repli ou une réparation, et fait compter les dessins abîmés,
    que leur lecture refait de toute façon. Lève `ErreurDonnees`, sans rien
    écrire, si un fichier ne peut être lu sans risque d'erreur.
    """
    choix = choisir(source)
    if choix.repli and dire:
        dire(remarques.dire(choix.repli))
    ti = territoires_industrie.fichier_officiel(choix.source) or (
        territoires_industrie.fichier_officiel(chemins.SOURCE)
    )
    pieces = [piece for piece in choix.pieces if piece.fichier != ti]
    autres = [ti] if ti and not ti.is_relative_to(choix.source) else []
    rangements = _rangements(prepare)
    # Un fichier corrigé sans changer de taille ni de dates doit pouvoir être relu.
    memoires = [] if forcer else rangements
    sources, memoire = empreintes.sources(choix.source, autres, memoires)
    meta = {"version": empreintes.version(), "sources": sources, "livre": choix.livre, "fin": fin}
    identite = json.dumps(meta | {"remarques": choix.remarques}, sort_keys=True)
    meta["empreinte"] = hashlib.sha256(identite.encode()).hexdigest()
    dossier, defauts = _existant(rangements, meta["empreinte"][:12])
    if dossier and defauts and dire:
        dire(f"Données préparées abîmées ou incomplètes ({', '.join(defauts)}) : refaites.")
    if not dossier or defauts or forcer:

        def construire(provisoire: Path) -> str:
            liste_ti = territoires_industrie.lire(ti) if ti else None
            if liste_ti is None:
                liste_ti = territoires_industrie.territoires(choix.source)
            liste_ti.to_parquet(provisoire / "territoires_industrie.parquet", index=False)
            demande = (provisoire, pieces, meta, choix.remarques, choix.livre)
            return a_part.construire(*demande, avancement=dire is not None)

        rangement = _ephemere() if simuler else _premier_accessible(rangements)
        dossier = _ranger(rangement, meta["empreinte"][:12], construire)
    if not simuler:
        _entretenir(dossier, memoire, forcer, dire)
    return dossier


def choisir(source: Path | str | None = None) -> Choix:
    """Quels fichiers lire ? Ceux du dossier demandé, de `data/source`, ou de la démonstration."""
    if source:
        source = Path(source)
        if not source.is_dir():
            raise ErreurDonnees(
                f"Le dossier source « {source} » n'existe pas ; y déposer les fichiers des douanes."
            )
        livre = source.resolve() == chemins.DEMONSTRATION.resolve()
        return Choix(source, livre, *inventaire(source))
    depose = chemins.SOURCE
    pieces, intrus = inventaire(depose) if depose.is_dir() else ([], [])
    if any(nature(piece) == "donnees" for piece in pieces):
        return Choix(depose, False, pieces, intrus)
    repli = None
    if pieces or intrus:
        nationaux = [piece.nom for piece in pieces if nature(piece) == "national"]
        repli = {"cle": "sans_echanges", "nom": depose.name}
        if nationaux:
            repli = {"cle": "que_national", "nom": depose.name, "national": nationaux[0]}
    elif depose.is_symlink() and not depose.is_dir():
        repli = {"cle": "source_rompue", "nom": depose.name}
    if not chemins.DEMONSTRATION.is_dir():
        raise ErreurDonnees(
            f"Ni fichiers des douanes dans {depose.name}, ni jeu de démonstration ; déposer les "
            "zips de data.gouv.fr, ou remettre data/demonstration."
        )
    pieces, intrus = inventaire(chemins.DEMONSTRATION)
    return Choix(chemins.DEMONSTRATION, True, pieces, [repli, *intrus] if repli else intrus, repli)


def destination(prepare: Path | None, dossier: Path) -> Path:
    """Où serait rangé un dossier préparé en simulant ? Là où il est, s'il était déjà prêt."""
    rangements = _rangements(prepare)
    return dossier if dossier.parent in rangements else rangements[0] / dossier.name


def _rangements(prepare: Path | None) -> list[Path]:
    if prepare:
        return [prepare]
    return [d for d in (chemins.PREPARE, chemins.cache_utilisateur()) if d]


def _existant(rangements: list[Path], empreinte: str) -> tuple[Path | None, list[str]]:
    """Le dossier déjà préparé, et ses fichiers à refaire ; un dossier intact l'emporte."""
    candidats = [
        (dossier, integrite.defauts(dossier))
        for rangement in rangements
        for dossier in sorted(rangement.glob(f"*-{empreinte}"))
        if NOM_DE_DOSSIER.fullmatch(dossier.name)
    ]
    intacts = [candidat for candidat in candidats if not candidat[1]]
    return next(iter(intacts + candidats), (None, []))


def _premier_accessible(rangements: list[Path]) -> Path:
    """Le premier dossier où l'on peut écrire, créé s'il le faut."""
    refus = None
    for rangement in rangements:
        try:
            rangement.mkdir(parents=True, exist_ok=True)
            temoin = rangement / f"{EN_COURS}{secrets.token_hex(4)}"
            temoin.mkdir()
            temoin.rmdir()
            return rangement
        except OSError as erreur:
            refus = refus or erreur
    raise _refus(refus, rangements[0])


def _ephemere() -> Path:
    dossier = tempfile.mkdtemp(prefix="simulation-")
    atexit.register(shutil.rmtree, dossier, ignore_errors=True)
    return Path(dossier)


def _ranger(rangement: Path, empreinte: str, construire: Callable[[Path], str]) -> Path:
    """Construit à côté, puis met en place ; rien ne reste si la construction échoue.

    Deux préparations simultanées écrivent chacune de leur côté : la première renommée l'emporte,
    et l'autre lui est identique.
    """
    try:
        with _a_cote(rangement) as provisoire:
            jeu = construire(provisoire)
            integrite.sceller(provisoire)
            dossier = rangement / f"{jeu}-{empreinte}"
            if os.name == "nt":  # un fichier ouvert y empêche de renommer son dossier
                verrous.lacher(provisoire)
            try:
                integrite.mettre_en_place(provisoire, dossier)
            except OSError:
                # Ce qui porte ce nom ne peut pas être réparé fichier par fichier.
                verrous.ecarter(dossier)
                integrite.mettre_en_place(provisoire, dossier)
            return dossier
    except OSError as erreur:
        raise _refus(erreur, rangement) from erreur


@contextmanager
def _a_cote(rangement: Path):
    provisoire = rangement / f"{EN_COURS}{secrets.token_hex(8)}"
    provisoire.mkdir()
    try:
        (provisoire / verrous.VERROU).touch()
        verrous.tenir(provisoire)
        yield provisoire
    finally:
        verrous.lacher(provisoire)
        verrous.effacer(provisoire)


def _refus(erreur: OSError, rangement: Path) -> ErreurDonnees:
    if erreur.errno in (errno.ENOSPC, errno.EDQUOT):
        motif = "plus de place sur le disque pour préparer les données ; en libérer"
    elif erreur.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        motif = "droit d'écrire refusé pour préparer les données ; le donner"
    else:
        motif = f"préparation des données impossible ({erreur}) ; réparer ce dossier"
    return ErreurDonnees(f"{rangement} : {motif}, ou en choisir un autre avec --prepare.")


def _entretenir(
    dossier: Path, memoire: dict[str, str], forcer: bool, dire: Callable[[str], None] | None
) -> None:
    """Garde la mémoire des empreintes, vérifie les dessins et efface ce qui ne sert plus.

    Rien de cela n'est nécessaire au passage : un dossier en lecture seule n'y fait pas obstacle.
    """
    with suppress(OSError):
        empreintes.memoriser(memoire, dossier.parent)
    with suppress(OSError):
        if forcer:
            integrite.retirer_dessins(dossier)
        elif dire and (abimes := integrite.retirer_dessins_abimes(dossier)):
            pluriel = "s" if abimes > 1 else ""
            dire(f"{abimes} dessin{pluriel} gardé{pluriel} abîmé{pluriel} : à refaire.")
    _garder_les_derniers(dossier)


def _garder_les_derniers(dossier: Path) -> None:
    """Efface les dossiers préparés les plus anciens que personne ne tient, et les abandons."""
    with suppress(OSError):
        os.utime(dossier)
    freres = [d for d in dossier.parent.glob("*-*") if NOM_DE_DOSSIER.fullmatch(d.name)]
    freres = sorted((d for d in freres if d != dossier), key=_age_s)
    for ancien in freres[DOSSIERS_GARDES - 1 :]:
        verrous.ecarter(ancien)
    for reste in dossier.parent.glob(f"{EN_COURS}*"):
        # Jeune, l'écriture vient peut-être de commencer, et son verrou n'est pas encore tenu.
        verrou = (reste / verrous.VERROU).is_file()
        if _age_s(reste) > (COMMENCEMENT_S if verrou else ABANDON_S):
            verrous.ecarter(reste)
    for reste in dossier.parent.glob(f"{verrous.ECARTE}*"):
        verrous.effacer(reste)


def _age_s(chemin: Path) -> float:
    """Âge en secondes ; une date à venir, fausse, compte comme un très grand âge."""
    try:
        age_s = time.time() - chemin.stat().st_mtime
    except FileNotFoundError:
        return 0  # une autre préparation vient de l'ôter
    return age_s if age_s > -ABANDON_S else float("inf")
