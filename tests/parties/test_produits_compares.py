"""Les premiers produits de chacun, comparés : ce que lit le lecteur, et quand il ne lit rien."""

from petites_fiches import petite_fiche, simple

from commerce.parties import produits_compares

# L'Ariège vend surtout des boissons, la France surtout des automobiles.
LIGNES = (
    ("export", 1, "09", "C11Z", "DE", 60_000_000),
    ("export", 1, "09", "C28D", "DE", 20_000_000),
    ("export", 1, "31", "C30C", "DE", 300_000_000),
    ("export", 1, "59", "C29A", "DE", 900_000_000),
)


def lu(code: str, nombre: int = 1) -> str:
    fiche = petite_fiche(code, *LIGNES)
    produits = produits_compares.tableau(fiche, "export", nombre)
    return simple(produits_compares.texte(fiche, produits))


def test_chacun_amene_ses_premiers_produits():
    rangees = lu("09").split()
    assert " ".join(rangees).endswith(
        "Produit Ariège Occitanie France Boissons 75,0 % 15,8 % 4,7 % "
        "Véhicules automobiles 0,0 % 0,0 % 70,3 % Aéronautique et spatial 0,0 % 78,9 % 23,4 %"
    )


def test_un_flux_trop_petit_ne_se_compare_pas():
    assert lu("48") == ""
