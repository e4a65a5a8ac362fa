"""A contact's page: the gate's row with its evidence, the campaigns, the timeline, who may see."""

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Recipient
from consent.contacts.verdict import verdict_of
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from consent.reasons import BY_CODE, ROWS
from marketing.models import Contact, Member, Standing
from marketing.tenancy import use_account
from tests.consent.making import make_entry, make_request
from tests.house.one_of_each import make_one_of_each
from tests.making import make_contact

FRAGMENTS = ["consent:contact_verdict", "consent:contact_timeline", "tracking:of_contact"]


def facts_of(contact: Contact) -> dict[str, str]:
    with use_account(contact.account_id):
        return {fact.name: fact.value for fact in verdict_of(contact).evidence}


def said(contact: Contact) -> str:
    with use_account(contact.account_id):
        return verdict_of(contact).sentence


def test_every_row_of_the_gate_has_its_words() -> None:
    assert sorted(ROWS) == [1, 2, 3, 4, 5, 6, 7]
    assert {reason.row for reason in BY_CODE.values()} == set(ROWS)


@pytest.mark.parametrize(
    ("event", "act", "row", "sentence"),
    [
        ("agreed", "button", 3, "They agreed to receive the newsletter."),
        ("refused", "button", 2, "They were asked and said no."),
        ("withdrew", "one_click", 2, "They unsubscribed."),
        ("asked", "request_mail", 4, "They were asked once and have not answered."),
    ],
)
def test_what_the_person_said_decides_and_links_to_its_record(
    as_member, rita: Member, ana: Contact, event: str, act: str, row: int, sentence: str
) -> None:
    with use_account(ana.account):
        (seq,) = append(ana.account_id, [make_entry(event, act)])
    assert said(ana).startswith(sentence)
    facts = facts_of(ana)
    assert facts["Decided by"] == f"Rule {row} of 7: {ROWS[row].lower()}"
    assert facts["Since"] == "25 Nov 2026, 12:00"
    page = as_member(rita).get(reverse("consent:contact_verdict", args=[ana.account_id, ana.pk]))
    assert reverse("consent:record", args=[ana.account_id, seq]) in page.content.decode()


def test_suppression_comes_before_a_yes(ana: Contact) -> None:
    with use_account(ana.account):
        append(ana.account_id, [make_entry("agreed", "button")])
        suppress(ana.account_id, [bytes(ana.address_hash)], "member", note="Blocked by Emil")
    assert said(ana) == "A member blocked this address."
    assert facts_of(ana)["Decided by"].startswith("Rule 1 of 7")


def test_countries_and_switch_are_the_evidence_where_nobody_said_anything(
    ana: Contact, rolf: Member
) -> None:
    assert said(ana) == "No country locks consent and the campaign does not require it."
    assert facts_of(ana) == {
        "Decided by": "Rule 6 of 7: no consent is needed",
        "Your country": "United States: no consent is needed",
        "Their country": "United States: no consent is needed",
        "Your account": "Does not ask beyond the law",
    }
    with use_account(rolf.account):
        bruno = make_contact(rolf.account, "bruno@example.test", country="US")
    assert said(bruno) == "They are asked first. The mail follows their yes."
    assert facts_of(bruno)["Your country"] == "France: consent is needed"


def test_customer_of_a_country_that_accepts_it_is_mailed_by_the_basis(rolf: Member) -> None:
    with use_account(rolf.account):
        fields = {"basis": "existing_customer", "basis_evidence": "order", "basis_attested": True}
        carla = make_contact(rolf.account, "carla@example.test", country="FR", **fields)
    assert facts_of(carla)["Decided by"] == f"Rule 5 of 7: {ROWS[5].lower()}"
    assert facts_of(carla)["Basis"] == "Existing customer, evidence: order, confirmed"


def test_open_request_says_which_campaign_asks(ana: Contact) -> None:
    with use_account(ana.account):
        make_request(ana.account, ana, state="open", asked_at=None)
    facts = facts_of(ana)
    assert (facts["Asked by"], facts["Request"]) == ("Winter bikes", "Open")


def test_campaigns_of_the_person_are_listed_with_state_and_reason(as_member, rita: Member) -> None:
    rows = make_one_of_each(rita.account)
    url = reverse("tracking:of_contact", args=[rita.account_id, rows["contact_id"]])
    page = as_member(rita).get(url)
    (line,) = page.context["lines"]
    assert (line.name, line.state, line.why) == ("June", "pending_consent", "Asked first")


def test_stopped_campaign_is_the_reason_not_what_the_gate_said(as_member, rita: Member) -> None:
    acme = rita.account
    rows = make_one_of_each(acme)
    with use_account(acme):
        Recipient.objects.for_account(acme).update(verdict=1, reason="agreed")
        Campaign.objects.for_account(acme).update(state="stopped")
    page = as_member(rita).get(reverse("tracking:of_contact", args=[acme.pk, rows["contact_id"]]))
    assert "The campaign was stopped before their turn." in page.content.decode()


@pytest.mark.parametrize("name", FRAGMENTS)
def test_parts_of_the_page_are_fragments_and_pages_and_the_accounts_own(
    as_member, rita: Member, rolf: Member, ana: Contact, name: str
) -> None:
    url = reverse(name, args=[ana.account_id, ana.pk])
    client = as_member(rita)
    whole, part = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert "<h1>" in whole.content.decode()
    assert "<h1>" not in part.content.decode()
    assert as_member(rolf).get(url).status_code == 404
    foreign = reverse(name, args=[rolf.account_id, ana.pk])
    assert as_member(rolf).get(foreign).status_code == 404


def test_page_loads_its_parts_by_url_and_shows_basis_and_source(
    as_member, rita: Member, ana: Contact
) -> None:
    with use_account(ana.account):
        ana.basis, ana.source = "implied", "Import spring.csv, line 12"
        ana.save()
        Standing.objects.create(account=ana.account, address_hash=ana.address_hash, tracking="no")
    page = as_member(rita).get(reverse("marketing:contact", args=[ana.account_id, ana.pk]))
    text = page.content.decode()
    for name in FRAGMENTS:
        assert reverse(name, args=[ana.account_id, ana.pk]) in text
    assert "Implied consent, not confirmed: counts nowhere" in text
    assert "Import spring.csv, line 12" in text


def test_queries_of_the_page_and_its_parts_do_not_grow_with_what_was_recorded(
    as_member, rita: Member, ana: Contact, django_assert_max_num_queries
) -> None:
    with use_account(ana.account):
        for event, act in [("asked", "request_mail"), ("agreed", "button")] * 20:
            append(ana.account_id, [make_entry(event, act)])
    client = as_member(rita)
    for name in ["marketing:contact", *FRAGMENTS]:
        with django_assert_max_num_queries(12):
            client.get(reverse(name, args=[ana.account_id, ana.pk]))
