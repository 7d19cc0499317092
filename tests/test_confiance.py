"""Rien de faux n'est publié : données fictives, incomplètes, dites telles et refusées."""

import json
import random
import re
import zipfile
from pathlib import Path

import pytest

from commerce import ErreurDonnees, chemins, demonstration
from commerce.demonstration import tirage
from commerce.donnees import controles, provenance
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare


@pytest.fixture(scope="module")
def textes() -> dict[str, list[str]]:
    """Les lignes de 2024 du jeu de démonstration, par flux, fins de ligne comprises."""
    lues = {}
    for flux in ("Export", "Import"):
        with zipfile.ZipFile(chemins.DEMONSTRATION / f"Regional_2024_{flux}.zip") as archive:
            texte = archive.read(f"Regional_2024_{flux}.txt").decode()
        lues[flux[0]] = texte.splitlines(keepends=True)
    return lues


@pytest.fixture
def dossier(tmp_path, monkeypatch) -> Path:
    """Un dossier source vide, et un rangement à part."""
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "prepare")
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


def deposer(dossier: Path, **flux: list[str]) -> Path:
    """Écrit un texte par flux (`E`, `I`)."""
    for nom, lignes in flux.items():
        (dossier / f"{nom}.txt").write_bytes("".join(lignes).encode())
    return dossier


def defictives(lignes: list[str]) -> list[str]:
    """Les mêmes lignes à la masse près : ni la marque, ni rien d'autre ne les dit fictives."""
    return [re.sub(r";(\d+)\r\n$", lambda m: f";{int(m[1]) + 1}\r\n", ligne) for ligne in lignes]


def couper(lignes: list[str], part: float) -> list[str]:
    """Le début d'un texte, coupé dans le dernier nombre d'une ligne : elle reste bien formée."""
    gardees = lignes[: int(part * len(lignes))]
    return [*gardees[:-1], gardees[-1].rstrip()[:-1]]


def refus(dossier: Path) -> dict[str, str]:
    """Ce qui interdit de publier 2024 : identifiant du contrôle, phrase."""
    lu = Prepare(preparer(dossier))
    return {c.identifiant: c.phrase for c in controles.bloquants(lu, 2024)}


# Des données fictives ne passent jamais pour réelles


def test_la_demonstration_dezippee_reste_fictive(textes, dossier):
    assert Prepare(preparer(deposer(dossier, **textes))).demonstration
    source = charger("09", donnees=preparer(dossier)).source
    assert source.startswith("Données de démonstration, fictives")


@pytest.mark.parametrize(
    "changer",
    [
        lambda lignes: lignes[::-1],
        lambda lignes: [ligne.replace("\r\n", "\n") for ligne in lignes],
        lambda lignes: random.Random(1).sample(lignes, 40),
        lambda lignes: [ligne for ligne in lignes if ligne.split(";")[3] == "48"],
        lambda lignes: [ligne.replace(";2024;", ";2025;") for ligne in lignes],
        lambda lignes: [ligne.replace(";2024;", ";2023;") for ligne in lignes],
        lambda lignes: [*lignes[: len(lignes) // 3], lignes[0].rstrip()[:-1] + "1\r\n"],
    ],
    ids=["renversee", "fins de ligne", "extrait", "Lozere", "2025", "2023", "tiers retouche"],
)
def test_une_partie_ou_une_variante_de_la_demonstration_reste_fictive(textes, dossier, changer):
    with zipfile.ZipFile(dossier / "Region_2019_Export.zip", "w") as archive:
        archive.writestr("Region_2019_Export.txt", "".join(changer(textes["E"])))
    assert Prepare(preparer(dossier)).demonstration


@pytest.mark.parametrize("graine", [tirage.GRAINE, 7])
def test_toute_graine_et_toute_taille_se_reconnaissent(dossier, graine, monkeypatch):
    monkeypatch.setitem(tirage.LIGNES, "reelle", {"export": 60_000, "import": 60_000})
    for zip_ecrit in demonstration.construire(dossier, graine, "reelle", (2024,)):
        with zipfile.ZipFile(zip_ecrit) as archive:
            archive.extractall(dossier)
        zip_ecrit.unlink()
    assert Prepare(preparer(dossier)).demonstration


def test_une_annee_fictive_parmi_des_reelles_est_refusee(textes, dossier):
    deposer(dossier, E=textes["E"], I=defictives(textes["I"]))
    with pytest.raises(ErreurDonnees, match=r"^E.txt est fictif .* I.txt, qui ne l'est pas"):
        preparer(dossier)
    assert not list(chemins.PREPARE.glob("*"))


def test_un_departement_fictif_dans_un_fichier_reel_est_refuse_avec_sa_ligne(textes, dossier):
    reelles = defictives(textes["E"])
    fictives = [ligne for ligne in textes["E"] if ligne.split(";")[3] == "48"]
    deposer(dossier, E=reelles[:100] + fictives + reelles[100:], I=defictives(textes["I"]))
    with pytest.raises(ErreurDonnees, match=r"^E.txt, ligne 101 : des lignes fictives"):
        preparer(dossier)


def test_des_donnees_qui_ressemblent_restent_reelles(textes, dossier):
    deposer(dossier, **{flux: defictives(lignes) for flux, lignes in textes.items()})
    assert not Prepare(preparer(dossier)).demonstration


# Des données incomplètes sont refusées


@pytest.fixture
def reelles(textes):
    return {flux: defictives(lignes) for flux, lignes in textes.items()}


def test_l_annee_entiere_passe(reelles, dossier):
    assert refus(deposer(dossier, **reelles)) == {}


def test_un_quatrieme_trimestre_reduit_a_un_departement(reelles, dossier):
    garder = [ligne for ligne in reelles["E"] if ligne[2] != "4" or ligne.split(";")[3] == "31"]
    dits = refus(deposer(dossier, E=garder, I=reelles["I"]))
    assert "exportations du 4e trimestre 2024 ont " in dits["effectifs"]
    assert "s'écartent de −2" in dits["total_officiel"]


@pytest.mark.parametrize("part", [0.85, 0.97, 0.995])
def test_un_texte_coupe(reelles, dossier, part):
    deposer(dossier, E=couper(reelles["E"], part), I=reelles["I"])
    assert "exportations du 4e trimestre 2024" in refus(dossier)["effectifs"]


def test_un_texte_sans_derniere_fin_de_ligne_mais_entier_n_est_qu_une_alerte(reelles, dossier):
    deposer(dossier, E=["".join(reelles["E"]).rstrip()], I=reelles["I"])
    assert refus(dossier) == {}
    assert "E.txt : sans fin de ligne" in Prepare(preparer(dossier)).meta["avertissements"][0]


def test_un_texte_coupe_dans_un_zip_est_coupe_aussi(reelles, dossier):
    deposer(dossier, I=reelles["I"])
    with zipfile.ZipFile(dossier / "e.zip", "w") as archive:
        archive.writestr("e.txt", "".join(couper(reelles["E"], 0.9)))
    assert "leur fichier finit au milieu d'une ligne" in refus(dossier)["effectifs"]


def test_deux_lignes_mal_etiquetees_ne_remplacent_pas_un_trimestre(reelles, dossier):
    """Le fichier des exportations, publié après l'autre, déclare deux importations."""
    egares = [ligne.replace("E;4;", "I;4;") for ligne in reelles["E"] if ligne[2] == "4"][:2]
    deposer(dossier, E=reelles["E"] + egares, I=reelles["I"])
    entrees = {
        f"{flux}.txt": {"sha256": provenance.somme(dossier / f"{flux}.txt"), "last_modified": date}
        for flux, date in (("E", "2025-03-01"), ("I", "2025-02-01"))
    }
    (dossier / provenance.NOM).write_text(json.dumps({"fichiers": entrees}), encoding="utf-8")
    dits = refus(dossier)
    assert (
        "E.txt remplacerait I.txt" in dits["revisions"] and "2 lignes au lieu" in dits["revisions"]
    )
    assert "importations du 4e trimestre" in dits["effectifs"]


def test_deux_moities_ne_sont_pas_une_revision(reelles, dossier):
    """Des départements dans un fichier, les autres dans un second, dont le nom dit plus récent."""
    nord = [ligne for ligne in reelles["E"] if ligne.split(";")[3] < "40"]
    sud = [ligne for ligne in reelles["E"] if ligne.split(";")[3] >= "40"]
    deposer(dossier, A=nord, B=[*sud, sud[0].replace(";2024;", ";2025;")], I=reelles["I"])
    assert "B.txt remplacerait A.txt" in refus(dossier)["revisions"]


def test_un_code_de_departement_mal_ecrit(reelles, dossier):
    mal = {flux: [li.replace(";9A;", ";9a;") for li in lignes] for flux, lignes in reelles.items()}
    dits = refus(deposer(dossier, **mal))
    assert "Guadeloupe (971) sans exportations" in dits["territoires"]
    assert dits["codes_territoire"].endswith(" : 9a.")


def test_un_territoire_qui_n_a_plus_d_importations(reelles, dossier):
    sans = [ligne for ligne in reelles["I"] if ligne.split(";")[3] != "48"]
    assert refus(deposer(dossier, E=reelles["E"], I=sans)) == {
        "territoires": "Des territoires n'ont aucune ligne de l'année : Lozère (48) sans "
        "importations."
    }


def test_la_page_dit_qu_elle_est_publiee_malgre_un_controle(reelles, dossier):
    sans = [ligne for ligne in reelles["I"] if ligne.split(";")[3] != "48"]
    fiche = charger("09", donnees=preparer(deposer(dossier, E=reelles["E"], I=sans)))
    assert fiche.passe_outre == ("Les 100 territoires sont là",)
    assert fiche.source.endswith(
        "publiées malgré 1 contrôle bloquant en échec\u00a0: Les 100 territoires sont là."
    )
