"use strict";
// Donner les avis ici, puis enregistrer le fichier : la page ne garde rien. Sans ce script, le lien
// donne le même fichier, à remplir dans un tableur.
const lien = document.querySelector("[data-avis]");
const tete = "code;sha256;avis;relecteur;date;note";
const lignes = [...document.querySelectorAll("tr[data-sha256]")];
const outils = document.querySelector(".relecture-outils");
const champ = (texte) => '"' + texte.replaceAll('"', '""') + '"';

outils.insertAdjacentHTML(
  "afterbegin",
  '<label for="relecteur">Relecteur</label><input id="relecteur" autocomplete="name">' +
    '<button type="button">Tout ce qui est affiché « à voir » devient « vu »</button>',
);
for (const ligne of lignes) {
  const place = ligne.querySelector(".avis");
  const choix = document.createElement("select");
  choix.setAttribute("aria-label", "Avis sur " + ligne.dataset.nom);
  for (const avis of ["à voir", "vu", "à reprendre"]) {
    choix.add(new Option(avis, avis, false, avis === ligne.dataset.avis));
  }
  if (place.textContent === ligne.dataset.avis) place.textContent = "";
  place.append(choix);
}
outils.querySelector("button").addEventListener("click", () => {
  for (const choix of document.querySelectorAll("tr[data-sha256] select")) {
    if (choix.value === "à voir") choix.value = "vu";
  }
});
lien.addEventListener("click", () => {
  const jour = new Date().toISOString().slice(0, 10);
  const nom = document.getElementById("relecteur").value.trim();
  const rangees = lignes.map((ligne) => {
    const { code, sha256, avis, relecteur, date, note } = ligne.dataset;
    const choisi = ligne.querySelector("select").value;
    const signe = choisi === avis ? [relecteur, date] : [nom, jour];
    return [code, sha256, choisi, ...signe, note].map(champ).join(";");
  });
  const texte = "\ufeff" + [tete, ...rangees].join("\r\n") + "\r\n";
  lien.href = "data:text/csv;charset=utf-8," + encodeURIComponent(texte);
});
