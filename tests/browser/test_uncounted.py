"""A link left out of the count in the editor, with the keys alone."""

from playwright.sync_api import Locator, Page, expect

from campaigns.composing import blocks
from tests.browser.acting import log_in, saving
from tests.browser.houses import House
from tests.browser.surfing import axe_everywhere
from tests.browser.test_keyboard import press, step_to

CONTENT = blocks.as_data(blocks.Document((blocks.Block("b1", "text", {"html": "<p>bikes</p>"}),)))
QUIET = '<p><a data-track="off" href="https://shop.example/">bikes</a></p>'
LOUD = '<p><a href="https://shop.example/">bikes</a></p>'


def written(house: House) -> str:
    [block] = blocks.document_from(house.campaign("Quiet").content).blocks
    return str(block.props["html"])


def opened(page: Page) -> tuple[Locator, Locator]:
    """The dialog of a link for the whole text, by keys: its box and its address."""
    bar = page.get_by_role("toolbar", name="Text")
    step_to(page, page.locator(".rich-text"))
    page.keyboard.press("ControlOrMeta+a")
    press(page, bar.locator("summary[aria-label='Link']"), back=True)
    return (
        bar.get_by_label("Do not count clicks on this link"),
        bar.get_by_label("Where it leads"),
    )


def saved(page: Page) -> None:
    with saving(page):
        press(page, page.get_by_role("button", name="Save block"))


def test_the_dialog_of_a_link_keeps_it_uncounted_and_takes_that_back(
    page: Page, bikes: House
) -> None:
    campaign = bikes.draft("Quiet", content=CONTENT)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/?block=b1")
    links = page.locator(".rich-text")
    box, address = opened(page)
    step_to(page, address)
    page.keyboard.type("shop.example/")
    expect(box).not_to_be_checked()
    press(page, box, "Space")
    axe_everywhere(page)
    page.keyboard.press("Enter")
    expect(links.locator('a[data-track="off"]')).to_have_text("bikes")
    saved(page)
    assert sorted(written(bikes)) == sorted(QUIET), "in either order of its attributes"

    page.reload()
    box, address = opened(page)
    expect(box).to_be_checked()
    expect(address).to_have_value("https://shop.example/")
    press(page, box, "Space")
    page.keyboard.press("Enter")
    expect(links.locator("a:not([data-track])")).to_have_text("bikes")
    saved(page)
    assert written(bikes) == LOUD


def test_an_address_that_no_mail_may_have_is_told_and_not_set(page: Page, bikes: House) -> None:
    campaign = bikes.draft("Quiet", content=CONTENT)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/?block=b1")
    _, address = opened(page)
    step_to(page, address)
    page.keyboard.type("javascript:alert(1)")
    page.keyboard.press("Enter")
    expect(address).to_be_visible()
    told = "A link begins with https://, http://, mailto: or tel:."
    assert address.evaluate("box => box.validationMessage") == told
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("shop.example/")
    page.keyboard.press("Enter")
    expect(page.locator(".rich-text a")).to_have_attribute("href", "https://shop.example/")
    saved(page)
    assert written(bikes) == LOUD
