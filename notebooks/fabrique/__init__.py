"""Comment le lot est produit : noyaux, exécution, publication, journal."""
