// A preview that follows the typing: <form data-live> whose buttons with a formtarget show it in a
// frame of that name. 400 ms after the last key the button pressed last, or the first, acts again.
// The frame is put there anew each time, so that no step of the browser's history is left behind.
// Tabs beside it, <a data-shows="mail">, show the same as the button with that data-shows.
const WAIT = 400;
const chosen = new WeakMap();
let timer = 0;

function show(form) {
  const button = chosen.get(form) ?? form.querySelector("button[formtarget]");
  const frame = document.querySelector(`iframe[name="${button.formTarget}"]`);
  if (!frame) return;
  const fresh = frame.cloneNode();
  fresh.removeAttribute("src");
  frame.replaceWith(fresh);
  form.requestSubmit(button);
}

function mark(kind) {
  for (const tab of document.querySelectorAll("a[data-shows]")) {
    if (tab.dataset.shows === kind) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

function pressed(event) {
  const { target, isTrusted } = event;
  const button = target.closest?.("form[data-live] button[formtarget]");
  if (button && isTrusted) {
    chosen.set(button.form, button);
    mark(button.dataset.shows);
  }
  const tab = target.closest?.("a[data-shows]");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
  mark(tab.dataset.shows);
  const same = document.querySelector(`form[data-live] button[data-shows="${tab.dataset.shows}"]`);
  if (!same) return; // nobody types here: the link leads to the stored words
  event.preventDefault();
  chosen.set(same.form, same);
  show(same.form);
}

export function startTyping() {
  document.addEventListener("click", pressed);
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-live]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => show(form), WAIT);
  });
}
