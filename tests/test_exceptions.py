"""Exceptions revues : ce qu'elles écrivent est admis, compté et dit ; rien de plus ne passe."""

import re

import pytest
from conftest import run_all
from petites_douanes import ecrire, ligne, lignes

from commerce import ErreurDonnees, chemins, formats, parties, releve
from commerce.donnees import controles
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare

TETE = "motif;raison;par"
NEGATIVE = ligne(pays="QQ", valeur_eur=-400, masse_kg=0)
DEPLACE = ligne(region="84", pays="IT")
SANS_MASSE = ligne(pays="IT", masse_kg="")
SANS_REGION = ligne(pays="IT", region="")
EN_TETE = "flux;trimestre;annee;departement;region;A129;CPF4;pays;valeur;masse"


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Une année entière, les lignes données en tête des exportations, et leurs exceptions."""
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")

    def _source(*ajouts: str, exceptions: list[str] = (), annee: int = 2024):
        dossier = tmp_path / "s"
        ecrire(dossier / "E.txt", [*ajouts, *lignes("E", annee)])
        ecrire(dossier / "I.txt", lignes("I", annee))
        if exceptions:
            ecrire(dossier / "exceptions.csv", [TETE, *exceptions])
        return dossier

    return _source


def admettre(motif: str) -> str:
    return f'"{motif}";publié ainsi;A. Durand'


def refuses(lu: Prepare) -> set[str]:
    return {c.identifiant for c in controles.bloquants(lu, 2024)} & {"negatifs", "rattachements"}


@pytest.mark.parametrize(
    ("fautive", "defaut", "valeur_eur", "masse_kg"),
    [
        (NEGATIVE, "negatifs", -400, 0),
        (ligne(pays="IT", masse_kg=-10), "negatifs", 1000, -10),
        (DEPLACE, "rattachements", 1000, 10),
        (SANS_MASSE, "masse_vide", 1000, 0),
        (SANS_REGION, "region_vide", 1000, 10),
        (ligne(pays="IT") + ";", "separateur", 1000, 10),
    ],
)
def test_une_ligne_inhabituelle_est_refusee_puis_admise_par_la_ligne_que_donne_le_refus(
    source, fautive, defaut, valeur_eur, masse_kg
):
    """Le remède du message suffit, la ligne compte, et la page des données la dit."""
    try:
        lu = Prepare(preparer(source(fautive)))
        assert refuses(lu) == {defaut}
        remede = controles.remedes(lu, 2024)[0]
    except ErreurDonnees as erreur:
        remede = str(erreur)
        assert remede.startswith("E.txt, ligne 1")
    assert "exceptions.csv" in remede and TETE in remede
    motif = re.search('"([^"]+)";pourquoi;qui', remede)[1]
    dossier = preparer(source(fautive, exceptions=[admettre(motif)]))
    lu = Prepare(dossier)
    assert refuses(lu) == set()
    gardee = lu.echanges("09", 2024).query("pays in ('IT', 'QQ')").iloc[0]
    assert (gardee["valeur_eur"], gardee["masse_kg"]) == (valeur_eur, masse_kg)
    assert gardee["region"] == "76"
    admises = releve.exceptions(releve.ouvrir(2024, donnees=dossier))
    assert admises[["defaut", "territoire", "lignes", "valeur_eur"]].to_numpy().tolist() == [
        [defaut, "09", 1, valeur_eur]
    ]
    assert "publié ainsi" in releve.texte_exceptions(admises)
    methode = parties.methode.texte(charger("09", 2024, donnees=dossier))
    assert "publié ainsi (A. Durand)" in methode and "1\u00a0ligne" in methode
    assert f"{formats.nombre(valeur_eur)}\u00a0euros en 2024" in methode
    assert "A. Durand" in parties.methode.texte(charger("R76", 2024, donnees=dossier))
    for autre in ("31", "R11"):
        assert "A. Durand" not in parties.methode.texte(charger(autre, 2024, donnees=dossier))


@pytest.mark.lourd
def test_la_commande_donne_la_ligne_a_ecrire(source, tmp_path):
    """Écrite telle quelle dans le fichier qu'il nomme, la ligne du refus lève ce refus."""
    commande = ("09", "--source", source(NEGATIVE), "--prepare", tmp_path / "p")
    refus = run_all(*commande, "--sortie", tmp_path / "o", cwd=tmp_path)
    assert refus.returncode == 2 and "1\u00a0valeur négative" in refus.stderr
    (ligne_donnee,) = re.findall("« (.*;pourquoi;qui) »", refus.stderr)
    (tmp_path / "s" / "exceptions.csv").write_text(f"{TETE}\n{ligne_donnee}\n", encoding="utf-8")
    refus = run_all(*commande, "--sortie", tmp_path / "o", cwd=tmp_path)
    assert "négative" not in refus.stderr and "exceptions.csv" not in refus.stderr


def test_un_en_tete_est_ecarte_et_dit(source):
    with pytest.raises(ErreurDonnees, match=f'^E.txt, ligne 1, .*"{EN_TETE}";pourquoi;qui'):
        preparer(source(EN_TETE))
    lu = Prepare(preparer(source(EN_TETE, exceptions=[admettre(EN_TETE)])))
    assert controles.avertissements(lu) == [
        "E.txt : 1 ligne écartée après examen : publié ainsi (A. Durand)."
    ]
    assert lu.meta["faits"]["2024"]["lignes"] == 2 * 168


@pytest.mark.parametrize(
    ("motif", "reste"),
    [
        ("E;*;2024;09;*;*;*;QQ;-*;*", set()),
        ("*;*;*;*;*;*;*;QQ;-*;*", set()),
        ("E;1;2024;09;12;C30C;3030;QQ;-400;0", set()),
        ("*;*;*;*;*;*;*;QQ;-401;*", {"negatifs"}),
        ("*;*;*;*;*;*;*;QQ;*;-*", {"negatifs"}),
        ("*;*;*;*;*;*;*;DE;-*;*", {"negatifs"}),
        ("*;*;2023;*;*;*;*;QQ;-*;*", {"negatifs"}),
        ("I;*;*;*;*;*;*;QQ;-*;*", {"negatifs"}),
        ("*;*;*;09;84;*;*;*;*;*", {"negatifs"}),
    ],
)
def test_une_exception_n_admet_que_ce_qu_elle_ecrit(source, motif, reste):
    """Une étoile ne vaut jamais un nombre négatif, et ce qui ne sert à rien est dit."""
    lu = Prepare(preparer(source(NEGATIVE, exceptions=[admettre(motif)])))
    assert refuses(lu) == reste
    sans_effet = [dit for dit in controles.avertissements(lu) if "n'admet aucune ligne" in dit]
    assert len(sans_effet) == len(reste)


def test_une_ligne_de_trop_reste_refusee(source):
    """L'exception d'une ligne n'en couvre pas une seconde, et les autres fautes demeurent."""
    autre = ligne(pays="QQ", departement="31", valeur_eur=-1)
    motif = "E;*;*;09;*;*;*;QQ;-*;*"
    lu = Prepare(preparer(source(NEGATIVE, autre, DEPLACE, exceptions=[admettre(motif)])))
    assert refuses(lu) == {"negatifs", "rattachements"}
    with pytest.raises(ErreurDonnees, match=r"^E\.txt, ligne 2"):
        preparer(
            source(SANS_MASSE, ligne(pays="ES", masse_kg=""), exceptions=[admettre(SANS_MASSE)])
        )


def test_un_fichier_entier_a_separateur_final_s_admet_en_une_ligne(source):
    dossier = source()
    avant = Prepare(preparer(dossier)).totaux()
    ecrire(dossier / "E.txt", [f"{texte};" for texte in lignes("E", 2024)])
    ecrire(dossier / "exceptions.csv", [TETE, admettre("*;*;*;*;*;*;*;*;*;*;")])
    lu = Prepare(preparer(dossier))
    assert lu.totaux().equals(avant)
    assert sum(dite["lignes"] for dite in lu.exceptions(2024)) == 168


def test_changer_le_texte_d_une_exception_refait_la_preparation(source):
    motif = "*;*;*;*;*;*;*;QQ;-*;*"
    premiere = preparer(source(NEGATIVE, exceptions=[admettre(motif)]))
    seconde = preparer(source(NEGATIVE, exceptions=[f'"{motif}";autre raison;A. Durand']))
    assert premiere != seconde
    assert Prepare(seconde).exceptions(2024)[0]["raison"] == "autre raison"


@pytest.mark.parametrize(
    ("exception", "place"),
    [
        (admettre("*;*;*;*;*;*;*;*;*;*"), "ligne 2, colonne motif"),
        (admettre("E;1;2024;09;*;C30*;3030;QQ;-*;*"), "ligne 2, colonne motif"),
        (admettre("flux;*;annee"), "ligne 2, colonne motif"),
        ('"*;*;*;*;*;*;*;QQ;-*;*";;A. Durand', "ligne 2, colonne raison"),
        ('"*;*;*;*;*;*;*;QQ;-*;*";publié ainsi;', "ligne 2, colonne par"),
        ("*;*;*;*;*;*;*;QQ;-*;*;publié ainsi;A. Durand", "ligne 2"),
    ],
)
def test_une_exception_mal_ecrite_est_refusee_avec_sa_place(source, exception, place):
    with pytest.raises(ErreurDonnees, match=rf"^exceptions\.csv, {place}.* ; .*\.$") as refus:
        preparer(source(exceptions=[exception]))
    assert "\n" not in str(refus.value)


def test_une_exception_enregistree_par_excel_ou_avec_des_virgules_est_lue(source):
    dossier = source(NEGATIVE)
    for texte in (
        'motif,raison,par\n*;*;*;*;*;*;*;QQ;-*;*,"publié ainsi, vérifié",É. Durand\n',
        'motif;raison;par\r\n"*;*;*;*;*;*;*;QQ;-*;*";publié;É. Durand\r\n'.encode("cp1252"),
    ):
        ecrire(dossier / "exceptions.csv", texte)
        lu = Prepare(preparer(dossier))
        assert refuses(lu) == set() and lu.exceptions(2024)[0]["par"] == "É. Durand"


def test_un_fichier_national_est_nomme_et_laisse_de_cote(source, tmp_path):
    national = [f"E;{mois};2024;011111;A01Z;10011100;DE;1000;10;0" for mois in range(1, 13)]
    dossier = source()
    for nom in ("NATIONAL_NC8PAYSE.txt", "autre_nom.txt"):
        ecrire(dossier / nom, national)
    lu = Prepare(preparer(dossier))
    dits = [dit for dit in controles.avertissements(lu) if "fichier national des douanes" in dit]
    assert len(dits) == 2 and lu.meta["faits"]["2024"]["lignes"] == 2 * 168
    with pytest.raises(ErreurDonnees, match=r"^N\.txt : fichier national des douanes"):
        preparer(ecrire(tmp_path / "seul" / "N.txt", national).parent)
