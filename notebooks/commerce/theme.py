"""À quoi ressemblent les fiches ? Couleurs par rôle, police, configuration des graphiques.

Tout ce qu'une institution peut changer est dans `theme.toml`.
"""

import base64
import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from commerce import ErreurDonnees, formats

# Largeurs de dessin, en pixels : ordinateur et papier d'une part, téléphone d'autre part.
LARGE = 800
ETROIT = 380
ATTENTE = ("Arial", "Liberation Sans", "Roboto", "Helvetica")
GRAISSES = {400: "", 600: " Bold"}
LOGOS = {".svg": "image/svg+xml", ".png": "image/png"}
CONTRASTE_TEXTE = 4.5
CONTRASTE_MARQUE = 3.0
_ICI = Path(__file__).resolve().parent
FICHIER = _ICI / "theme.toml"
STYLE_FIGURES = _ICI / "figure" / "figures.css"


@dataclass(frozen=True)
class Couleurs:
    """Une couleur #rrggbb par rôle, jamais par nom de teinte."""

    fond: str
    texte: str
    texte_discret: str
    filet: str
    surface: str
    importations: str
    exportations: str
    positif: str
    negatif: str
    flux_principal: str
    lien: str


@dataclass(frozen=True)
class Police:
    """Famille embarquée et polices de repli ; fichiers .ttf et .woff2 des deux graisses.

    `ajustement_pct`, `ajustement_gras_pct` : taille des polices d'attente, droites et grasses, pour
    que rien ne bouge quand la police arrive.
    """

    famille: str
    repli: str
    ajustement_pct: int
    ajustement_gras_pct: int
    normale: str
    grasse: str

    @property
    def pile(self) -> str:
        """Valeur CSS de `font-family`."""
        return f"'{self.famille}', '{self.famille} attente', {self.repli}"

    def fichier(self, graisse: int, suffixe: str) -> Path:
        """Chemin du fichier de police de cette graisse (400 ou 600)."""
        return FICHIER.parent / f"{self.grasse if graisse >= 600 else self.normale}.{suffixe}"


@dataclass(frozen=True)
class Institution:
    """Ce que l'en-tête et le pied de page disent de l'éditeur ; le nom tient lieu de logo lu."""

    nom: str
    contact: str
    logo: str


@dataclass(frozen=True)
class Theme:
    """Le thème entier, tel que `theme.toml` l'écrit."""

    couleurs: Couleurs
    police: Police
    institution: Institution


def _luminance(couleur: str) -> float:
    canaux = (int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5))
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return sum(poids * c for poids, c in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True))


def contraste(couleur: str, fond: str = "#ffffff") -> float:
    """Rapport de contraste WCAG 2.1 entre deux couleurs #rrggbb, de 1 à 21."""
    sombre, claire = sorted((_luminance(couleur), _luminance(fond)))
    return (claire + 0.05) / (sombre + 0.05)


def melange(couleur: str, fond: str, part: float) -> str:
    """Couleur opaque que donne `couleur` posée sur `fond` avec l'opacité `part` (0 à 1)."""
    canaux = (
        round(part * int(couleur[i : i + 2], 16) + (1 - part) * int(fond[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{canal:02x}" for canal in canaux)


def _section(classe, contenu: dict, nom: str):
    attendus = {champ.name for champ in fields(classe)}
    valeurs = contenu.get(nom, {})
    manquants, inconnus = attendus - valeurs.keys(), valeurs.keys() - attendus
    if manquants or inconnus:
        details = [f"il manque {', '.join(sorted(manquants))}"] if manquants else []
        details += [f"inconnu : {', '.join(sorted(inconnus))}"] if inconnus else []
        raise ErreurDonnees(f"theme.toml, section [{nom}] : {' ; '.join(details)}.")
    return classe(**valeurs)


def lire(fichier: Path) -> Theme:
    """Lit et vérifie un thème ; `ErreurDonnees` nomme le rôle fautif et ce qu'il faut corriger."""
    try:
        contenu = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as erreur:
        raise ErreurDonnees(f"{fichier.name} n'est pas un fichier TOML : {erreur}.") from erreur
    couleurs = _section(Couleurs, contenu, "couleurs")
    for champ in fields(Couleurs):
        role, valeur = champ.name, getattr(couleurs, champ.name)
        if not re.fullmatch(r"#[0-9a-f]{6}", valeur):
            raise ErreurDonnees(
                f"theme.toml : la couleur « {role} » vaut « {valeur} » ; "
                "écrire #rrggbb en minuscules."
            )
        if role in ("fond", "filet", "surface"):
            continue
        mesure = contraste(valeur, couleurs.fond)
        if mesure < CONTRASTE_TEXTE:
            raise ErreurDonnees(
                f"theme.toml : « {role} » ({valeur}) n'a qu'un contraste de "
                f"{formats.nombre(mesure, 1)} sur le fond ; il sert à du texte, "
                f"il en faut {formats.nombre(CONTRASTE_TEXTE, 1)} au moins."
            )
    police = _section(Police, contenu, "police")
    institution = _section(Institution, contenu, "institution")
    logo = fichier.parent / institution.logo
    if institution.logo and (logo.suffix not in LOGOS or not logo.is_file()):
        raise ErreurDonnees(
            f"theme.toml : le logo « {institution.logo} » n'est pas un fichier SVG ou PNG à côté "
            "de theme.toml ; l'y mettre, ou laisser logo vide."
        )
    if institution.logo and not institution.nom:
        raise ErreurDonnees("theme.toml : un logo demande le nom de l'institution ; écrire nom.")
    return Theme(couleurs, police, institution)


@cache
def theme() -> Theme:
    """Le thème en vigueur, celui de `theme.toml`."""
    return lire(FICHIER)


@cache
def police_css() -> str:
    """Règles @font-face des deux graisses, WOFF2 en base 64 : aucune requête externe.

    Le temps de décoder la police, la page se compose avec une police du système mise à sa taille.
    """
    police = theme().police
    ajustements = (police.ajustement_pct, police.ajustement_gras_pct)
    attentes = (
        f"@font-face{{font-family:'{police.famille} attente';font-weight:{graisse};"
        f"src:{sources};size-adjust:{ajustement}%}}"
        for (graisse, style), ajustement in zip(GRAISSES.items(), ajustements, strict=True)
        for sources in [",".join(f"local('{nom}{style}')" for nom in ATTENTE)]
    )
    return "".join(attentes) + "".join(
        f"@font-face{{font-family:'{police.famille}';font-weight:{graisse};font-display:block;"
        f"src:url(data:font/woff2;base64,{donnees}) format('woff2')}}"
        for graisse in GRAISSES
        for donnees in [
            base64.b64encode(police.fichier(graisse, "woff2").read_bytes()).decode("ascii")
        ]
    )


def variables_css() -> str:
    """Les rôles en propriétés CSS : `--texte`, `--importations`…, `--police`."""
    couleurs = theme().couleurs
    roles = "".join(
        f"--{champ.name.replace('_', '-')}:{getattr(couleurs, champ.name)};"
        for champ in fields(couleurs)
    )
    return f":root{{{roles}--police:{theme().police.pile}{_logo_css()}}}"


def _logo_css() -> str:
    """Le logo en propriété CSS : une fois par page, jamais dans les données."""
    if not theme().institution.logo:
        return ""
    fichier = FICHIER.parent / theme().institution.logo
    donnees = base64.b64encode(fichier.read_bytes()).decode("ascii")
    return f";--logo:url(data:{LOGOS[fichier.suffix]};base64,{donnees});--logo-affichage:block"


def style_figures() -> str:
    """Feuille de style des figures, la même dans JupyterLab et dans la page."""
    return STYLE_FIGURES.read_text(encoding="utf-8")


def config_vega() -> dict:
    """Configuration Vega-Lite du thème : police, fond, textes, sans axe ni cadre superflu."""
    couleurs, famille = theme().couleurs, theme().police.famille
    texte = {"labelColor": couleurs.texte, "titleColor": couleurs.texte, "labelFontSize": 12}
    return {
        "background": couleurs.fond,
        "font": famille,
        "padding": 0,
        "view": {"stroke": None},
        "aria": True,
        "axis": {**texte, "aria": False, "gridColor": couleurs.filet, "domainColor": couleurs.filet}
        | {"tickColor": couleurs.filet, "titleFontWeight": 600, "titleFontSize": 12},
        "legend": {**texte, "aria": False, "titleFontWeight": 600},
        "title": {"anchor": "start", "color": couleurs.texte, "fontSize": 16, "fontWeight": 600},
        "text": {"color": couleurs.texte, "fontSize": 13},
        "bar": {"color": couleurs.exportations},
        "line": {"color": couleurs.exportations},
        "range": {"category": [couleurs.importations, couleurs.exportations]},
    }
