"""Comment se présente le panorama ? Chiffres clés, carte en tuiles, tableau filtrable.

Les filtres par région et par statut n'ont besoin d'aucun script ; le tri et la recherche par nom
en ont un, sans lequel la page se lit entière.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, indicateurs, notice, references, signature
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX, typographie
from commerce.panorama.lecture import (
    PUBLIES,
    STATUTS,
    Panorama,
    cle_de_tri,
    couverture_des_fiches,
    phrase,
)
from commerce.redaction import Texte, assembler, balise, liste, majuscule, mots

# Bornes des classes de la carte, en % : sous 100, le territoire importe plus qu'il n'exporte.
BORNES_PCT = (50, 80, 100, 125, 200)
UNITES = {"export": "M€", "import": "M€", "solde": "M€", "couverture": "%"}
FLECHES = {"positif": "▲", "negatif": "▼", "nul": ""}


@dataclass(frozen=True)
class Habillage:
    """Feuille de style ou script, que le gabarit range à sa place dans la page."""

    html: str
    place: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return {"text/html": self.html, "text/plain": self.place}, {"fiche": self.place}


def style(vue: Panorama) -> Habillage:
    """Apparence de la carte et du tableau, et règles qui font agir les filtres."""
    feuille = Path(__file__).with_name("panorama.css").read_text(encoding="utf-8")
    return Habillage(f"<style>{feuille}{_regles_des_filtres(vue)}</style>", "style")


def script() -> Habillage:
    """Tri des colonnes et recherche par nom ; sans lui, la page se lit entière."""
    texte = Path(__file__).with_name("panorama.js").read_text(encoding="utf-8")
    return Habillage(f"<script>{texte}</script>", "script")


def entete(vue: Panorama) -> notice.Entete:
    """Titre de la page, mention, totaux de la France."""
    sous_titre = ", ".join([phrase("sous_titre"), *map(str, vue.annees)])
    sans_fiche = balise("p", phrase("sans_fiche"), "note")
    html = assembler(
        balise("p", _serie(), "surtitre"),
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", sous_titre, "sous-titre"),
        balise("p", vue.source, "mention-demonstration") if vue.mention else "",
        chiffres_cles(vue) if len(vue.publiees) else sans_fiche,
    )
    return notice.Entete(str(html), _notice(vue))


def _serie() -> str:
    return typographie(mots()["entete"]["serie"])


def _notice(vue: Panorama) -> dict:
    """Ce que le lot retient de la page : même forme que la notice d'une fiche."""
    annees = ", ".join(map(str, vue.annees))
    titre = f"{phrase('titre')} ({annees})" if annees else phrase("titre")
    titre += f" - {_serie()}"
    titre = f"{titre} - {vue.mention}" if vue.mention else titre
    return {
        "code": "index",
        "slug": "index",
        "nom": phrase("titre"),
        "titre": titre,
        "annee": annees,
        "jeu": "demonstration" if "demonstration" in vue.jeux else "reelles",
        "mention": vue.mention,
        **signature.notice(titre, "index", vue.journal.get("sources", []), vue.source),
        "indicateurs": [],
        "alertes": [],
    }


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


# Carte en tuiles


def classe_de_couverture(couverture_pct: float) -> str:
    """Classe de couleur d'un taux de couverture, de `c0` à `c5` ; `vide` s'il est inconnu."""
    if pd.isna(couverture_pct):
        return "vide"
    return f"c{sum(couverture_pct >= borne for borne in BORNES_PCT)}"


def carte(vue: Panorama) -> Texte:
    """Où les exportations couvrent-elles les importations ? Une tuile par territoire."""
    places = references.tuiles()
    tuiles = [_tuile(ligne, *places.loc[ligne.code]) for ligne in vue.fiches.itertuples()]
    legende = [
        Markup('<li><span class="pastille c{}"></span>{}</li>').format(rang, typographie(libelle))
        for rang, libelle in enumerate(mots()["panorama"]["carte"]["classes"])
    ]
    return Texte(
        Markup(
            '<ul class="carte">{}</ul><p class="legende-titre">{}</p><ul class="legende">{}</ul>'
        ).format(Markup("".join(tuiles)), phrase("carte.legende"), Markup("".join(legende)))
    )


def _tuile(ligne, colonne: int, rang: int) -> Markup:
    taux = "" if pd.isna(ligne.couverture_pct) else formats.nombre(ligne.couverture_pct)
    detail = phrase("carte.couverture" if taux else "carte.sans_fiche", taux=taux)
    contenu = Markup(
        '<b aria-hidden="true">{}</b><span class="pour-lecteur-d-ecran">{}, {}</span>'
        '<i aria-hidden="true">{}</i>'
    ).format(ligne.code, ligne.nom, detail, taux)
    if ligne.statut in PUBLIES:
        contenu = Markup('<a href="{}.html" title="{}, {}">{}</a>').format(
            ligne.slug, ligne.nom, detail, contenu
        )
    return Markup('<li class="{}" style="grid-area:{}/{}">{}</li>').format(
        classe_de_couverture(ligne.couverture_pct), rang, colonne, contenu
    )


# Tableau


def _statuts(vue: Panorama) -> list[str]:
    presents = set(vue.fiches["statut"])
    return [statut for statut in STATUTS if statut in presents]


def _regles_des_filtres(vue: Panorama) -> str:
    valeurs = [("region", code) for code in dict.fromkeys(vue.fiches["region"])]
    valeurs += [("statut", statut) for statut in _statuts(vue)]
    # Une région dont toutes les lignes sont écartées par un filtre perd aussi son intertitre.
    return "".join(
        f'.lot:has(#filtre-{axe} option[value="{valeur}"]:checked) '
        f':is(tr[data-{axe}]:not([data-{axe}="{valeur}"]),'
        f'tbody:not(:has(tr[data-{axe}="{valeur}"]))){{display:none}}'
        for axe, valeur in valeurs
    )


def filtres(vue: Panorama, regions: pd.DataFrame) -> Markup:
    """Listes de choix par région et par statut ; les règles de `style` les font agir."""
    statuts = [(statut, STATUTS[statut]) for statut in _statuts(vue)]
    return Markup('<div class="filtres" role="search" aria-label="{}">{}{}</div>').format(
        phrase("filtres.titre"),
        _choix("region", zip(regions["region"], regions["region_nom"], strict=True)),
        _choix("statut", statuts),
    )


def _choix(axe: str, options: Iterable[tuple[str, str]]) -> Markup:
    option = Markup('<option value="{}">{}</option>')
    lignes = [("", phrase(f"filtres.toutes_{axe}")), *options]
    return Markup(
        '<p><label for="filtre-{0}">{1}</label><select id="filtre-{0}">{2}</select></p>'
    ).format(axe, phrase(f"filtres.{axe}"), Markup("").join(option.format(*o) for o in lignes))


def tableau(vue: Panorama, regions: pd.DataFrame) -> Texte:
    """Toutes les fiches, par région puis par nom, avec leurs totaux et leur statut.

    regions : voir `par_region`, dans l'ordre à montrer.
    """
    titres = {cle: phrase(f"tableau.colonnes.{cle}") for cle in ("nom", *UNITES, "statut")}
    tete = Markup("").join(
        Markup('<th scope="col" class="{0}" data-cle="{0}">{1}</th>').format(
            cle, f"{titre} ({UNITES[cle]})" if cle in UNITES else titre
        )
        for cle, titre in titres.items()
    )
    groupes = Markup("").join(
        _groupe(region, vue.fiches[vue.fiches["region"] == region.region])
        for region in regions.itertuples()
    )
    # Une apostrophe reste une apostrophe dans le texte d'un élément.
    legende = Markup(escape(phrase("tableau.legende"), quote=False))
    return Texte(
        Markup(
            '<div class="lot">{}<table class="fiches"><caption>{}</caption>'
            "<thead><tr>{}</tr></thead>{}</table></div>"
        ).format(filtres(vue, regions), legende, tete, groupes)
    )


def _groupe(region, fiches: pd.DataFrame) -> Markup:
    rangs = sorted(fiches.itertuples(), key=lambda fiche: cle_de_tri(fiche.nom))
    effectif = _quantite(region.fiches, "fiche")
    if region.fiches < region.territoires:
        effectif = phrase("tableau.fiches_sur", fiches=effectif, territoires=region.territoires)
    intertitre = Markup(
        '<tr class="region" data-region="{}"><th scope="rowgroup">{}</th>{}'
        '<td class="statut">{}</td></tr>'
    ).format(region.region, region.region_nom, _montants(region), effectif)
    return Markup("<tbody>{}{}</tbody>\n").format(
        intertitre, Markup("").join(_rangee(fiche) for fiche in rangs)
    )


def _quantite(nombre: int, nom: str) -> str:
    return formats.quantite(nombre, *mots()["panorama"]["tableau"][nom])


def _rangee(fiche) -> Markup:
    nom = fiche.nom
    if fiche.statut in PUBLIES:
        nom = Markup('<a href="{}.html">{}</a>').format(fiche.slug, nom)
    alertes = _quantite(len(fiche.alertes), "alerte") if fiche.alertes else ""
    return Markup(
        '<tr data-region="{}" data-statut="{}"><th scope="row" class="nom" data-tri="{}">'
        '<span class="code">{}</span> {} <span class="sa-region">{}</span></th>{}'
        '<td class="statut {}">{}{}</td></tr>'
    ).format(
        fiche.region,
        fiche.statut,
        cle_de_tri(fiche.nom),
        fiche.code,
        nom,
        fiche.region_nom,
        _montants(fiche),
        fiche.statut,
        STATUTS[fiche.statut],
        Markup(' <span class="alertes">{}</span>').format(alertes) if alertes else "",
    )


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


def points_a_verifier(points: list[str]) -> Texte:
    """Ce que le relecteur doit regarder avant de publier. points : voir `a_verifier`."""
    return liste(points, "a-verifier") if points else balise("p", phrase("a_verifier.rien"))


def ensemble(vue: Panorama) -> Texte:
    """Les fiches font-elles le total national ?"""
    dit = couverture_des_fiches(vue)
    return balise("p", dit) if dit else Texte("")
