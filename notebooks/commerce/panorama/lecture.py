"""Que disent toutes les fiches vues ensemble ? Lecture du lot, totaux.

Le panorama ne recalcule rien : il lit `indicateurs.csv` et `journal.json`, que le lot vient
d'écrire. Les cent territoires y figurent toujours, même sans fiche. La mise en page est dans
`mise_en_page`, les mots dans `mots.toml`, section [panorama].
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from commerce import ErreurDonnees, chemins, formats, indicateurs
from commerce.annee import Annee
from commerce.formats import sans_accent
from commerce.redaction import majuscule, mots, phrase_generale
from commerce.references import departements, regions, territoires

COLONNES = ("code", "annee", "indicateur", "flux", "valeur")
MESURES = {
    "export_eur": ("total_eur", "export"),
    "import_eur": ("total_eur", "import"),
    "solde_eur": ("solde_eur", ""),
    "couverture_pct": ("taux_couverture_pct", ""),
}
NATIONAUX = {sens: ("total_france_eur", sens) for sens in indicateurs.SENS}
# Une fiche présente dans indicateurs.csv mais dont le journal ne dit rien est « hors journal ».
STATUTS: dict[str, str] = mots()["panorama"]["statuts"]
PUBLIES = ("executee", "reprise", "hors_journal")


def phrase(cle: str, **valeurs) -> str:
    """Une phrase de la section [panorama] de `mots.toml` ; cle : « carte.couverture »."""
    return phrase_generale(f"panorama.{cle}", **valeurs)


@dataclass(frozen=True)
class Panorama:
    """Le lot entier.

    fiches : une ligne par territoire, dans l'ordre des codes ; colonnes code, nom, slug, region,
    region_nom, annee, export_eur, import_eur, solde_eur, couverture_pct (NaN sans fiche), statut
    (voir `STATUTS`), jeu (« reelles », « demonstration », vide si inconnu), essentiel (première
    phrase de L'essentiel, vide si inconnue). ensembles : de même, pour les fiches de région.
    valeurs : indicateurs.csv, les cent territoires. totaux : export et import de la France en euros
    (NaN sans fiche, ou si les fiches se contredisent). slug et dossier : ce
    qu'une figure montrée ici attend de sa page.
    """

    fiches: pd.DataFrame
    ensembles: pd.DataFrame
    valeurs: pd.DataFrame
    totaux: dict[str, float]
    totaux_divers: bool
    journal: dict
    slug: ClassVar[str] = "panorama"
    dossier: ClassVar[Path | None] = None

    def __repr__(self) -> str:
        annees = "".join(f", {annee}" for annee in self.annees)
        return f"Panorama de {formats.quantite(len(self.publiees), 'fiche')}{annees}"

    @property
    def publiees(self) -> pd.DataFrame:
        """Les fiches qui ont une page."""
        return self.fiches[self.fiches["statut"].isin(PUBLIES)]

    @property
    def etats(self) -> list[str]:
        """« Publiée », exécutée ou reprise, ou pourquoi une fiche n'a pas de page."""
        return ["Publiée" if s in PUBLIES else STATUTS[s] for s in self.fiches["statut"]]

    @property
    def toutes_publiees(self) -> pd.DataFrame:
        """Les mêmes, et les fiches de région qui ont une page."""
        siennes = self.ensembles[self.ensembles["statut"].isin(PUBLIES)]
        return pd.concat([self.publiees, siennes])

    @property
    def annees(self) -> list[Annee]:
        """Années des fiches publiées, de la plus ancienne à la plus récente."""
        lues = [Annee.lire(annee) for annee in self.toutes_publiees["annee"].dropna().unique()]
        return sorted(lues, key=lambda annee: annee.trimestre(4))

    @property
    def annee(self) -> Annee:
        """La dernière année des fiches publiées ; 0 s'il n'y en a pas."""
        return self.annees[-1] if self.annees else Annee(0)

    @property
    def jeux(self) -> set[str]:
        """Jeux de données des fiches publiées : « reelles », « demonstration », vide si inconnu."""
        return set(self.toutes_publiees["jeu"])

    @property
    def demonstration(self) -> bool:
        """Une fiche au moins vient-elle du jeu fictif ?"""
        return "demonstration" in self.jeux

    @property
    def sources(self) -> list[dict]:
        """Les fichiers des douanes que le lot a lus."""
        return self.journal.get("sources", [])

    @property
    def mention(self) -> str:
        """Ce que toute page tirée de ces données doit dire d'elles ; vide pour des données réelles.

        Un panorama où se mêlent les deux jeux reste fictif. Sans journal, rien ne dit que les
        données sont réelles.
        """
        if self.demonstration:
            return phrase("demonstration")
        if "" in self.jeux:
            return phrase("origine_inconnue")
        return ""

    @property
    def malgre(self) -> str:
        """Les contrôles bloquants malgré lesquels ces données sont publiées ; vide d'ordinaire."""
        refus = self.journal.get("passe_outre", [])
        return phrase("malgre", controles=" ".join(refus)) if refus else ""

    @property
    def source(self) -> str:
        """La ligne de source, qui dit si les données sont fictives ou d'origine inconnue."""
        return majuscule(f"{self.mention}.") if self.mention else phrase("source")


def lire(donnees: str | Path = "", journal: str | Path = "") -> Panorama:
    """Lit le lot ; par défaut, celui de `outputs`. Un fichier absent donne un panorama vide.

    Lève `ErreurDonnees` si un fichier est illisible, s'il lui manque une colonne ou si un code
    n'est celui d'aucun territoire.
    """
    valeurs = _indicateurs(Path(donnees or chemins.SORTIE / "donnees" / "indicateurs.csv"))
    contenu = _journal(Path(journal or chemins.SORTIE / "journal.json"))
    suivi = {fiche["code"]: fiche for fiche in contenu.get("fiches", [])}
    inconnus = sorted((set(valeurs["code"]) | set(suivi)) - set(territoires()))
    if inconnus:
        raise ErreurDonnees(
            f"Aucun territoire n'a pour code {', '.join(inconnus)} : refaire indicateurs.csv et "
            "journal.json par run_all.py."
        )
    cles = ["code", "indicateur", "flux"]
    mesures = valeurs.set_index(cles)["valeur"].unstack(["indicateur", "flux"])
    annees = valeurs.groupby("code")["annee"].max()
    lignes = [
        {
            "code": code,
            "nom": territoire.nom,
            "slug": territoire.slug,
            "region": territoire.region.code,
            "region_nom": territoire.region.nom,
            "annee": annees.get(code),
            **{nom: _mesure(mesures, code, cle) for nom, cle in MESURES.items()},
            "statut": _statut(suivi.get(code), code in mesures.index),
            "jeu": suivi.get(code, {}).get("fiche", {}).get("jeu", ""),
            "essentiel": next(iter(suivi.get(code, {}).get("fiche", {}).get("essentiel", [])), ""),
        }
        for code, territoire in territoires().items()
    ]
    toutes = pd.DataFrame(lignes)
    # Une région n'est pas l'un des cent territoires : ni rang, ni médiane, ni somme.
    des_cent = toutes["code"].isin(departements())
    distincts = {sens: _distincts(mesures, cle) for sens, cle in NATIONAUX.items()}
    return Panorama(
        fiches=toutes[des_cent],
        ensembles=toutes[~des_cent],
        valeurs=valeurs[valeurs["code"].isin(departements())].reset_index(drop=True),
        totaux={s: v[0] if len(v) == 1 else float("nan") for s, v in distincts.items()},
        totaux_divers=any(len(valeurs) > 1 for valeurs in distincts.values()),
        journal=contenu,
    )


def _indicateurs(chemin: Path) -> pd.DataFrame:
    if not chemin.is_file():
        return pd.DataFrame({nom: pd.Series(dtype=object) for nom in COLONNES})
    table = pd.read_csv(chemin, dtype=str, keep_default_na=False)
    manquantes = [nom for nom in COLONNES if nom not in table]
    if manquantes:
        raise ErreurDonnees(
            f"{chemin.name} : il manque {', '.join(manquantes)} ; "
            "refaire ce fichier par run_all.py."
        )
    table["valeur"] = pd.to_numeric(table["valeur"], errors="coerce")
    doublons = table.duplicated(["code", "indicateur", "flux"])
    if doublons.any():
        ligne = table[doublons].iloc[0]
        raise ErreurDonnees(
            f"{chemin.name}, ligne {ligne.name + 2} : {ligne['indicateur']} est donné deux fois "
            f"pour le territoire {ligne['code']} ; refaire ce fichier par run_all.py."
        )
    return table


def _journal(chemin: Path) -> dict:
    if not chemin.is_file():
        return {}
    try:
        return json.loads(chemin.read_text(encoding="utf-8"))
    except ValueError as erreur:
        raise ErreurDonnees(
            f"{chemin.name} n'est pas un journal lisible ({erreur}) ; relancer run_all.py."
        ) from erreur


def _mesure(mesures: pd.DataFrame, code: str, cle: tuple[str, str]) -> float:
    if code not in mesures.index or cle not in mesures.columns:
        return float("nan")
    return float(mesures.at[code, cle])


def _distincts(mesures: pd.DataFrame, cle: tuple[str, str]) -> list[float]:
    return sorted(set(mesures[cle].dropna())) if cle in mesures.columns else []


def _statut(suivi: dict | None, chiffree: bool) -> str:
    if suivi is None:
        return "hors_journal" if chiffree else "absente"
    return suivi["statut"] if suivi.get("statut") in STATUTS else "hors_journal"


def par_region(panorama: Panorama) -> pd.DataFrame:
    """Combien chaque région exporte-t-elle et importe-t-elle, et combien a-t-elle de fiches ?

    Une ligne par région, dans l'ordre de leurs noms, les DROM à la fin : region, region_nom,
    territoires, fiches (pages publiées), code et slug de sa fiche (vides sans page), export_eur,
    import_eur, solde_eur, couverture_pct. Les totaux sont ceux de la région entière, tels que ses
    fiches les donnent (NaN si aucune).
    """
    valeurs = panorama.valeurs[panorama.valeurs["indicateur"] == "total_region_eur"]
    publiees = panorama.ensembles["statut"].isin(PUBLIES)
    ensembles, lignes = panorama.ensembles[publiees], []
    for code, region in regions().items():
        membres = panorama.fiches[panorama.fiches["region"] == code]
        siennes = valeurs[valeurs["code"].isin(membres["code"])]
        propre = ensembles[ensembles["region"] == code]
        dits = [*zip(siennes["flux"], siennes["valeur"], strict=True)]
        dits += [(sens, montant) for sens in indicateurs.SENS for montant in propre[f"{sens}_eur"]]
        exporte, importe = (
            max((montant for flux, montant in dits if flux == sens), default=float("nan"))
            for sens in indicateurs.SENS
        )
        lignes.append(
            {
                "region": code,
                "region_nom": region.nom,
                "territoires": len(membres),
                "fiches": int(membres["statut"].isin(PUBLIES).sum()),
                "code": next(iter(propre["code"]), ""),
                "slug": next(iter(propre["slug"]), ""),
                "export_eur": exporte,
                "import_eur": importe,
                "solde_eur": exporte - importe,
                "couverture_pct": indicateurs.rapport_pct(exporte, importe),
            }
        )
    ordre = sorted(lignes, key=lambda r: (r["region"] == "DROM", cle_de_tri(r["region_nom"])))
    return pd.DataFrame(ordre)


def cle_de_tri(nom: str) -> str:
    """Rang alphabétique français d'un nom : sans accent ni casse."""
    return sans_accent(nom)


def couverture_des_fiches(panorama: Panorama) -> str:
    """Les fiches font-elles le total national ? Une phrase ; rien tant qu'il en manque une."""
    if len(panorama.publiees) < len(panorama.fiches) or panorama.totaux_divers:
        return ""
    parts = {}
    for sens in indicateurs.SENS:
        somme_eur = panorama.publiees[f"{sens}_eur"].sum()
        part_pct = indicateurs.rapport_pct(somme_eur, panorama.totaux[sens])
        parts[sens] = formats.pourcentage(part_pct, 2)
    return phrase("ensemble", nombre=formats.nombre(len(panorama.fiches)), **parts)
