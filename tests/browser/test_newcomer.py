"""From sign-up to the first mail, and a campaign that is paused, resumed and stopped."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.acting import (
    add_link,
    answer,
    create_draft,
    fill,
    launch,
    log_in,
    saving,
    until_shown,
)
from tests.browser.houses import NUMBERS, House
from tests.browser.postbox import Postbox
from tests.browser.surfing import axe


def sign_up(page: Page, email: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Company", exact=True).fill("Birch Bikes")
    page.get_by_label("Country of your company").select_option("US")
    page.get_by_label("Work email").fill(email)
    page.get_by_label("Password").fill("not-easy-to-guess-7")
    page.get_by_role("button", name="Create account").click()


def set_up(page: Page, email: str, postbox: Postbox) -> None:
    """A postal address and a verified sender."""
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("Postal address").fill("12 Main Street, Springfield")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Senders", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Birch Bikes")
    page.get_by_label("Address", exact=True).fill(email)
    page.get_by_role("button", name="Add sender").click()
    found = re.search(r"https?://\S+/verify/\S+", postbox.wait(email).text)
    assert found is not None
    page.goto(found[0])
    axe(page)
    page.get_by_role("button", name="Verify sender").click()
    expect(page.get_by_role("row").filter(has_text=email)).to_contain_text("Verified")


def know_and_write(page: Page, reader: str) -> None:
    """The first contact and the first draft; ends in the editor."""
    page.get_by_role("link", name="Contacts", exact=True).first.click()
    page.get_by_role("link", name="Add contact").first.click()
    page.get_by_label("Email address").fill(reader)
    page.get_by_label("Country", exact=True).select_option("US")
    page.get_by_role("button", name="Add contact").click()
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill("First")
    create_draft(page)
    with saving(page):
        page.get_by_role("group", name="Gets it").get_by_role("checkbox").first.check()
    with saving(page):
        page.get_by_label("Sender", exact=True).select_option(index=1)
    with saving(page):
        fill(page, "Subject", "Hello from Birch")
    add_link(page)


def test_a_new_company_gets_from_sign_up_to_its_first_mail(
    page: Page, site: str, postbox: Postbox
) -> None:
    number = next(NUMBERS)
    email, reader = f"new{number}@birch.example", f"reader{number}@birch.example"
    sign_up(page, email)
    expect(page.get_by_role("heading", name="Setup")).to_be_visible()
    set_up(page, email, postbox)
    know_and_write(page, reader)
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("dialog").get_by_label(email).check()
    axe(page)
    page.get_by_role("button", name="Send", exact=True).click()
    test = postbox.wait(email, 2)
    assert test.subject == "[Test] Hello from Birch"
    assert "/pixel/" not in test.html
    launch(page)
    assert postbox.wait(reader).subject == "Hello from Birch"
    assert len(postbox.mails(email)) == 2


def test_pausing_keeps_an_answer_waiting_and_stopping_closes_the_rest(
    new_page: Callable[..., Page], bikes: House, postbox: Postbox
) -> None:
    page, readers = new_page(), new_page()
    quick, slow = (bikes.know(name).address for name in ("quick", "slow"))
    campaign = bikes.draft("Autumn", require_consent=True)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    launch(page)
    request = postbox.wait(quick)
    postbox.wait(slow)
    until_shown(page, page.get_by_role("button", name="Pause"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    axe(page)
    answer(readers, request, yes=True)
    until_shown(page, page.get_by_role("link", name="Queued: 1", exact=True))
    page.wait_for_timeout(3_000)  # longer than the clock and the workers take
    assert len(postbox.mails(quick)) == 1
    page.get_by_role("button", name="Resume").click()
    assert postbox.wait(quick, 2).subject == "Autumn"
    page.get_by_role("link", name="Stop…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 person will not get this campaign.")
    axe(page)
    dialog.get_by_role("button", name="Stop for good").click()
    until_shown(page, page.get_by_role("link", name="Stopped: 1", exact=True))
    axe(page)
    answer(readers, postbox.wait(slow), yes=True)
    page.wait_for_timeout(3_000)
    assert len(postbox.mails(slow)) == 1
    assert bikes.records() == ["asked", "asked", "agreed", "agreed"]
