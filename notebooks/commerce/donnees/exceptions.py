"""Quelles lignes inhabituelles un relecteur a-t-il admises ? Le fichier `exceptions.csv`.

Refuser reste la règle : une valeur négative ou une ligne mal formée arrête tout. Mais les douanes
en publient parfois. `exceptions.csv`, posé avec leurs fichiers, les admet : colonnes `motif`,
`raison` et `par` (qui l'a revue). Un motif s'écrit comme une ligne des douanes : `*` y vaut toute
valeur ordinaire de sa colonne, `-*` tout nombre négatif, le reste ne vaut que lui-même. Un motif
n'admet donc que le défaut qu'il écrit :

- `…;QQ;-*;*` : valeur négative, gardée ; de même pour une masse ;
- `…;09;84;…` : département sous un autre code de région, gardé dans celle de nos tables ;
- `…;09;;…` : région vide, lue comme celle de nos tables ;
- `…;1000;` : masse vide, lue 0, ce qui veut dire inconnue ;
- `…;1000;10;` : séparateur final, ôté ;
- toute autre ligne (un en-tête, une ligne coupée), écrite entière, est écartée.

Le signe d'une autocorrection (pays `QQ`) n'est pas un cas à part : des douanes, on ne connaît que
son libellé, « Autocorrections », valable depuis 1900 (`Libelle_PAYS.txt`, joint à leurs fichiers),
qui ne dit pas qu'elle puisse être négative.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from commerce import references, tables
from commerce.donnees.lignes import COLONNES, MESURES, REGLES

NOM = "exceptions.csv"
COLONNES_DU_FICHIER = "motif;raison;par"
ECARTEE = "ecartee"
DEPARTEMENT, REGION, VALEUR, MASSE = map(
    COLONNES.index, ("departement", "region", "valeur_eur", "masse_kg")
)
# Un département sans région connue : celle que les douanes donnent à leur code 98.
INCONNUE = "98"
TOUTE, NEGATIF = "*", "-*"


class Motif(NamedTuple):
    """Une ligne de `exceptions.csv`."""

    motif: str
    raison: str
    par: str

    @property
    def cases(self) -> list[str]:
        return self.motif.split(";")

    @property
    def defaut(self) -> str:
        """Le défaut d'une ligne mal formée que ce motif écrit ; vide si elle est bien formée."""
        return _defaut(self.cases)


class Admise(NamedTuple):
    """De quoi compter les lignes admises ; `departement` est le code des douanes."""

    motif: Motif
    defaut: str
    annee: str
    trimestre: str
    flux: str
    departement: str


def _defaut(cases: list[str]) -> str:
    """`separateur`, `region_vide`, `masse_vide` se réparent ; vide pour une ligne bien formée."""
    dix = _sans_separateur_final(cases)
    if len(dix) != len(COLONNES):
        return ECARTEE
    fausses = {rang for rang, case in enumerate(dix) if not _ordinaire(COLONNES[rang], case)}
    vides = {rang for rang in fausses if not dix[rang]}
    if fausses - vides or vides - {REGION, MASSE}:
        return ECARTEE
    if MASSE in vides:
        return "masse_vide"
    if REGION in vides:
        return "region_vide"
    return "separateur" if len(dix) < len(cases) else ""


def _sans_separateur_final(cases: list[str]) -> list[str]:
    fin = len(cases)
    while fin > len(COLONNES) and not cases[fin - 1]:
        fin -= 1
    return cases[:fin]


def _ordinaire(colonne: str, case: str) -> bool:
    if case == TOUTE or (case == NEGATIF and colonne in MESURES):
        return True
    return bool(REGLES[colonne][0].fullmatch(case))


def _est_motif(texte: str) -> bool:
    cases = texte.split(";")
    etoiles = [case for case in cases if "*" in case]
    if not tables.TEXTE.juste(texte) or set(etoiles) - {TOUTE, NEGATIF}:
        return False
    defaut = _defaut(cases)
    if defaut == ECARTEE:
        return not etoiles
    negatif = any(case.startswith("-") for case in cases[-len(MESURES) :])
    return bool(defaut) or negatif or cases[REGION] != TOUTE


FORME = tables.Forme(
    {
        "motif": tables.Regle(
            _est_motif,
            "il faut une ligne des douanes qui écrit son défaut (nombre négatif, région, case "
            "vide, « ; » final) ; « * » y vaut une case ordinaire entière, « -* » un nombre "
            "négatif, et une ligne à écarter s'écrit sans étoile",
        ),
        "raison": tables.TEXTE,
        "par": tables.TEXTE,
    },
    ("motif",),
    0,
)


def lire(fichier: Path) -> list[Motif]:
    """Les exceptions de ce fichier, dans l'ordre ; une ligne fausse lève `ErreurDonnees`."""
    return [Motif(*ligne) for ligne in tables.lire(fichier, FORME).itertuples(index=False)]


def reparer(motifs: Iterable[Motif], comptes: dict[Admise, list[int]], octets: bytes) -> bytes:
    """Le texte où chaque ligne mal formée admise est réparée, ou vidée si elle est écartée.

    Ajoute à `comptes` les lignes et les euros admis. Le premier motif qui convient l'emporte ; le
    numéro des autres lignes ne change pas.
    """
    for motif in motifs:
        if motif.defaut == ECARTEE:
            octets, lignes = _expression(motif).subn(b"", octets)
            if lignes:
                comptes[Admise(motif, ECARTEE, "", "", "", "")] = [lignes, 0]
        elif motif.defaut:
            # Tout un fichier peut y passer : par ligne, le moins de travail possible.
            euros: dict[tuple[bytes, ...], list[int]] = {}
            octets = _expression(motif).sub(partial(_reparee, euros), octets)
            for cle, montants in euros.items():
                flux, trimestre, annee, departement = (case.decode() for case in cle)
                admise = Admise(motif, motif.defaut, annee, trimestre, flux, departement)
                comptes[admise] = [len(montants), sum(montants)]
    return octets


def _reparee(euros: dict[tuple[bytes, ...], list[int]], trouvee: re.Match[bytes]) -> bytes:
    """La ligne réparée ; sa valeur s'ajoute à `euros`, par flux, trimestre, année, département."""
    cases = trouvee[0].split(b";")[: len(COLONNES)]
    if not cases[REGION]:
        attendue = regions_attendues().get(cases[DEPARTEMENT].decode().zfill(2), INCONNUE)
        cases[REGION] = attendue.encode()
    cases[MASSE] = cases[MASSE] or b"0"
    euros.setdefault(tuple(cases[: DEPARTEMENT + 1]), []).append(int(cases[VALEUR]))
    return b";".join(cases)


def _expression(motif: Motif) -> re.Pattern[bytes]:
    cases = []
    for rang, case in enumerate(motif.cases):
        if case == TOUTE:
            mesure = COLONNES[rang] in MESURES
            cases.append("[0-9]+" if mesure else f"(?:{REGLES[COLONNES[rang]][0].pattern})")
        else:
            cases.append("-[0-9]+" if case == NEGATIF else re.escape(case))
    return re.compile(f"(?m)^{';'.join(cases)}(?=\r?$)".encode())


@cache
def regions_attendues() -> Mapping[str, str]:
    """Code région des douanes de nos tables, pour chaque code département des douanes."""
    attendues = {}
    for d in references.departements().values():
        attendues |= dict.fromkeys((d.code, d.code_douanes), d.region.code_douanes)
    attendues |= dict.fromkeys(references.CODES_CORSE, attendues["20"])
    publiques = {r.code: r.code_douanes for r in references.regions().values()}
    hors = references.hors_departements()["region"].items()
    return MappingProxyType(attendues | {c: publiques[r] for c, r in hors if r})


def a_ecrire(ligne: bytes) -> str:
    """La ligne de `exceptions.csv` qui admettrait cette ligne mal formée ; vide si rien ne peut."""
    texte = ligne.decode("utf-8", "replace")
    if _defaut(texte.split(";")) == "separateur":
        texte = ";".join([TOUTE] * len(COLONNES)) + texte[-1]
    return ecrite(texte) if _est_motif(texte) else ""


def ecrite(motif: str) -> str:
    """Ce motif en ligne de `exceptions.csv`, à compléter."""
    protege = motif.replace('"', '""')
    return f'« "{protege}";pourquoi;qui » (colonnes {COLONNES_DU_FICHIER})'
