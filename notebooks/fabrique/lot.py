"""Qu'est-ce qu'un lot ? Des pages à faire, chacune tirée d'un carnet et de ses paramètres."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DELAI_S = 120.0
POIDS_CONSEILLE_OCTETS = 900_000
MEMOIRE_MAX_OCTETS = 1_500_000_000
# La cellule la plus chargée d'une fiche affiche un mégaoctet, et une page n'en pèse pas un.
SORTIES_MAX_OCTETS = 10_000_000
# Un noyau et son ouvrier (90 Mo) tiennent ainsi dans 600 Mo, même sur les données entières.
MEMOIRE_USEE_OCTETS = 490_000_000
PAGES_PAR_NOYAU = 100


@dataclass(frozen=True)
class Modele:
    """Un carnet à exécuter, les figures que chaque page doit contenir, le poids conseillé."""

    carnet: Path
    figures: frozenset[str] = frozenset()
    poids_conseille_octets: int = POIDS_CONSEILLE_OCTETS


@dataclass(frozen=True)
class Page:
    """Une page à faire : `code` l'identifie, `slug` nomme ses fichiers, `nom` la présente.

    parametres : ce que disent le carnet exécuté et le journal ; lieux : pour ceux d'entre eux qui
    nomment un endroit de cette machine, l'endroit véritable, donné à l'exécution et écrit nulle
    part. Le même lot a ainsi les mêmes octets dans un autre dossier. pdf : son passage en tire
    aussi les PDF, et la page y renvoie. dependances : fichiers et dossiers dont elle dépend en
    plus de ceux du lot, par nom de cause. filles : par quoi commence le nom des pages que ce carnet
    fait en plus de la sienne (`filles`) ; vide, aucune. lit_le_lot : une annexe est refaite quand
    une fiche change, sauf si elle n'en lit rien.
    """

    code: str
    slug: str
    nom: str
    parametres: dict[str, object]
    modele: Modele
    lieux: dict[str, str] = field(default_factory=dict)
    pdf: bool = False
    dependances: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    filles: str = ""
    lit_le_lot: bool = True


@dataclass(frozen=True)
class Controle:
    """Une page déjà publiée, à refaire dans un noyau neuf pour comparer les octets."""

    page: Page


@dataclass(frozen=True)
class Reglages:
    """Ce que chaque ouvrier doit savoir pour exécuter et publier.

    sortie : dossier des résultats ; gabarits : dossier qui contient le gabarit nbconvert ;
    prechauffage : lignes d'import exécutées d'avance dans un noyau chaud ;
    noyau_neuf : un noyau par page, sans rien garder ; delai_s : limite par page ;
    memoire_max_octets : au-delà, le noyau est tué, et l'ouvrier de même ; sorties_max_octets : ce
    qu'une cellule peut afficher ; memoire_usee_octets : au-delà, il est
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
    sorties_max_octets: int = SORTIES_MAX_OCTETS
    memoire_usee_octets: int = MEMOIRE_USEE_OCTETS
    pages_par_noyau: int = PAGES_PAR_NOYAU
    temoins: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lot:
    """Un passage demandé.

    pages : dans l'ordre voulu ; annexes : pages faites ensuite, une à une, à partir des
    indicateurs et du journal ; dependances : fichiers et dossiers dont dépend toute page, par
    nom ; donnees : empreinte des données ; empreintes : celles d'autres causes, déjà calculées,
    par nom ; bibliotheques : distributions dont la version compte ; joindre : ce qui se fait des
    indicateurs une fois écrits, avant les annexes, dans leur dossier ; passage : ce que le
    journal doit dire de plus (options, sources, jeu...) ; pdf : tirer aussi les PDF des pages ;
    avertissements : phrases à rappeler à la fin.
    """

    pages: tuple[Page, ...]
    reglages: Reglages
    dependances: dict[str, tuple[Path, ...]]
    donnees: str
    annexes: tuple[Page, ...] = ()
    empreintes: dict[str, str] = field(default_factory=dict)
    bibliotheques: tuple[str, ...] = ()
    joindre: Callable[[Path], None] | None = None
    passage: dict[str, object] = field(default_factory=dict)
    avertissements: tuple[str, ...] = ()
    travailleurs: int = 1
    forcer: bool = False
    pdf: bool = False
