"""The column Last mail of the contacts: the newest newsletter, or the one consent request."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketing.models import Account, Contact, Member, Standing
from marketing.tenancy import use_account
from tests.consent.making import make_recipient
from tests.making import make_contact

MAY, JUNE, JULY = (datetime(2026, month, 3, 9, tzinfo=UTC) for month in (5, 6, 7))


@pytest.mark.parametrize(
    ("sent", "asked", "shown"),
    [
        ([MAY, JUNE], None, (JUNE, False)),
        ([MAY, None], None, (MAY, False)),
        ([], MAY, (MAY, True)),
        ([JULY], MAY, (JULY, False)),
        ([MAY], JUNE, (JUNE, True)),
        ([None], None, (None, False)),
    ],
)
def test_last_mail_is_the_newest_of_newsletters_and_request(
    as_member: Any,
    rita: Member,
    ana: Contact,
    sent: list[datetime | None],
    asked: datetime | None,
    shown: tuple[datetime | None, bool],
) -> None:
    with use_account(rita.account):
        for number, moment in enumerate(sent, 1):
            make_recipient(rita.account, ana, campaign_id=number, sent_at=moment)
        if asked:
            Standing.objects.create(
                account=rita.account, address_hash=ana.address_hash, asked_at=asked
            )
    page = as_member(rita).get(reverse("marketing:contacts", args=[rita.account_id]))
    row = page.context["rows"][0]
    assert (row.mailed_at, row.mailed_request) == shown
    text = page.content.decode()
    assert ("(request)" in text) is shown[1]
    assert f"{shown[0]:%-d %b %Y}" in text if shown[0] else "None" in text


def test_last_mail_is_one_statement_for_any_number_of_people(
    as_member: Any, acme: Account, rita: Member, ana: Contact
) -> None:
    client = as_member(rita)
    address = reverse("marketing:contacts", args=[acme.pk])

    def statements() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(address)
        return len(counted)

    statements()
    few = statements()
    with use_account(acme):
        for number in range(40):
            make_recipient(
                acme, make_contact(acme, f"p{number}@a.test"), campaign_id=1, sent_at=MAY
            )
    assert statements() == few


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Import spring.csv, line 12", ", import"),
        ("Added by Emil", ", by hand"),
        ("Order 20418, API", ", Order 20418, API"),
        ("", ""),
    ],
)
def test_list_says_in_a_word_where_a_contact_came_from(
    as_member: Any, rita: Member, ana: Contact, source: str, shown: str
) -> None:
    with use_account(rita.account):
        Contact.objects.for_account(rita.account).update(source=source)
    page = as_member(rita).get(reverse("marketing:contacts", args=[rita.account_id]))
    with use_account(rita.account):
        ana.refresh_from_db()
    assert f"{ana.created_at:%-d %b %Y}{shown}</td>" in page.content.decode()
