"""Le relevé des données : ce qui a été lu, contrôlé et retenu.

Une fonction donne un tableau (`mouvements`), `dessin_…`, `figure_…` ou `texte_…` le montre.
"""

from commerce.releve.figures import dessin_mouvements as dessin_mouvements
from commerce.releve.figures import dessin_non_classes as dessin_non_classes
from commerce.releve.figures import dessin_revisions as dessin_revisions
from commerce.releve.figures import dessin_trimestres as dessin_trimestres
from commerce.releve.figures import figure_mouvements as figure_mouvements
from commerce.releve.figures import figure_non_classes as figure_non_classes
from commerce.releve.figures import figure_revisions as figure_revisions
from commerce.releve.figures import figure_trimestres as figure_trimestres
from commerce.releve.figures import mouvements as mouvements
from commerce.releve.figures import non_classes as non_classes
from commerce.releve.figures import revisions as revisions
from commerce.releve.figures import trimestres as trimestres
from commerce.releve.page import Releve as Releve
from commerce.releve.page import avertissements as avertissements
from commerce.releve.page import codes_inconnus as codes_inconnus
from commerce.releve.page import controles as controles
from commerce.releve.page import entete as entete
from commerce.releve.page import exceptions as exceptions
from commerce.releve.page import fichiers as fichiers
from commerce.releve.page import ouvrir as ouvrir
from commerce.releve.page import texte_codes_inconnus as texte_codes_inconnus
from commerce.releve.page import texte_controles as texte_controles
from commerce.releve.page import texte_exceptions as texte_exceptions
from commerce.releve.page import texte_fichiers as texte_fichiers
from commerce.releve.page import texte_total_officiel as texte_total_officiel
from commerce.releve.page import total_officiel as total_officiel
