"""Qu'est-ce qu'un lot ? Des pages à faire, chacune tirée d'un carnet et de ses paramètres."""

from dataclasses import dataclass, field
from pathlib import Path

DELAI_S = 120.0
MEMOIRE_MAX_OCTETS = 1_500_000_000
# Un noyau et son ouvrier (90 Mo) tiennent ainsi dans 600 Mo, même sur les données entières.
MEMOIRE_USEE_OCTETS = 490_000_000
PAGES_PAR_NOYAU = 100


@dataclass(frozen=True)
class Modele:
    """Un carnet à exécuter, et les figures que chaque page tirée de lui doit contenir."""

    carnet: Path
    figures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """Une page à faire : `code` l'identifie, `slug` nomme ses fichiers, `nom` la présente."""

    code: str
    slug: str
    nom: str
    parametres: dict[str, object]
    modele: Modele


@dataclass(frozen=True)
class Reglages:
    """Ce que chaque ouvrier doit savoir pour exécuter et publier.

    sortie : dossier des résultats ; gabarits : dossier qui contient le gabarit nbconvert ;
    prechauffage : lignes d'import exécutées d'avance dans un noyau chaud ;
    noyau_neuf : un noyau par page, sans rien garder ; delai_s : limite par page ;
    memoire_max_octets : au-delà, le noyau est tué ; memoire_usee_octets : au-delà, il est
    renouvelé avant la page suivante, mais pas plus de cinq fois en pages_par_noyau pages, au bout
    desquelles il l'est toujours ; temoins : fichiers communs à toutes les pages et leur sha256 :
    s'ils ont changé pendant le passage, un échec n'est pas celui de la page.
    """

    sortie: Path
    gabarits: Path
    gabarit: str = "fiche"
    prechauffage: str = ""
    noyau_neuf: bool = False
    delai_s: float = DELAI_S
    memoire_max_octets: int = MEMOIRE_MAX_OCTETS
    memoire_usee_octets: int = MEMOIRE_USEE_OCTETS
    pages_par_noyau: int = PAGES_PAR_NOYAU
    temoins: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lot:
    """Un passage demandé.

    pages : dans l'ordre voulu ; annexes : pages faites ensuite, une à une, à partir des
    indicateurs et du journal ; dependances : fichiers et dossiers dont dépend toute page, par
    nom ; donnees : empreinte des données ; bibliotheques : distributions dont la version
    compte ; passage : ce que le journal doit dire de plus (options, sources, jeu...) ; pdf : tirer
    aussi les PDF des pages ; avertissements : phrases à rappeler à la fin.
    """

    pages: tuple[Page, ...]
    reglages: Reglages
    dependances: dict[str, tuple[Path, ...]]
    donnees: str
    annexes: tuple[Page, ...] = ()
    bibliotheques: tuple[str, ...] = ()
    passage: dict[str, object] = field(default_factory=dict)
    avertissements: tuple[str, ...] = ()
    travailleurs: int = 1
    forcer: bool = False
    pdf: bool = False
