"""Le paquet de données : norme, clés, sommes exactes, archive reproductible."""

import hashlib
import io
import json
import shutil
import zipfile

import jsonschema
import pandas as pd
import pytest

from commerce import notice, paquet
from commerce.donnees.prepare import ouvrir
from commerce.references import departements

TEXTE = {"type": "string", "minLength": 1}
CHAMP = {
    "type": "object",
    "required": ["name", "type", "description"],
    "properties": {
        "name": TEXTE,
        "type": {"enum": ["string", "integer", "number", "boolean", "year"]},
        "constraints": {"type": "object"},
    },
}
TABLE = {
    "type": "object",
    "required": ["fields", "primaryKey", "missingValues"],
    "properties": {
        "fields": {"type": "array", "minItems": 1, "items": CHAMP},
        "primaryKey": {"type": "array", "minItems": 1, "items": TEXTE},
        "foreignKeys": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["fields", "reference"],
                "properties": {"reference": {"required": ["resource", "fields"]}},
            },
        },
    },
}
# La norme Frictionless Data Package (v1), réduite à ce que le paquet emploie.
NORME = {
    "type": "object",
    "required": ["name", "resources", "licenses", "sources", "title"],
    "properties": {
        "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
        "licenses": {"type": "array", "minItems": 1, "items": {"required": ["name", "path"]}},
        "sources": {"type": "array", "minItems": 1, "items": {"required": ["title"]}},
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "path", "format", "mediatype", "bytes", "hash", "schema"],
                "properties": {
                    "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
                    "path": {"type": "string", "pattern": "^(?!/|\\.\\.)[a-z_./]+$"},
                    "bytes": {"type": "integer", "minimum": 1},
                    "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    "schema": TABLE,
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def dossier(tmp_path_factory, demonstration, fiches):
    """Le paquet de la démonstration, écrit à côté des indicateurs de trois fiches."""
    dossier = tmp_path_factory.mktemp("donnees")
    tables = [
        notice.valeurs(fiches[code]).assign(code=code, annee=2024) for code in ("09", "20", "976")
    ]
    table = pd.concat(tables)[["code", "annee", "indicateur", "flux", "valeur"]]
    table.to_csv(dossier / "indicateurs.csv", index=False)
    paquet.ecrire(demonstration, dossier)
    return dossier


@pytest.fixture(scope="module")
def description(dossier):
    return json.loads((dossier / "datapackage.json").read_text(encoding="utf-8"))


def lire(dossier, nom):
    return pd.read_csv(dossier / nom, dtype=str, keep_default_na=False)


def test_la_description_suit_la_norme(description):
    jsonschema.Draft202012Validator.check_schema(NORME)
    jsonschema.validate(description, NORME)
    assert "fictives" in description["title"]


def test_chaque_table_est_celle_que_decrit_son_schema(dossier, description):
    tables = {r["name"]: (lire(dossier, r["path"]), r) for r in description["resources"]
              if r["format"] == "csv"}  # fmt: skip
    assert len(tables) == 6
    for nom, (table, ressource) in tables.items():
        contenu = (dossier / ressource["path"]).read_bytes()
        assert ressource["bytes"] == len(contenu)
        assert ressource["hash"] == f"sha256:{hashlib.sha256(contenu).hexdigest()}"
        schema = ressource["schema"]
        assert [champ["name"] for champ in schema["fields"]] == list(table.columns)
        assert not table.duplicated(schema["primaryKey"]).any(), nom
        for champ in schema["fields"]:
            valeurs = table[champ["name"]]
            if champ.get("constraints", {}).get("required"):
                assert (valeurs != "").all(), (nom, champ["name"])
            motif = {"integer": r"-?\d+", "year": r"\d{4}", "boolean": "True|False"}
            assert valeurs.str.fullmatch(motif.get(champ["type"], ".*")).all()
            if champ["type"] == "number":
                pd.to_numeric(valeurs[valeurs != ""])
        for renvoi in schema.get("foreignKeys", []):
            cible, _ = tables[renvoi["reference"]["resource"]]
            connus = set(cible[renvoi["reference"]["fields"][0]])
            assert set(table[renvoi["fields"][0]]) <= connus, (nom, renvoi)


def test_les_flux_font_exactement_la_france_et_chaque_fiche(dossier, demonstration, fiches):
    flux = pd.read_csv(dossier / "flux.csv", dtype={"code": str}, keep_default_na=False)
    prepare = ouvrir(demonstration)
    for annee in (2022, 2023, 2024):
        for mesure in ("valeur_eur", "masse_kg"):
            sommes = flux[flux["annee"] == annee].groupby("flux")[mesure].sum()
            assert sommes.to_dict() == prepare.france(annee).groupby("flux")[mesure].sum().to_dict()
    de_2024 = flux[flux["annee"] == 2024]
    for code in ("09", "20", "75"):
        ici = de_2024[de_2024["code"] == code].groupby("flux")["valeur_eur"].sum()
        assert ici.to_dict() == fiches[code].echanges.groupby("flux")["valeur_eur"].sum().to_dict()
    assert set(de_2024["code"]) - {"98", "99"} == set(departements())


def test_parquet_et_csv_disent_la_meme_chose(dossier):
    ecrit = pd.read_csv(dossier / "flux.csv", dtype={"code": str}, keep_default_na=False)
    lu = pd.read_parquet(dossier / "flux.parquet")
    pd.testing.assert_frame_equal(ecrit, lu, check_dtype=False)


def test_chaque_indicateur_est_defini(dossier):
    definitions = lire(dossier, "indicateurs_definitions.csv").set_index("indicateur")
    assert set(definitions.index) == set(lire(dossier, "indicateurs.csv")["indicateur"])
    assert (definitions[["libelle", "unite", "definition"]] != "").all().all()


def test_memes_entrees_memes_octets_et_rien_n_est_refait(dossier, demonstration, tmp_path):
    shutil.copy(dossier / "indicateurs.csv", tmp_path)
    paquet.ecrire(demonstration, tmp_path)
    octets = {f.name: f.read_bytes() for f in dossier.iterdir()}
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == octets
    dates = {f.name: f.stat().st_mtime_ns for f in tmp_path.iterdir()}
    paquet.ecrire(demonstration, tmp_path)
    assert {f.name: f.stat().st_mtime_ns for f in tmp_path.iterdir()} == dates
    with zipfile.ZipFile(io.BytesIO(octets.pop(paquet.ARCHIVE))) as archive:
        assert {nom: archive.read(nom) for nom in archive.namelist()} == octets


@pytest.mark.parametrize("abime", ["flux.csv", "LISEZMOI.md", paquet.ARCHIVE, paquet.DESCRIPTION])
def test_un_fichier_abime_est_refait(dossier, demonstration, tmp_path, abime):
    shutil.copytree(dossier, tmp_path / "p")
    (tmp_path / "p" / abime).write_bytes(b"abime")
    paquet.ecrire(demonstration, tmp_path / "p")
    assert (tmp_path / "p" / abime).read_bytes() == (dossier / abime).read_bytes()
