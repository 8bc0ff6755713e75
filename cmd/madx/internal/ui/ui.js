// Fetches a live page again every few seconds, while it is looked at, and keeps the theme that was chosen.
"use strict";
const themes = ["system", "light", "dark"].map(id => document.getElementById(id));
for (const t of themes) {
  t.checked = t.id === (localStorage.getItem("theme") || "system");
  t.addEventListener("change", () => localStorage.setItem("theme", t.id));
}
const pause = 3000;
async function refresh() {
  const live = document.getElementById("live");
  if (live && !document.hidden && getSelection().isCollapsed) {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (fresh) { live.replaceChildren(...fresh.childNodes); live.classList.remove("stale"); }
    } catch { live.classList.add("stale"); }
  }
  setTimeout(refresh, pause);
}
if (document.getElementById("live")) setTimeout(refresh, pause);
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
