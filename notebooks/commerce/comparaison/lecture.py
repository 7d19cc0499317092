"""Que compare-t-on d'un territoire à l'autre ? Les mêmes nombres que les fiches, pour les cent.

Tout est calculé sur les euros, puis arrondi comme la page l'écrit : le script n'a qu'à choisir.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from commerce import formats, profils, references, series
from commerce.donnees import reperes
from commerce.donnees.fiche import Origine, choisir_annee, preparees
from commerce.donnees.prepare import Prepare
from commerce.donnees.reperes import FRANCE, ZONES, Reperes
from commerce.indicateurs import SENS
from commerce.panorama import lecture as panorama
from commerce.parties.specialisation import balassa
from commerce.redaction import mots

# Sous un vingtième de pour cent, une part s'écrit « < 0,1 % » : la page s'en passe.
PART_ECRITE_PCT = 0.05


@dataclass(frozen=True, eq=False)
class Comparaison(Origine):
    """Les données d'une année, et les fiches qui ont une page (`pages` : code -> slug)."""

    prepare: Prepare
    pages: dict[str, str]
    slug: ClassVar[str] = "comparer"

    def __repr__(self) -> str:
        return f"Comparaison des territoires, {self.annee}"


def ouvrir(
    annee: int | str = 0, donnees: str | Path = "", indicateurs="", journal=""
) -> Comparaison:
    """La comparaison d'une année ; 0 : la dernière complète.

    `donnees` : un dossier préparé ; vide, les fichiers sont préparés, ou repris. `indicateurs`,
    `journal` : ceux du lot, qui disent quelles fiches ont une page. Lève `ErreurDonnees`.
    """
    lu = preparees(donnees, annee=annee)
    choisie = choisir_annee(lu, annee)
    publiees = panorama.lire(indicateurs, journal).publiees
    pages = dict(zip(publiees["code"], publiees["slug"], strict=True))
    return Comparaison(choisie, lu.demonstration, lu.provisoire(choisie), lu.dossier, lu, pages)


def tableau(vue: Comparaison) -> pd.DataFrame:
    """Les chiffres clés des cent territoires, par code.

    Index code ; colonnes nom, region, export_eur, import_eur, solde_eur, couverture_pct,
    part_france_export_pct, part_france_import_pct, evolution_export_pct, evolution_import_pct
    (NaN : non significatif).
    """
    lus = reperes.lire(vue.dossier, vue.annee)
    lieux = references.departements()
    table = pd.DataFrame(
        {"nom": [d.nom for d in lieux.values()], "region": [d.region.nom for d in lieux.values()]},
        index=pd.Index(lieux, name="code"),
    )
    totaux = {sens: lus.totaux[sens] for sens in SENS}
    for sens in SENS:
        table[f"{sens}_eur"] = totaux[sens].xs("departement")
    table["solde_eur"] = table["export_eur"] - table["import_eur"]
    achats = table["import_eur"].where(table["import_eur"] > 0)
    table["couverture_pct"] = 100 * table["export_eur"] / achats
    for sens in SENS:
        table[f"part_france_{sens}_pct"] = 100 * table[f"{sens}_eur"] / totaux[sens].loc[FRANCE]
        evolution = profils.annuelle_pct(lus, sens).xs("departement")
        table[f"evolution_{sens}_pct"] = evolution
    return table


def contenu(vue: Comparaison) -> dict:
    """Tout ce que la page peut montrer, en types JSON, déjà arrondi.

    territoires : par code, nom, slug, region, chiffres, zones, produits et pays (parts en %, par
    flux), specialites (Balassa), series (indices, quatre trimestres glissants, par flux) ; None
    pour ce qui n'est pas significatif. produits, pays : libellés. dates : celles des indices.
    """
    lus, courbes = reperes.lire(vue.dossier, vue.annee), series.de_tous(vue.dossier, vue.annee)
    chiffres = tableau(vue)
    parts = {sens: parts_pct(lus, sens) for sens in SENS}
    dates = _dates(courbes)
    territoires = {}
    for code, ligne in chiffres.iterrows():
        espace = ("departement", code)
        territoires[code] = {
            "nom": ligne["nom"],
            "region": ligne["region"],
            "slug": vue.pages.get(code, ""),
            "chiffres": {nom: _ecrit(nom, ligne[nom]) for nom in chiffres.columns[2:]},
            "zones": {s: [_arrondi(p) for p in parts[s]["zones"].loc[espace]] for s in SENS},
            "produits": {s: _premieres(parts[s]["produits"].loc[espace]) for s in SENS},
            "pays": {s: _premieres(parts[s]["pays"].loc[espace]) for s in SENS},
            "specialites": _specialites(lus, espace),
            "series": {s: _indices(courbes, s, code, dates) for s in SENS},
        }
    cites = {
        nom: sorted({c for t in territoires.values() for s in SENS for c in t[nom][s] or ()})
        for nom in ("produits", "pays")
    }
    return {
        "territoires": territoires,
        "produits": _libelles(lus.libelles["libelle_court"], cites["produits"]),
        "pays": _libelles(lus.partenaires["nom"], cites["pays"]),
        "zones": [mots()["comparaison"]["union"], *ZONES[1:]],
        "dates": [f"T{trimestre} {annee}" for annee, trimestre in dates],
    }


def parts_pct(lus: Reperes, sens: str) -> dict[str, pd.DataFrame]:
    """Parts des zones, des produits et des pays dans le flux de chaque espace, en %.

    NaN partout si le flux est trop petit.
    """
    totaux = lus.totaux[sens].where(lus.significatifs[sens])
    tables = {"produits": lus.produits[sens], "pays": lus.pays_classes[sens]}
    return {
        "zones": profils.parts_zones_pct(lus, sens),
        **{nom: 100 * profils.parts(table, totaux) for nom, table in tables.items()},
    }


def _premieres(parts: pd.Series) -> dict[str, float] | None:
    """Les parts qui s'écrivent, par code ; None si le flux est trop petit pour des parts."""
    if parts.isna().all():
        return None
    retenues = parts[parts >= PART_ECRITE_PCT]
    return {code: _arrondi(part) for code, part in retenues.items()}


def _specialites(lus: Reperes, espace: tuple[str, str]) -> dict[str, float] | None:
    if not lus.significatifs["export"].loc[espace]:
        return None
    montants = lus.produits["export"]
    table = balassa(montants.loc[espace], montants.loc[FRANCE])
    connus = table.loc[table["retenu"], "balassa"].dropna()
    return {code: _arrondi(rapport) for code, rapport in connus.items()}


def _dates(courbes: pd.DataFrame) -> list[tuple[int, int]]:
    """Trimestres (année, rang) où l'indice de la France est connu dans les deux flux."""
    connues = [
        courbes.xs((sens, *FRANCE)).dropna(subset="indice")[["annee", "trimestre"]] for sens in SENS
    ]
    return sorted(set.intersection(*(set(t.itertuples(index=False, name=None)) for t in connues)))


def _indices(courbes: pd.DataFrame, sens: str, code: str, dates: list) -> list[float | None]:
    lignes = courbes.xs((sens, "departement", code)).set_index(["annee", "trimestre"])
    return [_arrondi(indice) for indice in lignes["indice"].reindex(dates)]


def _ecrit(nom: str, valeur: float) -> float | None:
    if pd.isna(valeur):
        return None
    if nom.endswith("_eur"):
        return float(formats.arrondi(formats.en_millions(int(valeur)), 1))
    return _arrondi(valeur, 2 if nom.startswith("part_france") else 1)


def _arrondi(valeur: float, decimales: int = 1) -> float | None:
    return None if pd.isna(valeur) else float(formats.arrondi(float(valeur), decimales))


def _libelles(noms: pd.Series, codes: list[str]) -> dict[str, str]:
    return {code: formats.propre(noms.get(code, code)) for code in codes}
