"""Dans quel contexte lire ces chiffres, que mesurent-ils, et que ne disent-ils pas ?"""

from commerce import formats
from commerce.donnees import rapprochement
from commerce.indicateurs import SENS, total_eur
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    enumerer,
    liste,
    mots,
    paragraphes,
    phrase,
    phrases,
)


def contexte(fiche) -> Texte:
    """Pourquoi regarder le commerce extérieur d'un territoire aujourd'hui ?"""
    return paragraphes(phrases("methode.contexte", fiche))


def texte(fiche) -> Texte:
    """Les précautions de lecture, la source, puis l'écart au total officiel s'il est connu."""
    provisoire = phrase("methode.provisoire", fiche) if fiche.provisoire else ""
    fictif = phrase("methode.demonstration", fiche, mention=fiche.mention) if fiche.mention else ""
    return assembler(
        balise("p", phrase("methode.chapeau", fiche)),
        liste(precautions(fiche), "methode"),
        balise("p", phrase("methode.source", fiche, provisoire=provisoire)),
        paragraphes(_lignes_admises(fiche)),
        paragraphes([_face_au_total_officiel(fiche)]),
        paragraphes([fictif], "mention-demonstration"),
    )


def precautions(fiche) -> list[str]:
    """Précautions de lecture, puis celles qui sont propres à ce territoire ou à sa région."""
    codes = {"departement": fiche.departement.code, "region": fiche.departement.region.code}
    if fiche.departement.echelle == "region":
        codes = {"ensemble": fiche.departement.region.code}
    propres = [
        phrase(f"methode.{echelle}.{code}", fiche)
        for echelle, code in codes.items()
        if code in mots()["methode"][echelle]
    ]
    return phrases("methode.precautions", fiche) + propres


def _lignes_admises(fiche) -> list[str]:
    """Une phrase par exception qui a fait garder des lignes de ce territoire."""
    par_motif: dict[tuple[str, str], list[dict]] = {}
    for admise in fiche.exceptions:
        par_motif.setdefault((admise["raison"], admise["par"]), []).append(admise)
    section = mots()["methode"]["admises"]
    return [
        phrase(
            "methode.admises.phrase",
            fiche,
            lignes=formats.quantite(sum(a["lignes"] for a in admises), *section["ligne"]),
            montant=formats.quantite(sum(a["valeur_eur"] for a in admises), "euro"),
            defauts=enumerer(list(dict.fromkeys(section["defauts"][a["defaut"]] for a in admises))),
            raison=raison,
            par=par,
        )
        for (raison, par), admises in par_motif.items()
    ]


def _face_au_total_officiel(fiche) -> str:
    totaux_eur = {sens: total_eur(fiche.echanges_france, sens) for sens in SENS}
    comparaison = rapprochement.comparaison(fiche.annee, totaux_eur)
    if comparaison.empty:
        return ""
    return f"{rapprochement.phrase(fiche.annee, comparaison)} {rapprochement.raisons()}"
