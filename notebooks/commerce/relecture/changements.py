"""En quoi ces pages diffèrent-elles d'une édition, et pourquoi ?

Une page est inchangée (mêmes octets), changée dans l'allure (mêmes textes), dans les mots (mêmes
nombres) ou dans les nombres. La cause se lit dans les empreintes de ce dont la page est faite ; qui
une révision touche, dans celles des lignes de chaque territoire. Une phrase changée est dite une
fois, avec les fiches qu'elle touche.
"""

import re
from difflib import SequenceMatcher
from itertools import zip_longest

import pandas as pd

from commerce import references
from commerce.parties.attention_mesures import AVEC_MONACO
from commerce.relecture.alertes import DONNEES
from commerce.relecture.lecture import Relecture, lignes
from commerce.relecture.mouvements import USUEL_MIN_PCT
from commerce.relecture.pages import NOMBRE, PageLue, lire_page
from fabrique import edition

GENRES = ("nouvelle", "nombres", "mots", "allure", "inchangee")
PARAMETRES, ANNEE = "paramètres", "année"
VARIANTE = ("annee", "nomenclature")
MONACO = "99"  # son code des douanes
NOMBRES = ["code", "indicateur", "flux", "avant", "apres", "ecart_pct"]
MOT = re.compile(r"\w+|\s+|[^\w\s]")


def tableau(relecture: Relecture) -> pd.DataFrame:
    """Qu'est devenue chaque page depuis l'édition ? Vide sans édition.

    Colonnes code, genre (voir `GENRES`), causes (noms des causes qui ont changé), touchee : ce que
    la révision des données touche de plus proche (ses lignes, celles de sa région, de la France).
    """
    rangees = []
    avant = edition.lignes(relecture.edition)
    courantes = lignes(relecture) if avant else {}
    revises = {c for c in courantes.keys() | avant.keys() if courantes.get(c) != avant.get(c)}
    regions = {d.region.code for code, d in references.departements().items() if code in revises}
    regions |= {AVEC_MONACO} if MONACO in revises else set()
    for code, entree in relecture.publiees.items() if relecture.edition else ():
        ancienne, touchee = relecture.anciennes.get(code, {"causes": {}}), ""
        # Les paramètres nomment aussi le dossier des données : l'année se lit sur la page.
        communes = {n: e for n, e in entree["causes"].items() if n != PARAMETRES}
        causes = [nom for nom, e in communes.items() if ancienne["causes"].get(nom) != e]
        fiches = [e.get("fiche", {}) for e in (ancienne, entree)]
        if any(fiches[0].get(nom) != fiches[1].get(nom) for nom in VARIANTE):
            causes.append(ANNEE)
        if revises and DONNEES in causes:
            territoire = references.departement(code)
            touchee = "siennes" if revises & {*territoire.composants} else "france"
            if touchee == "france" and territoire.region.code in regions:
                touchee = "region"
        rangees.append([code, _genre(relecture, code), causes, touchee])
    return pd.DataFrame(rangees, columns=["code", "genre", "causes", "touchee"])


def _genre(relecture: Relecture, code: str) -> str:
    if code not in relecture.anciennes:
        return "nouvelle"
    if relecture.anciennes[code]["sha256_html"] == relecture.entrees[code]["sha256_html"]:
        return "inchangee"
    avant, apres = _deux_pages(relecture, code)
    if avant.nombres != apres.nombres:
        return "nombres"
    return "mots" if avant.textes != apres.textes else "allure"


def _deux_pages(relecture: Relecture, code: str) -> tuple[PageLue, PageLue]:
    ancienne = lire_page(relecture.ancien, relecture.anciennes[code]["slug"])
    return ancienne, relecture.pages[code]


def phrases(relecture: Relecture, changees: pd.DataFrame) -> pd.DataFrame:
    """Quelles phrases ont changé autrement que par leurs nombres ?

    Une ligne par fiche et phrase : cle (ce qui a été ôté et mis, le même pour toutes les fiches que
    touche une même retouche), code, ancre, avant, apres. changees : voir `tableau`.
    """
    rangees = []
    for code in changees.loc[changees["genre"].isin(["mots", "nombres"]), "code"]:
        for ancre, avant, apres in _paires(*_deux_pages(relecture, code)):
            if cle := _cle(code, avant, apres):
                rangees.append([cle, code, ancre, avant, apres])
    return pd.DataFrame(rangees, columns=["cle", "code", "ancre", "avant", "apres"])


def _paires(avant: PageLue, apres: PageLue) -> list[tuple[str, str, str]]:
    """Phrases ôtées, mises ou récrites : (ancre, avant, après), l'une des deux parfois vide."""
    textes = [[texte for _, texte in page.phrases] for page in (avant, apres)]
    return [
        (
            (nouvelle or ancienne)[0],
            ancienne[1] if ancienne else "",
            nouvelle[1] if nouvelle else "",
        )
        for op, i, j, k, m in SequenceMatcher(None, *textes, False).get_opcodes()
        if op != "equal"
        for ancienne, nouvelle in zip_longest(avant.phrases[i:j], apres.phrases[k:m])
    ]


def _cle(code: str, avant: str, apres: str) -> str:
    """Ce qui a été ôté et mis, nombres et nom du territoire neutralisés ; vide si rien d'autre."""
    departement = references.departement(code)
    neutres = [
        NOMBRE.sub("0", texte.replace(departement.region.nom, "…").replace(departement.nom, "…"))
        for texte in (avant, apres)
    ]
    return " ; ".join(f"{ote} → {mis}" for ote, mis in ecarts(*neutres) if ote != mis)


def ecarts(avant: str, apres: str) -> list[tuple[str, str]]:
    """Deux textes, mot à mot : (ôté, mis), égaux là où rien ne change."""
    mots = [MOT.findall(texte) for texte in (avant, apres)]
    codes = SequenceMatcher(None, *mots, False).get_opcodes()
    return [("".join(mots[0][i:j]), "".join(mots[1][k:m])) for _, i, j, k, m in codes]


def nombres(relecture: Relecture, usuels_pct: pd.Series) -> pd.DataFrame:
    """Quels indicateurs ont bougé depuis l'édition ? Le plus grand, en écarts usuels, d'abord.

    Colonnes code, indicateur, flux, avant, apres, ecart_pct (rapporté à l'ancien). usuels_pct :
    voir `mouvements.usuels_pct`.
    """
    rangees = []
    for code in relecture.anciennes.keys() & relecture.publiees.keys():
        apres = _chiffres(relecture.publiees[code])
        for cle, ancien in _chiffres(relecture.anciennes[code]).items():
            nouveau = apres.get(cle)
            if nouveau != ancien and None not in (nouveau, ancien):
                ecart_pct = 100 * (nouveau - ancien) / abs(ancien) if ancien else float("inf")
                rang = abs(ecart_pct) / usuels_pct.get((cle[1], code), USUEL_MIN_PCT)
                rangees.append([code, *cle, ancien, nouveau, ecart_pct, rang])
    table = pd.DataFrame(rangees, columns=[*NOMBRES, "rang"])
    ordre = ["rang", "code", "indicateur", "flux"]
    triee = table.sort_values(ordre, ascending=[False, True, True, True], ignore_index=True)
    return triee[NOMBRES]


def _chiffres(entree: dict) -> dict[tuple[str, str], float | None]:
    return {(c["indicateur"], c["flux"]): c["valeur"] for c in entree["fiche"]["indicateurs"]}


def sources(relecture: Relecture) -> dict[str, list[str]]:
    """Quels fichiers lus ont changé depuis l'édition ? revises, ajoutes, otes : noms."""
    avant, apres = (
        {source["nom"]: source["sha256"] for source in passage.get("sources", [])}
        for passage in (relecture.edition, relecture.passage)
    )
    return {
        "revises": sorted(nom for nom in avant.keys() & apres if avant[nom] != apres[nom]),
        "ajoutes": sorted(apres.keys() - avant),
        "otes": sorted(avant.keys() - apres),
    }
