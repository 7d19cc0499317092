"""Que devient la page d'avant quand une page échoue ? Et quand tout échoue pareil ?

Une page qui échoue seule perd sa page d'avant : elle serait lue comme à jour, sauf si l'échec est
celui du passage et non de la page (noyau mort, données changées). Trois échecs
identiques de suite disent autre chose : le modèle, les données ou la machine sont en cause, les
autres pages échoueraient aussi. Le lot s'arrête, et ce qui était publié le reste.
"""

import re
from contextlib import suppress

from . import joints
from .lot import Page
from .sortie import Sortie

DE_SUITE_MAX = 3


class EchecsDeSuite:
    """Les échecs identiques en cours ; à employer avec `with`. `arret` dit pourquoi s'arrêter."""

    def __init__(self, sortie: Sortie):
        self.sortie = sortie
        self.arret = ""
        self._motif = ""
        self._nombre = 0
        self._a_retirer: list[Page] = []

    def noter(self, page: Page, resultat: dict, garder: bool) -> None:
        """Tient compte d'une page finie ; retire les pages d'avant quand la suite se rompt.

        garder : l'échec ne dit rien contre la page d'avant, qui reste dans tous les cas.
        """
        echec = resultat["statut"] == "echec"
        motif = _sans_identite(resultat["erreur"], page) if echec else ""
        if motif != self._motif:
            self._retirer()
        self._motif = motif
        self._nombre += echec
        self._a_retirer += [page] if echec and not garder else []
        if self._nombre >= DE_SUITE_MAX:
            self.arret = (
                f"trois échecs identiques de suite ({resultat['erreur']}), les pages déjà publiées "
                "sont laissées telles quelles"
            )

    def _retirer(self) -> None:
        for page in self._a_retirer:
            with suppress(OSError):
                joints.retirer(page.slug, self.sortie, page.filles)
        self._nombre, self._a_retirer = 0, []

    def __enter__(self) -> "EchecsDeSuite":
        return self

    def __exit__(self, *_) -> None:
        if not self.arret:
            self._retirer()


def _sans_identite(erreur: str, page: Page) -> str:
    """Le motif sans ce qui nomme la page, pour que deux pages puissent avoir le même."""
    noms = "|".join(re.escape(nom) for nom in (page.slug, page.nom, page.code) if nom)
    return re.sub(rf"\b(?:{noms})\b", "…", erreur)
