"""The browser of the tests: finding and starting it, and a watch on what its pages do."""

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

from bin.installing import chromium
from bin.places import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BUILT = ROOT / "frontend" / "dist" / "app.js"
FLAGS = (
    # else a mail, which is a page of no known place, may not load pictures from loopback
    "--disable-features=LocalNetworkAccessChecks",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)
# headless Chromium names itself as a machine would
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
OURS = ("127.0.0.1", "localhost")
THEME = "theme => document.documentElement.dataset.bsTheme = theme"
# colours on their way from one theme to the other are nobody's
AXE_RUN = """async () => {
    const moving = document.getAnimations().filter(
        one => one.effect?.getComputedTiming().endTime < 5000);
    await Promise.allSettled(moving.map(one => one.finished));
    const found = await axe.run(document, {preload: false});
    return found.violations.map(
        one => one.id + ": " + one.nodes.map(node => node.target.join(" ") + " "
            + node.any.concat(node.all, node.none).map(check => check.message).join("; "))
            .join(" | "));
}"""


def found_browser() -> str:
    """Its path; without one the test is skipped, where BROWSER_REQUIRED or CI is set it fails."""
    path = os.environ.get("BROWSER_BIN") or chromium.of_system() or chromium.of_npm()
    trouble = ""
    if path is None:
        trouble = "NO BROWSER: the browser tests did not run. Install Chromium or set BROWSER_BIN."
    elif not BUILT.is_file() or not AXE.is_file():
        trouble = "NO BROWSER FILES: the browser tests did not run. Run make test."
    if trouble:
        required = [os.environ.get(name, "") for name in ("BROWSER_REQUIRED", "CI")]
        if any(value not in ("", "0", "false") for value in required):
            pytest.fail(trouble)
        pytest.skip(trouble)
    assert path is not None
    return path


def launched(playwright: Playwright) -> Any:
    """A Chromium that reaches this machine only."""
    flags = [*FLAGS]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=found_browser(), args=flags)


@dataclass
class Watch:
    """Collects what no page may do; `check` fails when something was collected."""

    faults: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """From now on every page of this context is watched."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            where = said.page.url if said.page else ""
            self.faults.append(f"policy of {where}: {said.location['url']} {said.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname not in OURS:
            self.faults.append(f"foreign host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.url}")

    def check(self) -> None:
        assert not self.faults, "\n".join(self.faults)


def axe(page: Page) -> None:
    """Fails when axe-core objects to the page as it stands."""
    found = faults(page)
    assert not found, "\n".join(found)


def axe_everywhere(page: Page) -> None:
    """In light, in dark, and as narrow as a phone; light and wide again afterwards."""
    axe(page)
    found = faults_elsewhere(page)
    assert not found, "\n".join(found)


def faults(page: Page) -> list[str]:
    """What axe-core objects to. Its source runs through the debugger, so the policy stays on."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    return [f"{page.url} {found}" for found in page.evaluate(AXE_RUN)]


def faults_elsewhere(page: Page) -> list[str]:
    """What axe-core objects to in the dark and on a phone, where nothing may be too wide either."""
    page.evaluate(THEME, "dark")
    found = [f"dark: {fault}" for fault in faults(page)]
    page.evaluate(THEME, "light")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    found += [f"phone: {fault}" for fault in faults(page)]
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        found.append(f"phone: {page.url} is {wide} px too wide")
    if size is not None:
        page.set_viewport_size(size)
    return found
