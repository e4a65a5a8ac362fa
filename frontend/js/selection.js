// Selecting rows: <input data-check-all> ticks the boxes of its table, [data-selection] shows while
// any is ticked, and [data-selected-count] in it says how many.
function update(form) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const count = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-check-all]");
  if (all) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  for (const bar of form.querySelectorAll("[data-selection]")) bar.hidden = count === 0;
  for (const number of form.querySelectorAll("[data-selected-count]")) number.textContent = count.toLocaleString();
}

export function startSelection() {
  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form");
    if (!form?.querySelector("[data-check-all]")) return;
    if (target.matches("[data-check-all]")) {
      for (const box of form.querySelectorAll("tbody input[type=checkbox]")) box.checked = target.checked;
    }
    update(form);
  });
  // The boxes change after the event.
  document.addEventListener("reset", ({ target }) => setTimeout(() => update(target)));
}
