"""De quoi une ligne des douanes est-elle faite ? Dix cases, et ce que chacune admet."""

import re

# Un code inconnu passe, ponctuation comprise ; ce qui ferait du HTML ou un guillemet, non.
CODE = re.compile(r"[0-9A-Za-z*#?._-]{1,8}")
ATTENDU_CODE = "un code est fait de lettres et de chiffres, sans espace"
ENTIER = re.compile(r"-?[0-9]+")
REGLES = {
    "flux": (re.compile(r"[EI]"), "le flux doit être E ou I"),
    "trimestre": (re.compile(r"[1-4]"), "le trimestre va de 1 à 4"),
    "annee": (re.compile(r"(?:19|20)[0-9]{2}"), "l'année s'écrit en quatre chiffres"),
    "departement": (CODE, ATTENDU_CODE),
    "region": (CODE, ATTENDU_CODE),
    "a129": (CODE, ATTENDU_CODE),
    "cpf4": (CODE, ATTENDU_CODE),
    "pays": (CODE, ATTENDU_CODE),
    "valeur_eur": (ENTIER, "il faut un nombre entier d'euros"),
    "masse_kg": (ENTIER, "il faut un nombre entier de kilogrammes"),
}
COLONNES = tuple(REGLES)
LIGNE = re.compile(";".join(f"({motif.pattern})" for motif, _ in REGLES.values()).encode())
COLONNES_CODES = COLONNES[:8]
MESURES = COLONNES[8:]
FLUX = {"E": "export", "I": "import"}
REMEDE = "remettre le fichier tel que les douanes le publient"
