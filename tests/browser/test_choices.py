"""The public pages as people use them: no script, two languages, a phone; and robots."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from consent.models import ConsentRequest, FreshLink
from marketing.models import Account, Contact
from marketing.signing import answer_url, choices_url, leave_url, request_leave_url, tokens
from marketing.tenancy import use_account
from tests.browser import surfing
from tests.browser.acting import log_in
from tests.browser.houses import House
from tests.browser.postbox import Postbox
from tests.consent.making import make_recipient, make_request

PHONE: ViewportSize = {"width": 390, "height": 844}
WORDS = {
    "en": {
        "yes": "Yes, send me the newsletter",
        "in": "Thank you. You are in.",
        "no": "No, thank you",
        "out": "All right. We will not write to you.",
        "choices": "Your choices",
        "stop": "Stop tracking me",
        "stopped": "Stopped. Nothing more is recorded, also for mails you already have.",
        "mail": "Mail me the link",
        "download": "Download all of it",
        "allow": "Allow measuring",
        "may": "Yes, you may measure it",
        "seen": "Read the text you saw",
        "leave": "Unsubscribe",
        "left": "You are unsubscribed",
        "back": "Send me a mail to come back",
        "erase": "Erase everything about me",
        "really": "Erase everything",
        "erased": "Erased",
    },
    "fr": {
        "yes": "Oui, envoyez-moi la lettre d’information",
        "in": "Merci. C’est fait.",
        "no": "Non, merci",
        "out": "C’est entendu. Nous ne vous écrirons pas.",
        "choices": "Vos choix",
        "stop": "Ne plus me suivre",
        "stopped": "Arrêté. Plus rien n’est enregistré, aussi pour les mails déjà reçus.",
        "mail": "Envoyez-moi le lien",
        "download": "Tout télécharger",
        "allow": "Autoriser la mesure",
        "may": "Oui, vous pouvez mesurer",
        "seen": "Lire le texte que vous avez vu",
        "leave": "Se désabonner",
        "left": "Vous êtes désabonné",
        "back": "Envoyez-moi un mail pour revenir",
        "erase": "Tout effacer sur moi",
        "really": "Tout effacer",
        "erased": "Effacé",
    },
}


def path(url: str) -> str:
    return url.removeprefix("http://testserver")


def asked(house: House, name: str, language: str) -> tuple[Contact, ConsentRequest]:
    """Somebody who was asked an hour ago, by an account that measures."""
    Account.objects.filter(pk=house.account.pk).update(tracking=True)
    contact = house.know(name, language=language)
    with use_account(house.account):
        request = make_request(house.account, contact)
        make_recipient(house.account, contact, campaign_id=7)
    return contact, request


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_yes_stop_tracking_see_take_leave_come_back_erase(
    new_page: Callable[..., Page], lyon: House, postbox: Postbox, tmp_path: Path, language: str
) -> None:
    page = new_page(java_script_enabled=False, accept_downloads=True)
    page.set_viewport_size(PHONE)
    say = WORDS[language]
    contact, request = asked(lyon, "ana", language)
    page.goto(path(answer_url(lyon.account.pk, request.pk)))
    expect(page.locator("html")).to_have_attribute("lang", language)
    agree_and_ask_for_the_link(page, say, contact)
    mail = postbox.wait(contact.address)
    page.goto(mail.link("/m/"))
    expect(page.get_by_role("main")).to_contain_text(contact.address)
    allow_stop_and_take(page, say, contact, tmp_path / "data.zip")
    page.goto(path(leave_url(lyon.account.pk, 7, contact.pk)))
    page.get_by_role("button", name=say["leave"]).click()
    title(page, say["left"])
    page.get_by_role("button", name=say["back"]).click()
    page.goto(postbox.wait(contact.address, 2).link("/b/"))
    page.get_by_role("button", name=say["yes"]).click()
    title(page, say["in"])
    assert lyon.records() == ["agreed", "withdrew", "agreed"]
    page.goto(mail.link("/m/"))
    page.get_by_role("link", name=say["erase"]).click()
    page.get_by_role("button", name=say["really"]).click()
    title(page, say["erased"])
    assert "Vélo Lyon" in postbox.wait(contact.address, 3).text
    with use_account(lyon.account):
        assert not Contact.objects.for_account(lyon.account).exists()
    assert page.context.cookies() == []


def agree_and_ask_for_the_link(page: Page, say: dict[str, str], contact: Contact) -> None:
    """From the question: yes and yes, then stop measuring, then the link by mail."""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=say["yes"]).click()
    title(page, say["in"])
    page.get_by_role("link", name=say["choices"]).click()
    title(page, say["choices"])
    expect(page.get_by_role("main")).not_to_contain_text(contact.address)
    page.get_by_role("button", name=say["stop"]).click()
    expect(page.get_by_role("status")).to_have_text(say["stopped"])
    page.get_by_role("button", name=say["mail"]).click()
    expect(page.get_by_role("status")).to_be_visible()


def allow_stop_and_take(page: Page, say: dict[str, str], contact: Contact, file: Path) -> None:
    """On the page of the fresh link: measuring on and off, the data, the text that was seen."""
    page.get_by_role("link", name=say["allow"]).click()
    page.get_by_role("button", name=say["may"]).click()
    page.get_by_role("button", name=say["stop"]).click()
    expect(page.get_by_role("status")).to_have_text(say["stopped"])
    with page.expect_download() as download:
        page.get_by_role("button", name=say["download"]).click()
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        data = json.loads(archive.read("your-data.json"))
    assert data["profile"]["address"] == contact.address
    page.get_by_role("link", name=say["seen"]).last.click()
    expect(page.get_by_role("button", name=say["yes"])).to_be_visible()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_is_one_press_and_leads_to_the_choices(
    new_page: Callable[..., Page], lyon: House, language: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.set_viewport_size(PHONE)
    say = WORDS[language]
    _, request = asked(lyon, "ben", language)
    page.goto(path(answer_url(lyon.account.pk, request.pk)))
    page.get_by_role("button", name=say["no"]).click()
    title(page, say["out"])
    page.get_by_role("link", name=say["choices"]).click()
    title(page, say["choices"])
    assert lyon.records() == ["refused"]


def test_the_language_is_switched_in_the_foot(new_page: Callable[..., Page], lyon: House) -> None:
    page = new_page(java_script_enabled=False)
    _, request = asked(lyon, "cora", "en")
    page.goto(path(answer_url(lyon.account.pk, request.pk)))
    page.get_by_role("link", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("button", name=WORDS["fr"]["yes"]).click()
    title(page, WORDS["fr"]["in"])


def public_links(house: House) -> list[str]:
    """Every kind of public link, about one person who was asked."""
    contact, request = asked(house, "dora", "en")
    account = house.account
    now = timezone.now()
    fresh = []
    with use_account(account):
        for kind, place in (("choices", "m"), ("come_back", "b")):
            link = FreshLink.objects.create(
                account=account,
                address_hash=contact.address_hash,
                kind=kind,
                contact_id=contact.pk,
                made_at=now,
                expires_at=now + timedelta(hours=24),
            )
            fresh.append(f"/{place}/{tokens.make(kind, account.pk, link.pk)}")
    start = [f"{fresh[0]}?start=tracking", f"{fresh[0]}?erase=all"]
    mailed = [
        answer_url(account.pk, request.pk),
        request_leave_url(account.pk, request.pk),
        leave_url(account.pk, 7, contact.pk),
        choices_url(account.pk, 7, contact.pk),
    ]
    return [path(url) for url in mailed] + fresh + start


def test_a_robot_with_script_that_waits_changes_nothing(
    new_page: Callable[..., Page], lyon: House
) -> None:
    links = public_links(lyon)
    robot = new_page()
    pages = [robot] + [robot.context.new_page() for _ in links[1:]]
    for page, link in zip(pages, links, strict=True):
        page.goto(link)
    robot.wait_for_timeout(10_000)
    for page in pages:
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert lyon.records() == lyon.records("tracking") == []
    with use_account(lyon.account):
        assert ConsentRequest.objects.for_account(lyon.account).get().state == "asked"


def test_public_pages_are_clean_and_fit_a_phone(new_page: Callable[..., Page], lyon: House) -> None:
    page, faults = new_page(), []
    for link in [*public_links(lyon), "/u/unknown"]:
        page.goto(link)
        faults += surfing.faults_elsewhere(page)
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, link
        page.set_viewport_size({"width": 1360, "height": 900})
    assert not faults, "\n".join(faults)


def test_the_preview_of_a_form_follows_the_typing(page: Page, lyon: House) -> None:
    log_in(page, lyon.owner.user.email)
    page.goto(f"{lyon.url}/consent-forms/new/")
    named = page.get_by_role("list", name="What the words name")
    expect(named).not_to_contain_text("we do not find it")
    page.get_by_label("Text", exact=True).fill("Bicycles, nothing else.")
    frame = page.frame_locator("iframe[name=preview]")
    expect(frame.get_by_text("Bicycles, nothing else.")).to_be_visible()
    expect(named).to_contain_text("we do not find it")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.get_by_role("button", name="Show the mail").click()
    expect(frame.get_by_role("link", name="Answer yes or no")).to_be_visible()
    page.get_by_label("Question", exact=True).fill("May we write once a month?")
    expect(frame.get_by_role("heading", name="May we write once a month?")).to_be_visible()
    expect(frame.get_by_role("link", name="Answer yes or no")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Preview")
    expect(tabs.locator("[aria-current]")).to_have_text("Mail")
    tabs.get_by_role("link", name="Page").click()  # what is typed, not what is stored
    expect(frame.get_by_role("heading", name="May we write once a month?")).to_be_visible()
    expect(frame.get_by_role("button").first).to_be_visible()
    expect(tabs.locator("[aria-current]")).to_have_text("Page")
    surfing.axe_everywhere(page)


def test_a_test_of_a_form_arrives_with_oneself_and_keeps_what_is_typed(
    page: Page, lyon: House, postbox: Postbox
) -> None:
    address = lyon.owner.user.email
    EmailAddress.objects.create(user=lyon.owner.user, email=address, verified=True, primary=True)
    log_in(page, address)
    page.goto(f"{lyon.url}/consent-forms/new/")
    page.get_by_label("Mail subject", exact=True).fill("News of Lyon, of bikes and of much else?")
    expect(page.get_by_role("list", name="How long the words are")).to_contain_text("40 characters")
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text(f"On its way to {address}. Nobody else gets it.")).to_be_visible()
    subject = page.get_by_label("Mail subject", exact=True)
    expect(subject).to_have_value("News of Lyon, of bikes and of much else?")
    mail = postbox.wait(address)
    assert mail.subject == "Test: News of Lyon, of bikes and of much else?"
    assert "Answer yes or no" in mail.text
    surfing.axe_everywhere(page)
