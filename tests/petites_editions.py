"""Un passage écrit à la main : pages, preuves, journal, sans noyau ni données."""

import json
from pathlib import Path

from fabrique.empreintes import sha256
from fabrique.sortie import Sortie, ecrire

COMMUNES = {"code": "c0", "données": "d0", "paramètres": "p0"}


def page(code: str, corps: str) -> str:
    """Une page qui a cette forme : en-tête, corps, pied."""
    tete = "<head><style>h1 { color: teal; }</style></head>"
    titre = f'<header><h1 id="titre">{code}</h1></header>'
    return f"{tete}<body>{titre}<main>{corps}</main><footer></footer>"


def passage(
    dossier: Path, pages: dict[str, str], index: str = "", filles=None, **communes
) -> Sortie:
    """Écrit un passage : le HTML de chaque page par code ; `communes` : causes changées.

    filles : le HTML des pages que fait aussi le carnet des mentions, par nom.
    """
    sortie = Sortie(dossier)
    for sous_dossier in sortie.dossiers():
        sous_dossier.mkdir(parents=True, exist_ok=True)
    entrees = {code: _entree(sortie, code, html, communes) for code, html in pages.items()}
    annexes = {"index": _entree(sortie, "index", index or page("index", ""), communes)}
    # Une page sans données (les mentions légales) n'a pas d'année.
    annexes["mentions"] = _entree(sortie, "mentions", page("mentions", ""), communes)
    annexes["mentions"]["fiche"] = {}
    for nom, html in (filles or {}).items():
        ecrire(sortie.page(nom), html)
        annexes["mentions"].setdefault("filles", {})[nom] = sha256(html.encode())
    contenu = {
        "debut": "2026-01-01T00:00:00.000+00:00",
        "sources": [{"nom": "douanes.zip", "sha256": communes.get("données", "d0")}],
        "versions": {"python": "3"},
        "fiches": list(entrees.values()),
        "annexes": annexes,
    }
    ecrire(sortie.journal, json.dumps(contenu))
    lignes = "".join(f"{code},2024,total_eur,export,1\n" for code in pages)
    ecrire(sortie.indicateurs, "code,annee,indicateur,flux,valeur\n" + lignes)
    return sortie


def _entree(sortie: Sortie, code: str, html: str, communes: dict[str, str]) -> dict:
    slug = code if code in ("index", "mentions") else f"{code}-page"
    classeur = f"fiche-{slug}.xlsx"
    html = html.replace(
        "<footer>", f'<footer><p class="classeur"><a href="../donnees/{classeur}">x</a></p>'
    )
    ecrire(sortie.page(slug), html)
    ecrire(sortie.carnet(slug), "{}")
    ecrire(sortie.fichier(classeur), f"classeur {code}")
    return {
        "code": code,
        "slug": slug,
        "nom": code,
        "passage": "2026-01-01T00:00:00.000+00:00",
        "statut": "executee",
        "erreur": "",
        "causes": COMMUNES | communes,
        "sha256_html": sha256(html.encode()),
        "fichiers": {classeur: sha256(f"classeur {code}".encode())},
        "fiche": {"annee": 2024, "jeu": "demonstration", "nomenclature": "A129", "indicateurs": []},
        "alertes": [],
    }


def avis(sortie: Sortie, codes: str, dit: str = "vu", separateur: str = ";") -> Path:
    """Écrit relecture.csv : cet avis sur les pages d'aujourd'hui de ces codes."""
    fiches = json.loads(sortie.journal.read_text(encoding="utf-8"))["fiches"]
    lignes = [["code", "sha256", "avis", "relecteur", "date", "note"]]
    lignes += [
        [fiche["code"], fiche["sha256_html"], dit, "L. Relecteur", "2026-01-02", ""]
        for fiche in fiches
        if fiche["code"] in codes.split()
    ]
    chemin = sortie.racine / "relecture.csv"
    chemin.write_text("\n".join(map(separateur.join, lignes)) + "\n", encoding="utf-8")
    return chemin


def octets(dossier: Path) -> dict[str, bytes]:
    """Tous les fichiers d'un dossier, par chemin."""
    return {
        str(chemin.relative_to(dossier)): chemin.read_bytes()
        for chemin in sorted(dossier.rglob("*"))
        if chemin.is_file()
    }
