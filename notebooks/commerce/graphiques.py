"""Les figures d'une fiche : une fonction par figure, d'un tableau d'indicateurs vers Altair.

Chaque figure se dessine en deux largeurs : `theme.LARGE` (ordinateur, papier) et `theme.ETROIT`
(téléphone, ou deux figures côte à côte). Les positions viennent de `disposition`, les marques de
`marques`. Un tableau vide donne une figure qui le dit.
"""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.dessin import marques
from commerce.dessin.carte_proportionnelle import activites
from commerce.dessin.marques import (
    NOM_DU_FLUX,
    couleur_du_flux,
    est_etroit,
    montant_court,
    part_courte,
    texte,
)
from commerce.figure import disposition
from commerce.indicateurs import sommes

__all__ = ["activites", "flux", "soldes_par_pays"]

GRAS = 600
OPACITE_FLUX = 0.36
OPACITE_PRINCIPAL = 0.82
EPAISSEUR_MINIMALE = 0.4
NOEUD, ECART = 9, 4
# Place d'un libellé avant coupure, hauteur minimale du dessin et taille des textes, en pixels.
FLUX_LARGE = {"produit": 225, "pays": 170, "hauteur": 400, "taille": 13}
FLUX_ETROIT = {"produit": 122, "pays": 92, "hauteur": 330, "taille": 12}
TITRES_DU_FLUX = {
    "export": {"produit": "Produits exportés", "pays": "Pays de destination"},
    "import": {"pays": "Pays d'origine", "produit": "Produits importés"},
}


def _solde(solde_eur: int) -> tuple[str, str]:
    """Texte et couleur d'un solde : flèche, signe et couleur disent la même chose."""
    couleurs, espace = theme.theme().couleurs, formats.INSECABLE
    if solde_eur == 0:
        return f"={espace}0{espace}M€", couleurs.texte
    fleche, couleur = ("▲", couleurs.positif) if solde_eur > 0 else ("▼", couleurs.negatif)
    ecrit = formats.millions_signe(solde_eur)
    if abs(solde_eur) < 50_000:
        ecrit = (
            f"<{espace}0,1{espace}M€" if solde_eur > 0 else f">{espace}{formats.MOINS}0,1{espace}M€"
        )
    return f"{fleche}{espace}{ecrit}", couleur


def soldes_par_pays(soldes: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Avec quels pays le territoire est-il excédentaire ou déficitaire ?

    soldes : une ligne par pays, dans l'ordre d'affichage, colonnes libelle, import_eur,
    export_eur, solde_eur (euros). Barres en miroir : importations à gauche, exportations à droite.
    """
    if soldes.empty:
        return marques.vide(largeur, "Aucun échange sur la période")
    couleurs, etroit = theme.theme().couleurs, est_etroit(largeur)
    lignes = soldes.to_dict("records")
    noms = [disposition.propre(ligne["libelle"]) for ligne in lignes]
    montants = {
        sens: [(ligne[f"{sens}_eur"], montant_court(ligne[f"{sens}_eur"])) for ligne in lignes]
        for sens in NOM_DU_FLUX
    }
    ecrits = [_solde(ligne["solde_eur"]) for ligne in lignes]
    taille, entete, pas, epaisseur = (13, 26, 50, 14) if etroit else (13.5, 32, 27, 15)
    mesure = disposition.largeur_texte
    place_solde = max(mesure(ecrit, taille, 600) for ecrit, _ in ecrits)
    place_nom = min(max(mesure(nom, taille, 600) for nom in noms), 190)
    debut, fin = (0, largeur) if etroit else (place_nom + 14, largeur - place_solde - 14)
    titres = {
        sens: (0, mesure(nom.capitalize(), taille, 600) + 16) for sens, nom in NOM_DU_FLUX.items()
    }
    cotes = [
        [titres[sens], *((valeur, mesure(ecrit, taille) + 7) for valeur, ecrit in montants[sens])]
        for sens in ("import", "export")
    ]
    zero, echelle = disposition.axe_en_miroir(*cotes, fin - debut)
    zero += debut
    barres, mots, filets = [], [], []
    for sens, ancre, direction in (("import", "right", -1), ("export", "left", 1)):
        nom, couleur = NOM_DU_FLUX[sens], couleur_du_flux(sens)
        mots.append(texte(zero + direction * 7, 10, nom.capitalize(), taille, 600, ancre, couleur))
        for rang, (valeur, ecrit) in enumerate(montants[sens]):
            y = entete + pas * rang + (pas - 15 if etroit else pas / 2)
            bout = zero + direction * max(valeur * echelle, 0.8 if valeur else 0)
            barres.append(
                {"x0": min(zero, bout), "x1": max(zero, bout), "y0": y - epaisseur / 2}
                | {"y1": y + epaisseur / 2, "couleur": couleur}
                | {"nom": f"{noms[rang]}, {nom} : {ecrit}"}
            )
            mots.append(texte(bout + direction * 6, y, ecrit, taille, 400, ancre))
    for rang, (nom, (ecrit, couleur)) in enumerate(zip(noms, ecrits, strict=True)):
        y = entete + pas * rang + (13 if etroit else pas / 2)
        place = largeur - place_solde - 12 if etroit else place_nom
        mots.append(texte(0, y, disposition.raccourcir(nom, place, taille, 600), taille, 600))
        mots.append(texte(largeur, y, ecrit, taille, 600, "right", couleur))
        haut = entete + pas * rang
        filets.append({"x0": 0, "x1": largeur, "y0": haut, "y1": haut, "couleur": couleurs.filet})
    if not etroit:
        mots.append(texte(largeur, 10, "Solde", taille, 600, "right"))
    hauteur = entete + pas * len(lignes) + 4
    axe = [{"x0": zero, "x1": zero, "y0": entete, "y1": hauteur, "couleur": couleurs.texte}]
    if etroit:
        axe = [
            axe[0] | {"y0": entete + pas * rang + pas - 26, "y1": entete + pas * rang + pas - 4}
            for rang in range(len(lignes))
        ]
    couches = [marques.filets(filets), marques.rectangles(barres), marques.filets(axe)]
    return marques.figure([*couches, marques.textes(mots)], largeur, hauteur)


def nom_du_flux(ligne, sens: str) -> str:
    """« Aéronautique vers Allemagne : 123,4 M€, 16,0 % des exportations »."""
    produit, pays = (disposition.propre(ligne[nom]) for nom in ("libelle_court", "libelle_pays"))
    couple = {"export": f"{produit} vers {pays}", "import": f"{produit}, origine {pays}"}[sens]
    montant = montant_court(ligne["valeur_eur"])
    part = part_courte(ligne["part_pct"])
    return f"{couple} : {montant}, {part} des {NOM_DU_FLUX[sens]}"


@dataclass(frozen=True)
class _Noeud:
    """Un produit ou un pays d'une colonne : libellé coupé, montant et place de l'étiquette."""

    code: str
    lignes: list[str]
    nom: str
    valeur_eur: int
    montant: str
    etiquette: float


def _noeuds(flux: pd.DataFrame, axe: str, sens: str, place: float, taille: float) -> list[_Noeud]:
    court, complet = {
        "produit": ("libelle_court", "libelle"),
        "pays": ("libelle_pays", "libelle_pays"),
    }[axe]
    courts, complets = (dict(zip(flux[axe], flux[nom], strict=True)) for nom in (court, complet))
    montants = sommes(flux, axe)
    ensemble, noeuds = sum(montants.values()), []
    for code, montant_eur in montants.items():
        lignes = disposition.couper(disposition.propre(courts[code]), place, taille, GRAS)
        montant = montant_court(montant_eur)
        part = part_courte(100 * montant_eur / ensemble)
        nom = f"{disposition.propre(complets[code])} : {montant}, {part} des "
        etiquette = taille * disposition.INTERLIGNE * (len(lignes) + 1) + 5
        noeuds.append(
            _Noeud(
                code,
                lignes,
                nom + NOM_DU_FLUX[sens],
                montant_eur,
                f"{montant} · {part}",
                etiquette,
            )
        )
    return noeuds


def _gouttiere(noeuds: list[_Noeud], taille: float) -> float:
    """Largeur que demandent les étiquettes d'une colonne."""
    mesure = disposition.largeur_texte
    return 8 + max(
        max(mesure(noeud.montant, taille), *(mesure(mot, taille, GRAS) for mot in noeud.lignes))
        for noeud in noeuds
    )


def _rubans(flux: pd.DataFrame, axes: list[str], noeuds, places, echelle: float, bords):
    """Chaque couple et son tracé, empilés dans un nœud selon l'ordre du côté opposé."""
    couples = flux.to_dict("records")
    rangs = [{noeud.code: rang for rang, noeud in enumerate(cote)} for cote in noeuds]

    def position(couple: dict, cote: int) -> int:
        return rangs[cote][couple[axes[cote]]]

    hauts: list[dict[int, float]] = [{}, {}]
    for cote in (0, 1):
        curseurs = [haut for haut, _ in places[cote]]
        for i in sorted(range(len(couples)), key=lambda i: position(couples[i], 1 - cote)):
            hauts[cote][i] = curseurs[position(couples[i], cote)]
            curseurs[position(couples[i], cote)] += couples[i]["valeur_eur"] * echelle
    for i, couple in enumerate(couples):
        epaisseur = max(couple["valeur_eur"] * echelle, EPAISSEUR_MINIMALE)
        gauche, droite = hauts[0][i], hauts[1][i]
        trace = (bords[0], gauche, gauche + epaisseur, bords[1], droite, droite + epaisseur)
        yield couple, disposition.ruban(*trace)


def _etiquettes(noeuds: list[_Noeud], places, x: float, ancre: str, taille: float) -> list[dict]:
    """Nom et montant de chaque nœud, centrés sur lui."""
    discret = theme.theme().couleurs.texte_discret
    mots = []
    pas = taille * disposition.INTERLIGNE
    for noeud, (haut, bas) in zip(noeuds, places, strict=True):
        y = (haut + bas) / 2 - pas * len(noeud.lignes) / 2
        for ligne in noeud.lignes:
            mots.append(texte(x, y, ligne, taille, GRAS, ancre))
            y += pas
        mots.append(texte(x, y, noeud.montant, taille, 400, ancre, discret))
    return mots


def _titres(
    titres: dict[str, str],
    gauche: float,
    droite: float,
    largeur: float,
    taille: float,
    couleur: str,
) -> list[dict]:
    """Titres des deux colonnes, alignés sur leurs étiquettes autant que la place le permet."""
    premier, second = titres.values()
    places = [disposition.largeur_texte(titre, taille, GRAS) for titre in (premier, second)]
    return [
        texte(max(gauche, places[0]), 10, premier, taille, GRAS, "right", couleur),
        texte(min(droite, largeur - places[1]), 10, second, taille, GRAS, "left", couleur),
    ]


def flux(flux: pd.DataFrame, sens: str, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quel produit va vers quel pays (export), ou vient de quel pays (import) ?

    flux : une ligne par couple, colonnes produit, libelle_court, libelle, pays, libelle_pays,
    valeur_eur, part_pct, principal. Diagramme de flux, de gauche à droite dans le sens des
    marchandises ; les flux principaux sont rouges et dessinés par-dessus les autres.
    """
    flux = flux[flux["valeur_eur"] > 0]
    if flux.empty:
        return marques.vide(largeur, f"Aucun échange à l'{sens} sur la période")
    couleurs, couleur = theme.theme().couleurs, couleur_du_flux(sens)
    mise_en_page = FLUX_ETROIT if est_etroit(largeur) else FLUX_LARGE
    taille, entete = mise_en_page["taille"], 28
    titres = TITRES_DU_FLUX[sens]
    axes = list(titres)
    noeuds = [_noeuds(flux, axe, sens, mise_en_page[axe], taille) for axe in axes]
    colonnes = [
        ([noeud.valeur_eur for noeud in cote], [noeud.etiquette for noeud in cote])
        for cote in noeuds
    ]
    besoin = max(sum(etiquettes) for _, etiquettes in colonnes)
    hauteur = max(besoin * 1.3, mise_en_page["hauteur"])
    echelle = disposition.echelle_des_colonnes(colonnes, hauteur, ECART)
    places = [
        [
            (haut + entete, bas + entete)
            for haut, bas in disposition.colonne(*colonne, echelle, hauteur, ECART)
        ]
        for colonne in colonnes
    ]
    gauche, droite = (_gouttiere(cote, taille) for cote in noeuds)
    # Des bords entiers allègent chaque tracé.
    gauche = round(gauche)
    bords = [gauche + NOEUD, round(largeur - droite) - NOEUD]
    rubans: dict[bool, list[dict]] = {False: [], True: []}
    for couple, trace in _rubans(flux, axes, noeuds, places, echelle, bords):
        principal = bool(couple["principal"])
        teinte = couleurs.flux_principal if principal else couleur
        nom = nom_du_flux(couple, sens)
        rubans[principal].append({"trace": trace, "couleur": teinte, "nom": nom})
    rectangles = [
        {"x0": x, "x1": x + NOEUD, "y0": haut, "y1": bas, "couleur": couleur, "nom": noeud.nom}
        for x, cote, lieux in zip((gauche, bords[1]), noeuds, places, strict=True)
        for noeud, (haut, bas) in zip(cote, lieux, strict=True)
    ]
    mots = [
        *_titres(titres, gauche - 7, bords[1] + NOEUD + 7, largeur, taille, couleur),
        *_etiquettes(noeuds[0], places[0], gauche - 7, "right", taille),
        *_etiquettes(noeuds[1], places[1], bords[1] + NOEUD + 7, "left", taille),
    ]
    couches = [
        marques.traces(lignes, opacite)
        for lignes, opacite in ((rubans[False], OPACITE_FLUX), (rubans[True], OPACITE_PRINCIPAL))
        if lignes
    ]
    couches += [marques.rectangles(rectangles), marques.textes(mots)]
    return marques.figure(couches, largeur, hauteur + entete + 2)
