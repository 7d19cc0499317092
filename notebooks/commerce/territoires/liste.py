"""La liste des Territoires d'industrie : sur sa page, et dans l'index, avec sa recherche."""

from collections.abc import Container, Iterable

import pandas as pd
from markupsafe import Markup

from commerce import formats
from commerce.figure import tableaux
from commerce.panorama.mise_en_page import mots_cherches, sans_signe
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    lien_de_page,
    mots,
    phrase_generale,
    repli,
)
from commerce.references import departements
from commerce.territoires.lecture import COMMUNES, Territoires


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [territoires] de `mots.toml`."""
    return phrase_generale(f"territoires.{cle}", **valeurs)


def lien(code: str, publie: bool = True) -> Texte:
    """Le nom d'un département et sa fiche ; le code seul d'une collectivité qui n'en a pas."""
    territoire = departements().get(code)
    if territoire is None:
        return balise("span", code)
    return lien_de_page(territoire.slug if publie else "", territoire.nom)


def tableau(liste: pd.DataFrame) -> Texte:
    """Tous les territoires, leurs départements et leurs communes ; sans la liste, où elle est.

    liste : voir `lire`.
    """
    if liste.empty:
        return _ou_est_la_liste()
    rangees = [
        [
            lien_de_page(siens["slug"].iloc[0], siens["libelle"].iloc[0]),
            _departements(siens, departements()),
        ]
        for _, siens in liste.groupby("id_ti", sort=False)
    ]
    table = tableaux.ecrite(_compte(liste), [phrase("nom"), phrase("departements")], rangees)
    return balise("div", Texte(table), "tableau liste")


def dans_l_index(liste: pd.DataFrame, publies: Iterable[str]) -> Texte:
    """La même liste, repliée, que la recherche de l'index ouvre sur ce qu'elle trouve.

    publies : codes des fiches qui ont une page ; l'index ne mène à aucune autre.
    """
    if liste.empty:
        return _ou_est_la_liste()
    publies = set(publies)
    lignes = Markup("").join(
        Markup('<li data-cherche="{}">{}{}</li>').format(
            _mots_cherches(siens),
            lien_de_page(siens["slug"].iloc[0], siens["libelle"].iloc[0]),
            Markup("&nbsp;: {}").format(_departements(siens, publies)),
        )
        for _, siens in liste.groupby("id_ti", sort=False)
    )
    page = lien_de_page(Territoires.slug, phrase("ensemble"))
    return assembler(
        balise("p", Markup("{} {}").format(phrase("index"), page)),
        repli(_compte(liste), Markup('<ul class="territoires">{}</ul>').format(lignes)),
    )


def _mots_cherches(siens: pd.DataFrame) -> str:
    """Les mots par où un territoire se trouve : son nom, ses départements, leurs codes."""
    lieux = (departements()[code] for code in siens["departement"] if code in departements())
    trouves = (mots_cherches(lieu.code, lieu.nom, "") for lieu in lieux)
    return " ".join([sans_signe(siens["libelle"].iloc[0]), *trouves])


def _departements(siens: pd.DataFrame, publies: Container[str]) -> Markup:
    """« Ardèche (20), Drôme (25) », chaque nom avec son lien si sa fiche a une page."""
    return Markup(", ").join(
        Markup("{} ({})").format(lien(code, code in publies), formats.nombre(communes))
        for code, communes in zip(siens["departement"], siens[COMMUNES], strict=True)
    )


def _compte(liste: pd.DataFrame) -> str:
    return phrase("liste", nombre=formats.nombre(liste["id_ti"].nunique()))


def _ou_est_la_liste() -> Texte:
    adresse, nom = (mots()["introduction"]["territoires"][cle] for cle in ("adresse", "liste"))
    officielle = Markup('{} <a href="{}">{}</a>.').format(phrase("sans_liste"), adresse, nom)
    return balise("p", officielle, "note")
