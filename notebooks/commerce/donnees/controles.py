"""Peut-on publier une année ? Contrôles de qualité, chacun dit en une phrase avec son résultat.

Un contrôle bloquant qui échoue arrête le lot. Les résultats sont gardés à la préparation.
"""

from dataclasses import asdict, dataclass

from commerce import formats
from commerce.donnees import completude
from commerce.donnees.prepare import NOMS_FLUX, Prepare

DOUBLONS_TOLERES_PCT = 1
NOMS_CODES = {
    "territoire": "département",
    "pays": "pays",
    "a129": "produit A129",
    "cpf4": "produit CPF4",
}
# Identifiant, intitulé et phrase de réussite, puis ce qui cherche les défauts.
COMPLETUDE = {
    (
        "effectifs",
        "Trimestres aussi fournis que leurs voisins",
        "Chaque trimestre a autant de lignes et de départements que ses voisins.",
    ): completude.trimestres_creux,
    (
        "total_officiel",
        "Total publié par la douane",
        "Aucun écart inhabituel avec le total officiel.",
    ): completude.ecarts_officiels,
    (
        "revisions",
        "Révisions sans perte",
        "Aucun fichier n'en remplace un autre bien plus fourni.",
    ): completude.revisions_perdantes,
}


@dataclass(frozen=True)
class Controle:
    """Un contrôle fait : ce qu'il vérifie, la phrase du résultat, s'il bloque, s'il est réussi."""

    identifiant: str
    intitule: str
    phrase: str
    bloquant: bool
    reussi: bool

    def en_dictionnaire(self) -> dict:
        """Le contrôle, prêt pour `meta.json` et le journal."""
        return asdict(self)


def controler(prepare: Prepare, annee: int) -> list[Controle]:
    """Que disent les contrôles d'une année ? Toujours les mêmes, dans le même ordre."""
    faits = prepare.meta["faits"][str(annee)]
    return [
        _trimestres(prepare, annee),
        _rattachements(faits),
        _negatifs(faits),
        _doublons(faits),
        *(_total(prepare, annee, flux) for flux in NOMS_FLUX),
        _territoires(prepare, annee),
        *(_completude(*choix, phrases(prepare, annee)) for choix, phrases in COMPLETUDE.items()),
        *(_codes(faits, nom) for nom in NOMS_CODES),
        _produits(faits),
        *(_non_classes(faits, flux) for flux in NOMS_FLUX),
    ]


def bloquants(prepare: Prepare, annee: int) -> list[Controle]:
    """Qu'est-ce qui interdit de publier cette année ? Contrôles bloquants qui ont échoué."""
    controles = [Controle(**resultat) for resultat in prepare.controles(annee)]
    return [controle for controle in controles if controle.bloquant and not controle.reussi]


def _trimestres(prepare: Prepare, annee: int) -> Controle:
    manques = prepare.manques(annee)
    phrase = (
        f"Il manque {manques} {annee}."
        if manques
        else f"Les quatre trimestres {annee} sont là, pour les exportations et les importations."
    )
    return Controle("trimestres", "Quatre trimestres, deux flux", phrase, True, not manques)


def _rattachements(faits: dict) -> Controle:
    fautifs = faits["rattachements_inattendus"]
    phrase = (
        f"La source place dans une autre région que la table de référence : {', '.join(fautifs)}."
        if fautifs
        else "Chaque département est dans la région que dit la table de référence."
    )
    return Controle("rattachements", "Départements et régions", phrase, True, not fautifs)


def _negatifs(faits: dict) -> Controle:
    euros, kilogrammes = faits["negatifs"]["valeur_eur"], faits["negatifs"]["masse_kg"]
    phrase = (
        f"{formats.quantite(euros, 'valeur négative', 'valeurs négatives')} et "
        f"{formats.quantite(kilogrammes, 'masse négative', 'masses négatives')}."
        if euros or kilogrammes
        else "Aucune valeur ni aucune masse négative."
    )
    return Controle("negatifs", "Valeurs négatives", phrase, True, not (euros or kilogrammes))


def _doublons(faits: dict) -> Controle:
    part_pct = 100 * faits["doublons"] / faits["lignes"]
    phrase = (
        f"{formats.quantite(faits['doublons'], 'ligne')} en trop pour un même trimestre, "
        f"département, produit et pays, soit {formats.pourcentage(part_pct)} du fichier (admis : "
        f"{formats.pourcentage(DOUBLONS_TOLERES_PCT, 0)})."
        if faits["doublons"]
        else "Aucune ligne en double."
    )
    reussi = part_pct <= DOUBLONS_TOLERES_PCT
    return Controle("doublons", "Lignes en double", phrase, True, reussi)


def _total(prepare: Prepare, annee: int, flux: str) -> Controle:
    periodes = [p for p in prepare.meta["periodes"] if (p["annee"], p["flux"]) == (annee, flux)]
    total_eur = sum(p["valeur_eur"] for p in periodes)
    lignes = sum(p["lignes"] for p in periodes)
    phrase = (
        f"Total des {NOMS_FLUX[flux]} {annee}, France entière : {formats.millions(total_eur)}, en "
        f"{formats.nombre(lignes)} lignes."
    )
    return Controle(f"total_{flux}", f"Total des {NOMS_FLUX[flux]}", phrase, True, total_eur > 0)


def _territoires(prepare: Prepare, annee: int) -> Controle:
    absents = completude.flux_absents(prepare, annee)
    phrase = (
        f"Des territoires n'ont aucune ligne de l'année : {' ; '.join(absents)}."
        if absents
        else "Les 100 territoires ont des échanges, dans les deux flux."
    )
    return Controle("territoires", "Les 100 territoires sont là", phrase, True, not absents)


def _completude(identifiant: str, intitule: str, reussite: str, defauts: list[str]) -> Controle:
    phrase = f"Données incomplètes : {' ; '.join(defauts)}." if defauts else reussite
    return Controle(identifiant, intitule, phrase, True, not defauts)


def _codes(faits: dict, nom: str) -> Controle:
    inconnus = faits["codes_inconnus"][nom]
    total_eur = sum(abs(code["valeur_eur"]) for code in inconnus.values())
    phrase = (
        f"{formats.quantite(len(inconnus), 'code')} {NOMS_CODES[nom]} hors des nomenclatures, "
        f"gardés dans les totaux ({formats.millions(total_eur)}) : {_enumerer(list(inconnus))}."
        if inconnus
        else f"Tous les codes {NOMS_CODES[nom]} sont connus."
    )
    intitule = f"Codes {NOMS_CODES[nom]} inconnus"
    # Un code de département inconnu en cache un connu (9a pour 9A), dont la fiche serait fausse.
    return Controle(f"codes_{nom}", intitule, phrase, nom == "territoire", not inconnus)


def _produits(faits: dict) -> Controle:
    ambigus = faits["produits_ambigus"]
    phrase = (
        f"{formats.quantite(len(ambigus), 'produit')} CPF4 sous plusieurs produits A129 : "
        f"{_enumerer(ambigus)}."
        if ambigus
        else "Chaque produit CPF4 est rattaché à un seul produit A129."
    )
    return Controle("produits", "Accord des deux nomenclatures", phrase, False, not ambigus)


def _non_classes(faits: dict, flux: str) -> Controle:
    fait = faits["non_classes"][flux]
    part_pct = 100 * fait["valeur_eur"] / fait["total_eur"] if fait["total_eur"] else 0
    sens = "vont à des partenaires" if flux == "export" else "viennent de partenaires"
    phrase = (
        f"{formats.pourcentage(part_pct)} des {NOMS_FLUX[flux]} {sens} qui ne sont pas des pays : "
        "dans les totaux, jamais classés."
    )
    intitule = f"Partenaires non classés, {NOMS_FLUX[flux]}"
    return Controle(f"non_classes_{flux}", intitule, phrase, False, True)


def _enumerer(codes: list[str], nombre: int = 12) -> str:
    suite = f" et {len(codes) - nombre} autres" if len(codes) > nombre else ""
    return ", ".join(codes[:nombre]) + suite
