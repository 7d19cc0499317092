"""Des fichiers des douanes à une fiche : archives, lecture, révisions, préparation, contrôles."""

import pandas as pd

# Des textes d'Arrow, lus un à un, prenaient un dixième d'une fiche. Ici, avant tout module du
# dossier : les schémas retiennent le genre des textes en se chargeant.
pd.options.mode.string_storage = "python"
