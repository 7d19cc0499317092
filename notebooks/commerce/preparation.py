"""Comment rendre les fichiers des douanes rapides à lire ? Préparation en colonnes, une fois.

Le dossier préparé porte l'empreinte des sources, des tables de référence et de ce code : rien
n'a changé, rien n'est refait. Il est écrit à côté puis renommé ; un refus ne laisse aucune trace.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import ipc

from commerce import ErreurDonnees, chemins, controles, territoires_industrie
from commerce.douanes import libelles_valables, lire_donnees, lire_libelles, nature
from commerce.reception import empreintes
from commerce.reception.archives import Piece, inventaire
from commerce.reception.millesimes import Contenu, Periode, avertissements, departager
from commerce.stockage import colonnes, faits, schemas
from commerce.stockage.colonnes import MESURES, Axe
from commerce.stockage.prepare import Prepare

DEMONSTRATION, REELLES = "demonstration", "reelles"
DOSSIERS_GARDES = 3
ABANDON_S = 6 * 3600
EN_COURS = ".en-cours-"
LIBELLES = ("a129", "cpf4", "pays")
SCHEMAS = {
    "totaux": schemas.TOTAUX,
    "totaux_pays": schemas.TOTAUX_PAYS,
    "couples": schemas.COUPLES,
}
AUCUN_LIBELLE = pd.DataFrame(columns=["code", "libelle", "debut", "fin"], dtype=str)


def preparer(source: Path | str | None = None) -> Path:
    """Où sont les données prêtes ? Dossier préparé, repris tel quel si rien n'a changé.

    Sans `source` (ou vide) : les fichiers de `data/source` s'il y en a, sinon la démonstration.
    Lève `ErreurDonnees`, sans rien écrire, si un fichier ne peut être lu sans risque d'erreur.
    """
    source, jeu, pieces, remarques = choisir(source)
    ti = territoires_industrie.fichier_officiel(source) or (
        territoires_industrie.fichier_officiel(chemins.SOURCE)
    )
    pieces = [piece for piece in pieces if piece.fichier != ti]
    autres = [ti] if ti and not ti.is_relative_to(source) else []
    sources, memoire = empreintes.sources(source, autres)
    meta = {"jeu": jeu, "version": empreintes.version(), "sources": sources}
    identite = json.dumps(meta | {"remarques": remarques}, sort_keys=True)
    meta["empreinte"] = hashlib.sha256(identite.encode()).hexdigest()
    dossier = chemins.PREPARE / f"{jeu}-{meta['empreinte'][:12]}"
    if not (dossier / "meta.json").is_file():
        liste_ti = (
            territoires_industrie.lire(ti) if ti else territoires_industrie.territoires(source)
        )
        with _a_cote_puis_renomme(dossier) as provisoire:
            liste_ti.to_parquet(provisoire / "territoires_industrie.parquet", index=False)
            _construire(provisoire, pieces, meta, remarques)
    empreintes.memoriser(memoire)
    _garder_les_derniers(dossier)
    return dossier


def choisir(source: Path | str | None = None) -> tuple[Path, str, list[Piece], list[str]]:
    """Quels fichiers lire ? Dossier, `demonstration` ou `reelles`, pièces, fichiers ignorés.

    Le jeu de démonstration se reconnaît à son dossier et à la mention de ses archives : rien de
    fictif ne passe pour réel, et le mélange est refusé.
    """
    deposes = []
    if not source:
        pieces, intrus = _inventaire(chemins.SOURCE)
        if any(nature(piece) == "donnees" for piece in pieces):
            return chemins.SOURCE, _jeu(chemins.SOURCE, pieces), pieces, intrus
        source = chemins.DEMONSTRATION
        deposes = [piece.nom for piece in pieces] + intrus
    source = Path(source)
    if not source.is_dir():
        raise ErreurDonnees(
            f"Le dossier source « {source} » n'existe pas ; y déposer les fichiers des douanes."
        )
    pieces, remarques = _inventaire(source)
    if deposes:
        remarques.insert(
            0, f"{chemins.SOURCE.name} : aucun fichier d'échanges ; le jeu de démonstration est lu."
        )
    return source, _jeu(source, pieces), pieces, remarques


def _jeu(source: Path, pieces: list[Piece]) -> str:
    if source.resolve() == chemins.DEMONSTRATION.resolve():
        return DEMONSTRATION
    donnees = [piece for piece in pieces if nature(piece) == "donnees"]
    fictives = [piece for piece in donnees if piece.fictive]
    if fictives and len(fictives) < len(donnees):
        raise ErreurDonnees(
            f"{fictives[0].depot} est fictif (jeu de démonstration) et voisine avec des données "
            f"réelles dans {source.name} ; l'en retirer."
        )
    return DEMONSTRATION if fictives else REELLES


def _inventaire(source: Path) -> tuple[list[Piece], list[str]]:
    return inventaire(source) if source.is_dir() else ([], [])


@contextlib.contextmanager
def _a_cote_puis_renomme(dossier: Path):
    """Donne un dossier où écrire, renommé à la fin ; effacé si l'écriture échoue.

    Deux préparations simultanées écrivent chacune de leur côté : la première renommée l'emporte,
    et l'autre lui est identique.
    """
    chemins.PREPARE.mkdir(parents=True, exist_ok=True)
    provisoire = Path(tempfile.mkdtemp(prefix=EN_COURS, dir=chemins.PREPARE))
    try:
        yield provisoire
        provisoire.chmod(0o755)
        try:
            provisoire.rename(dossier)
        except OSError:
            if not (dossier / "meta.json").is_file():
                raise
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)


def _garder_les_derniers(dossier: Path) -> None:
    """Efface les dossiers préparés les plus anciens et les écritures abandonnées."""
    with contextlib.suppress(OSError):
        os.utime(dossier)
    prepares = [meta.parent for meta in chemins.PREPARE.glob("*-*/meta.json")]
    prepares.sort(key=lambda chemin: chemin.stat().st_mtime, reverse=True)
    abandonnes = [
        chemin
        for chemin in chemins.PREPARE.glob(f"{EN_COURS}*")
        if time.time() - chemin.stat().st_mtime > ABANDON_S
    ]
    for ancien in prepares[DOSSIERS_GARDES:] + abandonnes:
        shutil.rmtree(ancien, ignore_errors=True)


def _construire(dossier: Path, pieces: list[Piece], meta: dict, remarques: list[str]) -> None:
    """Lit tout, départage les fichiers, range chaque année et écrit `meta.json`."""
    brouillon = dossier / "brouillon"
    brouillon.mkdir()
    contenus, libelles, lectures = _lire(pieces, brouillon, meta["sources"])
    retenus, ecarts = departager(contenus)
    meta |= {"fichiers": [_fichier(c) for c in contenus], "ecarts": ecarts}
    meta["periodes"] = [_periode(p, contenu) for p, contenu in retenus.items()]
    meta |= {"groupes": {}, "faits": {}, "controles": {}}
    totaux = {nom: [] for nom in SCHEMAS}
    for annee in sorted({periode.annee for periode in retenus}):
        table = _annee(annee, retenus, contenus, brouillon)
        axes = colonnes.axes_publics(table)
        mesures = {nom: table[nom].to_numpy() for nom in MESURES}
        del table
        rangee = colonnes.ecrire_annee(dossier, annee, axes, mesures)
        valables = {nom: libelles_valables(libelles[nom], annee) for nom in LIBELLES}
        meta["faits"][str(annee)] = faits.mesurer(axes, mesures, rangee, valables)
        meta["groupes"] |= rangee.groupes
        for nom, liste in totaux.items():
            getattr(rangee, nom).insert(0, "annee", annee)
            liste.append(getattr(rangee, nom))
    for nom, liste in totaux.items():
        complete = pd.concat([t.astype(_en_texte(t)) for t in liste], ignore_index=True)
        SCHEMAS[nom].validate(complete)
        complete.to_parquet(dossier / f"{nom}.parquet", compression="zstd", index=False)
    shutil.rmtree(brouillon)
    meta["avertissements"] = remarques + lectures + avertissements(ecarts, contenus)
    _ecrire_meta(dossier, meta)
    prepare = Prepare(dossier)
    for annee in prepare.annees():
        resultats = [controle.en_dictionnaire() for controle in controles.controler(prepare, annee)]
        meta["controles"][str(annee)] = resultats
        meta["avertissements"] += [
            f"{annee} : {resultat['phrase']}"
            for resultat in resultats
            if resultat["identifiant"].startswith("codes_") and not resultat["reussi"]
        ]
    _ecrire_meta(dossier, meta)


def _ecrire_meta(dossier: Path, meta: dict) -> None:
    texte = json.dumps(meta, ensure_ascii=False, indent=1)
    (dossier / "meta.json").write_text(texte + "\n", encoding="utf-8")


def _en_texte(table: pd.DataFrame) -> dict[str, str]:
    return {nom: "str" for nom, genre in table.dtypes.items() if genre == "category"}


def _lire(
    pieces: list[Piece], brouillon: Path, sources: list[dict]
) -> tuple[list[Contenu], dict[str, pd.DataFrame], list[str]]:
    """Lit chaque pièce une fois ; les échanges attendent leur année dans le brouillon."""
    contenus, remarques = [], []
    libelles = {nom: [AUCUN_LIBELLE] for nom in LIBELLES}
    publications = {source["nom"]: source.get("publie", "") for source in sources}
    for piece in pieces:
        genre = nature(piece)
        if genre == "donnees":
            table = lire_donnees(piece)
            with ipc.new_file(brouillon / f"{len(contenus)}.arrow", table.schema) as fichier:
                fichier.write_table(table)
            contenus.append(Contenu(piece, _periodes(table), publications.get(piece.depot, "")))
            if not piece.finit_par_une_ligne():
                remarques.append(f"{piece.nom} : sans fin de ligne à la fin, peut-être coupé.")
        elif genre in libelles:
            try:
                libelles[genre].append(lire_libelles(piece))
            except ErreurDonnees as erreur:
                # Ces libellés ne nomment que les codes inconnus de nos tables : on s'en passe.
                remarques.append(f"Libellés ignorés : {erreur}")
        elif not genre:
            remarques.append(f"{piece.nom} : texte ignoré, ce ne sont pas des données des douanes.")
    if not contenus:
        raise ErreurDonnees(
            "Aucun fichier d'échanges des douanes dans le dossier source ; y déposer les zips de "
            "data.gouv.fr, exportations et importations."
        )
    return contenus, {nom: pd.concat(liste) for nom, liste in libelles.items()}, remarques


def _periodes(table: pa.Table) -> dict[Periode, dict]:
    """Ce que contient un fichier : lignes, euros et kilogrammes par flux et trimestre."""
    axes = {nom: Axe.lire(table[nom]) for nom in ("annee", "trimestre", "flux")}
    mesures = {nom: table[nom].to_numpy() for nom in MESURES}
    mesures["lignes"] = np.ones(table.num_rows, dtype=np.int64)
    return {
        Periode(int(ligne.pop("annee")), int(ligne.pop("trimestre")), ligne.pop("flux")): ligne
        for ligne in colonnes.sommes(axes, mesures).to_dict("records")
    }


def _annee(
    annee: int, retenus: dict[Periode, Contenu], contenus: list[Contenu], brouillon: Path
) -> pa.Table:
    """Toutes les lignes d'une année, chaque période venant du fichier qui fait foi."""
    parties = []
    for rang, contenu in enumerate(contenus):
        periodes = [p for p, gagnant in retenus.items() if p.annee == annee and gagnant is contenu]
        if not periodes:
            continue
        table = ipc.open_file(pa.memory_map(str(brouillon / f"{rang}.arrow"))).read_all()
        if set(periodes) != set(contenu.periodes):
            table = table.filter(pa.array(_masque(table, periodes)))
        parties.append(table)
    return pa.concat_tables(parties).unify_dictionaries()


def _masque(table: pa.Table, periodes: list[Periode]) -> np.ndarray:
    axes = [Axe.lire(table[nom]) for nom in ("annee", "trimestre", "flux")]
    voulues = {(str(p.annee), str(p.trimestre), p.flux) for p in periodes}
    # Peu de combinaisons : une table de vérité par rang évite de comparer ligne à ligne.
    verite = np.array(
        [
            [[(a, t, f) in voulues for f in axes[2].codes] for t in axes[1].codes]
            for a in axes[0].codes
        ]
    )
    return verite[axes[0].rangs, axes[1].rangs, axes[2].rangs]


def _fichier(contenu: Contenu) -> dict:
    return {
        "nom": contenu.piece.nom,
        "lignes": sum(p["lignes"] for p in contenu.periodes.values()),
        "publie": contenu.publie,
        "provisoire": contenu.provisoire,
    }


def _periode(periode: Periode, contenu: Contenu) -> dict:
    return {
        "annee": periode.annee,
        "trimestre": periode.trimestre,
        "flux": periode.flux,
        "fichier": contenu.piece.nom,
        "provisoire": contenu.provisoire,
    } | contenu.periodes[periode]
