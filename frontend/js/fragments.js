// The one module that talks to htmx: settings, token, busy state, failures, what happens after a swap.
import htmx from "htmx.org/dist/htmx.esm.js";
import { askAgain, follow, keepTyping, rememberTyping } from "./following.js";
import { announce, announceChange } from "./live.js";
import { closeModal, isModalPlace, openModal, rememberAddress } from "./modals.js";
import { showCurrent } from "./sideways.js";
import { dress } from "./tables.js";
import { showTemplate, watchToasts } from "./toasts.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

function configure() {
  window.htmx = htmx; // editor.js uses it
  Object.assign(htmx.config, {
    includeIndicatorStyles: false, // would be an inline style
    // Without "style": a leftover style="" of a drag or of the browser would be carried over to the
    // new element, and our policy refuses it.
    attributesToSettle: ["class", "width", "height"],
    allowEval: false,
    allowScriptTags: false,
    selfRequestsOnly: true,
    historyCacheSize: 0, // pages hold personal data: nothing of them stays in the browser's storage
    refreshOnHistoryMiss: true,
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "422", swap: true }, // form errors
      { code: "[45]..", swap: false, error: true },
    ],
  });
}

const isPoll = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") ?? "");

let pending = 0;
let barTimer;

function busy(target, on) {
  if (on) target.setAttribute("aria-busy", "true");
  else target.removeAttribute("aria-busy");
  pending = Math.max(0, pending + (on ? 1 : -1));
  clearTimeout(barTimer);
  const bar = document.getElementById("loading");
  if (!bar) return;
  if (pending === 0) bar.hidden = true;
  else barTimer = setTimeout(() => (bar.hidden = false), 400);
}

function failed({ detail }) {
  const { requestConfig, target, xhr } = detail;
  if (isPoll(requestConfig.elt)) return; // the next round tries again
  // Without a session there is no token either: the request is refused as a forged one.
  if (xhr.status === 403 && requestConfig.verb !== "get") return showTemplate("t-ended", { once: true });
  if (xhr.status === 0 || requestConfig.verb !== "get") return showTemplate("t-lost", { once: true });
  const note = document.getElementById("t-failed")?.content.firstElementChild.cloneNode(true);
  if (!note || !target) return;
  note.querySelector("button").addEventListener("click", () => {
    note.remove();
    htmx.ajax("get", requestConfig.path, { target, source: requestConfig.elt });
  });
  target.querySelector(":scope > [data-failed]")?.remove();
  target.prepend(note);
}

export function start() {
  configure();
  const on = (name, handler) => document.addEventListener(`htmx:${name}`, handler);

  on("configRequest", ({ detail }) => {
    if (detail.verb !== "get") detail.headers["X-CSRFToken"] = meta("csrf-token");
  });
  on("beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (document.hidden && isPoll(elt)) return event.preventDefault();
    if (isModalPlace(target)) rememberAddress(elt);
    if (target && !isPoll(elt)) busy(target, true);
  });
  on("afterRequest", ({ detail }) => {
    if (detail.target && !isPoll(detail.elt)) busy(detail.target, false);
  });
  on("beforeSwap", (event) => {
    // The session ended: the answer is the log-in page, which must not land inside this page.
    const login = meta("login-url");
    const answered = event.detail.xhr.responseURL;
    if (login && answered && new URL(answered).pathname === login) {
      event.detail.shouldSwap = false;
      // What somebody typed goes with the page: only who asked for another one gets the log-in page.
      const { elt, verb } = event.detail.requestConfig;
      if (verb === "get" && !isPoll(elt)) location.reload();
      else showTemplate("t-ended", { once: true });
    }
    rememberTyping(event.detail);
  });
  on("afterSwap", ({ detail }) => {
    keepTyping();
    if (isModalPlace(detail.target)) openModal(detail.target, detail.requestConfig.elt);
    for (const element of follow(detail)) htmx.process(element);
  });
  on("afterSettle", ({ detail }) => {
    askAgain();
    dress(detail.elt);
    showCurrent();
    watchToasts();
    announce(detail.elt);
  });
  document.querySelectorAll("[data-announce-change]").forEach(announceChange);
  on("oobAfterSwap", ({ target }) => {
    watchToasts();
    announceChange(target);
  });
  on("responseError", failed);
  on("sendError", failed);
  document.addEventListener("close-dialog", closeModal); // HX-Trigger: close-dialog
}
