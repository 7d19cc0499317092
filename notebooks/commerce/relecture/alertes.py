"""Que faut-il vérifier, et est-ce grave ? Une ligne par point, les données d'abord.

Ce qui vient des données est dit une fois, sans territoire. Un fait de méthode (Monaco, outre-mer,
Corse) n'est pas à vérifier. La gravité et la section visée de chaque sorte sont dans `mots.toml`,
section [relecture.sortes].
"""

import re
from collections.abc import Iterator

import pandas as pd

from commerce import commentaires, formats, references
from commerce.donnees import controles
from commerce.formats import NOM_DU_FLUX
from commerce.parties import attention_mesures
from commerce.redaction import mots
from commerce.relecture.lecture import Relecture, phrase, valeur_ecrite
from commerce.relecture.mouvements import FOIS_INHABITUEL

GRAVE = 3
VALEURS = ["indicateur", "flux", "valeur"]
DONNEES = "données"  # la cause, dans le journal
# L'article d'un nom, sous toutes ses formes : deux genres sur la même page se trahissent.
ARTICLES = {"le": "m", "du": "m", "au": "m", "la": "f", "les": "p", "des": "p", "aux": "p"}
FAUTES = re.compile(r"\b(?:[Dd]e les?|à les?|[Dd]u l'|[Ll][ae] l') ?[A-ZÉÈÎ][\w'-]+")
# Une variante que si peu de fiches emploient a peu été relue.
RARE_PCT = 5
MOTS_MIN = 4
ACCOLADE = re.compile(r"\{[^}]*\}")
AUTRES_PAGES = ("relecture", "releve", "panorama", "classeur", "colonnes")
ECRITURES = {
    "euros": lambda valeur: formats.millions_court(int(valeur)),
    "couples": lambda valeur: formats.nombre(int(valeur)),
    "fois": formats.fois,
    "%": formats.pourcentage,
}


def points(relecture: Relecture, mouvements: pd.DataFrame, decuples: pd.DataFrame) -> pd.DataFrame:
    """Tout ce qui est à vérifier, les données d'abord, puis par gravité et par ampleur.

    Colonnes code (vide pour les données), sorte, ancre, texte, ampleur, titre, gravite (3 grave, 2
    à vérifier, 1 à lire). mouvements, decuples : voir `mouvements`.
    """
    trouves = [
        *(("", sorte, "", dit, 0) for sorte, dit in _donnees(relecture)),
        *((c, "echec", "", e["erreur"], 0) for c, e in relecture.entrees.items() if e["erreur"]),
        *_commentaires(relecture),
        *_articles(relecture),
        *_decuples(relecture, decuples),
        *_inhabituels(mouvements),
        *_seuils(relecture),
    ]
    table = pd.DataFrame(trouves, columns=["code", "sorte", "ancre", "texte", "ampleur"])
    # Un seuil ajouté à la table sans un mot ici reste à lire, sous le nom de sa mesure.
    seuils = {nom: {"titre": mesure} for nom, mesure in references.seuils()["mesure"].items()}
    sortes = seuils | mots()["relecture"]["sortes"]
    for champ, defaut in (("titre", ""), ("gravite", 1), ("visee", "")):
        table[champ] = [sortes[sorte].get(champ, defaut) for sorte in table["sorte"]]
    table["ancre"] = table["ancre"].where(table["ancre"] != "", table.pop("visee"))
    ordre = {"propre": table["code"] != ""}
    cles = ["propre", "gravite", "ampleur", "code", "texte"]
    triee = table.assign(**ordre).sort_values(cles, ascending=[True, False, False, True, True])
    return triee.drop(columns="propre").reset_index(drop=True)


def _donnees(relecture: Relecture) -> Iterator[tuple[str, str]]:
    prepare, annee = relecture.prepare, relecture.annee
    yield from (("passe_outre", dit) for dit in relecture.passage.get("passe_outre", []))
    entrees = relecture.publiees.values()
    # Le même jeu, la même année, les mêmes fichiers : sinon les pages se contredisent.
    fonds = {(e["fiche"]["jeu"], e["fiche"]["annee"], e["causes"].get(DONNEES)) for e in entrees}
    if len(fonds) > 1:
        annees = ", ".join(sorted({str(annee) for _, annee, _ in fonds}))
        yield "melange", phrase("donnees.melange", annees=annees)
    if absents := len(references.departements().keys() - relecture.entrees.keys()):
        yield "absentes", phrase("donnees.absentes", nombre=absents)
    nommes = prepare.territoires_industrie()["departement"].nunique()
    if nommes < len(references.departements()) / 2:
        yield "liste_ti", phrase("donnees.liste_ti")
    for nom, codes in prepare.faits(annee)["codes_inconnus"].items():
        for code, fait in codes.items():
            montant = formats.millions(fait["valeur_eur"])
            yield "code_inconnu", phrase("donnees.code", code=code, table=nom, montant=montant)
    sans_date = [fichier["nom"] for fichier in prepare.meta["fichiers"] if not fichier["publie"]]
    if sans_date and not relecture.demonstration:
        yield "sans_date", phrase("donnees.sans_date", fichiers=", ".join(sans_date))
    manques = [c for c in controles.controler(prepare, annee) if not c.reussi and not c.bloquant]
    dits = [*controles.avertissements(prepare), *(controle.phrase for controle in manques)]
    yield from (("controle", dit) for dit in dict.fromkeys(dits))


def _commentaires(relecture: Relecture) -> Iterator[tuple]:
    """Un commentaire qui ne paraît plus : ce sur quoi il s'appuie a bougé."""
    for code, entree in relecture.publiees.items():
        if not (ecrit := commentaires.lire(code)):
            continue
        valeurs = pd.DataFrame(entree["fiche"]["indicateurs"], columns=VALEURS)
        table = commentaires.appuis(ecrit, entree["fiche"]["annee"], valeurs)
        if ecarts := [_appui(code, ligne) for ligne in table[~table["tient"]].itertuples()]:
            tolerance = formats.pourcentage(ecrit.tolerance_pct)
            dits = {"auteur": ecrit.auteur, "ecarts": " ; ".join(ecarts), "tolerance": tolerance}
            yield code, "commentaire", "", phrase("commentaire", **dits), 0


def _appui(code: str, ligne) -> str:
    """« Solde : 75,8 M€ à l'écriture, 61,2 M€ à présent »."""
    modele = mots()["classeur"]["indicateurs"].get(ligne.indicateur, mots()["relecture"]["annee"])
    region = references.departement(code).region.complement
    nom = modele.format(flux=NOM_DU_FLUX.get(ligne.flux, ligne.flux), region_complement=region)
    ecrits = (valeur_ecrite(ligne.indicateur, v) for v in (ligne.ecrite, ligne.valeur))
    return phrase("appui", nom=nom, **dict(zip(("ecrite", "valeur"), ecrits, strict=True)))


def _articles(relecture: Relecture) -> Iterator[tuple]:
    """Deux genres pour le nom du territoire, ou une contraction que le français n'a pas."""
    for code, page in relecture.pages.items():
        nom, formes, fautes = re.escape(references.departement(code).nom), {}, {}
        motif = re.compile(rf"\b({'|'.join(ARTICLES)}) {nom}(?![\w-])", re.IGNORECASE)
        for ancre, texte in page.phrases:
            for trouve in motif.finditer(texte):
                formes.setdefault(ARTICLES[trouve[1].lower()], []).append((ancre, trouve[0]))
            fautes.update({faute: ancre for faute in FAUTES.findall(texte)})
        if len(formes) > 1:
            # La forme la plus rare est sans doute la mauvaise : c'est elle que l'on va voir.
            rares = sorted(formes.values(), key=len)
            fautes[" / ".join(forme[0][1] for forme in rares)] = rares[0][0][0]
        for faute, ancre in fautes.items():
            yield code, "article", ancre, phrase("article", forme=faute), 0


def _decuples(relecture: Relecture, decuples: pd.DataFrame) -> Iterator[tuple]:
    for ligne in decuples.itertuples():
        dit = phrase(
            "decuple",
            produit=relecture.nom_du_produit(ligne.produit),
            pays=relecture.nom_du_pays(ligne.pays),
            flux=NOM_DU_FLUX[ligne.flux],
            trimestre=relecture.annee.trimestre(ligne.trimestre)[1],
            valeur=formats.millions_court(ligne.valeur_eur),
            mediane=formats.millions_court(ligne.mediane_eur),
            fois=formats.nombre(ligne.fois),
        )
        yield ligne.code, "decuple", f"flux-{ligne.flux}", dit, ligne.valeur_eur


def _inhabituels(mouvements: pd.DataFrame) -> Iterator[tuple]:
    """Les trimestres qui font au moins `FOIS_INHABITUEL` écarts usuels."""
    loin = mouvements[(mouvements["fois"] >= FOIS_INHABITUEL) & (mouvements["trimestre"] > 0)]
    for ligne in loin.itertuples():
        dit = phrase(
            "inhabituel",
            flux=NOM_DU_FLUX[ligne.flux],
            trimestre=ligne.trimestre,
            avant=formats.millions_court(ligne.precedent_eur),
            valeur=formats.millions_court(ligne.valeur_eur),
            evolution=formats.pourcentage(ligne.evolution_pct, signe=True),
            usuel=formats.pourcentage(ligne.usuel_pct),
        )
        yield ligne.code, "inhabituel", "", dit, ligne.valeur_eur


def _seuils(relecture: Relecture) -> Iterator[tuple]:
    """Les mesures qui passent leur seuil, une par fiche et par flux : la plus forte."""
    regles, passees = references.seuils(), attention_mesures.declenchees(relecture.reperes)
    passees = passees[passees["code"].isin(relecture.publiees)]
    passees = passees[~passees["alerte"].isin(attention_mesures.PRECISIONS)]
    fortes = passees.sort_values("valeur", ascending=False, kind="stable")
    for ligne in fortes.drop_duplicates(["code", "alerte", "flux"]).itertuples():
        mesure, valeur = regles.loc[ligne.alerte], ligne.valeur
        flux = f" ({NOM_DU_FLUX[ligne.flux]})" if ligne.flux else ""
        dit = f"{mesure['mesure']}{flux} : {ECRITURES[mesure['unite']](valeur)}"
        yield ligne.code, ligne.alerte, "", formats.typographie(dit), valeur


def rares(relecture: Relecture) -> pd.DataFrame:
    """Quelles variantes de phrases ne paraissent que sur peu de fiches ?

    Une ligne par phrase de `mots.toml` écrite sur une fiche au moins, et au plus `RARE_PCT` % ;
    colonnes cle, codes, ancre, exemple, de la plus rare à la moins rare. Vide pour un petit lot.
    """
    limite, lignes = len(relecture.pages) * RARE_PCT // 100, []
    entieres = {code: "\n".join(page.textes) for code, page in relecture.pages.items()}
    for cle, modele in _modeles(mots()) if limite else []:
        fragments = ACCOLADE.split(modele)
        codes = [c for c, page in entieres.items() if all(f in page for f in fragments)]
        motif, vus = re.compile(".+?".join(map(re.escape, fragments))), []
        for code in codes:
            for ancre, texte in relecture.pages[code].phrases:
                if all(f in texte for f in fragments) and motif.search(texte):
                    vus.append((code, ancre, texte))
                    break
        if 0 < len(vus) <= limite:
            lignes.append([cle, [code for code, _, _ in vus], *vus[0][1:]])
    lignes.sort(key=lambda ligne: (len(ligne[1]), ligne[0]))
    return pd.DataFrame(lignes, columns=["cle", "codes", "ancre", "exemple"])


def _modeles(arbre: dict, chemin: str = "") -> Iterator[tuple[str, str]]:
    """Les phrases de `mots.toml` que disent les fiches, assez longues pour être reconnues."""
    for nom, valeur in arbre.items():
        if isinstance(valeur, dict) and (chemin or nom not in AUTRES_PAGES):
            yield from _modeles(valeur, f"{chemin}{nom}.")
        for texte in valeur if isinstance(valeur, list) else [valeur]:
            if isinstance(texte, str) and len(ACCOLADE.sub("", texte).split()) >= MOTS_MIN:
                yield chemin + nom, " ".join(texte.split())
