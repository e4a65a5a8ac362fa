// Every page behind the login: Tabler's parts (phone menu), htmx, and our small modules.
import "@tabler/core/dist/js/tabler.esm.min.js";
import { start } from "./fragments.js";
import { startCopying } from "./copying.js";
import { startDrops } from "./drops.js";
import { startToasts } from "./toasts.js";
import { dress } from "./tables.js";
import { showCurrent } from "./sideways.js";
import { startSelection } from "./selection.js";
import { startTyping } from "./typing.js";

start();
startDrops();
startToasts();
startSelection();
startCopying();
startTyping();
dress(document);
showCurrent();
document.querySelector("[data-errors]")?.focus(); // a form came back: what is wrong is read first
