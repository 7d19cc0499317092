"""Comment un nombre s'écrit-il en français ? Seul module qui met en forme les nombres.

Virgule décimale ; espace fine insécable (U+202F) entre les milliers ; espace insécable (U+00A0)
devant les unités ; vrai signe moins (U+2212) ; arrondi arithmétique (demi vers le haut, en
s'éloignant de zéro) sur des décimaux exacts. Une valeur absente ou infinie s'écrit « n.s. ».
"""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from numbers import Integral, Real

from babel import Locale
from babel.numbers import NumberPattern, format_decimal, parse_pattern

FINE = "\u202f"
INSECABLE = "\u00a0"
MOINS = "\u2212"
NON_SIGNIFICATIF = "n.s."
FRANCE = Locale("fr", "FR")
EUROS_PAR_MILLION = 1_000_000
NOM_DU_FLUX = {"export": "exportations", "import": "importations"}
OPERATION = {"export": "exportation", "import": "importation"}
# Les mêmes nombres et les mêmes noms reviennent d'une figure et d'une fiche à l'autre.
GARDES = 1 << 14

LOCALE_VEGA = {
    "number": {
        "decimal": ",",
        "thousands": FINE,
        "grouping": [3],
        "currency": ["", f"{INSECABLE}€"],
        "percent": f"{INSECABLE}%",
        "minus": MOINS,
        "nan": NON_SIGNIFICATIF,
    },
    "time": {
        "dateTime": "%A %e %B %Y à %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["", ""],
        "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
        "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
        "months": [
            *("janvier", "février", "mars", "avril", "mai", "juin"),
            *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
        ],
        "shortMonths": [
            *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
            *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
        ],
    },
}


def decimal(valeur: Real | Decimal) -> Decimal | None:
    """Quelle est la valeur exacte à écrire ? None si elle est absente ou infinie."""
    if valeur is None:
        return None
    if isinstance(valeur, Integral):
        return Decimal(int(valeur))
    exacte = valeur if isinstance(valeur, Decimal) else Decimal(repr(float(valeur)))
    return exacte if exacte.is_finite() else None


def arrondi(valeur: Real | Decimal, decimales: int = 0) -> Decimal | None:
    """Valeur arrondie, demi vers le haut ; jamais « moins zéro »."""
    exacte = decimal(valeur)
    if exacte is None:
        return None
    return exacte.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP) + 0


@cache
def _motif(decimales: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimales if decimales else ""))


@lru_cache(maxsize=GARDES)
def nombre(valeur: Real | Decimal, decimales: int = 0, signe: bool = False) -> str:
    """Écrit un nombre : 1966 -> « 1 966 », avec son signe « + » si on le demande."""
    valeur_arrondie = arrondi(valeur, decimales)
    if valeur_arrondie is None:
        return NON_SIGNIFICATIF
    texte = format_decimal(abs(valeur_arrondie), format=_motif(decimales), locale=FRANCE)
    if valeur_arrondie < 0:
        return MOINS + texte
    return "+" + texte if signe and valeur_arrondie > 0 else texte


def en_millions(montant_eur: Real | Decimal) -> Decimal | None:
    """Montant en millions d'euros, exact."""
    exact = decimal(montant_eur)
    return None if exact is None else exact / EUROS_PAR_MILLION


def pluriel(valeur: Real | Decimal, decimales: int = 0) -> bool:
    """Le nom qui suit ce nombre, tel qu'il est écrit, prend-il la marque du pluriel ?

    En français, le pluriel commence à deux : « 1,9 million », « 2,0 millions ».
    """
    valeur_arrondie = arrondi(valeur, decimales)
    return valeur_arrondie is not None and abs(valeur_arrondie) >= 2


def millions(montant_eur: Real | Decimal) -> str:
    """Montant dans une phrase : « 772,1 millions d'euros », une décimale."""
    valeur = en_millions(montant_eur)
    accord = "millions" if pluriel(valeur, 1) else "million"
    return f"{nombre(valeur, 1)}{INSECABLE}{accord} d'euros"


def millions_court(montant_eur: Real | Decimal, signe: bool = False) -> str:
    """Montant dans une figure : « 772,1 M€ »."""
    return f"{nombre(en_millions(montant_eur), 1, signe)}{INSECABLE}M€"


def millions_signe(montant_eur: Real | Decimal) -> str:
    """Solde dans une figure : « +75,8 M€ », « −75,8 M€ »."""
    return millions_court(montant_eur, signe=True)


def montant_court(montant_eur: int) -> str:
    """« 123,4 M€ », « < 0,1 M€ » si l'arrondi cachait un montant, « 0 M€ » s'il n'y a rien."""
    if 0 < montant_eur < 50_000:
        return f"<{INSECABLE}0,1{INSECABLE}M€"
    return millions_court(montant_eur) if montant_eur else f"0{INSECABLE}M€"


def part_courte(part_pct: float) -> str:
    """« 16,0 % », ou « < 0,1 % » si l'arrondi cachait une part."""
    if 0 < part_pct < 0.05:
        return f"<{INSECABLE}0,1{INSECABLE}%"
    return pourcentage(part_pct)


def pourcentage(part_pct: Real | Decimal, decimales: int = 1, signe: bool = False) -> str:
    """Part ou évolution : « 1,6 % »."""
    texte = nombre(part_pct, decimales, signe)
    return texte if texte == NON_SIGNIFICATIF else f"{texte}{INSECABLE}%"


def part(part_pct: Real | Decimal, decimales: int = 1) -> str:
    """Part dans une phrase : « 1,6 % », « moins de 0,1 % » quand l'arrondi effacerait la part."""
    pas = Decimal(1).scaleb(-decimales)
    if arrondi(part_pct, decimales) == 0 and part_pct > 0:
        return f"moins de {pourcentage(pas, decimales)}"
    return pourcentage(part_pct, decimales)


def part_france(part_pct: Real | Decimal) -> str:
    """Part de la France : deux décimales au-dessous de 10 %, une au-dessus."""
    valeur = arrondi(part_pct, 2)
    return part(part_pct, 2 if valeur is not None and abs(valeur) < 10 else 1)


def part_du_flux(part_pct: Real | Decimal, sens: str) -> str:
    """« 16,0 % des exportations » ; « part n.s. » quand elle n'a pas de sens."""
    ecrite = part_courte(part_pct)
    return f"part {ecrite}" if ecrite == NON_SIGNIFICATIF else f"{ecrite} des {NOM_DU_FLUX[sens]}"


def fois(rapport: Real | Decimal) -> str:
    """« 3,2 fois », « 399 fois », « 0,6 fois », « n.s. »."""
    exact = decimal(rapport)
    if exact is None:
        return NON_SIGNIFICATIF
    entier = exact >= 10 or exact == int(exact)
    return f"{nombre(exact, 0 if entier else 1)}{INSECABLE}fois"


def points(ecart: Real | Decimal) -> str:
    """Différence de deux pourcentages : « +1,2 point », « −3,4 points »."""
    accord = "points" if pluriel(ecart, 1) else "point"
    return f"{nombre(ecart, 1, signe=True)}{INSECABLE}{accord}"


def quantite(effectif: int, singulier: str, au_pluriel: str | None = None) -> str:
    """Nombre suivi de son nom accordé : « 1 pays », « 12 communes »."""
    nom = (au_pluriel or singulier + "s") if pluriel(effectif) else singulier
    return f"{nombre(effectif)}{INSECABLE}{nom}"


EN_LETTRES = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    *("onze", "douze", "treize", "quatorze", "quinze", "seize"),
    *("dix-sept", "dix-huit", "dix-neuf"),
)
DIZAINES = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
DIZAINES |= {7: "soixante", 8: "quatre-vingt", 9: "quatre-vingt"}


def en_lettres(effectif: int, jusqu_a: int = 10) -> str:
    """Nombre en toutes lettres jusqu'à dix (99 en tête de phrase), en chiffres au-delà."""
    if not 0 <= effectif <= jusqu_a:
        return nombre(effectif)
    if effectif < len(EN_LETTRES):
        return EN_LETTRES[effectif]
    dizaine, unite = divmod(effectif, 10)
    unite += 10 if dizaine in (7, 9) else 0
    if not unite:
        return DIZAINES[dizaine] + ("s" if dizaine == 8 else "")
    liaison = " et " if unite in (1, 11) and dizaine < 8 else "-"
    return f"{DIZAINES[dizaine]}{liaison}{EN_LETTRES[unite]}"


MOIS = "|".join(LOCALE_VEGA["time"]["months"])
USAGES_FRANCAIS = (
    (re.compile(r" (?=[:»])"), INSECABLE),
    (re.compile(r"(?<=«) "), INSECABLE),
    (re.compile(r" (?=[;?!])"), FINE),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), FINE),
    (re.compile(r"(?<=\d) (?=[%€]|M€|(?:ko|kg|euros?|millions?|milliards?|points?)\b)"), INSECABLE),
    (re.compile(r"\.{3,}"), "…"),
    (re.compile(rf"(?<![\d,])1(?=[ \u00a0](?:{MOIS})\b)"), "1er"),
    (re.compile(r"(?<=[\w)]) x (?=[\w(])"), " × "),
    (re.compile("’"), "'"),
    # Le point d'une abréviation ferme aussi la phrase.
    (re.compile(r"(?<=\bn\.s\.)\."), ""),
)


# Un libellé venu d'un fichier peut contenir des commandes, dont celles qui inversent le texte, et
# des caractères sans largeur, qui font passer pour égaux deux noms différents.
# Ce qui compte pour une espace : caractères de contrôle, demi-codes, séparateurs de lignes.
_BLANCS = re.compile("[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
INVISIBLES = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def propre(texte: object) -> str:
    """Le texte sans commande, inversion ni caractère sans largeur, espaces réduites à une."""
    return _propre(str(texte))


@lru_cache(maxsize=GARDES)
def _propre(texte: str) -> str:
    return _BLANCS.sub(" ", INVISIBLES.sub("", texte)).strip()


def sans_accent(texte: str) -> str:
    """Texte à comparer : sans accent ni casse, apostrophes et tirets ordinaires."""
    decompose = unicodedata.normalize("NFKD", texte.replace("’", "'").replace("–", "-"))
    return "".join(c for c in decompose if not unicodedata.combining(c)).casefold().strip()


@lru_cache(maxsize=GARDES)
def typographie(texte: str) -> str:
    """Pose les espaces insécables, le « 1er » des dates, « … » et une seule apostrophe, la droite.

    La droite est celle du contrat de sortie (« millions d'euros »), des libellés des douanes et du
    clavier qui la cherche ; la police de la page la dessine courbe.
    """
    for motif, remplacement in USAGES_FRANCAIS:
        texte = motif.sub(remplacement, texte)
    return texte
