"""Comment se présente un indicateur ? Carte, légende, classement, distribution, définition, CSV.

Tous les indicateurs sont sur la page et les listes de choix n'en montrent qu'un, sans script :
`regles` écrit les sélecteurs qui les font agir. Sans eux (imprimante, navigateur ancien), rien ne
manque.
"""

import altair as alt
import pandas as pd
from markupsafe import Markup

from commerce import cartes, formats, theme
from commerce.figure import exports, panneau, tableaux
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.panorama import indicateur
from commerce.panorama.indicateur import Indicateur
from commerce.panorama.lecture import Panorama, phrase
from commerce.redaction import Texte, balise, mots

VUES = ("carte", "tuiles")
UNITES_CSV = {"eur": "valeur_eur", "pct": "valeur_pct", "indice": "valeur"}


def indicateurs(vue: Panorama, regions: pd.DataFrame) -> Texte:
    """Tous les indicateurs et leurs listes de choix ; rien si aucune fiche n'est faite.

    regions : voir `par_region`, dans l'ordre à montrer.
    """
    choisis = indicateur.choix(vue)
    if not choisis:
        return Texte("")
    panneaux = Markup("\n").join(_panneau(vue, choisi) for choisi in choisis)
    return Texte(
        Markup('<div class="indicateurs">{}{}\n{}</div>').format(
            _choix(choisis, regions), cartes.formes(), panneaux
        )
    )


def regles(vue: Panorama) -> str:
    """Sélecteurs CSS qui ne montrent que l'indicateur choisi et repèrent la région choisie."""
    cles = [choisi.cle for choisi in indicateur.choix(vue)]
    un_seul = (
        f'.indicateurs:has(#choix-indicateur option[value="{cle}"]:checked) '
        f'.indicateur:not([data-cle="{cle}"])'
        for cle in cles
    )
    repere = (
        f'.indicateurs:has(#choix-region option[value="{code}"]:checked) '
        for code in dict.fromkeys(vue.fiches["region"])
    )
    marques = "".join(
        f"{debut}.carte [data-r]:not([data-r={code!r}]){{opacity:.22}}"
        f"{debut}.classement [data-r={code!r}]{{background:var(--repere);font-weight:600}}"
        for debut, code in zip(repere, dict.fromkeys(vue.fiches["region"]), strict=True)
    )
    return (",".join(un_seul) + "{display:none}" if cles else "") + marques


def _choix(choisis: list[Indicateur], regions: pd.DataFrame) -> Markup:
    options = [(choisi.cle, choisi.libelle) for choisi in choisis]
    lieux = [("", phrase("choix.toutes_region"))]
    lieux += zip(regions["region"], regions["region_nom"], strict=True)
    presentations = Markup("").join(
        Markup('<label><input type="radio" name="vue" id="vue-{0}"{1}> {2}</label>').format(
            vue, Markup(" checked") if vue == VUES[0] else "", phrase(f"choix.{vue}")
        )
        for vue in VUES
    )
    return Markup(
        '<div class="filtres choix" role="group" aria-label="{}">{}{}'
        "<fieldset><legend>{}</legend>{}</fieldset></div>"
    ).format(
        phrase("choix.titre"),
        liste_de_choix("choix-indicateur", phrase("choix.indicateur"), options),
        liste_de_choix("choix-region", phrase("choix.region"), lieux),
        phrase("choix.vue"),
        presentations,
    )


def liste_de_choix(identifiant: str, nom: str, options: list[tuple[str, str]]) -> Markup:
    """Une liste déroulante et son intitulé. options : (valeur, texte)."""
    option = Markup('<option value="{}">{}</option>')
    return Markup('<p><label for="{0}">{1}</label><select id="{0}">{2}</select></p>').format(
        identifiant, nom, Markup("").join(option.format(*o) for o in options)
    )


def _panneau(vue: Panorama, choisi: Indicateur) -> Markup:
    table = indicateur.tableau(vue, choisi)
    classes = table.dropna(subset="valeur")
    mediane = choisi.ecrire(classes["valeur"].median())
    extremes = (classes.iloc[rang] for rang in (0, -1))
    haut, bas = (f"{extreme['nom']}, {extreme['ecrit']}" for extreme in extremes)
    return Markup(
        '<section class="indicateur" data-cle="{}" aria-label="{}">'
        '<p class="indicateur-titre">{}</p>{}{}{}{}{}{}{}</section>'
    ).format(
        choisi.cle,
        choisi.libelle,
        choisi.libelle,
        balise("p", phrase("indicateur.definition", definition=choisi.definition)),
        cartes.carte(table.itertuples()),
        _legende(table, choisi),
        balise("p", phrase("indicateur.extremes", haut=haut, bas=bas)),
        _classement(table, choisi, mediane),
        _distribution(vue, table, choisi, mediane),
        _precisions(vue, table, choisi),
    )


def _legende(table: pd.DataFrame, choisi: Indicateur) -> Markup:
    lignes = (
        Markup('<li><span class="pastille {}"></span>{}</li>').format(classe, texte)
        for classe, texte in indicateur.legende(table, choisi)
    )
    return Markup('<ul class="legende">{}</ul>').format(Markup("").join(lignes))


def _classement(table: pd.DataFrame, choisi: Indicateur, mediane: str) -> Markup:
    classes = table.dropna(subset="valeur")
    au_dessus = classes["valeur"] >= classes["valeur"].median()
    lignes = [_rang(ligne) for ligne in classes.itertuples()]
    note = phrase("indicateur.mediane_note")
    marque = Markup('<li class="mediane"><b>{}</b> <span>{}</span></li>').format(
        phrase("indicateur.mediane", mediane=mediane), note
    )
    lignes.insert(int(au_dessus.sum()), marque)
    absents = table.loc[table["valeur"].isna(), "nom"]
    reste = phrase("indicateur.sans_valeur", noms=", ".join(absents)) if len(absents) else ""
    titre = f"{phrase('indicateur.classement')} : {choisi.libelle}"
    return Markup('<ol class="classement" aria-label="{}">{}</ol>{}').format(
        formats.typographie(titre),
        Markup("").join(lignes),
        balise("p", reste, "note") if reste else "",
    )


def _rang(ligne) -> Markup:
    nom = ligne.nom
    if ligne.slug:
        nom = Markup('<a href="{}.html">{}</a>').format(ligne.slug, nom)
    return Markup('<li value="{:.0f}" data-r="{}">{} <span>{}</span></li>').format(
        ligne.rang, ligne.region, nom, ligne.ecrit
    )


# Distribution


@modele
def _barres() -> alt.LayerChart:
    couleurs = theme.theme().couleurs
    lignes = panneau.base("tranche")
    fond = alt.condition("datum.mediane", alt.value(couleurs.texte), alt.value("#8fa6c4"))
    return panneau.habiller(
        lignes,
        panneau.barres(lignes, "territoires", color=fond),
        panneau.zero(),
        colonnes=[("ecrit", phrase("indicateur.colonne"))],
    )


def dessin(tranches: pd.DataFrame, largeur: float) -> alt.LayerChart:
    """Combien de territoires par tranche ? Une barre par tranche, celle de la médiane foncée."""
    ecrits = tranches["territoires"].map(str)
    dits = [
        phrase("indicateur.barre", tranche=t, effectif=_territoires(n))
        for t, n in zip(tranches["tranche"], tranches["territoires"], strict=True)
    ]
    return panneau.remplir(
        _barres(),
        tranches.assign(ecrit=ecrits, dit=dits),
        largeur,
        nom="tranche",
        colonnes=[("ecrit", phrase("indicateur.colonne"))],
        etendue=(0, float(tranches["territoires"].max())),
    )


def alternative(tranches: pd.DataFrame) -> str:
    """La tranche la plus fournie."""
    premiere = tranches.loc[tranches["territoires"].idxmax()]
    return phrase(
        "indicateur.alternative",
        tranche=premiere["tranche"],
        effectif=formats.nombre(premiere["territoires"]),
    )


def _territoires(effectif: int) -> str:
    return formats.quantite(effectif, *mots()["panorama"]["indicateur"]["territoire"])


def _distribution(vue: Panorama, table: pd.DataFrame, choisi: Indicateur, mediane: str) -> Markup:
    return figure_de(
        vue,
        dessin,
        indicateur.tranches(table, choisi),
        identifiant=f"distribution-{choisi.cle}",
        titre=phrase("indicateur.distribution", libelle=choisi.libelle),
        legende=phrase("indicateur.distribution_legende", mediane=mediane),
        alternative=alternative,
    ).html


def _precisions(vue: Panorama, table: pd.DataFrame, choisi: Indicateur) -> Texte:
    """La réserve, et les cent valeurs à télécharger."""
    genre = choisi.unite.partition("_")[0]
    valeurs = table.rename(columns={"valeur": UNITES_CSV[genre]})
    valeurs["rang"] = valeurs["rang"].astype("Int64")
    colonnes = valeurs[["code", "nom", "region", "rang", UNITES_CSV[genre]]]
    jeu = "demonstration" if vue.mention else ""
    fichier = exports.uri_de_donnees(
        tableaux.en_csv(colonnes, {"annee": vue.annee.valeur}, jeu), "text/csv"
    )
    nom = f"panorama-{choisi.cle}-{vue.annee!s}.csv"
    lien = Markup('<p><a download="{}" href="{}">{}</a></p>').format(
        nom, fichier, phrase("indicateur.csv", libelle=choisi.libelle)
    )
    return Texte(balise("p", phrase("indicateur.reserve", reserve=choisi.reserve)) + lien)
