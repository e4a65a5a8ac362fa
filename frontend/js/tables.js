// On the phone rows are shown as blocks (display: block); browsers then forget that it is a table.
// Explicit roles keep it one for screen readers.
const ROLES = [
  ["thead, tbody, tfoot", "rowgroup"],
  ["tr", "row"],
  ["thead th", "columnheader"],
  ["tbody th", "rowheader"],
  ["td", "cell"],
];

export function dress(root) {
  const tables = [...(root.querySelectorAll?.("table.rows") ?? [])];
  const around = root.closest?.("table.rows");
  if (around) tables.push(around);
  for (const table of tables) {
    table.setAttribute("role", "table");
    for (const [selector, role] of ROLES) {
      for (const element of table.querySelectorAll(selector)) element.setAttribute("role", role);
    }
  }
}
