"""Comment lire les données d'une figure ? En tableau HTML et en CSV, à partir de son tableau.

Les montants du tableau sont en millions d'euros ; ceux des CSV en euros entiers. Un nombre écrit
avec une espace entre les milliers est donné sans elle aux synthèses vocales, qui le liraient en
deux nombres. Un libellé qui commence comme une formule reste du texte.
"""

import csv
import io
import re
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup, escape

from commerce import formats
from commerce.figure.disposition import propre
from commerce.formats import NOM_DU_FLUX
from commerce.indicateurs import sommes

BOM = "\ufeff"
DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r")
FORMULE = re.compile(r"(^|[;,]\s*)(?=[=+\-@])")


@dataclass(frozen=True)
class Colonne:
    """Titre français d'une colonne ; genre texte, eur, pct, decimal, entier, oui_non ou flux."""

    titre: str
    genre: str
    au_tableau: bool = True


COLONNES = {
    "flux": Colonne("Flux", "flux"),
    "produit": Colonne("Code du produit", "texte", au_tableau=False),
    "libelle_court": Colonne("Produit", "texte"),
    "pays": Colonne("Code du pays", "texte", au_tableau=False),
    "libelle_pays": Colonne("Pays", "texte"),
    "libelle": Colonne("Pays", "texte"),
    "import_eur": Colonne("Importations", "eur"),
    "export_eur": Colonne("Exportations", "eur"),
    "solde_eur": Colonne("Solde", "eur"),
    "valeur_eur": Colonne("Valeur", "eur"),
    "part_pct": Colonne("Part du flux", "pct"),
    "principal": Colonne("Flux principal", "oui_non", au_tableau=False),
    "annee": Colonne("Année", "texte"),
    "trimestre": Colonne("Trimestre", "texte"),
    "quatre_trimestres_eur": Colonne("Quatre trimestres", "eur"),
    "indice": Colonne("Indice", "decimal"),
    "indice_region": Colonne("Indice, région", "decimal"),
    "indice_france": Colonne("Indice, France", "decimal"),
    "provisoire": Colonne("Provisoire", "oui_non"),
    "rupture": Colonne("Changement d'enquête", "oui_non", au_tableau=False),
    "precedent_eur": Colonne("Année d'avant", "eur"),
    "contribution_points": Colonne("Contribution (points)", "decimal"),
    "zone": Colonne("Zone", "texte"),
    "part_region_pct": Colonne("Part, région", "pct"),
    "part_france_pct": Colonne("Part, France", "pct"),
    "balassa": Colonne("Rapport à la France", "decimal"),
    "symetrique": Colonne("Forme symétrique", "decimal", au_tableau=False),
    "nom": Colonne("Territoire", "texte"),
    "ressemblance_pct": Colonne("En commun", "pct"),
    "part_ventes_pct": Colonne("Part des ventes aux États-Unis", "pct"),
    "part_produit_pct": Colonne("Part du produit", "pct"),
    "part_produit_france_pct": Colonne("Part du produit, France", "pct"),
    "mesure": Colonne("Mesure", "texte"),
    "departement": Colonne("Territoire", "decimal"),
    "region": Colonne("Région", "decimal"),
    "france": Colonne("France", "decimal"),
    "regime": Colonne("Régime", "texte"),
    "supplement_points": Colonne("Hausse des droits (points)", "decimal"),
    "montant_eur": Colonne("Ventes concernées", "eur"),
    "effet_faible_pct": Colonne("Effet, borne faible", "pct"),
    "effet_fort_pct": Colonne("Effet, borne forte", "pct"),
    "effet_faible_eur": Colonne("Effet, borne faible", "eur"),
    "effet_fort_eur": Colonne("Effet, borne forte", "eur"),
    "fournisseur": Colonne("Premier fournisseur", "texte"),
    "part_pays_pct": Colonne("Part du premier fournisseur", "pct"),
    "part_hors_ue_pct": Colonne("Part hors UE", "pct"),
    "hhi": Colonne("Indice de concentration", "decimal"),
    "annees": Colonne("Années retenues", "texte"),
    "partenaire": Colonne("Partenaire", "texte"),
    "retenu": Colonne("Fichier retenu", "texte"),
    "ecarte": Colonne("Fichier écarté", "texte"),
    "raison": Colonne("Raison", "texte", au_tableau=False),
    "valeur_retenue_eur": Colonne("Valeur retenue", "eur"),
    "valeur_ecartee_eur": Colonne("Valeur écartée", "eur"),
    "ecart_eur": Colonne("Écart", "eur"),
    "ecart_pct": Colonne("Évolution", "pct"),
    "lignes": Colonne("Lignes", "entier"),
}


def colonnes_a_montrer(donnees: pd.DataFrame) -> dict[str, Colonne]:
    """Colonnes d'un tableau de figure qui ont un titre, sans doublon."""
    # Avec un libellé court, le libellé entier n'est qu'un doublon plus lourd.
    return {
        nom: COLONNES[nom]
        for nom in donnees.columns
        if nom in COLONNES and not (nom == "libelle" and "libelle_court" in donnees)
    }


def texte_sur(valeur: object) -> str:
    """Texte d'une cellule de CSV, qu'aucun tableur ne prend pour une formule.

    Un tableur réglé pour l'autre séparateur coupe le libellé : sa suite n'en est pas une non plus.
    """
    return FORMULE.sub(r"\1'", propre(valeur))


def _cellule(valeur: object, colonne: Colonne) -> Markup:
    if colonne.genre == "flux":
        return escape(NOM_DU_FLUX[valeur].capitalize())
    if colonne.genre == "texte":
        return escape(propre(valeur))
    if colonne.genre == "oui_non":
        return escape("oui" if valeur else "non")
    return nombre_lisible(valeur, colonne.genre)


def nombre_lisible(valeur: float, genre: str = "eur") -> Markup:
    """Nombre d'un tableau, en millions d'euros ou en %, et sa forme pour les synthèses vocales."""
    if pd.isna(valeur):
        return escape(formats.NON_SIGNIFICATIF)
    millions = formats.en_millions(valeur) if genre == "eur" else valeur
    ecrit = formats.nombre(millions, 0 if genre == "entier" else 1)
    if genre != "entier" and valeur and abs(millions) < 0.05:
        ecrit = "< 0,1" if valeur > 0 else f"{formats.MOINS}0,0"
    lu = ecrit.replace(formats.FINE, "").replace(formats.MOINS, "moins ")
    if lu == ecrit:
        return escape(ecrit)
    return Markup('<span aria-hidden="true">{}</span><span class="lu">{}</span>').format(ecrit, lu)


def _rangee(cellules: list[str], entetes: int = 1, portee: str = "row") -> str:
    return "".join(
        ["<tr>"]
        + [f'<th scope="{portee}">{cellule}</th>' for cellule in cellules[:entetes]]
        + [f"<td>{cellule}</td>" for cellule in cellules[entetes:]]
        + ["</tr>"]
    )


def _table(legende: str, tete: list[str], corps: list[str], pied: str = "") -> Markup:
    entetes = _rangee(tete, len(tete), "col")
    pied = f"<tfoot>{pied}</tfoot>" if pied else ""
    corps_entier = "\n".join(corps)
    return Markup(
        f"<table><caption>{escape(legende)}</caption><thead>{entetes}</thead>"
        f"<tbody>{corps_entier}</tbody>{pied}</table>"
    )


def _liste(donnees: pd.DataFrame, legende: str) -> Markup:
    colonnes = {nom: c for nom, c in colonnes_a_montrer(donnees).items() if c.au_tableau}
    textes = [nom for nom, c in colonnes.items() if c.genre in ("texte", "flux")]
    ordre = textes + [nom for nom in colonnes if nom not in textes]
    unites = {"eur": " (M€)", "pct": " (%)"}
    tete = [escape(colonnes[n].titre + unites.get(colonnes[n].genre, "")) for n in ordre]
    corps = [
        _rangee([_cellule(ligne[nom], colonnes[nom]) for nom in ordre], len(textes))
        for ligne in donnees.to_dict("records")
    ]
    return _table(legende, tete, corps)


def _croise(donnees: pd.DataFrame, legende: str) -> Markup:
    """Produits en lignes, pays en colonnes : douze lignes au lieu de cent vingt et une."""
    produits, pays, cases = {}, {}, {}
    for ligne in donnees.to_dict("records"):
        produits[ligne["produit"]] = escape(propre(ligne["libelle_court"]))
        pays[ligne["pays"]] = escape(propre(ligne["libelle_pays"]))
        cases[ligne["produit"], ligne["pays"]] = int(ligne["valeur_eur"]), ligne["principal"]
    par_produit, par_pays = sommes(donnees, "produit"), sommes(donnees, "pays")
    total = sum(par_produit.values())

    def case(produit: str, partenaire: str) -> str:
        valeur, principal = cases.get((produit, partenaire), (0, False))
        ecrit = nombre_lisible(valeur) if valeur else "–"
        return f"<strong>{ecrit}</strong>" if principal else ecrit

    def fin(montant: int) -> list[str]:
        return [nombre_lisible(montant), nombre_lisible(100 * montant / total, "pct")]

    corps = [
        _rangee([produits[produit], *(case(produit, code) for code in par_pays), *fin(montant)])
        for produit, montant in par_produit.items()
    ]
    tete = ["Produit", *(pays[code] for code in par_pays), "Total", "Part (%)"]
    pied = _rangee(["Total", *map(nombre_lisible, par_pays.values()), *fin(total)])
    return _table(legende, tete, corps, pied)


def table(donnees: pd.DataFrame, titre: str) -> Markup:
    """Tableau HTML accessible : titre, portée des en-têtes, tout échappé."""
    if "principal" in donnees and not donnees.empty:
        legende = f"{titre}. En millions d'euros ; flux principaux en gras ; – : aucun échange."
        return _croise(donnees, formats.typographie(legende))
    montants = any(colonne.genre == "eur" for colonne in colonnes_a_montrer(donnees).values())
    return _liste(donnees, f"{titre}. Montants en millions d'euros." if montants else f"{titre}.")


def ecrite(legende: str, tete: list[str], rangees: list[list[str]]) -> Markup:
    """Tableau HTML de textes déjà mis en forme ; la première cellule d'une rangée est son titre."""
    corps = [_rangee([_sure(cellule) for cellule in rangee]) for rangee in rangees]
    return _table(legende, [_sure(titre) for titre in tete], corps)


def _sure(cellule: object) -> Markup:
    """Le HTML déjà sûr tel quel, le reste échappé."""
    if isinstance(cellule, Markup):
        return Markup(cellule)
    return escape(formats.typographie(propre(cellule)))


def csv_simple(donnees: pd.DataFrame, jeu: str = "") -> str:
    """CSV pour un programme : virgule, point décimal, noms de colonnes, UTF-8 sans BOM."""
    colonnes = colonnes_a_montrer(donnees)
    tampon = io.StringIO()
    ecriture = csv.writer(tampon, lineterminator="\n")
    ecriture.writerow([*colonnes, *(["jeu"] if jeu else [])])
    for ligne in donnees.to_dict("records"):
        cellules = []
        for nom, colonne in colonnes.items():
            valeur = ligne[nom]
            if colonne.genre in ("texte", "flux"):
                valeur = texte_sur(valeur)
            elif pd.isna(valeur):
                valeur = ""
            elif colonne.genre in ("pct", "decimal"):
                valeur = round(valeur, 6)
            else:
                valeur = int(valeur)
            cellules.append(valeur)
        ecriture.writerow([*cellules, *([jeu] if jeu else [])])
    return tampon.getvalue()


def csv_excel(donnees: pd.DataFrame, titre: str, source: str) -> str:
    """CSV pour Excel en français : BOM, point-virgule, virgule décimale, puis titre et source."""
    colonnes = colonnes_a_montrer(donnees)
    unites = {"eur": " (euros)", "pct": " (%)"}
    tampon = io.StringIO()
    ecriture = csv.writer(tampon, delimiter=";", lineterminator="\n")
    ecriture.writerow([c.titre + unites.get(c.genre, "") for c in colonnes.values()])
    for ligne in donnees.to_dict("records"):
        cellules = []
        for nom, colonne in colonnes.items():
            valeur = ligne[nom]
            if colonne.genre == "flux":
                valeur = NOM_DU_FLUX[valeur].capitalize()
            elif colonne.genre == "texte":
                valeur = texte_sur(valeur)
            elif pd.isna(valeur):
                valeur = ""
            elif colonne.genre in ("pct", "decimal"):
                valeur = f"{valeur:.4f}".replace(".", ",")
            elif colonne.genre == "oui_non":
                valeur = "oui" if valeur else "non"
            else:
                valeur = int(valeur)
            cellules.append(valeur)
        ecriture.writerow(cellules)
    tampon.write("\n")
    ecriture.writerows([[texte_sur(titre)], [texte_sur(source)]])
    return BOM + tampon.getvalue()
