"""Quelle forme ce qu'une cellule montre prend-il sur la page ? Une, ou un refus qui dit le remède.

Une sortie peut porter elle-même sa forme pour la page (`TYPE_PAGE`) ou son refus (`TYPE_REFUS`) ;
sinon son HTML, son Markdown ou son image. Rien de ce que montre une cellule visible ne disparaît
sans un mot.
"""

import html

from nbconvert.filters.markdown_mistune import markdown2html_mistune

# Ce que la page dit aux programmes : rien à montrer.
NOTICE = "application/vnd.fiche+json"
# D'autres pages que la sienne, qu'un carnet donne à faire (`filles`).
FILLES = "application/vnd.fiche.filles+json"
TYPE_PAGE = "application/vnd.fiche.page+html"
TYPE_REFUS = "application/vnd.fiche.refus"
TYPE_INTERACTIF = "application/vnd.jupyter.widget-view+json"
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
AFFICHAGES = ("execute_result", "display_data", "update_display_data")
ETIQUETTE_MASQUEE = "masquer"
REMEDE = "étiqueter la cellule « masquer », ou la retirer"


class Refus(RuntimeError):
    """La page ne peut pas être publiée ; le message est une phrase pour l'utilisateur."""


def visible(cellule) -> bool:
    """La cellule peut-elle paraître sur la page ?"""
    return ETIQUETTE_MASQUEE not in cellule.metadata.get("tags", [])


def html_de(sortie) -> str | None:
    """La sortie en HTML, ou None si elle n'a pas de forme pour la page."""
    if sortie.output_type not in AFFICHAGES or TYPE_REFUS in sortie.data:
        return None
    donnees = sortie.data
    if TYPE_PAGE in donnees:
        return _texte(donnees[TYPE_PAGE])
    if TYPE_INTERACTIF in donnees:
        return None
    if "text/html" in donnees:
        return _texte(donnees["text/html"])
    if "text/markdown" in donnees:
        return markdown2html_mistune(_texte(donnees["text/markdown"]))
    for genre in IMAGES:
        if genre in donnees and (dit := _alternative(sortie, genre)):
            adresse = f"data:{genre};base64,{_texte(donnees[genre]).replace(chr(10), '')}"
            return f'<p class="image"><img src="{adresse}" alt="{html.escape(dit)}"></p>'
    return "" if NOTICE in donnees or FILLES in donnees else None


def refus(cellules) -> list[str]:
    """Ce que montrent des cellules visibles et qu'aucune page ne peut dire : une phrase chacun."""
    return [
        f"cellule {rang} (« {_debut(cellule)} ») : {motif}"
        for rang, cellule in enumerate(cellules, 1)
        if visible(cellule)
        for sortie in cellule.get("outputs", [])
        if (motif := _motif(sortie))
    ]


def _motif(sortie) -> str:
    """Pourquoi cette sortie est refusée, et quoi faire ; vide si elle a une forme."""
    if sortie.output_type == "error" or html_de(sortie) is not None:
        return ""  # une erreur arrête la page par elle-même
    if sortie.output_type == "stream":
        ecrit = " ".join(_texte(sortie.text).split())[:80]
        if sortie.name == "stderr":
            return f"un avertissement est affiché (« {ecrit} ») ; en ôter la cause, ou {REMEDE}"
        return f"un texte est imprimé (« {ecrit} ») ; l'écrire en Markdown, ou {REMEDE}"
    if TYPE_REFUS in sortie.data:
        return f"{_texte(sortie.data[TYPE_REFUS])}, ou {REMEDE}"
    if TYPE_INTERACTIF in sortie.data:
        return f"un objet interactif n'a pas de forme sur une page imprimable ; {REMEDE}"
    if set(IMAGES) & sortie.data.keys():
        return (
            "une image n'a pas d'alternative ; la montrer par display(image, "
            'metadata={"image/png": {"alt": "ce qu\'elle montre"}})'
        )
    ecrit = " ".join(_texte(sortie.data.get("text/plain", "")).split())[:80]
    return f"la valeur « {ecrit} » n'a pas de forme sur la page ; en faire un tableau, ou {REMEDE}"


def _alternative(sortie, genre: str) -> str:
    propre = sortie.metadata.get(genre, {})
    dite = propre.get("alt") if isinstance(propre, dict) else ""
    return str(dite or sortie.metadata.get("alt", ""))


def _debut(cellule) -> str:
    lignes = [ligne.strip() for ligne in _texte(cellule.source).splitlines() if ligne.strip()]
    return (lignes[-1] if lignes else str(cellule.get("id", "")))[:60]


def _texte(valeur) -> str:
    return valeur if isinstance(valeur, str) else "".join(valeur)
