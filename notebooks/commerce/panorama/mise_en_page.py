"""Comment se présente le panorama ? Chiffres clés, carte en tuiles, tableau filtrable.

Les filtres par région et par statut n'ont besoin d'aucun script ; le tri et la recherche par nom
en ont un, sans lequel la page se lit entière.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from commerce import formats, indicateurs, notice, references
from commerce.figure import tableaux
from commerce.formats import typographie
from commerce.panorama import lecture as panorama
from commerce.panorama.lecture import PUBLIES, STATUTS, Panorama
from commerce.redaction import Texte, assembler, balise, liste, majuscule

# Bornes des classes de la carte, en % : sous 100, le territoire importe plus qu'il n'exporte.
BORNES_PCT = (50, 80, 100, 125, 200)
LIBELLES_CLASSES = (
    "moins de 50 %",
    "50 à 80 %",
    "80 à 100 %",
    "100 à 125 %",
    "125 à 200 %",
    "200 % et plus",
)


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
    annees = ", ".join(map(str, vue.annees))
    sous_titre = f"Commerce extérieur des cent territoires{', ' + annees if annees else ''}"
    morceaux = [
        balise("p", typographie("Les indicateurs clés : commerce extérieur"), "surtitre"),
        Texte('<h1 id="titre">Panorama national</h1>'),
        balise("p", sous_titre, "sous-titre"),
        balise("p", majuscule(f"{vue.mention}."), "mention-demonstration") if vue.mention else "",
        chiffres_cles(vue)
        if len(vue.publiees)
        else balise("p", typographie(panorama.SANS_FICHE), "note"),
    ]
    return notice.Entete(str(assembler(*morceaux)), panorama.notice(vue))


def chiffres_cles(vue: Panorama) -> Texte:
    """Exportations, importations, solde et taux de couverture de la France entière."""
    exporte, importe = (vue.totaux[sens] for sens in indicateurs.SENS)
    solde = exporte - importe
    couverture = formats.pourcentage(indicateurs.rapport_pct(exporte, importe))
    cartes = [
        _chiffre("import", "Importations", formats.millions_court(importe), "France entière"),
        _chiffre("export", "Exportations", formats.millions_court(exporte), "France entière"),
        _chiffre(_signe(solde), "Solde", formats.millions_signe(solde), _sens(solde)),
        _chiffre("", "Taux de couverture", couverture, "exportations / importations"),
    ]
    return balise("dl", Texte("".join(cartes)), "chiffres-cles")


def _chiffre(classe: str, nom: str, montant: str, precision: str) -> Texte:
    contenu = balise("dt", nom) + balise("dd", montant, "valeur") + balise("dd", precision)
    return balise("div", contenu, f"chiffre {classe}".strip())


def _signe(solde_eur: float) -> str:
    return "positif" if solde_eur > 0 else "negatif" if solde_eur < 0 else "nul"


def _sens(solde_eur: float) -> str:
    return {"positif": "▲ excédent", "negatif": "▼ déficit", "nul": "équilibre"}[_signe(solde_eur)]


# Carte en tuiles


def classe_de_couverture(couverture_pct: float) -> str:
    """Classe de couleur d'un taux de couverture, de `c0` à `c5` ; `vide` s'il est inconnu."""
    if pd.isna(couverture_pct):
        return "vide"
    return f"c{sum(couverture_pct >= borne for borne in BORNES_PCT)}"


def carte(vue: Panorama) -> Texte:
    """Où les exportations couvrent-elles les importations ? Une tuile par territoire."""
    tuiles = references.tuiles()
    tuiles = [_tuile(ligne, *tuiles.loc[ligne.code]) for ligne in vue.fiches.itertuples()]
    legende = [
        Markup('<li><span class="pastille c{}"></span>{}</li>').format(rang, typographie(libelle))
        for rang, libelle in enumerate(LIBELLES_CLASSES)
    ]
    return Texte(
        Markup(
            '<ul class="carte">{}</ul><p class="legende-titre">Taux de couverture des importations '
            'par les exportations</p><ul class="legende">{}</ul>'
        ).format(Markup("".join(tuiles)), Markup("".join(legende)))
    )


def _tuile(ligne, colonne: int, rang: int) -> Markup:
    taux = "" if pd.isna(ligne.couverture_pct) else formats.nombre(ligne.couverture_pct)
    detail = f"taux de couverture {taux}{formats.INSECABLE}%" if taux else "pas de fiche"
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

TETE = (
    ("nom", "Territoire", ""),
    ("export", "Exportations", "M€"),
    ("import", "Importations", "M€"),
    ("solde", "Solde", "M€"),
    ("couverture", "Couverture", "%"),
    ("statut", "Statut", ""),
)


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


def filtres(vue: Panorama) -> Markup:
    """Listes de choix par région et par statut ; les règles de `style` les font agir."""
    regions = panorama.par_region(vue)
    statuts = [(statut, STATUTS[statut]) for statut in _statuts(vue)]
    return Markup(
        '<div class="filtres" role="search" aria-label="Filtrer les fiches">{}{}</div>'
    ).format(
        _choix("region", "Région", zip(regions["region"], regions["region_nom"], strict=True)),
        _choix("statut", "Statut", statuts),
    )


def _choix(axe: str, nom: str, options) -> Markup:
    toutes = "Toutes" if axe == "region" else "Tous"
    lignes = [Markup('<option value="">{}</option>').format(toutes)] + [
        Markup('<option value="{}">{}</option>').format(valeur, libelle)
        for valeur, libelle in options
    ]
    return Markup(
        '<p><label for="filtre-{0}">{1}</label><select id="filtre-{0}">{2}</select></p>'
    ).format(axe, nom, Markup("".join(lignes)))


def tableau(vue: Panorama) -> Texte:
    """Toutes les fiches, par région puis par nom, avec leurs totaux et leur statut."""
    tete = Markup("").join(
        Markup('<th scope="col" class="{0}" data-cle="{0}">{1}</th>').format(
            cle, f"{titre} ({unite})" if unite else titre
        )
        for cle, titre, unite in TETE
    )
    groupes = Markup("").join(
        _groupe(region, vue.fiches[vue.fiches["region"] == region.region])
        for region in panorama.par_region(vue).itertuples()
    )
    return Texte(
        Markup(
            '<div class="lot">{}<table class="fiches"><caption>Les fiches par région. Montants en '
            "millions d'euros\u202f; une région compte tous ses territoires.</caption>"
            "<thead><tr>{}</tr></thead>{}</table></div>"
        ).format(filtres(vue), tete, groupes)
    )


def _groupe(region, fiches: pd.DataFrame) -> Markup:
    rangs = sorted(fiches.itertuples(), key=lambda fiche: panorama.cle_de_tri(fiche.nom))
    effectif = formats.quantite(region.fiches, "fiche")
    if region.fiches < region.territoires:
        effectif += f" sur {region.territoires}"
    intertitre = Markup(
        '<tr class="region" data-region="{}"><th scope="rowgroup">{}</th>{}'
        '<td class="statut">{}</td></tr>'
    ).format(region.region, region.region_nom, _montants(region), effectif)
    return Markup("<tbody>{}{}</tbody>\n").format(
        intertitre, Markup("").join(_rangee(fiche) for fiche in rangs)
    )


def _rangee(fiche) -> Markup:
    nom = fiche.nom
    if fiche.statut in PUBLIES:
        nom = Markup('<a href="{}.html">{}</a>').format(fiche.slug, nom)
    alertes = formats.quantite(len(fiche.alertes), "alerte") if fiche.alertes else ""
    return Markup(
        '<tr data-region="{}" data-statut="{}"><th scope="row" class="nom" data-tri="{}">'
        '<span class="code">{}</span> {} <span class="sa-region">{}</span></th>{}'
        '<td class="statut {}">{}{}</td></tr>'
    ).format(
        fiche.region,
        fiche.statut,
        panorama.cle_de_tri(fiche.nom),
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
    for cle, titre, _ in TETE[1:5]:
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
    fleche = {"positif": "▲", "negatif": "▼", "nul": ""}[_signe(valeur)]
    lu = ecrit.replace(formats.FINE, "").replace(formats.MOINS, "moins ").replace("+", "plus ")
    return Markup(
        '<span aria-hidden="true"><span class="fleche">{}</span> {}</span>'
        '<span class="lu">{}</span>'
    ).format(fleche, ecrit, lu)


def points_a_verifier(vue: Panorama) -> Texte:
    """Ce que le relecteur doit regarder avant de publier."""
    points = [typographie(point) for point in panorama.a_verifier(vue)]
    if not points:
        return balise("p", "Aucun point à vérifier : toutes les fiches sont là, sans alerte.")
    return liste(points, "a-verifier")


def ensemble(vue: Panorama) -> Texte:
    """Les fiches font-elles le total national ?"""
    phrase = panorama.couverture_des_fiches(vue)
    return balise("p", typographie(phrase)) if phrase else Texte("")
