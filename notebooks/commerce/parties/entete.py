"""Que retenir du territoire en dix secondes ? Chiffres clés, comparaison, rangs."""

import pandas as pd

from commerce import formats, profils
from commerce.figure import tableaux
from commerce.formats import part_france
from commerce.indicateurs import SENS, rapport_pct
from commerce.redaction import (
    Texte,
    accord,
    assembler,
    balise,
    majuscule,
    paragraphes,
    phrase,
    rang_ecrit,
    renvois,
)

# Déjà calculés pour tous les espaces, dans l'ordre où ils se lisent.
CALCULES = (
    ("evolution_annuelle_pct", "export"),
    ("evolution_annuelle_pct", "import"),
    ("n80_pays", "export"),
    ("part_etats_unis_pct", "export"),
)
SIGNES = ("solde_eur", "evolution_annuelle_pct")


def tableau(fiche) -> pd.DataFrame:
    """Que valent les nombres à retenir, ici, dans la région et en France ?

    Colonnes : indicateur (son suffixe dit l'unité), flux (export, import ou vide), departement,
    region (sauf si le territoire est sa propre région), france. Taux de couverture : 100 X / M. Un
    rapport dont le dénominateur est trop petit vaut NaN, écrit « n.s. ».
    """
    repere, calcules = fiche.reperes, profils.calculer(fiche.reperes)
    export, importations = (repere.totaux[sens] for sens in SENS)
    assez = repere.significatifs["import"]
    choix = {
        ("total_eur", "export"): export,
        ("total_eur", "import"): importations,
        ("solde_eur", ""): export - importations,
        ("taux_couverture_pct", ""): 100 * export / importations.where(assez),
        **{cle: calcules[cle] for cle in CALCULES},
    }
    lignes = [
        (*cle, *(serie.loc[fiche.espaces[echelle]] for echelle in fiche.noms))
        for cle, serie in choix.items()
    ]
    return pd.DataFrame(lignes, columns=["indicateur", "flux", *fiche.noms])


def texte(fiche, chiffres: pd.DataFrame) -> Texte:
    """Le titre de la page, les quatre chiffres clés, la comparaison et les rangs.

    chiffres : voir `tableau`.
    """
    mention = majuscule(f"{fiche.mention}.") if fiche.mention else ""
    comparatif = balise("div", _comparatif(fiche, chiffres), "comparatif")
    return assembler(
        balise("p", phrase("entete.serie", fiche), "surtitre"),
        balise("h1", phrase("entete.titre", fiche), ancre="titre"),
        balise("p", phrase("entete.sous_titre", fiche), "sous-titre"),
        balise("p", mention, "mention-demonstration") if mention else "",
        balise("dl", _cartes(fiche, chiffres), "chiffres-cles"),
        balise("div", comparatif + balise("div", _rangs(fiche), "rangs"), "reperes"),
    )


def _cartes(fiche, chiffres: pd.DataFrame) -> Texte:
    """Les deux flux, le plus grand d'abord, le solde et la couverture."""
    totaux = chiffres[chiffres["indicateur"] == "total_eur"].set_index("flux")
    ici, france = (totaux[echelle].to_dict() for echelle in ("departement", "france"))
    parts = {sens: part_france(rapport_pct(ici[sens], france[sens])) for sens in SENS}
    cartes = [
        _carte(
            fiche,
            *(sens, f"total_eur_{sens}", formats.millions_court(ici[sens])),
            phrase("entete.cartes.part_france", fiche, part=parts[sens]),
        )
        for sens in sorted(SENS, key=lambda sens: -ici[sens])
    ]
    solde = ici["export"] - ici["import"]
    signe = "positif" if solde > 0 else "negatif" if solde < 0 else "nul"
    couverture = formats.pourcentage(rapport_pct(ici["export"], ici["import"]))
    for classe, nom, valeur in (
        (signe, "solde_eur", formats.millions_signe(solde)),
        ("couverture", "taux_couverture_pct", couverture),
    ):
        cartes.append(_carte(fiche, classe, nom, valeur, phrase(f"entete.cartes.{classe}", fiche)))
    return Texte("").join(cartes)


def _carte(fiche, classe: str, nom: str, valeur: str, precision: str) -> Texte:
    terme = balise("dt", phrase(f"entete.chiffres.{nom}", fiche))
    definitions = balise("dd", valeur, "valeur") + balise("dd", precision)
    return balise("div", terme + definitions, f"chiffre {classe}")


def _comparatif(fiche, chiffres: pd.DataFrame) -> Texte:
    rangees = []
    for ligne in chiffres.to_dict("records"):
        indicateur = ligne["indicateur"]
        nom = phrase(
            f"entete.chiffres.{'_'.join(filter(None, (indicateur, ligne['flux'])))}", fiche
        )
        # Les millions d'euros se disent une fois, à côté du nom de l'indicateur.
        nom = f"{nom} (M€)" if indicateur.endswith("_eur") else nom
        rangees.append([nom, *(_ecrit(indicateur, ligne[echelle]) for echelle in fiche.noms)])
    lieux = list(fiche.noms.values())
    titre = phrase("entete.comparatif.titre", fiche, lieux=", ".join(lieux[:-1]))
    tete = [phrase("entete.comparatif.tete", fiche), *lieux]
    return Texte(tableaux.ecrite(titre, tete, rangees))


def _ecrit(indicateur: str, valeur: float) -> str:
    signe = indicateur in SIGNES
    if indicateur.endswith("_eur"):
        return formats.nombre(formats.en_millions(valeur), 1, signe)
    if indicateur.endswith("_pct"):
        return formats.pourcentage(valeur, signe=signe)
    return formats.nombre(valeur)


def _rangs(fiche) -> Texte:
    """À quel rang le territoire se place-t-il, en France et dans sa région ?"""
    code, region = fiche.departement.code, fiche.departement.region
    grandeurs = profils.grandeurs(fiche.reperes)
    places = {nom: profils.places(montants, code) for nom, montants in grandeurs.items()}

    def dans(ensemble: str) -> dict[str, str]:
        rangs = {
            nom: rang_ecrit(
                fiche, place[ensemble].rang, place[ensemble].ex_aequo, nomme=nom == "export"
            )
            for nom, place in places.items()
        }
        return rangs | {"univers": formats.nombre(places["export"][ensemble].univers)}

    se_place = accord(fiche, "se place", "se placent")
    en_france = phrase("entete.rangs.france", fiche, se_place=se_place, **dans("france"))
    if fiche.est_une_region:
        en_region = phrase("entete.rangs.seule", fiche)
    else:
        cle = "drom" if region.code == "DROM" else "region"
        lieu = majuscule(region.locatif)
        en_region = phrase(f"entete.rangs.{cle}", fiche, lieu=lieu, **dans("region"))
    return assembler(paragraphes([en_france, en_region]), renvois("rang", "solde"))
