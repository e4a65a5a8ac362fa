// Toasts: Django's messages. Good news leaves by itself after eight seconds unless looked at; bad
// news, and what leads somewhere, stays until closed.
const STAY = 8000;

export function watchToasts() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-watched])")) {
    toast.dataset.watched = "";
    const button = toast.querySelector("[data-dismiss='toast']");
    if (button) button.hidden = false;
    const stays = toast.dataset.toast.includes("error") || toast.querySelector("a[href]");
    if (!stays) leaveLater(toast);
  }
}

function leaveLater(toast) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, STAY);
}

/** Shows the toast of a <template>; with once, not a second time while it is still there. */
export function showTemplate(id, { once = false } = {}) {
  const place = document.getElementById("toasts");
  const template = document.getElementById(id);
  if (!place || !template || (once && place.querySelector(`[data-from="${id}"]`))) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.dataset.from = id;
  place.append(toast);
  watchToasts();
}

export function startToasts() {
  watchToasts();
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss='toast']")?.closest("[data-toast]")?.remove();
  });
}
