"""Contrôles de qualité : chacun échoue quand il le faut, et seuls les bloquants arrêtent le lot."""

import re

import pytest
from petites_douanes import DEPARTEMENTS, ecrire, ligne, lignes

from commerce import chemins
from commerce.donnees import controles
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare

BLOQUANTS = {
    "trimestres",
    "rattachements",
    "negatifs",
    "doublons",
    "total_export",
    "total_import",
    "territoires",
    "effectifs",
    "total_officiel",
    "revisions",
    "codes_territoire",
    "codes_a129",
}
# Sept départements et quelques milliers d'euros : ces deux-là échouent toujours ici.
TOUJOURS = {"territoires", "total_officiel"}


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """Prépare une année entière, plus les lignes données."""
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")

    def _prepare(*ajouts: str, sans=(), **options) -> Prepare:
        for flux in "EI":
            contenu = lignes(flux, 2024, **options)
            contenu += [texte for texte in ajouts if texte.startswith(flux)]
            if flux not in sans:
                ecrire(tmp_path / "s" / f"{flux}.txt", contenu)
        return Prepare(preparer(tmp_path / "s"))

    return _prepare


def echecs(prepare: Prepare) -> dict[str, str]:
    return {
        c.identifiant: c.phrase
        for c in controles.controler(prepare, 2024)
        if not c.reussi and c.identifiant not in TOUJOURS
    }


def refus(prepare: Prepare) -> list[str]:
    bloquants = [controle.identifiant for controle in controles.bloquants(prepare, 2024)]
    assert set(bloquants) >= TOUJOURS
    return [identifiant for identifiant in bloquants if identifiant not in TOUJOURS]


def test_annee_ordinaire(prepare):
    lu = prepare()
    resultats = {c.identifiant: c for c in controles.controler(lu, 2024)}
    assert {nom for nom, c in resultats.items() if c.bloquant} == BLOQUANTS
    assert echecs(lu) == {} and refus(lu) == []
    assert resultats["total_export"].phrase == (
        "Total des exportations 2024, France entière : 0,2\u00a0million d'euros, en 168 lignes."
    )
    # Un partenaire sur trois est QU, qui n'est pas un pays.
    assert resultats["non_classes_import"].phrase.startswith("33,3\u00a0% des importations vien")
    assert all(c.phrase.endswith(".") and c.intitule for c in resultats.values())


@pytest.mark.parametrize(
    ("ajout", "identifiant", "phrase"),
    [
        ({"valeur_eur": -1}, "negatifs", "1\u00a0valeur négative et 0\u00a0masse négative."),
        ({"masse_kg": -1}, "negatifs", "0\u00a0valeur négative et 1\u00a0masse négative."),
        ({"region": "84"}, "rattachements", "autre région que la table de référence : Ariège (09)"),
        ({"departement": "99", "region": "22"}, "rattachements", "Monaco (99)"),
        ({"pays": "ZZ"}, "codes_pays", "1\u00a0code pays hors des nomenclatures"),
        ({"a129": "Z9"}, "codes_a129", ": Z9."),
        ({"cpf4": "ZZZZ"}, "codes_cpf4", ": ZZZZ."),
        ({"departement": "9F"}, "codes_territoire", ": 9F."),
        (
            {"departement": "9"},
            "zeros",
            "et sont lus avec lui : 9 (09).",
        ),
        ({"a129": "C30A", "cpf4": "0111"}, "produits", "0111 (A01Z, C30A)"),
    ],
)
def test_chaque_faute_est_dite(prepare, ajout, identifiant, phrase):
    lu = prepare(ligne(**({"pays": "FR", "cpf4": "3011", "a129": "C30A"} | ajout)))
    assert phrase in echecs(lu)[identifiant]
    assert refus(lu) == ([identifiant] if identifiant in BLOQUANTS else [])


@pytest.mark.parametrize(
    ("cle", "code"), [("pays", "ZZ"), ("cpf4", "9999"), ("a129", "C99Z"), ("departement", "9F")]
)
def test_des_codes_inconnus_bloquent_selon_leur_part_des_euros(prepare, cle, code):
    """336 000 euros connus : 3 000 en font moins de 1 %, 4 000 davantage ; deux listes closes."""
    nom = f"codes_{'territoire' if cle == 'departement' else cle}"
    toleres = {"codes_pays", "codes_cpf4"}
    peu, trop = (ligne(**{cle: code}, valeur_eur=euros) for euros in (3_000, 4_000))
    assert (nom in refus(prepare(peu))) == (nom not in toleres)
    assert nom in refus(prepare(trop))


def test_deux_colonnes_de_produits_permutees_sont_dites_et_refusees(tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")
    for flux in "EI":
        permutees = [re.sub(r"(\w{4});(\d{4});(?=[A-Z])", r"\2;\1;", t) for t in lignes(flux, 2024)]
        ecrire(tmp_path / "s" / f"{flux}.txt", permutees)
    lu = Prepare(preparer(tmp_path / "s"))
    assert {"codes_a129", "codes_cpf4"} <= set(refus(lu))
    assert echecs(lu)["codes_a129"].endswith("les deux colonnes de produits sont permutées.")


def test_un_zero_de_tete_perdu_est_nomme(prepare):
    lu = prepare(ligne(a129="A01Z", cpf4="111", valeur_eur=50_000))
    assert "Un zéro de tête y est perdu" in echecs(lu)["codes_cpf4"]
    assert refus(lu) == ["codes_cpf4"]


def test_trimestre_manquant_bloque(prepare):
    lu = prepare(trimestres=(1, 2, 4))
    assert refus(lu) == ["trimestres"]
    assert (
        "Il manque le 3e trimestre des exportations et le 3e trimestre des imp"
        in echecs(lu)["trimestres"]
    )


def test_flux_absent_bloque(prepare):
    lu = prepare(sans="I")
    assert set(refus(lu)) == {"trimestres", "total_import"}
    assert echecs(lu)["trimestres"] == "Il manque toutes les importations 2024."


def test_quelques_doublons_sont_dits_beaucoup_bloquent(prepare):
    lu = prepare(ligne())
    assert refus(lu) == [] and lu.meta["faits"]["2024"]["doublons"] == 1
    assert prepare(*lignes("E", 2024)).meta["faits"]["2024"]["doublons"] == 168
    assert refus(prepare(*lignes("E", 2024))) == ["doublons"]


def test_territoires_absents_nommes(prepare):
    absents = prepare().meta["faits"]["2024"]["absents"]
    assert len(absents) == 100 - len(set(DEPARTEMENTS) - {"98", "99"})
    assert "01" in absents and "09" not in absents and "971" not in absents


def test_demonstration_sans_reproche(demonstration):
    lu = Prepare(demonstration)
    for annee in lu.annees():
        assert [c.phrase for c in controles.controler(lu, annee) if not c.reussi] == []
        assert controles.bloquants(lu, annee) == []
