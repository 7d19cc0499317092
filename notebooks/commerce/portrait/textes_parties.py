"""Que disent les parties ajoutées à la fiche publiée ? Une fonction par partie, titre compris.

Chaque partie a un titre en forme de question, à l'ancre stable, puis les phrases de
`textes_portrait` et de ses voisins. Les légendes des figures sont ici ; leurs mots, dans
`textes_parties.toml`. Supprimer du notebook la cellule d'une partie ne change rien aux autres.
"""

import re

from markupsafe import Markup, escape

from commerce import references
from commerce.figure import tableaux
from commerce.formats import INSECABLE, typographie
from commerce.indicateurs import SENS
from commerce.portrait import glossaire as termes
from commerce.portrait import textes_alertes, textes_etats_unis, textes_portrait, textes_structure
from commerce.redaction import Texte, assembler, balise, phrase, phrases, region_confondue

DEFINITIONS = re.compile(r'<p class="definitions">[^<]*(.*?)\.?</p>\n?')
LIEN = re.compile(r"<a [^>]*>.*?</a>")
RENVOI = re.compile(r"\[([^\]]+)\]\(([a-z0-9-]+)\)")


def titre(fiche, partie: str) -> Texte:
    """Titre d'une partie, de niveau 3, et son ancre."""
    ancre = partie.replace("_", "-")
    return balise("h3", phrase(f"parties.titres.{partie}", fiche), ancre=ancre)


def legende(cle: str, fiche, **valeurs) -> Texte:
    """Une légende : texte échappé, où [mots](terme) devient un lien vers le glossaire."""
    modele = str(escape(phrase(f"parties.legendes.{cle}", fiche, **valeurs).strip()))
    return Texte(
        RENVOI.sub(
            lambda renvoi: (
                str(termes.lien(renvoi[2], Markup(renvoi[1])))
                if renvoi[2] in references.glossaire()
                else renvoi[0]
            ),
            modele,
        )
    )


def repli(resume: str, contenu: Markup, classe: str) -> Texte:
    """Un complément replié, que le lecteur ouvre s'il le veut."""
    return balise("details", Texte(balise("summary", resume) + contenu), classe)


def rassembler(*textes: Texte) -> Texte:
    """Les textes à la suite, leurs renvois au glossaire réunis en un seul paragraphe à la fin."""
    tout = assembler(*textes)
    liens = dict.fromkeys(
        lien for renvois in DEFINITIONS.findall(tout) for lien in LIEN.findall(renvois)
    )
    renvois = balise(
        "p", Texte(f"{typographie('Définitions : ')}{', '.join(liens)}"), "definitions"
    )
    return assembler(Texte(DEFINITIONS.sub("", tout)), renvois if liens else "")


# En-tête


def comparatif(fiche) -> Texte:
    """Les nombres à retenir à côté de ceux de la région et de la France, et les rangs."""
    seule = region_confondue(fiche)
    table = textes_portrait.chiffres_cles(fiche)
    espaces = {"departement": fiche.departement.nom, "france": "France"}
    if not seule:
        region = {"region": fiche.departement.region.nom}
        espaces = {"departement": espaces["departement"], **region, "france": "France"}
    cle = "parties.comparatif.titre_seul" if seule else "parties.comparatif.titre"
    contenu = tableaux.ecrite(
        phrase(cle, fiche),
        [phrase("parties.comparatif.indicateur", fiche), *espaces.values()],
        [_unite_au_titre(rangee) for rangee in table[["nom", *espaces]].to_numpy().tolist()],
    )
    rangs = balise("div", textes_portrait.rangs_du_territoire(fiche), "rangs")
    return balise("div", Texte(balise("div", Texte(contenu), "comparatif") + rangs), "reperes")


def _unite_au_titre(rangee: list[str]) -> list[str]:
    """Les millions d'euros se disent une fois, à côté du nom de l'indicateur."""
    nom, *valeurs = rangee
    unite = f"{INSECABLE}M€"
    if not any(valeur.endswith(unite) for valeur in valeurs):
        return rangee
    return [f"{nom} (M€)", *(valeur.removesuffix(unite) for valeur in valeurs)]


# Parties


def points_d_attention(fiche) -> Texte:
    """Ce qu'il faut savoir avant de lire les chiffres de ce territoire, et tous les seuils."""
    seuils = textes_alertes.tableau_des_seuils(fiche)
    table = tableaux.ecrite(
        phrase("parties.seuils.titre", fiche),
        phrases("parties.seuils.tete", fiche),
        seuils[["mesure", "seuil", "territoires", "pourquoi"]].to_numpy().tolist(),
    )
    return rassembler(
        titre(fiche, "points_d_attention"),
        textes_alertes.avertissements(fiche),
        repli(phrase("parties.seuils.resume", fiche), _defilant(table), "seuils"),
    )


def _defilant(table: Markup) -> Texte:
    legende = re.search(r"<caption>(.*?)</caption>", table)[1]
    return Texte(
        Markup('<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>').format(
            Markup(legende), table
        )
    )


def evolution_des_echanges(fiche) -> Texte:
    """Comment les échanges évoluent-ils ?"""
    return rassembler(
        titre(fiche, "evolution"),
        textes_portrait.evolution_annuelle(fiche),
        textes_portrait.derniers_trimestres(fiche),
    )


def zones_du_monde(fiche) -> Texte:
    """Dans quelles régions du monde sont les partenaires ?"""
    return rassembler(titre(fiche, "zones"), textes_structure.zones(fiche))


def concentration_des_echanges(fiche) -> Texte:
    """Les échanges tiennent-ils à peu de pays ou de produits ?"""
    parties = (textes_structure.concentration_des_flux(fiche, sens) for sens in SENS)
    return rassembler(titre(fiche, "concentration"), *parties)


def specialisation_du_territoire(fiche) -> Texte:
    """Qu'est-ce qui distingue les exportations du territoire ?"""
    profil = textes_structure.specialisation_du_territoire(fiche)
    voisins = textes_structure.ressemblances(fiche)
    # Trop petites, les exportations n'ont ni l'un ni l'autre : une fois suffit.
    voisins = "" if voisins in profil else voisins
    return rassembler(titre(fiche, "specialisation"), profil, voisins)


def ventes_aux_etats_unis(fiche) -> Texte:
    """Que pèsent les États-Unis, et que changerait un droit ?"""
    return rassembler(titre(fiche, "etats_unis"), textes_etats_unis.exposition_du_territoire(fiche))


def droits_de_douane(fiche) -> Texte:
    """Ce que changerait un droit, puis les droits connus, repliés."""
    resume = phrase("parties.droits.resume", fiche)
    return assembler(
        textes_etats_unis.scenario(fiche),
        repli(resume, textes_etats_unis.droits(fiche), "droits-connus"),
    )


def achats_concentres(fiche) -> Texte:
    """Quels achats viennent presque tous du même endroit ?"""
    return rassembler(
        titre(fiche, "approvisionnements"), textes_structure.approvisionnements_concentres(fiche)
    )


def glossaire(fiche) -> Texte:
    """Tous les termes définis, chacun à son ancre."""
    return assembler(titre(fiche, "glossaire"), termes.glossaire())
