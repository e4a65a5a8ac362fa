"""Every page of an account that has something on it; the whole way without script."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser import surfing
from tests.browser.acting import answer, log_in
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.house.one_of_each import make_one_of_each
from tests.house.test_every_url import OF_ACCOUNTS, url_of


def test_every_page_is_clean_in_the_dark_and_on_a_phone(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    rows = make_one_of_each(bikes.account)
    seen, faults = set(), []
    for name, names, _ in OF_ACCOUNTS:
        url = url_of(name, bikes.account, names, rows)
        head = page.context.request.head(url)
        path = urlsplit(head.url).path
        if head.status != 200 or "text/html" not in head.headers["content-type"] or path in seen:
            continue
        seen.add(path)
        page.goto(url)
        # a fragment or a mail in its frame is part of a page that is visited
        if page.locator("main").count():
            faults += surfing.faults_elsewhere(page)
    assert len(seen) > 25
    assert not faults, "\n".join(faults)


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
