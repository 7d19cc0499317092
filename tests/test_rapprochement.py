"""Le total des données départementales à côté du total officiel."""

import pandas as pd
import pytest

from commerce.donnees import rapprochement

FICHES_PUBLIEES_EUR = {"export": 580_354_500_000, "import": 684_776_300_000}


def test_les_totaux_2024_sont_ceux_de_la_douane():
    totaux = rapprochement.totaux_officiels().set_index(["annee", "flux"])["valeur_eur"]
    assert totaux[2024, "export"] == 598_300_000_000
    assert totaux[2024, "import"] == 698_900_000_000


def test_chaque_total_officiel_a_sa_source():
    totaux = rapprochement.totaux_officiels()
    assert not totaux.duplicated(["annee", "flux"]).any()
    assert set(totaux["flux"]) <= set(rapprochement.FLUX)
    assert totaux["url"].str.startswith("https://www.douane.gouv.fr/").all()
    assert pd.to_datetime(totaux["publie_le"], format="%Y-%m-%d").notna().all()
    assert totaux["source"].ne("").all()


def test_l_ecart_est_dit_en_euros_et_en_pour_cent():
    tableau = rapprochement.comparaison(2024, FICHES_PUBLIEES_EUR).set_index("flux")
    assert tableau["ecart_eur"].to_dict() == {"export": -17_945_500_000, "import": -14_123_700_000}
    assert tableau["ecart_pct"].round(2).to_dict() == {"export": -3.0, "import": -2.02}


def test_la_phrase_donne_les_deux_flux_et_la_date():
    tableau = rapprochement.comparaison(2024, FICHES_PUBLIEES_EUR)
    phrase = rapprochement.phrase(2024, tableau).replace("\u00a0", " ").replace("\u202f", " ")
    assert phrase == (
        "En 2024, les données par département totalisent 580,4 milliards d'euros d'exportations, "
        "soit 3,0 % de moins que les 598,3 milliards d'euros publiés par la douane, et "
        "684,8 milliards d'euros d'importations, soit 2,0 % de moins que les 698,9 milliards "
        "d'euros publiés par la douane le 7 février 2025."
    )


@pytest.mark.parametrize(
    ("facteur", "mots"), [(1.1, "de plus que"), (1.00001, "à un dixième de pour cent près")]
)
def test_la_phrase_dit_le_sens_de_l_ecart(facteur, mots):
    totaux = {"export": int(598_300_000_000 * facteur)}
    tableau = rapprochement.comparaison(2024, totaux)
    assert mots in rapprochement.phrase(2024, tableau).replace("\u00a0", " ")


def test_une_annee_sans_total_officiel_est_dite():
    tableau = rapprochement.comparaison(1999, FICHES_PUBLIEES_EUR)
    assert tableau.empty
    assert "totaux_officiels.csv" in rapprochement.phrase(1999, tableau)
