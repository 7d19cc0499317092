"""Quels réglages du compte Jupyter et IPython liraient-ils ? Aucun : leur foyer est vide.

Sans cela, `~/.ipython/startup`, un gabarit nbconvert rangé sous `~/.local/share/jupyter` ou
`PYTHONSTARTUP` changeraient les pages d'un compte à l'autre. Les bibliothèques du compte
(`PYTHONNOUSERSITE`) ne sont pas touchées ici : un noyau doit voir les mêmes que l'ouvrier et que
`run_all.py`, qui ont noté leurs versions.
"""

import os
from pathlib import Path

PRIVES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
RETIRES = ("PYTHONSTARTUP", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_PREFER_ENV_PATH")


def isoler(dossier: Path) -> None:
    """Donne à ce processus, et à ceux qu'il lancera, des dossiers de réglages vides sous `dossier`.

    À appeler avant d'importer Jupyter, qui retient ces dossiers en se chargeant.
    """
    os.environ.update({nom: str(dossier / nom.lower()) for nom in PRIVES})
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    for nom in RETIRES:
        os.environ.pop(nom, None)
