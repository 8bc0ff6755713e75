// Fetches a live page again every few seconds, while it is looked at, and keeps the theme that was chosen.
"use strict";
const themes = ["system", "light", "dark"].map(id => document.getElementById(id));
for (const t of themes) {
  t.checked = t.id === (localStorage.getItem("theme") || "system");
  t.addEventListener("change", () => localStorage.setItem("theme", t.id));
}
const pause = 3000, shown = document.getElementById("shown");
async function load() {
  const from = location.href;
  try {
    const answer = await fetch(from, { cache: "no-store" });
    if (answer.redirected) { location.reload(); return; } // to the password: it is asked for again
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("shown");
    if (!fresh || from !== location.href) return;
    const at = shown.querySelector(".wide:has(.many)")?.scrollTop, open = [...shown.querySelectorAll("details[id]")].map(d => [d.id, d.open]);
    shown.replaceChildren(...fresh.childNodes);
    for (const [id, was] of open) { const d = document.getElementById(id); if (d) d.open = was; }
    if (at) shown.querySelector(".wide:has(.many)")?.scrollTo(0, at);
    shown.classList.remove("stale");
  } catch { shown.classList.add("stale"); }
}
async function refresh() {
  if (!document.hidden && getSelection().isCollapsed) await load();
  setTimeout(refresh, pause);
}
if ("live" in shown.dataset) setTimeout(refresh, pause);
// What is looked for stands in the address, so that a page fetched again or sent to others is the same.
const find = document.getElementById("find");
if (find) {
  let wait;
  const look = () => { history.replaceState(null, "", "?" + new URLSearchParams(new FormData(find))); load(); };
  find.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, 150); });
  find.addEventListener("submit", e => { e.preventDefault(); clearTimeout(wait); look(); });
}
// Another stack of the same kind takes the question that is written already; another kind has other fields.
const ask = document.getElementById("ask"), stack = document.getElementById("stack");
if (ask) {
  ask.addEventListener("submit", () => { ask.querySelector("button").disabled = true; });
  const kind = () => stack.elements.task.selectedOptions[0].dataset.kind, first = kind();
  stack.querySelector("button").hidden = true;
  stack.addEventListener("change", () => {
    if (kind() !== first) { stack.requestSubmit(); return; }
    for (const name of ["task", "lang", "sweep"]) ask.elements[name].value = stack.elements[name].value;
    document.getElementById("with").textContent = `${stack.elements.task.value} in ${stack.elements.lang.value}`;
  });
}
