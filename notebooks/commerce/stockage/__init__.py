"""Comment les données préparées sont-elles rangées ? Colonnes, couples, faits, schémas."""
