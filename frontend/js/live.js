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
