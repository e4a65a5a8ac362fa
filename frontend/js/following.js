// What must keep pace with a swap of something else: status pills with their counts, and the text of
// somebody who types on while the answer is under way.

/** Renews [data-follow] elements outside the swapped target from the same answer; returns the new ones. */
export function follow({ target, xhr }) {
  const places = [...document.querySelectorAll("[data-follow][id]")].filter((place) => !target.contains(place));
  if (places.length === 0 || !xhr.responseText.includes("data-follow")) return [];
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const renewed = [];
  for (const place of places) {
    const next = answer.getElementById(place.id);
    if (!next || next.isEqualNode(place)) continue;
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    const element = document.adoptNode(next);
    place.replaceWith(element);
    if (focused) document.getElementById(focused)?.focus();
    renewed.push(element);
  }
  return renewed;
}

let typed = null;
let caret = null;

const TEXTS = new Set(["text", "email", "number", "textarea"]);

export function rememberTyping({ target, requestConfig }) {
  const field = document.activeElement;
  typed = null;
  caret = null;
  if (!field?.id || !target.contains(field)) return;
  caret = { id: field.id, start: field.selectionStart, end: field.selectionEnd };
  const asked = requestConfig.parameters[field.name];
  // A search is kept as it is; a field of a form only where more was typed than was sent.
  if (field.type !== "search" && !(TEXTS.has(field.type) && field.value !== asked)) return;
  typed = { id: field.id, value: field.value, asked, before: field };
}

/** Puts the text back before the next key arrives: waiting for the swap to settle loses letters. */
export function keepTyping() {
  const field = typed && document.getElementById(typed.id);
  if (field && field.value !== typed.value) field.value = typed.value;
  keepCaret();
}

/** htmx brings the caret back, but not one at 0: all that was selected would not be typed over. */
function keepCaret() {
  const field = caret && document.getElementById(caret.id);
  // Fields of numbers and addresses have no selection to set: theirs is null.
  if (field && caret.start !== null) field.setSelectionRange?.(caret.start, caret.end);
}

/** Asks again for what was typed since: a search at once, a field of a form when it is left. */
export function askAgain() {
  const field = typed && document.getElementById(typed.id);
  // A server may well trim what it was asked: only more than that is asked again.
  if (field && field !== typed.before && typed.value !== typed.asked) {
    const ask = (name) => field.dispatchEvent(new Event(name, { bubbles: true }));
    if (field.type === "search") ask("input");
    else field.addEventListener("blur", () => ask("change"), { once: true });
  }
  typed = null;
}
