"""Comment une figure se dessine-t-elle ? Mesures, marques, SVG, tableaux, exports."""
