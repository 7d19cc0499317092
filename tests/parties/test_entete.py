"""L'en-tête d'une fiche, et la notice que le lot y lit."""

import json

from petites_fiches import petite_fiche, simple
from petits_reperes import varie

from commerce import notice
from commerce.parties import entete

LOIN = [*varie("export", "77", 9_000_000), *varie("import", "77", 9_000_000)]


def titre(fiche) -> str:
    return simple(entete.texte(fiche))


def test_la_page_dit_que_ses_donnees_sont_fictives():
    fictive = "Données de démonstration, fictives."
    assert fictive in titre(petite_fiche("09", demonstration=True))
    assert fictive not in titre(petite_fiche("09"))


def test_la_notice_est_du_json_exact():
    fiche = petite_fiche("09", *varie("export", "09"), *LOIN, demonstration=True, provisoire=True)
    valeurs = notice.valeurs(fiche)
    phrases = ["Une phrase.", "a" * 300 + ".", "Une autre."]
    entete = notice.entete(fiche, valeurs, "<h1>Ariège</h1>", ["À relire."], phrases)
    lue = entete._repr_mimebundle_()
    assert lue["text/html"] == "<h1>Ariège</h1>"
    contenu = json.loads(json.dumps(lue[notice.TYPE_MIME], allow_nan=False))
    assert contenu["titre"].endswith("données de démonstration, fictives")
    assert (contenu["code"], contenu["slug"], contenu["jeu"]) == (
        "09",
        "09-ariege",
        "demonstration",
    )
    # Une description ne coupe jamais une phrase.
    assert contenu["essentiel"] == phrases
    assert contenu["description"] == "Données de démonstration, fictives. " + " ".join(phrases[:2])
    indicateurs = {(i["indicateur"], i["flux"]): i["valeur"] for i in contenu["indicateurs"]}
    assert indicateurs["total_eur", "export"] == 3_000_000
    assert indicateurs["taux_couverture_pct", ""] is None
    assert contenu["alertes"] == [
        "Données provisoires pour 2024.",
        "Aucune importation enregistrée.",
        "À relire.",
    ]
