"""Comment emporter toutes les données d'une page ? Un classeur Excel, une feuille par tableau.

Mêmes données, mêmes octets : la date inscrite est la fin de l'année des données, et rien ne vient
de la machine. Les nombres ont toute leur précision ; le tableur leur donne l'écriture française.
Tout libellé est écrit comme texte, même s'il commence comme une formule.
"""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from numbers import Integral

import pandas as pd
import xlsxwriter
from markupsafe import Markup

from commerce import formats, planches, redaction, textes
from commerce.dessin.marques import NOM_DU_FLUX
from commerce.figure import Figure, tableaux
from commerce.figure.disposition import propre
from commerce.panorama.lecture import PUBLIES, STATUTS, Panorama

TYPE_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Le préfixe 40C est le français : un tableur réglé autrement garde nos séparateurs s'il le sait.
ENTIER, DECIMAL = "[$-40C]#,##0", "[$-40C]#,##0.00"
NOMBRES = {"eur": ENTIER, "kg": ENTIER, "entier": ENTIER, "pct": DECIMAL, "decimal": DECIMAL}
UNITES = {"eur": "euros", "pct": "%", "kg": "kg"}
LIGNE_DES_TITRES = 3
LONGUEUR_MAX = 32_767
LARGEUR_DES_NOMBRES, LARGEUR_MAX, LARGEUR_DES_PHRASES = 19, 45, 110
PAPIER_A4 = 9


@dataclass(frozen=True)
class Colonne:
    """Une colonne d'une feuille.

    genre : `texte`, `phrase` (texte qui va à la ligne), une clé de `NOMBRES`, ou tout autre mot
    pour un nombre écrit selon sa valeur, entière ou non.
    """

    titre: str
    genre: str
    valeurs: list


@dataclass(frozen=True)
class Feuille:
    """Un onglet : son titre, son tableau, et le nombre de colonnes qui restent à l'écran."""

    onglet: str
    identifiant: str
    titre: str
    colonnes: list[Colonne]
    figees: int = 0


# Une fiche


def telechargement(fiche, valeurs: pd.DataFrame) -> redaction.Texte:
    """Lien vers le classeur de la fiche, qui voyage dans la page.

    `valeurs` : indicateur, flux, valeur. À placer après les figures : le classeur a une feuille
    pour chacune de celles que le notebook a montrées.
    """
    contenu = de_la_fiche(fiche, valeurs)
    poids = formats.nombre(len(contenu) / 1000)
    libelle = redaction.phrase("classeur.telechargement", fiche, poids=poids)
    return _lien(f"fiche-{fiche.departement.slug}.xlsx", contenu, libelle)


def de_la_fiche(fiche, valeurs: pd.DataFrame) -> bytes:
    """Classeur d'une fiche : indicateurs, une feuille par figure montrée, méthode."""
    feuilles = [
        _indicateurs(fiche, valeurs),
        *map(_figure, planches.montrees(fiche)),
        _methode(
            _avec_mention(redaction.phrase("classeur.titre_methode", fiche), fiche.mention),
            [("Précaution", texte) for texte in textes.precautions(fiche)],
            fiche.source,
        ),
    ]
    titre = redaction.phrase("classeur.titre", fiche)
    return _octets(titre, feuilles, fiche.source, fiche.mention, fiche.annee)


def _figure(figure: Figure) -> Feuille:
    colonnes = [
        _colonne(colonne, figure.donnees[nom].tolist())
        for nom, colonne in tableaux.colonnes_a_montrer(figure.donnees).items()
    ]
    onglets = redaction.mots()["classeur"]["feuilles"]
    onglet = onglets.get(figure.identifiant, figure.identifiant.replace("-", " ").capitalize())
    return Feuille(onglet[:31], figure.identifiant, figure.titre, colonnes)


def _colonne(colonne: tableaux.Colonne, valeurs: list) -> Colonne:
    if colonne.genre == "flux":
        return Colonne(colonne.titre, "texte", [NOM_DU_FLUX[v].capitalize() for v in valeurs])
    if colonne.genre == "oui_non":
        return Colonne(colonne.titre, "texte", ["oui" if v else "non" for v in valeurs])
    unite = UNITES.get(colonne.genre)
    titre = f"{colonne.titre} ({unite})" if unite else colonne.titre
    return Colonne(titre, colonne.genre, valeurs)


def _indicateurs(fiche, valeurs: pd.DataFrame) -> Feuille:
    noms, flux = valeurs["indicateur"].tolist(), valeurs["flux"].tolist()
    region = fiche.departement.region.complement
    libelles = [_libelle(nom, sens, region) for nom, sens in zip(noms, flux, strict=True)]
    colonnes = [
        Colonne("Indicateur", "texte", noms),
        Colonne("Libellé", "texte", libelles),
        Colonne("Flux", "texte", flux),
        Colonne("Valeur", "nombre", valeurs["valeur"].tolist()),
        Colonne("Unité", "texte", [UNITES.get(nom.rpartition("_")[2], "") for nom in noms]),
    ]
    titre = _avec_mention(redaction.phrase("classeur.titre_indicateurs", fiche), fiche.mention)
    return Feuille("Indicateurs", "indicateurs", titre, colonnes)


def _libelle(indicateur: str, flux: str, region_complement: str) -> str:
    """« Total des exportations d'Occitanie » ; le nom de l'indicateur s'il n'a pas de libellé."""
    nom = indicateur.replace("_", " ").capitalize()
    modele = redaction.mots()["classeur"]["indicateurs"].get(indicateur, nom)
    return modele.format(flux=NOM_DU_FLUX.get(flux, flux), region_complement=region_complement)


# Le panorama


def telechargement_du_panorama(vue: Panorama) -> redaction.Texte:
    """Lien vers le classeur national, qui voyage dans la page."""
    contenu = du_panorama(vue)
    modele = redaction.mots()["classeur"]["panorama"]["telechargement"]
    libelle = formats.typographie(modele.format(poids=formats.nombre(len(contenu) / 1000)))
    return _lien("-".join(["panorama", *map(str, vue.annees)]) + ".xlsx", contenu, libelle)


def du_panorama(vue: Panorama) -> bytes:
    """Classeur national : une ligne par territoire, une colonne par indicateur ; méthode."""
    mots = redaction.mots()["classeur"]["panorama"]
    fiches = vue.fiches
    annees = ", ".join(map(str, vue.annees))
    titre = f"{mots['titre']}, {annees}" if annees else mots["titre"]
    large = vue.valeurs.pivot(index="code", columns=["indicateur", "flux"], values="valeur")
    large = large.reindex(index=fiches["code"], columns=_cles(vue.valeurs))
    colonnes = [
        Colonne("Code", "texte", fiches["code"].tolist()),
        Colonne("Territoire", "texte", fiches["nom"].tolist()),
        Colonne("Région", "texte", fiches["region_nom"].tolist()),
        Colonne("Année", "texte", fiches["annee"].fillna("").tolist()),
        Colonne("Fiche", "texte", [_etat(statut) for statut in fiches["statut"]]),
        *(_mesure(nom, sens, large[nom, sens].tolist()) for nom, sens in large.columns),
    ]
    territoires = Feuille(
        "Territoires", "territoires", _avec_mention(titre, vue.mention), colonnes, 2
    )
    mention = redaction.majuscule(f"{vue.mention}.")
    source = mention if vue.mention else formats.typographie(mots["source"])
    methode = _methode(
        _avec_mention(mots["titre_methode"], vue.mention), _precautions_nationales(), source
    )
    annee = vue.annees[-1] if vue.annees else 0
    return _octets(titre, [territoires, methode], source, vue.mention, annee)


def _etat(statut: str) -> str:
    """Exécutée ou reprise, une fiche publiée est la même : le classeur n'en dit pas plus."""
    return "Publiée" if statut in PUBLIES else STATUTS[statut]


def _cles(valeurs: pd.DataFrame) -> list[tuple[str, str]]:
    """Les indicateurs, dans l'ordre de leurs libellés ; ceux qui n'en ont pas, à la fin."""
    rangs = {nom: rang for rang, nom in enumerate(redaction.mots()["classeur"]["indicateurs"])}
    cles = set(zip(valeurs["indicateur"], valeurs["flux"], strict=True))
    return sorted(cles, key=lambda cle: (rangs.get(cle[0], len(rangs)), cle))


def _mesure(indicateur: str, flux: str, valeurs: list) -> Colonne:
    region = redaction.mots()["classeur"]["panorama"]["region"]
    genre = indicateur.rpartition("_")[2]
    titre = f"{_libelle(indicateur, flux, region)} ({UNITES.get(genre, genre)})"
    return Colonne(titre, genre, valeurs)


def _precautions_nationales() -> Iterable[tuple[str, str]]:
    mots = redaction.mots()["methode"]
    seuil = f"{formats.nombre(textes.SEUIL_DECLARATION_EUR)}{formats.INSECABLE}euros"
    propres = [*mots["departement"].values(), *mots["region"].values()]
    for texte in [*mots["precautions"], *propres]:
        yield "Précaution", formats.typographie(texte.format(seuil_declaration=seuil))


# Écriture


def _avec_mention(titre: str, mention: str) -> str:
    return f"{titre}\u00a0– {mention}" if mention else titre


def _methode(titre: str, precautions: Iterable[tuple[str, str]], source: str) -> Feuille:
    definitions = redaction.mots()["classeur"]["definitions"].items()
    lignes = [*precautions, ("Source", source), *definitions]
    colonnes = [
        Colonne("Rubrique", "texte", [rubrique for rubrique, _ in lignes]),
        Colonne("Texte", "phrase", [formats.typographie(texte) for _, texte in lignes]),
    ]
    return Feuille("Méthode", "methode", titre, colonnes)


@lru_cache(maxsize=1 << 14)
def _texte(valeur: object) -> str:
    return propre(valeur)[:LONGUEUR_MAX]


def _octets(titre: str, feuilles: list[Feuille], source: str, mention: str, annee: int) -> bytes:
    tampon = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(tampon, options) as classeur:
        classeur.set_properties(
            {
                "title": _avec_mention(titre, mention),
                "comments": source,
                "status": mention,
                "created": datetime(max(annee, 1980), 12, 31),
            }
        )
        classeur.set_custom_property("Language", "fr-FR")
        styles = {
            "titre": classeur.add_format({"bold": True, "font_size": 14}),
            "texte": None,
            "formule": classeur.add_format({"quote_prefix": True}),
            "entete": classeur.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "phrase": classeur.add_format({"text_wrap": True, "valign": "top"}),
            **{genre: classeur.add_format({"num_format": code}) for genre, code in NOMBRES.items()},
        }
        for feuille in feuilles:
            _ecrire(classeur.add_worksheet(feuille.onglet), feuille, source, styles)
    return tampon.getvalue()


def _ecrire(page, feuille: Feuille, source: str, styles: dict) -> None:
    page.write_string(0, 0, _texte(feuille.titre), styles["titre"])
    page.write_string(1, 0, _texte(source))
    premiere = LIGNE_DES_TITRES + 1
    for rang, colonne in enumerate(feuille.colonnes):
        ecrire = _ecrire_textes if colonne.genre in ("texte", "phrase") else _ecrire_nombres
        page.write_string(LIGNE_DES_TITRES, rang, colonne.titre, styles["entete"])
        largeur = ecrire(page, premiere, rang, colonne, styles)
        page.set_column(rang, rang, largeur)
    lignes = len(feuille.colonnes[0].valeurs)
    if lignes:
        page.add_table(
            *(LIGNE_DES_TITRES, 0, LIGNE_DES_TITRES + lignes, len(feuille.colonnes) - 1),
            {
                "name": feuille.identifiant.replace("-", "_"),
                "columns": [
                    {"header": colonne.titre, "header_format": styles["entete"]}
                    for colonne in feuille.colonnes
                ],
                "style": "Table Style Light 1",
            },
        )
    page.freeze_panes(premiere, feuille.figees)
    page.repeat_rows(LIGNE_DES_TITRES)
    page.set_landscape()
    page.set_paper(PAPIER_A4)
    page.fit_to_pages(1, 0)


def _ecrire_textes(page, ligne: int, rang: int, colonne: Colonne, styles: dict) -> int:
    largeur = len(colonne.titre) + 4
    for valeur in colonne.valeurs:
        texte = _texte(valeur)
        # Sans cette marque, retoucher la cellule dans le tableur en ferait une formule.
        danger = texte.startswith(tableaux.DEBUTS_DE_FORMULE)
        page.write_string(ligne, rang, texte, styles["formule" if danger else colonne.genre])
        largeur = max(largeur, len(texte) + 2)
        ligne += 1
    return LARGEUR_DES_PHRASES if colonne.genre == "phrase" else min(largeur, LARGEUR_MAX)


def _ecrire_nombres(page, ligne: int, rang: int, colonne: Colonne, styles: dict) -> int:
    for valeur in colonne.valeurs:
        if not pd.isna(valeur):
            selon_valeur = "entier" if isinstance(valeur, Integral) else "decimal"
            genre = colonne.genre if colonne.genre in NOMBRES else selon_valeur
            page.write_number(ligne, rang, valeur, styles[genre])
        ligne += 1
    return LARGEUR_DES_NOMBRES


def _lien(nom: str, contenu: bytes, libelle: str) -> redaction.Texte:
    """Le classeur dans un lien ; `data-fichier` le signale à qui voudra en faire un fichier."""
    return redaction.Texte(
        Markup(
            '<p class="classeur"><a data-fichier download="{}" href="data:{};base64,{}">{}</a></p>'
        ).format(nom, TYPE_MIME, base64.b64encode(contenu).decode(), libelle)
    )
