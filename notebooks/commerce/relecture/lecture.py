"""Qu'y a-t-il à relire ? Le passage, les avis donnés, l'édition à laquelle on se compare.

Rien n'est recalculé de ce que disent les fiches : leurs pages et le journal sont lus tels quels ;
les mouvements se calculent sur les données préparées, dont elles sont faites.
"""

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import ClassVar

from commerce import ErreurDonnees, chemins, commentaires, formats
from commerce.annee import Annee
from commerce.donnees import reperes
from commerce.donnees.fiche import Origine, choisir_annee, preparees
from commerce.donnees.prepare import Prepare, ouvrir
from commerce.redaction import phrase_generale
from commerce.references import territoires
from commerce.relecture.pages import PageLue, lire_page
from fabrique import ErreurLot, avis, edition, journal
from fabrique.empreintes import sha256


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [relecture] de `mots.toml`."""
    return phrase_generale(f"relecture.{cle}", **valeurs)


def valeur_ecrite(indicateur: str, valeur: float) -> str:
    """La valeur d'un indicateur, avec son unité ; une année sans espace ; « n.s. » si NaN."""
    if isnan(valeur):
        return formats.NON_SIGNIFICATIF
    if indicateur.endswith("_eur"):
        return formats.millions_court(valeur)
    if indicateur == commentaires.ANNEE:
        return str(int(valeur))
    entier = float(valeur).is_integer()
    return formats.nombre(valeur, 0 if entier else 2) + ("\u00a0%" * indicateur.endswith("_pct"))


@dataclass(frozen=True, eq=False)
class Relecture(Origine):
    """Un passage à relire.

    entrees : journal de chaque fiche, par code ; passage : le journal ; edition : le manifeste de
    l'édition de comparaison, ou {} ; ancien : son dossier ; avis : par code (`fabrique.avis`).
    """

    sortie: Path
    entrees: dict[str, dict]
    passage: dict
    edition: dict
    ancien: Path
    avis: dict[str, avis.Avis]
    slug: ClassVar[str] = "relecture"

    def __repr__(self) -> str:
        return f"Relecture de {len(self.entrees)} fiches, {self.annee}"

    @property
    def prepare(self) -> Prepare:
        """Les données préparées dont les fiches sont faites."""
        return ouvrir(self.dossier)

    @property
    def reperes(self) -> reperes.Reperes:
        """Les tableaux des cent territoires."""
        return reperes.lire(self.dossier, self.annee)

    def nom_du_produit(self, code: str) -> str:
        """Le libellé court d'un produit."""
        return self.reperes.libelles["libelle_court"].get(code, code)

    def nom_du_pays(self, code: str) -> str:
        """Le nom d'un partenaire."""
        return self.reperes.partenaires["nom"].get(code, code)

    @property
    def publiees(self) -> dict[str, dict]:
        """Les fiches qui ont une page."""
        return {c: e for c, e in self.entrees.items() if e["statut"] != "echec"}

    @cached_property
    def pages(self) -> dict[str, PageLue]:
        """La page de chaque fiche, par code."""
        return {c: lire_page(self.sortie, e["slug"]) for c, e in self.publiees.items()}

    @property
    def anciennes(self) -> dict[str, dict]:
        """Les fiches de l'édition, par code."""
        return {fiche["code"]: fiche for fiche in self.edition.get("fiches", [])}

    def etat(self, code: str) -> str:
        """Où en est une fiche ? echec, vu ou a_reprendre (pour ces octets), publiee (telle quelle
        dans l'édition), ou a_voir.
        """
        entree, donne = self.entrees[code], self.avis.get(code)
        if entree["statut"] == "echec":
            return "echec"
        octets = entree["sha256_html"]
        if donne and donne.sha256 == octets and donne.avis != avis.A_VOIR:
            return "vu" if donne.avis == avis.VU else "a_reprendre"
        inchangee = self.anciennes.get(code, {}).get("sha256_html") == octets
        return "publiee" if inchangee else "a_voir"


def lire(donnees: str = "", sortie: str = "", depuis: str = "", avis_donnes: str = "") -> Relecture:
    """Le dernier passage de ce dossier (`outputs`), ses avis, l'édition de comparaison.

    Lève `ErreurDonnees` si le journal, l'édition ou les avis ne se lisent pas.
    """
    dossier = Path(sortie or chemins.SORTIE)
    contenu = journal.lire(dossier / "journal.json")
    if not contenu:
        raise ErreurDonnees(f"{dossier.name} n'a pas de passage à relire : lancer run_all.py.")
    fiches = [fiche for fiche in contenu["fiches"] if fiche["code"] in territoires()]
    faites = [fiche["fiche"]["annee"] for fiche in fiches if fiche["statut"] != "echec"]
    prepare = preparees(donnees, annee=next(iter(faites), 0))
    annees = [annee for annee in map(Annee.lire, faites) if annee.fin == prepare.meta["fin"]]
    annee = max(annees, default=0) or choisir_annee(prepare)
    try:
        lue = edition.lire(Path(depuis)) if depuis else {}
        donnes = avis.lire(Path(avis_donnes or dossier / "relecture.csv"), territoires())
    except ErreurLot as erreur:
        raise ErreurDonnees(str(erreur)) from erreur
    return Relecture(
        annee=annee,
        demonstration=prepare.demonstration,
        provisoire=prepare.provisoire(annee),
        dossier=prepare.dossier,
        sortie=dossier,
        entrees={fiche["code"]: fiche for fiche in fiches},
        passage=contenu,
        edition=lue,
        ancien=Path(depuis),
        avis=donnes,
    )


def lignes(relecture: Relecture) -> dict[str, str]:
    """L'empreinte des lignes de chaque territoire, toutes années : dit qui une révision touche."""
    sommes: dict[str, str] = {}
    for table in (relecture.prepare.totaux(), relecture.prepare.totaux_pays()):
        cles = [nom for nom in table.columns if nom not in ("valeur_eur", "region")]
        triee = table.astype(dict.fromkeys(cles, str)).sort_values(cles)
        for code, siennes in triee[[*cles, "valeur_eur"]].groupby("territoire"):
            texte = sommes.get(code, "") + siennes.to_csv(index=False)
            sommes[code] = sha256(texte.encode())[:12]
    return sommes
