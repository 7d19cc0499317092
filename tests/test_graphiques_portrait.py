"""Les figures des parties ajoutées, aux deux largeurs : ordinaires, vides ou hostiles."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest
from exemples_figures import HOSTILES, PRODUITS, boites_des_textes, chevauchements
from exemples_portrait import (
    LONGS,
    NOMS,
    contributions,
    ressemblances,
    series,
    specialisations,
    ventes,
    zones,
)

from commerce import formats, theme
from commerce.dessin import courbes
from commerce.dessin.marques import montant_court, part_courte
from commerce.figure import rendu
from commerce.portrait import graphiques_portrait

LARGEURS = (theme.LARGE, theme.ETROIT)
SANS_REGION = (NOMS[0], "", NOMS[2])


def _export(fonction, **options):
    return lambda tableau, largeur: fonction(tableau, sens="export", largeur=largeur, **options)


def _import(fonction, **options):
    return lambda tableau, largeur: fonction(tableau, sens="import", largeur=largeur, **options)


evolution = _export(graphiques_portrait.evolution, noms=NOMS)
par_zone = _import(graphiques_portrait.zones, noms=NOMS)
par_produit = _export(graphiques_portrait.contributions)
CAS = {
    "évolution": (evolution, series()),
    "évolution sans région": (_import(graphiques_portrait.evolution, noms=SANS_REGION), series()),
    "évolution, deux dates": (evolution, series(2023, 2025, annuel=True)),
    "évolution trouée": (evolution, series(trous=[(2020, 2), (2023, 4), (2024, 3)])),
    "évolution, noms hostiles": (_export(graphiques_portrait.evolution, noms=LONGS[:3]), series()),
    "évolution plate": (evolution, series().assign(indice=100.0, indice_region=100.0)),
    "évolution explosive": (evolution, series().assign(indice=lambda t: t["indice"] * 40)),
    "contributions": (par_produit, contributions()),
    "contributions, une ligne": (par_produit, contributions(PRODUITS[:1])),
    "contributions, toutes négatives": (par_produit, contributions(force=-1)),
    "contributions, libellés hostiles": (par_produit, contributions(HOSTILES)),
    "contributions, libellés longs": (par_produit, contributions(LONGS)),
    "zones": (par_zone, zones()),
    "zones sans région": (_export(graphiques_portrait.zones, noms=SANS_REGION), zones()),
    "zones, une ligne": (par_zone, zones(("Asie",))),
    "zones, noms hostiles": (_export(graphiques_portrait.zones, noms=LONGS[:3]), zones(HOSTILES)),
    "spécialisations": (graphiques_portrait.specialisations, specialisations()),
    "spécialisations, une ligne": (graphiques_portrait.specialisations, specialisations(["Sel"])),
    "spécialisations, longs": (graphiques_portrait.specialisations, specialisations(LONGS)),
    "ressemblances": (graphiques_portrait.ressemblances, ressemblances()),
    "ressemblances, une ligne": (graphiques_portrait.ressemblances, ressemblances(["Gers"])),
    "États-Unis": (graphiques_portrait.etats_unis, ventes()),
    "États-Unis, une ligne": (graphiques_portrait.etats_unis, ventes(["Boissons"])),
    "États-Unis, libellés hostiles": (graphiques_portrait.etats_unis, ventes(HOSTILES)),
}
VIDES = {
    "évolution": (evolution, series().head(0), "Trop peu de dates connues"),
    "évolution, une date": (evolution, series(2024, 2025, annuel=True), "Trop peu de dates"),
    "évolution n.s.": (evolution, series().assign(indice=float("nan")), "Flux trop petit"),
    "contributions": (par_produit, contributions().head(0), "Évolution non calculée"),
    "zones": (par_zone, zones().head(0), "Flux trop petit"),
    "zones n.s.": (par_zone, zones().assign(part_pct=float("nan")), "Flux trop petit"),
    "spécialisations": (
        graphiques_portrait.specialisations,
        specialisations().head(0),
        "Aucun produit",
    ),
    "ressemblances": (
        graphiques_portrait.ressemblances,
        ressemblances().head(0),
        "Flux trop petit",
    ),
    "États-Unis": (graphiques_portrait.etats_unis, ventes().head(0), "Aucune vente"),
}


def textes(dessin: str) -> list[str]:
    return [boite[4] for boite in boites_des_textes(dessin)]


def titres(dessin: str) -> list[str]:
    racine = ElementTree.fromstring(dessin)
    return [element.text for element in racine.iter() if element.tag.endswith("title")]


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_aucun_texte_ne_deborde_ni_ne_recouvre_un_autre(cas, largeur):
    fonction, tableau = CAS[cas]
    dessin = rendu.dessin(fonction(tableau, largeur))
    hauteur = float(ElementTree.fromstring(dessin).get("height"))
    boites = boites_des_textes(dessin)
    assert len(boites) >= 3
    dehors = [
        boite
        for boite in boites
        if boite[0] < -0.6
        or boite[2] > largeur + 0.6
        or boite[1] < -0.6
        or boite[3] > hauteur + 0.6
    ]
    assert dehors == []
    assert chevauchements(boites) == []
    assert len(dessin.encode()) < 25_000


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", CAS)
def test_la_specification_est_valide_et_chaque_marque_a_un_nom(cas, largeur):
    fonction, tableau = CAS[cas]
    contenu = fonction(tableau, largeur).to_dict()
    assert contenu["width"] == largeur
    nommees = [couche for couche in contenu["layer"] if "description" in couche["encoding"]]
    assert nommees
    for couche in contenu["layer"]:
        assert couche in nommees or couche["mark"]["aria"] is False
        for ligne in contenu["datasets"][couche["data"]["name"]]:
            assert couche not in nommees or ligne["nom"].strip()
            assert ligne.get("taille", 12) >= 11
    assert not re.search(r"\bnan\b|None", str(contenu["datasets"]))


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", VIDES)
def test_un_tableau_vide_le_dit(cas, largeur):
    fonction, tableau, message = VIDES[cas]
    dessin = rendu.dessin(fonction(tableau, largeur))
    boites = boites_des_textes(dessin)
    assert boites[-1][4].startswith(message)
    assert all(boite[0] >= 0 and boite[2] <= largeur for boite in boites)
    assert chevauchements(boites) == []


def test_chaque_nombre_des_barres_vient_du_tableau():
    nombres = [
        t for t in textes(rendu.dessin(par_produit(contributions(), 380))) if t[-1:].isdigit()
    ]
    du_flux = contributions()[lambda t: t["flux"] == "export"]
    points = du_flux["contribution_points"]
    assert nombres == [formats.nombre(point, 1, signe=True) for point in points]
    ecrits = set(textes(rendu.dessin(par_zone(zones(), 380))))
    du_flux = zones()[lambda t: t["flux"] == "import"]
    for nom in ("part_pct", "part_france_pct"):
        assert set(du_flux[nom].map(part_courte)) <= ecrits
    ecrits = set(textes(rendu.dessin(graphiques_portrait.etats_unis(ventes(), 380))))
    assert set(ventes().head(8)["valeur_eur"].map(montant_court)) <= ecrits
    assert montant_court(ventes()["valeur_eur"][8]) not in ecrits


def test_les_contributions_s_ajoutent_et_gardent_leur_echelle():
    contenu = par_produit(contributions(), 380).to_dict()
    (formes,) = (lignes for lignes in contenu["datasets"].values() if "trace" in lignes[0])
    extremites = [
        [float(x) for x in re.findall(r"[MH](-?[\d.]+)", forme["trace"])] for forme in formes
    ]
    longueurs = [debut_fin[1] - debut_fin[0] for debut_fin in extremites]
    points = contributions()[lambda t: t["flux"] == "export"]["contribution_points"].tolist()
    assert sum(longueurs[:-1]) == pytest.approx(longueurs[-1], abs=0.5)
    assert sum(points[:-1]) == pytest.approx(points[-1])
    echelle = longueurs[0] / points[0]
    assert longueurs == pytest.approx([point * echelle for point in points], abs=0.15)
    assert formes[-1]["nom"].startswith("Ensemble")


def test_les_deux_flux_ont_la_meme_echelle():
    tableau = contributions()
    tableau.loc[tableau["flux"] == "import", "contribution_points"] *= 3

    def longueur(fonction) -> float:
        lignes = fonction(tableau, 380).to_dict()["datasets"]["couche_1"]
        debut, fin = re.findall(r"[MH](-?[\d.]+)", lignes[0]["trace"])[:2]
        return float(fin) - float(debut)

    achats = _import(graphiques_portrait.contributions)
    assert longueur(achats) == pytest.approx(3 * longueur(par_produit), rel=0.02)


def test_une_courbe_s_interrompt_a_la_rupture_et_aux_trous():
    contenu = evolution(series(provisoires=0, trous=[(2024, 2)]), 380).to_dict()
    traces = [f["trace"] for f in contenu["datasets"]["couche_1"] if f["couleur"] == "none"]
    assert len(traces) == 3
    # Trois morceaux : avant 2022, de 2023 au trou, et après lui. L'année 2022 mêle deux enquêtes.
    assert [trace.count("M") for trace in traces] == [3, 3, 3]
    assert "changement d'enquête" in textes(rendu.dessin(evolution(series(), 800)))
    assert "changement d'enquête" not in textes(rendu.dessin(evolution(series(2023), 800)))


def test_les_donnees_provisoires_sont_en_tirets_et_le_disent():
    provisoires = titres(rendu.dessin(evolution(series(), 380)))
    assert sum(nom.endswith("données provisoires") for nom in provisoires) == 3
    definitives = titres(rendu.dessin(evolution(series(provisoires=0), 380)))
    assert not any("provisoires" in nom for nom in definitives)


def test_chaque_courbe_est_etiquetee_de_son_dernier_indice():
    tableau = series()
    dernier = tableau[tableau["flux"] == "export"].iloc[-1]
    ecrits = textes(rendu.dessin(evolution(tableau, 800)))
    for nom, colonne in zip(NOMS, graphiques_portrait.INDICES, strict=True):
        assert nom in ecrits and formats.nombre(dernier[colonne], 1) in ecrits
    etroit = textes(rendu.dessin(evolution(tableau, 380)))
    assert [t for t in etroit if "Provence-Al" in t or "Azur" in t] == [
        "Provence-Alpes-",
        "Côte d'Azur",
    ]


def test_les_specialisations_sont_les_plus_exportees_et_symetriques():
    noms = [f"Produit {rang}" for rang in range(20)]
    dessin = rendu.dessin(graphiques_portrait.specialisations(specialisations(noms), 380))
    assert sum(texte.startswith("Produit") for texte in textes(dessin)) == 12
    tableau = specialisations(["Plus", "Moins"]).assign(balassa=[4, 0.25], symetrique=[0.6, -0.6])
    lignes = graphiques_portrait.specialisations(tableau, 380).to_dict()["datasets"]["couche_1"]
    bouts = [[float(x) for x in re.findall(r"[MH](-?[\d.]+)", f["trace"])[:2]] for f in lignes]
    assert bouts[0][1] - bouts[0][0] == pytest.approx(bouts[1][0] - bouts[1][1], abs=0.2)
    assert graphiques_portrait.fois(float("nan")) == "n.s."


def test_les_graduations_encadrent_et_restent_rondes():
    assert courbes.graduer(97, 103) == [96, 98, 100, 102, 104]
    assert courbes.graduer(100, 100)[0] <= 100 <= courbes.graduer(100, 100)[-1]
    for bas, haut in ((3.2, 410), (99.9, 100.1), (-5, 12), (100, 1000)):
        graduations = courbes.graduer(bas, haut)
        assert graduations[0] <= bas and graduations[-1] >= haut and len(graduations) <= 7


def test_les_etiquettes_s_ecartent_sans_sortir():
    milieux = courbes.ecarter([50, 51, 52], [20, 20, 20], 0, 200)
    assert milieux == [50, 70, 90]
    assert courbes.ecarter([195, 196], [20, 20], 0, 200) == [170, 190]
    assert courbes.ecarter([], [], 0, 10) == []


def test_le_meme_tableau_donne_les_memes_octets_sans_l_ordre_des_autres_flux():
    melange = pd.concat([t for _, t in contributions().groupby("flux", sort=True)][::-1])
    assert rendu.dessin(par_produit(melange, 380)) == rendu.dessin(
        par_produit(contributions(), 380)
    )
