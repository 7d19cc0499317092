"""Où sont les territoires ? Carte et tuiles d'un même dessin, localisateur d'une fiche.

Les formes ne sont écrites qu'une fois par page (`formes`) ; chaque carte les reprend et les colore.
Une carte double à la souris le classement, que le clavier et le lecteur d'écran atteignent : ils la
passent.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
from markupsafe import Markup

from commerce import references
from commerce.cartes import contours

# La petite couronne, quatre fois plus grande, dans le coin que la mer laisse libre.
PETITE_COURONNE = ("75", "92", "93", "94")
ENCART = "translate(-1990-830)scale(4)"
CADRE_ENCART = Markup('<rect class="cadre" x="22" y="14" width="150" height="150"/>')
PAS_TUILE, MARGE_TUILES = 72, 78
# Deux unités par pixel, et deux de marge pour le trait.
COTE_LOCALISATEUR = 120
# Un code d'un vingt-cinquième de la largeur se lit sur téléphone ; la moindre part reste teintée.
TAILLE_DES_CODES, PALE = 25, 0.12


def formes() -> Markup:
    """Formes et tuiles des cent territoires, à écrire une fois par page, avant ses cartes."""
    tuiles = references.tuiles()
    symboles = (
        _forme(code, trace, *(int(place) for place in tuiles.loc[code]))
        for code, trace in references.contours().items()
    )
    return Markup(
        '<svg class="formes" width="0" height="0" aria-hidden="true"><defs>{}</defs></svg>'
    ).format(Markup("").join(symboles))


def _forme(code: str, trace: str, colonne: int, ligne: int) -> Markup:
    x, y = MARGE_TUILES + (colonne - 1) * PAS_TUILE, (ligne - 1) * PAS_TUILE
    return Markup(
        '<g id="d{0}"><path class="forme" d="{1}"/><g class="tuile">'
        '<rect x="{2}" y="{3}" width="68" height="68"/><text x="{4}" y="{5}">{0}</text></g></g>'
    ).format(code, trace, x, y, x + 34, y + 45)


def carte(territoires: Iterable) -> Markup:
    """Carte des territoires : chacun a code, nom, slug (vide sans page), region, classe, ecrit."""
    liste = list(territoires)
    encart = (t for t in liste if t.code in PETITE_COURONNE)
    return Markup(
        '<svg class="carte" viewBox="0 0 {0} {0}" aria-hidden="true">{1}'
        '<g class="encart">{2}<g transform="{3}">{4}</g></g></svg>'
    ).format(
        contours.UNITES,
        Markup("").join(_place(territoire) for territoire in liste),
        CADRE_ENCART,
        ENCART,
        Markup("").join(_place(territoire) for territoire in encart),
    )


def _place(territoire) -> Markup:
    dessin = Markup('<use href="#d{}" class="{}"/><title>{}\u00a0: {}</title>').format(
        territoire.code, territoire.classe, territoire.nom, territoire.ecrit
    )
    attributs = Markup('data-r="{}"').format(territoire.region)
    if not territoire.slug:
        return Markup("<g {}>{}</g>").format(attributs, dessin)
    return Markup('<a href="{}.html" aria-label="{}" tabindex="-1" {}>{}</a>').format(
        territoire.slug, territoire.nom, attributs, dessin
    )


def localisateur(codes: Iterable[str], alternative: str) -> Markup:
    """Où est ce territoire ? Petite carte de 60 pixels, ses départements en couleur ; 4 ko."""
    formes = (references.contours().get(code, "") for code in codes)
    ici = contours.trace(
        [anneau for forme in formes for anneau in contours.anneaux(forme, COTE_LOCALISATEUR)]
    )
    return Markup(
        '<svg class="localisateur" width="60" height="60" viewBox="-2 -2 124 124" role="img" '
        'aria-label="{}"><path d="{}" fill="#c9d1dc" stroke="#c9d1dc"/><path d="{}" '
        'fill="currentColor" stroke="currentColor" stroke-width="2"/></svg>'
    ).format(alternative, _silhouette(), ici)


def parts(valeurs: pd.Series, dits: Iterable[str], couleur: str, alternative: str) -> Markup:
    """Une carte qui ne montre que ces territoires, chacun d'autant plus foncé qu'il vaut.

    valeurs : index code, positives, nulles ou « n.s. » ; dits : ce que dit chaque forme sous la
    souris. Un territoire assez grand porte son code.
    """
    anneaux = {code: contours.anneaux(references.contours()[code]) for code in valeurs.index}
    points = np.array([p for siens in anneaux.values() for anneau in siens for p in anneau])
    (x, y), (droite, bas) = points.min(axis=0), points.max(axis=0)
    largeur, hauteur = max(droite - x, bas - y), bas - y
    taille, formes, codes = largeur / TAILLE_DES_CODES, [], []
    connues = valeurs.fillna(0)
    for (code, siens), valeur, dit in zip(anneaux.items(), connues, dits, strict=True):
        opacite = PALE + (1 - PALE) * valeur / (connues.max() or 1)
        formes.append(
            Markup('<path d="{}" fill-opacity="{:.2f}"><title>{}</title></path>').format(
                contours.trace(siens), opacite, dit
            )
        )
        grand = np.array(max(siens, key=lambda anneau: abs(contours.aire(anneau))))
        milieu, etendue = (grand.min(axis=0) + grand.max(axis=0)) / 2, np.ptp(grand, axis=0)
        if etendue[0] > 2 * taille and etendue[1] > 1.2 * taille:
            codes.append(Markup('<text x="{:.0f}" y="{:.0f}">{}</text>').format(*milieu, code))
    marge = taille / 2
    cadre = (x + (droite - x - largeur) / 2 - marge, y - marge)
    cadre += (largeur + 2 * marge, hauteur + 2 * marge)
    return Markup(
        '<svg class="seul" viewBox="{:.0f} {:.0f} {:.0f} {:.0f}" role="img" aria-label="{}">'
        '<g fill="{}" stroke="#fff" stroke-width="{:.1f}">{}</g><g font-size="{:.0f}" '
        'fill="#1d2433" text-anchor="middle" dominant-baseline="central" stroke="#fff" '
        'stroke-width="{:.1f}" paint-order="stroke">{}</g></svg>'
    ).format(
        *cadre,
        alternative,
        couleur,
        taille / 10,
        Markup("").join(formes),
        taille,
        taille / 4,
        Markup("").join(codes),
    )


@cache
def _silhouette() -> str:
    """Contour de l'ensemble : à cette taille, les limites intérieures ne seraient qu'une tache."""
    formes = (contours.anneaux(t, COTE_LOCALISATEUR) for t in references.contours().values())
    reunis = contours.reunir([anneau for forme in formes for anneau in forme])
    # Deux voisins, réduits, laissent entre eux des jours d'un point : ce ne sont pas des lacs.
    return contours.trace([anneau for anneau in reunis if contours.aire(anneau) > 0])
