"""La relecture : ce qu'un relecteur doit voir avant de publier. Cette page n'est jamais publiée."""

from commerce.relecture import alertes as alertes
from commerce.relecture import changements as changements
from commerce.relecture import fiches as fiches
from commerce.relecture import mouvements as mouvements
from commerce.relecture import sections as sections
from commerce.relecture.lecture import lire as lire
