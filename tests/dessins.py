"""Les mots d'un dessin se touchent-ils, en sort-il un du cadre ? Mesuré par le navigateur."""

from commerce import theme

MESURE = """() => {
  const visibles = [...document.querySelectorAll('svg')].filter((svg) => svg.checkVisibility());
  return visibles.map((svg) => {
  const cadre = svg.getBoundingClientRect();
  const mots = [...svg.querySelectorAll('text')].flatMap((texte) => {
    const lignes = [...texte.querySelectorAll('tspan')];
    return (lignes.length ? lignes : [texte]).map((ligne) => {
      const b = ligne.getBoundingClientRect();
      const taille = parseFloat(getComputedStyle(ligne).fontSize);
      // La boîte d'une ligne déborde de ses lettres : on garde la hauteur des capitales.
      const haut = b.bottom - 0.25 * b.height - 0.72 * taille, bas = b.bottom - 0.22 * b.height;
      return [ligne.textContent, b.left - cadre.left, haut - cadre.top, b.right - cadre.left,
              bas - cadre.top];
    });
  }).filter((mot) => mot[0].trim());
  const fautes = [];
  for (const [mot, x0, y0, x1, y1] of mots)
    if (x0 < -1 || y0 < -1 || x1 > cadre.width + 1 || y1 > cadre.height + 1)
      fautes.push('hors du cadre : ' + mot);
  for (let i = 0; i < mots.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, ax0, ay0, ax1, ay1] = mots[i], [b, bx0, by0, bx1, by1] = mots[j];
      if (Math.min(ax1, bx1) - Math.max(ax0, bx0) > 0.5 &&
          Math.min(ay1, by1) - Math.max(ay0, by0) > 0.5)
        fautes.push('se touchent : ' + a + ' / ' + b);
    }
  return [svg.dataset.nom, mots.length, fautes];
  });
}"""


def fautes(navigateur, dessins: dict[str, str]) -> dict[str, list[str]]:
    """Mots coupés ou qui se recouvrent, par nom de dessin ; vide si tout se lit.

    navigateur : un Chromium de Playwright ; dessins : SVG propres, par nom.
    """
    style = theme.police_css() + theme.variables_css()
    style += "svg { font-family: var(--police) } svg text { font-variant-numeric: tabular-nums }"
    corps = "".join(
        dessin.replace("<svg", f'<svg data-nom="{nom}"', 1) for nom, dessin in dessins.items()
    )
    page = navigateur.new_page(viewport={"width": 1000, "height": 800})
    page.set_content(f"<!doctype html><meta charset=utf-8><style>{style}</style>{corps}")
    page.evaluate("document.fonts.ready")
    mesures = page.evaluate(MESURE)
    page.close()
    assert len(mesures) == len(dessins)
    return {nom: trouvees for nom, _, trouvees in mesures if trouvees}
