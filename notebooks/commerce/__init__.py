"""Ce que dit une fiche : données des douanes, indicateurs, phrases, figures."""


class ErreurDonnees(ValueError):
    """Donnée, option ou code refusé ; le message est une phrase pour l'utilisateur.

    La phrase dit ce qui ne va pas, où (fichier, ligne, colonne) et quoi faire.
    """
