// Rich text in a campaign's editor. The plain box stays in the form and carries what is saved:
//   <div class="rich" data-rich><div class="rich-bar" hidden> buttons with data-act </div>
//   <textarea data-html="stored rich text" …></textarea></div>
// Acts: bold, italic, bulletList, orderedList, link, unlink, field. The last three read the fields
// [data-link], [data-untracked], [data-field] and [data-fallback] of the bar. Without script the box is a plain box.
import { Editor, Extension } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { MergeField, tagOf, withChips, withTags } from "./merging.js";

// A link whose clicks are not counted: <a data-track="off">.
const Untracked = Extension.create({
  name: "untracked",
  addGlobalAttributes: () => [{
    types: ["link"],
    attributes: {
      untracked: {
        default: false,
        parseHTML: (element) => element.dataset.track === "off",
        renderHTML: ({ untracked }) => (untracked ? { "data-track": "off" } : {}),
      },
    },
  }],
});

const ALLOWED = /^(https?:|mailto:|tel:|\{\{)/i;

const EXTENSIONS = [
  StarterKit.configure({
    blockquote: false, code: false, codeBlock: false, heading: false, horizontalRule: false,
    strike: false, underline: false, dropcursor: false, trailingNode: false,
    link: {
      openOnClick: false, autolink: false, linkOnPaste: true, defaultProtocol: "https",
      HTMLAttributes: { target: null, rel: null, class: null },
      isAllowedUri: (url) => ALLOWED.test(url), // the server decides
    },
  }),
  MergeField,
  Untracked,
];
const STATES = ["bold", "italic", "bulletList", "orderedList"];

function mount(place) {
  place.dataset.mounted = "";
  const box = place.querySelector("textarea");
  const bar = place.querySelector(".rich-bar");
  const field = place.ownerDocument.createElement("div");
  box.before(field);
  const editor = new Editor({
    element: field,
    injectCSS: false, // would be an inline style
    extensions: EXTENSIONS,
    content: withChips(box.dataset.html),
    editorProps: {
      attributes: {
        class: "form-control rich-text",
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": box.labels[0]?.textContent ?? "",
        "aria-describedby": box.getAttribute("aria-describedby") ?? "",
        "aria-invalid": box.getAttribute("aria-invalid") ?? "false",
      },
    },
    onUpdate: () => (box.value = editor.isEmpty ? "" : withTags(editor.getHTML())),
    onTransaction: () => show(editor, bar),
    onBlur: () => told(box),
  });
  box.dataset.said = box.value;
  box.hidden = true;
  bar.hidden = false;
  bar.addEventListener("click", (event) => act(editor, bar, event));
  const address = bar.querySelector("[data-link]");
  const dialog = address.closest("details");
  // else the form around it could not be sent any more
  for (const [one, event] of [[address, "input"], [dialog, "toggle"]]) one.addEventListener(event, () => address.setCustomValidity(""));
  dialog.querySelector("summary").addEventListener("click", () => dialog.open || asItStands(editor, bar));
  bar.addEventListener("keydown", (event) => byArrows(bar, event));
  show(editor, bar);
}

/** A text box says "change" when it is left with other words in it; so do we. */
function told(box) {
  if (box.dataset.said === box.value) return;
  box.dataset.said = box.value;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function show(editor, bar) {
  for (const name of STATES) {
    bar.querySelector(`[data-act="${name}"]`)?.setAttribute("aria-pressed", String(editor.isActive(name)));
  }
}

function act(editor, bar, event) {
  const button = event.target.closest("[data-act]");
  if (!button || (button.dataset.act === "link" && !leads(bar))) return;
  const text = editor.chain().focus();
  const acts = {
    bold: () => text.toggleBold(),
    italic: () => text.toggleItalic(),
    bulletList: () => text.toggleBulletList(),
    orderedList: () => text.toggleOrderedList(),
    link: () => linked(editor, text, bar),
    unlink: () => text.extendMarkRange("link").unsetLink(),
    field: () => {
      const [field, fallback] = ["field", "fallback"].map((name) => bar.querySelector(`[data-${name}]`).value);
      return text.insertContent({ type: "mergeField", attrs: { tag: tagOf(field, fallback) } });
    },
  };
  acts[button.dataset.act]().run();
  button.closest("details")?.removeAttribute("open");
}

/** The dialog of a link shows the one that the cursor is in. */
function asItStands(editor, bar) {
  const { href = "", untracked = false } = editor.getAttributes("link");
  bar.querySelector("[data-link]").value = href;
  bar.querySelector("[data-untracked]").checked = untracked;
}

/** Whether the typed address is one that a mail may have; if not, its box says so and stays open. */
function leads(bar) {
  const address = bar.querySelector("[data-link]");
  const typed = address.value.trim();
  address.setCustomValidity(!typed || ALLOWED.test(hrefOf(typed)) ? "" : address.dataset.wrong);
  return address.reportValidity();
}

function hrefOf(typed) {
  return /^([a-z]+:|\{\{)/i.test(typed) ? typed : `https://${typed}`;
}

function linked(editor, text, bar) {
  const typed = bar.querySelector("[data-link]").value.trim();
  const untracked = bar.querySelector("[data-untracked]").checked;
  if (!typed) return text;
  const href = hrefOf(typed);
  if (editor.state.selection.empty && !editor.isActive("link")) {
    return text.insertContent({ type: "text", text: typed, marks: [{ type: "link", attrs: { href, untracked } }] });
  }
  return text.extendMarkRange("link").setLink({ href, untracked });
}

/** One stop for Tab, arrows between the buttons: the pattern of a toolbar. */
function byArrows(bar, event) {
  if (event.target.matches("input, select")) {
    if (event.key !== "Enter") return;
    event.preventDefault(); // would send the form
    return event.target.closest("details").querySelector("[data-act]").click();
  }
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const stops = [...bar.querySelectorAll(":scope > [data-act], :scope > details > summary")];
  const next = stops.at((stops.indexOf(event.target) + step) % stops.length);
  event.preventDefault();
  next?.focus();
}

const mountAll = () => {
  for (const place of document.querySelectorAll("[data-rich]:not([data-mounted])")) mount(place);
};
mountAll();
document.addEventListener("htmx:afterSettle", mountAll);
