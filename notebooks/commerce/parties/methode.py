"""Dans quel contexte lire ces chiffres, que mesurent-ils, et que ne disent-ils pas ?"""

from commerce.donnees import rapprochement
from commerce.indicateurs import SENS, total_eur
from commerce.redaction import Texte, assembler, balise, liste, mots, paragraphes, phrase, phrases


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
        paragraphes([_face_au_total_officiel(fiche)]),
        paragraphes([fictif], "mention-demonstration"),
    )


def precautions(fiche) -> list[str]:
    """Précautions de lecture, puis celles qui sont propres à ce territoire ou à sa région."""
    codes = {"departement": fiche.departement.code, "region": fiche.departement.region.code}
    propres = [
        phrase(f"methode.{echelle}.{code}", fiche)
        for echelle, code in codes.items()
        if code in mots()["methode"][echelle]
    ]
    return phrases("methode.precautions", fiche) + propres


def _face_au_total_officiel(fiche) -> str:
    totaux_eur = {sens: total_eur(fiche.echanges_france, sens) for sens in SENS}
    comparaison = rapprochement.comparaison(fiche.annee, totaux_eur)
    if comparaison.empty:
        return ""
    return f"{rapprochement.phrase(fiche.annee, comparaison)} {rapprochement.raisons()}"
