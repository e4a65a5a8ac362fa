// Campaign editor: dragging blocks with the mouse (the arrow buttons beside each block do the same
// without it) and reloading the preview frame.
//   <ol data-sortable data-url="…move…" data-target="#blocks"> with <li data-block="ID"> and a
//   [data-handle] in each: on drop, POST block=ID and position=N (from 0) to data-url, swap data-target.
//   <iframe data-preview src="…">: reloaded by the event "preview-changed" (HX-Trigger header).
//   <a target="NAME" …> in .nav-segmented: another view of that frame; aria-current follows.
import Sortable from "sortablejs";

function mount(root) {
  for (const list of root.querySelectorAll("[data-sortable]:not([data-mounted])")) {
    list.dataset.mounted = "";
    new Sortable(list, {
      handle: "[data-handle]",
      animation: 120,
      onEnd({ item, oldIndex, newIndex }) {
        if (oldIndex === newIndex) return;
        window.htmx.ajax("POST", list.dataset.url, {
          source: list, target: list.dataset.target, swap: "outerHTML",
          values: { block: item.dataset.block, position: newIndex },
        });
      },
    });
  }
}

mount(document);
document.addEventListener("htmx:afterSettle", () => mount(document));

document.addEventListener("preview-changed", () => {
  for (const frame of document.querySelectorAll("iframe[data-preview]")) {
    frame.contentWindow?.location.replace(frame.src);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".nav-segmented a[target]");
  if (!link) return;
  for (const other of link.parentElement.querySelectorAll("a")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const frame = document.querySelector(`iframe[name="${link.target}"]`);
  if (!frame) return;
  event.preventDefault();
  frame.src = link.href; // so that a reload shows the same view
  frame.classList.toggle("is-phone", link.dataset.frame === "phone");
});
