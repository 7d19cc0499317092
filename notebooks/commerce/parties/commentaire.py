"""Qu'en dit le territoire, ou la direction des études ? Un commentaire signé, s'il y en a un."""

import pandas as pd
from markupsafe import Markup

from commerce import commentaires, signature
from commerce.redaction import Texte, assembler, balise, phrase


def tableau(fiche, valeurs: pd.DataFrame) -> pd.DataFrame:
    """Ce sur quoi le commentaire s'appuie tient-il encore ? Vide s'il n'y en a pas.

    valeurs : les indicateurs de la fiche, voir `notice.valeurs`. Colonnes : voir
    `commentaires.appuis`.
    """
    ecrit = commentaires.lire(fiche.departement.code)
    if ecrit is None:
        return pd.DataFrame(columns=commentaires.APPUIS)
    return commentaires.appuis(ecrit, fiche.annee.valeur, valeurs)


def texte(fiche, appuis: pd.DataFrame) -> Texte:
    """Le commentaire et sa signature, présenté comme tel ; rien s'il n'y en a pas, ou plus."""
    if appuis.empty or not appuis["tient"].all():
        return Texte()
    ecrit = commentaires.lire(fiche.departement.code)
    signe = phrase(
        "commentaire.signe", fiche, auteur=ecrit.auteur, date=signature.jour(str(ecrit.date))
    )
    contenu = assembler(
        balise("p", phrase("commentaire.nature", fiche), "note"),
        commentaires.en_html(ecrit.texte),
        balise("p", signe, "signataire"),
    )
    return Texte(Markup('<div class="commentaire">{}</div>').format(contenu))
