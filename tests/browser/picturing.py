"""`make screenshots`: pictures of the product with the sample data, named as in its design.

No test: it visits, presses and photographs on the stack of the stories; to be looked at by people.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bin.places import ROOT
from settings.celery import app as rung  # noqa: F401 - the sample's bells go to our Redis
from tests.browser import stack, surfing
from tests.browser.database import in_use
from tests.browser.postbox import Mail

FOLDER = ROOT / "screenshots"
PASSWORD = "assent-demo"
DESK = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}
# charts and pictures in frames are drawn after the page is loaded
STILL_MS = 700
PATIENCE_MS = 60_000
NEWCOMERS = 60
PEOPLE = "email,first_name,language,country,company\n" + "".join(
    f"guest{number}@visit.example,Guest {number},en,FR,Open day\n" for number in range(NEWCOMERS)
)
FAULTY = "not an address,Nobody,en,US,\nguest1@visit.example,Again,en,US,\n"


class Studio:
    """A browser beside the running product, and the folder of the pictures."""

    def __init__(self, browser: Browser, product: stack.Stack) -> None:
        self.browser, self.product = browser, product

    @contextmanager
    def person(self, email: str = "", **options: Any) -> Iterator[Page]:
        """A page of somebody's own browser; logged in when there is an email address."""
        given: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce"} | options
        context = self.browser.new_context(
            base_url=self.product.site, user_agent=surfing.PERSON, locale="en-GB", **given
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        if email:
            page.goto("/accounts/login/")
            page.get_by_label("Work email").fill(email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("navigation").first).to_contain_text("Campaigns")
        yield page
        context.close()

    def take(self, page: Page, name: str, url: str = "", *, whole: bool = True) -> None:
        """The page as a picture, after going to `url`; `whole` also below its first screen."""
        if url:
            page.goto(url)
        size = page.viewport_size
        assert size is not None
        if whole and page.locator("iframe").count():
            # what is in a frame is painted only where the window shows it
            tall = page.evaluate("() => document.documentElement.scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": tall})
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(STILL_MS)
        page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)
        page.set_viewport_size(size)
        self.product.check()

    def take_both(self, page: Page, name: str, url: str = "") -> None:
        """At a desk, and as `name`-phone on a phone; at the desk again afterwards."""
        self.take(page, name, url)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self.take(page, f"{name}-phone")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]


class Sample:
    """Where the things of the sample data are, by their names."""

    def __init__(self, company: str) -> None:
        from marketing.models import Account  # noqa: PLC0415 - Django is set up by then

        self.account = Account.objects.get(name=company)

    def url(self, view: str, *rest: Any) -> str:
        return reverse(view, args=[self.account.pk, *rest])

    def number(self, model: Any, key: str = "id", **wanted: str) -> int:
        """The last row's number of those that are `wanted`."""
        from marketing.tenancy import use_account  # noqa: PLC0415

        with use_account(self.account):
            rows = model.objects.for_account(self.account).filter(**wanted)
            return int(rows.order_by(key).last().serializable_value(key))

    def campaign(self, name: str, view: str = "campaigns:overview") -> str:
        from campaigns.models import Campaign  # noqa: PLC0415

        return self.url(view, self.number(Campaign, name=name))


def strangers(studio: Studio) -> None:
    """Logging in, signing up, and an account with nothing in it."""
    with studio.person() as page:
        studio.take(page, "13-login", "/accounts/login/")
        studio.take(page, "13-signup", "/accounts/signup/")
        page.get_by_label("Company", exact=True).fill("Birch Bikes")
        page.get_by_label("Country of your company").select_option("FR")
        page.get_by_label("Work email").fill("bea@birch.example")
        page.get_by_label("Password").fill("not-easy-to-guess-7")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
        studio.take(page, "13-first-run")
        page.get_by_role("link", name="Campaigns", exact=True).first.click()
        studio.take(page, "01-campaigns-empty")


def reports(studio: Studio, page: Page, acme: Sample) -> None:
    studio.take_both(page, "01-campaigns", acme.url("campaigns:campaigns"))
    studio.take_both(page, "04-statistics", acme.campaign("Autumn ride guide", STATISTICS))
    people = acme.campaign("Autumn ride guide", "tracking:recipients")
    studio.take(page, "05-recipients", people)
    studio.take(page, "05-recipients-never-sent", f"{people}?status=never_sent")
    page.goto(f"{people}?status=sent")
    page.locator("#recipients-rows tbody th a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    studio.take(page, "05-recipients-person", whole=False)


def in_the_dark(studio: Studio, acme: Sample) -> None:
    with studio.person("owner@acme.example", color_scheme="dark") as page:
        studio.take(page, "12-campaigns-dark", acme.url("campaigns:campaigns"))
        studio.take(page, "12-statistics-dark", acme.campaign("Autumn ride guide", STATISTICS))


def rules_and_proofs(studio: Studio, page: Page, acme: Sample) -> None:
    from consent.models import ConsentForm, ConsentRecord  # noqa: PLC0415

    studio.take(page, "06-settings-more-us", acme.url("marketing:settings_more"))
    studio.take(page, "07-consent-forms", acme.url("consent:forms"))
    form = acme.number(ConsentForm, name="Rides and offers")
    studio.take(page, "07-consent-form-editor", acme.url("consent:form", form))
    studio.take(page, "08-consents", acme.url("consent:consents"))
    record = acme.number(ConsentRecord, "seq", event="agreed")
    studio.take(page, "08-consent-record", acme.url("consent:record", record))
    studio.take(page, "09-contacts", acme.url("marketing:contacts"))


def importing(studio: Studio, page: Page, acme: Sample) -> None:
    """The people who are asked later on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "open-day.csv"
        file.write_text(PEOPLE + FAULTY)
        page.goto(acme.url("consent:import"))
        page.get_by_label("CSV or Excel file").set_input_files(file)
        page.get_by_role("button", name="Read the file").click()
        page.get_by_label("Source", exact=True).fill("Open day in the shop")
    page.get_by_label("I confirm").check()
    page.get_by_role("button", name="Go on to the columns").click()
    go_on = page.get_by_role("button", name=re.compile("^Check "))
    expect(go_on).to_be_visible()
    studio.take(page, "09-import-columns")
    go_on.click()
    begin = page.get_by_role("button", name=re.compile("^Import "))
    expect(begin).to_be_visible()
    studio.take(page, "09-import-check")
    begin.click()
    expect(page.get_by_text("Nobody has been mailed")).to_be_visible()
    studio.take(page, "09-import-result")


def writing(studio: Studio, page: Page, acme: Sample) -> None:
    """The editor, its faults, the choice of a form, the launch and what follows."""
    page.goto(acme.url("campaigns:new_campaign"))
    page.get_by_label("Name").fill("Spring rides")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("link", name="Review and launch")).to_be_visible()
    studio.take(page, "02-editor-errors", f"{page.url.partition('?')[0]}?check=1")
    editor = acme.campaign("Gift ideas", "campaigns:editor")
    studio.take(page, "02-editor", editor)
    studio.take(page, "02-editor-at-first", whole=False)
    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    studio.take(page, "02-editor-consent-form", whole=False)
    page.goto(editor)
    page.get_by_role("link", name="Review and launch").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    studio.take(page, "03-launch", whole=False)
    page.get_by_role("button", name=re.compile("^Launch:")).click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^Sent: [1-9]"))).to_be_visible()
    studio.take(page, "03-running")
    studio.take(page, "03-waiting", acme.campaign("Lights before dark"), whole=False)


def asked(studio: Studio) -> None:
    """The pages that people outside see, with somebody who agrees and leaves again."""
    post = studio.product.postbox
    with studio.person() as page:
        request = post.wait("guest0@visit.example")
        mail(studio, page, "11-consent-request", request)
        studio.take_both(page, "10-confirm", request.link("/c/"))
        page.get_by_role("button").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. You are in.")
        studio.take_both(page, "10-thanks")
        newsletter = post.wait("guest0@visit.example", 2)
        studio.take_both(page, "10-preferences", newsletter.link("/p/"))
        studio.take_both(page, "10-unsubscribe", newsletter.link("/u/"))
        page.get_by_role("button", name="Unsubscribe").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
        studio.take_both(page, "10-unsubscribed")
        studio.take_both(page, "10-link", "/c/copied-in-part")


def mail(studio: Studio, page: Page, name: str, arrived: Mail) -> None:
    page.goto("about:blank")
    page.set_content(arrived.html)
    studio.take_both(page, name)


def everything(studio: Studio) -> None:
    strangers(studio)
    acme, velo = Sample("Acme Bikes"), Sample("Vélo Lyon")
    with studio.person("owner@acme.example") as page:
        reports(studio, page, acme)
        rules_and_proofs(studio, page, acme)
        importing(studio, page, acme)
        writing(studio, page, acme)
    asked(studio)
    in_the_dark(studio, acme)
    with studio.person("owner@velo.example") as page:
        studio.take(page, "06-settings-more-france", velo.url("marketing:settings_more"))


STATISTICS = "tracking:statistics"


def main() -> int:
    """Makes them all; an assertion says which page was not as expected."""
    django.setup()
    expect.set_options(timeout=PATIENCE_MS)
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as ending:
        logs = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        urls = settings.DATABASE_URL, settings.REDIS_URL
        product = ending.enter_context(stack.running(*urls, name="assent_pictures", logs=logs))
        playwright = ending.enter_context(sync_playwright())
        browser = surfing.launched(playwright)
        ending.callback(browser.close)
        # inside of Playwright's loop, where Django has a connection of its own to close
        ending.enter_context(in_use(product.database))
        call_command("sample_data", verbosity=0)
        everything(Studio(browser, product))
    return 0


if __name__ == "__main__":
    sys.exit(main())
