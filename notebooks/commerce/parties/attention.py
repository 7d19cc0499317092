"""Que faut-il savoir avant de lire les chiffres de ce territoire-ci ?

Une alerte dit une mesure qui passe son seuil, le chiffre refait sans le biais (solde et couverture,
part de l'Union ou évolution, selon ce que le biais touche), le seuil et combien de territoires il
retient. Les mesures des cent territoires sont dans `attention_mesures`.
"""

from math import isnan

import pandas as pd
from markupsafe import Markup

from commerce import formats, nommer, references
from commerce.donnees.reperes import UNION_EUROPEENNE
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX, fois
from commerce.indicateurs import SENS, Sens, rapport_pct
from commerce.parties.attention_mesures import SOUS_LE_SEUIL, declenchees, effectifs, faits
from commerce.profils import evolution_pct
from commerce.redaction import (
    Texte,
    assembler,
    enumerer,
    liste,
    mots,
    paragraphes,
    phrase,
    phrases,
    renvois,
    repli,
)

COLONNES = [
    *("alerte", "sujet", "flux", "objets", "valeur", "seuil", "unite", "territoires"),
    *("solde_eur", "taux_couverture_pct", "part_ue_pct", "evolution_pct"),
    *("monaco_export_pct", "monaco_import_pct"),
]


def tableau(fiche) -> pd.DataFrame:
    """De quoi prévenir le lecteur de ce territoire ? Dans l'ordre de la table des seuils.

    Une ligne par sujet et flux. Colonnes : alerte, sujet, flux (ou vide), objets (codes
    concernés), valeur et seuil (NaN pour un fait), leur unite, territoires (combien sur cent, lui
    compris), puis le chiffre refait sans le biais, NaN quand il ne s'y prête pas : solde_eur,
    taux_couverture_pct, part_ue_pct, evolution_pct ; enfin ce que Monaco pèse dans sa région,
    monaco_export_pct et monaco_import_pct.
    """
    code, regles = fiche.departement.code, references.seuils()
    passees, concernes = declenchees(fiche.reperes), faits(fiche.reperes)
    par_alerte = dict(list(passees[passees["code"] == code].groupby("alerte")))
    lignes = []
    for alerte in regles.index:
        if code in concernes.get(alerte, ()):
            lignes.append({"alerte": alerte, "flux": "", "objets": []} | _monaco(fiche, alerte))
        if alerte not in par_alerte:
            continue
        for flux, groupe in par_alerte[alerte].groupby("flux"):
            ordre = groupe.sort_values(["valeur", "objet"], ascending=[False, True])
            trouvee = {"objets": list(ordre["objet"]), "valeur": ordre["valeur"].iloc[0]}
            refaits = _refaits(fiche, alerte, flux, ordre)
            lignes.append({"alerte": alerte, "flux": flux} | trouvee | refaits)
    table = pd.DataFrame(lignes, columns=COLONNES)
    table["territoires"] = table["alerte"].map(effectifs(fiche.reperes))
    for colonne in ("sujet", "seuil", "unite"):
        table[colonne] = table["alerte"].map(regles[colonne])
    # L'énergie a deux seuils : un seul avertissement.
    return table.drop_duplicates(["sujet", "flux"]).reset_index(drop=True)


def _monaco(fiche, alerte: str) -> dict[str, float]:
    if alerte != "monaco":
        return {}
    poids = poids_hors_departements_pct(fiche)
    return {f"monaco_{sens}_pct": poids[sens] for sens in SENS}


def poids_hors_departements_pct(fiche) -> dict[Sens, float]:
    """Que pèse, dans sa région, ce qui n'est d'aucun département (Monaco) ? En %, par flux."""
    region = fiche.departement.region.code
    codes = [d.code for d in references.departements_de_region(region)]
    return {
        sens: 100 - rapport_pct(totaux.xs("departement")[codes].sum(), totaux["region", region])
        for sens, totaux in fiche.reperes.totaux.items()
    }


def _refaits(fiche, alerte: str, flux: str, groupe: pd.DataFrame) -> dict[str, float]:
    """Le chiffre refait sans ce que l'alerte désigne."""
    repere, ligne = fiche.reperes, fiche.espaces["departement"]
    if alerte in SOUS_LE_SEUIL:
        return {}
    restes = {
        sens: int(repere.totaux[sens].loc[ligne] - groupe[f"retrait_{sens}_eur"].sum())
        for sens in SENS
    }
    if alerte == "indetermines":
        unis = repere.zones[flux].at[ligne, UNION_EUROPEENNE]
        return {"part_ue_pct": rapport_pct(unis, restes[flux])}
    if alerte == "trimestre":
        if repere.precedents is None:
            return {}
        avant = repere.precedents.produits[flux].loc[ligne]
        ecartes = avant.index.isin(groupe["objet"])
        actuel, precedent = pd.Series([restes[flux]]), pd.Series([avant[~ecartes].sum()])
        return {"evolution_pct": evolution_pct(actuel, precedent).iloc[0]}
    assez = restes["import"] >= references.seuil("petite_base_eur")
    return {
        "solde_eur": restes["export"] - restes["import"],
        "taux_couverture_pct": rapport_pct(restes["export"], restes["import"] if assez else 0),
    }


def seuils(fiche) -> pd.DataFrame:
    """Quels seuils, combien de territoires chacun retient-il cette année, et pourquoi ?

    Colonnes de texte : mesure, seuil, territoires (vide pour une précision), pourquoi.
    """
    table = references.seuils()
    combien = effectifs(fiche.reperes).map(formats.nombre)
    return table.assign(
        seuil=list(map(_mesure, table["seuil"], table["unite"])),
        territoires=combien.reindex(table.index, fill_value=""),
    )[["mesure", "seuil", "territoires", "pourquoi"]].reset_index(drop=True)


def texte(fiche, alertes: pd.DataFrame) -> Texte:
    """Les avertissements du territoire, puis tous les seuils, repliés. alertes : voir `tableau`."""
    dites = ecrites(fiche, alertes)
    aucune = paragraphes([phrase("attention.aucune", fiche)])
    titre = phrase("attention.seuils.titre", fiche)
    tete, rangees = phrases("attention.seuils.tete", fiche), seuils(fiche).to_numpy().tolist()
    defilant = Markup(
        '<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>'
    ).format(titre, tableaux.ecrite(titre, tete, rangees))
    return assembler(
        liste(dites, "avertissements") if dites else aucune,
        repli(phrase("attention.seuils.resume", fiche), defilant, "seuils"),
        renvois("ns", "hors-energie", "non-classes"),
    )


def ecrites(fiche, alertes: pd.DataFrame) -> list[str]:
    """Les alertes du territoire, en texte simple : pour la page, la notice et le relecteur."""
    return [
        " ".join([_constat(fiche, ligne), *_refait(fiche, ligne), *_captes(fiche, ligne)])
        for ligne in alertes.to_dict("records")
    ]


def _constat(fiche, ligne: dict) -> str:
    variante = f"{ligne['alerte']}_{fiche.departement.code}"
    return phrase(
        f"attention.{variante if variante in mots()['attention'] else ligne['alerte']}",
        fiche,
        flux=NOM_DU_FLUX.get(ligne["flux"], ""),
        sens=ligne["flux"],
        objets=_objets(fiche, ligne),
        seuil=_mesure(ligne["seuil"], ligne["unite"]),
        valeur=_mesure(ligne["valeur"], ligne["unite"]),
        part_ue=formats.pourcentage(ligne["part_ue_pct"]),
        monaco_export=formats.part(ligne["monaco_export_pct"]),
        monaco_import=formats.part(ligne["monaco_import_pct"]),
    )


def _mesure(valeur: float, unite: str) -> str:
    """La valeur d'une mesure, dans l'unité de la table des seuils ; vide pour un fait."""
    if isnan(valeur):
        return ""
    if unite == "euros":
        return formats.millions(int(valeur))
    if unite == "couples":
        return formats.quantite(int(valeur), "couple")
    if unite == "fois":
        return fois(valeur)
    return formats.pourcentage(valeur, 0 if valeur == int(valeur) else 1)


def _objets(fiche, ligne: dict) -> str:
    """Les produits, ou le flux d'un produit avec un pays, que l'alerte désigne."""
    libelles, noms = fiche.reperes.libelles["libelle_court"], fiche.reperes.partenaires["nom"]
    dits = []
    for objet in ligne["objets"]:
        code, _, pays = objet.partition(" ")
        nomme, partenaire = (code, libelles.get(code, "")), (pays, noms.get(pays, ""))
        dits.append(
            nommer.flux(ligne["flux"], *nomme, *partenaire) if pays else nommer.produit(*nomme)
        )
    return enumerer(dits)


def _refait(fiche, ligne: dict) -> list[str]:
    alerte, objets = ligne["alerte"], mots()["attention"]["objets"]
    au_singulier = f"{alerte}_un" if len(ligne["objets"]) == 1 else alerte
    objet = objets.get(au_singulier, objets.get(alerte, ""))
    if not isnan(ligne["evolution_pct"]):
        evolution = formats.pourcentage(ligne["evolution_pct"], signe=True)
        flux = NOM_DU_FLUX[ligne["flux"]]
        cle = "attention.trimestre_sans"
        return [phrase(cle, fiche, objet=objet, flux=flux, evolution=evolution)]
    if isnan(ligne["solde_eur"]):
        return []
    solde = formats.millions(int(ligne["solde_eur"]))
    cle = "sans_solde" if isnan(ligne["taux_couverture_pct"]) else "sans"
    couverture = formats.pourcentage(ligne["taux_couverture_pct"])
    return [phrase(f"attention.{cle}", fiche, objet=objet, solde=solde, couverture=couverture)]


def _captes(fiche, ligne: dict) -> list[str]:
    """Le seuil et ce qu'il retient ; rien pour un fait, ni pour la convention sur le gaz."""
    if isnan(ligne["seuil"]) or ligne["alerte"] == "gaz_electricite":
        return []
    nombre, univers = ligne["territoires"], formats.nombre(len(references.departements()))
    cle = "un_territoire" if nombre == 1 else "territoires"
    territoires = phrase(f"attention.{cle}", fiche, nombre=formats.nombre(nombre), univers=univers)
    seuil = _mesure(ligne["seuil"], ligne["unite"])
    return [phrase("attention.captes", fiche, seuil=seuil, territoires=territoires)]
