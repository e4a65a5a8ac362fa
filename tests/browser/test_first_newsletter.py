"""The main story: a company in the United States asks four people and sends to those who agree."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.acting import answer, import_contacts, launch, log_in, saving, start_campaign
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.browser.surfing import axe, axe_everywhere

PEOPLE = """email,first_name,country,consent_at,consent_source,consent_text
{agnes},Agnes,US,2026-03-01 10:00:00,shop checkout,Yes to the newsletter
{alan},Alan,US,,,
{silas},Silas,US,,,
{rosa},Rosa,US,,,
"""


def test_only_those_who_agreed_get_it_and_every_number_opens_its_people(
    new_page: Callable[..., Page], bikes: House, postbox: Postbox, tmp_path: Path
) -> None:
    names = ("agnes", "alan", "silas", "rosa")
    agnes, alan, silas, rosa = (bikes.address(name) for name in names)
    page, readers = new_page(), new_page()
    log_in(page, bikes.owner.user.email)
    csv = PEOPLE.format(agnes=agnes, alan=alan, silas=silas, rosa=rosa)
    import_contacts(page, bikes, csv, tmp_path)
    axe(page)
    start_campaign(page, bikes, "Autumn")
    with saving(page):
        page.get_by_label("Require newsletter consent").check()
    axe_everywhere(page)
    launch(page)
    axe_everywhere(page)

    assert postbox.wait(agnes).subject == "Autumn"
    request = postbox.wait(alan)
    assert request.subject != "Autumn"
    readers.goto(request.link("/c/"))
    axe_everywhere(readers)
    answer(readers, request, yes=True)
    axe(readers)
    assert postbox.wait(alan, 2).subject == "Autumn"
    answer(readers, postbox.wait(rosa), yes=False)
    axe(readers)
    assert len(postbox.mails(silas)) == 1
    expect(page.get_by_role("link", name="Sent: 2")).to_be_visible()
