"""Que retenir de ce territoire en dix secondes ? Trois ou quatre phrases qui ne sont qu'à lui.

Ce qu'il vend et à qui, ce qu'il achète et de qui, comment il évolue à côté de la France, puis un ou
deux faits qui le singularisent parmi les cent (voir `singularites`). Un flux « n.s. » ne donne que
son montant.
"""

from math import isnan

import pandas as pd

from commerce import formats, indicateurs, profils, references, singularites
from commerce.donnees.reperes import FRANCE
from commerce.formats import NOM_DU_FLUX
from commerce.indicateurs import SENS, Sens
from commerce.nommer import de_produit
from commerce.parties import departements
from commerce.redaction import (
    Texte,
    accord,
    balise,
    complement,
    enumerer,
    majuscule,
    mots,
    ordinal,
    paragraphes,
    phrase,
)

PAYS_CITES = 2
# Un second fait n'est dit que s'il s'écarte d'au moins un écart type robuste.
SCORE_DU_SECOND = 1
COLONNES = [
    "fait",
    "flux",
    "produit",
    "pays",
    "departement",
    "valeur",
    "france",
    "cote",
    "rang",
    "univers",
]


def tableau(fiche) -> pd.DataFrame:
    """Quels faits dire de ce territoire, dans l'ordre où ils se lisent ?

    Colonnes : fait (total, produit, pays, evolution, departement pour une région, puis les familles
    de `singularites`), flux, produit (A129), pays, departement, valeur (euros pour « total », sinon
    % ou points), france (même unité), cote, rang et univers (NaN hors des faits singuliers). Le
    premier produit et les deux premiers pays de chaque flux, ex æquo par code ; un flux « n.s. »
    n'a que son total.
    """
    repere, ici = fiche.reperes, fiche.espaces["departement"]
    pays_classes, lignes = repere.pays_classes, []
    for sens in SENS:
        total = repere.produits[sens].loc[ici].sum()
        lignes.append({"fait": "total", "flux": sens, "valeur": total})
        if not repere.significatifs[sens].loc[ici]:
            continue
        for fait, table, nombre in (
            ("produit", repere.produits[sens], 1),
            ("pays", pays_classes[sens], PAYS_CITES),
        ):
            montants = table.loc[ici]
            for code in indicateurs.premiers(montants[montants > 0], nombre):
                part = indicateurs.rapport_pct(montants[code], total)
                lignes.append({"fait": fait, "flux": sens, fait: code, "valeur": part})
    for sens in SENS if profils.ANNEE_RUPTURE not in repere.annee.civiles else ():
        taux = profils.annuelle_pct(repere, sens)
        if not isnan(taux.loc[ici]):
            valeurs = {"valeur": taux.loc[ici], "france": taux.loc[FRANCE]}
            lignes.append({"fait": "evolution", "flux": sens, **valeurs})
    lignes += _premiers_departements(fiche)
    siens = singularites.calculer(repere)
    siens = siens[siens["code"] == fiche.departement.code].rename(columns={"famille": "fait"})
    vide = dict.fromkeys(("flux", "produit", "pays", "departement", "cote"), "")
    return pd.DataFrame([vide | ligne for ligne in [*lignes, *_retenus(siens)]], columns=COLONNES)


def _premiers_departements(fiche) -> list[dict]:
    """Le département d'une région qui fait le plus de chaque flux."""
    table, lignes = departements.tableau(fiche), []
    for sens in SENS if len(table) else ():
        premier = table.loc[table[f"rang_{sens}"].idxmin()]
        valeur = premier[f"part_{sens}_pct"]
        code = {"departement": premier["code_departement"]}
        lignes.append({"fait": "departement", "flux": sens, "valeur": valeur, **code})
    return lignes


def _retenus(siens: pd.DataFrame) -> list[dict]:
    """Le fait le plus singulier, et un second, d'une autre famille, s'il s'écarte assez."""
    premier, *autres = siens.to_dict("records") or [None]
    seconds = [
        fait
        for fait in autres
        if fait["score"] >= SCORE_DU_SECOND
        and fait["fait"] != premier["fait"]
        and not (fait["flux"] == premier["flux"] and _en_commun(fait, premier))
    ]
    return [fait for fait in (premier, *seconds[:1]) if fait]


def _en_commun(fait: dict, autre: dict) -> bool:
    return any(fait[objet] and fait[objet] == autre[objet] for objet in ("produit", "pays"))


def phrases(fiche, faits: pd.DataFrame) -> list[str]:
    """Les phrases de L'essentiel, en texte simple, dans l'ordre. faits : voir `tableau`."""
    singuliers = faits["rang"].notna()
    communs = faits[~singuliers]
    dites = [_flux(fiche, communs[communs["flux"] == sens], sens) for sens in SENS]
    dites.append(_evolution(fiche, communs[communs["fait"] == "evolution"]))
    dites.append(_departements(fiche, communs[communs["fait"] == "departement"]))
    cles = ["fait", "flux", "produit", "pays"]
    dits = set(communs[cles].itertuples(index=False, name=None))
    for ligne in faits[singuliers].itertuples():
        deja = tuple(getattr(ligne, cle) for cle in cles) in dits
        dites.append(_singulier(fiche, ligne, deja))
    return [dite for dite in dites if dite]


def texte(fiche, faits: pd.DataFrame) -> Texte:
    """Les phrases de L'essentiel ; elles ouvrent aussi le résumé d'une feuille."""
    return balise("div", paragraphes(phrases(fiche, faits)), "essentiel", "en-bref")


def _flux(fiche, faits: pd.DataFrame, sens: Sens) -> str:
    """Ce que le territoire vend et à qui, ou ce qu'il achète et de qui."""
    total = faits.loc[faits["fait"] == "total", "valeur"].iloc[0]
    valeurs = {"montant": formats.millions(total), "a": accord(fiche, "a", "ont")}
    produits, pays = (faits[faits["fait"] == fait] for fait in ("produit", "pays"))
    if produits.empty:
        return phrase(
            f"essentiel.{sens}_ns" if total else f"essentiel.{sens}_nul", fiche, **valeurs
        )
    nommer = complement if sens == "import" else str
    cites = [
        phrase(
            "essentiel.pays",
            fiche,
            pays=nommer(_sujet(fiche, ligne.pays)),
            part=_part(ligne.valeur),
        )
        for ligne in pays.itertuples()
    ]
    return phrase(
        f"essentiel.{sens}" if cites else f"essentiel.{sens}_sans_pays",
        fiche,
        **valeurs,
        part=_part(produits["valeur"].iloc[0]),
        produit=_de_produit(fiche, produits["produit"].iloc[0]),
        pays=enumerer(cites),
    )


def _evolution(fiche, faits: pd.DataFrame) -> str:
    """Comment les deux flux ont varié en un an, à côté de la France."""
    if faits.empty:
        return ""
    taux = dict(zip(faits["flux"], faits["valeur"], strict=True))
    france = enumerer([formats.pourcentage(valeur, signe=True) for valeur in faits["france"]])
    communes = {"france": france}
    if len(taux) == 1:
        (sens, seul), *_ = taux.items()
        flux = {"flux": NOM_DU_FLUX[sens], "seule": _verbe(seul)}
        return phrase("essentiel.evolution_seule", fiche, **flux, **communes)
    ecrits = {"export": _verbe(taux["export"]), "import_": _verbe(taux["import"], taux["export"])}
    return phrase("essentiel.evolution", fiche, **ecrits, **communes)


def _departements(fiche, faits: pd.DataFrame) -> str:
    """Quel département d'une région fait le plus de chaque flux."""
    if faits.empty:
        return ""
    noms = {code: d.sujet for code, d in references.departements().items()}
    codes, parts = faits["departement"].tolist(), [_part(part) for part in faits["valeur"]]
    nombre = sum(code in noms for code in fiche.departement.composants)
    return phrase(
        f"essentiel.{'un_departement' if len(set(codes)) == 1 else 'deux_departements'}",
        fiche,
        nombre=formats.en_lettres(nombre, 99),
        premier=noms[codes[0]],
        second=noms[codes[1]],
        part=parts[0],
        part_import=parts[1],
    )


def _verbe(taux_pct: float, avant_pct: float | None = None) -> str:
    """« progressent de 2,6 % » ; « de 0,8 % » seulement, si le verbe d'avant est le même."""
    verbes = mots()["essentiel"]["verbes"]
    sens, sens_avant = (
        None if taux is None else int(formats.arrondi(taux, 1).compare(0))
        for taux in (taux_pct, avant_pct)
    )
    verbe = {0: "stable", 1: "hausse", -1: "baisse"}[sens]
    cle = "suite" if sens and sens == sens_avant else verbe
    return verbes[cle].format(taux=formats.pourcentage(abs(taux_pct)))


def _singulier(fiche, fait, deja: bool) -> str:
    """Un fait singulier ; sa valeur n'est pas redite si une phrase d'avant la donne."""
    # Une forte baisse est une forte variation.
    dits = mots()["essentiel"]["places"]["haut" if fait.fait == "saut" else fait.cote]
    rang = ordinal(fiche, int(fait.rang))
    montants = _montants_du_saut(fiche, fait) if fait.fait == "saut" else {}
    pays = _sujet(fiche, fait.pays)
    pluriel = fiche.pays["nombre"].get(fait.pays) == "pluriel"
    famille = f"{fait.fait}_{fait.flux}" if fait.flux else fait.fait
    return phrase(
        f"essentiel.faits.{famille}_dit" if deja else f"essentiel.faits.{famille}",
        fiche,
        place=dits["premier" if fait.rang == 1 else "suivant"].format(rang=rang),
        univers=formats.nombre(int(fait.univers)),
        part=_part(abs(fait.valeur)),
        france=_part(fait.france),
        produit=_de_produit(fiche, fait.produit) if fait.produit else "",
        pays=pays,
        pays_majuscule=majuscule(pays),
        du_pays=complement(pays),
        recoit="reçoivent" if pluriel else "reçoit",
        fournit="fournissent" if pluriel else "fournit",
        **montants,
    )


def _montants_du_saut(fiche, fait) -> dict[str, str]:
    """« 539,5 » et « 620,2 millions d'euros » : les deux années du produit."""
    repere, ici = fiche.reperes, fiche.espaces["departement"]
    tables = [annee.produits[fait.flux] for annee in (repere.precedents, repere)]
    avant, apres = (int(t.at[ici, fait.produit]) if fait.produit in t else 0 for t in tables)
    ecrit = formats.nombre(formats.en_millions(avant), 1)
    return {"avant": ecrit, "apres": formats.millions(apres)}


def _part(valeur_pct: float) -> str:
    return formats.NON_SIGNIFICATIF if isnan(valeur_pct) else formats.part(valeur_pct, 0)


def _sujet(fiche, code: str) -> str:
    return fiche.pays["sujet"].get(code, code)


def _de_produit(fiche, code: str) -> str:
    """« de boissons » ; un code que nos tables ignorent garde son libellé des douanes."""
    return de_produit(code, fiche.reperes.libelles["libelle_court"].get(code, code))
