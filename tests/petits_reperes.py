"""De petits repères écrits à la main : les tableaux d'une année, sans dossier préparé."""

from functools import lru_cache

import pandas as pd

from commerce import references
from commerce.annee import Annee
from commerce.donnees import couples
from commerce.donnees.reperes import Reperes, etages
from commerce.donnees.volumes import CLES, SOMMES

# Ces lignes n'ont pas de masse.
SANS_VOLUMES = pd.DataFrame(columns=[*CLES, *SOMMES]).astype(dict.fromkeys(SOMMES, "int64"))
COLONNES = ["flux", "trimestre", "territoire", "a129", "pays", "valeur_eur"]


def lignes(*contenu) -> pd.DataFrame:
    """Lignes d'échanges : flux, trimestre, territoire (code public), a129, pays, valeur_eur."""
    table = pd.DataFrame(contenu, columns=COLONNES).astype({"valeur_eur": "int64"})
    regions = {code: d.region.code for code, d in references.departements().items()}
    table["region"] = table["territoire"].map(regions | {"99": "93"}).fillna("").astype(str)
    return table


def couples_de(table: pd.DataFrame) -> pd.DataFrame:
    """Le résumé des couples, comme la préparation le range."""
    cles = ["flux", "a129", "pays"]
    sommes = {
        axe: table.groupby([*([axe] if axe else []), *cles])["valeur_eur"].sum().reset_index()
        for axe in ("territoire", "region", "")
    }
    regions = sommes["region"].rename(columns={"region": "ensemble", "a129": "produit"})
    france = sommes[""].rename(columns={"a129": "produit"}).assign(ensemble="FR")
    ensembles = pd.concat([regions[regions["ensemble"] != ""], france])
    return couples.par_espace(sommes["territoire"], ensembles, "FR")


def reperes(
    *contenu, annee: int = 2024, precedents: Reperes | None = None, volumes=None
) -> Reperes:
    """Les repères de ces lignes ; un pays absent de la table n'a ni nom ni zone."""
    # Les noms et la mémoire ne se partagent pas : un essai peut les changer.
    return Reperes(
        annee=Annee(annee),
        partenaires=references.pays(),
        libelles=references.produits_a129(),
        volumes=SANS_VOLUMES if volumes is None else volumes,
        precedents=precedents,
        **_tableaux(contenu, annee),
    )


@lru_cache(maxsize=32)
def _tableaux(contenu: tuple, annee: int) -> dict:
    table = lignes(*contenu)
    produits, pays, pointes = {}, {}, {}
    for sens in ("export", "import"):
        du_flux = table[table["flux"] == sens]
        produits[sens] = etages(du_flux, "a129")
        pays[sens] = etages(du_flux, "pays")
        par_trimestre = du_flux.groupby(["territoire", "a129", "trimestre"])["valeur_eur"].sum()
        pointes[sens] = par_trimestre.groupby(["territoire", "a129"]).max().unstack(fill_value=0)
    couples = couples_de(table).assign(annee=annee)
    return {"produits": produits, "pays": pays, "pointes": pointes, "couples": couples}


def varie(flux: str, territoire: str, montant_eur: int = 100_000, nombre: int = 30) -> list[tuple]:
    """Assez de couples de même montant pour que le flux soit significatif.

    Trente pays de l'Union et d'ailleurs, dans un seul produit (C28D), au premier trimestre.
    """
    pays = sorted(references.pays().query("classable").index)[:nombre]
    return [(flux, 1, territoire, "C28D", code, montant_eur) for code in pays]
