"""Le glossaire : une ancre par terme, une définition par indicateur."""

import re

import pytest
from petites_fiches import petite_fiche
from petits_reperes import varie

from commerce import profils, redaction, references
from commerce.parties import glossaire


def test_chaque_terme_a_son_ancre_et_sa_definition():
    page = str(glossaire.texte(petite_fiche("09")))
    ancres = re.findall(r'id="([^"]+)"', page)
    assert len(ancres) == len(set(ancres))
    assert ancres == [redaction.ancre_de(terme) for terme in references.glossaire()]
    assert all(re.fullmatch(r"glossaire-[a-z0-9-]+", ancre) for ancre in ancres)
    for terme in references.glossaire().values():
        assert {"terme", "definition", "unite", "reference"} <= set(terme)
    assert "\u00a0: sans<" not in page


def test_les_renvois_menent_a_une_ancre():
    page = str(glossaire.texte(petite_fiche("09")))
    renvois = re.findall(r'href="#([^"]+)"', redaction.renvois("hhi", "ns", "hhi"))
    assert renvois == ["glossaire-hhi", "glossaire-ns"]
    assert all(f'id="{renvoi}"' in page for renvoi in renvois)
    with pytest.raises(KeyError):
        redaction.lien_de("inconnu")


def test_chaque_indicateur_du_portrait_a_sa_definition():
    termes = references.glossaire().values()
    definis = {nom for terme in termes for nom in terme.get("indicateurs", [])}
    repere = petite_fiche("09", *varie("export", "09")).reperes
    calcules = {nom for nom, _ in profils.calculer(repere)}
    assert calcules | {"solde_eur", "taux_couverture_pct"} <= definis
