"""What members and recipients do on the pages, in the labels they see."""

import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.houses import LINK, House
from tests.browser.postbox import Mail
from tests.making import PASSWORD


def log_in(page: Page, email: str, *, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Work email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("navigation").first).to_contain_text("Campaigns")


def import_contacts(page: Page, house: House, csv: str, folder: Path) -> None:
    """Through the five steps; ends on the result."""
    file = folder / "people.csv"
    file.write_text(csv)
    page.goto(f"{house.url}/contacts/")
    page.get_by_role("link", name="Import").first.click()
    page.get_by_label("CSV or Excel file").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_label("Source", exact=True).fill("Shop customers")
    page.get_by_label("I confirm").check()
    page.get_by_role("button", name="Go on to the columns").click()
    page.get_by_role("button", name=re.compile("^Check ")).click()
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Import ")).click()
    expect(page.get_by_text("Nobody has been mailed")).to_be_visible()


def create_draft(page: Page) -> None:
    """Ends in the editor with its script at work: before that a change would not be saved."""
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("link", name="Review and launch")).to_be_visible()
    page.wait_for_load_state()


def start_campaign(page: Page, house: House, name: str, *, subject: str = "") -> None:
    """A draft to everybody, with a sender, a subject, a text and a link; ends in the editor."""
    page.goto(f"{house.url}/campaigns/")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill(name)
    create_draft(page)
    with saving(page):
        page.get_by_role("group", name="Gets it").get_by_label("Everybody").check()
    with saving(page):
        page.get_by_label("Sender", exact=True).select_option(index=1)
    with saving(page):
        fill(page, "Subject", subject or name)
    add_link(page)


def fill(page: Page, label: str, text: str) -> None:
    """Types and leaves the field, which is when the editor saves."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.blur()


def add_link(page: Page, target: str = LINK) -> None:
    """A button block that leads to `target`."""
    page.get_by_label("Add a block").select_option("button")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Words on the button", exact=True).fill("See the bikes")
    page.get_by_label("Link", exact=True).fill(target)
    with saving(page):
        page.get_by_role("button", name="Save block").click()


class saving:  # noqa: N801 - reads as a word of the story
    """Waits until the editor's answer to a change has arrived."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.waiting = page.expect_response(
            lambda answer: answer.request.method == "POST" and "/campaigns/" in answer.url
        )

    def __enter__(self) -> None:
        self.answer = self.waiting.__enter__()

    def __exit__(self, *error: object) -> None:
        self.waiting.__exit__(*error)  # type: ignore[arg-type]
        assert self.answer.value.status == 200, self.answer.value.text()
        self.page.wait_for_function(
            "() => !document.querySelector('.htmx-request, .htmx-swapping')"
        )


def launch(page: Page) -> None:
    """From the editor; ends on the campaign's Overview."""
    page.get_by_role("link", name="Review and launch").click()
    page.get_by_role("button", name=re.compile("^Launch:")).click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


def answer(page: Page, request: Mail, *, yes: bool, tracking: bool = False) -> None:
    """What a person does with a consent request."""
    page.goto(request.link("/c/"))
    if tracking:
        page.get_by_role("checkbox").check()
    name = "Yes, send me the newsletter" if yes else "No, thank you"
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Thank you. You are in." if yes else "All right. We will not write to you."
    )


def read(program: Page, mail: Mail) -> None:
    """Opens the mail with its pictures, in a mail program: a page that belongs to nobody."""
    program.goto("about:blank")
    program.set_content(mail.html, wait_until="networkidle")


def click(program: Page, words: str = "See the bikes") -> None:
    """Follows a link of the mail that is open; it leads to a new window and off this machine."""
    with (
        program.context.expect_event("response", lambda reply: "/link/" in reply.url) as reply,
        program.expect_popup() as window,
    ):
        program.get_by_role("link", name=words).click()
    assert reply.value.status == 302
    window.value.close()


def listed(page: Page) -> set[str]:
    """The names before the @ of everybody on the Recipients tab as it stands."""
    rows = page.locator("#recipients-rows tbody th")
    expect(rows).not_to_have_count(0)  # the page before this one has none
    found = rows.all_inner_texts()
    return {name for text in found for name in re.findall(r"([\w.+-]+)@", text)}


def pressed(page: Page, name: str) -> set[str]:
    """Presses the link of a number, lists the people it leads to, and comes back."""
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile("/recipients/"))
    people = listed(page)
    page.go_back()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    return people


def until_shown(page: Page, wanted: Locator, *, seconds: float = 90) -> None:
    """Loads the page again until it shows what the workers are still at."""
    until = time.monotonic() + seconds
    while wanted.count() == 0:
        shown = page.locator("main").inner_text()
        assert time.monotonic() < until, f"{page.url} never showed {wanted} but {shown}"
        page.wait_for_timeout(500)
        page.reload()
