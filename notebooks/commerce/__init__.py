"""Ce que dit une fiche : données des douanes, indicateurs, phrases, figures."""

# Le pied des pages la cite ; pyproject.toml la lit ici.
VERSION = "2.0.0"


class ErreurDonnees(ValueError):
    """Donnée, option ou code refusé ; le message est une phrase pour l'utilisateur.

    La phrase dit ce qui ne va pas, où (fichier, ligne, colonne) et quoi faire.
    """
