"""Le commentaire signé : montré comme tel, sûr, et ôté dès que ses nombres ne sont plus vrais."""

import pandas as pd
import pytest
import run_all

from commerce import ErreurDonnees, chemins, commentaires
from fabrique import empreintes, innocuite

TETE = """+++
auteur = "Jeanne Martin, directrice des études"
date = 2026-03-12
tolerance_pct = 2
annee = 2024

[indicateurs]
total_eur.export = 772114214  # le montant dont parle le texte
taux_couverture_pct = 0
+++
"""
TEXTE = "Deux clients **tiennent** les ventes :\n\n- [le détail](https://exemple.fr/?a=1&b=2)\n"
INDICATEURS = "code,annee,indicateur,flux,valeur\n09,2024,total_eur,export,772114214\n"


@pytest.fixture
def ecrire(tmp_path, monkeypatch):
    """Écrit le commentaire de l'Ariège, ailleurs que dans le projet."""
    monkeypatch.setattr(chemins, "COMMENTAIRES", tmp_path / "commentaires")
    chemins.COMMENTAIRES.mkdir()

    def _ecrire(texte: str = TEXTE, avant: str = "", apres: str = "", code: str = "09"):
        assert avant in TETE
        lieu = commentaires.fichier(code)
        lieu.write_text(TETE.replace(avant, apres, 1) + texte, encoding="utf-8")
        return lieu

    return _ecrire


def valeurs(**actuelles) -> pd.DataFrame:
    """Les indicateurs d'une fiche : ceux du commentaire, et leur valeur d'aujourd'hui."""
    base = {"total_eur": 772114214, "taux_couverture_pct": 0.0} | actuelles
    lignes = [[nom, "export" * (nom == "total_eur"), valeur] for nom, valeur in base.items()]
    return pd.DataFrame(lignes, columns=["indicateur", "flux", "valeur"])


@pytest.mark.parametrize(
    ("annee", "actuelles", "tient"),
    [
        (2024, {}, True),
        (2024, {"total_eur": 787_556_498}, True),  # deux pour cent, à l'euro près
        (2024, {"total_eur": 787_556_499}, False),
        (2024, {"total_eur": None}, False),
        (2024, {"taux_couverture_pct": 0.01}, False),
        (2025, {}, False),
    ],
)
def test_un_appui_tient_jusqu_a_la_tolerance_et_pour_son_annee(ecrire, annee, actuelles, tient):
    ecrire()
    table = commentaires.appuis(commentaires.lire("09"), annee, valeurs(**actuelles))
    assert bool(table["tient"].all()) is tient


def test_la_commande_remplit_et_ne_touche_a_rien_d_autre(ecrire, tmp_path):
    (tmp_path / "donnees").mkdir()
    table = tmp_path / "donnees" / "indicateurs.csv"
    neufs = INDICATEURS.replace("772114214", "800").replace("2024", "2025")
    table.write_text(neufs + "09,2025,taux_couverture_pct,,\n", encoding="utf-8")
    lieu = ecrire()
    attendu = lieu.read_text(encoding="utf-8").replace("772114214  #", "800  #")
    attendu = attendu.replace("annee = 2024", "annee = 2025").replace("pct = 0", 'pct = "n.s."')
    assert "2\u00a0indicateurs de 2025" in commentaires.remplir("09", tmp_path)
    assert lieu.read_text(encoding="utf-8") == attendu
    with pytest.raises(ErreurDonnees, match=r"lancer d'abord run_all.py 32"):
        commentaires.remplir("32", tmp_path)


def test_sans_fichier_la_commande_en_commence_un_que_le_lot_refuse_vide(ecrire, tmp_path):
    (tmp_path / "donnees").mkdir()
    (tmp_path / "donnees" / "indicateurs.csv").write_text(INDICATEURS, encoding="utf-8")
    commentaires.remplir("09", tmp_path)
    lieu = commentaires.fichier("09")
    assert "total_eur.export = 772114214\n" in lieu.read_text(encoding="utf-8")
    with pytest.raises(ErreurDonnees, match=r"09.md, ligne 2 : il faut auteur"):
        commentaires.verifier()


FAUTES = {
    ('auteur = "Jeanne', 'autrice = "Jeanne'): "ligne 2 : « autrice » n'est pas une entrée",
    ("2026-03-12", '"hier"'): "ligne 3 : il faut date = 2026-11-21",
    ("pct = 2", "pct = -1"): "ligne 4 : une tolérance n'est pas négative",
    ("annee = 2024", ""): "ligne 1 : il faut annee",
    (
        "total_eur.export",
        "total_eur.vente",
    ): "ligne 8 : « total_eur.vente » n'est pas un indicateur",
    ("772114214", '""'): "ligne 8 : total_eur est sans valeur",
    ("= 772114214", "="): "ligne 8 : ce n'est pas du TOML",
    ("+++", "---"): "ligne 1 : il faut ici « +++ »",
    ("", ""): "ligne 11 : le texte du commentaire est vide",
}


@pytest.mark.parametrize("retouche", FAUTES)
def test_un_en_tete_fautif_se_dit_en_une_phrase_avec_sa_ligne(ecrire, retouche):
    ecrire("" if retouche == ("", "") else TEXTE, *retouche)
    with pytest.raises(ErreurDonnees) as refus:
        commentaires.verifier()
    assert f"commentaires/09.md, {FAUTES[retouche]}" in str(refus.value)
    assert "\n" not in str(refus.value)


@pytest.mark.parametrize(
    ("fautif", "dit"),
    [
        ("Un <b>gras</b>.", "du HTML"),
        ("<script>alert(1)</script>", "du HTML"),
        ("# Titre", "un titre"),
        ("![image](https://exemple.fr/a.png)", "une image"),
        ("[x](javascript:alert(1))", "un lien"),
        ("[x][1]\n\n[1]: data:text/html,x", "un lien"),
        ("`code`", "du code"),
    ],
)
def test_ce_qui_n_est_pas_un_paragraphe_est_refuse_a_sa_ligne(ecrire, fautif, dit):
    ecrire(f"Bon.\n\n{fautif}\n\nLa suite.\n")
    ligne = 13 + 2 * fautif.count("\n\n")
    with pytest.raises(ErreurDonnees, match=rf"09.md, ligne {ligne} : {dit}"):
        commentaires.verifier()


def test_le_texte_est_sur_et_de_typographie_francaise(ecrire):
    ecrire("« 3 < 4 & 5 » : *oui* ; [a](https://exemple.fr/?a=1&b=2).\n")
    rendu = commentaires.en_html(commentaires.lire("09").texte)
    assert "«\u00a03 &lt; 4 &amp; 5\u00a0»\u00a0: <em>oui</em>\u202f;" in rendu
    assert 'href="https://exemple.fr/?a=1&amp;b=2"' in rendu and innocuite.defauts(rendu) == []


def test_un_fichier_qui_n_est_d_aucune_fiche_est_refuse(ecrire):
    ecrire(code="2A")
    with pytest.raises(ErreurDonnees, match=r"2A.md : aucune fiche n'a pour code"):
        commentaires.verifier()


@pytest.mark.lourd
def test_la_fiche_le_montre_signe_ou_s_en_passe(ecrire, montre):
    sans = montre("09")
    ecrire(avant="taux_couverture_pct = 0\n")
    avec = montre.__wrapped__("09")
    (bloc,) = [b for b in avec.split('<div class="commentaire">')[1:]]
    assert "<strong>tiennent</strong>" in bloc and "Jeanne Martin" in bloc
    assert "12 mars 2026" in bloc.partition("</div>")[0] and "que son auteur" in bloc
    ecrire(avant="772114214", apres="700000000")
    assert montre.__wrapped__("09") == sans


@pytest.mark.lourd
def test_il_ne_refait_que_sa_fiche_et_fautif_arrete_tout_avant_les_noyaux(
    ecrire, demonstration, tmp_path, capsys
):
    arguments = ["09", "32", "--sortie", str(tmp_path / "sortie")]

    def causes() -> dict:
        lot = run_all.lot(run_all.options(arguments))
        communes = empreintes.causes_communes(lot)
        return {p.code: empreintes.causes(p, "", communes) for p in (*lot.pages, *lot.annexes)}

    avant = causes()
    ecrire()
    apres = causes()
    changees = {code for code in avant if avant[code] != apres[code]}
    assert "09" in changees and "32" not in changees and "relecture" in changees
    ecrire("<b>x</b>")
    assert run_all.main(arguments) == 2 and "09.md, ligne 11" in capsys.readouterr().err
    assert not (tmp_path / "sortie").exists()
