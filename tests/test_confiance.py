"""Rien de faux n'est publié : données fictives, incomplètes, dites telles et refusées."""

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
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
    assert "jeu fictif" in source and "DGDDI" not in source


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
    assert "E.txt : sans fin de ligne" in controles.avertissements(Prepare(preparer(dossier)))[0]


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


def test_deux_moities_prises_au_hasard_ne_sont_pas_une_revision(reelles, dossier):
    """Sans total officiel ni voisin entier : seules les lignes disent que rien n'est repris."""
    textes = {f: [li.replace(";2024;", ";2019;") for li in lignes] for f, lignes in reelles.items()}
    pile, face = textes["E"][::2], textes["E"][1::2]
    deposer(dossier, A=pile, B=[*face, face[0].replace(";2019;", ";2020;")], I=textes["I"])
    lu = Prepare(preparer(dossier))
    (dit,) = [c for c in controles.bloquants(lu, 2019) if c.identifiant == "revisions"]
    assert "B.txt remplacerait A.txt" in dit.phrase and "% de ses lignes y sont" in dit.phrase


def test_une_vraie_revision_passe(reelles, dossier):
    """Des montants corrigés, quelques lignes en plus et en moins : publiée, et dite."""
    revises = [re.sub(r";(\d+);(\d+)\r", r";1\1;\2\r", li) for li in reelles["E"] if li[2] == "4"]
    suite = reelles["E"][0].replace(";2024;", ";2025;")
    deposer(dossier, A=reelles["E"], B=[*revises[20:], suite], I=reelles["I"])
    assert "revisions" not in refus(dossier)
    dits = controles.avertissements(Prepare(preparer(dossier)))
    assert any(phrase.startswith("B.txt l'emporte sur A.txt") for phrase in dits)


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


# La ligne de commande dit ce qu'elle lit


def run_all(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    commande = [sys.executable, str(chemins.RACINE / "run_all.py"), *arguments]
    prepare = ["--prepare", "prepare", "--sortie", "sortie"]
    return subprocess.run([*commande, *prepare], cwd=cwd, capture_output=True, text=True)


def test_passer_outre_publie_et_le_dit_partout(reelles, dossier):
    sans = [ligne for ligne in reelles["I"] if ligne.split(";")[3] != "48"]
    deposer(dossier, E=reelles["E"], I=sans)
    refuse = run_all("09", "--source", "source", cwd=dossier.parent)
    assert refuse.returncode == 2 and refuse.stdout == ""
    assert "Lozère (48) sans importations. Voir" in refuse.stderr
    assert "--passer-outre : les pages le diront" in refuse.stderr
    outre = run_all("09", "--source", "source", "--passer-outre", cwd=dossier.parent)
    assert outre.returncode == 0, outre.stderr
    premiere, *_, rappel, derniere = outre.stdout.splitlines()
    assert premiere == "Données des douanes (source), 2024, nomenclature A129 : 1 fiche."
    assert rappel.startswith("Attention : publié malgré un contrôle bloquant : Des territoires")
    assert derniere.startswith("Tout est fait")
    page = (dossier.parent / "sortie" / "html" / "09-ariege.html").read_text(encoding="utf-8")
    assert page.count("publiées malgré 1 contrôle bloquant en échec") > 10
    for nom in ("index", "comparer"):
        ensemble = (dossier.parent / "sortie" / "html" / f"{nom}.html").read_text(encoding="utf-8")
        assert re.search(r'mention-demonstration">[^<]*ubliées malgré', ensemble), nom
    journal = json.loads((dossier.parent / "sortie" / "journal.json").read_text(encoding="utf-8"))
    assert journal["options"]["passer_outre"] is True
    assert "Lozère (48)" in journal["passe_outre"][0]


def test_une_annee_de_repli_est_dite(dossier):
    for nom in ("Regional-2023-export", "Regional-2023-import", "Regional_2024_Export"):
        shutil.copy(chemins.DEMONSTRATION / f"{nom}.zip", dossier)
    dit = run_all("09", "--source", "source", "--simuler", cwd=dossier.parent)
    assert dit.returncode == 0
    assert dit.stderr == "Année 2023 : à 2024 il manque toutes les importations.\n"
    assert dit.stdout.startswith("Données de démonstration, fictives (source), 2023, nomenclature")
    assert sorted(f.name for f in dossier.parent.iterdir()) == ["source"]


def test_la_demonstration_lue_a_la_place_d_un_lien_rompu_est_dite(tmp_path, monkeypatch):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "prepare")
    monkeypatch.setattr(chemins, "SOURCE", tmp_path / "source")
    (tmp_path / "source").symlink_to(tmp_path / "nulle-part")
    dits = []
    assert Prepare(preparer(dire=dits.append)).demonstration
    assert dits == ["source : lien rompu ; le jeu de démonstration est lu."]
    (tmp_path / "source").unlink()
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "Region_2024_Export.zip").symlink_to(tmp_path / "nulle-part")
    dits.clear()
    avertissements = controles.avertissements(Prepare(preparer(dire=dits.append)))
    assert dits == avertissements[:1]
    assert dits == ["source : aucun fichier d'échanges ; le jeu de démonstration est lu."]


# N'importe quel fichier dans data/source : lu, ignoré ou refusé en une phrase


@pytest.mark.parametrize(
    ("nom", "contenu"),
    [
        (b"ventes.csv", b"client;montant\r\nDupont;12\r\n"),
        (b"binaire.csv", bytes(range(256)) * 40),
        (b"nul.csv", b"\0" * 3000),
        (b"guillemet.csv", b'"jamais ferm\xe9;' + b"x" * 200_000),
        (b"retour.csv", b"a;b\rc;d\re;f"),
        (b"vide.csv", b""),
        (b"unicode.csv", "id_ti;commune\n".encode("utf-16")),
        (b"photo.txt", bytes(range(255, -1, -1)) * 400),
        (b"\xe9t\xe9 \xff.txt", b"bonjour"),
        (b"deux\nlignes.txt", b"bonjour"),
        (b"\x1b[31mrouge.pdf", b"%PDF"),
        (b"archive.zip.csv", b"PK\x03\x04"),
    ],
    ids=lambda valeur: repr(valeur[:12]),
)
def test_un_intrus_ne_fait_ni_trace_ni_refus(textes, dossier, nom, contenu):
    deposer(dossier, **textes)
    Path(os.fsdecode(os.fsencode(dossier) + b"/" + nom)).write_bytes(contenu)
    lu = Prepare(preparer(dossier))
    assert lu.annees() == [2024]
    json.dumps(lu.meta, ensure_ascii=False).encode("utf-8")
    intrus = [phrase for phrase in controles.avertissements(lu) if "ignoré" in phrase]
    assert len(intrus) == 1 and intrus[0].isprintable()


def test_des_donnees_sous_un_nom_qui_n_est_pas_en_utf_8_sont_lues(textes, dossier):
    for flux, lignes in textes.items():
        nom = os.fsencode(dossier) + b"/donn\xe9es " + flux.encode() + b".txt"
        Path(os.fsdecode(nom)).write_bytes("".join(lignes).encode())
    lu = Prepare(preparer(dossier))
    assert [f["nom"] for f in lu.meta["fichiers"]] == ["donn�es E.txt", "donn�es I.txt"]


def test_un_droit_de_lecture_absent_est_dit_tel(textes, dossier, monkeypatch):
    deposer(dossier, **textes)
    shutil.copy(chemins.DEMONSTRATION / "Regional_2024_Export.zip", dossier)
    for interdit in ("E.txt", "Regional_2024_Export.zip"):
        ouvrir = io.open

        def refuser(fichier, *options, _interdit=interdit, _ouvrir=ouvrir, **nommees):
            if str(fichier).endswith(_interdit):
                raise PermissionError(13, "Permission denied", str(fichier))
            return _ouvrir(fichier, *options, **nommees)

        with monkeypatch.context() as droits:
            droits.setattr(io, "open", refuser)
            with pytest.raises(ErreurDonnees, match=f"^{re.escape(interdit)} : lecture interdite"):
                preparer(dossier)


def test_un_sous_dossier_illisible_n_est_pas_oublie(textes, dossier, monkeypatch):
    deposer(dossier, **textes)
    (dossier / "clos").mkdir()
    lister = os.scandir

    def refuser(chemin):
        if str(chemin).endswith("clos"):
            raise PermissionError(13, "Permission denied", str(chemin))
        return lister(chemin)

    monkeypatch.setattr(os, "scandir", refuser)
    with pytest.raises(ErreurDonnees, match=r"^clos : lecture interdite"):
        preparer(dossier)


def test_des_libelles_sans_fin_sont_ignores_et_dits(textes, dossier):
    deposer(dossier, **textes)
    (dossier / "Libelle_PAYS.txt").write_bytes(b"ZZ;x;190001;999912\n" * 100_000)
    (phrase,) = controles.avertissements(Prepare(preparer(dossier)))
    assert phrase.startswith("Libellés ignorés : Libelle_PAYS.txt : plus de 1024 Ko")


def test_des_milliers_de_libelles_en_plusieurs_fichiers_sont_ignores(textes, dossier):
    deposer(dossier, **textes)
    for rang in range(5):
        nom = dossier / f"{rang} Libelle_PAYS.txt"
        nom.write_bytes(b"".join(b"%d;x\n" % i for i in range(60_000)))
    dits = controles.avertissements(Prepare(preparer(dossier)))
    assert len(dits) == 3 and all("trop de libellés" in phrase for phrase in dits)
