"""Tout ce que disent les cent fiches : accords, élisions, espaces, liens, et rien du code.

Une seule promenade : les cellules du modèle, exécutées pour chaque territoire.
"""

import re
from functools import partial

import pytest
from ecritures import REGLES, Page, fautes
from petites_douanes import ecrire, ligne
from petites_douanes import lignes as lignes_des_douanes
from petites_fiches import petite_fiche
from verites import contradictions

from commerce import chemins, parties, profils, redaction, references
from commerce.donnees import fiche as module_fiche
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer

FAUTIFS = {
    **{"une seule apostrophe, la droite": "l’an", "élisions de trop": "d'Gers", "ordinaux": "2er"},
    **{"espace insécable devant : et »": "an : un", "espace fine devant ; ? !": "an ; un"},
    **{"espace insécable après «": "« mot\u00a0»", "guillemets français": '"mot"'},
    **{"espace insécable devant les unités": "3 %", "espace fine entre les milliers": "1 000"},
    **{
        "virgule décimale": "1.5",
        "vrai signe moins": "-3",
        "points de suspension en un signe": "..",
    },
    **{"espaces en trop": "un ,", "ponctuation répétée": "un,,", "élisions": "de Ariège"},
    **{"articles contractés": "de le Gers", "valeur vide": "nan", "trace du code": "{annee}"},
    **{"croix de multiplication": "produit x pays"},
    **{"paragraphe qui commence par un chiffre": "fin.</p><p>15 pays en font 80."},
    **{"mot anglais": "the", "mot qui vieillit": "ci-dessus", "mot qui juge": "vulnérable"},
}
VARIANTES = {
    "20": ("La Corse étant aussi une région",),
    "40": ("Les Landes ont exporté", "les Landes exportent"),
    "75": ("attribués à Paris par convention",),
    "976": ("sur 5 dans l'ensemble des DROM", "(n.s.)"),
}


@pytest.mark.parametrize("code", references.departements())
def test_tout_ce_que_montre_la_fiche(code, montre):
    page = Page(montre(code))
    assert fautes(page) == {}
    assert contradictions(page.source, page.lignes) == []
    ancres = page.valeurs("id")
    assert len(set(ancres)) == len(ancres)
    assert {lien[1:] for lien in page.valeurs("href") if lien.startswith("#")} <= set(ancres)
    assert len(page.source.encode()) < 800_000
    # Lisible sur un téléphone.
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', page.source))) >= 11
    lu = "\n".join(page.lignes)
    assert [dit for dit in VARIANTES.get(code, ()) if dit not in lu] == []


@pytest.mark.parametrize("regle", REGLES)
def test_chaque_regle_voit_sa_faute(regle):
    assert regle in fautes(Page(f"<p>Un texte, {FAUTIFS[regle]} puis la suite.</p>"))


@pytest.mark.parametrize(
    "parametres", [{"annee": 2022}, {"annee": 2023}, {"nomenclature": "CPF4"}], ids=str
)
def test_une_autre_annee_une_autre_nomenclature(parametres, montre):
    assert fautes(Page(montre("09", **parametres))) == {}


@pytest.fixture(scope="module")
def exportations_seules(tmp_path_factory):
    """Une année sans importations, un pays, un produit et un partenaire inconnus."""
    dossier = tmp_path_factory.mktemp("exportations")
    inconnus = [ligne(pays="ZZ"), ligne(pays="Q5"), ligne(a129="Z9", cpf4="99")]
    ecrire(dossier / "s" / "e.txt", [*lignes_des_douanes("E", 2024), *inconnus])
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", dossier / "p")
        return preparer(dossier / "s")


@pytest.mark.parametrize("code", ["09", "20", "75", "05"])
def test_sans_importations_tout_se_dit_encore(code, exportations_seules, montre, monkeypatch):
    monkeypatch.setattr(module_fiche, "charger", partial(charger, incomplete=True))
    page = Page(montre(code, exportations_seules))
    lu = "\n".join(page.lignes)
    assert fautes(page) == {}
    assert "n'est pas calculée" in lu and "n.s." in lu
    fiche = charger(code, donnees=exportations_seules, incomplete=True)
    valeurs = profils.valeurs(fiche)
    assert all(v != v for (nom, _), v in valeurs.items() if nom not in profils.ENTIERS)


def test_le_portrait_ne_depend_pas_de_la_nomenclature(demonstration):
    a129, cpf4 = (charger("75", 0, n, demonstration) for n in ("A129", "CPF4"))
    par_produit = {"soldes", "activites", "flux", "produits_compares"}
    noms = {*parties.__all__} - par_produit - {"commentaire"}  # tenu à des indicateurs donnés
    for nom in [nom for nom in noms if hasattr(getattr(parties, nom), "tableau")]:
        partie = getattr(parties, nom)
        assert partie.tableau(a129).equals(partie.tableau(cpf4)), nom
    assert profils.indicateurs(a129).equals(profils.indicateurs(cpf4))


def test_une_accolade_oubliee_est_une_erreur():
    with pytest.raises(KeyError):
        redaction.phrase("zones.hors_union_export", petite_fiche("09"))


def test_un_libelle_qui_imite_un_renvoi_reste_du_texte():
    fiche = petite_fiche("09")
    page = redaction.legende("communs.rang", fiche, rang="[<b>](inconnu)")
    assert "[&lt;b&gt;](inconnu)" in page


def test_une_enumeration_finit_par_et():
    ecrites = [redaction.enumerer(list(mots)) for mots in ("", "a", "ab", "abc")]
    assert ecrites == ["", "a", "a et b", "a, b et c"]
