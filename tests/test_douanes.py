"""Lecture des fichiers des douanes : ce qui passe, ce qui est refusé et comment c'est dit."""

import pytest
from petites_douanes import archive, ecrire, ligne, lignes, piece

from commerce import ErreurDonnees
from commerce.donnees import douanes
from commerce.donnees.archives import inventaire

ORDINAIRES = [
    ligne(),
    ligne(pays="NA", valeur_eur=2**63 - 1),
    ligne(flux="I", trimestre=4, departement="9A", region="24", cpf4="0111", a129="A01Z"),
    ligne(region="1", valeur_eur=-5, masse_kg=0),
    ligne(pays="0X", departement="2A", valeur_eur="007"),
    ligne(pays="xs", a129="ZZZZ"),
    ligne(pays="*_", departement="??"),
]


def lire(tmp_path, contenu):
    return douanes.lire_donnees(piece(ecrire(tmp_path / "Region_2024_Export.txt", contenu)))


def refus(tmp_path, contenu) -> str:
    with pytest.raises(ErreurDonnees) as refusee:
        lire(tmp_path, contenu)
    phrase = str(refusee.value)
    assert phrase.startswith("Region_2024_Export.txt, ligne ")
    assert "\n" not in phrase and phrase.endswith(".")
    return phrase


def test_lit_les_codes_en_texte_et_les_montants_en_entiers(tmp_path):
    table = lire(tmp_path, ORDINAIRES)
    assert table.column_names == list(douanes.COLONNES)
    assert table["flux"].to_pylist() == ["export"] * 2 + ["import"] + ["export"] * 4
    assert table["pays"].to_pylist() == ["DE", "NA", "DE", "DE", "0X", "xs", "*_"]
    assert table["cpf4"].to_pylist()[2] == "0111"
    assert table["region"].to_pylist()[3] == "1"
    assert table["valeur_eur"].to_pylist() == [1000, 2**63 - 1, 1000, -5, 7, 1000, 1000]
    assert str(table["valeur_eur"].type) == str(table["masse_kg"].type) == "int64"


@pytest.mark.parametrize("debut", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("fin", [b"\n", b"\r\n", b"\n\n"])
@pytest.mark.parametrize("derniere", [True, False])
def test_bom_fins_de_ligne_et_lignes_vides_ne_changent_rien(tmp_path, debut, fin, derniere):
    octets = debut + fin.join(texte.encode() for texte in ORDINAIRES[:4]) + fin * derniere
    assert lire(tmp_path, octets).to_pylist() == lire(tmp_path, ORDINAIRES[:4]).to_pylist()


def test_lecture_rapide_et_lecture_lente_lisent_la_meme_chose(tmp_path):
    octets = "\n".join(ORDINAIRES[:4]).encode()
    rapide, lente = douanes._lire_vite(octets), douanes._lire_lentement(octets, "essai")
    assert rapide is not None
    assert rapide.to_pylist() == lente.to_pylist()


@pytest.mark.parametrize(
    ("champs", "colonne", "valeur"),
    [
        ({"flux": "X"}, "colonne 1 (flux)", "« X »"),
        ({"trimestre": "5"}, "colonne 2 (trimestre)", "« 5 »"),
        ({"trimestre": "01"}, "colonne 2 (trimestre)", "« 01 »"),
        ({"annee": "24"}, "colonne 3 (annee)", "« 24 »"),
        ({"departement": ""}, "colonne 4 (departement)", "«  »"),
        ({"region": "1 2"}, "colonne 5 (region)", "« 1 2 »"),
        ({"a129": "C30C\x00"}, "colonne 6 (a129)", "« C30C� »"),
        ({"cpf4": '"3030"'}, "colonne 7 (cpf4)", '« "3030" »'),
        ({"pays": "<b>"}, "colonne 8 (pays)", "« <b> »"),
        ({"pays": "Éire"}, "colonne 8 (pays)", "« Éire »"),
        ({"valeur_eur": ""}, "colonne 9 (valeur_eur)", "«  »"),
        ({"valeur_eur": "12,5"}, "colonne 9 (valeur_eur)", "« 12,5 »"),
        ({"valeur_eur": "1e3"}, "colonne 9 (valeur_eur)", "« 1e3 »"),
        ({"valeur_eur": "0x1F"}, "colonne 9 (valeur_eur)", "« 0x1F »"),
        ({"valeur_eur": "0X1F"}, "colonne 9 (valeur_eur)", "« 0X1F »"),
        ({"valeur_eur": " 12"}, "colonne 9 (valeur_eur)", "«  12 »"),
        ({"valeur_eur": "+12"}, "colonne 9 (valeur_eur)", "« +12 »"),
        ({"valeur_eur": "1_000"}, "colonne 9 (valeur_eur)", "« 1_000 »"),
        ({"valeur_eur": "١٢"}, "colonne 9 (valeur_eur)", "« ١٢ »"),
        ({"valeur_eur": 2**63}, "colonne 9 (valeur_eur)", "dépasse 64 bits"),
        ({"masse_kg": -(2**63) - 1}, "colonne 10 (masse_kg)", "dépasse 64 bits"),
        ({"masse_kg": "9" * 5000}, "colonne 10 (masse_kg)", "dépasse 64 bits"),
        ({"masse_kg": "NA"}, "colonne 10 (masse_kg)", "« NA »"),
    ],
)
def test_valeur_fausse_refusee_avec_fichier_ligne_colonne_et_valeur(
    tmp_path, champs, colonne, valeur
):
    phrase = refus(tmp_path, [ligne(), ligne(), ligne(**champs), ligne(flux="?")])
    assert phrase.startswith(f"Region_2024_Export.txt, ligne 3, {colonne}")
    assert valeur in phrase


@pytest.mark.parametrize(
    ("texte", "nombre"), [(ligne() + ";", 11), (ligne()[:-3], 9), ("   ", 1), ("a,b", 1)]
)
def test_nombre_de_colonnes_faux_refuse(tmp_path, texte, nombre):
    assert f"ligne 2 : {nombre} colonne(s) au lieu de 10" in refus(tmp_path, [ligne(), texte])


def test_retour_chariot_au_milieu_d_une_ligne_refuse(tmp_path):
    assert "ligne 1 : 8 colonne(s)" in refus(tmp_path, [ligne().replace(";1000", "\r1000")])


def test_autre_encodage_refuse(tmp_path):
    assert "ligne 1, colonne 1 (flux)" in refus(tmp_path, ligne().encode("utf-16"))


def test_fichier_vide_refuse(tmp_path):
    assert "fichier vide" in refus(tmp_path, b"")


@pytest.mark.parametrize(
    ("nom", "contenu", "nature"),
    [
        ("REGIONAL_CPF4PAYSE.txt", [ligne()], "donnees"),
        ("Regional-2019-export.txt", ["n'importe quoi"], "donnees"),
        ("Region_2019_Import.txt", [], "donnees"),
        ("renommé par quelqu'un.TXT", [ligne()], "donnees"),
        ("virgules.csv", [ligne().replace(";", ",")], "donnees"),
        ("abîmé.txt", ["", "rien", ligne(flux="?")], "donnees"),
        ("Libelle_PAYS.txt", ["NA;Namibie;199001;999912"], "pays"),
        ("libelle_a129.txt", ["A01Z;Blé;200901;999912"], "a129"),
        ("Libelle_CPF4_rev2.1.txt", ["0111;Blé;201501;999912"], "cpf4"),
        ("Departement_region.txt", ["09;Ariège;12;Occitanie"], "departements"),
        ("Libelle_PAYS_avec_donnees.txt", [ligne()], "donnees"),
        ("notes.txt", ["Bonjour ; merci"], ""),
        ("vide.txt", [], ""),
    ],
)
def test_nature_reconnue_au_contenu_puis_au_nom(tmp_path, nom, contenu, nature):
    assert douanes.nature(piece(ecrire(tmp_path / nom, contenu))) == nature


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
def test_libelles_dans_leurs_encodages_et_avec_leurs_guillemets(tmp_path, encodage):
    contenu = (
        'C26E;"Appareils de mesure ; horlogerie";200901;999912\r\nA03Z;Pêche;200901;999912\r\n'
    )
    lus = douanes.lire_libelles(piece(ecrire(tmp_path / "l.txt", contenu.encode(encodage))))
    assert dict(zip(lus["code"], lus["libelle"], strict=True)) == {
        "C26E": "Appareils de mesure ; horlogerie",
        "A03Z": "Pêche",
    }


@pytest.mark.parametrize(
    "texte",
    [
        "2211|Pneumatiques ; rechapage|201501|999912",
        "2211;Pneumatiques | rechapage;201501;999912",
        '2211;"Pneumatiques ; rechapage";201501;999912',
    ],
)
def test_libelles_des_millesimes_avec_une_barre(tmp_path, texte):
    lus = douanes.lire_libelles(piece(ecrire(tmp_path / "l.txt", [texte])))
    assert lus.to_dict("records") == [
        {
            "code": "2211",
            "libelle": "Pneumatiques ; rechapage",
            "debut": "201501",
            "fin": "999912",
        }
    ]


def test_ligne_de_libelles_d_une_autre_forme_refusee(tmp_path):
    fichier = ecrire(tmp_path / "Libelle_PAYS.txt", ["NA;Namibie;199001;999912", "rien"])
    with pytest.raises(ErreurDonnees, match=r"Libelle_PAYS.txt, ligne 2 : « rien »"):
        douanes.lire_libelles(piece(fichier))


def test_libelle_de_l_annee_choisi_par_sa_periode(tmp_path):
    contenu = ["XS;Saba;190001;200505", "XS;Serbie;200506;999912", "YU;Yougoslavie;199301;200312"]
    lus = douanes.lire_libelles(piece(ecrire(tmp_path / "l.txt", contenu)))
    assert douanes.libelles_valables(lus, 2024) == {"XS": "Serbie", "YU": "Yougoslavie"}
    assert douanes.libelles_valables(lus, 2004)["XS"] == "Saba"
    assert douanes.libelles_valables(lus, 2005)["XS"] == "Serbie"


def test_vrais_fichiers_de_libelles(reference):
    pieces = {p.nom: p for p in inventaire(reference / "douanes")[0]}
    lus = {
        douanes.nature(p): douanes.libelles_valables(douanes.lire_libelles(p), 2024)
        for p in pieces.values()
        if douanes.nature(p) != "departements"
    }
    assert {nom: len(codes) for nom, codes in lus.items()} == {
        "a129": 76,
        "cpf4": 576,
        "pays": 286,
    }
    assert lus["pays"]["NA"] == "Namibie"
    assert lus["pays"]["XS"] == "Serbie" and lus["pays"]["XK"] == "Kosovo"
    assert lus["pays"]["QU"] == "Pays et territoires non déterminés"
    assert lus["a129"]["A01Z"] == "Produits de la culture et de l’élevage"
    assert lus["a129"]["C26E"].endswith("navigation ; articles d'horlogerie")
    assert lus["cpf4"]["0111"].startswith("Céréales (à l'exclusion du riz)")
    assert lus["cpf4"]["2211"] == "Pneumatiques ; rechapage et resculptage de pneumatiques"


def test_meme_lecture_dans_un_zip_et_dans_un_dossier(tmp_path):
    contenu = lignes("I", 2019)
    archive(tmp_path / "z" / "a.zip", {"dossier/Region_2019_Import.txt": contenu})
    ecrire(tmp_path / "d" / "x" / "y" / "import.txt", contenu)
    (du_zip,), _ = inventaire(tmp_path / "z")
    (du_dossier,), _ = inventaire(tmp_path / "d")
    assert du_zip.nom == "a.zip/dossier/Region_2019_Import.txt"
    assert douanes.lire_donnees(du_zip).equals(douanes.lire_donnees(du_dossier))
