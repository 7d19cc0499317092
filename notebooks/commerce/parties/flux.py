"""Quel produit va vers quel pays, ou vient de quel pays ? Le diagramme de flux (Sankey).

Vega-Lite n'en a pas : `disposer` place nœuds et rubans dans deux tableaux que `dessin` encode ; les
noms sont dans les marges, et les rubans s'étirent avec le cadre.
"""

import altair as alt
import numpy as np
import pandas as pd

from commerce import formats, nommer, references, theme
from commerce.figure import CoteACote, Figure, cote_a_cote, panneau
from commerce.figure import figure as figure_de
from commerce.figure.mesure import INTERLIGNE, couper, largeur_texte
from commerce.figure.modele import joindre, modele
from commerce.figure.rubans import (
    EPAISSEUR_MINIMALE,
    HAUTEURS,
    empiler,
    marques,
    opacite,
    placer_noeuds,
)
from commerce.formats import NOM_DU_FLUX, montant_court, part_courte, propre
from commerce.indicateurs import (
    AUTRES,
    FLUX_PRINCIPAUX,
    RANGS_AFFICHES,
    SEUIL_NON_CLASSES_PCT,
    Echelle,
    Sens,
    echanges_de,
    part_du_flux_pct,
    part_non_classee_pct,
    rapport_pct,
    sommes,
    total_eur,
)
from commerce.redaction import Texte, assembler, balise, legende, liste, mots, paragraphes, phrase

SUFFIXES: dict[Echelle, str] = {"departement": "", "region": "-region", "france": "-france"}
# De gauche à droite, dans le sens des marchandises.
COTES = {"export": ("produit", "pays"), "import": ("pays", "produit")}
LIBELLES = {"produit": "libelle_court", "pays": "libelle_pays"}
COLONNES = [
    *("produit", "libelle_court", "libelle", "pays", "libelle_pays"),
    *("valeur_eur", "part_pct", "principal"),
]
# Les colonnes d'un ruban que reçoit le dessin : des libellés de plus le ralentiraient.
DESSINEES = ["produit", "pays", "valeur_eur", "part_pct", "dit"]
DESSINEES += ["epaisseur", "gauche_y", "droite_y"]
# Place d'un libellé avant coupure, hauteur minimale du dessin et taille des textes, en pixels.
LARGE = {"produit": 240, "pays": 185, "hauteur": 400, "taille": 14.5}
ETROIT = {"produit": 124, "pays": 96, "hauteur": 330, "taille": 13.5}
GRAS, ENTETE, NOEUD, RETRAIT, OPACITE_PRINCIPAL = 600, 28, 9, 7, 0.85


def tableau(
    fiche,
    sens: Sens,
    echelle: Echelle = "departement",
    rangs: int = RANGS_AFFICHES,
    principaux: int = FLUX_PRINCIPAUX,
) -> pd.DataFrame:
    """Quel produit va vers quel pays, ou vient de quel pays ?

    Les `rangs` premiers produits et les `rangs` premiers pays, le reste réuni dans « Autres ».
    Colonnes : produit, libelle_court, libelle, pays, libelle_pays, valeur_eur, part_pct (du flux
    entier), principal (l'un des `principaux` plus grands couples dont aucun côté n'est « Autres »).
    """
    echanges, autres = echanges_de(fiche, echelle), mots()["flux"]["autres"]
    du_flux = echanges.loc[echanges["flux"] == sens, ["produit", "pays", "valeur_eur"]]
    produits, lignes = _nommer(du_flux, "produit", rangs, fiche.produits.index)
    pays, colonnes = _nommer(du_flux, "pays", rangs, fiche.pays.index[fiche.pays["classable"]])
    montants = np.zeros((len(produits), len(pays)), dtype=np.int64)
    np.add.at(montants, (lignes, colonnes), du_flux["valeur_eur"].to_numpy())
    cases = [(produits[i], pays[j], int(montants[i, j])) for i, j in np.argwhere(montants)]
    nommes = [case for case in cases if AUTRES not in case]
    plus_grands = sorted(nommes, key=lambda case: (-case[2], *case))[:principaux]
    ensemble = int(montants.sum()) if fiche.significatif(sens, echelle) else 0
    courts, entiers = (
        fiche.produits[nom].to_dict() | {AUTRES: autres["produit"]}
        for nom in ("libelle_court", "libelle")
    )
    noms = fiche.pays["nom"].to_dict() | {AUTRES: autres["pays"]}
    rangees = [
        (
            *(produit, courts[produit], entiers[produit], partenaire, noms[partenaire]),
            *(montant, rapport_pct(montant, ensemble)),
            (produit, partenaire, montant) in plus_grands,
        )
        for produit, partenaire, montant in cases
    ]
    flux = pd.DataFrame(rangees, columns=COLONNES)
    flux.attrs["rangs"] = rangs
    return flux


def _nommer(
    du_flux: pd.DataFrame, axe: str, rangs: int, permis: pd.Index
) -> tuple[list[str], np.ndarray]:
    """Les premiers codes d'un côté, « autres » à la fin, et la place de chaque ligne parmi eux."""
    numeros, codes = pd.factorize(du_flux[axe])
    montants = np.zeros(len(codes), dtype=np.int64)
    np.add.at(montants, numeros, du_flux["valeur_eur"].to_numpy())
    montants = dict(zip(codes.tolist(), montants.tolist(), strict=True))
    classes = [code for code in set(permis.tolist()) & montants.keys() if montants[code] > 0]
    nommes = sorted(classes, key=lambda code: (-montants[code], code))[:rangs]
    places = {code: place for place, code in enumerate(nommes)}
    de_chaque_code = np.array([places.get(code, len(nommes)) for code in montants], dtype=np.intp)
    return [*nommes, AUTRES], de_chaque_code[numeros]


def texte(fiche, flux: pd.DataFrame, sens: Sens) -> Texte:
    """Ce que montre la figure des flux d'un sens, et ce que pèsent les non classés."""
    if flux.empty:
        return paragraphes([phrase("flux.vide", fiche, operation=f"{sens}ation")])
    nommes = max(len(set(flux[axe]) - {AUTRES}) for axe in LIBELLES)
    selection = "premiers" if AUTRES in {*flux["produit"], *flux["pays"]} else "tous_nommes"
    rangs = formats.en_lettres(flux.attrs.get("rangs", nommes))
    selection = phrase(f"flux.{selection}", fiche, rangs=rangs)
    presentation = balise("p", phrase(f"flux.{sens}", fiche, selection=selection))
    return assembler(presentation, _non_classes(fiche, sens))


def _non_classes(fiche, sens: Sens) -> Texte:
    """Que pèsent les partenaires qui ne sont pas des pays ? Rien à dire jusqu'à 1 %."""
    part = part_non_classee_pct(fiche, sens)
    if not part > SEUIL_NON_CLASSES_PCT:
        return Texte("")
    lecture = phrase("flux.non_classes", fiche, part=formats.part(part), flux=NOM_DU_FLUX[sens])
    return balise("p", lecture, "note")


def total(fiche, sens: Sens, echelle: Echelle = "departement") -> Texte:
    """Combien en tout ? Pour le territoire, aussi ce qu'il pèse dans sa région et en France."""
    flux, total_ici_eur = NOM_DU_FLUX[sens], total_eur(echanges_de(fiche, echelle), sens)
    ligne = phrase("flux.total", fiche, flux=flux, montant=formats.millions(total_ici_eur))
    parts = []
    for ensemble in list(fiche.noms)[1:] if echelle == "departement" else ():
        ensemble_eur = total_eur(echanges_de(fiche, ensemble), sens)
        part_pct = part_du_flux_pct(fiche, sens, total_ici_eur, ensemble_eur, ensemble)
        part = formats.part_france(part_pct) if ensemble == "france" else formats.part(part_pct)
        parts.append(phrase(f"flux.part_{ensemble}", fiche, part=part, flux=flux))
    contenu = balise("p", balise("strong", ligne)) + (liste(parts) if parts else "")
    return balise("div", contenu, "total")


def comparaison(fiche) -> Texte:
    """À quoi comparer les flux du département ? Rien à dire de ce qui est sa propre région."""
    return Texte("") if fiche.est_une_region else paragraphes([phrase("flux.comparaison", fiche)])


def alternative(flux: pd.DataFrame, sens: Sens) -> str:
    """Total, premier produit, premier pays et premier flux nommé."""
    ecrits = mots()["flux"]["alternative"]
    if flux.empty:
        return f"{ecrits[f'vide_{sens}']}."
    total = int(flux["valeur_eur"].sum())
    phrases = [ecrits["total"].format(flux=NOM_DU_FLUX[sens], montant=formats.millions(total))]
    for axe, libelle in LIBELLES.items():
        montants = sommes(flux, axe)
        code = next(iter(montants))
        if code != AUTRES:
            nom = propre(dict(zip(flux[axe], flux[libelle], strict=True))[code])
            part = formats.pourcentage(_parts_pct(flux, montants)[code])
            phrases.append(ecrits[axe].format(nom=nom, part=part))
    couples = [ecrits["couple"].format(couple=dit) for dit in _dits(_premier(flux), sens)]
    return " ".join([*phrases, *couples])


def _premier(flux: pd.DataFrame) -> pd.DataFrame:
    """Le plus grand couple d'un produit et d'un pays nommés, en une ligne ; aucune sans couple."""
    colonnes = (flux[nom].tolist() for nom in ("produit", "pays", "valeur_eur"))
    nommes = [
        (-montant, produit, pays, rang)
        for rang, (produit, pays, montant) in enumerate(zip(*colonnes, strict=True))
        if AUTRES not in (produit, pays)
    ]
    return flux.iloc[[min(nommes)[-1]] if nommes else []]


def _dits(flux: pd.DataFrame, sens: Sens) -> list[str]:
    """« Aéronautique vers l'Allemagne : 123,4 M€, 16,0 % des exportations », par ruban."""
    ecrit, noms = mots()["flux"]["rubans"][sens], flux["libelle_pays"].map(propre)
    if sens == "export":
        sujets = references.pays()["sujet"].to_dict() | {AUTRES: mots()["flux"]["autres"]["vers"]}
        noms = flux["pays"].map(sujets).fillna(noms)
    return [
        ecrit.format(
            produit=propre(produit),
            pays=nom,
            montant=montant_court(valeur_eur),
            part=formats.part_du_flux(part_pct, sens),
        )
        for produit, nom, valeur_eur, part_pct in zip(
            flux["libelle_court"], noms, flux["valeur_eur"], flux["part_pct"], strict=True
        )
    ]


def disposer(
    flux: pd.DataFrame, sens: Sens, largeur: float = theme.LARGE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """À quelle hauteur sont les nœuds et les rubans ? En pixels, du haut vers le bas.

    noeuds : une ligne par produit ou pays, colonnes cote (« gauche » ou « droite »), code, nom,
    valeur_eur, part_pct, mots (lignes de son nom), montant, dit, y0, milieu, y1, bas (de sa place).
    rubans : les lignes de `flux` dans l'ordre du dessin, les principales après les autres, de la
    plus épaisse à la plus mince ; s'y ajoutent epaisseur, gauche_y, droite_y (haut du ruban à
    gauche et à droite), dit. `largeur` dit seulement où couper les noms.
    """
    page = _page(largeur)
    cotes = [_noeuds(flux, axe, sens, page) for axe in COTES[sens]]
    echelle = placer_noeuds(cotes, page["hauteur"])
    return pd.DataFrame(cotes[0] + cotes[1]), _rubans(flux, sens, cotes, echelle)


def _page(largeur: float) -> dict[str, int]:
    return ETROIT if theme.est_etroit(largeur) else LARGE


def _noeuds(flux: pd.DataFrame, axe: str, sens: Sens, page: dict[str, int]) -> list[dict]:
    """Les produits ou les pays, du plus grand au plus petit, « Autres » à la fin."""
    courts, entiers = (
        dict(zip(flux[axe].tolist(), flux[nom].tolist(), strict=True))
        for nom in (LIBELLES[axe], "libelle" if axe == "produit" else LIBELLES[axe])
    )
    montants, noeuds, ecrit = sommes(flux, axe), [], mots()["flux"]["rubans"]["noeud"]
    parts, taille = _parts_pct(flux, montants), page["taille"]
    cote = "gauche" if axe == COTES[sens][0] else "droite"
    for code, valeur_eur in montants.items():
        nom, montant, part_pct = propre(entiers[code]), montant_court(valeur_eur), parts[code]
        part = formats.part_du_flux(part_pct, sens)
        lignes = couper(propre(courts[code]), page[axe], taille, GRAS)
        noeuds.append(
            {"cote": cote, "code": code, "nom": nom, "valeur_eur": valeur_eur, "part_pct": part_pct}
            | {"mots": lignes, "montant": f"{montant} · {part_courte(part_pct)}"}
            | {"dit": ecrit.format(nom=nom, montant=montant, part=part)}
            | {"etiquette": taille * INTERLIGNE * (len(lignes) + 1) + 5}
        )
    return noeuds


def _parts_pct(flux: pd.DataFrame, montants: dict[str, int]) -> dict[str, float]:
    """Part de chaque produit, ou de chaque pays ; NaN quand celles du tableau le sont."""
    ensemble = sum(montants.values()) if flux["part_pct"].notna().any() else 0
    return {code: rapport_pct(montant_eur, ensemble) for code, montant_eur in montants.items()}


def _rubans(
    flux: pd.DataFrame, sens: Sens, cotes: list[list[dict]], echelle: float
) -> pd.DataFrame:
    """Les rubans, empilés dans chaque nœud selon l'ordre du côté opposé."""
    epaisseurs = [valeur_eur * echelle for valeur_eur in flux["valeur_eur"].tolist()]
    hauts = empiler(cotes, [flux[axe].tolist() for axe in COTES[sens]], epaisseurs)
    colonnes = {nom: flux[nom].tolist() for nom in flux.columns}
    colonnes["epaisseur"] = [max(epaisseur, EPAISSEUR_MINIMALE) for epaisseur in epaisseurs]
    colonnes |= {"gauche_y": hauts[0], "droite_y": hauts[1], "dit": _dits(flux, sens)}
    principal = colonnes["principal"]
    ordre = sorted(range(len(flux)), key=lambda i: (principal[i], -epaisseurs[i]))
    return pd.DataFrame({nom: [valeurs[i] for i in ordre] for nom, valeurs in colonnes.items()})


@modele
def _graphique(sens: Sens, taille: float) -> alt.LayerChart:
    couleurs, couleur = theme.theme().couleurs, theme.couleur_du_flux(sens)
    rouge, pas = couleurs.flux_principal, taille * INTERLIGNE
    noeuds = alt.Chart(alt.NamedData("noeuds"))
    nomme = (alt.Description("dit:N"), alt.Tooltip("dit:N"))

    def selon_le_cote(a_gauche: object, a_droite: object) -> alt.ExprRef:
        return alt.ExprRef(f"datum.cote == 'gauche' ? {a_gauche} : {a_droite}")

    def y(champ: str) -> alt.Y:
        return alt.Y(f"{champ}:Q", axis=None, scale=HAUTEURS)

    bord = NOEUD + RETRAIT
    ecrit = {"align": selon_le_cote("'right'", "'left'"), "baseline": "middle"}
    ecrit |= {"fontSize": taille, "lineHeight": pas}
    a_cote = ecrit | {"x": selon_le_cote(-bord, f"width + {bord}")}
    # Le nom et le montant sont centrés ensemble sur le nœud.
    haut, bas = (alt.ExprRef(f"{demi} * length(datum.mots)") for demi in (-pas / 2, pas / 2))
    noms = noeuds.mark_text(**a_cote, dy=haut, fontWeight=GRAS)
    montants = noeuds.mark_text(**a_cote, dy=bas, color=couleurs.texte_discret)
    cotes = zip(("gauche", "droite"), _titres(sens), strict=True)
    titres = alt.Chart(alt.Data(values=[{"cote": cote, "titre": titre} for cote, titre in cotes]))
    au_dessus = ecrit | {"x": selon_le_cote("ecarts[0]", "width + ecarts[1]"), "y": 10 - ENTETE}
    rectangles = noeuds.mark_rect(
        x=selon_le_cote(-NOEUD, "width"), x2=selon_le_cote(0, f"width + {NOEUD}"), color=couleur
    )
    return alt.layer(
        marques("rubans", couleur, opacite(couleur)).encode(*nomme),
        marques("principaux", rouge, max(opacite(rouge), OPACITE_PRINCIPAL)).encode(*nomme),
        rectangles.encode(y("y0"), alt.Y2("y1:Q"), *nomme),
        noms.encode(y("milieu"), alt.Text("mots:N")),
        montants.encode(y("milieu"), alt.Text("montant:N")),
        titres.mark_text(**au_dessus, fontWeight=GRAS, color=couleur).encode(alt.Text("titre:N")),
    )


def _titres(sens: Sens) -> list[str]:
    return [mots()["flux"]["cotes"][f"{axe}_{sens}"] for axe in COTES[sens]]


def dessin(flux: pd.DataFrame, sens: Sens, largeur: float = theme.LARGE) -> alt.LayerChart:
    """Quel produit va vers quel pays (export), ou vient de quel pays (import) ?

    flux : voir `tableau`. De gauche à droite dans le sens des marchandises ; les flux principaux
    sont rouges et dessinés par-dessus les autres. Les noms sont dans les marges, mesurées.
    """
    flux = flux[flux["valeur_eur"] > 0]
    if flux.empty:
        return panneau.vide(largeur, mots()["flux"]["alternative"][f"vide_{sens}"])
    noeuds, rubans = disposer(flux, sens, largeur)
    taille, bord = _page(largeur)["taille"], NOEUD + RETRAIT
    autres, rubans = len(rubans) - int(rubans["principal"].sum()), rubans[DESSINEES]
    marges = {"gauche": 0.0, "droite": 0.0}
    ecrits = (noeuds[nom].tolist() for nom in ("cote", "mots", "montant"))
    for cote, lignes, montant in zip(*ecrits, strict=True):
        places = [largeur_texte(ligne, taille, GRAS) for ligne in lignes]
        marges[cote] = max(marges[cote], largeur_texte(montant, taille), *places)
    gauche, droite = (round(marge) + bord + 1 for marge in marges.values())
    # Chaque titre est aligné sur les étiquettes de son côté, autant que la place le permet.
    places = [largeur_texte(titre, taille, GRAS) for titre in _titres(sens)]
    hauteur = float(noeuds["bas"].max())
    return joindre(
        _graphique(sens, taille),
        {"rubans": rubans.iloc[:autres], "principaux": rubans.iloc[autres:], "noeuds": noeuds},
        largeur=largeur - gauche - droite,
        hauteur=hauteur,
        marges={"left": gauche, "right": droite, "top": ENTETE, "bottom": 2},
        hauteur_px=hauteur,
        ecarts=[max(-bord, places[0] - gauche), min(bord, droite - places[1])],
    )


def figure(fiche, flux: pd.DataFrame, sens: Sens, echelle: Echelle = "departement") -> Figure:
    """La figure, et comment la lire : son plus grand flux nommé."""
    lieux = {"region": fiche.departement.region.nom, "france": phrase("flux.france", fiche)}
    titre = "titre_compare" if echelle in lieux else f"titre_{sens}"
    return figure_de(
        fiche,
        dessin,
        flux,
        identifiant=f"flux-{sens}{SUFFIXES[echelle]}",
        titre=phrase(f"flux.{titre}", fiche, sens=sens, lieu=lieux.get(echelle, "")),
        legende=_legende(fiche, flux, sens),
        alternative=alternative,
        etroit=echelle in lieux and not fiche.est_une_region,
        sens=sens,
    )


def _legende(fiche, flux: pd.DataFrame, sens: Sens) -> Texte:
    premiers = _premier(flux)
    if premiers.empty:
        return legende("flux.sans_couple", fiche)
    premier, rouges = premiers.iloc[0], int(flux["principal"].sum())
    cle = "un_principal" if rouges == 1 else "principaux"
    dits = phrase(f"flux.{cle}", fiche, nombre=formats.en_lettres(rouges)) if rouges else ""
    return legende(
        "flux.legende",
        fiche,
        principaux=dits,
        echange=nommer.flux(sens, *premier[["produit", "libelle_court", "pays", "libelle_pays"]]),
        montant=formats.millions_court(premier["valeur_eur"]),
        part=formats.part_du_flux(premier["part_pct"], sens),
    )


def figures_comparees(fiche, sens: Sens, region: pd.DataFrame, france: pd.DataFrame) -> CoteACote:
    """Les mêmes flux dans la région et dans la France entière, chacun suivi de son total.

    region, france : voir `tableau`. Un territoire qui est sa propre région n'y est pas redessiné :
    la France occupe alors toute la largeur.
    """
    paires = [
        (figure(fiche, flux, sens, echelle), total(fiche, sens, echelle))
        for echelle, flux in (("region", region), ("france", france))
        if echelle in fiche.noms
    ]
    if fiche.est_une_region:
        return CoteACote((paires[0][0],), assembler(paires[0][0].html, paires[0][1]))
    return cote_a_cote(*paires)
