"""Le jeu de démonstration est-il au format des douanes, juste, plausible et reproductible ?"""

import csv
import zipfile
import zlib

import pandas as pd
import pytest

from commerce import ErreurDonnees, chemins, demonstration
from commerce.demonstration import tirage
from commerce.donnees import douanes

# Les douanes l'ont dans leurs tables et ne le publient pas : la méthode le dit.
MILITAIRE = "C30D"
COLONNES = [nom.partition("_")[0] for nom in douanes.COLONNES]


def _donnees(archive: zipfile.ZipFile) -> str:
    return next(nom for nom in archive.namelist() if "Libelle" not in nom and "region" not in nom)


@pytest.fixture(scope="module")
def livres():
    return sorted(chemins.DEMONSTRATION.glob("*.zip"))


@pytest.fixture(scope="module")
def lignes(livres):
    """Toutes les lignes livrées, en texte, valeur et masse en entiers."""
    morceaux = []
    for chemin in livres:
        with zipfile.ZipFile(chemin) as archive, archive.open(_donnees(archive)) as fichier:
            morceaux.append(
                pd.read_csv(
                    fichier, sep=";", header=None, names=COLONNES, dtype=str, keep_default_na=False
                )
            )
    return pd.concat(morceaux, ignore_index=True).astype({"valeur": "int64", "masse": "int64"})


@pytest.fixture(scope="module")
def libelles(livres):
    """Octets des tables de libellés du premier zip, par nom court."""
    with zipfile.ZipFile(livres[0]) as archive:
        return {nom.rpartition("/")[2]: archive.read(nom) for nom in archive.namelist()}


def test_le_jeu_livre_se_refait_a_l_octet_pres(livres, tmp_path):
    refaits = sorted(demonstration.construire(tmp_path))
    assert [chemin.name for chemin in refaits] == [chemin.name for chemin in livres]
    for livre, refait in zip(livres, refaits, strict=True):
        with zipfile.ZipFile(livre) as ancien, zipfile.ZipFile(refait) as nouveau:
            assert ancien.namelist() == nouveau.namelist()
            for nom in ancien.namelist():
                assert ancien.read(nom) == nouveau.read(nom), f"{livre.name} : {nom}"
            nom = _donnees(ancien)
            contenu, comprime = ancien.read(nom), ancien.getinfo(nom).compress_size
        compresseur = zlib.compressobj(9, zlib.DEFLATED, -15)
        ici = len(compresseur.compress(contenu)) + len(compresseur.flush())
        if ici == comprime:  # le zlib de cette machine est celui du jeu livré
            assert livre.read_bytes() == refait.read_bytes(), livre.name


def test_une_autre_graine_change_les_lignes_mais_pas_les_totaux_publies(tmp_path):
    chemin = demonstration.construire(tmp_path, graine=1, annees=(2024,))[0]
    with zipfile.ZipFile(chemin) as archive:
        texte = archive.read(_donnees(archive)).decode()
    with zipfile.ZipFile(chemins.DEMONSTRATION / chemin.name) as archive:
        assert texte != archive.read(_donnees(archive)).decode()
    ariege = [int(champs[8]) for champs in csv.reader(texte.splitlines(), delimiter=";")
              if champs[3] == "09"]  # fmt: skip
    assert round(sum(ariege) / 1e6, 1) == 772.1


def test_les_annees_precedentes_sont_proches_de_2024(lignes):
    totaux = lignes.groupby(["annee", "flux"])["valeur"].sum().unstack()
    assert list(totaux.index) == ["2022", "2023", "2024"]
    assert (totaux % 1000 > 0).all(axis=None), "un total rond trahirait le calage"
    assert (totaux / totaux.loc["2024"]).stack().between(0.9, 1.2).all()
    # Le choc de l'énergie de 2022 se lit dans les importations.
    assert totaux.loc["2022", "I"] > totaux.loc["2023", "I"] > totaux.loc["2024", "I"]


def test_chaque_territoire_a_ses_douze_trimestres_et_ses_deux_flux(lignes):
    codes = {ligne["code_douanes"] for ligne in tirage.lire("departements").to_dict("records")}
    presents = lignes.groupby(["annee", "trimestre", "flux"])["departement"].agg(set)
    assert len(codes) == 100
    assert len(presents) == 3 * 4 * 2
    assert all(ensemble == codes | {"98", "99"} for ensemble in presents)


def test_les_petits_departements_ont_peu_de_lignes_et_le_98_vingt_par_trimestre(lignes):
    effectifs = lignes.groupby("departement").size().drop("98").sort_values()
    assert {"48", "9E", "23"} <= set(effectifs.index[:8])
    assert effectifs["75"] > 5 * effectifs["48"]
    du_98 = lignes[lignes["departement"] == "98"].groupby(["annee", "trimestre", "flux"]).size()
    assert set(du_98) == {20}


def test_une_seule_ligne_par_trimestre_lieu_produit_et_pays(lignes):
    clef = ["flux", "annee", "trimestre", "departement", "cpf4", "pays"]
    assert not lignes.duplicated(clef).any()
    assert (lignes["valeur"] > 0).all()
    assert (lignes["masse"] >= 0).all()


def test_les_deux_nomenclatures_se_correspondent(lignes):
    a129_de = tirage.lire("produits_cpf4").set_index("code")["a129"]
    couples = lignes[["cpf4", "a129"]].drop_duplicates()
    assert (couples["cpf4"].map(a129_de) == couples["a129"]).all()
    assert (couples["cpf4"].str[:2] == couples["a129"].str[1:3]).all()
    assert couples["cpf4"].str.startswith("0").any()


def test_tous_les_biens_sont_presents_chaque_annee_sauf_le_materiel_militaire(lignes):
    biens = set(tirage.lire("produits_a129")["code"])
    presents = lignes.groupby(["annee", "flux"])["a129"].agg(set)
    assert len(biens) == 76
    assert all(ensemble == biens - {MILITAIRE} for ensemble in presents)


def test_les_pays_sont_tous_connus_et_les_pieges_presents(lignes):
    connus = set(tirage.lire("pays")["code"])
    assert set(lignes["pays"]) <= connus
    assert {"NA", "XS", "XK", "QU", "QR", "QS", "QP"} <= set(lignes["pays"])
    # Les retours de marchandises françaises sont des importations, jamais des exportations.
    assert set(lignes.loc[lignes["pays"] == "FR", "flux"]) == {"I"}
    assert {"20", "98", "99", "9A", "9B", "9C", "9D", "9E"} <= set(lignes["departement"])
    assert not {"2A", "2B", "971", "976"} & set(lignes["departement"])


def test_les_partenaires_de_la_france_sont_plausibles(lignes):
    annee = lignes[lignes["annee"] == "2024"]
    parts = annee.groupby(["flux", "pays"])["valeur"].sum() / annee.groupby("flux")["valeur"].sum()
    for flux in "EI":
        dix = set(parts[flux].nlargest(10).index)
        assert {"DE", "IT", "ES", "BE", "US", "GB", "CN", "NL"} <= dix
        assert parts[flux].max() < 0.25
        assert parts[flux].nsmallest(50).sum() < 0.01, "la queue des petits pays doit être épaisse"


def test_chaque_departement_a_ses_specialites(lignes):
    annee = lignes[(lignes["annee"] == "2024") & (lignes["flux"] == "E")]
    ventes = annee.groupby(["departement", "a129"])["valeur"].sum()
    premiers = {code: groupe.idxmax()[1] for code, groupe in ventes.groupby(level=0)}
    attendus = {"09": "C30C", "16": "C11Z", "31": "C30C", "33": "C11Z", "51": "C11Z", "66": "A01Z"}
    assert attendus.items() <= premiers.items()
    assert len(set(premiers.values())) > 20
    # L'électricité et le gaz par conduite sont comptés à Paris par convention.
    assert set(annee.loc[annee["a129"] == "D35A", "departement"]) == {"75"}


def test_les_navires_se_livrent_en_une_fois(lignes):
    navires = lignes[(lignes["cpf4"] == "3011") & (lignes["departement"] == "44")]
    trimestres = navires.groupby(["flux", "annee", "pays"])["trimestre"].nunique()
    assert len(trimestres) > 5
    assert (trimestres == 1).all()


def test_les_noms_de_fichiers_prennent_les_formes_des_douanes(livres):
    assert len(livres) == 6
    assert sum(chemin.stat().st_size for chemin in livres) < 3_000_000
    noms = set()
    for chemin in livres:
        with zipfile.ZipFile(chemin) as archive:
            noms.add(_donnees(archive))
            assert archive.comment.decode() == "Données de démonstration, fictives"
            for fiche in archive.infolist():
                assert fiche.date_time == demonstration.DATE_ZIP
                assert fiche.external_attr >> 16 == 0o100644
    assert "Region_2022_Export.txt" in noms
    assert "Regional_2024_Import.txt" in noms
    assert "Regional-2023-export/Region_2023_Export.txt" in noms


def test_les_tables_de_libelles_ont_les_pieges_des_vraies(libelles):
    assert libelles["Libelle_A129.txt"].startswith(b"\xef\xbb\xbfA01Z;")
    with pytest.raises(UnicodeDecodeError):
        libelles["Libelle_CPF4_rev2.1.txt"].decode("utf-8")
    cpf4 = libelles["Libelle_CPF4_rev2.1.txt"].decode("cp1252")
    assert "œ" in cpf4
    for texte in (cpf4, libelles["Libelle_A129.txt"].decode("utf-8-sig")):
        lus = list(csv.reader(texte.splitlines(), delimiter=";"))
        assert {len(champs) for champs in lus} == {4}
        assert any(";" in champs[1] for champs in lus)
    for nom, contenu in libelles.items():
        assert contenu.endswith(b"\r\n"), nom
        assert contenu.count(b"\r\n") == contenu.count(b"\n"), nom


def test_trois_pays_ont_deux_periodes_et_na_reste_un_code(libelles):
    texte = libelles["Libelle_PAYS.txt"].decode()
    lus = pd.DataFrame(csv.reader(texte.splitlines(), delimiter=";")).set_axis(
        ["code", "nom", "debut", "fin"], axis=1
    )
    doubles = lus[lus.duplicated("code", keep=False)]
    assert set(doubles["code"]) == {"QU", "XK", "XS"}
    assert set(lus.loc[lus["code"] == "NA", "nom"]) == {"Namibie"}
    courants = lus[lus["fin"] == "999912"].set_index("code")["nom"]
    assert courants.is_unique
    assert courants["XS"] == "Serbie"


def test_les_departements_ont_leur_region_des_douanes(libelles, lignes):
    texte = libelles["Departement_region.txt"].decode()
    couples = {(champs[0], champs[2]) for champs in csv.reader(texte.splitlines(), delimiter=";")}
    assert len(couples) == 101, "100 départements et Monaco ; le 98 n'est pas documenté"
    presents = set(lignes[["departement", "region"]].drop_duplicates().itertuples(index=False))
    assert {tuple(couple) for couple in presents if couple[0] != "98"} == couples
    assert ("99", "21") in couples


def test_les_codes_existent_chez_les_douanes(reference, lignes):
    def codes(nom: str, encodage: str, fin: str = "") -> set[str]:
        table = (reference / "douanes" / nom).read_text(encodage).splitlines()
        return {ligne.split(";")[0] for ligne in table if ligne.endswith(fin)}

    assert set(lignes["cpf4"]) <= codes("Libelle_CPF4_rev2.1.txt", "cp1252")
    assert set(lignes["a129"]) == codes("Libelle_A129.txt", "utf-8-sig") - {MILITAIRE}
    assert set(lignes["pays"]) <= codes("Libelle_PAYS.txt", "utf-8", "999912")


def test_les_libelles_de_produits_sont_courts_et_uniques():
    table = tirage.lire("produits_cpf4")
    for colonne in ("code", "libelle_court", "libelle"):
        assert table[colonne].is_unique, colonne
    assert table["libelle_court"].str.len().max() <= 32
    assert set(table["a129"]) == set(tirage.lire("produits_a129")["code"])


def test_les_poids_citent_des_codes_connus():
    pays = set(tirage.lire("demonstration_pays")["code"])
    produits = tirage.lire("produits_cpf4")
    codes = set(produits["code"]) | set(produits["a129"])
    poids = tirage.lire("demonstration_produits")
    for flux in tirage.FLUX:
        for texte in poids[f"pays_{flux}"]:
            assert set(tirage._paires(texte.removeprefix("="))) <= pays
        for a129, texte in zip(poids["a129"], poids[f"cpf4_{flux}"], strict=True):
            assert all(code[:2] == a129[1:3] for code in tirage._paires(texte)), a129
            assert set(tirage._paires(texte)) <= codes
    for ligne in tirage.lire("demonstration_territoires").itertuples(index=False):
        assert set(tirage._paires(ligne.voisins)) <= pays, ligne.code_douanes
        for texte in (ligne.specialites_export, ligne.specialites_import):
            assert set(tirage._paires(texte)) <= codes, ligne.code_douanes
            assert sum(tirage._paires(texte).values()) < 100, ligne.code_douanes


def test_une_taille_ou_une_annee_inconnue_est_refusee(tmp_path, capsys):
    with pytest.raises(ErreurDonnees, match="Taille inconnue : moyenne"):
        demonstration.construire(tmp_path, taille="moyenne")
    assert demonstration.principal(["--vers", str(tmp_path), "--annees", "1998"]) == 2
    assert "1998" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_un_autre_jeu_n_ecrase_pas_celui_qui_est_livre(capsys):
    with pytest.raises(SystemExit) as sortie:
        demonstration.principal(["--taille", "reelle"])
    assert sortie.value.code == 2
    assert "--vers" in capsys.readouterr().err


@pytest.mark.lent
def test_la_taille_reelle_a_les_effectifs_des_vrais_fichiers(reference, tmp_path):
    chemin = demonstration.construire(tmp_path, taille="reelle", annees=(2024,))[1]
    with zipfile.ZipFile(chemin) as archive, archive.open(_donnees(archive)) as fichier:
        table = pd.read_csv(fichier, sep=";", header=None, names=COLONNES, dtype=str)
    assert 1_700_000 < len(table) < 1_800_000
    vrais = pd.read_csv(
        reference / "lignes_import_2019_par_trimestre_departement.csv", dtype={"code_dep": str}
    )
    vrais = vrais[vrais["trimestre"] == 1].set_index("code_dep")["n_rows"]
    effectifs = table[table["trimestre"] == "1"].groupby("departement").size()
    assert effectifs.rank().corr(vrais.rank()) > 0.9
    assert (effectifs / vrais).between(0.5, 2.5).all()
