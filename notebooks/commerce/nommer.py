"""Comment un produit et un flux se disent-ils au milieu d'une phrase ?

La grammaire des biens de l'A129 est une donnée (`complement` de `produits_a129.csv`). Les libellés
courts de la CPF4, relus, n'ont ni sigle ni nom propre en tête : ils perdent leur majuscule. Tout
autre libellé vient des douanes et se cite entre guillemets.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from commerce import references
from commerce.redaction import complement, phrase_generale

# « de pierres, de sables et d'argiles », mais « de la pêche et de l'aquaculture ».
REPRISE = re.compile(r"(^|, | et )(?:de (?!la |l')|d')")


@cache
def _complements() -> Mapping[tuple[str, str], str]:
    lus = references.produits_a129()
    cles = zip(lus.index, lus["libelle_court"], strict=True)
    return MappingProxyType(dict(zip(cles, lus["complement"], strict=True)))


@cache
def _detailles() -> frozenset[tuple[str, str]]:
    return frozenset(references.produits_cpf4()["libelle_court"].items())


@cache
def _sujets() -> Mapping[str, str]:
    return MappingProxyType(references.pays()["sujet"].to_dict())


def produit(code: str, libelle: str) -> str:
    """« pierres, sables, argiles et sel » ; `libelle` : le libellé court du tableau."""
    if (code, libelle) in _complements():
        return REPRISE.sub(r"\1", _complements()[code, libelle])
    if (code, libelle) in _detailles():
        return libelle[:1].lower() + libelle[1:]
    return f"«\u00a0{libelle}\u00a0»"


def de_produit(code: str, libelle: str) -> str:
    """« de boissons » ; « du produit « Jeux et jouets » » pour un libellé sans grammaire."""
    connu = _complements().get((code, libelle))
    return connu or phrase_generale("communs.du_produit", produit=libelle)


def echanges(sens: str, code: str, libelle: str) -> str:
    """« les ventes de boissons », « les achats de boissons »."""
    return phrase_generale(f"communs.{sens}_de", produit=de_produit(code, libelle))


def flux(sens: str, code: str, libelle: str, pays: str, nom: str) -> str:
    """« les ventes de boissons vers l'Italie », « les achats de boissons originaires d'Israël ».

    nom : celui d'un partenaire absent de la table des pays.
    """
    sujet = _sujets().get(pays, nom)
    return phrase_generale(
        f"communs.{sens}_avec",
        echanges=echanges(sens, code, libelle),
        pays=sujet,
        du_pays=complement(sujet),
    )
