"""Le thème : couleurs lisibles par tous, police complète, affichage sans réseau dans JupyterLab."""

import subprocess
import sys
from dataclasses import asdict
from itertools import combinations

import altair as alt
import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from commerce import ErreurDonnees, theme
from commerce.figure import affichage, rendu
from commerce.parties import flux

SIGNES = "\u00a0\u202f−«»’–—…€%▲▼↑↓·<>œŒÉÀÇéèêëàâçîïôùûüÿ0123456789"
# Simulation des daltonismes complets (Machado et al., 2009), sur des composantes linéaires.
VISIONS = {
    "deutéranopie": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "protanopie": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "tritanopie": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
    "gris": ((0.2126, 0.7152, 0.0722),) * 3,
}


def _lineaire(couleur: str) -> list[float]:
    canaux = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]


def _lab(couleur: str, vision) -> tuple[float, float, float]:
    rvb = _lineaire(couleur)
    vu = [min(1, max(0, sum(m * c for m, c in zip(ligne, rvb, strict=True)))) for ligne in vision]
    matrice = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(m * c for m, c in zip(ligne, vu, strict=True)) for ligne in matrice]
    x, y, z = (
        (v / blanc) ** (1 / 3) if v / blanc > 0.008856 else 7.787 * v / blanc + 16 / 116
        for v, blanc in zip(xyz, (0.9505, 1.0, 1.089), strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ecart(une: str, autre: str, vision) -> float:
    """Ce qui sépare deux couleurs, pour cette vision (Delta E 1976)."""
    paires = zip(_lab(une, vision), _lab(autre, vision), strict=True)
    return sum((u - v) ** 2 for u, v in paires) ** 0.5


@pytest.mark.parametrize("vision", VISIONS)
def test_flux_deficit_et_flux_principal_se_distinguent_pour_toutes_les_visions(vision):
    couleurs = theme.theme().couleurs
    rouge = theme.melange(couleurs.flux_principal, couleurs.fond, flux.OPACITE_PRINCIPAL)
    for couleur in (couleurs.exportations, couleurs.importations):
        ruban = theme.melange(couleur, couleurs.fond, flux.opacite(couleur))
        assert ecart(ruban, rouge, VISIONS[vision]) > 12, couleur
    assert ecart(couleurs.importations, couleurs.exportations, VISIONS[vision]) > 15
    assert ecart(couleurs.negatif, couleurs.flux_principal, VISIONS[vision]) > 15


def test_les_produits_ont_au_moins_huit_couleurs_differentes():
    palette, ordinaire = theme.theme().palette, ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert len(palette) >= 8
    assert min(ecart(*paire, ordinaire) for paire in combinations(palette, 2)) > 20


def test_textes_et_marques_tiennent_les_contrastes():
    couleurs = asdict(theme.theme().couleurs)
    fond = couleurs.pop("fond")
    for role in ("filet", "surface"):
        couleurs.pop(role)
    assert all(theme.contraste(couleur, fond) >= 4.5 for couleur in couleurs.values())
    surface = theme.theme().couleurs.surface
    assert theme.contraste(couleurs["texte_discret"], surface) >= 4.5
    assert theme.contraste("#000000") == pytest.approx(21)


def test_la_police_a_tous_les_signes_et_le_meme_contenu_en_ttf_et_woff2():
    police = theme.theme().police
    for graisse in (400, 600):
        ttf = TTFont(police.fichier(graisse, "ttf"))
        woff2 = TTFont(police.fichier(graisse, "woff2"))
        table = ttf.getBestCmap()
        assert [signe for signe in SIGNES if ord(signe) not in table] == []
        assert woff2.getBestCmap() == table
        # L'apostrophe du clavier se lit comme celle de la typographie.
        assert table[ord("'")] == table[ord("’")]
        assert ttf["name"].getDebugName(16) == police.famille == "Fiche Sans"
    licence = police.fichier(400, "ttf").parent / "OFL.txt"
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")


def test_les_styles_ne_demandent_rien_au_reseau():
    styles = theme.police_css() + theme.variables_css() + theme.style_figures()
    assert "http" not in styles
    # Deux graisses, et la police d'attente prise sur la machine.
    assert styles.count("@font-face") == 2 * len(theme.GRAISSES)
    assert styles.count("local(") == len(theme.ATTENTE) * len(theme.GRAISSES)
    assert "--flux-principal:#" in styles and "--police:'Fiche Sans'" in styles


@pytest.mark.parametrize(
    ("avant", "apres", "extrait"),
    [
        ('negatif = "#663000"', "", "il manque negatif"),
        ('negatif = "#663000"', 'negatif = "rouge"', "« negatif » vaut « rouge »"),
        ('texte_discret = "#566072"', 'texte_discret = "#aaaaaa"', "un contraste de 2,3"),
        ("[police]", "[polices]", "section [police]"),
        ("[couleurs]", "[couleurs", "« [couleurs » n'est pas du TOML"),
        ('nom = ""', 'nom = ""\nslogan = "x"', "inconnu : slogan"),
        ('numero = ""', "numero = 3", 'l\'écrire entre guillemets : "3"'),
        ('prochaine = ""', 'prochaine = ""\ndate = "12 mars"', "n'est pas du TOML"),
        (
            'date = ""                               # AAAA-MM-JJ\n',
            'date = "12/3/26"\n',
            "ligne 41",
        ),
        ('adresse = ""', 'adresse = "www.exemple.fr"', "n'est pas l'adresse d'un dossier"),
        ('programme = ""', 'programme = "javascript:alert(1)"', "n'est pas une adresse"),
        ('etat = "non', 'etat = "presque', "n'est pas un état de conformité"),
        ('etat = "non', 'etat = "partiellement', "demande un audit"),
        ('taux_pct = ""', 'taux_pct = "beaucoup"', "n'est pas un taux"),
        ('taux_pct = ""', 'taux_pct = "78,5"', "en écrire la date"),
        ("[mentions]", "[mention]", "section [mentions]"),
        ('logo = ""', 'logo = "absent.svg"', "n'est pas un fichier SVG ou PNG"),
        ('logo = ""', 'logo = "theme.toml"', "n'est pas un fichier SVG ou PNG"),
    ],
)
def test_un_theme_fautif_est_refuse_en_une_phrase(tmp_path, avant, apres, extrait):
    fichier = tmp_path / "theme.toml"
    texte = theme.FICHIER.read_text(encoding="utf-8")
    assert avant in texte
    fichier.write_text(texte.replace(avant, apres), encoding="utf-8")
    with pytest.raises(ErreurDonnees) as erreur:
        theme.lire(fichier)
    assert extrait in str(erreur.value) and str(erreur.value).endswith(".")


def test_l_import_n_a_aucun_effet():
    programme = (
        "import altair as alt; avant = (alt.theme.active, alt.renderers.active)\n"
        "import commerce.parties, commerce.figure.affichage\n"
        "assert (alt.theme.active, alt.renderers.active) == avant"
    )
    subprocess.run([sys.executable, "-c", programme], check=True)


def test_un_graphique_seul_s_affiche_en_svg_francais_sans_reseau():
    donnees = pd.DataFrame({"annee": ["2023", "2024"], "valeur": [1234.5, 2345.6]})
    graphique = alt.Chart(donnees).mark_bar().encode(x="annee:N", y="valeur:Q")
    sorties = affichage.vivant(rendu.specification(graphique))
    contenu = sorties["image/svg+xml"]
    assert sorties[affichage.TYPE_VIVANT]["usermeta"]["embedOptions"]["formatLocale"]
    assert "@font-face" in contenu and "http" not in contenu.replace("http://www.w3.org", "")
    assert "2\u202f000" in contenu
    assert "aria-roledescription" not in contenu and "Fiche Sans" in contenu


def test_le_logo_voyage_dans_la_page(tmp_path, monkeypatch):
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    contenu = theme.FICHIER.read_text(encoding="utf-8").replace('logo = ""', 'logo = "logo.svg"')
    (tmp_path / "theme.toml").write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurDonnees, match="un logo demande le nom de l'institution"):
        theme.lire(tmp_path / "theme.toml")
    nomme = contenu.replace('nom = ""', 'nom = "Préfecture"')
    (tmp_path / "theme.toml").write_text(nomme, encoding="utf-8")
    monkeypatch.setattr(theme, "FICHIER", tmp_path / "theme.toml")
    monkeypatch.setattr(theme, "theme", lambda: theme.lire(tmp_path / "theme.toml"))
    assert "--logo:url(data:image/svg+xml;base64," in theme.variables_css()
