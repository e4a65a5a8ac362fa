"""Obtained consents: the list, a record's page, the evidence, the state of the chain."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from consent.evidence import verify
from consent.ledger import chain
from consent.ledger.reading import Filters, event_counts, history
from consent.ledger.recording import append
from consent.models import ConsentPrivate, ConsentRecord, TextVersion
from marketing.models import Account, Contact, Member
from marketing.signing import answer_url
from marketing.tenancy import use_account
from tests.consent.making import hash_of, make_entry, make_request
from tests.making import make_contact

HOSTILE = '"><img src=x onerror=alert(1)>'


def url(account: Account, rest: str = "") -> str:
    return f"/a/{account.pk}/consents/{rest}"


@pytest.fixture
def answered(acme: Account, ana: Contact) -> Account:
    """Ana was asked and said yes on the page; Bo was imported; all of it today."""
    with use_account(acme):
        request = make_request(acme, ana)
        of_ana: dict[str, Any] = {"at": timezone.now(), "request_id": request.pk}
        append(acme.pk, [make_entry("asked", "request_mail", **of_ana)])
        make_contact(acme, "bo@example.test", first_name="Bo", last_name="Berg")
        of_bo: dict[str, Any] = {"at": timezone.now(), "source": "spring.csv, line 12"}
        append(acme.pk, [make_entry("imported", "import_claim", "bo@example.test", **of_bo)])
    browser = Client(REMOTE_ADDR="198.51.100.24", HTTP_USER_AGENT=HOSTILE)
    browser.post(answer_url(acme.pk, request.pk), {"answer": "yes"})
    return acme


def test_an_empty_ledger_says_when_records_appear(
    acme: Account, rita: Member, as_member: Any
) -> None:
    page = as_member(rita).get(url(acme)).content.decode()
    assert "No consents yet" in page
    assert 'role="search"' not in page
    assert "Chain not checked yet" in page
    assert "Check now" not in page


def test_the_list_shows_each_act_with_where_it_came_from(
    answered: Account, rita: Member, as_member: Any
) -> None:
    page = as_member(rita).get(url(answered)).content.decode()
    assert page.index("Winter bikes") < page.index("spring.csv, line 12")
    assert "Standard, version 1" in page
    assert 'aria-label="Evidence for ana@example.test, Newsletter"' in page
    assert "3 records" in page
    assert ">Agreed <span>1</span>" in page


@pytest.mark.parametrize(
    ("query", "seen", "unseen"),
    [
        ("event=imported", ["bo@example.test"], ["ana@example.test"]),
        ("event=agreed&purpose=newsletter", ["ana@example.test"], ["bo@example.test"]),
        ("purpose=tracking", ["Nothing matches these filters."], ["@example.test</th>"]),
        ("q=ANA@example.test", ["ana@example.test"], ["bo@example.test"]),
        ("q=berg", ["bo@example.test"], ["ana@example.test"]),
        ("q=%25%25", ["Nothing matches these filters."], []),
        ("event=nonsense&form=x&before=-1", ["bo@example.test", "ana@example.test"], []),
    ],
)
def test_filters_narrow_the_list(
    answered: Account,
    rita: Member,
    as_member: Any,
    query: str,
    seen: list[str],
    unseen: list[str],
) -> None:
    page = as_member(rita).get(f"{url(answered)}?{query}").content.decode()
    for text in seen:
        assert text in page
    for text in unseen:
        assert text not in page


def test_a_date_narrows_list_counts_and_pages(
    answered: Account, rita: Member, as_member: Any
) -> None:
    with use_account(answered):
        old = replace(make_entry("expired", "server"), at=timezone.now() - timedelta(days=20))
        append(answered.pk, [old])
    client = as_member(rita)
    for days, number in [("7", 3), ("30", 4), ("", 4), ("abc", 4), ("9" * 30, 4)]:
        page = client.get(url(answered), {"days": days})
        assert page.context["range"] == f"{number} records"
        assert page.context["pills"][0]["count"] == number
        assert len(page.context["lines"]) == number
    narrowed = client.get(url(answered), {"days": "7", "event": "expired"}).content.decode()
    assert "Nothing matches these filters." in narrowed
    assert 'value="7" selected' in narrowed
    assert "days=7" in client.get(url(answered), {"days": "7"}).content.decode()


def test_a_deleted_person_is_found_by_the_whole_address(
    answered: Account, ana: Contact, rita: Member, as_member: Any
) -> None:
    with use_account(answered):
        ana.delete()
        ConsentPrivate.objects.for_account(answered).delete()
    page = as_member(rita).get(f"{url(answered)}?q=ana@example.test").content.decode()
    assert "2 records" in page
    assert ">Deleted</th>" in page


def test_pages_go_on_and_back(acme: Account, rita: Member, as_member: Any) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(address=f"p{n}@example.test") for n in range(120)])
    client = as_member(rita)
    first = client.get(url(acme)).content.decode()
    assert "50 of 120" in first
    assert "?before=71" in first
    second = client.get(f"{url(acme)}?before=71").content.decode()
    assert "p69@example.test" in second
    assert "p70@example.test" not in second
    back = client.get(f"{url(acme)}?after=70").content.decode()
    assert "p119@example.test" in back
    assert "?before=71" in back


def test_the_list_asks_the_same_number_of_queries_for_any_number_of_records(
    answered: Account, rita: Member, as_member: Any, django_assert_num_queries: Any
) -> None:
    client = as_member(rita)
    with use_account(answered):
        append(answered.pk, [make_entry(address=f"p{n}@example.test") for n in range(40)])
    client.get(url(answered))
    with django_assert_num_queries(15):
        # session, user, member; savepoint, setting; counts, records, private values, texts,
        # campaign names, forms to choose, last check; memberships for the menu; setting, release
        client.get(url(answered))


def test_counters_agree_with_the_records_under_every_filter(answered: Account) -> None:
    with use_account(answered):
        append(answered.pk, [make_entry("withdrew", "one_click"), make_entry("agreed", "button")])
        form_id = TextVersion.objects.for_account(answered).values_list("form_id", flat=True)[0]
        for purpose, form in product(("", "newsletter", "tracking"), (None, form_id)):
            records = ConsentRecord.objects.for_account(answered)
            if purpose:
                records = records.filter(purpose=purpose)
            if form:
                texts = TextVersion.objects.for_account(answered).filter(form_id=form)
                records = records.filter(text_version_id__in=texts.values("pk"))
            counted = event_counts(answered, Filters(purpose=purpose, form_id=form))
            assert counted == Counter(records.values_list("event", flat=True))


def test_a_record_shows_what_the_person_saw_and_the_facts(
    answered: Account, rita: Member, as_member: Any
) -> None:
    page = as_member(rita).get(url(answered, "3/")).content.decode()
    assert "Ana agreed to the newsletter" in page
    assert "/consents/3/shown/" in page
    assert "Standard consent form, version 1, English" in page
    assert "198.51.100.24" in page
    assert "&lt;r1@mail.assent.example&gt;" in page
    assert "250 2.0.0 queued as 4E81" in page
    assert "Winter bikes" in page
    assert "The record is unchanged" in page
    assert "Record 2" in page
    assert "Was asked" in page
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


def test_a_record_names_the_rule_of_both_countries(
    acme: Account, rita: Member, as_member: Any
) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry("agreed", "button", rule="US+DE 2026-11-25")])
        append(acme.pk, [make_entry("bounced", "server")])
    page = as_member(rita).get(url(acme, "1/")).content.decode()
    assert page.count("Rule applied") == 1
    assert "United States and Germany, policy 2026-11-25" in page
    assert "Rule applied" not in as_member(rita).get(url(acme, "2/")).content.decode()


def test_a_deleted_value_is_said_to_be_deleted(
    answered: Account, rita: Member, as_member: Any
) -> None:
    with use_account(answered):
        ConsentPrivate.objects.for_account(answered).filter(kind="ip").delete()
    page = as_member(rita).get(url(answered, "3/")).content.decode()
    assert "<dt>IP address</dt><dd>Deleted</dd>" in page
    assert "The record is unchanged" in page


def test_the_evidence_is_one_zip_that_verifies(
    answered: Account, rita: Member, as_member: Any
) -> None:
    answer = as_member(rita).get(url(answered, "3/evidence/"))
    assert answer["Content-Disposition"] == 'attachment; filename="evidence-3.zip"'
    assert verify.problems(answer.content) == []


def test_a_broken_chain_is_told_on_both_pages(
    answered: Account, adam: Member, as_member: Any
) -> None:
    client = as_member(adam)
    assert client.post(url(answered, "check/")).status_code == 302
    assert "Chain of 3 records intact, checked today" in client.get(url(answered)).content.decode()
    with use_account(answered), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        cursor.execute(
            "UPDATE consent_record SET body = replace(body, 'agreed', 'x') WHERE seq = 3"
        )
        cursor.execute("SET LOCAL ROLE NONE")
    assert "The record was changed" in client.get(url(answered, "3/")).content.decode()
    client.post(url(answered, "check/"))
    for rest in ("", "1/"):
        page = client.get(url(answered, rest)).content.decode()
        assert "The chain of records is broken at record 3." in page


def test_only_admins_check_the_chain(answered: Account, emil: Member, as_member: Any) -> None:
    assert as_member(emil).post(url(answered, "check/")).status_code == 404
    with use_account(answered):
        assert chain.latest_check(answered.pk) is None


def test_a_stranger_gets_404_and_anonymous_is_sent_to_login(
    answered: Account, rolf: Member, as_member: Any, client: Client
) -> None:
    assert client.get(url(answered)).status_code == 302
    stranger = as_member(rolf)
    for rest in ("", "1/", "1/evidence/", "3/shown/"):
        assert stranger.get(url(answered, rest)).status_code == 404
    assert stranger.get(url(rolf.account, "1/")).status_code == 404
    assert stranger.post(url(answered, "check/")).status_code == 404


def test_history_reads_newest_first(answered: Account) -> None:
    with use_account(answered):
        lines = history(answered.pk, hash_of("ana@example.test"))
    assert [(line.seq, line.event) for line in lines] == [(3, "agreed"), (1, "asked")]


def test_the_frame_shows_the_page_to_the_person_of_the_record(
    answered: Account, rita: Member, as_member: Any
) -> None:
    client = as_member(rita)
    page = client.get(url(answered, "3/")).content.decode()
    source = page.split("<iframe")[1].split('src="')[1].split('"')[0].replace("&amp;", "&")
    frame = client.get(source).content.decode()
    assert "ana@example.test" in frame
    assert 'name="tracking"' not in frame
    for other in (1, 2, 99):
        assert client.get(source.replace("/3/", f"/{other}/")).status_code == 404
