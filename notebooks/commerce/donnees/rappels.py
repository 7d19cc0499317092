"""Que doit rappeler la fin d'un passage ? Ce qui n'arrête rien et qu'il faut savoir."""

from collections.abc import Iterable

from commerce.donnees import controles, territoires_industrie
from commerce.donnees.controles import Controle
from commerce.donnees.prepare import Prepare


def tous(
    prepare: Prepare, annee: int, refus: Iterable[Controle], codes: list[str]
) -> tuple[str, ...]:
    """Une phrase par point, chacune une fois.

    refus : les contrôles bloquants malgré lesquels on publie ; codes : ceux des fiches demandées.
    """
    faits = controles.controler(prepare, annee)
    malgre = [f"publié malgré un contrôle bloquant : {controle.phrase}" for controle in refus]
    dits = [f"{annee} : {c.phrase}" for c in faits if not c.reussi and not c.bloquant]
    dits += _territoires_inconnus(prepare, codes)
    return tuple(dict.fromkeys([*malgre, *controles.avertissements(prepare), *dits]))


def _territoires_inconnus(prepare: Prepare, codes: list[str]) -> list[str]:
    """Pour combien de fiches la liste des Territoires d'industrie manque-t-elle ? Et le remède."""
    liste = prepare.territoires_industrie()
    sans = [code for code in codes if not territoires_industrie.principaux(code, liste).connus]
    if not sans:
        return []
    fiches = "1 fiche" if len(sans) == 1 else f"{len(sans)} fiches"
    return [
        f"Territoires d'industrie non nommés sur {fiches}, sans page à eux : déposer dans "
        "data/source la liste des communes de l'ANCT, ou « .venv/bin/python -m "
        "commerce.telechargement »."
    ]
