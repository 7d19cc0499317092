"""Les cinq fiches publiées, élément par élément, relues dans les pages du jeu de démonstration.

Les valeurs attendues sont lues dans les fiches elles-mêmes (`../shared/fiches-anct`) ; les mêmes,
recopiées ici, servent quand elles sont absentes.
"""

import html
import json
import re

import pytest

FICHES = {
    "07": ("ardeche", "Ardèche", "Auvergne-Rhône-Alpes"),
    "09": ("ariege", "Ariège", "Occitanie"),
    "11": ("aude", "Aude", "Occitanie"),
    "12": ("aveyron", "Aveyron", "Occitanie"),
    "32": ("gers", "Gers", "Occitanie"),
}
# total, part de la région, part de la France ; export puis import.
CHIFFRES = {
    "07": [("1384,7", "1,9", "0,24"), ("1529,7", "2,0", "0,22")],
    "09": [("772,1", "1,6", "0,13"), ("696,3", "1,8", "0,10")],
    "11": [("1966,0", "4,0", "0,34"), ("2211,9", "5,9", "0,32")],
    "12": [("1064,3", "2,2", "0,18"), ("924,9", "2,5", "0,14")],
    "32": [("593,3", "1,2", "0,10"), ("684,6", "1,8", "0,10")],
}
REGIONS = {
    "Occitanie": ("49453,9", "37655,4"),
    "Auvergne-Rhône-Alpes": ("71307,5", "76304,6"),
}
FRANCE = ("580354,5", "684776,3")
TERRITOIRES = {
    "07": (
        "Principaux Territoires d'industrie du département*",
        ["Ardèche Drôme Nord", "Rhône Provence Industrie"],
    ),
    "09": ("Territoires d'industrie du département", ["Ariège"]),
    "11": (
        "Territoires d'industrie du département",
        ["Castres Revel Castelnaudary", "Grand Narbonne"],
    ),
    "12": ("Territoires d'industrie du département", ["Aurillac – Figeac – Rodez"]),
    "32": (
        "Territoires d'industrie du département",
        ["Grand Auch – Astarac", "Interdépartemental Gers – Tarn-et-Garonne"],
    ),
}
# Les figures d'abord : l'introduction et la méthode n'arrêtent plus le lecteur pressé.
SECTIONS = [
    "Balance commerciale territoriale",
    "Exportations",
    "Importations",
    "Introduction",
    "Contexte et méthodologie",
    "Informations pratiques",
]


def en_texte(page: str) -> str:
    """Texte visible d'une page, espaces de toutes sortes ramenées à une."""
    sans_style = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    brut = html.unescape(re.sub(r"<[^>]+>", " ", sans_style))
    return re.sub(r"\s+", " ", brut)


def sans_espace(texte: str) -> str:
    """Les milliers se collent : « 1 384,7 » et « 1384,7 » sont le même nombre."""
    return re.sub(r"(?<=\d) (?=\d{3}\b)", "", texte)


@pytest.fixture(params=FICHES)
def fiche(request, lot):
    code = request.param
    slug, nom, region = FICHES[code]
    page = (lot / "html" / f"{code}-{slug}.html").read_text(encoding="utf-8")
    return {"code": code, "slug": slug, "nom": nom, "region": region, "page": page}


def test_titres_et_sections_dans_l_ordre(fiche):
    page, nom = fiche["page"], fiche["nom"]
    titres = re.findall(r"<h1\b[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert [en_texte(titre).strip() for titre in titres] == [f"Territoires d'industrie - {nom}"]
    assert "Les indicateurs clés : commerce extérieur" in en_texte(page)
    sections = [
        en_texte(titre).strip() for titre in re.findall(r"<h2\b[^>]*>(.*?)</h2>", page, re.DOTALL)
    ]
    retenues = [section for section in sections if section.startswith(tuple(SECTIONS))]
    assert [section.startswith(titre) for section, titre in zip(retenues, SECTIONS, strict=True)]


def test_territoires_industrie(fiche):
    intertitre, territoires = TERRITOIRES[fiche["code"]]
    debut = fiche["page"].index('id="territoires-industrie"')
    bloc = en_texte(fiche["page"][debut - 10 : debut + 2500])
    assert re.search(re.escape(intertitre) + r"(?!\*)", bloc)
    assert re.search(r"\s+".join(map(re.escape, territoires)), bloc)
    assert ("moins de cinq communes" in bloc) == intertitre.endswith("*")
    assert "Alès" not in bloc


def test_les_renvois_et_l_objet_de_la_fiche_publiee(fiche):
    page = fiche["page"]
    liens = re.findall(r'<li><a href="([^"]+)">(.*?)</a>', page[page.index('id="informations"') :])
    adresses, noms = zip(*liens, strict=True)
    assert {
        "https://anct.gouv.fr/actualites",
        "https://www.entreprises.gouv.fr/la-dge/actualites",
        "mailto:territoires-industrie@anct.gouv.fr",
    } <= set(adresses)
    for document in ("Portraits socio-économiques", "Dossier de presse de l'assemblée générale"):
        assert any(en_texte(nom).startswith(document) for nom in noms)
    texte = en_texte(page)
    assert "un outil pour les Territoires d'industrie" in texte
    assert "diversifier ses clients ou ses fournisseurs" in texte


def test_totaux_et_parts_comme_imprimes(fiche):
    texte = sans_espace(en_texte(fiche["page"]))
    for rang, flux in enumerate(("exportations", "importations")):
        total, part_region, part_france = CHIFFRES[fiche["code"]][rang]
        attendus = [total, REGIONS[fiche["region"]][rang], FRANCE[rang]]
        totaux = re.findall(rf"Total des {flux} : ([\d,]+) millions? d'euros", texte)
        assert totaux == attendus
        suite = texte[texte.index(f"Total des {flux} : {total} ") :][:200]
        region = rf"soit {part_region} % des {flux} d'{fiche['region']}"
        assert re.search(rf"{region}.*soit {part_france} % des {flux} de la France", suite)


def test_les_valeurs_attendues_sont_celles_des_fiches_publiees(fiche, racine):
    publiee = racine.parent / "shared" / "fiches-anct" / f"{fiche['slug']}-{fiche['code']}.txt"
    if not publiee.is_file():
        pytest.skip("fiches publiées absentes : shared/fiches-anct n'est pas à côté du projet")
    texte = publiee.read_text(encoding="utf-8").replace("*", "").replace("\u00a0", " ")

    def nombres(motif: str) -> list[float]:
        trouves = re.findall(motif, texte)
        return [float(nombre.replace(" ", "")) for nombre in trouves]

    for rang, flux in enumerate(("exportations", "importations")):
        attendus = [CHIFFRES[fiche["code"]][rang][0], REGIONS[fiche["region"]][rang], FRANCE[rang]]
        attendus = [float(nombre.replace(",", ".")) for nombre in attendus]
        assert nombres(rf"Total des {flux} : ([\d. ]+) millions") == attendus
    parts = [
        float(part.replace(",", ".")) for ligne in CHIFFRES[fiche["code"]] for part in ligne[1:]
    ]
    assert nombres(r"soit ([\d.]+)\s?% de la valeur") == parts
    for territoire in TERRITOIRES[fiche["code"]][1]:
        # La fiche de l'Aude imprime « Castelnau », coupé ; le nom officiel est plus long.
        assert territoire.removesuffix("dary") in texte


def test_titres_des_figures(fiche):
    texte = en_texte(fiche["page"])
    nom, region = fiche["nom"], fiche["region"]
    export_plus_grand = fiche["code"] in ("09", "12")
    ordre = "à l'export et à l'import" if export_plus_grand else "à l'import et à l'export"
    for titre in (
        f"Principaux pays {ordre}, {nom} (2024)",
        f"Principales activités {ordre}, {nom} (2024)",
        f"Flux à l'export par produit et par pays, {nom} (en valeur, 2024)",
        f"Flux à l'import par pays et par produit, {nom} (en valeur, 2024)",
        *(
            f"Flux à l'{sens}, {lieu} (en valeur, 2024)"
            for sens in ("export", "import")
            for lieu in (region, "France entière")
        ),
    ):
        assert titre in texte
        assert f"{titre} – données de démonstration, fictives" in texte


def test_ni_reseau_ni_script_ni_surpoids(fiche):
    page = fiche["page"]
    assert not re.search(r"<(script|link|iframe|object|embed)\b", page)
    assert not re.search(r"""\b(src|srcset|data|poster)=["']?(?!data:)""", page)
    assert not re.search(r"""@import|url\(\s*["']?(?!data:|#)""", page)
    assert len(page.encode()) < 900_000


def test_indicateurs_csv_et_journal(fiche, lot):
    code = fiche["code"]
    lignes = (lot / "donnees" / "indicateurs.csv").read_text(encoding="utf-8").splitlines()
    assert lignes[0] == "code,annee,indicateur,flux,valeur"
    valeurs = {}
    for ligne in lignes[1:]:
        code_lu, annee, indicateur, flux, valeur = ligne.split(",")
        if code_lu == code:
            assert annee == "2024"
            valeurs[indicateur, flux] = valeur
    for rang, flux in enumerate(("export", "import")):
        total, part_region, part_france = (
            nombre.replace(",", ".") for nombre in CHIFFRES[code][rang]
        )
        assert re.fullmatch(r"\d+", valeurs["total_eur", flux])
        assert f"{int(valeurs['total_eur', flux]) / 1e6:.1f}" == total
        assert abs(float(valeurs["part_region_pct", flux]) - float(part_region)) <= 0.05
        assert abs(float(valeurs["part_france_pct", flux]) - float(part_france)) <= 0.005
    solde = int(valeurs["total_eur", "export"]) - int(valeurs["total_eur", "import"])
    assert int(valeurs["solde_eur", ""]) == solde
    journal = json.loads((lot / "journal.json").read_text(encoding="utf-8"))
    assert "demonstration" in json.dumps(journal)
