"""Un lot se reprend, se limite à ce qui a changé, et dit la vérité sur ce qu'il a fait."""

import json
import shutil
from dataclasses import replace

import lot_factice
import pytest

from fabrique import ErreurLot, bilan, execution, indicateurs, journal
from fabrique.lot import Modele, Page
from fabrique.sortie import Sortie

CONSIGNES = {"01": "texte = 'un'", "02": "texte = 'deux'", "03": ""}


@pytest.fixture(scope="module")
def modele(tmp_path_factory):
    """Dossier d'un lot déjà produit ; chaque essai en prend une copie (`dossier`)."""
    dossier = tmp_path_factory.mktemp("lot")
    lot_factice.preparer(dossier)
    resultat = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))
    assert bilan.code_retour(resultat) == 0
    return dossier


@pytest.fixture
def dossier(modele, tmp_path):
    return shutil.copytree(modele, tmp_path / "lot")


def statuts(resultat: execution.Bilan) -> dict[str, str]:
    return {code: entree["statut"] for code, entree in sorted(resultat.fiches.items())}


def raisons(demande) -> dict[str, str]:
    return {tache.page.code: tache.raison for tache in execution.planifier(demande)}


def page(dossier, code: str):
    return dossier / "sortie" / "html" / f"{code}-page.html"


def lire_journal(dossier) -> dict:
    return json.loads((dossier / "sortie" / "journal.json").read_text(encoding="utf-8"))


def test_rien_n_a_change_rien_n_est_refait(dossier):
    avant = {code: page(dossier, code).stat().st_mtime_ns for code in CONSIGNES}
    resultat = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))
    assert statuts(resultat) == dict.fromkeys(CONSIGNES, "reprise")
    assert {code: page(dossier, code).stat().st_mtime_ns for code in CONSIGNES} == avant


def test_seule_la_page_perdue_ou_retouchee_est_refaite(dossier):
    entiere = page(dossier, "01").read_bytes()
    page(dossier, "01").write_bytes(entiere[:-20])
    (dossier / "sortie" / "notebooks" / "02-page.ipynb").unlink()
    demande = lot_factice.lot(dossier, CONSIGNES)
    assert raisons(demande) == {
        "01": "page absente ou modifiée",
        "02": "page absente ou modifiée",
        "03": "",
    }
    resultat = lot_factice.mener(demande)
    assert statuts(resultat) == {"01": "executee", "02": "executee", "03": "reprise"}
    assert page(dossier, "01").read_bytes() == entiere


def changer_une_phrase(dossier):
    phrase = lot_factice.CELLULES["figure"].replace("{texte}", "et {texte}")
    lot_factice.preparer(dossier, {**lot_factice.CELLULES, "figure": phrase})
    return {}, "changement : carnet"


def changer_le_gabarit(dossier):
    chemin = dossier / "gabarits" / "factice" / "index.html.j2"
    chemin.write_text(chemin.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    return {}, "changement : gabarit"


def changer_les_donnees(dossier):
    return {"donnees": "1" * 64}, "changement : données"


@pytest.mark.parametrize(
    "changer",
    [changer_une_phrase, changer_le_gabarit, changer_les_donnees],
    ids=lambda f: f.__name__,
)
def test_chaque_cause_fait_tout_refaire_et_se_nomme(dossier, changer):
    options, raison = changer(dossier)
    demande = lot_factice.lot(dossier, CONSIGNES, **options)
    assert raisons(demande) == dict.fromkeys(CONSIGNES, raison)


def test_une_bibliotheque_changee_fait_tout_refaire(dossier):
    demande = replace(lot_factice.lot(dossier, CONSIGNES), bibliotheques=("altair",))
    assert raisons(demande) == dict.fromkeys(CONSIGNES, "changement : bibliothèques")


def test_un_parametre_change_ne_refait_que_sa_page(dossier):
    demande = lot_factice.lot(dossier, {**CONSIGNES, "02": "texte = 'autre'"})
    assert raisons(demande) == {"01": "", "02": "changement : paramètres", "03": ""}


def test_carnet_ouvert_et_execute_par_un_analyste_ne_fait_rien_refaire(dossier):
    chemin = dossier / "carnets" / "modele.ipynb"
    carnet = json.loads(chemin.read_text(encoding="utf-8"))
    carnet["cells"][1]["execution_count"] = 4
    carnet["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "vu"}]
    carnet["cells"][1]["source"] = carnet["cells"][1]["source"].splitlines(keepends=True)
    chemin.write_text(json.dumps(carnet), encoding="utf-8")
    assert set(raisons(lot_factice.lot(dossier, CONSIGNES)).values()) == {""}


def test_forcer_refait_les_memes_octets(dossier):
    avant = {code: page(dossier, code).read_bytes() for code in CONSIGNES}
    resultat = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES, forcer=True, travailleurs=2))
    assert statuts(resultat) == dict.fromkeys(CONSIGNES, "executee")
    assert {code: page(dossier, code).read_bytes() for code in CONSIGNES} == avant


def test_une_cellule_en_echec_n_arrete_pas_les_autres_et_ne_laisse_aucune_page(dossier):
    demande = lot_factice.lot(dossier, {**CONSIGNES, "02": "1 / 0", "04": ""})
    resultat = lot_factice.mener(demande)
    assert bilan.code_retour(resultat) == 1
    assert statuts(resultat) == {
        "01": "reprise",
        "02": "echec",
        "03": "reprise",
        "04": "executee",
    }
    assert not page(dossier, "02").exists()
    assert not (dossier / "sortie" / "notebooks" / "02-page.ipynb").exists()
    echec = (dossier / "sortie" / "echecs" / "02-page.ipynb").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in echec and "cellule « consigne »" in echec
    assert "An Exception was encountered" not in echec
    fiche = next(fiche for fiche in lire_journal(dossier)["fiches"] if fiche["code"] == "02")
    assert fiche["erreur"] == "cellule « consigne » : ZeroDivisionError : division by zero"
    assert lire_journal(dossier)["changements"]["retirees"] == ["02"]

    repare = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))
    assert statuts(repare) == {"01": "reprise", "02": "executee", "03": "reprise"}
    assert not (dossier / "sortie" / "echecs" / "02-page.ipynb").exists()


def test_une_page_refusee_par_les_controles_est_un_echec(dossier):
    cellules = {**lot_factice.CELLULES, "figure": "HTML('<figure id=\"autre\"></figure>')"}
    lot_factice.preparer(dossier, cellules)
    resultat = lot_factice.mener(lot_factice.lot(dossier, {"01": ""}))
    assert resultat.fiches["01"]["erreur"] == ("page refusée : figure absente : une")
    assert not page(dossier, "01").exists()


def test_le_journal_dit_ce_qui_a_fait_chaque_page(dossier):
    resultat = lot_factice.mener(
        lot_factice.lot(dossier, {"02": "texte = 'neuf'"}, donnees="2" * 64)
    )
    journal = lire_journal(dossier)
    assert journal["etat"] == "terminé"
    assert journal["donnees"] == "2" * 64
    assert journal["versions"]["python"].count(".") == 2
    fiches = {fiche["code"]: fiche for fiche in journal["fiches"]}
    assert fiches["02"]["passage"] == journal["debut"]
    assert fiches["02"]["octets_html"] == page(dossier, "02").stat().st_size
    # Les fiches d'un passage antérieur restent décrites, avec ce qu'il faut savoir de lui.
    assert fiches["01"]["passage"] != journal["debut"]
    assert journal["passages_anterieurs"][fiches["01"]["passage"]]["donnees"] == "0" * 64
    assert resultat.changements["chiffres"] == []


def test_les_chiffres_qui_bougent_sont_dits(dossier):
    cellules = {
        **lot_factice.CELLULES,
        "notice": lot_factice.CELLULES["notice"].replace("len(nom)", "len(nom) + 1"),
    }
    lot_factice.preparer(dossier, cellules)
    resultat = lot_factice.mener(lot_factice.lot(dossier, {"01": CONSIGNES["01"]}))
    assert resultat.changements["chiffres"] == [
        {
            "code": "01",
            "annee": "2024",
            "indicateur": "longueur",
            "flux": "",
            "avant": "4",
            "apres": "5",
        }
    ]
    table = (dossier / "sortie" / "donnees" / "indicateurs.csv").read_text(encoding="utf-8")
    assert table == (
        "code,annee,indicateur,flux,valeur\n"
        "01,2024,longueur,,5\n02,2024,longueur,,4\n03,2024,longueur,,4\n"
    )


def test_un_parametre_inconnu_du_carnet_est_refuse_avant_tout(dossier):
    demande = lot_factice.lot(dossier, CONSIGNES)
    fautive = replace(demande.pages[0], parametres={"code": "01", "anee": 2024})
    with pytest.raises(ErreurLot, match="ne déclare pas anee"):
        execution.planifier(replace(demande, pages=(fautive,)))


def test_deux_passages_dans_le_meme_dossier_le_second_le_dit(dossier):
    with (
        Sortie(dossier / "sortie").reservee(),
        pytest.raises(ErreurLot, match="Un autre passage écrit déjà"),
    ):
        lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))


def test_les_restes_d_un_passage_tue_sont_balayes(dossier):
    reste = dossier / "sortie" / "html" / ".01-page.html.999.partiel"
    reste.write_text("à moitié", encoding="utf-8")
    with Sortie(dossier / "sortie").reservee():
        assert not reste.exists()


def test_un_journal_illisible_fait_tout_refaire(dossier):
    (dossier / "sortie" / "journal.json").write_text("{", encoding="utf-8")
    assert set(raisons(lot_factice.lot(dossier, CONSIGNES)).values()) == {
        "page absente ou modifiée"
    }


ETRANGES = (None, 3, "", "../x", [], {}, [1], {"a": [1]}, "texte\n")


def variantes(noeud, racine=None):
    """Le même journal, où chaque valeur est à son tour absente ou remplacée par une étrange."""
    racine = noeud if racine is None else racine
    cles = list(noeud) if isinstance(noeud, dict) else range(len(noeud))
    for cle in cles:
        garde = noeud[cle]
        for etrange in ETRANGES:
            noeud[cle] = etrange
            yield json.dumps(racine)
        noeud[cle] = garde
        if isinstance(garde, dict | list):
            yield from variantes(garde, racine)


def test_aucun_journal_etrange_n_arrete_un_passage(dossier):
    sortie = Sortie(dossier / "sortie")
    entier = lire_journal(dossier)
    textes = list(variantes(entier))
    assert len(textes) > 500
    for texte in (*textes, "null", "[]", '"x"', "[" * 100_000, "\ufeff{}", "\ud800"):
        sortie.journal.write_bytes(texte.encode("utf-8", "surrogatepass"))
        precedent = journal.lire(sortie.journal)
        passage = {"debut": journal.maintenant()}
        suite = journal.Journal(
            sortie, passage, journal.fiches_intactes(precedent, sortie), precedent
        )
        indicateurs.table(suite.fiches.values())
        for annexe in suite.annexes.values():
            journal.intacte(annexe, sortie)
        suite.constat()
        suite.ecrire("terminé")
        assert json.loads(sortie.journal.read_text(encoding="utf-8"))["etat"] == "terminé"


def test_un_journal_d_ailleurs_ne_fait_rien_refaire_de_plus_que_ses_pages(dossier):
    entier = lire_journal(dossier)
    entier["fiches"][1]["causes"] = "perdues"
    (dossier / "sortie" / "journal.json").write_text(json.dumps(entier), encoding="utf-8")
    resultat = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))
    assert statuts(resultat) == {"01": "reprise", "02": "executee", "03": "reprise"}


@pytest.mark.parametrize("encodage", ["utf-16", "cp1252"])
def test_des_indicateurs_enregistres_par_un_tableur_sont_refaits_et_c_est_dit(dossier, encodage):
    chemin = dossier / "sortie" / "donnees" / "indicateurs.csv"
    texte = chemin.read_text(encoding="utf-8")
    chemin.write_bytes(texte.replace(",", ";").replace("longueur", "durée").encode(encodage))
    resultat = lot_factice.mener(lot_factice.lot(dossier, CONSIGNES))
    assert bilan.code_retour(resultat) == 0
    assert chemin.read_text(encoding="utf-8") == texte
    assert resultat.changements == {}
    (remarque,) = resultat.remarques
    assert remarque.startswith("indicateurs.csv n'était pas celui d'un passage")


def test_une_page_d_ensemble_a_les_memes_octets_partout_et_quelle_que_soit_l_histoire(tmp_path):
    """Ni le dossier, ni ce qui a été repris, ne se lisent dans la page ou dans sa preuve."""

    def produire(dossier, *etapes):
        lot_factice.preparer(dossier)
        annexe = lot_factice.ecrire_carnet(dossier / "carnets" / "ensemble.ipynb", ENSEMBLE)
        for codes in etapes:
            demande = lot_factice.lot(dossier, dict.fromkeys(codes, ""))
            sortie = Sortie(demande.reglages.sortie)
            page_ensemble = Page(
                *("index", "index", "Ensemble", {"journal": "../journal.json"}),
                *(Modele(annexe), {"journal": str(sortie.journal)}),
            )
            resultat = lot_factice.mener(replace(demande, annexes=(page_ensemble,)))
            assert bilan.code_retour(resultat) == 0, resultat
        return sortie.page("index").read_bytes(), sortie.carnet("index").read_bytes()

    une_fois = produire(tmp_path / "a", ("01", "02", "03"))
    reprises = produire(tmp_path / "ailleurs" / "b", ("01",), ("01", "03"), ("01", "02", "03"))
    assert b"01 executee" in une_fois[0]
    assert une_fois == reprises
    assert str(tmp_path).encode() not in une_fois[1]


ENSEMBLE = {
    "parametres": 'journal: str = ""',
    "lecture": (
        "import json\nfrom pathlib import Path\nfrom IPython.display import HTML, display\n"
        "fiches = json.loads(Path(journal).read_text(encoding='utf-8'))['fiches']"
    ),
    "notice": (
        "display({'application/vnd.fiche+json': {'code': 'index', 'slug': 'index'},"
        " 'text/plain': ''}, raw=True)"
    ),
    "figure": "HTML(' '.join(f\"{f['code']} {f['statut']}\" for f in fiches))",
}


def test_un_gabarit_casse_est_un_echec_qui_dit_ou(dossier):
    gabarit = dossier / "gabarits" / "factice" / "index.html.j2"
    gabarit.write_text("{{ 1 / 0 }}", encoding="utf-8")
    resultat = lot_factice.mener(lot_factice.lot(dossier, {"01": ""}))
    erreur = resultat.fiches["01"]["erreur"]
    assert erreur == "ZeroDivisionError : division by zero (index.html.j2, ligne 1)"
    assert not page(dossier, "01").exists()
