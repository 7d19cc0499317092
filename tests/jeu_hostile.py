"""Des libellés, des noms et des fichiers hostiles, au format des douanes, pour les essais."""

from pathlib import Path

from petites_douanes import archive, ecrire, ligne

from commerce import references

LONG = "Produit " + "interminable " * 22 + "fin"
SANS_ESPACE = "W" * 300
INVERSION = "\u202eesrevni\u202c \u200fmarque \u2067isolat"
COMMANDES = "cloche\x07 echap\x1b[31m tab\tule vertical\x0bfin \x85suite"
FORMULES = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(1+1)", '-2+3;=HYPERLINK("http://h.invalid")')
BALISES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "]]><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title></table></svg><script>alert(1)</script>",
    "--><iframe src=http://h.invalid></iframe><!--",
    "javascript:alert(1)",
    "url(http://h.invalid/x) @import",
    "&lt;b&gt; &amp;amp; &#60;i&#62;",
)
MODELES = (
    "{annee} {0} {fiche.dossier} {",
    "{{7*7}} {% raw %} ${7*7} %s",
    "[clic](javascript:alert(1)) **gras** `code` # titre",
)
HOSTILES = (*BALISES, *MODELES, *FORMULES, INVERSION, COMMANDES, LONG, SANS_ESPACE)
FICHES = {"09": "12", "20": "22"}


def code(prefixe: str, rang: int) -> str:
    """Un code absent de nos tables : c'est le libellé du fichier qui le nomme."""
    return f"{prefixe}{rang:02d}"


def pays(flux: str, rang: int) -> str:
    """Les noms hostiles se partagent entre clients et fournisseurs : dix de chaque se montrent."""
    return code({"E": "Y", "I": "Z"}[flux], rang)


def _lignes(flux: str, annee: int) -> list[str]:
    moitie = len(HOSTILES) // 2
    rangs = range(moitie) if flux == "E" else range(moitie, len(HOSTILES))
    return [
        ligne(
            flux=flux,
            annee=annee,
            trimestre=trimestre,
            departement=departement,
            region=region,
            a129=code("XA", produit),
            cpf4=code("XC", produit),
            pays=pays(flux, partenaire),
            valeur_eur=1_000_000 * (60 - produit) * (60 - partenaire),
        )
        for trimestre in (1, 2, 3, 4)
        for departement, region in FICHES.items()
        for produit in range(len(HOSTILES))
        for partenaire in rangs
        # Un produit sur trois par pays : tous se montrent, et la page reste d'un poids ordinaire.
        if (produit + partenaire) % 3 == 0
    ]


def _libelles(prefixes: tuple[str, ...]) -> bytes:
    lignes = [
        f'{code(prefixe, rang)};"{texte.replace(chr(34), chr(34) * 2)}";199501;999912'
        for prefixe in prefixes
        for rang, texte in enumerate(HOSTILES)
    ]
    return "\r\n".join(lignes).encode()


def dossier(racine: Path, annee: int = 2024) -> Path:
    """Un dossier source complet, où tout ce qui peut être hostile l'est."""
    membres = {
        "Libelle_PAYS.txt": _libelles(("Y", "Z")),
        "Libelle_A129.txt": _libelles(("XA",)),
        "Libelle_CPF4_rev2.1.txt": _libelles(("XC",)),
    }
    for flux, sens in (("E", "Export"), ("I", "Import")):
        nom = f"Region_{annee}_{sens}"
        archive(racine / f"{nom}.zip", {f"{nom}.txt": _lignes(flux, annee), **membres})
        membres = {}
    ecrire(racine / '=1+1 "><img src=x onerror=alert(1)>\u202e.doc', "intrus")
    ecrire(racine / "liste-ti-com2023-20240704.csv", territoires_industrie())
    return racine


def du_departement(departement: str) -> list[str]:
    """Noms hostiles des Territoires d'industrie de ce département : un sur deux."""
    return [nom for rang, nom in enumerate(HOSTILES) if _commune(rang).startswith(departement)]


def _commune(rang: int) -> str:
    return "09002" if rang % 2 else "2A001"


def territoires_industrie() -> str:
    """183 Territoires d'industrie : les repères des fiches publiées, puis des noms hostiles."""
    reperes = references.territoires_industrie()
    noms = {nom: f"ti-{rang:04d}" for rang, nom in enumerate(dict.fromkeys(reperes["libelle"]))}
    lignes = [
        (f"{departement}001", noms[nom], nom)
        for departement, nom in zip(reperes["departement"], reperes["libelle"], strict=True)
    ]
    lignes += [
        (
            _commune(rang),
            f"ti-{rang + len(noms):04d}",
            HOSTILES[rang] if rang < len(HOSTILES) else f"Nom {rang}",
        )
        for rang in range(183 - len(noms))
    ]
    return "insee_com;id_ti;lib_ti\n" + "".join(
        f'{commune};{identifiant};"{nom.replace(chr(34), chr(34) * 2)}"\n'
        for commune, identifiant, nom in lignes
    )
