"""Requests that were made to hurt, to every URL: answered below 500, and nothing half-written.

What is typed where changes from run to run only with the list of URLs: the choice is seeded. A
value that once broke a page stands in a case of its own.
"""

import random
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketing.models import Account, Export, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each, picture
from tests.house.test_every_url import OF_ACCOUNTS, url_of
from tests.house.typed import Controls

DIGITS: Final = "9" * 5_000
VALUES: Final = (
    *(
        "a\0b",
        "\0",
        "a\x01\x0b\x1b",
        "\ud800",
        "\u202eabc",
        "\ufdfa" * 500,
        "👨‍👩‍👧" * 200,
        "²",
        "٣",
        "٣" * 18,
    ),
    *(
        DIGITS,
        "9" * 20,
        str(2**63),
        str(-(2**63) - 1),
        "-1",
        "0",
        "1e400",
        "NaN",
        "",
        "   ",
        "\r\n",
    ),
    *("9999-12-31", "0001-01-01", "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-30", "25:99"),
    *(
        "%00%",
        "\\",
        "'\";--",
        "[1,2]",
        '{"a":',
        "<" * 5_000,
        "{{" * 2_000,
        "{{ contact" + ".a" * 3_000,
    ),
    *(
        "javascript:alert(1)",
        "a" * 300 + "@" + "b." * 200 + "c",
        "a@" + "é" * 300 + ".c",
        "x" * 90_000,
    ),
)
# Read by some page or other.
QUERY: Final = (
    *("q", "page", "sort", "before", "after", "seq", "contact", "as", "block", "form", "language"),
    *(
        "text",
        "copy",
        "start",
        "erase",
        "lang",
        "when",
        "seen",
        "state",
        "period",
        "template",
        "day",
    ),
    *("provider", "country", "segment", "reason", "record", "link", "import", "campaign", "check"),
    *("newsletter", "tracking", "show", "chunk", "kind", "what", "domain", "sender", "query"),
)
POSTED: Final = (
    *(
        "act",
        "type",
        "block",
        "position",
        "was",
        "mine",
        "auto",
        "contact",
        "all",
        "segment",
        "sure",
    ),
    *("query", "format", "seen", "answer", "stop", "mail_link", "to", "form", "addresses", "copy"),
    *(
        "rule-TOTAL_FORMS",
        "rule-INITIAL_FORMS",
        "rule-0-field",
        "rule-0-value",
        "newsletter",
        "confirm",
    ),
)


def broken(answer: Any) -> str:
    """What went wrong inside, "" for an answer below 500."""
    if answer.status_code < 500:
        return ""
    error = getattr(answer, "exc_info", None)
    return f"{answer.status_code}: {error and error[1]!r:.200}"


def encoded(chance: random.Random, names: Any) -> str:
    """Each name with a value of its own; lone surrogates go on the wire as such."""
    data = {name: chance.choice(VALUES) for name in names}
    return urlencode({k: v.encode("utf-8", "surrogatepass") for k, v in data.items()})


@pytest.fixture
def own(acme: Account) -> dict[str, Any]:
    return make_one_of_each(acme)


@pytest.fixture
def owner(as_member: Any, olga: Member) -> Client:
    client: Client = as_member(olga)
    client.raise_request_exception = False
    return client


def test_no_query_breaks_a_page(owner: Client, acme: Account, own: dict[str, Any]) -> None:
    chance = random.Random(11)
    found = []
    for name, names, _ in OF_ACCOUNTS:
        url = url_of(name, acme, names, own).partition("?")[0]
        if owner.head(url).status_code == 405:
            continue
        query = encoded(chance, QUERY)[:60_000]
        if said := broken(owner.get(f"{url}?{query}")):
            found.append((name, said, query[:2_000]))
    assert found == []


def test_no_form_breaks_a_page_or_leaves_half_of_it(
    owner: Client, acme: Account, own: dict[str, Any]
) -> None:
    chance = random.Random(12)
    found: list[Any] = []
    for name, names, _ in OF_ACCOUNTS:
        url = url_of(name, acme, names, own)
        fields = fields_of(owner.get(url))
        # What one URL stores or deletes is there again for the next.
        start, before, statuses = transaction.savepoint(), picture(acme), set()
        for good in (0.0, 0.5):
            # Some fields stay as they were, so that what is behind the first fault is reached, too.
            kept = {n: v for n, v in fields.items() if chance.random() < good}
            body = encoded(chance, [*(set(fields) - set(kept)), *POSTED]) + "&" + urlencode(kept)
            answer = owner.post(url, body, content_type="application/x-www-form-urlencoded")
            statuses.add(answer.status_code)
            if said := broken(answer):
                found.append((name, said, body[:2_000]))
        if min(statuses) >= 400 and picture(acme) != before:
            found.append((name, "refused, and yet something was written"))
        if said := broken(owner.get(url)):
            found.append((name, f"shown afterwards: {said}"))
        transaction.savepoint_rollback(start)
    assert found == []


def fields_of(answer: Any) -> dict[str, str]:
    """The controls of a page with what they hold."""
    if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
        return {}
    held = Controls(answer.content.decode()).values
    return {name: values[0] for name, values in held.items() if name}


def routes(entries: Any, before: str = "/") -> Iterator[str]:
    """Every URL as it is written in urls.py."""
    for entry in entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route


@pytest.mark.parametrize("value", ["9" * 25, DIGITS, "%00", "%ED%A0%80", "%C3%A9" * 300])
def test_no_path_breaks_a_page(owner: Client, acme: Account, value: str) -> None:
    found = []
    for route in routes(get_resolver().url_patterns):
        path = re.sub(r"<[^<>]*>|\(\?P.*", value, route)
        ours = re.sub(r"<[^<>]*>|\(\?P.*", value, route.replace("<int:account_id>", str(acme.pk)))
        for method, each in product(("get", "post"), {path, ours}):
            if said := broken(getattr(owner, method)(each)):
                found.append((method, each[:200], said))
    assert found == []


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_no_stranger_breaks_a_page(client: Client, db: None, name: str) -> None:
    chance = random.Random(13)
    client.raise_request_exception = False
    url = reverse(name)
    fields = [*fields_of(client.get(url)), "next"]
    for _ in range(8):
        body = encoded(chance, fields)
        headers: dict[str, Any] = {
            "HTTP_ACCEPT_LANGUAGE": "a-" * 3_000,
            "HTTP_USER_AGENT": "\xff\x01" * 3_000,
        }
        headers |= {"HTTP_COOKIE": "messages=\x01; sessionid=" + "9" * 5_000, "HTTP_REFERER": "//["}
        answer = client.post(
            f"{url}?{body[:5_000]}",
            body,
            content_type="application/x-www-form-urlencoded",
            **headers,
        )
        assert broken(answer) == ""


ONES: Final[tuple[tuple[str, list[str], dict[str, str]], ...]] = (
    ("consent:form_new", [], {"copy": "²"}),
    ("consent:form_new", [], {"copy": DIGITS}),
    ("campaigns:preview_people", ["campaign_id"], {"as": "a\0b"}),
    ("campaigns:preview_people", ["campaign_id"], {"as": "\0"}),
    ("campaigns:preview", ["campaign_id"], {"contact": "٣" * 18}),
    ("tracking:reports", [], {"before": DIGITS}),
)


@pytest.mark.parametrize(("name", "ids", "query"), ONES)
def test_a_query_that_broke_a_page_once(
    owner: Client,
    acme: Account,
    own: dict[str, Any],
    name: str,
    ids: list[str],
    query: dict[str, str],
) -> None:
    names = next(names for found, names, _ in OF_ACCOUNTS if found == name)
    url = f"{url_of(name, acme, names, own)}?{urlencode(query, quote_via=quote)}"
    assert broken(owner.get(url)) == ""


def test_a_number_of_five_thousand_digits_names_no_segment(owner: Client, acme: Account) -> None:
    url = reverse("marketing:contacts_add_to_segment", args=[acme.pk])
    assert owner.post(url, {"segment": DIGITS}).status_code == 404


@pytest.mark.parametrize("name", ["statistics_export", "recipients_export"])
def test_a_file_is_made_in_a_format_there_is(
    owner: Client, acme: Account, own: dict[str, Any], name: str
) -> None:
    url = reverse(f"tracking:{name}", args=[acme.pk, own["campaign_id"]])
    assert owner.post(url, {"format": "a\0b"}).status_code == 302
    with use_account(acme):
        assert Export.objects.for_account(acme).latest("pk").params["format"] == "csv"
