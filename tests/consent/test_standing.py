"""Standing follows from the ledger: the latest act counts, imports lift nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.ledger.deriving import rebuild_standing, standing_off
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.ledger.suppressing import lift, suppress
from consent.signals import standing_changed
from marketing.models import Account, Contact, Standing, Suppression
from marketing.tenancy import use_account
from tests.consent.making import NOON, hash_of, make_entry, standing_of
from tests.making import make_contact

ASKED = ("asked", "request_mail")
AGREED = ("agreed", "button")
REFUSED = ("refused", "button")
PROOF = ("imported", "import_proof")
CLAIM = ("imported", "import_claim")
LEFT = ("withdrew", "one_click")
MEMBER = ("withdrew", "member")
API_YES = ("agreed", "api")


@pytest.fixture
def told() -> Iterator[list[tuple[str, str, list[bytes]]]]:
    """What standing_changed said: (change, reason, hashes)."""
    heard: list[tuple[str, str, list[bytes]]] = []

    def listen(change: str, reason: str, address_hashes: list[bytes], **rest: Any) -> None:
        heard.append((change, reason, address_hashes))

    standing_changed.connect(listen)
    yield heard
    standing_changed.disconnect(listen)


def append_days(account: Account, *acts: tuple[str, str], **fields: Any) -> None:
    """One act a day, in this order."""
    entries = [
        make_entry(*act, at=NOON + timedelta(days=day), **fields) for day, act in enumerate(acts)
    ]
    append(account.pk, entries)


@pytest.mark.parametrize(
    ("acts", "newsletter"),
    [
        ([ASKED], ""),
        ([ASKED, AGREED], "agreed"),
        ([ASKED, REFUSED], "refused"),
        ([AGREED, LEFT], "unsubscribed"),
        ([AGREED, ("withdrew", "footer_link")], "unsubscribed"),
        ([ASKED, ("withdrew", "request_link")], "unsubscribed"),
        ([AGREED, ("withdrew", "mailto")], "unsubscribed"),
        ([AGREED, ("withdrew", "preferences")], "withdrew"),
        ([AGREED, MEMBER], "withdrew"),
        ([AGREED, ("withdrew", "api")], "withdrew"),
        ([LEFT, AGREED], "agreed"),
        ([REFUSED, AGREED], "agreed"),
        ([PROOF], "agreed"),
        ([CLAIM], ""),
        ([REFUSED, PROOF], "refused"),
        ([LEFT, PROOF], "unsubscribed"),
        ([MEMBER, PROOF, PROOF], "withdrew"),
        ([LEFT, CLAIM], "unsubscribed"),
        ([PROOF, LEFT], "unsubscribed"),
        ([API_YES], ""),
        ([LEFT, API_YES], "unsubscribed"),
        ([ASKED, PROOF], "agreed"),  # the proof is dated after the request
        ([ASKED, ("expired", "request_mail")], ""),
    ],
)
def test_the_newsletter_follows_the_latest_own_act(
    acme: Account, acts: list[tuple[str, str]], newsletter: str
) -> None:
    with use_account(acme):
        append_days(acme, *acts)
        standing = standing_of(acme)
    assert standing is not None
    assert standing.newsletter == newsletter
    assert standing.newsletter_imported == (newsletter == "agreed" and PROOF in acts)


def test_a_proof_older_than_the_request_lifts_no_silence(acme: Account) -> None:
    with use_account(acme):
        append_days(acme, ASKED)
        append_days(acme, PROOF, proof_at=NOON - timedelta(days=90))
        standing = standing_of(acme)
        assert standing is not None
        assert standing.newsletter == ""
        assert standing.asked_at == NOON
        append_days(acme, PROOF, proof_at=NOON + timedelta(days=1))
        standing = standing_of(acme)
        assert standing is not None
        assert (standing.newsletter, standing.newsletter_at) == (
            "agreed",
            NOON + timedelta(days=1),
        )


def test_tracking_is_its_own_choice(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(), make_entry("agreed", "box_ticked", purpose="tracking")])
        standing = standing_of(acme)
        assert standing is not None
        assert (standing.newsletter, standing.tracking) == ("agreed", "yes")
        append(acme.pk, [make_entry("withdrew", "stop_tracking", purpose="tracking")])
        standing = standing_of(acme)
        assert standing is not None
        assert (standing.newsletter, standing.tracking) == ("agreed", "no")


def test_an_empty_box_is_a_no(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(), make_entry("refused", "box_empty", purpose="tracking")])
        standing = standing_of(acme)
    assert standing is not None
    assert (standing.newsletter, standing.tracking, standing.tracking_seq) == ("agreed", "no", 2)


def test_the_strongest_suppression_shows_and_lifting_one_leaves_the_others(acme: Account) -> None:
    someone = [hash_of("ana@example.test")]
    with use_account(acme):
        assert suppress(acme.pk, someone, "import") == 1
        assert suppress(acme.pk, someone, "member", note="asked by phone") == 1
        assert suppress(acme.pk, someone, "member") == 0
        append(acme.pk, [make_entry("complained", "server")])
        standing = standing_of(acme)
        assert standing is not None
        assert standing.suppressed == "complaint"
        assert lift(acme.pk, someone, "complaint") == 1
        assert lift(acme.pk, someone, "complaint") == 0
        standing = standing_of(acme)
        assert standing is not None
        assert standing.suppressed == "member"
        reasons = Suppression.objects.for_account(acme).order_by("reason")
        assert [row.reason for row in reasons] == ["import", "member"]
        assert lift(acme.pk, someone, "import") == lift(acme.pk, someone, "member") == 1
        standing = standing_of(acme)
        assert standing is not None
        assert (standing.suppressed, standing.suppressed_at) == ("", None)


def test_agreeing_lifts_no_suppression(acme: Account) -> None:
    with use_account(acme):
        append_days(acme, ("bounced", "server"), AGREED)
        standing = standing_of(acme)
    assert standing is not None
    assert (standing.newsletter, standing.suppressed) == ("agreed", "bounce")


def test_a_change_is_told_once_with_its_reason(
    acme: Account, told: list[tuple[str, str, list[bytes]]]
) -> None:
    one, two = hash_of("ana@example.test"), hash_of("bo@example.test")
    with use_account(acme):
        append(acme.pk, [make_entry(*ASKED)])
        assert told == []
        append(acme.pk, [make_entry(), make_entry(address="bo@example.test")])
        append(acme.pk, [make_entry()])
        append(acme.pk, [make_entry("withdrew", "footer_link")])
        append(acme.pk, [make_entry("refused", "button", address="bo@example.test")])
        append(acme.pk, [make_entry("complained", "server")])
        append(acme.pk, [make_entry("withdrew", "stop_tracking", purpose="tracking")])
    assert [(change, reason, sorted(hashes)) for change, reason, hashes in told] == [
        ("agreed", "agreed", sorted([one, two])),
        ("left", "unsubscribed", [one]),
        ("refused", "refused", [two]),
        ("suppressed", "suppressed_complaint", [one]),
    ]


def test_standing_survives_the_contact(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(*LEFT, contact_id=ana.pk)])
        ana.delete()
        make_contact(acme, "ana@example.test")
        standing = standing_of(acme)
    assert standing is not None
    assert standing.newsletter == "unsubscribed"


ACTS = st.sampled_from(
    [
        *(ASKED, AGREED, REFUSED, PROOF, CLAIM, LEFT, MEMBER, API_YES),
        *(("complained", "server"), ("bounced", "server"), ("blocked", "member")),
        *(("blocked", "import_claim"), ("unblocked", "member"), ("agreed", "box_ticked")),
    ]
)


def _entry(act: tuple[str, str], address: str, day: int) -> Entry:
    purpose = "tracking" if act[1] == "box_ticked" else "newsletter"
    detail = "member" if act[0] == "unblocked" else ""
    at = NOON + timedelta(days=day)
    return make_entry(*act, address=address, at=at, purpose=purpose, detail=detail)


@given(
    history=st.lists(
        st.tuples(ACTS, st.sampled_from(["a@example.test", "b@example.test"])), max_size=12
    ),
    cut=st.integers(1, 5),
)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_derived_equals_stored_after_any_history(
    acme: Account, history: list[tuple[tuple[str, str], str]], cut: int
) -> None:
    with use_account(acme):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE assent_owner")
            for table in ("consent_private", "consent_record", "standing", "suppression"):
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("SET LOCAL ROLE NONE")
        entries = [_entry(*act, day=day) for day, act in enumerate(history)]
        for start in range(0, len(entries), cut):
            append(acme.pk, entries[start : start + cut])
        rows = Standing.objects.for_account(acme).order_by("address_hash")
        stored = list(rows.values())
        rebuild_standing(acme.pk)
        assert list(rows.values()) == stored
        in_force = {row.suppressed for row in rows} - {""}
        reasons = {row.reason for row in Suppression.objects.for_account(acme)}
        assert in_force <= reasons
        assert bool(in_force) == bool(reasons)


def test_first_proofs_stand_as_the_ledger_says(acme: Account) -> None:
    """They are written without reading the ledger; people known before are not."""
    at = datetime(2026, 3, 1, 9, 15, 0, 123456, tzinfo=UTC)
    with use_account(acme):
        append(acme.pk, [make_entry("asked", "request_mail", address_hash=b"a" * 32)])
        append(
            acme.pk,
            [
                make_entry(*PROOF, address_hash=b"a" * 32, proof_at=at),
                make_entry(*PROOF, address_hash=b"b" * 32, proof_at=at),
                make_entry(*PROOF, address_hash=b"c" * 32),
                make_entry(*PROOF, address_hash=b"d" * 32),
                make_entry(*CLAIM, address_hash=b"d" * 32),
            ],
        )
        assert standing_off(acme.pk) == 0
        said = dict(Standing.objects.for_account(acme).values_list("address_hash", "newsletter"))
    assert {bytes(of)[:1]: what for of, what in said.items()} == {
        b"a": "",
        b"b": "agreed",
        b"c": "agreed",
        b"d": "agreed",
    }
