"""Que pèsent les États-Unis dans les exportations du territoire, et quels produits y partent ?"""

from dataclasses import dataclass
from datetime import date
from math import isnan

import altair as alt
import pandas as pd
from babel.dates import format_date
from markupsafe import Markup

from commerce import formats, nommer, profils, references, theme
from commerce.donnees.prepare import ouvrir
from commerce.donnees.reperes import ETATS_UNIS, FRANCE
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.formats import INSECABLE, fois, montant_court, part_courte, propre
from commerce.redaction import (
    Texte,
    accord,
    assembler,
    enumerer,
    legende,
    liste,
    mots,
    paragraphes,
    phrase,
    rang_ecrit,
    renvois,
    repli,
)

PRODUITS_CITES = 3
# Au-dessous, un montant s'arrondit à 0,0 million.
MONTANT_CITE_EUR = 50_000


# Ce que pèsent les États-Unis


@dataclass(frozen=True)
class Exposition:
    """Part des États-Unis dans les exportations. Les parts sont NaN si le flux est trop petit.

    `rapport_france` : part du territoire / part de la France ; `rang` : parmi les territoires dont
    la part est significative, ou les régions (voir `profils.comparables`).
    """

    montant_eur: int
    part_pct: float
    part_france_pct: float
    rapport_france: float
    rang: profils.Rang


def exposition(fiche) -> Exposition:
    """Que pèsent les États-Unis dans les exportations du territoire ?"""
    reperes, ici = fiche.reperes, fiche.espaces["departement"]
    parts = profils.parts_etats_unis_pct(reperes)
    return Exposition(
        montant_eur=int(reperes.montant_pays("export", ETATS_UNIS).loc[ici]),
        part_pct=parts.loc[ici],
        part_france_pct=parts.loc[FRANCE],
        rapport_france=profils.rapports_etats_unis(reperes).loc[ici],
        rang=profils.place(profils.comparables(fiche, parts), fiche.departement.code),
    )


def tableau(fiche) -> pd.DataFrame:
    """Quels produits A129 partent aux États-Unis, et pour combien ? Montants décroissants.

    Colonnes produit, libelle_court, valeur_eur, part_ventes_pct (des ventes aux États-Unis),
    part_produit_pct (des exportations du produit), part_produit_france_pct (la même en France).
    Vide si les exportations du territoire sont trop petites pour une part.
    """
    ici, france = fiche.echanges, fiche.echanges_france
    if fiche.nomenclature != "A129":
        prepare = ouvrir(fiche.dossier)
        ici = prepare.echanges_produits(fiche.departement.code, fiche.annee, "A129")
        france = prepare.france(fiche.annee)
    table = vendus(ici if fiche.significatif("export") else ici.head(0), france)
    libelles = fiche.reperes.libelles["libelle_court"].reindex(table["produit"])
    table.insert(1, "libelle_court", libelles.to_numpy())
    return table


def vendus(echanges: pd.DataFrame, france: pd.DataFrame) -> pd.DataFrame:
    """Le `tableau` de ces échanges (flux, produit, pays, valeur_eur), sans les libellés."""
    ici, en_france = _par_produit(echanges), _par_produit(france)
    ventes = ici.loc[ici["vers"] > 0, "vers"]
    part_france = 100 * en_france["vers"] / en_france["total"]
    table = pd.DataFrame(
        {
            "valeur_eur": ventes,
            "part_ventes_pct": 100 * ventes / ventes.sum(),
            "part_produit_pct": 100 * ventes / ici["total"].reindex(ventes.index),
            "part_produit_france_pct": part_france.reindex(ventes.index),
        }
    )
    table = table.rename_axis("produit").reset_index()
    return table.sort_values(["valeur_eur", "produit"], ascending=[False, True], ignore_index=True)


def _par_produit(echanges: pd.DataFrame) -> pd.DataFrame:
    """Exportations de chaque produit : `total` et `vers` les États-Unis, en euros."""
    exportations = echanges[echanges["flux"] == "export"]
    au_total = exportations.groupby("produit", observed=True)["valeur_eur"].sum()
    vers = exportations[exportations["pays"] == ETATS_UNIS]
    vers = vers.groupby("produit", observed=True)["valeur_eur"].sum()
    total = au_total[au_total > 0]
    return pd.DataFrame({"total": total, "vers": vers.reindex(total.index, fill_value=0)})


def texte(fiche, produits: pd.DataFrame) -> Texte:
    """La part des États-Unis, comparée à celle de la France, et les premiers produits vendus."""
    mesure, definitions = exposition(fiche), renvois("etats-unis", "rang", "ns")
    if isnan(mesure.part_pct):
        return Texte("")
    if not mesure.montant_eur:
        return assembler(paragraphes([phrase("etats_unis.aucune", fiche)]), definitions)
    montant = formats.millions(mesure.montant_eur)
    if mesure.montant_eur < MONTANT_CITE_EUR:
        montant = phrase("etats_unis.petit_montant", fiche)
    egal = formats.arrondi(mesure.rapport_france, 1) == 1
    mesures = [
        phrase(
            "etats_unis.part",
            fiche,
            part=formats.part(mesure.part_pct),
            montant=montant,
            part_france=formats.pourcentage(mesure.part_france_pct),
        ),
        phrase(
            f"etats_unis.{'rapport_egal' if egal else 'rapport'}",
            fiche,
            rapport=fois(mesure.rapport_france),
        ),
    ]
    if mesure.rang.rang:
        mesures.append(
            phrase(
                "etats_unis.rang",
                fiche,
                occupe=accord(fiche, "occupe", "occupent"),
                rang=rang_ecrit(fiche, mesure.rang.rang, mesure.rang.ex_aequo),
                univers=formats.nombre(mesure.rang.univers),
            )
        )
    dites = [" ".join(mesures)]
    # Un produit seul n'a pas de figure : il est cité si peu qu'il pèse.
    seul = len(produits) == 1
    cites = [
        phrase(
            "etats_unis.produit",
            fiche,
            produit=nommer.de_produit(ligne.produit, ligne.libelle_court),
            montant=montant_court(ligne.valeur_eur),
            part=formats.part(ligne.part_ventes_pct),
        )
        for ligne in produits.head(PRODUITS_CITES).itertuples()
        if seul or ligne.valeur_eur >= MONTANT_CITE_EUR
    ]
    if cites:
        cle = "produits" if len(cites) < len(produits) else "tous_produits"
        dites.append(phrase(f"etats_unis.{cle}", fiche, produits=enumerer(cites)))
    return assembler(paragraphes(dites), definitions)


def alternative(produits: pd.DataFrame) -> str:
    """Combien de produits, et le premier."""
    premier = produits.iloc[0]
    return mots()["etats_unis"]["dessin"]["alternative"].format(
        produits=formats.quantite(len(produits), "produit vendu", "produits vendus"),
        produit=propre(premier["libelle_court"]),
        montant=montant_court(premier["valeur_eur"]),
    )


@modele
def _graphique(colonnes: tuple) -> alt.LayerChart:
    lignes, teinte = panneau.base("produit"), theme.theme().couleurs.exportations
    barres = panneau.barres(lignes, "valeur_eur", color=alt.ColorValue(teinte))
    return panneau.habiller(lignes, barres, panneau.zero(), colonnes=colonnes)


def dessin(
    produits: pd.DataFrame, largeur: float = theme.ETROIT, montres: int = 8
) -> alt.LayerChart:
    """Quels produits partent aux États-Unis, et pour combien ?

    produits : voir `tableau` ; montres : combien d'entre eux, les premiers.
    """
    dits = mots()["etats_unis"]["dessin"]
    if produits.empty:
        return panneau.vide(largeur, dits["vide"])
    lignes = produits.head(montres)
    montants = lignes["valeur_eur"].map(montant_court)
    parts = lignes["part_produit_pct"].map(part_courte)
    lignes = lignes.assign(
        ventes=montants.str.removesuffix(f"{INSECABLE}M€"),
        part=parts,
        dit=[
            dits["barre"].format(produit=propre(nom), montant=montant, part=part)
            for nom, montant, part in zip(lignes["libelle_court"], montants, parts, strict=True)
        ],
    )
    colonnes = [(nom, dits[nom]) for nom in ("ventes", "part")]
    return panneau.remplir(
        _graphique(tuple(colonnes)),
        lignes,
        largeur,
        nom="libelle_court",
        colonnes=colonnes,
        etendue=(0, lignes["valeur_eur"].max()),
    )


def figure(fiche, produits: pd.DataFrame, montres: int = 8) -> Figure | Texte:
    """Les produits vendus et un exemple de lecture ; un seul se dit mieux dans le texte."""
    if len(produits) < 2:
        return Texte("")
    exemple, coupe = produits.iloc[0], len(produits) > montres
    nombre = formats.en_lettres(montres)
    return figure_de(
        fiche,
        dessin,
        produits,
        identifiant="etats-unis-produits",
        titre=phrase("etats_unis.titre", fiche),
        legende=legende(
            "etats_unis.legende",
            fiche,
            choix=phrase("etats_unis.legende_choix", fiche, nombre=nombre) if coupe else "",
            produit=nommer.de_produit(exemple["produit"], exemple["libelle_court"]),
            montant=montant_court(exemple["valeur_eur"]),
            part=part_courte(exemple["part_produit_pct"]),
            exporte=accord(fiche, "exporte", "exportent"),
        ),
        alternative=alternative(produits),
        etroit=True,
        montres=montres,
    )


# Les droits de douane


def texte_droits(fiche, produits: pd.DataFrame) -> Texte:
    """Les textes officiels américains, repliés, chacun avec sa référence ; rien sans vente."""
    if produits.empty:
        return Texte("")
    connus = references.droits_etats_unis()
    textes = [
        Markup('{} <a href="{}">{}</a>.').format(
            phrase("etats_unis.droit", fiche, date=_jour(ligne.applique_le), objet=ligne.objet),
            *(ligne.url, formats.typographie(ligne.reference)),
        )
        for ligne in connus.itertuples()
    ]
    fin = phrase("etats_unis.droits_fin", fiche, date=_jour(connus["applique_le"].max()))
    contenu = assembler(liste(textes, "droits"), paragraphes([fin]))
    return repli(phrase("etats_unis.droits", fiche), contenu, "droits-connus")


def _jour(ecrite: str) -> str:
    return format_date(date.fromisoformat(ecrite), "d MMMM yyyy", locale=formats.FRANCE)
