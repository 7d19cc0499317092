"""Que faut-il savoir d'une année avant de la publier ? Faits mesurés pendant la préparation.

Ils sont gardés dans `meta.json`, sans un mot ; `controles` en fait des phrases et décide de ce qui
bloque.
"""

import numpy as np
import pandas as pd

from commerce import references
from commerce.donnees import admissions, couples
from commerce.donnees.colonnes import Annee, Axe, cle, sommes
from commerce.donnees.exceptions import Motif


def mesurer(
    axes: dict[str, Axe],
    mesures: dict[str, np.ndarray],
    rangee: Annee,
    libelles: dict[str, dict[str, str]],
    motifs: list[Motif],
    reparees: list[dict],
) -> dict:
    """Quels faits retenir d'une année ? Dictionnaire prêt pour JSON.

    `libelles` : libellés des douanes valables cette année-là, par nomenclature, pour nommer les
    codes absents des tables de référence. `motifs` : les exceptions ; `reparees` : les lignes
    qu'elles ont déjà admises à la lecture. `exceptions_a_ecrire` est seul à porter des codes des
    douanes.
    """
    refusees = admissions.fautes(axes, mesures)
    refusees, admises = admissions.admettre(motifs, axes, mesures, refusees)
    negatifs = {nom: (valeurs < 0) & refusees.negatifs for nom, valeurs in mesures.items()}
    return {
        "lignes": len(mesures["valeur_eur"]),
        "doublons": rangee.doublons,
        "negatifs": {nom: int(masque.sum()) for nom, masque in negatifs.items()},
        "absents": sorted(set(references.departements()) - set(axes["territoire"].codes)),
        "rattachements_inattendus": _codes(axes["territoire"], refusees.rattachements),
        "exceptions": reparees + admises,
        "exceptions_a_ecrire": admissions.a_ecrire(axes, mesures, refusees),
        "zeros_perdus": [code for code in axes["departement"].codes if len(code) == 1],
        "produits_ambigus": produits_ambigus(axes),
        "non_classes": non_classes(rangee.totaux_pays),
        "codes_inconnus": {
            nom: _inconnus(axes[nom], mesures["valeur_eur"], connus, libelles.get(nom, {}))
            for nom, connus in _connus().items()
        },
    }


def _connus() -> dict[str, set[str]]:
    hors = references.hors_departements().index
    return {
        "territoire": set(references.departements()) | set(hors),
        "a129": set(references.produits_a129().index),
        "cpf4": set(references.produits_cpf4().index),
        "pays": set(references.pays().index),
    }


def _inconnus(axe: Axe, valeur_eur: np.ndarray, connus: set[str], libelles: dict) -> dict:
    if not set(axe.codes) - connus:
        return {}
    montants = sommes({"code": axe}, {"valeur_eur": valeur_eur})
    return {
        code: {"libelle": libelles.get(code, ""), "valeur_eur": int(montant)}
        for code, montant in zip(montants["code"], montants["valeur_eur"], strict=True)
        if code not in connus
    }


def _couples(premier: Axe, second: Axe) -> list[tuple[str, str]]:
    presents = np.unique(cle([premier, second]))
    lignes, colonnes = np.divmod(presents, len(second.codes))
    return [(premier.codes[i], second.codes[j]) for i, j in zip(lignes, colonnes, strict=True)]


def _codes(territoires: Axe, lignes: np.ndarray) -> list[str]:
    """Les territoires de ces lignes."""
    return sorted({territoires.codes[rang] for rang in np.unique(territoires.rangs[lignes])})


def produits_ambigus(axes: dict[str, Axe]) -> list[str]:
    """Quels produits CPF4 appartiennent à plusieurs produits A129 ? « 3030 (C30C, C30D) »."""
    parents: dict[str, list[str]] = {}
    for cpf4, a129 in _couples(axes["cpf4"], axes["a129"]):
        parents.setdefault(cpf4, []).append(a129)
    return [f"{code} ({', '.join(a)})" for code, a in parents.items() if len(a) > 1]


def non_classes(totaux_pays: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Combien d'euros échangés avec des partenaires qui ne sont pas des pays, par flux ?"""
    pays, montants = totaux_pays["pays"].cat, totaux_pays["valeur_eur"]
    autres = ~couples.classables(pays.categories.to_series()).to_numpy()[pays.codes]
    return {
        flux: {
            "valeur_eur": int(montants[du_flux & autres].sum()),
            "total_eur": int(montants[du_flux].sum()),
        }
        for flux in ("export", "import")
        for du_flux in [totaux_pays["flux"].eq(flux)]
    }
