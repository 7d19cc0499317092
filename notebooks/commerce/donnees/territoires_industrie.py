"""Quels Territoires d'industrie dans un département ? Lecture du fichier officiel des communes.

Source : ANCT, jeu `programme-territoires-dindustrie` de data.gouv.fr, `liste-ti-com2023-*.csv`
(Licence Ouverte 2.0) : une ligne par commune. Sans ce fichier dans `data/source`, seuls sont connus
les territoires des cinq fiches publiées. La liste 2018-2023 donne aux mêmes identifiants d'autres
territoires : elle est refusée.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from commerce import ErreurDonnees, chemins, references
from commerce.donnees import archives
from commerce.formats import propre, sans_accent

PAGE = "https://www.data.gouv.fr/datasets/programme-territoires-dindustrie/"
REMEDE = f"prenez sur {PAGE} le fichier liste-ti-com2023-*.csv (une ligne par commune)"
FICHES_PUBLIEES = "fiches publiées"
COLONNES = ["departement", "id_ti", "libelle", "communes_dans_departement", "communes", "origine"]
EFFECTIFS = ["communes_dans_departement", "communes"]

# La liste 2023-2027 compte 183 territoires, celle de 2018-2023 de 141 à 149 selon l'année.
NOMBRE_PLAUSIBLE = range(170, 211)
PREMIER_MILLESIME = "2023"
SEUIL_COMMUNES = 5
NOM_MAX = 80  # signes du nom d'une page : un système de fichiers accepte 255 octets en tout
# Seuls départements sans aucun Territoire d'industrie dans la liste 2023-2027.
SANS_TERRITOIRE = frozenset({"40", "75"})

ENTETES = {
    "commune": (
        *("insee_com", "code_insee", "codgeo", "code_commune", "code_com", "com", "cod_com"),
        *("code_insee_commune", "code_insee_de_la_commune", "code_commune_insee", "com_insee"),
        *("depcom", "insee", "id_com", "com_code", "commune"),
    ),
    "id_ti": (
        "id_ti",
        "code_ti",
        "identifiant_ti",
        "ti_id",
        "id_territoire",
        "id_territoire_d_industrie",
    ),
    "libelle": (
        *("lib_ti", "libelle_ti", "nom_ti", "ti_lib", "lib_territoire", "libelle_territoire"),
        *("nom_territoire", "territoire", "territoire_d_industrie", "libelle_du_territoire"),
    ),
}
PERIODE = ("annee", "millesime", "periode", "programme", "annee_programme")


class Principaux(NamedTuple):
    """Territoires qu'une fiche nomme, ceux qu'elle laisse de côté, et si la liste est connue.

    `partages` : pour chaque territoire nommé qui s'étend ailleurs, les autres départements ;
    `pages` : le nom de la page de chaque territoire nommé, aucune sans la liste officielle.
    """

    retenus: list[str]
    retires: list[str]
    connus: bool
    partages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


def lire(fichier: Path) -> pd.DataFrame:
    """Combien de communes chaque Territoire d'industrie a-t-il dans chaque département ?

    `fichier` : une ligne par commune, séparées par `;` ou `,`, en UTF-8 ou windows-1252, colonnes
    dans un ordre quelconque. Rend `departement` (code public : 20 pour 2A et 2B), `id_ti`,
    `libelle`, `communes_dans_departement` et `communes` (communes distinctes, dans ce département
    puis en tout) et `origine` (nom du fichier). Lève `ErreurDonnees` pour la liste 2018-2023, un
    fichier tronqué ou illisible.
    """
    fichier = Path(fichier)
    _refuser_ancien_millesime(fichier, [fichier.stem])
    libelles: dict[str, str] = {}
    communes: set[tuple[str, str]] = set()
    for ligne, commune, cellule_id, cellule_libelle in _appartenances(fichier):
        for id_ti, libelle in _couples(fichier, ligne, cellule_id, cellule_libelle):
            connu = libelles.get(id_ti) or libelle
            if libelle and sans_accent(connu) != sans_accent(libelle):
                raise ErreurDonnees(
                    f"{fichier.name}, ligne {ligne} : {id_ti} est « {libelle} » ici et « {connu} » "
                    f"plus haut ; {REMEDE}."
                )
            libelles[id_ti] = connu
            communes.add((id_ti, commune))
    _verifier_liste(fichier, libelles)
    table = pd.DataFrame(sorted(communes), columns=["id_ti", "commune"])
    table["departement"] = table["commune"].map(_departement)
    table["communes"] = table.groupby("id_ti")["commune"].transform("size")
    table = table.groupby(["departement", "id_ti", "communes"], as_index=False).agg(
        communes_dans_departement=("commune", "size")
    )
    table["libelle"] = table["id_ti"].map(libelles)
    table["origine"] = fichier.name
    _verifier_reperes(fichier, table)
    return table[COLONNES]


def fichier_officiel(source: Path | None = None) -> Path | None:
    """Le fichier officiel est-il dans `data/source` ? Le plus récent d'après son nom, ou None.

    Un fichier de Territoires d'industrie sans code commune n'est choisi que faute de mieux : sa
    lecture dira ce qui lui manque. Deux fichiers de même millésime lèvent `ErreurDonnees`.
    """
    source = Path(source or chemins.SOURCE)
    candidats: dict[tuple, list[Path]] = {}
    for chemin in archives.fichiers(source):
        if chemin.suffix.lower() != ".csv":
            continue
        colonnes = _colonnes(_entete(chemin))
        if "id_ti" in colonnes or _nom_parlant(chemin.name):
            rang = ("commune" in colonnes, *millesime(chemin.name))
            candidats.setdefault(rang, []).append(chemin)
    if not candidats:
        return None
    meilleurs = candidats[max(candidats)]
    if len(meilleurs) > 1 and len({chemin.read_bytes() for chemin in meilleurs}) > 1:
        noms = ", ".join(str(chemin.relative_to(source)) for chemin in meilleurs)
        raise ErreurDonnees(
            f"{source.name} contient plusieurs listes de Territoires d'industrie du même "
            f"millésime ({noms}) : n'en gardez qu'une."
        )
    return meilleurs[0]


def territoires(source: Path | None = None) -> pd.DataFrame:
    """Quels Territoires d'industrie, dans quels départements ? Colonnes de `lire`.

    Le fichier officiel s'il est dans `data/source` ; sinon la table livrée, dont `origine` vaut
    « fiches publiées » et qui ne connaît que cinq départements (effectifs parfois absents).
    """
    if fichier := fichier_officiel(source):
        return lire(fichier)
    table = references.territoires_industrie()
    for colonne in EFFECTIFS:
        table[colonne] = pd.to_numeric(table[colonne]).astype("Int64")
    return table.assign(origine=FICHES_PUBLIEES)[COLONNES]


def principaux(code: str, liste: pd.DataFrame | None = None) -> Principaux:
    """Quels Territoires d'industrie la fiche nomme-t-elle, par ordre alphabétique ?

    Règle des fiches : est retiré un territoire situé pour l'essentiel ailleurs (moins de la moitié
    de ses communes dans le département) et qui y a moins de cinq communes. `connus` est faux
    quand on ne sait rien du département, ou d'un de ceux d'une région : la fiche ne doit alors ni
    écrire « aucun », ni en nommer une partie.
    """
    liste = territoires() if liste is None else liste
    composants = set(references.departement(code).composants) & set(references.departements())
    ici = liste["departement"].isin(composants)
    connus = composants <= {*liste["departement"], *SANS_TERRITOIRE}
    siens = (
        liste[ici]
        .groupby("libelle", as_index=False)[EFFECTIFS]
        .agg(
            {
                "communes_dans_departement": lambda nombres: nombres.sum(min_count=1),
                "communes": "max",
            }
        )
    )
    ailleurs = (siens["communes_dans_departement"] * 2 < siens["communes"].fillna(10**6)).fillna(
        False
    )
    peu = (siens["communes_dans_departement"] < SEUIL_COMMUNES).fillna(False)
    retires = (ailleurs & peu).astype(bool)
    tous = officielle(liste)
    siens, retires = (siens, retires) if tous or connus else (siens[:0], retires[:0])
    retenus = sorted(siens.loc[~retires, "libelle"], key=sans_accent)
    autres = liste[~ici & liste["libelle"].isin(retenus)]
    autres = autres[autres["departement"].isin(list(references.departements()))]
    partages = autres.groupby("libelle")["departement"].agg(sorted)
    return Principaux(
        retenus=retenus,
        retires=sorted(siens.loc[retires, "libelle"], key=sans_accent),
        connus=tous or connus,
        partages=tuple((nom, tuple(partages[nom])) for nom in retenus if nom in partages),
        pages=_pages(liste, liste[ici]) if tous else (),
    )


def officielle(liste: pd.DataFrame) -> bool:
    """Est-ce la liste de l'ANCT, et non ce que disent les seules fiches publiées ?"""
    return len(liste) > 0 and bool((liste["origine"] != FICHES_PUBLIEES).all())


def noms_de_page(liste: pd.DataFrame) -> dict[str, str]:
    """Comment se nomme la page de chaque territoire ? « ti-ardeche-drome-nord », par `id_ti`.

    Deux territoires de même nom, ou de même début d'un nom trop long, y ajoutent leur identifiant.
    """
    libelles = liste.drop_duplicates("id_ti").set_index("id_ti")["libelle"].sort_index()
    noms = "ti-" + libelles.map(_simple)
    communs = noms.duplicated(keep=False)
    identifiants = noms.index.map(_simple).str.removeprefix("ti-")
    return noms.where(~communs, noms + "-" + identifiants).to_dict()


def _pages(liste: pd.DataFrame, siens: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Le nom et la page de chacun de ces territoires de la liste."""
    noms = siens["id_ti"].map(noms_de_page(liste))
    return tuple(dict(zip(siens["libelle"], noms, strict=True)).items())


def _simple(nom: str) -> str:
    simple = re.sub(r"[^a-z0-9]+", "-", sans_accent(nom).replace("œ", "oe"))
    return simple[:NOM_MAX].strip("-")


def millesime(nom: str) -> tuple[int, int]:
    """Quel millésime dit un nom tel que `liste-ti-com2023-20240704.csv` ? (2023, 20240704)."""
    annee = re.search(r"com(20\d\d)(?!\d)", nom.lower())
    date = re.search(r"(?<!\d)(20\d{6})(?!\d)", nom)
    return int(annee[1]) if annee else 0, int(date[1]) if date else 0


def _appartenances(fichier: Path) -> Iterator[tuple[int, str, str, str]]:
    """Lignes utiles du fichier : numéro, code commune, identifiants, libellés."""
    lignes = _lignes(fichier)
    entete = next(lignes, (1, []))[1]
    colonnes = _colonnes(entete)
    if manquantes := [nom for nom in ENTETES if nom not in colonnes]:
        raise ErreurDonnees(
            f"{fichier.name}, ligne 1 : pas de colonne {' ni '.join(manquantes)} (trouvé : "
            f"{', '.join(c[:30] for c in entete[:12]) or 'rien'}) ; {REMEDE}."
        )
    periode = [i for i, nom in enumerate(map(_entete_normalise, entete)) if nom in PERIODE]
    periodes = set()
    for numero, cellules in lignes:
        if not any(cellules):
            continue
        if len(cellules) != len(entete):
            raise ErreurDonnees(
                f"{fichier.name}, ligne {numero} : {len(cellules)} colonnes au lieu de "
                f"{len(entete)} ; le fichier est abîmé, {REMEDE}."
            )
        periodes.update(cellules[i] for i in periode)
        commune, id_ti, libelle = (cellules[colonnes[nom]] for nom in ENTETES)
        if not id_ti and not libelle:
            continue
        yield numero, _commune(fichier, numero, commune), id_ti, libelle
    _refuser_ancien_millesime(fichier, periodes)


def _lignes(fichier: Path) -> Iterator[tuple[int, list[str]]]:
    texte = _texte(fichier.read_bytes())
    if "\0" in texte or texte.lstrip()[:1] in ("<", "{"):
        raise ErreurDonnees(f"{fichier.name} n'est pas un fichier CSV ; {REMEDE}.")
    separateur = _separateur(texte.partition("\n")[0])
    csv.field_size_limit(max(csv.field_size_limit(), len(texte) + 1))
    lecteur = csv.reader(texte.splitlines(keepends=True), delimiter=separateur, strict=True)
    try:
        for cellules in lecteur:
            # split() efface aussi les espaces insécables qui terminent certains libellés.
            yield lecteur.line_num, [propre(" ".join(cellule.split())) for cellule in cellules]
    except csv.Error as erreur:
        raise ErreurDonnees(
            f"{fichier.name}, ligne {lecteur.line_num} : guillemets ou colonnes illisibles ; "
            f"{REMEDE}."
        ) from erreur


def _texte(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def _entete(fichier: Path) -> list[str]:
    try:
        with fichier.open("rb") as flux:
            premiere = _texte(flux.readline(20_000))
        return next(csv.reader([premiere], delimiter=_separateur(premiere)), [])
    except PermissionError as erreur:
        raise archives.interdit(archives.lisible(fichier.name)) from erreur
    except csv.Error:
        return []  # ni cette liste ni un tableau : d'autres diront ce que c'est


def _separateur(premiere: str) -> str:
    return max(";,\t|", key=premiere.count)


def _colonnes(entete: list[str]) -> dict[str, int]:
    """Position des trois colonnes utiles, celles que l'on a reconnues."""
    noms = [_entete_normalise(cellule) for cellule in entete]
    trouvees = {}
    for role, possibles in ENTETES.items():
        if nom := next((nom for nom in possibles if nom in noms), None):
            trouvees[role] = noms.index(nom)
    return trouvees


def _entete_normalise(cellule: str) -> str:
    nom = re.sub(r"[^a-z0-9]+", "_", sans_accent(cellule)).strip("_")
    return re.sub(r"_20\d\d$", "", nom)


def _nom_parlant(nom: str) -> bool:
    nom = sans_accent(nom)
    return "ti-com" in nom or ("territoire" in nom and "industrie" in nom)


def _commune(fichier: Path, ligne: int, cellule: str) -> str:
    code = cellule.upper().zfill(5)  # un tableur efface le zéro de 01001
    if not re.fullmatch(r"\d{5}|2[AB]\d{3}", code) or not _departement(code):
        raise ErreurDonnees(
            f"{fichier.name}, ligne {ligne} : « {cellule[:20]} » n'est pas un code commune de "
            f"l'Insee ; {REMEDE}."
        )
    return code


def _departement(commune: str) -> str:
    """Code public du département d'une commune, "" s'il n'existe pas."""
    prefixe = commune[:3] if commune[:2] in ("97", "98") else commune[:2]
    prefixe = "20" if prefixe in references.CODES_CORSE else prefixe
    # Les collectivités d'outre-mer (975, 977, 987...) n'ont pas de fiche mais sont des communes.
    return prefixe if prefixe in references.departements() or len(prefixe) == 3 else ""


def _couples(fichier: Path, ligne: int, ids: str, libelles: str) -> list[tuple[str, str]]:
    """Territoires d'une commune : un seul, ou plusieurs dans la même cellule (`ti-1 ; ti-2`)."""
    trouves = [f"ti-{numero}" for numero in re.findall(r"(?i)\bti[-_ ]?(\d{4})\b", ids)]
    noms = [libelles] if len(trouves) == 1 else re.split(r"\s*[;|]\s*", libelles)
    if not trouves or not libelles or len(trouves) != len(noms):
        raise ErreurDonnees(
            f"{fichier.name}, ligne {ligne} : identifiant « {ids[:40]} » et libellé "
            f"« {libelles[:60]} » ne vont pas ensemble ; {REMEDE}."
        )
    return list(zip(trouves, noms, strict=True))


def _refuser_ancien_millesime(fichier: Path, indices: Iterable[str]) -> None:
    """Le nom du fichier, ou sa colonne de période, n'annoncent-ils qu'un début d'avant 2023 ?"""
    annees = [re.findall(r"(?<!\d)20\d\d(?!\d)", indice) for indice in indices]
    debuts = [min(citees) for citees in annees if citees]
    if debuts and max(debuts) < PREMIER_MILLESIME:
        raise ErreurDonnees(
            f"{fichier.name} est une liste de Territoires d'industrie de {max(debuts)}, dont les "
            f"identifiants désignaient d'autres territoires ; {REMEDE}."
        )


def _verifier_liste(fichier: Path, libelles: dict[str, str]) -> None:
    if len(libelles) not in NOMBRE_PLAUSIBLE:
        raise ErreurDonnees(
            f"{fichier.name} contient {len(libelles)} Territoires d'industrie et la liste "
            "2023-2027 en a 183 : c'est l'ancienne liste 2018-2023 (149) ou un fichier "
            f"incomplet ; {REMEDE}."
        )


def _verifier_reperes(fichier: Path, table: pd.DataFrame) -> None:
    """Les territoires des fiches publiées sont les repères de la liste 2023-2027."""
    presents = set(zip(table["departement"], table["libelle"].map(sans_accent), strict=True))
    reperes = references.territoires_industrie()
    couples = zip(reperes["departement"], reperes["libelle"], strict=True)
    absents = [nom for code, nom in couples if (code, sans_accent(nom)) not in presents]
    if 3 * len(absents) > len(reperes):
        raise ErreurDonnees(
            f"{fichier.name} n'est pas la liste 2023-2027 des Territoires d'industrie : il y "
            f"manque {len(absents)} des {len(reperes)} territoires des fiches publiées, dont "
            f"« {absents[0]} » ; {REMEDE}."
        )
