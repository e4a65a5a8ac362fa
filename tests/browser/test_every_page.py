"""Every page of an account that has something on it; the whole way without script."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from consent.models import ConsentForm
from marketing.models import Segment, Sender
from marketing.tenancy import use_account
from tests.browser import surfing
from tests.browser.acting import answer, log_in
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.house.one_of_each import make_one_of_each
from tests.house.test_every_url import OF_ACCOUNTS, url_of

LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrundbriefe"
NAMED: Final[tuple[Any, ...]] = (Campaign, Segment, ConsentForm, Sender)


def test_every_page_is_clean_in_the_dark_and_on_a_phone(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    faults = []
    for _ in every_page(page, bikes):
        faults += surfing.faults_elsewhere(page)
    assert not faults, "\n".join(faults)


def test_a_name_of_one_long_word_widens_no_page(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    too_wide = []
    for url in every_page(page, bikes, name=LONG):
        for width in (390, 1360):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(f"{url} at {width}")
    assert not too_wide, "\n".join(too_wide)


def every_page(page: Page, house: House, *, name: str = "") -> Iterator[str]:
    """Opens them one after the other; with `name` everything that has a name is called so."""
    rows = make_one_of_each(house.account)
    with use_account(house.account):
        for model in NAMED if name else ():
            for one in model.objects.for_account(house.account):
                one.name = f"{name}{one.pk}"
                one.save()
    seen = set()
    for view, names, _ in OF_ACCOUNTS:
        url = url_of(view, house.account, names, rows)
        head = page.context.request.head(url)
        path = urlsplit(head.url).path
        if head.status != 200 or "text/html" not in head.headers["content-type"] or path in seen:
            continue
        seen.add(path)
        page.goto(url)
        # a fragment or a mail in its frame is part of a page that is visited
        if page.locator("main").count():
            yield url
    assert len(seen) > 25


def test_a_newsletter_is_written_launched_and_answered_without_script(
    new_page: Callable[..., Page], bikes: House, postbox: Postbox
) -> None:
    page, reader = new_page(java_script_enabled=False), new_page(java_script_enabled=False)
    nora = bikes.know("nora").address
    log_in(page, bikes.owner.user.email)
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill("Plain")
    page.get_by_role("button", name="Create draft").click()
    page.get_by_role("group", name="Gets it").get_by_label("Everybody").check()
    page.get_by_role("button", name="Save recipients").click()
    page.get_by_label("Sender", exact=True).select_option(index=1)
    page.get_by_label("Subject", exact=True).fill("Plain news")
    page.get_by_role("button", name="Save sender and subject").click()
    page.get_by_label("Require newsletter consent").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Require newsletter consent")).to_be_checked()
    page.get_by_role("link", name="Review and launch").click()
    page.get_by_role("button", name="Launch: ask 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    answer(reader, postbox.wait(nora), yes=True)
    assert reader.context.cookies() == []
    mail = postbox.wait(nora, 2)
    assert mail.subject == "Plain news"
    reader.goto(mail.link("/u/"))
    reader.get_by_role("button", name="Unsubscribe").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    assert bikes.records() == ["asked", "agreed", "withdrew"]
