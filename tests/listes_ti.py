"""La liste officielle des communes, refaite depuis les effectifs de l'ANCT."""

import csv
import io
from pathlib import Path

import pandas as pd

NOM = "liste-ti-com2023-20240704.csv"
ENTETE = ["insee_com", "lib_com", "id_ti", "lib_ti"]


def par_departement(reference: Path) -> pd.DataFrame:
    """Les effectifs de l'ANCT : une ligne par territoire et par département (2A et 2B à part)."""
    return pd.read_csv(reference / "ti_2023_2027_par_departement.csv", dtype={"departement": str})


def communes(par_departement: pd.DataFrame) -> list[list[str]]:
    """Une ligne par commune, avec des codes inventés dans le bon département."""
    lignes, rangs = [], dict.fromkeys(par_departement["departement"], 0)
    for paire in par_departement.itertuples():
        for _ in range(paire.nb_communes_ti_dans_departement):
            rangs[paire.departement] += 1
            code = paire.departement + str(rangs[paire.departement]).zfill(
                5 - len(paire.departement)
            )
            lignes.append([code, f"Commune, {code}", paire.id_ti, paire.lib_ti])
    return lignes


def ecrire(dossier: Path, lignes, entete=ENTETE, nom=NOM, separateur=",", encodage="utf-8") -> Path:
    """Écrit une liste de communes dans ce dossier."""
    texte = io.StringIO()
    csv.writer(texte, delimiter=separateur).writerows([entete, *lignes])
    fichier = dossier / nom
    fichier.write_bytes(texte.getvalue().encode(encodage, errors="replace"))
    return fichier
