"""Quel fichier fait foi pour un trimestre ? Règle de révision, sans jamais rien additionner.

Règle déclarée. Quand un même flux et un même trimestre viennent de plusieurs fichiers :
1. des fichiers au contenu identique comptent pour un seul, avec un avertissement ;
2. si la provenance (`provenance.json`) donne la date de publication de chacun, la plus récente
   l'emporte ;
3. sinon, ou à date égale, l'emporte celui dont le dernier trimestre est le plus tardif : une
   publication plus récente révise les précédentes ;
4. sinon, refus : les deux fichiers sont nommés, à l'utilisateur d'en retirer un.
Le fichier retenu, les fichiers écartés et la raison sont gardés dans `meta.json`.
Un trimestre est provisoire quand il vient d'une publication des derniers trimestres : nom
`REGIONAL_CPF4PAYS…`, ou fichier à cheval sur plusieurs années dont l'une n'est pas entière.
"""

import hashlib
from dataclasses import dataclass, field

from commerce import ErreurDonnees
from commerce.donnees.archives import Piece
from commerce.donnees.douanes import NOM_DE_DERNIERS_TRIMESTRES
from commerce.donnees.exceptions import Admise
from commerce.donnees.periodes import Periode

# En deçà, ce n'est plus une révision mais un fichier qui en remplace un autre à tort.
REVISION_MIN = 0.5
DEPARTEMENTS_PERDUS_MAX = 2


@dataclass
class Contenu:
    """Ce qu'un fichier contient : euros et lignes par période, et sa date de publication.

    `publie` est la date de `provenance.json` (AAAA-MM-JJ…), vide si elle n'est pas connue ;
    `fictif` : ses lignes viennent du jeu de démonstration ; `coupe` : sa dernière ligne n'est pas
    finie ; `departements` : codes des douanes présents, par période ; `admises` : lignes et
    euros des lignes mal formées qu'une exception a fait réparer ou écarter.
    """

    piece: Piece
    periodes: dict[Periode, dict] = field(default_factory=dict)
    publie: str = ""
    fictif: bool = False
    coupe: bool = False
    departements: dict[Periode, frozenset[str]] = field(default_factory=dict)
    admises: dict[Admise, list[int]] = field(default_factory=dict)

    def dernier_trimestre(self, flux: str) -> tuple[int, int]:
        return max((p.annee, p.trimestre) for p in self.periodes if p.flux == flux)

    @property
    def provisoire(self) -> bool:
        nom = self.piece.nom.rsplit("/", 1)[-1]
        presents = {(periode.annee, periode.trimestre) for periode in self.periodes}
        annees = {annee for annee, _ in presents}
        a_cheval = len(annees) > 1 and len(presents) < 4 * len(annees)
        return a_cheval or bool(NOM_DE_DERNIERS_TRIMESTRES.search(nom))


def departager(contenus: list[Contenu]) -> tuple[dict[Periode, Contenu], list[dict]]:
    """Quel fichier donne chaque période, et lesquels sont écartés ? Règle en tête du module.

    Les écarts : `annee`, `trimestre`, `flux`, `retenu`, `ecarte`, `raison` (`publication`,
    `trimestre` ou `identique`), `valeur_retenue_eur`, `valeur_ecartee_eur`, `perte` (ce que la
    révision fait disparaître, voir `remarques`, ou rien). Deux fichiers que rien ne départage
    lèvent `ErreurDonnees`.
    """
    retenus, ecarts = {}, []
    for periode in sorted({p for contenu in contenus for p in contenu.periodes}):
        candidats = [contenu for contenu in contenus if periode in contenu.periodes]
        gagnant, raison = _gagnant(periode, candidats)
        retenus[periode] = gagnant
        ecarts += [
            {
                "annee": periode.annee,
                "trimestre": periode.trimestre,
                "flux": periode.flux,
                "retenu": gagnant.piece.nom,
                "ecarte": perdant.piece.nom,
                "raison": raison,
                "valeur_retenue_eur": gagnant.periodes[periode]["valeur_eur"],
                "valeur_ecartee_eur": perdant.periodes[periode]["valeur_eur"],
                "perte": _perte(periode, gagnant, perdant),
            }
            for perdant in candidats
            if perdant is not gagnant
        ]
    return retenus, ecarts


def _gagnant(periode: Periode, candidats: list[Contenu]) -> tuple[Contenu, str]:
    if len(candidats) == 1:
        return candidats[0], ""
    dates = [contenu.publie for contenu in candidats]
    if all(dates):
        plus_recents = [c for c in candidats if c.publie == max(dates)]
        if len(plus_recents) == 1:
            return plus_recents[0], "publication"
        candidats = plus_recents
    dernier = max(c.dernier_trimestre(periode.flux) for c in candidats)
    plus_tardifs = [c for c in candidats if c.dernier_trimestre(periode.flux) == dernier]
    if len(plus_tardifs) == 1:
        return plus_tardifs[0], "trimestre"
    if len({_empreinte(c.piece) for c in plus_tardifs}) == 1:
        return plus_tardifs[0], "identique"
    noms = " et ".join(c.piece.nom for c in plus_tardifs[:2])
    raise ErreurDonnees(
        f"Les {periode} viennent de deux fichiers que rien ne départage, {noms} ; en retirer un "
        "du dossier."
    )


def _perte(periode: Periode, gagnant: Contenu, perdant: Contenu) -> dict:
    """Qu'emporterait cette révision ? Une vraie corrige des montants, elle n'en efface pas."""
    apres, avant = gagnant.periodes[periode], perdant.periodes[periode]
    for cle, champ in (("lignes", "lignes"), ("euros", "valeur_eur")):
        if abs(apres[champ]) < REVISION_MIN * abs(avant[champ]):
            return {"cle": cle, "apres": apres[champ], "avant": avant[champ]}
    partis = perdant.departements.get(periode, set()) - gagnant.departements.get(periode, set())
    if len(partis) > DEPARTEMENTS_PERDUS_MAX:
        return {"cle": "departements", "nombre": len(partis)}
    return {}


def _empreinte(piece: Piece) -> str:
    return hashlib.sha256(piece.lire()).hexdigest()
