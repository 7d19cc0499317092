"""Comment les pièces lues deviennent-elles un dossier préparé ?

Chaque pièce est lue une fois, les fichiers qui se recouvrent sont départagés, chaque année est
rangée, et les schémas passent avant que le dossier existe.
"""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import ipc

from commerce import ErreurDonnees
from commerce.annee import glissante
from commerce.demonstration import marque
from commerce.donnees import admissions, colonnes, exceptions, faits, schemas, volumes
from commerce.donnees.archives import Piece
from commerce.donnees.colonnes import MESURES, Axe
from commerce.donnees.douanes import (
    libelles_valables,
    lire_donnees,
    lire_libelles,
    nature,
    peut_etre_coupe,
)
from commerce.donnees.millesimes import Contenu, departager
from commerce.donnees.periodes import Periode

DEMONSTRATION, REELLES = "demonstration", "reelles"
LIBELLES = ("a129", "cpf4", "pays")
SCHEMAS = {
    "totaux": schemas.TOTAUX,
    "totaux_pays": schemas.TOTAUX_PAYS,
    "effectifs": schemas.EFFECTIFS,
    "couples": schemas.COUPLES,
    "volumes": schemas.VOLUMES,
}
# Les vrais fichiers de dix années n'en font pas vingt mille par nomenclature.
LIBELLES_MAX = 100_000
# D'une édition à l'autre, presque toutes les lignes restent.
REPRISES_MIN_PCT = 50
AUCUN_LIBELLE = pd.DataFrame(columns=["code", "libelle", "debut", "fin"], dtype=str)


def construire(
    dossier: Path,
    pieces: list[Piece],
    meta: dict,
    remarques: list[dict],
    livre: bool,
    avancer: Callable[[str, object, int, int], None] | None = None,
) -> str:
    """Lit tout, départage les fichiers, range chaque année et écrit `meta.json`.

    Rend ce que sont les données, `DEMONSTRATION` ou `REELLES` ; elles sont fictives si `livre`
    (le dossier du projet), ou si leurs fichiers le sont. Le mélange lève `ErreurDonnees`.
    `meta["fin"]` : le trimestre par lequel finissent les années ; les autres sont décalés d'autant,
    une fois les fichiers départagés. `avancer` est appelé après chaque fichier (`fichier`, son nom)
    et chaque année (`annee`), avec le rang et le total.
    """
    avancer = avancer or (lambda *_: None)
    brouillon = dossier / "brouillon"
    brouillon.mkdir()
    motifs = [
        motif
        for piece in pieces
        if nature(piece) == "exceptions"
        for motif in exceptions.lire(piece.fichier)
    ]
    contenus, libelles, lectures = _lire(pieces, brouillon, meta["sources"], motifs, avancer)
    meta["jeu"] = DEMONSTRATION if livre else _jeu(contenus)
    retenus, ecarts = departager(contenus)
    _dire_les_pertes(ecarts, contenus, brouillon)
    meta |= {"fichiers": [_fichier(c) for c in contenus], "ecarts": ecarts}
    comptees = {p: glissante(p.annee, p.trimestre, meta["fin"]) for p in retenus}
    meta["periodes"] = [_periode(p, *comptees[p], contenu) for p, contenu in retenus.items()]
    meta |= {"groupes": {}, "faits": {}, "remarques": remarques + lectures}
    totaux = {nom: [] for nom in SCHEMAS}
    maille: dict[int, pd.DataFrame] = {}
    annees = sorted({annee for annee, _ in comptees.values()})
    for rang, annee in enumerate(annees, 1):
        siennes = {p: retenus[p] for p, (an, _) in comptees.items() if an == annee}
        table = _annee(siennes, contenus, brouillon)
        axes = colonnes.axes_publics(table)
        decales = {str(p.trimestre): str(comptees[p][1]) for p in siennes}
        axes["trimestre"] = axes["trimestre_douanes"].traduire(decales)
        mesures = {nom: table[nom].to_numpy() for nom in MESURES}
        del table
        rangee = colonnes.ecrire_annee(dossier, annee, axes, mesures)
        valables = {nom: libelles_valables(libelles[nom], annee) for nom in LIBELLES}
        reparees = admissions.reparees(siennes)
        meta["faits"][str(annee)] = faits.mesurer(axes, mesures, rangee, valables, motifs, reparees)
        meta["groupes"] |= rangee.groupes
        del axes, mesures  # deux années à la fois en mémoire, mais pas trois
        vide = rangee.maille.iloc[:0]
        comparees = (maille[annee - 1], rangee.maille) if annee - 1 in maille else (vide, vide)
        maille = {annee: rangee.maille}
        tables = {**vars(rangee), "volumes": volumes.comparer(*comparees)}
        for nom, liste in totaux.items():
            tables[nom].insert(0, "annee", annee)
            liste.append(tables[nom])
        avancer("annee", annee, rang, len(annees))
    for nom, liste in totaux.items():
        complete = pd.concat([t.astype(_en_texte(t)) for t in liste], ignore_index=True)
        SCHEMAS[nom].validate(complete)
        complete.to_parquet(dossier / f"{nom}.parquet", compression="zstd", index=False)
    shutil.rmtree(brouillon)
    meta["remarques"] += admissions.sans_effet(motifs, contenus, meta["faits"])
    texte = json.dumps(meta, ensure_ascii=False, indent=1)
    (dossier / "meta.json").write_text(texte + "\n", encoding="utf-8")
    return meta["jeu"]


def _jeu(contenus: list[Contenu]) -> str:
    fictifs = [contenu for contenu in contenus if contenu.fictif]
    if fictifs and len(fictifs) < len(contenus):
        reel = next(contenu for contenu in contenus if not contenu.fictif)
        raise ErreurDonnees(
            f"{fictifs[0].piece.depot} est fictif (jeu de démonstration) et voisine avec "
            f"{reel.piece.depot}, qui ne l'est pas ; retirer l'un ou l'autre du dossier."
        )
    return DEMONSTRATION if fictifs else REELLES


def _est_fictif(piece: Piece, table: pa.Table) -> bool:
    """Ces lignes viennent-elles du jeu de démonstration ? Mêlées à d'autres, refus."""
    lue = marque.reconnaitre(table)
    if lue.melange:
        raise ErreurDonnees(
            f"{piece.nom}, ligne {lue.premiere} : des lignes fictives, du jeu de démonstration, "
            f"sont mêlées à d'autres ({lue.fictives} sur {lue.probantes} examinées) ; remettre le "
            "fichier tel que les douanes le publient."
        )
    return piece.fictive or lue.fictif


def _en_texte(table: pd.DataFrame) -> dict[str, str]:
    return {nom: "str" for nom, genre in table.dtypes.items() if genre == "category"}


def _lire(
    pieces: list[Piece],
    brouillon: Path,
    sources: list[dict],
    motifs: list[exceptions.Motif],
    avancer: Callable,
) -> tuple[list[Contenu], dict[str, pd.DataFrame], list[dict]]:
    """Lit chaque pièce une fois ; les échanges attendent leur année dans le brouillon."""
    natures = {piece: nature(piece) for piece in pieces}
    nationaux = [{"cle": "national", "nom": p.nom} for p, g in natures.items() if g == "national"]
    echanges = [piece for piece, genre in natures.items() if genre == "donnees"]
    if not echanges:
        noms = "".join(f"{n['nom']} : fichier national des douanes. " for n in nationaux)
        raise ErreurDonnees(
            f"{noms}Aucun fichier d'échanges des douanes dans le dossier source ; y déposer les "
            "zips de data.gouv.fr, exportations et importations."
        )
    contenus = {}
    chemins = [brouillon / f"{rang}.arrow" for rang in range(len(echanges))]
    publications = {source["nom"]: source.get("publie", "") for source in sources}
    dates = [publications.get(piece.depot, "") for piece in echanges]
    # Deux à la fois : décompresser et vérifier l'un pendant que l'autre est lu.
    with ThreadPoolExecutor(2) as fils:
        for contenu in fils.map(partial(_echanges, motifs), echanges, chemins, dates):
            contenus[contenu.piece] = contenu
            avancer("fichier", contenu.piece.nom, len(contenus), len(echanges))
    libelles, remarques = {nom: [AUCUN_LIBELLE] for nom in LIBELLES}, []
    for piece, genre in natures.items():
        if genre == "donnees":
            remarques += admissions.ecartees(contenus[piece])
            if contenus[piece].coupe:
                remarques.append({"cle": "coupe", "nom": piece.nom})
        elif genre in libelles:
            try:
                if sum(map(len, libelles[genre])) > LIBELLES_MAX:
                    raise ErreurDonnees(
                        f"{piece.nom} : trop de libellés ; en retirer des fichiers."
                    )
                libelles[genre].append(lire_libelles(piece))
            except ErreurDonnees as erreur:
                # Ces libellés ne nomment que les codes inconnus de nos tables : on s'en passe.
                remarques.append({"cle": "libelles", "erreur": str(erreur)})
        elif not genre:
            remarques.append({"cle": "texte", "nom": piece.nom})
    libelles = {nom: pd.concat(liste) for nom, liste in libelles.items()}
    return list(contenus.values()), libelles, nationaux + remarques


def _echanges(motifs: list[exceptions.Motif], piece: Piece, chemin: Path, publie: str) -> Contenu:
    """Lit un fichier d'échanges, le garde à ce chemin, et dit ce qu'il contient."""
    admises: dict[exceptions.Admise, list[int]] = {}
    table = lire_donnees(piece, partial(exceptions.reparer, motifs, admises))
    with ipc.new_file(chemin, table.schema) as fichier:
        fichier.write_table(table)
    periodes, departements = _presences(table)
    return Contenu(
        piece,
        periodes,
        publie,
        fictif=_est_fictif(piece, table),
        coupe=peut_etre_coupe(table),
        departements=departements,
        admises=admises,
    )


def _presences(table: pa.Table) -> tuple[dict[Periode, dict], dict[Periode, frozenset[str]]]:
    """Ce que contient un fichier, par flux et trimestre : lignes, euros et kilogrammes ; et les
    codes des douanes des départements présents.
    """
    cles = ["annee", "trimestre", "flux", "departement"]
    comptes = [*((nom, "sum") for nom in MESURES), ([], "count_all")]
    groupes = table.group_by(cles).aggregate(comptes).rename_columns([*cles, *MESURES, "lignes"])
    periodes, departements = {}, {}
    for (annee, trimestre, flux), siens in groupes.to_pandas().groupby(cles[:3], observed=True):
        periode = Periode(int(annee), int(trimestre), flux)
        periodes[periode] = {nom: int(siens[nom].sum()) for nom in (*MESURES, "lignes")}
        departements[periode] = frozenset(siens["departement"])
    return periodes, departements


def _annee(retenus: dict[Periode, Contenu], contenus: list[Contenu], brouillon: Path) -> pa.Table:
    """Toutes les lignes de ces périodes, chacune venant du fichier qui fait foi."""
    parties = []
    for rang, contenu in enumerate(contenus):
        periodes = [p for p, gagnant in retenus.items() if gagnant is contenu]
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


def _dire_les_pertes(ecarts: list[dict], contenus: list[Contenu], brouillon: Path) -> None:
    """Complète les écarts : un fichier qui en révise un autre en reprend les lignes.

    Deux moitiés d'une même publication se ressemblent par leurs totaux, pas par leurs lignes.
    """
    rangs = {contenu.piece.nom: rang for rang, contenu in enumerate(contenus)}
    for retenu, ecarte in sorted({(e["retenu"], e["ecarte"]) for e in ecarts}):
        siens = [e for e in ecarts if (e["retenu"], e["ecarte"]) == (retenu, ecarte)]
        periodes = [Periode(e["annee"], e["trimestre"], e["flux"]) for e in siens]
        reprises_pct = _reprises_pct(
            *(
                ipc.open_file(pa.memory_map(str(brouillon / f"{rangs[nom]}.arrow"))).read_all()
                for nom in (retenu, ecarte)
            ),
            periodes,
        )
        if reprises_pct < REPRISES_MIN_PCT:
            for ecart in siens:
                ecart["perte"] = ecart["perte"] or {"cle": "reprises", "part_pct": reprises_pct}


def _reprises_pct(retenue: pa.Table, ecartee: pa.Table, periodes: list[Periode]) -> int:
    """Quelle part des lignes écartées est reprise, à leurs montants près ?"""
    tables = [table.filter(pa.array(_masque(table, periodes))) for table in (retenue, ecartee)]
    ensemble = pa.concat_tables(tables).unify_dictionaries()
    noms = ("annee", "trimestre", "flux", "departement", "cpf4", "pays")
    cles = colonnes.cle([Axe.lire(ensemble[nom]) for nom in noms])
    apres, avant = np.unique(cles[: len(tables[0])]), np.unique(cles[len(tables[0]) :])
    return 100 * len(np.intersect1d(apres, avant, assume_unique=True)) // max(len(avant), 1)


def _fichier(contenu: Contenu) -> dict:
    return {
        "nom": contenu.piece.nom,
        "lignes": sum(p["lignes"] for p in contenu.periodes.values()),
        "publie": contenu.publie,
        "provisoire": contenu.provisoire,
        "coupe": contenu.coupe,
    }


def _periode(periode: Periode, annee: int, trimestre: int, contenu: Contenu) -> dict:
    return {
        "annee": annee,
        "trimestre": trimestre,
        "flux": periode.flux,
        "fichier": contenu.piece.nom,
        "provisoire": contenu.provisoire,
    } | contenu.periodes[periode]
