"""Que fait un ouvrier ? Une page après l'autre : exécuter, convertir, contrôler, publier."""

import errno
import gc
import json
import time
import traceback
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat

from . import filles, publication, systeme
from .empreintes import sha256, temoins_changes
from .garde import Garde
from .lot import Controle, Page, Reglages
from .moteur import EchecCellule, Suivi, executer
from .noyaux import Noyau, NoyauPerdu
from .sortie import Sortie

ESSAIS = 2
RENOUVELLEMENTS_MAX = 5  # sur la vie normale d'un noyau : chacun coûte deux à trois secondes
DISQUE_INUTILISABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class Ouvrier:
    """Un noyau, un exporteur, et les pages qu'on lui donne."""

    def __init__(self, reglages: Reglages, noyau: Noyau):
        self.reglages = reglages
        self.sortie = Sortie(reglages.sortie)
        self.noyau = noyau
        self.exporteur = publication.exporteur(reglages.gabarits, reglages.gabarit)
        # Ce qui est chargé ici dure autant que l'ouvrier : le ramasse-miettes n'a pas à le relire.
        gc.freeze()

    def servir(self, travail: Connection) -> None:
        """Fait les pages reçues et rend leurs résultats, jusqu'à ce que le travail se ferme."""
        with suppress(EOFError):
            while True:
                tache = travail.recv()
                faire = self.controler if isinstance(tache, Controle) else self.faire
                travail.send(faire(tache))
                gc.collect()  # un carnet exécuté pèse lourd, et ses cycles le retiendraient

    def faire(self, page: Page) -> dict:
        """Résultat d'une page, publiée ou en échec, prêt pour le journal."""
        suivi, durees = Suivi(), {}
        resultat = {"statut": "echec", "erreur": "", "alertes": [], "fiche": {}, "durees_s": durees}
        try:
            try:
                carnet = self._executer(page, suivi, durees)
                resultat |= self._publier(page, carnet, durees)
            except OSError:
                raise
            except Exception as echec:  # une page ne doit jamais emporter les autres
                motif = _motif(echec)
                changes = temoins_changes(self.reglages.temoins)
                if changes:
                    motif = f"données changées pendant le passage ({changes}) : relancer ; {motif}"
                # Ni un noyau mort ni des données disparues ne disent rien contre la page en place.
                garder = bool(changes) or isinstance(echec, NoyauPerdu)
                resultat |= {"erreur": motif, "garder": garder}
                if suivi.carnet is not None:
                    publication.consigner(page, suivi.carnet, motif, self.sortie)
        except OSError as erreur:
            resultat |= _ecriture_impossible(erreur)
        return resultat | {"pic_noyau_octets": suivi.pic_octets, "rang": self.noyau.pages}

    def controler(self, controle: Controle) -> dict:
        """Refait une page publiée dans un noyau neuf ; `ecarts` : ce qui diffère, ou l'empêche."""
        try:
            self._remplacer_noyau()
            carnet = self._essayer(controle.page, Suivi())
            html = publication.convertir(self.exporteur, controle.page, carnet)
            return {"ecarts": publication.ecarts(controle.page, carnet, html, self.sortie)}
        except Exception as echec:  # un contrôle manqué se dit, il n'emporte pas le lot
            return {"ecarts": [_motif(echec)]}

    def _executer(self, page: Page, suivi: Suivi, durees: dict) -> nbformat.NotebookNode:
        """Carnet exécuté ; un noyau perdu est remplacé et la page retentée une fois."""
        debut = time.perf_counter()
        try:
            for essai in range(1, ESSAIS + 1):
                try:
                    return self._essayer(page, suivi)
                except NoyauPerdu as perte:
                    self._remplacer_noyau()
                    if perte.definitif:
                        raise
                    if essai == ESSAIS:
                        raise NoyauPerdu(f"{perte} ({ESSAIS} essais)") from perte
        finally:
            durees["execution"] = round(time.perf_counter() - debut, 3)

    def _essayer(self, page: Page, suivi: Suivi) -> nbformat.NotebookNode:
        reglages = self.reglages
        if self._noyau_use():
            self._remplacer_noyau()
        if self.noyau.client is None:
            self.noyau.joindre()
        if not reglages.noyau_neuf:
            self.noyau.remettre_a_neuf()
        garde = Garde(self.noyau.processus, reglages)
        return executer(self.noyau, _lire(page.modele.carnet), page, garde, suivi)

    def _noyau_use(self) -> bool:
        pages, reglages = self.noyau.pages, self.reglages
        if reglages.noyau_neuf or pages >= reglages.pages_par_noyau:
            return pages > 0
        peut_l_etre = pages >= reglages.pages_par_noyau // RENOUVELLEMENTS_MAX
        return peut_l_etre and self.noyau.octets() > reglages.memoire_usee_octets

    def _remplacer_noyau(self) -> None:
        self.noyau.tuer()
        self.noyau.lancer()

    def _publier(self, page: Page, carnet: nbformat.NotebookNode, durees: dict) -> dict:
        debut = time.perf_counter()
        html = publication.convertir(self.exporteur, page, carnet)
        durees["conversion"] = round(time.perf_counter() - debut, 3)
        sommes = filles.publier(self.exporteur, page, carnet, self.sortie) if page.filles else {}
        html, fichiers = publication.publier(page, carnet, html, self.sortie)
        durees["publication"] = round(time.perf_counter() - debut - durees["conversion"], 3)
        octets = html.encode()
        # En types simples : recevoir ceux de nbformat l'importerait chez le parent, une seconde.
        fiche = json.loads(json.dumps(publication.notice(carnet)))
        return {
            "statut": "executee",
            "octets_html": len(octets),
            "sha256_html": sha256(octets),
            "fichiers": {nom: sha256(joint) for nom, joint in fichiers.items()},
            "alertes": fiche.get("alertes", []),
            "fiche": fiche,
            "poids": publication.trop_lourde(html, page.modele.poids_conseille_octets),
            **({"filles": sommes} if page.filles else {}),
        }


def _ecriture_impossible(erreur: OSError) -> dict:
    """Un disque plein ou en lecture seule le serait pour la suite : le lot doit s'arrêter."""
    return {
        "statut": "echec",
        "erreur": f"écriture impossible : {systeme.refus(erreur)}",
        "disque": erreur.errno in DISQUE_INUTILISABLE,
        "garder": True,
    }


def _motif(echec: Exception) -> str:
    attendu = isinstance(echec, EchecCellule | NoyauPerdu | publication.Refus)
    return str(echec) if attendu else _defaut_interne(echec)


def _defaut_interne(echec: Exception) -> str:
    """Une erreur de la fabrique ou du gabarit, et l'endroit où elle est née."""
    lieu = traceback.extract_tb(echec.__traceback__)[-1]
    return f"{type(echec).__name__} : {echec} ({Path(lieu.filename).name}, ligne {lieu.lineno})"


@cache
def _lire(chemin: Path) -> nbformat.NotebookNode:
    return nbformat.read(chemin, as_version=4)
