"""Comment emporter les données d'une page ? Un classeur Excel, une feuille par tableau montré.

Les feuilles voyagent avec les sorties qui les montrent (`TYPE_FEUILLES`) : le classeur réunit
celles de la page, dans l'ordre, quelles que soient les cellules exécutées. Mêmes données, mêmes
octets : la date inscrite est la fin de l'année des données. Les nombres ont toute leur précision ;
le tableur leur donne l'écriture française. Tout libellé est écrit comme texte, même s'il commence
comme une formule.
"""

import base64
import io
import re
import zipfile
from datetime import datetime

import xlsxwriter

TYPE_FEUILLES = "application/vnd.fiche.feuilles"  # une liste, en JSON
TYPE_CLASSEUR = "application/vnd.fiche.classeur+json"
TYPE_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Le préfixe 40C est le français : un tableur réglé autrement garde nos séparateurs s'il le sait.
ENTIER, DECIMAL = "[$-40C]#,##0", "[$-40C]#,##0.00"
NOMBRES = {"eur": ENTIER, "kg": ENTIER, "entier": ENTIER, "pct": DECIMAL, "decimal": DECIMAL}
TEXTES = ("texte", "phrase", "lien")
DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r")
LIGNE_DES_TITRES = 3
LONGUEUR_MAX = 32_767
LARGEUR_DES_NOMBRES, LARGEUR_MAX, LARGEUR_DES_PHRASES = 19, 45, 110
PAPIER_A4 = 9
INTERDITS = re.compile(r"[\[\]:*?/\\]")


def liens(classeur: dict, feuilles: list[dict]) -> str:
    """Le classeur et l'archive des images de la page, chacun dans un lien HTML.

    `data-fichier` les signale à qui voudra en faire des fichiers. classeur : nom, libelle (où
    {poids} est celui du fichier, en ko), ce que demande `octets`, et au besoin `images` : le nom et
    le libelle de l'archive.
    """
    ecrits = [_lien(classeur, TYPE_MIME, octets(classeur, feuilles))]
    images = dict(feuille["image"] for feuille in feuilles if feuille["image"][0])
    if images and "images" in classeur:
        ecrits.append(_lien(classeur["images"], "application/zip", archive(images)))
    return "\n".join(ecrits)


def _lien(fichier: dict, genre: str, contenu: bytes) -> str:
    libelle = fichier["libelle"].replace("{poids}", f"{len(contenu) / 1000:.0f}")
    return (
        f'<p class="classeur"><a data-fichier download="{fichier["nom"]}" '
        f'href="data:{genre};base64,{base64.b64encode(contenu).decode()}">{libelle}</a></p>'
    )


def archive(fichiers: dict[str, str]) -> bytes:
    """Une archive zip de ces fichiers de texte, par nom ; sans date, donc aux mêmes octets."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as zip_:
        for nom, contenu in fichiers.items():
            zip_.writestr(zipfile.ZipInfo(nom), contenu, zipfile.ZIP_DEFLATED)
    return tampon.getvalue()


def octets(classeur: dict, feuilles: list[dict]) -> bytes:
    """Le fichier : sa couverture, son sommaire, ses feuilles `avant`, celles de la page, `apres`.

    classeur : titre, source, mention, annee, couverture, sommaire (une feuille sans lignes, dont
    les deux colonnes nomment chaque feuille et disent ce qu'elle contient), avant, apres. Une
    feuille : onglet, identifiant,
    titre, figees (colonnes qui restent à l'écran), colonnes (titre, genre, valeurs) ; genre :
    `texte`, `phrase` (qui va à la ligne), `lien` (le nom d'une feuille du classeur), une clé de
    `NOMBRES`, ou autre pour un nombre écrit selon sa valeur.
    """
    tampon = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(tampon, options) as fichier:
        fichier.set_properties(
            {
                "title": classeur["titre"],
                "comments": classeur["source"],
                "status": classeur["mention"],
                "created": datetime(max(int(classeur["annee"] or 0), 1980), 12, 31),
            }
        )
        fichier.set_custom_property("Language", "fr-FR")
        styles = {
            "titre": fichier.add_format({"bold": True, "font_size": 14}),
            "texte": None,
            "formule": fichier.add_format({"quote_prefix": True}),
            "entete": fichier.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "lien": fichier.get_default_url_format(),
            "phrase": fichier.add_format({"text_wrap": True, "valign": "top"}),
            **{genre: fichier.add_format({"num_format": code}) for genre, code in NOMBRES.items()},
        }
        suite = [*classeur["avant"], *feuilles, *classeur["apres"]]
        toutes = [classeur["couverture"], classeur["sommaire"], *suite]
        pris: set[str] = set()
        onglets = [_onglet(feuille["onglet"], pris) for feuille in toutes]
        toutes[1] = _sommaire(classeur["sommaire"], onglets[2:], suite)
        for rang, (onglet, feuille) in enumerate(zip(onglets, toutes, strict=True), 1):
            _ecrire(fichier.add_worksheet(onglet), feuille, rang, classeur["source"], styles)
    return tampon.getvalue()


def _sommaire(feuille: dict, onglets: list[str], suite: list[dict]) -> dict:
    """Le sommaire : chaque feuille qui suit, par un lien, et son titre."""
    valeurs = (onglets, [decrite["titre"] for decrite in suite])
    colonnes = [
        {**colonne, "valeurs": siennes}
        for colonne, siennes in zip(feuille["colonnes"], valeurs, strict=True)
    ]
    return {**feuille, "colonnes": colonnes}


def _onglet(nom: str, pris: set[str]) -> str:
    """Un nom d'onglet permis et encore libre."""
    court = INTERDITS.sub(" ", nom).strip()[:31] or "Feuille"
    libre, rang = court, 2
    while libre.casefold() in pris:
        libre, rang = f"{court[:28]} {rang}", rang + 1
    pris.add(libre.casefold())
    return libre


def _ecrire(page, feuille: dict, rang: int, source: str, styles: dict) -> None:
    page.write_string(0, 0, _texte(feuille["titre"]), styles["titre"])
    page.write_string(1, 0, _texte(source))
    premiere = LIGNE_DES_TITRES + 1
    colonnes = feuille["colonnes"]
    for place, colonne in enumerate(colonnes):
        ecrire = _ecrire_textes if colonne["genre"] in TEXTES else _ecrire_nombres
        page.write_string(LIGNE_DES_TITRES, place, colonne["titre"], styles["entete"])
        page.set_column(place, place, ecrire(page, premiere, place, colonne, styles))
    lignes = len(colonnes[0]["valeurs"]) if colonnes else 0
    if lignes:
        page.add_table(
            *(LIGNE_DES_TITRES, 0, LIGNE_DES_TITRES + lignes, len(colonnes) - 1),
            {
                "name": f"t{rang}_" + re.sub(r"\W", "_", feuille["identifiant"]),
                "columns": [
                    {"header": colonne["titre"], "header_format": styles["entete"]}
                    for colonne in colonnes
                ],
                "style": "Table Style Light 1",
            },
        )
    page.freeze_panes(premiere, feuille.get("figees", 0))
    page.repeat_rows(LIGNE_DES_TITRES)
    page.set_landscape()
    page.set_paper(PAPIER_A4)
    page.fit_to_pages(1, 0)


def _texte(valeur: object) -> str:
    return str(valeur)[:LONGUEUR_MAX]


def _ecrire_textes(page, ligne: int, rang: int, colonne: dict, styles: dict) -> int:
    largeur = len(colonne["titre"]) + 4
    for valeur in colonne["valeurs"]:
        texte = _texte(valeur)
        # Sans cette marque, retoucher la cellule dans le tableur en ferait une formule.
        danger = texte.startswith(DEBUTS_DE_FORMULE)
        if colonne["genre"] == "lien":
            cible = texte.replace("'", "''")
            page.write_url(ligne, rang, f"internal:'{cible}'!A1", styles["lien"], texte)
        else:
            page.write_string(ligne, rang, texte, styles["formule" if danger else colonne["genre"]])
        largeur = max(largeur, len(texte) + 2)
        ligne += 1
    return LARGEUR_DES_PHRASES if colonne["genre"] == "phrase" else min(largeur, LARGEUR_MAX)


def _ecrire_nombres(page, ligne: int, rang: int, colonne: dict, styles: dict) -> int:
    for valeur in colonne["valeurs"]:
        if valeur is not None:
            selon_valeur = "entier" if isinstance(valeur, int) else "decimal"
            genre = colonne["genre"] if colonne["genre"] in NOMBRES else selon_valeur
            page.write_number(ligne, rang, valeur, styles[genre])
        ligne += 1
    return LARGEUR_DES_NOMBRES
