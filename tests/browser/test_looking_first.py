"""Before a launch: who is behind a number, what the form asks, and what follows a saved field."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.acting import log_in
from tests.browser.houses import House
from tests.browser.surfing import axe


def test_the_consent_form_is_chosen_in_a_dialog_that_keeps_the_focus(
    page: Page, bikes: House
) -> None:
    campaign = bikes.draft("Asked politely", require_consent=True)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    opener = page.get_by_role("link", name="Preview", exact=True)
    opener.press("Enter")
    dialog = page.get_by_role("dialog", name="Consent to receive the newsletter")
    expect(dialog.get_by_role("article")).to_be_visible()
    axe(page)
    language = dialog.get_by_role("link", name="Français")
    language.press("Enter")
    expect(dialog.locator("article[lang=fr]")).to_be_visible()
    expect(language).to_be_focused()
    dialog.get_by_role("link", name="Mail", exact=True).press("Enter")
    expect(dialog.get_by_title("The mail that asks")).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    opener.press("Enter")
    dialog.get_by_role("button", name="Use this form").click()
    expect(page.get_by_text("is used.")).to_be_visible()
    assert page.url.endswith("/edit/#card-more")


def test_a_number_of_the_review_card_opens_its_people(page: Page, bikes: House) -> None:
    campaign = bikes.draft("Looked at", require_consent=True)
    ana, bo = bikes.know("ana"), bikes.know("bo")
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    page.get_by_role("link", name=re.compile("^2 are asked first")).click()
    for person in (ana, bo):
        expect(page.get_by_role("cell", name=person.address)).to_have_count(0)
        expect(page.get_by_role("rowheader", name=person.address)).to_be_visible()
    axe(page)
    page.get_by_role("link", name=re.compile("^Never sent")).click()
    expect(page.get_by_text("Nobody is behind this number now")).to_be_visible()


def test_counts_are_dimmed_while_they_are_counted_and_come_back_when_a_save_is_lost(
    page: Page, bikes: House
) -> None:
    campaign = bikes.draft("Counted")
    bikes.know("cleo")
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    card = page.get_by_role("region", name="Who gets what")
    counted = card.get_by_text(re.compile("^Counted at"))
    expect(counted).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/edit/sender/", hold)
    page.get_by_label("Preheader").fill("Not yet")
    page.get_by_label("Preheader").blur()
    expect(card.get_by_text("Counting…")).to_be_visible()
    expect(card).to_have_attribute("aria-busy", "true")
    while not held:
        page.wait_for_timeout(50)  # until the request has come to be held
    held.pop().abort()
    expect(counted).to_be_visible()
    expect(card).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("Not saved.")).to_be_visible()
