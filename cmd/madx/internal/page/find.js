"use strict";
// Shows only the languages that have every word that is typed; everything else on the page needs no script.
const box = document.getElementById("find"), folds = [...document.querySelectorAll("details")], open = folds.map(d => d.open);
function find() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const e of document.querySelectorAll("[data-find]")) {
    const has = e.dataset.find.toLowerCase().split(/\s+/);
    e.hidden = !words.every(w => has.some(h => h.startsWith(w)));
  }
  folds.forEach((d, i) => { d.open = words.length ? d.querySelector("[data-find]") ? !!d.querySelector("[data-find]:not([hidden])") : open[i] : open[i]; });
}
if (box) { box.parentElement.hidden = false; box.addEventListener("input", find); find(); }
