"""De quoi prévenir le lecteur de cette fiche-ci ? Une phrase par alerte, mêmes règles qu'ailleurs.

Chaque phrase dit la mesure, le chiffre refait sans le biais, le seuil et combien de territoires il
retient.
"""

from math import isnan

import pandas as pd

from commerce import formats, indicateurs
from commerce.donnees import reperes
from commerce.portrait import alertes, glossaire
from commerce.portrait.textes_portrait import enumerer, nombre_de_territoires
from commerce.portrait.textes_structure import fois
from commerce.redaction import Texte, assembler, liste, mots, paragraphes, phrase
from commerce.references import seuils
from commerce.textes import NOM_DU_FLUX


def alertes_ecrites(fiche) -> list[str]:
    """Les alertes du territoire, en texte simple : pour la page, la notice et le relecteur."""
    table = alertes.de_la_fiche(fiche)
    return [_alerte(fiche, ligne) for ligne in table.to_dict("records")]


def avertissements(fiche) -> Texte:
    """Ce qu'il faut savoir avant de lire les chiffres de ce territoire."""
    ecrites = alertes_ecrites(fiche)
    contenu = (
        liste(ecrites, "avertissements")
        if ecrites
        else paragraphes([phrase("portrait.alertes.aucune", fiche)])
    )
    return assembler(contenu, glossaire.renvois("ns", "hors-energie", "non-classes"))


def _alerte(fiche, ligne: dict) -> str:
    alerte, flux = ligne["alerte"], ligne["flux"]
    mots = {
        "flux": NOM_DU_FLUX.get(flux, ""),
        "sens": flux,
        "objets": _objets(fiche, ligne["objets"]),
        "seuil": _mesure(alerte, ligne["seuil"]),
        "valeur": _mesure(alerte, ligne["valeur"]),
        "part_ue": formats.pourcentage(ligne["part_ue_pct"]),
        **_monaco(fiche, alerte),
    }
    phrases = [phrase(f"portrait.alertes.{alerte}", fiche, **mots), *_refait(fiche, ligne)]
    if not isnan(ligne["seuil"]) and alerte != "gaz_electricite":
        phrases.append(_captes(fiche, ligne))
    return " ".join(phrases)


def _mesure(alerte: str, valeur: float) -> str:
    """La valeur d'une mesure, dans l'unité de la table des seuils."""
    if isnan(valeur):
        return ""
    unite = seuils().at[alerte, "unite"]
    if unite == "euros":
        return formats.millions(int(valeur))
    if unite == "couples":
        return formats.quantite(int(valeur), "couple")
    if unite == "fois":
        return fois(valeur)
    return formats.pourcentage(valeur, 0 if valeur == int(valeur) else 1)


def _objets(fiche, codes: list[str]) -> str:
    """Les produits, ou le produit et le pays, que l'alerte désigne."""
    repere = reperes.de_la_fiche(fiche)
    noms = []
    for code in codes:
        produit, _, pays = code.partition(" ")
        nom = repere.libelles["libelle_court"].get(produit, "")
        if pays:
            nom = f"{nom} ({repere.partenaires.at[pays, 'nom']})"
        noms.append(nom)
    return enumerer(noms)


def _refait(fiche, ligne: dict) -> list[str]:
    alerte = ligne["alerte"]
    objets = mots()["portrait"]["alertes"]["objets"]
    variante = f"{alerte}_un" if len(ligne["objets"]) == 1 else alerte
    objet = objets.get(variante, objets.get(alerte, ""))
    if not isnan(ligne["evolution_pct"]):
        evolution = formats.pourcentage(ligne["evolution_pct"], signe=True)
        flux = NOM_DU_FLUX[ligne["flux"]]
        cle = "portrait.alertes.trimestre_sans"
        return [phrase(cle, fiche, objet=objet, flux=flux, evolution=evolution)]
    if isnan(ligne["solde_eur"]):
        return []
    solde = formats.millions(int(ligne["solde_eur"]))
    if isnan(ligne["taux_couverture_pct"]):
        return [phrase("portrait.alertes.sans_solde", fiche, objet=objet, solde=solde)]
    couverture = formats.pourcentage(ligne["taux_couverture_pct"])
    return [phrase("portrait.alertes.sans", fiche, objet=objet, solde=solde, couverture=couverture)]


def _captes(fiche, ligne: dict) -> str:
    nombre, univers = ligne["territoires"], formats.nombre(nombre_de_territoires())
    cle = "un_territoire" if nombre == 1 else "territoires"
    territoires = phrase(
        f"portrait.alertes.{cle}", fiche, nombre=formats.nombre(nombre), univers=univers
    )
    mesure = _mesure(ligne["alerte"], ligne["seuil"])
    return phrase("portrait.alertes.captes", fiche, seuil=mesure, territoires=territoires)


def _monaco(fiche, alerte: str) -> dict[str, str]:
    """Ce que Monaco pèse dans sa région : le total de la région moins ses départements."""
    if alerte != "monaco":
        return {}
    poids = alertes.poids_hors_departements_pct(fiche)
    return {sens: formats.part(poids[sens]) for sens in indicateurs.SENS}


def tableau_des_seuils(fiche) -> pd.DataFrame:
    """Quels seuils, pourquoi, et combien de territoires chacun retient-il cette année ?

    Colonnes de texte : mesure, seuil, pourquoi, calage, territoires (vide pour une précision).
    """
    table = seuils()
    combien = alertes.effectifs(reperes.de_la_fiche(fiche)).map(formats.nombre)
    seuils_ecrits = [_mesure(code, table.at[code, "seuil"]) for code in table.index]
    return pd.DataFrame(
        {
            "mesure": table["mesure"],
            "seuil": seuils_ecrits,
            "pourquoi": table["pourquoi"],
            "calage": table["calage"],
            "territoires": combien.reindex(table.index, fill_value=""),
        }
    ).reset_index(drop=True)
