"""Les parties ajoutées, sur les cent territoires de démonstration : mots, nombres, renvois."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from exemples_portrait import series

from commerce import formats, indicateurs, notice, planches, portrait, redaction, references
from commerce.donnees import reperes
from commerce.donnees.fiche import charger
from commerce.portrait import (
    evolution,
    glossaire,
    graphiques_portrait,
    planches_evolution,
    planches_structure,
    textes_parties,
)
from commerce.portrait.graphiques_portrait import ENSEMBLE

# La figure d'une partie ; son texte a le même nom dans `textes_parties`.
PARTIES = {
    "evolution": planches_evolution.evolution_des_echanges,
    "zones": planches_structure.zones_du_monde,
    "concentration": planches_structure.concentration_des_echanges,
    "specialisation": planches_structure.specialisation_du_territoire,
    "etats-unis": planches_structure.ventes_aux_etats_unis,
    "approvisionnements": planches_structure.achats_concentres,
}
# Ordinaire ; un ou deux flux trop petits (Corse, Lozère, Mayotte) ; le plus grand (Paris).
DESSINES = {"09", "20", "48", "75", "976"}
CODES = list(references.departements())
VIDES = re.compile(r"\b(nan|NaN|None|inf|NaT|<NA>)\b|\{|\}|n\.s\.\s*%")


@pytest.fixture(scope="module")
def dossier(tmp_path_factory, racine):
    from commerce.donnees import preparation

    return str(preparation.preparer(racine / "data" / "demonstration"))


@pytest.fixture(scope="module")
def fiches(dossier):
    return {code: charger(code, donnees=dossier) for code in CODES}


class Page(HTMLParser):
    """Textes, ancres, renvois et titres d'un morceau de page."""

    def __init__(self, html: str):
        super().__init__()
        self.ids, self.renvois, self.titres, self.textes = [], [], [], []
        self.pile: list[str] = []
        self.feed(html)
        assert self.pile == []

    def handle_starttag(self, nom, attributs):
        attributs = dict(attributs)
        self.pile.append(nom)
        self.ids += [attributs["id"]] if "id" in attributs else []
        self.renvois += [attributs["href"]] if attributs.get("href", "").startswith("#") else []

    def handle_startendtag(self, nom, attributs):
        pass

    def handle_endtag(self, nom):
        assert self.pile.pop() == nom

    def handle_data(self, contenu):
        self.textes.append(contenu)
        if self.pile and self.pile[-1] == "h3":
            self.titres.append(contenu)


def partie(fiche, ancre: str) -> str:
    """Le texte et les figures d'une partie, comme la cellule les montre."""
    figure = PARTIES[ancre]
    texte = getattr(textes_parties, figure.__name__)(fiche)
    return str(texte) + figure(fiche)._repr_html_()


@pytest.fixture(scope="module")
def pages(fiches):
    """Toutes les parties des cent territoires, avec les figures de quelques-uns."""
    return {
        code: {
            ancre: partie(fiche, ancre)
            if code in DESSINES
            else str(getattr(textes_parties, PARTIES[ancre].__name__)(fiche))
            for ancre in PARTIES
        }
        for code, fiche in fiches.items()
    }


def test_les_cent_territoires_ont_des_textes_entiers(pages, fiches):
    for code, parties in pages.items():
        for ancre, html in parties.items():
            page = Page(html)
            texte = " ".join(page.textes)
            assert not VIDES.search(texte), (code, ancre, VIDES.search(texte))
            assert page.ids[0] == ancre and len(page.titres) == 1, (code, ancre)
            assert page.titres[0].endswith("\u202f?")
        fiche = fiches[code]
        tete = Page(textes_parties.comparatif(fiche) + textes_parties.points_d_attention(fiche))
        assert not VIDES.search(" ".join(tete.textes)), code


def test_chaque_renvoi_trouve_sa_definition(pages, fiches):
    fiche = fiches["09"]
    definis = {f"#{glossaire.ancre(terme)}" for terme in glossaire.termes()}
    assert {f"#{ancre}" for ancre in Page(textes_parties.glossaire(fiche)).ids} >= definis
    for code, parties in pages.items():
        for ancre, html in parties.items():
            page = Page(html)
            vers_glossaire = [r for r in page.renvois if r.startswith("#glossaire-")]
            assert vers_glossaire and set(vers_glossaire) <= definis, (code, ancre)
            autres = set(page.renvois) - set(vers_glossaire)
            assert autres <= {f"#{identifiant}" for identifiant in page.ids}, (code, ancre)
            assert html.count('class="definitions"') == 1


def test_chaque_figure_renvoie_au_glossaire(pages):
    for parties in (pages[code] for code in DESSINES):
        for figure in re.findall(r"<figure.*?</figure>", "".join(parties.values()), re.DOTALL):
            assert 'href="#glossaire-' in figure


def test_toute_legende_ne_renvoie_qu_a_des_termes_definis():
    for cle, modele in redaction.mots()["parties"]["legendes"].items():
        for _, terme in textes_parties.RENVOI.findall(modele):
            assert terme in glossaire.termes(), cle


def test_un_libelle_qui_imite_un_renvoi_reste_du_texte(fiches):
    legende = textes_parties.legende(
        "ressemblances", fiches["09"], voisin="[<b>](inconnu)", part="1,0 %"
    )
    assert "[&lt;b&gt;](inconnu)" in legende


def test_les_contributions_font_l_evolution_des_cent_territoires(fiches):
    for code, fiche in fiches.items():
        table = planches_evolution.contributions(fiche)
        for sens in indicateurs.SENS:
            du_flux = table[table["flux"] == sens]
            taux = portrait.valeurs(fiche)["evolution_annuelle_pct", sens]
            if du_flux.empty:
                assert pd.isna(taux), code
                continue
            produits = du_flux["produit"] != ENSEMBLE
            somme = du_flux.loc[produits, "contribution_points"].sum()
            (total,) = du_flux.loc[~produits, "contribution_points"]
            assert somme == pytest.approx(total) == pytest.approx(taux), code


def test_ce_qui_ne_se_calcule_pas_ne_se_dessine_pas(fiches):
    lozere = fiches["48"]
    assert "<figure" not in partie(lozere, "evolution") + partie(lozere, "zones")
    assert "<figure" not in partie(lozere, "specialisation")
    corse = partie(fiches["20"], "zones")
    assert "Flux trop petit" in corse and "Région" not in corse.split("<table>")[0]


def test_les_figures_gardent_leurs_valeurs_entieres(fiches):
    fiche = charger("75", donnees=fiches["75"].dossier.as_posix())
    for ancre in PARTIES:
        partie(fiche, ancre)
    montrees = {figure.identifiant: figure for figure in planches.montrees(fiche)}
    assert list(montrees) == [
        *("evolution-base-100", "contributions", "zones-du-monde", "concentration-des-echanges"),
        *("specialisations", "territoires-ressemblants", "etats-unis-produits"),
        *("etats-unis-scenario", "fournisseurs-concentres"),
    ]
    zones = montrees["zones-du-monde"].donnees
    assert zones.groupby("flux")["part_pct"].sum().tolist() == pytest.approx([100, 100])
    achats = montrees["fournisseurs-concentres"]
    assert len(achats.donnees) > planches_structure.ACHATS_MONTRES
    assert achats.html.count('<th scope="row">') == planches_structure.ACHATS_MONTRES
    for ligne in achats.donnees.head(planches_structure.ACHATS_MONTRES).itertuples():
        assert formats.millions_court(ligne.import_eur) in achats.html
    for figure in montrees.values():
        poids = [len(dessin) for dessin in re.findall("<svg.*?</svg>", figure.html, re.DOTALL)]
        assert not poids or max(poids) < 25_000, figure.identifiant


def test_le_comparatif_met_le_territoire_a_cote_de_ses_ensembles(fiches):
    html = textes_parties.comparatif(fiches["09"])
    page = Page(html)
    assert html.count('scope="row"') == 8 and html.count('scope="col"') == 4
    assert {"Ariège", "Occitanie", "France", "Solde (M€)", "+75,8"} <= set(page.textes)
    assert "France" in page.textes and "88e rang" in "".join(page.textes)
    corse = textes_parties.comparatif(fiches["20"])
    assert corse.count('scope="col"') == 3


def test_la_notice_porte_tous_les_indicateurs_et_les_alertes(fiches):
    valeurs = notice.valeurs(fiches["75"])
    assert not valeurs.duplicated(["indicateur", "flux"]).any()
    attendus = {"total_eur", "rang_france", "hhi_pays", "krugman_pct", "solde_hors_energie_eur"}
    assert attendus <= set(valeurs["indicateur"])
    contenu = notice.notice(fiches["75"], valeurs)
    assert len(contenu["indicateurs"]) == len(valeurs)
    assert any("gaz" in alerte for alerte in contenu["alertes"])


def test_les_points_d_attention_disent_tous_les_seuils(fiches):
    html = textes_parties.points_d_attention(fiches["75"])
    assert 'id="points-d-attention"' in html and "<details" in html
    page = Page(html)
    assert "Part de l'énergie dans les importations" in page.textes


def test_des_annees_isolees_se_lisent_en_annees(fiches, monkeypatch):
    entiere = evolution.trimestres(fiches["09"])
    seules = entiere.copy()
    hors_fin = seules["trimestre"] != 4
    seules.loc[hors_fin, ["quatre_trimestres_eur", "indice"]] = float("nan")
    monkeypatch.setattr(evolution, "trimestres", lambda fiche: seules)
    table = planches_evolution.series(fiches["09"])
    assert set(table["trimestre"]) == {0}
    assert table.groupby("flux")["annee"].agg(list).tolist() == [[2022, 2023, 2024]] * 2
    figure = planches_evolution._courbes(fiches["09"])
    assert "d'année en année" in figure.titre


def test_une_seule_date_ne_fait_pas_de_courbe(fiches, monkeypatch):
    monkeypatch.setattr(planches_evolution, "series", lambda fiche: series(2024, 2025, annuel=True))
    assert planches_evolution._courbes(fiches["09"]) is None


def test_les_series_sont_celles_de_l_evolution(fiches):
    table = planches_evolution.series(fiches["09"])
    france = evolution.trimestres(fiches["09"])[lambda t: t["echelle"] == "france"]
    fins = france.set_index(["flux", "annee", "trimestre"])["indice"]
    for ligne in table.itertuples():
        cle = (ligne.flux, ligne.annee, ligne.trimestre)
        assert ligne.indice_france == pytest.approx(fins[cle])
    assert list(graphiques_portrait.INDICES) == [c for c in table if c.startswith("indice")]


def test_la_concentration_ecrit_les_valeurs_du_portrait(fiches):
    table = planches_structure.concentrations(fiches["09"])
    valeurs = portrait.valeurs(fiches["09"])
    for ligne in table.itertuples():
        assert ligne.departement == pytest.approx(valeurs[ligne.indicateur, ligne.flux])
    assert len(reperes.espaces(fiches["09"])) == 3
    assert planches_structure.concentrations(fiches["20"])["region"].isna().all()
