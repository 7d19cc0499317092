"""Les nombres s'écrivent comme l'Imprimerie nationale le demande."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import formats


@pytest.mark.parametrize(
    ("obtenu", "attendu"),
    [
        (formats.nombre(1966), "1\u202f966"),
        (formats.nombre(0.5), "1"),
        (formats.nombre(2.5), "3"),
        (formats.nombre(-2.5), "\u22123"),
        (formats.nombre(-0.04, 1), "0,0"),
        (formats.nombre(0.25, 1), "0,3"),
        (formats.nombre(1.005, 2), "1,01"),
        (formats.nombre(float("nan")), "n.s."),
        (formats.nombre(None), "n.s."),
        (formats.nombre(Decimal("Infinity")), "n.s."),
        (formats.millions(772_083_417), "772,1\u00a0millions d'euros"),
        (formats.millions(580_354_512_345), "580\u202f354,5\u00a0millions d'euros"),
        (formats.millions(1_949_999), "1,9\u00a0million d'euros"),
        (formats.millions(1_950_000), "2,0\u00a0millions d'euros"),
        (formats.millions(0), "0,0\u00a0million d'euros"),
        (formats.millions_court(123_449_999), "123,4\u00a0M€"),
        (formats.millions_signe(75_800_000), "+75,8\u00a0M€"),
        (formats.millions_signe(-75_800_000), "\u221275,8\u00a0M€"),
        (formats.millions_signe(10), "0,0\u00a0M€"),
        (formats.pourcentage(1.5612), "1,6\u00a0%"),
        (formats.part_france(0.1), "0,10\u00a0%"),
        (formats.part_france(9.994), "9,99\u00a0%"),
        (formats.part_france(9.996), "10,0\u00a0%"),
        (formats.part_france(0.0049), "moins de 0,01\u00a0%"),
        (formats.part_france(0), "0,00\u00a0%"),
        (formats.part(0.04), "moins de 0,1\u00a0%"),
        (formats.part(float("nan")), "n.s."),
        (formats.points(-3.44), "\u22123,4\u00a0points"),
        (formats.points(1.2), "+1,2\u00a0point"),
        (formats.quantite(1, "commune"), "1\u00a0commune"),
        (formats.quantite(12, "commune"), "12\u00a0communes"),
        (formats.quantite(3, "pays", "pays"), "3\u00a0pays"),
        (formats.en_lettres(3), "trois"),
        (formats.en_lettres(11), "11"),
        *(
            (formats.en_lettres(effectif, 99), lettres)
            for effectif, lettres in {
                **{16: "seize", 17: "dix-sept", 20: "vingt", 21: "vingt et un", 31: "trente et un"},
                **{42: "quarante-deux", 70: "soixante-dix", 71: "soixante et onze"},
                **{80: "quatre-vingts", 81: "quatre-vingt-un", 91: "quatre-vingt-onze"},
                **{99: "quatre-vingt-dix-neuf", 100: "100"},
            }.items()
        ),
    ],
)
def test_ecriture(obtenu, attendu):
    assert obtenu == attendu


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_un_montant_ecrit_se_relit_au_dixieme_de_million_pres(montant_eur):
    texte = formats.millions_court(montant_eur).removesuffix("\u00a0M€")
    relu = Fraction(texte.replace("\u202f", "").replace("\u2212", "-").replace(",", "."))
    assert abs(relu - Fraction(montant_eur, 10**6)) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("saisi", "ecrit"),
    [
        ("Source : douanes ; calculs", "Source\u00a0: douanes\u202f; calculs"),
        ("« Autres pays »", "«\u00a0Autres pays\u00a0»"),
        ("1 250 tonnes, 57 ko, 3 M€, 2 %", "1\u202f250 tonnes, 57\u00a0ko, 3\u00a0M€, 2\u00a0%"),
        ("bois, pierre...", "bois, pierre…"),
        ("le 1 février 2025", "le 1er février 2025"),
        ("le 11 février, le 21 mai, 1 mars", "le 11 février, le 21 mai, 1er mars"),
        ("l’Ariège", "l'Ariège"),
        ("produit x pays, 100 x X / M", "produit × pays, 100 × X / M"),
    ],
)
def test_typographie_posee_une_fois_pour_toutes(saisi, ecrit):
    assert formats.typographie(saisi) == ecrit
    assert formats.typographie(ecrit) == ecrit


def test_propre_ote_les_commandes_et_garde_les_espaces_insecables():
    assert formats.propre("\u202eab\u061c\x00c\u2066 \ud800\tfin\u2028\n") == "ab c fin"
    assert formats.propre("10\u202f000\u00a0€") == "10\u202f000\u00a0€"
