"""Every URL of an account: anonymous, stranger, weaker roles, foreign ids, and GET that writes not.

Walks the resolver, so that a new URL is held to this without a word of its own.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketing.access import RIGHTS
from marketing.models import Account, Member
from tests.house.one_of_each import CONSTANTS, QUERIES, arguments, make_one_of_each, picture

METHODS = ("get", "post")
# The one act a viewer may do.
VIEWERS_MAY_POST = {right for right, roles in RIGHTS.items() if "viewer" in roles} - {
    "see",
    "see_settings",
}
# Selects by position or by a signed token, not by a row's own id.
NOT_IDS = set(CONSTANTS) | {"number"}


def _walk(
    patterns: list[URLPattern | URLResolver], space: str = ""
) -> Iterator[tuple[str, list[str], str]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, entry.namespace or space)
        else:
            names = list(entry.pattern.converters)
            right = getattr(entry.callback, "right", "")
            yield f"{space}:{entry.name}" if space else str(entry.name), names, right


OF_ACCOUNTS = [
    (name, [captured for captured in names if captured != "account_id"], right)
    for name, names, right in _walk(get_resolver().url_patterns)
    if "account_id" in names
]
WITH_IDS = [
    (name, names, foreign)
    for name, names, _ in OF_ACCOUNTS
    for foreign in names
    if foreign not in NOT_IDS
]


@pytest.fixture
def own(acme: Account) -> dict[str, Any]:
    return make_one_of_each(acme)


@pytest.fixture
def foreign_rows(velo: Account) -> dict[str, Any]:
    return make_one_of_each(velo, records=3)


def url_of(name: str, account: Account, names: list[str], rows: dict[str, Any]) -> str:
    query = {name: rows[key] for name, key in QUERIES.get(name, {}).items()}
    url = reverse(name, kwargs={"account_id": account.pk} | arguments(names, rows))
    return f"{url}?{urlencode(query)}" if query else url


def statuses(client: Client, url: str) -> set[int]:
    """What GET and POST answer, but for a method the URL does not know."""
    return {getattr(client, method)(url).status_code for method in METHODS} - {405}


def test_there_are_urls_to_hold_to_this() -> None:
    assert len(OF_ACCOUNTS) > 8
    assert all(right for _, _, right in OF_ACCOUNTS)


def test_anonymous_is_sent_to_login(client: Client, acme: Account, own: dict[str, Any]) -> None:
    before = picture(acme)
    for name, names, _ in OF_ACCOUNTS:
        url = url_of(name, acme, names, own)
        for method in METHODS:
            answer = getattr(client, method)(url)
            assert answer.status_code in (302, 405), name
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith(reverse("account_login")), name
        assert picture(acme) == before, name


def test_stranger_gets_404_and_changes_nothing(
    as_member: Any, acme: Account, rolf: Member, own: dict[str, Any]
) -> None:
    client = as_member(rolf)
    before = picture(acme)
    for name, names, _ in OF_ACCOUNTS:
        assert statuses(client, url_of(name, acme, names, own)) <= {404}, name
        assert picture(acme) == before, name


@pytest.mark.parametrize("role", ["rita", "emil", "adam"])
def test_role_without_the_right_gets_404(
    as_member: Any, acme: Account, own: dict[str, Any], request: pytest.FixtureRequest, role: str
) -> None:
    member: Member = request.getfixturevalue(role)
    client = as_member(member)
    before = picture(acme)
    for name, names, right in OF_ACCOUNTS:
        if member.role not in RIGHTS[right]:
            assert statuses(client, url_of(name, acme, names, own)) <= {404}, name
            assert picture(acme) == before, name


def test_forged_post_of_a_viewer_is_404_and_changes_nothing(
    as_member: Any, acme: Account, rita: Member, own: dict[str, Any]
) -> None:
    client = as_member(rita)
    before = picture(acme)
    for name, names, right in OF_ACCOUNTS:
        if right not in VIEWERS_MAY_POST:
            answer = client.post(url_of(name, acme, names, own))
            assert answer.status_code in (404, 405), name
            assert picture(acme) == before, name


def test_get_shows_the_page_and_writes_nothing(
    as_member: Any, acme: Account, olga: Member, own: dict[str, Any]
) -> None:
    client = as_member(olga)
    before = picture(acme)
    for name, names, _ in OF_ACCOUNTS:
        answer = client.get(url_of(name, acme, names, own))
        assert answer.status_code in (200, 204, 302, 405), name
        assert picture(acme) == before, name


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_foreign_id_in_the_query_is_404(
    as_member: Any, olga: Member, own: dict[str, Any], foreign_rows: dict[str, Any], name: str
) -> None:
    names = next(names for found, names, _ in OF_ACCOUNTS if found == name)
    assert as_member(olga).get(url_of(name, olga.account, names, foreign_rows)).status_code == 404


def test_id_of_the_other_account_is_404_and_nothing_changes(
    as_member: Any,
    acme: Account,
    velo: Account,
    olga: Member,
    own: dict[str, Any],
    foreign_rows: dict[str, Any],
) -> None:
    client = as_member(olga)
    before = picture(acme), picture(velo)
    for name, names, foreign in WITH_IDS:
        rows = own | {foreign: foreign_rows[foreign]}
        assert rows[foreign] != own[foreign]
        url = reverse(name, kwargs={"account_id": acme.pk} | arguments(names, rows))
        assert statuses(client, url) <= {404}, f"{name}, {foreign}"
        assert (picture(acme), picture(velo)) == before, f"{name}, {foreign}"
