"""Évolution : glissements, base 100, rupture de 2022, trimestres manquants ; texte et courbes."""

import html
import math
import re
from itertools import pairwise

import altair as alt
import pandas as pd
import pytest
from exemples_figures import HOSTILES
from petites_douanes import ecrire, ligne

from commerce import chemins, formats, references, theme
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.figure import rendu
from commerce.figure.mesure import ecarter, graduer
from commerce.parties import contributions, evolution

PAYS = sorted(references.pays().query("classable").index)[:30]
# Montant de chaque trimestre de l'Ariège, par pays (trente pays), en centaines de milliers d'euros.
MONTANTS = {
    2020: {1: 1, 2: 1, 4: 1},
    2021: {1: 2, 2: 2, 3: 2, 4: 2},
    2022: {1: 4, 2: 4, 3: 4, 4: 4},
    2023: {1: 5, 2: 4, 3: 4, 4: 4},
    2024: {1: 6},
}
NOMS = ("Alpes-de-Haute-Provence", "Provence-Alpes-Côte d'Azur", "France")


def lignes(annee: int, flux: str) -> list[str]:
    return [
        ligne(
            flux=flux,
            annee=annee,
            trimestre=trimestre,
            departement=departement,
            pays=pays,
            valeur_eur=montant * facteur * 100_000,
        )
        for trimestre, montant in MONTANTS[annee].items()
        for departement, facteur in (("09", 1), ("31", 9))
        for pays in PAYS
    ]


@pytest.fixture(scope="module")
def prepares(tmp_path_factory):
    """« longue » : 2020 sans son troisième trimestre, puis 2021 et 2022 ; 2023 et début 2024
    provisoires. « isolees » : 2021 et 2023 seules.
    """
    dossiers = {}
    with pytest.MonkeyPatch.context() as remplacer:
        for nom, annees in {"longue": (2020, 2021, 2022), "isolees": (2021, 2023)}.items():
            dossier = tmp_path_factory.mktemp(nom)
            for flux in "EI":
                for annee in annees:
                    ecrire(dossier / f"Region_{annee}_{flux}.txt", lignes(annee, flux))
                if nom == "longue":
                    derniers = lignes(2023, flux) + lignes(2024, flux)
                    ecrire(dossier / f"REGIONAL_CPF4PAYS{flux}.txt", derniers)
            remplacer.setattr(chemins, "PREPARE", tmp_path_factory.mktemp("prepare"))
            dossiers[nom] = preparer(dossier)
    return dossiers


@pytest.fixture(scope="module")
def fiche(prepares):
    return charger("09", 2023, donnees=prepares["longue"])


def trimestres(fiche, echelle: str = "departement") -> pd.DataFrame:
    table = evolution.trimestres(fiche).query(f"flux == 'export' and echelle == '{echelle}'")
    return table.set_index(["annee", "trimestre"])


def dit(fiche) -> str:
    texte = evolution.texte(fiche, evolution.trimestres(fiche), contributions.tableau(fiche))
    return html.unescape(re.sub(r"<[^>]+>", " ", texte)).replace("\u00a0", " ")


# Calcul


def test_trimestres_a_la_main(fiche):
    table = trimestres(fiche)
    connus = [(annee, t) for annee in range(2020, 2024) for t in (1, 2, 3, 4)]
    assert table.index.tolist() == [*connus, (2024, 1)]
    assert math.isnan(table.at[(2020, 3), "valeur_eur"])
    assert table.at[(2020, 4), "valeur_eur"] == 3_000_000
    # Sur un an : 2021 contre 2020 double, sauf au troisième trimestre, inconnu en 2020.
    assert table["evolution_pct"].dropna().to_dict() == pytest.approx(
        {(2021, 1): 100, (2021, 2): 100, (2021, 4): 100}
        | {(2022, t): 100 for t in (1, 2, 3, 4)}
        | {(2023, 1): 25, (2023, 2): 0, (2023, 3): 0, (2023, 4): 0, (2024, 1): 20}
    )
    region = trimestres(fiche, "region")["valeur_eur"]
    assert region.dropna().to_dict() == (10 * table["valeur_eur"]).dropna().to_dict()


def test_une_somme_de_quatre_trimestres_veut_ses_quatre_trimestres(fiche):
    table = trimestres(fiche)
    sommes = table["quatre_trimestres_eur"]
    assert sommes.first_valid_index() == (2021, 3)
    assert (sommes.dropna() / 3_000_000).tolist() == [7, 8, 10, 12, 14, 16, 17, 17, 17, 17, 18]
    taux = table["evolution_quatre_trimestres_pct"]
    assert taux[2022, 4] == pytest.approx(100)
    assert taux[2024, 1] == pytest.approx(100 / 17)


def test_les_montants_trimestriels_sont_parmi_les_donnees_de_la_figure(prepares, fiche):
    """Dès le premier trimestre connu, avant que quatre fassent une année."""
    table = evolution.tableau(fiche).query("flux == 'export'").set_index(["annee", "trimestre"])
    connus = trimestres(fiche)["valeur_eur"]
    assert table.index[0] == (2020, 1) and table["trimestre_eur"].equals(
        connus.rename("trimestre_eur")
    )
    montree = evolution.figure(fiche, evolution.tableau(fiche))
    assert "trimestre_eur" in montree.donnees
    # Une somme de quatre trimestres qui n'existe pas encore n'est pas « non significative ».
    assert "<td>–</td>" in montree.html and "n.s." not in montree.html
    isolees = evolution.tableau(charger("09", 2023, donnees=prepares["isolees"]))
    assert "trimestre_eur" not in isolees


def test_base_100_a_la_premiere_annee_depuis_la_rupture(fiche):
    indices = trimestres(fiche)["indice"]
    attendus = {(2021, 4): 50, (2022, 4): 100, (2023, 4): 106.25, (2024, 1): 112.5}
    assert {date: indices[date] for date in attendus} == pytest.approx(attendus)


def test_rupture_et_provisoires_marques(fiche):
    table = trimestres(fiche)
    assert table.index[table["rupture"]].tolist() == [(2022, t) for t in (1, 2, 3, 4)]
    provisoires = [(2023, 1), (2023, 2), (2023, 3), (2023, 4), (2024, 1)]
    assert table.index[table["provisoire"]].tolist() == provisoires


def test_une_fiche_d_une_annee_passee_s_arrete_a_son_annee(prepares):
    passee = charger("09", 2022, donnees=prepares["longue"])
    assert trimestres(passee).index[-1] == (2022, 4)


def test_un_territoire_sans_echanges_reste_a_zero_et_sans_indice(prepares):
    table = trimestres(charger("75", 2023, donnees=prepares["longue"]))
    assert table.at[(2022, 4), "valeur_eur"] == 0 and math.isnan(table.at[(2020, 3), "valeur_eur"])
    assert table[["indice", "evolution_pct"]].isna().all(axis=None)


def test_la_corse_ne_se_compare_pas_a_elle_meme(prepares):
    corse = charger("20", 2023, donnees=prepares["longue"])
    assert set(evolution.trimestres(corse)["echelle"]) == {"departement", "france"}
    assert "indice_region" not in evolution.tableau(corse)


# Mots


def test_le_texte_dit_l_annee_puis_le_dernier_trimestre(fiche):
    texte = dit(fiche)
    assert "De 2022 à 2023, les exportations de l'Ariège progressent de 6,3 % ; celles" in (
        texte.replace("\u202f", " ")
    )
    assert "celles d'Occitanie" in texte and "et celles de la France" in texte
    assert "Au 1er trimestre 2024" in texte and "(données provisoires)" in texte
    assert "changement d'enquête" not in texte and "Le trait vertical marque" in texte


def test_le_texte_d_une_annee_que_l_enquete_a_changee_et_de_la_premiere(prepares):
    rupture = dit(charger("09", 2022, donnees=prepares["longue"]))
    assert "traverse le changement d'enquête de janvier 2022" in rupture
    premiere = charger("09", 2021, donnees=prepares["longue"])
    assert "deux années complètes de suite jusqu'à 2021" in dit(premiere)
    petite = charger("75", 2023, donnees=prepares["longue"])
    # Un flux trop petit se tait : l'avertissement de tête le dit pour toute la fiche.
    assert "à 2023, " not in dit(petite)
    # Ce qui ne se calcule pas ne se dessine pas.
    assert not evolution.figure(petite, evolution.tableau(petite))


def test_le_titre_dit_la_base(prepares, fiche):
    titre = evolution.figure(fiche, evolution.tableau(fiche)).titre
    assert titre.endswith("glissants, Ariège, Occitanie et France (base 100 fin 2022)")
    # Avant la rupture, la base est la première date connue, même en cours d'année.
    avant = charger("09", 2021, donnees=prepares["longue"])
    assert evolution.figure(avant, evolution.tableau(avant)).titre.endswith("(base 100 au T3 2021)")


def test_des_annees_isolees_se_lisent_en_annees(prepares):
    isolee = charger("09", 2023, donnees=prepares["isolees"])
    table = evolution.tableau(isolee)
    assert set(table["trimestre"]) == {0}
    export = table[table["flux"] == "export"]
    assert export["annee"].tolist() == [2021, 2022, 2023] and math.isnan(export["indice"].iloc[1])
    assert "d'année en année" in evolution.figure(isolee, table).titre


# Dessin


def series(debut=2019, fin=2025, provisoires=2, trous=()) -> pd.DataFrame:
    """Un tableau dont les indices s'écartent, régulièrement."""
    table = []
    for sens, pente in (("export", 3.0), ("import", -1.5)):
        dates = [(annee, t) for annee in range(debut, fin) for t in (1, 2, 3, 4)]
        for rang, (annee, t) in enumerate(dates):
            indices = [100 + (rang - 8) * pente / (place + 1) for place in range(3)]
            if (annee, t) in trous:
                indices = [float("nan")] * 3
            qualites = (rang >= len(dates) - provisoires, annee == 2022 and debut < 2022)
            table.append((sens, annee, t, 1e8, *indices, *qualites))
    colonnes = ["flux", "annee", "trimestre", "quatre_trimestres_eur"]
    colonnes += [*evolution.INDICES.values(), "provisoire", "rupture"]
    return pd.DataFrame(table, columns=colonnes)


def svg(table: pd.DataFrame, sens="export", largeur=380, noms=NOMS) -> str:
    return rendu.dessin(evolution.dessin(table, sens, largeur=largeur, noms=noms))


def textes(dessin: str) -> list[str]:
    return re.findall(r"<t(?:ext|span)[^>]*>([^<]+)<", dessin)


def traits(dessin: str) -> list[str]:
    """Le nom de chaque trait."""
    return re.findall(r"stroke-dasharray[^>]*><title>([^<]+)", dessin)


def test_une_courbe_s_interrompt_a_la_rupture_et_aux_trous():
    noms = [n for n in traits(svg(series(provisoires=0, trous=[(2024, 2)]))) if "France" in n]
    fins = [re.findall(r"\(([^)]+)\)", nom) for nom in noms]
    # Avant 2022, de 2022 au trou, et après lui. Les trois premiers trimestres de 2022 mêlent deux
    # enquêtes.
    assert fins == [
        ["quatre trimestres jusqu'au T1 2019", "2021"],
        ["2022", "quatre trimestres jusqu'au T1 2024"],
        ["quatre trimestres jusqu'au T3 2024", "2024"],
    ]
    assert "changement d'enquête" in textes(svg(series()))
    assert "changement d'enquête" not in textes(svg(series(2023)))


def test_les_donnees_provisoires_sont_en_tirets_et_le_disent():
    tires = [nom for nom in traits(svg(series())) if nom.endswith(", données provisoires")]
    assert len(tires) == 3 and svg(series()).count('stroke-dasharray="5,4"') == 3
    assert "provisoires" not in svg(series(provisoires=0))


def test_chaque_courbe_est_etiquetee_de_son_dernier_indice_sans_recouvrement():
    table = series()
    dernier = table[table["flux"] == "export"].iloc[-1]
    for largeur in (800, 380):
        ecrits = textes(svg(table, largeur=largeur))
        for colonne in evolution.INDICES.values():
            assert formats.nombre(dernier[colonne], 1) in ecrits
    assert {"Provence-Alpes-", "Côte d'Azur"} <= set(ecrits)
    # Trois courbes confondues : leurs étiquettes s'écartent, au-dessus de l'axe des années.
    plates = table.assign(**dict.fromkeys(evolution.INDICES.values(), 80.0))
    graphique = evolution.dessin(plates, "export", noms=NOMS)
    bouts = graphique.datasets["bouts"]
    niveaux = next(p.value for p in graphique.params if p.name == "niveaux")
    par_px = (niveaux[-1] - niveaux[0]) / graphique.height
    places = [(bout["place"], len(bout["mots"]) * theme.INTERLIGNE_PX * par_px) for bout in bouts]
    assert all(a - ha / 2 >= b + hb / 2 for (a, ha), (b, hb) in pairwise(places))
    assert places[-1][0] - places[-1][1] / 2 >= niveaux[0]


def test_une_meme_pente_dit_la_meme_chose_dans_toutes_les_fiches():
    faible = series().assign(indice=100.5, indice_region=99.0, indice_france=100.0)
    forte = series(2022).assign(indice_region=90.0, indice_france=119.0)
    forte["indice"] = [85.0, 115.0] * (len(forte) // 2)
    graduations = {
        tuple(re.findall(r">(\d+)</text>", svg(table, sens))[-5:])
        for table in (faible, forte)
        for sens in ("export", "import")
    }
    assert graduations == {("80", "90", "100", "110", "120")}


def test_les_couleurs_sont_celles_des_lieux():
    couleurs = theme.theme().couleurs
    roles = dict(
        zip(NOMS, (couleurs.importations, couleurs.texte_discret, couleurs.texte), strict=True)
    )
    dessin = svg(series(), "import")
    for nom, couleur in roles.items():
        points = re.findall(r'fill="([^"]+)"[^>]*><title>' + re.escape(nom) + ", 2024", dessin)
        assert points == [couleur]
    # Sans région, la France garde la sienne.
    seule = svg(series().drop(columns="indice_region"), "import", noms=(NOMS[0], NOMS[2]))
    assert re.findall(r'fill="([^"]+)"[^>]*><title>France, 2024', seule) == [couleurs.texte]


def test_une_ligne_de_plus_se_place_sur_l_axe():
    graphique = evolution.dessin(series(), "export", noms=NOMS).properties(width=500, height=300)
    repere = alt.Chart(pd.DataFrame({"seuil": [140]})).mark_rule(color="#ff0000").encode(y="seuil")
    dessin = rendu.dessin(graphique + repere)
    (place,) = re.findall(r'<g stroke="#ff0000"><line[^>]*y1="([\d.]+)"', dessin)
    hauteurs = dict(re.findall(r'<text x="-6" y="([\d.]+)">(\d+)</text>', dessin))
    niveau = next(float(y) for y, ecrit in hauteurs.items() if ecrit == "140")
    assert float(place) == pytest.approx(niveau - 4, abs=1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (series().head(0), "Trop peu de dates connues"),
        (series(2024).head(1), "Trop peu de dates connues"),
        (series().assign(indice=float("nan")), "Flux trop petit"),
    ],
)
def test_un_panneau_sans_courbe_le_dit(table, message):
    assert message in svg(table)
    assert "trop peu de dates" in evolution.alternative(table, "export", NOMS)


def test_des_noms_hostiles_restent_du_texte():
    dessin = svg(series(), noms=(*HOSTILES[:2], HOSTILES[4]))
    assert "<script" not in dessin and "\u202e" not in dessin and "&lt;script&gt;" in dessin


def test_les_graduations_encadrent_et_restent_rondes():
    assert graduer(80, 120) == [80, 90, 100, 110, 120]
    for bas, haut in ((3.2, 410), (-5, 120), (79.9, 1000), (80, 121)):
        graduations = graduer(bas, haut)
        assert graduations[0] <= bas and graduations[-1] >= haut and len(graduations) <= 7


def test_les_etiquettes_s_ecartent_sans_sortir():
    assert ecarter([52, 51, 50], [20, 20, 20], 200, 0) == [52, 32, 12]
    assert ecarter([5, 4], [20, 20], 200, 0) == [30, 10]
    assert ecarter([199, 198], [20, 20], 200, 0) == [190, 170]
    assert ecarter([], [], 10, 0) == []


@pytest.mark.parametrize(
    "taux_pct, dit",
    [
        (3.45, "progressent de 3,5\u00a0%"),
        (-2.0, "reculent de 2,0\u00a0%"),
        (0.049, "sont stables"),
    ],
)
def test_une_evolution_qui_s_arrondit_a_zero_est_dite_stable(fiche, taux_pct, dit):
    """Jamais « progressent de 0,0 % »."""
    table = evolution.trimestres(fiche).assign(evolution_quatre_trimestres_pct=taux_pct)
    texte = str(evolution.texte(fiche, table, contributions.tableau(fiche)))
    assert dit in html.unescape(texte)


@pytest.mark.parametrize(
    "taux_pct, dit",
    [
        # Le verbe vaut tant que le sens ne change pas ; il se redit dès qu'il a changé.
        (
            (-3, -2, -1),
            "celles d'Occitanie de 2,0 % et celles de la France de 1,0 %.",
        ),
        ((3, -2, -1), "celles d'Occitanie reculent de 2,0 % et celles de la France de 1,0 %."),
        (
            (3, 2, -1),
            "celles d'Occitanie progressent de 2,0 % et celles de la France reculent de 1",
        ),
    ],
)
def test_un_verbe_ne_se_repete_pas(fiche, taux_pct, dit):
    table = evolution.trimestres(fiche)
    taux = dict(zip(("departement", "region", "france"), taux_pct, strict=True))
    table["evolution_quatre_trimestres_pct"] = table["echelle"].map(taux).astype(float)
    texte = str(evolution.texte(fiche, table, contributions.tableau(fiche)))
    assert dit in html.unescape(texte).replace("\u00a0", " ")
