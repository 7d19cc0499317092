"use strict";
// Confort de lecture : sans ce script, le tableau est entier, rangé par région.
const table = document.querySelector(".fiches");
const filtres = document.querySelector(".lot .filtres");
const lignes = [...table.querySelectorAll("tr[data-cherche]")];
// La phrase d'une fiche, sur la ligne d'après, la suit partout.
const phrases = new Map(lignes.map((ligne) => [ligne, ligne.nextElementSibling]));
const suivie = (ligne) =>
  phrases.get(ligne)?.matches(".dit") ? [ligne, phrases.get(ligne)] : [ligne];
const territoires = [...document.querySelectorAll(".territoires [data-cherche]")];
const places = lignes.map((ligne) => ligne.parentElement);
const mots = (texte) =>
  texte
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("œ", "oe")
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

const cherche = territoires.length ? "Nom, code, région, Territoire d'industrie" : "Nom, code ou région";
filtres.insertAdjacentHTML(
  "afterbegin",
  `<p><label for="filtre-nom">${cherche}</label><input id="filtre-nom" type="search"></p>`,
);
filtres.insertAdjacentHTML("beforeend", "<output></output>");

table.classList.add("active");

// Chaque mot cherché doit commencer un mot du territoire : « val d oise », « 2A », « occitanie » ;
// ou un mot du nom d'un même de ses Territoires d'industrie.
function trouve(cherches, dits) {
  const [siens, ...noms] = dits.split("|").map((dit) => dit.split(" "));
  return [[], ...noms].some((nom) =>
    cherches.every((mot) => [...siens, ...nom].some((dit) => dit.startsWith(mot))),
  );
}

function filtrer() {
  const cherches = mots(document.getElementById("filtre-nom").value);
  for (const ligne of lignes) {
    const montree = trouve(cherches, ligne.dataset.cherche);
    for (const rangee of suivie(ligne)) rangee.hidden = !montree;
  }
  // Une région reste en tête des siennes, et paraît seule si elle est seule trouvée.
  const regions = [...table.querySelectorAll(".region")].filter(
    (ligne) => ligne.dataset.fiche && trouve(cherches, ligne.dataset.fiche),
  );
  for (const territoire of territoires) {
    territoire.hidden = !trouve(cherches, territoire.dataset.cherche);
  }
  for (const groupe of table.tBodies) {
    const vues = [...groupe.rows].some((ligne) => ligne.dataset.cherche && !ligne.hidden);
    groupe.hidden = !vues && !regions.some((ligne) => groupe.contains(ligne));
  }
  const trouvees = [...lignes, ...regions];
  const visibles = trouvees.filter((ligne) => ligne.getClientRects().length).length;
  const montres = territoires.filter((territoire) => !territoire.hidden).length;
  const trouves = cherches.length > 0 && montres > 0;
  if (territoires.length) territoires[0].closest("details").open = trouves;
  filtres.querySelector("output").textContent =
    visibles +
    (visibles > 1 ? " fiches affichées" : " fiche affichée") +
    (trouves ? `, ${montres} ${montres > 1 ? "Territoires" : "Territoire"} d'industrie plus bas` : "");
}

function trier(entete, rang, sens) {
  for (const autre of table.tHead.rows[0].cells) autre.removeAttribute("aria-sort");
  table.classList.toggle("triee", sens !== 0);
  if (sens === 0) {
    lignes.forEach((ligne, place) => places[place].append(...suivie(ligne)));
    return filtrer();
  }
  entete.setAttribute("aria-sort", sens > 0 ? "ascending" : "descending");
  const valeur = (ligne) => ligne.cells[rang].dataset.tri;
  const ordre = [...lignes].sort((a, b) => {
    const [x, y] = [valeur(a), valeur(b)];
    if (rang === 0) return sens * x.localeCompare(y, "fr");
    // Une fiche sans chiffre reste en fin de liste, quel que soit le sens.
    if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);
    return sens * (Number(x) - Number(y));
  });
  table.tBodies[0].append(...ordre.flatMap(suivie));
  filtrer();
}

[...table.tHead.rows[0].cells].forEach((entete, rang) => {
  const bouton = document.createElement("button");
  bouton.type = "button";
  bouton.append(...entete.childNodes);
  entete.append(bouton);
  // Un nom se lit d'abord de A à Z, un montant du plus grand au plus petit ; puis l'inverse, puis
  // le retour au classement par région.
  const suite = rang === 0 ? [1, -1, 0] : [-1, 1, 0];
  bouton.addEventListener("click", () => {
    const actuel = { ascending: 1, descending: -1 }[entete.getAttribute("aria-sort")] ?? 0;
    trier(entete, rang, suite[(suite.indexOf(actuel) + 1) % suite.length]);
  });
});

filtres.addEventListener("input", filtrer);
filtrer();
