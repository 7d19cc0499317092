"""Chargement d'une fiche : les bonnes lignes, les bons libellés, des refus en une phrase."""

import subprocess
import sys

import pytest
from petites_douanes import annee_complete, ecrire, ligne, lignes

from commerce import ErreurDonnees, chemins
from commerce.donnees import schemas
from commerce.donnees.fiche import charger, choisir_annee
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare


@pytest.fixture(scope="module")
def petit(tmp_path_factory):
    """Deux années complètes, 2022 et 2023, et les exportations de 2024 ; un pays inconnu."""
    dossier = tmp_path_factory.mktemp("donnees")
    source = annee_complete(annee_complete(dossier / "s", annee=2022), annee=2023)
    ecrire(
        source / "e.txt",
        [*lignes("E", 2024), ligne(pays="ZZ"), ligne(pays="Q5"), ligne(a129="Z9", cpf4="99")],
    )
    ecrire(source / "Libelle_PAYS.txt", ["Q5;Pays <b>secret</b>;200901;999912"])
    ecrire(source / "Libelle_CPF4.txt", ["99;Un produit au libellé bien trop long pour une figure"])
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", dossier / "p")
        return preparer(source)


@pytest.mark.parametrize("nomenclature", ["A129", "CPF4"])
def test_fiche_complete_et_conforme_aux_schemas(petit, nomenclature):
    fiche = charger("09", 2023, nomenclature, petit)
    trimestres = [t.drop(columns="trimestre") for _, t in fiche.echanges.groupby("trimestre")]
    for ensemble in (*trimestres, fiche.echanges_region, fiche.echanges_france):
        schemas.ENSEMBLE.validate(ensemble)
    produits = {"A129": ["A01Z", "C30C"], "CPF4": ["0111", "3030"]}[nomenclature]
    assert sorted(fiche.echanges["produit"].unique()) == produits
    assert sorted(fiche.echanges["trimestre"].unique()) == [1, 2, 3, 4]
    assert fiche.echanges["valeur_eur"].sum() == 48000
    assert fiche.echanges_region["valeur_eur"].sum() == 96000
    assert fiche.echanges_france["valeur_eur"].sum() == 7 * 48000
    assert fiche.departement.nom == "Ariège" and fiche.annee == 2023
    assert fiche.produits.loc[produits, "libelle_court"].notna().all()
    assert fiche.pays.at["NA", "nom"] == "Namibie"
    assert not fiche.demonstration and fiche.mention == ""


def test_memes_totaux_dans_les_deux_nomenclatures(demonstration):
    for code in ("09", "75", "976"):
        a129, cpf4 = (charger(code, 2023, n, demonstration) for n in ("A129", "CPF4"))
        for nom in ("echanges", "echanges_region", "echanges_france"):
            sommes = [
                getattr(fiche, nom).groupby("flux")[["valeur_eur", "masse_kg"]].sum()
                for fiche in (a129, cpf4)
            ]
            assert sommes[0].equals(sommes[1])


def test_une_fiche_de_demonstration_se_dit_fictive(demonstration):
    fiche = charger("09", donnees=demonstration)
    assert fiche.annee == 2024 and fiche.mention == "données de démonstration, fictives"
    assert (
        "Source : jeu fictif, " in fiche.source.replace("\u00a0", " ")
        and "DGDDI" not in fiche.source
    )


def test_totaux_egaux_aux_lignes_de_chaque_territoire(demonstration):
    prepare = Prepare(demonstration)
    sommes = prepare.totaux().query("annee == 2022").groupby("territoire")["valeur_eur"].sum()
    par_pays = (
        prepare.totaux_pays().query("annee == 2022").groupby("territoire")["valeur_eur"].sum()
    )
    assert sommes.equals(par_pays) and len(sommes) == 102
    for territoire in ("01", "20", "971", "98", "99"):
        assert prepare.echanges(territoire, 2022)["valeur_eur"].sum() == sommes[territoire]
    assert prepare.france(2022)["valeur_eur"].sum() == sommes.sum()


@pytest.mark.parametrize("code", ["2A", "2b", "20", 20])
def test_la_corse_sous_tous_ses_noms(petit, code):
    assert charger(code, 2023, donnees=petit).echanges["valeur_eur"].sum() == 48000


def test_departement_sans_echange(petit):
    fiche = charger("48", 2023, donnees=petit)
    assert fiche.echanges.empty
    plein = charger("09", 2023, donnees=petit).echanges
    assert fiche.echanges.dtypes.equals(plein.dtypes)
    assert fiche.echanges_region["valeur_eur"].sum() == 96000


def test_codes_inconnus_nommes_et_classes(petit):
    fiche = charger("09", 2024, donnees=petit, incomplete=True)
    lus = ["nom", "sujet", "nombre", "zone", "classable"]
    assert fiche.pays.columns.to_list() == lus
    for code, nom, classable in (("ZZ", "Code ZZ", True), ("Q5", "Pays <b>secret</b>", False)):
        assert fiche.pays.loc[code].to_list() == [nom, nom, "singulier", "", classable]
    assert fiche.pays["classable"].dtype == bool
    assert fiche.produits.at["Z9", "libelle"] == "Code Z9"
    cpf4 = charger("09", 2024, "CPF4", petit, incomplete=True)
    assert cpf4.produits.at["99", "libelle_court"] == "Un produit au libellé bien trop…"
    assert cpf4.produits.index.is_unique and fiche.pays.index.is_unique


def test_derniere_annee_complete_par_defaut(petit):
    assert charger("09", donnees=petit).annee == 2023
    assert charger("09", "2022", donnees=str(petit)).annee == 2022
    assert choisir_annee(Prepare(petit), 0, incomplete=True) == 2023


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        ({"annee": 2024}, "2024 est incomplète, il manque toutes les importations ;"),
        ({"annee": 2019}, "choisir parmi 2022, 2023, ou déposer"),
        ({"annee": "vingt"}, "Pas de données pour l'année vingt"),
        ({"annee": -1}, "Pas de données pour l'année -1"),
        ({"nomenclature": "NC8"}, "Nomenclature « NC8 » inconnue : choisir A129 ou CPF4."),
        ({"departement": "99"}, "99"),
        ({"donnees": "nulle/part"}, "n'est pas un dossier de données préparées"),
    ],
)
def test_demandes_refusees_en_une_phrase(petit, options, phrase):
    with pytest.raises(ErreurDonnees) as refus:
        charger(**({"departement": "09", "donnees": petit} | options))
    assert phrase in str(refus.value) and "\n" not in str(refus.value)


def test_aucune_annee_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")
    ecrire(tmp_path / "s" / "e.txt", lignes("E", 2024, trimestres=(1, 2, 3)))
    dossier = preparer(tmp_path / "s")
    with pytest.raises(
        ErreurDonnees, match="Aucune année complète : à 2024 il manque le 4e trimestre des exp"
    ):
        charger("09", donnees=dossier)
    fiche = charger("09", donnees=dossier, incomplete=True)
    assert fiche.annee == 2024 and set(fiche.echanges["flux"]) == {"export"}


def test_donnees_provisoires_dites(tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")
    for flux in "EI":
        ecrire(tmp_path / "s" / f"REGIONAL_CPF4PAYS{flux}.txt", lignes(flux, 2024))
    fiche = charger("09", donnees=preparer(tmp_path / "s"))
    assert fiche.provisoire and "données provisoires" in fiche.source
    assert "2024" in fiche.source and "DGDDI" in fiche.source


def test_modifier_un_tableau_ne_change_pas_la_fiche_suivante(petit):
    premiere = charger("09", 2023, donnees=petit)
    premiere.echanges_region["valeur_eur"] = 0
    premiere.echanges_france.loc[:, "pays"] = "XX"
    premiere.pays["nom"] = "rien"
    seconde = charger("31", 2023, donnees=petit)
    assert seconde.echanges_region["valeur_eur"].sum() == 96000
    assert "XX" not in set(seconde.echanges_france["pays"])
    assert seconde.pays.at["DE", "nom"] == "Allemagne"


def test_sans_donnees_la_fiche_les_prepare(tmp_path, monkeypatch):
    for nom in ("SOURCE", "PREPARE"):
        monkeypatch.setattr(chemins, nom, tmp_path / nom)
    annee_complete(tmp_path / "SOURCE", annee=2021)
    fiche = charger(9)
    assert fiche.annee == 2021 and not fiche.demonstration
    assert fiche.dossier.parent == tmp_path / "PREPARE"


def test_le_chemin_rapide_n_importe_pas_la_preparation(petit):
    code = (
        "import sys; from commerce.donnees.fiche import charger; "
        f"charger('09', 2023, donnees={str(petit)!r}); "
        "longs = {'commerce.donnees.construction', 'commerce.donnees.douanes', 'pandera'}; "
        "sys.exit(bool(longs & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
