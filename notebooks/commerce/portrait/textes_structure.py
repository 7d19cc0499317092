"""Que disent les zones, la concentration, la spécialisation et les approvisionnements ?

Une fonction par paragraphe ou titre ; mêmes règles que `textes_portrait`.
"""

from math import isnan

import pandas as pd

from commerce import formats, portrait
from commerce.donnees import reperes
from commerce.donnees.reperes import FRANCE, UNION_EUROPEENNE, espaces
from commerce.indicateurs import SENS, Sens
from commerce.portrait import approvisionnements, concentration, glossaire, specialisation
from commerce.portrait.textes_portrait import PRODUITS_CITES, cle_de_titre, enumerer, petite_base
from commerce.redaction import Texte, accord, assembler, majuscule, mots, paragraphes, phrase
from commerce.textes import NOM_DU_FLUX


def zones(fiche) -> Texte:
    """Dans quelles régions du monde sont les clients et les fournisseurs ?"""
    table = specialisation.zones(fiche, reperes.de_la_fiche(fiche))
    union, ailleurs = [], []
    for sens in SENS:
        du_flux = table[table["flux"] == sens].set_index("zone")
        ligne = du_flux.loc[UNION_EUROPEENNE]
        if isnan(ligne["part_pct"]):
            union.append(petite_base(fiche, sens))
            continue
        cle = "import_apres_export" if sens == "import" and ailleurs else sens
        part = formats.pourcentage(ligne["part_pct"])
        ecart = _ecart(fiche, ligne)
        union.append(phrase(f"portrait.zones.{cle}", fiche, part=part, ecart=ecart))
        hors_union = du_flux.drop(UNION_EUROPEENNE)["part_pct"]
        if hors_union.max() > 0:
            zone = mots()["portrait"]["zones"]["noms"][hors_union.idxmax()]
            part = formats.part(hors_union.max())
            cle = f"portrait.zones.hors_union_{sens}"
            ailleurs.append(phrase(cle, fiche, zone=zone, part=part))
    textes = paragraphes([" ".join(union), " ".join(ailleurs)])
    return assembler(textes, glossaire.renvois("zones", "non-classes"))


def _ecart(fiche, union: pd.Series) -> str:
    ecart = union["part_pct"] - union["part_france_pct"]
    part_france = formats.pourcentage(union["part_france_pct"])
    if not formats.arrondi(ecart, 1):
        return phrase("portrait.zones.ecart_nul", fiche, part_france=part_france)
    points = formats.points(abs(ecart)).removeprefix("+")
    mots = phrase(f"portrait.{'de_plus' if ecart > 0 else 'de_moins'}", fiche, points=points)
    return phrase("portrait.zones.ecart", fiche, ecart=mots, part_france=part_france)


def titre_zones(fiche) -> str:
    """Titre de la figure des zones du monde."""
    return phrase(cle_de_titre(fiche, "zones.titre"), fiche)


def concentration_des_flux(fiche, sens: Sens) -> Texte:
    """Les échanges tiennent-ils à quelques pays, à quelques produits, à un seul flux ?"""
    repere = reperes.de_la_fiche(fiche)
    tableau = concentration.tableau(repere, sens)
    ligne = tableau.loc[espaces(fiche)["departement"]]
    renvois = glossaire.renvois("n80", "hhi", "nombre-equivalent", "premier-flux", "ns")
    if isnan(ligne["hhi_produits"]):
        return assembler(paragraphes([petite_base(fiche, sens)]), renvois)
    communes = {"flux": NOM_DU_FLUX[sens]}
    n80_france = tableau.at[FRANCE, "n80_pays"]
    pays = _nombre_de("pays", fiche, ligne["n80_pays"], n80_france, **communes)
    produits = _nombre_de("produits", fiche, ligne["n80_produits"], n80_france, **communes)
    equivalent = ligne["nombre_equivalent_pays"]
    indices = phrase(
        f"portrait.concentration.{'indice_produits' if isnan(ligne['hhi_pays']) else 'indices'}",
        fiche,
        niveau_pays=concentration.niveau(ligne["hhi_pays"]),
        hhi_pays=formats.nombre(ligne["hhi_pays"], 2),
        equivalent=f"{formats.nombre(equivalent, 1)} pays",
        niveau_produits=concentration.niveau(ligne["hhi_produits"]),
        hhi_produits=formats.nombre(ligne["hhi_produits"], 2),
        **communes,
    )
    lecture = f"{pays} {produits} {indices} {_premier_flux(fiche, repere, sens)}"
    return assembler(paragraphes([lecture.rstrip()]), renvois)


def _nombre_de(quoi: str, fiche, nombre: float, n80_france: float, **communes) -> str:
    if isnan(nombre):
        return phrase(f"portrait.concentration.{quoi}_inconnus", fiche, **communes)
    cle = f"{quoi}_un" if nombre == 1 else quoi
    return phrase(
        f"portrait.concentration.{cle}",
        fiche,
        n80_majuscule=majuscule(formats.en_lettres(int(nombre))),
        n80_france=formats.NON_SIGNIFICATIF
        if isnan(n80_france)
        else formats.en_lettres(int(n80_france)),
        **communes,
    )


def _premier_flux(fiche, repere: reperes.Reperes, sens: Sens) -> str:
    premier = concentration.premiers_flux(repere, sens).loc[espaces(fiche)["departement"]]
    if isnan(premier["part_pct"]):
        return ""
    return phrase(
        "portrait.concentration.premier_flux",
        fiche,
        produit=repere.libelles.at[premier["a129"], "libelle_court"],
        pays=repere.partenaires.at[premier["pays"], "nom"],
        part=formats.pourcentage(premier["part_pct"]),
        flux=NOM_DU_FLUX[sens],
    )


def titre_concentration(fiche) -> str:
    """Titre du tableau de concentration."""
    return phrase("portrait.concentration.titre", fiche)


def fois(rapport: float) -> str:
    """« 3,2 fois », « 399 fois », « 0,6 fois »."""
    entier = rapport >= 10 or rapport == int(rapport)
    return f"{formats.nombre(rapport, 0 if entier else 1)}{formats.INSECABLE}fois"


def specialisation_du_territoire(fiche) -> Texte:
    """Quels produits distinguent le territoire, et de combien s'écarte-t-il de la France ?"""
    repere = reperes.de_la_fiche(fiche)
    renvois = glossaire.renvois("balassa", "krugman", "ns")
    distance = portrait.valeurs(fiche)["krugman_pct", "export"]
    if isnan(distance):
        return assembler(paragraphes([petite_base(fiche, "export")]), renvois)
    table = specialisation.specialisations(fiche, repere)
    plus = table[table["balassa"].isna() | (table["balassa"] > 1)].head(PRODUITS_CITES)
    produits = [
        phrase(
            "portrait.specialisation.produit",
            fiche,
            produit=ligne.libelle_court,
            part=formats.pourcentage(ligne.part_pct),
            fois=fois(ligne.balassa),
        )
        for ligne in plus.itertuples()
    ]
    cle = {0: "aucun", 1: "un_produit"}.get(len(produits), "produits")
    cites = enumerer(produits) if produits else ""
    phrases = [
        phrase(f"portrait.specialisation.{cle}", fiche, produits=cites),
        phrase("portrait.specialisation.krugman", fiche, distance=formats.pourcentage(distance)),
    ]
    return assembler(paragraphes(phrases), renvois)


def ressemblances(fiche) -> Texte:
    """Quels territoires exportent les produits les plus voisins ?"""
    table = specialisation.ressemblances(reperes.de_la_fiche(fiche), fiche.departement.code)
    if table.empty:
        return paragraphes([petite_base(fiche, "export")])
    territoires = [
        phrase(
            "portrait.specialisation.ressemblance",
            fiche,
            voisin=ligne.nom,
            part=formats.pourcentage(ligne.ressemblance_pct),
        )
        for ligne in table.itertuples()
    ]
    texte = phrase(
        "portrait.specialisation.ressemblances", fiche, territoires=enumerer(territoires)
    )
    return assembler(paragraphes([texte]), glossaire.renvois("ressemblance"))


def titre_specialisation(fiche) -> str:
    """Titre de la figure des spécialisations."""
    exporte = accord(fiche, "exporte", "exportent")
    return phrase("portrait.specialisation.titre", fiche, exporte=exporte)


def approvisionnements_concentres(fiche) -> Texte:
    """Quels produits le territoire achète-t-il presque tous au même endroit, hors d'Europe ?"""
    phrases = [phrase("portrait.approvisionnements.regle", fiche)]
    observees = approvisionnements.annees_observees(fiche)
    if len(observees) < approvisionnements.ANNEES_REQUISES:
        phrases.append(phrase("portrait.approvisionnements.annees_manquantes", fiche))
        return assembler(paragraphes(phrases), glossaire.renvois("approvisionnements"))
    table = approvisionnements.de_la_fiche(fiche)
    produits = [
        phrase(
            "portrait.approvisionnements.produit",
            fiche,
            produit=ligne.libelle_court,
            montant=formats.millions_court(ligne.import_eur),
            an=ligne.annee,
            pays=ligne.libelle_pays,
            part=formats.pourcentage(ligne.part_pays_pct),
        )
        for ligne in table.head(PRODUITS_CITES).itertuples()
    ]
    cle = {0: "aucun", 1: "un"}.get(len(table), "plusieurs")
    cle = "nombreux" if len(table) > PRODUITS_CITES else cle
    phrases.append(
        phrase(
            f"portrait.approvisionnements.{cle}",
            fiche,
            nombre_majuscule=majuscule(formats.en_lettres(len(table))),
            produits=" ; ".join(produits),
        )
    )
    if len(observees) == approvisionnements.ANNEES_REQUISES:
        phrases.append(phrase("portrait.approvisionnements.deux_annees", fiche))
    return assembler(paragraphes(phrases), glossaire.renvois("approvisionnements", "hhi"))


def titre_approvisionnements(fiche) -> str:
    """Titre du tableau des approvisionnements concentrés."""
    return phrase("portrait.approvisionnements.titre", fiche)
