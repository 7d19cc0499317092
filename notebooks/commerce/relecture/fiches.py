"""Que relire, dans quel ordre, et où en est chaque fiche ? Le plus grave d'abord, tout est lié."""

import base64
import csv
import io
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, notice
from commerce.redaction import Texte, assembler, balise, liste, mots, repli
from commerce.references import territoires
from commerce.relecture.alertes import DONNEES, GRAVE
from commerce.relecture.changements import ANNEE, GENRES, sources
from commerce.relecture.lecture import Relecture, lignes, phrase
from commerce.relecture.pages import lire_page
from fabrique import avis

DITS_D_ABORD = 3
AVANT_APRES_MAX = 20
# La première suite se lit une fiche après l'autre, les autres d'un coup.
SUITES = ("a_lire", "region", "france", "mots", "allure", "faites")


def style() -> notice.Habillage:
    """L'apparence de la page."""
    return notice.style(Path(__file__).with_name("relecture.css"))


def script() -> notice.Habillage:
    """Les avis se donnent dans la page ; sans lui, dans un tableur."""
    return notice.script(Path(__file__).with_name("relecture.js"))


def tableau(relecture: Relecture, points: pd.DataFrame, changees: pd.DataFrame) -> pd.DataFrame:
    """Que relire, dans quel ordre ? points : voir `alertes` ; changees : voir `changements`.

    Index code ; colonnes suite (voir `SUITES`), etat, genre, touchee, gravite (0 à 3), ampleur.
    """
    propres = points[points["code"] != ""].groupby("code")[["gravite", "ampleur"]].max()
    genres = changees.set_index("code")
    rangees = []
    for code in relecture.entrees:
        etat, gravite = relecture.etat(code), propres["gravite"].get(code, 0)
        genre, touchee = (genres[nom].get(code, "") for nom in ("genre", "touchee"))
        suite = "a_lire"
        if etat in ("vu", "publiee"):
            suite = "faites"
        elif gravite < GRAVE and etat == "a_voir" and genre in ("mots", "allure"):
            suite = genre
        elif gravite < GRAVE and etat == "a_voir" and genres["causes"].get(code) == [DONNEES]:
            suite = touchee if touchee in SUITES else suite
        ampleur = propres["ampleur"].get(code, 0)
        rangees.append([code, suite, etat, genre, touchee, gravite, ampleur])
    colonnes = ["code", "suite", "etat", "genre", "touchee", "gravite", "ampleur"]
    table = pd.DataFrame(rangees, columns=colonnes).assign(
        reprise=lambda t: t["etat"] == "a_reprendre"
    )
    ordre = ["gravite", "reprise", "ampleur", "code"]
    triee = table.sort_values(ordre, ascending=[False, False, False, True])
    return triee.set_index("code").drop(columns="reprise")


def entete(relecture: Relecture, suivi: pd.DataFrame, changees: pd.DataFrame) -> notice.Entete:
    """Combien reste-t-il à lire, comparé à quoi ? suivi : voir `tableau`."""
    effectifs = suivi["suite"].value_counts().reindex(SUITES, fill_value=0)
    a_lire = formats.quantite(int(effectifs["a_lire"]), *mots()["relecture"]["fiche"])
    comptes = {"groupees": effectifs.iloc[1:-1].sum(), "faites": effectifs["faites"]}
    html = assembler(
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", phrase("sous_titre", annee=relecture.annee), "sous-titre"),
        balise("p", relecture.source, "mention-demonstration") if relecture.mention else "",
        balise("p", phrase("comptes", a_lire=a_lire, **comptes)),
        balise("p", comparaison(relecture, changees)),
    )
    identite = {
        "code": relecture.slug,
        "slug": relecture.slug,
        "nom": phrase("titre"),
        "titre": f"{phrase('titre')} ({relecture.annee})",
        "annee": relecture.annee.valeur,
        "jeu": "demonstration" if relecture.demonstration else "reelles",
        "mention": relecture.mention,
        "alertes": [],
        "accueil": "../html/index.html",
        "lignes": lignes(relecture),
    }
    return notice.Entete(str(html), identite)


def comparaison(relecture: Relecture, changees: pd.DataFrame) -> str:
    """À quelle édition ce passage se compare-t-il, et qu'est-ce qui les sépare ?"""
    if not relecture.edition:
        return phrase("comparaison.sans")
    causes = {cause for causes in changees["causes"] for cause in causes}
    dites = [
        phrase(f"comparaison.{sort}", fichiers=", ".join(noms))
        for sort, noms in sources(relecture).items()
        if noms
    ]
    if programme := sorted(causes - {DONNEES, ANNEE}):
        dites.append(phrase("comparaison.programme", causes=", ".join(programme)))
    if ANNEE in causes:
        annees = {str(ancienne["fiche"]["annee"]) for ancienne in relecture.anciennes.values()}
        avant = ", ".join(sorted(annees))
        dites.append(phrase("comparaison.annee", avant=avant, annee=relecture.annee))
    effectifs = changees["genre"].value_counts()
    compte = ", ".join(
        formats.quantite(int(effectifs[genre]), *mots()["relecture"]["genres"][genre])
        for genre in GENRES
        if genre in effectifs
    )
    dites = dites or [phrase("comparaison.rien")]
    return phrase("comparaison.dit", causes=" ".join(dites), compte=compte)


def lien(relecture: Relecture, code: str, texte: str = "", ancre: str = "") -> Markup:
    """Un lien vers la fiche, à l'endroit dont on parle ; son nom seul si elle n'a pas de page."""
    nom = texte or territoires()[code].nom
    if code not in relecture.publiees:
        return Markup("{}").format(nom)
    adresse = f"../html/{relecture.entrees[code]['slug']}.html" + (f"#{ancre}" if ancre else "")
    return Markup('<a href="{}">{}</a>').format(adresse, nom)


def etiquette(gravite: int) -> Markup:
    """Le mot d'une gravité, de 1 à 3 ; rien pour zéro."""
    dit = mots()["relecture"]["gravites"][gravite - 1] if gravite else ""
    return Markup('<b class="gravite gravite-{}">{}</b> ').format(gravite, dit) if dit else Markup()


def d_abord(relecture: Relecture, points: pd.DataFrame, suivi: pd.DataFrame) -> Texte:
    """Ce qui ne peut pas attendre, le plus grave d'abord : les données, puis les fiches à lire."""
    faites = suivi.index[suivi["suite"] == "faites"]
    graves = points[(points["gravite"] >= GRAVE) | (points["code"] == "")]
    graves = graves.sort_values("gravite", ascending=False, kind="stable")
    dits = [
        etiquette(point.gravite)
        + (lien(relecture, point.code, ancre=point.ancre) + ", " if point.code else Markup())
        + Markup("{} : {}").format(point.titre, point.texte)
        for point in graves[~graves["code"].isin(faites)].itertuples()
    ]
    return liste(dits) if dits else balise("p", phrase("rien_de_grave"))


def texte(
    relecture: Relecture, points: pd.DataFrame, suivi: pd.DataFrame, dits: dict[str, list[str]]
) -> Texte:
    """Une ligne par fiche : ce qu'il y a à voir, combien cela importe, ce qui a changé, son état.

    dits : par code, ce qu'il y a d'autre à dire de la fiche, voir `sections.propres`.
    """
    vus = {code: list(siens.itertuples()) for code, siens in points.groupby("code")}
    titre_de_colonne = Markup('<th scope="col">{}</th>')
    tete = Markup("").join(map(titre_de_colonne.format, mots()["relecture"]["tete"]))
    morceaux = [_outils(relecture)]
    for suite in SUITES:
        fiches = suivi[suivi["suite"] == suite]
        if fiches.empty:
            continue
        titre = f"{phrase(f'suites.{suite}')} ({len(fiches)})"
        # Les deux éditions côte à côte, tant que la page reste légère.
        avant = suite == "a_lire" and len(fiches) <= AVANT_APRES_MAX
        rangees = [
            _rangee(relecture, fiche, vus.get(fiche.Index, []), dits.get(fiche.Index, []), avant)
            for fiche in fiches.itertuples()
        ]
        table = Markup(
            '<table class="relire"><caption>{}</caption><thead><tr>{}</tr></thead>'
            "<tbody>{}</tbody></table>"
        ).format(titre, tete, Markup("\n").join(rangees))
        morceaux.append(table if suite == "a_lire" else repli(titre, table))
    if "a_lire" not in set(suivi["suite"]):
        morceaux.insert(1, balise("p", phrase("rien_a_lire")))
    return assembler(*morceaux)


def _rangee(relecture: Relecture, fiche, points: list, dits: list[str], avant: bool) -> Markup:
    code, nom = fiche.Index, territoires()[fiche.Index].nom
    donne, page = relecture.avis.get(code), relecture.pages.get(code)
    vus = [
        lien(relecture, code, point.titre, point.ancre) + Markup(" : {}").format(point.texte)
        for point in points
    ]
    reste = [*vus[DITS_D_ABORD:], *dits]
    dessins = page.vignettes if page else Markup()
    if avant and code in relecture.anciennes:
        ancienne = lire_page(relecture.ancien, relecture.anciennes[code]["slug"])
        dessins += balise("p", phrase("avant")) + ancienne.vignettes
    detail = (liste(reste) if reste else "") + Markup('<div class="vignettes">{}</div>').format(
        dessins
    )
    touchee = phrase(f"touchees.{fiche.touchee}") if fiche.touchee else ""
    return Markup(
        '<tr{}><th scope="row">{}{} <small>{}</small></th><td>{}{}</td><td>{} {}</td>'
        '<td><span class="avis">{}</span> <small>{}</small></td></tr>'
    ).format(
        _attributs(relecture, code, nom),
        etiquette(fiche.gravite),
        lien(relecture, code),
        code,
        liste(vus[:DITS_D_ABORD]) if vus else "",
        repli(phrase("detail", nom=nom), detail) if page else "",
        phrase(f"changes.{fiche.genre}") if fiche.genre else "",
        touchee,
        mots()["relecture"]["etats"][fiche.etat],
        " ".join([donne.note, donne.relecteur, donne.date]) if donne else "",
    )


def _attributs(relecture: Relecture, code: str, nom: str) -> Markup:
    """Ce dont la page fait le fichier des avis ; rien pour une fiche sans page."""
    if code not in relecture.publiees:
        return Markup()
    champs = zip([*avis.COLONNES, "nom"], [*_ligne(relecture, code), nom], strict=True)
    return Markup("").join(Markup(' data-{}="{}"').format(*champ) for champ in champs)


def _ligne(relecture: Relecture, code: str) -> list[str]:
    """La ligne d'une fiche dans relecture.csv : une page changée est à voir, avec sa note."""
    octets, donne = relecture.entrees[code]["sha256_html"], relecture.avis.get(code)
    if donne is None or donne.sha256 != octets:
        return [code, octets, avis.A_VOIR, "", "", donne.note if donne else ""]
    return [code, octets, donne.avis, donne.relecteur, donne.date, donne.note]


def _outils(relecture: Relecture) -> Texte:
    """Le fichier des avis, à jour, à enregistrer à côté des éditions."""
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, delimiter=";")
    ecrivain.writerow(avis.COLONNES)
    ecrivain.writerows(_ligne(relecture, code) for code in relecture.publiees)
    contenu = base64.b64encode(tampon.getvalue().encode("utf-8-sig")).decode()
    return Texte(
        Markup(
            '<div class="relecture-outils"><a data-avis download="relecture.csv" '
            'href="data:text/csv;base64,{}">{}</a></div>'
        ).format(contenu, phrase("fichier_des_avis"))
    )
