"""Qu'est-ce qui change d'une édition à l'autre, et pourquoi ? La page `changements.html`.

La comparaison est celle de la relecture (`relecture.changements`) ; ici, ce qu'un lecteur en
attend. Les mots sont dans `mots.toml`, section [changements].
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

import pandas as pd
from markupsafe import Markup

from commerce import formats, notice, signature
from commerce.annee import Annee
from commerce.figure import tableaux
from commerce.redaction import Texte, assembler, balise, liste, mots, phrase_generale
from commerce.references import departements, territoires
from commerce.relecture import lecture
from commerce.relecture.alertes import DONNEES
from commerce.relecture.changements import ANNEE, sources
from commerce.relecture.changements import tableau as comparer
from commerce.relecture.fiches import lien

# Des plus touchées aux autres ; les mots de chacune sont dans [changements.raisons].
RAISONS = (
    *("nouvelle", "retiree", "annee", "siennes", "region", "france", "nombres"),
    *("mots", "allure", "inchangee"),
)
FLUX = {"export_eur": "export", "import_eur": "import"}
MONTANTS = [f"{nom}_{quand}" for nom in FLUX for quand in ("avant", "apres")]


@dataclass(frozen=True, eq=False)
class Vue(lecture.Relecture):
    """Un passage, et l'édition d'avant s'il est comparé à une."""

    slug: ClassVar[str] = signature.CHANGEMENTS

    @property
    def avant(self) -> dict:
        """Ce que dit d'elle-même une fiche de l'édition d'avant ; vide sans édition."""
        return next((a["fiche"] for a in self.anciennes.values()), {})


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [changements] de `mots.toml`."""
    return phrase_generale(f"changements.{cle}", **valeurs)


def lire(donnees: str = "", sortie: str = "", depuis: str = "") -> Vue:
    """Le dernier passage, comparé à l'édition `depuis`. Voir `relecture.lire`."""
    lu = lecture.lire(donnees, sortie, depuis)
    return Vue(**{champ.name: getattr(lu, champ.name) for champ in fields(lu)})


def tableau(vue: Vue) -> pd.DataFrame:
    """Qu'est devenue chaque fiche, et ses échanges ? Vide si le passage n'est comparé à rien.

    Index code ; raison (voir `RAISONS`), causes (celles du programme), `MONTANTS` (euros, NaN si
    la fiche n'est que dans une édition).
    """
    changees = comparer(vue)
    lignes = [
        [code, _raison(genre, causes, touchee), causes]
        for code, genre, causes, touchee in changees.itertuples(index=False)
    ]
    lignes += [[code, "retiree", []] for code in sorted(vue.anciennes.keys() - vue.entrees.keys())]
    table = pd.DataFrame(lignes, columns=["code", "raison", "causes"]).set_index("code")
    return table.join(_montants(vue, "total"))


def _raison(genre: str, causes: list[str], touchee: str) -> str:
    if genre != "nombres":
        return genre
    return "annee" if ANNEE in causes else touchee or genre


def _montants(vue: Vue, ensemble: str) -> pd.DataFrame:
    """Exportations et importations de chaque fiche, de sa région ou de la France, en euros."""
    editions = {"avant": vue.anciennes, "apres": vue.publiees}
    chiffres = {
        f"{nom}_{quand}": {
            code: chiffre["valeur"]
            for code, entree in entrees.items()
            for chiffre in entree["fiche"]["indicateurs"]
            if (chiffre["indicateur"], chiffre["flux"]) == (f"{ensemble}_eur", flux)
        }
        for nom, flux in FLUX.items()
        for quand, entrees in editions.items()
    }
    return pd.DataFrame(chiffres, columns=MONTANTS)


def entete(vue: Vue) -> notice.Entete:
    """Le titre, et à quelle édition celle-ci se compare."""
    html = assembler(
        balise("p", notice.serie(), "surtitre"),
        balise("h1", phrase("titre"), ancre="titre"),
        balise("p", _comparee(vue), "sous-titre"),
        balise("p", vue.source, "mention-demonstration") if vue.mention or vue.passe_outre else "",
    )
    return notice.Entete(str(html), notice.de_page(vue, phrase("titre"), vue.annee))


def _comparee(vue: Vue) -> str:
    if not vue.edition:
        return phrase("sans")
    rubrique, aucune = signature.phrase("rubriques.edition"), signature.phrase("editions.aucune")
    nom = next((texte for titre, texte, _ in vue.avant.get("pied", []) if titre == rubrique), "")
    return phrase("depuis_nommee", nom=nom) if nom not in ("", aucune) else phrase("depuis")


def pourquoi(vue: Vue, changees: pd.DataFrame) -> Texte:
    """Les fichiers des douanes, l'année, les produits, les fiches elles-mêmes. Voir `tableau`."""
    if not vue.edition:
        return Texte()
    return liste([*_causes(vue, changees)] or [phrase("causes.aucune")])


def _causes(vue: Vue, changees: pd.DataFrame) -> Iterator[str]:
    causes = {cause for siennes in changees["causes"] for cause in siennes}
    apres = next((e["fiche"] for e in vue.publiees.values()), {})
    for cle in ("annee", "nomenclature"):
        if apres and vue.avant and apres.get(cle) != vue.avant.get(cle):
            dits = {"avant": vue.avant.get(cle), "apres": apres.get(cle)}
            dits = {q: Annee.lire(d) for q, d in dits.items()} if cle == "annee" else dits
            yield phrase(f"causes.{cle}", **dits)
    publies = {source["nom"]: source.get("publie", "")[:10] for source in vue.sources}
    fichiers = sources(vue)
    for sorte, noms in fichiers.items():
        if noms:
            dits = [
                phrase("fichier", nom=nom, jour=signature.jour(publies[nom]))
                if publies.get(nom)
                else nom
                for nom in noms
            ]
            yield phrase(f"causes.{sorte}", fichiers=", ".join(dits))
    lues = {ANNEE, DONNEES} if any(fichiers.values()) else {ANNEE}
    if causes - lues:
        yield phrase("causes.programme")


def effectifs(vue: Vue, changees: pd.DataFrame) -> Texte:
    """Combien de fiches changent, et par quoi ? changees : voir `tableau`."""
    if not vue.edition:
        return Texte()
    comptes = changees["raison"].value_counts()
    return liste(
        phrase(
            "effectif",
            dit=phrase(f"effectifs.{raison}"),
            fiches=formats.quantite(int(comptes[raison]), *mots()["changements"]["fiche"]),
        )
        for raison in RAISONS
        if raison in comptes
    )


def ensembles(vue: Vue) -> Texte:
    """Les échanges de la France et de chaque région, dits une fois pour toutes les fiches."""
    if not vue.edition:
        return Texte()
    regions, rangees = {}, []
    for code in filter(departements().__contains__, vue.publiees):
        regions.setdefault(departements()[code].region.nom, code)
    france, par_region = _montants(vue, "total_france"), _montants(vue, "total_region")
    if len(france):
        rangees.append([phrase("france"), *_ecrits(france.iloc[0])])
    for nom, code in sorted(regions.items(), key=lambda region: formats.sans_accent(region[0])):
        rangees.append([nom, *_ecrits(par_region.loc[code])])
    return _table(vue, "ensembles", rangees)


def fiches(vue: Vue, changees: pd.DataFrame) -> Texte:
    """Une ligne par fiche : pourquoi elle change, ses échanges avant et après. Voir `tableau`."""
    if not vue.edition:
        return Texte()
    rangees = []
    for code, ligne in changees.sort_index().iterrows():
        nom, slug = territoires()[code].nom, territoires()[code].slug
        titre = lien(vue, code).replace("../html/", "") if code in vue.publiees else nom
        dit = Markup('<span id="{}">{}</span><br><small>{}</small>')
        dit = dit.format(slug, titre, phrase(f"raisons.{ligne['raison']}"))
        rangees.append([dit, *_ecrits(ligne)])
    return _table(vue, "territoires", rangees)


def _table(vue: Vue, cle: str, rangees: list[list[str]]) -> Texte:
    avant = Annee.lire(vue.avant.get("annee") or vue.annee)
    annees = "annees" if avant.valeur != vue.annee.valeur else "editions"
    titre = phrase(f"tables.{cle}", quand=phrase(f"tables.{annees}", avant=avant, apres=vue.annee))
    cadre = Markup('<div class="tableau" role="region" tabindex="0" aria-label="{}">{}</div>')
    tete = [phrase("tables.nom"), *(phrase(f"tables.{nom}") for nom in FLUX)]
    return Texte(cadre.format(titre, tableaux.ecrite(titre, tete, rangees)))


def _ecrits(montants: pd.Series) -> list[str]:
    return [_ecrit(montants[f"{nom}_avant"], montants[f"{nom}_apres"]) for nom in FLUX]


def _ecrit(avant: float, apres: float) -> str:
    """« 696,3 → 723,1 M€ » ; un montant inchangé, ou connu d'une édition, une seule fois."""
    if pd.isna(avant) or pd.isna(apres):
        return formats.millions_court(apres if pd.isna(avant) else avant)
    ecrits = [formats.millions_court(montant) for montant in (avant, apres)]
    if ecrits[0] == ecrits[1]:
        return ecrits[1] if avant == apres else phrase("infime", montant=ecrits[1])
    return phrase("change", avant=ecrits[0].removesuffix("\u00a0M€"), apres=ecrits[1])
