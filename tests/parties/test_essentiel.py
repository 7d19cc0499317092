"""L'essentiel : des phrases propres à chaque territoire, aucun fait dit deux fois, rien de n.s."""

import math
import re

import pytest
from petites_fiches import petite_fiche
from petits_reperes import reperes, varie

from commerce import references
from commerce.parties import essentiel

LOIN = [*varie("export", "77"), *varie("import", "77")]
PART = re.compile(r"(?:moins de )?\d+\u00a0%")


def dit(fiche) -> list[str]:
    phrases = essentiel.phrases(fiche, essentiel.tableau(fiche))
    return [phrase.replace("\u00a0", " ").replace("\u202f", " ") for phrase in phrases]


@pytest.fixture(scope="module")
def cent(fiches):
    """Par territoire : ses faits et ses phrases."""
    faits = {code: essentiel.tableau(fiche) for code, fiche in fiches.items()}
    return {code: (faits[code], essentiel.phrases(fiches[code], faits[code])) for code in fiches}


def test_les_cent_ouvertures_sont_propres_a_leur_territoire(cent):
    assert len(cent) == 100
    for sorte in (lambda phrases: phrases[0], lambda phrases: phrases[-1], " ".join):
        assert len({sorte(phrases) for _, phrases in cent.values()}) == 100
    for code, (faits, phrases) in cent.items():
        assert 2 <= len(phrases) <= 5
        assert references.departement(code).sujet.casefold() in phrases[0].casefold()
        assert all(phrase.endswith(".") and len(phrase) < 320 for phrase in phrases), code
        # Dès qu'un flux a des parts, un produit et un pays sont nommés, et un fait le singularise.
        assert faits["rang"].notna().sum() >= (faits["fait"] == "produit").any(), code


def test_aucun_fait_n_est_dit_deux_fois(cent):
    cles = ["fait", "flux", "produit", "pays"]
    for code, (faits, phrases) in cent.items():
        communs, singuliers = faits[faits["rang"].isna()], faits[faits["rang"].notna()]
        assert not communs.duplicated(cles).any() and not singuliers.duplicated("fait").any(), code
        deja = set(communs[cles].itertuples(index=False, name=None))
        siennes = phrases[-len(singuliers) :] if len(singuliers) else []
        for fait, phrase in zip(singuliers.to_dict("records"), siennes, strict=True):
            # Déjà dite, la part n'y est plus : reste celle de la France.
            attendues = 1 if tuple(fait[cle] for cle in cles) in deja else 2
            assert len(PART.findall(phrase)) == (0 if fait["fait"] == "saut" else attendues), phrase


def test_le_fait_singulier_est_celui_qui_s_ecarte_des_autres():
    """Partout vingt pays à parts égales ; ici, la moitié des ventes vont au Japon."""
    codes = list(references.departements())[:20]
    partout = [ligne for code in codes for ligne in varie("export", code)]
    # Chacun a son produit et ses écarts : il faut une distribution pour s'en éloigner.
    propres = [("export", 1, code, "C11Z", "DE", 100_000 * rang) for rang, code in enumerate(codes)]
    japon = ("export", 1, "09", "C28D", "JP", 3_000_000)
    fiche = petite_fiche("09", repere=reperes(*partout, *propres, japon))
    faits = essentiel.tableau(fiche)
    premier = faits[faits["rang"].notna()].iloc[0]
    assert (premier["fait"], premier["flux"], premier["pays"]) == ("pays", "export", "JP")
    assert premier["valeur"] == 100 * 3_000_000 / (6_000_000 + 100_000 * codes.index("09"))
    assert (premier["rang"], premier["univers"], premier["cote"]) == (1, 20, "haut")
    assert any("La part du Japon dans les exportations de l'Ariège" in dite for dite in dit(fiche))


def test_un_flux_ns_ne_donne_que_son_montant():
    fiche = petite_fiche("09", ("export", 1, "09", "C28D", "DE", 900_000), *LOIN)
    phrases = dit(fiche)
    assert phrases[0].startswith("L'Ariège a exporté pour 0,9 million d'euros de biens en 2024")
    assert "(n.s.)" in phrases[0] and "%" not in phrases[0]
    assert phrases[1] == "Aucune importation n'est enregistrée."
    assert len(phrases) == 2


def test_le_pluriel_s_accorde_et_l_annee_d_avant_se_compare():
    avant = reperes(*varie("export", "40"), *varie("import", "40"), *LOIN, annee=2023)
    contenu = [*varie("export", "40", 110_000), *varie("import", "40", 90_000), *LOIN]
    phrases = dit(petite_fiche("40", repere=reperes(*contenu, precedents=avant)))
    assert phrases[0].startswith("Les Landes ont exporté pour 3,3 millions d'euros")
    evolution = "les exportations progressent de 10,0 % et les importations reculent de 10,0 %"
    assert evolution in phrases[2] and "(France : +5,0 % et −5,0 %)" in phrases[2]


def test_l_evolution_ne_traverse_pas_le_changement_d_enquete():
    avant = reperes(*varie("export", "09"), *LOIN, annee=2021)
    fiche = petite_fiche(
        "09", repere=reperes(*varie("export", "09"), *LOIN, annee=2022, precedents=avant)
    )
    faits = essentiel.tableau(fiche)
    assert not faits["fait"].isin(["evolution", "saut"]).any()
    assert not any(math.isnan(valeur) for valeur in faits["valeur"])


def test_un_code_inconnu_garde_son_nom():
    contenu = [*varie("export", "09"), ("export", 1, "09", "Z9", "ZZ", 90_000_000), *LOIN]
    [premiere, *_] = dit(petite_fiche("09", *contenu))
    assert "du produit « Z9 »" in premiere
