"""Le fichier officiel des Territoires d'industrie, reconstruit commune par commune."""

from pathlib import Path

import listes_ti
import pandas as pd
import pytest

from commerce import ErreurDonnees, references
from commerce.donnees import territoires_industrie as ti

NOM = listes_ti.NOM
ENTETE = listes_ti.ENTETE
ecrire = listes_ti.ecrire


@pytest.fixture(scope="module")
def par_departement(reference: Path) -> pd.DataFrame:
    return listes_ti.par_departement(reference)


@pytest.fixture(scope="module")
def communes(par_departement: pd.DataFrame) -> list[list[str]]:
    return listes_ti.communes(par_departement)


def attendu(par_departement: pd.DataFrame) -> pd.DataFrame:
    table = par_departement.replace({"departement": {"2A": "20", "2B": "20"}})
    return table.groupby(["departement", "id_ti"])["nb_communes_ti_dans_departement"].sum()


def test_les_183_territoires_sont_dans_leurs_departements(tmp_path, communes, par_departement):
    lus = ti.lire(ecrire(tmp_path, communes))
    assert lus["id_ti"].nunique() == 183
    assert len(lus) == len(par_departement) == 259
    obtenu = lus.set_index(["departement", "id_ti"])["communes_dans_departement"].sort_index()
    assert obtenu.to_dict() == attendu(par_departement).to_dict()
    totaux = par_departement.drop_duplicates("id_ti").set_index("id_ti")
    assert lus.set_index("id_ti")["communes"].to_dict() == totaux["nb_communes_ti"].to_dict()
    libelles = lus.drop_duplicates("id_ti").set_index("id_ti")["libelle"]
    propres = totaux["lib_ti"].map(lambda libelle: " ".join(libelle.split()))
    assert libelles.to_dict() == propres.to_dict()
    assert set(lus["origine"]) == {NOM}


def test_la_regle_des_cinq_communes_sur_les_259_paires(tmp_path, communes, par_departement):
    liste = ti.lire(ecrire(tmp_path, communes))
    retires = set()
    for code in references.departements():
        principaux = ti.principaux(code, liste)
        assert principaux.connus
        assert not set(principaux.retenus) & set(principaux.retires)
        assert bool(principaux.retenus) == (code not in ti.SANS_TERRITOIRE)
        retires |= {(code, libelle) for libelle in principaux.retires}
    # Même règle, écrite autrement, sur le fichier de l'ANCT.
    seuls = set()
    for paire in par_departement.to_dict("records"):
        ici, partout = paire["nb_communes_ti_dans_departement"], paire["nb_communes_ti"]
        if ici in (1, 2, 3, 4) and partout - ici > ici:
            seuls.add((paire["departement"], " ".join(paire["lib_ti"].split())))
    assert retires == seuls
    assert len(retires) == 28


def test_une_region_nomme_les_territoires_des_siens(tmp_path, communes):
    liste = ti.lire(ecrire(tmp_path, communes))
    par_ti = {}
    for commune, _, _, libelle in communes:
        prefixe = commune[:3] if commune.startswith("97") else commune[:2]
        par_ti.setdefault(" ".join(libelle.split()), []).append(prefixe)
    for code in ("R11", "R76", "R93", "RDROM"):
        siens = set(references.departement(code).composants)
        effectifs = {nom: sum(p in siens for p in lus) for nom, lus in par_ti.items()}
        attendus = {n for n, ici in effectifs.items() if ici >= 5 or 0 < len(par_ti[n]) <= 2 * ici}
        lus = ti.principaux(code, liste)
        assert lus.connus and set(lus.retenus) == attendus and attendus
        assert not siens & {voisin for _, voisins in lus.partages for voisin in voisins}
    # Cinq départements connus ne disent pas ceux de toute l'Occitanie.
    assert ti.principaux("R76", ti.territoires(tmp_path / "vide"))[:3] == ([], [], False)


@pytest.mark.parametrize(
    ("code", "retenus", "retires"),
    [
        ("07", ["Ardèche Drôme Nord", "Rhône Provence Industrie"], ["Alès"]),
        ("09", ["Ariège"], []),
        ("11", ["Castres Revel Castelnaudary", "Grand Narbonne"], []),
        ("12", ["Aurillac – Figeac – Rodez"], []),
        ("32", ["Grand Auch – Astarac", "Interdépartemental Gers – Tarn-et-Garonne"], []),
        ("20", ["Grand Bastia – Marana-Golo", "Pays Ajaccien"], []),
        ("40", [], []),
        ("75", [], []),
    ],
)
def test_les_listes_des_fiches_publiees_sont_retrouvees(tmp_path, communes, code, retenus, retires):
    assert ti.principaux(code, ti.lire(ecrire(tmp_path, communes)))[:3] == (retenus, retires, True)


def test_sans_fichier_officiel_rien_n_est_affirme_au_dela_des_fiches(tmp_path):
    liste = ti.territoires(tmp_path)
    assert set(liste["origine"]) == {ti.FICHES_PUBLIEES}
    ardeche = ti.principaux("07", liste)
    assert (ardeche.retires, ardeche.connus) == (["Alès"], True)
    assert ti.principaux("09", liste)[:3] == (["Ariège"], [], True)
    assert ti.principaux("40", liste)[:3] == ([], [], True)
    assert ti.principaux("59", liste)[:3] == ([], [], False)


@pytest.mark.parametrize("separateur", [",", ";", "\t"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
def test_separateur_et_encodage_sont_reconnus(tmp_path, communes, separateur, encodage):
    lus = ti.lire(ecrire(tmp_path, communes, separateur=separateur, encodage=encodage))
    assert lus["id_ti"].nunique() == 183
    assert "Ardèche Drôme Nord" in set(lus["libelle"])


@pytest.mark.parametrize(
    "entete",
    [
        ["CODGEO", "LIBGEO", "ID_TI", "LIB_TI"],
        ["Code INSEE", "Commune", "Code TI", "Nom du TI (libellé)"],
        ["code_commune_2023", "commune", "Identifiant TI", "Libellé TI"],
    ],
)
def test_l_orthographe_des_entetes_est_toleree(tmp_path, communes, entete):
    if entete[3].startswith("Nom du"):
        with pytest.raises(ErreurDonnees, match="ligne 1 : pas de colonne libelle"):
            ti.lire(ecrire(tmp_path, communes, entete=entete))
    else:
        assert ti.lire(ecrire(tmp_path, communes, entete=entete))["id_ti"].nunique() == 183


def test_l_ordre_des_colonnes_et_les_doublons_ne_changent_rien(tmp_path, communes):
    droit = ti.lire(ecrire(tmp_path, communes))
    melange = [[lib_ti, "x", id_ti, code] for code, _, id_ti, lib_ti in communes + communes[:500]]
    autre = ecrire(tmp_path, melange, entete=["lib_ti", "siren_epci", "id_ti", "insee_com"])
    pd.testing.assert_frame_equal(ti.lire(autre), droit)


def test_le_zero_de_tete_perdu_et_l_espace_insecable_sont_rattrapes(tmp_path, communes):
    tableur = [[c.lstrip("0"), nom, i, f"{lib}\u00a0 "] for c, nom, i, lib in communes]
    pd.testing.assert_frame_equal(
        ti.lire(ecrire(tmp_path, tableur)),
        ti.lire(ecrire(tmp_path, communes, nom="b.csv"))[ti.COLONNES].assign(origine=NOM),
    )


def test_une_commune_de_deux_territoires_compte_dans_les_deux(tmp_path, communes):
    autre = next(ligne for ligne in communes if ligne[2] == "ti-7602")
    premiere = [*communes[0][:2], f"{communes[0][2]} ; ti-7602", f"{communes[0][3]} ; {autre[3]}"]
    lus = ti.lire(ecrire(tmp_path, [premiere, *communes[1:]]))
    ariege = lus[lus["id_ti"] == "ti-7602"].set_index("departement")
    assert ariege["communes_dans_departement"].to_dict() == {"09": 326, "971": 1}
    assert set(ariege["communes"]) == {327}


def test_les_communes_sans_territoire_sont_ignorees(tmp_path, communes):
    lus = ti.lire(ecrire(tmp_path, [*communes, ["40001", "Aire-sur-l'Adour", "", ""], []]))
    assert "40" not in set(lus["departement"])


@pytest.mark.parametrize(
    ("nom", "colonne"),
    [
        ("liste-ti-com2022-20221201.csv", ""),
        ("territoires-industrie-2018-2023.csv", ""),
        (NOM, "2018-2022"),
    ],
)
def test_la_liste_2018_2023_est_refusee_par_ses_dates(tmp_path, communes, nom, colonne):
    lignes = [[*ligne, colonne] for ligne in communes]
    with pytest.raises(ErreurDonnees, match="identifiants désignaient d'autres territoires"):
        ti.lire(ecrire(tmp_path, lignes, entete=[*ENTETE, "periode"], nom=nom))


def test_la_liste_2018_2023_est_refusee_par_son_nombre(tmp_path, communes):
    gardes = {f"ti-{numero}" for numero in sorted({ligne[2][3:] for ligne in communes})[:149]}
    with pytest.raises(ErreurDonnees, match=r"contient 149 Territoires.*2018-2023"):
        ti.lire(ecrire(tmp_path, [ligne for ligne in communes if ligne[2] in gardes]))


def test_des_identifiants_qui_ont_change_de_sens_sont_refuses(tmp_path, communes):
    libelles = {ligne[2]: ligne[3] for ligne in communes}
    suivants = dict(zip(libelles, [*list(libelles.values())[1:], "Autre"], strict=True))
    decales = [[*ligne[:3], suivants[ligne[2]]] for ligne in communes]
    with pytest.raises(ErreurDonnees, match="n'est pas la liste 2023-2027"):
        ti.lire(ecrire(tmp_path, decales))


@pytest.mark.parametrize(
    ("ligne", "phrase"),
    [
        (["99999", "x", "ti-0101", "Basse-Terre"], "n'est pas un code commune"),
        (["Foix", "x", "ti-0101", "Basse-Terre"], "n'est pas un code commune"),
        (["97101", "x", "0101", "Basse-Terre"], "ne vont pas ensemble"),
        (["97101", "x", "ti-0101", ""], "ne vont pas ensemble"),
        (["97101", "x", "ti-0101", "Grande-Terre"], "plus haut"),
        (["97101", "x", "ti-0101"], "3 colonnes au lieu de 4"),
    ],
)
def test_une_ligne_abimee_est_refusee_avec_son_numero(tmp_path, communes, ligne, phrase):
    fichier = ecrire(tmp_path, [*communes, ligne])
    with pytest.raises(ErreurDonnees, match=rf"ligne {len(communes) + 2}\b.*{phrase}"):
        ti.lire(fichier)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<!DOCTYPE html><html></html>",
        b'{"resources": []}',
        b"insee_com,id_ti,lib_ti\n01001,ti-0101\0,x\n",
        b'insee_com,id_ti,lib_ti\n01001,"ti-0101,x\n',
        b"\xff\xfe\x00\x01",
    ],
)
def test_ce_qui_n_est_pas_la_liste_est_refuse_en_une_phrase(tmp_path, octets):
    fichier = tmp_path / NOM
    fichier.write_bytes(octets)
    with pytest.raises(ErreurDonnees, match=NOM) as refus:
        ti.lire(fichier)
    assert "\n" not in str(refus.value)
    assert ti.PAGE in str(refus.value)


def test_le_millesime_le_plus_recent_est_lu(tmp_path, communes):
    ecrire(tmp_path, communes, nom="liste-ti-com2022-20221201.csv")
    ecrire(tmp_path, communes[:3], nom="liste-ti-com2023-20231114.csv")
    (tmp_path / "ANCT").mkdir()
    recent = ecrire(tmp_path / "ANCT", communes, separateur=";")
    ecrire(tmp_path, [["ti-0101", "x"]], entete=["id_ti", "lib_ti"], nom="liste-ti-20990101.csv")
    (tmp_path / "REGIONAL_CPF4PAYSE.csv").write_text("E;1;2024;09;12;A01Z;0111;BE;1;1\n")
    assert ti.fichier_officiel(tmp_path) == recent
    assert set(ti.territoires(tmp_path)["origine"]) == {NOM}


def test_une_copie_est_admise_deux_contenus_de_meme_millesime_non(tmp_path, communes):
    (tmp_path / "copie").mkdir()
    ecrire(tmp_path, communes)
    ecrire(tmp_path / "copie", communes)
    assert ti.fichier_officiel(tmp_path).name == NOM
    ecrire(tmp_path / "copie", communes[:-1])
    with pytest.raises(ErreurDonnees, match="plusieurs listes"):
        ti.fichier_officiel(tmp_path)


def test_le_fichier_des_groupements_seul_est_refuse(tmp_path, reference):
    contenu = (reference / "ti_2023_2027_groupements.csv").read_bytes()
    (tmp_path / "liste-ti-grpt2023-20240704.csv").write_bytes(contenu)
    with pytest.raises(ErreurDonnees, match="pas de colonne commune"):
        ti.territoires(tmp_path)
