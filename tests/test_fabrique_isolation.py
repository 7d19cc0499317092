"""Un noyau gardé chaud ne laisse rien d'une page à l'autre."""

import ast
import json

import lot_factice
import pytest

# Ce que la page témoin montre de son environnement : tout reste d'une autre page s'y verrait.
CONSTAT = """
import decimal, locale, os, sys, warnings
import altair, pandas, voisin
from IPython import get_ipython
constat = [repr(vu) for vu in (
    sorted(nom for nom in get_ipython().user_ns if not nom.startswith('_')),
    get_ipython().execution_count,
    os.getcwd() == depart,
    os.environ.get('RESTE'),
    sys.path[-1],
    warnings.filters[0],
    pandas.get_option('display.max_rows'),
    altair.theme.active,
    altair.data_transformers.consolidate_datasets,
    voisin.VALEUR,
    decimal.getcontext().prec,
    decimal.Context().rounding,
    locale.setlocale(locale.LC_NUMERIC),
    voisin.TABLE,
    voisin.table(),
    voisin.bornee(2),
)]
"""
POLLUTION = """
import decimal, locale, os, sys, warnings
import altair, pandas, voisin
from IPython import get_ipython
get_ipython().user_ns['reste'] = 1
os.chdir('..')
os.environ['RESTE'] = '1'
sys.path.append('reste')
warnings.simplefilter('error')
pandas.set_option('display.max_rows', 7)
altair.theme.enable('dark')
altair.data_transformers.consolidate_datasets = False
voisin.VALEUR = 'reste'
decimal.getcontext().prec = 3
decimal.DefaultContext.rounding = decimal.ROUND_UP
locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')
voisin.TABLE['nombres'].append('reste')
voisin.TABLE['cle'] = 'reste'
voisin.table()['cle'] = 'reste'
voisin.bornee(2).append('reste')
"""
VOISIN = """
from functools import cache, lru_cache

VALEUR = 'depart'
TABLE = {'nombres': [1, 2], 'lettres': {'a'}}


@cache
def table():
    return {'cle': 'depart'}


@lru_cache(maxsize=4)
def bornee(nombre):
    return [nombre]
"""
CELLULES = {
    "parametres": lot_factice.CELLULES["parametres"],
    "imports": "import altair, pandas, voisin\nfrom IPython.display import HTML, display",
    "consigne": "texte, constat = '', None\nimport os\ndepart = os.getcwd()\nexec(consigne)",
    "constat": "display({'text/markdown': repr(constat)}, raw=True)",
    **{nom: lot_factice.CELLULES[nom] for nom in ("notice", "figure")},
}
CONSIGNES = {"temoin": CONSTAT, "sale": POLLUTION + CONSTAT, "apres": CONSTAT}


def produire(dossier, codes, **options) -> dict[str, tuple[bytes, bytes]]:
    """Page et carnet de chaque code, produits dans cet ordre par un seul ouvrier."""
    demande = lot_factice.lot(
        dossier, {code: CONSIGNES[code] for code in codes}, forcer=True, **options
    )
    bilan = lot_factice.mener(demande)
    assert {fiche["erreur"] for fiche in bilan.fiches.values()} == {""}
    sortie = demande.reglages.sortie
    return {
        code: (
            (sortie / "html" / f"{code}-page.html").read_bytes(),
            (sortie / "notebooks" / f"{code}-page.ipynb").read_bytes(),
        )
        for code in codes
    }


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    dossier = tmp_path_factory.mktemp("isolation")
    lot_factice.preparer(dossier, CELLULES)
    (dossier / "carnets" / "voisin.py").write_text(VOISIN, encoding="utf-8")
    return dossier


@pytest.fixture(scope="module")
def neuves(dossier):
    return produire(dossier, CONSIGNES, noyau_neuf=True)


@pytest.mark.parametrize("ordre", [("temoin", "sale", "apres"), ("sale", "apres", "temoin")])
def test_meme_octets_que_dans_un_noyau_neuf_quel_que_soit_l_ordre(dossier, neuves, ordre):
    assert produire(dossier, ordre) == neuves


def test_le_temoin_est_sensible_a_toute_la_pollution(neuves):
    """Sans quoi l'égalité ci-dessus ne prouverait rien."""
    propre, sale = constat(neuves["temoin"][1]), constat(neuves["sale"][1])
    assert len(propre) == 16
    assert [rang for rang, vu in enumerate(propre) if vu == sale[rang]] == [1]


def constat(carnet: bytes) -> list[str]:
    """Ce que la page a vu ; seul le numéro d'exécution ne peut pas être pollué par sa consigne."""
    cellule = next(c for c in json.loads(carnet)["cells"] if c["id"] == "constat")
    return ast.literal_eval("".join(cellule["outputs"][0]["data"]["text/markdown"]))


@pytest.mark.parametrize(
    "usure", [{"pages_par_noyau": 2}, {"pages_par_noyau": 10, "memoire_usee_octets": 1}]
)
def test_un_noyau_use_par_ses_pages_ou_sa_memoire_est_renouvele(dossier, usure):
    consignes = {code: "import os; texte = os.getpid()" for code in ("a", "b", "c", "d")}
    demande = lot_factice.lot(dossier, consignes, forcer=True, **usure)
    lot_factice.mener(demande)
    pages = [demande.reglages.sortie / "html" / f"{code}-page.html" for code in consignes]
    numeros = [page.read_text(encoding="utf-8").split("Page ")[1] for page in pages]
    assert numeros[0] == numeros[1] != numeros[2] == numeros[3]


TABLEAU = """
from functools import cache

import pandas


@cache
def tableau():
    return pandas.DataFrame({'part_pct': [1.0]})
"""
LIRE = "import voisin; texte = float(voisin.tableau().part_pct[0])"
# Un tableau gardé et modifié sur place : rien ne peut le remettre, le contrôle doit le dire.
SALIR = LIRE + "; voisin.tableau().loc[0, 'part_pct'] = 2.0"


@pytest.mark.parametrize("options", [{"travailleurs": 1}, {"travailleurs": 2}])
def test_une_fiche_refaite_dans_un_noyau_neuf_revele_ce_que_les_autres_ont_laisse(
    tmp_path, options
):
    lot_factice.preparer(tmp_path)
    (tmp_path / "carnets" / "voisin.py").write_text(TABLEAU, encoding="utf-8")
    consignes = dict.fromkeys(("a", "b", "c", "d"), SALIR)
    demande = lot_factice.lot(tmp_path, consignes, **options)
    resultat = lot_factice.mener(demande)
    (remarque,) = resultat.remarques
    assert remarque.startswith("CONTRÔLE : ") and "cellule « figure »" in remarque
    assert "--noyau-neuf" in remarque
    ecrit = json.loads((tmp_path / "sortie" / "journal.json").read_text(encoding="utf-8"))
    assert ecrit["controle"]["code"] in consignes
    assert ecrit["controle"]["ecarts"] == ["cellule « figure »"]


def test_le_controle_ne_dit_rien_d_un_lot_propre_et_n_a_lieu_que_si_un_noyau_a_servi(tmp_path):
    lot_factice.preparer(tmp_path)
    (tmp_path / "carnets" / "voisin.py").write_text(TABLEAU, encoding="utf-8")

    def controle(codes, **options) -> dict:
        consignes = dict.fromkeys(codes, LIRE)
        resultat = lot_factice.mener(lot_factice.lot(tmp_path, consignes, forcer=True, **options))
        assert resultat.remarques == []
        journal = (tmp_path / "sortie" / "journal.json").read_text(encoding="utf-8")
        return json.loads(journal)["controle"]

    assert controle("abc") == {"code": "c", "ecarts": []}
    assert controle("a") == {}
    assert controle("abc", noyau_neuf=True) == {}
