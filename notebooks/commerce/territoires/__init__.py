"""Les Territoires d'industrie : une page chacun, ses départements côte à côte."""

from commerce.territoires.lecture import Territoires as Territoires
from commerce.territoires.lecture import lire as lire
from commerce.territoires.lecture import ouvrir as ouvrir
from commerce.territoires.liste import dans_l_index as dans_l_index
from commerce.territoires.liste import tableau as tableau
from commerce.territoires.page import entete as entete
from commerce.territoires.page import pages as pages
from commerce.territoires.page import style as style
