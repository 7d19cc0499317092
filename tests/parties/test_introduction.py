"""L'introduction, et les Territoires d'industrie que la fiche nomme."""

import pytest
from petites_fiches import petite_fiche, simple

from commerce.donnees.territoires_industrie import Principaux
from commerce.parties import introduction


def texte(code: str, retenus=(), retires=(), connus=True) -> str:
    principaux = Principaux(list(retenus), list(retires), connus)
    return str(introduction.texte(petite_fiche(code, territoires_industrie=principaux)))


def dit(code: str, **principaux) -> str:
    return simple(texte(code, **principaux), "")


@pytest.mark.parametrize(
    ("code", "retenus", "intertitre"),
    [
        ("09", ["Ariège"], "Territoires d'industrie du département\n"),
        ("20", ["A", "B"], "Territoires d'industrie de la Corse\n"),
    ],
)
def test_intertitre(code, retenus, intertitre):
    assert f"\n{intertitre}" in dit(code, retenus=retenus)


def test_un_territoire_laisse_de_cote_se_dit_sans_etre_nomme():
    lu = dit("07", retenus=["A", "B"], retires=["Alès"])
    assert "Principaux Territoires d'industrie du département*" in lu
    assert "* Sont laissés de côté" in lu and "dans l'Ardèche" in lu
    assert "Alès" not in lu


def test_aucun_territoire_n_est_pas_une_liste_inconnue():
    assert "Dans les Landes, aucun Territoire d'industrie" in dit("40")
    assert "À Paris, aucun" in dit("75")
    inconnus = dit("33", connus=False)
    assert "se lisent dans la liste officielle" in inconnus and "aucun Territoire" not in inconnus


def test_un_nom_de_territoire_reste_du_texte():
    page = texte("09", retenus=["<script>alert(1)</script>"])
    assert "<script>" not in page and "&lt;script&gt;" in page
