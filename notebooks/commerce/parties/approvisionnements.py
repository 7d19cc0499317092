"""Quels produits le territoire achète-t-il surtout à peu de pays, hors d'Europe ?

« Concentration locale des approvisionnements » : un produit de la CPF4 dont les fournisseurs sont
concentrés, qui vient surtout de hors de l'Union européenne et que le territoire importe plus qu'il
n'exporte, au moins deux années sur les trois dernières, dont celle de la fiche. Seuils repris de
GeoDep (CEPII, Lefebvre et Wibaux, 2024), auxquels s'ajoute un montant minimal. C'est un constat sur
les achats déclarés ici, pas une mesure de ce que l'entreprise pourrait acheter ailleurs.
"""

import pandas as pd

from commerce import formats, nommer
from commerce.annee import Annee
from commerce.donnees.prepare import ouvrir
from commerce.donnees.reperes import UNION_EUROPEENNE
from commerce.figure import Figure, figure_tableau, tableaux
from commerce.formats import montant_court, part_courte
from commerce.indicateurs import SENS
from commerce.redaction import (
    Texte,
    assembler,
    legende,
    majuscule,
    paragraphes,
    phrase,
    phrases,
    renvois,
)

HHI_MINIMAL = 0.4
PART_HORS_UE_MINIMALE_PCT = 50
IMPORTATIONS_MINIMALES_EUR = 5_000_000
ANNEES_OBSERVEES, ANNEES_REQUISES = 3, 2
PRODUITS_CITES = 3
CLES = ["annee", "produit"]
MESURES = ["import_eur", "export_eur", "part_pays_pct", "part_hors_ue_pct", "hhi"]


def criteres(echanges: pd.DataFrame, pays: pd.DataFrame) -> pd.DataFrame:
    """Que disent les achats de chaque année, pour les produits importés d'au moins 5 millions ?

    `echanges` : annee, flux, produit, pays, valeur_eur. Colonnes rendues : annee, produit,
    import_eur, export_eur, hhi, part_hors_ue_pct, pays (le premier fournisseur), part_pays_pct,
    retenu. Un partenaire qui n'est pas un pays reste au dénominateur, sans être compté ailleurs.
    """
    ventes, achats = (echanges[echanges["flux"] == sens] for sens in SENS)
    totaux = achats.groupby(CLES)["valeur_eur"].sum()
    totaux = totaux[totaux >= IMPORTATIONS_MINIMALES_EUR].rename("total_eur")
    achats = achats[achats["pays"].isin(pays.index[pays["classable"]])]
    achats = achats.merge(totaux.reset_index(), on=CLES)
    achats = achats.groupby([*CLES, "pays", "total_eur"])["valeur_eur"].sum()
    achats = achats.reset_index()
    achats["part"] = achats["valeur_eur"] / achats["total_eur"]
    achats["carre"] = achats["part"] ** 2
    achats["hors_ue"] = achats["part"].where(achats["pays"].map(pays["zone"]) != UNION_EUROPEENNE)
    sommes = achats.groupby(CLES)[["carre", "hors_ue"]].sum()
    ordre = achats.sort_values([*CLES, "part", "pays"], ascending=[True, True, False, True])
    premiers = ordre.drop_duplicates(CLES).set_index(CLES)
    exportations = ventes.groupby(CLES)["valeur_eur"].sum()
    table = pd.DataFrame(
        {
            "import_eur": totaux,
            "export_eur": exportations.reindex(totaux.index, fill_value=0),
            "hhi": sommes["carre"],
            "part_hors_ue_pct": 100 * sommes["hors_ue"],
            "pays": premiers["pays"],
            "part_pays_pct": 100 * premiers["part"],
        }
    )
    table["retenu"] = (
        (table["hhi"] > HHI_MINIMAL)
        & (table["part_hors_ue_pct"] > PART_HORS_UE_MINIMALE_PCT)
        & (table["import_eur"] > table["export_eur"])
    )
    return table.reset_index()


def retenus(par_annee: pd.DataFrame, annee: int) -> pd.DataFrame:
    """Quels produits remplissent les critères au moins deux années, dont celle de la fiche ?

    `par_annee` : `criteres` des trois dernières années ; `annee` : celle de la fiche. Une ligne par
    produit, importations décroissantes ; colonnes produit, annees (celles qui le retiennent,
    liste), pays (le premier fournisseur) et les `MESURES` de l'année.
    """
    remplis = par_annee[par_annee["retenu"]].sort_values(["produit", "annee"])
    annees = remplis.groupby("produit")["annee"].agg(list)
    annees = annees[annees.map(len) >= ANNEES_REQUISES]
    table = remplis[(remplis["annee"] == annee) & remplis["produit"].isin(annees.index)]
    table = table.assign(annees=table["produit"].map(annees))
    ordre = table.sort_values(["import_eur", "produit"], ascending=[False, True], ignore_index=True)
    return ordre[["produit", "annees", "pays", *MESURES]]


def annees_observees(fiche) -> list[int]:
    """Quelles années complètes, parmi les trois dernières, sont connues ?"""
    completes = ouvrir(fiche.dossier).annees_completes()
    return [an for an in completes if fiche.annee - ANNEES_OBSERVEES < an <= fiche.annee]


def tableau(fiche) -> pd.DataFrame:
    """Quels achats du territoire remplissent ces conditions, et qui les fournit ?

    Une ligne par produit CPF4, importations de l'année décroissantes ; colonnes produit,
    libelle_court, annees (« 2022, 2024 », celles qui le retiennent), import_eur, export_eur,
    fournisseur (le premier), part_pays_pct (la sienne), part_hors_ue_pct, hhi. Vide s'il n'y a pas
    deux années complètes parmi les trois dernières.
    """
    prepare, annees = ouvrir(fiche.dossier), annees_observees(fiche) or [fiche.annee]
    echanges = [
        prepare.montants_annuels(fiche.departement.code, an, "CPF4").assign(annee=an)
        for an in annees
    ]
    pays = pd.concat([prepare.pays(an) for an in annees])
    pays = pays[~pays.index.duplicated()]
    table = retenus(criteres(pd.concat(echanges), pays), fiche.annee)
    libelles = prepare.produits(annees[-1], "CPF4")["libelle_court"]
    table = table.assign(
        libelle_court=libelles.reindex(table["produit"]).to_numpy(),
        annees=[
            ", ".join(str(Annee(an, fiche.annee.fin)) for an in siennes)
            for siennes in table["annees"]
        ],
        fournisseur=pays["nom"].reindex(table["pays"]).to_numpy(),
    )
    nommees = ["produit", "libelle_court", "annees", "import_eur", "export_eur"]
    return table[[*nommees, "fournisseur", *MESURES[2:]]]


def texte(fiche, approvisionnements: pd.DataFrame) -> Texte:
    """La règle, le nombre de produits retenus et les premiers d'entre eux."""
    dites = [phrase("approvisionnements.regle", fiche)]
    observees = annees_observees(fiche)
    if len(observees) < ANNEES_REQUISES:
        dites.append(phrase("approvisionnements.annees_manquantes", fiche))
        return assembler(paragraphes(dites), renvois("approvisionnements"))
    produits = [
        phrase(
            "approvisionnements.produit",
            fiche,
            produit=nommer.produit(ligne.produit, ligne.libelle_court),
            montant=formats.millions_court(ligne.import_eur),
            pays=ligne.fournisseur,
            part=formats.pourcentage(ligne.part_pays_pct),
        )
        for ligne in approvisionnements.head(PRODUITS_CITES).itertuples()
    ]
    nombre = len(approvisionnements)
    cle = "nombreux" if nombre > PRODUITS_CITES else {0: "aucun", 1: "un"}.get(nombre, "plusieurs")
    dites.append(
        phrase(
            f"approvisionnements.{cle}",
            fiche,
            nombre_majuscule=majuscule(formats.en_lettres(nombre, 99)),
            produits=" ; ".join(produits),
        )
    )
    if len(observees) == ANNEES_REQUISES:
        dites.append(phrase("approvisionnements.deux_annees", fiche))
    return assembler(paragraphes(dites), renvois("approvisionnements", "hhi"))


def figure(fiche, approvisionnements: pd.DataFrame, montres: int = 10) -> Figure | Texte:
    """Les premiers produits en tableau, tous dans les fichiers ; rien s'il n'y en a pas."""
    if approvisionnements.empty:
        return Texte("")
    rangees = [
        [
            ligne.libelle_court,
            montant_court(ligne.import_eur),
            ligne.fournisseur,
            part_courte(ligne.part_pays_pct),
            part_courte(ligne.part_hors_ue_pct),
            formats.nombre(ligne.hhi, 2),
        ]
        for ligne in approvisionnements.head(montres).itertuples()
    ]
    titre = phrase("approvisionnements.titre", fiche)
    coupe = len(approvisionnements) > montres
    nombre = formats.en_lettres(montres)
    choix = phrase("approvisionnements.legende_choix", fiche, nombre=nombre) if coupe else ""
    return figure_tableau(
        fiche,
        tableaux.ecrite(titre, phrases("approvisionnements.tete", fiche), rangees),
        approvisionnements,
        identifiant="fournisseurs-concentres",
        titre=titre,
        legende=legende("approvisionnements.legende", fiche, choix=choix),
    )
