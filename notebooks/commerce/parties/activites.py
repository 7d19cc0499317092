"""Quels biens le territoire vend-il et achète-t-il le plus ? Carte proportionnelle (treemap).

Vega-Lite n'en a pas : `disposer` place les cellules, en pixels, dans un tableau que `dessin`
encode. Une seule échelle d'aire pour les deux flux : la différence des deux blocs est le solde.
Dans un bloc, une grande cellule n'a jamais de plus petits caractères qu'une petite ; celle qui
compte et où rien ne tient porte un repère, et son nom est sous le bloc.
"""

from math import nan
from string import ascii_lowercase

import altair as alt
import pandas as pd
import squarify

from commerce import formats, indicateurs, nommer, theme
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.etiquettes import etiquette
from commerce.figure.mesure import INTERLIGNE, couper, largeur_texte
from commerce.figure.modele import joindre, modele
from commerce.figure.panneau import GRAS
from commerce.formats import INSECABLE, NOM_DU_FLUX, montant_court, part_courte, propre, typographie
from commerce.indicateurs import AUTRES, PRODUITS_NOMMES, SENS, Sens
from commerce.redaction import Texte, legende, mots, paragraphes, phrase

COLONNES = ["flux", "produit", "libelle_court", "libelle", "valeur_eur", "part_pct"]
# En deçà de cette aire (px²), les produits se réunissent dans une cellule « Autres ».
AIRE_MINIMALE, LARGEUR_MINIMALE = 400.0, 150
HAUTEUR_LARGE, HAUTEUR_ETROITE = 460, 620
TITRE, ECART, RETRAIT = 26, 10, 5
TAILLES, TAILLE_DU_TITRE, TAILLE_DES_NOMS = (18, 16, 15, 14, 13.5), 15, 13.5
# Au-delà de cette part de son flux, une cellule a toujours son nom, dedans ou dessous.
PART_NOMMEE_PCT = 4
OPACITE_DES_AUTRES = 0.16


# Calcul


def tableau(fiche, produits_nommes: int = PRODUITS_NOMMES) -> pd.DataFrame:
    """Quels biens le territoire vend-il et achète-t-il le plus ?

    Une ligne par flux et produit, montants décroissants dans chaque flux ; ce qui vient après les
    `produits_nommes` premiers est réuni en une dernière ligne, code « autres ».
    Colonnes : flux, produit, libelle_court, libelle, valeur_eur, part_pct (du flux ; NaN :
    « n.s. »).
    """
    lignes = []
    for sens in SENS:
        sommes = indicateurs.montants(fiche.echanges, sens, "produit")
        ensemble = int(sommes.sum())
        denominateur = ensemble if fiche.significatif(sens) else nan
        nommes = indicateurs.premiers(sommes, produits_nommes)
        libelles = fiche.produits.loc[nommes, ["libelle_court", "libelle"]].to_numpy()
        for code, (court, entier) in zip(nommes, libelles, strict=True):
            montant = int(sommes[code])
            lignes.append((sens, code, court, entier, montant, 100 * montant / denominateur))
        if reste := ensemble - int(sommes[nommes].sum()):
            suivants = mots()["activites"]["suivants"].format(nombre=len(sommes) - len(nommes))
            lignes.append((sens, AUTRES, suivants, suivants, reste, 100 * reste / denominateur))
    return pd.DataFrame(lignes, columns=COLONNES)


def texte(fiche, activites: pd.DataFrame) -> Texte:
    """Ce que montre la figure."""
    return paragraphes([phrase("activites.texte", fiche)])


def alternative(activites: pd.DataFrame) -> str:
    """Total de chaque flux et son premier produit."""
    modeles = mots()["activites"]["alternative"]
    if activites.empty:
        return modeles["vide"]
    phrases = [modeles["carte"]]
    for sens in ("import", "export"):
        produits, nom = activites[activites["flux"] == sens], NOM_DU_FLUX[sens]
        if produits.empty:
            phrases.append(modeles["aucun"].format(flux=nom))
            continue
        total = int(produits["valeur_eur"].sum())
        premier = produits.loc[produits["valeur_eur"].idxmax()]
        phrases.append(
            modeles["flux"].format(
                flux=nom.capitalize(),
                produits=formats.quantite(len(produits), "produit"),
                total=formats.millions(total),
                premier=propre(premier["libelle_court"]),
                part=formats.part_du_flux(premier["part_pct"], sens),
            )
        )
    return " ".join(phrases)


# Disposition


def disposer(activites: pd.DataFrame, largeur: float = theme.LARGE) -> pd.DataFrame:
    """Où est la cellule de chaque produit, et qu'y écrit-on ?

    Une ligne par cellule, pixels comptés depuis le haut et la gauche : flux, produit, nom, libelle,
    valeur_eur, part_pct, autres (produits réunis), x0, y0, x1, y1, taille (px ; 0 sans texte),
    lignes (du nom, ou la lettre qui y renvoie), ecrit (son montant), note (lignes sous le bloc).
    """
    par_flux: dict[Sens, list[dict]] = {"import": [], "export": []}
    for ligne in activites.to_dict("records"):
        if ligne["valeur_eur"] > 0:
            par_flux[ligne["flux"]].append(ligne)
    totaux = {sens: sum(c["valeur_eur"] for c in lignes) for sens, lignes in par_flux.items()}
    cellules: list[dict] = []
    decalage = 0.0
    for sens, (x, y, large, haut) in _blocs(totaux, largeur).items():
        part_reunie = min(AIRE_MINIMALE / (large * haut), PART_NOMMEE_PCT / 100)
        bloc = _regrouper(par_flux[sens], part_reunie * totaux[sens])
        aires = squarify.normalize_sizes([c["valeur_eur"] for c in bloc], large, haut)
        places = squarify.squarify(aires, x, y + decalage, large, haut)
        for cellule, place in zip(bloc, places, strict=True):
            cellule |= {"x0": place["x"], "x1": place["x"] + place["dx"]}
            cellule |= {"y0": place["y"], "y1": place["y"] + place["dy"]}
        _etiqueter(bloc, large)
        if theme.est_etroit(largeur):
            decalage += _hauteur_des_notes(bloc)
        cellules += bloc
    return pd.DataFrame(cellules)


def _blocs(totaux: dict[Sens, int], largeur: float) -> dict[Sens, tuple]:
    """Deux rectangles (x, y, largeur, hauteur) à la même échelle d'aire."""
    presents = [sens for sens in totaux if totaux[sens]]
    ensemble = sum(totaux.values())
    if theme.est_etroit(largeur):
        blocs, y = {}, 0.0
        for sens in presents:
            hauteur = HAUTEUR_ETROITE * totaux[sens] / ensemble
            blocs[sens] = (0, y + TITRE, largeur, hauteur)
            y += TITRE + hauteur + ECART
        return blocs
    if len(presents) < 2:
        return {sens: (0, TITRE, largeur, HAUTEUR_LARGE) for sens in presents}
    utile = largeur - ECART
    petit, grand = sorted(presents, key=lambda sens: (totaux[sens], sens))
    largeurs = {sens: utile * totaux[sens] / ensemble for sens in presents}
    hauteurs = dict.fromkeys(presents, float(HAUTEUR_LARGE))
    if largeurs[petit] < LARGEUR_MINIMALE:
        # Un ruban vertical serait illisible : même aire, mais plus large et moins haut.
        largeurs = {petit: LARGEUR_MINIMALE, grand: utile - LARGEUR_MINIMALE}
        aire_par_euro = largeurs[grand] * HAUTEUR_LARGE / totaux[grand]
        hauteurs[petit] = totaux[petit] * aire_par_euro / largeurs[petit]
    debuts = {"import": 0, "export": largeurs["import"] + ECART}
    return {sens: (debuts[sens], TITRE, largeurs[sens], hauteurs[sens]) for sens in presents}


def _regrouper(produits: list[dict], seuil_eur: float) -> list[dict]:
    """Produits décroissants, ceux d'au plus `seuil_eur` réunis, exactement, dans « Autres »."""
    lignes = [
        {"flux": ligne["flux"], "produit": ligne["produit"], "nom": propre(ligne["libelle_court"])}
        | {"libelle": propre(ligne["libelle"]), "valeur_eur": int(ligne["valeur_eur"])}
        | {"part_pct": ligne["part_pct"], "autres": False}
        for ligne in sorted(produits, key=lambda ligne: -ligne["valeur_eur"])
    ]
    petits = [ligne for ligne in lignes if ligne["valeur_eur"] <= seuil_eur]
    if len(petits) < 2:
        return lignes
    modeles, nombre = mots()["activites"]["autres"], len(petits)
    autres = {nom: modeles[nom].format(nombre=nombre) for nom in ("nom", "libelle")}
    autres |= {nom: sum(ligne[nom] for ligne in petits) for nom in ("valeur_eur", "part_pct")}
    return [*lignes[:-nombre], petits[0] | autres | {"produit": AUTRES, "autres": True}]


def _etiqueter(bloc: list[dict], largeur: float) -> None:
    """Écrit dans chaque cellule ce qui y tient, des plus grandes aux plus petites."""
    tailles, seuil_eur = TAILLES, PART_NOMMEE_PCT / 100 * sum(c["valeur_eur"] for c in bloc)
    for cellule in sorted(bloc, key=lambda c: -c["valeur_eur"]):
        montant, part = montant_court(cellule["valeur_eur"]), part_courte(cellule["part_pct"])
        place = [cellule[f"{axe}1"] - cellule[f"{axe}0"] - 2 * RETRAIT for axe in "xy"]
        ensemble = f"{montant}{INSECABLE}·{INSECABLE}{part}"
        taille, lignes, ecrit = etiquette(cellule["nom"], (ensemble, montant, ""), *place, tailles)
        cellule |= {"taille": taille, "lignes": lignes, "ecrit": ecrit, "note": []}
        if not taille and cellule["valeur_eur"] > seuil_eur:
            cellule["note"] = [f"{cellule['nom']} : {ensemble}"]
            taille = TAILLES[-1]
        if taille:
            tailles = tuple(t for t in tailles if t <= taille)
    lettres = iter(ascii_lowercase)
    for cellule in bloc:
        if cellule["note"]:
            lettre, (nom,) = next(lettres), cellule["note"]
            cotes = (cellule[f"{axe}1"] - cellule[f"{axe}0"] for axe in "xy")
            if min(cotes) >= TAILLES[-1]:
                cellule |= {"taille": TAILLES[-1], "lignes": [lettre]}
                nom = f"{lettre}. {nom}"
            cellule["note"] = couper(typographie(nom), largeur, TAILLE_DES_NOMS, lignes=4)


def _hauteur_des_notes(bloc: list[dict]) -> float:
    lignes = sum(len(cellule["note"]) for cellule in bloc)
    return lignes * TAILLE_DES_NOMS * INTERLIGNE + RETRAIT if lignes else 0


# Dessin


@modele
def _graphique() -> alt.LayerChart:
    couleurs = theme.theme().couleurs
    roles = {sens: theme.couleur_du_flux(sens) for sens in SENS}
    bords = [
        {"test": f"datum.autres && datum.flux == '{sens}'", "value": couleur}
        for sens, couleur in roles.items()
    ]
    encres = {**roles, "fond": couleurs.fond, "texte": couleurs.texte}

    def place(x: str, y: str) -> dict:
        echelles = [
            alt.Scale(domain=[0, alt.ExprRef(f"cadre[{rang}]")], nice=False, reverse=bool(rang))
            for rang in (0, 1)
        ]
        return {
            "x": alt.X(f"{x}:Q", axis=None, scale=echelles[0]),
            "y": alt.Y(f"{y}:Q", axis=None, scale=echelles[1]),
        }

    cellules = (
        alt.Chart(alt.NamedData("cellules"))
        .mark_rect(strokeWidth=1)
        .encode(
            **place("x0", "y0"),
            x2=alt.X2("x1:Q"),
            y2=alt.Y2("y1:Q"),
            color=alt.Color(
                "flux:N",
                legend=None,
                scale=alt.Scale(domain=list(roles), range=list(roles.values())),
            ),
            # Le fond pâle d'« Autres » se perdrait dans la page : son bord a la couleur du flux.
            fillOpacity=alt.FillOpacityValue(
                1, condition={"test": "datum.autres", "value": OPACITE_DES_AUTRES}
            ),
            stroke=alt.StrokeValue(couleurs.fond, condition=bords),
            description=alt.Description("dit:N"),
            tooltip=alt.Tooltip("dit:N"),
        )
    )
    ecrits = (
        alt.Chart(alt.NamedData("ecrits"))
        .mark_text(
            baseline="middle",
            align=alt.ExprRef("datum.ancre"),
            fontWeight=alt.ExprRef("datum.graisse"),
        )
        .encode(
            **place("x", "y"),
            text=alt.Text("texte:N"),
            size=alt.Size("taille:Q", scale=None, legend=None),
            fill=alt.Fill(
                "encre:N",
                legend=None,
                scale=alt.Scale(domain=list(encres), range=list(encres.values())),
            ),
        )
    )
    return alt.layer(cellules, ecrits)


def dessin(activites: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quels biens le territoire vend-il et achète-t-il le plus ?

    activites : voir `tableau`. Les produits trop petits se réunissent dans « Autres ».
    """
    cellules = disposer(activites, largeur)
    if cellules.empty:
        return panneau.vide(largeur, mots()["activites"]["alternative"]["vide"].rstrip("."))
    lignes = cellules.to_dict("records")
    ecrits = _ecrits(lignes, largeur)
    bas = max(ecrit["y"] for ecrit in ecrits)
    hauteur = max(cellules["y1"].max(), bas + TAILLE_DES_NOMS / 2) + 1
    dits = [
        f"{ligne['libelle']} : {montant_court(ligne['valeur_eur'])}, "
        f"{formats.part_du_flux(ligne['part_pct'], ligne['flux'])}"
        for ligne in lignes
    ]
    return joindre(
        _graphique(),
        {"cellules": cellules.assign(dit=dits), "ecrits": ecrits},
        largeur=largeur,
        hauteur=hauteur,
        marges={"left": 0, "right": 0, "top": 0, "bottom": 0},
        cadre=[largeur, round(hauteur)],
    )


def _ecrits(cellules: list[dict], largeur: float) -> list[dict]:
    """Chaque ligne de texte : titre de chaque bloc, contenu des cellules, noms sous le bloc."""
    ecrits = []

    def ecrire(x, y, texte, taille, graisse=400, encre="texte", ancre="left"):
        place = {"x": x, "y": y, "texte": texte, "taille": taille}
        ecrits.append(place | {"graisse": graisse, "encre": encre, "ancre": ancre})

    fin = 0.0
    for sens in dict.fromkeys(cellule["flux"] for cellule in cellules):
        bloc = [cellule for cellule in cellules if cellule["flux"] == sens]
        total = formats.millions_court(sum(cellule["valeur_eur"] for cellule in bloc))
        titre = f"{NOM_DU_FLUX[sens].capitalize()} : {total}"
        place = largeur_texte(titre, TAILLE_DU_TITRE, GRAS)
        gauche, haut, bas = bloc[0]["x0"], bloc[0]["y0"], max(c["y1"] for c in bloc) + RETRAIT
        # À droite de la figure quand le titre n'a pas la place de commencer avec son bloc.
        serre = gauche > 0 and (gauche + place > largeur or gauche < fin + ECART)
        cote = (largeur, "right") if serre else (gauche, "left")
        ecrire(cote[0], haut - 14, titre, TAILLE_DU_TITRE, GRAS, sens, cote[1])
        fin = gauche + place
        for cellule in bloc:
            taille, encre = cellule["taille"], "texte" if cellule["autres"] else "fond"
            x, y = cellule["x0"] + RETRAIT, cellule["y0"] + RETRAIT + taille / 2
            for ligne in cellule["lignes"]:
                ecrire(x, y, ligne, taille, GRAS, encre)
                y += INTERLIGNE * taille
            if cellule["ecrit"]:
                ecrire(x, y, cellule["ecrit"], taille, encre=encre)
            for ligne in cellule["note"]:
                bas += INTERLIGNE * TAILLE_DES_NOMS
                ecrire(gauche, bas - TAILLE_DES_NOMS / 2, ligne, TAILLE_DES_NOMS)
    return ecrits


# Figure


def figure(fiche, activites: pd.DataFrame) -> Figure:
    """La figure et sa légende : le premier produit de chaque flux, le plus grand flux d'abord."""
    totaux = activites.groupby("flux")["valeur_eur"].sum()
    ordre = sorted(SENS, key=lambda sens: -totaux.get(sens, 0))
    lectures = []
    for sens in ordre:
        du_flux = activites[activites["flux"] == sens]
        if du_flux.empty:
            lectures.append(phrase(f"activites.vide_{sens}", fiche))
            continue
        premier = du_flux.iloc[0]
        lectures.append(
            phrase(
                "activites.lecture",
                fiche,
                flux=NOM_DU_FLUX[sens],
                produit=nommer.produit(premier["produit"], premier["libelle_court"]),
                montant=formats.millions_court(premier["valeur_eur"]),
                part=formats.part_du_flux(premier["part_pct"], sens),
            )
        )
    return figure_de(
        fiche,
        dessin,
        activites,
        identifiant="activites",
        titre=phrase("activites.titre", fiche, premier=ordre[0], second=ordre[1]),
        legende=legende("activites.legende", fiche, lectures=" ".join(lectures)),
        alternative=alternative,
    )
