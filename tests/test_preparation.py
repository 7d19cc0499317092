"""Préparation : une fois par source, par la règle de révision, sans trace en cas de refus."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from petites_douanes import annee_complete, archive, ecrire, ligne, lignes

from commerce import ErreurDonnees, chemins, redaction, references
from commerce.donnees import (
    a_part,
    colonnes,
    construction,
    controles,
    empreintes,
    integrite,
    preparation,
    provenance,
)
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare


@pytest.fixture(autouse=True)
def dossiers(tmp_path, monkeypatch):
    """Des dossiers de travail vides, à la place de ceux du projet."""
    for nom in ("SOURCE", "PREPARE", "DEMONSTRATION"):
        (tmp_path / nom).mkdir()
        monkeypatch.setattr(chemins, nom, tmp_path / nom)
    return tmp_path


def prepare(source) -> Prepare:
    return Prepare(preparer(source))


def france_eur(prepare: Prepare, annee: int) -> dict:
    return prepare.france(annee).groupby("flux")["valeur_eur"].sum().to_dict()


def derniers_trimestres(dossier, valeur_eur=3000):
    """Les cinq derniers trimestres : du quatrième de 2023 au quatrième de 2024."""
    for flux in "EI":
        contenu = lignes(flux, 2023, trimestres=(4,), valeur_eur=valeur_eur)
        contenu += lignes(flux, 2024, valeur_eur=valeur_eur)
        ecrire(dossier / f"REGIONAL_CPF4PAYS{flux}.txt", contenu)


def provenir(source, **dates):
    """Écrit la provenance de fichiers du dossier, avec leur date de publication."""
    provenance.ecrire(
        source,
        {
            nom: {"sha256": provenance.somme(source / nom), "last_modified": date, "url": "u"}
            for nom, date in dates.items()
        },
    )


def test_rien_n_est_refait_si_rien_n_a_change(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s")
    premier = preparer(source)
    avant = (premier / "meta.json").stat().st_mtime_ns
    monkeypatch.setattr(provenance, "somme", lambda *_: pytest.fail("fichier relu"))
    monkeypatch.setattr(construction, "lire_donnees", lambda *_: pytest.fail("données relues"))
    assert preparer(source) == premier
    assert (premier / "meta.json").stat().st_mtime_ns == avant


def test_une_table_de_reference_ou_un_code_change_perime(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s")
    premier = preparer(source)
    monkeypatch.setattr(preparation.empreintes, "version", lambda: "autre")
    assert preparer(source) != premier


def test_une_phrase_ou_un_libelle_retouches_ne_font_rien_preparer(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s", departements={"09": "84", "99": "21"})
    ecrire(source / "notes.txt", "rien à voir")
    derniers_trimestres(source)
    dates = {f"Region_2024_{sens}.zip": "2025-06-01" for sens in ("Export", "Import")}
    dates |= {f"REGIONAL_CPF4PAYS{flux}.txt": "2025-02-01" for flux in "EI"}
    provenir(source, **dates)
    avant = preparer(source)
    octets = {f.name: f.read_bytes() for f in avant.iterdir()}
    mots, table = redaction.FICHIER.read_text(encoding="utf-8"), references.table
    monkeypatch.setattr(redaction, "FICHIER", dossiers / "mots.toml")
    autres_mots = re.sub(r'(?m)^(\w+ = ")(?!")', r"\1Mot ", mots)
    redaction.FICHIER.write_text(autres_mots, encoding="utf-8")

    def retouchee(nom):
        lue, codes = table(nom).copy(), empreintes.TABLES.get(nom, [])
        lue.loc[:, [colonne for colonne in lue if colonne not in codes]] = "1"
        return lue

    monkeypatch.setattr(references, "table", retouchee)
    oublier_les_tables()
    try:
        assert preparer(source) == preparer(source, forcer=True) == avant
        assert {f.name: f.read_bytes() for f in avant.iterdir()} == octets
        dits = controles.avertissements(Prepare(avant))
        assert dits[0] == "Mot notes.txt : texte ignoré, ce ne sont pas des données des douanes."
        assert all(dit.startswith("Mot ") for dit in dits)
    finally:
        monkeypatch.undo()
        oublier_les_tables()


def oublier_les_tables():
    for objet in vars(references).values():
        if hasattr(objet, "cache_clear"):
            objet.cache_clear()


def test_la_preparation_n_emploie_aucun_module_hors_de_son_empreinte():
    code = "import sys; from commerce.donnees import construction; print(*sys.modules)"
    fait = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    hors = {f"commerce.donnees.{nom.removesuffix('.py')}" for nom in empreintes.SANS_EFFET}
    assert "commerce.donnees.colonnes" in fait.stdout.split()
    assert hors.isdisjoint(fait.stdout.split())


def test_un_controle_corrige_vaut_pour_des_donnees_deja_pretes(dossiers, monkeypatch):
    lu = prepare(annee_complete(dossiers / "s"))
    assert "doublons" not in {c.identifiant for c in controles.bloquants(lu, 2024)}
    monkeypatch.setattr(controles, "DOUBLONS_TOLERES_PCT", -1)
    assert "doublons" in {c.identifiant for c in controles.bloquants(lu, 2024)}


def test_memes_sources_memes_octets(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s")
    empreintes = []
    for nom in ("un", "deux"):
        monkeypatch.setattr(chemins, "PREPARE", dossiers / nom)
        dossier = preparer(source)
        empreintes.append(
            {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in dossier.iterdir()}
        )
    assert empreintes[0] == empreintes[1]
    assert {"meta.json", "echanges_2024.parquet", "totaux.parquet"} <= set(empreintes[0])


def test_preparations_simultanees(dossiers):
    source = annee_complete(dossiers / "s")
    with ThreadPoolExecutor(4) as fils:
        obtenus = set(fils.map(preparer, [source] * 4))
    assert len(obtenus) == 1
    assert [chemin.name for chemin in chemins.PREPARE.glob(".*")] == []
    assert Prepare(obtenus.pop()).annees() == [2024]


def test_une_ecriture_achevee_n_est_pas_effacee_avant_d_etre_en_place(dossiers, monkeypatch):
    mettre_en_place = integrite.mettre_en_place
    autre = annee_complete(dossiers / "autre", annee=2023)

    def apres_une_autre(neuf, dossier):
        monkeypatch.setattr(integrite, "mettre_en_place", mettre_en_place)
        os.utime(neuf, (0, 0))
        preparer(autre)
        mettre_en_place(neuf, dossier)

    monkeypatch.setattr(integrite, "mettre_en_place", apres_une_autre)
    assert Prepare(preparer(annee_complete(dossiers / "s"))).annees() == [2024]


def test_les_fichiers_de_source_l_emportent_sur_la_demonstration(dossiers):
    annee_complete(chemins.DEMONSTRATION, annee=2022)
    assert prepare(None).demonstration
    ecrire(chemins.SOURCE / "notes.txt", "rien à voir")
    fictif = prepare("")
    assert fictif.demonstration
    annee_complete(chemins.SOURCE / "dossier" / "profond", annee=2023)
    reel = prepare(None)
    assert not reel.demonstration and reel.annees() == [2023]
    assert reel.dossier.name.startswith("reelles-")
    assert controles.avertissements(reel) == [
        "notes.txt : texte ignoré, ce ne sont pas des données des douanes."
    ]


def test_un_fichier_illisible_dans_source_ne_ramene_pas_a_la_demonstration(dossiers):
    annee_complete(chemins.DEMONSTRATION)
    ecrire(chemins.SOURCE / "Region_2024_Export.zip", b"PK\x03\x04")
    with pytest.raises(ErreurDonnees, match=r"Region_2024_Export.zip : archive tronquée"):
        preparer()


def test_une_archive_fictive_reste_fictive_ou_qu_elle_soit(dossiers):
    source = annee_complete(dossiers / "s")
    for chemin in source.glob("*.zip"):
        with zipfile.ZipFile(chemin, "a") as fichier:
            fichier.comment = "Données de démonstration, fictives".encode()
    assert prepare(source).demonstration
    ecrire(source / "Region_2023_Export.txt", lignes("E", 2023))
    with pytest.raises(ErreurDonnees, match=r"Region_2024_Export.zip est fictif"):
        preparer(source)


@pytest.mark.parametrize("contenu", [{}, {"notes.txt": "bonjour"}])
def test_dossier_sans_donnees_refuse(dossiers, contenu):
    (dossiers / "s").mkdir()
    for nom, texte in contenu.items():
        ecrire(dossiers / "s" / nom, texte)
    with pytest.raises(ErreurDonnees, match="Aucun fichier d'échanges des douanes"):
        preparer(dossiers / "s")
    with pytest.raises(ErreurDonnees, match="n'existe pas"):
        preparer(dossiers / "absent")


def test_annees_et_formes_de_noms_cote_a_cote(dossiers):
    source = dossiers / "s"
    archive(
        source / "a.zip",
        {
            "Regional-2019-export/Region_2019_Export.txt": lignes("E", 2019),
            "Libelle_PAYS.txt": "NA;Namibie;199001;999912\n",
        },
    )
    ecrire(source / "Regional_2019_Import.txt", lignes("I", 2019))
    ecrire(source / "x" / "y" / "n'importe.txt", lignes("E", 2021) + lignes("I", 2021))
    lu = prepare(source)
    assert lu.annees() == lu.annees_completes() == [2019, 2021]
    assert france_eur(lu, 2019) == france_eur(lu, 2021) == {"export": 168000, "import": 168000}


# Règle de révision


def test_les_derniers_trimestres_revisent_l_annee_anterieure(dossiers):
    source = annee_complete(dossiers / "s", annee=2023)
    derniers_trimestres(source)
    lu = prepare(source)
    # 2023 : trois trimestres à 1 000 et le quatrième, révisé, à 3 000.
    assert france_eur(lu, 2023) == {"export": 42 * 6000, "import": 42 * 6000}
    assert france_eur(lu, 2024) == {"export": 168 * 3000, "import": 168 * 3000}
    assert lu.provisoire(2023) and lu.provisoire(2024)
    ecart = lu.meta["ecarts"][0]
    assert (ecart["annee"], ecart["trimestre"], ecart["flux"]) == (2023, 4, "export")
    assert ecart["retenu"] == "REGIONAL_CPF4PAYSE.txt"
    assert ecart["ecarte"] == "Region_2023_Export.zip/Region_2023_Export.txt"
    assert ecart["valeur_ecartee_eur"] == 42000 and ecart["valeur_retenue_eur"] == 42 * 3000
    phrase = (
        "REGIONAL_CPF4PAYSE.txt l'emporte sur Region_2023_Export.zip/Region_2023_Export.txt "
        "(dernier trimestre plus tardif) pour : exportations du 4e trimestre 2023."
    )
    assert phrase in controles.avertissements(lu)


def test_une_publication_plus_recente_l_emporte(dossiers):
    source = annee_complete(dossiers / "s", annee=2023)
    derniers_trimestres(source)
    provenir(
        source,
        **{
            "Region_2023_Export.zip": "2025-06-01T08:00:00+00:00",
            "REGIONAL_CPF4PAYSE.txt": "2025-02-07T08:00:00+00:00",
        },
    )
    lu = prepare(source)
    # Les exportations sont redevenues celles de l'année, les importations restent révisées.
    assert france_eur(lu, 2023) == {"export": 168000, "import": 42 * 6000}
    assert lu.meta["sources"][2]["publie"] == "2025-06-01T08:00:00Z"
    assert lu.publication(2023) == "2025-06-01"
    assert {e["raison"] for e in lu.meta["ecarts"] if e["flux"] == "export"} == {"publication"}


def test_une_date_ne_survit_pas_au_remplacement_du_fichier(dossiers):
    source = annee_complete(dossiers / "s", annee=2023)
    provenir(source, **{"Region_2023_Export.zip": "2025-06-01"})
    assert prepare(source).publication(2023) == "2025-06-01"
    annee_complete(source, annee=2023, valeur_eur=5)
    assert all("publie" not in fichier for fichier in prepare(source).meta["sources"])


def test_deux_fichiers_que_rien_ne_departage_refuses(dossiers):
    source = annee_complete(dossiers / "s")
    derniers_trimestres(source)
    with pytest.raises(ErreurDonnees) as refus:
        preparer(source)
    assert "Region_2024_Export.zip/Region_2024_Export.txt" in str(refus.value)
    assert "REGIONAL_CPF4PAYSE.txt" in str(refus.value)
    assert "exportations du 1er trimestre 2024" in str(refus.value)


def test_le_meme_contenu_deux_fois_compte_une_fois(dossiers):
    source = annee_complete(dossiers / "s")
    ecrire(source / "copie.txt", lignes("E", 2024))
    lu = prepare(source)
    assert france_eur(lu, 2024) == {"export": 168000, "import": 168000}
    assert "contenu identique" in controles.avertissements(lu)[0]


def test_trimestre_manquant(dossiers):
    source = dossiers / "s"
    ecrire(source / "e.txt", lignes("E", 2024))
    ecrire(source / "i.txt", lignes("I", 2024, trimestres=(1, 2)))
    lu = prepare(source)
    assert lu.annees() == [2024] and lu.annees_completes() == []
    assert lu.trimestres(2024) == [1, 2] and lu.trimestres(2024, "export") == [1, 2, 3, 4]
    assert lu.manques(2024) == "les 3e et 4e trimestres des importations"


# Territoires et codes


def test_territoires_publics_regions_et_france(dossiers):
    lu = prepare(annee_complete(dossiers / "s"))
    assert set(lu.totaux()["territoire"]) == {"09", "31", "75", "20", "971", "98", "99"}
    montants = lu.totaux().groupby("territoire")["valeur_eur"].sum()
    assert montants.eq(48000).all()
    par_region = {
        code: int(lu.region(code, 2024)["valeur_eur"].sum())
        for code in ("76", "11", "94", "DROM", "93", "84")
    }
    assert par_region == {
        "76": 96000,
        "11": 48000,
        "94": 48000,
        "DROM": 48000,
        "93": 48000,
        "84": 0,
    }
    assert france_eur(lu, 2024) == {"export": 168000, "import": 168000}
    textes = json.dumps(lu.meta, ensure_ascii=False)
    assert "9A" not in textes and "971" in textes


def test_codes_sans_zero_de_tete_et_corse_coupee_en_deux(dossiers):
    source = annee_complete(
        dossiers / "s", departements={"01": "18", "02": "1", "2A": "22", "2B": "22", "20": "22"}
    )
    lu = prepare(source)
    montants = lu.totaux().groupby("territoire")["valeur_eur"].sum().to_dict()
    assert montants == {"01": 48000, "02": 48000, "20": 3 * 48000}
    faits = lu.meta["faits"]["2024"]
    assert faits["rattachements_inattendus"] == [] and faits["doublons"] == 0


def test_codes_inconnus_gardes_et_dits(dossiers):
    source = dossiers / "s"
    for flux in "EI":
        contenu = lignes(flux, 2024)
        contenu.append(ligne(flux=flux, departement="9F", region="24"))
        contenu.append(ligne(flux=flux, pays="ZZ"))
        contenu.append(ligne(flux=flux, a129="Z99Z", cpf4="9999"))
        ecrire(source / f"{flux}.txt", contenu)
    ecrire(source / "Libelle_PAYS.txt", ["ZZ;Zedland;190001;999912"])
    lu = prepare(source)
    assert france_eur(lu, 2024) == {"export": 171000, "import": 171000}
    inconnus = lu.meta["faits"]["2024"]["codes_inconnus"]
    assert inconnus == {
        "territoire": {"9F": {"libelle": "", "valeur_eur": 2000}},
        "a129": {"Z99Z": {"libelle": "", "valeur_eur": 2000}},
        "cpf4": {"9999": {"libelle": "", "valeur_eur": 2000}},
        "pays": {"ZZ": {"libelle": "Zedland", "valeur_eur": 2000}},
    }
    phrases = [phrase for phrase in controles.avertissements(lu) if phrase.startswith("2024 : ")]
    assert [phrase.rpartition(" : ")[2] for phrase in phrases] == ["9F.", "ZZ.", "Z99Z.", "9999."]
    assert lu.echanges("9F", 2024)["region"].unique().tolist() == [""]
    assert lu.echanges("09", 2024)["pays"].eq("NA").sum() == 16


def test_somme_au_dela_de_64_bits_refusee(dossiers):
    source = annee_complete(dossiers / "s", valeur_eur=2**62)
    with pytest.raises(ErreurDonnees, match="valeur_eur dépasse 64 bits"):
        preparer(source)


def test_trop_de_codes_differents_refuses(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s")
    monkeypatch.setattr(colonnes, "CLE_MAX", 10)
    with pytest.raises(ErreurDonnees, match="trop de codes différents"):
        preparer(source)


# Avertissements


def test_fichier_sans_fin_de_ligne_et_libelles_illisibles_dits(dossiers):
    source = annee_complete(dossiers / "s", annee=2023)
    ecrire(source / "e.txt", "\n".join(lignes("E", 2022)))
    ecrire(source / "Libelle_PAYS.txt", "n'importe quoi")
    assert controles.avertissements(prepare(source)) == [
        "Libellés ignorés : Libelle_PAYS.txt, ligne 1 : « n'importe quoi » n'est pas une ligne de "
        "libellés (code;libellé;début;fin) ; remettre le fichier tel que les douanes le publient.",
        "e.txt : sans fin de ligne à la fin, peut-être coupé.",
    ]


def test_date_de_publication_illisible_ignoree(dossiers):
    source = annee_complete(dossiers / "s")
    provenir(source, **{"Region_2024_Export.zip": "2025-02-31", "Region_2024_Import.zip": "hier"})
    assert prepare(source).publication(2024) == ""


def test_plusieurs_annees_entieres_dans_un_fichier_ne_sont_pas_provisoires(dossiers):
    entiers = [texte for flux in "EI" for annee in (2022, 2023) for texte in lignes(flux, annee)]
    ecrire(dossiers / "s" / "tout.txt", entiers)
    lu = prepare(dossiers / "s")
    assert lu.annees_completes() == [2022, 2023] and not lu.provisoire(2022)
    ecrire(dossiers / "s" / "tout.txt", entiers + lignes("E", 2024, trimestres=(1,)))
    assert prepare(dossiers / "s").provisoire(2024)


def test_liste_des_territoires_d_industrie_gardee_avec_les_donnees(dossiers):
    source = annee_complete(dossiers / "s")
    liste = prepare(source).territoires_industrie()
    assert "Alès" in set(liste["libelle"])


def test_departements_des_vrais_fichiers_de_2019(reference):
    comptes = pd.read_csv(
        reference / "lignes_import_2019_par_trimestre_departement.csv", dtype={"code_dep": str}
    )
    publics = colonnes.territoires_publics()
    territoires = {publics.get(code) for code in comptes["code_dep"]}
    assert None not in territoires
    assert set(references.departements()) | {"99"} <= territoires | {"98"}


# À part


def test_une_grande_preparation_se_fait_a_part_avec_les_memes_octets(dossiers, monkeypatch):
    source = annee_complete(dossiers / "s")
    ici = preparer(source, prepare=dossiers / "ici")
    monkeypatch.setattr(a_part, "SEUIL_OCTETS", 0)
    monkeypatch.setattr(a_part, "_construire", lambda *_: pytest.fail("préparé ici"))
    ailleurs = preparer(source, prepare=dossiers / "ailleurs")
    assert [f.read_bytes() for f in sorted(ici.iterdir())] == [
        f.read_bytes() for f in sorted(ailleurs.iterdir())
    ]
    ecrire(source / "E.txt", "E;5;2024;09;12;C30C;3030;DE;1;1\n")
    with pytest.raises(ErreurDonnees, match=r"E.txt, ligne 1, colonne 2 \(trimestre\)"):
        preparer(source, prepare=dossiers / "refus")
    assert list((dossiers / "refus").iterdir()) == []


def test_chaque_fichier_et_chaque_annee_sont_dits_a_un_terminal(dossiers, monkeypatch):
    dits = []
    meta = {"sources": [], "fin": 4}
    monkeypatch.setattr(a_part, "print", lambda dit, **_: dits.append(dit), raising=False)
    pieces = preparation.choisir(annee_complete(dossiers / "s")).pieces
    a_part._construire(dossiers, pieces, meta, [], False, avancer=a_part._avancer)
    assert dits == [
        "Préparation : Region_2024_Export.zip/Region_2024_Export.txt, lu (1 sur 2).",
        "Préparation : Region_2024_Import.zip/Region_2024_Import.txt, lu (2 sur 2).",
        "Préparation : année 2024, rangée (1 sur 1).",
    ]
