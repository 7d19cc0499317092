"""Une table de `data/reference` est-elle juste ? Lue comme un tableur l'enregistre, ou refusée.

On invite à corriger ces tables : Excel français les enregistre en windows-1252, séparées par des
points-virgules, et c'est lu. Ce qu'il abîme (zéros de tête, dates, grands nombres), une colonne ou
une ligne ôtée, un doublon sont refusés avec le fichier, la ligne et la colonne.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from commerce import ErreurDonnees

TEXTE_MAX = 400


@dataclass(frozen=True)
class Regle:
    """Ce qu'une cellule doit être, et comment le dire."""

    juste: Callable[[str], object]
    attendu: str


def _motif(motif: str, attendu: str) -> Regle:
    return Regle(re.compile(motif).fullmatch, attendu)


def _est_date(texte: str) -> bool:
    try:
        return not texte or date.fromisoformat(texte).isoformat() == texte
    except ValueError:
        return False


TEXTE = Regle(
    lambda t: t.strip() == t and 0 < len(t) <= TEXTE_MAX and t.isprintable() and "�" not in t,
    f"il faut un texte de {TEXTE_MAX} signes au plus, sans espace aux bords",
)
LIBRE = Regle(lambda t: not t or TEXTE.juste(t), TEXTE.attendu)
ENTIER = _motif(r"\d{1,15}", "il faut un nombre entier, sans espace")
NOMBRE = _motif(r"\d{1,12}(\.\d+)?", "il faut un nombre, avec un point décimal")
NOMBRE_OU_RIEN = _motif(r"(\d{1,12}(\.\d+)?)?", "il faut un nombre, avec un point décimal, ou rien")
BOOLEEN = _motif("[01]", "il faut 0 ou 1")
DATE = Regle(_est_date, "il faut une date AAAA-MM-JJ, ou rien")
JOUR = Regle(lambda t: bool(t) and _est_date(t), "il faut une date AAAA-MM-JJ")
SLUG = _motif("[a-z0-9-]+", "il faut des lettres sans accent, des chiffres et des tirets")
TERRITOIRE = _motif(r"\d{2}|97[1-46]", "il faut deux chiffres, ou trois outre-mer (zéro compris)")
DOUANES = _motif("[0-9]{2}|9[A-E]", "il faut deux signes (zéro compris)")
REGION = _motif(r"\d{2}|DROM", "il faut deux chiffres, ou DROM")
REGION_OU_RIEN = _motif(r"\d{2}|DROM|", "il faut deux chiffres, DROM ou rien")
A129 = _motif(r"[A-Z]\d{2}[A-Z]", "il faut un code A129, comme C30C")
CPF4 = _motif(r"\d{4}", "il faut quatre chiffres (zéro compris)")
PAYS = _motif("[A-Z]{2}", "il faut deux lettres majuscules")
ACCORD = _motif("singulier|pluriel", "il faut « singulier » ou « pluriel »")
FLUX = _motif("export|import", "il faut « export » ou « import »")
ANNEE = _motif(r"(19|20)\d{2}", "il faut une année")
ZONE = _motif(
    "UE27|Reste de l'Europe|Amérique|Asie|Afrique|Océanie|", "il faut une zone connue, ou rien"
)
POIDS = _motif(
    r"(=?\w+:\d+(\.\d+)?( \w+:\d+(\.\d+)?)*)?", "il faut des poids, comme « DE:2 IT:1.5 »"
)
TRACE = _motif(r"(M\d+ \d+l-?\d+( ?-?\d+)*z)+", "il faut un tracé SVG en entiers")
GRAMMAIRE = dict.fromkeys(("nom", "sujet", "complement", "locatif"), TEXTE) | {"nombre": ACCORD}
LIBELLES = {"libelle_court": TEXTE, "libelle": TEXTE}


@dataclass(frozen=True)
class Forme:
    """Ce qu'une table doit contenir.

    `cles` : colonnes qui ensemble ne se répètent pas ; `lignes` : nombre minimal ; `renvois` :
    colonne -> (table, colonne) où sa valeur doit exister ; `tous` : colonne de `renvois` qui doit
    citer chaque valeur de l'autre table.
    """

    colonnes: dict[str, Regle]
    cles: tuple[str, ...]
    lignes: int
    renvois: dict[str, tuple[str, str]] = field(default_factory=dict)
    tous: str = ""


FORMES = {
    "regions": Forme(
        {"code": REGION, "code_douanes": DOUANES, **GRAMMAIRE, "slug": SLUG}, ("code",), 14
    ),
    "departements": Forme(
        {"code": TERRITOIRE, "code_douanes": DOUANES, **GRAMMAIRE, "slug": SLUG, "region": REGION},
        ("code",),
        100,
        {"region": ("regions", "code")},
        tous="region",
    ),
    "hors_departements": Forme(
        {"code_douanes": DOUANES, "nom": TEXTE, "region": REGION_OU_RIEN},
        ("code_douanes",),
        2,
        {"region": ("regions", "code")},
    ),
    "carte_departements": Forme(
        {"code": TERRITOIRE, "colonne": ENTIER, "ligne": ENTIER},
        ("code",),
        100,
        {"code": ("departements", "code")},
        tous="code",
    ),
    "contours": Forme(
        {"code": TERRITOIRE, "trace": TRACE},
        ("code",),
        100,
        {"code": ("departements", "code")},
        tous="code",
    ),
    "produits_a129": Forme(
        {"code": A129, **LIBELLES, "complement": TEXTE, "energie": BOOLEEN}, ("code",), 76
    ),
    "produits_cpf4": Forme(
        {"code": CPF4, **LIBELLES, "a129": A129},
        ("code",),
        274,
        {"a129": ("produits_a129", "code")},
        tous="a129",
    ),
    "pays": Forme(
        {
            **{"code": PAYS, "nom": TEXTE, "sujet": TEXTE, "nombre": ACCORD},
            **{"zone": ZONE, "classable": BOOLEEN},
        },
        ("code",),
        261,
    ),
    "territoires_industrie": Forme(
        {
            "departement": TERRITOIRE,
            "id_ti": LIBRE,
            "libelle": TEXTE,
            "communes_dans_departement": NOMBRE_OU_RIEN,
            "communes": NOMBRE_OU_RIEN,
        },
        ("departement", "libelle"),
        9,
        {"departement": ("departements", "code")},
    ),
    "seuils_alertes": Forme(
        {
            **dict.fromkeys(("code", "sujet", "mesure"), TEXTE),
            "seuil": NOMBRE_OU_RIEN,
            "unite": LIBRE,
            **dict.fromkeys(("pourquoi", "calage"), TEXTE),
        },
        ("code",),
        16,
    ),
    "droits_etats_unis": Forme(
        {"applique_le": JOUR, "objet": TEXTE, "reference": TEXTE, "url": TEXTE},
        ("applique_le", "reference"),
        1,
    ),
    "totaux_officiels": Forme(
        {
            **{"annee": ANNEE, "flux": FLUX, "valeur_eur": ENTIER},
            **dict.fromkeys(("evaluation", "champ"), TEXTE),
            "publie_le": Regle(lambda t: t and _est_date(t), "il faut une date AAAA-MM-JJ"),
            **dict.fromkeys(("source", "url"), TEXTE),
        },
        ("annee", "flux"),
        2,
    ),
    "demonstration_totaux": Forme(
        {"niveau": TEXTE, "code": LIBRE, "export_meur": NOMBRE, "import_meur": NOMBRE},
        ("niveau", "code"),
        8,
    ),
    "demonstration_territoires": Forme(
        {
            "code_douanes": DOUANES,
            **dict.fromkeys(("export_meur", "import_meur"), NOMBRE),
            **dict.fromkeys(("voisins", "specialites_export", "specialites_import"), POIDS),
        },
        ("code_douanes",),
        102,
    ),
    "demonstration_pays": Forme(
        {"code": PAYS, "export": NOMBRE, "import": NOMBRE},
        ("code",),
        235,
        {"code": ("pays", "code")},
    ),
    "demonstration_produits": Forme(
        {
            "a129": A129,
            **dict.fromkeys(("export_meur", "import_meur"), NOMBRE),
            **dict.fromkeys(("diffus_export_pct", "diffus_import_pct", "prix_eur_kg"), NOMBRE),
            **dict.fromkeys(("indice_2022_pct", "indice_2023_pct"), NOMBRE),
            **dict.fromkeys(("pays_export", "pays_import", "cpf4_export", "cpf4_import"), POIDS),
        },
        ("a129",),
        76,
        {"a129": ("produits_a129", "code")},
        tous="a129",
    ),
}


def lire(fichier: Path, forme: Forme) -> pd.DataFrame:
    """Le contenu d'une table, tout en texte, dans l'ordre de ses colonnes ; `ErreurDonnees` sinon.

    UTF-8 ou windows-1252 ; virgule, point-virgule ou tabulation. Une colonne de plus est ignorée.
    """
    nom = fichier.name
    lignes = _lignes(nom, _texte(fichier))
    _, entete = next(lignes, (1, []))
    for colonne in forme.colonnes:
        if entete.count(colonne) != 1:
            quoi = "deux colonnes" if colonne in entete else "pas de colonne"
            raise ErreurDonnees(
                f"{nom}, ligne 1 : {quoi} « {colonne} » (trouvé : {_lisible(', '.join(entete))}) ; "
                "la remettre comme elle était."
            )
    rangs = {colonne: entete.index(colonne) for colonne in forme.colonnes}
    retenues, vues = [], {}
    for numero, cellules in lignes:
        if not any(cellules):
            continue
        if len(cellules) != len(entete):
            raise ErreurDonnees(
                f"{nom}, ligne {numero} : {len(cellules)} cellules au lieu de {len(entete)} ; "
                "remettre les séparateurs ou les guillemets."
            )
        ligne = {colonne: cellules[rang] for colonne, rang in rangs.items()}
        for colonne, regle in forme.colonnes.items():
            if not regle.juste(ligne[colonne]):
                raise ErreurDonnees(
                    f"{nom}, ligne {numero}, colonne {colonne} : « {_lisible(ligne[colonne])} », "
                    f"{regle.attendu} ; la corriger."
                )
        cle = tuple(ligne[colonne] for colonne in forme.cles)
        if cle in vues:
            raise ErreurDonnees(
                f"{nom}, ligne {numero} : « {_lisible(' '.join(cle))} » est déjà à la ligne "
                f"{vues[cle]} ; ôter l'une des deux."
            )
        vues[cle] = numero
        retenues.append(ligne)
    if len(retenues) < forme.lignes:
        raise ErreurDonnees(
            f"{nom} : {len(retenues)} lignes, il en faut {forme.lignes} au moins ; remettre celles "
            "qui ont été ôtées."
        )
    return pd.DataFrame(retenues, columns=list(forme.colonnes), dtype=str)


def verifier_renvois(nom: str, forme: Forme, table: Callable[[str], pd.DataFrame]) -> None:
    """Chaque valeur renvoyée à une autre table y est-elle ? Sinon, `ErreurDonnees`."""
    for colonne, (autre, cible) in forme.renvois.items():
        connues, citees = set(table(autre)[cible]), set(table(nom)[colonne]) - {""}
        if inconnues := sorted(citees - connues):
            raise ErreurDonnees(
                f"{nom}.csv, colonne {colonne} : « {inconnues[0]} » n'est pas dans {autre}.csv ; "
                "corriger l'une des deux tables."
            )
        if colonne == forme.tous and (oubliees := sorted(connues - citees)):
            raise ErreurDonnees(
                f"{nom}.csv, colonne {colonne} : aucune ligne pour « {oubliees[0]} », qui est dans "
                f"{autre}.csv ; remettre celle qui a été ôtée."
            )


def _texte(fichier: Path) -> str:
    try:
        octets = fichier.read_bytes()
    except OSError as erreur:
        raise ErreurDonnees(
            f"{fichier.name} : table de data/reference absente ou illisible ; la remettre."
        ) from erreur
    if b"\0" in octets:
        raise ErreurDonnees(
            f"{fichier.name} : enregistré en « texte Unicode », ou abîmé ; l'enregistrer en CSV."
        )
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def _lignes(nom: str, texte: str):
    separateur = max(",;\t", key=texte.partition("\n")[0].count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    try:
        for cellules in lecteur:
            yield lecteur.line_num, cellules
    except csv.Error as erreur:
        raise ErreurDonnees(
            f"{nom}, ligne {lecteur.line_num} : guillemets illisibles ; les corriger."
        ) from erreur


def _lisible(texte: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in texte)[:60]
