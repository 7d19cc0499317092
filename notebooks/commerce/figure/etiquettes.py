"""Que peut-on écrire dans un rectangle ? La plus grande étiquette lisible qui y tient."""

import re
from collections.abc import Iterator
from math import inf

from commerce.figure.mesure import INTERLIGNE, SUSPENSION, couper, largeur_texte
from commerce.figure.panneau import GRAS

# Un libellé sans fin ne se mesure pas mot à mot, lettre à lettre.
MOTS_MAX, LETTRES_MAX = 8, 20
VOYELLES = frozenset("aàâäeéèêëiîïoôöuùûüyœæ")


def etiquette(
    nom: str, valeurs: tuple[str, ...], largeur: float, hauteur: float, tailles: tuple[float, ...]
) -> tuple[int, list[str], str]:
    """Meilleure étiquette d'une cellule : taille, lignes du nom, valeur ; 0 px si rien ne tient.

    valeurs : de la plus complète à la plus courte. Des lettres plus petites valent mieux qu'un nom
    abrégé, un montant sans sa part vaut mieux que des lettres bien plus petites.
    """
    trouvee, note = (0, [], ""), -inf
    # Il y faut une ligne, et au moins trois lettres.
    if hauteur < tailles[-1] or largeur < 2 * tailles[-1]:
        return trouvee
    for taille in tailles:
        if taille <= note:
            break
        for perte, ecrit in _ecritures(nom, largeur, taille):
            if taille - perte <= note:
                continue
            lignes = couper(ecrit, largeur, taille, GRAS, lignes=6)
            if " ".join(lignes) != ecrit:
                continue
            for perte_de_valeur, valeur in zip((0, 1, 7), valeurs, strict=True):
                rangs = len(lignes) + bool(valeur)
                prise = taille * (INTERLIGNE * (rangs - 1) + 1)
                if prise > hauteur or largeur_texte(valeur, taille) > largeur:
                    continue
                if taille - perte - perte_de_valeur > note:
                    note = taille - perte - perte_de_valeur
                    trouvee = taille, [ligne.replace("- ", "-") for ligne in lignes], valeur
                break
    return trouvee


def _ecritures(nom: str, largeur: float, taille: int) -> Iterator[tuple[float, str]]:
    """Le nom entier, puis ses mots trop longs abrégés, puis privé de ses derniers mots.

    Chacun avec ce qu'il fait perdre, en px de taille ; la moitié des lettres reste au moins.
    """
    yield 0, nom
    suite = re.sub(r"(?<=\w)-(?=\w)", "- ", nom).split(" ")
    courts = [_abreger(mot, largeur, taille) for mot in suite[:MOTS_MAX]]
    for nombre in range(len(courts), 0, -1):
        entier = nombre == len(suite)
        # Finir sur « de » ou « et » ne dit rien de plus.
        if not all(courts[:nombre]) or not (entier or len(suite[nombre - 1]) > 3):
            continue
        ecrit = " ".join(courts[:nombre])
        if not entier:
            ecrit = ecrit.rstrip(",;:.") + SUSPENSION
        if 2 * len(ecrit) >= len(nom):
            perte = 1 if entier and courts == suite else 5 if entier else 6
            yield perte, ecrit


def _abreger(mot: str, largeur: float, taille: int) -> str:
    """Le mot, ou son plus long début finissant avant une voyelle : « pharm. » ; "" sinon."""
    if largeur_texte(mot, taille, GRAS) <= largeur:
        return mot
    radical = mot.rstrip("-")
    debuts = (
        f"{radical[:fin]}.{mot[len(radical) :]}"
        for fin in range(min(len(radical) - 3, LETTRES_MAX), 2, -1)
        if radical[fin].lower() in VOYELLES
        and radical[fin - 1].lower() not in VOYELLES
        and radical[:fin].isalpha()
    )
    return next((d for d in debuts if largeur_texte(d, taille, GRAS) <= largeur), "")
