"""Que contiennent les données préparées ? Le relevé de `0_donnees.ipynb`, une fonction par partie.

Chaque fonction rend un `Texte` : du HTML sûr, où tout ce qui vient des fichiers est échappé.
"""

from collections.abc import Iterable

import pandas as pd

from . import departements, formats, rapprochement
from .controles import Controle
from .prepare import NOMS_FLUX, Prepare
from .textes import Texte, assembler, balise, liste, paragraphes

MOUVEMENTS_MONTRES = 10
JEUX = {
    "demonstration": "Données de démonstration, fictives, au format des douanes.",
    "reelles": "Données des douanes (DGDDI), statistiques régionales et départementales.",
}


def entete(prepare: Prepare, annee: int) -> Texte:
    """Quelles données, fictives ou non, pour quelles années ?"""
    jeu = prepare.meta["jeu"]
    annees = ", ".join(map(str, prepare.annees_completes())) or "aucune"
    provisoire = "Une partie de l'année est provisoire." if prepare.provisoire(annee) else ""
    return assembler(
        balise("p", JEUX[jeu], "mention-demonstration" if prepare.demonstration else ""),
        paragraphes(
            (f"Années complètes : {annees}. Ce relevé porte sur {annee}.", provisoire),
        ),
    )


def sources(prepare: Prepare) -> Texte:
    """Quels fichiers ont été lus ? Taille, date de publication si elle est connue, empreinte."""
    lignes = [
        (
            fichier["nom"],
            formats.nombre(fichier["taille_octets"]),
            fichier.get("publie", "")[:10] or "inconnue",
            fichier["sha256"][:12],
        )
        for fichier in prepare.meta["sources"]
    ]
    return tableau(
        "Fichiers lus", ("Fichier", "Octets", "Date de publication", "Début du sha256"), lignes
    )


def avertissements(prepare: Prepare) -> Texte:
    """Qu'est-ce qui a été ignoré, remplacé ou reste provisoire ?"""
    phrases = prepare.meta["avertissements"]
    return liste(phrases) if phrases else paragraphes(["Rien à signaler."])


def controles(prepare: Prepare, annee: int) -> Texte:
    """Que disent les contrôles de l'année ? Les phrases, puis ce qu'il faut en conclure."""
    faits = [Controle(**resultat) for resultat in prepare.controles(annee)]
    refus = [controle for controle in faits if controle.bloquant and not controle.reussi]
    bilan = (
        f"{formats.quantite(len(refus), 'contrôle bloquant', 'contrôles bloquants')} en échec : "
        "aucune fiche ne peut être publiée pour cette année."
        if refus
        else "Aucun contrôle bloquant n'échoue : les fiches peuvent être produites."
    )
    return assembler(
        liste(f"{_signe(controle)} {controle.phrase}" for controle in faits), balise("p", bilan)
    )


def _signe(controle: Controle) -> str:
    if controle.reussi:
        return "✓"
    return "✗ BLOQUANT :" if controle.bloquant else "⚠ À regarder :"


def trimestres(prepare: Prepare, annee: int) -> Texte:
    """Combien de lignes et d'euros par trimestre et par flux, et de quel fichier ?"""
    lignes = [
        (
            f"{NOMS_FLUX[periode['flux']].capitalize()}, T{periode['trimestre']}",
            formats.nombre(periode["lignes"]),
            formats.millions_court(periode["valeur_eur"]),
            periode["fichier"] + " (provisoire)" * periode["provisoire"],
        )
        for periode in sorted(
            prepare.meta["periodes"], key=lambda periode: (periode["flux"], periode["trimestre"])
        )
        if periode["annee"] == annee
    ]
    return tableau(
        f"Lignes et euros par trimestre, {annee}",
        ("Trimestre", "Lignes", "Total", "Fichier"),
        lignes,
    )


def rapprocher(prepare: Prepare, annee: int) -> Texte:
    """Le total est-il proche du total officiel, et pourquoi en diffère-t-il ?"""
    totaux = prepare.totaux()
    totaux_eur = totaux[totaux["annee"] == annee].groupby("flux")["valeur_eur"].sum().to_dict()
    comparaison = rapprochement.comparaison(annee, totaux_eur)
    raisons = [] if comparaison.empty else [rapprochement.RAISONS]
    return paragraphes([rapprochement.phrase(annee, comparaison), *raisons])


def mouvements(prepare: Prepare, annee: int) -> Texte:
    """Quels départements ont le plus bougé depuis l'année d'avant ? Les dix plus forts écarts."""
    if not {annee - 1, annee} <= set(prepare.annees_completes()):
        return paragraphes([f"Il faut {annee - 1} et {annee} entières : rien à comparer."])
    ecarts = ecarts_annuels(prepare.totaux(), annee)
    noms = {code: d.nom for code, d in departements.departements().items()}
    lignes = [
        (
            f"{noms.get(ligne.territoire, 'Territoire')} ({ligne.territoire})",
            NOMS_FLUX[ligne.flux].capitalize(),
            formats.millions_court(ligne.valeur_eur),
            formats.millions_signe(ligne.ecart_eur),
            formats.pourcentage(ligne.ecart_pct, signe=True),
        )
        for ligne in ecarts.head(MOUVEMENTS_MONTRES).itertuples()
    ]
    return tableau(
        f"Plus forts écarts entre {annee - 1} et {annee}",
        ("Territoire", "Flux", f"Total {annee}", "Écart", "Évolution"),
        lignes,
    )


def ecarts_annuels(totaux: pd.DataFrame, annee: int) -> pd.DataFrame:
    """De combien chaque total a-t-il changé ? Du plus fort écart au plus faible, en valeur absolue.

    Colonnes `territoire`, `flux`, `valeur_eur`, `ecart_eur`, `ecart_pct`.
    """
    sommes = totaux.groupby(["annee", "territoire", "flux"])["valeur_eur"].sum()
    courant, precedent = sommes[annee].align(sommes[annee - 1], fill_value=0)
    table = pd.DataFrame({"valeur_eur": courant, "ecart_eur": courant - precedent})
    table["ecart_pct"] = 100 * table["ecart_eur"] / precedent.where(precedent > 0)
    return table.reset_index().sort_values(
        ["ecart_eur", "territoire", "flux"], key=_ampleur, ascending=[False, True, True]
    )


def _ampleur(colonne: pd.Series) -> pd.Series:
    return colonne.abs() if colonne.name == "ecart_eur" else colonne


def tableau(legende: str, entetes: Iterable[str], lignes: Iterable[Iterable[str]]) -> Texte:
    """Un tableau HTML simple ; la première colonne nomme la ligne."""
    tete = Texte("").join(balise("th", titre) for titre in entetes)
    corps = Texte("").join(
        balise("tr", Texte("").join([balise("th", nom), *(balise("td", c) for c in cellules)]))
        for nom, *cellules in lignes
    )
    return balise(
        "table",
        Texte(
            balise("caption", legende)
            + balise("thead", balise("tr", tete))
            + balise("tbody", corps)
        ),
    )
