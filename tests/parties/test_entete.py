"""L'en-tête d'une fiche, et la notice que le lot y lit."""

import json
import math
import re

import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce import notice
from commerce.parties import entete

LOIN = [*varie("export", "77", 9_000_000), *varie("import", "77", 9_000_000)]


def dit(fiche) -> str:
    return simple(entete.texte(fiche, entete.tableau(fiche)))


def test_chaque_nombre_a_cote_de_ceux_de_la_region_et_de_la_france():
    voisin = ("export", 1, "31", "C28D", "DE", 5_000_000)
    fiche = petite_fiche("09", *varie("export", "09"), *varie("import", "09"), voisin, *LOIN)
    chiffres = entete.tableau(fiche).set_index(["indicateur", "flux"])
    assert chiffres.loc[("total_eur", "export")].to_list() == [3e6, 8e6, 278e6]
    assert chiffres.loc[("solde_eur", "")].to_list() == [0, 5e6, 5e6]
    couvertures = chiffres.loc[("taux_couverture_pct", "")].to_list()
    assert couvertures == pytest.approx([100, 800 / 3, 27800 / 273])
    texte = dit(fiche)
    assert "Ariège, Occitanie et France côte à côte (2024)" in texte
    assert re.search(r"Exportations \(M€\)\s+3,0\s+8,0\s+278,0", texte)
    assert re.search(r"Solde \(M€\)\s+0,0\s+\+5,0\s+\+5,0", texte)
    # L'année d'avant est inconnue : son évolution ne s'invente pas.
    assert re.search(r"Exportations sur un an\s+n\.s\.\s+n\.s\.", texte)


def test_un_flux_trop_petit_n_a_pas_de_rapport():
    fiche = petite_fiche(
        "09", ("import", 1, "09", "C28D", "DE", 9_000_000), *varie("export", "09"), *LOIN
    )
    chiffres = entete.tableau(fiche).set_index(["indicateur", "flux"])["departement"]
    assert math.isnan(chiffres["taux_couverture_pct", ""])
    assert chiffres["solde_eur", ""] == -6e6


def test_la_corse_n_est_pas_comparee_a_elle_meme():
    fiche = petite_fiche("20", *varie("export", "20"), *LOIN)
    assert "region" not in entete.tableau(fiche)
    texte = dit(fiche)
    assert "Corse et France côte à côte" in texte and "rang régional n'a pas d'objet" in texte


@pytest.mark.parametrize(
    ("exporte", "importe", "attendu"),
    [
        (9, 3, r"Exportations .*Importations .*\+6,0 M€ +▲ excédent .*300,0 %"),
        (3, 9, r"Importations .*Exportations .*−6,0 M€ +▼ déficit .*33,3 %"),
        (3, 3, r"Exportations .*Importations .*0,0 M€ +équilibre .*100,0 %"),
        (0, 0, r"Exportations .*Importations .*0,0 M€ +équilibre .*n\.s\."),
    ],
)
def test_le_flux_le_plus_grand_vient_d_abord(exporte, importe, attendu):
    montants = {"export": exporte, "import": importe}
    contenu = [
        (sens, 1, "09", "C28D", "DE", 1_000_000 * montant)
        for sens, montant in montants.items()
        if montant
    ]
    cartes = dit(petite_fiche("09", *contenu, *LOIN)).partition("côte à côte")[0]
    assert re.search(attendu, cartes, re.DOTALL)


def test_rangs_en_france_et_dans_la_region():
    ligne = ("export", 1, "09", "C28D", "DE", 5)
    fiche = petite_fiche("09", ligne, ("export", 1, "31", "C28D", "DE", 5))
    texte = dit(fiche)
    assert (
        "l'Ariège se place au 1er rang (ex æquo) pour les exportations, au 1er (ex æquo)" in texte
    )
    assert "En Occitanie, parmi 13 départements : 1er rang (ex æquo)" in texte
    devant = ("export", 1, "59", "C28D", "DE", 6)
    assert "au 2e rang pour les exportations" in dit(petite_fiche("09", ligne, devant))
    assert "Parmi les cinq départements d'outre-mer" in dit(petite_fiche("976"))
    assert "les Landes se placent" in dit(petite_fiche("40"))


def test_la_page_dit_que_ses_donnees_sont_fictives():
    fictive = "Données de démonstration, fictives."
    assert fictive in dit(petite_fiche("09", demonstration=True))
    assert fictive not in dit(petite_fiche("09"))


def test_la_notice_est_du_json_exact():
    fiche = petite_fiche("09", *varie("export", "09"), *LOIN, demonstration=True, provisoire=True)
    valeurs = notice.valeurs(fiche)
    lue = notice.entete(fiche, valeurs, "<h1>Ariège</h1>", ["À relire."])._repr_mimebundle_()
    assert lue["text/html"] == "<h1>Ariège</h1>"
    contenu = json.loads(json.dumps(lue[notice.TYPE_MIME], allow_nan=False))
    assert contenu["titre"].endswith("données de démonstration, fictives")
    assert (contenu["code"], contenu["slug"], contenu["jeu"]) == (
        "09",
        "09-ariege",
        "demonstration",
    )
    indicateurs = {(i["indicateur"], i["flux"]): i["valeur"] for i in contenu["indicateurs"]}
    assert indicateurs["total_eur", "export"] == 3_000_000
    assert indicateurs["taux_couverture_pct", ""] is None
    assert contenu["alertes"] == [
        "Données provisoires pour 2024.",
        "Aucune importation enregistrée.",
        "À relire.",
    ]
