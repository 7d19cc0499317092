"""Comment montrer de quoi les échanges sont faits, et de qui ils dépendent ?

Ce qui ne se calcule pas ne se dessine pas : le texte de la partie le dit déjà.
"""

import pandas as pd
from markupsafe import Markup

from commerce import formats, references
from commerce.dessin.marques import NOM_DU_FLUX, montant_court, part_courte
from commerce.donnees import reperes
from commerce.figure import Figure, cote_a_cote, tableaux
from commerce.indicateurs import SENS
from commerce.planches import montrer, montrer_tableau, noms
from commerce.portrait import (
    approvisionnements,
    concentration,
    exposition,
    glossaire,
    graphiques_portrait,
    specialisation,
    textes_etats_unis,
    textes_parties,
    textes_structure,
)
from commerce.portrait.graphiques_portrait import PRODUITS_MONTRES, SPECIALISATIONS_MONTREES, fois
from commerce.redaction import Texte, accord, phrase, phrases, region_confondue
from commerce.references import seuil

ACHATS_MONTRES = 10


def zones_du_monde(fiche) -> Figure | Texte:
    """Dans quelles régions du monde sont les clients et les fournisseurs ?"""
    table = specialisation.zones(fiche, reperes.de_la_fiche(fiche))
    union = {reperes.UNION_EUROPEENNE: phrase("parties.union_europeenne", fiche)}
    table["zone"] = table["zone"].replace(union)
    if region_confondue(fiche):
        table = table.drop(columns="part_region_pct").assign(part_region_pct=float("nan"))
    connues = table.dropna(subset="part_pct")
    if connues.empty:
        return Texte("")
    exemple = connues.iloc[0]
    legende = textes_parties.legende(
        "zones",
        fiche,
        zone=exemple["zone"],
        part=part_courte(exemple["part_pct"]),
        part_france=part_courte(exemple["part_france_pct"]),
        flux=NOM_DU_FLUX[exemple["flux"]],
    )
    return montrer(
        fiche,
        "zones-du-monde",
        graphiques_portrait.zones,
        table,
        titre=textes_structure.titre_zones(fiche),
        legende=legende,
        par_flux=True,
        noms=noms(fiche),
    )


FORMES_DE_CONCENTRATION = {
    "n80_pays": ("n80", formats.nombre),
    "n80_produits": ("n80", formats.nombre),
    "hhi_pays": ("hhi", lambda valeur: formats.nombre(valeur, 2)),
    "hhi_produits": ("hhi", lambda valeur: formats.nombre(valeur, 2)),
    "nombre_equivalent_pays": ("nombre-equivalent", lambda valeur: formats.nombre(valeur, 1)),
    "part_premier_flux_pct": ("premier-flux", formats.pourcentage),
}


def concentrations(fiche) -> pd.DataFrame:
    """Les indices de concentration, une ligne par flux et indice.

    Colonnes : flux, indicateur, mesure (son nom), departement, region, france. La région est NaN
    quand elle se confond avec le territoire.
    """
    repere, morceaux = reperes.de_la_fiche(fiche), []
    lignes = reperes.espaces(fiche)
    for sens in SENS:
        indices = concentration.tableau(repere, sens).loc[list(lignes.values())]
        table = indices[list(FORMES_DE_CONCENTRATION)].T.set_axis(list(lignes), axis="columns")
        table.insert(0, "flux", sens)
        morceaux.append(table.rename_axis("indicateur").reset_index())
    table = pd.concat(morceaux, ignore_index=True)
    libelles = [phrase(f"parties.concentration.{nom}", fiche) for nom in table["indicateur"]]
    table.insert(2, "mesure", libelles)
    return table.assign(region=float("nan")) if region_confondue(fiche) else table


def concentration_des_echanges(fiche) -> Figure | Texte:
    """Les échanges tiennent-ils à peu de pays, à peu de produits ?"""
    table = concentrations(fiche)
    espaces = [nom for nom, ecrit in zip(reperes.espaces(fiche), noms(fiche), strict=True) if ecrit]
    morceaux = []
    for sens in SENS:
        rangees = []
        for ligne in table[table["flux"] == sens].to_dict("records"):
            terme, ecrire = FORMES_DE_CONCENTRATION[ligne["indicateur"]]
            nom = glossaire.lien(terme, ligne["mesure"])
            rangees.append([nom, *(ecrire(ligne[espace]) for espace in espaces)])
        tete = [phrase("parties.mesure", fiche), *(nom for nom in noms(fiche) if nom)]
        morceaux.append(tableaux.ecrite(NOM_DU_FLUX[sens].capitalize(), tete, rangees))
    return montrer_tableau(
        fiche,
        "concentration-des-echanges",
        Markup('<div class="panneaux">{}{}</div>').format(*morceaux),
        table.drop(columns="indicateur"),
        titre=textes_structure.titre_concentration(fiche),
        legende=textes_parties.legende("concentration", fiche),
    )


def specialisation_du_territoire(fiche):
    """Quels produits distinguent le territoire, et à qui ressemble-t-il ?"""
    repere = reperes.de_la_fiche(fiche)
    paires = [
        (montree, "")
        for montree in (_specialisations(fiche, repere), _ressemblances(fiche, repere))
        if montree
    ]
    return cote_a_cote(*paires) if paires else Texte("")


def _specialisations(fiche, repere) -> Figure | None:
    table = specialisation.specialisations(fiche, repere)
    if table.empty:
        return None
    exemple = table.iloc[0]
    choix = {"nombre": SPECIALISATIONS_MONTREES}
    coupe = len(table) > SPECIALISATIONS_MONTREES
    legende = textes_parties.legende(
        "specialisations",
        fiche,
        choix=phrase("parties.legendes.specialisations_choix", fiche, **choix) if coupe else "",
        produit=exemple["libelle_court"],
        part=part_courte(exemple["part_pct"]),
        fois=fois(exemple["balassa"]),
    )
    return montrer(
        fiche,
        "specialisations",
        graphiques_portrait.specialisations,
        table,
        titre=textes_structure.titre_specialisation(fiche),
        legende=legende,
        etroit_seulement=True,
    )


def _ressemblances(fiche, repere) -> Figure | None:
    table = specialisation.ressemblances(repere, fiche.departement.code)
    if table.empty:
        return None
    exemple = table.iloc[0]
    part = part_courte(exemple["ressemblance_pct"])
    return montrer(
        fiche,
        "territoires-ressemblants",
        graphiques_portrait.ressemblances,
        table[["nom", "ressemblance_pct"]],
        titre=phrase("parties.figures.ressemblances", fiche),
        legende=textes_parties.legende("ressemblances", fiche, voisin=exemple["nom"], part=part),
        etroit_seulement=True,
    )


def ventes_aux_etats_unis(fiche):
    """Quels produits partent aux États-Unis, et que changerait un droit ?"""
    produits = exposition.produits_de_la_fiche(fiche)
    if produits.empty:
        return Texte("")
    paires = [(_produits_vendus(fiche, produits), "")]
    if produits["valeur_eur"].sum() >= seuil("petite_base_eur"):
        paires.append((_scenario(fiche, produits), ""))
    return cote_a_cote(*paires)


def _produits_vendus(fiche, produits: pd.DataFrame) -> Figure:
    exemple, coupe = produits.iloc[0], len(produits) > PRODUITS_MONTRES
    choix = {"nombre": formats.en_lettres(PRODUITS_MONTRES)}
    legende = textes_parties.legende(
        "etats_unis",
        fiche,
        choix=phrase("parties.legendes.etats_unis_choix", fiche, **choix) if coupe else "",
        produit=exemple["libelle_court"],
        montant=montant_court(int(exemple["valeur_eur"])),
        part=part_courte(exemple["part_produit_pct"]),
        exporte=accord(fiche, "exporte", "exportent"),
    )
    return montrer(
        fiche,
        "etats-unis-produits",
        graphiques_portrait.etats_unis,
        produits.rename(columns={"part_pct": "part_ventes_pct"}),
        titre=textes_etats_unis.titre_produits(fiche),
        legende=legende,
        etroit_seulement=True,
    )


def _scenario(fiche, produits: pd.DataFrame) -> Figure:
    montants = produits.set_index("produit")["valeur_eur"]
    table = exposition.scenario(montants, exposition.paliers(references.droits_etats_unis()))
    rangees = []
    for ligne in table.to_dict("records"):
        effets = [abs(ligne[f"effet_{borne}_pct"]) for borne in ("faible", "fort")]
        euros = [abs(ligne[f"effet_{borne}_eur"]) / 1e6 for borne in ("faible", "fort")]
        points = formats.quantite(ligne["supplement_points"], "point")
        rangees.append(
            [
                " ".join(nom for nom in (ligne["regime"], points) if nom),
                montant_court(ligne["montant_eur"]),
                *(_fourchette(fiche, bornes) for bornes in (effets, euros)),
            ]
        )
    faible, forte = (formats.nombre(elasticite) for elasticite in exposition.ELASTICITES)
    titre = textes_etats_unis.titre_scenario(fiche)
    return montrer_tableau(
        fiche,
        "etats-unis-scenario",
        tableaux.ecrite(titre, phrases("parties.scenario.tete", fiche), rangees),
        table.drop(columns="produit"),
        titre=titre,
        legende=textes_parties.legende("scenario", fiche, faible=faible, forte=forte),
    )


def _fourchette(fiche, bornes: list[float]) -> str:
    faible, fort = (formats.nombre(borne, 1) for borne in bornes)
    return phrase("parties.scenario.fourchette", fiche, faible=faible, fort=fort)


def achats_concentres(fiche) -> Figure | Texte:
    """Quels achats viennent presque tous du même endroit, hors d'Europe ?"""
    if len(approvisionnements.annees_observees(fiche)) < approvisionnements.ANNEES_REQUISES:
        return Texte("")
    table = approvisionnements.de_la_fiche(fiche)
    if table.empty:
        return Texte("")
    rangees = [
        [
            ligne["libelle_court"],
            montant_court(int(ligne["import_eur"])),
            ligne["libelle_pays"],
            part_courte(ligne["part_pays_pct"]),
            part_courte(ligne["part_hors_ue_pct"]),
            formats.nombre(ligne["hhi"], 2),
        ]
        for ligne in table.head(ACHATS_MONTRES).to_dict("records")
    ]
    choix = {"nombre": formats.en_lettres(ACHATS_MONTRES)}
    coupe = len(table) > ACHATS_MONTRES
    titre = textes_structure.titre_approvisionnements(fiche)
    donnees = table.rename(columns={"libelle_pays": "fournisseur"}).assign(
        annees=[", ".join(map(str, annees)) for annees in table["annees"]]
    )
    montrees = ["produit", "libelle_court", "annees", "import_eur", "export_eur", "fournisseur"]
    return montrer_tableau(
        fiche,
        "fournisseurs-concentres",
        tableaux.ecrite(titre, phrases("parties.approvisionnements.tete", fiche), rangees),
        donnees[[*montrees, "part_pays_pct", "part_hors_ue_pct", "hhi"]],
        titre=titre,
        legende=textes_parties.legende(
            "approvisionnements",
            fiche,
            choix=phrase("parties.legendes.approvisionnements_choix", fiche, **choix)
            if coupe
            else "",
        ),
    )
