"""Quatre trimestres glissants : ce que la fiche compte, ce qu'elle compare, ce qu'elle dit."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from html import unescape

import pandas as pd
import pytest
from conftest import run_all

from commerce import ErreurDonnees, chemins
from commerce.annee import Annee, glissante
from commerce.donnees import controles, exceptions
from commerce.donnees.fiche import charger, choisir_annee, preparees
from commerce.donnees.preparation import preparer
from commerce.donnees.prepare import Prepare

NEUF = [(2022, t) for t in (2, 3, 4)] + [(2023, t) for t in (1, 2, 3, 4)] + [(2024, 1), (2024, 2)]
PERIODE = "juillet 2023 à juin 2024"
# Un vrai trimestre, la fin de la période, ou une date qui n'est pas celle des échanges.
JUSTES = re.compile(r"(?:T[1-4]|trimestre|juin|octobre) 2024|Wibaux, 2024")


@pytest.fixture(scope="module")
def lignes() -> list[list[str]]:
    """Toutes les lignes de la démonstration, telles que les douanes les écriraient."""
    lues = []
    for chemin in sorted(chemins.DEMONSTRATION.glob("*.zip")):
        with zipfile.ZipFile(chemin) as archive:
            (nom,) = [n for n in archive.namelist() if re.search("port.txt$", n, re.IGNORECASE)]
            texte = archive.read(nom).decode()
        lues += [ligne.split(";") for ligne in texte.splitlines()]
    return lues


@pytest.fixture(scope="module")
def source(lignes, tmp_path_factory):
    """Les derniers trimestres, comme les douanes les publient : un zip par flux."""

    def _source(nombre: int):
        dossier = tmp_path_factory.mktemp(f"source{nombre}")
        for flux in "EI":
            with zipfile.ZipFile(dossier / f"REGIONAL_CPF4PAYS{flux}.zip", "w") as archive:
                archive.writestr(
                    f"REGIONAL_CPF4PAYS{flux}.txt",
                    "".join(
                        ";".join(ligne) + "\n"
                        for ligne in lignes
                        if ligne[0] == flux and (int(ligne[2]), int(ligne[1])) in NEUF[-nombre:]
                    ),
                )
        return dossier

    return _source


@pytest.fixture(scope="module")
def passage(source, tmp_path_factory):
    """La vraie commande sur neuf trimestres : le dossier de sortie."""
    sortie = tmp_path_factory.mktemp("glissant")
    options = ("--annee", "2024T2", "--source", source(9), "--sortie", sortie)
    fait = run_all("09", "20", *options, "--prepare", sortie / "p", cwd=sortie)
    assert fait.returncode == 0, fait.stdout + fait.stderr
    return sortie


def somme(lignes, flux: str, quand: list[tuple[int, int]], departement: str = "", pays=False):
    """Montants des vrais trimestres, depuis les lignes : le total, ou par pays."""
    comptes = Counter()
    for ligne in lignes:
        if (
            ligne[0] == flux
            and (int(ligne[2]), int(ligne[1])) in quand
            and departement in ("", ligne[3].zfill(2))
        ):
            comptes[ligne[7]] += int(ligne[8])
    return comptes if pays else comptes.total()


def texte_de(page: str) -> str:
    """Ce qu'un lecteur lit, sans les courbes ni leurs tableaux, qui datent chaque trimestre."""
    for motif in (
        r"<(script|style)\b.*?</\1>",
        r'<figure[^>]*id="evolution-base-100".*?</figure>',
    ):
        page = re.sub(motif, " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_les_nombres_sont_ceux_des_quatre_vrais_trimestres(passage, lignes):
    with (passage / "donnees" / "indicateurs.csv").open(encoding="utf-8", newline="") as lu:
        siens = [ligne for ligne in csv.DictReader(lu) if ligne["code"] == "09"]
    assert {ligne["annee"] for ligne in siens} == {"2024T2"}
    valeurs = {(s["indicateur"], s["flux"]): s["valeur"] for s in siens}
    ici, france = ({f: somme(lignes, f, NEUF[5:], d) for f in "EI"} for d in ("09", ""))
    avant = {f: somme(lignes, f, NEUF[1:5], "09") for f in "EI"}
    for flux, sens in (("E", "export"), ("I", "import")):
        assert int(valeurs["total_eur", sens]) == ici[flux]
        assert float(valeurs["part_france_pct", sens]) == pytest.approx(
            100 * ici[flux] / france[flux]
        )
        assert float(valeurs["evolution_annuelle_pct", sens]) == pytest.approx(
            100 * (ici[flux] / avant[flux] - 1)
        )
    assert int(valeurs["solde_eur", ""]) == ici["E"] - ici["I"]
    journal = json.loads((passage / "journal.json").read_text(encoding="utf-8"))
    fiche = next(f["fiche"] for f in journal["fiches"] if f["code"] == "09")
    assert fiche["annee"] == "2024T2"
    premier = max(somme(lignes, "E", NEUF[5:], "09", pays=True).items(), key=lambda p: p[1])[0]
    noms = pd.read_csv(passage / "donnees" / "pays.csv", keep_default_na=False).set_index("code")
    assert f"d'abord vers l'{noms['nom'][premier]}" in fiche["essentiel"][0].replace("’", "'")


def test_la_page_et_ses_figures_disent_la_periode_et_jamais_une_annee_fausse(passage):
    for nom in ("09-ariege", "20-corse"):
        page = (passage / "html" / f"{nom}.html").read_text(encoding="utf-8")
        assert PERIODE in re.search("<title>(.*?)</title>", page)[1]
        assert "données de démonstration, fictives" in page
        figures = re.findall(r'<figure[^>]*id="([^"]+)".*?</figure>', page, re.DOTALL)
        entieres = [f[0] for f in re.finditer(r"<figure\b.*?</figure>", page, re.DOTALL)]
        muettes = [i for i, f in zip(figures, entieres, strict=True) if PERIODE not in texte(f)]
        assert len(figures) > 10 and not muettes
        reste = JUSTES.sub("", texte_de(page))
        assert "2024" not in reste, [m[0] for m in re.finditer(".{60}2024.{20}", reste)]
        assert not re.search(r"\b(?:en 2023|année 2023|[Dd]e 2023 à)", reste)
        assert "T2 2024" in texte(page)  # la dernière courbe finit à un vrai trimestre
        assert "T1 2022" not in texte(page)


def texte(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_les_pages_d_ensemble_et_le_paquet_nomment_la_periode(passage):
    for nom in ("index", "donnees", "comparer", "territoires-industrie"):
        page = (passage / "html" / f"{nom}.html").read_text(encoding="utf-8")
        assert PERIODE in re.search("<title>(.*?)</title>", page)[1], nom
        assert "2024T2" not in texte_de(page), nom
    description = json.loads((passage / "donnees" / "datapackage.json").read_text("utf-8"))
    champs = {
        (ressource["name"], champ["name"]): champ["type"]
        for ressource in description["resources"]
        for champ in ressource["schema"]["fields"]
    }
    assert champs["flux", "annee"] == champs["indicateurs", "annee"] == "string"
    flux = pd.read_csv(io.BytesIO((passage / "donnees" / "flux.csv").read_bytes()), dtype=str)
    assert set(flux["annee"]) == {"2023T2", "2024T2"}
    assert "de juillet 2022 à juin 2023, de juillet 2023 à juin 2024" in (
        passage / "donnees" / "LISEZMOI.md"
    ).read_text(encoding="utf-8")


def test_sans_annee_entiere_le_refus_donne_l_option_qui_marche(source, tmp_path):
    cinq = source(5)
    options = ("--source", cinq, "--sortie", tmp_path / "o", "--prepare", tmp_path / "p")
    refus = run_all("09", *options, cwd=tmp_path)
    assert refus.returncode == 2
    remede = re.search(r"--annee \S+", refus.stderr)[0].rstrip(",").split()
    assert remede == ["--annee", "2024T2"]
    fait = run_all("09", "--sans-regions", *options, *remede, cwd=tmp_path)
    assert fait.returncode == 0, fait.stdout + fait.stderr
    lue = texte_de((tmp_path / "o" / "html" / "09-ariege.html").read_text(encoding="utf-8"))
    assert PERIODE in lue
    assert "Les données ne comprennent pas les quatre trimestres d'avant" in lue.replace("’", "'")


@pytest.mark.parametrize("ecrite", ["2024T5", "T2 2024", "printemps", "2024T", "-3"])
def test_une_annee_mal_ecrite_se_dit_en_une_phrase(ecrite):
    with pytest.raises(ErreurDonnees, match=r"écrire une année \(2024\), ou .*2025T2"):
        Annee.lire(ecrite)


def test_la_commande_refuse_une_annee_mal_ecrite(tmp_path):
    refus = run_all("09", "--annee", "2024T5", "--sortie", tmp_path / "o", cwd=tmp_path)
    assert refus.returncode == 2
    assert refus.stderr.count("\n") == 1 and "2024T5" in refus.stderr


@pytest.mark.parametrize(
    ("ecrite", "dite", "de_quand"),
    [
        (2024, "2024", "en 2024"),
        ("2024T4", "2024", "en 2024"),
        ("2025T1", "avril 2024 à mars 2025", "d'avril 2024 à mars 2025"),
        ("2025t2", "juillet 2024 à juin 2025", "de juillet 2024 à juin 2025"),
        ("2025T3", "octobre 2024 à septembre 2025", "d'octobre 2024 à septembre 2025"),
    ],
)
def test_une_periode_se_dit_en_mois(ecrite, dite, de_quand):
    annee = Annee.lire(ecrite)
    assert (f"{annee}", f"{annee:en}") == (dite, de_quand)
    assert Annee.lire(annee.valeur).trimestres == annee.trimestres
    for rang, vrai in enumerate(annee.trimestres, 1):
        assert glissante(*vrai, annee.fin) == (annee, rang)


def test_dans_un_carnet_la_meme_ecriture_prepare_et_charge(monkeypatch, tmp_path, demonstration):
    monkeypatch.setattr(chemins, "PREPARE", tmp_path / "p")
    monkeypatch.setattr(chemins, "SOURCE", tmp_path / "absent")
    fiche = charger("09", "2024T3")
    assert f"{fiche.annee}" == "octobre 2023 à septembre 2024"
    assert charger("09", "2024T3", donnees=fiche.dossier).annee.valeur == "2024T3"
    with pytest.raises(ErreurDonnees, match="choisir parmi 2022, 2023, 2024"):
        choisir_annee(preparees(demonstration), "2024T3")


def test_des_trimestres_qui_manquent_se_nomment_avec_le_remede(source, tmp_path):
    lu = Prepare(preparer(source(5), fin=3, prepare=tmp_path / "p"))
    with pytest.raises(ErreurDonnees) as refus:
        choisir_annee(lu, "2024T3")
    dit = str(refus.value)
    assert "il manque le T3 2024 des exportations et le T3 2024 des importations" in dit
    assert "--annee 2024T2" in dit


def test_une_exception_vaut_pour_les_vrais_trimestres(source, tmp_path):
    """Un motif écrit l'année et le trimestre des douanes, pas ceux de la période."""
    cinq = source(5)
    piece = cinq / "REGIONAL_CPF4PAYSE.zip"
    with zipfile.ZipFile(piece) as archive:
        contenu = archive.read("REGIONAL_CPF4PAYSE.txt").decode()
    negative = "E;3;2023;09;12;C30C;3030;QQ;-400;0"
    with zipfile.ZipFile(piece, "w") as archive:
        archive.writestr("REGIONAL_CPF4PAYSE.txt", f"{negative}\n{contenu}")

    def lu():
        return Prepare(preparer(cinq, fin=2, prepare=tmp_path / "p"))

    assert lu().faits(2024)["exceptions_a_ecrire"] == ["E;3;2023;09;*;C30C;3030;QQ;-400;0"]
    texte = f"motif;raison;par\n{negative};publié ainsi;A. Durand\n".replace(
        negative, f'"{negative}"'
    )
    (cinq / exceptions.NOM).write_text(texte, encoding="utf-8")
    assert [e["lignes"] for e in lu().exceptions(2024)] == [1]
    assert "negatifs" not in {c.identifiant for c in controles.bloquants(lu(), Annee(2024, 2))}
