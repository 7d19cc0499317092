"""Quel classeur accompagne une page ? Sa couverture, ses indicateurs, ses figures, sa méthode.

Ce module dit ce que le classeur a de plus que les tableaux de la page ; l'assemblage se fait à la
publication, avec les tableaux que la page montre (voir `fabrique.classeur`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from commerce import redaction, references, signature, theme
from commerce.formats import NOM_DU_FLUX, propre, typographie

TYPE_MIME = "application/vnd.fiche.classeur+json"
UNITES = {"eur": "euros", "pct": "%", "kg": "kg"}


@dataclass(frozen=True)
class Classeur:
    """Un classeur à télécharger : un lien sur la page publiée, une phrase dans JupyterLab."""

    contenu: dict

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        dit = redaction.mots()["classeur"]["a_la_publication"]
        return {
            "text/plain": self.contenu["nom"],
            "text/html": str(redaction.balise("p", typographie(dit), "classeur")),
            TYPE_MIME: self.contenu,
        }


def feuille(
    onglet: str, identifiant: str, titre: str, colonnes: dict[str, tuple], figees=0
) -> dict:
    """Une feuille : ses colonnes, titre -> (genre, valeurs). Une valeur absente reste vide."""
    return {
        "onglet": onglet,
        "identifiant": identifiant,
        "titre": titre,
        "figees": figees,
        "colonnes": [
            {"titre": nom, "genre": genre, "valeurs": [_simple(genre, v) for v in valeurs]}
            for nom, (genre, valeurs) in colonnes.items()
        ],
    }


def _simple(genre: str, valeur: object) -> object:
    if genre in ("texte", "phrase", "lien"):
        return propre(valeur)
    if pd.isna(valeur):
        return None
    return valeur.item() if hasattr(valeur, "item") else valeur


# Une fiche


def de_la_fiche(fiche, valeurs: pd.DataFrame, precautions: Iterable[str]) -> Classeur:
    """Classeur d'une fiche : indicateurs, une feuille par figure montrée, méthode.

    valeurs : indicateur, flux, valeur ; precautions : les précautions de lecture de la fiche.
    """
    noms, flux = valeurs["indicateur"].tolist(), valeurs["flux"].tolist()
    region = fiche.departement.region.complement
    indicateurs = feuille(
        "Indicateurs",
        "indicateurs",
        _avec_mention(redaction.phrase("classeur.titre_indicateurs", fiche), fiche.mention),
        {
            "Indicateur": ("texte", noms),
            "Libellé": ("texte", [_libelle(n, s, region) for n, s in zip(noms, flux, strict=True)]),
            "Flux": ("texte", flux),
            "Valeur": ("nombre", valeurs["valeur"].tolist()),
            "Unité": ("texte", [UNITES.get(nom.rpartition("_")[2], "") for nom in noms]),
        },
    )
    titre = _avec_mention(redaction.phrase("classeur.titre_methode", fiche), fiche.mention)
    methode = _methode(titre, [("Précaution", texte) for texte in precautions], fiche.source)
    titre = _avec_mention(redaction.phrase("classeur.titre", fiche), fiche.mention)
    return Classeur(
        {
            **_ouverture(titre, fiche.slug, fiche.sources, fiche.mention, "fiche"),
            "nom": f"fiche-{fiche.slug}.xlsx",
            "libelle": redaction.phrase("classeur.telechargement", fiche, poids="{poids}"),
            "images": {
                "nom": f"fiche-{fiche.slug}-images.zip",
                "libelle": redaction.phrase("classeur.images", fiche, poids="{poids}"),
            },
            "titre": titre,
            "source": fiche.source,
            "mention": fiche.mention,
            "annee": fiche.annee,
            "avant": [indicateurs],
            "apres": [methode],
        }
    )


def _libelle(indicateur: str, flux: str, region_complement: str) -> str:
    """« Total des exportations d'Occitanie » ; le nom de l'indicateur s'il n'a pas de libellé."""
    nom = indicateur.replace("_", " ").capitalize()
    modele = redaction.mots()["classeur"]["indicateurs"].get(indicateur, nom)
    return modele.format(flux=NOM_DU_FLUX.get(flux, flux), region_complement=region_complement)


# Le panorama


def du_panorama(vue) -> Classeur:
    """Classeur national : une ligne par territoire, une colonne par indicateur ; méthode."""
    mots = redaction.mots()["classeur"]["panorama"]
    fiches = vue.fiches
    annees = ", ".join(map(format, vue.annees))
    titre = f"{mots['titre']}, {annees}" if annees else mots["titre"]
    titre = _avec_mention(titre, vue.mention)
    large = vue.valeurs.pivot(index="code", columns=["indicateur", "flux"], values="valeur")
    large = large.reindex(index=fiches["code"], columns=_cles(vue.valeurs))
    colonnes = {
        "Code": ("texte", fiches["code"].tolist()),
        "Territoire": ("texte", fiches["nom"].tolist()),
        "Région": ("texte", fiches["region_nom"].tolist()),
        "Année": ("texte", fiches["annee"].fillna("").tolist()),
        "Fiche": ("texte", vue.etats),
    }
    for nom, sens in large.columns:
        genre, entete = nom.rpartition("_")[2], _libelle(nom, sens, mots["region"])
        entete += f" ({UNITES[genre]})" if genre in UNITES else ""
        colonnes[entete] = (genre, large[nom, sens].tolist())
    mention = redaction.majuscule(f"{vue.mention}.")
    source = mention if vue.mention else typographie(mots["source"])
    territoires = feuille("Territoires", "territoires", titre, colonnes, figees=2)
    methode = _methode(
        _avec_mention(mots["titre_methode"], vue.mention), _precautions_nationales(), source
    )
    return Classeur(
        {
            **_ouverture(titre, "index", vue.journal.get("sources", []), vue.mention, "page"),
            "nom": "-".join(["panorama", *(str(annee).lower() for annee in vue.annees)]) + ".xlsx",
            "libelle": typographie(mots["telechargement"]),
            "titre": titre,
            "source": source,
            "mention": vue.mention,
            "annee": vue.annees[-1] if vue.annees else 0,
            "avant": [territoires],
            "apres": [methode],
        }
    )


def _cles(valeurs: pd.DataFrame) -> list[tuple[str, str]]:
    """Les indicateurs, dans l'ordre de leurs libellés ; ceux qui n'en ont pas, à la fin."""
    rangs = {nom: rang for rang, nom in enumerate(redaction.mots()["classeur"]["indicateurs"])}
    cles = set(zip(valeurs["indicateur"], valeurs["flux"], strict=True))
    return sorted(cles, key=lambda cle: (rangs.get(cle[0], len(rangs)), cle))


def _precautions_nationales() -> Iterable[tuple[str, str]]:
    mots = redaction.mots()["methode"]
    propres = [*mots["departement"].values(), *mots["region"].values()]
    for texte in [*mots["precautions"], *propres]:
        yield "Précaution", typographie(texte)


def _avec_mention(titre: str, mention: str) -> str:
    return f"{titre}\u00a0– {mention}" if mention else titre


def _ouverture(
    titre: str, slug: str, sources: list[dict], mention: str, nature: str
) -> dict[str, dict]:
    """La couverture, qui signe et nomme chaque fichier lu, et le sommaire, rempli plus tard."""
    mots, adresse = redaction.mots()["classeur"], theme.theme().edition.adresse
    lignes = [
        (ligne.rubrique, f"{ligne.texte} ({ligne.lien})" if "://" in ligne.lien else ligne.texte)
        for ligne in signature.lignes(titre, slug, sources, nature)
    ]
    lignes += [("Page", f"{adresse}{slug}.html")] if adresse else []
    lignes += [
        (
            mots["couverture"]["fichier"],
            ", ".join(filter(None, (s["nom"], s.get("publie", "")[:10], s["sha256"][:12]))),
        )
        for s in sources
    ]
    colonnes = {
        "Rubrique": ("texte", [rubrique for rubrique, _ in lignes]),
        "Texte": ("phrase", [texte for _, texte in lignes]),
    }
    vides = {"Feuille": ("lien", []), "Contenu": ("texte", [])}
    sommaire = _avec_mention(mots["couverture"]["sommaire"], mention)
    return {
        "couverture": feuille("Couverture", "couverture", titre, colonnes),
        "sommaire": feuille("Sommaire", "sommaire", sommaire, vides),
    }


def _methode(titre: str, precautions: Iterable[tuple[str, str]], source: str) -> dict:
    definitions = redaction.mots()["classeur"]["definitions"].items()
    lignes = [*precautions, ("Source", source), *definitions, *_formules()]
    colonnes = {
        "Rubrique": ("texte", [rubrique for rubrique, _ in lignes]),
        "Texte": ("phrase", [typographie(texte) for _, texte in lignes]),
    }
    return feuille("Méthode", "methode", titre, colonnes)


def _formules() -> Iterable[tuple[str, str]]:
    """Les termes du glossaire que les définitions du classeur ne donnent pas, avec leur formule."""
    donnes = redaction.mots()["classeur"]["definitions"]
    rubriques = redaction.mots()["glossaire"]["rubriques"]
    for terme in references.glossaire().values():
        if terme["terme"] not in donnes:
            dits = [f"{rubriques[nom]} {terme[nom]}." for nom in ("formule",) if nom in terme]
            yield terme["terme"], " ".join([terme["definition"], *dits])
