// The polite live region: speaks the sentence a swapped part carries in data-announce, once.
let last = "";

export function speak(text) {
  const region = document.getElementById("live");
  if (!region || !text || text === last) return;
  last = text;
  region.textContent = text;
}

export function announce(element) {
  const carrier = element.matches?.("[data-announce]") ? element : element.querySelector?.("[data-announce]");
  if (carrier) speak(carrier.dataset.announce);
}

// What stands beside a form and follows it carries data-announce-change: spoken where it changed,
// not at every save.
const said = new Map();

export function announceChange(element) {
  const { id, dataset } = element;
  const text = dataset?.announceChange;
  if (!id || !text) return;
  if (said.has(id) && said.get(id) !== text) speak(text);
  said.set(id, text);
}
