"""Que montrent les figures du relevé ? Quatre tableaux, chacun en un panneau de barres par flux.

Pour chacune, dans l'ordre : son tableau, son dessin, son alternative, sa figure. Montants en euros
entiers ; `flux` vaut `export` ou `import`. Un tableau vide donne une phrase au lieu d'une figure.
"""

import altair as alt
import pandas as pd

from commerce import formats, references, theme
from commerce.donnees import remarques
from commerce.figure import Figure
from commerce.formats import NOM_DU_FLUX, part_courte, propre
from commerce.indicateurs import AUTRES
from commerce.redaction import Texte, enumerer, mots, paragraphes
from commerce.releve import barres
from commerce.releve.page import Releve, phrase

MOUVEMENTS = ["flux", "nom", "precedent_eur", "valeur_eur", "ecart_eur", "ecart_pct"]


# Trimestres


def trimestres(releve: Releve) -> pd.DataFrame:
    """Que contient chaque trimestre de l'année et de celle d'avant ?

    Colonnes flux, annee, trimestre, valeur_eur, lignes, provisoire, dans l'ordre du temps.
    """
    colonnes = ["flux", "annee", "trimestre", "valeur_eur", "lignes", "provisoire"]
    table = pd.DataFrame(releve.prepare.meta["periodes"], columns=colonnes)
    table = table[table["annee"].isin((releve.annee - 1, releve.annee))]
    comptes = zip(table["annee"], table["trimestre"], strict=True)
    vrais = [releve.prepare.annee(an).trimestre(rang) for an, rang in comptes]
    table[["annee", "trimestre"]] = pd.DataFrame(vrais, index=table.index, columns=colonnes[1:3])
    return _dans_l_ordre(table)


def dessin_trimestres(
    trimestres: pd.DataFrame, sens: str, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """Combien d'euros et de lignes par trimestre ? Un astérisque marque un trimestre provisoire."""
    noms = zip(barres.noms(trimestres), trimestres["provisoire"], strict=True)
    lignes = trimestres.assign(
        nom=[nom + "*" * bool(provisoire) for nom, provisoire in noms],
        precision=[formats.quantite(n, *mots()["releve"]["ligne"]) for n in trimestres["lignes"]],
        mesure=trimestres["lignes"].map(formats.nombre),
    )
    return barres.dessin("trimestres", lignes, sens, largeur, "valeur_eur")


def alternative_trimestres(trimestres: pd.DataFrame, sens: str) -> str:
    """Nombre de trimestres, le plus fort et le plus faible."""
    return barres.alternative("trimestres", trimestres, sens, "valeur_eur", formats.millions)


def figure_trimestres(releve: Releve, trimestres: pd.DataFrame) -> Figure:
    """Combien de lignes et d'euros par trimestre et par flux ?"""
    return barres.figure(
        releve,
        "trimestres",
        trimestres,
        dessin_trimestres,
        alternative_trimestres,
        annees=enumerer([str(annee) for annee in sorted(set(trimestres["annee"]))]),
        provisoire=phrase("trimestres.provisoire") if trimestres["provisoire"].any() else "",
    )


# Révisions


def revisions(releve: Releve) -> pd.DataFrame:
    """Qu'est-ce qui a changé depuis l'édition précédente ? Une ligne par fichier écarté.

    Colonnes flux, annee, trimestre, retenu, ecarte, raison, valeur_ecartee_eur, valeur_retenue_eur,
    ecart_eur (retenue moins écartée), ecart_pct (rapporté à l'écartée).
    """
    colonnes = ["flux", "annee", "trimestre", "retenu", "ecarte", "raison"]
    colonnes += ["valeur_ecartee_eur", "valeur_retenue_eur"]
    ecarts = releve.prepare.meta["ecarts"]
    ecarts = [ecart | {"raison": remarques.raison(ecart)} for ecart in ecarts]
    table = pd.DataFrame(ecarts, columns=colonnes)
    table["ecart_eur"] = table["valeur_retenue_eur"] - table["valeur_ecartee_eur"]
    table["ecart_pct"] = _part_pct(table["ecart_eur"], table["valeur_ecartee_eur"])
    return _dans_l_ordre(table)


def dessin_revisions(
    revisions: pd.DataFrame, sens: str, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """De combien chaque trimestre révisé a-t-il changé ? À gauche de zéro, il a baissé."""
    # Un même trimestre revient autant de fois que de fichiers écartés.
    editions = map(" ".join, zip(barres.noms(revisions), revisions["ecarte"], strict=True))
    lignes = _ecarts(revisions).assign(edition=list(editions))
    return barres.dessin("revisions", lignes, sens, largeur, "ecart_eur", cle="edition")


def alternative_revisions(revisions: pd.DataFrame, sens: str) -> str:
    """Nombre de révisions, la plus forte hausse et la plus forte baisse."""
    return barres.alternative("revisions", revisions, sens, "ecart_eur", formats.millions_signe)


def figure_revisions(releve: Releve, revisions: pd.DataFrame) -> Figure | Texte:
    """Qu'est-ce qui a changé depuis l'édition précédente ? Une phrase s'il n'y en a pas."""
    if revisions.empty:
        return paragraphes([phrase("revisions.rien")])
    dessin, alternative = dessin_revisions, alternative_revisions
    return barres.figure(releve, "revisions", revisions, dessin, alternative)


# Mouvements


def mouvements(releve: Releve, nombre: int = 10) -> pd.DataFrame:
    """Quels territoires ont le plus bougé depuis l'année d'avant ? Les premiers de chaque flux.

    Colonnes flux, nom, precedent_eur, valeur_eur, ecart_eur, ecart_pct, du plus grand écart au plus
    petit, quel que soit son sens. Vide si l'une des deux années n'est pas entière.
    """
    annee, avant = releve.annee, releve.annee - 1
    if not {avant, annee} <= set(releve.prepare.annees_completes()):
        return pd.DataFrame(columns=MOUVEMENTS)
    totaux = releve.prepare.totaux().astype({"flux": str, "territoire": str})
    sommes = totaux.groupby(["annee", "flux", "territoire"])["valeur_eur"].sum()
    courant, precedent = sommes[annee].align(sommes[avant], fill_value=0)
    table = pd.DataFrame({"precedent_eur": precedent, "valeur_eur": courant}).reset_index()
    table["ecart_eur"] = table["valeur_eur"] - table["precedent_eur"]
    table["ecart_pct"] = _part_pct(table["ecart_eur"], table["precedent_eur"])
    table["nom"] = table["territoire"].map(_nom_du_territoire)
    table["ampleur"] = table["ecart_eur"].abs()
    table = table.sort_values(["ampleur", "territoire"], ascending=[False, True])
    return table.groupby("flux").head(nombre)[MOUVEMENTS].reset_index(drop=True)


def dessin_mouvements(
    mouvements: pd.DataFrame, sens: str, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """De combien chaque territoire a-t-il bougé ? À gauche de zéro, il a baissé."""
    return barres.dessin("mouvements", _ecarts(mouvements), sens, largeur, "ecart_eur")


def alternative_mouvements(mouvements: pd.DataFrame, sens: str) -> str:
    """Nombre de territoires montrés, plus forte hausse et plus forte baisse."""
    return barres.alternative("mouvements", mouvements, sens, "ecart_eur", formats.millions_signe)


def figure_mouvements(releve: Releve, mouvements: pd.DataFrame) -> Figure | Texte:
    """Quels territoires ont le plus bougé ? Une phrase s'il n'y a rien à comparer."""
    valeurs = {"avant": releve.annee - 1, "annee": releve.annee}
    if mouvements.empty:
        return paragraphes([phrase("mouvements.rien", **valeurs)])
    valeurs["nombre"] = mouvements["flux"].value_counts().max()
    dessin, alternative = dessin_mouvements, alternative_mouvements
    return barres.figure(releve, "mouvements", mouvements, dessin, alternative, **valeurs)


# Partenaires qui ne sont pas des pays


def non_classes(releve: Releve, nombre: int = 8) -> pd.DataFrame:
    """Quels partenaires ne sont pas des pays, et que pèsent-ils ? Les premiers, puis les autres.

    Colonnes flux, pays (code), partenaire, valeur_eur, part_pct (de leur flux).
    """
    totaux = releve.prepare.totaux_pays().astype({"flux": str, "pays": str})
    totaux = totaux[totaux["annee"] == releve.annee]
    sommes = totaux.groupby(["flux", "pays"])["valeur_eur"].sum().reset_index()
    ensemble = sommes.groupby("flux")["valeur_eur"].sum()
    pays = releve.prepare.pays(releve.annee)
    classables = sommes["pays"].map(pays["classable"]).astype(bool)
    sommes = sommes[~classables & (sommes["valeur_eur"] != 0)]
    sommes = sommes.sort_values(["valeur_eur", "pays"], ascending=[False, True])
    rangs = sommes.groupby("flux").cumcount()
    sommes["pays"] = sommes["pays"].where(rangs < nombre, AUTRES)
    table = sommes.groupby(["flux", "pays"], sort=False)["valeur_eur"].sum().reset_index()
    noms = {**pays["nom"], AUTRES: phrase("non_classes.autres")}
    table.insert(2, "partenaire", table["pays"].map(noms))
    table["part_pct"] = _part_pct(table["valeur_eur"], table["flux"].map(ensemble))
    return table


def dessin_non_classes(
    non_classes: pd.DataFrame, sens: str, largeur: float = theme.ETROIT
) -> alt.LayerChart:
    """Que pèse dans le flux chaque partenaire qui n'est pas un pays ?"""
    parts, flux = non_classes["part_pct"].map(part_courte), NOM_DU_FLUX[sens]
    lignes = non_classes.assign(
        nom=non_classes["partenaire"].map(propre),
        precision=[phrase("non_classes.part", part=part, flux=flux) for part in parts],
        mesure=[part.removesuffix("%").strip() for part in parts],
    )
    return barres.dessin("non_classes", lignes, sens, largeur, "part_pct", cle="pays")


def alternative_non_classes(non_classes: pd.DataFrame, sens: str) -> str:
    """Nombre de partenaires montrés, leur part ensemble et le premier d'entre eux."""
    du_flux = non_classes[non_classes["flux"] == sens]
    if du_flux.empty:
        return barres.aucune("non_classes", sens)
    premier = du_flux.iloc[0]
    return phrase(
        "non_classes.barres",
        nombre=formats.quantite(len(du_flux), *mots()["releve"]["non_classes"]["nombre"]),
        part=part_courte(du_flux["part_pct"].sum()),
        flux=NOM_DU_FLUX[sens],
        premier=propre(premier["partenaire"]),
        part_du_premier=part_courte(premier["part_pct"]),
    )


def figure_non_classes(releve: Releve, non_classes: pd.DataFrame) -> Figure | Texte:
    """Quelle part va à des partenaires qui ne sont pas des pays ? Une phrase s'il n'y en a pas."""
    if non_classes.empty:
        return paragraphes([phrase("non_classes.rien")])
    dessin, alternative = dessin_non_classes, alternative_non_classes
    return barres.figure(
        releve, "non_classes", non_classes, dessin, alternative, annee=releve.annee
    )


# Pièces des tableaux


def _dans_l_ordre(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["flux", "annee", "trimestre"], kind="stable", ignore_index=True)


def _part_pct(valeur_eur: pd.Series, total_eur: pd.Series) -> pd.Series:
    """Part en %, absente quand le total est nul."""
    total_eur = total_eur.astype(float)
    return 100 * valeur_eur / total_eur.where(total_eur != 0)


def _ecarts(table: pd.DataFrame) -> pd.DataFrame:
    """Le tableau et, écrits, le nom de chaque ligne et son écart en %."""
    return table.assign(
        nom=barres.noms(table),
        precision=[formats.pourcentage(ecart, signe=True) for ecart in table["ecart_pct"]],
        mesure=[formats.nombre(ecart, 1, signe=True) for ecart in table["ecart_pct"]],
    )


def _nom_du_territoire(code: str) -> str:
    if code in references.departements():
        return references.departement(code).nom
    return references.hors_departements()["nom"].get(code, f"Territoire {code}")
