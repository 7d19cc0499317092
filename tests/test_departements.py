"""Les tables de référence : 100 territoires, leur grammaire, 76 produits, les pays."""

import csv
import re
import unicodedata

import pytest

from commerce import ErreurDonnees
from commerce.references import (
    avertissement_code,
    departement,
    departements,
    departements_de_region,
    fiche_de_region,
    hors_departements,
    pays,
    produits_a129,
    regions,
    territoires,
    territoires_industrie,
)

# Ce qu'aucune règle ne donne, relu pour les cent : « la », « sans article », « en », « à ».
FEMININS = """16 17 19 20 21 23 24 26 31 33 42 43 44 48 50 51 52 53 54 55 57 58 70 71 72 73 74 76 77
80 85 86 87 93 971 972 973"""
SANS_ARTICLE = ("75", "974", "976")
COMPLEMENTS_SANS_ARTICLE = ("28", "35", "37", "49", "54", "71", "77", *SANS_ARTICLE)
EN = """16 17 19 20 21 24 28 31 33 35 37 43 44 48 49 52 53 54 55 57 70 71 73 74 76 77 85 87 93 971
972 973"""
GRAMMAIRE_REGIONS = {
    "11": ("d'Île-de-France", "en Île-de-France"),
    "24": ("du Centre-Val de Loire", "en Centre-Val de Loire"),
    "27": ("de Bourgogne-Franche-Comté", "en Bourgogne-Franche-Comté"),
    "28": ("de Normandie", "en Normandie"),
    "32": ("des Hauts-de-France", "dans les Hauts-de-France"),
    "44": ("du Grand Est", "dans le Grand Est"),
    "52": ("des Pays de la Loire", "dans les Pays de la Loire"),
    "53": ("de Bretagne", "en Bretagne"),
    "75": ("de la Nouvelle-Aquitaine", "en Nouvelle-Aquitaine"),
    "76": ("d'Occitanie", "en Occitanie"),
    "84": ("d'Auvergne-Rhône-Alpes", "en Auvergne-Rhône-Alpes"),
    "93": ("de Provence-Alpes-Côte d'Azur", "en Provence-Alpes-Côte d'Azur"),
    "94": ("de Corse", "en Corse"),
    "DROM": ("de l'ensemble des DROM", "dans l'ensemble des DROM"),
}
PLURIELS = {"04", "05", "06", "08", "13", "22", "40", "64", "65", "66", "78", "79", "88", "92"}
DE = {"le ": "du ", "les ": "des ", "la ": "de la ", "l'": "de l'"}
VOYELLES = tuple("AEIOUYÉÎŒ")
H_MUETS = {"Hérault"}
TOUS = list(departements().values())


def libelles(chemin, encodage="utf-8-sig"):
    """Lignes d'une table de libellés des douanes."""
    with chemin.open(encoding=encodage, newline="") as fichier:
        return list(csv.reader(fichier, delimiter=";"))


def par_code(d):
    return d.code


def test_cent_territoires_dans_l_ordre_des_codes():
    codes = list(departements())
    metropole = [f"{n:02d}" for n in range(1, 96)]
    assert codes == [*metropole, "971", "972", "973", "974", "976"]
    assert len({d.nom for d in TOUS}) == len({d.slug for d in TOUS}) == 100


@pytest.mark.parametrize("d", TOUS, ids=par_code)
def test_sujet_complement_et_locatif(d):
    elide = d.nom.startswith(VOYELLES) or d.nom in H_MUETS
    article = "la " if d.code in FEMININS.split() else "l'" if elide else "le "
    article = "" if d.code in SANS_ARTICLE else "les " if d.code in PLURIELS else article
    assert d.sujet == article + d.nom
    assert d.nombre == ("pluriel" if d.code in PLURIELS else "singulier")
    de = "d'" if elide else "de "
    de = de if d.code in COMPLEMENTS_SANS_ARTICLE else DE[article]
    assert d.complement == de + d.nom
    en = "en " if d.code in EN.split() else "à " if d.code in SANS_ARTICLE else "dans " + article
    assert d.locatif == en + d.nom


@pytest.mark.parametrize("d", TOUS, ids=par_code)
def test_slug_ascii_forme_du_code_et_du_nom(d):
    ascii_ = unicodedata.normalize("NFKD", d.nom).encode("ascii", "ignore").decode().lower()
    assert d.slug == f"{d.code}-" + re.sub("[^a-z]+", "-", ascii_)


def test_chaque_region_a_sa_fiche_et_la_corse_une_seule():
    ensembles = [t for t in territoires().values() if t.code not in departements()]
    assert {t.code for t in ensembles} == {f"R{c}" for c in regions()} - {"R94"}
    for t in ensembles:
        ascii_ = unicodedata.normalize("NFKD", t.nom).encode("ascii", "ignore").decode().lower()
        nom = "" if t.code == "RDROM" else "-" + re.sub("[^a-z]+", "-", ascii_)
        assert t.slug == f"region-{t.region.code.lower()}{nom}"
        assert (t.sujet, t.complement) == (t.region.sujet, t.region.complement)
    assert fiche_de_region(regions()["94"]) is departements()["20"] is departement("r94")
    assert departement("r76").composants == tuple(d.code for d in departements_de_region("76"))
    assert departement("R93").composants[-1] == "99"
    assert "R94" in avertissement_code("R94")


def test_regions_et_leurs_departements():
    assert {c: (r.complement, r.locatif) for c, r in regions().items()} == GRAMMAIRE_REGIONS
    assert {c for c, r in regions().items() if r.nombre == "pluriel"} == {"32", "52"}
    assert [d.code for d in departements_de_region("DROM")] == ["971", "972", "973", "974", "976"]
    assert len(departements_de_region(76)) == 13
    assert sum(len(departements_de_region(c)) for c in regions()) == 100
    with pytest.raises(ErreurDonnees, match=r"Aucune région n'a le code « 01 ».*76 \(Occitanie\)"):
        departements_de_region("01")


def test_codes_et_couples_des_douanes(reference):
    lignes = libelles(reference / "douanes" / "Departement_region.txt")
    attendus = {(ligne[0], ligne[2]) for ligne in lignes}
    hors = hors_departements()
    nos_couples = {(d.code_douanes, d.region.code_douanes) for d in TOUS}
    nos_couples.add(("99", regions()[hors.at["99", "region"]].code_douanes))
    assert nos_couples == attendus
    assert hors.at["98", "region"] == ""


def test_noms_des_douanes_retrouves(reference):
    ecrits = {
        ligne[0]: ligne[1] for ligne in libelles(reference / "douanes/Departement_region.txt")
    }
    differents = {d.code: ecrits[d.code_douanes] for d in TOUS if d.nom != ecrits[d.code_douanes]}
    assert differents == {"21": "Côte-d'or", "974": "Réunion"}


@pytest.mark.parametrize("saisi", ["09", "9", 9, " 09 "])
def test_code_accepte(saisi):
    assert departement(saisi).nom == "Ariège"
    assert avertissement_code(saisi) == ""


@pytest.mark.parametrize("saisi", ["2A", "2B", "2a"])
def test_corse_sous_ses_deux_autres_noms(saisi):
    assert departement(saisi) is departement(20)
    assert f"Le code {saisi.upper()} donne la fiche Corse (20)" in avertissement_code(saisi)


@pytest.mark.parametrize(
    ("saisi", "remede"),
    [
        ("96", r"95 \(Val-d'Oise\)"),
        ("9A", r"971 \(Guadeloupe\)"),
        ("Ariege", r"09 \(Ariège\)"),
        ("975", r"976 \(Mayotte\)"),
        ("00", "essayer"),
        ("", "essayer"),
        ("²", "essayer"),
        ("09.0", r"09 \(Ariège\)"),
    ],
)
def test_code_refuse_en_une_phrase_avec_remede(saisi, remede):
    with pytest.raises(ErreurDonnees, match=remede) as erreur:
        departement(saisi)
    message = str(erreur.value)
    assert f"« {saisi} »" in message and "\n" not in message and message.endswith(".")


def test_les_76_biens_de_l_a129(reference):
    publies = {ligne[0] for ligne in libelles(reference / "douanes" / "Libelle_A129.txt")}
    assert len(publies) == 76
    assert set(produits_a129().index) == publies


def test_libelles_courts_lisibles_et_uniques():
    produits = produits_a129()
    assert len(produits) == 76 and produits.index.is_unique
    assert produits["libelle_court"].str.len().max() <= 32
    assert produits["libelle_court"].str.casefold().is_unique and produits["libelle"].is_unique
    textes = produits[["libelle_court", "libelle"]].stack()
    assert not textes.str.contains(r"^\s|\s$|  |[;’.…]|^[^A-ZÉŒ]").any()
    assert set(produits.index[produits["energie"]]) == {"B05Z", "B06Z", "C19Z", "D35A", "D35B"}


def test_pays_en_vigueur_tous_nommes(reference):
    lignes = libelles(reference / "douanes" / "Libelle_PAYS.txt")
    en_vigueur = {ligne[0] for ligne in lignes if ligne[3] == "999912"}
    assert en_vigueur <= set(pays().index)
    # Les douanes datent leurs codes : ceux fermés depuis 2010 peuvent encore être lus.
    assert {ligne[0] for ligne in lignes if ligne[3] >= "201001"} <= set(pays().index)


def test_zones_et_codes_non_classables():
    table = pays()
    assert table.index.is_unique and table["nom"].is_unique
    assert table["nom"].str.len().between(4, 32).all()
    assert (table["zone"].eq("") == ~table["classable"]).all()
    tailles = table["zone"].value_counts()
    assert tailles["UE27"] == 26  # la France, vingt-septième, n'est pas son propre partenaire
    assert set(tailles.index) == {
        *("UE27", "Reste de l'Europe", "Amérique", "Asie", "Afrique", "Océanie", "")
    }
    speciaux = {code for code in table.index if code.startswith("Q")} - {"QA"}
    drom = {"GP", "MQ", "GF", "RE", "YT"}
    assert set(table.index[~table["classable"]]) == speciaux | drom | {"FR", "EU", "XT"}


@pytest.mark.parametrize(
    ("code", "nom", "zone"),
    [
        ("NA", "Namibie", "Afrique"),
        ("QA", "Qatar", "Asie"),
        ("XS", "Serbie", "Reste de l'Europe"),
        ("XK", "Kosovo", "Reste de l'Europe"),
        ("XC", "Ceuta", "Afrique"),
        ("XL", "Melilla", "Afrique"),
        ("XI", "Irlande du Nord", "Reste de l'Europe"),
        ("CZ", "Tchéquie", "UE27"),
        ("CY", "Chypre", "UE27"),
        ("TR", "Turquie", "Reste de l'Europe"),
        ("KR", "Corée du Sud", "Asie"),
        ("HK", "Hong Kong", "Asie"),
        ("CD", "Congo (RDC)", "Afrique"),
        ("US", "États-Unis", "Amérique"),
        ("NC", "Nouvelle-Calédonie", "Océanie"),
        ("RE", "La Réunion", ""),
        ("QU", "Pays non déterminés", ""),
    ],
)
def test_pays_connus(code, nom, zone):
    assert tuple(pays().loc[code, ["nom", "zone"]]) == (nom, zone)


@pytest.mark.parametrize(
    ("code", "sujet", "nombre"),
    [
        ("DE", "l'Allemagne", "singulier"),
        ("US", "les États-Unis", "pluriel"),
        ("NL", "les Pays-Bas", "pluriel"),
        ("GB", "le Royaume-Uni", "singulier"),
        ("CU", "Cuba", "singulier"),
        ("HK", "Hong Kong", "singulier"),
    ],
)
def test_grammaire_des_pays(code, sujet, nombre):
    assert tuple(pays().loc[code, ["sujet", "nombre"]]) == (sujet, nombre)


def test_un_pays_et_un_produit_se_disent_dans_une_phrase():
    """L'article s'accorde et s'élide devant le nom ; « de » s'élide devant le produit."""
    for ligne in pays().itertuples():
        article = ligne.sujet.casefold().removesuffix(ligne.nom.casefold())
        assert article in ("", "le ", "la ", "les ", "l'"), ligne
        assert (article == "les ") == (ligne.nombre == "pluriel"), ligne
        assert (ligne.nom[0] in "AEIOUÉÈÊÎÔ") <= (article in ("", "les ", "l'")), ligne
    for complement in produits_a129()["complement"]:
        assert re.fullmatch("(de [^aeiouhéèêœ]|d'[aeiouhéèêœ]).+", complement), complement


def test_les_tables_rendues_sont_des_copies():
    for lire in (pays, produits_a129, territoires_industrie, hors_departements):
        avant = lire()
        table = lire()
        table.iloc[:, 0] = "modifié"
        assert lire().equals(avant)


def test_territoires_industrie_des_cinq_fiches(reference):
    with (reference / "ti_2023_2027_par_departement.csv").open(encoding="utf-8") as fichier:
        officiels = {
            (ligne["departement"], ligne["lib_ti"].strip()): ligne
            for ligne in csv.DictReader(fichier)
        }
    livres = territoires_industrie()
    cinq = {"07", "09", "11", "12", "32"}
    assert {(t.departement, t.libelle) for t in livres.itertuples()} == {
        cle for cle in officiels if cle[0] in cinq
    }
    for t in livres[livres["communes_dans_departement"].ne("")].itertuples():
        officiel = officiels[t.departement, t.libelle]
        assert t.communes_dans_departement == officiel["nb_communes_ti_dans_departement"]
