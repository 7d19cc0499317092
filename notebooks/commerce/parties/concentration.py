"""Les échanges tiennent-ils à peu de pays, à peu de produits, à un seul flux ?

Les formules sont dans `profils`. Un flux trop petit donne NaN, écrit « n.s. ».
"""

from math import isnan

import pandas as pd
from markupsafe import Markup

from commerce import formats, nommer, profils
from commerce.figure import Figure, figure_tableau, tableaux
from commerce.formats import NOM_DU_FLUX
from commerce.indicateurs import SENS
from commerce.redaction import (
    Texte,
    assembler,
    legende,
    lien_de,
    majuscule,
    paragraphes,
    phrase,
    renvois,
)

# Par indicateur : son terme du glossaire, et comment il s'écrit.
FORMES = {
    "n80_pays": ("n80", formats.nombre),
    "n80_produits": ("n80", formats.nombre),
    "hhi_pays": ("hhi", lambda indice: formats.nombre(indice, 2)),
    "hhi_produits": ("hhi", lambda indice: formats.nombre(indice, 2)),
    "nombre_equivalent_pays": ("nombre-equivalent", lambda pays: formats.nombre(pays, 1)),
    "part_premier_flux_pct": ("premier-flux", formats.pourcentage),
}


def tableau(fiche) -> pd.DataFrame:
    """Que valent les indices de concentration, ici, dans la région et en France ?

    Une ligne par flux et indice ; colonnes flux, indicateur, mesure (son nom), departement, region
    (sauf si le territoire est sa propre région), france ; NaN si le flux est trop petit.
    """
    tables = []
    for sens in SENS:
        indices = profils.concentrations(fiche.reperes, sens)[list(FORMES)]
        table = pd.DataFrame(
            {echelle: indices.loc[fiche.espaces[echelle]] for echelle in fiche.noms}
        )
        table.insert(0, "mesure", [phrase(f"concentration.mesures.{nom}", fiche) for nom in FORMES])
        tables.append(table.rename_axis("indicateur").reset_index().assign(flux=sens))
    concentrations = pd.concat(tables, ignore_index=True)
    return concentrations[["flux", *concentrations.columns.drop("flux")]]


def texte(fiche, concentrations: pd.DataFrame) -> Texte:
    """Pour chaque flux, combien de pays et de produits en font l'essentiel, et le premier flux."""
    lectures = paragraphes(_lecture(fiche, concentrations, sens) for sens in SENS)
    termes = renvois("n80", "hhi", "nombre-equivalent", "premier-flux", "ns")
    return assembler(lectures, termes) if lectures else lectures


def _lecture(fiche, concentrations: pd.DataFrame, sens: str) -> str:
    du_flux = concentrations[concentrations["flux"] == sens].set_index("indicateur")
    ici = du_flux["departement"]
    if isnan(ici["hhi_produits"]):
        return ""
    communes = {"flux": NOM_DU_FLUX[sens]}
    n80_france = du_flux.at["n80_pays", "france"]
    nombres = [
        _nombre_de(quoi, fiche, ici[f"n80_{quoi}"], n80_france, **communes)
        for quoi in ("pays", "produits")
    ]
    indices = phrase(
        f"concentration.{'indice_produits' if isnan(ici['hhi_pays']) else 'indices'}",
        fiche,
        niveau_pays=profils.niveau(ici["hhi_pays"]),
        hhi_pays=formats.nombre(ici["hhi_pays"], 2),
        equivalent=f"{formats.nombre(ici['nombre_equivalent_pays'], 1)} pays",
        niveau_produits=profils.niveau(ici["hhi_produits"]),
        hhi_produits=formats.nombre(ici["hhi_produits"], 2),
        **communes,
    )
    return " ".join([*nombres, indices, _premier_flux(fiche, sens, ici)]).rstrip()


def _nombre_de(quoi: str, fiche, nombre: float, n80_france: float, **communes) -> str:
    if isnan(nombre):
        return phrase(f"concentration.{quoi}_inconnus", fiche, **communes)
    en_france = (
        formats.NON_SIGNIFICATIF if isnan(n80_france) else formats.en_lettres(int(n80_france))
    )
    return phrase(
        f"concentration.{quoi}_un" if nombre == 1 else f"concentration.{quoi}",
        fiche,
        n80_majuscule=majuscule(formats.en_lettres(int(nombre), 99)),
        n80_france=en_france,
        **communes,
    )


def _premier_flux(fiche, sens: str, ici: pd.Series) -> str:
    if isnan(ici["part_premier_flux_pct"]):
        return ""
    reperes = fiche.reperes
    premier = profils.premiers_flux(reperes, sens).loc[fiche.espaces["departement"]]
    code, pays = premier["a129"], premier["pays"]
    return phrase(
        "concentration.premier_flux",
        fiche,
        echange=nommer.flux(
            *(sens, code, reperes.libelles.at[code, "libelle_court"]),
            *(pays, reperes.partenaires.at[pays, "nom"]),
        ),
        part=formats.pourcentage(ici["part_premier_flux_pct"]),
        flux=NOM_DU_FLUX[sens],
    )


def figure(fiche, concentrations: pd.DataFrame) -> Figure | Texte:
    """Les indices en deux tableaux, un par flux ; rien si aucun ne se calcule ici."""
    if concentrations["departement"].isna().all():
        return Texte("")
    tete = [phrase("concentration.mesure", fiche), *fiche.noms.values()]
    panneaux = []
    for sens in SENS:
        rangees = []
        for ligne in concentrations[concentrations["flux"] == sens].to_dict("records"):
            terme, ecrire = FORMES[ligne["indicateur"]]
            valeurs = [ecrire(ligne[echelle]) for echelle in fiche.noms]
            rangees.append([lien_de(terme, ligne["mesure"]), *valeurs])
        panneaux.append(tableaux.ecrite(NOM_DU_FLUX[sens].capitalize(), tete, rangees))
    return figure_tableau(
        fiche,
        Markup('<div class="panneaux">{}{}</div>').format(*panneaux),
        concentrations.drop(columns="indicateur"),
        identifiant="concentration-des-echanges",
        titre=phrase("concentration.titre", fiche),
        legende=legende("concentration.legende", fiche),
    )
