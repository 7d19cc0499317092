"""Les indicateurs et les tableaux de toutes les fiches, recalculés par une autre voie.

Les zips de la démonstration sont relus ligne à ligne, en dictionnaires de Python, sans pandas ni
aucune fonction du projet autre que celles qu'on vérifie.
"""

import csv
import io
import itertools
import math
import zipfile
from collections import defaultdict
from functools import cache

import pytest

from commerce import chemins, notice, parties, profils, references
from commerce.donnees.reperes import AUTRES_ZONES, FRANCE, UNION_EUROPEENNE, ZONES
from commerce.parties import attention_mesures

CODES = list(references.departements())
REGIONS = ["R" + region for region in references.regions() if region != "DROM"]
FLUX = {"E": "export", "I": "import"}
ANNEE = 2024
ABSENT = float("nan")


def table(nom: str) -> list[dict]:
    with (chemins.REFERENCE / f"{nom}.csv").open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


def assez(total_eur: int, couples: list) -> bool:
    """Un million d'euros, et trente couples ou cinquante millions."""
    return total_eur >= 1_000_000 and (len(couples) >= 30 or total_eur >= 50_000_000)


class Brut:
    """Les lignes brutes, rangées par année, flux et espace : {(produit, pays): euros}."""

    def __init__(self):
        public = {ligne["code_douanes"]: ligne["code"] for ligne in table("departements")}
        self.region = {ligne["code"]: ligne["region"] for ligne in table("departements")}
        self.region |= {"99": "93"}
        self.region |= {f"R{region}": region for region in self.region.values()}
        self.pays = {ligne["code"]: ligne for ligne in table("pays")}
        self.energie = {p["code"] for p in table("produits_a129") if p["energie"] == "1"}
        self.a129 = defaultdict(lambda: defaultdict(int))
        self.cpf4 = defaultdict(lambda: defaultdict(int))
        self.trimestres = defaultdict(lambda: defaultdict(int))
        # Par maille : {(a129, cpf4, pays): [euros, kilogrammes]}.
        self.mailles = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for flux, trimestre, annee, douanes, _, a129, cpf4, pays, valeur, masse in self.lignes():
            code, montant = public.get(douanes, douanes), int(valeur)
            annee, sens = int(annee), FLUX[flux]
            ensemble = f"R{self.region.get(code, '')}"
            for espace in (code, ensemble):
                self.cpf4[annee, sens, espace][cpf4, pays] += montant
            for espace in (code, ensemble, "FRANCE"):
                self.a129[annee, sens, espace][a129, pays] += montant
                if annee >= ANNEE - 1:
                    maille = self.mailles[annee, sens, espace][a129, cpf4, pays]
                    maille[0] += montant
                    maille[1] += int(masse)
            for espace in (code, ensemble) if annee == ANNEE else ():
                self.trimestres[sens, espace, a129][trimestre] += montant

    @staticmethod
    def lignes():
        for chemin in sorted(chemins.DEMONSTRATION.glob("*.zip")):
            with zipfile.ZipFile(chemin) as archive:
                for nom in archive.namelist():
                    if "Libelle" in nom or "Departement" in nom:
                        continue
                    texte = io.TextIOWrapper(archive.open(nom), encoding="utf-8")
                    yield from (ligne.rstrip("\n").split(";") for ligne in texte)

    def classable(self, pays: str) -> bool:
        return self.pays[pays]["classable"] == "1" if pays in self.pays else pays[0] != "Q"

    def total(self, sens: str, espace: str, annee: int = ANNEE) -> int:
        return sum(self.a129[annee, sens, espace].values())

    def espaces(self, code: str) -> dict[str, str]:
        """Ce que comparent les colonnes d'un tableau."""
        seule = code == "20" or code.startswith("R")
        region = {} if seule else {"region": f"R{self.region[code]}"}
        return {"departement": code, **region, "france": "FRANCE"}

    def par(self, axe: int, sens: str, espace: str, annee: int = ANNEE) -> dict[str, int]:
        sommes = defaultdict(int)
        for cle, montant in self.a129[annee, sens, espace].items():
            sommes[cle[axe]] += montant
        return sommes

    def couples(self, sens: str, espace: str, annee: int = ANNEE) -> list[tuple[str, str]]:
        montants = self.a129[annee, sens, espace]
        return [cle for cle, m in montants.items() if m > 0 and self.classable(cle[1])]

    def assez(self, sens: str, espace: str, annee: int = ANNEE) -> bool:
        total = self.total(sens, espace, annee)
        return assez(total, self.couples(sens, espace, annee))

    def parts(self, axe: int, sens: str, espace: str) -> dict[str, float]:
        total = self.total(sens, espace)
        return {c: m / total for c, m in self.par(axe, sens, espace).items() if m}


@pytest.fixture(scope="module")
def brut():
    return Brut()


@pytest.fixture(scope="module")
def fiches(fiches, fiches_de_region) -> dict:
    return fiches | fiches_de_region


def comparables(code: str) -> list[str]:
    """Parmi qui une fiche se classe : les cent territoires, ou les treize régions."""
    return CODES if code in CODES else REGIONS


def rang(valeurs: dict[str, int], code: str) -> int:
    return 1 + sum(autre > valeurs[code] for autre in valeurs.values())


def n80(montants: list[int], total: int) -> float:
    cumul = 0
    for nombre, montant in enumerate(sorted(montants, reverse=True), start=1):
        cumul += montant
        if 5 * cumul >= 4 * total:
            return nombre
    return ABSENT


def partage(brut: Brut, sens: str, espace: str, produit: str = "") -> tuple[float, ...]:
    """Évolutions de la valeur, du volume et de la valeur unitaire ; part suivie ; euros sans masse.

    Les logarithmes des indices de Laspeyres et de Paasche, et leur moyenne : l'indice de Fisher.
    """
    courant, avant = (
        {cle: m for cle, m in brut.mailles[annee, sens, espace].items() if produit in ("", cle[0])}
        for annee in (ANNEE, ANNEE - 1)
    )
    suivis = []
    for cle in courant.keys() & avant.keys():
        (v0, q0), (v1, q1) = avant[cle], courant[cle]
        if min(v0, q0, v1, q1) > 0 and 1 / 3 <= (v1 / q1) / (v0 / q0) <= 3:
            suivis.append((v0, q0, v1, q1))
    totaux = [sum(v for v, _ in annee.values()) for annee in (avant, courant)]
    parts = [sum(s[2 * rang] for s in suivis) / totaux[rang] for rang in (0, 1)]
    evolution = 100 * (totaux[1] / totaux[0] - 1)
    sans_masse = sum(v for v, q in courant.values() if q == 0)
    if min(parts) < 0.5:
        return evolution, ABSENT, ABSENT, 100 * min(parts), sans_masse
    laspeyres = sum(v1 / q1 * q0 for _, q0, v1, q1 in suivis) / sum(s[0] for s in suivis)
    paasche = sum(s[2] for s in suivis) / sum(v0 / q0 * q1 for v0, q0, _, q1 in suivis)
    unitaire = math.exp((math.log(laspeyres) + math.log(paasche)) / 2)
    volume = 100 * (totaux[1] / totaux[0] / unitaire - 1)
    return evolution, volume, 100 * (unitaire - 1), 100 * min(parts), sans_masse


def attendus(brut: Brut, code: str, soldes: dict[str, dict[str, int]]) -> dict:
    voisins = [c for c in CODES if brut.region[c] == brut.region[code]]
    valeurs = {}
    for grandeur, par_code in soldes.items() if code in CODES else ():
        valeurs["rang_france", grandeur] = rang(par_code, code)
        dans_la_region = rang({c: par_code[c] for c in voisins}, code)
        valeurs["rang_region", grandeur] = dans_la_region if len(voisins) > 1 else ABSENT
    for sens in ("export", "import"):
        total, avant = brut.total(sens, code), brut.total(sens, code, ANNEE - 1)
        evolution = 100 * (total / avant - 1) if brut.assez(sens, code, ANNEE - 1) else ABSENT
        valeurs["evolution_annuelle_pct", sens] = evolution
        volume = ABSENT if math.isnan(evolution) else partage(brut, sens, code)[1]
        valeurs["evolution_volume_pct", sens] = volume
        valeurs |= {(nom, sens): v for nom, v in structure(brut, sens, code).items()}
    if brut.assez("export", code):
        parts = [
            brut.par(1, "export", espace)["US"] / brut.total("export", espace)
            for espace in (code, "FRANCE")
        ]
        valeurs["rapport_etats_unis_france", "export"] = parts[0] / parts[1]
    else:
        valeurs["rapport_etats_unis_france", "export"] = ABSENT
    restes = {
        sens: sum(
            m
            for (produit, _), m in brut.a129[ANNEE, sens, code].items()
            if produit not in brut.energie
        )
        for sens in ("export", "import")
    }
    couples = [c for c in brut.couples("import", code) if c[0] not in brut.energie]
    for sens in ("export", "import"):
        ici, region, france = (
            brut.total(sens, espace) for espace in (code, f"R{brut.region[code]}", "FRANCE")
        )
        valeurs |= {
            ("total_eur", sens): ici,
            ("total_france_eur", sens): france,
            ("part_france_pct", sens): 100 * ici / france,
        }
        if code in CODES:
            valeurs["total_region_eur", sens] = region
            valeurs["part_region_pct", sens] = 100 * ici / region
    export, importations = (brut.total(sens, code) for sens in ("export", "import"))
    valeurs["solde_eur", ""] = export - importations
    valeurs["taux_couverture_pct", ""] = 100 * export / importations
    valeurs["solde_hors_energie_eur", ""] = restes["export"] - restes["import"]
    valeurs["taux_couverture_hors_energie_pct", ""] = (
        100 * restes["export"] / restes["import"] if assez(restes["import"], couples) else ABSENT
    )
    return valeurs


@cache
def structure(brut: Brut, sens: str, code: str) -> dict[str, float]:
    noms = ["part_ue_pct", "part_etats_unis_pct", "hhi_pays", "hhi_produits"]
    noms += ["nombre_equivalent_pays", "n80_pays", "n80_produits", "part_premier_flux_pct"]
    noms += ["part_premier_produit_pct"]
    if not brut.assez(sens, code):
        return dict.fromkeys([*noms, "krugman_pct"], ABSENT)
    total = brut.total(sens, code)
    par_pays = {p: m for p, m in brut.par(1, sens, code).items() if brut.classable(p)}
    par_produit = brut.par(0, sens, code)
    hhi_pays = sum((m / total) ** 2 for m in par_pays.values())
    union = sum(m for p, m in par_pays.items() if brut.pays[p]["zone"] == UNION_EUROPEENNE)
    premier = max(brut.a129[ANNEE, sens, code][couple] for couple in brut.couples(sens, code))
    ici, france = brut.parts(0, sens, code), brut.parts(0, sens, "FRANCE")
    return {
        "part_ue_pct": 100 * union / total,
        "part_etats_unis_pct": 100 * par_pays.get("US", 0) / total,
        "hhi_pays": hhi_pays,
        "hhi_produits": sum((m / total) ** 2 for m in par_produit.values()),
        "nombre_equivalent_pays": 1 / hhi_pays,
        "n80_pays": n80(list(par_pays.values()), total),
        "n80_produits": n80(list(par_produit.values()), total),
        "part_premier_flux_pct": 100 * premier / total,
        "part_premier_produit_pct": 100 * max(par_produit.values()) / total,
        "krugman_pct": 50 * sum(abs(ici.get(p, 0) - france.get(p, 0)) for p in {*ici, *france}),
    }


def test_tous_les_indicateurs_de_toutes_les_fiches(brut, fiches):
    totaux = {s: {c: brut.total(s, c) for c in CODES} for s in ("export", "import")}
    soldes = totaux | {"solde": {c: totaux["export"][c] - totaux["import"][c] for c in CODES}}
    for code, fiche in fiches.items():
        obtenus = {
            (ligne.indicateur, ligne.flux): ligne.valeur
            for ligne in notice.valeurs(fiche).itertuples()
        }
        recalcules = attendus(brut, code, soldes)
        assert set(obtenus) == set(recalcules)
        for cle, attendu in recalcules.items():
            exact = isinstance(attendu, int)
            assert type(obtenus[cle]) is (int if exact else float), (code, cle)
            ecart = 0 if exact else 1e-9
            assert obtenus[cle] == pytest.approx(attendu, rel=ecart, abs=0, nan_ok=True), (
                code,
                cle,
            )


def test_les_chiffres_de_la_region_et_de_la_france(brut, fiches):
    calcules = profils.calculer(fiches["09"].reperes)
    espaces = {"FRANCE": FRANCE, "R76": ("region", "76"), "R93": ("region", "93")}
    for sens in ("export", "import"):
        for espace, ligne in espaces.items():
            for nom, attendu in structure(brut, sens, espace).items():
                assert calcules[nom, sens].loc[ligne] == pytest.approx(attendu), (nom, espace)
    assert calcules["krugman_pct", "export"].loc[FRANCE] == 0


def premiers(montants: dict, nombre: int) -> list:
    """Les clés des plus grands montants, ex æquo par code."""
    return sorted(montants, key=lambda cle: (-montants[cle], cle))[:nombre]


def test_les_tableaux_des_figures_publiees_de_toutes_les_fiches(brut, fiches):
    for code, fiche in fiches.items():
        clients, vendeurs = (brut.par(1, sens, code) for sens in ("export", "import"))
        retenus = {
            pays
            for montants in (clients, vendeurs)
            for pays in premiers({p: m for p, m in montants.items() if brut.classable(p)}, 10)
        }
        ordre = premiers({pays: clients[pays] + vendeurs[pays] for pays in retenus}, 20)
        soldes = parties.soldes.tableau(fiche)[["pays", "import_eur", "export_eur", "solde_eur"]]
        attendu = [(p, vendeurs[p], clients[p], clients[p] - vendeurs[p]) for p in ordre]
        assert [*soldes.itertuples(index=False, name=None)] == attendu, code
        activites = parties.activites.tableau(fiche)
        for sens in ("export", "import"):
            montants = brut.par(0, sens, code)
            lus = activites[activites["flux"] == sens].set_index("produit")
            assert list(lus.index) == premiers(montants, 76)
            assert lus["valeur_eur"].to_dict() == montants
            total = brut.total(sens, code) if brut.assez(sens, code) else ABSENT
            parts = {p: 100 * m / total for p, m in montants.items()}
            assert lus["part_pct"].to_dict() == pytest.approx(parts, nan_ok=True)
        for sens, (echelle, espace) in itertools.product(
            ("export", "import"), brut.espaces(code).items()
        ):
            if echelle == "departement" or code == "09":
                comparer_les_flux(brut, parties.flux.tableau(fiche, sens, echelle), sens, espace)


def test_les_premiers_produits_compares_des_cent_territoires(brut, fiches):
    noms = {"departement": "part_pct", "region": "part_region_pct", "france": "part_france_pct"}
    for (code, fiche), sens in itertools.product(fiches.items(), ("export", "import")):
        lus = parties.produits_compares.tableau(fiche, sens).set_index("produit")
        espaces = brut.espaces(code)
        montants = {echelle: brut.par(0, sens, espace) for echelle, espace in espaces.items()}
        retenus = {code for sommes in montants.values() for code in premiers(sommes, 3)}
        if not brut.assez(sens, code):
            retenus = set()
        ordre = premiers({produit: montants["departement"][produit] for produit in retenus}, 9)
        assert list(lus.index) == ordre, (code, sens)
        assert list(lus.columns) == ["libelle_court", *(noms[echelle] for echelle in espaces)]
        for echelle, espace in espaces.items():
            total = brut.total(sens, espace)
            parts = [100 * montants[echelle][produit] / total for produit in ordre]
            assert lus[noms[echelle]].tolist() == pytest.approx(parts), (code, sens, echelle)


def comparer_les_flux(brut: Brut, flux, sens: str, espace: str):
    """Les dix premiers produits et pays, le reste réuni, les cinq plus grands couples nommés."""
    par_pays = {p: m for p, m in brut.par(1, sens, espace).items() if brut.classable(p)}
    nommes = premiers(brut.par(0, sens, espace), 10), premiers(par_pays, 10)
    attendu = defaultdict(int)
    for cle, montant in brut.a129[ANNEE, sens, espace].items():
        cotes = zip(cle, nommes, strict=True)
        attendu[tuple(code if code in cote else "autres" for code, cote in cotes)] += montant
    lus = flux.set_index(["produit", "pays"])
    assert lus["valeur_eur"].to_dict() == {cle: m for cle, m in attendu.items() if m}
    total = brut.total(sens, espace) if brut.assez(sens, espace) else ABSENT
    parts = (100 * lus["valeur_eur"] / total).tolist()
    assert lus["part_pct"].tolist() == pytest.approx(parts, nan_ok=True)
    entiers = {cle: montant for cle, montant in attendu.items() if "autres" not in cle}
    assert set(lus.index[lus["principal"]]) == set(premiers(entiers, 5))


def test_concentrations_et_contributions_de_toutes_les_fiches(brut, fiches):
    for code, fiche in fiches.items():
        concentrations = parties.concentration.tableau(fiche).set_index(["flux", "indicateur"])
        contributions = parties.contributions.tableau(fiche)
        for sens in ("export", "import"):
            for echelle, espace in brut.espaces(code).items():
                attendu = structure(brut, sens, espace)
                lus = concentrations.loc[sens][echelle].to_dict()
                assert lus == pytest.approx({n: attendu[n] for n in lus}, nan_ok=True), (code, sens)
            points = contributions[contributions["flux"] == sens].set_index("produit")
            assert points.empty is not brut.assez(sens, code, ANNEE - 1)
            courant, avant = (brut.par(0, sens, code, annee) for annee in (ANNEE, ANNEE - 1))
            total = brut.total(sens, code, ANNEE - 1)
            for produit, ligne in points.drop(["autres", "ensemble"], errors="ignore").iterrows():
                montants = avant[produit], courant[produit]
                assert (ligne["precedent_eur"], ligne["valeur_eur"]) == montants
                ecart = 100 * (courant[produit] - avant[produit]) / total
                assert ligne["contribution_points"] == pytest.approx(ecart)
            if not points.empty:
                evolution = 100 * (brut.total(sens, code) / total - 1)
                somme = points["contribution_points"].drop("ensemble").sum()
                assert points.at["ensemble", "contribution_points"] == pytest.approx(evolution)
                assert somme == pytest.approx(evolution)


def test_volumes_et_valeurs_unitaires_de_toutes_les_fiches(brut, fiches):
    for code, fiche in fiches.items():
        volumes = parties.volumes.tableau(fiche)
        for sens in ("export", "import"):
            lus = volumes[volumes["flux"] == sens].set_index("produit")
            assert lus.empty is not brut.assez(sens, code, ANNEE - 1)
            if lus.empty:
                continue
            assert list(lus.index) == ["ensemble", *premiers(brut.par(0, sens, code), 5)]
            for produit, ligne in lus.iterrows():
                produit = produit.removeprefix("ensemble")
                if produit and brut.par(0, sens, code, ANNEE - 1)[produit] < 1_000_000:
                    assert ligne[["evolution_pct", "volume_pct", "suivi_pct"]].isna().all()
                    continue
                attendu = partage(brut, sens, code, produit)
                obtenu = tuple(ligne[["evolution_pct", "volume_pct", "valeur_unitaire_pct"]])
                obtenu += tuple(ligne[["suivi_pct", "sans_masse_eur"]])
                assert obtenu == pytest.approx(attendu, nan_ok=True, abs=1e-9), (code, produit)
    espaces = {"FRANCE": FRANCE, "R76": ("region", "76"), "R93": ("region", "93")}
    for sens, (espace, ligne) in itertools.product(("export", "import"), espaces.items()):
        obtenu = profils.volumes_pct(fiches["09"].reperes, sens).loc[ligne]
        attendu = partage(brut, sens, espace)
        noms = ["evolution_pct", "volume_pct", "valeur_unitaire_pct", "suivi_pct", "sans_masse_eur"]
        assert tuple(obtenu[noms]) == pytest.approx(attendu), espace


def test_balassa_et_ressemblances_de_toutes_les_fiches(brut, fiches):
    france = brut.parts(0, "export", "FRANCE")
    toutes = {c: brut.parts(0, "export", c) for c in fiches.keys() | REGIONS}
    for code, fiche in fiches.items():
        connues = {*comparables(code), code}
        parts = {c: toutes[c] for c in connues if brut.assez("export", c)}
        obtenus = parties.specialisation.tableau(fiche)
        montants = brut.par(0, "export", code)
        attendu = {
            produit: part / france[produit]
            for produit, part in parts.get(code, {}).items()
            if part >= 0.01 and montants[produit] >= 5_000_000
        }
        assert obtenus.set_index("produit")["balassa"].to_dict() == pytest.approx(attendu)
        voisins = parties.specialisation.tableau_ressemblances(fiche)["ressemblance_pct"]
        if code not in parts or code == "RDROM":
            assert voisins.empty
            continue
        communs = {
            autre: 100 * sum(min(part, parts[autre].get(p, 0)) for p, part in parts[code].items())
            for autre in parts
            if autre != code
        }
        proches = premiers(communs, 5)
        assert list(voisins.index) == ["20" if c == "R94" else c for c in proches]
        assert list(voisins) == pytest.approx([communs[c] for c in proches])


def test_une_region_est_la_somme_de_ses_departements(brut, fiches):
    """Sa fiche est la colonne région des leurs, à l'euro ; Monaco compris dans la sienne."""
    cles = ["flux", "produit", "pays"]
    for code in [code for code in fiches if code not in CODES]:
        siens = [c for c in CODES if brut.region[c] == brut.region[code]]
        sommes = fiches[code].echanges.groupby(cles)[["valeur_eur", "masse_kg"]].sum()
        colonne = fiches[siens[0]].echanges_region.groupby(cles)[["valeur_eur", "masse_kg"]].sum()
        assert sommes.to_dict() == colonne.to_dict()
        table = parties.departements.tableau(fiches[code]).set_index("code_departement")
        hors = ["99"] if code == "R93" else []
        totaux = {sens: {c: brut.total(sens, c) for c in siens} for sens in ("export", "import")}
        assert list(table.index) == premiers(totaux["export"], 99) + hors
        for sens, par_code in totaux.items():
            total = brut.total(sens, code)
            assert table[f"{sens}_eur"].sum() == total
            for c in [*siens, *hors]:
                montant = brut.total(sens, c)
                assert table.at[c, f"{sens}_eur"] == montant
                assert table.at[c, f"part_{sens}_pct"] == pytest.approx(100 * montant / total)
            assert table[f"rang_{sens}"][siens].to_dict() == {c: rang(par_code, c) for c in siens}
    assert parties.departements.tableau(fiches["09"]).empty


def test_les_chiffres_cles_d_une_region_se_placent_parmi_les_treize(brut, fiches):
    """Rang et médiane parmi les régions ; les DROM ensemble n'en sont pas une."""
    for code in [*REGIONS, "RDROM"]:
        lus = parties.chiffres.tableau(fiches.get(code, fiches["20"]))
        exportations = lus.set_index(["indicateur", "flux"]).loc["total_eur", "export"]
        totaux = {c: brut.total("export", c) for c in REGIONS}
        if code == "RDROM":
            assert exportations["rang"] is None and not lus["position"].any()
        elif code != "R94":
            assert (exportations["rang"], exportations["univers"]) == (rang(totaux, code), 13)
        assert exportations["departement"] == brut.total("export", code)


def test_zones_et_etats_unis_de_toutes_les_fiches(brut, fiches):
    toutes = {
        c: brut.par(1, "export", c)["US"] / brut.total("export", c)
        for c in {*CODES, *REGIONS, "RDROM"}
        if brut.assez("export", c)
    }
    for code, fiche in fiches.items():
        parts_us = {c: toutes[c] for c in comparables(code) if c in toutes}
        zones = parties.zones.tableau(fiche)
        for sens in ("export", "import"):
            for echelle, espace in brut.espaces(code).items():
                lues = zones.loc[zones["flux"] == sens, parties.zones.PARTS[echelle]]
                attendues = parts_par_zone(brut, sens, espace)
                assert lues.tolist() == pytest.approx(attendues, nan_ok=True), (code, sens, espace)
        mesure = parties.etats_unis.exposition(fiche)
        assert mesure.montant_eur == brut.par(1, "export", code)["US"]
        assert mesure.rang.univers == len(parts_us)
        if code in parts_us:
            assert mesure.rang.rang == rang(parts_us, code)
        else:
            assert mesure.rang.rang is None
        vendus = {
            produit: montant
            for (produit, pays), montant in brut.a129[ANNEE, "export", code].items()
            if pays == "US" and montant and code in toutes
        }
        ventes = parties.etats_unis.tableau(fiche).set_index("produit")["valeur_eur"]
        assert list(ventes.items()) == [(p, vendus[p]) for p in premiers(vendus, len(vendus))]


@cache
def parts_par_zone(brut: Brut, sens: str, espace: str) -> list[float]:
    if not brut.assez(sens, espace):
        return [ABSENT] * len(ZONES)
    sommes = defaultdict(int)
    for pays, montant in brut.par(1, sens, espace).items():
        zone = brut.pays.get(pays, {"zone": ""})["zone"] if brut.classable(pays) else ""
        sommes[zone if zone not in ("", "Océanie") else AUTRES_ZONES] += montant
    return [100 * sommes[zone] / brut.total(sens, espace) for zone in ZONES]


def test_approvisionnements_de_toutes_les_fiches(brut, fiches):
    for code, fiche in fiches.items():
        retenus = defaultdict(list)
        for annee in (2022, 2023, 2024):
            achats, ventes = defaultdict(dict), defaultdict(int)
            for (produit, pays), montant in brut.cpf4[annee, "import", code].items():
                achats[produit][pays] = montant
            for (produit, _), montant in brut.cpf4[annee, "export", code].items():
                ventes[produit] += montant
            for produit, du_produit in achats.items():
                total, vendu = sum(du_produit.values()), ventes[produit]
                classes = {p: m / total for p, m in du_produit.items() if brut.classable(p)}
                hors = sum(
                    v for p, v in classes.items() if brut.pays[p]["zone"] != UNION_EUROPEENNE
                )
                hhi = sum(v * v for v in classes.values())
                if total >= 5_000_000 and hhi > 0.4 and hors > 0.5 and total > vendu:
                    retenus[produit].append((annee, total, hhi))
        attendu = {
            produit: cas for produit, cas in retenus.items() if len(cas) >= 2 and cas[-1][0] == 2024
        }
        obtenu = parties.approvisionnements.tableau(fiche)
        assert set(obtenu["produit"]) == set(attendu), code
        for ligne in obtenu.itertuples():
            annees = [str(annee) for annee, _, _ in attendu[ligne.produit]]
            assert ligne.annees == ", ".join(annees)
            assert ligne.import_eur == attendu[ligne.produit][-1][1]
            assert ligne.hhi == pytest.approx(attendu[ligne.produit][-1][2])


def test_effectifs_de_chaque_alerte(brut, fiches):
    concernes = defaultdict(set)
    france = sum(m for p, m in brut.par(0, "import", "FRANCE").items() if p in brut.energie)
    part_france = france / brut.total("import", "FRANCE")
    for code in CODES:
        for sens in ("export", "import"):
            total = brut.total(sens, code)
            if total < 1_000_000:
                concernes["petite_base_eur"].add(code)
            elif len(brut.couples(sens, code)) < 30:
                rare = "petite_base_couples" if total < 50_000_000 else "peu_de_couples"
                concernes[rare].add(code)
            if not brut.assez(sens, code):
                continue
            par_pays, par_produit = brut.par(1, sens, code), brut.par(0, sens, code)
            autres = sum(m for p, m in par_pays.items() if not brut.classable(p) and p != "FR")
            premier = max(brut.a129[ANNEE, sens, code][c] for c in brut.couples(sens, code))
            if premier / total > 0.25:
                concernes["premier_flux"].add(code)
            if autres / total > 0.01:
                concernes["indetermines"].add(code)
            for produit, montant in par_produit.items():
                pointe = max(brut.trimestres[sens, code, produit].values())
                if montant / total >= 0.05 and pointe > 0.5 * montant:
                    concernes["trimestre"].add(code)
            if sens == "import":
                energie = sum(m for p, m in par_produit.items() if p in brut.energie) / total
                if energie > 0.25:
                    concernes["energie_part"].add(code)
                if energie > 3 * part_france:
                    concernes["energie_rapport"].add(code)
                if par_pays["FR"] / total > 0.05:
                    concernes["retours"].add(code)
                if brut.assez("export", code):
                    ventes = brut.par(0, "export", code)
                    for produit, achete in par_produit.items():
                        vendu = ventes[produit]
                        parts = (vendu / brut.total("export", code), achete / total)
                        if min(parts) > 0.1 and 1 - abs(vendu - achete) / (vendu + achete) >= 0.9:
                            concernes["double_sens_part"].add(code)
    concernes["gaz_electricite"] = {"75"}
    attendu = {alerte: len(codes) for alerte, codes in concernes.items()}
    repere = fiches["09"].reperes
    effectifs = attention_mesures.effectifs(repere)
    calcules = effectifs.drop(list(attention_mesures.faits(repere)))
    assert calcules[calcules > 0].to_dict() == attendu
    assert not math.isnan(effectifs.sum())


def test_ce_qui_previent_d_une_region_se_mesure_sur_elle(brut, fiches):
    mesures = attention_mesures.mesures(fiches["09"].reperes).set_index(["alerte", "flux"])
    for code in [code for code in fiches if code not in CODES]:
        siennes = mesures[mesures["code"] == code]
        total = brut.total("import", code)
        energie = sum(m for p, m in brut.par(0, "import", code).items() if p in brut.energie)
        part = siennes.loc[("energie_part", "import"), "valeur"]
        assert part == pytest.approx(100 * energie / total)
        pointes = siennes.loc[("trimestre", "import")].set_index("objet")["valeur"]
        for produit, montant in brut.par(0, "import", code).items():
            assert (produit in pointes) == (montant >= 0.05 * total)
            if produit in pointes:
                plus_fort = max(brut.trimestres["import", code, produit].values())
                assert pointes[produit] == pytest.approx(100 * plus_fort / montant)


def mesure_du_fait(brut, fait: dict, espace: str) -> float:
    """La valeur qu'un fait de L'essentiel donne à cet espace ; absente si elle est « n.s. »."""
    sens, nom = fait["flux"], fait["fait"]
    if nom == "couverture":
        assez = all(brut.assez(s, espace) for s in ("export", "import"))
        rapport = brut.total("export", espace) / brut.total("import", espace)
        return 100 * rapport if assez else ABSENT
    if nom in ("saut", "evolution"):
        avant = brut.total(sens, espace, ANNEE - 1)
        if not brut.assez(sens, espace, ANNEE - 1):
            return ABSENT
        if nom == "evolution":
            return 100 * (brut.total(sens, espace) / avant - 1)
        annees = [brut.par(0, sens, espace, annee) for annee in (ANNEE, ANNEE - 1)]
        ecarts = {p: annees[0].get(p, 0) - annees[1].get(p, 0) for p in {*annees[0], *annees[1]}}
        plus_fort = max(ecarts, key=lambda p: (abs(ecarts[p]), p == fait["produit"]))
        return 100 * ecarts[plus_fort] / avant
    total = brut.total(sens, espace)
    if nom == "total":
        return total
    if not brut.assez(sens, espace):
        return ABSENT
    if nom == "departement":
        siens = [c for c in CODES if brut.region[c] == brut.region[espace]]
        assert fait["departement"] == max(siens, key=lambda code: brut.total(sens, code))
        return 100 * brut.total(sens, fait["departement"]) / total
    if nom == "produit":
        return 100 * brut.par(0, sens, espace).get(fait["produit"], 0) / total
    par_pays = {p: m for p, m in brut.par(1, sens, espace).items() if brut.classable(p)}
    if nom == "union":
        union = [m for p, m in par_pays.items() if brut.pays[p]["zone"] == UNION_EUROPEENNE]
        return 100 * sum(union) / total
    if nom == "pays":
        return 100 * par_pays.get(fait["pays"], 0) / total
    assert nom == "premier_flux"
    return 100 * max(brut.a129[ANNEE, sens, espace][c] for c in brut.couples(sens, espace)) / total


def test_l_essentiel_de_toutes_les_fiches(brut, fiches):
    """Chaque nombre que disent ses phrases, et le rang de chaque fait singulier."""
    verifies = 0
    for code, fiche in fiches.items():
        for fait in parties.essentiel.tableau(fiche).to_dict("records"):
            assert fait["valeur"] == pytest.approx(mesure_du_fait(brut, fait, code)), (code, fait)
            if fait["france"] == fait["france"]:
                assert fait["france"] == pytest.approx(mesure_du_fait(brut, fait, "FRANCE")), fait
            if fait["fait"] == "premier_flux":
                montants = brut.a129[ANNEE, fait["flux"], code]
                premier = max(montants[c] for c in brut.couples(fait["flux"], code))
                assert montants[fait["produit"], fait["pays"]] == premier
            if fait["rang"] != fait["rang"]:
                continue
            connues = {c: mesure_du_fait(brut, fait, c) for c in CODES}
            connues = {c: v for c, v in connues.items() if v == v}
            if fait["fait"] == "saut":
                connues = {c: abs(v) for c, v in connues.items()}
            elif fait["cote"] == "bas":
                connues = {c: -v for c, v in connues.items()}
            assert (fait["rang"], fait["univers"]) == (rang(connues, code), len(connues)), fait
            verifies += 1
    assert verifies > 100
