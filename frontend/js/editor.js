// Campaign editor: dragging blocks with the mouse (the arrow buttons do the same without it), saving
// a block as it is changed, saying when a save failed, and the preview frame.
//   <ol data-sortable data-url="…move…" data-target="#blocks"> with <li data-block="ID"> and a
//   [data-handle] in each: on drop, POST block=ID and position=N (from 0) to data-url, swap data-target.
//   <form data-auto hx-post="…">: a changed field is posted with auto=1; the form stays as it is.
//   <iframe data-preview src="…">: reloaded by the event "preview-changed" (HX-Trigger header).
//   <a target="NAME" data-frame | data-as …>: another view of that frame, or another person's.
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
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  mount(document);
  // After a delete, say, the focus would be nowhere: it goes to the block that is open now.
  if (detail.elt?.id === "card-content" && document.activeElement === document.body) {
    (detail.elt.querySelector(".block[aria-current]") ?? document.getElementById("add-block"))?.focus();
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (!form || !event.target.name) return;
  window.htmx.ajax("POST", form.getAttribute("hx-post"), { source: form, swap: "none", values: { auto: "1" } });
});

// While a save is under way the counts beside it are those of before: dimmed, and said to be.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const card = document.getElementById("who");
  if (detail.requestConfig.verb === "get" || !detail.elt.closest(".editor") || !card) return;
  card.setAttribute("aria-busy", "true");
  const when = card.querySelector("[data-counting]");
  if (!when || when.dataset.counted) return;
  when.dataset.counted = when.textContent;
  when.textContent = when.dataset.counting;
});
document.addEventListener("htmx:afterRequest", () => {
  // Most answers bring the card anew; what was refused, or not ready yet, leaves it as it was.
  const card = document.getElementById("who");
  card?.removeAttribute("aria-busy");
  const when = card?.querySelector("[data-counted]");
  if (!when) return;
  when.textContent = when.dataset.counted;
  delete when.dataset.counted;
});

// A save that did not arrive: said where the saved time stands, with the way to try again.
let unsaved = null;

function notSaved({ detail }) {
  const { elt, verb } = detail.requestConfig;
  const place = document.getElementById("saved");
  const note = document.getElementById("t-not-saved")?.content.firstElementChild;
  if (verb === "get" || !elt.closest(".editor") || !place || !note) return;
  unsaved = elt;
  place.replaceChildren(note.cloneNode(true));
}
document.addEventListener("htmx:sendError", notSaved);
document.addEventListener("htmx:responseError", notSaved);
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-retry]") && unsaved?.isConnected) unsaved.closest("form")?.requestSubmit();
});

const frames = () => document.querySelectorAll("iframe[data-preview]");
let view = null; // the view and the person stay chosen when the card is drawn anew
let person = { id: "", name: "" };

function show(frame) {
  const address = new URL(view ?? frame.src);
  if (person.id) address.searchParams.set("contact", person.id);
  else address.searchParams.delete("contact");
  frame.src = address;
}

document.addEventListener("preview-changed", () => {
  for (const frame of frames()) frame.contentWindow?.location.replace(frame.src);
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt?.id !== "card-content" || !(view || person.id)) return;
  const frame = detail.elt.querySelector("iframe[data-preview]");
  const link = [...detail.elt.querySelectorAll("[data-frame]")].find((each) => each.href === view);
  if (link) mark(link, frame);
  if (person.id) detail.elt.querySelector("[data-preview-name]").textContent = person.name;
  show(frame);
});

function mark(link, frame) {
  for (const other of link.parentElement.querySelectorAll("a")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  frame.classList.toggle("is-phone", link.dataset.frame === "phone");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-frame], a[data-as]");
  const frame = link && document.querySelector(`iframe[name="${link.target}"]`);
  if (!frame) return;
  event.preventDefault();
  if ("as" in link.dataset) {
    person = { id: link.dataset.as, name: link.textContent };
    document.querySelector("[data-preview-name]").textContent = person.name;
    link.closest("details").open = false;
    document.getElementById("preview-as").focus();
  } else {
    view = link.href;
    mark(link, frame);
  }
  show(frame);
});
