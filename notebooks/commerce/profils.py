"""Que valent les indicateurs des cent territoires, de leurs régions et de la France, à la fois ?

Rang, évolution, zones, concentration, spécialisation, exposition : une ligne par espace, index
(echelle, code), sur les repères de l'année. Un rapport dont le dénominateur est trop petit vaut
NaN, écrit « n.s. ». Toujours sur la nomenclature A129, même pour une fiche en CPF4. Un indicateur
ajouté à `calculer` entre dans indicateurs.csv, les classeurs et le panorama.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from commerce import formats, references
from commerce.donnees.reperes import (
    ETATS_UNIS,
    FRANCE,
    UNION_EUROPEENNE,
    Reperes,
    significatif,
    une_fois,
)
from commerce.donnees.volumes import SOMMES, decomposer
from commerce.indicateurs import SENS, Sens

ENTIERS = ("rang_france", "rang_region", "n80_pays", "n80_produits", "solde_hors_energie_eur")
DE_CONCENTRATION = (
    *("hhi_pays", "hhi_produits", "nombre_equivalent_pays"),
    *("n80_pays", "n80_produits", "part_premier_produit_pct", "part_premier_flux_pct"),
)
# L'enquête EMEBI remplace la déclaration d'échanges de biens.
ANNEE_RUPTURE = 2022
# Lignes directrices américaines de 2010 sur les concentrations : 1 500 et 2 500 sur 10 000.
SEUIL_MOYEN, SEUIL_FORT = 0.15, 0.25


@dataclass(frozen=True)
class Rang:
    """Une place : `rang` (None si la valeur est absente), `ex_aequo`, `univers` (nombre classé)."""

    rang: int | None
    ex_aequo: bool
    univers: int


def rangs(valeurs: pd.Series) -> pd.Series:
    """Rang de chaque valeur, de la plus grande à la plus petite ; NaN reste NaN."""
    return valeurs.rank(method="min", ascending=False)


def place(valeurs: pd.Series, code: str) -> Rang:
    """Quelle place ce territoire prend-il parmi ces valeurs ? `valeurs` : index code."""
    classees = valeurs.dropna()
    if code not in classees.index:
        return Rang(None, False, len(classees))
    valeur = classees[code]
    rang = 1 + int((classees > valeur).sum())
    return Rang(rang, int((classees == valeur).sum()) > 1, len(classees))


def places(valeurs: pd.Series, code: str) -> dict[str, Rang]:
    """Place en France et dans la région. `valeurs` : index code, les 100 territoires."""
    dans_la_region = valeurs[valeurs.index.isin(voisins(code))]
    return {"france": place(valeurs, code), "region": place(dans_la_region, code)}


def comparables(fiche, valeurs: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Parmi qui cette fiche se classe-t-elle ? Les cent territoires, ou les régions pour l'une.

    `valeurs` : par espace ; l'index rendu est le code de fiche. Les DROM ensemble ne sont pas une
    région : ils ne sont classés nulle part.
    """
    echelle, _ = fiche.departement.espace
    if echelle == "departement":
        return valeurs.xs(echelle)
    regions = valeurs.xs(echelle).drop(index=references.DROM)
    return regions.rename(index=references.codes_des_regions())


def voisins(code: str) -> list[str]:
    """Codes des territoires de la même région, lui compris ; vide si sa région est inconnue."""
    territoire = references.departements().get(code)
    if territoire is None:
        return []
    return [d.code for d in references.departements_de_region(territoire.region.code)]


def grandeurs(repere: Reperes) -> dict[str, pd.Series]:
    """Les trois grandeurs classées, en euros : exportations, importations, solde. Index code."""
    export, importations = (repere.totaux[sens].xs("departement") for sens in ("export", "import"))
    return {"export": export, "import": importations, "solde": export - importations}


def rangs_region(valeurs: pd.Series) -> pd.Series:
    """Rang de chaque territoire parmi ceux de sa région ; NaN s'il y est seul, ou sans région."""
    regions = pd.Series({code: d.region.code for code, d in references.departements().items()})
    regions = regions[regions.duplicated(keep=False)].reindex(valeurs.index)
    return valeurs.groupby(regions).rank(method="min", ascending=False)


def evolution_pct(courant: pd.Series, precedent: pd.Series) -> pd.Series:
    """De combien de pour cent le montant a-t-il changé ? 100 x (courant / précédent - 1)."""
    return 100 * (courant / precedent.where(precedent > 0) - 1)


@une_fois
def annuelle_pct(repere: Reperes, sens: Sens) -> pd.Series:
    """Évolution du flux de chaque espace depuis l'année d'avant, en %.

    NaN si l'une des deux années manque ou est incomplète, ou si le flux d'avant est trop petit.
    """
    precedents = repere.precedents
    if precedents is None:
        return pd.Series(np.nan, index=repere.totaux[sens].index)
    evolution = evolution_pct(repere.totaux[sens], precedents.totaux[sens])
    return evolution.where(precedents.significatifs[sens])


@une_fois
def volumes_pct(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Évolution du flux de chaque espace depuis l'année d'avant, en volume et en valeur unitaire.

    Colonnes de `volumes.decomposer` ; les taux valent NaN (« n.s. ») là où l'évolution le vaut.
    """
    du_flux = repere.volumes[repere.volumes["flux"] == sens]
    sommes = du_flux.groupby(["echelle", "code"])[SOMMES].sum()
    evolution = annuelle_pct(repere, sens)
    return decomposer(sommes.reindex(evolution.index, fill_value=0), evolution.notna())


@une_fois
def volumes_produits_pct(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """La même chose par produit A129, index (echelle, code, a129), du plus grand au plus petit.

    Un produit trop petit l'année d'avant (« n.s. ») vaut NaN.
    """
    du_flux = repere.volumes[repere.volumes["flux"] == sens].sort_values(
        ["echelle", "code", "valeur_eur", "a129"], ascending=[True, True, False, True]
    )
    sommes = du_flux.set_index(["echelle", "code", "a129"])[SOMMES]
    return decomposer(sommes, sommes["precedent_eur"] >= references.seuil("petite_base_eur"))


@une_fois
def parts_zones_pct(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Quelle part de chaque flux va dans chaque zone ou en vient ? Tableau espace x zone, en %."""
    totaux = repere.totaux[sens].where(repere.significatifs[sens])
    return 100 * repere.zones[sens].div(totaux, axis="index")


def krugman_pct(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """De combien de points la structure de chaque espace s'écarte-t-elle de la France ? En %.

    `montants` : tableau espace x produit qui contient la ligne de la France.
    """
    structures = parts(montants, totaux)
    ecarts = structures.sub(structures.loc[FRANCE]).abs()
    return 50 * ecarts.sum(axis="columns", min_count=1)


@une_fois
def parts_etats_unis_pct(repere: Reperes, sens: str = "export") -> pd.Series:
    """Part des États-Unis dans le flux de chaque espace, en % ; NaN si le flux est trop petit."""
    totaux = repere.totaux[sens]
    parts = 100 * repere.montant_pays(sens, ETATS_UNIS) / totaux.where(totaux > 0)
    return parts.where(repere.significatifs[sens])


def rapports_etats_unis(repere: Reperes) -> pd.Series:
    """Combien de fois la part française ? Par espace ; NaN si la France n'exporte rien là-bas."""
    parts = parts_etats_unis_pct(repere)
    return parts / (parts.loc[FRANCE] or float("nan"))


def parts(montants: pd.DataFrame, totaux: pd.Series) -> pd.DataFrame:
    """Part de chaque code dans le total de l'espace, de 0 à 1 ; NaN si le total est nul."""
    return montants.div(totaux.where(totaux > 0), axis="index")


def hhi(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """Indice de Herfindahl-Hirschman : somme des carrés des parts, de 1/N à 1."""
    indices = (parts(montants, totaux) ** 2).sum(axis="columns", min_count=1)
    return indices.where(indices > 0)


def niveau(indice: float) -> str:
    """Mot qui qualifie un indice tel qu'il s'imprime : faible, moyenne (0,15) ou forte (0,25)."""
    if np.isnan(indice):
        return ""
    imprime = float(formats.arrondi(indice, 2))
    return "forte" if imprime >= SEUIL_FORT else "moyenne" if imprime >= SEUIL_MOYEN else "faible"


def nombre_equivalent(indice: pd.Series) -> pd.Series:
    """À combien de partenaires de même poids cela revient-il ? 1 / HHI."""
    return 1 / indice.where(indice > 0)


def n80(montants: pd.DataFrame, totaux: pd.Series) -> pd.Series:
    """Combien de codes, des plus grands aux plus petits, font 80 % du total de l'espace ?

    NaN si le total est nul, ou si les pays connus n'atteignent pas 80 % à eux tous.
    """
    cumuls = np.cumsum(-np.sort(-montants.to_numpy(), axis=1), axis=1)
    # En entiers, sans arrondi : 80 % sont atteints quand il manque au plus un cinquième du total.
    manque = totaux.to_numpy()[:, None] - cumuls
    avant = (manque > (totaux.to_numpy() // 5)[:, None]).sum(axis=1)
    rangs = pd.Series(avant + 1.0, index=montants.index)
    return rangs.where((totaux > 0) & (avant < montants.shape[1]))


@une_fois
def premiers_flux(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Quel est le plus grand flux produit x pays de chaque espace ?

    Index (echelle, code) ; colonnes a129, pays, valeur_eur, part_pct du flux. Ex æquo départagés
    par le code du produit, puis du pays.
    """
    couples = repere.couples[repere.couples["flux"] == sens]
    ordre = couples.sort_values(["valeur_eur", "a129"], ascending=[False, True], kind="stable")
    premiers = ordre.drop_duplicates(["echelle", "code"]).set_index(["echelle", "code"])
    premiers = premiers.reindex(repere.totaux[sens].index)[["a129", "pays", "valeur_eur"]]
    totaux = repere.totaux[sens]
    return premiers.assign(part_pct=100 * premiers["valeur_eur"] / totaux.where(totaux > 0))


@une_fois
def concentrations(repere: Reperes, sens: Sens) -> pd.DataFrame:
    """Tous les indices de concentration d'un flux, par espace.

    Colonnes : hhi_pays, hhi_produits, nombre_equivalent_pays, nombre_equivalent_produits, n80_pays,
    n80_produits, part_premier_produit_pct, part_premier_flux_pct. NaN (« n.s. ») quand le flux
    est trop petit.
    """
    totaux = repere.totaux[sens]
    pays, produits = repere.pays_classes[sens], repere.produits[sens]
    indices = pd.DataFrame({"hhi_pays": hhi(pays, totaux), "hhi_produits": hhi(produits, totaux)})
    indices["nombre_equivalent_pays"] = nombre_equivalent(indices["hhi_pays"])
    indices["nombre_equivalent_produits"] = nombre_equivalent(indices["hhi_produits"])
    indices["n80_pays"] = n80(pays, totaux)
    indices["n80_produits"] = n80(produits, totaux)
    indices["part_premier_produit_pct"] = 100 * parts(produits, totaux).max(axis="columns")
    indices["part_premier_flux_pct"] = premiers_flux(repere, sens)["part_pct"]
    return indices.where(repere.significatifs[sens])


@une_fois
def calculer(repere: Reperes) -> dict[tuple[str, str], pd.Series]:
    """Tous les indicateurs : (indicateur, flux) -> valeur par espace, index (echelle, code).

    Les rangs n'existent que pour les territoires.
    """
    valeurs = {}
    for grandeur, montants in grandeurs(repere).items():
        for nom, serie in (
            ("rang_france", rangs(montants)),
            ("rang_region", rangs_region(montants)),
        ):
            valeurs[nom, grandeur] = pd.concat({"departement": serie})
    for sens in SENS:
        totaux, assez = repere.totaux[sens], repere.significatifs[sens]
        valeurs["evolution_annuelle_pct", sens] = annuelle_pct(repere, sens)
        valeurs["evolution_volume_pct", sens] = volumes_pct(repere, sens)["volume_pct"]
        zones = parts_zones_pct(repere, sens)
        valeurs["part_ue_pct", sens] = zones[UNION_EUROPEENNE]
        valeurs["part_etats_unis_pct", sens] = parts_etats_unis_pct(repere, sens)
        indices = concentrations(repere, sens)
        valeurs |= {(nom, sens): indices[nom] for nom in DE_CONCENTRATION}
        distance = krugman_pct(repere.produits[sens], totaux)
        valeurs["krugman_pct", sens] = distance.where(assez)
    valeurs["rapport_etats_unis_france", "export"] = rapports_etats_unis(repere)
    export, importations = (repere.totaux[sens] - repere.energie[sens] for sens in SENS)
    valeurs["solde_hors_energie_eur", ""] = export - importations
    couples = repere.nombre_de_couples("import", hors_energie=True)
    assez = significatif(importations, couples)
    valeurs["taux_couverture_hors_energie_pct", ""] = 100 * export / importations.where(assez)
    return valeurs


def valeurs(fiche, echelle: str = "departement") -> dict[tuple[str, str], float]:
    """Valeur de chaque indicateur pour le territoire, sa région ou la France ; NaN si « n.s. »."""
    ligne = fiche.espaces[echelle]
    return {cle: serie.get(ligne, float("nan")) for cle, serie in calculer(fiche.reperes).items()}


def indicateurs(fiche) -> pd.DataFrame:
    """Les indicateurs du territoire, à ajouter à ceux de base.

    Colonnes : indicateur, flux (export, import, solde ou vide), valeur (entier, réel ou NaN).
    """
    lignes = [
        (nom, flux, int(valeur) if nom in ENTIERS and not pd.isna(valeur) else float(valeur))
        for (nom, flux), valeur in valeurs(fiche).items()
    ]
    noms, flux, nombres = zip(*lignes, strict=True)
    # `object` garde les entiers exacts à côté des réels.
    nombres = pd.Series(nombres, dtype=object)
    return pd.DataFrame({"indicateur": noms, "flux": flux, "valeur": nombres})
