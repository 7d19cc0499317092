"""Où en est le lot ? Une barre dans un terminal, une ligne par page ailleurs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .lot import Page

FORMAT = "{desc} {percentage:3.0f} % |{bar}| {n_fmt}/{total_fmt}{postfix} [reste {remaining}]"


def secondes(duree_s: float) -> str:
    """Durée telle qu'on la lit en français : « 0,8 s »."""
    return f"{duree_s:.1f} s".replace(".", ",")


def duree_page_s(resultat: dict) -> float:
    """Temps passé sur une page, toutes étapes comprises."""
    return sum(resultat.get("durees_s", {}).values())


class Avancement:
    """Compte ce qui est fait, en échec, repris, et retient la page la plus lente."""

    def __init__(self, flux=None):
        self.flux = flux or sys.stderr
        self.plus_lente = ("", 0.0)

    @contextmanager
    def suivre(
        self, total: int, reprises: int, quoi: str = "Fiches"
    ) -> Iterator[Callable[[Page, dict], None]]:
        """Donne la fonction à appeler après chaque page faite, tant que dure le suivi."""
        if total == reprises:
            yield lambda page, resultat: None
            return
        afficher, fermer = (
            self._barre(total, reprises, quoi) if self.flux.isatty() else self._lignes(total)
        )
        comptes = {"executee": 0, "echec": 0, "reprise": reprises}

        def avancer(page: Page, resultat: dict) -> None:
            comptes[resultat["statut"]] += 1
            self.plus_lente = max(
                self.plus_lente, (page.nom, duree_page_s(resultat)), key=lambda lente: lente[1]
            )
            afficher(page, resultat, comptes)

        try:
            yield avancer
        finally:
            fermer()

    def _barre(self, total: int, reprises: int, quoi: str):
        from tqdm import tqdm

        barre = tqdm(
            total=total,
            initial=reprises,
            file=self.flux,
            bar_format=FORMAT,
            desc=quoi,
            leave=False,
        )

        def afficher(page: Page, resultat: dict, comptes: dict[str, int]) -> None:
            if resultat["statut"] == "echec":
                barre.write(f"Échec {page.code} {page.nom} : {resultat['erreur']}", file=self.flux)
            nom, duree_s = self.plus_lente
            etat = [f"faites {comptes['executee']}", f"échecs {comptes['echec']}"]
            etat += [f"reprises {comptes['reprise']}"] if comptes["reprise"] else []
            etat += [f"plus lente : {nom} {secondes(duree_s)}"]
            barre.set_postfix_str(" · ".join(etat), refresh=False)
            barre.update()

        return afficher, barre.close

    def _lignes(self, total: int):
        largeur = len(str(total))

        def afficher(page: Page, resultat: dict, comptes: dict[str, int]) -> None:
            rang = f"[{sum(comptes.values()):{largeur}}/{total}] {page.code} {page.nom}"
            if resultat["statut"] == "echec":
                suite = f"échec : {resultat['erreur']}"
            else:
                suite = f"faite en {secondes(duree_page_s(resultat))}"
            print(f"{rang} : {suite}", file=self.flux, flush=True)

        return afficher, lambda: None
