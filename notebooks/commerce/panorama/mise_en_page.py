"""Comment se présente le panorama ? Chiffres clés, tableau filtrable ; les indicateurs : `vues`.

Le choix d'un indicateur et le filtre par région n'ont besoin d'aucun script ; le tri et la
recherche en ont un, sans lequel la page se lit entière.
"""

import re
from html import escape
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, indicateurs, notice
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX, sans_accent
from commerce.panorama import vues
from commerce.panorama.lecture import (
    PUBLIES,
    Panorama,
    cle_de_tri,
    couverture_des_fiches,
    phrase,
)
from commerce.redaction import Texte, assembler, balise, majuscule, mots

UNITES = {"export": "M€", "import": "M€", "solde": "M€", "couverture": "%"}
FLECHES = {"positif": "▲", "negatif": "▼", "nul": ""}


def style(vue: Panorama) -> notice.Habillage:
    """Apparence de la carte et du tableau, et règles qui font agir les filtres."""
    regles = _regles_des_filtres(vue) + vues.regles(vue)
    return notice.style(Path(__file__).with_name("panorama.css"), regles)


def script() -> notice.Habillage:
    """Tri des colonnes et recherche par nom ; sans lui, la page se lit entière."""
    return notice.script(Path(__file__).with_name("panorama.js"))


def entete(vue: Panorama) -> notice.Entete:
    """Titre de la page, mention, totaux de la France."""
    sous_titre = ", ".join([phrase("sous_titre"), *map(format, vue.annees)])
    sans_fiche = balise("p", phrase("sans_fiche"), "note")
    html = assembler(
        balise("p", notice.serie(), "surtitre"),
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", sous_titre, "sous-titre"),
        balise("p", vue.source, "mention-demonstration") if vue.mention else "",
        balise("p", vue.malgre, "mention-demonstration") if vue.malgre else "",
        chiffres_cles(vue) if len(vue.toutes_publiees) else sans_fiche,
    )
    dites, codes = (", ".join(map(ecrire, vue.annees)) for ecrire in (format, str))
    identite = notice.de_page(vue, phrase("titre"), dites, "index")
    return notice.Entete(str(html), identite | {"annee": codes})


def chiffres_cles(vue: Panorama) -> Texte:
    """Exportations, importations, solde et taux de couverture de la France entière."""
    exporte, importe = (vue.totaux[sens] for sens in indicateurs.SENS)
    solde, partout = exporte - importe, phrase("france_entiere")
    signe, ecrit = _signe(solde), formats.millions_signe(solde)
    couverture = formats.pourcentage(indicateurs.rapport_pct(exporte, importe))
    cartes = [
        ("import", majuscule(NOM_DU_FLUX["import"]), formats.millions_court(importe), partout),
        ("export", majuscule(NOM_DU_FLUX["export"]), formats.millions_court(exporte), partout),
        (signe, phrase("tableau.colonnes.solde"), ecrit, phrase(f"solde.{signe}")),
        ("", phrase("chiffres.couverture"), couverture, phrase("chiffres.rapport")),
    ]
    return balise("dl", Texte("".join(_chiffre(*carte) for carte in cartes)), "chiffres-cles")


def _chiffre(classe: str, nom: str, montant: str, precision: str) -> Texte:
    contenu = balise("dt", nom) + balise("dd", montant, "valeur") + balise("dd", precision)
    return balise("div", contenu, f"chiffre {classe}".strip())


def _signe(solde_eur: float) -> str:
    return "positif" if solde_eur > 0 else "negatif" if solde_eur < 0 else "nul"


# Tableau


def _regles_des_filtres(vue: Panorama) -> str:
    # Une région dont toutes les lignes sont écartées par un filtre perd aussi son intertitre.
    return "".join(
        f'.lot:has(#filtre-region option[value="{code}"]:checked) '
        f':is(tr[data-region]:not([data-region="{code}"]),'
        f'tbody:not(:has(tr[data-region="{code}"]))){{display:none}}'
        for code in dict.fromkeys(vue.fiches["region"])
    )


def filtres(regions: pd.DataFrame) -> Markup:
    """Liste de choix par région ; les règles de `style` la font agir."""
    options = [("", phrase("filtres.toutes_region"))]
    options += zip(regions["region"], regions["region_nom"], strict=True)
    return Markup('<div class="filtres" role="search" aria-label="{}">{}</div>').format(
        phrase("filtres.titre"),
        vues.liste_de_choix("filtre-region", phrase("filtres.region"), options),
    )


def tableau(vue: Panorama, regions: pd.DataFrame, territoires: pd.DataFrame | None = None) -> Texte:
    """Toutes les fiches, par région puis par nom, avec leurs totaux.

    regions : voir `par_region`, dans l'ordre à montrer. territoires : la liste des Territoires
    d'industrie (`territoires.lire`), dont le nom trouve alors leurs départements.
    """
    noms = {}
    if territoires is not None:
        noms = territoires.groupby("departement")["libelle"].agg(list).to_dict()
    titres = {cle: phrase(f"tableau.colonnes.{cle}") for cle in ("nom", *UNITES)}
    tete = Markup("").join(
        Markup('<th scope="col" class="{0}" data-cle="{0}">{1}</th>').format(
            cle, f"{titre} ({UNITES[cle]})" if cle in UNITES else titre
        )
        for cle, titre in titres.items()
    )
    groupes = Markup("").join(
        _groupe(region, vue.fiches[vue.fiches["region"] == region.region], noms)
        for region in regions.itertuples()
    )
    # Une apostrophe reste une apostrophe dans le texte d'un élément.
    legende = Markup(escape(phrase("tableau.legende"), quote=False))
    return Texte(
        Markup(
            '<div class="lot">{}<table class="fiches"><caption>{}</caption>'
            "<thead><tr>{}</tr></thead>{}</table></div>"
        ).format(filtres(regions), legende, tete, groupes)
    )


def _groupe(region, fiches: pd.DataFrame, noms: dict[str, list[str]]) -> Markup:
    rangs = sorted(fiches.itertuples(), key=lambda fiche: cle_de_tri(fiche.nom))
    nom, cherche = region.region_nom, ""
    if region.slug:
        nom = Markup('<a href="{}.html">{}</a>').format(region.slug, nom)
        cherche = mots_cherches(region.code, region.region_nom, "")
    intertitre = Markup(
        '<tr class="region" data-region="{}" data-fiche="{}"><th scope="rowgroup">{}</th>{}</tr>'
    ).format(region.region, cherche, nom, _montants(region))
    return Markup("<tbody>{}{}</tbody>\n").format(
        intertitre,
        Markup("").join(_rangee(fiche, noms.get(fiche.code, [])) for fiche in rangs),
    )


def _rangee(fiche, territoires: list[str]) -> Markup:
    nom = fiche.nom
    if fiche.statut in PUBLIES:
        nom = Markup('<a href="{}.html">{}</a>').format(fiche.slug, nom)
    return Markup(
        '<tr data-region="{}" data-cherche="{}"><th scope="row" class="nom" data-tri="{}">'
        '<span class="code">{}</span> {} <span class="sa-region">{}</span></th>{}</tr>{}'
    ).format(
        fiche.region,
        "|".join(
            [
                mots_cherches(fiche.code, fiche.nom, fiche.region_nom),
                *(sans_signe(nom) for nom in territoires),
            ]
        ),
        cle_de_tri(fiche.nom),
        fiche.code,
        nom,
        fiche.region_nom,
        _montants(fiche),
        _dit(fiche),
    )


def _dit(fiche) -> Markup:
    """La première phrase de la fiche, sur une ligne à elle, qui suit la sienne dans tout tri."""
    if not fiche.essentiel:
        return Markup("")
    return Markup('<tr class="dit" data-region="{}"><td colspan="{}">{}</td></tr>').format(
        fiche.region, 1 + len(UNITES), fiche.essentiel
    )


def mots_cherches(code: str, nom: str, region: str) -> str:
    """Les mots par où un territoire se trouve : code, nom et région sans accent ni tiret."""
    autres = mots()["panorama"]["autres_noms"].get(code, "")
    courant = code.lstrip("0")
    dits = sans_signe(" ".join([nom, region, autres]))
    return " ".join(dict.fromkeys([code.lower(), courant.lower(), *dits.split()]))


def sans_signe(texte: str) -> str:
    """Les mots d'un texte, sans accent ni tiret : ce à quoi une recherche se compare."""
    return re.sub(r"[^a-z0-9]+", " ", sans_accent(texte).replace("œ", "oe")).strip()


def _montants(ligne) -> Markup:
    """Les quatre cellules chiffrées d'une ligne ; un tiret sans fiche."""
    cellules = []
    for cle in UNITES:
        titre = phrase(f"tableau.colonnes.{cle}")
        genre = "pct" if cle == "couverture" else "eur"
        valeur = getattr(ligne, f"{cle}_{genre}")
        attributs = Markup('data-titre="{}" data-tri="{}"')
        if pd.isna(valeur):
            attributs, ecrit, signe = attributs.format(titre, ""), "–", ""
        else:
            attributs = attributs.format(titre, repr(float(valeur)))
            ecrit = _solde(valeur) if cle == "solde" else tableaux.nombre_lisible(valeur, genre)
            signe = f" {_signe(valeur)}" if cle == "solde" else ""
        cellules.append(Markup('<td class="{}{}" {}>{}</td>').format(cle, signe, attributs, ecrit))
    return Markup("").join(cellules)


def _solde(valeur: float) -> Markup:
    """Solde précédé de son signe et d'une flèche."""
    ecrit = formats.nombre(formats.en_millions(valeur), 1, signe=True)
    fleche = FLECHES[_signe(valeur)]
    return Markup('<span class="fleche" aria-hidden="true">{}</span> {}').format(fleche, ecrit)


def ensemble(vue: Panorama) -> Texte:
    """Les fiches font-elles le total national ?"""
    dit = couverture_des_fiches(vue)
    return balise("p", dit) if dit else Texte("")
