"""The public pages: what each press does, and that nothing else does anything."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.forms.texts import Texts
from consent.forms.versions import latest, save_version
from consent.ledger import chain
from consent.models import ConsentForm, ConsentPrivate, ConsentRecord, ConsentRequest, TextVersion
from marketing.models import Account, Contact
from marketing.signing import answer_url, choices_url, leave_url, request_leave_url, tokens
from marketing.tenancy import use_account
from tests.consent.making import make_recipient, make_request, records_of, standing_of
from tests.making import make_account, make_contact

ASKED_NEWSLETTER = ("agreed", "newsletter", "button")


@pytest.fixture
def stranger() -> Client:
    """Somebody with a browser that keeps cookies and checks CSRF, not logged in."""
    return Client(enforce_csrf_checks=True, REMOTE_ADDR="198.51.100.24", HTTP_USER_AGENT="Safari")


@pytest.fixture
def asked(acme: Account, ana: Contact) -> ConsentRequest:
    with use_account(acme):
        return make_request(acme, ana)


def page_of(request: ConsentRequest) -> str:
    return answer_url(request.account_id, request.pk).removeprefix("http://testserver")


def path(url: str) -> str:
    return url.removeprefix("http://testserver")


def state_of(request: ConsentRequest) -> str:
    with use_account(request.account_id):
        request.refresh_from_db()
    return request.state


def newsletter_of(account: Account) -> str:
    with use_account(account):
        standing = standing_of(account)
    return standing.newsletter if standing else ""


def test_opening_the_question_changes_nothing(asked: ConsentRequest, stranger: Client) -> None:
    for _ in range(5):
        answer = stranger.get(page_of(asked))
        assert answer.status_code == 200
    assert stranger.head(page_of(asked)).status_code == 200
    assert stranger.options(page_of(asked)).status_code == 200
    assert b"May we send you our newsletter?" in answer.content
    assert b"ana@example.test" in answer.content
    assert (state_of(asked), records_of(asked.account)) == ("asked", [])


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_change_nothing(asked: ConsentRequest, stranger: Client, method: str) -> None:
    assert getattr(stranger, method)(page_of(asked)).status_code == 405
    assert records_of(asked.account) == []


def test_a_yes_is_recorded_with_its_evidence(asked: ConsentRequest, stranger: Client) -> None:
    answer = stranger.post(page_of(asked), {"answer": "yes"})
    assert answer.status_code == 200
    assert b"Thank you. You are in." in answer.content
    assert state_of(asked) == "agreed"
    account = asked.account
    with use_account(account):
        record = ConsentRecord.objects.for_account(account).get()
        private = {p.kind: p.value for p in ConsentPrivate.objects.for_account(account)}
    assert (record.event, record.purpose, record.act) == ASKED_NEWSLETTER
    assert record.text_version_id == asked.text_version_id
    assert (record.request_id, record.campaign_id, record.contact_id) == (
        asked.pk,
        7,
        asked.contact_id,
    )
    assert private == {
        "address": "ana@example.test",
        "ip": "198.51.100.24",
        "agent": "Safari",
        "source": "Winter bikes",
        "reply": "250 2.0.0 queued as 4E81",
    }
    facts = chain.facts_of(record.body)
    assert facts["message_id"] == "<r1@mail.assent.example>"
    with use_account(account):
        assert facts["text_hash"] == asked.text_version.hash
    assert facts["language"] == "en"
    assert facts["rule"] == "US 2026-11-25"
    assert newsletter_of(account) == "agreed"


def test_pressing_yes_twice_is_pressing_it_once(asked: ConsentRequest, stranger: Client) -> None:
    for _ in range(2):
        assert b"You are in" in stranger.post(page_of(asked), {"answer": "yes"}).content
    assert b"You are in" in stranger.get(page_of(asked)).content
    assert records_of(asked.account) == [ASKED_NEWSLETTER]


def test_a_no_is_recorded_and_a_later_yes_on_the_same_link_starts_nothing(
    asked: ConsentRequest, stranger: Client
) -> None:
    answer = stranger.post(page_of(asked), {"answer": "no"})
    assert b"All right. We will not write to you." in answer.content
    answer = stranger.post(page_of(asked), {"answer": "yes"})
    assert b"All right. We will not write to you." in answer.content
    assert b"<td>Newsletter</td><td>No, since " in answer.content
    assert records_of(asked.account) == [("refused", "newsletter", "button")]
    assert state_of(asked) == "refused"


def test_a_no_counts_also_after_a_yes(asked: ConsentRequest, stranger: Client) -> None:
    stranger.post(page_of(asked), {"answer": "yes"})
    stranger.post(page_of(asked), {"answer": "no"})
    assert newsletter_of(asked.account) == "refused"


def test_an_old_answer_link_does_not_bring_back_who_left(
    asked: ConsentRequest, stranger: Client
) -> None:
    stranger.post(page_of(asked), {"answer": "yes"})
    leaving = path(leave_url(asked.account_id, 7, asked.contact_id))
    stranger.post(leaving, {"leave": "1"})
    answer = stranger.post(page_of(asked), {"answer": "yes"})
    assert b"You are unsubscribed" in answer.content
    assert newsletter_of(asked.account) == "unsubscribed"


@pytest.mark.parametrize("body", [{}, {"answer": "maybe"}, {"confirm": "true"}])
def test_another_body_is_no_answer(
    asked: ConsentRequest, stranger: Client, body: dict[str, str]
) -> None:
    assert stranger.post(page_of(asked) + "?answer=yes", body).status_code == 400
    assert records_of(asked.account) == []


def test_a_late_yes_counts_and_the_page_says_so(asked: ConsentRequest, stranger: Client) -> None:
    with use_account(asked.account_id):
        past = timezone.now() - timedelta(days=1)
        ConsentRequest.objects.for_account(asked.account_id).update(wait_until=past)
    answer = stranger.post(page_of(asked), {"answer": "yes"})
    assert b"you get the next newsletter" in answer.content
    assert newsletter_of(asked.account) == "agreed"


@pytest.mark.parametrize("fields", [{"state": "expired"}, {"expires_at": timezone.now()}])
def test_an_expired_link_gets_the_plain_answer(
    asked: ConsentRequest, stranger: Client, fields: dict[str, Any]
) -> None:
    with use_account(asked.account_id):
        ConsentRequest.objects.for_account(asked.account_id).update(**fields)
    unknown = stranger.get("/c/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ")
    for answer in (stranger.get(page_of(asked)), stranger.post(page_of(asked), {"answer": "yes"})):
        assert (answer.status_code, answer.content) == (404, unknown.content)
    assert records_of(asked.account) == []


@pytest.mark.parametrize(
    ("country", "tracking", "asks"),
    [
        ("FR", True, True),
        ("FR", False, False),
        ("US", True, False),
    ],
)
def test_tracking_is_asked_where_the_law_asks_each_person(
    stranger: Client, db: None, country: str, tracking: bool, asks: bool
) -> None:
    account = make_account("Studio", country=country, tracking=tracking)
    with use_account(account):
        request = make_request(account, make_contact(account, country=country))
    content = stranger.get(page_of(request)).content
    assert (b'name="tracking"' in content) is asks
    assert b"checked" not in content
    stranger.post(page_of(request), {"answer": "yes", "tracking": "on"})
    expected = [ASKED_NEWSLETTER] + [("agreed", "tracking", "box_ticked")] * asks
    assert records_of(account) == expected


def test_one_contact_of_a_strict_country_is_asked_in_a_free_account(
    acme: Account, stranger: Client
) -> None:
    with use_account(acme):
        request = make_request(acme, make_contact(acme, "udo@example.test", country="DE"))
    assert b'name="tracking"' in stranger.get(page_of(request)).content


def test_the_box_left_empty_is_a_record_of_its_own(stranger: Client, db: None) -> None:
    account = make_account("Studio", country="FR", tracking=True)
    with use_account(account):
        request = make_request(account, make_contact(account, country="FR"))
    answer = stranger.post(page_of(request), {"answer": "yes"})
    assert records_of(account) == [ASKED_NEWSLETTER, ("refused", "tracking", "box_empty")]
    assert "Measuring opens and clicks" in answer.content.decode()
    assert newsletter_of(account) == "agreed"


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_one_click_unsubscribes_without_cookie_or_redirect(
    acme: Account, ana: Contact, stranger: Client, kind: str
) -> None:
    url = path(leave_url(acme.pk, 7, ana.pk))
    form = (
        '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        "One-Click\r\n--x--\r\n"
        if kind.startswith("multipart")
        else "List-Unsubscribe=One-Click"
    )
    for _ in range(2):
        answer = stranger.generic("POST", url, form, content_type=kind)
        assert answer.status_code == 200
        assert not answer.cookies
    assert records_of(acme) == [("withdrew", "newsletter", "one_click")]
    assert newsletter_of(acme) == "unsubscribed"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "List-Unsubscribe=Two-Click",
        "leave=2",
        "List-Unsubscribe=One-Click&x=1",
        "leave=1&leave=1",
    ],
)
def test_any_other_body_leaves_nothing(
    acme: Account, ana: Contact, stranger: Client, body: str
) -> None:
    url = path(leave_url(acme.pk, 7, ana.pk))
    kind = "application/x-www-form-urlencoded"
    assert stranger.generic("POST", url, body, content_type=kind).status_code == 400
    assert records_of(acme) == []


def test_the_unsubscribe_page_needs_one_press(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    url = path(leave_url(acme.pk, 7, ana.pk))
    for _ in range(5):
        answer = stranger.get(url)
    assert stranger.head(url).status_code == 200
    assert b"Stop the newsletter?" in answer.content
    assert records_of(acme) == []
    answer = stranger.post(url, {"leave": "1"})
    assert b"You are unsubscribed" in answer.content
    assert stranger.post(url, {"leave": "1"}).status_code == 200
    assert records_of(acme) == [("withdrew", "newsletter", "footer_link")]


@pytest.mark.parametrize("tracking", [True, False])
def test_only_who_is_measured_is_offered_to_stop_just_that(
    stranger: Client, db: None, tracking: bool
) -> None:
    account = make_account("Studio", country="US", tracking=tracking)
    with use_account(account):
        contact = make_contact(account, country="US")
    page = stranger.get(path(leave_url(account.pk, 7, contact.pk))).content
    assert (b"stop tracking and keep the newsletter" in page) is tracking


def test_never_write_to_me_again_leaves_the_request(
    asked: ConsentRequest, stranger: Client
) -> None:
    url = path(request_leave_url(asked.account_id, asked.pk))
    assert stranger.get(url).status_code == 200
    assert stranger.post(url, {"leave": "1"}).status_code == 200
    assert records_of(asked.account) == [("withdrew", "newsletter", "request_link")]
    assert (state_of(asked), newsletter_of(asked.account)) == ("left", "unsubscribed")
    assert b"We will not write to you again" in stranger.get(page_of(asked)).content


def test_one_click_on_a_request_leaves_too(asked: ConsentRequest, stranger: Client) -> None:
    url = path(request_leave_url(asked.account_id, asked.pk))
    assert stranger.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert records_of(asked.account) == [("withdrew", "newsletter", "one_click")]
    assert state_of(asked) == "left"


def test_who_leaves_by_a_mail_leaves_the_open_request_too(
    asked: ConsentRequest, stranger: Client
) -> None:
    stranger.post(path(leave_url(asked.account_id, 3, asked.contact_id)), {"leave": "1"})
    assert state_of(asked) == "left"


def test_a_deleted_contact_leaves_by_the_mail_it_once_got(
    acme: Account, stranger: Client, ana: Contact
) -> None:
    url = path(leave_url(acme.pk, 7, ana.pk))
    with use_account(acme):
        make_recipient(acme, ana, campaign_id=7)
        ana.delete()
    assert stranger.get(url).status_code == 200
    assert stranger.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert newsletter_of(acme) == "unsubscribed"
    never_mailed = path(leave_url(acme.pk, 8, ana.pk or 1))
    assert stranger.post(never_mailed, {"leave": "1"}).status_code == 404


def test_choices_only_switch_off_and_show_no_data(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    url = path(choices_url(acme.pk, 7, ana.pk))
    content = stranger.get(url).content
    assert b"Your choices" in content
    assert b"ana@example.test" not in content
    assert records_of(acme) == []
    assert stranger.post(url, {"start": "newsletter"}).status_code == 400
    for _ in range(2):
        assert b"Nothing more is recorded" in stranger.post(url, {"stop": "tracking"}).content
    for _ in range(2):
        stranger.post(url, {"stop": "newsletter"})
    assert records_of(acme) == [
        ("withdrew", "tracking", "stop_tracking"),
        ("withdrew", "newsletter", "preferences"),
    ]
    assert newsletter_of(acme) == "withdrew"


def test_tokens_of_another_kind_or_account_get_the_plain_answer(
    asked: ConsentRequest, acme: Account, velo: Account, ana: Contact, stranger: Client
) -> None:
    leaving = tokens.make("leave", acme.pk, 7, ana.pk)
    from_request = tokens.make("leave", acme.pk, 0, asked.pk)
    answering = tokens.make("answer", acme.pk, asked.pk)
    foreign = tokens.make("leave", velo.pk, 7, ana.pk)
    track = tokens.make("track", acme.pk, 7, ana.pk)
    wrong = [f"/c/{leaving}", f"/c/{from_request}", f"/u/{answering}", f"/u/{from_request}"]
    wrong += [f"/r/{leaving}", f"/r/{answering}", f"/u/{foreign}", f"/p/{track}", f"/p/{answering}"]
    spoiled = leaving[:-1] + ("B" if leaving.endswith("A") else "A")
    wrong += [f"/c/{tokens.make('answer', velo.pk, asked.pk)}", "/u/x", f"/u/{spoiled}"]
    wrong += [f"/u/{tokens.make('leave', 987654, 7, ana.pk)}"]
    pages = set()
    for url in wrong:
        body = {"leave": "1", "answer": "yes", "stop": "newsletter"}
        for answer in (stranger.get(url), stranger.post(url, body)):
            assert answer.status_code == 404, url
            pages.add(answer.content)
    assert len(pages) == 1
    assert records_of(acme) == records_of(velo) == []


def test_every_page_carries_the_public_headers_and_no_cookie(
    asked: ConsentRequest, acme: Account, ana: Contact, stranger: Client
) -> None:
    urls = [page_of(asked), "/c/nothing", path(leave_url(acme.pk, 7, ana.pk))]
    urls += [path(request_leave_url(acme.pk, asked.pk)), path(choices_url(acme.pk, 7, ana.pk))]
    for url in urls:
        answer = stranger.get(url)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "script" not in answer["Content-Security-Policy"]
        assert "Cookie" not in answer.get("Vary", "")
        assert not answer.cookies
        assert b"<script" not in answer.content
        assert b"csrf" not in answer.content


def test_hostile_names_are_shown_as_text(stranger: Client, db: None) -> None:
    account = make_account('"><img src=x onerror=alert(1)>', country="US")
    with use_account(account):
        request = make_request(account, make_contact(account, "o'neil@example.test"))
    content = stranger.get(page_of(request)).content
    assert b"<img" not in content
    assert b"&lt;img" in content


def test_the_page_speaks_the_language_of_the_text(acme: Account, stranger: Client) -> None:
    with use_account(acme):
        contact = make_contact(acme, "lea@example.test", language="fr-CA")
        request = make_request(acme, contact)
    content = stranger.get(page_of(request)).content.decode()
    assert "Pouvons-nous vous envoyer" in content
    assert '<html lang="fr" dir="ltr">' in content
    assert "Facultatif" in content or 'name="tracking"' not in content
    thanks = stranger.post(page_of(request), {"answer": "yes"}).content.decode()
    assert "Merci. C’est fait." in thanks
    assert re.search(r"Oui, depuis le \d{1,2} [a-zéû]+ \d{4}, \d\d:\d\d", thanks)
    with use_account(acme):
        body = ConsentRecord.objects.for_account(acme).get().body
    assert chain.facts_of(body)["language"] == "fr"


@pytest.mark.parametrize(
    ("own", "browsers", "read"),
    [
        ("", "de-DE,de;q=0.9", "de"),
        ("", "", "en"),
        ("fr", "de", "fr"),
    ],
)
def test_without_a_language_of_their_own_people_read_in_their_browsers(
    acme: Account, own: str, browsers: str, read: str
) -> None:
    with use_account(acme):
        contact = make_contact(acme, "lea@example.test", language=own)
        request = make_request(acme, contact)
    browser = Client(headers={"accept-language": browsers})
    assert f'<html lang="{read}"' in browser.get(page_of(request)).content.decode()
    browser.post(page_of(request), {"answer": "yes"})
    with use_account(acme):
        record = ConsentRecord.objects.for_account(acme).get()
        shown = TextVersion.objects.for_account(acme).get(pk=record.text_version_id or 0)
    assert shown.language == read, "the words that were on the page"


def test_words_that_are_read_from_the_right_stand_so(acme: Account, stranger: Client) -> None:
    words = Texts("أخبار؟", "هل نكتب إليك؟", "مرة في الشهر.", "نعم", "لا")
    with use_account(acme):
        form = ConsentForm.objects.create(account=acme, name="Arabic")
        save_version(form, {"ar": words})
        contact = make_contact(acme, "huda@example.test", language="ar")
        request = make_request(acme, contact, text_version=latest(form, "ar"))
    content = stranger.get(page_of(request)).content.decode()
    assert '<section lang="ar" dir="rtl">' in content
    assert '<html lang="en" dir="ltr">' in content, "our own words are not there in Arabic"


def test_the_language_of_the_question_can_be_changed_and_is_recorded(
    asked: ConsentRequest, stranger: Client
) -> None:
    url = f"{page_of(asked)}?lang=fr"
    assert "Pouvons-nous vous envoyer" in stranger.get(url).content.decode()
    assert "Merci. C’est fait." in stranger.post(url, {"answer": "yes"}).content.decode()
    with use_account(asked.account_id):
        record = ConsentRecord.objects.for_account(asked.account_id).get()
        shown = TextVersion.objects.for_account(asked.account_id).get(
            pk=record.text_version_id or 0
        )
    assert shown.language == "fr"
    assert chain.facts_of(record.body)["text_hash"] == shown.hash
