"""Qui signe, quelle édition, comment citer : rien qui ne vienne d'une entrée, rien d'inventé."""

import pytest

from commerce import declaration, signature, theme
from fabrique import joints, structure

SOURCES = [
    {"nom": "b.zip", "sha256": "22", "publie": "2025-05-07T08:00:00Z"},
    {"nom": "a.zip", "sha256": "11", "publie": "2025-02-01T08:00:00Z"},
]
REMPLI = (
    ('nom = ""', 'nom = "Préfecture"'),
    ('numero = ""', 'numero = "3"'),
    ('date = ""                               # AAAA-MM-JJ\n', 'date = "2026-03-01"\n'),
    ('prochaine = ""', 'prochaine = "avril 2027"'),
    ('adresse = ""', 'adresse = "https://fiches.invalid/html/"'),
    ('programme = ""', 'programme = "https://code.invalid/"'),
    ('etat = "non conforme"', 'etat = "partiellement conforme"'),
    ('date = ""                               # AAAA-MM-JJ de', 'date = "2026-02-02"  # de'),
    ('taux_pct = ""', 'taux_pct = "78,5"'),
    ('hebergeur = ""', 'hebergeur = "Hébergeur, 1 rue des Serveurs"'),
)


@pytest.fixture
def rempli(tmp_path, monkeypatch):
    """Un thème dont toutes les entrées sont données."""
    contenu = theme.FICHIER.read_text(encoding="utf-8")
    for avant, apres in REMPLI:
        assert avant in contenu, avant
        contenu = contenu.replace(avant, apres)
    fichier = tmp_path / "theme.toml"
    fichier.write_text(contenu, encoding="utf-8")
    lu = theme.lire(fichier)
    monkeypatch.setattr(theme, "theme", lambda: lu)


def dites() -> dict[str, str]:
    lignes = signature.lignes("Ariège (2024)", "09-ariege", SOURCES, "fiche")
    return {ligne.rubrique: ligne.texte for ligne in lignes}


def test_sans_rien_dans_le_theme_la_signature_dit_ce_qui_manque():
    dit = dites()
    assert dit["Émetteur"] == "non désigné" and dit["Édition"] == "sans numéro ni date"
    assert dit["Prochaine mise à jour"] == "non annoncée"
    assert dit["Accessibilité"] == "non conforme, audit à faire"
    assert dit["Pour citer cette fiche"] == "«\u00a0Ariège (2024)\u00a0»."
    assert "Aucun audit" in declaration.accessibilite()
    assert declaration.mentions().count("non renseigné") == 4


def test_la_signature_dit_chaque_entree_du_theme(rempli):
    dit = dites()
    assert dit["Émetteur"] == "Préfecture" and dit["Édition"] == "n° 3 du 1er mars 2026"
    assert dit["Prochaine mise à jour"] == "avril 2027"
    assert dit["Accessibilité"].startswith("partiellement conforme, 78,5")
    citation = dit["Pour citer cette fiche"]
    assert citation.startswith("Préfecture, «\u00a0Ariège (2024)\u00a0», n° 3 du 1er mars 2026")
    assert citation.endswith("https://fiches.invalid/html/09-ariege.html.")
    assert signature.bas("09-ariege") == (
        "Préfecture, n° 3 du 1er mars 2026, https://fiches.invalid/html/09-ariege.html"
    )
    assert "2 février 2026" in declaration.accessibilite()
    assert "1 rue des Serveurs" in declaration.mentions()


def test_les_fichiers_lus_ont_leurs_dates_et_une_empreinte_qui_change_avec_eux():
    dit = dites()["Fichiers lus"]
    assert "du 1er février 2025 au 7 mai 2025" in dit
    assert signature.empreinte(SOURCES) in dit
    assert signature.empreinte(SOURCES) == signature.empreinte(SOURCES[::-1])
    revise = [SOURCES[0], SOURCES[1] | {"sha256": "33"}]
    assert signature.empreinte(revise) != signature.empreinte(SOURCES)


def test_une_page_envoyee_par_courriel_mene_encore_aux_autres():
    page = '<a href="index.html">a</a><a class="x" href="#b">b</a><a href="mailto:c@d.fr">c</a>'
    base = "https://fiches.invalid/html/"
    menee = structure.adresser(page, base)
    assert f'href="{base}index.html"' in menee
    assert 'href="#b"' in menee and 'href="mailto:c@d.fr"' in menee
    assert structure.adresser(page, "") == page
    classeur = '<a data-fichier download="f.xlsx" href="data:x;base64,AAAA">f</a>'
    detachee, fichiers = joints.detacher(classeur, base)
    assert f'href="{base}../donnees/f.xlsx"' in detachee and set(fichiers) == {"f.xlsx"}
    assert joints.refuses(detachee) == []
