"""Parmi les lignes que refusent les contrôles d'une année, lesquelles une exception admet-elle ?"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from commerce.donnees import exceptions
from commerce.donnees.colonnes import MESURES, Axe, territoires_publics
from commerce.donnees.exceptions import NEGATIF, REGION, TOUTE, Motif
from commerce.donnees.lignes import COLONNES, FLUX
from commerce.donnees.millesimes import Contenu
from commerce.donnees.periodes import Periode

REMEDES_MAX = 3
SIGNES = (({"valeur_eur"}, {"masse_kg"}), ({"masse_kg"}, {"valeur_eur"}), (set(MESURES), set()))


class Fautes(NamedTuple):
    """Les lignes d'une année que chaque contrôle refuse : un masque par faute."""

    negatifs: np.ndarray
    rattachements: np.ndarray


def fautes(axes: dict[str, Axe], mesures: dict[str, np.ndarray]) -> Fautes:
    """Quelles lignes ont un nombre négatif, ou une autre région que celle de nos tables ?"""
    attendues = exceptions.regions_attendues()
    departements, regions = axes["departement"], axes["region_douanes"]
    inattendus = [
        [attendues.get(code.zfill(2), region) != region for region in regions.codes]
        for code in departements.codes
    ]
    return Fautes(
        (mesures["valeur_eur"] < 0) | (mesures["masse_kg"] < 0),
        np.array(inattendus, bool)[departements.rangs, regions.rangs],
    )


def admettre(
    motifs: Iterable[Motif],
    axes: dict[str, Axe],
    mesures: dict[str, np.ndarray],
    refusees: Fautes,
) -> tuple[Fautes, list[dict]]:
    """Quelles fautes restent, et lesquelles sont admises ? Le premier motif qui convient l'emporte.

    Les admises, par motif, défaut, flux et territoire : `motif`, `raison`, `par`, `defaut`, `flux`,
    `territoire`, `lignes`, `valeur_eur`.
    """
    admises = []
    for motif in motifs:
        if motif.defaut or not any(masque.any() for masque in refusees):
            continue
        conformes = _conformes(motif.cases, axes, mesures)
        for nom, masque in refusees._asdict().items():
            prises = conformes & masque
            if nom == "rattachements" and motif.cases[REGION] == TOUTE:
                continue
            refusees = refusees._replace(**{nom: masque & ~prises})
            for flux, territoire, rangs in _par_territoire(axes, prises):
                valeur_eur = int(mesures["valeur_eur"][rangs].sum())
                admises.append(_compte(motif, nom, flux, territoire, len(rangs), valeur_eur))
    return refusees, admises


def reparees(retenus: dict[Periode, Contenu]) -> list[dict]:
    """Les lignes réparées à la lecture, dans ces périodes, que donne leur fichier.

    Colonnes de `admettre`.
    """
    publics = territoires_publics()
    return [
        _compte(
            admise.motif,
            admise.defaut,
            FLUX[admise.flux],
            publics.get(admise.departement.zfill(2), admise.departement),
            *compte,
        )
        for periode, contenu in retenus.items()
        for admise, compte in contenu.admises.items()
        if admise.defaut != exceptions.ECARTEE
        and (admise.annee, admise.trimestre) == (str(periode.annee), str(periode.trimestre))
        and FLUX[admise.flux] == periode.flux
    ]


def ecartees(contenu: Contenu) -> list[dict]:
    """Une remarque par exception qui a fait écarter des lignes d'un fichier."""
    return [
        {
            "cle": "ecartees" if compte[0] > 1 else "ecartee",
            "nom": contenu.piece.nom,
            "nombre": compte[0],
            "raison": admise.motif.raison,
            "par": admise.motif.par,
        }
        for admise, compte in contenu.admises.items()
        if admise.defaut == exceptions.ECARTEE
    ]


def sans_effet(motifs: list[Motif], contenus: list[Contenu], faits: dict[str, dict]) -> list[dict]:
    """Une remarque par exception qui n'a admis aucune ligne : à corriger, ou à ôter."""
    servis = {admise.motif.motif for contenu in contenus for admise in contenu.admises}
    servis |= {dite["motif"] for mesures in faits.values() for dite in mesures["exceptions"]}
    return [
        {"cle": "sans_effet", "nom": exceptions.NOM, "raison": motif.raison, "par": motif.par}
        for motif in motifs
        if motif.motif not in servis
    ]


def _compte(motif: Motif, defaut: str, flux: str, territoire: str, lignes: int, euros: int) -> dict:
    dits = {"defaut": defaut, "flux": flux, "territoire": territoire}
    return motif._asdict() | dits | {"lignes": lignes, "valeur_eur": euros}


def _par_territoire(axes: dict[str, Axe], prises: np.ndarray) -> Iterator:
    rangs = np.flatnonzero(prises)
    flux, territoires = axes["flux"].choisir(rangs), axes["territoire"].choisir(rangs)
    couples = np.stack([flux.rangs, territoires.rangs], axis=1)
    for couple in np.unique(couples, axis=0):
        lignes = rangs[(couples == couple).all(axis=1)]
        yield flux.codes[couple[0]], territoires.codes[couple[1]], lignes


def _conformes(
    cases: list[str], axes: dict[str, Axe], mesures: dict[str, np.ndarray]
) -> np.ndarray:
    """Les lignes de l'année qui répondent à ce motif, case par case."""
    conformes = np.ones(len(mesures["valeur_eur"]), bool)
    for colonne, case in zip(COLONNES, cases, strict=True):
        if colonne in MESURES:
            valeurs = mesures[colonne]
            etoiles = {TOUTE: valeurs >= 0, NEGATIF: valeurs < 0}
            conformes &= etoiles[case] if case in etoiles else valeurs == int(case)
        elif case != TOUTE:
            axe, code = _axe(axes, colonne), _code(colonne, case)
            conformes &= np.array([autre == code for autre in axe.codes], bool)[axe.rangs]
    return conformes


def _axe(axes: dict[str, Axe], colonne: str) -> Axe:
    return axes.get(f"{colonne}_douanes") or axes[colonne]


def _code(colonne: str, case: str) -> str:
    """Le code d'un axe que désigne la case d'une ligne des douanes."""
    if colonne == "flux":
        return FLUX[case]
    return case.zfill(2) if colonne == "region" else case


def a_ecrire(axes: dict[str, Axe], mesures: dict[str, np.ndarray], refusees: Fautes) -> list[str]:
    """Les motifs qui admettraient ces fautes, aussi étroits que possible, en petit nombre."""
    motifs = []
    for negatives, positives in SIGNES:
        masque = refusees.negatifs.copy()
        for nom in negatives:
            masque &= mesures[nom] < 0
        for nom in positives:
            masque &= mesures[nom] >= 0
        motifs += _motifs(axes, mesures, masque, sans={"region"})
    departements, regions = axes["departement"], axes["region_douanes"]
    rangs = np.flatnonzero(refusees.rattachements)
    couples = np.stack([departements.rangs[rangs], regions.rangs[rangs]], axis=1)
    for departement, region in np.unique(couples, axis=0):
        masque = refusees.rattachements & (departements.rangs == departement)
        masque &= regions.rangs == region
        motifs += _motifs(axes, mesures, masque)
    return list(dict.fromkeys(motifs))[:REMEDES_MAX]


def _motifs(axes: dict, mesures: dict, masque: np.ndarray, sans=frozenset()) -> list:
    """Le motif de ces lignes : une case qu'elles ont toutes en commun s'écrit, une autre non."""
    rangs = np.flatnonzero(masque)
    if not len(rangs):
        return []
    lettres = {nom: lettre for lettre, nom in FLUX.items()}
    cases = []
    for colonne in COLONNES:
        if colonne in MESURES:
            valeurs = np.unique(mesures[colonne][rangs])
            seule = str(valeurs[0]) if len(valeurs) == 1 else ""
            cases.append(seule or (NEGATIF if valeurs[0] < 0 else TOUTE))
        else:
            axe = _axe(axes, colonne)
            codes = {axe.codes[rang] for rang in np.unique(axe.rangs[rangs])}
            code = codes.pop() if len(codes) == 1 and colonne not in sans else TOUTE
            cases.append(lettres.get(code, code))
    return [";".join(cases)]
