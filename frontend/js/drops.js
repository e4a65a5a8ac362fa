// Small menus made of <details class="drop">: they open without script; this closes them on Esc,
// on a press elsewhere and when another one opens.
const open = () => document.querySelectorAll("details.drop[open]");

export function startDrops() {
  document.addEventListener("click", (event) => {
    for (const drop of open()) if (!drop.contains(event.target)) drop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const drop of open()) {
      drop.open = false;
      drop.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest(".drop a.drop-item");
    if (item) item.closest("details").open = false;
  });
}
