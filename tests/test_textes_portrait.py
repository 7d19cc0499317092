"""Les phrases ajoutées des cent fiches : accords, élisions, variantes ; le glossaire."""

import math
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from petits_reperes import lignes, reperes, varie
from test_textes import DEFAUTS, simple

from commerce import chemins, formats, portrait, references
from commerce.donnees import reperes as module_reperes
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.portrait import (
    alertes,
    evolution,
    glossaire,
    textes_alertes,
    textes_etats_unis,
    textes_portrait,
    textes_structure,
)
from commerce.portrait.rangs import Rang

# « n.s. » et « s.o. » ont un point avant la virgule ou la parenthèse ; « vulnérabilité » est banni.
BANNIS = re.compile(r"vulnérab|dépendan|malheureusement|inquiét|risque|devrait", re.IGNORECASE)


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", tmp_path_factory.mktemp("textes"))
        return preparer(chemins.DEMONSTRATION)


def textes_de(fiche) -> dict[str, str]:
    contenu = {
        "rangs": textes_portrait.rangs_du_territoire(fiche),
        "évolution": textes_portrait.evolution_annuelle(fiche),
        "trimestres": textes_portrait.derniers_trimestres(fiche),
        "zones": textes_structure.zones(fiche),
        "concentration à l'export": textes_structure.concentration_des_flux(fiche, "export"),
        "concentration à l'import": textes_structure.concentration_des_flux(fiche, "import"),
        "spécialisation": textes_structure.specialisation_du_territoire(fiche),
        "ressemblances": textes_structure.ressemblances(fiche),
        "approvisionnements": textes_structure.approvisionnements_concentres(fiche),
        "États-Unis": textes_etats_unis.exposition_du_territoire(fiche),
        "scénario": textes_etats_unis.scenario(fiche),
        "droits": textes_etats_unis.droits(fiche),
        "alertes": textes_alertes.avertissements(fiche),
        "titre années": textes_portrait.titre_evolution(fiche, "annees"),
        "titre trimestres": textes_portrait.titre_evolution(fiche, "trimestres"),
        "titre contributions": textes_portrait.titre_contributions(fiche, "export"),
        "titre zones": textes_structure.titre_zones(fiche),
        "titre concentration": textes_structure.titre_concentration(fiche),
        "titre spécialisation": textes_structure.titre_specialisation(fiche),
        "titre approvisionnements": textes_structure.titre_approvisionnements(fiche),
        "titre produits": textes_etats_unis.titre_produits(fiche),
        "titre scénario": textes_etats_unis.titre_scenario(fiche),
    }
    contenu |= {f"alerte {i}": a for i, a in enumerate(textes_alertes.alertes_ecrites(fiche))}
    chiffres = textes_portrait.chiffres_cles(fiche).to_numpy().ravel()
    contenu["chiffres"] = " | ".join(chiffre for chiffre in chiffres if chiffre)
    return {nom: simple(texte) for nom, texte in contenu.items()}


@pytest.mark.parametrize("code", references.departements())
def test_phrases_de_la_fiche(code, dossier):
    for nom, texte in textes_de(charger(code, donnees=dossier)).items():
        assert not BANNIS.search(texte), f"{nom} : {texte}"
        for defaut, motif in DEFAUTS.items():
            trouve = motif.search(texte)
            assert not trouve, f"{nom} : {defaut} vers « {texte[trouve.start() :][:60]} »"


def test_phrases_en_cpf4_comme_en_a129(dossier):
    for code in ("09", "75"):
        a129, cpf4 = (textes_de(charger(code, 0, n, dossier)) for n in ("A129", "CPF4"))
        assert a129 == cpf4


def test_phrases_de_la_premiere_annee(dossier):
    textes = textes_de(charger("09", 2022, donnees=dossier))
    assert "deux années complètes de suite jusqu'à 2022" in textes["évolution"]
    assert "Il faut au moins deux années complètes" in textes["approvisionnements"]
    textes = textes_de(charger("09", 2023, donnees=dossier))
    assert "Seules deux années complètes sont connues" in textes["approvisionnements"]


def test_chiffres_connus_de_l_ariege(dossier):
    fiche = charger("09", donnees=dossier)
    textes = textes_de(fiche)
    valeurs = portrait.valeurs(fiche)
    assert "772,1" in textes["chiffres"] and "+75,8" in textes["chiffres"]
    rang = valeurs["rang_france", "export"]
    assert f"l'Ariège se place au {int(rang)}e rang pour les exportations" in textes["rangs"]
    assert "En Occitanie, parmi 13 départements" in textes["rangs"]
    pays = formats.en_lettres(int(valeurs["n80_pays", "export"])).capitalize()
    assert (
        f"{pays} pays font 80\u00a0% des exportations de l'Ariège"
        in textes["concentration à l'export"]
    )
    assert "pas une prévision" in textes["scénario"] and "50\u00a0points" in textes["scénario"]


def test_variantes_par_territoire(dossier):
    corse, mayotte, landes, paris = (
        textes_de(charger(code, donnees=dossier)) for code in ("2A", "976", "40", "75")
    )
    assert "rang régional n'a pas d'objet" in corse["rangs"]
    assert "n'a ni rang régional" in corse["alertes"] and "Corse et France" in corse["titre zones"]
    assert "Parmi les cinq départements d'outre-mer" in mayotte["rangs"]
    assert (
        "les Landes se placent" in landes["rangs"]
        and "les Landes exportent" in landes["titre spécialisation"]
    )
    assert "par convention à Paris le gaz" in paris["alertes"]
    assert "(n.s.)" in mayotte["zones"]


def reperes_de_main(monkeypatch, *contenu, **champs):
    """Une fiche de l'Ariège dont les repères sont écrits à la main."""
    repere = reperes(*contenu, **champs)
    monkeypatch.setattr(module_reperes, "lire", lambda dossier, annee: repere)
    return SimpleNamespace(
        departement=references.departement("09"),
        annee=repere.annee,
        nomenclature="A129",
        dossier=Path("a-la-main"),
    )


def test_un_seul_pays_un_seul_produit(monkeypatch):
    fiche = reperes_de_main(
        monkeypatch, *varie("export", "09"), ("export", 1, "09", "C28D", "DE", 900_000_000)
    )
    texte = simple(textes_structure.concentration_des_flux(fiche, "export"))
    assert "Un seul pays fait 80\u00a0% des exportations de l'Ariège" in texte
    assert "Un seul produit en fait 80\u00a0%." in texte
    assert "forte par pays" in texte and "forte par produit (indice 1,00)" in texte


def test_pays_inconnus_aux_trois_quarts(monkeypatch):
    fiche = reperes_de_main(
        monkeypatch, *varie("export", "09"), ("export", 1, "09", "C28D", "QU", 9_000_000)
    )
    texte = simple(textes_structure.concentration_des_flux(fiche, "export"))
    assert "Les pays connus ne font pas 80\u00a0% des exportations de l'Ariège." in texte


def test_ex_aequo_et_premier_rang(monkeypatch):
    fiche = reperes_de_main(
        monkeypatch, ("export", 1, "09", "C30C", "DE", 5), ("export", 1, "31", "C30C", "DE", 5)
    )
    texte = simple(textes_portrait.rangs_du_territoire(fiche))
    assert "se place au 1er rang (ex æquo) pour les exportations, au 1er (ex æquo) pour" in texte
    assert textes_portrait.rang_ecrit(fiche, Rang(12, False, 100)) == "12e"
    assert (
        textes_portrait.rang_ecrit(fiche, Rang(12, True, 100), nomme=True) == "12e rang (ex æquo)"
    )


@pytest.mark.parametrize(
    ("vendu", "exposition", "scenario"),
    [
        (0, "Aucune exportation de l'Ariège vers les États-Unis n'est enregistrée en 2024.", ""),
        (20_000, "soit moins de 0,1\u00a0million d'euros", "aucun ordre de grandeur n'en est tiré"),
        (2_000_000, "soit 2,0\u00a0millions d'euros", "soit de 0,2 à 0,8\u00a0million d'euros"),
    ],
)
def test_etats_unis_selon_le_montant(monkeypatch, dossier, vendu, exposition, scenario):
    contenu = [*varie("export", "09"), ("export", 1, "09", "C30C", "US", vendu)]
    fiche = reperes_de_main(monkeypatch, *contenu)
    fiche.dossier, fiche.echanges = dossier, lignes(*contenu).rename(columns={"a129": "produit"})
    texte = simple(textes_etats_unis.exposition_du_territoire(fiche))
    assert exposition in texte
    assert ("Premiers produits concernés" in texte) is (vendu > 50_000)
    assert scenario in simple(textes_etats_unis.scenario(fiche))
    assert bool(scenario) is bool(textes_etats_unis.scenario(fiche))


def test_evolution_a_travers_la_rupture(monkeypatch):
    avant = reperes(*varie("export", "09"), annee=2021)
    fiche = reperes_de_main(
        monkeypatch, *varie("export", "09", 90_000), annee=2022, precedents=avant
    )
    texte = simple(textes_portrait.evolution_annuelle(fiche))
    assert "De 2021 à 2022, les exportations de l'Ariège reculent de 10,0\u00a0%" in texte
    assert "changement d'enquête de janvier 2022" in texte
    assert "l'évolution des importations de l'Ariège n'a pas de sens" in texte


def test_verbes_et_enumerations():
    fiche = SimpleNamespace(departement=references.departement("09"), annee=2024)
    verbes = [textes_portrait.verbe(fiche, taux) for taux in (3.45, -2.0, 0.049, -0.04)]
    assert verbes[0] == "progressent de 3,5\u00a0%" and verbes[1] == "reculent de 2,0\u00a0%"
    assert verbes[2:] == ["sont stables", "sont stables"]
    enumerations = [textes_portrait.enumerer(list(mots)) for mots in ("", "a", "ab", "abc")]
    assert enumerations == ["", "a", "a et b", "a, b et c"]
    assert (
        textes_structure.fois(0.55) == "0,6\u00a0fois" and textes_structure.fois(3) == "3\u00a0fois"
    )
    assert textes_structure.fois(399.4) == "399\u00a0fois"
    jours = [textes_etats_unis.jour(iso) for iso in ("", "2025-09-01", "2026-07-24")]
    assert jours == ["", "1er septembre 2025", "24 juillet 2026"]


def test_ce_qui_vient_des_donnees_est_echappe(monkeypatch):
    fiche = reperes_de_main(
        monkeypatch, *varie("export", "09"), ("export", 1, "09", "C30C", "DE", 9_000_000)
    )
    repere = module_reperes.lire(None, None)
    hostile = "<script>alert(1)</script>"
    repere.libelles.loc["C30C", "libelle_court"] = hostile
    repere.partenaires.loc["DE", "nom"] = '"><img src=x>'
    for texte in (
        textes_structure.concentration_des_flux(fiche, "export"),
        textes_structure.specialisation_du_territoire(fiche),
        textes_alertes.avertissements(fiche),
    ):
        assert "<script" not in texte and "<img" not in texte
    assert "&lt;script&gt;" in textes_structure.concentration_des_flux(fiche, "export")


def test_tableau_des_seuils(dossier):
    table = textes_alertes.tableau_des_seuils(charger("09", donnees=dossier))
    assert len(table) == len(textes_alertes.seuils())
    assert "25\u00a0%" in set(table["seuil"]) and "30\u00a0couples" in set(table["seuil"])
    assert table["territoires"].eq("").sum() == len(alertes.PRECISIONS)


def test_glossaire_ancres_uniques_et_completes():
    html = str(glossaire.glossaire())
    ancres = re.findall(r'id="([^"]+)"', html)
    assert len(ancres) == len(set(ancres)) == len(glossaire.termes())
    assert all(re.fullmatch(r"glossaire-[a-z0-9-]+", ancre) for ancre in ancres)
    assert "glossaire-hhi" in ancres
    for terme in glossaire.termes().values():
        assert {"terme", "definition", "unite", "reference"} <= set(terme)
        for defaut, motif in DEFAUTS.items():
            texte = formats.typographie(" ".join(v for v in terme.values() if isinstance(v, str)))
            assert not motif.search(texte), (terme["terme"], defaut)


def test_chaque_indicateur_a_sa_definition(dossier):
    definis = {nom for terme in glossaire.termes().values() for nom in terme.get("indicateurs", [])}
    calcules = set(portrait.indicateurs(charger("09", donnees=dossier))["indicateur"])
    assert calcules <= definis
    assert {"solde_eur", "taux_couverture_pct"} <= definis


def test_les_renvois_menent_a_une_ancre(dossier):
    html = str(glossaire.glossaire())
    fiche = charger("09", donnees=dossier)
    for texte in (
        textes_portrait.rangs_du_territoire(fiche),
        textes_structure.zones(fiche),
        textes_alertes.avertissements(fiche),
        textes_etats_unis.scenario(fiche),
    ):
        renvois = re.findall(r'href="#([^"]+)"', str(texte))
        assert renvois and all(f'id="{renvoi}"' in html for renvoi in renvois)
    with pytest.raises(KeyError):
        glossaire.lien("inconnu")


def test_titre_dit_l_annee_de_base(dossier):
    fiche = charger("09", donnees=dossier)
    assert "(base 100 en 2022)" in textes_portrait.titre_evolution(fiche, "annees")
    indices = evolution.annees(fiche).query("annee == 2022")["indice"]
    assert (indices == 100).all() and not math.isnan(indices.sum())
    assert isinstance(textes_portrait.chiffres_cles(fiche), pd.DataFrame)
