"""Un panneau de barres du relevé : une ligne par trimestre, territoire ou partenaire d'un flux.

Les quatre figures du relevé partagent ce graphique. L'échelle est commune aux deux flux, et la
couleur est celle du flux : c'est le côté de la barre qui dit si l'écart est une hausse.
"""

from collections.abc import Callable

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.modele import modele
from commerce.formats import NOM_DU_FLUX, montant_court, propre
from commerce.indicateurs import SENS
from commerce.redaction import majuscule, mots
from commerce.releve.page import Releve, phrase


@modele
def _graphique(sens: str, champ: str, cle: str, mesure: str) -> alt.LayerChart:
    couleur = theme.couleur_du_flux(sens)
    lignes = panneau.base(cle)
    return panneau.habiller(
        lignes,
        panneau.barres(lignes, champ, color=alt.ColorValue(couleur)),
        panneau.zero(),
        colonnes=_colonnes(mesure),
        titre=NOM_DU_FLUX[sens].capitalize(),
        couleur=couleur,
    )


def _colonnes(mesure: str) -> list[tuple[str, str]]:
    return [("millions", "M€"), ("mesure", mesure)]


def dessin(
    section: str, lignes: pd.DataFrame, sens: str, largeur: float, champ: str, cle: str = "nom"
) -> alt.LayerChart:
    """Les barres d'un flux, du zéro à `champ`, avec leur montant et leur mesure en colonnes.

    lignes : le tableau de la figure et, écrits, nom, precision et mesure. cle : le champ qui
    distingue deux lignes.
    """
    du_flux = lignes[lignes["flux"] == sens]
    if du_flux.empty:
        return panneau.sans_barre(largeur, sens, majuscule(phrase(f"{section}.aucun")))
    signe = "ecart_eur" in lignes
    montants_eur = du_flux["ecart_eur" if signe else "valeur_eur"]
    ecrire = formats.millions_signe if signe else montant_court
    dits = zip(du_flux["nom"], montants_eur.map(ecrire), du_flux["precision"], strict=True)
    mesure = phrase(f"{section}.colonne")
    return panneau.remplir(
        _graphique(sens, champ, cle, mesure),
        du_flux.assign(
            dit=[phrase("dit", nom=nom, montant=ecrit, precision=p) for nom, ecrit, p in dits],
            millions=[formats.nombre(formats.en_millions(m), 1, signe) for m in montants_eur],
        ),
        largeur,
        nom="nom",
        colonnes=_colonnes(mesure),
        etendue=(float(min(lignes[champ].min(), 0)), float(max(lignes[champ].max(), 0))),
        titre=True,
    )


def noms(table: pd.DataFrame) -> list[str]:
    """Le nom de chaque ligne : son trimestre, à défaut son territoire."""
    if "trimestre" not in table:
        return [propre(nom) for nom in table["nom"]]
    return [phrase("trimestre", **ligne) for ligne in table.to_dict("records")]


def alternative(
    section: str, table: pd.DataFrame, sens: str, champ: str, ecrire: Callable[[int], str]
) -> str:
    """Nombre de barres, la plus haute et la plus basse."""
    du_flux = table[table["flux"] == sens]
    if du_flux.empty:
        return aucune(section, sens)
    valeurs = pd.Series(du_flux[champ].to_numpy(), index=pd.Index(noms(du_flux)))
    return phrase(
        "barres",
        flux=NOM_DU_FLUX[sens],
        nombre=formats.quantite(len(valeurs), *mots()["releve"][section]["nombre"]),
        haut=valeurs.idxmax(),
        haut_ecrit=ecrire(valeurs.max()),
        bas=valeurs.idxmin(),
        bas_ecrit=ecrire(valeurs.min()),
    )


def aucune(section: str, sens: str) -> str:
    """« Exportations : aucun trimestre. »"""
    aucun = phrase(f"{section}.aucun")
    return phrase("aucun", flux=NOM_DU_FLUX[sens].capitalize(), aucun=aucun)


def figure(
    releve: Releve,
    section: str,
    table: pd.DataFrame,
    dessin: Callable[..., alt.LayerChart],
    alternative: Callable[..., str],
    **valeurs,
) -> Figure:
    """La figure d'une section : un panneau par flux, son titre et sa légende."""
    return figure_de(
        releve,
        dessin,
        table,
        identifiant=f"figure-{section.replace('_', '-')}",
        titre=phrase(f"{section}.titre", **valeurs),
        legende=phrase(f"{section}.legende", **valeurs),
        alternative=alternative,
        panneaux=SENS,
    )
