"""Manque-t-il une partie des données ? Quatre comparaisons que des fichiers coupés ne passent pas.

Chacune rend les phrases de ce qui ne va pas, vide si tout est là. Les seuils viennent des vrais
fichiers d'importation de 2019 : d'un trimestre à l'autre, le nombre de lignes de la France change
de 0,1 %, celui d'un département de 18 % au plus.
"""

import pandas as pd

from commerce import formats, references
from commerce.annee import Annee
from commerce.donnees import rapprochement, remarques
from commerce.donnees.periodes import Periode, ordinal
from commerce.donnees.prepare import NOMS_FLUX, TRIMESTRES, Prepare
from commerce.redaction import brute

# Le total officiel estime ce qui n'est pas déclaré : il dépasse de quelques pour cent le nôtre.
ECART_OFFICIEL_PCT = (-10, 5)
PART_DES_LIGNES_MIN = 0.8
# Un texte sans fin de ligne est déjà suspect : moins de lignes suffisent.
PART_DES_LIGNES_MIN_SI_COUPE = 0.97
# Un petit territoire varie davantage ; sous dix lignes, son absence ne prouve rien.
PART_DU_TERRITOIRE_MIN = 0.4
LIGNES_DU_TERRITOIRE_MIN = 10
LIGNES_COMPARABLES_MIN = 200
VOISINS_MIN = 3


def ecarts_officiels(prepare: Prepare, annee: int) -> list[str]:
    """Le total d'un flux s'éloigne-t-il du total publié plus que les champs ne l'expliquent ?"""
    periodes = pd.DataFrame(prepare.meta["periodes"])
    totaux = periodes[periodes["annee"] == annee].groupby("flux")["valeur_eur"].sum().to_dict()
    mini, maxi = ECART_OFFICIEL_PCT
    return [
        brute(
            "donnees.controles.total_officiel.ecart",
            flux=NOMS_FLUX[ligne.flux],
            ecart=_signe(ligne.ecart_pct),
            mini=_signe(mini),
            maxi=_signe(maxi),
        )
        for ligne in rapprochement.comparaison(annee, totaux).itertuples()
        if not mini <= ligne.ecart_pct <= maxi
    ]


def _signe(pourcentage: float) -> str:
    return f"{'+' if pourcentage > 0 else ''}{formats.pourcentage(pourcentage)}"


def trimestres_creux(prepare: Prepare, annee: int) -> list[str]:
    """Un trimestre a-t-il bien moins de lignes ou de départements que ses voisins ?

    Voisins : les autres trimestres du même flux, dans l'année, la précédente et la suivante.
    """
    lignes = prepare.effectifs()
    lignes = lignes[lignes["annee"].between(annee - 1, annee + 1)]
    phrases = []
    for flux in NOMS_FLUX:
        du_flux = lignes[lignes["flux"] == flux]
        table = du_flux.pivot_table(
            index="territoire", columns=["annee", "trimestre"], values="lignes", aggfunc="sum"
        ).fillna(0)
        coupes = _coupes(prepare, flux)
        for periode in (Periode(annee, trimestre, flux) for trimestre in TRIMESTRES):
            if (annee, periode.trimestre) in table:
                phrases += _creux(table, periode, periode in coupes)
    return phrases


def _coupes(prepare: Prepare, flux: str) -> set[Periode]:
    """Trimestres tirés d'un fichier dont la dernière ligne n'est pas finie."""
    coupes = {f["nom"] for f in prepare.meta["fichiers"] if f["coupe"]}
    return {
        Periode(p["annee"], p["trimestre"], flux)
        for p in prepare.meta["periodes"]
        if p["flux"] == flux and p["fichier"] in coupes
    }


def _creux(table: pd.DataFrame, periode: Periode, coupe: bool) -> list[str]:
    """`table` : lignes par territoire (index) et trimestre (colonnes), d'un flux."""
    siennes = table[(periode.annee, periode.trimestre)]
    voisins = table.drop(columns=[(periode.annee, periode.trimestre)])
    if len(voisins.columns) < VOISINS_MIN:
        return []
    attendues = voisins.median(axis="columns")
    attendu = voisins.sum().median()
    part = siennes.sum() / attendu
    if part < (PART_DES_LIGNES_MIN_SI_COUPE if coupe else PART_DES_LIGNES_MIN):
        suite = brute("donnees.controles.effectifs.coupe") if coupe else ""
        lignes, attendu = (formats.nombre(int(effectif)) for effectif in (siennes.sum(), attendu))
        dits = {"periode": periode, "lignes": lignes, "attendu": attendu, "suite": suite}
        return [brute("donnees.controles.effectifs.creux", **dits)]
    absents = (siennes == 0) & (attendues >= LIGNES_DU_TERRITOIRE_MIN)
    comparables = attendues >= LIGNES_COMPARABLES_MIN
    reduits = comparables & (siennes < PART_DU_TERRITOIRE_MIN * attendues) & ~absents
    connus = references.departements()
    return [
        brute(f"donnees.controles.effectifs.{quoi}", periode=periode, noms=_noms(codes))
        for cas, quoi in ((absents, "absents"), (reduits, "reduits"))
        if (codes := [code for code in table.index[cas] if code in connus])
    ]


def _noms(codes: list[str]) -> str:
    return enumerer([f"{references.departements()[code].nom} ({code})" for code in codes], 6)


def enumerer(dits: list[str], nombre: int) -> str:
    """Les premiers, et combien d'autres."""
    ecrits, reste = ", ".join(dits[:nombre]), len(dits) - nombre
    return brute("donnees.controles.autres", codes=ecrits, nombre=reste) if reste > 0 else ecrits


def flux_absents(prepare: Prepare, annee: int) -> list[str]:
    """Quels territoires n'ont aucune ligne de l'année, dans un flux ou dans les deux ?

    Rien sur un flux dont l'année est entièrement absente : les trimestres manquants le disent.
    """
    lignes = prepare.effectifs()
    lignes = lignes[lignes["annee"] == annee]
    presents = {flux: set(lignes.loc[lignes["flux"] == flux, "territoire"]) for flux in NOMS_FLUX}
    return [
        brute("donnees.controles.territoires.sans", noms=_noms(absents), flux=NOMS_FLUX[flux])
        for flux, codes in presents.items()
        if codes and (absents := sorted(set(references.departements()) - codes))
    ]


def revisions_perdantes(prepare: Prepare, annee: int) -> list[str]:
    """Quels fichiers l'emportent sur un autre en effaçant la moitié de ce qu'il contient ?"""
    pertes: dict[tuple[str, str], list[str]] = {}
    for ecart in prepare.meta["ecarts"]:
        if (ecart["annee"], ecart["trimestre"]) in Annee(annee).trimestres and ecart["perte"]:
            perte = brute(
                "donnees.controles.revisions.perte",
                flux=NOMS_FLUX[ecart["flux"]],
                rang=ordinal(ecart["trimestre"]),
                perte=remarques.perte(ecart),
            )
            pertes.setdefault((ecart["retenu"], ecart["ecarte"]), []).append(perte)
    perdante = "donnees.controles.revisions.perdante"
    return [
        brute(perdante, retenu=retenu, ecarte=ecarte, pertes=" ; ".join(detail[:2]))
        for (retenu, ecarte), detail in pertes.items()
    ]
