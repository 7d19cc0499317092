"""Où sont les fichiers du projet ? Seul module qui construit des chemins."""

from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
NOTEBOOKS = RACINE / "notebooks"
DONNEES = RACINE / "data"
REFERENCE = DONNEES / "reference"
DEMONSTRATION = DONNEES / "demonstration"
SOURCE = DONNEES / "source"
PREPARE = DONNEES / "prepare"
SORTIE = RACINE / "outputs"
