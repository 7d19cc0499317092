"""Avec quels pays le territoire est-il excédentaire ou déficitaire ? Barres en miroir.

Un pays par ligne : ses importations à gauche du zéro, ses exportations à droite, son solde. L'axe
est en euros, vers la gauche en négatif ; les montants sont écrits au bout des barres, pour lesquels
l'étendue de l'axe garde la place.
"""

from math import ceil

import altair as alt
import pandas as pd

from commerce import formats, indicateurs, theme
from commerce.figure import Figure, panneau
from commerce.figure import figure as figure_de
from commerce.figure.mesure import axe_en_miroir, largeur_texte, raccourcir
from commerce.figure.modele import joindre, modele
from commerce.figure.panneau import GRAS
from commerce.formats import NOM_DU_FLUX, montant_court, propre
from commerce.indicateurs import RANGS_AFFICHES, SENS, Sens
from commerce.redaction import Texte, legende, mots, paragraphes, phrase

PLACE_DU_NOM, MARGE, BOUT = 190, 14, 6
# Le côté de chaque flux sur l'axe.
SIGNES: dict[Sens, int] = {"import": -1, "export": 1}
UNITE = f"{formats.INSECABLE}M€"
# Sur un téléphone, le nom et le solde d'un pays sont au-dessus de ses barres.
LARGE = {"taille": 13.5, "entete": 32, "pas": 27, "barre": 15, "trait": 27, "nom": 0, "bas": 0}
ETROIT = {"taille": 13.5, "entete": 48, "pas": 50, "barre": 14, "trait": 22, "nom": -12, "bas": 10}
# Ce que vaut un pixel, une fois gardée la place des montants au bout des barres.
PAR_PIXEL = "(maximums[0] + maximums[1]) / max(1, width - places[0] - places[1])"


def tableau(fiche, rangs: int = RANGS_AFFICHES) -> pd.DataFrame:
    """Avec quels pays le territoire est-il excédentaire ou déficitaire ?

    Réunion des `rangs` premiers clients et des `rangs` premiers fournisseurs, du plus grand total
    d'échanges au plus petit, ex æquo par code. Colonnes : pays, libelle, import_eur, export_eur,
    solde_eur (exportations moins importations), en euros.
    """
    classables = fiche.pays.index[fiche.pays["classable"]]
    sommes = {sens: indicateurs.montants(fiche.echanges, sens, "pays") for sens in SENS}
    retenus = sorted(
        {
            code
            for montants in sommes.values()
            for code in indicateurs.premiers(montants[montants.index.isin(classables)], rangs)
        }
    )
    soldes = pd.DataFrame(
        {
            "pays": retenus,
            "libelle": [fiche.pays.at[code, "nom"] for code in retenus],
            "import_eur": [int(sommes["import"].get(code, 0)) for code in retenus],
            "export_eur": [int(sommes["export"].get(code, 0)) for code in retenus],
        }
    )
    soldes["solde_eur"] = soldes["export_eur"] - soldes["import_eur"]
    echanges = soldes["export_eur"] + soldes["import_eur"]
    ordre = echanges.sort_values(ascending=False, kind="stable").index
    soldes = soldes.loc[ordre].reset_index(drop=True)
    # La légende dit la règle ; un tableau raccourci ou complété depuis n'y répond plus.
    soldes.attrs |= {"rangs": rangs, "pays": len(soldes)}
    return soldes


def texte(fiche, soldes: pd.DataFrame) -> Texte:
    """Ce que montre la figure."""
    return paragraphes([phrase("soldes.texte", fiche)])


def alternative(soldes: pd.DataFrame) -> str:
    """Premier partenaire, plus fort excédent et plus fort déficit."""
    modeles = mots()["soldes"]["alternative"]
    if soldes.empty:
        return modeles["vide"]
    premier = soldes.iloc[0]
    phrases = [
        modeles["barres"].format(nombre=len(soldes)),
        modeles["premier"].format(
            pays=propre(premier["libelle"]),
            importe=formats.millions(premier["import_eur"]),
            exporte=formats.millions(premier["export_eur"]),
        ),
    ]
    for cle, rang, signe in (
        ("excedent", soldes["solde_eur"].idxmax(), 1),
        ("deficit", soldes["solde_eur"].idxmin(), -1),
    ):
        solde = signe * soldes.at[rang, "solde_eur"]
        if solde > 0:
            pays, montant = propre(soldes.at[rang, "libelle"]), formats.millions(solde)
            phrases.append(modeles[cle].format(pays=pays, montant=montant))
    return " ".join(phrases)


# Dessin


def _montant(montant_eur: int) -> str:
    """« 123,4 », « < 0,1 », « – » s'il n'y a rien : l'unité est dans l'entête."""
    return montant_court(montant_eur).removesuffix(UNITE) if montant_eur else "–"


def _solde(solde_eur: int) -> str:
    """Le solde écrit : sa flèche, son signe et sa couleur disent la même chose."""
    if solde_eur == 0:
        return f"={formats.INSECABLE}0"
    ecrit = formats.millions_signe(solde_eur).removesuffix(UNITE)
    if abs(solde_eur) < 50_000:
        ecrit = ("<{}0,1" if solde_eur > 0 else ">{}\u22120,1").format(formats.INSECABLE)
    return f"{'▲' if solde_eur > 0 else '▼'}{formats.INSECABLE}{ecrit}"


@modele
def _graphique(etroit: bool) -> alt.LayerChart:
    couleurs, forme = theme.theme().couleurs, ETROIT if etroit else LARGE
    ecrit = {"fontSize": forme["taille"], "baseline": "middle"}
    lignes = panneau.base("pays")
    montants = alt.Chart(alt.NamedData("montants")).encode(
        y=alt.Y("pays:N", sort=None, axis=None),
        x=alt.X(
            "position_eur:Q",
            axis=None,
            scale=alt.Scale(
                domain=[
                    alt.ExprRef(f"-maximums[0] - places[0] * {PAR_PIXEL}"),
                    alt.ExprRef(f"maximums[1] + places[1] * {PAR_PIXEL}"),
                ],
                nice=False,
            ),
        ),
    )
    filets = lignes.mark_rule(
        color=couleurs.filet, x=alt.ExprRef("-bords[0]"), x2=alt.ExprRef("width + bords[1]")
    ).encode(y=alt.Y("pays:N", sort=None, axis=None, bandPosition=0))
    barres = montants.mark_bar(size=forme["barre"], yOffset=forme["bas"]).encode(
        x2=alt.X2Datum(0),
        color=alt.Color(
            "flux:N",
            legend=None,
            scale=alt.Scale(domain=list(SENS), range=[theme.couleur_du_flux(s) for s in SENS]),
        ),
        description=alt.Description("dit:N"),
        tooltip=alt.Tooltip("dit:N"),
    )
    zero = lignes.mark_tick(
        orient="vertical",
        size=forme["trait"],
        thickness=1,
        opacity=1,
        yOffset=forme["bas"],
        color=couleurs.texte,
        aria=False,
    ).encode(x=alt.XDatum(0, axis=None))
    bouts = montants.mark_text(
        **ecrit,
        dy=forme["bas"],
        align=alt.ExprRef("datum.flux == 'import' ? 'right' : 'left'"),
        dx=alt.ExprRef(f"datum.flux == 'import' ? -{BOUT} : {BOUT}"),
    ).encode(text=alt.Text("ecrit:N"))
    gras = {**ecrit, "fontWeight": GRAS, "dy": forme["nom"]}
    noms = lignes.mark_text(**gras, align="left", x=alt.ExprRef("-bords[0]")).encode(
        text=alt.Text("nom:N")
    )
    ecrits = lignes.mark_text(**gras, align="right", x=alt.ExprRef("width + bords[1]")).encode(
        text=alt.Text("solde:N"),
        color=alt.ColorValue(
            couleurs.texte,
            condition=[
                {"test": "datum.solde_eur > 0", "value": couleurs.positif},
                {"test": "datum.solde_eur < 0", "value": couleurs.negatif},
            ],
        ),
    )
    return alt.layer(filets, barres, zero, noms, ecrits, bouts, *_entetes(forme, etroit))


def _entetes(forme: dict, etroit: bool) -> list[alt.Chart]:
    """L'unité à gauche, les deux flux de part et d'autre du zéro, le solde à droite."""
    haut, bas = (y - forme["entete"] for y in (10, 32 if etroit else 10))
    ecrit = {"fontSize": forme["taille"], "baseline": "middle"}
    entetes, ligne = mots()["soldes"]["entetes"], alt.Chart(panneau.UNE_LIGNE)
    discret = theme.theme().couleurs.texte_discret
    unite = ligne.mark_text(
        **ecrit, align="left", x=alt.ExprRef("-bords[0]"), y=haut, color=discret
    )
    solde = ligne.mark_text(
        **ecrit, align="right", x=alt.ExprRef("width + bords[1]"), y=haut, fontWeight=GRAS
    )
    titres = [
        ligne.mark_text(
            **ecrit,
            align=cote,
            dx=SIGNES[sens] * (BOUT + 1),
            y=bas,
            fontWeight=GRAS,
            color=theme.couleur_du_flux(sens),
        ).encode(x=alt.XDatum(0, axis=None), text=alt.TextValue(NOM_DU_FLUX[sens].capitalize()))
        for sens, cote in (("import", "right"), ("export", "left"))
    ]
    return [
        unite.encode(text=alt.TextValue(entetes["unite"])),
        solde.encode(text=alt.TextValue(entetes["solde"])),
        *titres,
    ]


def dessin(soldes: pd.DataFrame, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Que le territoire achète-t-il à chaque pays, que lui vend-il, et quel solde en résulte ?

    soldes : voir `tableau`, dans l'ordre d'affichage. Importations à gauche, exportations à droite,
    sur un même axe en euros.
    """
    if soldes.empty:
        return panneau.vide(largeur, mots()["soldes"]["alternative"]["vide"].rstrip("."))
    etroit = theme.est_etroit(largeur)
    forme, entetes = ETROIT if etroit else LARGE, mots()["soldes"]["entetes"]
    taille = forme["taille"]
    ecrits = [_solde(solde_eur) for solde_eur in soldes["solde_eur"]]
    droite = MARGE + ceil(max(largeur_texte(m, taille, GRAS) for m in (entetes["solde"], *ecrits)))
    place = largeur - droite if etroit else PLACE_DU_NOM
    noms = [raccourcir(propre(libelle), place, taille, GRAS) for libelle in soldes["libelle"]]
    unite = largeur_texte(entetes["unite"], taille)
    gauche = MARGE + ceil(max(unite, *(largeur_texte(nom, taille, GRAS) for nom in noms)))
    lignes = soldes.to_dict("records")
    montants = [_bout(ligne, sens) for sens in SIGNES for ligne in lignes]
    if etroit:
        gauche = droite = 0
    maximums, places = _places(montants, largeur - gauche - droite, taille)
    return joindre(
        _graphique(etroit),
        {"lignes": soldes.assign(nom=noms, solde=ecrits), "montants": montants},
        largeur=largeur - gauche - droite,
        hauteur=forme["pas"] * len(lignes),
        marges={"left": gauche, "right": droite, "top": forme["entete"], "bottom": 4},
        bords=[gauche, droite],
        maximums=maximums,
        places=places,
    )


def _bout(ligne: dict, sens: Sens) -> dict:
    """Une barre : son montant, sa position sur l'axe, ce qui s'écrit à son bout."""
    montant = int(ligne[f"{sens}_eur"])
    return {
        "pays": ligne["pays"],
        "flux": sens,
        "valeur_eur": montant,
        "position_eur": SIGNES[sens] * montant,
        "ecrit": _montant(montant),
        "dit": f"{propre(ligne['libelle'])}, {NOM_DU_FLUX[sens]} : {montant_court(montant)}",
    }


def _places(montants: list[dict], largeur: float, taille: float) -> tuple[list, list]:
    """Le plus grand montant de chaque côté, et les pixels que l'axe garde au-delà."""
    cotes = [
        [
            (0, largeur_texte(NOM_DU_FLUX[sens].capitalize(), taille, GRAS) + BOUT + 4),
            *(
                (montant["valeur_eur"], largeur_texte(montant["ecrit"], taille) + BOUT + 2)
                for montant in montants
                if montant["flux"] == sens
            ),
        ]
        for sens in SIGNES
    ]
    zero, echelle = axe_en_miroir(*cotes, largeur)
    maximums = [max(valeur for valeur, _ in cote) for cote in cotes]
    bords = (zero, largeur - zero)
    return maximums, [bord - m * echelle for bord, m in zip(bords, maximums, strict=True)]


# Figure


def _regle(fiche, soldes: pd.DataFrame) -> str:
    """Quels pays, dans quel ordre ? Pour un tableau retouché, leur nombre seul."""
    rangs, echanges = soldes.attrs.get("rangs", 0), soldes["import_eur"] + soldes["export_eur"]
    if len(soldes) != soldes.attrs.get("pays") or not echanges.is_monotonic_decreasing:
        nombre = formats.quantite(len(soldes), "pays", "pays")
        return phrase("soldes.regle_libre", fiche, pays=nombre)
    cle = "regle_un" if rangs == 1 else "regle"
    return phrase(f"soldes.{cle}", fiche, rangs=formats.en_lettres(rangs))


def _lecture(fiche, soldes: pd.DataFrame) -> str:
    """Le premier pays dont les trois nombres imprimés tombent juste."""
    for ligne in soldes.to_dict("records"):
        importe, exporte, solde = (
            formats.arrondi(formats.en_millions(ligne[nom]), 1)
            for nom in ("import_eur", "export_eur", "solde_eur")
        )
        if exporte - importe == solde:
            return phrase(
                "soldes.lecture",
                fiche,
                pays=ligne["libelle"],
                importe=formats.millions_court(ligne["import_eur"]),
                exporte=formats.millions_court(ligne["export_eur"]),
                solde=formats.millions_signe(ligne["solde_eur"]),
            )
    return ""


def figure(fiche, soldes: pd.DataFrame) -> Figure:
    """La figure et sa légende : la règle de choix des pays, puis un exemple de lecture."""
    premier, second = sorted(SENS, key=lambda s: -indicateurs.total_eur(fiche.echanges, s))
    if soldes.empty:
        dite = legende("soldes.vide", fiche)
    else:
        lecture, regle = _lecture(fiche, soldes), _regle(fiche, soldes)
        dite = legende("soldes.legende", fiche, regle=regle, lecture=lecture)
    return figure_de(
        fiche,
        dessin,
        soldes,
        identifiant="soldes-par-pays",
        titre=phrase("soldes.titre", fiche, premier=premier, second=second),
        legende=dite,
        alternative=alternative,
    )
