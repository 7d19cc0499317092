"""Que disent les paragraphes d'une fiche ? Une fonction par paragraphe.

Les mots sont dans `textes.toml`, les nombres viennent d'`indicateurs`, écrits par `formats` ; ce
module choisit la variante et accorde. Chaque fonction rend un `Texte`, c'est-à-dire du HTML sûr :
tout ce qui vient des données y est échappé.
"""

import pandas as pd
from markupsafe import Markup, escape

from commerce import formats, indicateurs
from commerce.donnees import rapprochement
from commerce.formats import typographie
from commerce.indicateurs import AUTRES, Echelle, Sens
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    liste,
    majuscule,
    mots,
    paragraphes,
    phrase,
    phrases,
    region_confondue,
)

SEUIL_NON_CLASSES_PCT = 1
SEUIL_DECLARATION_EUR = 460_000
NOM_DU_FLUX = {"export": "exportations", "import": "importations"}
OPERATION = {"export": "exportation", "import": "importation"}


def flux_dans_l_ordre(fiche) -> list[Sens]:
    """Le plus grand des deux flux d'abord ; à égalité, les exportations."""
    return sorted(indicateurs.SENS, key=lambda sens: -indicateurs.total_eur(fiche.echanges, sens))


# En-tête


def titre(fiche) -> Texte:
    """Titre de la fiche, unique titre de premier niveau de la page."""
    mention = majuscule(f"{fiche.mention}.") if fiche.mention else ""
    return assembler(
        balise("p", phrase("serie", fiche), "surtitre"),
        balise("h1", phrase("titre", fiche), ancre="titre"),
        balise("p", phrase("sous_titre", fiche), "sous-titre"),
        balise("p", mention, "mention-demonstration") if mention else "",
    )


def chiffres_cles(fiche, base: pd.DataFrame) -> Texte:
    """Les quatre nombres à retenir : exportations, importations, solde, couverture."""
    cartes = []
    for sens in flux_dans_l_ordre(fiche):
        montant = formats.millions_court(indicateurs.valeur(base, "total_eur", sens))
        part = formats.part_france(indicateurs.valeur(base, "part_france_pct", sens))
        cartes.append((sens, majuscule(NOM_DU_FLUX[sens]), montant, f"{part} de la France"))
    solde = indicateurs.valeur(base, "solde_eur")
    signe = "positif" if solde > 0 else "negatif" if solde < 0 else "nul"
    sens_du_solde = {"positif": "▲ excédent", "negatif": "▼ déficit", "nul": "équilibre"}[signe]
    couverture = formats.pourcentage(indicateurs.valeur(base, "taux_couverture_pct"))
    cartes += [
        (signe, "Solde", formats.millions_signe(solde), sens_du_solde),
        ("couverture", "Taux de couverture", couverture, "exportations / importations"),
    ]
    return balise("dl", Texte("".join(_carte(*carte) for carte in cartes)), "chiffres-cles")


def _carte(classe: str, nom: str, montant: str, precision: str) -> Texte:
    contenu = balise("dt", nom) + balise("dd", montant, "valeur") + balise("dd", precision)
    return balise("div", contenu, f"chiffre {classe}")


def introduction(fiche) -> Texte:
    """Pourquoi cette fiche, et que contient-elle ?"""
    return paragraphes(phrases("introduction", fiche))


# Territoires d'industrie, contexte et méthode


def territoires_industrie(fiche) -> Texte:
    """De quels Territoires d'industrie s'agit-il ?

    Un territoire situé surtout ailleurs et de moins de cinq communes ici est laissé de côté, et
    l'intertitre le dit.
    """
    territoires = fiche.territoires_industrie
    variante = "intertitre_principaux" if territoires.retires else "intertitre"
    if territoires.retenus:
        contenu = liste(territoires.retenus, "territoires-industrie")
    else:
        absence = "aucun" if territoires.connus else "inconnus"
        contenu = balise("p", phrase(f"territoires_industrie.{absence}", fiche), "note")
    note = phrase("territoires_industrie.note_principaux", fiche)
    return assembler(
        balise(
            "h3",
            phrase(f"territoires_industrie.{variante}", fiche),
            ancre="territoires-industrie",
        ),
        contenu,
        balise("p", note, "note") if territoires.retires else "",
    )


def contexte(fiche) -> Texte:
    """Pourquoi regarder le commerce extérieur d'un territoire aujourd'hui ?"""
    return assembler(
        balise("h3", phrase("titre_contexte", fiche), ancre="contexte"),
        paragraphes(phrases("contexte", fiche)),
    )


def methode(fiche) -> Texte:
    """Que mesurent ces chiffres, et que ne disent-ils pas ?"""
    provisoire = phrase("methode.provisoire", fiche) if fiche.provisoire else ""
    return assembler(
        balise("h3", phrase("methode.titre", fiche), ancre="methode"),
        balise("p", phrase("methode.chapeau", fiche)),
        liste(precautions(fiche), "methode"),
        balise("p", phrase("methode.source", fiche, provisoire=provisoire)),
        paragraphes(face_au_total_officiel(fiche)),
        balise(
            "p",
            phrase("methode.demonstration", fiche, mention=fiche.mention),
            "mention-demonstration",
        )
        if fiche.mention
        else "",
    )


def face_au_total_officiel(fiche) -> list[str]:
    """En quoi le total de la France diffère-t-il du total officiel ? Rien s'il n'est pas connu."""
    totaux_eur = {
        sens: indicateurs.total_eur(fiche.echanges_france, sens) for sens in indicateurs.SENS
    }
    comparaison = rapprochement.comparaison(fiche.annee, totaux_eur)
    if comparaison.empty:
        return []
    constat = rapprochement.phrase(fiche.annee, comparaison)
    return [typographie(f"{constat} {rapprochement.RAISONS}")]


def precautions(fiche) -> list[str]:
    """Précautions de lecture, puis celles qui sont propres à ce territoire ou à sa région."""
    seuil = f"{formats.nombre(SEUIL_DECLARATION_EUR)}{formats.INSECABLE}euros"
    propres = [
        phrase(f"methode.{echelle}.{code}", fiche)
        for echelle, code in (
            ("departement", fiche.departement.code),
            ("region", fiche.departement.region.code),
        )
        if code in mots()["methode"][echelle]
    ]
    return phrases("methode.precautions", fiche, seuil_declaration=seuil) + propres


# Soldes et activités


def _titre_des_deux_flux(cle: str, fiche) -> str:
    premier, second = flux_dans_l_ordre(fiche)
    return phrase(cle, fiche, premier=premier, second=second)


def titre_soldes(fiche) -> str:
    """Titre de la figure des soldes : le flux le plus grand est nommé d'abord."""
    return _titre_des_deux_flux("soldes.titre", fiche)


def soldes(fiche) -> Texte:
    """Ce que montre la figure des soldes."""
    return paragraphes([phrase("soldes.texte", fiche)])


def legende_soldes(fiche, soldes_par_pays: pd.DataFrame) -> Texte:
    """Comment lire la figure des soldes, exemple à l'appui."""
    if soldes_par_pays.empty:
        return Texte(escape(phrase("soldes.vide", fiche)))
    exemple = soldes_par_pays.iloc[0]
    lecture = phrase(
        "soldes.legende",
        fiche,
        pays=exemple["libelle"],
        importe=formats.millions_court(exemple["import_eur"]),
        exporte=formats.millions_court(exemple["export_eur"]),
        solde=formats.millions_signe(exemple["solde_eur"]),
    )
    return Texte(escape(lecture))


def titre_activites(fiche) -> str:
    """Titre de la figure des activités : le flux le plus grand est nommé d'abord."""
    return _titre_des_deux_flux("activites.titre", fiche)


def activites(fiche) -> Texte:
    """Ce que montre la figure des activités."""
    return paragraphes([phrase("activites.texte", fiche)])


def legende_activites(fiche, produits: pd.DataFrame) -> Texte:
    """Comment lire la figure des activités : le premier produit de chaque flux."""
    lectures = []
    for sens in flux_dans_l_ordre(fiche):
        du_flux = produits[produits["flux"] == sens]
        if du_flux.empty:
            lectures.append(phrase("activites.vide", fiche, operation=OPERATION[sens]))
            continue
        premier = du_flux.iloc[0]
        lectures.append(
            phrase(
                "activites.legende",
                fiche,
                flux=NOM_DU_FLUX[sens],
                produit=premier["libelle_court"],
                montant=formats.millions_court(premier["valeur_eur"]),
                part=formats.part(premier["part_pct"]),
            )
        )
    return Texte(escape(" ".join(lectures)))


# Flux produit x pays


def titre_flux(fiche, sens: Sens, echelle: Echelle = "departement") -> str:
    """Titre d'une figure de flux."""
    if echelle == "departement":
        return phrase(f"flux.titre_{sens}", fiche)
    lieu = "France entière" if echelle == "france" else fiche.departement.region.nom
    return phrase("flux.titre_compare", fiche, sens=sens, lieu=lieu)


def flux(fiche, sens: Sens) -> Texte:
    """Ce que montre la figure des flux d'un sens, et ce que pèsent les non classés."""
    couples = indicateurs.flux(fiche, sens)
    if couples.empty:
        return paragraphes([phrase("flux.vide", fiche, operation=OPERATION[sens])])
    choix = "dix_premiers" if AUTRES in {*couples["produit"], *couples["pays"]} else "tous_nommes"
    nombre = int(couples["principal"].sum())
    principaux = {0: "", 1: phrase("flux.un_principal", fiche)}.get(
        nombre, phrase("flux.principaux", fiche, nombre=formats.en_lettres(nombre))
    )
    rangs = formats.en_lettres(indicateurs.RANGS_AFFICHES)
    return assembler(
        balise(
            "p",
            phrase(
                f"flux.{sens}",
                fiche,
                selection=phrase(f"flux.{choix}", fiche, rangs=rangs),
                principaux=principaux,
            ),
        ),
        partenaires_non_classes(fiche, sens),
    )


def partenaires_non_classes(fiche, sens: Sens) -> Texte:
    """Que pèsent les partenaires qui ne sont pas des pays ? Rien à dire jusqu'à 1 %."""
    part = indicateurs.part_non_classee_pct(fiche, sens)
    if not part > SEUIL_NON_CLASSES_PCT:
        return Texte("")
    lecture = phrase("flux.non_classes", fiche, part=formats.part(part), flux=NOM_DU_FLUX[sens])
    return balise("p", lecture, "note")


def legende_flux(fiche, sens: Sens, couples: pd.DataFrame) -> Texte:
    """Comment lire une figure de flux : son plus grand flux nommé."""
    principaux = couples[couples["principal"]]
    if principaux.empty:
        return Texte(escape(phrase("flux.sans_principal", fiche)))
    premier = principaux.sort_values(
        ["valeur_eur", "produit", "pays"], ascending=[False, True, True]
    ).iloc[0]
    lecture = phrase(
        "flux.legende",
        fiche,
        produit=premier["libelle_court"],
        pays=premier["libelle_pays"],
        montant=formats.millions_court(premier["valeur_eur"]),
        part=formats.part(premier["part_pct"]),
        flux=NOM_DU_FLUX[sens],
    )
    return Texte(escape(lecture))


def total(fiche, sens: Sens, base: pd.DataFrame, echelle: Echelle = "departement") -> Texte:
    """« Total des exportations : 772,1 millions d'euros », puis les parts qu'il représente."""
    indicateur = "total_eur" if echelle == "departement" else f"total_{echelle}_eur"
    flux_nomme = NOM_DU_FLUX[sens]
    montant = formats.millions(indicateurs.valeur(base, indicateur, sens))
    ligne = balise("strong", phrase("flux.total", fiche, flux=flux_nomme, montant=montant))
    parts = _parts(fiche, sens, base) if echelle == "departement" else []
    return balise("div", balise("p", ligne) + (liste(parts) if parts else ""), "total")


def _parts(fiche, sens: Sens, base: pd.DataFrame) -> list[str]:
    part_region = formats.part(indicateurs.valeur(base, "part_region_pct", sens))
    part_france = formats.part_france(indicateurs.valeur(base, "part_france_pct", sens))
    de_la_region = phrase("flux.part_region", fiche, part=part_region, flux=NOM_DU_FLUX[sens])
    de_la_france = phrase("flux.part_france", fiche, part=part_france, flux=NOM_DU_FLUX[sens])
    return [de_la_france] if region_confondue(fiche) else [de_la_region, de_la_france]


def comparaison(fiche) -> Texte:
    """À quoi comparer les flux du département ?"""
    cle = "comparaison_confondue" if region_confondue(fiche) else "comparaison"
    return paragraphes([phrase(f"flux.{cle}", fiche)])


# Informations pratiques


def informations_pratiques(fiche) -> Texte:
    """Où en savoir plus, et à qui écrire ?"""
    liens = Texte("").join(
        Markup('<li><a href="{}">{}</a></li>').format(adresse, typographie(texte))
        for adresse, texte in mots()["informations"]["liens"].items()
    )
    return assembler(
        paragraphes([phrase("informations.texte", fiche)]), balise("ul", Texte(liens), "liens")
    )
