"""Que contiennent les données préparées ? Le relevé de `0_donnees.ipynb`, hors de ses figures.

Une fonction donne un tableau, `texte_…` le dit, en HTML sûr où tout ce qui vient des fichiers est
échappé. Les mots sont dans `mots.toml`, section [releve].
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd
from markupsafe import Markup

from commerce import formats, notice, references
from commerce.donnees import controles as verifications
from commerce.donnees import rapprochement
from commerce.donnees.fiche import Origine, choisir_annee, preparees
from commerce.donnees.prepare import Prepare
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX, typographie
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    liste,
    majuscule,
    mots,
    paragraphes,
    phrase_generale,
)


@dataclass(frozen=True, eq=False)
class Releve(Origine):
    """Les données préparées, vues pour une année. `slug` nomme la page et ses fichiers."""

    prepare: Prepare
    slug: ClassVar[str] = "donnees"

    def __repr__(self) -> str:
        mention = f", {self.mention}" if self.mention else ""
        return f"Relevé des données, {self.annee}{mention}"


def ouvrir(annee: int | str = 0, source: str | Path = "", donnees: str | Path = "") -> Releve:
    """Relevé d'une année ; 0 : la dernière complète, à défaut la dernière.

    `donnees` : un dossier préparé, utilisé sans regarder les sources ; vide, les fichiers de
    `source` sont préparés, ou repris s'ils l'étaient. Lève `ErreurDonnees`.
    """
    lu = preparees(donnees, source, annee)
    choisie = choisir_annee(lu, annee, incomplete=True)
    return Releve(choisie, lu.demonstration, lu.provisoire(choisie), lu.dossier, lu)


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [releve] de `mots.toml` ; cle : « trimestres.titre »."""
    return phrase_generale(f"releve.{cle}", **valeurs)


# En-tête


def entete(releve: Releve) -> notice.Entete:
    """Quelles données, fictives ou non, pour quelles années ? Titre et chiffres clés."""
    annees = ", ".join(map(format, releve.prepare.annees_completes())) or phrase("aucune_annee")
    cle = "annees_completes" if releve.annee.civile else "glissements_complets"
    provisoire = phrase("provisoire") if releve.provisoire else ""
    nature = phrase("demonstration" if releve.demonstration else "reelles")
    html = assembler(
        balise("p", notice.serie(), "surtitre"),
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", phrase("sous_titre", annee=releve.annee), "sous-titre"),
        balise("p", nature, "mention-demonstration" if releve.demonstration else ""),
        _chiffres_cles(releve),
        paragraphes([phrase(cle, annees=annees, provisoire=provisoire)], "note"),
    )
    return notice.Entete(str(html), notice.de_page(releve, phrase("titre"), releve.annee))


def _chiffres_cles(releve: Releve) -> Texte:
    """Total et lignes de chaque flux, fichiers lus, contrôles réussis."""
    meta, faits = releve.prepare.meta, controles(releve)
    cartes = []
    for sens, nom in NOM_DU_FLUX.items():
        lues = [p for p in meta["periodes"] if (p["annee"], p["flux"]) == (releve.annee, sens)]
        montant = formats.millions_court(sum(periode["valeur_eur"] for periode in lues))
        effectif = sum(periode["lignes"] for periode in lues)
        lignes = formats.quantite(effectif, *mots()["releve"]["ligne"])
        cartes.append((sens, majuscule(nom), montant, phrase("lignes_lues", lignes=lignes)))
    reussis = faits["reussi"].sum()
    bilan = "tous_reussis" if reussis == len(faits) else "a_regarder"
    refus = len(_refus(faits))
    score = phrase("chiffres.reussis", reussis=reussis, faits=len(faits))
    bilan = phrase(f"chiffres.{'impossible' if refus else bilan}")
    fichiers = formats.nombre(len(meta["fichiers"]))
    cartes += [
        ("couverture", phrase("chiffres.fichiers"), fichiers, phrase("chiffres.lus")),
        ("negatif" if refus else "couverture", phrase("chiffres.controles"), score, bilan),
    ]
    return balise("dl", Texte("".join(_carte(*carte) for carte in cartes)), "chiffres-cles")


def _carte(classe: str, nom: str, valeur: str, precision: str) -> Texte:
    contenu = balise("dt", nom) + balise("dd", valeur, "valeur") + balise("dd", precision)
    return balise("div", contenu, f"chiffre {classe}")


# Fichiers lus


def fichiers(releve: Releve) -> pd.DataFrame:
    """Quels fichiers ont été lus ?

    Colonnes fichier, taille_octets, publie (AAAA-MM-JJ, vide si inconnue), sha256.
    """
    lus = pd.DataFrame(releve.prepare.meta["sources"]).rename(columns={"nom": "fichier"})
    publies = [fichier.get("publie", "")[:10] for fichier in releve.prepare.meta["sources"]]
    return lus.assign(publie=publies)[["fichier", "taille_octets", "publie", "sha256"]]


def texte_fichiers(fichiers: pd.DataFrame) -> Texte:
    """Taille, date de publication si elle est connue, empreinte de chaque fichier lu."""
    lignes = [
        [
            fichier.fichier,
            formats.nombre(fichier.taille_octets),
            fichier.publie or phrase("fichiers.sans_date"),
            fichier.sha256[:12],
        ]
        for fichier in fichiers.itertuples()
    ]
    return _tableau("fichiers", lignes)


def avertissements(releve: Releve) -> Texte:
    """Qu'est-ce qui a été ignoré, remplacé ou reste provisoire ?"""
    dits = [typographie(dit) for dit in verifications.avertissements(releve.prepare)]
    return liste(dits) if dits else paragraphes([phrase("rien_d_ignore")])


# Contrôles


def controles(releve: Releve) -> pd.DataFrame:
    """Que disent les contrôles de l'année ?

    Une ligne par contrôle ; colonnes identifiant, intitule, phrase, bloquant, reussi.
    """
    return pd.DataFrame(verifications.controler(releve.prepare, releve.annee))


def texte_controles(controles: pd.DataFrame) -> Texte:
    """La phrase de chaque contrôle, puis ce qu'il faut en conclure."""
    phrases = []
    for controle in controles.itertuples():
        signe = "bloquant" if controle.bloquant else "a_regarder"
        signe = "reussi" if controle.reussi else signe
        phrases.append(phrase(f"controles.{signe}", phrase=controle.phrase))
    if refus := len(_refus(controles)):
        refuses = formats.quantite(refus, *mots()["releve"]["controles"]["controle_bloquant"])
        bilan = phrase("controles.refus", refus=refuses)
    else:
        bilan = phrase("controles.accord")
    return assembler(liste(phrases, "controles"), balise("p", bilan))


def _refus(controles: pd.DataFrame) -> pd.DataFrame:
    """Les contrôles qui interdisent de publier."""
    return controles[controles["bloquant"] & ~controles["reussi"]]


# Lignes admises


def exceptions(releve: Releve) -> pd.DataFrame:
    """Quelles lignes inhabituelles ont été admises après examen ?

    Une ligne par exception, défaut, flux et territoire : voir `admissions.admettre`.
    """
    colonnes = ["territoire", "defaut", "lignes", "valeur_eur", "raison", "par"]
    return pd.DataFrame(releve.prepare.exceptions(releve.annee), columns=["flux", *colonnes])


def texte_exceptions(exceptions: pd.DataFrame) -> Texte:
    """Le tableau des lignes admises, ou la phrase qui dit qu'il n'y en a pas."""
    if exceptions.empty:
        return paragraphes([phrase("exceptions.rien")])
    noms = {code: d.nom for code, d in references.departements().items()}
    noms |= references.hors_departements()["nom"].to_dict()
    defauts = mots()["methode"]["admises"]["defauts"]
    lignes = [
        [
            noms.get(admise.territoire, admise.territoire),
            f"{NOM_DU_FLUX[admise.flux]}, {defauts[admise.defaut]}",
            formats.nombre(admise.lignes),
            formats.nombre(admise.valeur_eur),
            admise.raison,
            admise.par,
        ]
        for admise in exceptions.itertuples()
    ]
    return _tableau("exceptions", lignes)


# Codes inconnus et total officiel


def codes_inconnus(releve: Releve) -> pd.DataFrame:
    """Quels codes manquent à nos tables ? Colonnes nomenclature, code, libelle, valeur_eur.

    valeur_eur réunit les deux flux ; libelle est celui des douanes, vide s'il manque aussi.
    """
    inconnus = releve.prepare.faits(releve.annee)["codes_inconnus"]
    noms = mots()["donnees"]["controles"]["codes"]["noms"]
    lignes = [
        {"nomenclature": noms[nom], "code": code, **fait}
        for nom, codes in inconnus.items()
        for code, fait in codes.items()
    ]
    return pd.DataFrame(lignes, columns=["nomenclature", "code", "libelle", "valeur_eur"])


def texte_codes_inconnus(codes: pd.DataFrame) -> Texte:
    """Le tableau des codes inconnus, ou la phrase qui dit qu'il n'y en a pas."""
    if codes.empty:
        return paragraphes([phrase("codes_inconnus.rien")])
    lignes = [
        [code.code, code.nomenclature, code.libelle, formats.millions_court(code.valeur_eur)]
        for code in codes.itertuples()
    ]
    return _tableau("codes_inconnus", lignes)


def total_officiel(releve: Releve) -> pd.DataFrame:
    """De combien le total lu s'écarte-t-il du total officiel ? Voir `rapprochement.comparaison`."""
    totaux = releve.prepare.totaux()
    par_flux = totaux[totaux["annee"] == releve.annee].groupby("flux", observed=True)
    return rapprochement.comparaison(releve.annee, par_flux["valeur_eur"].sum().to_dict())


def texte_total_officiel(releve: Releve, total_officiel: pd.DataFrame) -> Texte:
    """Le total est-il proche du total officiel, et pourquoi en diffère-t-il ?"""
    raisons = [] if total_officiel.empty else [rapprochement.raisons()]
    return paragraphes([rapprochement.phrase(releve.annee, total_officiel), *raisons])


def _tableau(section: str, lignes: list[list[str]]) -> Texte:
    """Un tableau que le clavier atteint et fait défiler ; la première colonne nomme la ligne."""
    legende, tete = phrase(f"{section}.titre"), mots()["releve"][section]["tete"]
    return Texte(
        Markup('<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>').format(
            legende, tableaux.ecrite(legende, tete, lignes)
        )
    )
