"""Consent requests: one per address for ever, marked once, composed without offer or tracking."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from consent.answering.acts import is_late
from consent.asking.composing import compose
from consent.asking.marking import Became, Outcome, mark
from consent.asking.requests import expire, expire_everywhere, open_for, take_back
from consent.forms.texts import Texts
from consent.forms.versions import save_version, standard_form
from consent.ledger.recording import append
from consent.models import ConsentForm, ConsentRequest
from marketing.models import Account, Contact
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.consent.making import make_entry, make_recipient, make_request, records_of, standing_of
from tests.making import make_account, make_contact

State = ConsentRequest.State


def make_campaign(account: Account, name: str = "Winter bikes") -> Campaign:
    campaign: Campaign = Campaign.objects.create(
        account=account, name=name, track_opens=False, track_clicks=False, require_consent=True
    )
    return campaign


def open_all(campaign: Campaign, form: ConsentForm | None = None) -> list[ConsentRequest]:
    everybody = (0, 2**60)
    form_id = form.pk if form else None
    open_for(campaign.account_id, campaign.pk, form_id=form_id, contacts=everybody)
    rows = ConsentRequest.objects.for_account(campaign.account_id).select_related("text_version")
    return list(rows.filter(campaign_id=campaign.pk, state=State.OPEN).order_by("contact_id"))


def test_requests_are_opened_for_verdict_ask_in_each_persons_language(acme: Account) -> None:
    with use_account(acme):
        campaign = make_campaign(acme)
        for address, language in [("a@x.test", "fr-CA"), ("b@x.test", "ja"), ("c@x.test", "de")]:
            contact = make_contact(acme, address, language=language)
            make_recipient(acme, contact, campaign_id=campaign.pk)
        make_recipient(acme, make_contact(acme, "sent@x.test"), campaign_id=campaign.pk, verdict=1)
        requests = open_all(campaign)
    assert [request.text_version.language for request in requests] == ["fr", "en", "de"]
    assert {request.state for request in requests} == {State.OPEN}
    assert {request.source for request in requests} == {"Winter bikes"}
    assert all(request.wait_until for request in requests)


@pytest.mark.parametrize(
    ("home", "language", "country", "asked_in"),
    [
        ("DE", "fr", "AT", "fr"),
        ("US", "", "AT", "de"),
        ("DE", "", "US", "en"),
        ("DE", "ja", "FR", "fr"),
        ("DE", "", "", "de"),
        ("FR", "", "JP", "fr"),
        ("CH", "", "", "en"),
    ],
)
def test_without_a_language_the_country_says_it_and_then_the_accounts(
    db: None, home: str, language: str, country: str, asked_in: str
) -> None:
    account = make_account("Laden", country=home)
    with use_account(account):
        campaign = make_campaign(account)
        contact = make_contact(account, "a@x.test", language=language, country=country)
        make_recipient(account, contact, campaign_id=campaign.pk)
        (request,) = open_all(campaign)
    assert request.text_version.language == asked_in


def test_an_address_is_asked_once_whatever_other_campaigns_want(
    acme: Account, ana: Contact
) -> None:
    with use_account(acme):
        first, second = make_campaign(acme), make_campaign(acme, "Second")
        for campaign in (first, second):
            make_recipient(acme, ana, campaign_id=campaign.pk)
        (request,) = open_all(first)
        assert open_all(second) == []
        for state in (State.ASKED, State.AGREED, State.REFUSED, State.LEFT, State.EXPIRED):
            ConsentRequest.objects.for_account(acme).update(state=state)
            assert open_all(second) == []
        for state in (State.NOT_DELIVERED, State.TAKEN_BACK):
            ConsentRequest.objects.for_account(acme).update(state=state, campaign_id=first.pk)
            (taken,) = open_all(second)
            assert (taken.pk, taken.campaign_id, taken.source) == (request.pk, second.pk, "Second")


def test_a_form_of_ones_own_is_asked_with_its_newest_words(acme: Account, ana: Contact) -> None:
    words = Texts("s", "Old?", "t", "y", "n")
    with use_account(acme):
        form = ConsentForm.objects.create(account=acme, name="Friends")
        save_version(form, {"en": words})
        save_version(form, {"en": Texts("s", "New?", "t", "y", "n")})
        campaign = make_campaign(acme)
        make_recipient(acme, ana, campaign_id=campaign.pk)
        (request,) = open_all(campaign, form)
    assert (request.text_version.question, request.text_version.number) == ("New?", 2)


def open_request(account: Account, contact: Contact, **fields: Any) -> ConsentRequest:
    nothing = {"asked_at": None, "expires_at": None, "message_id": "", "reply": ""}
    return make_request(account, contact, **(nothing | {"state": State.OPEN} | fields))


def test_an_accepted_mail_counts_as_asked_for_twelve_months(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        request = open_request(acme, ana)
    outcome = Outcome(
        request_id=request.pk, became=Became.ASKED, message_id="<r9@m.example>", reply="250 ok"
    )
    at = timezone.now()
    assert [moved.pk for moved in mark(acme.pk, [outcome], at=at)] == [request.pk]
    assert mark(acme.pk, [outcome]) == []
    assert records_of(acme) == [("asked", "newsletter", "request_mail")]
    with use_account(acme):
        request.refresh_from_db()
        standing = standing_of(acme)
    assert (request.state, request.message_id, request.reply) == (
        "asked",
        "<r9@m.example>",
        "250 ok",
    )
    assert request.expires_at is not None
    assert 364 <= (request.expires_at - at).days <= 366
    assert standing is not None
    assert standing.asked_campaign_id == 7


def test_an_unknown_outcome_counts_as_asked(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        request = open_request(acme, ana)
    mark(acme.pk, [Outcome(request_id=request.pk, became=Became.UNKNOWN)])
    with use_account(acme):
        request.refresh_from_db()
    assert (request.state, request.outcome_unknown) == ("asked", True)
    assert len(records_of(acme)) == 1


def test_not_delivered_is_not_asked_and_a_dead_address_is_suppressed(
    acme: Account, ana: Contact
) -> None:
    with use_account(acme):
        request = open_request(acme, ana)
    refused = Outcome(
        request_id=request.pk, became=Became.NOT_DELIVERED, reply="550 5.1.1", bounced=True
    )
    mark(acme.pk, [refused])
    with use_account(acme):
        request.refresh_from_db()
        standing = standing_of(acme)
    assert (request.state, request.asked_at, request.reply) == ("not_delivered", None, "550 5.1.1")
    assert standing is not None
    assert (standing.suppressed, standing.asked_at) == ("bounce", None)
    assert records_of(acme) == [("bounced", "newsletter", "server")]


def test_an_answer_that_came_before_the_mark_stays(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        request = open_request(acme, ana, state=State.AGREED)
        append(acme.pk, [make_entry(contact_id=ana.pk)])
    mark(acme.pk, [Outcome(request_id=request.pk, became=Became.ASKED)])
    with use_account(acme):
        request.refresh_from_db()
        standing = standing_of(acme)
    assert (request.state, request.asked_at is None) == ("agreed", False)
    assert standing is not None
    assert standing.newsletter == "agreed"


def test_later_waits_until_it_is_due_and_a_lost_lease_writes_nothing(
    acme: Account, ana: Contact
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    with use_account(acme):
        request = open_request(acme, ana)
    later = Outcome(request_id=request.pk, became=Became.LATER, reply="451 busy", due_at=soon)
    mark(acme.pk, [later])
    with use_account(acme):
        request.refresh_from_db()
    assert (request.state, request.due_at, request.attempts) == ("open", soon, 1)
    assert (request.reply, request.first_attempt_at is None) == ("451 busy", False)
    stale = Outcome(request_id=request.pk, became=Became.ASKED, generation=request.generation + 1)
    assert mark(acme.pk, [stale]) == []
    mine = Outcome(request_id=request.pk, became=Became.ASKED, generation=request.generation)
    assert len(mark(acme.pk, [mine])) == 1
    with use_account(acme):
        request.refresh_from_db()
    assert request.due_at is None


def test_stopping_takes_back_what_was_not_sent(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        open_request(acme, ana)
        asked = make_request(acme, make_contact(acme, "bo@example.test"))
        assert not is_late(asked)
        assert take_back(acme.pk, 7) == 1
        states = ConsentRequest.objects.for_account(acme).order_by("id")
        assert [request.state for request in states] == ["taken_back", "asked"]
        asked.refresh_from_db()
        assert is_late(asked)


def test_silence_expires_after_twelve_months_with_a_record(acme: Account, ana: Contact) -> None:
    past = timezone.now() - timedelta(days=1)
    with use_account(acme):
        request = make_request(acme, ana, expires_at=past)
        make_request(acme, make_contact(acme, "bo@example.test"))
    assert (expire_everywhere(), expire(acme.pk)) == (1, 0)
    with use_account(acme):
        request.refresh_from_db()
    assert request.state == State.EXPIRED
    assert records_of(acme) == [("expired", "newsletter", "request_mail")]


def test_the_mail_has_one_button_and_a_way_out(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        request = open_request(acme, ana)
        (mail,) = compose(acme, [request])
    headers = dict(mail.headers)
    assert mail.subject == "Would you like news from Acme Bikes?"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = headers["List-Unsubscribe"].strip("<>")
    assert leave.startswith("http://testserver/r/")
    claims = tokens.read("leave", leave.rpartition("/")[2])
    assert claims is not None
    assert (claims.account, claims.campaign, claims.contact) == (acme.pk, 0, request.pk)
    for part in (mail.html, mail.text):
        assert "http://testserver/c/" in part
        assert leave in part
        assert "Hello Ana," in part
        assert "May we send you our newsletter?" in part
        assert "12 Main Street, Springfield" in part
        assert "tracking.testserver" not in part
        assert "<img" not in part


@pytest.mark.parametrize(
    "name",
    ["Free pills http://x.test", "<b>Ana</b>", "Ana\r\nBcc: x@y.test", "{{ text }}", "x" * 60],
)
def test_a_name_that_is_no_name_is_left_out(acme: Account, name: str) -> None:
    with use_account(acme):
        contact = make_contact(acme, "lea@example.test", first_name=name)
        (mail,) = compose(acme, [open_request(acme, contact)])
    assert "Hello" not in mail.html + mail.text
    assert "\n" not in mail.subject


def test_a_hostile_company_name_is_text(db: None, acme: Account) -> None:
    acme.name = 'A <b> & "C"'
    acme.save()
    with use_account(acme):
        contact = make_contact(acme, "lea@example.test")
        (mail,) = compose(acme, [open_request(acme, contact)])
    assert mail.subject == 'Would you like news from A <b> & "C"?'
    assert "A &lt;b&gt; &amp; &quot;C&quot;" in mail.html
    assert 'A <b> & "C"' in mail.text


def test_marking_a_chunk_needs_a_fixed_number_of_statements(
    acme: Account, django_assert_num_queries: Any
) -> None:
    with use_account(acme):
        standard_form(acme)
        requests = [open_request(acme, make_contact(acme, f"p{n}@example.test")) for n in range(30)]
    outcomes = [Outcome(request_id=r.pk, became=Became.ASKED, reply="250 ok") for r in requests]
    with django_assert_num_queries(16):
        # savepoint, setting, ledger lock and last record, marks, requests, account, version of the
        # rules; append: lock, last, records, private values, standing before, standing; setting,
        # release
        mark(acme.pk, outcomes)
