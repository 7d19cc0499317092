"""Inventaire d'un dossier source : archives hostiles refusées en une phrase, intrus ignorés."""

import stat
import struct
import warnings
import zipfile

import pytest
from petites_douanes import archive, ecrire, ligne, lignes

from commerce import ErreurDonnees
from commerce.donnees import archives
from commerce.donnees.archives import inventaire
from commerce.donnees.remarques import dire

CONTENU = "\n".join(lignes("E", 2024)) + "\n"


def refus(dossier) -> str:
    """La phrase du refus, à l'inventaire ou à la lecture."""
    with pytest.raises(ErreurDonnees) as refusee:
        for piece in inventaire(dossier)[0]:
            piece.lire()
    phrase = str(refusee.value)
    assert phrase.startswith("a.zip") and phrase.endswith(".") and "\n" not in phrase
    return phrase


def membre(dossier, nom: str, contenu=CONTENU, **attributs):
    """Un zip d'un membre dont le sommaire est libre."""
    info = zipfile.ZipInfo(nom)
    info.compress_type = zipfile.ZIP_DEFLATED
    for attribut, valeur in attributs.items():
        setattr(info, attribut, valeur)
    dossier.mkdir(exist_ok=True)
    with zipfile.ZipFile(dossier / "a.zip", "w") as fichier:
        fichier.writestr(info, contenu)
    return dossier / "a.zip"


@pytest.mark.parametrize(
    ("nom", "faute"),
    [
        ("../Region_2024_Export.txt", "chemin qui sort de l'archive"),
        ("a/../../Region.txt", "chemin qui sort de l'archive"),
        ("..\\Region.txt", "chemin qui sort de l'archive"),
        ("/etc/passwd.txt", "nom absolu"),
        ("C:\\Region.txt", "nom absolu"),
        ("\\\\serveur\\Region.txt", "nom absolu"),
        ("Region\n2024.txt", "caractères invisibles"),
    ],
)
def test_noms_dangereux_refuses(tmp_path, nom, faute):
    membre(tmp_path, nom)
    assert faute in refus(tmp_path)


def test_lien_refuse(tmp_path):
    membre(tmp_path, "Region.txt", "/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert "lien vers un autre fichier" in refus(tmp_path)


def test_bombe_refusee_a_son_taux(tmp_path):
    membre(tmp_path, "Region.txt", b"0" * 30_000_000)
    assert "bombe de décompression" in refus(tmp_path)


def test_bombe_refusee_a_sa_taille(tmp_path, monkeypatch):
    archive(tmp_path / "a.zip", {f"{i}.txt": CONTENU for i in range(5)})
    monkeypatch.setattr(archives, "TAILLE_ARCHIVE_MAX", 4 * len(CONTENU))
    assert "bombe de décompression" in refus(tmp_path)


def test_membre_et_fichier_trop_grands_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "TAILLE_FICHIER_MAX", 100)
    archive(tmp_path / "z" / "a.zip", {"Region.txt": CONTENU})
    assert "n'en dépasse pas" in refus(tmp_path / "z")
    ecrire(tmp_path / "t" / "a.zip.txt", CONTENU)
    assert "n'en dépasse pas" in refus(tmp_path / "t")


def test_membres_qui_se_recouvrent_refuses(tmp_path):
    chemin = membre(tmp_path, "Region.txt")
    octets = bytearray(chemin.read_bytes())
    sommaire = octets.index(b"PK\x01\x02")
    fin = octets.index(b"PK\x05\x06")
    entree = bytes(octets[sommaire:fin])
    doubles = b"".join(entree.replace(b"Region.txt", b"Regio%d.txt" % i) for i in range(9))
    queue = bytearray(octets[fin:])
    struct.pack_into("<HHII", queue, 8, 9, 9, len(doubles), sommaire)
    chemin.write_bytes(bytes(octets[:sommaire]) + doubles + bytes(queue))
    assert "se recouvrent" in refus(tmp_path)


def sommaire(octets: bytearray, champ: int, *valeurs: int) -> bytearray:
    """Le zip dont ces octets du sommaire sont remplacés."""
    debut = octets.index(b"PK\x01\x02") + champ
    octets[debut : debut + len(valeurs)] = valeurs
    return octets


@pytest.mark.parametrize(
    ("abimer", "faute"),
    [
        (lambda octets: sommaire(octets, 24, 100, 0, 0, 0), "abîmé"),
        (lambda octets: sommaire(octets, 8, 1), "mot de passe"),
        (lambda octets: octets[: len(octets) // 10], "abîmé"),
        (lambda octets: octets[: len(octets) // 2], "abîmé"),
        (lambda octets: octets[:-2], "abîmé"),
        (lambda octets: octets[:60] + bytes([octets[60] ^ 0xFF]) + octets[61:], "abîmé"),
    ],
    ids=["taille mensongère", "mot de passe", "début", "moitié", "presque tout", "données"],
)
def test_archive_abimee_refusee(tmp_path, abimer, faute):
    chemin = membre(tmp_path, "Region.txt")
    chemin.write_bytes(abimer(bytearray(chemin.read_bytes())))
    assert faute in refus(tmp_path)


@pytest.mark.parametrize("contenu", [b"", b"<!DOCTYPE html><html>", b"PK\x03\x04"])
def test_page_web_ou_fichier_vide_a_la_place_d_un_zip(tmp_path, contenu):
    ecrire(tmp_path / "a.zip", contenu)
    assert "abîmé" in refus(tmp_path)


@pytest.mark.parametrize("nom", ["autre.zip", "dossier/AUTRE.ZIP", "x.7z", "x.tar.gz"])
def test_archive_dans_une_archive_refusee(tmp_path, nom):
    membre(tmp_path, nom)
    assert "autre archive" in refus(tmp_path)


@pytest.mark.parametrize("second", ["Region.txt", "REGION.TXT"])
def test_deux_membres_de_meme_nom_refuses(tmp_path, second):
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as fichier:
        warnings.simplefilter("ignore")
        fichier.writestr("Region.txt", CONTENU)
        fichier.writestr(second, CONTENU)
    assert "deux membres portent le nom" in refus(tmp_path)


def test_compression_inconnue_refusee(tmp_path):
    membre(tmp_path, "Region.txt", compress_type=zipfile.ZIP_LZMA)
    assert "compression inconnue" in refus(tmp_path)


def test_trop_de_membres_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MEMBRES_MAX", 2)
    archive(tmp_path / "a.zip", {f"{i}.txt": "" for i in range(3)})
    assert "3 membres" in refus(tmp_path)


def test_fichiers_sans_rapport_ignores_et_dits(tmp_path):
    archive(
        tmp_path / "a.zip",
        {"Region.txt": CONTENU, "notice.pdf": "x", "__MACOSX/._Region.txt": "x", "vide/": ""},
    )
    for nom in ("photo.png", "vieux.7z", "provenance.json", "README.md", ".cache.txt"):
        ecrire(tmp_path / nom, "x")
    ecrire(tmp_path / "liste-ti-com2023-20240101.csv", "x")
    ecrire(tmp_path / "b" / "c" / "Region.TXT", [ligne()])
    pieces, ignores = inventaire(tmp_path)
    assert [piece.nom for piece in pieces] == ["a.zip/Region.txt", "b/c/Region.TXT"]
    assert [dire(ignore) for ignore in ignores] == [
        "a.zip : 1 fichier sans rapport ignoré.",
        "photo.png : fichier ignoré, ni zip ni texte.",
        "vieux.7z : archive ignorée, seul le zip est lu ; y déposer son contenu.",
    ]


def test_rien_n_est_extrait_sur_le_disque(tmp_path):
    membre(tmp_path, "dossier/Region.txt")
    pieces, _ = inventaire(tmp_path)
    assert pieces[0].lire().decode() == CONTENU
    assert pieces[0].lire(10).decode() == CONTENU[:10]
    assert [chemin.name for chemin in tmp_path.rglob("*")] == ["a.zip"]
