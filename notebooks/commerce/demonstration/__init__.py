"""D'où vient le jeu de démonstration ? D'ici : un jeu fictif, au format exact des douanes.

Rien n'y est réel, sauf les totaux de 2024 imprimés dans les fiches de l'ANCT
(`data/reference/demonstration_totaux.csv`), sur lesquels il est calé pour que toute la chaîne
puisse être comparée aux fiches. Le reste est tiré de tables de poids plausibles, écrites à la
main (`demonstration_territoires`, `demonstration_produits`, `demonstration_pays`).

Le jeu se refait à l'octet près sur toute machine (`tirage` dit comment), compression comprise
quand zlib est le même : d'un zlib à l'autre seul change le codage des membres, pas leur contenu.

    python -m commerce.demonstration                       refait data/demonstration
    python -m commerce.demonstration --taille reelle --vers DOSSIER --annees 2024
"""

import argparse
import sys
import zipfile
from pathlib import Path

import pandas as pd

from commerce import ErreurDonnees, chemins
from commerce.demonstration import tirage
from commerce.demonstration.tirage import ANNEES, FLUX, GRAINE, LIGNES
from commerce.references import table as lire

# Le commentaire du zip suit le fichier partout : un jeu fictif égaré reste reconnaissable.
MENTION = "Données de démonstration, fictives"
# Les douanes ont nommé leurs fichiers de plusieurs façons : chaque année en montre une.
NOMS = {
    2022: ("Region_{a}_{f}.zip", "Region_{a}_{f}.txt"),
    2023: ("Regional-{a}-{m}.zip", "Regional-{a}-{m}/Region_{a}_{f}.txt"),
    2024: ("Regional_{a}_{f}.zip", "Regional_{a}_{f}.txt"),
}
DATE_ZIP = (2025, 2, 7, 8, 0, 0)
# Codes dont les douanes ont changé le sens : ancien libellé, sa fin, le début du nouveau.
PAYS_ANCIENS = {
    "QU": ("Pays non déclarés", "199912", "201201"),
    "XK": ("Yougoslavie", "199212", "200506"),
    "XS": ("Saba", "200505", "200506"),
}


def _libelles() -> dict[str, bytes]:
    """Les quatre tables de libellés que les douanes joignent aux données, pièges compris."""

    def table(lignes, encodage="utf-8") -> bytes:
        cites = [[f'"{c}"' if ";" in c else c for c in ligne] for ligne in lignes]
        return "".join(";".join(ligne) + "\r\n" for ligne in cites).encode(encodage)

    pays = []
    for code, nom in lire("pays")[["code", "nom"]].itertuples(index=False):
        ancien, fin, debut = PAYS_ANCIENS.get(code, ("", "", "190001"))
        pays += [(code, ancien, "190001", fin)] if ancien else []
        pays.append((code, nom, debut, "999912"))
    # Les douanes séparent parfois les parties d'un libellé d'un point-virgule, entre guillemets.
    a129 = [
        (code, nom.replace(", ", " ; ") if code[:3] == "C26" else nom, "200901", "999912")
        for code, nom in lire("produits_a129")[["code", "libelle"]].itertuples(index=False)
    ]
    cpf4 = lire("produits_cpf4")[["code", "libelle"]].itertuples(index=False)
    lieux = pd.concat([lire("departements"), lire("hors_departements")])
    lieux = lieux.merge(lire("regions"), left_on="region", right_on="code", suffixes=("", "_r"))
    lieux = lieux.sort_values(["code_douanes_r", "code_douanes"])
    return {
        "Libelle_A129.txt": table(a129, "utf-8-sig"),
        "Libelle_CPF4_rev2.1.txt": table([(c, n, "201501", "999912") for c, n in cpf4], "cp1252"),
        "Libelle_PAYS.txt": table(pays),
        "Departement_region.txt": table(
            lieux[["code_douanes", "nom", "code_douanes_r", "nom_r"]].itertuples(index=False)
        ),
    }


def _texte(poids: tirage.Poids, annee: int, morceaux: list[tuple]) -> bytes:
    """Le fichier d'un flux et d'une année, trié par trimestre puis par département."""
    lettre = poids.flux[0].upper()
    blocs = []
    for trimestre in (1, 2, 3, 4):
        for territoire, cadre in morceaux:
            lignes = cadre[cadre["trimestre"] == trimestre]
            debut = f"{lettre};{trimestre};{annee};{territoire.code_douanes};"
            debut += f"{territoire.region_douanes};"
            blocs += [
                f"{debut}{poids.a129[p]};{poids.cpf4[p]};{poids.pays[c]};{valeur};{masse}\r\n"
                for p, c, valeur, masse in zip(
                    lignes["produit"].tolist(),
                    lignes["pays"].tolist(),
                    lignes["valeur"].tolist(),
                    lignes["masse"].tolist(),
                    strict=True,
                )
            ]
    return "".join(blocs).encode()


def _ecrire_zip(chemin: Path, membres: dict[str, bytes], niveau: int) -> None:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED, compresslevel=niveau) as archive:
        archive.comment = MENTION.encode()
        for nom, contenu in membres.items():
            fiche = zipfile.ZipInfo(nom, DATE_ZIP)
            fiche.create_system = 3
            fiche.external_attr = 0o100644 << 16
            archive.writestr(fiche, contenu, zipfile.ZIP_DEFLATED, niveau)


def construire(
    dossier: Path,
    graine: int = GRAINE,
    taille: str = "livree",
    annees: tuple[int, ...] = ANNEES,
) -> list[Path]:
    """Écrit le jeu fictif : un zip par flux et par année, rendus dans l'ordre d'écriture.

    `taille` vaut "livree" (environ 67 000 lignes par an) ou "reelle" (3,3 millions). Même graine,
    mêmes tables de `data/reference` : mêmes octets. Lève ErreurDonnees pour une taille ou une
    année hors du jeu.
    """
    if taille not in LIGNES:
        raise ErreurDonnees(f"Taille inconnue : {taille} ; choisir parmi {', '.join(LIGNES)}.")
    if hors := [annee for annee in annees if annee not in ANNEES]:
        raise ErreurDonnees(f"Année hors du jeu fictif : {hors[0]} ; choisir parmi {ANNEES}.")
    dossier = Path(dossier)
    dossier.mkdir(parents=True, exist_ok=True)
    cadre, libelles, ecrits = tirage.territoires(), _libelles(), []
    lieux = list(cadre.itertuples(index=False))
    for flux in FLUX:
        poids, nombres = tirage.lire_poids(flux), tirage.effectifs(cadre, flux, taille)
        choisis = [
            tirage.candidats(poids, t, graine, int(n)) for t, n in zip(lieux, nombres, strict=True)
        ]
        for annee in annees:
            morceaux = [
                (t, tirage.lignes_annee(poids, t, candidats, graine, annee, [int(n)] * 4))
                for t, n, candidats in zip(lieux, nombres, choisis, strict=True)
            ]
            noms = [n.format(a=annee, f=flux.capitalize(), m=flux) for n in NOMS[annee]]
            racine = noms[1].rpartition("/")[0]
            membres = {noms[1]: _texte(poids, annee, morceaux)}
            membres |= {f"{racine}/{n}" if racine else n: c for n, c in libelles.items()}
            _ecrire_zip(dossier / noms[0], membres, 9 if taille == "livree" else 6)
            ecrits.append(dossier / noms[0])
    return ecrits


def principal(arguments: list[str] | None = None) -> int:
    """Ligne de commande : refait le jeu livré, ou en écrit un de taille réelle ailleurs."""
    analyseur = argparse.ArgumentParser(
        prog="python -m commerce.demonstration",
        description="Construit le jeu de démonstration, fictif, au format des douanes.",
        add_help=False,
    )
    option = analyseur.add_argument
    option("-h", "--help", "--aide", action="help", help="montre cette aide et s'arrête")
    option("--vers", type=Path, metavar="DOSSIER", help="où écrire (défaut : data/demonstration)")
    option("--taille", choices=list(LIGNES), default="livree", help="celle du dépôt, ou la vraie")
    option(
        "--annees", type=int, nargs="+", default=list(ANNEES), metavar="ANNEE", help="2022 à 2024"
    )
    option("--graine", type=int, default=GRAINE, help="un autre nombre donne un autre tirage")
    options = analyseur.parse_args(arguments)
    livre = (options.taille, options.annees, options.graine) == ("livree", list(ANNEES), GRAINE)
    if options.vers is None and not livre:
        analyseur.error("ce jeu n'est pas celui qui est livré : dire où l'écrire avec --vers.")
    try:
        ecrits = construire(
            options.vers or chemins.DEMONSTRATION,
            options.graine,
            options.taille,
            tuple(options.annees),
        )
    except ErreurDonnees as erreur:
        print(erreur, file=sys.stderr)
        return 2
    for chemin in ecrits:
        print(f"{chemin} : {chemin.stat().st_size:,} octets".replace(",", " "))
    return 0


if __name__ == "__main__":
    sys.exit(principal())
