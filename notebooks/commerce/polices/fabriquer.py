"""Comment les polices du projet ont-elles été faites ? `python fabriquer.py DOSSIER`

DOSSIER contient `source-sans-3-latin-400-normal.woff2` et `...-600-normal.woff2`, tels que
livrés par le paquet npm @fontsource/source-sans-3 5.3.0 (dossier `files`).
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

ICI = Path(__file__).resolve().parent
# « Source » est un nom réservé par l'auteur (OFL) : une police modifiée porte un autre nom.
FAMILLE = "Fiche Sans"
GRAISSES = {400: ("Regular", "Regular"), 600: ("SemiBold", "Regular")}
CARACTERES = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
CARACTERES += "Œœ\u2009\u202f\u2010\u2011–—‘’“”•…‰€−↑↓▲▼™"
TRIANGLES = {"▲": ((60, 90), (290, 560), (520, 90)), "▼": ((60, 560), (520, 560), (290, 90))}
ESPACE_FINE = 0x202F, "espacefine", 150


def ajouter(police: TTFont, code: int, nom: str, chasse: int, points=()) -> None:
    """Ajoute à la police le polygone `points` (rien : une espace) pour le caractère `code`."""
    plume = TTGlyphPen(None)
    if points:
        plume.moveTo(points[0])
        for point in points[1:]:
            plume.lineTo(point)
        plume.closePath()
    police.setGlyphOrder([*police.getGlyphOrder(), nom])
    police["glyf"][nom] = plume.glyph()
    police["hmtx"][nom] = (chasse, min((x for x, _ in points), default=0))
    for table in police["cmap"].tables:
        if table.isUnicode():
            table.cmap[code] = nom


def courber_l_apostrophe(police: TTFont) -> None:
    """Donne à l'apostrophe du clavier le dessin de la typographique : cherchée, copiée, la même."""
    for table in police["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord("'")] = table.cmap[ord("’")]


def renommer(police: TTFont, graisse: int) -> None:
    """Donne à la police son nom de famille et sa graisse, licence et auteur gardés."""
    style, lie = GRAISSES[graisse]
    famille_liee = FAMILLE if style == lie else f"{FAMILLE} {style}"
    noms = {1: famille_liee, 2: lie, 3: f"{FAMILLE} {style} 1.0", 4: f"{FAMILLE} {style}"}
    noms |= {6: f"{FAMILLE}-{style}".replace(" ", ""), 16: FAMILLE, 17: style}
    for identifiant, texte in noms.items():
        police["name"].setName(texte, identifiant, 3, 1, 0x409)
    police["OS/2"].usWeightClass = graisse


def fabriquer(dossier: Path) -> None:
    """Écrit les deux graisses, en TTF (mesure et dessin) et en WOFF2 (page)."""
    for graisse in GRAISSES:
        chemin = dossier / f"source-sans-3-latin-{graisse}-normal.woff2"
        police = TTFont(chemin, recalcTimestamp=False)
        ajouter(police, *ESPACE_FINE)
        for signe, points in TRIANGLES.items():
            ajouter(police, ord(signe), f"triangle{ord(signe):x}", 580, points)
        courber_l_apostrophe(police)
        options = subset.Options(
            layout_features=["kern", "mark", "mkmk", "ccmp", "locl"],
            hinting=False,
            name_IDs=["*"],
            drop_tables=["STAT", "BASE", "gasp", "prep"],
        )
        reduction = subset.Subsetter(options)
        reduction.populate(text=CARACTERES)
        reduction.subset(police)
        renommer(police, graisse)
        for format_, suffixe in ((None, "ttf"), ("woff2", "woff2")):
            police.flavor = format_
            police.save(ICI / f"fiche-sans-{graisse}.{suffixe}")


if __name__ == "__main__":
    fabriquer(Path(sys.argv[1]))
