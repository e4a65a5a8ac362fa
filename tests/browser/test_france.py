"""What the law holds: an account in France, and a German contact of an American account."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import answer, click, launch, log_in, read, start_campaign
from tests.browser.houses import LINK, House
from tests.browser.postbox import Mail, Postbox
from tests.browser.stack import Stack
from tests.browser.surfing import axe, axe_everywhere

LINK_IN_HTML = f'href="{LINK.replace("&", "&amp;")}"'

# as somebody would who has opened the browser's tools
UNLOCK = """name => {
    document.querySelector(`input[type=hidden][name=${name}]`)?.remove();
    document.querySelector(`input[type=checkbox][name=${name}]`).disabled = false;
}"""


def test_consent_stays_on_whatever_a_form_says(page: Page, lyon: House) -> None:
    log_in(page, lyon.owner.user.email)
    page.goto(f"{lyon.url}/settings/more/")
    expect(page.get_by_role("switch", name="Email and link tracking")).not_to_be_checked()
    consent = page.get_by_role("switch", name="Consent to receive newsletters")
    expect(consent).to_be_checked()
    expect(consent).to_be_disabled()
    expect(page.get_by_text("Locked in France")).to_be_visible()
    axe_everywhere(page)

    page.evaluate(UNLOCK, "consent")
    consent.uncheck()
    with page.expect_response(lambda reply: reply.request.method == "POST") as refused:
        page.get_by_role("button", name="Save", exact=True).click()
    assert refused.value.status == 422
    expect(page.locator("#id_consent_error")).to_contain_text("This cannot be turned off")
    lyon.account.refresh_from_db()
    assert lyon.account.consent
    axe(page)
    page.goto(f"{lyon.url}/audit/")
    expect(page.get_by_role("main")).to_contain_text("Olga Petit")
    axe(page)


def test_a_campaign_in_france_can_not_loosen_what_is_locked(page: Page, lyon: House) -> None:
    lyon.know("claire")
    log_in(page, lyon.owner.user.email)
    start_campaign(page, lyon, "Automne")
    consent = page.get_by_label("Require newsletter consent")
    expect(consent).to_be_checked()
    expect(consent).to_be_disabled()
    for switch in ("Track email reads", "Track link clicks in outgoing emails"):
        expect(page.get_by_label(switch)).to_be_disabled()
        expect(page.get_by_label(switch)).not_to_be_checked()
    axe(page)

    page.evaluate(UNLOCK, "require_consent")
    with page.expect_response(lambda reply: reply.request.method == "POST") as refused:
        consent.click()  # the answer checks it again: no uncheck() would find it unchecked
    assert refused.value.status == 422
    expect(page.locator("#id_require_consent_error")).to_contain_text("cannot be turned off")
    page.reload()
    page.evaluate(UNLOCK, "track_opens")
    with page.expect_response(lambda reply: reply.request.method == "POST") as refused:
        page.get_by_label("Track email reads").click()
    assert refused.value.status == 422
    expect(page.locator("#id_track_opens_error")).to_contain_text("Tracking is off")
    campaign = lyon.campaign("Automne")
    assert campaign.require_consent
    assert not campaign.track_opens


def test_one_german_contact_of_an_american_account_is_asked_all_the_same(
    page: Page, bikes: House, postbox: Postbox
) -> None:
    bikes.know("amy")
    bikes.know("greta", country="DE")
    log_in(page, bikes.owner.user.email)
    start_campaign(page, bikes, "Spring")
    expect(page.get_by_label("Require newsletter consent")).not_to_be_checked()
    launch(page)
    assert postbox.wait(bikes.address("amy")).subject == "Spring"
    assert postbox.wait(bikes.address("greta")).link("/c/")
    assert len(postbox.mails(bikes.address("greta"))) == 1
    expect(page.get_by_role("link", name="Pending consent: 1", exact=True)).to_be_visible()


class Reading:
    """Claire says yes to both questions, Denis to the newsletter only."""

    def __init__(
        self, new_page: Callable[..., Page], house: House, postbox: Postbox, product: Stack
    ) -> None:
        self.house, self.postbox, self.tracking = house, postbox, product.tracking
        self.page, self.readers = new_page(), new_page()
        self.program = new_page(watched=False)
        self.claire, self.denis = (house.know(name).address for name in ("claire", "denis"))

    def mail(self, address: str, subject: str) -> Mail:
        """The mail of that campaign to this person."""
        for number in range(1, 9):
            mail = self.postbox.wait(address, number)
            if mail.subject == subject:
                return mail
        raise AssertionError(f"{address} got no {subject}")

    def has_pixel(self, mail: Mail) -> bool:
        return f"{self.tracking}/pixel/" in mail.html

    def has_tracked_links(self, mail: Mail) -> bool:
        found = f"{self.tracking}/link/" in mail.html
        assert found != (LINK_IN_HTML in mail.html)
        return found

    def launch(self, name: str, **switches: bool) -> None:
        self.house.draft(name, **switches)
        self.page.goto(f"{self.house.url}/campaigns/")
        self.page.get_by_role("link", name=name, exact=True).click()
        launch(self.page)

    def both_agree(self) -> None:
        """The owner turns tracking on, launches, and the two answer."""
        log_in(self.page, self.house.owner.user.email)
        self.page.goto(f"{self.house.url}/settings/more/")
        self.page.get_by_role("switch", name="Email and link tracking").check()
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_text("Saved. In the audit log.")).to_be_visible()
        self.launch("Both", track_opens=True, track_clicks=True)
        self.readers.goto(self.postbox.wait(self.claire).link("/c/"))
        expect(self.readers.get_by_role("checkbox")).not_to_be_checked()
        axe_everywhere(self.readers)
        answer(self.readers, self.postbox.wait(self.claire), yes=True, tracking=True)
        answer(self.readers, self.postbox.wait(self.denis), yes=True)


@pytest.fixture
def reading(
    new_page: Callable[..., Page], lyon: House, postbox: Postbox, product: Stack
) -> Reading:
    return Reading(new_page, lyon, postbox, product)


def test_only_who_said_yes_to_tracking_is_measured_and_may_stop_it(reading: Reading) -> None:
    reading.both_agree()
    measured = reading.mail(reading.claire, "Both")
    untouched = reading.mail(reading.denis, "Both")
    assert reading.has_pixel(measured)
    assert reading.has_tracked_links(measured)
    assert not reading.has_tracked_links(untouched)
    assert reading.tracking not in untouched.html + untouched.text
    assert LINK in untouched.text

    reading.launch("Reads", track_opens=True, track_clicks=False)
    reads = reading.mail(reading.claire, "Reads")
    assert reading.has_pixel(reads)
    assert not reading.has_tracked_links(reads)
    reading.launch("Links", track_opens=False, track_clicks=True)
    links = reading.mail(reading.claire, "Links")
    assert not reading.has_pixel(links)
    assert reading.has_tracked_links(links)
    a_mail_already_delivered_goes_blind(reading, measured, reads)


def a_mail_already_delivered_goes_blind(reading: Reading, measured: Mail, reads: Mail) -> None:
    readers, program, house = reading.readers, reading.program, reading.house
    read(program, measured)
    click(program)
    assert house.events() == ["click", "open"]
    readers.goto(measured.link("/p/"))
    axe(readers)
    readers.get_by_role("button", name="Stop tracking me").click()
    expect(readers.get_by_text("Nothing more is recorded")).to_be_visible()
    axe(readers)
    read(program, reads)
    read(program, measured)
    click(program)
    assert house.events() == ["click", "open"]
    assert house.records("tracking") == ["agreed", "refused", "withdrew"]
