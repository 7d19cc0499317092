"use strict";
// Confort de lecture : sans ce script, le tableau est entier, rangé par région.
const table = document.querySelector(".fiches");
const filtres = document.querySelector(".filtres");
const lignes = [...table.querySelectorAll("tr[data-statut]")];
const places = lignes.map((ligne) => ligne.parentElement);
const simple = (texte) =>
  texte.normalize("NFKD").replace(/\p{M}/gu, "").replace(/’/g, "'").toLowerCase().trim();

filtres.insertAdjacentHTML(
  "afterbegin",
  '<p><label for="filtre-nom">Nom ou code</label><input id="filtre-nom" type="search"></p>',
);
filtres.insertAdjacentHTML("beforeend", "<output></output>");

table.classList.add("active");

function filtrer() {
  const cherche = simple(document.getElementById("filtre-nom").value);
  for (const ligne of lignes) {
    const [nom] = ligne.cells;
    const code = nom.querySelector(".code").textContent;
    ligne.hidden = !(nom.dataset.tri.includes(cherche) || code.toLowerCase().startsWith(cherche));
  }
  for (const groupe of table.tBodies) {
    groupe.hidden = ![...groupe.rows].some((ligne) => ligne.dataset.statut && !ligne.hidden);
  }
  const visibles = lignes.filter((ligne) => ligne.getClientRects().length).length;
  filtres.querySelector("output").textContent =
    visibles + (visibles > 1 ? " fiches affichées" : " fiche affichée");
}

function trier(entete, rang, sens) {
  for (const autre of table.tHead.rows[0].cells) autre.removeAttribute("aria-sort");
  table.classList.toggle("triee", sens !== 0);
  if (sens === 0) {
    lignes.forEach((ligne, place) => places[place].append(ligne));
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
  table.tBodies[0].append(...ordre);
  filtrer();
}

[...table.tHead.rows[0].cells].forEach((entete, rang) => {
  if (entete.dataset.cle === "statut") return;
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
