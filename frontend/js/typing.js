// A preview that follows the typing: <form data-live> whose buttons with a formtarget show it in a
// frame of that name. 400 ms after the last key the button pressed last, or the first, acts again.
// The frame is put there anew each time, so that no step of the browser's history is left behind.
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

export function startTyping() {
  document.addEventListener("click", ({ target, isTrusted }) => {
    const button = target.closest?.("form[data-live] button[formtarget]");
    if (button && isTrusted) chosen.set(button.form, button);
  });
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-live]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => show(form), WAIT);
  });
}
