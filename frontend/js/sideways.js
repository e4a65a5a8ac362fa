// Tabs and pills that are wider than a phone: the current one is moved into sight.
export function showCurrent() {
  for (const current of document.querySelectorAll(".tabs [aria-current], .pills [aria-current]")) {
    const list = current.closest("ul");
    if (!list || list.scrollWidth <= list.clientWidth) continue;
    const [inner, outer] = [current.getBoundingClientRect(), list.getBoundingClientRect()];
    list.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
}
