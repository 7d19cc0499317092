"""Le contexte, les précautions de lecture, l'écart au total officiel."""

import pandas as pd
import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import lignes

from commerce import references
from commerce.annee import Annee
from commerce.donnees import rapprochement
from commerce.parties import methode

FICHES_PUBLIEES_EUR = {"export": 580_354_500_000, "import": 684_776_300_000}


def test_accords_au_pluriel():
    assert "ce que les Landes vendent et achètent" in simple(methode.contexte(petite_fiche("40")))
    assert "ce que le Gers vend et achète" in simple(methode.contexte(petite_fiche("32")))


def test_precautions_propres_au_territoire():
    def precautions(code):
        return " ".join(methode.precautions(petite_fiche(code)))

    assert "Corse-du-Sud" in precautions("20") and "Corse-du-Sud" not in precautions("09")
    assert "Monaco" in precautions("13") and "Monaco" not in precautions("09")
    assert "cinq départements et régions d'outre-mer" in precautions("976")
    assert "attribués à Paris par convention" in precautions("75")


def test_le_texte_dit_ce_qui_est_provisoire_ou_fictif():
    ordinaire = simple(methode.texte(petite_fiche("09")))
    assert "provisoires" not in ordinaire and "fictives" not in ordinaire
    assert "460 000 euros par an" in ordinaire
    fiche = petite_fiche("09", provisoire=True, demonstration=True)
    assert "année 2024, données provisoires." in simple(methode.texte(fiche))
    assert "aucun de ses montants ne décrit la réalité" in simple(methode.texte(fiche))


def test_l_ecart_au_total_officiel_n_est_dit_que_s_il_est_connu():
    totaux = [(sens, 1, "09", "C28D", "DE", eur) for sens, eur in FICHES_PUBLIEES_EUR.items()]
    fiche = petite_fiche("09", echanges_france=lignes(*totaux))
    assert "soit 3,0 % de moins que les 598,3 milliards" in simple(methode.texte(fiche))
    ancienne = petite_fiche("09", annee=Annee(1999))
    assert "milliards" not in methode.texte(ancienne) and "csv" not in methode.texte(ancienne)


def test_les_totaux_officiels_ont_leur_source():
    totaux = references.totaux_officiels()
    assert not totaux.duplicated(["annee", "flux"]).any()
    assert totaux["url"].str.startswith("https://www.douane.gouv.fr/").all()
    assert pd.to_datetime(totaux["publie_le"], format="%Y-%m-%d").notna().all()
    assert totaux["source"].ne("").all()
    publies = totaux.set_index(["annee", "flux"])["valeur_eur"]
    assert publies[2024].to_dict() == {"export": 598_300_000_000, "import": 698_900_000_000}


def test_l_ecart_est_en_euros_et_en_pour_cent():
    tableau = rapprochement.comparaison(2024, FICHES_PUBLIEES_EUR).set_index("flux")
    assert tableau["ecart_eur"].to_dict() == {"export": -17_945_500_000, "import": -14_123_700_000}
    assert tableau["ecart_pct"].round(2).to_dict() == {"export": -3.0, "import": -2.02}


def test_la_phrase_donne_les_deux_flux_et_la_date():
    tableau = rapprochement.comparaison(2024, FICHES_PUBLIEES_EUR)
    assert simple(rapprochement.phrase(2024, tableau)) == (
        "En 2024, les données par département totalisent 580,4 milliards d'euros d'exportations, "
        "soit 3,0 % de moins que les 598,3 milliards d'euros publiés par la douane, et "
        "684,8 milliards d'euros d'importations, soit 2,0 % de moins que les 698,9 milliards "
        "d'euros publiés par la douane le 7 février 2025."
    )


@pytest.mark.parametrize(
    ("facteur", "mots"), [(1.1, "de plus que"), (1.00001, "à un dixième de pour cent près")]
)
def test_la_phrase_dit_le_sens_de_l_ecart(facteur, mots):
    tableau = rapprochement.comparaison(2024, {"export": int(598_300_000_000 * facteur)})
    assert mots in simple(rapprochement.phrase(2024, tableau))


def test_une_annee_sans_total_officiel_est_dite():
    tableau = rapprochement.comparaison(1999, FICHES_PUBLIEES_EUR)
    assert tableau.empty
    assert "la comparaison n'est pas faite" in rapprochement.phrase(1999, tableau)
