// Merge tags as pieces of a text: {{ contact.first_name | default: "friend" }} is one chip that is
// moved and deleted as a whole. What we do not know stays a chip with its own words.
import { Node } from "@tiptap/core";

const TAG = /(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/;
const SIMPLE = /^\{\{-?\s*([\w.]+)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)')\s*)?-?\}\}$/;

const title = (path) => {
  const words = path.split(".").at(-1).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** "First name, or “friend”" of a tag; a condition or anything else as it is written. */
export function words(tag) {
  const found = SIMPLE.exec(tag);
  if (!found) return tag;
  const fallback = found[2] ?? found[3] ?? "";
  return fallback ? `${title(found[1])}, or “${fallback}”` : title(found[1]);
}

/** The tag of a field and what stands there for people who lack it. */
export function tagOf(field, fallback) {
  const safe = fallback.replace(/["{}%]/g, "").trim();
  return safe ? `{{ ${field} | default: "${safe}" }}` : `{{ ${field} }}`;
}

/** Stored rich text with each tag in its text as an element that the editor reads as a chip. */
export function withChips(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (TAG.test(walker.currentNode.data)) texts.push(walker.currentNode);
  for (const text of texts) {
    const pieces = text.data.split(TAG).filter(Boolean).map((piece) => {
      if (!TAG.test(piece)) return piece;
      const chip = page.createElement("span");
      chip.dataset.merge = piece;
      return chip;
    });
    text.replaceWith(...pieces);
  }
  return page.body.innerHTML;
}

/** The editor's HTML with its chips as tags again, as it is stored. */
export function withTags(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const chip of page.querySelectorAll("span[data-merge]")) chip.replaceWith(chip.dataset.merge);
  return page.body.innerHTML;
}

export const MergeField = Node.create({
  name: "mergeField",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({
    tag: {
      default: "",
      parseHTML: (element) => element.dataset.merge,
      renderHTML: ({ tag }) => ({ "data-merge": tag }),
    },
  }),
  parseHTML: () => [{ tag: "span[data-merge]" }],
  renderHTML: ({ node, HTMLAttributes }) => [
    "span", { ...HTMLAttributes, class: "merge-field" }, words(node.attrs.tag),
  ],
  renderText: ({ node }) => node.attrs.tag,
});
