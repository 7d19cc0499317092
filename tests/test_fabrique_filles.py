"""Les pages filles d'un carnet : contrôlées comme les autres, écrites ensemble ou pas du tout."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from fabrique import filles, publication
from fabrique.formes import FILLES, Refus
from fabrique.lot import Modele, Page
from fabrique.sortie import Sortie

MERE = Page("mere", "mere", "Mère", {}, Modele(Path("x.ipynb")), filles="f-")


def fille(nom, corps="<p>corps</p>", code=""):
    notice = {"code": code or nom, "slug": nom, "titre": nom}
    return {"notice": notice, "entete": f"<h1>{nom}</h1>", "corps": corps}


def publier(dossier, *donnees):
    sorties = [new_output("display_data", {FILLES: list(donnees)})]
    carnet = new_notebook(cells=[new_code_cell("pages", id="pages", outputs=sorties)])
    gabarits = Path(filles.__file__).with_name("gabarits")
    return filles.publier(publication.exporteur(gabarits, "fiche"), MERE, carnet, Sortie(dossier))


def en_place(dossier):
    return sorted(page.name for page in (dossier / "html").glob("*.html"))


def test_les_filles_d_avant_disparaissent_et_les_autres_pages_restent(tmp_path):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "autre.html").write_text("autre", encoding="utf-8")
    publier(tmp_path, fille("f-un"), fille("f-deux"))
    assert publier(tmp_path, fille("f-un", "<h2>Neuf</h2>")).keys() == {"f-un"}
    assert en_place(tmp_path) == ["autre.html", "f-un.html"]
    page = (tmp_path / "html" / "f-un.html").read_text(encoding="utf-8")
    assert "Neuf" in page and 'id="contenu"' in page and "<h1" in page


@pytest.mark.parametrize(
    ("fautive", "defaut"),
    [
        (fille("f-deux", "<script>alert(1)</script>"), "page f-deux refusée : script refusé"),
        (fille("f-deux", "<img src='https://x/y.png'>"), "ressource extérieure"),
        (fille("autre"), "ne commence pas par « f- »"),
        (fille("f-un"), "deux pages ont ce nom"),
        (fille("f-../../x"), "nom refusé"),
        (fille("f-deux", code="f-trois"), "le code des données est 'f-trois'"),
    ],
)
def test_une_fille_refusee_et_rien_n_est_ecrit(tmp_path, fautive, defaut):
    (tmp_path / "html").mkdir()
    with pytest.raises(Refus, match=defaut):
        publier(tmp_path, fille("f-un"), fautive)
    assert en_place(tmp_path) == []
