"""Vers quelles autres fiches continuer ? Voisines de liste, de région, de profil, de programme."""

import pandas as pd
from markupsafe import Markup

from commerce import formats, profils, references
from commerce.figure import tableaux
from commerce.indicateurs import SENS
from commerce.parties import specialisation
from commerce.redaction import (
    Texte,
    assembler,
    balise,
    enumerer,
    lien_de_page,
    majuscule,
    ordinal,
    phrase,
    phrases,
)

RESSEMBLANCE_MINIMALE_PCT = 40
SEMBLABLES = 5


def tableau(fiche) -> pd.DataFrame:
    """Que valent les territoires de la même région, lui compris, et ceux qui lui ressemblent ?

    Colonnes : lien (« region » ou « semblable »), code, nom, export_eur, import_eur, rang_export et
    rang_import dans la région (NaN pour un semblable), ressemblance_pct : part des exportations en
    commun (NaN dans la région, et pour lui-même). Ne ressemble qu'un territoire qui en a au moins
    40 % ; ils sont cinq au plus, du plus au moins proche. Pour une région, d'autres régions, et
    aucune ligne « region ».
    """
    code, repere = fiche.departement.code, fiche.reperes
    totaux = {s: profils.comparables(fiche, repere.totaux[s]) for s in SENS}
    montants = pd.DataFrame({f"{sens}_eur": totaux[sens] for sens in SENS})
    siens = montants.loc[profils.voisins(code)]
    for sens in SENS:
        siens[f"rang_{sens}"] = profils.rangs(siens[f"{sens}_eur"])
    proches = specialisation.tableau_ressemblances(fiche, nombre=SEMBLABLES)
    proches = proches[proches["ressemblance_pct"] >= RESSEMBLANCE_MINIMALE_PCT]
    semblables = montants.loc[proches.index].join(proches["ressemblance_pct"])
    tables = {"region": siens, "semblable": semblables}
    table = pd.concat(tables, names=["lien", "code"]).reset_index()
    noms = {c: d.nom for c, d in references.territoires().items()}
    return table.assign(nom=table["code"].map(noms))


def texte(fiche, voisinage: pd.DataFrame) -> Texte:
    """Précédente et suivante, région, semblables, Territoires d'industrie partagés.

    voisinage : voir `tableau`.
    """
    par_lien = {lien: voisinage[voisinage["lien"] == lien] for lien in ("region", "semblable")}
    return assembler(
        _suite(fiche),
        _region(fiche, par_lien["region"]),
        _semblables(fiche, par_lien["semblable"]),
        *(balise("p", dite) for dite in _partages(fiche)),
    )


def lien(code: str) -> Markup:
    """Le nom d'un territoire, qui mène à sa fiche."""
    territoire = references.territoires()[code]
    return Markup('<a href="{}.html">{}</a>').format(territoire.slug, territoire.nom)


def _comparer(texte: str, *codes: str) -> Markup:
    """Un lien vers la page de comparaison, ces territoires déjà choisis."""
    return Markup('<li><a href="comparer.html#{}">{}</a></li>').format(",".join(codes), texte)


def _suite(fiche) -> Texte:
    """Les fiches d'avant et d'après, dans l'ordre des codes ; la comparaison."""
    toutes, ici = references.territoires(), fiche.departement
    codes = [code for code, autre in toutes.items() if autre.echelle == ici.echelle]
    rang = codes.index(fiche.departement.code)
    voisines = {"precedente": codes[rang - 1 : rang], "suivante": codes[rang + 1 : rang + 2]}
    liens = [
        Markup("<li>{} {}</li>").format(phrase(f"voisinage.{cle}", fiche), lien(code))
        for cle, trouvees in voisines.items()
        for code in trouvees
    ]
    if not fiche.est_une_region:
        sienne = lien(references.fiche_de_region(ici.region).code)
        liens.append(Markup("<li>{} {}</li>").format(phrase("voisinage.regionale", fiche), sienne))
    if ici.echelle == "departement":  # la page de comparaison n'a que les cent territoires
        liens.append(_comparer(phrase("voisinage.comparer", fiche), ici.code))
    return balise("ul", Texte("").join(liens), "suite")


def _region(fiche, region: pd.DataFrame) -> Texte:
    if fiche.departement.echelle == "region":
        return Texte("")
    if len(region) < 2:
        return balise("p", phrase("voisinage.seule", fiche))
    rangees = [
        [
            _nomme(fiche, ligne.code),
            *(
                cellule
                for sens in SENS
                for cellule in (
                    millions(getattr(ligne, f"{sens}_eur")),
                    ordinal(fiche, int(getattr(ligne, f"rang_{sens}"))),
                )
            ),
        ]
        for ligne in region.itertuples()
    ]
    lieu = majuscule(fiche.departement.region.locatif)
    return _table(fiche, "region", rangees, lieu=lieu)


def _semblables(fiche, semblables: pd.DataFrame) -> Texte:
    if not fiche.reperes.significatifs["export"].loc[fiche.espaces["departement"]]:
        return balise("p", phrase("voisinage.ns", fiche))
    code = fiche.departement.code
    if code == f"R{references.DROM}":  # comparés à rien
        return Texte("")
    if semblables.empty:
        cle = "aucune_region" if fiche.departement.echelle == "region" else "aucun"
        seuil = _part(RESSEMBLANCE_MINIMALE_PCT)
        return balise("p", phrase(f"voisinage.{cle}", fiche, seuil=seuil))
    siens = (fiche.reperes.totaux[sens][fiche.espaces["departement"]] for sens in SENS)
    ici = [_nomme(fiche, code), "–", *map(millions, siens)]
    rangees = [
        [
            _nomme(fiche, ligne.code),
            formats.pourcentage(ligne.ressemblance_pct),
            millions(ligne.export_eur),
            millions(ligne.import_eur),
        ]
        for ligne in semblables.itertuples()
    ]
    table = _table(fiche, "semblables", [ici, *rangees], seuil=_part(RESSEMBLANCE_MINIMALE_PCT))
    if fiche.departement.echelle == "region":
        return table
    comparaisons = (
        _comparer(phrase("voisinage.cote_a_cote", fiche, autre=ligne.nom), code, ligne.code)
        for ligne in semblables.itertuples()
    )
    return assembler(table, balise("ul", Texte("").join(comparaisons), "suite"))


def _partages(fiche) -> list[str]:
    """Une phrase par Territoire d'industrie qui s'étend sur d'autres départements."""
    pages = dict(fiche.territoires_industrie.pages)
    return [
        Texte(
            Markup(phrase("voisinage.partage", fiche, territoire="{}", autres="{}")).format(
                lien_de_page(pages.get(nom, ""), nom),
                Markup(enumerer([lien(code) for code in codes])),
            )
        )
        for nom, codes in fiche.territoires_industrie.partages
    ]


def _nomme(fiche, code: str) -> Markup:
    """Le nom et son lien ; celui de cette fiche en gras, sans lien vers elle-même."""
    if code == fiche.departement.code:
        return Markup("<strong>{}</strong>").format(fiche.departement.nom)
    return lien(code)


def millions(montant_eur: int) -> str:
    """« 772,1 », un montant en millions d'euros pour une colonne qui dit l'unité."""
    return formats.nombre(formats.en_millions(montant_eur), 1)


def _part(part_pct: int) -> str:
    return formats.pourcentage(part_pct, 0)


def _table(fiche, cle: str, rangees: list, **valeurs) -> Texte:
    titre = phrase(f"voisinage.{cle}", fiche, **valeurs)
    table = tableaux.ecrite(titre, phrases(f"voisinage.tete_{cle}", fiche), rangees)
    return balise("div", Texte(table), "tableau")
