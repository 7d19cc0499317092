"""Comment mener un lot de bout en bout, et dire la vérité sur ce qui a été fait ?"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from . import ErreurLot, carnets, indicateurs, journal, pdf, systeme
from .avancement import Avancement
from .echecs import EchecsDeSuite
from .empreintes import causes, causes_communes, sha256, temoins_changes
from .equipe import Equipe
from .lot import Controle, Lot, Page
from .sortie import Sortie, ecrire

ECARTS_MONTRES = 3


@dataclass
class Bilan:
    """Ce qu'un passage a fait.

    fiches, annexes : entrées du journal, par code, pour les pages demandées ; absentes : pages
    demandées mais non tentées ; remarques : ce qu'il faut savoir et qui n'arrête rien ; arret : ce
    qui a tout arrêté avant la fin, ou "" ; pdf : pourquoi les PDF demandés manquent, ou "".
    """

    fiches: dict[str, dict] = field(default_factory=dict)
    annexes: dict[str, dict] = field(default_factory=dict)
    absentes: list[Page] = field(default_factory=list)
    changements: dict = field(default_factory=dict)
    remarques: list[str] = field(default_factory=list)
    arret: str = ""
    pdf: str = ""
    duree_s: float = 0.0

    @property
    def echecs(self) -> list[dict]:
        """Entrées en échec, fiches puis annexes."""
        entrees = [*self.fiches.values(), *self.annexes.values()]
        return [entree for entree in entrees if entree["statut"] == "echec"]

    @property
    def tout_refait(self) -> bool:
        """Chaque page demandée a-t-elle été faite à ce passage même, sans échec ni arrêt ?"""
        entrees = [*self.fiches.values(), *self.annexes.values()]
        return not self.arret and all(entree["statut"] == "executee" for entree in entrees)


@dataclass(frozen=True)
class Tache:
    """Une page, ce dont elle dépend, et pourquoi il faut la faire ("" : rien n'a changé)."""

    page: Page
    causes: dict[str, str]
    raison: str


def planifier(lot: Lot) -> list[Tache]:
    """Que faut-il faire, et pourquoi ? N'écrit rien et ne lance rien."""
    _verifier_parametres(lot)
    sortie = Sortie(lot.reglages.sortie)
    connues = journal.fiches_intactes(journal.lire(sortie.journal), sortie)
    return _taches(lot.pages, lot, causes_communes(lot), connues)


def lancer(lot: Lot, avancement: Avancement) -> Bilan:
    """Fait les pages du lot, puis ses annexes ; le journal suit pas à pas.

    Lève `ErreurLot` avant tout démarrage de noyau si la demande ne peut pas être servie.
    """
    _verifier_parametres(lot)
    sortie = Sortie(lot.reglages.sortie)
    with sortie.reservee(), _arret_comme_ctrl_c():
        return _Passage(lot, sortie, avancement).mener()


@contextmanager
def _arret_comme_ctrl_c() -> Iterator[None]:
    """Pendant le lot, une demande d'arrêt du système (SIGTERM) vaut un Ctrl-C."""

    def interrompre(*_) -> None:
        raise KeyboardInterrupt

    ancien = signal.signal(signal.SIGTERM, interrompre)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, ancien)


class _Passage:
    """Un passage en cours : le plan, le journal, l'équipe."""

    def __init__(self, lot: Lot, sortie: Sortie, avancement: Avancement):
        self.lot = lot
        self.sortie = sortie
        self.avancement = avancement
        self.precedent = journal.lire(sortie.journal)
        self.communes = causes_communes(lot)
        self.bilan = Bilan()
        self.rangs: dict[str, int] = {}  # combien de pages le noyau de chaque fiche avait faites
        self.journal = journal.Journal(
            sortie,
            journal.passage(lot),
            journal.fiches_intactes(self.precedent, sortie),
            self.precedent,
        )

    def mener(self) -> Bilan:
        """Fait tout, et note dans le bilan ce qui a tout arrêté, s'il y a lieu."""
        debut = time.monotonic()
        dossier = self.lot.pages[0].modele.carnet.parent
        try:
            with Equipe(self.lot.reglages, self.lot.travailleurs, dossier) as equipe:
                self._mener(equipe)
            if self.lot.joindre and not self.bilan.arret:
                # Les noyaux partis : ce qui se joint ne s'ajoute pas à leur mémoire.
                self.lot.joindre(self.sortie.indicateurs.parent)
            if not self.bilan.arret:
                self._verifier_les_temoins()
            if not self.bilan.arret:
                self._imprimer()
        except KeyboardInterrupt:
            self.bilan.arret = "passage interrompu"
        except OSError as erreur:
            self.bilan.arret = f"écriture impossible : {systeme.refus(erreur)}"
        with suppress(OSError):  # disque plein : le journal de l'étape précédente reste, entier
            self.journal.ecrire("interrompu" if self.bilan.arret else "terminé")
        demandees = [*self.lot.pages, *self.lot.annexes]
        tentees = self.bilan.fiches | self.bilan.annexes
        self.bilan.absentes = [page for page in demandees if page.code not in tentees]
        self.bilan.duree_s = time.monotonic() - debut
        return self.bilan

    def _mener(self, equipe: Equipe) -> None:
        fiches = _taches(self.lot.pages, self.lot, self.communes, self.journal.fiches)
        self._faire(equipe, fiches, self.journal.fiches, self.bilan.fiches)
        if self.bilan.arret:
            return
        texte = indicateurs.table(self.journal.fiches.values())
        self._publier_indicateurs(texte)
        self.journal.ecrire("en cours")
        lu = {**self.communes, "lot": sha256((texte + self.journal.constat()).encode())}
        intactes = self._annexes_intactes()
        annexes = [
            tache
            for page in self.lot.annexes
            for tache in _taches(
                (page,), self.lot, lu if page.lit_le_lot else self.communes, intactes
            )
        ]
        equipe.effectif = 1  # une annexe ne vaut pas un noyau de plus
        self._faire(
            equipe, annexes, self.journal.annexes, self.bilan.annexes, self._fiche_a_controler()
        )

    def _faire(
        self,
        equipe: Equipe,
        taches: list[Tache],
        entrees: dict,
        rendues: dict[str, dict],
        controles: tuple[Controle, ...] = (),
    ) -> None:
        """Fait ce qui doit l'être, note le reste comme repris.

        `entrees` (celles du journal) et `rendues` (celles du bilan) avancent à chaque page.
        """
        par_code = {tache.page.code: tache for tache in taches}
        a_faire = [tache.page for tache in taches if tache.raison]
        for code in par_code.keys() - {page.code for page in a_faire}:
            rendues[code] = {**entrees[code], "statut": "reprise"}
        echecs = EchecsDeSuite(self.sortie)
        with echecs, self.avancement.suivre(len(taches), len(rendues)) as avancer:
            for page, resultat in equipe.faire([*controles, *a_faire]):
                if isinstance(page, Controle):
                    self._noter_controle(page.page, resultat["ecarts"])
                    continue
                disque, garder = resultat.pop("disque", False), resultat.pop("garder", False)
                self.rangs[page.code] = resultat.pop("rang", 0)
                if poids := resultat.pop("poids", ""):
                    self.bilan.remarques.append(f"Attention : {page.code} {page.nom} : {poids}.")
                self.journal.noter(entrees, page, par_code[page.code].causes, resultat)
                rendues[page.code] = entrees[page.code]
                echecs.noter(page, resultat, garder)
                avancer(page, resultat)
                self.bilan.arret = resultat["erreur"] if disque else echecs.arret
                if self.bilan.arret:
                    break

    def _verifier_les_temoins(self) -> None:
        """Ce qui a pu lire des données abîmées en route n'est pas à jour : le journal l'oublie."""
        changes = temoins_changes(self.lot.reglages.temoins)
        for rendues, entrees in (
            (self.bilan.fiches, self.journal.fiches),
            (self.bilan.annexes, self.journal.annexes),
        ):
            for code, rendue in [*rendues.items()] if changes else ():
                if rendue["statut"] == "executee":
                    self.bilan.arret = f"données changées pendant le passage ({changes})"
                    del rendues[code], entrees[code]

    def _fiche_a_controler(self) -> tuple[Controle, ...]:
        """La fiche faite par le noyau qui en avait fait le plus : celle où un reste se verrait.

        Aucune si chaque noyau n'a fait qu'une fiche.
        """
        code = max(self.rangs, key=lambda code: (self.rangs[code], code), default="")
        if self.lot.reglages.noyau_neuf or self.rangs.get(code, 0) < 2:
            return ()
        return tuple(Controle(page) for page in self.lot.pages if page.code == code)

    def _noter_controle(self, page: Page, ecarts: list[str]) -> None:
        self.journal.controle = {"code": page.code, "ecarts": ecarts}
        if ecarts:
            self.bilan.remarques.append(
                f"CONTRÔLE : {page.code} {page.nom}, refaite dans un noyau neuf, n'a pas les mêmes "
                f"octets ({', '.join(ecarts[:ECARTS_MONTRES])}) : une cellule change ce que lisent "
                "les fiches suivantes. Ne pas publier ce passage ; relancer avec --noyau-neuf "
                "--forcer."
            )

    def _imprimer(self) -> None:
        """Retire les PDF dont la page a changé, puis tire ceux qu'on demande et qui manquent."""
        dossier = self.sortie.pdf
        publiees = [fiche for fiche in self.journal.fiches.values() if fiche["statut"] != "echec"]
        pdf.retirer_perimes(dossier, {fiche["sha256_html"] for fiche in publiees})
        if not self.lot.pdf:
            return
        pages = [
            page for page in self.lot.pages if self.bilan.fiches[page.code]["statut"] != "echec"
        ]
        a_tirer = [
            page
            for page in pages
            if self.lot.forcer or not pdf.a_jour(self.sortie.page(page.slug), dossier)
        ]
        if not a_tirer:
            return
        try:
            with (
                pdf.imprimante() as tirer,
                self.avancement.suivre(len(pages), len(pages) - len(a_tirer), "PDF") as avancer,
            ):
                for page in a_tirer:
                    debut = time.perf_counter()
                    tirer(self.sortie.page(page.slug), dossier)
                    duree_s = time.perf_counter() - debut
                    avancer(page, {"statut": "executee", "durees_s": {"impression": duree_s}})
        except ErreurLot as erreur:
            self.bilan.pdf = str(erreur)

    def _publier_indicateurs(self, texte: str) -> None:
        avant = indicateurs.lire(self.sortie.indicateurs)
        echecs = [code for code, fiche in self.journal.fiches.items() if fiche["statut"] == "echec"]
        if avant is None:
            self.bilan.remarques.append(
                f"{self.sortie.indicateurs.name} n'était pas celui d'un passage (enregistré par un "
                "tableur ?) : il est refait, et ce qui a changé depuis n'est pas dit."
            )
        elif self.precedent:  # un premier passage ne change rien, il commence
            self.bilan.changements = indicateurs.changements(avant, texte, echecs)
        self.journal.changements = self.bilan.changements
        ecrire(self.sortie.indicateurs, texte)

    def _annexes_intactes(self) -> dict[str, dict]:
        return {
            code: annexe
            for code, annexe in self.journal.annexes.items()
            if journal.intacte(annexe, self.sortie)
        }


def _taches(
    pages: tuple[Page, ...], lot: Lot, communes: dict[str, str], connues: dict[str, dict]
) -> list[Tache]:
    """Pour chaque page, ses causes et la raison de la faire au vu de son entrée du journal."""
    cles = {(page.modele.carnet, frozenset(page.parametres)) for page in pages}
    empreintes = {cle: carnets.empreinte(*cle) for cle in cles}
    taches = []
    for page in pages:
        cle = page.modele.carnet, frozenset(page.parametres)
        siennes = causes(page, empreintes[cle], communes)
        raison = "demandée" if lot.forcer else _raison(siennes, connues.get(page.code))
        taches.append(Tache(page, siennes, raison))
    return taches


def _raison(siennes: dict[str, str], entree: dict | None) -> str:
    """Pourquoi refaire cette page ? "" si rien de ce dont elle dépend n'a changé."""
    if entree is None:
        return "page absente ou modifiée"
    if entree["statut"] == "echec":
        return "échec au passage précédent"
    changees = [nom for nom, empreinte in siennes.items() if entree["causes"].get(nom) != empreinte]
    return f"changement : {', '.join(changees)}" if changees else ""


def _verifier_parametres(lot: Lot) -> None:
    """Un paramètre que le carnet ne déclare pas serait ignoré par papermill : refusé ici."""
    for page in (*lot.pages[:1], *lot.annexes):
        inconnus = set(page.parametres) - carnets.parametres_declares(page.modele.carnet)
        if inconnus:
            raise ErreurLot(
                f"{page.modele.carnet.name} ne déclare pas {', '.join(sorted(inconnus))} dans sa "
                "cellule « parameters » : l'y ajouter, ou ne pas le donner."
            )
