"""Comment papermill exécute-t-il un carnet dans un noyau déjà chaud ?

papermill garde son rôle (paramètres, cellules, carnet exécuté) ; ce module lui fournit, par son
point d'extension, un moteur qui emploie le noyau reçu et l'y laisse.
"""

import logging

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers
from papermill.translators import translate_parameters

from .carnets import nettoyer
from .garde import Garde
from .lot import Page
from .noyaux import Noyau, NoyauPerdu

NOM = "noyau_chaud"
SORTIES_MAX_S = 60
ERREUR_MAX = 2_000  # caractères gardés d'un message d'erreur : le journal le répète
AFFICHAGES = {"stream", "display_data", "execute_result", "update_display_data", "error"}


class EchecCellule(RuntimeError):
    """Une cellule du carnet a levé une erreur : l'exécuter de nouveau donnerait la même."""


class Suivi:
    """Ce que l'on sait d'une exécution, même inachevée : le carnet, la cellule, la mémoire."""

    carnet: NotebookNode | None = None
    cellule: str = ""
    pic_octets: int = 0

    def noter_cellule(self, cell, cell_index) -> None:
        """Retient la cellule en cours : c'est elle qu'on nomme en cas d'échec."""
        self.cellule = cell.get("id", str(cell_index + 1))


class _Client(PapermillNotebookClient):
    """Client de papermill qui montre au garde ce que chaque cellule affiche."""

    garde: Garde

    def process_message(self, msg, cell, cell_index):
        """Range la sortie dans la cellule, sauf si c'est une de trop."""
        affiche = msg["msg_type"] in AFFICHAGES
        if affiche and not self.garde.laisse_passer(cell.get("id", ""), msg["content"]):
            return None
        return super().process_message(msg, cell, cell_index)


class MoteurChaud(Engine):
    """Moteur papermill qui exécute dans le `noyau` reçu, sans l'arrêter."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, noyau, garde, suivi, **_):
        """Exécute les cellules dans le noyau ; `suivi` avance avec elles."""
        suivi.carnet = nb_man.nb
        client = _Client(
            nb_man,
            km=noyau.gestionnaire,
            iopub_timeout=SORTIES_MAX_S,
            record_timing=False,
            on_cell_start=suivi.noter_cellule,
        )
        client.kc, client.garde = noyau.client, garde
        client.execute()


papermill_engines.register(NOM, MoteurChaud)
# Même sans fichier où l'écrire, papermill met le carnet en texte : un dixième de l'ouvrier.
papermill.execute.write_ipynb = lambda carnet, chemin: None
# papermill consigne chaque exécution et chaque erreur : ici le journal et le bilan s'en chargent.
logging.getLogger("papermill").setLevel(logging.CRITICAL)


def executer(
    noyau: Noyau, carnet: NotebookNode, page: Page, garde: Garde, suivi: Suivi
) -> NotebookNode:
    """Carnet exécuté pour cette page, sans rien qui change d'une exécution à l'autre.

    Lève `EchecCellule` si une cellule échoue, `NoyauPerdu` si le noyau meurt ou est tué par le
    garde ; `suivi.carnet` est alors le carnet tel qu'il était à cet instant.
    """
    noyau.pages += 1
    try:
        with garde:
            execute = papermill.execute_notebook(
                carnet,
                None,
                parameters={**page.parametres, **page.lieux},
                engine_name=NOM,
                progress_bar=False,
                noyau=noyau,
                garde=garde,
                suivi=suivi,
            )
        if garde.definitif:  # la dernière cellule a pu finir avant que son noyau ne soit arrêté
            raise NoyauPerdu(garde.motif, definitif=True)
    except PapermillExecutionError as erreur:
        suivi.carnet = remove_error_markers(suivi.carnet)
        detail = f"{erreur.ename} : {erreur.evalue}"
        if len(detail) > ERREUR_MAX:
            detail = detail[:ERREUR_MAX] + "…"
        raise EchecCellule(f"cellule « {suivi.cellule} » : {detail}") from erreur
    except (DeadKernelError, CellTimeoutError) as erreur:
        if garde.definitif:
            raise NoyauPerdu(garde.motif, definitif=True) from erreur
        motif = garde.motif or f"le noyau s'est arrêté{noyau.derniers_mots()}"
        raise NoyauPerdu(f"{motif}, cellule « {suivi.cellule} »") from erreur
    finally:
        suivi.pic_octets = garde.pic_octets
        if suivi.carnet is not None:
            dits = translate_parameters("python3", "python", page.parametres, "Parameters")
            nettoyer(suivi.carnet, page.parametres, dits)
    return execute
