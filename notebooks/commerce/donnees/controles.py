"""Peut-on publier une année ? Contrôles de qualité, chacun dit en une phrase avec son résultat.

Un contrôle bloquant qui échoue arrête le lot. Les contrôles se font à la lecture, sur les faits que
garde la préparation : un contrôle corrigé, un seuil ou une phrase retouchés valent aussitôt.
"""

from dataclasses import dataclass
from types import MappingProxyType

from commerce import formats, references
from commerce.donnees import completude, exceptions, remarques
from commerce.donnees.prepare import NOMS_FLUX, Prepare
from commerce.redaction import brute, mots

DOUBLONS_TOLERES_PCT, CODES_NOMMES = 1, 12
# Les codes contrôlés ; leurs noms sont dans `mots.toml`.
CODES = ("territoire", "pays", "a129", "cpf4")
# Au-delà de cette part des euros, des codes inconnus bloquent. Un code de département inconnu en
# cache un connu (9a pour 9A) et les 76 biens sont une liste close : aucun n'y est toléré.
INCONNUS_TOLERES_PCT = MappingProxyType({"territoire": 0, "pays": 1, "a129": 0, "cpf4": 1})
# Les colonnes sont permutées quand les codes inconnus de l'une sont ceux de l'autre.
AUTRE = MappingProxyType({"a129": "cpf4", "cpf4": "a129"})
COMPLETUDE = {
    "effectifs": completude.trimestres_creux,
    "total_officiel": completude.ecarts_officiels,
    "revisions": completude.revisions_perdantes,
}


@dataclass(frozen=True)
class Controle:
    """Un contrôle fait : ce qu'il vérifie, la phrase du résultat, s'il bloque, s'il est réussi."""

    identifiant: str
    intitule: str
    phrase: str
    bloquant: bool
    reussi: bool


def controler(prepare: Prepare, annee: int) -> list[Controle]:
    """Que disent les contrôles d'une année ? Toujours les mêmes, dans le même ordre."""
    annee = prepare.annee(annee)
    faits = prepare.faits(annee)
    return [
        _trimestres(prepare, annee),
        _rattachements(faits),
        _negatifs(faits),
        _doublons(faits),
        *(_total(prepare, annee, flux) for flux in NOMS_FLUX),
        _territoires(prepare, annee),
        *(_completude(nom, defauts(prepare, annee)) for nom, defauts in COMPLETUDE.items()),
        *(_codes(faits, cle) for cle in CODES),
        _zeros(faits),
        _produits(faits),
        *(_non_classes(faits, flux) for flux in NOMS_FLUX),
    ]


def bloquants(prepare: Prepare, annee: int) -> list[Controle]:
    """Qu'est-ce qui interdit de publier cette année ? Contrôles bloquants qui ont échoué."""
    return [c for c in controler(prepare, annee) if c.bloquant and not c.reussi]


def avertissements(prepare: Prepare) -> list[str]:
    """Ce qu'il faut savoir des fichiers lus, puis les codes inconnus de chaque année."""
    codes = [
        f"{annee} : {controle.phrase}"
        for annee in prepare.annees()
        for controle in (_codes(prepare.faits(annee), cle) for cle in CODES)
        if not controle.reussi
    ]
    return remarques.toutes(prepare) + codes


def remedes(prepare: Prepare, annee: int) -> list[str]:
    """La phrase qui dit comment admettre les lignes refusées ; rien s'il n'y en a pas."""
    motifs = prepare.faits(annee)["exceptions_a_ecrire"]
    lignes = ", ".join(map(exceptions.ecrite, motifs))
    section = "donnees.exceptions.a_ecrire"
    return [brute(section, nom=exceptions.NOM, lignes=lignes)] if motifs else []


def _controle(
    identifiant: str, dit: str, reussi: bool, bloquant: bool = True, de: str = "", **valeurs
) -> Controle:
    """dit : la clé de sa phrase dans `mots.toml` ; de : sa section, si elle sert à plusieurs."""
    section = f"donnees.controles.{de or identifiant}"
    intitule, phrase = (brute(f"{section}.{cle}", **valeurs) for cle in ("intitule", dit))
    return Controle(identifiant, intitule, phrase, bloquant, reussi)


def _selon(defaut: object, admis: bool = False) -> tuple[str, bool]:
    """Quelle phrase, et le contrôle est-il réussi ? `admis` : des exceptions l'ont permis."""
    return ("defaut", False) if defaut else ("admis" if admis else "bien", True)


def _admises(faits: dict, defaut: str) -> bool:
    return any(dite["defaut"] == defaut for dite in faits["exceptions"])


def _trimestres(prepare: Prepare, annee: int) -> Controle:
    manques = prepare.manques(annee)
    return _controle("trimestres", *_selon(manques), manques=manques, annee=annee)


def _rattachements(faits: dict) -> Controle:
    noms = {code: d.nom for code, d in references.departements().items()}
    noms |= references.hors_departements()["nom"].to_dict()
    fautifs = [f"{noms[code]} ({code})" for code in faits["rattachements_inattendus"]]
    phrase, reussi = _selon(fautifs, _admises(faits, "rattachements"))
    return _controle("rattachements", phrase, reussi, fautifs=", ".join(fautifs))


def _negatifs(faits: dict) -> Controle:
    noms, negatifs = mots()["donnees"]["controles"]["negatifs"], faits["negatifs"]
    valeurs = formats.quantite(negatifs["valeur_eur"], *noms["valeur"])
    masses = formats.quantite(negatifs["masse_kg"], *noms["masse"])
    phrase, reussi = _selon(any(negatifs.values()), _admises(faits, "negatifs"))
    return _controle("negatifs", phrase, reussi, valeurs=valeurs, masses=masses)


def _doublons(faits: dict) -> Controle:
    part_pct = 100 * faits["doublons"] / faits["lignes"]
    return _controle(
        "doublons",
        "defaut" if faits["doublons"] else "bien",
        part_pct <= DOUBLONS_TOLERES_PCT,
        lignes=formats.quantite(faits["doublons"], "ligne"),
        part=formats.pourcentage(part_pct),
        admis=formats.pourcentage(DOUBLONS_TOLERES_PCT, 0),
    )


def _total(prepare: Prepare, annee: int, flux: str) -> Controle:
    periodes = [p for p in prepare.meta["periodes"] if (p["annee"], p["flux"]) == (annee, flux)]
    total_eur, lignes = (sum(p[champ] for p in periodes) for champ in ("valeur_eur", "lignes"))
    dits = {"montant": formats.millions(total_eur), "lignes": formats.nombre(lignes)}
    dits |= {"flux": NOMS_FLUX[flux], "annee": annee}
    return _controle(f"total_{flux}", "bien", total_eur > 0, de="total", **dits)


def _territoires(prepare: Prepare, annee: int) -> Controle:
    absents = completude.flux_absents(prepare, annee)
    return _controle("territoires", *_selon(absents), absents=" ; ".join(absents))


def _completude(nom: str, defauts: list[str]) -> Controle:
    if not defauts:
        return _controle(nom, "bien", True)
    intitule = brute(f"donnees.controles.{nom}.intitule")
    phrase = brute("donnees.controles.incompletes", defauts=" ; ".join(defauts))
    return Controle(nom, intitule, phrase, True, False)


def _codes(faits: dict, cle: str) -> Controle:
    inconnus = faits["codes_inconnus"][cle]
    inconnus_eur = sum(abs(code["valeur_eur"]) for code in inconnus.values())
    total_eur = sum(fait["total_eur"] for fait in faits["non_classes"].values())
    tolere = INCONNUS_TOLERES_PCT[cle]
    section = "donnees.controles.codes"
    return _controle(
        f"codes_{cle}",
        *_selon(inconnus),
        bloquant=tolere == 0 or 100 * inconnus_eur > tolere * total_eur,
        de="codes",
        nom=mots()["donnees"]["controles"]["codes"]["noms"][cle],
        nombre=formats.quantite(len(inconnus), "code"),
        montant=formats.millions(inconnus_eur),
        codes=completude.enumerer(list(inconnus), CODES_NOMMES),
        cause=brute(f"{section}.{cause}") if (cause := _cause(cle, list(inconnus))) else "",
    )


def _cause(cle: str, inconnus: list[str]) -> str:
    """Pourquoi ces codes sont-ils inconnus, quand on le devine : `permutes`, `zero_perdu` ?"""
    if cle not in AUTRE or not inconnus:
        return ""
    tables = {"a129": references.produits_a129(), "cpf4": references.produits_cpf4()}
    if sum(code in tables[AUTRE[cle]].index for code in inconnus) > len(inconnus) / 2:
        return "permutes"
    return "zero_perdu" if any(code.zfill(4) in tables[cle].index for code in inconnus) else ""


def _zeros(faits: dict) -> Controle:
    perdus = faits["zeros_perdus"]
    lus = ", ".join(f"{code} (0{code})" for code in perdus)
    return _controle("zeros", *_selon(perdus), bloquant=False, codes=lus)


def _produits(faits: dict) -> Controle:
    ambigus = faits["produits_ambigus"]
    nombre = formats.quantite(len(ambigus), "produit")
    codes = completude.enumerer(ambigus, CODES_NOMMES)
    return _controle("produits", *_selon(ambigus), bloquant=False, nombre=nombre, codes=codes)


def _non_classes(faits: dict, flux: str) -> Controle:
    fait = faits["non_classes"][flux]
    part_pct = 100 * fait["valeur_eur"] / fait["total_eur"] if fait["total_eur"] else 0
    dits = {"part": formats.pourcentage(part_pct), "flux": NOMS_FLUX[flux]}
    return _controle(f"non_classes_{flux}", flux, True, False, de="non_classes", **dits)
