"""The main story: a company in the United States asks four people and sends to those who agree."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import (
    answer,
    click,
    import_contacts,
    launch,
    listed,
    log_in,
    pressed,
    read,
    saving,
    start_campaign,
    until_shown,
)
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.browser.surfing import axe, axe_everywhere

PEOPLE = """email,first_name,country,consent_at,consent_source,consent_text
agnes@{0},Agnes,US,2026-03-01 10:00:00,shop checkout,Yes to the newsletter
alan@{0},Alan,US,,,
silas@{0},Silas,US,,,
rosa@{0},Rosa,US,,,
"""


class Story:
    """Olga's page, the people's browser and mail program, and their addresses."""

    def __init__(self, house: House, new_page: Callable[..., Page], postbox: Postbox) -> None:
        self.house, self.postbox = house, postbox
        self.page, self.readers = new_page(), new_page()
        self.program = new_page(watched=False)
        self.agnes, self.alan, self.silas, self.rosa = (
            house.address(name) for name in ("agnes", "alan", "silas", "rosa")
        )

    def asks_first(self, name: str) -> None:
        """Written, set to ask, and launched."""
        start_campaign(self.page, self.house, name)
        with saving(self.page):
            self.page.get_by_label("Require newsletter consent").check()
        axe(self.page)
        launch(self.page)


@pytest.fixture
def story(new_page: Callable[..., Page], bikes: House, postbox: Postbox) -> Story:
    return Story(bikes, new_page, postbox)


def test_only_those_who_agreed_get_it_and_every_number_opens_its_people(
    story: Story, tmp_path: Path
) -> None:
    page, readers, postbox, house = story.page, story.readers, story.postbox, story.house
    log_in(page, house.owner.user.email)
    import_contacts(page, house, PEOPLE.format(house.domain), tmp_path)
    axe(page)
    story.asks_first("Autumn")

    first = postbox.wait(story.agnes)
    assert first.subject == "Autumn"
    request = postbox.wait(story.alan)
    assert request.link("/c/")
    readers.goto(request.link("/c/"))
    axe_everywhere(readers)
    answer(readers, request, yes=True)
    axe(readers)
    second = postbox.wait(story.alan, 2)
    assert second.subject == "Autumn"
    answer(readers, postbox.wait(story.rosa), yes=False)
    axe(readers)

    read(story.program, first)
    read(story.program, second)
    click(story.program)
    the_numbers_open_their_people(page, house)
    nobody_is_asked_twice(story, tmp_path)


def the_numbers_open_their_people(page: Page, house: House) -> None:
    page.goto(f"{house.url}/campaigns/")
    row = page.get_by_role("row").filter(has_text="Autumn")
    for number in ("Views: 2, Autumn", "Clicks: 1, Autumn"):
        until_shown(page, row.get_by_role("link", name=number, exact=True))
    until_shown(page, row.filter(has_text="2 sent of 4"))
    axe_everywhere(page)
    page.get_by_role("link", name="Autumn", exact=True).click()
    assert pressed(page, "Sent: 2") == {"agnes", "alan"}
    assert pressed(page, "Pending consent: 1") == {"silas"}
    assert pressed(page, "Never sent: 1") == {"rosa"}
    axe_everywhere(page)
    page.get_by_role("link", name="Statistics", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("of 2 sent")
    axe_everywhere(page)
    assert pressed(page, "Views: 2 people") == {"agnes", "alan"}
    assert pressed(page, "Clicks: 1 person") == {"alan"}
    page.get_by_role("link", name="Recipients", exact=True).click()
    assert listed(page) == {"agnes", "alan", "silas", "rosa"}
    expect(page.get_by_role("row").filter(has_text="Rosa")).to_contain_text("Refused")
    axe_everywhere(page)


def nobody_is_asked_twice(story: Story, folder: Path) -> None:
    page, house = story.page, story.house
    story.asks_first("Winter")
    assert story.postbox.wait(story.agnes, 2).subject == "Winter"
    the_silent_one_is_left_alone(story)
    page.goto(f"{house.url}/contacts/")
    page.get_by_role("link", name="Silas").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete contact").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contacts")
    import_contacts(page, house, f"email,first_name\n{story.silas},Silas\n", folder)
    story.asks_first("Spring")
    assert story.postbox.wait(story.agnes, 3).subject == "Spring"
    the_silent_one_is_left_alone(story)


def the_silent_one_is_left_alone(story: Story) -> None:
    page = story.page
    until_shown(page, page.get_by_role("link", name="Sent: 2", exact=True))
    assert pressed(page, "Never sent: 2") == {"silas", "rosa"}
    page.get_by_role("link", name="Never sent: 2", exact=True).click()
    silent = page.get_by_role("row").filter(has_text="Silas")
    expect(silent).to_contain_text(re.compile(r"Asked \d+ \w+ 20\d\d, no answer"))
    expect(page.get_by_role("link", name="Asked before, no answer")).to_be_visible()
    assert len(story.postbox.mails(story.silas)) == 1
