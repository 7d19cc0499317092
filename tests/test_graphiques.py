"""Les trois figures, aux deux largeurs, sur des tableaux ordinaires, vides ou hostiles."""

from xml.etree import ElementTree

import altair as alt
import pytest
from exemples_figures import (
    HOSTILES,
    PAYS,
    PRODUITS,
    boites_des_textes,
    chevauchements,
    couples,
    produits,
    soldes,
)

from commerce import formats, graphiques, theme
from commerce.dessin import carte_proportionnelle
from commerce.figure import rendu, svg

LARGEURS = (theme.LARGE, theme.ETROIT)
LONGS = tuple(f"{nom} {'mot ' * 70}{rang}" for rang, nom in enumerate(HOSTILES))


def _flux(tableau, largeur):
    return graphiques.flux(tableau, "export", largeur)


def _flux_import(tableau, largeur):
    return graphiques.flux(tableau, "import", largeur)


CAS = {
    "soldes": (graphiques.soldes_par_pays, soldes()),
    "soldes, une ligne": (graphiques.soldes_par_pays, soldes(PAYS[:1])),
    "soldes, libellés hostiles": (graphiques.soldes_par_pays, soldes(HOSTILES)),
    "soldes, libellés longs": (graphiques.soldes_par_pays, soldes(LONGS, base=9e12)),
    "soldes, montants infimes": (graphiques.soldes_par_pays, soldes(pente=12)),
    "activités": (graphiques.activites, produits()),
    "activités, une ligne": (graphiques.activites, produits(PRODUITS[:1], importe=0)),
    "activités, libellés hostiles": (graphiques.activites, produits(HOSTILES)),
    "activités, libellés longs": (graphiques.activites, produits(LONGS, pente=1.1)),
    "activités, un flux presque nul": (graphiques.activites, produits(importe=4e4)),
    "activités, beaucoup de produits": (
        graphiques.activites,
        produits([f"Produit {i}" for i in range(250)], pente=1.04),
    ),
    "flux": (_flux, couples()),
    "flux à l'import": (_flux_import, couples()),
    "flux, une ligne": (_flux, couples(PRODUITS[:1], PAYS[:1]).head(1)),
    "flux, libellés hostiles": (_flux, couples(HOSTILES, HOSTILES)),
    "flux, libellés longs": (_flux_import, couples(LONGS, LONGS, base=9e12)),
    "flux, un seul écrase tout": (_flux, couples(pente=6)),
    "flux, tous égaux": (_flux, couples(pente=1.0)),
}
VIDES = {
    "soldes": (graphiques.soldes_par_pays, soldes().head(0)),
    "activités": (graphiques.activites, produits().head(0)),
    "flux": (_flux, couples().head(0)),
}


def titres(dessin: str) -> list[str]:
    """Noms accessibles des marques, dans l'ordre du dessin."""
    return [
        element.text
        for element in ElementTree.fromstring(dessin).iter()
        if element.tag.endswith("title")
    ]


def dessin_entier(graphique) -> str:
    """Le SVG tel que Vega le dessine quand il écrit et mesure lui-même chaque texte."""
    entier = rendu.dessiner(rendu.specification(graphique))
    return svg.nettoyer(entier, theme.theme().police.pile)


@pytest.mark.parametrize("cas", CAS)
def test_les_mots_remis_apres_le_dessin_sont_a_leur_place(cas):
    fonction, tableau = CAS[cas]
    graphique = fonction(tableau, theme.LARGE)
    assert rendu.dessin(graphique) == dessin_entier(graphique)


def test_un_texte_ajoute_par_l_analyste_est_dessine_avec_les_notres():
    ajout = alt.Chart({"values": [{"note": "à noter"}]}).mark_text().encode(text="note:N")
    graphique = graphiques.soldes_par_pays(soldes()) + ajout
    dessin = rendu.dessin(graphique)
    assert dessin == dessin_entier(graphique)
    assert {"à noter", "Solde"} <= set(ElementTree.fromstring(dessin).itertext())


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


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("cas", VIDES)
def test_un_tableau_vide_le_dit(cas, largeur):
    fonction, tableau = VIDES[cas]
    dessin = rendu.dessin(fonction(tableau, largeur))
    (boite,) = boites_des_textes(dessin)
    assert boite[4].startswith("Aucun échange")
    assert boite[0] >= 0 and boite[2] <= largeur


@pytest.mark.parametrize("cas", CAS)
def test_le_texte_reste_lisible_sur_telephone(cas):
    fonction, tableau = CAS[cas]
    contenu = fonction(tableau, theme.ETROIT).to_dict()
    tailles = {
        ligne["taille"]
        for lignes in contenu["datasets"].values()
        for ligne in lignes
        if "taille" in ligne
    }
    assert min(tailles) >= 11


def test_le_meme_tableau_donne_les_memes_octets():
    assert rendu.dessin(_flux(couples(), 800)) == rendu.dessin(_flux(couples(), 800))


def test_soldes_disent_le_montant_le_signe_et_la_fleche():
    tableau = soldes(("Allemagne", "Chine", "Japon", "Malte"))
    tableau["import_eur"] = [45_240_000, 30_000_000, 1_000_000, 0]
    tableau["export_eur"] = [120_060_000, 4_000_000, 1_000_000, 20_000]
    tableau["solde_eur"] = tableau["export_eur"] - tableau["import_eur"]
    dessin = rendu.dessin(graphiques.soldes_par_pays(tableau))
    textes = [boite[4] for boite in boites_des_textes(dessin)]
    for attendu in ("▲ +74,8 M€", "▼ −26,0 M€", "= 0 M€", "▲ < 0,1 M€"):
        assert attendu.replace(" ", "\u00a0") in textes
    assert {"45,2\u00a0M€", "120,1\u00a0M€", "0\u00a0M€", "<\u00a00,1\u00a0M€"} <= set(textes)
    assert "Allemagne, importations\u00a0: 45,2\u00a0M€" in titres(dessin)


def test_les_longueurs_des_barres_sont_proportionnelles():
    contenu = graphiques.soldes_par_pays(soldes()).to_dict()
    barres = [
        ligne
        for lignes in contenu["datasets"].values()
        for ligne in lignes
        if "y1" in ligne and ligne.get("nom")
    ]
    longueurs = sorted(barre["x1"] - barre["x0"] for barre in barres)
    montants = sorted([*soldes()["import_eur"], *soldes()["export_eur"]])
    echelle = longueurs[-1] / montants[-1]
    # Une barre infime garde une épaisseur visible.
    assert all(
        longueur == pytest.approx(max(montant * echelle, 0.8 if montant else 0), abs=1e-6)
        for longueur, montant in zip(longueurs, montants, strict=True)
    )


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("importe", [2e8, 3e6])
def test_la_carte_a_une_seule_echelle_d_aire_et_ne_perd_pas_un_euro(importe, largeur):
    tableau = produits([f"Produit {i}" for i in range(90)], importe=importe, pente=1.1)
    contenu = graphiques.activites(tableau, largeur).to_dict()
    cellules = [
        ligne for lignes in contenu["datasets"].values() for ligne in lignes if "nom" in ligne
    ]
    total = tableau["valeur_eur"].sum()
    aire = sum((c["x1"] - c["x0"]) * (c["y1"] - c["y0"]) for c in cellules)
    aires = {"importations": 0.0, "exportations": 0.0}
    for cellule in cellules:
        cote = (cellule["x1"] - cellule["x0"]) * (cellule["y1"] - cellule["y0"])
        aires[cellule["nom"].rsplit(" ", 1)[1]] += cote
    for sens, nom in (("import", "importations"), ("export", "exportations")):
        du_flux = tableau.loc[tableau["flux"] == sens, "valeur_eur"].sum()
        assert aires[nom] / aire == pytest.approx(du_flux / total, rel=1e-6)


def test_les_petits_produits_se_reunissent_exactement():
    tableau = produits([f"Produit {i}" for i in range(30)], importe=0, pente=2)
    lignes = carte_proportionnelle.regrouper(tableau, 1000)
    assert sum(ligne["valeur_eur"] for ligne in lignes) == tableau["valeur_eur"].sum()
    assert lignes[-1]["autres"] and not any(ligne["autres"] for ligne in lignes[:-1])
    assert lignes[-1]["complet"] == f"{30 - len(lignes) + 1} autres produits"
    seul = carte_proportionnelle.regrouper(tableau.head(1), 1e12)
    assert [ligne["nom"] for ligne in seul] == ["Produit 0"]


def test_les_flux_rouges_sont_dessines_par_dessus_et_nommes():
    dessin = rendu.dessin(_flux(couples(), theme.LARGE))
    noms = titres(dessin)
    assert len(noms) == 11 * 11 + 22
    rouges = couples()[lambda t: t["principal"]]
    attendus = [graphiques.nom_du_flux(ligne, "export") for ligne in rouges.to_dict("records")]
    assert noms[121 - 5 : 121] == [formats.typographie(nom) for nom in attendus]
    assert attendus[0].startswith("Aéronautique et spatial vers Allemagne : ")
    assert attendus[0].endswith("\u00a0% des exportations")
    assert theme.theme().couleurs.flux_principal in dessin


def test_un_flux_importe_nomme_l_origine():
    ligne = couples().iloc[0]
    assert graphiques.nom_du_flux(ligne, "import").startswith(
        "Aéronautique et spatial, origine Allemagne : "
    )


def test_autres_ferme_chaque_colonne_meme_quand_il_est_le_plus_grand():
    tableau = couples()
    tableau.loc[tableau["pays"] == "autres", "valeur_eur"] *= 1000
    assert list(graphiques.sommes(tableau, "pays"))[-1] == "autres"
    assert next(iter(graphiques.sommes(tableau, "pays"))) == "C0"


def test_les_ex_aequo_sont_ordonnes_par_code():
    assert list(graphiques.sommes(couples(pente=1.0), "produit"))[:3] == ["P0", "P1", "P2"]
