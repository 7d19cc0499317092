"""La comparaison : ses nombres recalculés, le choix au clavier et par l'adresse."""

import json
import re

import pytest

from commerce import comparaison, formats
from commerce.comparaison import page
from commerce.donnees.prepare import ouvrir
from commerce.references import departements, pays

CODES = ("09", "32", "69", "75", "976")


@pytest.fixture(scope="module")
def vue(demonstration):
    return comparaison.ouvrir(2024, demonstration, "absent.csv", "absent.json")


@pytest.fixture(scope="module")
def contenu(vue):
    return comparaison.contenu(vue)


def arrondi(valeur, decimales=1):
    return float(formats.arrondi(valeur, decimales))


@pytest.mark.parametrize("sens", ["export", "import"])
@pytest.mark.parametrize("code", CODES)
def test_parts_recalculees_ligne_a_ligne(contenu, demonstration, code, sens):
    """Les parts de la page, refaites depuis les lignes des douanes, sans repères ni profils."""
    sommes = {"a129": {}, "pays": {}, "zone": {}}
    total = 0
    lieux = pays()
    for ligne in ouvrir(demonstration).echanges(code, 2024).itertuples():
        if ligne.flux == sens:
            total += ligne.valeur_eur
            classable = lieux.at[ligne.pays, "classable"]
            ou = {"a129": ligne.a129, "pays": ligne.pays if classable else ""}
            ou["zone"] = lieux.at[ligne.pays, "zone"] if classable else ""
            for axe, cle in ou.items():
                sommes[axe][cle] = sommes[axe].get(cle, 0) + ligne.valeur_eur
    dit = contenu["territoires"][code]
    if dit["produits"][sens] is None:
        assert dit["pays"][sens] is None and set(dit["zones"][sens]) == {None}
        return
    sommes["pays"].pop("", None)
    for nom, axe in (("produits", "a129"), ("pays", "pays")):
        attendu = {c: 100 * m / total for c, m in sommes[axe].items() if 100 * m / total >= 0.05}
        assert dit[nom][sens] == {c: arrondi(p) for c, p in attendu.items()}
    zones = sommes["zone"]
    assert dit["zones"][sens][0] == arrondi(100 * zones.get("UE27", 0) / total)
    assert dit["zones"][sens][3] == arrondi(100 * zones.get("Asie", 0) / total)
    assert dit["chiffres"][f"{sens}_eur"] == arrondi(formats.en_millions(total))


def test_specialites_et_indices_recalcules(contenu, demonstration):
    prepare = ouvrir(demonstration)
    france = prepare.france(2024).query("flux == 'export'").groupby("produit")["valeur_eur"].sum()
    ici = prepare.echanges("09", 2024).query("flux == 'export'").groupby("a129")["valeur_eur"].sum()
    attendus = {
        code: arrondi((montant / ici.sum()) / (france[code] / france.sum()))
        for code, montant in ici.items()
        if montant / ici.sum() >= 0.01 and montant >= 5_000_000
    }
    assert contenu["territoires"]["09"]["specialites"] == attendus
    lignes = [prepare.echanges("09", annee).assign(annee=annee) for annee in (2022, 2023, 2024)]
    annuels = [t.loc[t["flux"] == "export", "valeur_eur"].sum() for t in lignes]
    indices = dict(
        zip(contenu["dates"], contenu["territoires"]["09"]["series"]["export"], strict=True)
    )
    assert indices["T4 2022"] == 100
    assert indices["T4 2023"] == arrondi(100 * annuels[1] / annuels[0])
    assert indices["T4 2024"] == arrondi(100 * annuels[2] / annuels[0])


def test_le_solde_non_significatif_se_dit(contenu):
    """Mayotte exporte trop peu : aucune part, plutôt que des parts nulles."""
    mayotte = contenu["territoires"]["976"]
    assert mayotte["produits"]["export"] is None and mayotte["specialites"] is None
    assert mayotte["chiffres"]["export_eur"] > 0


def test_rien_dans_les_donnees_n_est_du_html(vue, monkeypatch):
    """Un libellé hostile reste dans le script, sans pouvoir en sortir."""
    hostile = "</script><img src=x onerror=alert(1)><!--"
    monkeypatch.setattr(page, "contenu", lambda vue: {"territoires": {"09": {"nom": hostile}}})
    script = comparaison.script(vue).html
    interieur = script.removeprefix("<script>").removesuffix("</script>")
    assert "<" not in interieur.partition("\n")[0]
    lu = json.loads(re.match(r"const donnees = (.*);", interieur)[1])
    assert lu["territoires"]["09"]["nom"] == hostile


# Dans le navigateur


@pytest.fixture(scope="module")
def adresse(vue, tmp_path_factory):
    corps = [comparaison.style().html, comparaison.place(), comparaison.table(vue)]
    corps.append(comparaison.script(vue).html)
    fichier = tmp_path_factory.mktemp("comparer") / "comparer.html"
    tete = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>c</title>'
    fichier.write_text(tete + "".join(map(str, corps)), encoding="utf-8")
    return fichier.as_uri()


@pytest.fixture
def onglet(navigateur):
    onglet = navigateur.new_page()
    fautes = []
    onglet.on("pageerror", lambda faute: fautes.append(str(faute)))
    onglet.on("request", lambda r: fautes.append(r.url) if "comparer.html" not in r.url else None)
    yield onglet
    onglet.close()
    assert fautes == []


def entetes(onglet):
    return onglet.locator("#resultats table").first.locator("thead th").all_inner_texts()


def test_l_adresse_choisit(onglet, adresse, contenu):
    onglet.goto(f"{adresse}#09,2A,99,9")
    assert entetes(onglet) == ["Mesure", "Ariège", "Corse"]
    annonce = onglet.locator("[role=status]").inner_text()
    assert "n'a pour code 99, 9" in annonce and "Ariège, Corse" in annonce
    cellule = onglet.get_by_role("row", name="Exportations").first.locator("td").first
    assert cellule.inner_text() == "772,1\u00a0M€"
    onglet.evaluate("location.hash = '#75,69,13,59,31'")
    onglet.wait_for_function("document.querySelectorAll('#resultats thead th').length > 3")
    assert entetes(onglet) == ["Mesure", "Paris", "Rhône", "Bouches-du-Rhône", "Nord"]


def test_au_clavier(onglet, adresse):
    """Tabulation et lettres, sans souris ; l'adresse suit."""
    onglet.goto(adresse)
    assert "au moins deux" in onglet.locator("[role=status]").inner_text()
    onglet.keyboard.press("Tab")
    onglet.keyboard.type("32")
    onglet.keyboard.press("Tab")
    onglet.keyboard.type("09")
    assert onglet.evaluate("document.activeElement.id") == "territoire-2"
    assert entetes(onglet) == ["Mesure", "Gers", "Ariège"]
    assert onglet.url.endswith("#32,09")
    onglet.reload()
    assert entetes(onglet) == ["Mesure", "Gers", "Ariège"]


def test_memes_sections_memes_lignes_et_echelle_commune(onglet, adresse):
    onglet.goto(f"{adresse}#09,75,976")
    assert onglet.locator("#resultats h3").count() == 6
    largeurs = onglet.evaluate(
        """[...document.querySelectorAll('#resultats .barre')].map((b) =>
             parseFloat(b.style.width) / parseFloat(b.parentElement.innerText.replace(',', '.')))"""
    )
    table = onglet.locator("#resultats table").nth(1)
    rapports = table.locator(".barre").evaluate_all(
        """(barres) => barres.filter((b) => parseFloat(b.style.width) > 20).map((b) =>
             parseFloat(b.style.width) / parseFloat(b.parentElement.innerText.replace(',', '.')))"""
    )
    assert largeurs and max(rapports) == pytest.approx(min(rapports), rel=0.01)
    # Mayotte n'a pas de part à l'exportation : chaque ligne le dit.
    assert set(table.locator("tbody td:last-child").all_inner_texts()) == {"n.s."}


def test_sans_script_le_tableau_des_cent(navigateur, adresse):
    telephone = {"width": 390, "height": 800}
    contexte = navigateur.new_context(java_script_enabled=False, viewport=telephone)
    onglet = contexte.new_page()
    onglet.goto(adresse)
    # Le tableau défile de côté, son titre non.
    assert onglet.locator("table.cent caption").bounding_box()["width"] < telephone["width"]
    assert onglet.locator("table.cent tbody tr").count() == len(departements())
    assert onglet.locator("#comparaison").inner_text().startswith("Choisir des territoires demande")
    contexte.close()
