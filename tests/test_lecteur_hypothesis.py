"""Plus de deux mille fichiers tirés au sort : la somme exacte, ou un refus qui dit où.

Un lecteur indépendant, en Python ordinaire, dit ce qu'un fichier contient vraiment.
"""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from petites_douanes import DEPARTEMENTS, annee_complete, archive, ecrire, ligne

from commerce import ErreurDonnees, chemins
from commerce.donnees import douanes
from commerce.donnees.archives import Piece, inventaire
from commerce.donnees.preparation import preparer

pytestmark = pytest.mark.lourd
NOM = "Region_2024_Export.txt"
FORME = re.compile(
    rb"[EI];[1-4];(?:19|20)[0-9]{2}(?:;[0-9A-Za-z*#?._-]{1,8}){5};-?[0-9]+;-?[0-9]+", re.ASCII
)
CAS = settings(
    max_examples=900,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
PEU = settings(CAS, max_examples=400)

codes = st.text("ABCXYZ0123456789", min_size=2, max_size=4)
montants = st.one_of(st.integers(0, 10**7), st.integers(-(2**63), 2**63 - 1))
rangees = st.builds(
    dict,
    flux=st.sampled_from("EI"),
    trimestre=st.integers(1, 4),
    annee=st.sampled_from([2019, 2024]),
    departement=st.sampled_from([*DEPARTEMENTS, "2A", "9F"]),
    region=st.sampled_from(["12", "1", "01"]),
    a129=codes,
    cpf4=codes,
    pays=st.sampled_from(["NA", "XS", "0X", "QU", "zz"]) | codes,
    valeur_eur=montants,
    masse_kg=montants,
)
fichiers = st.lists(rangees, min_size=1, max_size=8)
fins = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n"])

INSERTIONS = (
    *(b"\x00", b'"', b"'", b";", b",", b"\t", b" ", b"\xa0", b"\xe9", b"\xc3\xa9", b"\r", b"\n"),
    *(
        b"-",
        b"+",
        b".",
        b"x",
        b"0x",
        b"0X1F",
        b"99999999999999999999",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(b"NA", b"nan", b"1e3", b"\\", b"#", b"\x1a", b"\x85", b"\xe2\x80\xa8"),
)


def ecrit(rangees: list[dict], fin: bytes = b"\n", bom: bool = False) -> bytes:
    texte = fin.join(ligne(**rangee).encode() for rangee in rangees)
    return b"\xef\xbb\xbf" * bom + texte + fin


def vraie_somme(octets: bytes) -> Counter | None:
    """Somme par clé selon un lecteur indépendant, None si une ligne est fausse."""
    if octets[:3] == b"\xef\xbb\xbf":
        octets = octets[3:]
    sommes, lues = Counter(), 0
    for texte in octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if not texte:
            continue
        if not FORME.fullmatch(texte):
            return None
        *cle, valeur, masse = texte.decode().split(";")
        if not all(-(2**63) <= int(nombre) < 2**63 for nombre in (valeur, masse)):
            return None
        lues += 1
        sommes[("lignes", *cle)] += 1
        sommes[("valeur", *cle)] += int(valeur)
        sommes[("masse", *cle)] += int(masse)
    return sommes if lues else None


def somme_lue(table) -> Counter:
    lettres = {"export": "E", "import": "I"}
    sommes = Counter()
    for rangee in table.to_pylist():
        cle = (lettres[rangee["flux"]], *(rangee[nom] for nom in douanes.COLONNES_CODES[1:]))
        sommes[("lignes", *cle)] += 1
        sommes[("valeur", *cle)] += rangee["valeur_eur"]
        sommes[("masse", *cle)] += rangee["masse_kg"]
    return sommes


@st.composite
def abimes(tirer) -> bytes:
    """Un fichier juste, puis une à trois avaries."""
    octets = bytearray(ecrit(tirer(fichiers), tirer(fins), tirer(st.booleans())))
    for _ in range(tirer(st.integers(1, 3))):
        position = tirer(st.integers(0, max(len(octets) - 1, 0)))
        avarie = tirer(st.sampled_from(["octet", "insertion", "coupe", "trou", "separateur"]))
        if avarie == "octet" and octets:
            octets[position] = tirer(st.integers(0, 255))
        elif avarie == "insertion":
            octets[position:position] = tirer(st.sampled_from(INSERTIONS))
        elif avarie == "coupe":
            del octets[position:]
        elif avarie == "trou":
            del octets[position : position + tirer(st.integers(1, 30))]
        elif avarie == "separateur":
            octets = octets.replace(b";", tirer(st.sampled_from([b",", b"\t", b"|", b";;"])))
    return bytes(octets)


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    return tmp_path_factory.mktemp("tirages")


@CAS
@given(fichiers, fins, st.booleans())
def test_ce_qui_est_ecrit_est_lu(dossier, rangees, fin, bom):
    octets = ecrit(rangees, fin, bom)
    table = douanes.lire_donnees(Piece(NOM, ecrire(dossier / NOM, octets)))
    assert table.num_rows == len(rangees)
    assert somme_lue(table) == vraie_somme(octets)
    assert sum(table["valeur_eur"].to_pylist()) == sum(r["valeur_eur"] for r in rangees)


@settings(CAS, max_examples=1500)
@given(abimes())
def test_fichier_abime_refuse_ou_lu_exactement(dossier, octets):
    attendue = vraie_somme(octets)
    piece = Piece(NOM, ecrire(dossier / NOM, octets))
    try:
        lue = somme_lue(douanes.lire_donnees(piece))
    except ErreurDonnees as refus:
        assert attendue is None
        assert re.match(rf"{NOM}, ligne \d+", str(refus))
        assert str(refus).isprintable() or "\u202f" in str(refus)
    else:
        assert lue == attendue


@PEU
@given(st.data())
def test_archive_abimee_refusee_ou_lue_exactement(dossier, data):
    (dossier / "z").mkdir(exist_ok=True)
    chemin = archive(dossier / "z" / "a.zip", {NOM: ecrit([{"pays": "NA"}] * 50).decode()})
    sain = somme_lue(douanes.lire_donnees(inventaire(dossier / "z")[0][0]))
    octets = bytearray(chemin.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    chemin.write_bytes(octets[: data.draw(st.integers(len(octets) - 30, len(octets)))])
    try:
        lues = [somme_lue(douanes.lire_donnees(p)) for p in inventaire(dossier / "z")[0]]
    except ErreurDonnees as refus:
        assert str(refus).startswith("a.zip")
    else:
        # Une extension abîmée fait ignorer le membre, jamais le lire de travers.
        assert lues in ([sain], [])


@settings(CAS, max_examples=40)
@given(abimes())
def test_un_refus_ne_laisse_aucune_trace(dossier, octets):
    source, prepare = dossier / "source", dossier / "prepare"
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", prepare)
        if not prepare.is_dir():
            preparer(annee_complete(source))
        avant = sorted(prepare.rglob("*"))
        ecrire(source / "z" / "Region_2019_Export.txt", octets)
        try:
            preparer(source)
        except ErreurDonnees as refus:
            assert len(str(refus).splitlines()) == 1
            assert sorted(prepare.rglob("*")) == avant
        else:
            assert vraie_somme(octets) is not None
