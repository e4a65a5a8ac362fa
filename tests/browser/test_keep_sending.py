"""People who join later, an own consent form, and the ledger that remembers every act."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from marketing.tenancy import use_account
from tests.browser.acting import (
    answer,
    launch,
    log_in,
    pressed,
    saving,
    start_campaign,
    until_shown,
)
from tests.browser.houses import House
from tests.browser.postbox import Mail, Postbox
from tests.browser.surfing import axe, axe_everywhere

SUBJECT = "Do you want the letter of Acme Bikes?"
QUESTION = "Shall we write to you about bikes?"
TEXT = "Acme Bikes writes about new bikes once a month. Every letter has a way out."


def write_own_form(page: Page, house: House) -> None:
    page.goto(f"{house.url}/consent-forms/")
    axe(page)
    page.get_by_role("link", name="Create your own").click()
    page.get_by_label("Name", exact=True).fill("Bikes")
    page.get_by_label("Mail subject").fill(SUBJECT)
    page.get_by_label("Question", exact=True).fill(QUESTION)
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_label("Button to agree").fill("Yes, send me the newsletter")
    page.get_by_label("Button to refuse").fill("No, thank you")
    page.get_by_role("button", name="Save as version 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bikes")
    axe_everywhere(page)


def add_contact(page: Page, house: House, name: str) -> str:
    page.goto(f"{house.url}/contacts/add/")
    page.get_by_label("Email address").fill(house.address(name))
    page.get_by_label("First name").fill(name.capitalize())
    page.get_by_label("Country").select_option("US")
    axe(page)
    page.get_by_role("button", name="Add contact").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name.capitalize())
    return house.address(name)


def ten_minutes_pass(house: House, name: str) -> None:
    """Since the campaign was last looked at for people who joined."""
    campaign = house.campaign(name)
    with use_account(house.account):
        rows = Campaign.objects.for_account(house.account).filter(pk=campaign.pk)
        rows.update(joiners_looked_at=timezone.now() - timedelta(minutes=11))


def leave_by_one_click(page: Page, mail: Mail) -> None:
    """What a mail program does when its own Unsubscribe is pressed."""
    form: dict[str, str | float | bool] = {"List-Unsubscribe": "One-Click"}
    assert page.context.request.post(mail.one_click, form=form).status == 200


def test_joiners_are_asked_once_in_the_accounts_own_words(
    new_page: Callable[..., Page], bikes: House, postbox: Postbox
) -> None:
    page, readers = new_page(), new_page()
    first = bikes.know("first").address
    log_in(page, bikes.owner.user.email)
    write_own_form(page, bikes)
    start_campaign(page, bikes, "Autumn")
    with saving(page):
        page.get_by_label("Require newsletter consent").check()
    with saving(page):
        page.get_by_label("Consent to receive the newsletter").select_option(label="Bikes")
    with saving(page):
        page.get_by_label("Keep sending to people who join").check()
    launch(page)
    assert postbox.wait(first).subject == SUBJECT

    joiner, leaver = (add_contact(page, bikes, name) for name in ("joiner", "leaver"))
    ten_minutes_pass(bikes, "Autumn")
    request = postbox.wait(joiner)
    readers.goto(request.link("/c/"))
    expect(readers.get_by_role("heading", level=1)).to_have_text(QUESTION)
    expect(readers.get_by_text(TEXT)).to_be_visible()
    axe(readers)
    answer(readers, request, yes=True)
    assert postbox.wait(joiner, 2).subject == "Autumn"
    leave_by_one_click(readers, postbox.wait(leaver))
    ten_minutes_pass(bikes, "Autumn")
    the_one_who_left_is_never_sent(page, bikes)
    every_act_is_a_row(page, bikes)
    assert [len(postbox.mails(who)) for who in (first, joiner, leaver)] == [1, 2, 1]


def the_one_who_left_is_never_sent(page: Page, house: House) -> None:
    page.goto(f"{house.url}/campaigns/{house.campaign('Autumn').pk}/")
    until_shown(page, page.get_by_role("link", name="Never sent: 1", exact=True))
    assert pressed(page, "Never sent: 1") == {"leaver"}
    assert pressed(page, "Sent: 1") == {"joiner"}
    page.get_by_role("link", name="Never sent: 1", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Leaver")
    expect(row).to_contain_text("Unsubscribed")
    page.get_by_role("link", name="Leaver").click()
    expect(page.get_by_role("dialog")).to_contain_text("What happened")
    axe_everywhere(page)


def every_act_is_a_row(page: Page, house: House) -> None:
    assert sorted(house.records()) == ["agreed", "asked", "asked", "asked", "withdrew"]
    page.goto(f"{house.url}/consents/")
    rows = page.locator("tbody").get_by_role("row")
    for person, event, count in (
        ("first@", "Asked", 1),
        ("joiner@", "Asked", 1),
        ("joiner@", "Agreed", 1),
        ("leaver@", "Asked", 1),
        ("leaver@", "Withdrew", 1),
    ):
        expect(rows.filter(has_text=person).filter(has_text=event)).to_have_count(count)
    axe_everywhere(page)
    rows.filter(has_text="joiner@").filter(has_text="Agreed").get_by_role("link").last.click()
    expect(page.get_by_text("What the person saw")).to_be_visible()
    expect(page.get_by_text("The record is unchanged")).to_be_visible()
    axe_everywhere(page)
    shown = page.frame_locator("iframe").get_by_role("heading", level=1)
    expect(shown).to_have_text(QUESTION)
