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
    hors_departements,
    nom_pays,
    pays,
    produits_a129,
    regions,
    territoires_industrie,
)

# Sujet, complément, locatif des territoires où une règle se trompe facilement, relus un par un.
GRAMMAIRE = """
01 l'Ain|de l'Ain|dans l'Ain
02 l'Aisne|de l'Aisne|dans l'Aisne
03 l'Allier|de l'Allier|dans l'Allier
04 les Alpes-de-Haute-Provence|des Alpes-de-Haute-Provence|dans les Alpes-de-Haute-Provence
07 l'Ardèche|de l'Ardèche|dans l'Ardèche
08 les Ardennes|des Ardennes|dans les Ardennes
09 l'Ariège|de l'Ariège|dans l'Ariège
11 l'Aude|de l'Aude|dans l'Aude
13 les Bouches-du-Rhône|des Bouches-du-Rhône|dans les Bouches-du-Rhône
16 la Charente|de la Charente|en Charente
20 la Corse|de la Corse|en Corse
21 la Côte-d'Or|de la Côte-d'Or|en Côte-d'Or
22 les Côtes-d'Armor|des Côtes-d'Armor|dans les Côtes-d'Armor
23 la Creuse|de la Creuse|dans la Creuse
26 la Drôme|de la Drôme|dans la Drôme
27 l'Eure|de l'Eure|dans l'Eure
28 l'Eure-et-Loir|d'Eure-et-Loir|en Eure-et-Loir
31 la Haute-Garonne|de la Haute-Garonne|en Haute-Garonne
32 le Gers|du Gers|dans le Gers
34 l'Hérault|de l'Hérault|dans l'Hérault
35 l'Ille-et-Vilaine|d'Ille-et-Vilaine|en Ille-et-Vilaine
36 l'Indre|de l'Indre|dans l'Indre
37 l'Indre-et-Loire|d'Indre-et-Loire|en Indre-et-Loire
38 l'Isère|de l'Isère|dans l'Isère
40 les Landes|des Landes|dans les Landes
41 le Loir-et-Cher|du Loir-et-Cher|dans le Loir-et-Cher
42 la Loire|de la Loire|dans la Loire
43 la Haute-Loire|de la Haute-Loire|en Haute-Loire
47 le Lot-et-Garonne|du Lot-et-Garonne|dans le Lot-et-Garonne
48 la Lozère|de la Lozère|en Lozère
49 le Maine-et-Loire|de Maine-et-Loire|en Maine-et-Loire
50 la Manche|de la Manche|dans la Manche
51 la Marne|de la Marne|dans la Marne
54 la Meurthe-et-Moselle|de Meurthe-et-Moselle|en Meurthe-et-Moselle
58 la Nièvre|de la Nièvre|dans la Nièvre
60 l'Oise|de l'Oise|dans l'Oise
61 l'Orne|de l'Orne|dans l'Orne
62 le Pas-de-Calais|du Pas-de-Calais|dans le Pas-de-Calais
63 le Puy-de-Dôme|du Puy-de-Dôme|dans le Puy-de-Dôme
65 les Hautes-Pyrénées|des Hautes-Pyrénées|dans les Hautes-Pyrénées
68 le Haut-Rhin|du Haut-Rhin|dans le Haut-Rhin
70 la Haute-Saône|de la Haute-Saône|en Haute-Saône
71 la Saône-et-Loire|de Saône-et-Loire|en Saône-et-Loire
72 la Sarthe|de la Sarthe|dans la Sarthe
74 la Haute-Savoie|de la Haute-Savoie|en Haute-Savoie
75 Paris|de Paris|à Paris
76 la Seine-Maritime|de la Seine-Maritime|en Seine-Maritime
77 la Seine-et-Marne|de Seine-et-Marne|en Seine-et-Marne
78 les Yvelines|des Yvelines|dans les Yvelines
79 les Deux-Sèvres|des Deux-Sèvres|dans les Deux-Sèvres
80 la Somme|de la Somme|dans la Somme
82 le Tarn-et-Garonne|du Tarn-et-Garonne|dans le Tarn-et-Garonne
85 la Vendée|de la Vendée|en Vendée
86 la Vienne|de la Vienne|dans la Vienne
88 les Vosges|des Vosges|dans les Vosges
89 l'Yonne|de l'Yonne|dans l'Yonne
90 le Territoire de Belfort|du Territoire de Belfort|dans le Territoire de Belfort
91 l'Essonne|de l'Essonne|dans l'Essonne
92 les Hauts-de-Seine|des Hauts-de-Seine|dans les Hauts-de-Seine
93 la Seine-Saint-Denis|de la Seine-Saint-Denis|en Seine-Saint-Denis
95 le Val-d'Oise|du Val-d'Oise|dans le Val-d'Oise
971 la Guadeloupe|de la Guadeloupe|en Guadeloupe
972 la Martinique|de la Martinique|en Martinique
973 la Guyane|de la Guyane|en Guyane
974 La Réunion|de La Réunion|à La Réunion
976 Mayotte|de Mayotte|à Mayotte
"""
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
def test_article_contracte_et_elide(d):
    article = next((a for a in ("les ", "le ", "la ", "l'") if d.sujet == a + d.nom), "")
    assert d.sujet == article + d.nom
    assert d.nombre == ("pluriel" if article == "les " else "singulier")
    elidable = d.nom.startswith(VOYELLES) or d.nom in H_MUETS
    assert (article == "l'") == (elidable and article != "les ")
    sans_article = ("d'" if elidable else "de ") + d.nom
    if article in ("le ", "les ") and d.complement != sans_article:
        assert d.complement == DE[article] + d.nom
    else:
        assert d.complement in (DE.get(article, "de ") + d.nom, sans_article)
    assert d.locatif in (f"dans {d.sujet}", f"en {d.nom}", f"à {d.nom}")
    # Le complément sans article et le locatif « en » ou « à » vont ensemble.
    assert d.complement != sans_article or not d.locatif.startswith("dans ")


@pytest.mark.parametrize("ligne", GRAMMAIRE.strip().splitlines(), ids=lambda texte: texte[:3])
def test_grammaire_relue_des_cas_delicats(ligne):
    code, formes = ligne.split(" ", 1)
    d = departement(code)
    assert formes == "|".join([d.sujet, d.complement, d.locatif])


def test_pluriels_et_locatifs_masculins():
    assert {d.code for d in TOUS if d.nombre == "pluriel"} == PLURIELS
    for d in TOUS:
        if d.sujet.startswith(("le ", "les ")) and d.code != "49":
            assert d.locatif == f"dans {d.sujet}"


@pytest.mark.parametrize("d", TOUS, ids=par_code)
def test_slug_ascii_forme_du_code_et_du_nom(d):
    ascii_ = unicodedata.normalize("NFKD", d.nom).encode("ascii", "ignore").decode().lower()
    assert d.slug == f"{d.code}-" + re.sub("[^a-z]+", "-", ascii_)


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
    assert nom_pays(code) == nom
    assert pays().at[code, "zone"] == zone


def test_pays_inconnu_garde_son_code():
    assert nom_pays("ZZ") == "Code ZZ"


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
