"""The table of rights, cell by cell: each right by one act at the door, for each of four roles."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import reverse

from marketing.access import RIGHTS, may
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each, picture
from tests.making import make_contact

ROLES = {"viewer": "rita", "editor": "emil", "admin": "adam", "owner": "olga"}


@dataclass(frozen=True)
class Act:
    """What a right lets somebody do, as a request; `data` None means GET."""

    url: str
    ids: tuple[str, ...] = ()
    data: dict[str, str] | None = field(default=None)


ACTS: dict[str, Act] = {
    "see": Act("campaigns:campaigns"),
    "see_settings": Act("marketing:settings_more"),
    "export_recipients": Act("tracking:recipients_export", ("campaign_id",), {}),
    "edit_contacts": Act("marketing:contact_add", (), {"address": "bo@example.test"}),
    "edit_campaigns": Act("campaigns:new_campaign", (), {"name": "July"}),
    "launch": Act("campaigns:launch", ("campaign_id",), {}),
    "edit_forms": Act("consent:form_new", (), {}),
    "edit_settings": Act("marketing:settings_more", (), {"consent": "on"}),
    "see_members": Act("marketing:members"),
    "edit_members": Act("marketing:member_role", ("member_id",), {"role": "editor"}),
    "see_audit": Act("marketing:audit"),
    "change_country": Act("marketing:settings_country", (), {"country": "CA"}),
}
# Its page comes with a later issue; the table already says who will have it.
LATER = {"delete_account"}
# A right inside another act: see the test of its own below.
INSIDE = {"loosen_country"}

CELLS = [(right, role) for right in RIGHTS for role in ROLES]

# product.md 7, written a second time on purpose.
EXPECTED = {
    "viewer": {"see", "see_settings", "export_recipients"},
    "editor": {"edit_contacts", "edit_campaigns", "launch"},
    "admin": {
        "loosen_country",
        "edit_forms",
        "edit_settings",
        "see_members",
        "edit_members",
        "see_audit",
    },
    "owner": {"change_country", "delete_account"},
}


def has(role: str, right: str) -> bool:
    """Each role has its own rights and those of all weaker ones."""
    order = list(ROLES)
    return any(right in EXPECTED[weaker] for weaker in order[: order.index(role) + 1])


def test_every_right_has_an_act_or_a_reason() -> None:
    assert set(ACTS) | LATER | INSIDE == set(RIGHTS)


@pytest.mark.parametrize(("right", "role"), CELLS)
def test_role_has_the_right_the_product_gives_it(right: str, role: str) -> None:
    assert may(Member(role=role), right) == has(role, right)


@pytest.mark.parametrize(("right", "role"), [cell for cell in CELLS if cell[0] in ACTS])
def test_act_is_open_with_the_right_and_404_without(
    as_member: Any, acme: Account, request: pytest.FixtureRequest, right: str, role: str
) -> None:
    member: Member = request.getfixturevalue(ROLES[role])
    act = ACTS[right]
    rows = make_one_of_each(acme)
    url = reverse(act.url, args=[acme.pk, *(rows[name] for name in act.ids)])
    client = as_member(member)
    before = picture(acme)
    answer = client.get(url) if act.data is None else client.post(url, act.data)
    if has(role, right):
        assert answer.status_code in (200, 302, 422)
    else:
        assert answer.status_code == 404
        assert picture(acme) == before


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_loosen_the_country_of_a_contact(
    as_member: Any, acme: Account, request: pytest.FixtureRequest, role: str
) -> None:
    member: Member = request.getfixturevalue(ROLES[role])
    with use_account(acme):
        contact = make_contact(acme, "udo@example.test", country="DE")
    url = reverse("marketing:contact_edit", args=[acme.pk, contact.pk])
    as_member(member).post(url, {"country": "US"})
    with use_account(acme):
        contact.refresh_from_db()
    assert (contact.country == "US") == has(role, "loosen_country")
