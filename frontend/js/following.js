// What must keep pace with a swap of something else: status pills with their counts, and the search
// text of somebody who types on while the answer is under way.

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

export function rememberTyping({ target, requestConfig }) {
  const field = document.activeElement;
  const counts = field?.id && field.type === "search" && target.contains(field);
  typed = counts && { id: field.id, value: field.value, asked: requestConfig.parameters[field.name] };
}

export function keepTyping() {
  const field = typed && document.getElementById(typed.id);
  if (field && field.value !== typed.value) {
    field.value = typed.value;
    // Ask again only for what was typed since: a server may well trim what it was asked.
    if (typed.value !== typed.asked) field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  typed = null;
}
