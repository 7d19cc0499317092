"""Comment préparer dix millions de lignes sans en garder la mémoire ? Dans un processus à part.

Ce que la préparation a occupé, Python ne le rend pas au système : le lot le porterait jusqu'à la
fin, à côté de ses noyaux. Un processus ordinaire, et non `multiprocessing` : il ne relit pas le
programme de l'utilisateur, et vaut de même dans un notebook et sous Windows.
"""

import pickle
import subprocess
import sys
from pathlib import Path

from commerce import ErreurDonnees
from commerce.donnees.archives import Piece
from commerce.redaction import brute

# En dessous, démarrer un processus (une seconde) coûte plus qu'il ne rend.
SEUIL_OCTETS = 10_000_000
COMMANDE = (sys.executable, "-P", "-m", "commerce.donnees.a_part")


def construire(
    dossier: Path,
    pieces: list[Piece],
    meta: dict,
    remarques: list[dict],
    livre: bool,
    avancement: bool = False,
) -> str:
    """`construction.construire`, à part si les sources sont grandes. Mêmes octets, mêmes refus.

    `avancement` : dire au terminal, s'il y en a un, chaque fichier lu et chaque année rangée.
    """
    demande = (dossier, pieces, meta, remarques, livre)
    if sum(source["taille_octets"] for source in meta["sources"]) < SEUIL_OCTETS:
        return _construire(*demande)
    options = ("avancement",) if avancement and sys.stderr.isatty() else ()
    fait = subprocess.run(
        [*COMMANDE, *options], input=pickle.dumps(demande), stdout=subprocess.PIPE
    )
    if fait.returncode:
        raise ErreurDonnees(
            f"La préparation des données s'est arrêtée (code {fait.returncode}) ; vérifier qu'il "
            "reste un gigaoctet de mémoire, et relancer."
        )
    rendu = pickle.loads(fait.stdout)
    if isinstance(rendu, Exception):
        raise rendu
    return rendu


def _construire(*demande, avancer=None) -> str:
    # Longue à importer, et le plus souvent tout est déjà prêt.
    from commerce.donnees import construction

    return construction.construire(*demande, avancer=avancer)


def _avancer(cle: str, nom: object, rang: int, total: int) -> None:
    dit = brute(f"donnees.avancement.{cle}", nom=nom, rang=rang, total=total)
    print(dit, file=sys.stderr, flush=True)


def _principal() -> None:
    demande = pickle.load(sys.stdin.buffer)
    avancer = _avancer if "avancement" in sys.argv else None
    try:
        rendu = _construire(*demande, avancer=avancer)
    except (ErreurDonnees, OSError) as erreur:
        rendu = erreur
    except KeyboardInterrupt:  # le programme qui attend le dit lui-même
        sys.exit(130)
    pickle.dump(rendu, sys.stdout.buffer)


if __name__ == "__main__":
    _principal()
