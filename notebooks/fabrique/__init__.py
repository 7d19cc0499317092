"""Comment le lot est produit : noyaux, exécution, publication, journal.

Rien ici ne sait de quoi parlent les pages : les carnets, leurs paramètres et les données qui
comptent sont donnés par l'appelant (`run_all.py`).
"""


class ErreurLot(ValueError):
    """Demande qui ne peut pas être servie ; le message est une phrase pour l'utilisateur."""
