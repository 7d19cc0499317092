"""Dans Chromium, aucun mot d'une figure n'en touche un autre ni ne sort de son cadre."""

import re

import pytest
from dessins import fautes

from commerce import references

# Un grand port, la plus petite base, une région à elle seule, des noms longs, des voisins de rang.
VARIES = ("09", "20", "48", "69", "75", "92", "973", "976")
CODES = [
    code if code in VARIES else pytest.param(code, marks=pytest.mark.lent)
    for code in references.departements()
]


def dessins(page: str) -> dict[str, str]:
    """Les dessins de la page, aux deux largeurs, par figure et rang."""
    return {
        f"{ancre}-{rang}": dessin
        for ancre, figure in re.findall(r'<figure id="([^"]+)"(.*?)</figure>', page, re.DOTALL)
        for rang, dessin in enumerate(re.findall(r"<svg.*?</svg>", figure, re.DOTALL))
    }


@pytest.mark.parametrize("code", CODES)
def test_aucun_mot_coupe_ni_recouvert(code, navigateur, montre):
    trouves = dessins(montre(code))
    assert len(trouves) > 10 and fautes(navigateur, trouves) == {}


def test_une_faute_se_voit(navigateur):
    def dessin(*textes: str) -> str:
        return f'<svg width="90" height="30" viewBox="0 0 90 30">{"".join(textes)}</svg>'

    mots = [f'<text x="{x}" y="20" font-size="12">mot</text>' for x in (2, 12, 80)]
    trouvees = fautes(
        navigateur, {"touche": dessin(*mots[:2]), "sort": dessin(mots[2]), "bon": dessin(mots[0])}
    )
    assert set(trouvees) == {"touche", "sort"}
