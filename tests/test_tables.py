"""Tables de référence retouchées dans un tableur : lues, ou refusées avec la place de la faute."""

import random
import shutil

import pytest

from commerce import ErreurDonnees, chemins, references, tables


@pytest.fixture
def reference(tmp_path, monkeypatch):
    """Une copie des tables, à abîmer."""
    copie = tmp_path / "reference"
    shutil.copytree(chemins.REFERENCE, copie)
    monkeypatch.setattr(chemins, "REFERENCE", copie)
    oublier()
    yield copie
    oublier()


def oublier():
    for fonction in (references.table, references.regions, references.departements):
        fonction.cache_clear()
    references.glossaire.cache_clear()


def excel(fichier, encodage="cp1252"):
    """Comme l'enregistre Excel français : points-virgules, windows-1252, fins de ligne CRLF."""
    lue = references.table(fichier.stem)
    oublier()
    lignes = [list(lue.columns), *lue.to_numpy().tolist()]
    texte = "\r\n".join(
        ";".join(f'"{c}"' if set(c) & set(';"') else c for c in ligne) for ligne in lignes
    )
    fichier.write_bytes((texte + "\r\n").encode(encodage))


@pytest.mark.parametrize("nom", sorted(set(tables.FORMES) - {"demonstration_totaux"}))
@pytest.mark.parametrize("encodage", ["cp1252", "utf-8-sig"])
def test_une_table_enregistree_par_excel_francais_est_lue(reference, nom, encodage):
    juste = references.table(nom).copy()
    excel(reference / f"{nom}.csv", encodage)
    assert references.table(nom).equals(juste)
    references.verifier()


def remplacer(fichier, avant: str, apres: str) -> None:
    texte = fichier.read_text(encoding="utf-8")
    assert avant in texte
    fichier.write_text(texte.replace(avant, apres, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("nom", "avant", "apres", "phrase"),
    [
        ("departements", "\n01,01,", "\n1,01,", "departements.csv, ligne 2, colonne code : « 1 »"),
        ("departements", "slug,region", "nomfichier,region", "ligne 1 : pas de colonne « slug »"),
        ("departements", ",84\n", ",83\n", "« 83 » n'est pas dans regions.csv"),
        ("departements", "\n02,02,", "\n01,02,", "ligne 3 : « 01 » est déjà à la ligne 2"),
        ("departements", "01-ain", "../ain", "colonne slug : « ../ain »"),
        ("regions", "\n94,22,", "\n95,22,", "« 94 » n'est pas dans regions.csv"),
        ("pays", "AD,Andorre", "AD,", "pays.csv, ligne 2, colonne nom : « »"),
        ("pays", ",Asie,1", ",Azie,1", "colonne zone : « Azie », il faut une zone connue"),
        (
            "pays",
            "AF,Afghanistan,l'Afghanistan,singulier,Asie,1\n",
            "",
            "260 lignes, il en faut 261",
        ),
        ("pays", ",Asie,1", ",Asie,oui", "colonne classable : « oui », il faut 0 ou 1"),
        ("pays", "AD,Andorre", 'AD,"Andorre', "guillemets illisibles"),
        ("pays", "AD,Andorre,", "AD,Andorre,x,", "ligne 2 : 7 cellules au lieu de 6"),
        ("produits_a129", "A03Z,", "A04Z,", "« A03Z » n'est pas dans produits_a129.csv"),
        ("produits_cpf4", "\n0111,", "\n111,", "ligne 2, colonne code : « 111 », il faut quatre"),
        ("totaux_officiels", "598300000000", "5.983E+11", "colonne valeur_eur : « 5.983E+11 »"),
        ("totaux_officiels", "2025-02-07", "07/02/2025", "colonne publie_le : « 07/02/2025 »"),
        ("seuils_alertes", ",1000000,", ",un million,", "colonne seuil : « un million »"),
        ("carte_departements", "01,10,8\n", "", "carte_departements.csv : 99 lignes"),
    ],
)
def test_une_retouche_fautive_est_dite_avec_sa_place(reference, nom, avant, apres, phrase):
    remplacer(reference / f"{nom}.csv", avant, apres)
    with pytest.raises(ErreurDonnees) as refus:
        references.verifier()
    dite = str(refus.value).replace("\u00a0", " ")
    assert phrase in dite.replace("«  »", "« »") and len(dite.splitlines()) == 1


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        ("code\tnom\n".encode("utf-16"), "texte Unicode"),
        (b"", "ligne 1 : pas de colonne"),
        (None, "absente ou illisible"),
    ],
)
def test_une_table_d_une_autre_nature_est_refusee(reference, contenu, phrase):
    fichier = reference / "pays.csv"
    fichier.write_bytes(contenu) if contenu is not None else fichier.unlink()
    with pytest.raises(ErreurDonnees, match=phrase):
        references.verifier()


def test_un_glossaire_fautif_est_refuse(reference):
    remplacer(reference / "glossaire.toml", 'terme = "n.s."', 'terme = "n.s.')
    with pytest.raises(ErreurDonnees, match=r"^glossaire.toml, ligne 6 :"):
        references.verifier()


def test_une_colonne_ou_une_ligne_vide_de_plus_ne_gene_pas(reference):
    juste = references.table("pays").copy()
    fichier = reference / "pays.csv"
    lignes = [f"{ligne},note" for ligne in fichier.read_text(encoding="utf-8").splitlines()]
    fichier.write_text("\n".join([*lignes, ",,,,", ""]), encoding="utf-8")
    oublier()
    assert references.table("pays").equals(juste)


@pytest.mark.parametrize("essais", [60, pytest.param(1000, marks=pytest.mark.lent)])
def test_une_table_abimee_au_hasard_est_lue_ou_refusee_en_une_phrase(reference, essais):
    hasard, refuses = random.Random(essais), 0
    for _ in range(essais):
        fichier = reference / f"{hasard.choice(sorted(tables.FORMES))}.csv"
        sain = fichier.read_bytes()
        debut = hasard.randrange(len(sain))
        fin = min(len(sain), debut + hasard.choice((0, 1, 20, 400)))
        ajout = bytes(hasard.choices(b'0123AZ,;"\r\n\t\xe9\x00 -', k=hasard.randrange(4)))
        fichier.write_bytes(sain[:debut] + ajout + sain[fin:])
        oublier()
        try:
            references.verifier()
            references.totaux_officiels(), references.seuils(), references.droits_etats_unis()
            references.tuiles(), references.departements(), references.territoires_industrie()
        except ErreurDonnees as erreur:
            refuses += 1
            assert len(str(erreur).splitlines()) == 1 and str(erreur).isprintable()
        fichier.write_bytes(sain)
    assert refuses > essais / 2
