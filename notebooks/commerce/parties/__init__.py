"""Les parties de la fiche, un fichier chacune : son tableau, ses mots, son dessin, sa figure.

Dans l'ordre de chaque fichier : `tableau(fiche)` calcule, `texte(fiche, tableau)` dit,
`dessin(tableau, ..., largeur)` dessine, `figure(fiche, tableau)` montre.
"""

from commerce.parties import (
    activites,
    approvisionnements,
    attention,
    chiffres,
    commentaire,
    concentration,
    contributions,
    entete,
    essentiel,
    etats_unis,
    evolution,
    flux,
    glossaire,
    informations,
    introduction,
    methode,
    soldes,
    specialisation,
    voisinage,
    volumes,
    zones,
)

__all__ = [
    "activites",
    "approvisionnements",
    "attention",
    "chiffres",
    "commentaire",
    "concentration",
    "contributions",
    "entete",
    "essentiel",
    "etats_unis",
    "evolution",
    "flux",
    "glossaire",
    "informations",
    "introduction",
    "methode",
    "soldes",
    "specialisation",
    "voisinage",
    "volumes",
    "zones",
]
