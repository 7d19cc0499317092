"""Le panorama : toutes les fiches vues ensemble."""

from commerce.panorama.lecture import Panorama as Panorama
from commerce.panorama.lecture import lire as lire
from commerce.panorama.lecture import par_region as par_region
from commerce.panorama.mise_en_page import ensemble as ensemble
from commerce.panorama.mise_en_page import entete as entete
from commerce.panorama.mise_en_page import script as script
from commerce.panorama.mise_en_page import style as style
from commerce.panorama.mise_en_page import tableau as tableau
from commerce.panorama.vues import indicateurs as indicateurs
