"""Données préparées et dessins gardés : vérifiés, réparés, jamais ôtés à qui les lit."""

import errno
import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from petites_douanes import annee_complete, ecrire, lignes

from commerce import ErreurDonnees, chemins
from commerce.donnees import construction, integrite, preparation, prepare, verrous
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare
from commerce.figure import rendu
from fabrique import ecriture


@pytest.fixture(autouse=True)
def rangement(tmp_path, monkeypatch) -> Path:
    """Un rangement et un cache d'utilisateur à part ; rien n'est tenu d'un essai à l'autre."""
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "prepare")
    monkeypatch.setattr(chemins, "cache_utilisateur", lambda: tmp_path / "cache")
    yield tmp_path / "prepare"
    prepare.ouvrir.cache_clear()
    for tenu in list(verrous._tenus):
        verrous.lacher(tenu)


@pytest.fixture
def source(tmp_path) -> Path:
    return annee_complete(tmp_path / "source")


def octets(dossier: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in dossier.iterdir() if f.is_file()}


def abimer(fichier: Path, hasard: random.Random) -> None:
    """Change un bit du fichier."""
    contenu = bytearray(fichier.read_bytes())
    contenu[hasard.randrange(len(contenu))] ^= 1 << hasard.randrange(8)
    fichier.write_bytes(contenu)


@pytest.mark.parametrize("essais", [40, pytest.param(400, marks=pytest.mark.lent)])
def test_un_bit_change_n_est_jamais_lu(source, essais):
    """Après la reprise, chaque fichier est celui qui avait été écrit : rien de faux n'est lu."""
    hasard, dits = random.Random(essais), []
    dossier = preparer(source)
    juste = octets(dossier)
    cibles = sorted(nom for nom in juste if juste[nom])
    for _ in range(essais):
        cible = hasard.choice(cibles)
        abimer(dossier / cible, hasard)
        assert preparer(source, dire=dits.append) == dossier
        assert octets(dossier) == juste, cible
    assert len(dits) == essais and all(len(phrase.splitlines()) == 1 for phrase in dits)


@pytest.mark.parametrize("degat", ["meta tronqué", "sans meta", "sans sommes", "vide", "dossier"])
def test_un_dossier_abime_ou_incomplet_est_repare_et_dit(source, degat):
    dossier = preparer(source)
    juste, meta = octets(dossier), dossier / "meta.json"
    if degat == "meta tronqué":
        meta.write_bytes(juste["meta.json"][:100])
    elif degat == "sans meta":
        meta.unlink()
    elif degat == "sans sommes":
        (dossier / integrite.SOMMES).unlink()
    elif degat == "dossier":
        meta.unlink()
        (meta / "dedans").mkdir(parents=True)
    else:
        for nom in juste:
            (dossier / nom).unlink()
    dits = []
    assert preparer(source, dire=dits.append) == dossier
    assert octets(dossier) == juste
    assert [phrase.partition(" (")[0] for phrase in dits] == [
        "Données préparées abîmées ou incomplètes"
    ]


def test_un_lecteur_ouvert_n_est_pas_gene_par_la_reparation(source):
    dossier = preparer(source)
    lu = prepare.ouvrir(dossier)
    (dossier / "totaux.parquet").write_bytes(b"x")
    inode = (dossier / "echanges_2024.parquet").stat().st_ino
    preparer(source)
    assert len(lu.totaux()) and (dossier / "echanges_2024.parquet").stat().st_ino == inode


def test_la_purge_epargne_ce_qu_un_autre_processus_tient(source, rangement):
    premier = preparer(source)
    lire = "import sys; from commerce.donnees.prepare import ouvrir; ouvrir(sys.argv[1])"
    lecteur = subprocess.Popen(
        [sys.executable, "-c", lire + "; print(1, flush=True); sys.stdin.read()", str(premier)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        lecteur.stdout.readline()
        suivants = [preparer(annee_complete(source, valeur_eur=v)) for v in range(1, 6)]
        assert premier.is_dir() and [d.is_dir() for d in suivants] == [
            False,
            False,
            True,
            True,
            True,
        ]
    finally:
        lecteur.communicate()
    dernier = preparer(annee_complete(source, valeur_eur=9))
    assert dernier.is_dir() and not premier.exists()


def test_des_dates_a_venir_n_effacent_pas_le_nouveau_dossier(source, rangement):
    demain = time.time() + 10**7
    anciens = []
    for valeur_eur in range(1, 5):
        anciens.append(preparer(annee_complete(source, valeur_eur=valeur_eur)))
        os.utime(anciens[-1], (demain, demain))
    nouveau = preparer(annee_complete(source, valeur_eur=9))
    assert nouveau.is_dir() and preparer(source) == nouveau


def test_la_purge_ne_touche_que_les_dossiers_prepares(source, tmp_path):
    equipe = tmp_path / "equipe"
    for nom in ("mes-documents", "a-b", "reelles-brouillon", "x-y"):
        (equipe / nom).mkdir(parents=True)
    for valeur_eur in range(1, 6):
        preparer(annee_complete(source, valeur_eur=valeur_eur), prepare=equipe)
    restes = sorted(d.name for d in equipe.iterdir() if d.is_dir())
    assert len(restes) == 7 and {"mes-documents", "a-b", "reelles-brouillon", "x-y"} <= set(restes)


def test_simuler_n_ecrit_rien(source, rangement):
    dossier = preparer(source, simuler=True)
    assert Prepare(dossier).annees() == [2024] and not rangement.exists()
    assert preparation.destination(None, dossier) == rangement / dossier.name
    vrai = preparer(source)
    avant = sorted((f, f.stat().st_mtime_ns) for f in rangement.rglob("*"))
    assert preparer(source, simuler=True) == vrai
    assert sorted((f, f.stat().st_mtime_ns) for f in rangement.rglob("*")) == avant


def test_forcer_relit_et_refait_tout(source, monkeypatch):
    dossier = preparer(source)
    (dossier / "figures").mkdir()
    (dossier / "figures" / "a.svg").write_text(integrite.sceller_dessin("<svg/>"))
    relus = []
    lire = construction.lire_donnees
    monkeypatch.setattr(
        construction, "lire_donnees", lambda p, *suite: relus.append(p.nom) or lire(p, *suite)
    )
    assert preparer(source, forcer=True) == dossier
    assert len(relus) == 2 and not list((dossier / "figures").iterdir())


def test_un_fichier_corrige_sans_changer_de_taille_ni_de_date_est_relu(tmp_path):
    source = tmp_path / "source"
    for flux in "EI":
        ecrire(source / f"{flux}.txt", lignes(flux, 2024))
    avant, etat = preparer(source), (source / "E.txt").stat()
    ecrire(source / "E.txt", lignes("E", 2024, valeur_eur=2000))
    os.utime(source / "E.txt", ns=(etat.st_atime_ns, etat.st_mtime_ns))
    assert preparer(source) != avant


def test_une_memoire_des_empreintes_abimee_est_oubliee(source, rangement):
    preparer(source)
    memoire = rangement / "empreintes.json"
    sain, hasard = memoire.read_bytes(), random.Random(3)
    sources = Prepare(preparer(source)).meta["sources"]
    for _ in range(30):
        memoire.write_bytes(sain)
        abimer(memoire, hasard)
        assert Prepare(preparer(source)).meta["sources"] == sources
    assert len(list(rangement.glob("reelles-*"))) == 1


def test_ailleurs_ou_dans_le_cache_si_le_projet_est_en_lecture_seule(source, tmp_path, rangement):
    ailleurs = preparer(source, prepare=tmp_path / "ailleurs")
    assert ailleurs.parent == tmp_path / "ailleurs" and not rangement.exists()
    rangement.write_text("un fichier à la place du dossier : rien ne peut y être écrit")
    assert preparer(source).parent == tmp_path / "cache"
    (tmp_path / "cache" / "bouche").touch()
    with pytest.raises(ErreurDonnees, match=r"en choisir un autre avec --prepare.$"):
        preparer(source, prepare=tmp_path / "cache" / "bouche")


def test_un_dossier_pret_en_lecture_seule_est_repris(source, tmp_path, rangement, monkeypatch):
    dossier = preparer(source)

    def refuser(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuser)
    monkeypatch.setattr(Path, "mkdir", refuser)
    monkeypatch.setattr(ecriture, "ecrire", refuser)
    assert preparer(source) == dossier


@pytest.mark.skipif(os.name == "nt", reason="droits des systèmes Unix")
def test_les_droits_sont_ceux_que_donne_l_umask(source, rangement):
    ancien = os.umask(0o027)
    try:
        dossier = preparer(source)
    finally:
        os.umask(ancien)
    droits = {stat.S_IMODE(f.stat().st_mode) for f in dossier.iterdir()}
    droits.add(stat.S_IMODE((rangement / "empreintes.json").stat().st_mode))
    assert droits == {0o640} and stat.S_IMODE(dossier.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    ("numero", "phrase"),
    [(errno.ENOSPC, "plus de place sur le disque"), (errno.EACCES, "droit d'écrire refusé")],
)
def test_disque_plein_pendant_la_preparation(source, rangement, monkeypatch, numero, phrase):
    def refuser(*_):
        raise OSError(numero, os.strerror(numero))

    monkeypatch.setattr(construction.colonnes, "_ecrire_groupes", refuser)
    with pytest.raises(ErreurDonnees) as refus:
        preparer(source)
    assert phrase in str(refus.value) and len(str(refus.value).splitlines()) == 1
    assert list(rangement.iterdir()) == []


def test_une_ecriture_tuee_ne_laisse_rien_a_la_suivante(source, rangement):
    reste = rangement / f"{preparation.EN_COURS}tue"
    reste.mkdir(parents=True)
    (reste / verrous.VERROU).touch()
    il_y_a_une_heure = time.time() - 3600
    os.utime(reste, (il_y_a_une_heure, il_y_a_une_heure))
    sans_verrou = rangement / f"{preparation.EN_COURS}vieux"
    sans_verrou.mkdir()
    os.utime(sans_verrou, (0, 0))
    en_train = rangement / f"{preparation.EN_COURS}vivante"
    en_train.mkdir()
    (en_train / verrous.VERROU).touch()
    verrous.tenir(en_train)
    preparer(source)
    assert not reste.exists() and not sans_verrou.exists() and en_train.is_dir()


# Dessins gardés


def graphique() -> alt.LayerChart:
    return alt.layer(alt.Chart(pd.DataFrame({"a": [1, 2]})).mark_bar().encode(x="a:Q"))


@pytest.mark.parametrize("part", [0, 0.3, 0.99])
def test_un_dessin_coupe_est_refait(tmp_path, part):
    juste = rendu.dessin(graphique(), tmp_path)
    (garde,) = (tmp_path / "figures").glob("*.svg")
    contenu = garde.read_bytes()
    garde.write_bytes(contenu[: int(part * len(contenu))])
    assert rendu.dessin(graphique(), tmp_path) == juste and garde.read_bytes() == contenu


def test_un_bit_change_dans_un_dessin_n_est_jamais_lu(tmp_path):
    juste, hasard = rendu.dessin(graphique(), tmp_path), random.Random(1)
    (garde,) = (tmp_path / "figures").glob("*.svg")
    contenu = garde.read_bytes()
    for _ in range(400):
        garde.write_bytes(contenu)
        abimer(garde, hasard)
        assert integrite.lire_dessin(garde) in ("", juste)


def test_les_dessins_abimes_sont_dits_au_debut_du_passage(source):
    dossier = preparer(source)
    rendu.dessin(graphique(), dossier)
    (garde,) = (dossier / "figures").glob("*.svg")
    garde.write_text("<svg/>")
    dits = []
    preparer(source, dire=dits.append)
    assert dits == ["1 dessin gardé abîmé : à refaire."] and not garde.exists()


def test_ecrire_ne_laisse_ni_moitie_ni_reste(tmp_path, monkeypatch):
    ecriture.ecrire(tmp_path / "a", "ancien")

    def plein(*_):
        raise OSError(errno.ENOSPC, "plein")

    monkeypatch.setattr(Path, "replace", plein)
    with pytest.raises(OSError):
        ecriture.ecrire(tmp_path / "a", "nouveau")
    assert [f.name for f in tmp_path.iterdir()] == ["a"] and (
        tmp_path / "a"
    ).read_text() == "ancien"


def test_un_passage_entier_balaie_les_dessins_qu_il_n_a_pas_demandes(tmp_path):
    rendu.dessin(graphique(), tmp_path)
    rendu.dessin(graphique().properties(width=99), tmp_path)
    for garde in (tmp_path / "figures").glob("*.svg"):
        os.utime(garde, (0, 0))
    debut_s = time.time() - 1
    employe = rendu.dessin(graphique(), tmp_path)
    integrite.balayer_dessins(tmp_path, debut_s)
    (reste,) = (tmp_path / "figures").glob("*.svg")
    assert integrite.lire_dessin(reste) == employe


def test_sans_dossier_personnel_il_n_y_a_pas_de_cache(monkeypatch, source, tmp_path):
    monkeypatch.undo()
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda chemin: chemin)
    assert chemins.cache_utilisateur() is None
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "bouche")
    (tmp_path / "bouche").touch()
    with pytest.raises(ErreurDonnees, match=r"en choisir un autre avec --prepare.$"):
        preparer(source)
