"""Comment dire ce que la préparation a laissé de côté ou remplacé ?

Elle garde des faits, dans `meta.json` : une clé et ce qu'il faut pour la dire. Les mots sont dans
`mots.toml`, sections [donnees.remarques] et [donnees.revisions] ; ils ne sont mis qu'à la lecture,
pour qu'une phrase retouchée ne fasse pas préparer les données de nouveau.
"""

from collections.abc import Mapping

from commerce.donnees.periodes import Periode
from commerce.donnees.prepare import Prepare
from commerce.redaction import brute


def dire(remarque: Mapping) -> str:
    """La phrase d'une remarque : `cle`, et les valeurs de ses accolades."""
    return brute(f"donnees.remarques.{remarque['cle']}", **_valeurs(remarque))


def raison(ecart: Mapping) -> str:
    """Pourquoi un fichier l'emporte-t-il sur un autre (`millesimes.departager`) ?"""
    return brute(f"donnees.revisions.{ecart['raison']}")


def perte(ecart: Mapping) -> str:
    """Qu'est-ce qu'une révision ferait disparaître ? L'écart a une `perte`."""
    return brute(f"donnees.revisions.{ecart['perte']['cle']}", **_valeurs(ecart["perte"]))


def _valeurs(remarque: Mapping) -> dict:
    return {nom: valeur for nom, valeur in remarque.items() if nom != "cle"}


def toutes(prepare: Prepare) -> list[str]:
    """Ce qui a été ignoré, remplacé ou reste provisoire, une phrase par point."""
    par_fichiers: dict[tuple[str, str, str], list[str]] = {}
    for e in prepare.meta["ecarts"]:
        cle = (e["ecarte"], e["retenu"], raison(e))
        par_fichiers.setdefault(cle, []).append(str(Periode(e["annee"], e["trimestre"], e["flux"])))
    revisions = [
        {"cle": "revision", "ecarte": ecarte, "retenu": retenu, "raison": dite}
        | {"periodes": ", ".join(periodes)}
        for (ecarte, retenu, dite), periodes in par_fichiers.items()
    ]
    provisoires = [
        {"cle": "provisoire", "nom": fichier["nom"]}
        for fichier in prepare.meta["fichiers"]
        if fichier["provisoire"]
    ]
    return [dire(r) for r in (*prepare.meta["remarques"], *revisions, *provisoires)]
