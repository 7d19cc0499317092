"""Que disent les chiffres clés, les rangs et l'évolution ? Une fonction par paragraphe ou titre.

Les mots de toutes les parties ajoutées à la fiche publiée sont dans `textes_portrait.toml`, leurs
autres phrases dans `textes_structure`, `textes_etats_unis` et `textes_alertes`. Chaque fonction
prend la fiche et rend du HTML sûr (`Texte`), terminé par les renvois au glossaire ; les titres sont
du texte simple.
"""

from math import isnan

import pandas as pd

from commerce import formats, portrait, references
from commerce.donnees import reperes
from commerce.donnees.reperes import espaces
from commerce.indicateurs import SENS, Sens
from commerce.portrait import evolution, glossaire, rangs
from commerce.redaction import (
    Texte,
    accord,
    assembler,
    majuscule,
    paragraphes,
    phrase,
    region_confondue,
)
from commerce.textes import NOM_DU_FLUX

PRODUITS_CITES = 3
TAUX_STABLE_PCT = 0.05
VERBES = {1: "progresse", -1: "recule", 0: "stable"}


def nombre_de_territoires() -> int:
    """Combien de territoires ont une fiche ?"""
    return len(references.departements())


def verbe(fiche, taux_pct: float) -> str:
    """« progressent de 3,5 % », « reculent de 2,1 % », « sont stables » à moins de 0,05 % près."""
    sens = 0 if abs(taux_pct) < TAUX_STABLE_PCT else 1 if taux_pct > 0 else -1
    taux = formats.pourcentage(abs(taux_pct))
    return phrase(f"portrait.{VERBES[sens]}", fiche, taux=taux)


def ordinal(fiche, rang: int) -> str:
    """« 1er », « 2e »."""
    return phrase(
        f"portrait.{'premier' if rang == 1 else 'suivant'}", fiche, rang=formats.nombre(rang)
    )


def rang_ecrit(fiche, place: rangs.Rang, nomme: bool = False) -> str:
    """« 12e », « 12e (ex æquo) » ; `nomme` : « 12e rang », « 12e rang (ex æquo) »."""
    rang = ordinal(fiche, place.rang)
    if nomme:
        rang = phrase("portrait.rang", fiche, rang=rang)
    return phrase("portrait.ex_aequo", fiche, rang=rang) if place.ex_aequo else rang


def enumerer(elements: list[str]) -> str:
    """« a, b et c »."""
    return " et ".join(filter(None, [", ".join(elements[:-1]), *elements[-1:]]))


def cle_de_titre(fiche, cle: str) -> str:
    """Clé de la variante d'un titre : la Corse ne se compare pas à elle-même."""
    return f"portrait.{cle}_seule" if region_confondue(fiche) else f"portrait.{cle}"


def petite_base(fiche, sens: Sens) -> str:
    """La phrase qui dit qu'un flux est trop petit."""
    return phrase("portrait.petite_base", fiche, flux=NOM_DU_FLUX[sens])


def chiffres_cles(fiche) -> pd.DataFrame:
    """Les nombres à retenir, écrits, chacun à côté de ceux de la région et de la France.

    Colonnes : nom, departement, region, france (texte ; région vide quand elle n'a pas d'objet).
    """
    formes = {
        "eur": formats.millions_court,
        "solde": formats.millions_signe,
        "pct": formats.pourcentage,
        "nombre": formats.nombre,
        "evolution": lambda taux: formats.pourcentage(taux, signe=True),
    }
    lignes = []
    for ligne in portrait.chiffres_cles(fiche).itertuples():
        cle = f"{ligne.indicateur}_{ligne.flux}" if ligne.flux else ligne.indicateur
        genre = {"solde_eur": "solde", "evolution_annuelle_pct": "evolution"}
        forme = formes[genre.get(ligne.indicateur, ligne.unite)]
        region = "" if region_confondue(fiche) else forme(ligne.region)
        nom = phrase(f"portrait.chiffres.{cle}", fiche)
        lignes.append((nom, forme(ligne.departement), region, forme(ligne.france)))
    return pd.DataFrame(lignes, columns=["nom", *espaces(fiche)])


def rangs_du_territoire(fiche) -> Texte:
    """À quel rang le territoire se place-t-il, en France et dans sa région ?"""
    code = fiche.departement.code
    grandeurs = rangs.grandeurs(reperes.de_la_fiche(fiche))
    places = {nom: rangs.places(montants, code) for nom, montants in grandeurs.items()}
    ecrits = {
        univers: {
            nom: rang_ecrit(fiche, place[univers], nomme=nom == "export")
            for nom, place in places.items()
        }
        for univers in ("france", "region")
    }
    univers = formats.nombre(places["export"]["france"].univers)
    se_place = accord(fiche, "se place", "se placent")
    france = phrase(
        "portrait.rangs.france", fiche, univers=univers, se_place=se_place, **ecrits["france"]
    )
    if region_confondue(fiche):
        region = phrase("portrait.rangs.seule", fiche)
    else:
        cle = "drom" if fiche.departement.region.code == "DROM" else "region"
        univers = formats.nombre(places["export"]["region"].univers)
        lieu = majuscule(fiche.departement.region.locatif)
        region = phrase(
            f"portrait.rangs.{cle}", fiche, lieu=lieu, univers=univers, **ecrits["region"]
        )
    return assembler(paragraphes([france, region]), glossaire.renvois("rang", "solde"))


def evolution_annuelle(fiche) -> Texte:
    """Comment les échanges ont-ils évolué sur un an, et quels produits l'expliquent ?"""
    repere = reperes.de_la_fiche(fiche)
    if repere.precedents is None:
        return paragraphes([phrase("portrait.evolution.sans_annee", fiche)])
    phrases = []
    for sens in SENS:
        lecture = f"{_annuelle(fiche, repere, sens)} {_contributions(fiche, repere, sens)}"
        phrases.append(lecture.rstrip())
    if evolution.traverse_la_rupture(fiche.annee):
        phrases.append(phrase("portrait.evolution.rupture", fiche))
    return assembler(paragraphes(phrases), glossaire.renvois("evolution", "contribution"))


def _annuelle(fiche, repere: reperes.Reperes, sens: Sens) -> str:
    taux = evolution.annuelle_pct(repere, sens)
    communes = {"flux": NOM_DU_FLUX[sens], "avant": fiche.annee - 1}
    valeurs = {echelle: taux.loc[ligne] for echelle, ligne in espaces(fiche).items()}
    if isnan(valeurs["departement"]):
        return phrase("portrait.evolution.petite_base", fiche, **communes)
    cle = "annuelle_seule" if region_confondue(fiche) or isnan(valeurs["region"]) else "annuelle"
    verbes = {
        "verbe": verbe(fiche, valeurs["departement"]),
        "verbe_region": "" if cle == "annuelle_seule" else verbe(fiche, valeurs["region"]),
        "verbe_france": verbe(fiche, valeurs["france"]),
    }
    return phrase(f"portrait.evolution.{cle}", fiche, **communes, **verbes)


def _contributions(fiche, repere: reperes.Reperes, sens: Sens) -> str:
    table = evolution.principales_contributions(fiche, repere, sens)
    nommes = table[table["produit"] != evolution.AUTRES]
    if nommes.empty:
        return ""
    morceaux = []
    for cle, signe in (("hausse", 1), ("baisse", -1)):
        du_signe = nommes[nommes["contribution_points"] * signe > 0]
        du_signe = du_signe.sort_values("contribution_points", ascending=signe < 0, kind="stable")
        cites = [
            f"{ligne.libelle_court} ({formats.points(ligne.contribution_points)})"
            for ligne in du_signe.head(PRODUITS_CITES).itertuples()
        ]
        if cites:
            cle = f"portrait.evolution.contributions_{cle}"
            morceaux.append(phrase(cle, fiche, produits=enumerer(cites)))
    return phrase(
        "portrait.evolution.contributions",
        fiche,
        sens=sens,
        produits=" ; ".join(morceaux),
        total=formats.points(table["contribution_points"].sum()),
    )


def derniers_trimestres(fiche) -> Texte:
    """Que dit le dernier trimestre connu, comparé au même trimestre de l'année d'avant ?"""
    table = evolution.trimestres(fiche)
    table = table[(table["echelle"] == "departement") & table["valeur_eur"].notna()]
    derniers = table.drop_duplicates("flux", keep="last").dropna(subset="evolution_pct")
    verbes = {ligne.flux: verbe(fiche, ligne.evolution_pct) for ligne in derniers.itertuples()}
    ensemble = len(derniers.drop_duplicates(["annee", "trimestre", "provisoire"])) == 1
    phrases = []
    for ligne in derniers.itertuples():
        provisoire = phrase("portrait.evolution.provisoire", fiche) if ligne.provisoire else ""
        communes = {
            "trimestre": ordinal(fiche, ligne.trimestre),
            "an": ligne.annee,
            "provisoire": f" {provisoire}" if provisoire else "",
        }
        if ensemble and len(verbes) == len(SENS):
            phrases = [phrase("portrait.evolution.trimestre_deux", fiche, **communes, **verbes)]
            break
        flux = {"flux": NOM_DU_FLUX[ligne.flux], "verbe": verbes[ligne.flux]}
        phrases.append(phrase("portrait.evolution.trimestre", fiche, **communes, **flux))
    notes = [phrase("portrait.evolution.pas_de_trimestre_suivant", fiche)]
    if table["rupture"].any():
        notes.append(phrase("portrait.evolution.series_avec_rupture", fiche))
    return assembler(
        paragraphes([" ".join(phrases), *notes]), glossaire.renvois("glissement", "base-100")
    )


def titre_evolution(fiche, pas: str) -> str:
    """Titre d'une figure d'évolution ; `pas` : « annees » ou « trimestres »."""
    table = evolution.annees(fiche)
    bases = table.loc[table["indice"] == 100, "annee"]
    base = bases.iloc[0] if len(bases) else fiche.annee
    return phrase(cle_de_titre(fiche, f"evolution.titre_{pas}"), fiche, base=base)


def titre_contributions(fiche, sens: Sens) -> str:
    """Titre de la figure des contributions d'un flux."""
    cle = "portrait.evolution.titre_contributions"
    return phrase(cle, fiche, flux=NOM_DU_FLUX[sens], avant=fiche.annee - 1)
