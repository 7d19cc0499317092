"""Que pèsent les États-Unis, et que changerait un droit ? Une fonction par paragraphe ou titre.

Mêmes règles que `textes_portrait`. Les taux viennent de `droits_etats_unis.csv` ; sans taux sourcé,
les phrases parlent de paliers neutres et le disent.
"""

from datetime import date
from math import isnan

from commerce import formats, references
from commerce.donnees import reperes
from commerce.portrait import exposition, glossaire
from commerce.portrait.textes_portrait import PRODUITS_CITES, enumerer, rang_ecrit
from commerce.portrait.textes_structure import fois
from commerce.redaction import Texte, assembler, liste, majuscule, paragraphes, phrase
from commerce.references import seuil

# Au-dessous, un montant s'arrondit à 0,0 million.
MONTANT_CITE_EUR = 50_000


def exposition_du_territoire(fiche) -> Texte:
    """Que pèsent les États-Unis dans les exportations, et sur quels produits ?"""
    repere = reperes.de_la_fiche(fiche)
    mesure = exposition.exposition(fiche, repere)
    renvois = glossaire.renvois("etats-unis", "rang", "ns")
    if not mesure.montant_eur:
        return assembler(paragraphes([phrase("portrait.etats_unis.aucune", fiche)]), renvois)
    petit = mesure.montant_eur < MONTANT_CITE_EUR
    montant = formats.millions(mesure.montant_eur)
    montant = phrase("portrait.etats_unis.petit_montant", fiche) if petit else montant
    if isnan(mesure.part_pct):
        phrases = [phrase("portrait.etats_unis.montant", fiche, montant=montant)]
    else:
        phrases = [
            phrase(
                "portrait.etats_unis.part",
                fiche,
                part=formats.part(mesure.part_pct),
                montant=montant,
                part_france=formats.pourcentage(mesure.part_france_pct),
            ),
            phrase(
                "portrait.etats_unis.rapport",
                fiche,
                rapport=fois(mesure.rapport_france),
                rang=rang_ecrit(fiche, mesure.rang, nomme=True),
                univers=formats.nombre(mesure.rang.univers),
            ),
        ]
    cites = [
        phrase(
            "portrait.etats_unis.produit",
            fiche,
            produit=ligne.libelle_court,
            montant=formats.millions_court(ligne.valeur_eur),
            part=formats.part(ligne.part_pct),
        )
        for ligne in exposition.produits_de_la_fiche(fiche).head(PRODUITS_CITES).itertuples()
        if ligne.valeur_eur >= MONTANT_CITE_EUR
    ]
    if cites:
        phrases.append(phrase("portrait.etats_unis.produits", fiche, produits=enumerer(cites)))
    return assembler(paragraphes(phrases), renvois)


def scenario(fiche) -> Texte:
    """De combien les ventes aux États-Unis pourraient-elles baisser ? Un ordre de grandeur."""
    montants = exposition.produits_de_la_fiche(fiche).set_index("produit")["valeur_eur"]
    if montants.empty:
        return Texte("")
    if montants.sum() < seuil("petite_base_eur"):
        return paragraphes([phrase("portrait.etats_unis.scenario_petit", fiche)])
    essais = exposition.paliers(references.droits_etats_unis())
    table = exposition.scenario(montants, essais)
    neutre = not table["regime"].any()
    lignes = [_bornes(ligne) for ligne in table.to_dict("records")]
    if neutre:
        suite = [phrase("portrait.etats_unis.suite", fiche, **bornes) for bornes in lignes[1:]]
        phrases = [
            phrase("portrait.etats_unis.scenario", fiche, suite=" ; ".join(suite), **lignes[0])
        ]
    else:
        phrases = [
            phrase("portrait.etats_unis.scenario_regime", fiche, **bornes) for bornes in lignes
        ]
    faible, forte = (formats.nombre(elasticite) for elasticite in exposition.ELASTICITES)
    phrases.append(
        phrase(
            "portrait.etats_unis.hypotheses",
            fiche,
            elasticite_faible=faible,
            elasticite_forte=forte,
        )
    )
    if neutre:
        phrases.append(phrase("portrait.etats_unis.neutres", fiche))
    return assembler(paragraphes(phrases), glossaire.renvois("scenario"))


def _bornes(ligne: dict) -> dict[str, str]:
    """Les bornes d'un palier, écrites : des baisses, donc sans signe."""
    return {
        "regime": ligne["regime"],
        "points": _points(ligne["supplement_points"]),
        "montant": formats.millions(ligne["montant_eur"]),
        "faible": formats.pourcentage(abs(ligne["effet_faible_pct"])),
        "fort": formats.pourcentage(abs(ligne["effet_fort_pct"])),
        "faible_eur": formats.nombre(formats.en_millions(abs(ligne["effet_faible_eur"])), 1),
        "fort_eur": formats.millions(abs(ligne["effet_fort_eur"])),
    }


def _points(supplement: float) -> str:
    if supplement == int(supplement):
        return formats.quantite(int(supplement), "point")
    return formats.points(supplement).removeprefix("+")


def droits(fiche) -> Texte:
    """Quels droits américains sont connus, depuis quand, et d'après quoi ?"""
    elements = [_droit(fiche, ligne) for ligne in references.droits_etats_unis().to_dict("records")]
    return assembler(
        paragraphes([phrase("portrait.etats_unis.droits", fiche)]), liste(elements, "droits")
    )


def _droit(fiche, ligne: dict) -> str:
    if ligne["nature"] == "inconnu":
        return phrase(
            "portrait.etats_unis.droit_inconnu", fiche, quand=majuscule(ligne["perimetre"])
        )
    debut, fin = (jour(ligne[nom]) for nom in ("debut", "fin"))
    cle = "periode" if debut and fin else "periode_ouverte" if debut else "periode_inconnue"
    consulte = ""
    if ligne["consulte_le"]:
        consulte = phrase("portrait.etats_unis.consulte", fiche, date=jour(ligne["consulte_le"]))
    return phrase(
        "portrait.etats_unis.droit",
        fiche,
        regime=ligne["regime"],
        perimetre=ligne["perimetre"],
        periode=phrase(f"portrait.etats_unis.{cle}", fiche, debut=debut, fin=fin),
        fondement=majuscule(ligne["fondement"]),
        source=ligne["source"],
        consulte=consulte,
    )


def jour(iso: str) -> str:
    """« 2026-07-24 » -> « 24 juillet 2026 », « 1er septembre 2025 » ; vide si la date l'est."""
    if not iso:
        return ""
    le = date.fromisoformat(iso)
    mois = formats.LOCALE_VEGA["time"]["months"][le.month - 1]
    return f"{'1er' if le.day == 1 else le.day} {mois} {le.year}"


def titre_produits(fiche) -> str:
    """Titre de la figure des produits vendus aux États-Unis."""
    return phrase("portrait.etats_unis.titre_produits", fiche)


def titre_scenario(fiche) -> str:
    """Titre de la figure du scénario."""
    return phrase("portrait.etats_unis.titre_scenario", fiche)
