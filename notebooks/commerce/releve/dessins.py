"""Les figures du relevé des données : un panneau de barres par flux, sur la même échelle.

Chaque graphique et son alternative textuelle vont de pair.
"""

import altair as alt
import pandas as pd

from commerce import formats, theme
from commerce.dessin import marques
from commerce.dessin.marques import NOM_DU_FLUX, couleur_du_flux, montant_court, part_courte
from commerce.dessin.panneaux import Ligne, barres
from commerce.figure.disposition import propre


def trimestres(trimestres: pd.DataFrame, sens: str, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Combien d'euros et de lignes par trimestre ? Voir `tables_releve.trimestres`."""
    lignes = [
        Ligne(
            nom=_trimestre(ligne) + "*" * bool(ligne["provisoire"]),
            valeur=ligne["valeur_eur"],
            couleur=couleur_du_flux(sens),
            dit=f"{_trimestre(ligne)} : {montant_court(ligne['valeur_eur'])}, "
            f"{formats.quantite(ligne['lignes'], 'ligne')}",
            colonnes=(_millions(ligne["valeur_eur"]), formats.nombre(ligne["lignes"])),
        )
        for ligne in _du_flux(trimestres, sens)
    ]
    return _panneau(lignes, sens, largeur, ("M€", "lignes"), trimestres["valeur_eur"], "trimestre")


def revisions(revisions: pd.DataFrame, sens: str, largeur: float = theme.LARGE) -> alt.LayerChart:
    """De combien chaque trimestre révisé a-t-il changé ? Voir `tables_releve.revisions`."""
    return _ecarts(revisions, sens, largeur, _trimestre, "trimestre révisé")


def mouvements(mouvements: pd.DataFrame, sens: str, largeur: float = theme.LARGE) -> alt.LayerChart:
    """De combien chaque territoire a-t-il bougé ? Voir `tables_releve.mouvements`."""
    return _ecarts(mouvements, sens, largeur, lambda ligne: propre(ligne["nom"]), "territoire")


def non_classes(
    non_classes: pd.DataFrame, sens: str, largeur: float = theme.LARGE
) -> alt.LayerChart:
    """Que pèsent les partenaires qui ne sont pas des pays ? Voir `tables_releve.non_classes`."""
    lignes = [
        Ligne(
            nom=propre(ligne["partenaire"]),
            valeur=ligne["part_pct"],
            couleur=couleur_du_flux(sens),
            dit=f"{propre(ligne['partenaire'])} : {montant_court(ligne['valeur_eur'])}, "
            f"{part_courte(ligne['part_pct'])} des {NOM_DU_FLUX[sens]}",
            colonnes=(_millions(ligne["valeur_eur"]), _part(ligne["part_pct"])),
        )
        for ligne in _du_flux(non_classes, sens)
    ]
    return _panneau(lignes, sens, largeur, ("M€", "%"), non_classes["part_pct"], "partenaire")


def _ecarts(table: pd.DataFrame, sens: str, largeur: float, nommer, quoi: str) -> alt.LayerChart:
    couleurs = theme.theme().couleurs
    lignes = [
        Ligne(
            nom=nommer(ligne),
            valeur=ligne["ecart_eur"],
            couleur=couleurs.positif if ligne["ecart_eur"] > 0 else couleurs.negatif,
            dit=f"{nommer(ligne)} : {formats.millions_signe(ligne['ecart_eur'])}, "
            f"{formats.pourcentage(ligne['ecart_pct'], signe=True)}",
            colonnes=(
                _millions(ligne["ecart_eur"], signe=True),
                formats.nombre(ligne["ecart_pct"], 1, signe=True),
            ),
        )
        for ligne in _du_flux(table, sens)
    ]
    return _panneau(lignes, sens, largeur, ("M€", "%"), table["ecart_eur"], quoi)


def _panneau(
    lignes: list[Ligne],
    sens: str,
    largeur: float,
    entetes: tuple[str, str],
    valeurs: pd.Series,
    quoi: str,
) -> alt.LayerChart:
    titre = NOM_DU_FLUX[sens].capitalize()
    if not lignes:
        return marques.vide(largeur, f"{titre} : aucun {quoi}")
    return barres(
        lignes,
        largeur,
        titre=titre,
        couleur_du_titre=couleur_du_flux(sens),
        entetes=entetes,
        domaine=(float(min(valeurs.min(), 0)), float(max(valeurs.max(), 0))),
    )


def _du_flux(table: pd.DataFrame, sens: str) -> list[dict]:
    return table[table["flux"] == sens].to_dict("records")


def _trimestre(ligne: dict) -> str:
    return f"T{ligne['trimestre']}{formats.INSECABLE}{ligne['annee']}"


def _millions(montant_eur: int, signe: bool = False) -> str:
    return formats.nombre(formats.en_millions(montant_eur), 1, signe)


def _part(part_pct: float) -> str:
    return part_courte(part_pct).removesuffix("%").strip()


# Alternatives textuelles


def dire_trimestres(trimestres: pd.DataFrame, sens: str) -> str:
    """Nombre de trimestres, le plus fort et le plus faible."""
    return _dire(trimestres, sens, "valeur_eur", "trimestre", _trimestre, formats.millions)


def dire_revisions(revisions: pd.DataFrame, sens: str) -> str:
    """Nombre de trimestres révisés, plus forte hausse et plus forte baisse."""
    return _dire(revisions, sens, "ecart_eur", "trimestre révisé", _trimestre)


def dire_mouvements(mouvements: pd.DataFrame, sens: str) -> str:
    """Nombre de territoires montrés, plus forte hausse et plus forte baisse."""
    return _dire(mouvements, sens, "ecart_eur", "territoire", lambda ligne: propre(ligne["nom"]))


def dire_non_classes(non_classes: pd.DataFrame, sens: str) -> str:
    """Nombre de partenaires montrés, le premier et le dernier."""
    lignes = _du_flux(non_classes, sens)
    if not lignes:
        return f"{NOM_DU_FLUX[sens].capitalize()} : aucun partenaire non classé."
    total = sum(ligne["part_pct"] for ligne in lignes)
    return (
        f"Barres : {formats.quantite(len(lignes), 'partenaire non classé')}, "
        f"{part_courte(total)} des {NOM_DU_FLUX[sens]} ensemble. Premier : "
        f"{propre(lignes[0]['partenaire'])}, {part_courte(lignes[0]['part_pct'])}."
    )


def _dire(table, sens: str, colonne: str, quoi: str, nommer, ecrire=formats.millions_signe) -> str:
    lignes = _du_flux(table, sens)
    if not lignes:
        return f"{NOM_DU_FLUX[sens].capitalize()} : aucun {quoi}."
    haut, bas = (choix(lignes, key=lambda ligne: ligne[colonne]) for choix in (max, min))
    pluriel = " ".join(mot + "s" for mot in quoi.split())
    return (
        f"Barres des {NOM_DU_FLUX[sens]} : {formats.quantite(len(lignes), quoi, pluriel)}. Le plus "
        f"haut : {nommer(haut)}, {ecrire(haut[colonne])} ; le plus bas : {nommer(bas)}, "
        f"{ecrire(bas[colonne])}."
    )


PAR_GRAPHIQUE = {
    trimestres: dire_trimestres,
    revisions: dire_revisions,
    mouvements: dire_mouvements,
    non_classes: dire_non_classes,
}
