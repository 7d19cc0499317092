"""Que pèse chaque département dans sa région ? Pour la fiche d'une région seulement."""

import pandas as pd
from markupsafe import Markup

from commerce import cartes, formats, profils, references, theme
from commerce.figure import Figure, figure_tableau, tableaux
from commerce.formats import NOM_DU_FLUX, part_courte
from commerce.indicateurs import SENS, part_du_flux_pct
from commerce.parties.voisinage import lien, millions
from commerce.redaction import Texte, legende, majuscule, ordinal, paragraphes, phrase, phrases


def tableau(fiche) -> pd.DataFrame:
    """Que pèse chaque département d'une région dans ses échanges, et à quel rang ?

    Une ligne par département, du premier exportateur au dernier (ex æquo par code), puis Monaco,
    sans rang, dans sa région : la somme est la région. Colonnes : code_departement, nom,
    export_eur, part_export_pct (du flux de la région), rang_export, import_eur, part_import_pct,
    rang_import. Vide pour la fiche d'un territoire.
    """
    territoire, noms = fiche.departement, references.departements()
    codes = list(territoire.composants) if territoire.echelle == "region" else []
    siens = [code for code in codes if code in noms]
    hors = references.hors_departements()["nom"]
    table = pd.DataFrame({"nom": [noms[c].nom if c in noms else hors[c] for c in codes]}, codes)
    for sens in SENS:
        totaux = fiche.reperes.totaux[sens]
        montants = totaux.xs("departement")[siens]
        total = int(totaux[fiche.espaces["departement"]])
        # Ce qui n'est d'aucun département : un code au plus par région.
        complets = montants.reindex(codes, fill_value=total - int(montants.sum()))
        table[f"{sens}_eur"] = complets
        table[f"part_{sens}_pct"] = [part_du_flux_pct(fiche, sens, m, total) for m in complets]
        table[f"rang_{sens}"] = profils.rangs(montants).reindex(codes)
    table = table.rename_axis("code_departement").reset_index()
    return table.sort_values(["rang_export", "code_departement"], ignore_index=True)


def texte(fiche, departements: pd.DataFrame) -> Texte:
    """Combien de départements, et ce qui s'y ajoute. departements : voir `tableau`."""
    classes = departements["rang_export"].notna()
    if not classes.any():
        return Texte("")
    nombre = majuscule(formats.en_lettres(int(classes.sum()), 99))
    dites = [phrase("departements.texte", fiche, nombre_majuscule=nombre)]
    hors = departements.loc[~classes, "nom"]
    dites += [phrase("departements.hors", fiche, lieu=nom) for nom in hors]
    return paragraphes([" ".join(dites)])


def figure(fiche, departements: pd.DataFrame) -> Figure | Texte:
    """Une carte par flux, et le classement ; rien pour la fiche d'un territoire."""
    if departements.empty:
        return Texte("")
    titre = phrase("departements.titre", fiche)
    rangees = [
        [
            _nom(ligne),
            *(cellule for sens in SENS for cellule in _cellules(fiche, ligne, sens)),
        ]
        for ligne in departements.to_dict("records")
    ]
    classement = tableaux.ecrite(titre, phrases("departements.tete", fiche), rangees)
    return figure_tableau(
        fiche,
        Markup('<div class="panneaux">{}</div>{}').format(
            Markup("").join(_carte(fiche, departements, sens) for sens in SENS), classement
        ),
        departements,
        identifiant="departements-de-la-region",
        titre=titre,
        legende=legende("departements.legende", fiche),
    )


def _nom(ligne: dict) -> Markup | str:
    """« Haute-Garonne (31) », qui mène à sa fiche ; Monaco n'en a pas."""
    code = ligne["code_departement"]
    return Markup("{} ({})").format(lien(code), code) if ligne["rang_export"] > 0 else ligne["nom"]


def _cellules(fiche, ligne: dict, sens: str) -> list[str]:
    rang = ligne[f"rang_{sens}"]
    place = "–" if pd.isna(rang) else ordinal(fiche, int(rang))
    return [millions(ligne[f"{sens}_eur"]), part_courte(ligne[f"part_{sens}_pct"]), place]


def _carte(fiche, departements: pd.DataFrame, sens: str) -> Markup:
    """La part de chaque département dans le flux, d'autant plus foncée qu'elle est grande."""
    parts = departements.dropna(subset="rang_export").set_index("code_departement")
    premier, flux = parts.loc[parts[f"rang_{sens}"].idxmin()], NOM_DU_FLUX[sens]
    part = part_courte(premier[f"part_{sens}_pct"])
    dit = phrase("departements.alternative", fiche, flux=flux, premier=premier["nom"], part=part)
    valeurs = parts[f"part_{sens}_pct"]
    dits = [
        phrase("departements.forme", fiche, lieu=nom, part=part_courte(valeur))
        for nom, valeur in zip(parts["nom"], valeurs, strict=True)
    ]
    dessin = cartes.parts(valeurs, dits, theme.couleur_du_flux(sens), dit)
    return Markup('<div><p class="carte-titre">{}</p>{}</div>').format(flux.capitalize(), dessin)
