"""Quels territoires, quels produits, quels pays, quels seuils ? Seul lecteur de `data/reference`.

Les tables sont des données : corriger un article, un libellé ou un seuil se fait dans le fichier,
jamais ici. Provenance et licences : `data/README.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Literal

import pandas as pd

from commerce import ErreurDonnees, chemins, tables, theme

CODES_CORSE = ("2A", "2B", "R94")
# Les cinq DROM ensemble : un espace de comparaison, qui n'est pas une région.
DROM = "DROM"


@dataclass(frozen=True)
class Region:
    """Région de comparaison d'une fiche : code Insee, ou `DROM` pour les cinq DROM ensemble.

    `code_douanes` est le code propre aux douanes. `sujet`, `complement` et `locatif` portent
    l'article : « l'Occitanie », « d'Occitanie », « en Occitanie ». `slug` : les fichiers de sa
    fiche ; ceux de la fiche 20 pour la Corse, qui n'en a qu'une.
    """

    code: str
    code_douanes: str
    nom: str
    sujet: str
    complement: str
    locatif: str
    nombre: str
    slug: str


@dataclass(frozen=True)
class Departement:
    """Territoire d'une fiche : code public (`09`, `20` pour la Corse, `971`…) et sa grammaire.

    Une région entière a la sienne, sous le code `R76`, et les cinq DROM ensemble, `RDROM`.

    `sujet`, `complement` et `locatif` portent l'article : « l'Ariège », « de l'Ariège »,
    « dans l'Ariège » ; `nombre` vaut `singulier` ou `pluriel` et décide du verbe.
    """

    code: str
    code_douanes: str
    nom: str
    sujet: str
    complement: str
    locatif: str
    nombre: str
    slug: str
    region: Region

    @property
    def echelle(self) -> Literal["departement", "region"]:
        """La fiche est-elle d'un des cent territoires, ou d'une région entière ?"""
        return "departement" if self.code in departements() else "region"

    @property
    def espace(self) -> tuple[str, str]:
        """Sa ligne dans les repères : `("departement", "09")` ; `("region", "76")` pour R76."""
        return self.echelle, self.code if self.echelle == "departement" else self.region.code

    @property
    def composants(self) -> tuple[str, ...]:
        """Codes des lignes qui le font : le sien ; d'une région, ses départements, puis Monaco."""
        echelle, code = self.espace
        if echelle == "departement":
            return (code,)
        hors = hors_departements()["region"]
        return (*(d.code for d in departements_de_region(code)), *hors.index[hors == code])


@cache
def table(nom: str) -> pd.DataFrame:
    """Une table de `data/reference`, toute en texte ; `ErreurDonnees` si elle est fausse."""
    return tables.lire(chemins.REFERENCE / f"{nom}.csv", tables.FORMES[nom])


def verifier() -> None:
    """Toutes les tables sont-elles justes, et d'accord entre elles ? Sinon, `ErreurDonnees`."""
    for nom, forme in tables.FORMES.items():
        table(nom)
        tables.verifier_renvois(nom, forme, table)
    glossaire()


@cache
def regions() -> Mapping[str, Region]:
    """Quelles régions de comparaison ? Les 13 de métropole, puis `DROM`, par code."""
    lignes = table("regions").to_dict("records")
    return MappingProxyType({ligne["code"]: Region(**ligne) for ligne in lignes})


@cache
def departements() -> Mapping[str, Departement]:
    """Quelles fiches ? Les 100 territoires, par code public et dans l'ordre des codes."""
    lignes = table("departements").to_dict("records")
    return MappingProxyType(
        {
            ligne["code"]: Departement(**{**ligne, "region": regions()[ligne["region"]]})
            for ligne in lignes
        }
    )


@cache
def territoires() -> Mapping[str, Departement]:
    """Quelles fiches, régions comprises ? Les 100 territoires, puis `R11` à `R93` et `RDROM`.

    La Corse, territoire et région à la fois, n'a qu'une fiche, la 20.
    """
    siens = {d.slug for d in departements().values()}
    ensembles = {
        f"R{region.code}": Departement(**{**vars(region), "code": f"R{region.code}"}, region=region)
        for region in regions().values()
        if region.slug not in siens
    }
    return MappingProxyType({**departements(), **ensembles})


def fiche_de_region(region: Region) -> Departement:
    """La fiche de cette région ; pour la Corse, celle du territoire."""
    return territoires()[codes_des_regions()[region.code]]


@cache
def codes_des_regions() -> Mapping[str, str]:
    """Quel est le code de la fiche de chaque région ? `76` -> `R76`, `94` (la Corse) -> `20`."""
    par_slug = {t.slug: code for code, t in territoires().items()}
    return MappingProxyType({code: par_slug[r.slug] for code, r in regions().items()})


def departement(code: str | int) -> Departement:
    """Quel territoire porte ce code public ? `09`, `9` et `9` entier donnent l'Ariège.

    `R76` donne l'Occitanie ; `2A`, `2B` et `R94` la Corse entière (voir `avertissement_code`). Tout
    autre code lève `ErreurDonnees`, avec les codes les plus proches.
    """
    saisi = str(code).strip()
    cle = saisi.upper()
    if cle in CODES_CORSE:
        cle = "20"
    elif len(cle) == 1:
        cle = cle.zfill(2)
    if cle not in territoires():
        raise ErreurDonnees(
            f"Aucune fiche n'a le code « {saisi} » : {_remede(saisi)} ; les codes vont de 01 à 95 "
            "(20 pour la Corse), puis 971, 972, 973, 974 et 976 ; une région a son code Insee "
            "précédé de R (R76), les DROM ensemble RDROM."
        )
    return territoires()[cle]


def _remede(saisi: str) -> str:
    """Donne les codes à essayer : celui des douanes, celui du nom, ou les plus ressemblants."""
    par_douanes = {d.code_douanes: d for d in departements().values()}
    par_nom = {d.nom.casefold(): d for d in territoires().values()}
    if saisi.upper() in par_douanes:
        proches = [par_douanes[saisi.upper()]]
    elif noms := get_close_matches(saisi.casefold(), par_nom):
        proches = [par_nom[nom] for nom in noms]
    else:
        connus = territoires() if saisi.upper().startswith("R") else departements()
        codes = get_close_matches(saisi.upper(), connus, cutoff=0)
        proches = [territoires()[c] for c in codes]
    return "essayer " + " ou ".join(f"{d.code} ({d.nom})" for d in proches)


def avertissement_code(code: str | int) -> str:
    """Faut-il expliquer la fiche obtenue ? La phrase pour `2A`, `2B` et `R94`, sinon rien."""
    saisi = str(code).strip().upper()
    if saisi not in CODES_CORSE:
        return ""
    if saisi == "R94":
        return "Le code R94 donne la fiche Corse (20), territoire et région à la fois."
    return (
        f"Le code {saisi} donne la fiche Corse (20) : les douanes publient la Corse entière, "
        "sans distinguer la Corse-du-Sud de la Haute-Corse."
    )


def departements_de_region(code: str | int) -> list[Departement]:
    """Quels territoires forment cette région (code Insee ou `DROM`) ? Dans l'ordre des codes.

    Un code inconnu lève `ErreurDonnees` avec la liste des régions.
    """
    cle = str(code).strip().upper()
    if cle not in regions():
        connues = ", ".join(f"{r.code} ({r.nom})" for r in regions().values())
        raise ErreurDonnees(
            f"Aucune région n'a le code « {str(code).strip()} » : choisir parmi {connues}."
        )
    return [d for d in departements().values() if d.region.code == cle]


def hors_departements() -> pd.DataFrame:
    """Quels codes des douanes n'ont pas de fiche ? `code_douanes` en index, `nom`, `region`.

    `region` est vide pour le code 98, qui ne compte que dans le total France.
    """
    return table("hors_departements").set_index("code_douanes")


def produits_a129() -> pd.DataFrame:
    """Quels biens dans la nomenclature A129 ? Index `code`, et les colonnes de la table.

    `complement` dit le produit dans une phrase, après un nombre : « de boissons ». `energie` est un
    booléen : houille, hydrocarbures, raffinage, électricité, gaz.
    """
    lue = table("produits_a129").set_index("code")
    return lue.assign(energie=lue["energie"].eq("1"))


def produits_cpf4() -> pd.DataFrame:
    """Quels biens dans la nomenclature CPF4 ? Index `code`, `libelle_court`, `libelle`, `a129`."""
    return table("produits_cpf4").set_index("code")


def pays() -> pd.DataFrame:
    """Quels partenaires ? Index `code`, colonnes `nom`, `sujet`, `nombre`, `zone`, `classable`.

    `sujet` porte l'article, « les États-Unis », « Cuba » ; `nombre` décide du verbe. N'est pas
    classable (booléen) ce qui n'est pas un pays : avitaillement, pays non déterminés, France.
    """
    lue = table("pays").set_index("code")
    return lue.assign(classable=lue["classable"].eq("1"))


def territoires_industrie() -> pd.DataFrame:
    """Quels Territoires d'industrie sont connus sans le fichier officiel ?

    Colonnes `departement`, `id_ti`, `libelle`, `communes_dans_departement`, `communes` : texte,
    vide quand les cinq fiches publiées ne le disent pas.
    """
    return table("territoires_industrie").copy()


def seuils() -> pd.DataFrame:
    """À partir de quelles valeurs prévient-on le lecteur ? Index `code`.

    Colonnes sujet, mesure, seuil (nombre, NaN pour une alerte qui tient à un fait), unite,
    pourquoi, calage.
    """
    lus = table("seuils_alertes").set_index("code")
    return lus.assign(seuil=pd.to_numeric(lus["seuil"]))


def seuil(code: str) -> float:
    """Valeur d'un seuil de la table."""
    return float(seuils().at[code, "seuil"])


def droits_etats_unis() -> pd.DataFrame:
    """Que disent les textes officiels américains ? Du plus ancien au plus récent.

    Colonnes `applique_le` (AAAA-MM-JJ), `objet`, `reference`, `url`.
    """
    return table("droits_etats_unis").sort_values("applique_le", ignore_index=True)


def totaux_officiels() -> pd.DataFrame:
    """Quels totaux la douane a-t-elle publiés ?

    Colonnes `annee`, `flux` (`export`, `import`), `valeur_eur`, `evaluation` (FAB ou CAF), `champ`,
    `publie_le` (AAAA-MM-JJ), `source`, `url`.
    """
    return table("totaux_officiels").astype({"annee": int, "valeur_eur": "int64"})


def tuiles() -> pd.DataFrame:
    """Où chaque territoire se place-t-il sur la carte en tuiles ? Index `code`, colonne, ligne."""
    return table("carte_departements").set_index("code").astype(int)


def contours() -> dict[str, str]:
    """Quelle forme a chaque territoire ? Tracé SVG par code, dans un carré de 1020 unités."""
    return table("contours").set_index("code")["trace"].to_dict()


@cache
def glossaire() -> Mapping[str, Mapping]:
    """Tous les termes, dans l'ordre du fichier : terme, definition, formule, unite, plage...

    `indicateurs` : noms d'`indicateurs.csv` que le terme définit.
    """
    fichier = chemins.REFERENCE / "glossaire.toml"
    lu = theme.lire_toml(fichier)
    for nom, terme in lu.items():
        if not isinstance(terme, Mapping) or not {"terme", "definition"} <= terme.keys():
            raise ErreurDonnees(
                f"{fichier.name}, section « {nom} » : il lui faut un terme et une definition."
            )
    return lu
