"""De petites fiches écrites à la main : une vraie `Fiche`, sans dossier préparé."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from petits_reperes import lignes, reperes

from commerce import references
from commerce.annee import Annee
from commerce.donnees.fiche import Fiche
from commerce.donnees.reperes import Reperes
from commerce.donnees.territoires_industrie import Principaux


@dataclass(frozen=True, eq=False)
class PetiteFiche(Fiche):
    """Une fiche dont les repères viennent de quelques lignes, quand on les demande."""

    calculer: Callable[[], Reperes]
    assez: bool = False

    def significatif(self, sens: str, echelle: str = "departement") -> bool:
        """La règle, ou vrai pour des montants d'essai (`assez`)."""
        return self.assez or super().significatif(sens, echelle)

    @cached_property
    def reperes(self) -> Reperes:
        """Les repères de ces lignes."""
        return self.calculer()

    @property
    def passe_outre(self) -> tuple[str, ...]:
        """Sans dossier préparé, aucun contrôle en échec."""
        return ()

    @property
    def exceptions(self) -> list[dict]:
        """Ni aucune ligne admise par exception."""
        return []

    @property
    def sources(self) -> list[dict]:
        """Aucun fichier n'a été lu."""
        return []


# Des échanges d'un autre territoire que ceux des essais : aucun tableau n'est vide.
AILLEURS = (("export", 1, "77", "C28D", "DE", 1), ("import", 1, "77", "C28D", "DE", 1))


def petite_fiche(code: str, *contenu, repere: Reperes | None = None, **champs) -> PetiteFiche:
    """La fiche de ces lignes (voir `petits_reperes.lignes`) ; `champs` : ceux de `Fiche`."""
    territoire = references.departement(code)
    contenu = contenu or AILLEURS
    table = lignes(*contenu).rename(columns={"a129": "produit"})
    valeurs = {
        "annee": repere.annee if repere else Annee(2024),
        "demonstration": False,
        "provisoire": False,
        "dossier": Path("a-la-main"),
        "nomenclature": "A129",
        "echanges": table[table["territoire"].isin(territoire.composants)],
        "echanges_region": table[table["region"] == territoire.region.code],
        "echanges_france": table,
        "produits": references.produits_a129(),
        "pays": references.pays(),
        "territoires_industrie": Principaux([], [], True),
    }
    calculer = (lambda: repere) if repere else partial(reperes, *contenu)
    return PetiteFiche(departement=territoire, calculer=calculer, **valeurs | champs)


def simple(texte: str, balise: str = " ") -> str:
    """Ce que le lecteur lit : chaque balise remplacée, toutes les espaces ordinaires."""
    lu = html.unescape(re.sub(r"<[^>]+>", balise, str(texte)))
    return lu.replace("\u00a0", " ").replace("\u202f", " ")
