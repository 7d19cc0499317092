"""Qu'est-ce qui a fait chaque page, de quoi, avec quoi, en combien de temps ?

`journal.json` décrit le dernier passage (options, sources, versions, commit), puis chaque fiche
présente dans le dossier, y compris celles d'un passage antérieur : `passage` dit lequel, et
`passages_anterieurs` garde ce qu'il faut savoir de ceux qui comptent encore.
"""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from .empreintes import sha256_fichier, versions
from .lot import Lot, Page
from .sortie import Sortie, ecrire

NOM = re.compile(r"[a-z0-9][a-z0-9.-]*")
FORME = {"code": str, "slug": str, "nom": str, "passage": str, "statut": str, "causes": dict}
FORME_PUBLIEE = {"sha256_html": str, "fichiers": dict, "fiche": dict, "alertes": list}
FORME_CHIFFRE = {"indicateur": str, "flux": str, "valeur": int | float | str | None}
SANS_REPRISE = (
    *("etat", "fin", "duree_s", "fiches", "annexes", "passages_anterieurs", "changements"),
    "controle",
)


class Journal:
    """Journal d'un passage, écrit entier à chaque étape."""

    def __init__(self, sortie: Sortie, passage: dict, fiches: dict[str, dict], precedent: dict):
        self.sortie = sortie
        self.passage = passage
        self.fiches = fiches
        self.annexes: dict[str, dict] = dict(precedent.get("annexes", {}))
        self.changements: dict = {}
        self.controle: dict = {}
        self.anterieurs = {
            **precedent.get("passages_anterieurs", {}),
            **({precedent["debut"]: _essentiel(precedent)} if precedent else {}),
        }

    def noter(
        self, entrees: dict[str, dict], page: Page, causes: dict[str, str], resultat: dict
    ) -> None:
        """Ajoute ou remplace une entrée (fiche ou annexe), puis écrit le journal."""
        entrees[page.code] = {
            **_identite(page),
            "passage": self.passage["debut"],
            "causes": causes,
            **resultat,
        }
        self.ecrire("en cours")

    def constat(self) -> str:
        """Ce qu'une page d'ensemble peut dire des fiches : ni durée, ni date, ni reprise."""
        dits = ("erreur", "alertes", "sha256_html")
        constats = [
            [code, fiche["statut"] == "echec", *(fiche.get(nom) for nom in dits)]
            for code, fiche in sorted(self.fiches.items())
        ]
        return json.dumps(constats)

    def ecrire(self, etat: str) -> None:
        """Écrit le journal entier ; `etat` : en cours, terminé ou interrompu.

        Tant qu'il est en cours, rien n'y distingue une page faite d'une page reprise : les annexes
        le lisent alors, et leurs octets ne doivent pas dépendre des passages précédents.
        """
        fin = maintenant()
        cites = {fiche["passage"] for fiche in [*self.fiches.values(), *self.annexes.values()]}
        contenu = {
            **self.passage,
            "etat": etat,
            "fin": fin,
            "duree_s": _ecart_s(self.passage["debut"], fin),
            "fiches": [self.fiches[code] for code in sorted(self.fiches)],
            "annexes": self.annexes,
            "changements": self.changements,
            "controle": self.controle,
            "passages_anterieurs": {
                debut: passage for debut, passage in self.anterieurs.items() if debut in cites
            },
        }
        # En retrait, il faut quatre fois plus de temps pour l'écrire : à la fin seulement.
        retrait = 1
        if etat == "en cours":
            retrait = None
        else:
            contenu["fiches"] = [self._dite(fiche) for fiche in contenu["fiches"]]
            contenu["annexes"] = {code: self._dite(a) for code, a in self.annexes.items()}
        texte = json.dumps(contenu, ensure_ascii=False, indent=retrait)
        ecrire(self.sortie.journal, texte + "\n", sur_le_disque=etat != "en cours")

    def _dite(self, entree: dict) -> dict:
        """L'entrée telle qu'un lecteur l'attend : une page d'un passage antérieur est reprise.

        `page_perimee` dit d'un échec que la page d'un passage précédent est restée en place.
        """
        if entree["statut"] == "echec":
            perimee = self.sortie.page(entree["slug"]).is_file()
            return {**entree, "page_perimee": True} if perimee else entree
        faite = entree["passage"] == self.passage["debut"]
        return entree if faite else {**entree, "statut": "reprise"}


def lire(chemin: Path) -> dict:
    """Journal du passage précédent, ou {} s'il n'y en a pas de lisible : tout sera refait.

    Une entrée qui n'a pas la forme d'une entrée est oubliée : sa page sera refaite.
    """
    try:
        contenu = json.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(contenu, dict) or not isinstance(contenu.get("debut"), str):
        return {}
    fiches, annexes, anterieurs = (
        valeur if isinstance(valeur := contenu.get(nom), forme) else forme()
        for nom, forme in (("fiches", list), ("annexes", dict), ("passages_anterieurs", dict))
    )
    return {
        **contenu,
        "fiches": [_faite(entree) for entree in fiches if saine(entree)],
        "annexes": {code: _faite(entree) for code, entree in annexes.items() if saine(entree)},
        "passages_anterieurs": anterieurs,
    }


def _faite(entree: dict) -> dict:
    """L'entrée sans l'histoire : une page reprise est une page faite par un passage antérieur."""
    return {**entree, "statut": "executee"} if entree["statut"] == "reprise" else entree


def saine(entree: object) -> bool:
    """Est-ce bien une entrée, et ne nomme-t-elle que des fichiers du lot ?"""
    if not _a_la_forme(entree, FORME) or not NOM.fullmatch(entree["slug"]):
        return False
    if entree["statut"] == "echec":
        return isinstance(entree.get("erreur"), str)
    return (
        entree["statut"] in ("executee", "reprise")
        and _a_la_forme(entree, FORME_PUBLIEE)
        and isinstance(filles := entree.get("filles", {}), dict)
        and all(NOM.fullmatch(nom) for nom in (*entree["fichiers"], *filles))
        and ("annee" in entree["fiche"] or not entree["fiche"].get("indicateurs"))
        and isinstance(chiffres := entree["fiche"].get("indicateurs", []), list)
        and all(_a_la_forme(chiffre, FORME_CHIFFRE) for chiffre in chiffres)
        and all(isinstance(alerte, str) for alerte in entree["alertes"])
    )


def _a_la_forme(valeur: object, forme: dict) -> bool:
    return isinstance(valeur, dict) and all(
        isinstance(valeur.get(nom), type_attendu) for nom, type_attendu in forme.items()
    )


def fiches_intactes(precedent: dict, sortie: Sortie) -> dict[str, dict]:
    """Fiches du passage précédent dont la page est encore, octet pour octet, celle du journal."""
    return {
        fiche["code"]: fiche
        for fiche in precedent.get("fiches", [])
        if intacte(fiche, sortie) or fiche["statut"] == "echec"
    }


def intacte(fiche: dict, sortie: Sortie) -> bool:
    """La page décrite est-elle sur le disque, avec sa preuve, ses fichiers et ses filles ?"""
    joints, filles = (fiche.get(nom, {}).items() for nom in ("fichiers", "filles"))
    return (
        fiche["statut"] != "echec"
        and sortie.carnet(fiche["slug"]).is_file()
        and sha256_fichier(sortie.page(fiche["slug"])) == fiche["sha256_html"]
        and all(sha256_fichier(sortie.fichier(nom)) == empreinte for nom, empreinte in joints)
        and all(sha256_fichier(sortie.page(nom)) == empreinte for nom, empreinte in filles)
    )


def passage(lot: Lot) -> dict:
    """Ce que le journal dit du passage lui-même."""
    return {
        "debut": maintenant(),
        **lot.passage,
        "donnees": lot.donnees,
        "versions": versions(lot.bibliotheques),
        **_commit(next(iter(lot.pages)).modele.carnet.parent),
    }


def maintenant() -> str:
    """Instant présent, en temps universel."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _identite(page: Page) -> dict:
    return {
        "code": page.code,
        "slug": page.slug,
        "nom": page.nom,
        "parametres": page.parametres,
    }


def _essentiel(journal: dict) -> dict:
    return {nom: valeur for nom, valeur in journal.items() if nom not in SANS_REPRISE}


def _ecart_s(debut: str, fin: str) -> float:
    ecart = datetime.fromisoformat(fin) - datetime.fromisoformat(debut)
    return round(ecart.total_seconds(), 3)


def _commit(dossier: Path) -> dict:
    """Commit du projet, et s'il a été modifié depuis ; vide hors d'un dépôt git."""

    def git(*arguments: str) -> str:
        resultat = subprocess.run(
            ["git", *arguments], cwd=dossier, capture_output=True, text=True, check=True
        )
        return resultat.stdout.strip()

    try:
        modifie = bool(git("status", "--porcelain", "--untracked-files=no"))
        return {"commit": git("rev-parse", "HEAD"), "commit_modifie": modifie}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "", "commit_modifie": False}
