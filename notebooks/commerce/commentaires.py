"""Quels commentaires signés accompagnent des fiches, et tiennent-ils encore ?

Un commentaire est un fichier `data/commentaires/09.md` : un en-tête TOML entre deux lignes « +++ »,
puis des paragraphes de Markdown, sans HTML. L'en-tête dit qui signe, quand, et sur quels
indicateurs le texte s'appuie, avec leur valeur à l'écriture ; que l'un bouge au-delà de la
tolérance, ou que l'année change, et la fiche paraît sans lui.

`python -m commerce.commentaires 09` remplit ces valeurs d'après le dernier passage ; il commence le
fichier s'il n'y en a pas.
"""

import csv
import html
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from pathlib import Path

import pandas as pd
from markupsafe import Markup, escape

from commerce import ErreurDonnees, chemins, formats, references
from commerce.redaction import mots

BORNE = "+++"
ENTREES = {"auteur": str, "date": date, "tolerance_pct": int | float, "annee": int | str}
FLUX = ("", "export", "import", "solde")
ANNEE = "annee"
NON_SIGNIFICATIF = formats.NON_SIGNIFICATIF
APPUIS = ["indicateur", "flux", "ecrite", "valeur", "ecart_pct", "tient"]
DE_BASE = (("total_eur", "export"), ("total_eur", "import"), ("solde_eur", ""))
PERMIS = frozenset(
    {
        *("paragraph", "text", "emphasis", "strong", "link", "linebreak", "softbreak"),
        *("list", "list_item", "block_text", "blank_line"),
    }
)
REFUSES = {
    **dict.fromkeys(("block_html", "inline_html"), "du HTML"),
    **dict.fromkeys(("block_code", "codespan"), "du code"),
    "heading": "un titre",
    "image": "une image",
    "block_quote": "une citation",
    "thematic_break": "un filet",
}
LIENS = ("https://", "http://", "mailto:")
# « total_eur.export = 772114214 »
APPUI = re.compile(r"^(\s*([a-z0-9_]+)(?:\.([a-z]+))?\s*=\s*)[^#\n]*?(\s*(?:#.*)?)$")


@dataclass(frozen=True)
class Commentaire:
    """Un commentaire lu ; valeurs : (indicateur, flux) -> celle de l'écriture, NaN si « n.s. »."""

    code: str
    auteur: str
    date: date
    tolerance_pct: float
    annee: int | str
    valeurs: dict[tuple[str, str], float]
    texte: str


def fichier(code: str) -> Path:
    """Où serait le commentaire de cette fiche."""
    return chemins.COMMENTAIRES / f"{code}.md"


def verifier() -> None:
    """`ErreurDonnees` si un commentaire est fautif, ou n'est celui d'aucune fiche."""
    lieu = chemins.COMMENTAIRES
    for trouve in sorted(lieu.glob("*.md")) if lieu.is_dir() else ():
        if trouve.stem not in references.territoires():
            raise ErreurDonnees(
                f"{_nom(trouve)} : aucune fiche n'a pour code « {trouve.stem} » ; nommer ce "
                "fichier d'après son code, comme 09.md."
            )
        lire(trouve.stem)


def lire(code: str) -> Commentaire | None:
    """Le commentaire de cette fiche, None si elle n'en a pas.

    Lève `ErreurDonnees`, en une phrase qui nomme le fichier et la ligne, s'il est fautif.
    """
    lieu = fichier(code)
    if not lieu.is_file():
        return None
    tete, texte, debut = _deux_parties(lieu)
    entrees = _entrees(lieu, tete)
    valeurs = entrees.pop("indicateurs")
    _verifier_le_texte(lieu, texte, debut)
    return Commentaire(code=code, valeurs=valeurs, texte=texte, **entrees)


def _deux_parties(lieu: Path) -> tuple[str, str, int]:
    """L'en-tête, le texte, et la ligne où commence celui-ci."""
    try:
        lignes = lieu.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as erreur:
        raise ErreurDonnees(f"{_nom(lieu)} : illisible ; l'enregistrer en UTF-8.") from erreur
    bornes = [rang for rang, ligne in enumerate(lignes) if ligne.strip() == BORNE]
    if len(bornes) < 2 or bornes[0]:
        raise _faute(lieu, 1, f"il faut ici « {BORNE} », et de même après l'en-tête")
    fin = bornes[1]
    texte = formats.INVISIBLES.sub("", "\n".join(lignes[fin + 1 :]))
    return "\n".join(["", *lignes[1:fin]]), texte, fin + 2


def _entrees(lieu: Path, tete: str) -> dict:
    def ligne_de(nom: str) -> int:
        lignes = enumerate(tete.split("\n"), 1)
        return next((n for n, ligne in lignes if re.match(rf"\s*\[?{nom}\b", ligne)), 1)

    try:
        lues = tomllib.loads(tete)
    except tomllib.TOMLDecodeError as erreur:
        ligne = re.search(r"line (\d+)", str(erreur))
        rang = int(ligne[1]) if ligne else tete.count("\n") + 1
        raise _faute(lieu, rang, 'ce n\'est pas du TOML, écrire nom = "texte"') from erreur
    connues = (*ENTREES, "indicateurs")
    for nom in lues.keys() - set(connues):
        raise _faute(lieu, ligne_de(nom), f"« {nom} » n'est pas une entrée : {', '.join(connues)}")
    for nom, genre in ENTREES.items():
        valeur = lues.get(nom)
        if not isinstance(valeur, genre) or isinstance(valeur, bool | datetime) or valeur == "":
            exemple = {"auteur": '"Nom, fonction"', "date": "2026-11-21"}.get(nom, "2")
            exemple = "celle que remplit la commande" if nom == ANNEE else exemple
            raise _faute(lieu, ligne_de(nom), f"il faut {nom} = {exemple}")
    if lues["tolerance_pct"] < 0:
        raise _faute(lieu, ligne_de("tolerance_pct"), "une tolérance n'est pas négative")
    donnees, noms = lues.get("indicateurs"), mots()["classeur"]["indicateurs"]
    valeurs = {}
    for nom, donnee in donnees.items() if isinstance(donnees, dict) else ():
        for flux, valeur in (donnee if isinstance(donnee, dict) else {"": donnee}).items():
            if nom not in noms or flux not in FLUX:
                entier = f"{nom}.{flux}".rstrip(".")
                raise _faute(lieu, ligne_de(nom), f"« {entier} » n'est pas un indicateur")
            if isinstance(valeur, bool) or not isinstance(valeur, int | float):
                if valeur != NON_SIGNIFICATIF:
                    commande = f".venv/bin/python -m commerce.commentaires {lieu.stem}"
                    raise _faute(lieu, ligne_de(nom), f"{nom} est sans valeur, « {commande} »")
                valeur = float("nan")
            valeurs[nom, flux] = valeur
    if not valeurs:
        raise _faute(lieu, ligne_de("indicateurs"), "aucun indicateur sur lequel s'appuyer")
    return {**{nom: lues[nom] for nom in ENTREES}, "indicateurs": valeurs}


def _verifier_le_texte(lieu: Path, texte: str, debut: int) -> None:
    if not texte.strip():
        raise _faute(lieu, debut, "le texte du commentaire est vide")
    if _refuse(texte):
        # Un jeton ne sait pas sa ligne : c'est la première qui, lue, le fait paraître.
        lignes = texte.split("\n")
        debuts = (_refuse("\n".join(lignes[:n])) for n in range(1, len(lignes) + 1))
        rang, quoi = next((rang, quoi) for rang, quoi in enumerate(debuts) if quoi)
        raise _faute(lieu, debut + rang, f"{quoi} n'a pas sa place dans un commentaire")


def _refuse(texte: str) -> str:
    """Ce que ce Markdown ne peut pas contenir, ou ""."""
    for jeton in _jetons(_lecteur("ast")(texte)):
        if jeton["type"] not in PERMIS:
            return REFUSES.get(jeton["type"], "cet élément")
        if jeton["type"] == "link" and not jeton["attrs"]["url"].startswith(LIENS):
            return "un lien qui ne commence pas par https://"
    return ""


def _jetons(jetons: list[dict]) -> Iterator[dict]:
    for jeton in jetons:
        yield jeton
        yield from _jetons(jeton.get("children", []))


def _lecteur(rendu):
    import mistune  # la plupart des fiches n'en ont pas besoin

    return mistune.create_markdown(renderer=rendu)


def en_html(texte: str) -> Markup:
    """Le Markdown d'un commentaire vérifié, en HTML sûr et en typographie française."""
    import mistune

    class Rendu(mistune.HTMLRenderer):
        def text(self, text: str) -> str:
            return str(escape(formats.typographie(html.unescape(text))))

    return Markup(_lecteur(Rendu())(texte))


def appuis(commentaire: Commentaire, annee: int | str, valeurs: pd.DataFrame) -> pd.DataFrame:
    """Ce sur quoi le texte s'appuie a-t-il bougé depuis qu'il est écrit ?

    valeurs : indicateur, flux, valeur (NaN ou None : « n.s. »). Colonnes `APPUIS`, une ligne par
    indicateur, l'année d'abord ; ecart_pct est rapporté à la valeur écrite.
    """
    cles = zip(valeurs["indicateur"], valeurs["flux"], strict=True)
    actuelles = dict(zip(cles, valeurs["valeur"], strict=True))
    lignes = [[ANNEE, "", commentaire.annee, annee, float("nan"), commentaire.annee == annee]]
    for (indicateur, flux), ecrite in commentaire.valeurs.items():
        actuelle = actuelles.get((indicateur, flux))
        actuelle = float("nan") if actuelle is None else actuelle
        ecart = abs(actuelle - ecrite)
        tient = ecart <= abs(ecrite) * commentaire.tolerance_pct / 100
        tient = tient or (isnan(actuelle) and isnan(ecrite))
        ecart_pct = 100 * (actuelle - ecrite) / abs(ecrite) if ecrite else float("nan")
        lignes.append([indicateur, flux, ecrite, actuelle, ecart_pct, tient])
    return pd.DataFrame(lignes, columns=APPUIS)


def remplir(code: str, sortie: Path = chemins.SORTIE) -> str:
    """Écrit dans le commentaire les valeurs du dernier passage, et l'année ; dit ce qui est fait.

    Seules changent les lignes de l'année et des indicateurs. Sans commentaire, en commence un.
    """
    table = sortie / "donnees" / "indicateurs.csv"
    try:
        with table.open(encoding="utf-8", newline="") as lu:
            siennes = [ligne for ligne in csv.DictReader(lu) if ligne["code"] == code]
    except (OSError, KeyError, UnicodeDecodeError):
        siennes = []
    if not siennes:
        raise ErreurDonnees(
            f"Aucune valeur de la fiche {code} dans {table} : lancer d'abord run_all.py {code}."
        )
    actuelles = {(s["indicateur"], s["flux"]): s["valeur"] for s in siennes}
    lieu, annee = fichier(code), siennes[0]["annee"]
    ecrite = annee if annee.isdecimal() else f'"{annee}"'
    if lieu.is_file():
        lignes = lieu.read_text(encoding="utf-8-sig").split("\n")
    else:
        appuis = [f"{nom}.{flux} = 0" if flux else f"{nom} = 0" for nom, flux in DE_BASE]
        tete = ['auteur = ""', f"date = {date.today()}", "tolerance_pct = 2", f"{ANNEE} = {ecrite}"]
        lignes = [BORNE, *tete, "", "[indicateurs]", *appuis, BORNE, "", ""]
    remplis, dedans = 0, False
    for rang, ligne in enumerate(lignes):
        if rang and ligne.strip() == BORNE:
            break
        dedans = ligne.strip() == "[indicateurs]" if ligne.startswith("[") else dedans
        trouve = APPUI.match(ligne)
        cle = (trouve[2], trouve[3] or "") if trouve else None
        if dedans and cle in actuelles:
            valeur = actuelles[cle] or f'"{NON_SIGNIFICATIF}"'
            lignes[rang], remplis = f"{trouve[1]}{valeur}{trouve[4]}", remplis + 1
        elif not dedans and cle == (ANNEE, ""):
            lignes[rang] = f"{trouve[1]}{ecrite}{trouve[4]}"
    lieu.parent.mkdir(parents=True, exist_ok=True)
    lieu.write_text("\n".join(lignes), encoding="utf-8")
    return f"{_nom(lieu)} : {formats.quantite(remplis, 'indicateur')} de {annee}, à relire."


def _nom(lieu: Path) -> str:
    return f"{lieu.parent.name}/{lieu.name}"


def _faute(lieu: Path, ligne: int, quoi: str) -> ErreurDonnees:
    return ErreurDonnees(f"{_nom(lieu)}, ligne {ligne} : {quoi} ; corriger cette ligne.")


def main(arguments: list[str] | None = None) -> int:
    """Ligne de commande : 0 c'est fait, 2 refus, en une phrase."""
    codes = sys.argv[1:] if arguments is None else arguments
    try:
        if not codes:
            raise ErreurDonnees("De quelle fiche ? « -m commerce.commentaires 09 ».")
        for code in codes:
            print(remplir(references.departement(code).code))
    except (ErreurDonnees, OSError) as erreur:
        print(erreur, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
