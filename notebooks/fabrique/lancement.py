"""Comment démarre le processus d'un noyau ? `python -m fabrique.lancement IMPORTS -f CONNEXION`.

Les imports du carnet se font avant qu'il réponde, pendant que l'ouvrier fait les siens.
"""

import os
import sys

from .isolation import alleger, attacher, prechauffer, retenir


def main(imports: str, *arguments: str) -> None:
    """Un noyau Python allégé, lié à la vie de l'ouvrier, ses imports chargés d'avance."""
    alleger("debugpy")  # le débogueur de JupyterLab : 80 ms et 10 Mo, et personne pour l'employer
    # L'allocateur du système rend ce qu'Arrow libère ; celui d'Arrow en garde 75 Mo de plus.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    attacher()
    prechauffer(imports)
    # Comme ipykernel_launcher : IPython remet lui-même le dossier courant parmi ceux des modules.
    del sys.path[0]
    from ipykernel.iostream import OutStream
    from ipykernel.kernelapp import IPKernelApp

    # Ce qu'une boucle écrit entre deux envois fait un seul message : 150 Mo en deux dixièmes.
    OutStream.flush_interval = 0.01

    class SansReglages(IPKernelApp):
        """Ni configuration ni fichiers de démarrage, fussent-ils ceux de la machine entière."""

        def load_config_file(self, *_, **__) -> None:
            pass

        def _run_startup_files(self) -> None:
            pass

    application = SansReglages.instance()
    application.initialize(["--HistoryManager.hist_file=:memory:", *arguments])
    retenir()
    application.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
