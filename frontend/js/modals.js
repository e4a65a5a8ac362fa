// Drawer and dialog: native <dialog> elements loaded into #drawer and #dialog. The browser keeps the
// focus inside and closes on Esc; we open, clear, give focus back and restore the address.
let opener = null;
let address = null;

export const isModalPlace = (element) => element?.id === "drawer" || element?.id === "dialog";

export function rememberAddress(element) {
  if (element.closest("dialog")) return; // a form inside: the page's address is known
  address ??= location.href;
  opener = element;
}

export function openModal(place, source) {
  const dialog = place.querySelector("dialog[data-modal]");
  if (!dialog) return cleared(place);
  if (source && !source.closest("dialog")) opener = source;
  dialog.showModal();
  dialog.querySelector(".is-first")?.focus();
  dialog.addEventListener("close", () => cleared(place));
  dialog.addEventListener("click", (event) => {
    const dismiss = event.target.closest("[data-dismiss='dialog']");
    if (!dismiss && event.target !== dialog) return; // the dialog itself is only hit at its backdrop
    if (dismiss) event.preventDefault(); // a link, so that the page without script has a way back
    dialog.close();
  });
  if (place.id === "drawer") dialog.addEventListener("keydown", nextRow);
}

function cleared(place) {
  place.replaceChildren();
  if (address && address !== location.href) history.replaceState(history.state, "", address);
  address = null;
  opener?.isConnected && opener.focus();
}

export function closeModal() {
  for (const dialog of document.querySelectorAll("dialog[data-modal][open]")) dialog.close();
}

/** Arrow up and down in the drawer: the same drawer for the row above or below. */
function nextRow(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input, textarea, select")) return;
  const row = opener?.closest("tr");
  const next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector("[hx-target='#drawer']");
  if (!link) return;
  event.preventDefault();
  opener = link;
  link.click();
}
