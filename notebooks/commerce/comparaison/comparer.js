"use strict";
// Deux à quatre territoires côte à côte. Tout texte est posé par textContent : rien n'est du HTML.
const { territoires, mots } = donnees;
const place = document.getElementById("comparaison");
const rangs = [...Array(donnees.maximum).keys()];
const SVG = "http://www.w3.org/2000/svg";

function element(nom, { texte, ...attributs } = {}, ...enfants) {
  const cree = document.createElement(nom);
  if (texte !== undefined) cree.textContent = texte;
  for (const [cle, valeur] of Object.entries(attributs)) cree.setAttribute(cle, valeur);
  cree.append(...enfants);
  return cree;
}

function trait(nom, attributs, texte) {
  const cree = document.createElementNS(SVG, nom);
  for (const [cle, valeur] of Object.entries(attributs)) cree.setAttribute(cle, valeur);
  if (texte !== undefined) cree.textContent = texte;
  return cree;
}

function nombre(valeur, decimales = 1, signe = false) {
  const options = { minimumFractionDigits: decimales, maximumFractionDigits: decimales };
  const ecrit = Math.abs(valeur).toLocaleString("fr-FR", options);
  if (valeur < 0) return "\u2212" + ecrit;
  return signe && valeur > 0 ? "+" + ecrit : ecrit;
}

const ecrire = {
  eur: (v) => nombre(v) + "\u00a0M€",
  solde: (v) => nombre(v, 1, true) + "\u00a0M€",
  pct: (v) => nombre(v) + "\u00a0%",
  fin: (v) => nombre(v, 2) + "\u00a0%",
  evolution: (v) => nombre(v, 1, true) + "\u00a0%",
  fois: (v) => nombre(v),
  indice: (v) => nombre(v),
};

// Le choix : quatre listes, l'adresse, ce qu'on annonce.

const listes = rangs.map((rang) => {
  const options = Object.entries(territoires).map(([code, { nom }]) =>
    element("option", { value: code, texte: `${code} ${nom}` }),
  );
  const vide = element("option", { value: "", texte: mots.aucun });
  return element("select", { id: `territoire-${rang + 1}` }, vide, ...options);
});
const annonce = element("p", { role: "status", class: "annonce" });
const resultats = element("div", { id: "resultats" });

function codesDeLAdresse() {
  const lus = decodeURIComponent(location.hash.slice(1)).toUpperCase().split(",");
  // Une autre ancre de la page n'est pas une liste de codes.
  if (!/^\d|^2[AB]$/.test(lus[0])) return null;
  return lus.map((code) => (/^2[AB]$/.test(code) ? "20" : code)).filter(Boolean);
}

function lireLAdresse() {
  const demandes = codesDeLAdresse();
  if (!demandes) return montrer("");
  const connus = [...new Set(demandes.filter((code) => territoires[code]))].slice(0, donnees.maximum);
  const inconnus = demandes.filter((code) => !territoires[code]);
  listes.forEach((liste, rang) => (liste.value = connus[rang] ?? ""));
  montrer(inconnus.length ? `${mots.inconnus} ${inconnus.join(", ")}. ` : "");
}

function choisis() {
  return [...new Set(listes.map((liste) => liste.value).filter(Boolean))];
}

function montrer(avant) {
  const codes = choisis();
  resultats.replaceChildren();
  if (codes.length < 2) {
    annonce.textContent = avant + mots.au_moins_deux;
    return;
  }
  const noms = codes.map((code) => territoires[code].nom);
  annonce.textContent = avant + `${mots.compares} ${noms.join(", ")}.`;
  resultats.append(...sections(codes));
}

// Les tableaux : une colonne par territoire, les mêmes lignes dans le même ordre.

function tete(codes, premiere) {
  const cellules = codes.map((code, rang) => {
    const { nom, slug } = territoires[code];
    const contenu = slug ? element("a", { href: `${slug}.html`, texte: nom }) : nom;
    return element("th", { scope: "col", class: `t${rang + 1}` }, contenu);
  });
  const coin = element("th", { scope: "col", texte: premiere });
  return element("thead", {}, element("tr", {}, coin, ...cellules));
}

// lignes : [{ nom, valeurs, unite, absent }] ; barres : l'échelle est commune à tout le tableau.
function tableau(codes, titre, premiere, lignes, barres) {
  const maximum = Math.max(0, ...lignes.flatMap((l) => l.valeurs.filter((v) => v > 0)));
  const corps = lignes.map(({ nom, valeurs, unite, absent }) => {
    const cellules = valeurs.map((valeur, rang) => {
      const ecrit = valeur === null ? mots.ns : valeur === undefined ? absent : ecrire[unite](valeur);
      const cellule = element("td", { texte: ecrit });
      if (barres && valeur > 0) {
        const barre = element("span", { class: `barre t${rang + 1}`, "aria-hidden": "true" });
        barre.style.width = `${(100 * valeur) / maximum}%`;
        cellule.append(barre);
      }
      return cellule;
    });
    return element("tr", {}, element("th", { scope: "row", texte: nom }), ...cellules);
  });
  const legende = element("caption", { texte: titre });
  const table = element("table", {}, legende, tete(codes, premiere), element("tbody", {}, ...corps));
  return element("div", { class: "defile", role: "region", tabindex: "0", "aria-label": titre }, table);
}

function chiffres(codes) {
  const lignes = Object.entries(mots.chiffres).map(([cle, [nom, unite]]) => ({
    nom,
    unite,
    valeurs: codes.map((code) => territoires[code].chiffres[cle]),
  }));
  return tableau(codes, mots.titres.chiffres, mots.mesure, lignes, false);
}

function zones(codes, sens) {
  const lignes = donnees.zones.map((nom, rang) => ({
    nom,
    unite: "pct",
    valeurs: codes.map((code) => territoires[code].zones[sens][rang]),
  }));
  return tableau(codes, mots.titres[`zones_${sens}`], mots.zone, lignes, true);
}

// Absente d'un flux assez grand, une part est infime ; d'un flux trop petit, elle n'a pas de sens.
function valeurs(codes, lire, cle) {
  return codes.map((code) => (lire(territoires[code]) ? (lire(territoires[code])[cle] ?? undefined) : null));
}

// Les premiers de chacun, réunis : de la plus grande part à la plus petite, ex æquo par code.
function premiers(codes, lire, combien) {
  const plusGrande = new Map();
  for (const code of codes) {
    const siens = Object.entries(lire(territoires[code]) ?? {});
    siens.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    for (const [cle] of siens.slice(0, combien)) plusGrande.set(cle, 0);
  }
  for (const cle of plusGrande.keys())
    plusGrande.set(cle, Math.max(...codes.map((code) => lire(territoires[code])?.[cle] ?? 0)));
  return [...plusGrande].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([cle]) => cle);
}

function parts(codes, axe, sens) {
  const lire = (territoire) => territoire[axe][sens];
  const lignes = premiers(codes, lire, 5).map((cle) => ({
    nom: donnees[axe][cle] ?? cle,
    unite: "pct",
    valeurs: valeurs(codes, lire, cle),
    absent: mots.infime,
  }));
  return tableau(codes, mots.titres[`${axe}_${sens}`], mots[axe], lignes, true);
}

function specialites(codes) {
  const lire = (territoire) => territoire.specialites;
  const lignes = premiers(codes, lire, 5).map((cle) => ({
    nom: donnees.produits[cle] ?? cle,
    unite: "fois",
    valeurs: valeurs(codes, lire, cle),
    absent: mots.non_retenu,
  }));
  return tableau(codes, mots.titres.specialites, mots.produits, lignes, true);
}

// L'évolution : une courbe par territoire, la même échelle pour les deux flux, puis les nombres.

const LARGEUR = 640;
const HAUTEUR = 240;

function evolution(codes, sens, [bas, haut]) {
  const x = (rang) => 40 + (rang * (LARGEUR - 60)) / Math.max(1, donnees.dates.length - 1);
  const y = (valeur) => HAUTEUR - 24 - ((valeur - bas) * (HAUTEUR - 40)) / (haut - bas);
  const dessin = trait("svg", {
    viewBox: `0 0 ${LARGEUR} ${HAUTEUR}`,
    role: "img",
    "aria-label": mots.courbes[sens],
    class: "courbes",
  });
  for (const repere of [bas, 100, haut]) {
    const place = y(repere);
    dessin.append(trait("line", { x1: 40, x2: LARGEUR - 20, y1: place, y2: place, class: "repere" }));
    dessin.append(trait("text", { x: 34, y: place + 4, "text-anchor": "end" }, nombre(repere, 0)));
  }
  const bords = [0, donnees.dates.length - 1];
  for (const rang of new Set(bords)) {
    const cote = rang ? "end" : "start";
    dessin.append(trait("text", { x: x(rang), y: HAUTEUR - 4, "text-anchor": cote }, donnees.dates[rang]));
  }
  codes.forEach((code, rang) => {
    const points = territoires[code].series[sens]
      .map((valeur, date) => (valeur === null ? null : `${x(date)},${y(valeur)}`))
      .filter(Boolean);
    dessin.append(trait("polyline", { points: points.join(" "), class: `courbe t${rang + 1}` }));
  });
  const lignes = donnees.dates.map((nom, date) => ({
    nom,
    unite: "indice",
    valeurs: codes.map((code) => territoires[code].series[sens][date]),
  }));
  const cles = codes.map((code, rang) => element("li", { class: `t${rang + 1}`, texte: territoires[code].nom }));
  const titre = mots.titres[`evolution_${sens}`];
  return [
    element("p", { class: "titre-courbes", texte: titre }),
    dessin,
    element("ul", { class: "cles", "aria-hidden": "true" }, ...cles),
    tableau(codes, titre, mots.trimestre, lignes, false),
  ];
}

function etendue(codes) {
  const valeurs = codes.flatMap((code) => Object.values(territoires[code].series).flat());
  const connues = [100, ...valeurs.filter((valeur) => valeur !== null)];
  const bas = Math.floor(Math.min(...connues) / 10) * 10;
  const haut = Math.ceil(Math.max(...connues) / 10) * 10;
  return [bas === haut ? bas - 10 : bas, haut];
}

function sections(codes) {
  const contenus = {
    chiffres: () => [chiffres(codes)],
    zones: () => [zones(codes, "export"), zones(codes, "import")],
    produits: () => [parts(codes, "produits", "export"), parts(codes, "produits", "import")],
    pays: () => [parts(codes, "pays", "export"), parts(codes, "pays", "import")],
    evolution: () => {
      const bornes = etendue(codes);
      return donnees.dates.length > 1
        ? [...evolution(codes, "export", bornes), ...evolution(codes, "import", bornes)]
        : [element("p", { texte: mots.sans_evolution })];
    },
    specialites: () => [specialites(codes), element("p", { class: "note", texte: mots.note_specialites })],
  };
  return Object.entries(contenus).map(([cle, faire]) => {
    const titre = element("h3", { id: `titre-${cle}`, texte: mots.sections[cle] });
    return element("section", { "aria-labelledby": `titre-${cle}` }, titre, ...faire());
  });
}

const champs = listes.map((liste, rang) => {
  const nom = `${mots.territoire} ${rang + 1}`;
  return element("p", {}, element("label", { for: liste.id, texte: nom }), liste);
});
place.replaceChildren(
  element("div", { class: "filtres", role: "group", "aria-label": mots.choisir }, ...champs),
  annonce,
  resultats,
);
for (const liste of listes)
  liste.addEventListener("change", () => {
    history.replaceState(null, "", `#${choisis().join(",")}`);
    montrer("");
  });
addEventListener("hashchange", lireLAdresse);
lireLAdresse();
