"""Toute modification qui peut changer une page la fait refaire ; les autres ne refont rien."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest
import run_all

from commerce import chemins, redaction
from fabrique import carnets, empreintes

EFFETS = (".py", ".toml", ".css", ".j2", ".json", ".ttf", ".woff2", ".csv", ".js", ".svg")
# Ce qui exécute un carnet et en fait une page.
MOTEUR = ("ouvrier", "publication", "structure")


@pytest.fixture
def copie(tmp_path, monkeypatch):
    """Une copie du code et des tables, que `run_all.dependances` prend pour le projet."""
    for dossier in (chemins.NOTEBOOKS / "commerce", chemins.NOTEBOOKS / "fabrique"):
        shutil.copytree(
            dossier,
            tmp_path / "notebooks" / dossier.name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copytree(chemins.REFERENCE, tmp_path / "reference")
    for paquet in (run_all.commerce, run_all.fabrique):
        la = tmp_path / "notebooks" / paquet.__name__ / "__init__.py"
        monkeypatch.setattr(paquet, "__file__", str(la))
    monkeypatch.setattr(chemins, "REFERENCE", tmp_path / "reference")
    return tmp_path


def cause_changee(fichier: Path, dependances=run_all.dependances) -> bool:
    """Un octet ajouté à ce fichier se voit-il dans les causes ? Il est remis comme il était."""
    avant, octets = causes(dependances), fichier.read_bytes()
    fichier.write_bytes(octets + b"\n")
    apres = causes(dependances)
    fichier.write_bytes(octets)
    assert causes(dependances) == avant
    return apres != avant


def causes(dependances=run_all.dependances) -> dict[str, str]:
    return {nom: empreintes.sha256_arbres(r) for nom, r in dependances().items()}


def test_tout_module_table_style_ou_police_compte(copie):
    """Pour les fiches, ou pour les seules autres pages ; les mots ont leur essai."""
    fichiers = {f for f in copie.rglob("*") if f.suffix in EFFETS and f.is_file()}
    assert {".py", ".toml", ".css", ".ttf", ".csv"} <= {f.suffix for f in fichiers}
    sans_effet = {f for f in fichiers if run_all.SANS_EFFET & set(f.parts)}
    ailleurs = {f for f in fichiers if {*run_all.AUTRES_PAGES, "mots.toml"} & set(f.parts)}
    assert {f for f in fichiers if not cause_changee(f)} == sans_effet | ailleurs
    assert {f for f in ailleurs if not cause_changee(f, run_all.autres_pages)} == set()
    assert {f.name for f in sans_effet} >= {"bilan.py", "__main__.py"}
    assert {f.parent.name for f in ailleurs} >= {"relecture", "panorama", "releve", "comparaison"}


def test_aucune_fiche_n_importe_les_autres_pages():
    """De proche en proche, imports au fond d'une fonction compris, du modèle et du moteur."""
    modele = carnets.imports(chemins.NOTEBOOKS / "1_fiche_departement.ipynb")
    lus, attente = set(), [modele, *(f"from fabrique import {nom}" for nom in MOTEUR)]
    while attente:
        noeuds = ast.walk(ast.parse(attente.pop()))
        neufs = {fichier for noeud in noeuds for fichier in importes(noeud)} - lus
        attente += [fichier.read_text(encoding="utf-8") for fichier in neufs]
        lus |= neufs
    noms = {f.relative_to(chemins.NOTEBOOKS).as_posix() for f in lus}
    assert {"commerce/parties/zones.py", "commerce/figure/svg.py", "fabrique/formes.py"} <= noms
    assert {nom for nom in noms if {*run_all.AUTRES_PAGES} & set(nom.split("/"))} == set()


def importes(noeud: ast.AST) -> list[Path]:
    """Fichiers de la maison que nomme cette instruction : modules, et paquets qui les tiennent."""
    noms = [a.name for a in noeud.names] if isinstance(noeud, ast.Import) else []
    if isinstance(noeud, ast.ImportFrom):  # un point : le paquet fabrique, le seul à s'en servir
        origine = ".".join(filter(None, ["fabrique" * (noeud.level > 0), noeud.module]))
        noms = [origine, *(f"{origine}.{alias.name}" for alias in noeud.names)]
    lieux = [chemins.NOTEBOOKS.joinpath(*n.split(".")[:k]) for n in noms for k in (1, 2, 3)]
    candidats = [c for lieu in lieux for c in (lieu.with_suffix(".py"), lieu / "__init__.py")]
    return [c for c in candidats if c.is_file()]


@pytest.mark.lourd
@pytest.mark.parametrize("code", ["09", "20", "976"])
def test_aucune_fiche_ne_dit_les_mots_des_autres_pages(montre, tmp_path, monkeypatch, code):
    """Ôtés de mots.toml, rien ne manque à une fiche, et son empreinte est la même."""
    entiere = montre(code)
    sections = re.split(r"(?m)^(?=\[)", redaction.FICHIER.read_text(encoding="utf-8"))
    autres = tuple(f"[{Path(nom).stem}" for nom in run_all.AUTRES_PAGES)
    gardees = [s for s in sections if not s.startswith(autres)]
    assert len(gardees) < len(sections) - 20
    avant = run_all.mots_des_fiches()
    monkeypatch.setattr(redaction, "FICHIER", tmp_path / "mots.toml")
    redaction.FICHIER.write_text("".join(gardees), encoding="utf-8")
    assert montre.__wrapped__(code) == entiere and run_all.mots_des_fiches() == avant
    redaction.FICHIER.write_text("".join(gardees).replace("[zones]", "[zone]"), encoding="utf-8")
    assert run_all.mots_des_fiches() != avant


def test_un_module_neuf_compte_sans_qu_on_le_declare(copie):
    avant = causes()
    (copie / "notebooks" / "commerce" / "parties" / "nouvelle.py").write_text("", encoding="utf-8")
    assert causes() != avant


@pytest.mark.parametrize("bibliotheque", run_all.BIBLIOTHEQUES)
def test_chaque_bibliotheque_declaree_est_installee_et_compte(bibliotheque, monkeypatch):
    connues = empreintes.versions(run_all.BIBLIOTHEQUES)
    assert connues[bibliotheque] != "absente"
    monkeypatch.setattr(empreintes, "version", lambda nom: "0" if nom == bibliotheque else "1")
    autre = empreintes.versions(run_all.BIBLIOTHEQUES)
    assert [nom for nom, v in autre.items() if v == "0"] == [bibliotheque]


class TestCarnet:
    """Ce qui, dans un carnet, décide d'une page ou n'y peut rien."""

    DONNES = ("departement", "annee", "nomenclature", "donnees")

    @pytest.fixture
    def carnet(self, tmp_path):
        chemin = tmp_path / "1_fiche_departement.ipynb"
        shutil.copy(chemins.NOTEBOOKS / chemin.name, chemin)
        return chemin

    def modifier(self, chemin, faire) -> tuple[str, str]:
        avant = carnets.empreinte(chemin, self.DONNES)
        contenu = json.loads(chemin.read_text(encoding="utf-8"))
        faire(contenu["cells"])
        chemin.write_text(json.dumps(contenu), encoding="utf-8")
        return avant, carnets.empreinte(chemin, self.DONNES)

    @staticmethod
    def etiquetee(cellules, etiquette):
        return next(c for c in cellules if etiquette in c["metadata"].get("tags", []))

    def test_un_parametre_enregistre_ne_refait_rien(self, carnet):
        def changer(cellules):
            source = "".join(self.etiquetee(cellules, "parameters")["source"])
            assert '"09"' in source
            neuve = source.replace('"09"', '"69"')
            self.etiquetee(cellules, "parameters")["source"] = neuve

        avant, apres = self.modifier(carnet, changer)
        assert avant == apres

    def test_un_parametre_que_le_lot_ne_donne_pas_compte(self, carnet):
        def ajouter(valeur):
            def changer(cellules):
                cellule = self.etiquetee(cellules, "parameters")
                lignes = "".join(cellule["source"]).splitlines()
                sans = [ligne for ligne in lignes if not ligne.startswith("rangs")]
                cellule["source"] = "\n".join([*sans, f"rangs: int = {valeur}"])

            return changer

        avant, dix = self.modifier(carnet, ajouter(10))
        _, huit = self.modifier(carnet, ajouter(8))
        assert len({avant, dix, huit}) == 3

    def test_une_cellule_que_le_lot_n_execute_pas_ne_refait_rien(self, carnet):
        avant, apres = self.modifier(
            carnet, lambda c: self.etiquetee(c, "skip-execution").update(source="%autoreload 3")
        )
        assert avant == apres

    @pytest.mark.parametrize("genre", ["code", "markdown"])
    def test_toute_autre_cellule_compte(self, carnet, genre):
        rangs = [
            rang
            for rang, cellule in enumerate(carnets.lire(carnet)["cells"])
            if cellule["cell_type"] == genre
            and not {"parameters", "skip-execution"} & set(cellule["metadata"].get("tags", []))
        ]
        assert rangs
        for rang in rangs:
            avant, apres = self.modifier(
                carnet, lambda cellules, rang=rang: cellules[rang].update(source="autre chose")
            )
            assert avant != apres
