"""Que pèsent les États-Unis dans les exportations du territoire, et que changerait un droit ?

Le calcul est un ordre de grandeur, pas une prévision : effet = X [((1 + t1) / (1 + t0))^e - 1],
toutes choses égales d'ailleurs, avec une élasticité e de -1 (les ventes résistent) à -5 (moyenne
des élasticités par produit de Fontagné, Guimbard et Orefice, 2022). Le droit de départ t0 n'est pas
connu par produit : il est pris nul, ce qui donne la borne haute de la baisse. Les taux viennent de
`droits_etats_unis.csv` ; sans taux sourcé, des paliers neutres.
"""

from dataclasses import dataclass
from datetime import date
from math import isnan

import altair as alt
import pandas as pd
from babel.dates import format_date

from commerce import formats, profils, references, theme
from commerce.donnees.prepare import ouvrir
from commerce.donnees.reperes import ETATS_UNIS, FRANCE
from commerce.figure import Figure, figure_tableau, panneau, tableaux
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
    majuscule,
    mots,
    paragraphes,
    phrase,
    phrases,
    rang_ecrit,
    renvois,
    repli,
)

ELASTICITES = (-1, -5)
PALIERS_POINTS = (10, 15, 50)
PRODUITS_CITES = 3
# Au-dessous, un montant s'arrondit à 0,0 million.
MONTANT_CITE_EUR = 50_000
COLONNES_TAUX = ("taux_min_pct", "taux_central_pct", "taux_max_pct")
TOUS_PRODUITS = "tous"


# Ce que pèsent les États-Unis


@dataclass(frozen=True)
class Exposition:
    """Part des États-Unis dans les exportations. Les parts sont NaN si le flux est trop petit.

    `rapport_france` : part du territoire / part de la France ; `rang` : parmi les territoires dont
    la part est significative.
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
        rang=profils.place(parts.xs("departement"), fiche.departement.code),
    )


def tableau(fiche) -> pd.DataFrame:
    """Quels produits A129 partent aux États-Unis, et pour combien ? Montants décroissants.

    Colonnes produit, libelle_court, valeur_eur, part_ventes_pct (des ventes aux États-Unis),
    part_produit_pct (des exportations du produit), part_produit_france_pct (la même en France).
    """
    ici, france = fiche.echanges, fiche.echanges_france
    if fiche.nomenclature != "A129":
        prepare = ouvrir(fiche.dossier)
        ici = prepare.echanges_produits(fiche.departement.code, fiche.annee, "A129")
        france = prepare.france(fiche.annee)
    table = vendus(ici, france)
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
    if not mesure.montant_eur:
        return assembler(paragraphes([phrase("etats_unis.aucune", fiche)]), definitions)
    montant = formats.millions(mesure.montant_eur)
    if mesure.montant_eur < MONTANT_CITE_EUR:
        montant = phrase("etats_unis.petit_montant", fiche)
    if isnan(mesure.part_pct):
        dites = [phrase("etats_unis.montant", fiche, montant=montant)]
    else:
        dites = [
            phrase(
                "etats_unis.part",
                fiche,
                part=formats.part(mesure.part_pct),
                montant=montant,
                part_france=formats.pourcentage(mesure.part_france_pct),
            ),
            phrase(
                "etats_unis.rapport",
                fiche,
                rapport=fois(mesure.rapport_france),
                rang=rang_ecrit(fiche, mesure.rang.rang, mesure.rang.ex_aequo),
                univers=formats.nombre(mesure.rang.univers),
            ),
        ]
    # Un produit seul n'a pas de figure : il est cité si peu qu'il pèse.
    seul = len(produits) == 1
    cites = [
        phrase(
            "etats_unis.produit",
            fiche,
            produit=ligne.libelle_court,
            montant=montant_court(ligne.valeur_eur),
            part=formats.part(ligne.part_ventes_pct),
        )
        for ligne in produits.head(PRODUITS_CITES).itertuples()
        if seul or ligne.valeur_eur >= MONTANT_CITE_EUR
    ]
    if cites:
        dites.append(phrase("etats_unis.produits", fiche, produits=enumerer(cites)))
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
            produit=exemple["libelle_court"],
            montant=montant_court(exemple["valeur_eur"]),
            part=part_courte(exemple["part_produit_pct"]),
            exporte=accord(fiche, "exporte", "exportent"),
        ),
        alternative=alternative(produits),
        etroit=True,
        montres=montres,
    )


# Ce que changerait un droit


def effet_pct(supplement_points: float, elasticite: float, depart_pct: float = 0) -> float:
    """De combien varieraient les ventes ? 100 x [((1 + t1) / (1 + t0))^e - 1], en %."""
    hausse = (100 + depart_pct + supplement_points) / (100 + depart_pct)
    return 100 * (hausse**elasticite - 1)


def paliers(regimes: pd.DataFrame) -> pd.DataFrame:
    """Quels droits supplémentaires essayer ? Ceux du dernier régime daté, s'ils sont tous connus.

    Sinon des paliers neutres de 10, 15 et 50 points, qui ne décrivent aucun régime. Colonnes :
    regime (vide pour un palier neutre), produit (« tous » ou A129), supplement_points.
    """
    derniers = regimes[regimes["debut"] == regimes["debut"].max()]
    taux = derniers.melt(
        id_vars=["regime", "produit"], value_vars=COLONNES_TAUX, value_name="supplement_points"
    ).dropna(subset="supplement_points")
    if derniers[list(COLONNES_TAUX)].isna().all(axis="columns").any() or taux.empty:
        neutres = [("", TOUS_PRODUITS, palier) for palier in PALIERS_POINTS]
        return pd.DataFrame(neutres, columns=["regime", "produit", "supplement_points"])
    return taux[["regime", "produit", "supplement_points"]].reset_index(drop=True)


def effets(ventes_eur: pd.Series, essais: pd.DataFrame) -> pd.DataFrame:
    """De combien les ventes baisseraient-elles à chaque palier de `essais` ? Voir le scénario.

    `ventes_eur` : ventes aux États-Unis par produit A129.
    """
    table = essais.assign(
        montant_eur=[
            int(ventes_eur.sum() if produit == TOUS_PRODUITS else ventes_eur.get(produit, 0))
            for produit in essais["produit"]
        ]
    )
    for nom, elasticite in zip(("faible", "fort"), ELASTICITES, strict=True):
        effets = [effet_pct(points, elasticite) for points in table["supplement_points"]]
        table[f"effet_{nom}_pct"] = effets
        table[f"effet_{nom}_eur"] = table["montant_eur"] * table[f"effet_{nom}_pct"] / 100
    return table


def tableau_scenario(fiche, produits: pd.DataFrame) -> pd.DataFrame:
    """De combien les ventes aux États-Unis pourraient-elles baisser ? Fourchettes.

    Une ligne par palier ; colonnes regime, produit, supplement_points, montant_eur (concerné),
    effet_faible_pct, effet_faible_eur, effet_fort_pct, effet_fort_eur (négatifs : des baisses).
    Vide si les ventes sont trop petites pour qu'un ordre de grandeur en soit tiré.
    """
    essais = paliers(references.droits_etats_unis())
    table = effets(produits.set_index("produit")["valeur_eur"], essais)
    assez = produits["valeur_eur"].sum() >= references.seuil("petite_base_eur")
    return table if assez else table.head(0)


def texte_droits(fiche, scenario: pd.DataFrame) -> Texte:
    """Ce que changerait un droit, puis les droits connus, repliés."""
    connus = references.droits_etats_unis().to_dict("records")
    connus = assembler(
        paragraphes([phrase("etats_unis.droits", fiche)]),
        liste([_droit(fiche, ligne) for ligne in connus], "droits"),
    )
    resume = phrase("etats_unis.droits_resume", fiche)
    return assembler(_baisses(fiche, scenario), repli(resume, connus, "droits-connus"))


def _baisses(fiche, scenario: pd.DataFrame) -> Texte:
    if scenario.empty:
        aucune = not exposition(fiche).montant_eur
        return Texte("") if aucune else paragraphes([phrase("etats_unis.scenario_petit", fiche)])
    lignes = [_bornes(ligne) for ligne in scenario.to_dict("records")]
    neutre = not scenario["regime"].any()
    if neutre:
        suite = [phrase("etats_unis.suite", fiche, **bornes) for bornes in lignes[1:]]
        dites = [phrase("etats_unis.scenario", fiche, suite=" ; ".join(suite), **lignes[0])]
    else:
        dites = [phrase("etats_unis.scenario_regime", fiche, **bornes) for bornes in lignes]
    faible, forte = (formats.nombre(elasticite) for elasticite in ELASTICITES)
    elasticites = {"elasticite_faible": faible, "elasticite_forte": forte}
    dites.append(phrase("etats_unis.hypotheses", fiche, **elasticites))
    if neutre:
        dites.append(phrase("etats_unis.neutres", fiche))
    return assembler(paragraphes(dites), renvois("scenario"))


def _bornes(ligne: dict) -> dict[str, str]:
    """Les bornes d'un palier, écrites : des baisses, donc sans signe."""
    return {
        "regime": ligne["regime"],
        "points": _points(ligne["supplement_points"]),
        "montant": formats.millions(ligne["montant_eur"]),
        "faible": formats.pourcentage(abs(ligne["effet_faible_pct"])),
        "fort": formats.pourcentage(abs(ligne["effet_fort_pct"])),
        "faible_eur": formats.nombre(formats.en_millions(abs(ligne["effet_faible_eur"])), 1),
        "fort_eur": formats.millions(abs(ligne["effet_fort_eur"])),
    }


def _points(supplement: float) -> str:
    if supplement == int(supplement):
        return formats.quantite(int(supplement), "point")
    return formats.points(supplement).removeprefix("+")


def _droit(fiche, ligne: dict) -> str:
    if ligne["nature"] == "inconnu":
        return phrase("etats_unis.droit_inconnu", fiche, quand=majuscule(ligne["perimetre"]))
    debut, fin = (_jour(ligne[nom]) for nom in ("debut", "fin"))
    cle = "periode" if debut and fin else "periode_ouverte" if debut else "periode_inconnue"
    consulte = ""
    if ligne["consulte_le"]:
        consulte = phrase("etats_unis.consulte", fiche, date=_jour(ligne["consulte_le"]))
    return phrase(
        "etats_unis.droit",
        fiche,
        regime=ligne["regime"],
        perimetre=ligne["perimetre"],
        periode=phrase(f"etats_unis.{cle}", fiche, debut=debut, fin=fin),
        fondement=majuscule(ligne["fondement"]),
        source=ligne["source"],
        consulte=consulte,
    )


def _jour(iso: str) -> str:
    """« 2026-07-24 » -> « 24 juillet 2026 » ; vide si la date l'est."""
    return format_date(date.fromisoformat(iso), "d MMMM y", locale="fr_FR") if iso else ""


def figure_scenario(fiche, scenario: pd.DataFrame) -> Figure | Texte:
    """Les fourchettes en tableau ; rien si les ventes sont trop petites."""
    if scenario.empty:
        return Texte("")
    rangees = []
    for ligne in scenario.to_dict("records"):
        baisses = [
            [abs(ligne[f"effet_{borne}_{unite}"]) / diviseur for borne in ("faible", "fort")]
            for unite, diviseur in (("pct", 1), ("eur", formats.EUROS_PAR_MILLION))
        ]
        rangees.append(
            [
                f"{ligne['regime']} {_points(ligne['supplement_points'])}",
                montant_court(ligne["montant_eur"]),
                *(_fourchette(fiche, bornes) for bornes in baisses),
            ]
        )
    titre = phrase("etats_unis.titre_scenario", fiche)
    faible, forte = (formats.nombre(elasticite) for elasticite in ELASTICITES)
    return figure_tableau(
        fiche,
        tableaux.ecrite(titre, phrases("etats_unis.tete_scenario", fiche), rangees),
        scenario.drop(columns="produit"),
        identifiant="etats-unis-scenario",
        titre=titre,
        legende=legende("etats_unis.legende_scenario", fiche, faible=faible, forte=forte),
    )


def _fourchette(fiche, bornes: list[float]) -> str:
    faible, fort = (formats.nombre(borne, 1) for borne in bornes)
    return phrase("etats_unis.fourchette", fiche, faible=faible, fort=fort)
