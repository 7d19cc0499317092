"""Quelle forme ont les tableaux préparés ? Schémas déclarés, vérifiés à la préparation.

Le lot ne les revérifie pas : un dossier préparé est écrit d'un coup et ne change plus.
"""

import pandera.pandas as pandera

from commerce.donnees import lignes

CODE = pandera.Column("str", pandera.Check.str_matches(rf"^{lignes.CODE.pattern}$"))
REGION = pandera.Column("str", pandera.Check.str_matches(r"^([0-9]{2}|DROM|)$"))
ECHELLE = pandera.Column("str", pandera.Check.isin(["departement", "region", "france"]))
FLUX = pandera.Column("str", pandera.Check.isin(["export", "import"]))
ANNEE = pandera.Column("int64", pandera.Check.in_range(1900, 2099))
TRIMESTRE = pandera.Column("int8", pandera.Check.in_range(1, 4))
EUROS = pandera.Column("int64")
KILOGRAMMES = pandera.Column("int64")


def _schema(colonnes: dict[str, pandera.Column], cles: list[str]) -> pandera.DataFrameSchema:
    return pandera.DataFrameSchema(colonnes, strict=True, ordered=True, unique=cles)


TOTAUX = _schema(
    {
        "annee": ANNEE,
        "trimestre": TRIMESTRE,
        "flux": FLUX,
        "territoire": CODE,
        "region": REGION,
        "a129": CODE,
        "valeur_eur": EUROS,
    },
    ["annee", "trimestre", "flux", "territoire", "a129"],
)
TOTAUX_PAYS = _schema(
    {
        "annee": ANNEE,
        "flux": FLUX,
        "territoire": CODE,
        "region": REGION,
        "pays": CODE,
        "valeur_eur": EUROS,
    },
    ["annee", "flux", "territoire", "pays"],
)
EFFECTIFS = _schema(
    {
        "annee": ANNEE,
        "trimestre": TRIMESTRE,
        "flux": FLUX,
        "territoire": CODE,
        "lignes": pandera.Column("int64", pandera.Check.ge(1)),
    },
    ["annee", "trimestre", "flux", "territoire"],
)
COUPLES = _schema(
    {
        "annee": ANNEE,
        "echelle": ECHELLE,
        "code": CODE,
        "flux": FLUX,
        "a129": CODE,
        "couples": pandera.Column("int64", pandera.Check.ge(1)),
        "pays": CODE,
        "valeur_eur": EUROS,
    },
    ["annee", "echelle", "code", "flux", "a129"],
)
VOLUMES = _schema(
    {
        "annee": ANNEE,
        "echelle": ECHELLE,
        "code": CODE,
        "flux": FLUX,
        "a129": CODE,
        "precedent_eur": EUROS,
        "valeur_eur": EUROS,
        "precedent_suivi_eur": EUROS,
        "suivi_eur": EUROS,
        "volume_eur": pandera.Column("float64", pandera.Check.ge(0)),
        "precedent_revalorise_eur": pandera.Column("float64", pandera.Check.ge(0)),
        "sans_masse_eur": EUROS,
    },
    ["annee", "echelle", "code", "flux", "a129"],
)
ENSEMBLE = _schema(
    {
        "flux": FLUX,
        "produit": CODE,
        "pays": CODE,
        "valeur_eur": EUROS,
        "masse_kg": KILOGRAMMES,
    },
    ["flux", "produit", "pays"],
)
