"""Que contiennent les données préparées ? Le relevé de `0_donnees.ipynb`, une fonction par partie.

Les tableaux viennent de `tables_releve`, les dessins de `graphiques_releve`. Chaque fonction rend
du HTML sûr, où tout ce qui vient des fichiers est échappé.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, notice, theme
from commerce.donnees import prepare, rapprochement
from commerce.donnees.controles import Controle
from commerce.donnees.fiche import Origine, choisir_annee
from commerce.donnees.prepare import NOMS_FLUX, Prepare
from commerce.figure import figure, tableaux
from commerce.formats import typographie
from commerce.redaction import Texte, assembler, balise, liste, majuscule, paragraphes
from commerce.releve import dessins as graphiques_releve
from commerce.releve import tableaux as tables_releve

TITRE = "Données des fiches"
SERIE = "Les indicateurs clés : commerce extérieur"
NATURES = {
    "demonstration": "Données de démonstration, fictives, au format des douanes.",
    "reelles": "Données des douanes (DGDDI), statistiques régionales et départementales.",
}


@dataclass(frozen=True)
class Ensemble:
    """Le territoire du relevé : tous. `slug` nomme la page et les fichiers de ses figures."""

    slug: str = "donnees"


@dataclass(frozen=True, eq=False)
class Releve(Origine):
    """Les données préparées, vues pour une année."""

    prepare: Prepare
    departement: Ensemble = Ensemble()

    @cached_property
    def controles(self) -> list[Controle]:
        """Les contrôles de l'année, faits à la préparation."""
        return [Controle(**resultat) for resultat in self.prepare.controles(self.annee)]

    @property
    def bloquants(self) -> list[Controle]:
        """Ceux qui interdisent de publier."""
        return [
            controle for controle in self.controles if controle.bloquant and not controle.reussi
        ]


def ouvrir(annee: int = 0, source: str | Path = "", donnees: str | Path = "") -> Releve:
    """Relevé d'une année ; 0 : la dernière complète, à défaut la dernière.

    `donnees` : un dossier préparé, utilisé sans regarder les sources ; vide, les fichiers de
    `source` sont préparés, ou repris s'ils l'étaient. Lève `ErreurDonnees`.
    """
    if not donnees:
        # La préparation est longue à importer, et le lot n'en a pas besoin.
        from commerce.donnees.preparation import preparer

        donnees = preparer(source)
    lu = prepare.ouvrir(donnees)
    choisie = choisir_annee(lu, annee, incomplete=True)
    return Releve(choisie, lu.demonstration, lu.provisoire(choisie), lu.dossier, lu)


def entete(releve: Releve) -> notice.Entete:
    """Quelles données, fictives ou non, pour quelles années ? Titre et chiffres clés."""
    lu, jeu = releve.prepare, releve.prepare.meta["jeu"]
    annees = ", ".join(map(str, lu.annees_completes())) or "aucune"
    provisoire = "Une partie de l'année est provisoire." if releve.provisoire else ""
    html = assembler(
        balise("p", typographie(SERIE), "surtitre"),
        balise("h1", TITRE, ancre="titre"),
        balise("p", f"Ce qui a été lu, contrôlé et retenu, {releve.annee}", "sous-titre"),
        balise("p", NATURES[jeu], "mention-demonstration" if releve.demonstration else ""),
        _chiffres_cles(releve),
        paragraphes([typographie(f"Années complètes : {annees}. {provisoire}".strip())], "note"),
    )
    return notice.Entete(str(html), _notice(releve))


def _notice(releve: Releve) -> dict:
    institution = theme.theme().institution
    titre = typographie(f"{TITRE} ({releve.annee}) - {SERIE}")
    return {
        "code": releve.departement.slug,
        "slug": releve.departement.slug,
        "nom": TITRE,
        "titre": f"{titre} - {releve.mention}" if releve.mention else titre,
        "annee": releve.annee,
        "jeu": releve.prepare.meta["jeu"],
        "mention": releve.mention,
        "source": releve.source,
        "institution": institution.nom,
        "contact": institution.contact,
        "indicateurs": [],
        "alertes": [],
    }


def _chiffres_cles(releve: Releve) -> Texte:
    """Total et lignes de chaque flux, fichiers lus, contrôles réussis."""
    periodes = tables_releve.trimestres(releve.prepare, releve.annee)
    periodes = periodes[periodes["annee"] == releve.annee]
    cartes = []
    for sens, nom in NOMS_FLUX.items():
        lues = periodes[periodes["flux"] == sens]
        montant = formats.millions_court(int(lues["valeur_eur"].sum()))
        lignes = formats.quantite(int(lues["lignes"].sum()), "ligne")
        cartes.append((sens, majuscule(nom), montant, f"{lignes}, France entière"))
    fichiers = formats.nombre(len(releve.prepare.meta["fichiers"]))
    reussis = sum(controle.reussi for controle in releve.controles)
    bilan = "à regarder" if reussis < len(releve.controles) else "tous réussis"
    etat = "negatif" if releve.bloquants else "couverture"
    bilan = "publication impossible" if releve.bloquants else bilan
    cartes += [
        ("couverture", "Fichiers d'échanges", fichiers, "lus en entier"),
        (etat, "Contrôles réussis", f"{reussis} sur {len(releve.controles)}", bilan),
    ]
    return balise("dl", Texte("".join(_carte(*carte) for carte in cartes)), "chiffres-cles")


def _carte(classe: str, nom: str, valeur: str, precision: str) -> Texte:
    contenu = balise("dt", nom) + balise("dd", valeur, "valeur") + balise("dd", precision)
    return balise("div", contenu, f"chiffre {classe}")


def sources(releve: Releve) -> Texte:
    """Quels fichiers ont été lus ? Taille, date de publication si elle est connue, empreinte."""
    lignes = [
        [
            fichier["nom"],
            formats.nombre(fichier["taille_octets"]),
            fichier.get("publie", "")[:10] or "inconnue",
            fichier["sha256"][:12],
        ]
        for fichier in releve.prepare.meta["sources"]
    ]
    tete = ["Fichier", "Octets", "Date de publication", "Début du sha256"]
    return _tableau("Fichiers lus", tete, lignes)


def avertissements(releve: Releve) -> Texte:
    """Qu'est-ce qui a été ignoré, remplacé ou reste provisoire ?"""
    dits = [typographie(phrase) for phrase in releve.prepare.meta["avertissements"]]
    return liste(dits) if dits else paragraphes(["Rien n'a été ignoré ni remplacé."])


def controles(releve: Releve) -> Texte:
    """Que disent les contrôles de l'année ? Les phrases, puis ce qu'il faut en conclure."""
    refus = len(releve.bloquants)
    bilan = (
        f"{formats.quantite(refus, 'contrôle bloquant', 'contrôles bloquants')} en échec : "
        "aucune fiche ne peut être publiée pour cette année."
        if refus
        else "Aucun contrôle bloquant n'échoue : les fiches peuvent être produites."
    )
    phrases = (f"{_signe(controle)} {controle.phrase}" for controle in releve.controles)
    return assembler(liste(map(typographie, phrases), "controles"), balise("p", typographie(bilan)))


def _signe(controle: Controle) -> str:
    if controle.reussi:
        return "✓"
    return "✗ BLOQUANT :" if controle.bloquant else "⚠ À regarder :"


def trimestres(releve: Releve):
    """Combien de lignes et d'euros par trimestre et par flux ? L'année et celle d'avant."""
    table = tables_releve.trimestres(releve.prepare, releve.annee)
    annees = " et ".join(map(str, sorted(set(table["annee"]))))
    legende = "À droite des barres : millions d'euros, puis nombre de lignes lues."
    if table["provisoire"].any():
        legende += " L'astérisque marque un trimestre provisoire."
    return _figure(
        releve,
        graphiques_releve.trimestres,
        table,
        f"Échanges lus par trimestre, {annees}",
        legende,
    )


def revisions(releve: Releve):
    """Qu'est-ce qui a changé depuis l'édition précédente ?"""
    table = tables_releve.revisions(releve.prepare)
    if table.empty:
        phrase = "Chaque trimestre vient d'un seul fichier : il n'y a pas d'édition à comparer."
        return paragraphes([typographie(phrase)])
    legende = (
        "Valeur du fichier retenu moins celle du fichier écarté : en millions d'euros, puis en %. "
        "Fait foi la publication la plus récente, à défaut celle qui va le plus loin dans le temps."
    )
    return _figure(
        releve, graphiques_releve.revisions, table, "Révisions des trimestres publiés", legende
    )


def mouvements(releve: Releve):
    """Quels départements ont le plus bougé depuis l'année d'avant ?"""
    avant, annee = releve.annee - 1, releve.annee
    if not {avant, annee} <= set(releve.prepare.annees_completes()):
        phrase = f"Il faut {avant} et {annee} entières : rien à comparer."
        return paragraphes([typographie(phrase)])
    table = tables_releve.mouvements(releve.prepare.totaux(), annee)
    legende = (
        f"Les {tables_releve.MOUVEMENTS_MONTRES} plus grands écarts de chaque flux, dans un sens "
        "ou dans l'autre : en millions d'euros, puis en %."
    )
    titre = f"Territoires dont le total a le plus bougé, de {avant} à {annee}"
    return _figure(releve, graphiques_releve.mouvements, table, titre, legende)


def non_classes(releve: Releve):
    """Quelle part va à des partenaires qui ne sont pas des pays ?"""
    table = tables_releve.non_classes(releve.prepare, releve.annee)
    if table.empty:
        return paragraphes(["Tous les partenaires sont des pays."])
    legende = (
        "Ces partenaires comptent dans les totaux et dans « Autres », jamais dans un classement. "
        "À droite des barres : millions d'euros, puis part du flux en %."
    )
    titre = f"Partenaires non classés, {releve.annee}"
    return _figure(releve, graphiques_releve.non_classes, table, titre, legende)


def codes_inconnus(releve: Releve) -> Texte:
    """Quels codes nos tables ne connaissent-elles pas ?"""
    table = tables_releve.codes_inconnus(releve.prepare, releve.annee)
    if table.empty:
        return paragraphes(["Tous les codes de pays, de produit et de département sont connus."])
    lignes = [
        [ligne.code, ligne.nomenclature, ligne.libelle, formats.millions_court(ligne.valeur_eur)]
        for ligne in table.itertuples()
    ]
    tete = ["Code", "Nomenclature", "Libellé des douanes", "Deux flux réunis"]
    return _tableau("Codes absents de nos tables, gardés dans les totaux", tete, lignes)


def rapprocher(releve: Releve) -> Texte:
    """Le total est-il proche du total officiel, et pourquoi en diffère-t-il ?"""
    totaux = releve.prepare.totaux()
    totaux_eur = totaux[totaux["annee"] == releve.annee].groupby("flux", observed=True)
    comparaison = rapprochement.comparaison(releve.annee, totaux_eur["valeur_eur"].sum().to_dict())
    raisons = [] if comparaison.empty else [rapprochement.RAISONS]
    phrases = [rapprochement.phrase(releve.annee, comparaison), *raisons]
    return paragraphes(map(typographie, phrases))


def _figure(releve: Releve, dessin: Callable, table: pd.DataFrame, titre: str, legende: str):
    """Une figure à deux panneaux, qui porte le nom de son dessin."""
    identifiant = f"figure-{dessin.__name__.replace('_', '-')}"
    mots = {"titre": typographie(titre), "legende": typographie(legende)}
    return figure(identifiant, dessin, table, fiche=releve, par_flux=True, **mots)


def _tableau(legende: str, tete: list[str], lignes: Iterable[list[str]]) -> Texte:
    """Un tableau que le clavier atteint et fait défiler ; la première colonne nomme la ligne."""
    return Texte(
        Markup('<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>').format(
            legende, tableaux.ecrite(legende, tete, list(lignes))
        )
    )
