"""Que valent les chiffres clés, ici, dans la région, en France, et où les place-t-on ?"""

import pandas as pd

from commerce import formats, profils
from commerce.donnees.reperes import Reperes
from commerce.figure.bande import bande, position
from commerce.indicateurs import SENS
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    ordinal,
    paragraphes,
    phrase,
    renvois,
)

# Déjà calculés pour tous les espaces, dans l'ordre où ils se lisent.
CALCULES = (
    ("evolution_annuelle_pct", "export"),
    ("evolution_annuelle_pct", "import"),
    ("n80_pays", "export"),
    ("part_etats_unis_pct", "export"),
)
Mesures = dict[tuple[str, str], pd.Series]
SIGNES = ("solde_eur", "evolution_annuelle_pct")


def mesures(repere: Reperes) -> Mesures:
    """Les chiffres clés de tous les espaces : (indicateur, flux) -> valeur, index (echelle, code).

    Taux de couverture : 100 X / M. Un rapport dont le dénominateur est trop petit vaut NaN.
    """
    calcules = profils.calculer(repere)
    export, importations = (repere.totaux[sens] for sens in SENS)
    assez = repere.significatifs["import"]
    return {
        ("total_eur", "export"): export,
        ("total_eur", "import"): importations,
        ("solde_eur", ""): export - importations,
        ("taux_couverture_pct", ""): 100 * export / importations.where(assez),
        **{cle: calcules[cle] for cle in CALCULES},
    }


def tableau(fiche) -> pd.DataFrame:
    """Que valent les nombres à retenir, ici, dans la région et en France ?

    Le plus grand des deux flux d'abord. Colonnes : indicateur (son suffixe dit l'unité), flux
    (export, import ou vide), departement, region (sauf si le territoire est sa propre région),
    france ; position (« haut », « proche » ou « bas » : au-dessus, dedans ou au-dessous de
    l'intervalle interquartile des territoires), rang, univers, ex_aequo, rang_region,
    univers_region, ex_aequo_region, de la plus grande valeur à la plus petite. NaN ou vide pour
    « n.s. ». Une région se place parmi les régions ; les DROM ensemble, nulle part.
    """
    code = fiche.departement.code
    lignes = []
    for (indicateur, flux), serie in mesures(fiche.reperes).items():
        valeurs = profils.comparables(fiche, serie)
        places = profils.places(valeurs, code)
        france, region = places["france"], places["region"]
        lignes.append(
            {
                "indicateur": indicateur,
                "flux": flux,
                **{lieu: serie.loc[fiche.espaces[lieu]] for lieu in fiche.noms},
                "position": position(valeurs, valeurs.get(code, float("nan"))),
                **{"rang": france.rang, "univers": france.univers, "ex_aequo": france.ex_aequo},
                **{"rang_region": region.rang, "univers_region": region.univers},
                "ex_aequo_region": region.ex_aequo,
            }
        )
    export, importations = (ligne["departement"] for ligne in lignes[:2])
    if importations > export:
        lignes[:2] = lignes[1::-1]
    return pd.DataFrame(lignes)


def texte(fiche, chiffres: pd.DataFrame) -> Texte:
    """Une carte par chiffre : sa valeur, sa place parmi les territoires, la région et la France.

    chiffres : voir `tableau`. Elles entrent dans le résumé d'une feuille.
    """
    toutes = mesures(fiche.reperes)
    cartes = Texte("").join(_carte(fiche, ligne, toutes) for ligne in chiffres.to_dict("records"))
    lecture = [phrase(f"chiffres.{_lecture(fiche)}", fiche), phrase("chiffres.nettement", fiche)]
    placees = chiffres["position"].any()
    return assembler(
        balise("dl", cartes, "chiffres-cles", "chiffres"),
        paragraphes([" ".join(lecture)] if placees else [], "note"),
        renvois("rang", "solde") if placees else renvois("solde"),
    )


def _lecture(fiche) -> str:
    if fiche.departement.echelle == "region":
        return "lecture_regions"
    return "lecture_seule" if fiche.est_une_region else "lecture"


def _carte(fiche, ligne: dict, toutes: Mesures) -> Texte:
    indicateur, flux = ligne["indicateur"], ligne["flux"]
    nom = "_".join(filter(None, (indicateur, flux)))
    valeur = ligne["departement"]
    classe, precision = flux, ""
    if indicateur == "solde_eur":
        classe = "positif" if valeur > 0 else "negatif" if valeur < 0 else "nul"
        precision = phrase(f"chiffres.{classe}", fiche)
    elif indicateur == "taux_couverture_pct":
        precision = phrase("chiffres.couverture", fiche)
    ailleurs = Texte("").join(
        balise("span", phrase("chiffres.ailleurs", fiche, lieu=nom, valeur=_ecrit(ligne, lieu)))
        for lieu, nom in fiche.noms.items()
        if lieu != "departement"
    )
    contenu = assembler(
        balise("dt", phrase(f"chiffres.noms.{nom}", fiche)),
        balise("dd", _ecrit(ligne, "departement"), "valeur"),
        balise("dd", precision, "precision") if precision else "",
        _place(fiche, ligne, toutes),
        balise("dd", ailleurs, "ailleurs"),
    )
    return balise("div", contenu, f"chiffre {classe}".strip())


def _ecrit(ligne: dict, lieu: str) -> str:
    indicateur, valeur = ligne["indicateur"], ligne[lieu]
    signe = indicateur in SIGNES
    if indicateur.endswith("_eur"):
        return formats.millions_court(valeur, signe)
    if indicateur.endswith("_pct"):
        return formats.pourcentage(valeur, signe=signe)
    return formats.nombre(valeur)


def _place(fiche, ligne: dict, toutes: Mesures) -> Texte:
    """La bande des territoires, le mot et les rangs ; rien pour une valeur « n.s. »."""
    if not ligne["position"]:
        return Texte("")
    code = fiche.departement.code
    valeurs = profils.comparables(fiche, toutes[ligne["indicateur"], ligne["flux"]])
    bornes = {"bas": valeurs.min(), "mediane": valeurs.median(), "haut": valeurs.max()}
    ecrites = {nom: _ecrit({**ligne, nom: borne}, nom) for nom, borne in bornes.items()}
    suffixes = [""] if fiche.est_une_region else ["", "_region"]
    rangs = [_rang(fiche, ligne, suffixe) for suffixe in suffixes]
    voisins = [] if fiche.est_une_region else profils.voisins(code)
    alternative = phrase("chiffres.alternative", fiche, **ecrites)
    return assembler(
        balise("dd", Texte(bande(valeurs, code, voisins, alternative)), "place"),
        balise("dd", phrase(f"chiffres.positions.{ligne['position']}", fiche), "position"),
        balise("dd", phrase("chiffres.rangs", fiche, rangs=", ".join(rangs)), "rang"),
    )


def _rang(fiche, ligne: dict, suffixe: str) -> str:
    rang, univers = ordinal(fiche, int(ligne[f"rang{suffixe}"])), ligne[f"univers{suffixe}"]
    if ligne[f"ex_aequo{suffixe}"]:
        rang = phrase("communs.ex_aequo", fiche, rang=rang)
    return phrase(f"chiffres.rang{suffixe}", fiche, rang=rang, univers=formats.nombre(univers))
