"""Produit les fiches : toutes, ou celles qu'on nomme. `python run_all.py --help` dit comment.

Les imports lourds sont dans les fonctions : chaque ouvrier du lot relit ce fichier en démarrant.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import commerce
import fabrique
from commerce import ErreurDonnees, chemins
from fabrique import ErreurLot

FIGURES = frozenset(
    {
        "soldes-par-pays",
        "activites",
        *("flux-export", "flux-export-region", "flux-export-france"),
        *("flux-import", "flux-import-region", "flux-import-france"),
    }
)
BIBLIOTHEQUES = (
    *("altair", "vl-convert-python", "pandas", "pyarrow", "squarify", "babel"),
    *("ipykernel", "ipython", "papermill", "nbclient", "nbconvert", "nbformat"),
    *("jinja2", "mistune", "markupsafe", "numpy", "fonttools", "xlsxwriter"),
)
# Modules dont aucune page ne dépend : y toucher ne refait rien. Ce que fait la démonstration est
# dans l'empreinte des données.
SANS_EFFET = frozenset(
    {"telechargement", "demonstration", "avancement.py", "bilan.py", "pdf.py", "terminal.py"}
)
# Les autres pages : un dossier ou un module, et sa section de mots.toml. Aucune fiche n'en dépend,
# un essai le vérifie : y toucher ne refait que ces pages-là.
AUTRES_PAGES = frozenset(
    {
        *("panorama", "comparaison", "releve", "relecture", "paquet.py", "declaration.py"),
        *("territoires", "changements.py", "avis.py", "edition.py"),
    }
)
MOTS = "mots.toml"
# Pages d'ensemble : nom de fichier, nom, carnet.
ANNEXES = (
    ("index", "Panorama national", "2_panorama_national"),
    ("donnees", "Données des fiches", "0_donnees"),
    ("comparer", "Comparer des territoires", "5_comparaison"),
    ("territoires-industrie", "Territoires d'industrie", "7_territoires_industrie"),
    ("accessibilite", "Accessibilité", "4_accessibilite"),
)
EXIGEES = {"donnees": frozenset({"figure-trimestres"})}
FILLES = {"territoires-industrie": "ti-"}
RELECTURE_OCTETS = 1_500_000
ATTENDUS = {
    "codes": "départements, ou régions (R76, RDROM) ; défaut : tous et toutes",
    "--region": "le code Insee d'une région, ou DROM",
    "--annee": "une année, 2024, ou le dernier de quatre trimestres, 2025T2",
    "--nomenclature": "A129 ou CPF4",
    "--source": "le dossier des fichiers des douanes",
    "--prepare": "où garder les données préparées (défaut : data/prepare, ou votre cache)",
    "--sortie": "le dossier des résultats (défaut : outputs)",
    "--travailleurs": "le nombre de processus (défaut : un par cœur)",
    "--depuis": "compare à cette édition, ou au dossier d'un autre passage",
    "--publier": "copie dans ce dossier les pages approuvées, sans rien exécuter",
    "--avis": "les avis des relecteurs (défaut : relecture.csv, dans le dossier des résultats)",
    "--delai": "le nombre de secondes permis par fiche (défaut : 120)",
}


class Aide(argparse.HelpFormatter):
    """Aide d'argparse, en français."""

    def add_usage(self, usage, actions, groups, prefix=None):
        """Ligne d'usage."""
        super().add_usage(usage, actions, groups, "Usage : ")


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Options de la ligne de commande ; `ErreurLot` si l'une est inconnue ou mal donnée."""
    analyse = argparse.ArgumentParser(
        prog="run_all.py",
        description="Produit les fiches du commerce extérieur, par département et par région, et "
        "leur index.",
        epilog="Code de retour : 0, tout est fait ; 1, une fiche ou un PDF manque ; 2, demande "
        "refusée ; 130, interrompu. Relancer la même commande reprend ce qui manque.",
        formatter_class=Aide,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    fiches = analyse.add_argument_group("quelles fiches")
    fiches.add_argument("codes", nargs="*", metavar="CODE", help=ATTENDUS["codes"])
    fiches.add_argument("--region", metavar="CODE", help=ATTENDUS["--region"])
    fiches.add_argument(
        "--sans-regions", action="store_true", help="les départements seuls, sans leurs régions"
    )
    fiches.add_argument(
        "--annee",
        default="0",
        help="une année, ou quatre trimestres par le dernier, 2025T2 ; défaut : la dernière année "
        "complète",
    )
    fiches.add_argument("--nomenclature", default="A129", choices=("A129", "CPF4"))
    fiches.add_argument("--source", type=_dossier, metavar="DOSSIER", help=ATTENDUS["--source"])
    fiches.add_argument(
        "--passer-outre",
        action="store_true",
        help="publie malgré un contrôle bloquant ; les pages et le journal le disent",
    )
    relire = analyse.add_argument_group("relire et publier")
    for nom in ("--depuis", "--publier"):
        relire.add_argument(nom, type=_dossier, metavar="DOSSIER", help=ATTENDUS[nom])
    relire.add_argument("--avis", type=_dossier, metavar="FICHIER", help=ATTENDUS["--avis"])
    relire.add_argument(
        "--partiel", action="store_true", help="publie même s'il manque des approbations"
    )
    passage = analyse.add_argument_group("comment")
    passage.add_argument(
        "--sortie",
        type=_dossier,
        default=chemins.SORTIE,
        metavar="DOSSIER",
        help=ATTENDUS["--sortie"],
    )
    passage.add_argument("--prepare", type=Path, metavar="DOSSIER", help=ATTENDUS["--prepare"])
    passage.add_argument(
        "--travailleurs", type=_positif, metavar="N", help=ATTENDUS["--travailleurs"]
    )
    passage.add_argument(
        "--delai", type=_positif, default=120, metavar="SECONDES", help=ATTENDUS["--delai"]
    )
    passage.add_argument("--forcer", action="store_true", help="relit et refait tout")
    passage.add_argument("--pdf", action="store_true", help="tire aussi les PDF et les résumés")
    passage.add_argument("--noyau-neuf", action="store_true", help="un noyau neuf par fiche")
    passage.add_argument("--simuler", action="store_true", help="dit ce qui serait fait, sans plus")
    passage.add_argument("-h", "--help", action="help", help="affiche cette aide")
    try:
        choix, inconnues = analyse.parse_known_args(arguments)
    except argparse.ArgumentError as erreur:
        attendu = ATTENDUS.get(erreur.argument_name, "une valeur")
        raise ErreurLot(
            f"Option {erreur.argument_name} : valeur absente ou refusée, il faut {attendu} ; "
            "voir run_all.py --help."
        ) from erreur
    if inconnues:
        raise ErreurLot(f"Option inconnue : {' '.join(inconnues)} ; voir run_all.py --help.")
    return choix


def _dossier(texte: str) -> Path:
    if not texte.strip():  # une variable vide dans un script ne désigne pas le dossier courant
        raise argparse.ArgumentTypeError(texte)
    return Path(texte)


def _positif(texte: str) -> int:
    if not texte.isdecimal() or not int(texte):
        raise argparse.ArgumentTypeError(texte)
    return int(texte)


def verifier_le_code() -> None:
    """Le code importé est-il celui qui entoure ce fichier ? `ErreurLot` s'il vient d'ailleurs.

    Un environnement installé pour un autre clone exécuterait le code de celui-là, et y écrirait.
    """
    ici = Path(__file__).resolve().parent
    for paquet in (commerce, fabrique):
        ailleurs = Path(paquet.__file__).resolve().parents[2]
        if ailleurs != ici:
            raise ErreurLot(
                f"Cet environnement Python exécute le code de {ailleurs}, pas celui de {ici} : lui "
                "en faire un, « python3 -m venv .venv && .venv/bin/pip install -r "
                "requirements.txt » dans ce dossier, et lancer .venv/bin/python run_all.py."
            )


def territoires(choix: argparse.Namespace) -> list:
    """Territoires demandés, chacun une fois : les codes donnés, puis la région et les siens."""
    from commerce import references

    for code in choix.codes:
        if phrase := references.avertissement_code(code):
            print(phrase, file=sys.stderr)
    demandes = [references.departement(code) for code in choix.codes]
    if choix.region:
        siens = references.departements_de_region(choix.region)
        demandes += siens
        if not choix.sans_regions:
            demandes.append(references.fiche_de_region(siens[0].region))
    toutes = references.departements() if choix.sans_regions else references.territoires()
    return list(dict.fromkeys(demandes)) or list(toutes.values())


def lot(choix: argparse.Namespace):
    """Lot à produire ; `ErreurDonnees` si un code, l'année ou les données sont refusés."""
    from commerce import commentaires, paquet, redaction, references, theme
    from commerce.annee import Annee
    from commerce.donnees import controles, integrite, preparation, rappels
    from commerce.donnees import fiche as donnees
    from fabrique.carnets import imports
    from fabrique.equipe import coeurs
    from fabrique.lot import Lot, Modele, Page, Reglages
    from fabrique.sortie import Sortie

    references.verifier()
    redaction.verifier()
    theme.theme()
    commentaires.verifier()
    demandes = territoires(choix)
    voulue = Annee.lire(choix.annee)
    dossier = preparation.preparer(
        choix.source,
        fin=voulue.fin,
        prepare=choix.prepare,
        forcer=choix.forcer and not choix.simuler,
        simuler=choix.simuler,
        dire=_dire,
    )
    prepare = donnees.ouvrir(dossier)
    if choix.simuler:  # là où elles seraient, pour dire vrai de ce qui serait refait
        dossier = preparation.destination(choix.prepare, dossier)
    annee = donnees.choisir_annee(prepare, voulue)
    derniere = prepare.annees()[-1]
    if not voulue and annee != derniere:
        _dire(f"Année {annee} : à {derniere} il manque {prepare.manques(derniere)}.")
    refus = controles.bloquants(prepare, annee)
    if refus and not choix.passer_outre:
        phrases = " ".join([*(c.phrase for c in refus), *controles.remedes(prepare, annee)])
        raise ErreurDonnees(
            f"Données refusées par les contrôles : {phrases} Voir 0_donnees.ipynb et corriger les "
            "fichiers, ou publier malgré tout avec --passer-outre : les pages le diront."
        )
    print(_annonce(choix, prepare, annee, len(demandes)))
    modele = chemins.NOTEBOOKS / "1_fiche_departement.ipynb"
    sortie = Sortie(choix.sortie.resolve())
    communs = {
        "annee": annee.valeur,
        "nomenclature": choix.nomenclature,
        "donnees": f"../data/prepare/{dossier.name}",
    }
    lieu = {"donnees": str(dossier.resolve())}
    # Vus du carnet exécuté, dans le dossier `notebooks` de la sortie.
    lus = {"donnees_indicateurs": "../donnees/indicateurs.csv", "journal": "../journal.json"}
    lieux = {"donnees_indicateurs": str(sortie.indicateurs), "journal": str(sortie.journal)} | lieu
    return Lot(
        pages=tuple(
            Page(
                *(d.code, d.slug, d.nom),
                {"departement": d.code, **communs},
                Modele(modele, figures_de(d)),
                lieu,
                pdf=choix.pdf,
                dependances={"commentaire": (commentaires.fichier(d.code),)},
            )
            for d in demandes
        ),
        annexes=(
            *(ensemble(*decrite, communs | lus, lieux) for decrite in ANNEXES),
            *comparees(choix, sortie, communs["donnees"], lieu),
        ),
        reglages=Reglages(
            sortie=sortie.racine,
            gabarits=chemins.NOTEBOOKS / "fabrique" / "gabarits",
            prechauffage=imports(modele),
            temoins=integrite.sommes(prepare.dossier),
            noyau_neuf=choix.noyau_neuf,
            delai_s=choix.delai,
        ),
        dependances=dependances(),
        empreintes={"mots": mots_des_fiches()},
        donnees=prepare.meta["empreinte"],
        bibliotheques=BIBLIOTHEQUES,
        joindre=partial(paquet.ecrire, dossier.resolve()),
        passage={
            "jeu": prepare.meta["jeu"],
            "sources": prepare.meta["sources"],
            "passe_outre": [controle.phrase for controle in refus],
            "options": {nom: _simple(valeur) for nom, valeur in vars(choix).items()},
        },
        travailleurs=choix.travailleurs or coeurs(),
        avertissements=rappels.tous(prepare, annee, refus, [d.code for d in demandes]),
        forcer=choix.forcer,
        pdf=choix.pdf,
    )


def ensemble(code: str, nom: str, carnet: str, valeurs: dict, lieux: dict):
    """Une page d'ensemble, avec les paramètres que déclare son carnet.

    Celle qui ne lit pas le journal n'est pas refaite quand une fiche change.
    """
    from fabrique.carnets import parametres_declares
    from fabrique.lot import Modele

    modele = Modele(chemins.NOTEBOOKS / f"{carnet}.ipynb", EXIGEES.get(code, frozenset()))
    noms = [cle for cle in valeurs if cle in parametres_declares(modele.carnet)]
    return _annexe(
        *(code, nom, {cle: valeurs[cle] for cle in noms}, modele),
        {cle: lieux[cle] for cle in noms if cle in lieux},
        filles=FILLES.get(code, ""),
        lit_le_lot="journal" in noms,
    )


def comparees(choix: argparse.Namespace, sortie, donnees: str, lieu: dict[str, str]) -> list:
    """Ce qui a changé, et la page des relecteurs, refaites si l'édition de comparaison change.

    `ErreurLot` si elle, ou les avis, ne se lisent pas.
    """
    from commerce import references
    from fabrique import avis, edition
    from fabrique.empreintes import sha256_fichier
    from fabrique.lot import Modele
    from fabrique.sortie import RELECTURE

    donnes = choix.avis or sortie.racine / "relecture.csv"
    avis.lire(donnes, references.territoires())
    # Le carnet exécuté ne dit ni où est l'édition, ni où sont les avis : leur empreinte suffit.
    parametres = {"donnees": donnees, "sortie": "..", "depuis": ""}
    lieux = {"sortie": str(sortie.racine), **lieu}
    if choix.depuis:
        parametres["depuis"] = edition.empreinte(choix.depuis)
        lieux["depuis"] = str(choix.depuis.resolve())
    changements = Modele(chemins.NOTEBOOKS / "6_changements.ipynb")
    relecture = Modele(
        chemins.NOTEBOOKS / "3_relecture.ipynb", poids_conseille_octets=RELECTURE_OCTETS
    )
    des_avis = {**parametres, "avis": sha256_fichier(donnes)}
    lieux_des_avis = {**lieux, "avis": str(donnes.resolve())}
    return [
        _annexe("changements", "Changements", parametres, changements, lieux),
        _annexe(RELECTURE, "Relecture", des_avis, relecture, lieux_des_avis),
    ]


def _annexe(slug: str, nom: str, parametres: dict, modele, lieux: dict[str, str], **suite):
    """Une page d'ensemble : elle dépend aussi du code des pages qui ne sont pas des fiches."""
    from fabrique.lot import Page

    return Page(slug, slug, nom, parametres, modele, lieux, dependances=autres_pages(), **suite)


def publier(choix: argparse.Namespace) -> str:
    """Publie les pages approuvées du dernier passage ; `ErreurLot` si cela ne se peut pas."""
    from commerce import references
    from fabrique import avis, edition
    from fabrique.sortie import Sortie

    sortie = Sortie(choix.sortie.resolve())
    donnes = avis.lire(choix.avis or sortie.racine / "relecture.csv", references.territoires())
    with sortie.reservee():
        return edition.publier(sortie, choix.publier, donnes, choix.partiel)


def dependances() -> dict[str, tuple[Path, ...]]:
    """Fichiers et dossiers dont toute page dépend, par nom de cause ; les mots sont à part."""
    code = tuple(c for c in _code() if c.name not in {*AUTRES_PAGES, MOTS})
    return {"code": code, "tables": (chemins.REFERENCE,)}


def autres_pages() -> dict[str, tuple[Path, ...]]:
    """Ce dont ne dépendent que les pages qui ne sont pas des fiches."""
    siens = tuple(c for c in _code() if c.name in {*AUTRES_PAGES, MOTS})
    return {"autres pages": (*siens, chemins.COMMENTAIRES)}


def mots_des_fiches() -> str:
    """Empreinte des mots que disent les fiches."""
    from commerce import redaction

    return redaction.empreinte({Path(nom).stem for nom in AUTRES_PAGES})


def _code() -> list[Path]:
    paquets = [Path(paquet.__file__).parent for paquet in (commerce, fabrique)]
    return sorted(c for paquet in paquets for c in paquet.iterdir() if c.name not in SANS_EFFET)


def figures_de(territoire) -> frozenset[str]:
    """Figures exigées d'une fiche ; ce qui est déjà sa région ne s'y compare pas deux fois."""
    if territoire.nom == territoire.region.nom:
        return frozenset(nom for nom in FIGURES if not nom.endswith("-region"))
    return FIGURES


def _dire(phrase: str) -> None:
    print(phrase, file=sys.stderr)


def _annonce(choix: argparse.Namespace, prepare, annee: int, nombre: int) -> str:
    """Première ligne du passage : quelles données, quelle année, combien de fiches."""
    genre = "de démonstration, fictives" if prepare.demonstration else "des douanes"
    habituel = chemins.DEMONSTRATION if prepare.meta["livre"] else chemins.SOURCE
    lieu = choix.source or habituel.relative_to(chemins.RACINE)
    fiches = f"{nombre} fiche{'s' if nombre > 1 else ''}"
    return f"Données {genre} ({lieu}), {annee}, nomenclature {choix.nomenclature} : {fiches}."


def _simple(valeur: object) -> object:
    return str(valeur) if isinstance(valeur, Path) else valeur


def executer(choix: argparse.Namespace) -> int:
    """Fait ce qui est demandé ; code de retour."""
    from commerce.donnees import integrite
    from fabrique import bilan, execution
    from fabrique.avancement import Avancement

    if choix.publier:
        print(publier(choix))
        return 0
    demande = lot(choix)
    if choix.simuler:
        bilan.afficher_plan(execution.planifier(demande))
        return 0
    debut_s = time.time()
    resultat = execution.lancer(demande, Avancement())
    if resultat.tout_refait and not (choix.codes or choix.region):
        # Chaque page vient d'employer les siens : les autres dessins sont d'un passage d'avant.
        integrite.balayer_dessins(Path(demande.pages[0].lieux["donnees"]), debut_s)
    bilan.afficher(resultat, demande)
    return bilan.code_retour(resultat)


def main(arguments: list[str] | None = None) -> int:
    """Ligne de commande : 0 tout est fait, 1 une fiche manque, 2 refus, 130 interruption."""
    dossiers = ()
    try:
        verifier_le_code()
        choix = options(arguments)
        dossiers = () if choix.simuler else (choix.sortie,)
        return executer(choix)
    except (ErreurDonnees, ErreurLot) as erreur:
        print(" ".join(str(erreur).splitlines()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrompu avant la première fiche : rien n'a été publié.", file=sys.stderr)
        return 130
    except Exception as erreur:
        from fabrique import systeme

        print(systeme.phrase_imprevue(erreur, dossiers), file=sys.stderr)
        return 1


if __name__ == "__main__":
    from commerce import formats
    from fabrique import terminal

    terminal.preparer(formats.INVISIBLES)
    sys.exit(main())
