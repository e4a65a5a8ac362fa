"""The page Suppression: list, search, pages, adding, lifting, what is left after the contact."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consent.erasing.erasing import erase
from consent.ledger import chain
from consent.ledger.deriving import standing_off
from consent.ledger.suppressing import Blocked, lift, suppress, suppress_all
from consent.models import ConsentRecord
from consent.suppressed.reading import PER_PAGE
from marketing.models import (
    Account,
    AuditLine,
    Contact,
    Member,
    Standing,
    Suppression,
    SuppressionCount,
)
from marketing.signing import answer_url
from marketing.tenancy import use_account
from tests.consent.importing_files import run_import
from tests.consent.making import hash_of, make_request
from tests.making import make_contact

Reason = Suppression.Reason
WHY = "She wrote to us from there today"


def url(account: Account, name: str = "suppression", *ids: int) -> str:
    return reverse(f"consent:{name}", args=[account.pk, *ids])


def page(client: Any, account: Account, **query: str) -> str:
    answer = client.get(url(account), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def row_of(account: Account, reason: str = "") -> Suppression:
    with use_account(account):
        rows = Suppression.objects.for_account(account)
        return rows.filter(reason=reason).get() if reason else rows.get()


def suppressed(account: Account, address: str = "ana@example.test") -> str:
    with use_account(account):
        found = Standing.objects.for_account(account).filter(address_hash=hash_of(address)).first()
    return found.suppressed if found else ""


def test_an_empty_list_says_how_it_fills(acme: Account, emil: Member, as_member: Any) -> None:
    text = page(as_member(emil), acme)
    assert "Nobody is suppressed" in text
    assert "come here by themselves" in text


def test_each_reason_has_a_row_with_its_words_and_its_evidence(
    acme: Account, ana: Contact, emil: Member, as_member: Any
) -> None:
    with use_account(acme):
        hashes = [bytes(ana.address_hash)]
        suppress(acme.pk, hashes, Reason.BOUNCE, note="550 5.1.1 No such user")
        suppress(acme.pk, hashes, Reason.COMPLAINT, note="Reported by their mail provider")
    text = page(as_member(emil), acme)
    assert "550 5.1.1 No such user" in text
    assert "Reported by their mail provider" in text
    assert text.count("See the evidence") == 2
    # A complaint is nobody's to lift: one way out for two rows.
    assert text.count("/lift/") == 1
    assert "550 5.1.1" not in page(as_member(emil), acme, reason="complaint")


@pytest.mark.parametrize(
    ("search", "is_found"),
    [("ana@example.test", True), ("ANA@EXAMPLE.TEST", True), ("ana", True), ("bo@x.test", False)],
)
def test_search_finds_whole_addresses_and_contacts(
    acme: Account, ana: Contact, emil: Member, as_member: Any, search: str, is_found: bool
) -> None:
    with use_account(acme):
        suppress(acme.pk, [bytes(ana.address_hash)], Reason.MEMBER, note="Asked by telephone")
    text = page(as_member(emil), acme, q=search)
    assert ("Asked by telephone" in text) == is_found
    assert ("Nothing matches these filters." in text) != is_found


def test_the_dates_narrow_the_list(acme: Account, emil: Member, as_member: Any) -> None:
    with use_account(acme):
        suppress(acme.pk, [hash_of("bo@example.test")], Reason.BOUNCE, note="550 long ago")
        old = timezone.now() - timedelta(days=40)
        Suppression.objects.for_account(acme).update(at=old)
    client = as_member(emil)
    assert "550 long ago" in page(client, acme, days="365")
    assert "550 long ago" not in page(client, acme, days="30")


@pytest.fixture
def many(acme: Account) -> list[str]:
    """More than two pages, several of them from the same moment."""
    names = [f"p{number:03}@example.test" for number in range(2 * PER_PAGE + 7)]
    with use_account(acme):
        people = [Blocked(hash_of(name), name, "old list") for name in names]
        suppress_all(acme.pk, people, Reason.IMPORT)
    return names


def test_pages_hold_every_row_once_forth_and_back(
    acme: Account, many: list[str], emil: Member, as_member: Any
) -> None:
    client = as_member(emil)

    def turned(here: str, name: str) -> tuple[list[str], str]:
        context = client.get(here).context
        return [line.address for line, _, _ in context["lines"]], context[name]

    here = url(acme)
    forth: list[list[str]] = []
    while True:
        lines, following = turned(here, "next_url")
        forth.append(lines)
        if not following:
            break
        here = url(acme) + following
    assert sorted(name for lines in forth for name in lines) == sorted(many)
    back = [forth[-1]]
    while following := turned(here, "previous_url")[1]:
        here = url(acme) + following
        back.append(turned(here, "previous_url")[0])
    assert back == forth[::-1]
    assert f"{PER_PAGE} of {len(many)}" in page(client, acme)


def test_a_page_takes_as_many_queries_with_one_row_as_with_a_hundred(
    acme: Account, many: list[str], emil: Member, as_member: Any
) -> None:
    client = as_member(emil)
    with CaptureQueriesContext(
        connection,
    ) as first:
        page(client, acme)
    with use_account(acme):
        lift(acme.pk, [hash_of(name) for name in many[1:]], Reason.IMPORT)
    with CaptureQueriesContext(connection) as second:
        page(client, acme)
    assert len(first) == len(second)


def test_counters_follow_what_comes_and_goes(acme: Account, many: list[str]) -> None:
    with use_account(acme):
        lift(acme.pk, [hash_of(name) for name in many[:7]], Reason.IMPORT)
        suppress(acme.pk, [hash_of(many[0])], Reason.BOUNCE)
        counts = dict(SuppressionCount.objects.for_account(acme).values_list("reason", "addresses"))
    assert counts == {"import": 2 * PER_PAGE, "bounce": 1}


class TestAdding:
    def test_addresses_by_hand_are_blocked_with_a_reason_and_no_contact(
        self, acme: Account, emil: Member, as_member: Any
    ) -> None:
        client = as_member(emil)
        typed = {"addresses": "bo@example.test\n\n Ana@Example.test ", "reason": "By telephone"}
        answer = client.post(url(acme, "suppression_add"), typed, follow=True)
        text = answer.content.decode()
        assert "2 blocked. They get no mail." in text
        assert "By telephone (Emil Brandt)" in text
        assert "bo@example.test" in text
        assert suppressed(acme, "ana@example.test") == "member"
        with use_account(acme):
            assert not Contact.objects.for_account(acme).exists()
            line = AuditLine.objects.for_account(acme).get(act="suppression.added")
            assert (line.subject, line.after) == ("2 addresses", "By telephone")
            assert chain.check(acme.pk).bad_seq is None
            assert standing_off(acme.pk) == 0
        again = client.post(url(acme, "suppression_add"), typed, follow=True).content.decode()
        assert "0 blocked. They get no mail. 2 were blocked by a member before." in again

    def test_an_address_blocked_for_another_reason_has_both_and_is_told_apart(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.COMPLAINT)
        typed = {"addresses": "ana@example.test\nbo@example.test", "reason": "By telephone"}
        text = as_member(emil).post(url(acme, "suppression_add"), typed, follow=True)
        told = text.content.decode()
        assert "2 blocked. They get no mail. 1 of them was blocked for another reason" in told
        assert "3 entries" in told, "one address with two reasons is two lines"
        assert "Each reason has a line of its own." in told
        assert "2 entries" in page(as_member(emil), acme, reason="member")

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"addresses": "bo@example.test\nnobody", "reason": "x"}, "Line 2, “nobody”:"),
            ({"addresses": "bo@example.test", "reason": ""}, "This field is required."),
            ({"addresses": "", "reason": "x"}, "This field is required."),
            ({"addresses": "a@b.test\n" * 1001, "reason": "x"}, "more than 1,000 lines"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_stored(
        self, acme: Account, emil: Member, as_member: Any, typed: dict[str, str], said: str
    ) -> None:
        answer = as_member(emil).post(url(acme, "suppression_add"), typed)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        with use_account(acme):
            assert not Suppression.objects.for_account(acme).exists()

    def test_a_viewer_reads_and_changes_nothing(
        self, acme: Account, ana: Contact, rita: Member, as_member: Any
    ) -> None:
        client = as_member(rita)
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.MEMBER)
        text = page(client, acme)
        assert "ana@example.test" in text
        assert "/lift/" not in text
        assert "Add addresses" not in text
        row = row_of(acme)
        for name, ids in (
            ("suppression_add", ()),
            ("suppression_import", ()),
            ("suppression_export", ()),
            ("suppression_lift", (row.pk,)),
        ):
            assert client.post(url(acme, name, *ids)).status_code == 404


def test_domains_of_other_scripts_can_be_read_and_told_from_look_alikes(
    acme: Account, emil: Member, as_member: Any
) -> None:
    names = ("a@xn--vlo-bma.example", "b@xn--80ak6aa92e.example", "c@plain.example")
    with use_account(acme):
        people = [Blocked(hash_of(name), name, "old list") for name in names]
        suppress_all(acme.pk, people, Reason.IMPORT)
    client = as_member(emil)
    text = page(client, acme)
    for shown in (
        "a@vélo.example<",
        "b@аррӏе.example (xn--80ak6aa92e.example)<",
        "c@plain.example<",
    ):
        assert shown in text
    with use_account(acme):
        row = Suppression.objects.for_account(acme).order_by("id").first()
    assert row is not None
    lifting = client.get(url(acme, "suppression_lift", row.pk)).content.decode()
    assert "Let a@vélo.example be mailed again?" in lifting


class TestLifting:
    def test_a_members_block_goes_with_a_reason(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.MEMBER)
        here = url(acme, "suppression_lift", row_of(acme).pk)
        client = as_member(emil)
        assert client.post(here, {"reason": "."}).status_code == 422
        assert suppressed(acme) == "member"
        assert "Lifted." in client.post(here, {"reason": WHY}, follow=True).content.decode()
        assert suppressed(acme) == ""
        with use_account(acme):
            line = AuditLine.objects.for_account(acme).get(act="suppression.lifted")
            record = ConsentRecord.objects.for_account(acme).get(event="unblocked")
        assert (line.subject, line.before, line.after) == (
            "ana@example.test",
            "Blocked by a member",
            WHY,
        )
        assert record.member_id == emil.pk

    def test_a_bounce_asks_what_has_changed(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.BOUNCE, note="550 5.1.1")
        here = url(acme, "suppression_lift", row_of(acme).pk)
        client = as_member(emil)
        refused = client.post(here, {"reason": WHY})
        assert refused.status_code == 422
        assert "Tick this only where something changed" in refused.content.decode()
        assert suppressed(acme) == "bounce"
        client.post(here, {"reason": WHY, "changed": "on"})
        assert suppressed(acme) == ""

    def test_unblocking_a_contact_leads_there_and_lifts_no_bounce_by_itself(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.BOUNCE)
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.MEMBER)
        client = as_member(emil)
        answer = client.post(url(acme, "contact_unblock", ana.pk))
        here = url(acme, "suppression_lift", row_of(acme, "bounce").pk)
        assert answer.url == f"{here}?record=1", "by its record the page knows it when it is lifted"
        client.post(reverse("consent:contacts_unblock", args=[acme.pk]), {"contact": ana.pk})
        assert suppressed(acme) == "bounce"

    def test_who_comes_back_to_a_lifted_block_reads_when_by_whom_and_why(
        self, acme: Account, velo: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            for reason in (Reason.IMPORT, Reason.MEMBER):
                suppress(acme.pk, [bytes(ana.address_hash)], reason)
        row, client = row_of(acme, "import"), as_member(emil)
        here = f"{url(acme, 'suppression_lift', row.pk)}?record=1"
        assert f'href="{here}"' in page(client, acme)
        other = f"{url(acme, 'suppression_lift', row_of(acme, 'member').pk)}?record=2"
        client.post(other, {"reason": "He may, he called us"})
        assert client.post(here, {"reason": WHY}, follow=True).status_code == 200
        for again in (
            client.get(here, follow=True),
            client.post(here, {"reason": WHY}, follow=True),
        ):
            assert again.redirect_chain == [(url(acme, "record", 4), 302)]
            text = again.content.decode()
            assert "This was lifted already." in text
            assert WHY in text
            assert "Emil Brandt" in text
            assert "Lifted: Excluded by import" in text
        with use_account(acme):
            assert ConsentRecord.objects.for_account(acme).filter(event="unblocked").count() == 2
        for wrong in ("", "?record=4", "?record=99", "?record=x", f"?record={'9' * 30}"):
            gone = url(acme, "suppression_lift", row.pk) + wrong
            assert client.get(gone).status_code == 404, wrong

    def test_a_complaint_is_lifted_by_no_member_and_no_import(
        self, acme: Account, ana: Contact, olga: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.COMPLAINT)
        client = as_member(olga)
        here = url(acme, "suppression_lift", row_of(acme).pk)
        assert client.get(here).status_code == 404
        assert client.post(here, {"reason": WHY, "changed": "on"}).status_code == 404
        client.post(url(acme, "contact_unblock", ana.pk))
        run_import(
            acme,
            "email,status,consent_at,consent_source\n"
            "ana@example.test,active,2026-11-20,Order form\n",
        )
        assert suppressed(acme) == "complaint"


def test_the_persons_own_answer_lifts_a_bounce_and_no_complaint(
    acme: Account, ana: Contact, client: Any
) -> None:
    with use_account(acme):
        request = make_request(acme, ana)
        hashes = [bytes(ana.address_hash)]
        for reason in (Reason.BOUNCE, Reason.COMPLAINT):
            suppress(acme.pk, hashes, reason)
    page_of_request = answer_url(acme.pk, request.pk).removeprefix("http://testserver")
    assert client.get(page_of_request).status_code == 200
    assert client.post(page_of_request, {"answer": "yes"}).status_code == 200
    with use_account(acme):
        left = Suppression.objects.for_account(acme).values_list("reason", flat=True)
        assert list(left) == ["complaint"]
        assert standing_off(acme.pk) == 0


class TestAfterTheContact:
    def test_deleting_the_contact_keeps_address_and_block(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], Reason.BOUNCE, note="550 5.1.1")
            ana.delete()
        text = page(as_member(emil), acme)
        assert "ana@example.test" in text
        assert "No contact" in text
        with use_account(acme):
            make_contact(acme, "Ana@example.test")
        assert suppressed(acme) == "bounce"

    def test_erasing_leaves_a_row_without_an_address(
        self, acme: Account, ana: Contact, emil: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            suppress(
                acme.pk, [bytes(ana.address_hash)], Reason.BOUNCE, note="550 <ana@example.test> no"
            )
            assert erase(acme, bytes(ana.address_hash)) is not None
        client = as_member(emil)
        text = page(client, acme)
        assert "Address erased" in text
        assert "ana@example.test" not in text
        # Whoever knows the address still finds it: by its keyed hash.
        assert "Address erased" in page(client, acme, q="ana@example.test")
        client.post(
            url(acme, "suppression_add"),
            {"addresses": "ana@example.test", "reason": "Asked by telephone"},
        )
        assert "ana@example.test" not in page(client, acme)


def test_another_accounts_rows_are_not_there(
    acme: Account, velo: Account, rolf: Member, ana: Contact, as_member: Any
) -> None:
    with use_account(acme):
        suppress(acme.pk, [bytes(ana.address_hash)], Reason.MEMBER)
    client = as_member(rolf)
    assert "Nothing matches these filters." in page(client, velo, q="ana@example.test")
    here = url(velo, "suppression_lift", row_of(acme).pk)
    assert client.post(here, {"reason": WHY}).status_code == 404
    assert suppressed(acme) == "member"
