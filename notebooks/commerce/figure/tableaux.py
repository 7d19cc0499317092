"""Comment lire les données d'une figure ? En tableau HTML et en CSV, à partir de son tableau.

Les montants du tableau sont en millions d'euros ; ceux des CSV en euros entiers. Un nombre est
écrit une seule fois : un double caché entrerait dans ce que copie le lecteur. Un libellé qui
commence comme une formule reste du texte.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup, escape

from commerce import formats
from commerce.formats import NOM_DU_FLUX, propre
from commerce.indicateurs import sommes
from commerce.redaction import mots

BOM = "\ufeff"
DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r")
FORMULE = re.compile(r"(^|[;,]\s*)(?=[=+\-@])")


@dataclass(frozen=True)
class Colonne:
    """Titre français d'une colonne ; genre texte, eur, pct, decimal, entier, oui_non ou flux.

    absent : ce qui s'écrit là où il n'y a pas de nombre.
    """

    titre: str
    genre: str
    au_tableau: bool = True
    absent: str = formats.NON_SIGNIFICATIF


UNITES = {"eur": " (M€)", "pct": " (%)", "kg": " (kg)"}
AGREGATS = {
    "count": "Nombre de lignes",
    "sum": "Somme de {}",
    "mean": "Moyenne de {}",
    "average": "Moyenne de {}",
    "median": "Médiane de {}",
    "min": "Minimum de {}",
    "max": "Maximum de {}",
}
SUFFIXES = {"eur": "eur", "pct": "pct", "kg": "kg", "points": "decimal"}


def genre_du_nom(nom: str) -> str:
    """Genre que dit l'unité au bout d'un nom de colonne ; vide s'il n'en dit rien."""
    connue = mots()["colonnes"].get(nom)
    return connue["genre"] if connue else SUFFIXES.get(nom.rpartition("_")[2], "")


def titre(nom: str) -> str:
    """Titre français d'une colonne : le sien, sinon son nom sans unité ni tiret bas."""
    connue = mots()["colonnes"].get(nom)
    if connue:
        return connue["titre"]
    debut, _, fin = nom.rpartition("_")
    lisible = (debut if debut and fin in SUFFIXES else nom).replace("_", " ").strip()
    return lisible[:1].upper() + lisible[1:] or nom


def titre_de_champ(definition: dict) -> str:
    """Titre d'un canal Altair : son champ, son agrégat, son unité ; vide s'il n'en montre pas."""
    champ, agregat = definition.get("field"), definition.get("aggregate")
    if not isinstance(champ, str):
        return AGREGATS["count"] if agregat == "count" else ""
    genre = genre_du_nom(champ) if definition.get("type") == "quantitative" else ""
    lu = titre(champ)
    if isinstance(agregat, str):
        lu = AGREGATS.get(agregat, "{}").format(lu[:1].lower() + lu[1:])
    return lu + UNITES.get(genre, "")


def _colonne(nom: str, valeurs: pd.Series) -> Colonne:
    connue = mots()["colonnes"].get(nom)
    nombres = pd.api.types.is_numeric_dtype(valeurs)
    if connue:
        # Un code dans une colonne qui porte ailleurs des nombres (`region`) reste du texte.
        en_texte = not nombres and any(isinstance(valeur, str) for valeur in valeurs)
        numerique = connue["genre"] not in ("texte", "flux", "oui_non")
        return Colonne(**connue | ({"genre": "texte"} if numerique and en_texte else {}))
    if pd.api.types.is_bool_dtype(valeurs):
        genre = "oui_non"
    elif not nombres:
        genre = "texte"
    else:
        entiers = pd.api.types.is_integer_dtype(valeurs)
        genre = genre_du_nom(nom) or ("entier" if entiers else "decimal")
        # Une année n'a pas d'espace entre ses milliers.
        genre = "texte" if nom.startswith("annee") else genre
    return Colonne(titre(nom), genre)


def colonnes_a_montrer(donnees: pd.DataFrame, toutes: bool = False) -> dict[str, Colonne]:
    """Toutes les colonnes d'un tableau et leur titre ; celles que nul ne connaît comprises."""
    # Avec un libellé court, le libellé entier n'est qu'un doublon plus lourd.
    return {
        nom: _colonne(nom, donnees[nom])
        for nom in donnees.columns
        if toutes or not (nom == "libelle" and "libelle_court" in donnees)
    }


def titre_par_defaut(donnees: pd.DataFrame) -> str:
    """Titre d'un tableau qui n'en a pas : celui de ses premières colonnes."""
    noms = [colonne.titre for colonne in colonnes_a_montrer(donnees).values()][:4]
    return ", ".join([*noms[:1], *(nom[:1].lower() + nom[1:] for nom in noms[1:])]) or "Tableau"


def colonnes_de_classeur(donnees: pd.DataFrame) -> list[dict]:
    """Les colonnes d'un tableau pour un classeur : titre, genre, valeurs en types JSON."""
    colonnes = []
    for nom, colonne in colonnes_a_montrer(donnees).items():
        valeurs, genre = donnees[nom].tolist(), colonne.genre
        if genre == "flux":
            genre, valeurs = "texte", [_flux(valeur) for valeur in valeurs]
        elif genre == "oui_non":
            genre, valeurs = "texte", ["oui" if valeur else "non" for valeur in valeurs]
        elif genre == "texte":
            valeurs = [_texte(valeur) for valeur in valeurs]
        else:
            valeurs = [None if pd.isna(valeur) else valeur for valeur in valeurs]
        unite = {"eur": "euros", "pct": "%", "kg": "kg"}.get(genre)
        titre_ecrit = f"{colonne.titre} ({unite})" if unite else colonne.titre
        colonnes.append({"titre": titre_ecrit, "genre": genre, "valeurs": valeurs})
    return colonnes


def a_plat(donnees: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Le tableau d'un analyste, ses index en colonnes et les noms de celles-ci en texte."""
    table = donnees.to_frame() if isinstance(donnees, pd.Series) else donnees.copy(deep=False)
    table.columns = [
        " ".join(str(n) for n in nom if str(n)) if isinstance(nom, tuple) else str(nom)
        for nom in table.columns
    ]
    if not isinstance(table.index, pd.RangeIndex):
        noms = [
            str(nom) if nom is not None else f"niveau {i}"
            for i, nom in enumerate(table.index.names, 1)
        ]
        if table.index.nlevels == 1 and table.index.names[0] is None:
            noms = ["ligne"]
        table = table.rename_axis(index=noms).reset_index(allow_duplicates=True)
    return table.loc[:, ~table.columns.duplicated()]


def rangees(donnees: pd.DataFrame) -> list[dict]:
    """Les lignes d'un tableau, en types Python, par nom de colonne.

    `to_dict("records")` fait de même, huit fois plus lentement : un vingtième d'une fiche.
    """
    noms = list(donnees.columns)
    colonnes = [donnees[nom].tolist() for nom in noms]
    return [dict(zip(noms, ligne, strict=True)) for ligne in zip(*colonnes, strict=True)]


def texte_sur(valeur: object) -> str:
    """Texte d'une cellule de CSV, qu'aucun tableur ne prend pour une formule.

    Un tableur réglé pour l'autre séparateur coupe le libellé : sa suite n'en est pas une non plus.
    """
    return FORMULE.sub(r"\1'", propre(valeur))


def _flux(valeur: object) -> str:
    return NOM_DU_FLUX.get(valeur, propre(valeur)).capitalize()


def _texte(valeur: object) -> str:
    if isinstance(valeur, str):
        return propre(valeur)
    if isinstance(valeur, date):
        return valeur.strftime("%d/%m/%Y")
    return "" if pd.api.types.is_scalar(valeur) and pd.isna(valeur) else propre(valeur)


def _cellule(valeur: object, colonne: Colonne) -> Markup:
    if colonne.genre == "flux":
        return escape(_flux(valeur))
    if colonne.genre == "texte":
        return escape(_texte(valeur))
    if colonne.genre == "oui_non":
        return escape("oui" if valeur else "non")
    return escape(colonne.absent) if pd.isna(valeur) else nombre_lisible(valeur, colonne.genre)


def nombre_lisible(valeur: float, genre: str = "eur") -> Markup:
    """Nombre d'un tableau, en millions d'euros ou en %, écrit une fois : vu, lu, copié de même."""
    if pd.isna(valeur):
        return escape(formats.NON_SIGNIFICATIF)
    millions = formats.en_millions(valeur) if genre == "eur" else valeur
    entier = genre in ("entier", "kg")
    ecrit = formats.nombre(millions, 0 if entier else 1)
    if not entier and valeur and abs(millions) < 0.05:
        ecrit = "< 0,1" if valeur > 0 else f"{formats.MOINS}0,0"
    return escape(ecrit)


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


def _liste(donnees: pd.DataFrame, legende: str, toutes: bool) -> Markup:
    connues = colonnes_a_montrer(donnees, toutes)
    colonnes = {nom: c for nom, c in connues.items() if toutes or c.au_tableau}
    textes = [nom for nom, c in colonnes.items() if c.genre in ("texte", "flux")]
    ordre = textes + [nom for nom in colonnes if nom not in textes]
    tete = [escape(colonnes[n].titre + UNITES.get(colonnes[n].genre, "")) for n in ordre]
    corps = [
        _rangee([_cellule(ligne[nom], colonnes[nom]) for nom in ordre], len(textes))
        for ligne in rangees(donnees)
    ]
    return _table(legende, tete, corps)


def _croise(donnees: pd.DataFrame, legende: str) -> Markup:
    """Produits en lignes, pays en colonnes : douze lignes au lieu de cent vingt et une."""
    produits, pays, cases = {}, {}, {}
    for ligne in rangees(donnees):
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


CROISEES = {"produit", "libelle_court", "pays", "libelle_pays", "valeur_eur", "principal"}


def table(donnees: pd.DataFrame, titre: str, toutes: bool = False) -> Markup:
    """Tableau HTML accessible : titre, portée des en-têtes, tout échappé.

    toutes : même les codes, que les figures de la maison gardent pour leurs fichiers.
    """
    if not toutes and not donnees.empty and set(donnees.columns) >= CROISEES:
        legende = f"{titre}. En millions d'euros ; flux principaux en gras ; – : aucun échange."
        return _croise(donnees, formats.typographie(legende))
    montants = any(colonne.genre == "eur" for colonne in colonnes_a_montrer(donnees).values())
    legende = f"{titre}. Montants en millions d'euros." if montants else f"{titre}."
    return _liste(donnees, legende, toutes)


def ecrite(legende: str, tete: list[str], rangees: list[list[str]]) -> Markup:
    """Tableau HTML de textes déjà mis en forme ; la première cellule d'une rangée est son titre."""
    corps = [_rangee([_sure(cellule) for cellule in rangee]) for rangee in rangees]
    return _table(legende, [_sure(titre) for titre in tete], corps)


def _sure(cellule: object) -> Markup:
    """Le HTML déjà sûr tel quel, le reste échappé."""
    if isinstance(cellule, Markup):
        return Markup(cellule)
    return escape(formats.typographie(propre(cellule)))


def en_csv(donnees: pd.DataFrame, cles: dict[str, object], jeu: str = "") -> str:
    """CSV qu'un tableur français ouvre d'un clic et qu'un programme lit sans hésiter.

    UTF-8 avec BOM, point-virgule, virgule décimale ; une ligne de noms de colonnes, rien après le
    tableau. Euros entiers. `pandas.read_csv(..., sep=";", decimal=",")` le relit tel quel. cles :
    des colonnes de plus, en tête, de même valeur à chaque ligne (le territoire, l'année), sauf
    celles que le tableau a déjà.
    """
    colonnes = {nom: [valeur] * len(donnees) for nom, valeur in cles.items()}
    colonnes |= {
        nom: [_en_csv(valeur, colonne.genre) for valeur in donnees[nom].tolist()]
        for nom, colonne in colonnes_a_montrer(donnees).items()
    }
    if jeu:
        colonnes["jeu"] = [jeu] * len(donnees)
    tampon = io.StringIO()
    ecriture = csv.writer(tampon, delimiter=";", lineterminator="\n")
    ecriture.writerow(colonnes)
    ecriture.writerows(zip(*colonnes.values(), strict=True))
    return BOM + tampon.getvalue()


def _en_csv(valeur: object, genre: str) -> object:
    if genre in ("texte", "flux"):
        return texte_sur(_texte(valeur))
    if pd.isna(valeur):
        return ""
    if genre == "oui_non":
        return "oui" if valeur else "non"
    if genre in ("pct", "decimal"):
        return f"{valeur:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    return int(formats.arrondi(valeur))
