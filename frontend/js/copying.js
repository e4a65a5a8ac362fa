// Buttons that copy the text of another element. Without script, or without the right to write to
// the clipboard, they stay hidden: the text itself can be selected.

const SHOWN_MS = 2000;

export function startCopying() {
  if (!navigator.clipboard) return;
  showButtons(document);
  document.addEventListener("htmx:afterSettle", ({ detail }) => showButtons(detail.elt));
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (button) copy(button);
  });
}

function showButtons(place) {
  for (const button of place.querySelectorAll("[data-copy]")) button.hidden = false;
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
  const label = button.textContent;
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), SHOWN_MS);
}
