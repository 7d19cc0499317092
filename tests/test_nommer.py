"""Un produit se lit-il au milieu d'une phrase ?"""

import pytest

from commerce import nommer, references

LIBELLES = {
    **references.produits_a129()["libelle_court"],
    **references.produits_cpf4()["libelle_court"],
}


@pytest.mark.parametrize(
    ("code", "nomme", "complement"),
    [
        (
            "B08Z",
            "pierres, sables, argiles et sel",
            "de pierres, de sables, d'argiles et de sel",
        ),
        (
            "A03Z",
            "produits de la pêche et de l'aquaculture",
            "de produits de la pêche et de l'aquaculture",
        ),
        ("C14Z", "articles d'habillement", "d'articles d'habillement"),
        ("J59Z", "CD et DVD enregistrés", "de CD et de DVD enregistrés"),
        ("1392", "linge de maison", "du produit « Linge de maison »"),
    ],
)
def test_un_produit_dans_la_phrase(code, nomme, complement):
    libelle = LIBELLES[code]
    assert nommer.produit(code, libelle) == nomme
    assert nommer.de_produit(code, libelle).replace("\u00a0", " ") == complement


def test_un_libelle_sans_grammaire_se_cite():
    """Code des douanes absent des tables, ou libellé que l'analyste a changé."""
    for code in ("ZZZZ", "B08Z"):
        assert nommer.produit(code, "UHT") == "«\u00a0UHT\u00a0»"
        assert nommer.de_produit(code, "UHT") == "du produit «\u00a0UHT\u00a0»"


def test_aucun_nom_de_la_nomenclature_ne_garde_la_majuscule_d_un_titre():
    for code in references.produits_a129().index:
        nomme = nommer.produit(code, LIBELLES[code])
        assert nomme[0].islower() or nomme[:2].isupper(), nomme
        assert not nomme.startswith(("de ", "d'")), nomme
    for code, libelle in references.produits_cpf4()["libelle_court"].items():
        # Un sigle en tête perdrait sa première majuscule.
        assert not libelle.split()[0][1:2].isupper(), code
