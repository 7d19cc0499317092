"""Que disent les fichiers des douanes ? Lecture des lignes d'échanges et des libellés.

Les fichiers sont reconnus à leur contenu : dix colonnes séparées par `;`, le flux venant des
lignes, quel que soit leur nom. Le chemin rapide (Arrow) lit et vérifie par colonne entière ; au
moindre doute, une lecture lente, ligne à ligne, trouve la première faute et la dit en une phrase.
Elle fait foi : mêmes règles, mêmes sommes.
"""

import csv
import re
from array import array
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from commerce import ErreurDonnees
from commerce.donnees import exceptions
from commerce.donnees.archives import Piece
from commerce.donnees.lignes import (
    CODE,
    COLONNES,
    COLONNES_CODES,
    FLUX,
    LIGNE,
    MESURES,
    REGLES,
    REMEDE,
)
from commerce.formats import propre

COUPE = {"coupe": "1"}

BOM = b"\xef\xbb\xbf"
_OCTETS_ORDINAIRES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwyz;-\r\n"
_DICTIONNAIRE = pa.dictionary(pa.int32(), pa.string())
_OPTIONS = {
    "read_options": arrow_csv.ReadOptions(column_names=COLONNES, block_size=4 * 2**20),
    "parse_options": arrow_csv.ParseOptions(
        delimiter=";", quote_char=False, escape_char=False, newlines_in_values=False
    ),
    # Sans valeur nulle : NA est la Namibie.
    "convert_options": arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(COLONNES_CODES, _DICTIONNAIRE)
        | dict.fromkeys(MESURES, pa.int64()),
        null_values=[],
        strings_can_be_null=False,
    ),
}
# Les vrais en font 36 Ko au plus ; sans limite, quelques Mo de zip occuperaient des gigaoctets.
LIBELLES_MAX_OCTETS = 2**20

NOM_DE_DONNEES = re.compile(r"(?i)regional_cpf4pays[ei]|region(?:al)?[-_ ]*\d{4}[-_ ]*(ex|im)port")
NOM_DE_DERNIERS_TRIMESTRES = re.compile(r"(?i)regional_cpf4pays[ei]")
# Dix colonnes aussi, mais des mois, la CPF6 et la NC8 : aucun département.
NOM_NATIONAL = re.compile(r"(?i)national_nc8pays|nationale?[-_ ]*\d{4}[-_ ]*(ex|im)port")
LIGNE_NATIONALE = re.compile(r"[EI];(0?[1-9]|1[0-2]);\d{4};\d{5,6};[A-Z]\d\d[A-Z];\d{7,8};")
LIGNE_DE_DONNEES = re.compile(r'"?[EI]"?\s*[;,|\t]\s*"?[1-4]"?\s*[;,|\t]\s*"?\d{4}\b')
NOMS_DE_LIBELLES = {
    "pays": re.compile(r"(?i)libelles?[-_ ]*pays"),
    "a129": re.compile(r"(?i)libelles?[-_ ]*a129"),
    "cpf4": re.compile(r"(?i)libelles?[-_ ]*cpf"),
    "departements": re.compile(r"(?i)departements?[-_ ]*region"),
}


def nature(piece: Piece) -> str:
    """Que contient ce texte ? `donnees`, `national` (les échanges de la France entière), `pays`,
    `a129`, `cpf4`, `departements`, `exceptions`, ou rien (vide).

    Le contenu décide des données ; un nom des douanes suffit aussi, pour qu'un fichier abîmé soit
    refusé et non ignoré. Un fichier de libellés se reconnaît à son nom et à ses colonnes.
    """
    nom = piece.nom.rsplit("/", 1)[-1]
    if nom == exceptions.NOM and not piece.membre:
        return "exceptions"
    lignes = piece.lire(65536).decode("latin-1").splitlines()[:200]
    for genre, motif in NOMS_DE_LIBELLES.items():
        if motif.search(nom) and all(len(ligne.split(";")) != 10 for ligne in lignes[:1]):
            return genre
    if NOM_NATIONAL.search(nom) or any(map(LIGNE_NATIONALE.match, lignes)):
        return "national"
    if NOM_DE_DONNEES.search(nom) or any(
        LIGNE_DE_DONNEES.match(ligne) or len(ligne.split(";")) == len(COLONNES) for ligne in lignes
    ):
        return "donnees"
    return ""


def lire_donnees(piece: Piece, reparer: Callable[[bytes], bytes] = bytes) -> pa.Table:
    """Quels échanges ce fichier contient-il ? Une ligne par ligne du fichier, colonnes `COLONNES`.

    Codes en texte (dictionnaires), `flux` valant `export` ou `import`, `valeur_eur` et `masse_kg`
    en int64. La métadonnée `coupe` dit qu'aucune fin de ligne ne termine le texte : il a pu être
    coupé, et d'autres outils l'ôtent aussi. `reparer` admet des lignes mal formées
    (`exceptions.reparer`). Une ligne fausse lève `ErreurDonnees` avec fichier,
    ligne, colonne et valeur.
    """
    octets = reparer(piece.lire().removeprefix(BOM))
    table = _lire_vite(octets)
    if table is None:
        table = _lire_lentement(octets, piece.nom)
    if not table.num_rows:
        raise ErreurDonnees(f"{piece.nom}, ligne 1 : fichier vide ; {REMEDE}.")
    flux = table["flux"].combine_chunks()
    noms = pa.array([FLUX[code] for code in flux.dictionary.to_pylist()])
    table = table.set_column(0, "flux", pa.DictionaryArray.from_arrays(flux.indices, noms))
    return table if octets.endswith((b"\n", b"\r")) else table.replace_schema_metadata(COUPE)


def peut_etre_coupe(table: pa.Table) -> bool:
    """Le texte de cette table de `lire_donnees` se terminait-il au milieu d'une ligne ?"""
    return bool(table.schema.metadata)


def _lire_vite(octets: bytes) -> pa.Table | None:
    """Lit d'un bloc ; rend None au moindre doute, jamais une valeur douteuse."""
    # Arrow rogne les espaces et lit l'hexadécimal (0x, 0X) : la lecture lente en décide.
    if octets.translate(None, _OCTETS_ORDINAIRES) or b";0X" in octets:
        return None
    try:
        table = arrow_csv.read_csv(pa.BufferReader(octets), **_OPTIONS).unify_dictionaries()
    except pa.ArrowInvalid:
        return None
    for nom in COLONNES_CODES:
        motif = REGLES[nom][0]
        if not all(map(motif.fullmatch, table[nom].chunk(0).dictionary.to_pylist())):
            return None
    return table


def _lire_lentement(octets: bytes, nom: str) -> pa.Table:
    """Lit ligne à ligne, lève la première faute ; les lignes vides ne comptent pas."""
    codes, mesures = [[] for _ in COLONNES_CODES], [array("q") for _ in MESURES]
    # Un même code, lu des millions de fois, n'occupe la mémoire qu'une fois.
    connus: dict[bytes, str] = {}
    for numero, brut in enumerate(octets.splitlines(), 1):
        if not brut:
            continue
        trouve = LIGNE.fullmatch(brut)
        champs = trouve.groups() if trouve else ()
        nombres = [_int64(champ) for champ in champs[len(codes) :]]
        if not trouve or None in nombres:
            raise _faute(brut.split(b";"), f"{nom}, ligne {numero}")
        for colonne, champ in zip(codes, champs, strict=False):
            colonne.append(connus.get(champ) or connus.setdefault(champ, champ.decode()))
        for colonne, nombre in zip(mesures, nombres, strict=True):
            colonne.append(nombre)
    textes = [pa.array(colonne, pa.string()).dictionary_encode() for colonne in codes]
    entiers = [pa.array(colonne, pa.int64()) for colonne in mesures]
    return pa.table(dict(zip(COLONNES, textes + entiers, strict=True)))


def _faute(champs: list[bytes], lieu: str) -> ErreurDonnees:
    """La première faute d'une ligne refusée, en une phrase, et la ligne qui l'admettrait."""
    remede = REMEDE
    if exception := exceptions.a_ecrire(b";".join(champs)):
        remede += f" ou, s'il l'est, l'admettre dans {exceptions.NOM} : {exception}"
    if len(champs) != len(COLONNES):
        return ErreurDonnees(
            f"{lieu} : {len(champs)} colonne(s) au lieu de {len(COLONNES)} "
            f"(« {_lisible(b';'.join(champs))} ») ; {remede}."
        )
    for rang, (colonne, brut) in enumerate(zip(COLONNES, champs, strict=True), 1):
        motif, attendu = REGLES[colonne]
        if motif.fullmatch(brut.decode("latin-1")):
            if colonne not in MESURES or _int64(brut) is not None:
                continue
            attendu = "ce nombre dépasse 64 bits"
        return ErreurDonnees(
            f"{lieu}, colonne {rang} ({colonne}) : « {_lisible(brut)} », {attendu} ; {remede}."
        )
    raise AssertionError(f"{lieu} : ligne juste")


def _int64(chiffres: bytes) -> int | None:
    # 4 300 chiffres suffisent à faire échouer int() : les zéros de tête ôtés, 20 signes suffisent.
    valeur = int(chiffres.lstrip(b"-").lstrip(b"0")[:20] or b"0")
    valeur = -valeur if chiffres.startswith(b"-") else valeur
    return valeur if -(2**63) <= valeur < 2**63 else None


def _lisible(brut: bytes) -> str:
    texte = brut.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in texte)[:80]


def lire_libelles(piece: Piece) -> pd.DataFrame:
    """Que veulent dire les codes ? Colonnes `code`, `libelle`, `debut`, `fin` (AAAAMM, texte).

    UTF-8, avec ou sans BOM, sinon windows-1252 ; guillemets et séparateur `|` admis ; sans dates,
    un libellé vaut toujours. Une ligne d'une autre forme lève `ErreurDonnees`.
    """
    octets = piece.lire(LIBELLES_MAX_OCTETS + 1)
    if len(octets) > LIBELLES_MAX_OCTETS:
        raise ErreurDonnees(
            f"{piece.nom} : plus de {LIBELLES_MAX_OCTETS // 2**10} Ko, un fichier de libellés des "
            f"douanes est plus petit ; {REMEDE}."
        )
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("cp1252", "replace")
    lignes = []
    # splitlines() couperait aussi un libellé sur ses caractères de commande.
    for numero, ligne in enumerate(re.split("\r\n|\r|\n", texte), 1):
        if not ligne.strip():
            continue
        champs = _champs_de_libelle(ligne)
        if len(champs) < 2 or not CODE.fullmatch(champs[0]):
            raise ErreurDonnees(
                f"{piece.nom}, ligne {numero} : « {_lisible(ligne.encode())} » n'est pas une ligne "
                f"de libellés (code;libellé;début;fin) ; {REMEDE}."
            )
        debut, fin = champs[2:4] if len(champs) == 4 else ("000000", "999912")
        lignes.append((champs[0], propre(" ".join(champs[1].split())), debut, fin))
    return pd.DataFrame(lignes, columns=["code", "libelle", "debut", "fin"], dtype=str)


def _champs_de_libelle(ligne: str) -> list[str]:
    separateur = "|" if ligne.partition(";")[0].count("|") else ";"
    champs = next(csv.reader([ligne], delimiter=separateur))
    if separateur == ";" and len(champs) == 4:
        # Millésimes où le « ; » du libellé est écrit « | » au lieu d'être entre guillemets.
        champs[1] = champs[1].replace("|", ";")
    return [champ.strip() for champ in champs]


def libelles_valables(libelles: pd.DataFrame, annee: int) -> dict[str, str]:
    """Quel libellé porte chaque code cette année-là ? Celui dont la période couvre l'année.

    À défaut, le plus récent : un code reste nommé. Entre plusieurs, la fin la plus tardive gagne.
    """
    valable = (libelles["debut"] <= f"{annee}12") & (libelles["fin"] >= f"{annee}01")
    ordre = libelles.assign(valable=valable).sort_values(
        ["code", "valable", "fin", "debut"], kind="stable"
    )
    return dict(zip(ordre["code"], ordre["libelle"], strict=True))
