"""Quelles ressources de data.gouv.fr prendre ? Lecture d'un jeu de l'API v1, choix des fichiers.

Les titres et les noms de fichiers ont changé d'une année à l'autre : le flux et l'année se lisent
dans le nom du fichier, sinon dans le titre, sinon se déduisent de la date de publication. Ce qui
reste ambigu n'est jamais deviné : une phrase dit ce qui a été trouvé et où le prendre à la main.
"""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from commerce import ErreurDonnees
from commerce.donnees.territoires_industrie import PREMIER_MILLESIME, millesime, sans_accent

FLUX = {"export": "exportations", "import": "importations"}
ANNEES_PAR_DEFAUT = 3
SOMMES_CONNUES = ("sha256", "sha1", "md5")


@dataclass(frozen=True)
class Jeu:
    """Un jeu de données : identifiant dans l'API et page où le télécharger à la main."""

    identifiant: str
    page: str


DOUANES = Jeu(
    "5369a0c7a3a729239d206446",
    "https://www.data.gouv.fr/datasets/statistiques-regionales-et-departementales-du-commerce-exterieur/",
)
TERRITOIRES = Jeu(
    "programme-territoires-dindustrie",
    "https://www.data.gouv.fr/datasets/programme-territoires-dindustrie/",
)


@dataclass(frozen=True)
class Ressource:
    """Un fichier publié. `annee` vaut 0 pour les derniers trimestres et pour les territoires.

    `publie_le`, `somme_annoncee` et `taille_octets` sont vides ou nuls si l'API ne les dit pas.
    """

    jeu: Jeu
    identifiant: str
    titre: str
    nom: str
    urls: tuple[str, ...]
    publie_le: str
    somme_annoncee: str
    documentation: bool
    taille_octets: int

    @property
    def extension(self) -> str:
        return PurePosixPath(self.nom).suffix.lower()

    @property
    def derniers_trimestres(self) -> bool:
        texte = mots(f"{self.nom} {self.titre}")
        if re.search(r"\b(derniers|5|6|cinq|six) trimestres\b", texte):
            return True
        return "cpf4pays" in texte and not self.annee

    @property
    def annee(self) -> int:
        """Année du fichier : dite par son nom, son titre, ou « dernière année complète »."""
        for texte in (self.nom, self.titre):
            if annee := _annee(texte):
                return annee
        if "annee complete" in mots(self.titre) and self.publie_le[:4].isdigit():
            return int(self.publie_le[:4]) - 1
        return 0

    @property
    def flux(self) -> tuple[str, ...]:
        """`export`, `import`, ou les deux si le fichier les annonce ensemble."""
        for texte in (self.nom, self.titre):
            trouves = _flux(mots(texte))
            if len(trouves) == 1:
                return trouves
        return _flux(mots(f"{self.nom} {self.titre}"))

    def __str__(self) -> str:
        return f"« {self.titre} » ({self.nom})"


def ressources(jeu: Jeu, reponse: object) -> list[Ressource]:
    """Quels fichiers ce jeu publie-t-il ? `ErreurDonnees` si ce n'est pas une réponse de l'API."""
    brutes = reponse.get("resources") if isinstance(reponse, dict) else None
    if not isinstance(brutes, list) or not all(isinstance(brute, dict) for brute in brutes):
        cles = ", ".join(map(str, list(reponse)[:8])) if isinstance(reponse, dict) else "aucune clé"
        raise ErreurDonnees(
            "La réponse de l'API de data.gouv.fr n'a pas la forme attendue (liste « resources » "
            f"d'un jeu ; trouvé : {cles}) ; {a_la_main(jeu)}."
        )
    return [_ressource(jeu, brute) for brute in brutes if isinstance(brute.get("url"), str)]


def choisir_douanes(
    publiees: list[Ressource], annees: list[int], derniers_trimestres: bool
) -> list[Ressource]:
    """Quels fichiers des douanes prendre ? Les deux flux de chaque année demandée.

    Sans année : les trois dernières années dont les deux flux sont publiés. Une année absente,
    ou un flux publié par plusieurs fichiers différents, lève `ErreurDonnees`.
    """
    utiles = [r for r in publiees if _regional(r)]
    annuelles = [r for r in utiles if not r.derniers_trimestres and r.annee]
    completes = sorted(
        annee
        for annee in {r.annee for r in annuelles}
        if {flux for r in annuelles if r.annee == annee for flux in r.flux} == set(FLUX)
    )
    voulues = sorted(set(annees)) or completes[-ANNEES_PAR_DEFAUT:]
    if not voulues:
        raise ErreurDonnees(
            f"Aucune année complète n'est reconnue parmi {_liste(publiees)} ; {a_la_main(DOUANES)}."
        )
    choisies = []
    for annee in voulues:
        siennes = [r for r in annuelles if r.annee == annee]
        trouvees = ", ".join(map(str, completes)) or _liste(publiees)
        choisies += _deux_flux(siennes, f"l'année {annee}", f"années trouvées : {trouvees}")
    if derniers_trimestres:
        siennes = [r for r in utiles if r.derniers_trimestres]
        choisies += _deux_flux(siennes, "les derniers trimestres", f"trouvé : {_liste(publiees)}")
    return _noms_distincts(list(dict.fromkeys(choisies)))


def choisir_territoires(publiees: list[Ressource]) -> Ressource:
    """Quelle liste de communes des Territoires d'industrie prendre ? La plus récente."""
    candidates = [r for r in publiees if r.extension == ".csv" and _par_commune(r)]
    if not candidates:
        raise ErreurDonnees(
            "Aucune liste des communes des Territoires d'industrie 2023-2027 parmi "
            f"{_liste(publiees)} ; {a_la_main(TERRITOIRES)}."
        )
    meilleur = max(_rang(r) for r in candidates)
    return _seule([r for r in candidates if _rang(r) == meilleur], "la liste des communes")


def a_la_main(jeu: Jeu) -> str:
    """Le remède de toute erreur de réseau."""
    return f"à télécharger à la main dans data/source depuis {jeu.page}"


def mots(texte: str) -> str:
    """Mots d'un titre ou d'un nom de fichier, à comparer : « Region_2024_Export.zip » compris."""
    return re.sub(r"[^a-z0-9]+", " ", sans_accent(texte)).strip()


def _ressource(jeu: Jeu, brute: dict) -> Ressource:
    titre = " ".join(str(brute.get("title") or "").split())
    urls = [brute["url"], brute.get("latest")]
    somme = brute.get("checksum") if isinstance(brute.get("checksum"), dict) else {}
    algorithme, valeur = str(somme.get("type", "")).lower(), str(somme.get("value", "")).lower()
    return Ressource(
        jeu=jeu,
        identifiant=str(brute.get("id") or brute["url"]),
        titre=titre,
        nom=_nom(brute["url"], titre, str(brute.get("format") or "")),
        urls=tuple(dict.fromkeys(url for url in urls if isinstance(url, str) and url)),
        publie_le=str(brute.get("last_modified") or brute.get("published") or ""),
        somme_annoncee=f"{algorithme}:{valeur}" if algorithme in SOMMES_CONNUES and valeur else "",
        documentation=brute.get("type") == "documentation",
        taille_octets=taille if isinstance(taille := brute.get("filesize"), int) else 0,
    )


def _nom(url: str, titre: str, extension: str) -> str:
    """Nom sous lequel garder le fichier : celui de l'adresse, sinon tiré du titre."""
    nom = PurePosixPath(unquote(urlsplit(url).path)).name
    if not re.search(r"\.\w{2,4}$", nom):
        nom = f"{titre or nom}.{extension.lower().strip('.') or 'zip'}"
    return re.sub(r"[^\w.-]+", "_", nom).lstrip("._-")[-120:] or "ressource.zip"


def _annee(texte: str) -> int:
    # Les dates de publication (20250207, 2025-02, 202502) ne sont pas des années de données.
    texte = re.sub(r"20\d\d[-_]?(0[1-9]|1[0-2])([-_]?[0-3]\d)?(?!\d)", " ", texte)
    annees = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", texte))
    return int(annees.pop()) if len(annees) == 1 else 0


def _flux(texte: str) -> tuple[str, ...]:
    return tuple(
        flux
        for flux in FLUX
        if re.search(rf"(\b{flux}(ation)?s?|cpf4pays ?{flux[0]})(?![a-z])", texte)
    )


def _regional(ressource: Ressource) -> bool:
    texte = mots(f"{ressource.nom} {ressource.titre}")
    national = re.search(r"\bnational", texte) and not re.search(r"\bregion", texte)
    lisible = ressource.extension in (".zip", ".txt")
    return lisible and bool(ressource.flux) and not national and not ressource.documentation


def _deux_flux(candidates: list[Ressource], periode: str, trouve: str) -> list[Ressource]:
    choisies = []
    for flux, nom in FLUX.items():
        siennes = [r for r in candidates if flux in r.flux]
        if not siennes:
            raise ErreurDonnees(
                f"Aucun fichier d'{nom} pour {periode} ({trouve}) ; {a_la_main(DOUANES)}."
            )
        choisies.append(_seule(siennes, f"les {nom}, {periode}"))
    return choisies


def _seule(candidates: list[Ressource], quoi: str) -> Ressource:
    """Une ressource publiée deux fois à l'identique compte pour une."""
    distinctes = {r.somme_annoncee or r.urls[0]: r for r in candidates}
    if len(distinctes) > 1:
        raise ErreurDonnees(
            f"Plusieurs fichiers conviennent pour {quoi} : {_liste(candidates)} ; choisir, "
            f"{a_la_main(candidates[0].jeu)}."
        )
    return candidates[0]


def _noms_distincts(choisies: list[Ressource]) -> list[Ressource]:
    """Deux ressources publiées sous le même nom ne s'écrasent pas."""
    noms = [r.nom for r in choisies]
    return [
        r
        if noms.count(r.nom) == 1
        else replace(r, nom=f"{r.annee or 'trimestres'}-{'-'.join(r.flux)}-{r.nom}")
        for r in choisies
    ]


def _par_commune(ressource: Ressource) -> bool:
    texte = mots(f"{ressource.nom} {ressource.titre}")
    groupement = re.search(r"\b(grpt|groupement|epci)", mots(ressource.nom))
    annee = millesime(ressource.nom)[0]
    ancienne = annee and annee < int(PREMIER_MILLESIME)
    return bool(re.search(r"\bcom20\d\d\b|\bcommunes?\b", texte)) and not (groupement or ancienne)


def _rang(ressource: Ressource) -> tuple:
    return (*millesime(ressource.nom), ressource.publie_le)


def _liste(publiees: list[Ressource], limite: int = 6) -> str:
    if not publiees:
        return "aucune ressource"
    suite = f" et {len(publiees) - limite} autres" if len(publiees) > limite else ""
    return ", ".join(map(str, publiees[:limite])) + suite
