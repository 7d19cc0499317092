"""Que dire à la fin d'un passage ? Ce qui a été fait, ce qui a changé, et ce qui manque."""

import sys

from .avancement import duree_page_s, secondes
from .edition import liens_sans_page
from .execution import Bilan, Tache
from .lot import Lot
from .sortie import RELECTURE, Sortie

CHIFFRES_MONTRES = 10
LENTES_MONTREES = 3


def code_retour(bilan: Bilan) -> int:
    """0 : tout est fait ; 1 : il manque une page ou un PDF demandé ; 130 : interrompu."""
    if bilan.arret == "passage interrompu":
        return 130
    return 1 if bilan.echecs or bilan.absentes or bilan.arret or bilan.pdf else 0


def afficher(bilan: Bilan, lot: Lot) -> None:
    """Écrit le bilan ; la dernière ligne dit si tout est là, et sinon quoi faire."""
    sortie = Sortie(lot.reglages.sortie)
    lignes = [*_comptes(bilan), *_echecs(bilan, sortie), *_changements(bilan), *bilan.remarques]
    lignes += _liens(bilan, sortie)
    for ligne in lignes:
        print(ligne)
    for phrase in lot.avertissements:
        print(f"Attention : {phrase}")
    print(_verdict(bilan, lot, sortie), file=sys.stderr if code_retour(bilan) else sys.stdout)


def afficher_plan(taches: list[Tache]) -> None:
    """Écrit ce qu'un passage ferait, page par page, sans rien faire."""
    for tache in taches:
        page = tache.page
        decision = f"à faire ({tache.raison})" if tache.raison else "reprise, rien n'a changé"
        print(f"{page.code} {page.nom} : {decision}")
    a_faire = sum(1 for tache in taches if tache.raison)
    print(f"Simulation : {a_faire} à faire, {len(taches) - a_faire} à reprendre, rien n'est lancé.")


def _comptes(bilan: Bilan) -> list[str]:
    statuts = [entree["statut"] for entree in bilan.fiches.values()]
    lignes = [
        f"{accorder(len(statuts), 'fiche')} en {secondes(bilan.duree_s)} : "
        f"{accorder(statuts.count('executee'), 'exécutée')}, "
        f"{accorder(statuts.count('reprise'), 'reprise')}, "
        f"{accorder(statuts.count('echec'), 'échec')}."
    ]
    executees = [entree for entree in bilan.fiches.values() if entree["statut"] == "executee"]
    lentes = sorted(executees, key=duree_page_s, reverse=True)[:LENTES_MONTREES]
    if len(executees) > LENTES_MONTREES:
        details = (f"{entree['nom']} {secondes(duree_page_s(entree))}" for entree in lentes)
        lignes.append("Les plus lentes : " + ", ".join(details) + ".")
    return lignes


def _echecs(bilan: Bilan, sortie: Sortie) -> list[str]:
    lignes = []
    for entree in bilan.echecs:
        lignes.append(f"Échec {entree['code']} {entree['nom']} : {entree['erreur']}")
        trace = sortie.echec(entree["slug"])
        suite = "aucune page n'est publiée pour cette fiche"
        if _perimee(entree, sortie):
            suite = "la page du passage précédent est laissée en place, périmée"
            if not trace.is_file():
                lignes.append(f"  {suite}")
        if trace.is_file():
            lignes.append(f"  trace : {trace} ; {suite}")
    return lignes


def _liens(bilan: Bilan, sortie: Sortie) -> list[str]:
    """Un lot partiel fait des pages qui mènent à d'autres, qu'il n'a pas faites."""
    faites = [entree for entree in bilan.fiches.values() if sortie.page(entree["slug"]).is_file()]
    absentes = liens_sans_page(faites, sortie)
    if not absentes or bilan.arret:
        return []
    return [f"Pages absentes où mènent ces fiches : {len(absentes)} ; le lot entier les fait."]


def _perimee(entree: dict, sortie: Sortie) -> bool:
    """La page d'un passage précédent est-elle restée là où cette page a échoué ?"""
    return sortie.page(entree["slug"]).is_file()


def _changements(bilan: Bilan) -> list[str]:
    if not bilan.changements:
        return []
    lignes = [
        f"  pages {quoi} : {_liste(bilan.changements[cle])}"
        for cle, quoi in (("ajoutees", "ajoutées"), ("retirees", "retirées"))
        if bilan.changements[cle]
    ]
    chiffres = bilan.changements["chiffres"]
    if chiffres:
        codes = {chiffre["code"] for chiffre in chiffres}
        lignes.append(
            f"  {accorder(len(chiffres), 'chiffre')} "
            f"{'ont changé' if len(chiffres) > 1 else 'a changé'} "
            f"dans {accorder(len(codes), 'fiche')} :"
        )
        lignes += [
            f"    {c['code']} {c['indicateur']} {c['flux']} : {c['avant']} -> {c['apres']}"
            for c in chiffres[:CHIFFRES_MONTRES]
        ]
        if len(chiffres) > CHIFFRES_MONTRES:
            lignes.append("    … la suite est dans journal.json, « changements »")
    return ["Depuis le passage précédent :", *lignes] if lignes else []


def _verdict(bilan: Bilan, lot: Lot, sortie: Sortie) -> str:
    if bilan.arret:
        manquent = len(lot.pages) - _publiees(bilan)
        reste = f"{accorder(manquent, 'fiche')} sur {len(lot.pages)} à faire"
        if lot.pdf and not manquent:
            reste = "toutes les fiches sont là, pas tous les PDF"
        return (
            f"INACHEVÉ, {bilan.arret} : {reste}. "
            "Relancer la même commande pour reprendre où il en était."
        )
    if bilan.echecs:
        codes = _liste([entree["code"] for entree in bilan.echecs])
        reste = f"pas tous les PDF. {bilan.pdf}" if bilan.pdf else "le reste est fait."
        perimees = sum(_perimee(entree, sortie) for entree in bilan.echecs)
        dont = f", dont {accorder(perimees, 'page')} d'avant, hors de date" if perimees else ""
        return f"INCOMPLET : {accorder(len(bilan.echecs), 'échec')} ({codes}){dont} ; {reste}"
    if bilan.pdf:
        return f"INCOMPLET : les pages sont faites, pas tous les PDF. {bilan.pdf}"
    pdf = f", leurs PDF dans {sortie.pdf}" if lot.pdf else ""
    fiches = accorder(len(bilan.fiches), "fiche")
    relire = f" ; à relire : {sortie.page(RELECTURE)}" if RELECTURE in bilan.annexes else ""
    return f"Tout est fait : {fiches} dans {sortie.page('x').parent}{pdf}{relire}."


def _publiees(bilan: Bilan) -> int:
    return sum(1 for entree in bilan.fiches.values() if entree["statut"] != "echec")


def _liste(codes: list[str]) -> str:
    return ", ".join(codes[:20]) + (f"… ({len(codes)})" if len(codes) > 20 else "")


def accorder(nombre: int, mot: str) -> str:
    """« 1 fiche », « 2 fiches »."""
    return f"{nombre} {mot}{'s' if nombre > 1 else ''}"
