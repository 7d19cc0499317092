"""Les chiffres clés : valeurs, région et France une seule fois, place parmi les territoires."""

import math
import re

import pandas as pd
import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce.figure.bande import abscisses, bande, position
from commerce.parties import chiffres

LOIN = [*varie("export", "77", 9_000_000), *varie("import", "77", 9_000_000)]


def lu(fiche) -> pd.DataFrame:
    return chiffres.tableau(fiche).set_index(["indicateur", "flux"])


def dit(fiche) -> str:
    return re.sub(r"\s+", " ", simple(chiffres.texte(fiche, chiffres.tableau(fiche))))


def test_chaque_nombre_a_cote_de_ceux_de_la_region_et_de_la_france():
    voisin = ("export", 1, "31", "C28D", "DE", 5_000_000)
    fiche = petite_fiche("09", *varie("export", "09"), *varie("import", "09"), voisin, *LOIN)
    lieux = ["departement", "region", "france"]
    table = lu(fiche)[lieux]
    assert table.loc[("total_eur", "export")].to_list() == [3e6, 8e6, 278e6]
    assert table.loc[("solde_eur", "")].to_list() == [0, 5e6, 5e6]
    couvertures = table.loc[("taux_couverture_pct", "")].to_list()
    assert couvertures == pytest.approx([100, 800 / 3, 27800 / 273])
    texte = dit(fiche)
    assert re.search(r"Exportations 3,0 M€ .*?Occitanie : 8,0 M€ France : 278,0 M€", texte)
    # La région et la France : une fois par chiffre, nulle part ailleurs.
    assert texte.count("Occitanie :") == texte.count("France :") == len(table)
    # L'année d'avant est inconnue : son évolution ne s'invente pas, et n'a pas de place.
    assert re.search(r"Exportations sur un an n\.s\. Occitanie : n\.s\. France : n\.s\.", texte)


def test_un_flux_trop_petit_n_a_pas_de_rapport():
    seul = ("import", 1, "09", "C28D", "DE", 9_000_000)
    ici = lu(petite_fiche("09", seul, *varie("export", "09"), *LOIN))
    assert math.isnan(ici["departement"]["taux_couverture_pct", ""])
    assert ici["position"]["taux_couverture_pct", ""] == ""
    assert ici["departement"]["solde_eur", ""] == -6e6


def test_la_corse_n_est_pas_comparee_a_elle_meme():
    fiche = petite_fiche("20", *varie("export", "20"), *LOIN)
    assert "region" not in chiffres.tableau(fiche)
    texte = dit(fiche)
    assert "Corse :" not in texte and "en Corse" not in texte
    assert "région" not in texte.partition("Un trait")[2]


@pytest.mark.parametrize(
    ("exporte", "importe", "attendu"),
    [
        (9, 3, r"Exportations .*Importations .*\+18,0 M€ ▲ excédent .*300,0 %"),
        (3, 9, r"Importations .*Exportations .*−18,0 M€ ▼ déficit .*33,3 %"),
        (3, 3, r"Exportations .*Importations .*0,0 M€ équilibre .*100,0 %"),
        (0, 0, r"Exportations .*Importations .*0,0 M€ équilibre .*n\.s\."),
    ],
)
def test_le_flux_le_plus_grand_vient_d_abord(exporte, importe, attendu):
    contenu = [
        ligne
        for sens, montant in (("export", exporte), ("import", importe))
        for ligne in varie(sens, "09", 100_000 * montant)
        if montant
    ]
    assert re.search(attendu, dit(petite_fiche("09", *contenu, *LOIN)))


def test_rangs_en_france_et_dans_la_region():
    ligne = ("export", 1, "09", "C28D", "DE", 5)
    texte = dit(petite_fiche("09", ligne, ("export", 1, "31", "C28D", "DE", 5)))
    assert "1er (ex æquo) sur 100, 1er (ex æquo) sur 13 en Occitanie" in texte
    devant = ("export", 1, "59", "C28D", "DE", 6)
    assert "2e sur 100, 1er sur 13 en Occitanie" in dit(petite_fiche("09", ligne, devant))
    assert "sur 5 dans l'ensemble des DROM" in dit(petite_fiche("976"))


def test_les_mots_suivent_les_quartiles():
    """Quatre quarts : hors de la moitié centrale, « nettement » ; absente, rien."""
    valeurs = pd.Series(range(1, 101), dtype=float)
    comptes = valeurs.map(lambda valeur: position(valeurs, valeur)).value_counts().to_dict()
    assert comptes == {"bas": 25, "proche": 50, "haut": 25}
    assert position(valeurs, math.nan) == ""


def test_la_bande_garde_l_ordre_et_montre_chaque_territoire():
    valeurs = pd.Series({"09": -3.0, "31": 4e9, "11": 0.0, "75": 12.0, "48": math.nan, "12": 12.0})
    connues = valeurs.dropna()
    places = pd.Series(abscisses(connues.to_numpy()), index=connues.index)
    assert places.sort_values(kind="stable").index.to_list() == ["09", "11", "75", "12", "31"]
    assert (places.min(), places.max()) == (0, 1)
    dessin = str(bande(valeurs, "09", ["31", "09"], 'de "bas" à <haut>'))
    traits = {
        genre: trace.count("M") for genre, trace in re.findall(r'class="(\w+)" d="(.*?)"', dessin)
    }
    # Deux valeurs égales, un trait.
    assert traits == {"cent": 2, "region": 1, "ici": 1}
    assert 'role="img"' in dessin and "<haut>" not in dessin
    assert bande(valeurs, "48", [], "") == ""
