"""La comparaison : deux à quatre territoires côte à côte."""

from commerce.comparaison.lecture import Comparaison as Comparaison
from commerce.comparaison.lecture import contenu as contenu
from commerce.comparaison.lecture import ouvrir as ouvrir
from commerce.comparaison.lecture import tableau as tableau
from commerce.comparaison.page import entete as entete
from commerce.comparaison.page import place as place
from commerce.comparaison.page import script as script
from commerce.comparaison.page import style as style
from commerce.comparaison.page import table as table
