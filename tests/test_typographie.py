"""L'écriture et la charpente de toutes les pages du lot, index compris."""

import html
import re
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import FICHES_D_ESSAI
from ecritures import Page, fautes

from commerce import references

PAGES = (
    "index",
    "donnees",
    "accessibilite",
    "changements",
    *(references.territoires()[code].slug for code in FICHES_D_ESSAI),
)


@cache
def lire(chemin: Path) -> Page:
    return Page(chemin.read_text(encoding="utf-8"))


@pytest.fixture(params=PAGES)
def page(request, lot) -> Page:
    return lire(lot / "html" / f"{request.param}.html")


def test_tout_est_bien_ecrit_en_francais(page):
    assert fautes(page) == {}
    assert not re.search(r'(?<=[ "(,])(NaN|undefined|null)(?=[ ",)])', page.source)
    assert page.source.count('<html lang="fr">') == 1
    assert set(page.valeurs("lang", "xml:lang", "hreflang")) == {"fr"}
    assert page.valeurs("aria-roledescription") == []


# Charpente


def test_titres_consecutifs(page):
    niveaux = [niveau for niveau, _ in page.titres]
    assert niveaux.count(1) == 1 and niveaux[0] == 1
    sauts = [(a, b) for a, b in pairwise(niveaux) if b > a + 1]
    assert sauts == []
    textes = [texte.strip() for _, texte in page.titres]
    assert all(textes) and len(set(textes)) == len(textes)


def test_identifiants_uniques_et_liens_internes_justes(page):
    identifiants = page.valeurs("id")
    assert len(set(identifiants)) == len(identifiants)
    cibles = [lien[1:] for lien in page.valeurs("href") if lien.startswith("#")]
    cibles += page.valeurs("for", "headers")
    for nom in ("aria-labelledby", "aria-describedby", "aria-controls"):
        cibles += [cible for valeur in page.valeurs(nom) for cible in valeur.split()]
    assert set(cibles) - set(identifiants) == set()


def test_liens_vers_les_autres_pages(page, lot):
    voisines = {lien.partition("#")[0] for lien in page.valeurs("href") if ".html" in lien}
    # Ce lot n'a que douze fiches ; la collection entière a les autres.
    voisines -= {f"{territoire.slug}.html" for territoire in references.territoires().values()}
    assert {lien for lien in voisines if not (lot / "html" / lien).is_file()} == set()


# Un lien cité dans un courriel doit vivre d'une édition à l'autre : une section ou une figure
# nouvelle s'ajoute à ces listes, rien n'en sort et rien n'y change de nom.
SECTIONS = (
    *(
        "titre",
        "essentiel",
        "chiffres-cles",
        "ses-departements",
        "balance",
        "exportations",
        "importations",
    ),
    *("pour-aller-plus-loin", "evolution", "volumes", "zones", "concentration"),
    *("specialisation", "etats-unis", "approvisionnements", "autres-fiches"),
    *("introduction", "territoires-industrie", "contexte-et-methode", "contexte"),
    *("methode", "points-d-attention", "glossaire", "informations"),
)
FIGURES = (
    *("soldes-par-pays", "activites"),
    *("flux-export", "flux-export-region", "flux-export-france"),
    *("flux-import", "flux-import-region", "flux-import-france"),
)
# Celles-ci ne se montrent que si le flux est assez grand pour le calcul.
FIGURES_AJOUTEES = (
    *("evolution-base-100", "contributions", "volume-et-valeur-unitaire"),
    *("zones-du-monde", "concentration-des-echanges", "specialisations"),
    *("territoires-ressemblants", "etats-unis-produits", "fournisseurs-concentres"),
)
SECTIONS_DES_ANNEXES = {
    "accessibilite": ("titre", "accessibilite", "mentions-legales"),
    "changements": ("titre",),
    "index": ("titre", "indicateurs", "fiches", "territoires", "donnees"),
    "donnees": (
        *("titre", "sources", "controles", "exceptions", "trimestres", "revisions", "mouvements"),
        *("non-classes", "codes-inconnus", "rapprochement"),
    ),
}
FIGURES_DES_ANNEXES = {
    "accessibilite": (),
    "changements": (),
    "donnees": ("figure-trimestres", "figure-mouvements", "figure-non-classes"),
}


def ancres(page: Page, balises: str) -> tuple[str, ...]:
    return tuple(
        valeur
        for balise, nom, valeur in page.attributs
        if nom == "id" and re.match(balises, balise)
    )


@pytest.mark.parametrize("nom", PAGES)
def test_liens_permanents(lot, nom):
    page = lire(lot / "html" / f"{nom}.html")
    figures = ancres(page, "figure$")
    sections = tuple(a for a in ancres(page, "h[1-6]$") if a.removesuffix("-titre") not in figures)
    # Une partie qui n'a rien à dire quitte la page.
    presentes = tuple(section for section in SECTIONS if section in sections)
    assert sections == SECTIONS_DES_ANNEXES.get(nom, presentes)
    # Une région n'est pas comparée à elle-même.
    regionale = nom.startswith("region-")
    seule = regionale or nom == "20-corse"
    publiees = tuple(f for f in FIGURES if not (seule and f.endswith("-region")))
    publiees = ("departements-de-la-region", *publiees) if regionale else publiees
    attendues = tuple(figure for figure in FIGURES_AJOUTEES if figure in figures)
    if nom != "index":  # une distribution par indicateur du panorama
        assert figures == FIGURES_DES_ANNEXES.get(nom, publiees + attendues)


def test_une_grande_fiche_montre_toutes_les_figures_et_leurs_definitions(lot):
    page = lire(lot / "html" / "75-paris.html")
    assert ancres(page, "figure$") == FIGURES + FIGURES_AJOUTEES
    for ancre in FIGURES_AJOUTEES:
        figure = page.source.partition(f'<figure id="{ancre}"')[2].partition("</figure>")[0]
        assert 'href="#glossaire-' in figure, ancre


def test_ni_date_ni_chemin_ni_alea_dans_la_page(page, racine, lot):
    jour = date.today()
    for ecriture in (f"{jour:%Y-%m-%d}", f"{jour:%d/%m/%Y}", f"{jour:%Y%m%d}"):
        assert ecriture not in page.source
    visible = html.unescape(page.source)
    assert str(racine) not in visible and str(lot) not in visible and "/tmp/" not in visible
    assert fautes(page, {"une durée": r"\d\d:\d\d:\d\d|\b\d+(,\d+)?[ \u00a0]s\b"}) == {}
    aleatoire = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{12,}")
    assert [valeur for valeur in page.valeurs("id", "class") if aleatoire.search(valeur)] == []
