"""Tous les indicateurs des cent territoires, recalculés par une autre voie.

Les zips de la démonstration sont relus ligne à ligne, en dictionnaires de Python, sans pandas ni
aucune fonction du projet autre que celles qu'on vérifie.
"""

import csv
import io
import math
import zipfile
from collections import defaultdict

import pytest

from commerce import chemins, portrait, references
from commerce.donnees import reperes
from commerce.donnees.fiche import charger
from commerce.donnees.preparation import preparer
from commerce.portrait import alertes, approvisionnements, exposition, specialisation

CODES = list(references.departements())
FLUX = {"E": "export", "I": "import"}
ANNEE = 2024
ABSENT = float("nan")


def table(nom: str) -> list[dict]:
    with (chemins.REFERENCE / f"{nom}.csv").open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    with pytest.MonkeyPatch.context() as remplacer:
        remplacer.setattr(chemins, "PREPARE", tmp_path_factory.mktemp("recalcul"))
        return preparer(chemins.DEMONSTRATION)


@pytest.fixture(scope="module")
def fiches(dossier):
    return {code: charger(code, ANNEE, donnees=dossier) for code in CODES}


class Brut:
    """Les lignes brutes, rangées par année, flux et espace : {(produit, pays): euros}."""

    def __init__(self):
        public = {ligne["code_douanes"]: ligne["code"] for ligne in table("departements")}
        self.region = {ligne["code"]: ligne["region"] for ligne in table("departements")}
        self.region |= {"99": "93"}
        self.pays = {ligne["code"]: ligne for ligne in table("pays")}
        self.energie = {p["code"] for p in table("produits_a129") if p["energie"] == "1"}
        self.a129 = defaultdict(lambda: defaultdict(int))
        self.cpf4 = defaultdict(lambda: defaultdict(int))
        self.trimestres = defaultdict(lambda: defaultdict(int))
        for flux, trimestre, annee, douanes, _, a129, cpf4, pays, valeur, _ in self.lignes():
            code, montant = public.get(douanes, douanes), int(valeur)
            annee, sens = int(annee), FLUX[flux]
            for espace in (code, f"R{self.region.get(code, '')}", "FRANCE"):
                self.a129[annee, sens, espace][a129, pays] += montant
            self.cpf4[annee, sens, code][cpf4, pays] += montant
            if annee == ANNEE:
                self.trimestres[sens, code, a129][trimestre] += montant

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
        return total >= 1_000_000 and len(self.couples(sens, espace, annee)) >= 30

    def parts(self, axe: int, sens: str, espace: str) -> dict[str, float]:
        total = self.total(sens, espace)
        return {c: m / total for c, m in self.par(axe, sens, espace).items() if m}


@pytest.fixture(scope="module")
def brut():
    return Brut()


def rang(valeurs: dict[str, int], code: str) -> int:
    return 1 + sum(autre > valeurs[code] for autre in valeurs.values())


def n80(montants: list[int], total: int) -> float:
    cumul = 0
    for nombre, montant in enumerate(sorted(montants, reverse=True), start=1):
        cumul += montant
        if 5 * cumul >= 4 * total:
            return nombre
    return ABSENT


def attendus(brut: Brut, code: str, soldes: dict[str, dict[str, int]]) -> dict:
    voisins = [c for c in CODES if brut.region[c] == brut.region[code]]
    valeurs = {}
    for grandeur, par_code in soldes.items():
        valeurs["rang_france", grandeur] = rang(par_code, code)
        valeurs["rang_region", grandeur] = rang({c: par_code[c] for c in voisins}, code)
    for sens in ("export", "import"):
        total, avant = brut.total(sens, code), brut.total(sens, code, ANNEE - 1)
        evolution = 100 * (total / avant - 1) if brut.assez(sens, code, ANNEE - 1) else ABSENT
        valeurs["evolution_annuelle_pct", sens] = evolution
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
    valeurs["solde_hors_energie_eur", ""] = restes["export"] - restes["import"]
    valeurs["taux_couverture_hors_energie_pct", ""] = (
        100 * restes["export"] / restes["import"]
        if restes["import"] >= 1_000_000 and len(couples) >= 30
        else ABSENT
    )
    return valeurs


def structure(brut: Brut, sens: str, code: str) -> dict[str, float]:
    noms = ["part_ue_pct", "part_etats_unis_pct", "hhi_pays", "hhi_produits"]
    noms += ["nombre_equivalent_pays", "n80_pays", "n80_produits", "part_premier_flux_pct"]
    if not brut.assez(sens, code):
        return dict.fromkeys([*noms, "krugman_pct"], ABSENT)
    total = brut.total(sens, code)
    par_pays = {p: m for p, m in brut.par(1, sens, code).items() if brut.classable(p)}
    par_produit = brut.par(0, sens, code)
    hhi_pays = sum((m / total) ** 2 for m in par_pays.values())
    union = sum(m for p, m in par_pays.items() if brut.pays[p]["zone"] == "UE27")
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
        "krugman_pct": 50 * sum(abs(ici.get(p, 0) - france.get(p, 0)) for p in {*ici, *france}),
    }


def test_tous_les_indicateurs_des_cent_territoires(brut, fiches):
    totaux = {s: {c: brut.total(s, c) for c in CODES} for s in ("export", "import")}
    soldes = totaux | {"solde": {c: totaux["export"][c] - totaux["import"][c] for c in CODES}}
    for code, fiche in fiches.items():
        obtenus = {
            (ligne.indicateur, ligne.flux): ligne.valeur
            for ligne in portrait.indicateurs(fiche).itertuples()
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


def test_balassa_et_ressemblances_des_cent_territoires(brut, fiches, dossier):
    repere = reperes.lire(dossier, ANNEE)
    france = brut.parts(0, "export", "FRANCE")
    parts = {c: brut.parts(0, "export", c) for c in CODES if brut.assez("export", c)}
    for code, fiche in fiches.items():
        obtenus = specialisation.specialisations(fiche, repere)
        montants = brut.par(0, "export", code)
        attendu = {
            produit: part / france[produit]
            for produit, part in parts.get(code, {}).items()
            if part >= 0.01 and montants[produit] >= 5_000_000
        }
        assert obtenus.set_index("produit")["balassa"].to_dict() == pytest.approx(attendu)
        voisins = specialisation.ressemblances(repere, code)
        if code not in parts:
            assert voisins.empty
            continue
        communs = {
            autre: 100 * sum(min(part, parts[autre].get(p, 0)) for p, part in parts[code].items())
            for autre in parts
            if autre != code
        }
        premiers = sorted(communs, key=lambda c: (-communs[c], c))[:5]
        assert list(voisins["code"]) == premiers
        assert list(voisins["ressemblance_pct"]) == pytest.approx([communs[c] for c in premiers])


def test_zones_et_etats_unis_des_cent_territoires(brut, fiches, dossier):
    repere = reperes.lire(dossier, ANNEE)
    parts_us = {
        c: brut.par(1, "export", c)["US"] / brut.total("export", c)
        for c in CODES
        if brut.assez("export", c)
    }
    for code, fiche in fiches.items():
        zones = specialisation.zones(fiche, repere).set_index(["flux", "zone"])["part_pct"]
        for sens in ("export", "import"):
            if not brut.assez(sens, code):
                assert zones[sens].isna().all()
                continue
            sommes = defaultdict(int)
            for pays, montant in brut.par(1, sens, code).items():
                zone = brut.pays.get(pays, {"zone": ""})["zone"] if brut.classable(pays) else ""
                sommes[zone if zone not in ("", "Océanie") else reperes.AUTRES_ZONES] += montant
            total = brut.total(sens, code)
            for zone in reperes.ZONES:
                assert zones[sens, zone] == pytest.approx(100 * sommes[zone] / total)
        mesure = exposition.exposition(fiche, repere)
        assert mesure.montant_eur == brut.par(1, "export", code)["US"]
        assert mesure.rang.univers == len(parts_us)
        if code in parts_us:
            assert mesure.rang.rang == rang(parts_us, code)


def test_approvisionnements_des_cent_territoires(brut, fiches):
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
                hors = sum(v for p, v in classes.items() if brut.pays[p]["zone"] != "UE27")
                hhi = sum(v * v for v in classes.values())
                if total >= 5_000_000 and hhi > 0.4 and hors > 0.5 and total > vendu:
                    retenus[produit].append((annee, total, hhi))
        attendu = {produit: cas for produit, cas in retenus.items() if len(cas) >= 2}
        obtenu = approvisionnements.de_la_fiche(fiche)
        assert set(obtenu["produit"]) == set(attendu), code
        for ligne in obtenu.itertuples():
            assert ligne.annees == [annee for annee, _, _ in attendu[ligne.produit]]
            assert (ligne.annee, ligne.import_eur) == attendu[ligne.produit][-1][:2]
            assert ligne.hhi == pytest.approx(attendu[ligne.produit][-1][2])


def test_effectifs_de_chaque_alerte(brut, dossier):
    concernes = defaultdict(set)
    france = sum(m for p, m in brut.par(0, "import", "FRANCE").items() if p in brut.energie)
    part_france = france / brut.total("import", "FRANCE")
    for code in CODES:
        for sens in ("export", "import"):
            total = brut.total(sens, code)
            if total < 1_000_000:
                concernes["petite_base_eur"].add(code)
            elif len(brut.couples(sens, code)) < 30:
                concernes["petite_base_couples"].add(code)
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
    effectifs = alertes.effectifs(reperes.lire(dossier, ANNEE))
    calcules = effectifs.drop(list(alertes.FAITS))
    assert calcules[calcules > 0].to_dict() == attendu
    assert not math.isnan(effectifs.sum())
