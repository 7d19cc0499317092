"""Les phrases des cent fiches : accords, élisions, variantes, et rien qui vienne du code."""

import html
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from commerce import indicateurs, redaction, references, textes
from commerce.donnees.fiche import charger
from commerce.donnees.territoires_industrie import Principaux

DEFAUTS = {
    "valeur absente": re.compile(r"\b(nan|None|NaT|inf)\b"),
    "accolade": re.compile(r"[{}]"),
    "espace double": re.compile(r"[ \u00a0\u202f]{2,}"),
    "espace avant une virgule ou un point": re.compile(r"[ \u00a0\u202f][,.]"),
    "espace ordinaire avant une ponctuation double": re.compile(r"(?<!\u202f)[;?!]"),
    "deux-points mal espacé": re.compile(r"(?<!\u00a0):"),
    "guillemets mal espacés": re.compile(r"«(?!\u00a0)|(?<!\u00a0)»"),
    "élision manquée": re.compile(r"\b(de|le|la|que|du)\s(?=[AEIOUÉÈÊÎÔ])(?!Onze)"),
    "contraction manquée": re.compile(r"\b(de le|de les|à le|à les|en les|dans Paris)\b"),
    "élision de trop": re.compile(r"\b[dl]'(?=[BCDFGJKLMNPQRSTVWXZ])"),
    "vieilli": re.compile(r"page précédente|ci-dessus|cette année|mai dernier"),
}


def simple(texte: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", str(texte)))


def toutes_les_phrases(fiche) -> dict[str, str]:
    valeurs = indicateurs.de_la_fiche(fiche)
    soldes = indicateurs.soldes_par_pays(fiche)
    contenu = {
        "titre": textes.titre(fiche),
        "chiffres_cles": textes.chiffres_cles(fiche, valeurs),
        "introduction": textes.introduction(fiche),
        "territoires_industrie": textes.territoires_industrie(fiche),
        "contexte": textes.contexte(fiche),
        "methode": textes.methode(fiche),
        "soldes": textes.soldes(fiche),
        "titre_soldes": textes.titre_soldes(fiche),
        "legende_soldes": textes.legende_soldes(fiche, soldes),
        "activites": textes.activites(fiche),
        "titre_activites": textes.titre_activites(fiche),
        "legende_activites": textes.legende_activites(fiche, indicateurs.activites(fiche)),
        "comparaison": textes.comparaison(fiche),
        "informations": textes.informations_pratiques(fiche),
    }
    for sens in indicateurs.SENS:
        contenu[f"flux {sens}"] = textes.flux(fiche, sens)
        for echelle in ("departement", "region", "france"):
            couples = indicateurs.flux(fiche, sens, echelle)
            contenu[f"titre {sens} {echelle}"] = textes.titre_flux(fiche, sens, echelle)
            contenu[f"légende {sens} {echelle}"] = textes.legende_flux(fiche, sens, couples)
            contenu[f"total {sens} {echelle}"] = textes.total(fiche, sens, valeurs, echelle)
    return {nom: simple(texte) for nom, texte in contenu.items()}


@pytest.mark.parametrize("code", references.departements())
def test_phrases_de_la_fiche(code):
    for nom, texte in toutes_les_phrases(charger(code)).items():
        for defaut, motif in DEFAUTS.items():
            trouve = motif.search(texte)
            assert not trouve, f"{nom} : {defaut} vers « {texte[trouve.start() :][:60]} »"


def territoire(code: str, **principaux) -> SimpleNamespace:
    vide = pd.DataFrame({"flux": [], "produit": [], "pays": [], "valeur_eur": []})
    liste = {"retenus": [], "retires": [], "connus": True} | principaux
    return SimpleNamespace(
        departement=references.departement(code),
        annee=2024,
        mention="",
        provisoire=False,
        demonstration=False,
        echanges=vide,
        echanges_region=vide,
        echanges_france=vide,
        pays=pd.DataFrame({"classable": [], "nom": []}).astype({"classable": bool}),
        produits=pd.DataFrame({"libelle_court": [], "libelle": []}),
        territoires_industrie=Principaux(**liste),
    )


def test_intertitre_des_territoires_industrie():
    def texte(code, **principaux):
        return simple(textes.territoires_industrie(territoire(code, **principaux)))

    assert "Territoires d'industrie du département\n" in texte("09", retenus=["Ariège"])
    assert "Territoires d'industrie du département\n" in texte("11", retenus=["A", "B"])
    principaux = texte("07", retenus=["A", "B"], retires=["Alès"])
    assert "Principaux Territoires d'industrie du département*" in principaux
    assert "* Sont laissés de côté" in principaux and "dans l'Ardèche" in principaux
    assert "Alès" not in principaux
    assert "Territoires d'industrie de la Corse\n" in texte("20", retenus=["A", "B"])
    assert "Dans les Landes, aucun Territoire d'industrie" in texte("40")
    assert "À Paris, aucun" in texte("75")
    inconnus = texte("33", connus=False)
    assert "n'est pas livrée" in inconnus and "aucun Territoire" not in inconnus


def test_un_nom_de_territoire_reste_du_texte():
    page = str(
        textes.territoires_industrie(territoire("09", retenus=["<script>alert(1)</script>"]))
    )
    assert "<script>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("export_eur", "attendu"),
    [
        (3, "à l'export et à l'import"),
        (1, "à l'import et à l'export"),
        (2, "à l'export et à l'import"),
    ],
)
def test_le_flux_le_plus_grand_est_nomme_d_abord(export_eur, attendu):
    fiche = territoire("09")
    fiche.echanges = pd.DataFrame(
        {
            "flux": ["export", "import"],
            "produit": ["P"] * 2,
            "pays": ["DE"] * 2,
            "valeur_eur": [export_eur, 2],
        }
    )
    assert attendu in textes.titre_activites(fiche)
    assert attendu in textes.titre_soldes(fiche)


def test_accords_au_pluriel():
    assert "ce que les Landes vendent et achètent" in simple(textes.contexte(territoire("40")))
    assert "ce que le Gers vend et achète" in simple(textes.contexte(territoire("32")))


def test_precautions_propres_au_territoire():
    def precautions(code):
        return " ".join(textes.precautions(territoire(code)))

    assert "Corse-du-Sud" in precautions("20") and "Corse-du-Sud" not in precautions("09")
    assert "Monaco" in precautions("13") and "Monaco" not in precautions("09")
    assert "cinq départements et régions d'outre-mer" in precautions("976")
    assert "convention sur le gaz" in precautions("75")


def test_corse_n_est_pas_comparee_a_elle_meme():
    parts = simple(
        textes.total(territoire("20"), "export", indicateurs.de_la_fiche(territoire("20")))
    )
    assert "de Corse" not in parts and "de la France" in parts
    assert "La Corse étant à la fois" in simple(textes.comparaison(territoire("20")))


def test_fiche_sans_echange():
    fiche = territoire("48")
    assert "aucune exportation n'est enregistrée" in simple(textes.flux(fiche, "export"))
    cles = simple(textes.chiffres_cles(fiche, indicateurs.de_la_fiche(fiche)))
    assert "n.s." in cles and "équilibre" in cles


def test_une_accolade_oubliee_est_une_erreur():
    with pytest.raises(KeyError):
        redaction.phrase("flux.total", territoire("09"))
