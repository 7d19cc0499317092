"""Comment les échanges ont-ils évolué, ici, dans la région et en France ?

Jamais d'un trimestre au suivant : les données ne sont pas corrigées des saisons. Un trimestre se
compare au même trimestre de l'année d'avant, ou se lit en somme de quatre trimestres. En janvier
2022 l'enquête EMEBI a remplacé la déclaration d'échanges de biens : `rupture` marque une valeur
qui compare ou mélange les deux systèmes ; aucune courbe ne la traverse.
"""

from itertools import pairwise
from math import ceil, floor, isnan

import altair as alt
import numpy as np
import pandas as pd

from commerce import formats, series, theme
from commerce.donnees.prepare import ouvrir
from commerce.figure import Figure, courbes, panneau
from commerce.figure import figure as figure_de
from commerce.figure.courbes import BAS, ECART, GOUTTIERE, HAUT
from commerce.figure.mesure import graduer, largeur_texte, raccourcir
from commerce.figure.modele import joindre
from commerce.figure.panneau import GRAS, TAILLE
from commerce.formats import NOM_DU_FLUX, propre
from commerce.indicateurs import SENS, Sens
from commerce.parties.contributions import lecture
from commerce.profils import ANNEE_RUPTURE
from commerce.redaction import (
    Texte,
    assembler,
    legende,
    mots,
    paragraphes,
    phrase,
    phrases,
    renvois,
)
from commerce.series import TRIMESTRES_PAR_AN

TAUX_STABLE_PCT = 0.05
INDICES = {"departement": "indice", "region": "indice_region", "france": "indice_france"}
# Quarante points au moins sur l'axe des deux panneaux, les mêmes partout : sans quoi une même pente
# dirait 1 % dans une fiche et 4 % dans une autre.
ETENDUE_MINIMALE = (80, 120)


# Calcul


def trimestres(fiche) -> pd.DataFrame:
    """Comment évoluent les flux, trimestre après trimestre, ici, dans la région et en France ?

    Une ligne par flux, espace et trimestre, trimestres absents compris. Colonnes : flux, echelle
    (sans region si le territoire est la sienne), annee, trimestre, valeur_eur, evolution_pct (sur
    le même trimestre de l'année d'avant), quatre_trimestres_eur (somme des quatre derniers) et son
    evolution_quatre_trimestres_pct sur un an, indice (la somme en base 100, voir `series.indice`),
    provisoire (l'un des quatre l'est), rupture (l'évolution compare 2022 à 2021). Une fiche d'une
    année passée s'arrête à son année.
    """
    passee = fiche.annee < max(ouvrir(fiche.dossier).annees_completes(), default=0)
    table = series.de_tous(fiche.dossier, fiche.annee if passee else 0)
    espaces = [(sens, *fiche.espaces[echelle]) for sens in SENS for echelle in fiche.noms]
    siennes = table[table.index.isin(espaces)].reset_index().drop(columns="code")
    ici = fiche.espaces["departement"][0]  # « region » pour la fiche d'une région
    return siennes.assign(echelle=siennes["echelle"].replace(ici, "departement"))


def tableau(fiche) -> pd.DataFrame:
    """Les indices à tracer : quatre trimestres glissants, ou années s'il n'y a qu'elles.

    Une ligne par flux et date, de la première connue à la dernière, absentes comprises. Colonnes :
    flux, annee, trimestre (0 : année entière), trimestre_eur (le montant du trimestre seul, absent
    des années entières), quatre_trimestres_eur, indice, indice_region (sauf si le territoire est
    sa propre région), indice_france, provisoire, rupture.
    """
    table = trimestres(fiche).rename(columns={"valeur_eur": "trimestre_eur"})
    mesures = ["trimestre_eur", "quatre_trimestres_eur"]
    connues = table.dropna(subset="quatre_trimestres_eur")
    if (connues["trimestre"] == TRIMESTRES_PAR_AN).all():
        table = table[table["trimestre"] == TRIMESTRES_PAR_AN].assign(trimestre=0)
        mesures = mesures[1:]
    # Les échelles ont les mêmes lignes, dans le même ordre.
    par_echelle = dict(iter(table.groupby("echelle", sort=False)))
    ici = par_echelle["departement"]
    series = ici[["flux", "annee", "trimestre", *mesures]].assign(
        **{INDICES[echelle]: t["indice"].to_numpy() for echelle, t in par_echelle.items()},
        provisoire=ici["provisoire"],
        rupture=ici["rupture"],
    )
    connues = series[mesures[0]].notna().groupby(series["flux"]).cummax()
    return series[connues].reset_index(drop=True)


# Mots


def texte(fiche, trimestres: pd.DataFrame, contributions: pd.DataFrame) -> Texte:
    """L'évolution sur un an et ce qui l'explique, puis le dernier trimestre connu.

    trimestres : voir `trimestres` ; contributions : voir `contributions.tableau`.
    """
    termes = ["glissement", "base-100"]
    if fiche.reperes.precedents is None:
        annuels = [phrase("evolution.sans_annee", fiche)]
    else:
        termes = ["evolution", "contribution", *termes]
        annuels = [
            f"{_sur_un_an(fiche, trimestres, sens)} {lecture(fiche, contributions, sens)}".rstrip()
            for sens in SENS
        ]
        if ANNEE_RUPTURE in fiche.annee.civiles:
            annuels.append(phrase("evolution.rupture", fiche))
    ici = trimestres[trimestres["echelle"] == "departement"].dropna(subset="valeur_eur")
    notes = [phrase("evolution.pas_de_trimestre_suivant", fiche)]
    if ici["rupture"].any():
        notes.append(phrase("evolution.series_avec_rupture", fiche))
    return assembler(
        paragraphes([*annuels, _dernier_trimestre(fiche, ici), *notes]), renvois(*termes)
    )


def _sur_un_an(fiche, trimestres: pd.DataFrame, sens: Sens) -> str:
    fins = trimestres[
        (trimestres["flux"] == sens)
        & (trimestres["annee"] == fiche.annee)
        & (trimestres["trimestre"] == fiche.annee.fin)
    ]
    taux = fins.set_index("echelle")["evolution_quatre_trimestres_pct"]
    communes = {"flux": NOM_DU_FLUX[sens]}
    if isnan(taux["departement"]):
        return ""
    ici, region, france = (taux.get(echelle) for echelle in ("departement", "region", "france"))
    dites, seule = {"verbe": verbe(fiche, ici)}, region is None or isnan(region)
    autres = {"verbe_france": france} if seule else {"verbe_region": region, "verbe_france": france}
    memes = all(_sens(autre) == _sens(ici) for autre in autres.values())
    # Un verbe qui vient d'être dit se sous-entend : « et celles de la France de 0,4 % ».
    comme_la_region = not seule and _sens(region) == _sens(france)
    redits = {"verbe_region": not memes, "verbe_france": not (memes or comme_la_region)}
    dites |= {nom: verbe(fiche, autre, redits[nom]) for nom, autre in autres.items()}
    return phrase(f"evolution.annuelle{'_seule' * seule}", fiche, **communes, **dites)


def verbe(fiche, taux_pct: float, redit: bool = True) -> str:
    """« progressent de 3,5 % », « reculent de 2,1 % », « sont stables » à moins de 0,05 % près.

    redit : sinon, le verbe d'avant vaut encore, « de 3,5 % ».
    """
    sens = _sens(taux_pct)
    cle = sens if redit or sens == "stable" else "suite"
    return phrase(f"evolution.{cle}", fiche, taux=formats.pourcentage(abs(taux_pct)))


def _sens(taux_pct: float) -> str:
    if abs(taux_pct) < TAUX_STABLE_PCT:
        return "stable"
    return "progresse" if taux_pct > 0 else "recule"


def _dernier_trimestre(fiche, ici: pd.DataFrame) -> str:
    derniers = ici.drop_duplicates("flux", keep="last").dropna(subset="evolution_pct")
    taux_pct = dict(zip(derniers["flux"], derniers["evolution_pct"], strict=True))
    memes = len(derniers.drop_duplicates(["annee", "trimestre", "provisoire"])) == 1
    ecrites = []
    for ligne in derniers.itertuples():
        communes = {
            "trimestre": phrases("evolution.ordinaux", fiche)[ligne.trimestre - 1],
            "an": ligne.annee,
            "provisoire": f" {phrase('evolution.provisoire', fiche)}" * ligne.provisoire,
        }
        if memes and len(taux_pct) == len(SENS):
            ventes, achats = (taux_pct[sens] for sens in SENS)
            achats = verbe(fiche, achats, redit=_sens(achats) != _sens(ventes))
            verbes = {"export": verbe(fiche, ventes), "import": achats}
            return phrase("evolution.trimestre_deux", fiche, **communes, **verbes)
        flux = {"flux": NOM_DU_FLUX[ligne.flux], "verbe": verbe(fiche, ligne.evolution_pct)}
        ecrites.append(phrase("evolution.trimestre", fiche, **communes, **flux))
    return " ".join(ecrites)


def alternative(series: pd.DataFrame, sens: Sens, noms: tuple[str, ...] = ()) -> str:
    """Le nombre de dates, la dernière, et le dernier indice de chaque lieu."""
    modeles, flux = mots()["evolution"]["dessin"], NOM_DU_FLUX[sens]
    connus = series[(series["flux"] == sens) & series["indice"].notna()]
    if len(connus) < 2:
        return modeles["alternative_vide"].format(flux=flux.capitalize())
    dernier = connus.iloc[-1]
    trimestre = f"T{dernier['trimestre']} " if dernier["trimestre"] else ""
    lus = [
        f"{propre(nom)} {formats.nombre(dernier[INDICES[lieu]], 1)}"
        for lieu, nom in _lieux(series, noms).items()
    ]
    return modeles["alternative"].format(
        flux=flux, dates=len(connus), fin=f"{trimestre}{dernier['annee']}", indices=", ".join(lus)
    )


def _lieux(series: pd.DataFrame, noms: tuple[str, ...]) -> dict[str, str]:
    """Échelle -> nom du lieu, pour celles du tableau ; « ici », « région », « France » à défaut."""
    presents = [lieu for lieu, colonne in INDICES.items() if colonne in series]
    defaut = dict(zip(INDICES, mots()["evolution"]["dessin"]["lieux"], strict=True))
    return dict(zip(presents, noms or [defaut[lieu] for lieu in presents], strict=True))


# Dessin


def dessin(
    series: pd.DataFrame, sens: Sens, largeur: float = theme.ETROIT, noms: tuple[str, ...] = ()
) -> alt.LayerChart:
    """Comment le flux évolue-t-il, ici, dans la région et en France ?

    series : voir `tableau`. noms : ceux des lieux, dans l'ordre des colonnes d'indice. L'axe des
    dates est en années : 2024 est la fin de 2024, 2024,25 la fin du trimestre suivant. Une courbe
    s'interrompt là où une date manque et là où l'enquête a changé (janvier 2022) ; elle est en
    tirets là où les données sont provisoires. Les échelles sont communes aux deux flux.
    """
    lieux, modeles = _lieux(series, noms), mots()["evolution"]["dessin"]
    dates = series["annee"] + series["trimestre"].replace(0, TRIMESTRES_PAR_AN) / TRIMESTRES_PAR_AN
    du_flux = series.assign(date=dates - 1)[series["flux"] == sens].to_dict("records")
    connus = sum(not isnan(ligne["indice"]) for ligne in du_flux)
    if connus < 2:
        petit = len(du_flux) > 1 and not connus
        message = panneau.TROP_PETIT if petit else modeles["trop_peu"]
        return panneau.sans_barre(largeur, sens, message)

    genre = "etroit" if theme.est_etroit(largeur) else "large"
    indices = series[[INDICES[lieu] for lieu in lieux]].to_numpy()
    bas, haut = ETENDUE_MINIMALE
    niveaux = graduer(min(bas, np.nanmin(indices)), max(haut, np.nanmax(indices)))
    traits, points = _tracer(du_flux, lieux)
    bouts, hauteur = courbes.etiqueter(points, lieux, niveaux, genre)
    gauche = ECART + ceil(max(largeur_texte(formats.nombre(n), TAILLE) for n in niveaux))
    # La plus haute graduation tient lieu de valeur : les deux panneaux ont les mêmes marges.
    ecrits = [formats.nombre(niveaux[-1], 1), *(mot for bout in bouts for mot in bout["mots"])]
    droite = GOUTTIERE + ceil(max(largeur_texte(mot, TAILLE, GRAS) for mot in ecrits))
    cadre = largeur - gauche - droite
    dates = dates.to_numpy()[~np.isnan(indices).all(axis=1)] - 1
    debut, fin = float(dates.min()), float(dates.max())
    par_an = cadre / (fin - debut)
    # La dernière année s'aligne sur le bout de l'axe, loin des étiquettes : une demi-place de plus.
    une_sur = ceil((1.5 * largeur_texte("2024", TAILLE) + ECART) / par_an)
    ruptures = _ruptures(du_flux, debut, par_an, cadre)
    tableaux = {"traits": traits, "points": points, "bouts": bouts}
    tableaux |= {"ruptures": ruptures} if ruptures else {}
    return joindre(
        courbes.graphique(sens, tuple(INDICES), bool(ruptures)),
        tableaux,
        largeur=cadre,
        hauteur=hauteur,
        marges={"left": gauche, "right": droite, "top": HAUT, "bottom": BAS},
        gauche=gauche,
        dates=[debut, fin],
        annees=list(range(floor(fin), ceil(debut) - 1, -une_sur)),
        niveaux=niveaux,
    )


def _tracer(du_flux: list[dict], lieux: dict[str, str]) -> tuple[list[dict], list[dict]]:
    """Les sommets des traits, et les points : un par fin d'année, un au bout de chaque courbe.

    Le territoire en dernier : il passe devant. Un trait est continu et d'une seule qualité, celle
    des dates où il mène.
    """
    modeles, traits, points = mots()["evolution"]["dessin"], [], []
    for lieu, nom in reversed(lieux.items()):
        courbe = []
        for ligne in du_flux:
            valeur = ligne[INDICES[lieu]]
            glissante = ligne["trimestre"] % TRIMESTRES_PAR_AN
            quand = modeles["quatre_trimestres" if glissante else "annee"].format(**ligne)
            point = {"lieu": lieu, "date": ligne["date"], "indice": valeur, "quand": quand}
            point["dit"] = modeles["point"].format(
                lieu=propre(nom), quand=quand, indice=formats.nombre(valeur, 1)
            )
            courbe.append(point)
        morceaux: list[tuple[bool, list[dict]]] = []
        for avant, apres, ligne in zip(courbe, courbe[1:], du_flux[1:], strict=False):
            if ligne["rupture"] or isnan(avant["indice"]) or isnan(apres["indice"]):
                continue
            if morceaux and morceaux[-1][0] == ligne["provisoire"] and morceaux[-1][1][-1] is avant:
                morceaux[-1][1].append(apres)
            else:
                morceaux.append((ligne["provisoire"], [avant, apres]))
        for rang, (provisoire, morceau) in enumerate(morceaux):
            dit = modeles["trait_provisoire" if provisoire else "trait"].format(
                lieu=propre(nom), debut=_lu(morceau[0]), fin=_lu(morceau[-1])
            )
            commun = {"trait": f"{lieu} {rang}", "provisoire": provisoire, "dit": dit}
            traits += [sommet | commun for sommet in morceau]
        connus = [point for point in courbe if not isnan(point["indice"])]
        points += [p for p in connus if p["date"] == int(p["date"]) or p is connus[-1]]
    return traits, points


def _lu(point: dict) -> str:
    return f"{formats.nombre(point['indice'], 1)} ({point['quand']})"


def _ruptures(du_flux: list[dict], debut: float, par_an: float, cadre: float) -> list[dict]:
    """Où passe janvier 2022, et sa mention au-dessus, décalée de ce qu'il faut pour tenir."""
    for avant, apres in pairwise(du_flux):
        if apres["rupture"] and not avant["rupture"]:
            date = (avant["date"] + apres["date"]) / 2
            a_gauche = (date - debut) * par_an
            mention = raccourcir(mots()["evolution"]["dessin"]["rupture"], cadre, TAILLE)
            demi = largeur_texte(mention, TAILLE) / 2
            decalage_px = max(demi - a_gauche, 0) - max(a_gauche + demi - cadre, 0)
            return [{"date": date, "decalage_px": decalage_px, "mention": mention}]
    return []


def figure(fiche, series: pd.DataFrame) -> Figure | Texte:
    """La figure et sa légende ; rien si aucune courbe ne se trace."""
    if series.empty or series.groupby("flux")["indice"].count().max() < 2:
        return Texte("")
    pas = "trimestres" if series["trimestre"].any() else "annees"
    connues = series.dropna(subset="indice_france")
    base = connues.loc[(connues["indice_france"] - 100).abs().idxmin()]
    an, trimestre = int(base["annee"]), int(base["trimestre"])
    partielle = trimestre % TRIMESTRES_PAR_AN
    cles = ["base_trimestre"] * 2 if partielle else ["base_fin", "base_annee"]
    fin, entiere = (phrase(f"evolution.{c}", fiche, an=an, trimestre=trimestre) for c in cles)
    quand = fin if pas == "trimestres" else str(an)
    notes = {
        nom: phrase(f"evolution.legende_{nom}", fiche) if connues[nom].any() else ""
        for nom in ("provisoire", "rupture")
    }
    noms = tuple(fiche.noms.values())
    return figure_de(
        fiche,
        dessin,
        series,
        identifiant="evolution-base-100",
        titre=phrase(f"evolution.titre_{pas}", fiche, lieux=", ".join(noms[:-1]), base=quand),
        legende=legende(f"evolution.legende_{pas}", fiche, base=entiere, **notes),
        alternative=alternative,
        panneaux=SENS,
        noms=noms,
    )
