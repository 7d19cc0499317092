"""D'une fiche à l'autre : des liens justes, ceux qui ont un sens, et rien d'absurde aux bords."""

import re

import pandas as pd
import pytest
from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce import references
from commerce.donnees.territoires_industrie import COLONNES, principaux
from commerce.parties import voisinage

SLUGS = {d.slug for d in references.territoires().values()}
LOIN = [*varie("export", "77"), *varie("import", "77")]


def page(fiche) -> str:
    return str(voisinage.texte(fiche, voisinage.tableau(fiche)))


def liens(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)\.html"', html)


@pytest.mark.parametrize("code", ["01", "09", "20", "75", "971", "976"])
def test_tout_lien_mene_a_une_fiche_et_jamais_a_la_sienne(code):
    fiche = petite_fiche(code, *varie("export", code), *LOIN)
    cites = liens(page(fiche))
    assert cites and set(cites) <= SLUGS - {fiche.slug}


def test_la_precedente_et_la_suivante_dans_l_ordre_des_codes():
    assert liens(page(petite_fiche("09", *LOIN)))[:2] == ["08-ardennes", "10-aube"]
    premiere, derniere = (simple(page(petite_fiche(code, *LOIN)), "") for code in ("01", "976"))
    assert "précédente" not in premiere and "Fiche suivante : Aisne" in premiere
    assert "suivante" not in derniere and "Fiche précédente : La Réunion" in derniere


def test_la_region_et_ses_rangs():
    fiche = petite_fiche("09", *varie("export", "31"), ("export", 1, "09", "C28D", "DE", 5), *LOIN)
    siens = voisinage.tableau(fiche).query("lien == 'region'").set_index("code")
    assert list(siens.index) == [d.code for d in references.departements_de_region("76")]
    assert siens.loc["31", "rang_export"] == 1 and siens.loc["09", "rang_export"] == 2
    assert "<strong>Ariège</strong>" in page(fiche)


def test_semblables_au_moins_quarante_pour_cent_en_commun():
    autres = [("export", 1, "12", "C11Z", ligne[4], 100_000) for ligne in varie("export", "12")]
    ici = varie("export", "09")
    fiche = petite_fiche("09", *ici, *varie("export", "31"), *autres)
    semblables = voisinage.tableau(fiche).query("lien == 'semblable'")
    assert semblables[["code", "ressemblance_pct"]].to_numpy().tolist() == [["31", 100]]
    assert 'href="comparer.html#09,31">Ariège et Haute-Garonne' in page(fiche)
    seule = page(petite_fiche("09", *ici, *autres))
    assert 'href="comparer.html#09"' in seule and "comparer.html#09," not in seule
    assert "Aucun territoire proche" in seule and "12-aveyron" in seule  # de la même région
    assert "(n.s.)" in page(petite_fiche("09", *autres))


def test_la_corse_est_seule_dans_sa_region():
    texte = simple(page(petite_fiche("20", *varie("export", "20"), *LOIN)))
    assert "aucune autre fiche n'est de la même région" in texte and "Rang" not in texte


def test_un_territoire_d_industrie_partage_mene_aux_autres_departements():
    lignes = [
        ("12", "ti-1", "Aurillac – Figeac – Rodez", 20, 60, "officiel"),
        ("15", "ti-1", "Aurillac – Figeac – Rodez", 20, 60, "officiel"),
        ("46", "ti-1", "Aurillac – Figeac – Rodez", 20, 60, "officiel"),
        ("12", "ti-2", "Seul {ici}", 8, 8, "officiel"),
    ]
    liste = pd.DataFrame(lignes, columns=COLONNES)
    siens = principaux("12", liste)
    assert siens.partages == (("Aurillac – Figeac – Rodez", ("15", "46")),)
    html = page(petite_fiche("12", *LOIN, territoires_industrie=siens))
    assert html.count("s'étend aussi") == 1 and {"15-cantal", "46-lot"} <= set(liens(html))
