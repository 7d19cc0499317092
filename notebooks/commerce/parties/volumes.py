"""L'évolution d'un flux vient-elle de son volume ou de sa valeur unitaire ?

La valeur unitaire est un montant par kilogramme. Ce n'est pas un prix : elle change aussi quand les
articles d'un même code changent. Indice, mailles suivies et limites : voir `donnees.volumes`.
"""

from functools import partial
from math import isnan

import altair as alt
import pandas as pd

from commerce import formats, nommer, profils, theme
from commerce.donnees.volumes import TAUX
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.formats import NOM_DU_FLUX, montant_court, propre
from commerce.indicateurs import SENS, Sens
from commerce.parties.contributions import ENSEMBLE
from commerce.parties.evolution import verbe
from commerce.redaction import Texte, assembler, legende, mots, paragraphes, phrase, renvois

PRODUITS = 5
COLONNES = ["flux", "produit", "libelle_court", "libelle", "precedent_eur", "valeur_eur", *TAUX]
COLONNES = [*COLONNES, "suivi_pct", "sans_masse_eur"]
# Vingt pour cent au moins de part et d'autre de zéro : sans quoi une barre longue dirait 1 %.
ETENDUE_MINIMALE = (0.8, 1.25)
EPAISSEUR, DECALAGE = 8, 4.5
BARRES = {"volume": "volume_pct", "unitaire": "valeur_unitaire_pct"}
pourcentage = partial(formats.pourcentage, signe=True)


def tableau(fiche, produits: int = PRODUITS) -> pd.DataFrame:
    """Comment l'évolution de chaque flux se partage-t-elle entre volume et valeur unitaire ?

    Par flux : l'ensemble (produit « ensemble »), puis les `produits` premiers de l'année.
    Colonnes : flux, produit, libelle_court, libelle, precedent_eur, valeur_eur, evolution_pct,
    volume_pct, valeur_unitaire_pct, suivi_pct, sans_masse_eur (voir `donnees.volumes`). Un produit
    trop petit l'année d'avant vaut NaN. Un flux dont l'évolution est « n.s. » n'a pas de ligne.
    """
    repere, ici = fiche.reperes, fiche.espaces["departement"]
    tables, nom = [pd.DataFrame(columns=COLONNES)], phrase("volumes.ensemble", fiche)
    for sens in SENS:
        ensemble = profils.volumes_pct(repere, sens).loc[[ici]]
        if isnan(ensemble["evolution_pct"].iloc[0]):
            continue
        ensemble = ensemble.assign(produit=ENSEMBLE, libelle_court=nom, libelle=nom)
        premiers = profils.volumes_produits_pct(repere, sens).loc[ici].head(produits)
        premiers = premiers[premiers["valeur_eur"] > 0].join(repere.libelles)
        premiers = premiers.rename_axis("produit").reset_index()
        tables.append(pd.concat([ensemble, premiers]).assign(flux=sens)[COLONNES])
    return pd.concat(tables[1:] or tables, ignore_index=True)


def texte(fiche, volumes: pd.DataFrame) -> Texte:
    """Le partage de chaque flux, ici et en France, puis ce que le calcul laisse de côté."""
    if fiche.reperes.precedents is None:
        return paragraphes([phrase("evolution.sans_annee", fiche)])
    partages = []
    for sens in SENS:
        communes = {"flux": NOM_DU_FLUX[sens]}
        du_flux = volumes[volumes["flux"] == sens]
        if du_flux.empty:
            continue
        ensemble = du_flux.iloc[0]
        communes |= {"suivi": formats.part(ensemble["suivi_pct"])}
        if pd.isna(ensemble["volume_pct"]):
            partages.append(phrase("volumes.non_suivi", fiche, **_taux(ensemble), **communes))
            continue
        france = profils.volumes_pct(fiche.reperes, sens).loc[fiche.espaces["france"]]
        partages.append(
            phrase(
                "volumes.partage",
                fiche,
                **_taux(ensemble),
                **communes,
                verbe=verbe(fiche, ensemble["evolution_pct"]),
                volume_france=pourcentage(france["volume_pct"]),
                unitaire_france=pourcentage(france["valeur_unitaire_pct"]),
                sans_masse=_sans_masse(fiche, ensemble),
            )
        )
    if not partages:
        return Texte("")
    dites = paragraphes([*partages, phrase("volumes.precautions", fiche)])
    return assembler(dites, renvois("volume", "valeur-unitaire"))


def _taux(ligne) -> dict[str, str]:
    noms = ("evolution", "volume", "unitaire")
    return {nom: pourcentage(ligne[taux]) for nom, taux in zip(noms, TAUX, strict=True)}


def _echanges(ligne: pd.Series) -> str:
    """« les exportations » pour l'ensemble, « les ventes de boissons » pour un produit."""
    if ligne["produit"] == ENSEMBLE:
        return f"les {NOM_DU_FLUX[ligne['flux']]}"
    return nommer.echanges(ligne["flux"], ligne["produit"], ligne["libelle_court"])


def _sans_masse(fiche, ensemble: pd.Series) -> str:
    montant, total = ensemble["sans_masse_eur"], ensemble["valeur_eur"]
    if formats.arrondi(formats.en_millions(montant), 1) == 0:
        return ""
    part = formats.part(100 * montant / total)
    ecrit = phrase("volumes.sans_masse", fiche, montant=formats.millions(montant), part=part)
    return f" ; {ecrit}"


def alternative(volumes: pd.DataFrame, sens: Sens) -> str:
    """L'évolution de l'ensemble et de chaque produit, et son partage."""
    modeles, flux = mots()["volumes"]["dessin"], NOM_DU_FLUX[sens]
    du_flux = volumes[volumes["flux"] == sens]
    if du_flux.empty:
        return modeles["alternative_vide"].format(flux=flux.capitalize())
    return modeles["alternative"].format(flux=flux, lignes=" ; ".join(_dits(du_flux)))


def _dits(volumes: pd.DataFrame) -> list[str]:
    modele_de_ligne = mots()["volumes"]["dessin"]["ligne"]
    return [
        modele_de_ligne.format(
            nom=propre(ligne["libelle_court"]),
            avant=montant_court(int(ligne["precedent_eur"])),
            apres=montant_court(int(ligne["valeur_eur"])),
            **_taux(ligne),
        )
        for ligne in volumes.to_dict("records")
    ]


@modele
def _graphique(sens: Sens) -> alt.LayerChart:
    # Sur cette échelle, les deux barres mises bout à bout feraient l'évolution.
    echelle = alt.Scale(type="log", domain=panneau.ECHELLE.domain, nice=False)
    lignes, colonnes = panneau.base("produit"), _colonnes(sens)
    barres = [
        panneau.barres(lignes, f"facteur_{champ}", 1, echelle=echelle, color=alt.ColorValue(teinte))
        for champ, _, teinte in colonnes[1:]
    ]
    barres = [
        barre.mark_bar(size=EPAISSEUR, minBandSize=1, yOffset=ecart)
        for barre, ecart in zip(barres, (-DECALAGE, DECALAGE), strict=True)
    ]
    return panneau.habiller(
        lignes,
        *(*barres, panneau.zero(1)),
        colonnes=colonnes,
        titre=NOM_DU_FLUX[sens].capitalize(),
        couleur=theme.couleur_du_flux(sens),
    )


def _colonnes(sens: Sens) -> list[tuple[str, str, str]]:
    couleurs, entetes = theme.theme().couleurs, mots()["volumes"]["dessin"]["entetes"]
    teintes = (couleurs.texte, theme.couleur_du_flux(sens), couleurs.texte_discret)
    return [(*champ, teinte) for champ, teinte in zip(entetes.items(), teintes, strict=True)]


def dessin(volumes: pd.DataFrame, sens: Sens, largeur: float = theme.ETROIT) -> alt.LayerChart:
    """De combien le volume et la valeur unitaire ont-ils fait varier le flux ?

    volumes : voir `tableau`. Deux barres par ligne, de part et d'autre de zéro, sur une échelle
    logarithmique commune aux deux flux ; l'évolution de la valeur dans la première colonne.
    """
    modeles = mots()["volumes"]["dessin"]
    if not (volumes["flux"] == sens).any():
        return panneau.sans_barre(largeur, sens, modeles["sans_objet"])
    facteurs = {f"facteur_{nom}": 1 + volumes[taux] / 100 for nom, taux in BARRES.items()}
    ecrits = {
        nom: [formats.nombre(taux, 1, signe=True) for taux in volumes[champ]]
        for nom, champ in zip(("evolution", *BARRES), TAUX, strict=True)
    }
    total, bouts = volumes["produit"] == ENSEMBLE, pd.concat(facteurs.values())
    lignes = volumes.assign(**facteurs, **ecrits, total=total, dit=_dits(volumes))
    return panneau.remplir_un_flux(
        _graphique(sens),
        lignes,
        largeur,
        sens,
        nom="libelle_court",
        colonnes=_colonnes(sens),
        etendue=(
            min(ETENDUE_MINIMALE[0], bouts.min()),
            max(ETENDUE_MINIMALE[1], bouts.max()),
        ),
    )


def figure(fiche, volumes: pd.DataFrame) -> Figure | Texte:
    """La figure, sa légende et son exemple de lecture ; rien si aucun partage ne se calcule."""
    partages = volumes.dropna(subset="volume_pct")
    if partages.empty:
        return Texte("")
    exemple = partages.iloc[0]
    return figure_de(
        fiche,
        dessin,
        volumes,
        identifiant="volume-et-valeur-unitaire",
        titre=phrase("volumes.titre", fiche),
        legende=legende(
            "volumes.legende",
            fiche,
            echanges=_echanges(exemple),
            **_taux(exemple),
        ),
        alternative=alternative,
        panneaux=SENS,
    )
