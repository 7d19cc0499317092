"""Qu'est-ce qui distingue le territoire de la France, et à qui ressemble-t-il ?

Produits A129. Formules : Balassa B = (X_dp / X_d) / (X_Fp / X_F), le rapport entre la part d'un
produit ici et sa part en France ; forme symétrique (B - 1) / (B + 1), de -1 à 1 ; ressemblance =
somme des plus petites des deux parts, le complément de la distance de Krugman.
"""

from itertools import count, pairwise
from math import ceil, floor, isnan, log2

import altair as alt
import numpy as np
import pandas as pd

from commerce import formats, nommer, profils, references, theme
from commerce.donnees.reperes import FRANCE
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.mesure import largeur_texte
from commerce.figure.modele import modele
from commerce.formats import INSECABLE, fois, part_courte, propre
from commerce.indicateurs import Sens
from commerce.redaction import (
    Texte,
    accord,
    assembler,
    legende,
    mots,
    paragraphes,
    phrase,
    renvois,
)

PART_MINIMALE_PCT = 1
MONTANT_MINIMAL_EUR = 5_000_000
PRODUITS_CITES = 3
# Au-dessous, le rapport s'imprime « 1,0 fois ».
PLUS_QUE_LA_FRANCE = 1.05
# L'échelle va au moins de « moitié moins » à « deux fois plus ».
ETENDUE_MINIMALE = (1 / 2, 2)
ESPACE_PX = 6


def balassa(territoire: pd.Series, france: pd.Series) -> pd.DataFrame:
    """Quels produits pèsent plus ici que dans les exportations françaises ?

    `territoire`, `france` : montants par produit, en euros. Index produit ; colonnes valeur_eur,
    part_pct, part_france_pct, balassa, symetrique, retenu (au moins 1 % des exportations du
    territoire et 5 millions d'euros). Un total nul donne NaN.
    """
    codes = territoire.index.union(france.index)
    montants = territoire.reindex(codes, fill_value=0)
    table = pd.DataFrame({"valeur_eur": montants})
    for nom, serie in (("part_pct", montants), ("part_france_pct", france.reindex(codes))):
        table[nom] = 100 * serie / (serie.sum() or np.nan)
    table["balassa"] = table["part_pct"] / table["part_france_pct"].where(
        table["part_france_pct"] > 0
    )
    table["symetrique"] = (table["balassa"] - 1) / (table["balassa"] + 1)
    table["retenu"] = (table["part_pct"] >= PART_MINIMALE_PCT) & (
        table["valeur_eur"] >= MONTANT_MINIMAL_EUR
    )
    return table


def tableau(fiche, sens: Sens = "export") -> pd.DataFrame:
    """Quels produits pèsent ici plus, ou moins, qu'en France ? Du plus au moins spécifique.

    Colonnes : produit, libelle_court, libelle, valeur_eur, part_pct et part_france_pct (% du flux),
    balassa (NaN si la France n'en échange pas), symetrique. Vide si le flux est trop petit.
    """
    ici, montants = fiche.espaces["departement"], fiche.reperes.produits[sens]
    table = balassa(montants.loc[ici], montants.loc[FRANCE])
    table = table[table["retenu"] & fiche.reperes.significatifs[sens].loc[ici]]
    libelles = fiche.reperes.libelles.reindex(table.index)
    table = pd.concat([libelles, table], axis="columns").rename_axis("produit").reset_index()
    ordre = table.sort_values(["balassa", "produit"], ascending=[False, True], ignore_index=True)
    return ordre.drop(columns="retenu")


def tableau_ressemblances(fiche, nombre: int = 5) -> pd.DataFrame:
    """Quels territoires exportent les produits les plus voisins ?

    Les premiers, hors lui-même et hors flux trop petits ; pour une région, parmi les régions. Index
    code ; colonnes nom, ressemblance_pct (part des exportations en commun). Vide si celles du
    territoire sont trop petites, et pour les DROM ensemble.
    """
    code, reperes = fiche.departement.code, fiche.reperes
    significatifs = profils.comparables(fiche, reperes.significatifs["export"])
    if not significatifs.get(code, False):
        return pd.DataFrame({"nom": [], "ressemblance_pct": pd.Series(dtype=float)})
    structures = profils.parts(reperes.produits["export"], reperes.totaux["export"])
    structures = profils.comparables(fiche, structures)
    autres = structures[significatifs & (structures.index != code)]
    communs = 100 * autres.clip(upper=structures.loc[code], axis="columns").sum(axis="columns")
    retenus = communs.sort_index().sort_values(ascending=False, kind="stable").head(nombre)
    noms = [references.territoires()[voisin].nom for voisin in retenus.index]
    return pd.DataFrame({"nom": noms, "ressemblance_pct": retenus})


def texte(fiche, specialisations: pd.DataFrame) -> Texte:
    """Les produits qui pèsent le plus, l'écart à la France."""
    distance = profils.valeurs(fiche)["krugman_pct", "export"]
    if isnan(distance):
        return Texte("")
    rapports = specialisations["balassa"]
    produits = [
        phrase(
            "specialisation.produit",
            fiche,
            produit=nommer.produit(ligne.produit, ligne.libelle_court),
            part=formats.pourcentage(ligne.part_pct),
            fois=fois(ligne.balassa),
        )
        for ligne in specialisations[rapports.isna() | (rapports >= PLUS_QUE_LA_FRANCE)]
        .head(PRODUITS_CITES)
        .itertuples()
    ]
    cle = {0: "aucun", 1: "un_produit"}.get(len(produits), "produits")
    dites = [
        phrase(f"specialisation.{cle}", fiche, produits=" ; ".join(produits)),
        phrase("specialisation.krugman", fiche, distance=formats.pourcentage(distance)),
    ]
    return assembler(paragraphes(dites), renvois("balassa", "krugman", "ressemblance", "ns"))


def alternative(specialisations: pd.DataFrame) -> str:
    """Le produit le plus spécialisé et le moins spécialisé."""
    dits = mots()["specialisation"]["dessin"]
    produits = formats.quantite(len(specialisations), "produit comparé", "produits comparés")
    dites = [dits["alternative"].format(produits=produits)]
    connus = specialisations.dropna(subset="balassa")
    for cle, rang in (("haut", 0), ("bas", -1))[: len(connus)]:
        produit, rapport = connus.iloc[rang][["libelle_court", "balassa"]]
        dites.append(dits[cle].format(produit=propre(produit), fois=fois(rapport)))
    return " ".join(dites)


def alternative_ressemblances(ressemblances: pd.DataFrame) -> str:
    """Les territoires et leur part en commun."""
    parts = [
        f"{propre(ligne.nom)} {part_courte(ligne.ressemblance_pct)}"
        for ligne in ressemblances.itertuples()
    ]
    dite = mots()["specialisation"]["dessin"]["alternative_ressemblances"]
    return dite.format(parts=", ".join(parts))


def _colonnes(*champs: str) -> list[tuple[str, str]]:
    return [(champ, mots()["specialisation"]["dessin"][champ]) for champ in champs]


@modele
def _graphique(colonnes: tuple) -> alt.LayerChart:
    couleurs = theme.theme().couleurs
    etendue = [alt.ExprRef("etendue[0]"), alt.ExprRef("etendue[1]")]
    # Deux fois plus et deux fois moins sont à la même distance de la France.
    echelle = alt.Scale(type="log", base=2, domain=etendue, nice=False)
    axe = alt.Axis(
        orient="top",
        values=alt.ExprRef("graduations"),
        labelExpr="datum.value == 1 ? 'France' : "
        f"(datum.value > 1 ? '×' : '÷') + '{INSECABLE}' + "
        "format(max(datum.value, 1 / datum.value), ',d')",
        labelColor=couleurs.texte_discret,
        labelFontSize=panneau.TAILLE,
        # À la hauteur des entêtes de colonnes.
        labelPadding=6,
        labelFlush=False,
        labelOverlap=False,
        title=None,
        domain=False,
        ticks=False,
    )
    lignes = panneau.base("produit")
    barres = panneau.barres(lignes, "bout", depart=1, color=alt.ColorValue(couleurs.exportations))
    barres = barres.encode(x=alt.X("bout:Q", axis=axe, scale=echelle))
    france = panneau.zero().mark_rule(color=couleurs.texte).encode(x=alt.XDatum(1, axis=axe))
    return panneau.habiller(lignes, barres, france, colonnes=colonnes)


def dessin(
    specialisations: pd.DataFrame, largeur: float = theme.ETROIT, montres: int = 12
) -> alt.LayerChart:
    """Combien de fois la part française chaque produit pèse-t-il ici ?

    specialisations : voir `tableau` ; montres : combien, parmi les plus exportés. Une barre par
    produit, de 1 (autant qu'en France) à son rapport, sur une échelle logarithmique ; un produit
    que la France n'exporte pas (n.s.) va jusqu'au bout.
    """
    dits = mots()["specialisation"]["dessin"]
    if specialisations.empty:
        return panneau.vide(largeur, dits["vide"])
    grands = specialisations["part_pct"].sort_values(ascending=False, kind="stable").head(montres)
    lignes = specialisations[specialisations.index.isin(grands.index)]
    rapports = lignes["balassa"]
    # Dans cet ordre, un NaN ne l'emporte jamais.
    etendue = (
        min(ETENDUE_MINIMALE[0], rapports.min()),
        max(ETENDUE_MINIMALE[1], rapports.max()),
    )
    lignes = lignes.assign(
        bout=rapports.fillna(etendue[1]),
        rapport=rapports.map(fois),
        part=lignes["part_pct"].map(part_courte),
    )
    lignes["dit"] = [
        dits["barre"].format(
            produit=propre(ligne.libelle_court),
            fois=ligne.rapport,
            part=ligne.part,
            part_france=part_courte(ligne.part_france_pct),
        )
        for ligne in lignes.itertuples()
    ]
    colonnes = _colonnes("rapport", "part")
    rempli = panneau.remplir(
        _graphique(tuple(colonnes)),
        lignes,
        largeur,
        nom="libelle_court",
        colonnes=colonnes,
        etendue=etendue,
    )
    graduations = _graduations(*etendue, rempli.width)
    axe = {"etendue": [min([etendue[0], *graduations]), etendue[1]], "graduations": graduations}
    autres = [parametre for parametre in rempli.params if parametre.name not in axe]
    rempli.params = [*autres, *(alt.VariableParameter(name=n, value=v) for n, v in axe.items())]
    return rempli


def _graduations(bas: float, haut: float, largeur_px: float) -> list[float]:
    """Des puissances de deux, aussi serrées que leurs étiquettes tiennent côte à côte.

    La première peut être un peu au-dessous de `bas` : l'échelle s'étend jusqu'à elle.
    """
    for pas in count(1):
        debut, fin = min(log2(bas), pas * round(log2(bas) / pas)), log2(haut)
        px_par_double = largeur_px / (fin - debut)
        # À droite, une étiquette entamerait l'entête de la première colonne.
        bord = fin * px_par_double + panneau.ECART - ESPACE_PX
        places = {}
        for double in range(pas * ceil(debut / pas), floor(fin) + 1, pas):
            ecrit = f"×{INSECABLE}{formats.nombre(2 ** abs(double))}" if double else "France"
            demi = largeur_texte(ecrit, panneau.TAILLE) / 2
            milieu = double * px_par_double
            if milieu + demi <= bord:
                places[2.0**double] = milieu - demi, milieu + demi
        if all(a[1] + ESPACE_PX <= b[0] for a, b in pairwise(places.values())):
            return list(places)


@modele
def _graphique_ressemblances(colonnes: tuple) -> alt.LayerChart:
    lignes, teinte = panneau.base("nom"), theme.theme().couleurs.exportations
    barres = panneau.barres(lignes, "ressemblance_pct", color=alt.ColorValue(teinte))
    return panneau.habiller(lignes, barres, panneau.zero(), colonnes=colonnes)


def dessin_ressemblances(
    ressemblances: pd.DataFrame, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """Quelle part de ses exportations chaque territoire a-t-il en commun avec celui-ci ?

    ressemblances : voir `tableau_ressemblances`. L'échelle va de 0 à 100 %.
    """
    if ressemblances.empty:
        return panneau.vide(largeur, panneau.TROP_PETIT)
    dit = mots()["specialisation"]["dessin"]["ressemblance"]
    noms = ressemblances["nom"].map(propre)
    communs = ressemblances["ressemblance_pct"].map(part_courte)
    dits = [dit.format(nom=nom, part=part) for nom, part in zip(noms, communs, strict=True)]
    colonnes = _colonnes("commun")
    return panneau.remplir(
        _graphique_ressemblances(tuple(colonnes)),
        ressemblances.assign(commun=communs, dit=dits),
        largeur,
        nom="nom",
        colonnes=colonnes,
        etendue=(0, 100),
    )


def figure(fiche, specialisations: pd.DataFrame, montres: int = 12) -> Figure | Texte:
    """La figure des produits et son exemple de lecture ; rien si aucun n'est assez grand."""
    if specialisations.empty:
        return Texte("")
    exemple, coupe = specialisations.iloc[0], len(specialisations) > montres
    choix = phrase("specialisation.legende_choix", fiche, nombre=montres) if coupe else ""
    return figure_de(
        fiche,
        dessin,
        specialisations,
        identifiant="specialisations",
        titre=phrase("specialisation.titre", fiche, exporte=accord(fiche, "exporte", "exportent")),
        legende=legende(
            "specialisation.legende",
            fiche,
            choix=choix,
            echanges=nommer.echanges("export", exemple["produit"], exemple["libelle_court"]),
            part=part_courte(exemple["part_pct"]),
            fois=fois(exemple["balassa"]),
        ),
        alternative=alternative(specialisations),
        etroit=True,
        montres=montres,
    )


def figure_ressemblances(fiche, ressemblances: pd.DataFrame) -> Figure | Texte:
    """La figure des territoires les plus proches ; rien s'il n'y en a pas."""
    if ressemblances.empty:
        return Texte("")
    premier = ressemblances.iloc[0]
    lecture = {"voisin": premier["nom"], "part": part_courte(premier["ressemblance_pct"])}
    return figure_de(
        fiche,
        dessin_ressemblances,
        ressemblances,
        identifiant="territoires-ressemblants",
        titre=phrase("specialisation.titre_ressemblances", fiche),
        legende=legende("specialisation.legende_ressemblances", fiche, **lecture),
        alternative=alternative_ressemblances(ressemblances),
        etroit=True,
    )
