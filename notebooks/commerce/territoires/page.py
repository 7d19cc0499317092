"""La page d'un Territoire d'industrie : communes, chiffres clés, premiers produits, premiers pays.

Chaque département garde ses nombres, dans une colonne à lui ; rien n'est additionné.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, notice
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX
from commerce.indicateurs import SENS
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    enumerer,
    lien_de_page,
    liste,
    majuscule,
    mots,
    paragraphes,
)
from commerce.references import departements
from commerce.territoires.lecture import AXES, COMMUNES, Territoires, premiers
from commerce.territoires.liste import lien, phrase

TYPE_MIME = "application/vnd.fiche.filles+json"
COMPARABLES = range(2, 5)
ECRITURES = {
    "eur": formats.millions_court,
    "solde": formats.millions_signe,
    "pct": formats.pourcentage,
    "fin": lambda part_pct: formats.pourcentage(part_pct, 2),
    "evolution": lambda part_pct: formats.pourcentage(part_pct, signe=True),
}


@dataclass(frozen=True)
class Pages:
    """Les pages de tous les territoires : notice, entete et corps de chacune."""

    contenus: list[dict]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": f"{len(self.contenus)} pages", TYPE_MIME: self.contenus}


def style() -> notice.Habillage:
    """Apparence des tableaux."""
    return notice.style(Path(__file__).with_name("territoires.css"))


def entete(vue: Territoires) -> notice.Entete:
    """L'en-tête de la liste des territoires."""
    return _entete(vue, phrase("titre"), phrase("sous_titre", annee=vue.annee), vue.slug)


def pages(vue: Territoires) -> Pages:
    """Une page par territoire ; aucune sans la liste officielle."""
    return Pages([_page(vue, siens) for _, siens in vue.liste.groupby("id_ti", sort=False)])


def _page(vue: Territoires, siens: pd.DataFrame) -> dict:
    """siens : les lignes d'un territoire, une par département."""
    nom, slug = siens["libelle"].iloc[0], siens["slug"].iloc[0]
    codes = [code for code in siens["departement"] if code in departements()]
    sous_titre = phrase(f"sous_titre_{_nombre(codes)}", annee=vue.annee)
    tete = _entete(vue, phrase("titre_page", nom=nom), sous_titre, slug)
    corps = assembler(
        _communes(siens, codes),
        _titre("chiffres"),
        _chiffres(vue, codes),
        *(morceau for axe in AXES for morceau in (_titre(axe), *_parts(vue, axe, codes))),
        _titre("suite"),
        _suite(vue, nom, codes),
    )
    return {"notice": tete.notice, "entete": tete.html, "corps": str(corps)}


def _entete(vue: Territoires, titre: str, sous_titre: str, slug: str) -> notice.Entete:
    html = assembler(
        balise("p", notice.serie(), "surtitre"),
        balise("h1", titre, ancre="titre"),
        balise("p", sous_titre, "sous-titre"),
        balise("p", vue.source, "mention-demonstration") if vue.mention or vue.passe_outre else "",
    )
    return notice.Entete(str(html), notice.de_page(vue, titre, vue.annee, slug))


def _titre(cle: str) -> Texte:
    return balise("h2", phrase(f"titres.{cle}"), ancre=cle)


def _nombre(codes: list[str]) -> str:
    return "un" if len(codes) == 1 else "plusieurs"


def _communes(siens: pd.DataFrame, codes: list[str]) -> Texte:
    """Combien de communes dans chaque département, et ce que disent les nombres qui suivent."""
    nom, total = siens["libelle"].iloc[0], formats.quantite(siens["communes"].iloc[0], "commune")
    effectifs = siens.set_index("departement")[COMMUNES]
    lieux = enumerer([f"{effectifs[c]} {departements()[c].locatif}" for c in codes])
    if len(codes) == 1:
        lieux = departements()[codes[0]].locatif
    rangees = [[lien(c), formats.nombre(effectifs[c])] for c in effectifs.index]
    titre, tete = phrase("par_departement"), [phrase("departement"), phrase("communes")]
    return assembler(
        _titre("communes"),
        paragraphes(
            [
                phrase(f"reunit_{_nombre(codes)}", nom=nom, communes=total, lieux=lieux),
                phrase(f"pourquoi_{_nombre(codes)}"),
            ]
        ),
        _table(titre, tete, rangees) if len(rangees) > 1 else "",
    )


def _chiffres(vue: Territoires, codes: list[str]) -> Texte:
    montants = vue.chiffres.loc[codes]
    plus_grand = montants[[f"{sens}_eur" for sens in SENS]].max(axis=None)
    rangees = []
    for cle, (nom, unite) in mots()["comparaison"]["script"]["chiffres"].items():
        sens = cle.removesuffix("_eur")
        echelle = plus_grand if sens in SENS else 0
        valeurs = montants[cle]
        rangees.append([nom, *(_cellule(v, ECRITURES[unite](v), echelle, sens) for v in valeurs)])
    return _table(phrase("chiffres", annee=vue.annee), _tete(phrase("mesure"), codes), rangees)


def _parts(vue: Territoires, axe: str, codes: list[str]) -> Iterable[Texte]:
    """Deux tableaux, un par flux, dont les barres ont la même échelle."""
    echelle = max(
        (part for sens in SENS for c in codes for part in vue.parts[axe, sens][c].values()),
        default=0,
    )
    for sens in SENS:
        parts = vue.parts[axe, sens]
        rangees = [
            [vue.noms[axe].get(cle, cle), *(_part(parts[c], cle, echelle, sens) for c in codes)]
            for cle in premiers(parts, codes)
        ]
        titre = phrase(f"{axe}_{sens}_{_nombre(codes)}", annee=vue.annee)
        absents = [departements()[c].nom for c in codes if not parts[c]]
        if absents:
            flux = NOM_DU_FLUX[sens]
            yield balise("p", phrase("ns", noms=enumerer(absents), flux=flux), "note")
        if rangees:
            yield _table(titre, _tete(phrase(axe), codes), rangees)


def _part(parts: dict[str, float], cle: str, echelle: float, sens: str) -> Markup | str:
    if not parts:
        return formats.NON_SIGNIFICATIF
    part = parts.get(cle, 0)
    return _cellule(part, formats.part_courte(part), echelle, sens)


def _cellule(valeur: float, ecrit: str, echelle: float, sens: str) -> Markup | str:
    """Le nombre, et sa barre s'il a une échelle."""
    if not echelle or not valeur > 0:
        return ecrit
    barre = '{}<span class="barre {}" style="width:{:.1f}%" aria-hidden="true"></span>'
    return Markup(barre).format(ecrit, sens, 100 * valeur / echelle)


def _tete(premiere: str, codes: list[str]) -> list:
    return [premiere, *(lien(code) for code in codes)]


def _table(titre: str, tete: list, rangees: list) -> Texte:
    cadre = '<div class="cotes n{}" role="region" tabindex="0" aria-label="{}">{}</div>'
    table = tableaux.ecrite(titre, tete, rangees)
    return Texte(Markup(cadre).format(len(tete) - 1, titre, table))


def _suite(vue: Territoires, nom: str, codes: list[str]) -> Texte:
    """La comparaison de ses départements, et les territoires qui ont l'un d'eux."""
    voisins = vue.liste[vue.liste["departement"].isin(codes) & (vue.liste["libelle"] != nom)]
    voisins = voisins.drop_duplicates("id_ti")
    liens = [lien_de_page(ligne.slug, ligne.libelle) for ligne in voisins.itertuples()]
    comparer = ""
    if len(codes) in COMPARABLES:
        adresse = f"comparer.html#{','.join(codes)}"
        comparer = Markup('<p><a href="{}">{}</a></p>').format(adresse, phrase("comparer"))
    lieux = enumerer([departements()[code].locatif for code in codes])
    fiches = Markup(enumerer([lien(code) for code in codes]))
    return assembler(
        balise("p", Markup("{} {}.").format(phrase(f"fiches_{_nombre(codes)}"), fiches)),
        comparer,
        balise("p", phrase("voisins", lieux=lieux)) if liens else "",
        liste(liens) if liens else "",
        balise("p", lien_de_page(vue.slug, majuscule(phrase("ensemble")))),
    )
