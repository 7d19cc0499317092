"""À quoi ressemblent les fiches ? Couleurs par rôle, police, configuration des graphiques.

Tout ce qu'une institution peut changer est dans `theme.toml`.
"""

import base64
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from commerce import ErreurDonnees, formats, identite

# Largeurs de dessin, en pixels : ordinateur et papier d'une part, téléphone d'autre part.
LARGE = 800
ETROIT = 380
SEUIL_ETROIT = 600
ATTENTE = ("Arial", "Liberation Sans", "Roboto", "Helvetica")
# Hauteur d'une ligne d'un texte de plusieurs lignes, dans un dessin.
INTERLIGNE_PX = 16
MARQUES = ("bar", "line", "area", "point", "circle", "square", "tick", "arc", "rect", "trail")
GRAISSES = {400: "", 600: " Bold"}
LOGOS = {".svg": "image/svg+xml", ".png": "image/png"}
CONTRASTE_TEXTE = 4.5
CONTRASTE_MARQUE = 3.0
PALETTE_MINIMALE = 8
_ICI = Path(__file__).resolve().parent
FICHIER = _ICI / "theme.toml"
STYLES = (_ICI / "figure" / "composants.css", _ICI / "figure" / "figures.css")


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
class Theme:
    """Le thème entier, tel que `theme.toml` l'écrit.

    palette : couleurs d'un graphique à plusieurs séries, celles des deux flux d'abord.
    """

    couleurs: Couleurs
    palette: tuple[str, ...]
    police: Police
    institution: identite.Institution
    edition: identite.Edition
    accessibilite: identite.Accessibilite
    mentions: identite.Mentions


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


def figer(contenu):
    """Les mêmes dictionnaires et listes, qu'aucune cellule ne peut retoucher pour la suivante.

    Ce qui est gardé d'une fiche à l'autre sous cette forme n'a pas à être relu pour chacune.
    """
    if isinstance(contenu, dict):
        return MappingProxyType({nom: figer(valeur) for nom, valeur in contenu.items()})
    return tuple(map(figer, contenu)) if isinstance(contenu, list) else contenu


def lire_toml(fichier: Path) -> Mapping:
    """Contenu figé d'un fichier TOML ; `ErreurDonnees` dit la ligne fautive et quoi faire."""
    try:
        texte = fichier.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as erreur:
        raise ErreurDonnees(f"{fichier.name} : illisible ; le remettre, en UTF-8.") from erreur
    try:
        return figer(tomllib.loads(texte))
    except tomllib.TOMLDecodeError as erreur:
        lieu = re.search(r"line (\d+), column (\d+)", str(erreur))
        ligne = int(lieu[1]) if lieu else texte.count("\n") + 1
        fautive = texte.splitlines()[ligne - 1].strip()[:60] if texte.strip() else ""
        raise ErreurDonnees(
            f"{fichier.name}, ligne {ligne} : « {fautive} » n'est pas du TOML ; fermer les "
            'guillemets, et écrire nom = "texte".'
        ) from erreur


def _ligne_de(fichier: Path, valeur: object) -> int:
    """Numéro de la ligne où cette valeur est écrite, 0 si elle ne l'est pas."""
    lignes = fichier.read_text(encoding="utf-8").splitlines()
    ecrites = (f'"{valeur}"', f"= {valeur}")
    rangs = (n for n, ligne in enumerate(lignes, 1) if any(e in ligne for e in ecrites))
    return next(rangs, 0)


def lire(fichier: Path) -> Theme:
    """Lit et vérifie un thème ; `ErreurDonnees` nomme le rôle fautif et ce qu'il faut corriger."""
    contenu = lire_toml(fichier)
    couleurs = _section(Couleurs, contenu, "couleurs")
    palette = contenu.get("graphiques", {}).get("palette", [])
    if len(palette) < PALETTE_MINIMALE:
        raise ErreurDonnees(
            f"theme.toml, section [graphiques] : palette a {len(palette)} couleurs, il en faut "
            f"{PALETTE_MINIMALE} au moins."
        )
    roles = {champ.name: getattr(couleurs, champ.name) for champ in fields(Couleurs)}
    for role, valeur in [*roles.items(), *(("palette", couleur) for couleur in palette)]:
        if not re.fullmatch(r"#[0-9a-f]{6}", str(valeur)):
            raise ErreurDonnees(
                f"theme.toml, ligne {_ligne_de(fichier, valeur)} : la couleur « {role} » vaut "
                f"« {valeur} » ; écrire #rrggbb en minuscules."
            )
    for couleur in palette:
        mesure = contraste(couleur, couleurs.fond)
        if mesure < CONTRASTE_MARQUE:
            raise ErreurDonnees(
                f"theme.toml, ligne {_ligne_de(fichier, couleur)} : {couleur} (palette) n'a qu'un "
                f"contraste de {formats.nombre(mesure, 1)} sur le fond ; il en faut "
                f"{formats.nombre(CONTRASTE_MARQUE, 0)} au moins pour une marque."
            )
    for role, valeur in roles.items():
        if role in ("fond", "filet", "surface"):
            continue
        mesure = contraste(valeur, couleurs.fond)
        if mesure < CONTRASTE_TEXTE:
            raise ErreurDonnees(
                f"theme.toml, ligne {_ligne_de(fichier, valeur)} : « {role} » ({valeur}) n'a qu'un "
                f"contraste de {formats.nombre(mesure, 1)} sur le fond ; il sert à du texte, "
                f"il en faut {formats.nombre(CONTRASTE_TEXTE, 1)} au moins."
            )
    police = _section(Police, contenu, "police")
    signe = {nom: _section(classe, contenu, nom) for nom, classe in identite.SECTIONS.items()}
    for valeur, remede in identite.defauts(**signe):
        raise ErreurDonnees(
            f"theme.toml, ligne {_ligne_de(fichier, valeur)} : « {valeur} » {remede}"
        )
    institution = signe["institution"]
    logo = fichier.parent / institution.logo
    if institution.logo and (logo.suffix not in LOGOS or not logo.is_file()):
        raise ErreurDonnees(
            f"theme.toml : le logo « {institution.logo} » n'est pas un fichier SVG ou PNG à côté "
            "de theme.toml ; l'y mettre, ou laisser logo vide."
        )
    if institution.logo and not institution.nom:
        raise ErreurDonnees("theme.toml : un logo demande le nom de l'institution ; écrire nom.")
    return Theme(couleurs, tuple(palette), police, **signe)


def theme() -> Theme:
    """Le thème en vigueur, celui de `theme.toml` ; relu dès que le fichier change."""
    return _theme(FICHIER, FICHIER.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _theme(fichier: Path, _date_ns: int) -> Theme:
    return lire(fichier)


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
    """Feuille de style de ce qu'affichent les cellules, la même dans JupyterLab et dans la page."""
    return "".join(style.read_text(encoding="utf-8") for style in STYLES)


def couleurs_des_flux(valeurs: Iterable[object]) -> dict[str, str]:
    """La couleur de chaque flux, si ces valeurs sont des noms de flux et rien d'autre ; sinon vide.

    « export », « Exportations », « import »… : toujours la même couleur, quel que soit le tri.
    """
    couleurs = {}
    for valeur in valeurs:
        nom = str(valeur).strip().casefold()
        role = next((role for role in ("export", "import") if nom.startswith(role)), "")
        if not role or nom.removeprefix(role) not in ("", "s", "ation", "ations"):
            return {}
        couleurs[str(valeur)] = getattr(theme().couleurs, f"{role}ations")
    return couleurs


def config_vega() -> dict:
    """Configuration Vega-Lite du thème : police, couleurs par rôle, textes, sans cadre superflu.

    Les marques ont un nom accessible ; les axes, légendes et textes n'en répètent pas.
    """
    couleurs, famille = theme().couleurs, theme().police.famille
    texte = {"labelColor": couleurs.texte, "titleColor": couleurs.texte, "labelFontSize": 13.5}
    titres = {"titleFontWeight": 600, "titleFontSize": 12}
    muet = {"aria": False}
    palette = theme().palette
    fond, parts = couleurs.fond, (0.12, 0.45, 0.75, 1)
    degrade = [melange(couleurs.exportations, fond, part) for part in parts]
    opposes = [couleurs.negatif, melange(couleurs.negatif, fond, 0.35), couleurs.surface]
    opposes += [melange(couleurs.positif, fond, 0.35), couleurs.positif]
    return {
        "background": couleurs.fond,
        "font": famille,
        "padding": 0,
        "view": {"stroke": None},
        "aria": True,
        "axis": texte
        | titres
        | muet
        | {"gridColor": couleurs.filet, "domainColor": couleurs.filet, "tickColor": couleurs.filet},
        "legend": texte | titres | muet | {"symbolType": "square"},
        "header": texte | titres | muet | {"labelFontWeight": 600},
        "title": muet
        | {"anchor": "start", "color": couleurs.texte, "fontSize": 16, "fontWeight": 600}
        | {"subtitleColor": couleurs.texte_discret, "subtitleFontSize": 13},
        "text": muet | {"color": couleurs.texte, "fontSize": 13, "lineHeight": INTERLIGNE_PX},
        "rule": muet | {"color": couleurs.texte_discret},
        **{marque: {"color": couleurs.exportations} for marque in MARQUES},
        "boxplot": {"median": {"color": couleurs.fond}},
        "range": {
            "category": list(palette),
            "ordinal": degrade,
            "ramp": degrade,
            "heatmap": degrade,
            "diverging": opposes,
        },
    }


def est_etroit(largeur: float) -> bool:
    """La figure se dessine-t-elle pour une colonne étroite ?"""
    return largeur < SEUIL_ETROIT


def couleur_du_flux(sens: str) -> str:
    """Couleur du rôle « exportations » ou « importations »."""
    return {"import": theme().couleurs.importations, "export": theme().couleurs.exportations}[sens]
