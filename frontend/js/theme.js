// Light or dark before the first paint: the member's choice in this browser, else the system's.
// A file of its own, loaded in the head without defer, because the page must not flash.
const KEY = "assent-theme";

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage blocked: follow the system
  }
}

const system = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  document.documentElement.dataset.bsTheme = stored() ?? (system.matches ? "dark" : "light");
}

apply();
system.addEventListener("change", apply);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  const dark = document.documentElement.dataset.bsTheme === "dark";
  try {
    localStorage.setItem(KEY, dark ? "light" : "dark");
  } catch {
    // not kept, still switched for this page
  }
  document.documentElement.dataset.bsTheme = dark ? "light" : "dark";
  button.setAttribute("aria-pressed", String(!dark));
});

document.addEventListener("DOMContentLoaded", () => {
  const dark = document.documentElement.dataset.bsTheme === "dark";
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false; // without script there is nothing to switch
    button.setAttribute("aria-pressed", String(dark));
  }
});
