"""Comment montrer l'évolution des échanges, et ce qui l'explique ? Courbes et contributions.

Ce qui ne se calcule pas ne se dessine pas : le texte de la partie le dit déjà.
"""

import pandas as pd

from commerce import formats
from commerce.donnees import reperes
from commerce.figure import Figure
from commerce.indicateurs import SENS
from commerce.planches import montrer, noms
from commerce.portrait import evolution, graphiques_portrait, textes_parties, textes_portrait
from commerce.portrait.graphiques_portrait import ENSEMBLE
from commerce.redaction import Texte, assembler, phrase


def evolution_des_echanges(fiche) -> Texte:
    """Comment les échanges évoluent-ils, et quels produits l'expliquent ?"""
    return assembler(*(f.html for f in (_courbes(fiche), _contributions(fiche)) if f))


def series(fiche) -> pd.DataFrame:
    """Les indices à tracer : quatre trimestres glissants, ou années s'il n'y a qu'elles.

    Colonnes : flux, annee, trimestre (0 : année entière), quatre_trimestres_eur, indice,
    indice_region, indice_france, provisoire, rupture. Une ligne par date, à partir de la première
    connue, absentes comprises.
    """
    table = evolution.trimestres(fiche)
    connues = table.dropna(subset="quatre_trimestres_eur")
    if (connues["trimestre"] == evolution.TRIMESTRES_PAR_AN).all():
        table = table[table["trimestre"] == evolution.TRIMESTRES_PAR_AN].assign(trimestre=0)
    # Les trois échelles ont les mêmes lignes, dans le même ordre.
    par_echelle = dict(iter(table.groupby("echelle", sort=False)))
    colonnes = ["flux", "annee", "trimestre", "quatre_trimestres_eur", "indice"]
    toutes = par_echelle["departement"][[*colonnes, "provisoire", "rupture"]].copy()
    for rang, echelle in enumerate(("region", "france"), start=len(colonnes)):
        toutes.insert(rang, f"indice_{echelle}", par_echelle[echelle]["indice"].to_numpy())
    connues = toutes["quatre_trimestres_eur"].notna().groupby(toutes["flux"]).cummax()
    return toutes[connues].reset_index(drop=True)


def _courbes(fiche) -> Figure | None:
    table = series(fiche)
    if table.empty or table.groupby("flux")["indice"].count().max() < 2:
        return None
    pas = "trimestres" if table["trimestre"].any() else "annees"
    connues = table.dropna(subset="indice_france")
    base = connues.loc[(connues["indice_france"] - 100).abs().idxmin(), "annee"]
    provisoire = connues["provisoire"].any()
    rupture = connues["rupture"].any()
    legende = textes_parties.legende(
        f"evolution_{pas}",
        fiche,
        base=base,
        provisoire=phrase("parties.legendes.provisoire", fiche) if provisoire else "",
        rupture=phrase("parties.legendes.rupture", fiche) if rupture else "",
    )
    return montrer(
        fiche,
        "evolution-base-100",
        graphiques_portrait.evolution,
        table,
        titre=textes_portrait.titre_evolution(fiche, pas),
        legende=legende,
        par_flux=True,
        noms=noms(fiche),
    )


def contributions(fiche) -> pd.DataFrame:
    """Les contributions des deux flux et, pour chacun, leur somme (produit « ensemble »)."""
    repere, morceaux = reperes.de_la_fiche(fiche), []
    for sens in SENS:
        table = evolution.principales_contributions(fiche, repere, sens)
        if not table.empty:
            nom = phrase("parties.ensemble", fiche)
            sommes = table[["precedent_eur", "valeur_eur", "contribution_points"]].sum()
            total = pd.DataFrame([(ENSEMBLE, nom, nom, *sommes)], columns=table.columns)
            morceaux.append(pd.concat([table, total]).assign(flux=sens))
        else:
            morceaux.append(table.assign(flux=[]))
    table = pd.concat(morceaux, ignore_index=True)
    return table[["flux", *table.columns.drop("flux")]]


def _contributions(fiche) -> Figure | None:
    table = contributions(fiche)
    if table.empty:
        return None
    produits = table[table["produit"] != ENSEMBLE]
    exemple = table.loc[produits["contribution_points"].abs().astype(float).idxmax()]
    total = table[(table["produit"] == ENSEMBLE) & (table["flux"] == exemple["flux"])].iloc[0]
    legende = textes_parties.legende(
        "contributions",
        fiche,
        avant=fiche.annee - 1,
        produit=exemple["libelle_court"],
        points=formats.points(exemple["contribution_points"]),
        total=formats.points(total["contribution_points"]),
        sens=exemple["flux"],
    )
    return montrer(
        fiche,
        "contributions",
        graphiques_portrait.contributions,
        table,
        titre=phrase("parties.figures.contributions", fiche, avant=fiche.annee - 1),
        legende=legende,
        par_flux=True,
    )
