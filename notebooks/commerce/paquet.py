"""Comment emporter toutes les données ? Un dossier, un `datapackage.json`, une archive.

Le paquet suit la norme Frictionless Data Package : chaque table y a son schéma, ses clés, sa somme
de contrôle. Les flux sont ceux des douanes, réunis par année : rien n'y est estimé. Mêmes données,
mêmes octets, archive comprise.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from commerce import chemins, references
from commerce.annee import enumerer
from commerce.donnees.prepare import Prepare, ouvrir
from commerce.formats import propre
from commerce.redaction import FICHIER, mots
from fabrique import ecriture

ARCHIVE = "commerce-exterieur.zip"
DESCRIPTION = "datapackage.json"
CLES = ("code", "annee", "flux", "produit", "pays")
MESURES = ("valeur_eur", "masse_kg")
TYPES = {"annee": "year", "valeur_eur": "integer", "masse_kg": "integer", "valeur": "number"}
TYPES |= {"classable": "boolean"}
UNITES = {"eur": "euros", "pct": "%", "kg": "kilogrammes"}
# La plus ancienne date qu'une archive sache écrire : celle du jour changerait ses octets.
DATE = (1980, 1, 1, 0, 0, 0)
COMPRESSES = frozenset((".parquet",))


def ecrire(donnees: Path, dossier: Path) -> None:
    """Écrit le paquet à côté d'`indicateurs.csv`, déjà dans `dossier`. Rien s'il est à jour.

    donnees : le dossier préparé. Lève `OSError`.
    """
    prepare = ouvrir(donnees)
    indicateurs = (dossier / "indicateurs.csv").read_bytes()
    etat = _etat(prepare, indicateurs)
    if _a_jour(dossier, etat):
        return
    flux = flux_annuels(prepare)
    fichiers = {
        "indicateurs.csv": indicateurs,
        "indicateurs_definitions.csv": _csv(definitions(_noms(indicateurs))),
        "flux.csv": _flux_csv(flux),
        "flux.parquet": _parquet(flux),
        "territoires.csv": _csv(territoires()),
        "produits.csv": _csv(_libelles(prepare.produits, prepare, ["libelle_court", "libelle"])),
        "pays.csv": _csv(_libelles(prepare.pays, prepare, ["nom", "zone", "classable"])),
        "LISEZMOI.md": lisezmoi(prepare).encode(),
    }
    description = json.dumps(decrire(prepare, fichiers, etat), ensure_ascii=False, indent=1)
    fichiers[DESCRIPTION] = f"{description}\n".encode()
    for nom, contenu in fichiers.items():
        if nom not in ("indicateurs.csv", DESCRIPTION):
            ecriture.ecrire(dossier / nom, contenu, sur_le_disque=False)
    ecriture.ecrire(dossier / ARCHIVE, _archive(fichiers), sur_le_disque=False)
    # En dernier : sa présence dit que tout le reste est là.
    ecriture.ecrire(dossier / DESCRIPTION, fichiers[DESCRIPTION], sur_le_disque=False)


def flux_annuels(prepare: Prepare) -> pa.Table:
    """Combien chaque territoire échange-t-il, par année, flux, produit A129 et pays ?

    Une ligne par combinaison, dans l'ordre des clés ; code (des fiches, plus `99`, Monaco, et `98`,
    non documenté : la somme est la France), annee, flux, produit, pays, valeur_eur, masse_kg.
    Années complètes seulement.
    """
    tables, cles = [], ["territoire", "flux", "a129", "pays"]
    for annee in prepare.annees_completes():
        genre = pa.int16() if annee.civile else pa.string()
        with parquet.ParquetFile(prepare.dossier / f"echanges_{annee:d}.parquet") as fichier:
            # Un groupe de lignes par territoire : réunies, celles de dix années tiennent quatre Go.
            for rang in range(fichier.num_row_groups):
                lignes = fichier.read_row_group(rang, columns=[*cles, *MESURES])
                sommes = lignes.group_by(cles).aggregate([(mesure, "sum") for mesure in MESURES])
                sommes = sommes.select([*cles, *(f"{mesure}_sum" for mesure in MESURES)])
                annees = pa.repeat(pa.scalar(annee.valeur, genre), len(sommes))
                tables.append(sommes.add_column(1, "annee", annees))
    ordre = [(nom, "ascending") for nom in CLES]
    table = pa.concat_tables(tables).rename_columns([*CLES, *MESURES])
    return table.sort_by(ordre).combine_chunks()


def definitions(noms: list[str]) -> pd.DataFrame:
    """Que mesure chaque indicateur d'`indicateurs.csv` ? Une ligne par nom.

    Colonnes : indicateur, libelle, unite, definition, formule.
    """
    textes = mots()["paquet"]["definitions"]
    termes = {
        nom: terme
        for terme in references.glossaire().values()
        for nom in terme.get("indicateurs", [])
    }
    lignes = []
    for nom in noms:
        terme = termes.get(nom, {})
        libelle = mots()["classeur"]["indicateurs"].get(nom, nom)
        lignes.append(
            {
                "indicateur": nom,
                "libelle": libelle.format(flux="flux", region_complement="de la région"),
                "unite": UNITES.get(nom.rpartition("_")[2], terme.get("unite", "")),
                "definition": terme.get("definition") or textes.get(nom, ""),
                "formule": terme.get("formule", ""),
            }
        )
    return pd.DataFrame(lignes)


def territoires() -> pd.DataFrame:
    """Cent territoires, régions et les deux codes sans fiche : code, nom, region, region_nom."""
    lignes = [
        (d.code, d.nom, d.region.code, d.region.nom) for d in references.territoires().values()
    ]
    regions = references.regions()
    for code, hors in references.hors_departements().iterrows():
        region = regions.get(hors["region"])
        lignes.append((code, hors["nom"], hors["region"], region.nom if region else ""))
    return pd.DataFrame(lignes, columns=["code", "nom", "region", "region_nom"])


def lisezmoi(prepare: Prepare) -> str:
    """Que contient le paquet, d'où il vient, comment le citer, quelles précautions ?"""
    textes = mots()["paquet"]
    annees = enumerer(prepare.annees_completes())
    fictives = textes["fictives"] if prepare.demonstration else ""
    precautions = "\n".join(f"- {texte}" for texte in mots()["methode"]["precautions"])
    return textes["lisezmoi"].format(annees=annees, fictives=fictives, precautions=precautions)


def decrire(prepare: Prepare, fichiers: dict[str, bytes], etat: str) -> dict:
    """Le contenu de `datapackage.json` pour ces fichiers."""
    textes = mots()["paquet"]
    annees = prepare.annees_completes()
    # « 2025T2 » n'est pas une année pour la norme.
    types = TYPES if annees[0].civile else {**TYPES, "annee": "string"}
    return {
        "profile": "data-package",
        "name": "commerce-exterieur-departements",
        "id": etat,
        "title": textes["titre"] + (textes["titre_fictif"] if prepare.demonstration else ""),
        "description": textes["description"],
        "version": f"{annees[0]!s}-{annees[-1]!s}",
        "keywords": textes["mots_cles"],
        "licenses": [dict(textes["licence"])],
        "sources": [dict(textes["source_fictive" if prepare.demonstration else "source"])],
        "resources": [
            _ressource(nom, contenu, types)
            for nom, contenu in fichiers.items()
            if nom in textes["tables"]
        ],
    }


def _ressource(nom: str, contenu: bytes, types: dict[str, str]) -> dict:
    table = mots()["paquet"]["tables"][nom]
    nom_court, _, format_du_fichier = nom.rpartition(".")
    parquet_ = format_du_fichier == "parquet"
    return {
        "profile": "data-resource" if parquet_ else "tabular-data-resource",
        "name": nom_court.replace("_", "-") + ("-parquet" if parquet_ else ""),
        "title": table["titre"],
        "path": nom,
        "format": format_du_fichier,
        "mediatype": "application/vnd.apache.parquet" if parquet_ else "text/csv",
        **({} if parquet_ else {"encoding": "utf-8"}),
        "bytes": len(contenu),
        "hash": _somme(contenu),
        "schema": _schema(table, types),
    }


def _schema(table: dict, types: dict[str, str]) -> dict:
    champs = mots()["paquet"]["champs"]
    cles = table["cles"]
    requis = table.get("requis", cles)
    schema = {
        "fields": [
            {
                "name": nom,
                "type": types.get(nom, "string"),
                "description": champs[nom],
                **(
                    {"trueValues": ["True"], "falseValues": ["False"]} if nom == "classable" else {}
                ),
                **({"constraints": {"required": True}} if nom in requis else {}),
            }
            for nom in table["champs"]
        ],
        "missingValues": [""],
        "primaryKey": cles,
    }
    renvois = [
        {"fields": [champ], "reference": {"resource": ressource, "fields": ["code"]}}
        for champ, ressource in table.get("renvois", {}).items()
    ]
    for renvoi in renvois:
        if renvoi["reference"]["resource"] == "indicateurs-definitions":
            renvoi["reference"]["fields"] = renvoi["fields"]
    return {**schema, **({"foreignKeys": renvois} if renvois else {})}


def _libelles(lire, prepare: Prepare, colonnes: list[str]) -> pd.DataFrame:
    """Les codes de toutes les années, même inconnus des tables, et leurs libellés."""
    tables = [lire(annee)[colonnes] for annee in prepare.annees_completes()]
    toutes = pd.concat(tables).rename_axis("code")
    return toutes[~toutes.index.duplicated()].sort_index().reset_index()


def _noms(indicateurs: bytes) -> list[str]:
    return sorted(set(pd.read_csv(io.BytesIO(indicateurs), dtype=str)["indicateur"]))


def _csv(table: pd.DataFrame) -> bytes:
    return (
        table.map(lambda v: propre(v) if isinstance(v, str) else v)
        .to_csv(index=False, lineterminator="\n")
        .encode()
    )


def _flux_csv(flux: pa.Table) -> bytes:
    tampon = io.BytesIO()
    tampon.write((",".join(flux.column_names) + "\n").encode())
    csv.write_csv(flux, tampon, csv.WriteOptions(include_header=False, quoting_style="none"))
    return tampon.getvalue()


def _parquet(flux: pa.Table) -> bytes:
    tampon = io.BytesIO()
    parquet.write_table(flux, tampon, compression="zstd", store_schema=False)
    return tampon.getvalue()


def _archive(fichiers: dict[str, bytes]) -> bytes:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as archive:
        for nom in sorted(fichiers):
            entree = zipfile.ZipInfo(nom, DATE)
            comprime = Path(nom).suffix in COMPRESSES
            entree.compress_type = zipfile.ZIP_STORED if comprime else zipfile.ZIP_DEFLATED
            entree.create_system, entree.external_attr = 3, 0o644 << 16
            archive.writestr(entree, fichiers[nom])
    return tampon.getvalue()


def _somme(contenu: bytes) -> str:
    return f"sha256:{hashlib.sha256(contenu).hexdigest()}"


def _etat(prepare: Prepare, indicateurs: bytes) -> str:
    """Ce dont dépend le paquet : les données, les indicateurs, ce module, les mots, les tables."""
    lus = [prepare.meta["empreinte"].encode(), indicateurs, Path(__file__).read_bytes()]
    lus += [fichier.read_bytes() for fichier in (FICHIER, *sorted(chemins.REFERENCE.iterdir()))]
    return _somme(b"\0".join(lus))


def _a_jour(dossier: Path, etat: str) -> bool:
    """L'archive dit-elle cet état, et chaque fichier est-il encore celui de l'archive ?"""
    try:
        with zipfile.ZipFile(dossier / ARCHIVE) as archive:
            intacts = all(
                archive.read(nom) == (dossier / nom).read_bytes() for nom in archive.namelist()
            )
            return intacts and json.loads(archive.read(DESCRIPTION))["id"] == etat
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False
