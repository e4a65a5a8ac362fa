"""Links that are nobody's, names that are code, input that is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import APIResponse, Page, expect

from consent.models import ConsentRequest
from marketing.tenancy import use_account
from tests.browser.acting import answer, launch, log_in, read
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.browser.surfing import axe, axe_everywhere

CODE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


def test_every_link_that_is_not_ours_gets_the_same_plain_page(
    page: Page, bikes: House, postbox: Postbox
) -> None:
    carl = bikes.know("carl").address
    bikes.draft("Autumn", require_consent=True)
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/campaigns/{bikes.campaign('Autumn').pk}/edit/")
    launch(page)
    request = postbox.wait(carl)
    answering, leaving = request.link("/c/"), request.link("/r/")
    token = answering.rpartition("/")[2]
    tampered = token[:-1] + ("A" if token[-1] != "A" else "B")
    foreign = [
        f"/c/{tampered}",
        f"/c/{token}x",
        "/c/unknown",
        f"/u/{token}",
        f"/r/{token}",
        f"/p/{token}",
        f"/c/{leaving.rpartition('/')[2]}",
        "/u/unknown",
    ]

    def seen(reply: APIResponse) -> tuple[int, str]:
        return reply.status, reply.text()

    answers = {seen(page.context.request.get(path)) for path in foreign}
    answers |= {seen(page.context.request.post(path, form={"answer": "yes"})) for path in foreign}
    assert len(answers) == 1
    status, text = answers.pop()
    assert 400 <= status < 500
    assert "Acme" not in text
    page.goto("/c/unknown")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")
    axe_everywhere(page)
    assert bikes.records() == ["asked"]


@pytest.fixture
def hostile_house(bikes: House) -> House:
    """An account, a person and a campaign that are called like code."""
    bikes.account.name = CODE
    bikes.account.save(update_fields=["name"])
    bikes.owner.user.name = CODE
    bikes.owner.user.save(update_fields=["name"])
    bikes.know("mallory", first_name=CODE, last_name=CODE)
    bikes.draft(CODE, subject=CODE, require_consent=True)
    return bikes


def assert_only_text(page: Page) -> None:
    """The name can be read, and is neither an element nor has it run."""
    for frame in page.frames:
        assert frame.locator('img[src="x"]').count() == 0, frame.url
    assert page.evaluate("() => window.hacked") is None
    assert "<img src=x" in page.locator("body").inner_text(), page.url


def test_names_that_are_code_stay_text_wherever_they_are_shown(
    new_page: Callable[..., Page], hostile_house: House, postbox: Postbox
) -> None:
    house = hostile_house
    page, readers, program = new_page(), new_page(), new_page(watched=False)
    log_in(page, house.owner.user.email)
    campaign = house.campaign(CODE)
    page.goto(f"{house.url}/campaigns/{campaign.pk}/edit/")
    assert_only_text(page)
    launch(page)
    request = postbox.wait(house.address("mallory"))
    read(program, request)
    assert_only_text(program)
    readers.goto(request.link("/c/"))
    assert_only_text(readers)
    answer(readers, request, yes=True)
    mail = postbox.wait(house.address("mallory"), 2)
    assert mail.subject == CODE
    read(program, mail)
    assert_only_text(program)
    readers.goto(mail.link("/u/"))
    assert_only_text(readers)
    readers.goto(mail.link("/p/"))
    assert_only_text(readers)
    with use_account(house.account):
        person = ConsentRequest.objects.for_account(house.account).get().contact_id
    one = f"campaigns/{campaign.pk}"
    for path in (
        *("", "campaigns/", "contacts/", f"contacts/{person}/", "consents/", "consents/1/"),
        *(f"{one}/", f"{one}/content/", f"{one}/settings/", f"{one}/statistics/"),
        *(f"{one}/recipients/", f"{one}/recipients/{person}/", "members/", "audit/"),
        *("settings/mail/", "settings/senders/", "settings/more/"),
    ):
        reply = page.goto(f"{house.url}/{path}")
        assert reply is not None
        assert reply.status == 200, path
        assert_only_text(page)
    axe(page)


@contextmanager
def refused(page: Page) -> Iterator[None]:
    """What happens inside is answered with 422."""
    with page.expect_response(lambda reply: reply.request.method == "POST") as reply:
        yield
    assert reply.value.status == 422


def expect_kept(page: Page, label: str, typed: str, *, wrong: bool = False) -> None:
    """The field still holds what was typed, and says so when that was wrong."""
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_value(typed)
    if wrong:
        expect(field).to_have_attribute("aria-invalid", "true")
        error = page.locator(f"#{field.get_attribute('id')}_error")
        expect(error).not_to_be_empty()


def test_a_wrong_address_is_said_at_its_field_and_the_rest_is_kept(
    page: Page, bikes: House
) -> None:
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/contacts/add/")
    page.get_by_label("Email address").fill("ana@@example")
    page.get_by_label("First name").fill("Ana")
    page.get_by_label("Country", exact=True).select_option("DE")
    with refused(page):
        page.get_by_role("button", name="Add contact").click()
    expect_kept(page, "Email address", "ana@@example", wrong=True)
    expect(page.get_by_label("First name")).to_have_value("Ana")
    expect_kept(page, "Country", "DE")
    axe_everywhere(page)


def test_a_consent_form_without_a_question_keeps_its_other_words(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    page.goto(f"{bikes.url}/consent-forms/new/")
    page.get_by_label("Name", exact=True).fill("Bikes")
    page.get_by_label("Question", exact=True).fill("")
    with refused(page):
        page.get_by_role("button", name="Save as version 1").click()
    expect_kept(page, "Question", "", wrong=True)
    expect_kept(page, "Name", "Bikes")
    axe_everywhere(page)


def test_the_editor_says_at_the_field_what_it_did_not_save(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    campaign = bikes.draft("Autumn")
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    days = page.get_by_label("Wait for an answer")
    days.fill("99")
    with refused(page):
        days.blur()
    expect_kept(page, "Wait for an answer", "99", wrong=True)
    axe(page)
    assert bikes.campaign("Autumn").waiting_days == campaign.waiting_days


def test_the_page_of_a_launch_names_the_act_and_stands_once(page: Page, bikes: House) -> None:
    log_in(page, bikes.owner.user.email)
    bikes.know("nora")
    campaign = bikes.draft("Autumn")
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/launch/")
    expect(page.get_by_role("button", name="Launch: ")).to_be_visible()
    page.get_by_role("radio", name="At a time").check()
    expect(page.get_by_role("button", name="Launch: ")).to_have_count(0)
    page.get_by_label("Day and time").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Schedule: ").click()
    expect(page.get_by_text("Choose a time that is still to come")).to_be_visible()
    expect(page.get_by_role("button", name="Schedule: ")).to_have_count(1)
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("cookies", ["sessionid", None])
def test_who_types_after_the_session_ended_is_told_and_keeps_the_words(
    page: Page, bikes: House, cookies: str | None
) -> None:
    log_in(page, bikes.owner.user.email)
    campaign = bikes.draft("Autumn")
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    subject = page.get_by_label("Subject", exact=True)
    page.context.clear_cookies(name=cookies) if cookies else page.context.clear_cookies()
    subject.fill("Twelve rides for the autumn")
    subject.blur()
    expect(page.get_by_text("You are logged out, or logged in anew elsewhere")).to_be_visible()
    expect(subject).to_have_value("Twelve rides for the autumn")
    assert bikes.campaign("Autumn").subject == campaign.subject


@pytest.mark.parametrize("back", ["while we type", "before the first letter"])
def test_who_types_on_while_a_mended_card_comes_back_loses_no_letter(
    page: Page, bikes: House, back: str
) -> None:
    log_in(page, bikes.owner.user.email)
    campaign = bikes.draft("Autumn")
    page.goto(f"{bikes.url}/campaigns/{campaign.pk}/edit/")
    replies = page.get_by_label("Replies go to")
    replies.fill("nobody at all")
    with refused(page):
        replies.blur()
    error = page.locator("#id_reply_to_error")
    expect(error).not_to_be_empty()
    replies.fill("office@acme.example")
    subject = page.get_by_label("Subject", exact=True)
    subject.focus()  # sends the mended card: its answer is on its way back
    subject.press("ControlOrMeta+a")
    if back == "before the first letter":
        expect(error).to_be_hidden()
    page.keyboard.type("Twelve rides for the autumn", delay=30)
    subject.blur()
    expect(subject).to_have_value("Twelve rides for the autumn")
    for _ in range(300):  # saving is out of sight: the page has nothing new to show
        saved = bikes.campaign("Autumn")
        if saved.subject == "Twelve rides for the autumn":
            break
        page.wait_for_timeout(200)
    assert (saved.subject, saved.reply_to) == ("Twelve rides for the autumn", "office@acme.example")
