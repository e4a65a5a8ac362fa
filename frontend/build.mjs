// Builds the browser files into frontend/dist (not in git): one second, no watcher needed.
//   app.css app.js theme.js icons.svg   every page behind the login
//   entry.js  sign up · charts.js  statistics · editor.js, rich.js  campaign editor · public.css  pages for recipients
// Run: npm ci && npm run build. Django finds the folder through STATICFILES_DIRS.

import { readFile, rm, writeFile, mkdir, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const FAMILY = "--fg: var(--NAME-fg); --bg: var(--NAME-bg);";

/** The table of states is the one place that gives a state its icon and colours. */
async function states() {
  return Object.entries(JSON.parse(await readFile(join(here, "states.json"), "utf8")));
}

/** Classes .state-x for both spellings (never_sent, never-sent) of each state. */
async function stateCss() {
  const rules = (await states()).map(([state, [family]]) => {
    const names = new Set([state, state.replaceAll("_", "-")]);
    const selector = [...names].map((name) => `.state-${name}`).join(",");
    return `${selector}{${FAMILY.replaceAll("NAME", family)}}`;
  });
  return rules.join("\n");
}

/** The sprite plus one alias per state, so that a template needs only the code of a state. */
async function sprite() {
  const source = await readFile(join(here, "icons.svg"), "utf8");
  const symbols = new Map(
    [...source.matchAll(/<symbol id="([^"]+)"([\s\S]*?<\/symbol>)/g)].map(([, id, rest]) => [id, rest]),
  );
  const aliases = [];
  for (const [state, [, icon]] of await states()) {
    if (!symbols.has(icon)) throw new Error(`states.json: no icon "${icon}" for ${state}`);
    for (const name of new Set([state, state.replaceAll("_", "-")])) {
      aliases.push(`<symbol id="state-${name}"${symbols.get(icon)}`);
    }
  }
  return source.replace("</svg>", aliases.join("\n") + "\n</svg>").replace(/\n\s+/g, "\n");
}

const virtualStates = {
  name: "states",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^states\.css$/ }, () => ({ path: "states.css", namespace: "states" }));
    esbuild.onLoad({ filter: /.*/, namespace: "states" }, async () => ({ contents: await stateCss(), loader: "css" }));
  },
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  entryPoints: {
    app: join(here, "js/app.js"),
    theme: join(here, "js/theme.js"),
    charts: join(here, "js/charts.js"),
    editor: join(here, "js/editor.js"),
    entry: join(here, "js/entry.js"),
    rich: join(here, "js/rich.js"),
  },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "linked",
  outdir: dist,
});
await build({
  entryPoints: { app: join(here, "css/app.css"), public: join(here, "css/public.css") },
  bundle: true,
  minify: true,
  target: ["chrome123", "firefox120", "safari17.5"],
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  outdir: dist,
  plugins: [virtualStates],
});
await writeFile(join(dist, "icons.svg"), await sprite());
await copyFile(join(here, "favicon.svg"), join(dist, "favicon.svg"));
