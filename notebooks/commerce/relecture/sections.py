"""Le reste de la relecture : ce qui a changé, ce qui a bougé, les phrases à lire d'un trait."""

import pandas as pd
from markupsafe import Markup

from commerce import formats
from commerce.figure import tableaux
from commerce.formats import NOM_DU_FLUX
from commerce.redaction import Texte, assembler, balise, enumerer, liste, mots, repli
from commerce.relecture.changements import ecarts
from commerce.relecture.fiches import etiquette, lien
from commerce.relecture.lecture import Relecture, phrase, valeur_ecrite
from commerce.relecture.mouvements import porteur

FICHES_NOMMEES = 12


def phrases_changees(relecture: Relecture, phrases: pd.DataFrame, montres: int = 100) -> Texte:
    """Chaque retouche une fois, la plus répandue d'abord. phrases : voir `changements.phrases`."""
    groupes = [groupe for _, groupe in phrases.groupby("cle")]
    dits = []
    groupes.sort(key=lambda groupe: -groupe["code"].nunique())
    for groupe in groupes[:montres]:
        premiere = groupe.iloc[0]
        texte = Markup("").join(
            Markup("{}").format(mis)
            if ote == mis
            else Markup("<del>{}</del><ins>{}</ins>").format(ote, mis)
            for ote, mis in ecarts(premiere["avant"], premiere["apres"])
        )
        codes = sorted(set(groupe["code"]))
        dits.append(texte + Markup("<br>") + _fiches(relecture, codes, premiere["ancre"]))
    if not dits:
        return _rien(relecture, "phrases")
    compte = phrase("phrases.compte", montres=len(dits), total=len(groupes))
    return assembler(balise("p", compte), liste(dits))


def _rien(relecture: Relecture, cle: str) -> Texte:
    return balise("p", phrase(f"{cle}.rien" if relecture.edition else "comparaison.aucune"))


def _fiches(relecture: Relecture, codes: list[str], ancre: str = "") -> Markup:
    """Les fiches d'une liste, comptées, et les premières liées."""
    dites = [lien(relecture, code, ancre=ancre) for code in codes[:FICHES_NOMMEES]]
    suite = "…" if len(codes) > len(dites) else ""
    effectif = formats.quantite(len(codes), *mots()["relecture"]["fiche"])
    return Markup("<small>{} : {}{}</small>").format(effectif, Markup(", ").join(dites), suite)


def _tableau(cle: str, rangees: list[list]) -> Texte:
    titre, tete = phrase(f"{cle}.titre"), mots()["relecture"][cle]["tete"]
    cadre = Markup('<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>')
    return Texte(cadre.format(titre, tableaux.ecrite(titre, tete, rangees)))


def nombres_changes(relecture: Relecture, nombres: pd.DataFrame, montres: int = 30) -> Texte:
    """Les indicateurs qui ont bougé depuis l'édition ; ce que des fiches partagent, une fois."""
    rangees, noms = [], mots()["relecture"]["nombres"]
    groupes = nombres.groupby(["indicateur", "flux", "avant", "apres"], sort=False)
    for (indicateur, flux, *valeurs), groupe in groupes:
        libelle = noms.get(indicateur, indicateur)
        rangees.append(
            [
                f"{libelle} {NOM_DU_FLUX.get(flux, flux)}".strip(),
                _fiches(relecture, list(groupe["code"])),
                *(valeur_ecrite(indicateur, valeur) for valeur in valeurs),
                formats.pourcentage(groupe["ecart_pct"].iloc[0], signe=True),
            ]
        )
    if not rangees:
        return _rien(relecture, "nombres")
    vus = phrase("nombres.compte", montres=min(montres, len(rangees)), total=len(rangees))
    return assembler(balise("p", vus), _tableau("nombres", rangees[:montres]))


def mouvements_annuels(
    relecture: Relecture,
    mouvements: pd.DataFrame,
    couples: dict[str, pd.DataFrame],
    montres: int = 20,
) -> Texte:
    """Les mouvements d'une année, les plus inhabituels d'abord, et ce qui fait la différence."""
    rangees = []
    for ligne in mouvements[mouvements["trimestre"] == 0].head(montres).itertuples():
        produit, pays, ecart_eur = porteur(couples[ligne.code], ligne.flux)
        rangees.append(
            [
                lien(relecture, ligne.code, ancre="evolution"),
                NOM_DU_FLUX[ligne.flux],
                formats.millions_court(ligne.precedent_eur),
                formats.millions_court(ligne.valeur_eur),
                formats.pourcentage(ligne.evolution_pct, signe=True),
                formats.nombre(ligne.fois, 1),
                phrase(
                    "mouvements.porteur",
                    produit=relecture.nom_du_produit(produit),
                    pays=relecture.nom_du_pays(pays),
                    ecart=formats.millions_signe(ecart_eur),
                ),
            ]
        )
    if not rangees:
        return balise("p", phrase("mouvements.rien"))
    return assembler(balise("p", phrase("mouvements.regle")), _tableau("mouvements", rangees))


def propres(relecture: Relecture, premiers: pd.DataFrame) -> dict[str, list[str]]:
    """Les entrées et sorties des dix premiers, dites pour chaque fiche. premiers : `mouvements`."""
    noms = {"pays": relecture.nom_du_pays, "produits": relecture.nom_du_produit}
    dits: dict[str, list[str]] = {}
    for ligne in premiers.itertuples():
        entres, sortis = (
            enumerer(list(map(noms[ligne.axe], codes))) or "–"
            for codes in (ligne.entres, ligne.sortis)
        )
        titre = phrase(f"premiers.{ligne.axe}_{ligne.flux}")
        dit = phrase("premiers.dit", titre=titre, entres=entres, sortis=sortis)
        dits.setdefault(ligne.code, []).append(dit)
    return dits


def alertes_par_sorte(relecture: Relecture, points: pd.DataFrame) -> Texte:
    """Chaque sorte d'alerte, la plus grave d'abord, et ses fiches avec leur valeur."""
    morceaux = []
    propres = points[points["code"] != ""].sort_values("gravite", ascending=False, kind="stable")
    for _, groupe in propres.groupby("sorte", sort=False):
        effectif = formats.quantite(groupe["code"].nunique(), *mots()["relecture"]["fiche"])
        premier = groupe.iloc[0]
        resume = etiquette(premier["gravite"]) + f"{premier['titre']} ({effectif})"
        dits = [
            lien(relecture, point.code, ancre=point.ancre) + Markup(" : {}").format(point.texte)
            for point in groupe.itertuples()
        ]
        morceaux.append(repli(resume, liste(dits)))
    return assembler(*morceaux) if morceaux else balise("p", phrase("aucune_alerte"))


def phrases_rares(relecture: Relecture, rares: pd.DataFrame) -> Texte:
    """Les variantes que peu de fiches emploient, avec un exemple. rares : voir `alertes.rares`."""
    dits = [
        Markup("{}<br>").format(ligne.exemple) + _fiches(relecture, ligne.codes, ligne.ancre)
        for ligne in rares.itertuples()
    ]
    return liste(dits) if dits else balise("p", phrase("rares.rien"))


def essentiels(relecture: Relecture) -> Texte:
    """« L'essentiel » de chaque fiche, à lire d'un trait."""
    titre = phrase("essentiels.section").replace("’", "'")
    dits = [
        lien(relecture, code) + Markup(" : {}").format(" ".join(dites))
        for code, page in relecture.pages.items()
        if (dites := page.section(titre))
    ]
    if not dits:
        return balise("p", phrase("essentiels.rien"))
    return repli(phrase("essentiels.resume", nombre=len(dits)), liste(dits))
