"""The main story with the keys alone: nothing here points, clicks or fills."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.acting import saving, until_shown
from tests.browser.houses import LINK, House
from tests.browser.postbox import Postbox
from tests.making import PASSWORD

# more than any page has to step through
STEPS = 120
# a drag, or an extension of the browser, leaves an empty style at an element: never carried over
LEFTOVERS = """() => {
    for (const each of document.querySelectorAll("main input, main li")) {
        each.style.color = "red";
        each.style.removeProperty("color");
    }
}"""


def step_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Tab, or Shift+Tab, until the focus is on `wanted`."""
    expect(wanted).to_be_visible()
    for _ in range(STEPS):
        if is_on(wanted):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab never comes to {wanted}")


def is_on(wanted: Locator) -> bool:
    return bool(wanted.evaluate("each => each === document.activeElement"))


def press(page: Page, wanted: Locator, key: str = "Enter", *, back: bool = False) -> None:
    step_to(page, wanted, back=back)
    page.keyboard.press(key)


def type_into(page: Page, label: str, text: str) -> None:
    step_to(page, page.get_by_label(label, exact=True))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def choose(page: Page, field: Locator, value: str) -> None:
    """Arrow down in a select until it has that value."""
    step_to(page, field)
    for _ in range(STEPS):
        if field.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"Arrow down never comes to {value}")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def enter(page: Page, email: str) -> None:
    """Logs in, skips the menu and comes back to it."""
    page.goto("/accounts/login/")
    type_into(page, "Work email", email)
    type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation").first).to_contain_text("Campaigns")
    page.keyboard.press("Tab")
    skip = link(page, "Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    press(page, link(page, "Campaigns").first, back=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Campaigns")


def write(page: Page) -> None:
    """A draft to everybody, with sender, subject and a button; everybody is asked."""
    press(page, link(page, "New campaign").first)
    type_into(page, "Name", "By keys")
    press(page, button(page, "Create draft"))
    expect(link(page, "Review and launch")).to_be_visible()
    page.wait_for_load_state()  # the script is at work
    with saving(page):
        everybody = page.get_by_role("group", name="Gets it").get_by_label("Everybody")
        press(page, everybody, "Space")
    with saving(page):
        step_to(page, page.get_by_label("Sender", exact=True))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    with saving(page):
        type_into(page, "Subject", "No mouse needed")
        page.keyboard.press("Tab")
    with saving(page):
        press(page, page.get_by_label("Require newsletter consent"), "Space")


def blocks(page: Page) -> list[str]:
    return page.locator(".block-name").all_inner_texts()


def build(page: Page) -> None:
    """A button is added, finished, moved up and down; its copy is deleted."""
    choose(page, page.get_by_label("Add a block"), "button")
    with saving(page):
        press(page, button(page, "Add"))
    before = blocks(page)
    page.evaluate(LEFTOVERS)
    type_into(page, "Words on the button", "See the bikes")
    type_into(page, "Link", LINK)
    with saving(page):
        press(page, button(page, "Save block"))
    up = button(page, "Up")
    with saving(page):
        press(page, up, back=True)
    expect(page.locator("#live")).to_contain_text(re.compile("moved", re.IGNORECASE))
    expect(button(page, "Up")).to_be_focused()
    assert blocks(page) != before
    with saving(page):
        press(page, button(page, "Down"), "Space")
    expect(button(page, "Down")).to_be_focused()
    assert blocks(page) == before
    with saving(page):
        press(page, button(page, "Duplicate"))
    assert len(blocks(page)) == len(before) + 1
    with saving(page):
        press(page, button(page, "Delete"))
    assert blocks(page) == before
    expect(page.locator("body")).not_to_be_focused()


def send(page: Page) -> None:
    """The dialog starts on the harmless answer, and Esc gives the focus back."""
    review = link(page, "Review and launch")
    press(page, review, back=True)
    dialog = page.get_by_role("dialog")
    expect(link(page, "Keep editing")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(review).to_be_focused()
    page.keyboard.press("Enter")
    expect(link(page, "Keep editing")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => !document.querySelector('.app').contains(document.activeElement)"
        )
    press(page, page.get_by_role("button", name=re.compile("^Launch:")))
    expect(link(page, "Overview")).to_be_visible()
    # by itself, without loading the page again
    expect(page.locator("#campaign-state")).to_have_text("Waiting for consent")


def test_a_form_that_comes_back_starts_at_what_is_wrong(page: Page, bikes: House) -> None:
    enter(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/suppression/add/")
    press(page, button(page, "Block these addresses"))
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    first = link(page, "Addresses, one in each line")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("ana@people.example")
    expect(page.get_by_label("Addresses, one in each line")).to_have_value("ana@people.example")


def test_a_newsletter_is_written_launched_and_agreed_to_without_a_mouse(
    page: Page, bikes: House, postbox: Postbox
) -> None:
    kay = bikes.know("kay", country="DE").address
    enter(page, bikes.owner.user.email)
    write(page)
    build(page)
    send(page)
    page.goto(postbox.wait(kay).link("/c/"))
    press(page, page.get_by_role("checkbox"), "Space")
    press(page, button(page, "Yes, send me the newsletter"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. You are in.")
    assert postbox.wait(kay, 2).subject == "No mouse needed"
    assert bikes.records() == ["asked", "agreed"]
    assert bikes.records("tracking") == ["agreed"]


def test_a_recipient_is_looked_at_and_left_with_the_arrows_and_escape(
    page: Page, bikes: House, postbox: Postbox
) -> None:
    first, second = bikes.know("ada").address, bikes.know("bo").address
    enter(page, bikes.owner.user.email)
    write(page)
    build(page)
    send(page)
    postbox.wait(first)
    postbox.wait(second)
    until_shown(page, page.get_by_role("link", name="Pending consent: 2"))
    press(page, page.get_by_role("link", name="Pending consent: 2"))
    rows = page.locator("#recipients-rows tbody th a")
    expect(rows).to_have_count(2)
    press(page, rows.first)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    title = dialog.get_by_role("heading").first.inner_text()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("heading").first).not_to_have_text(title)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(rows.last).to_be_focused()
