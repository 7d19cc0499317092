"""Les figures des parties ajoutées à la fiche : une fonction par figure, d'un tableau vers Altair.

Mêmes règles que `graphiques` : deux largeurs (`theme.LARGE`, `theme.ETROIT`), un nom accessible par
marque, un tableau vide donne une figure qui le dit. Une figure à deux flux se dessine en deux
panneaux, un par sens, sur la même échelle ; la page les met côte à côte ou l'un sous l'autre.
"""

from math import isnan

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.dessin import marques
from commerce.dessin.courbes import Courbe, Point, courbes
from commerce.dessin.marques import NOM_DU_FLUX, couleur_du_flux, montant_court, part_courte
from commerce.dessin.panneaux import Ligne, Repere, barres, sans_barre
from commerce.figure.disposition import propre

ENSEMBLE = "ensemble"
INDICES = ("indice", "indice_region", "indice_france")
PARTS = ("part_pct", "part_region_pct", "part_france_pct")
PRODUITS_MONTRES, SPECIALISATIONS_MONTREES = 8, 12
TROP_PETIT = "Flux trop petit pour un calcul (n.s.)"
FOIS = {
    "large": (
        *((-0.6, "4 fois moins"), (-1 / 3, "2 fois moins"), (0, "comme la France")),
        *((1 / 3, "2 fois plus"), (0.6, "4 fois plus")),
    ),
    "etroit": ((-0.6, "÷ 4"), (0, "France"), (0.6, "× 4")),
}


def fois(rapport: float) -> str:
    """« 3,2 fois », « 132 fois », « n.s. »."""
    if isnan(rapport):
        return formats.NON_SIGNIFICATIF
    return f"{formats.nombre(rapport, 0 if rapport >= 10 else 1)}{formats.INSECABLE}fois"


def _nom_du_flux(sens: str) -> str:
    return NOM_DU_FLUX[sens].capitalize()


def _sans_objet(largeur: float, sens: str, message: str) -> alt.LayerChart:
    return sans_barre(largeur, _nom_du_flux(sens), couleur_du_flux(sens), message)


def _etendue(valeurs: pd.DataFrame) -> tuple[float, float]:
    """Plus petite et plus grande valeurs connues ; (0, 0) s'il n'y en a pas."""
    connues = valeurs.to_numpy(dtype=float).ravel()
    connues = connues[connues == connues]
    return (float(connues.min()), float(connues.max())) if len(connues) else (0.0, 0.0)


def evolution(
    series: pd.DataFrame, sens: str, largeur: float = theme.LARGE, noms: tuple[str, ...] = ()
) -> alt.LayerChart:
    """Comment le flux évolue-t-il, ici, dans la région et en France ?

    series : une ligne par flux et date, colonnes flux, annee, trimestre (0 : année entière),
    indice, indice_region, indice_france (base 100), provisoire, rupture. noms : le territoire, sa
    région (vide : pas de région), la France. Échelle commune aux deux flux.
    """
    du_flux = series[series["flux"] == sens]
    connus = du_flux["indice"].notna()
    if connus.sum() < 2:
        petit = len(du_flux) > 1 and not connus.any()
        return _sans_objet(largeur, sens, TROP_PETIT if petit else "Trop peu de dates connues")
    rangs = connus.to_numpy().nonzero()[0]
    du_flux = du_flux.iloc[rangs[0] : rangs[-1] + 1]
    couleurs = theme.theme().couleurs
    aspects = ((couleur_du_flux(sens), 2.6), (couleurs.texte, 1.6), (couleurs.texte_discret, 1.6))
    lignes = [
        Courbe(propre(nom), tuple(du_flux[indice]), *aspect)
        for nom, indice, aspect in zip(noms, INDICES, aspects, strict=True)
        if nom
    ]
    domaine = _etendue(series[[i for i, nom in zip(INDICES, noms, strict=True) if nom]])
    return courbes(
        [_point(ligne) for ligne in du_flux.to_dict("records")],
        lignes,
        largeur,
        titre=_nom_du_flux(sens),
        couleur_du_titre=couleur_du_flux(sens),
        domaine=(min(domaine[0], 100), max(domaine[1], 100)),
    )


def _point(ligne: dict) -> Point:
    annee, trimestre = int(ligne["annee"]), int(ligne["trimestre"])
    fin = trimestre in (0, 4)
    return Point(
        x=annee + (trimestre / 4 if trimestre else 1),
        date=str(annee) if fin else f"quatre trimestres jusqu'au T{trimestre} {annee}",
        graduation=str(annee) if fin else "",
        provisoire=bool(ligne["provisoire"]),
        rupture=bool(ligne["rupture"]),
    )


def contributions(
    contributions: pd.DataFrame, sens: str, largeur: float = theme.LARGE
) -> alt.LayerChart:
    """De combien de points chaque produit a-t-il fait varier le flux ?

    contributions : colonnes flux, produit, libelle_court, precedent_eur, valeur_eur,
    contribution_points ; la ligne du produit « ensemble » est leur somme. Barres de part et d'autre
    de zéro, échelle commune aux deux flux.
    """
    du_flux = contributions[contributions["flux"] == sens]
    if du_flux.empty:
        return _sans_objet(largeur, sens, "Évolution non calculée (n.s.)")
    couleurs = theme.theme().couleurs
    lignes = []
    for ligne in du_flux.to_dict("records"):
        points, nom = ligne["contribution_points"], propre(ligne["libelle_court"])
        total = ligne["produit"] == ENSEMBLE
        signe = couleurs.positif if points > 0 else couleurs.negatif
        montants = [montant_court(int(ligne[cle])) for cle in ("precedent_eur", "valeur_eur")]
        lignes.append(
            Ligne(
                nom=nom,
                valeur=points,
                couleur=couleur_du_flux(sens) if total else signe,
                dit=f"{nom} : {formats.points(points)}, de {montants[0]} à {montants[1]}",
                colonnes=(formats.nombre(points, 1, signe=True),),
                total=total,
            )
        )
    return barres(
        lignes,
        largeur,
        titre=_nom_du_flux(sens),
        couleur_du_titre=couleur_du_flux(sens),
        entetes=("points",),
        domaine=_etendue(contributions[["contribution_points"]]),
    )


def zones(
    zones: pd.DataFrame, sens: str, largeur: float = theme.LARGE, noms: tuple[str, ...] = ()
) -> alt.LayerChart:
    """Dans quelles régions du monde sont les partenaires, ici, dans la région et en France ?

    zones : colonnes flux, zone, part_pct, part_region_pct, part_france_pct. noms : comme pour
    `evolution`. Une barre pour le territoire, un losange pour la région, un trait pour la France.
    """
    du_flux = zones[zones["flux"] == sens]
    if du_flux["part_pct"].isna().all():
        return _sans_objet(largeur, sens, TROP_PETIT)
    formes = {"part_region_pct": "losange", "part_france_pct": "trait"}
    noms_des_parts = dict(zip(PARTS, map(propre, noms), strict=True))
    lignes = []
    for ligne in du_flux.to_dict("records"):
        zone = propre(ligne["zone"])
        reperes = tuple(
            Repere(forme, ligne[nom], f"{zone}, {noms_des_parts[nom]} : {part_courte(ligne[nom])}")
            for nom, forme in formes.items()
            if noms_des_parts[nom] and not isnan(ligne[nom])
        )
        part, france = part_courte(ligne["part_pct"]), part_courte(ligne["part_france_pct"])
        dit = f"{zone}, {noms_des_parts['part_pct']} : {part} des {NOM_DU_FLUX[sens]}"
        couleur = couleur_du_flux(sens)
        lignes.append(Ligne(zone, ligne["part_pct"], couleur, dit, (part, france), reperes))
    couleurs = theme.theme().couleurs
    legende = [
        ("barre", couleur_du_flux(sens), noms_des_parts["part_pct"]),
        ("losange", couleurs.texte_discret, noms_des_parts["part_region_pct"]),
        ("trait", couleurs.texte, noms_des_parts["part_france_pct"]),
    ]
    return barres(
        lignes,
        largeur,
        titre=_nom_du_flux(sens),
        couleur_du_titre=couleur_du_flux(sens),
        entetes=("ici", "France"),
        domaine=_etendue(zones[[nom for nom in PARTS if noms_des_parts[nom]]]),
        legende=[element for element in legende if element[2]],
    )


def specialisations(table: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quels produits le territoire exporte-t-il plus, ou moins, que la France ?

    table : colonnes libelle_court, part_pct, part_france_pct, balassa, symetrique. Échelle
    symétrique : deux fois plus et deux fois moins sont à la même distance du milieu.
    """
    if table.empty:
        return marques.vide(largeur, "Aucun produit assez grand")
    couleurs = theme.theme().couleurs
    grands = table["part_pct"].sort_values(ascending=False, kind="stable")
    table = table[table.index.isin(grands.index[:SPECIALISATIONS_MONTREES])]
    lignes = []
    for ligne in table.to_dict("records"):
        nom = propre(ligne["libelle_court"])
        part, france = part_courte(ligne["part_pct"]), part_courte(ligne["part_france_pct"])
        place = 1.0 if isnan(ligne["symetrique"]) else ligne["symetrique"]
        lignes.append(
            Ligne(
                nom=nom,
                valeur=place,
                couleur=couleurs.exportations if place > 0 else couleurs.texte_discret,
                dit=f"{nom} : {fois(ligne['balassa'])} la part française "
                f"({part} des exportations, {france} en France)",
                colonnes=(fois(ligne["balassa"]), part),
            )
        )
    return barres(
        lignes,
        largeur,
        entetes=("rapport", "part"),
        domaine=(-1, 1),
        graduations=FOIS["etroit" if marques.est_etroit(largeur) else "large"],
    )


def ressemblances(table: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quels territoires exportent les produits les plus voisins ?

    table : colonnes nom, ressemblance_pct (part des exportations en commun).
    """
    if table.empty:
        return marques.vide(largeur, TROP_PETIT)
    lignes = [
        Ligne(
            nom=propre(ligne["nom"]),
            valeur=ligne["ressemblance_pct"],
            couleur=theme.theme().couleurs.exportations,
            dit=f"{propre(ligne['nom'])} : {part_courte(ligne['ressemblance_pct'])} en commun",
            colonnes=(part_courte(ligne["ressemblance_pct"]),),
        )
        for ligne in table.to_dict("records")
    ]
    return barres(lignes, largeur, entetes=("en commun",), domaine=(0, 100))


def etats_unis(produits: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quels produits partent aux États-Unis, et pour combien ?

    produits : colonnes libelle_court, valeur_eur, part_produit_pct (part des exportations du
    produit qui va aux États-Unis).
    """
    if produits.empty:
        return marques.vide(largeur, "Aucune vente aux États-Unis")
    lignes = []
    for ligne in produits.head(PRODUITS_MONTRES).to_dict("records"):
        nom, montant = propre(ligne["libelle_court"]), montant_court(int(ligne["valeur_eur"]))
        part = part_courte(ligne["part_produit_pct"])
        lignes.append(
            Ligne(
                nom=nom,
                valeur=ligne["valeur_eur"],
                couleur=theme.theme().couleurs.exportations,
                dit=f"{nom} : {montant} vers les États-Unis, {part} des exportations du produit",
                colonnes=(montant, part),
            )
        )
    return barres(lignes, largeur, entetes=("ventes", "du produit"))
