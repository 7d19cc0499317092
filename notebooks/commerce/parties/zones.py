"""Dans quelles régions du monde sont les clients et les fournisseurs ?

Les parts d'un flux font 100 % : l'Océanie, les partenaires qui ne sont pas des pays et les codes
inconnus sont réunis. Un flux trop petit donne NaN, écrit « n.s. ».
"""

from math import isnan

import altair as alt
import pandas as pd

from commerce import formats, profils, theme
from commerce.donnees.reperes import UNION_EUROPEENNE
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.formats import NOM_DU_FLUX, part_courte, propre
from commerce.indicateurs import SENS
from commerce.redaction import (
    Texte,
    assembler,
    legende,
    mots,
    paragraphes,
    phrase,
    renvois,
)

PARTS = {"departement": "part_pct", "region": "part_region_pct", "france": "part_france_pct"}


def tableau(fiche) -> pd.DataFrame:
    """Quelle part de chaque flux va dans chaque zone, ici, dans la région et en France ?

    Une ligne par flux et zone ; colonnes flux, zone, part_pct, part_region_pct (sauf si le
    territoire est sa propre région), part_france_pct, en % du flux ; NaN si le flux est trop petit.
    """
    tables = []
    for sens in SENS:
        parts = profils.parts_zones_pct(fiche.reperes, sens)
        table = pd.DataFrame(
            {PARTS[echelle]: parts.loc[fiche.espaces[echelle]] for echelle in fiche.noms}
        )
        tables.append(table.rename_axis("zone").reset_index().assign(flux=sens))
    zones = pd.concat(tables, ignore_index=True)
    zones["zone"] = zones["zone"].replace(UNION_EUROPEENNE, phrase("zones.union", fiche))
    return zones[["flux", *zones.columns.drop("flux")]]


def texte(fiche, zones: pd.DataFrame) -> Texte:
    """La part de l'Union européenne et son écart à la France, puis la première zone au-delà.

    Rien d'un flux trop petit : les points d'attention l'ont dit.
    """
    union, ailleurs, premieres = [], [], []
    nom_de_l_union = phrase("zones.union", fiche)
    for sens in SENS:
        du_flux = zones[zones["flux"] == sens].set_index("zone")
        ligne = du_flux.loc[nom_de_l_union]
        if isnan(ligne["part_pct"]):
            continue
        cle = "import_apres_export" if sens == "import" and ailleurs else sens
        part = formats.pourcentage(ligne["part_pct"])
        union.append(phrase(f"zones.{cle}", fiche, part=part, ecart=_ecart(fiche, ligne)))
        hors_union = du_flux.drop(nom_de_l_union)["part_pct"]
        if hors_union.max() > 0:
            zone = phrase(f"zones.noms.{hors_union.idxmax()}", fiche)
            part = formats.part(hors_union.max())
            cle = "import_apres_export" if sens == "import" and ailleurs else sens
            cle = "import_aussi" if zone in premieres else cle
            premieres.append(zone)
            ailleurs.append(phrase(f"zones.hors_union_{cle}", fiche, zone=zone, part=part))
    textes = paragraphes([" ".join(union), " ".join(ailleurs)])
    return assembler(textes, renvois("zones", "non-classes")) if union else Texte("")


def _ecart(fiche, union: pd.Series) -> str:
    ecart = union["part_pct"] - union["part_france_pct"]
    part_france = formats.pourcentage(union["part_france_pct"])
    if not formats.arrondi(ecart, 1):
        return phrase("zones.ecart_nul", fiche, part_france=part_france)
    points = formats.points(abs(ecart)).removeprefix("+")
    plus = phrase(f"communs.{'de_plus' if ecart > 0 else 'de_moins'}", fiche, points=points)
    return phrase("zones.ecart", fiche, ecart=plus, part_france=part_france)


def alternative(zones: pd.DataFrame, sens: str) -> str:
    """La part de chaque zone ici, et celle de la première en France."""
    du_flux, flux = zones[zones["flux"] == sens], NOM_DU_FLUX[sens]
    textes = mots()["zones"]["alternative"]
    if du_flux["part_pct"].isna().all():
        return textes["petit"].format(flux=flux.capitalize())
    parts = [f"{propre(z)} {part_courte(p)}" for z, p in du_flux[["zone", "part_pct"]].to_numpy()]
    premiere = du_flux.loc[du_flux["part_pct"].idxmax()]
    return textes["barres"].format(
        flux=flux,
        parts=", ".join(parts),
        zone=propre(premiere["zone"]),
        part_france=part_courte(premiere["part_france_pct"]),
    )


@modele
def _graphique(sens: str, avec_region: bool) -> alt.LayerChart:
    couleurs, couleur = theme.theme().couleurs, theme.couleur_du_flux(sens)
    lignes = panneau.base("zone")
    barres = panneau.barres(lignes, "part_pct", color=alt.ColorValue(couleur))
    france = lignes.encode(
        x=alt.X("part_france_pct:Q", axis=None, scale=panneau.ECHELLE),
        description=alt.Description("dit_france:N"),
        tooltip=alt.Tooltip("dit_france:N"),
    )
    # Un trait bordé de blanc se voit sur la barre comme à côté.
    halo = france.mark_tick(size=20, thickness=6, color=couleurs.fond, opacity=1, aria=False)
    trait = france.mark_tick(size=18, thickness=2.4, color=couleurs.texte, opacity=1)
    return panneau.habiller(
        lignes,
        *(barres, panneau.zero(), halo, trait),
        colonnes=_colonnes(avec_region),
        titre=NOM_DU_FLUX[sens].capitalize(),
        couleur=couleur,
    )


def _colonnes(avec_region: bool) -> list[tuple[str, str]]:
    region = [("region", "région")] if avec_region else []
    return [("ici", "ici"), *region, ("france", "France")]


def dessin(zones: pd.DataFrame, sens: str, largeur: float = theme.ETROIT) -> alt.LayerChart:
    """Quelle part du flux va dans chaque zone, et combien en France ?

    zones : voir `tableau`. Une barre par zone pour le territoire, un trait pour la France, les
    nombres en colonnes. L'échelle est commune aux deux flux.
    """
    avec_region = "part_region_pct" in zones
    parts = [part for part in PARTS.values() if part in zones]
    du_flux = zones[zones["flux"] == sens].dropna(subset="part_pct")
    if du_flux.empty:
        return panneau.sans_barre(largeur, sens)
    flux = NOM_DU_FLUX[sens]
    ecrits = {
        nom: du_flux[PARTS[echelle]].map(part_courte)
        for nom, echelle in (("ici", "departement"), ("france", "france"))
    }
    if avec_region:
        ecrits["region"] = du_flux["part_region_pct"].map(part_courte)
    noms = du_flux["zone"].map(propre)
    lignes = du_flux.assign(
        **ecrits,
        dit=[f"{nom} : {part} des {flux}" for nom, part in zip(noms, ecrits["ici"], strict=True)],
        dit_france=[f"{n}, France : {p}" for n, p in zip(noms, ecrits["france"], strict=True)],
    )
    return panneau.remplir(
        _graphique(sens, avec_region),
        lignes,
        largeur,
        nom="zone",
        colonnes=_colonnes(avec_region),
        etendue=(0, float(zones[parts].max().max())),
        titre=True,
    )


def figure(fiche, zones: pd.DataFrame) -> Figure | Texte:
    """La figure, sa légende et son exemple de lecture ; rien si aucune part ne se calcule."""
    connues = zones.dropna(subset="part_pct")
    if connues.empty:
        return Texte("")
    exemple = connues.iloc[0]
    lecture = {
        "zone": phrase(f"zones.noms.{exemple['zone']}", fiche),
        "part": part_courte(exemple["part_pct"]),
        "part_france": part_courte(exemple["part_france_pct"]),
        "flux": NOM_DU_FLUX[exemple["flux"]],
    }
    return figure_de(
        fiche,
        dessin,
        zones,
        identifiant="zones-du-monde",
        titre=phrase("zones.titre", fiche, lieux=", ".join(list(fiche.noms.values())[:-1])),
        legende=legende("zones.legende", fiche, **lecture),
        alternative=alternative,
        panneaux=SENS,
    )
