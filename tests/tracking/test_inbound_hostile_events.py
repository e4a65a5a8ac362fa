"""Events of a provider with the right secret, and with anything in them: never a 500.

Providers come again after a 5xx, for days; and an account may be its own provider.
"""

import base64
import json
import random
from typing import Any, Final

import pytest

from tests.tracking.provider_shapes import SHAPES, WHO
from tests.tracking.provider_signing import Told, told
from tests.tracking.test_inbound_events import Far, amazon, far  # noqa: F401
from tracking.inbound.hooks import VIEWS, hook_url, secret_of

pytestmark = pytest.mark.django_db

VALUES: Final[tuple[Any, ...]] = (
    *(
        "\ud800",
        "a\0b",
        "9" * 5_000,
        "²",
        "٣",
        "",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ),
    *(10**30, -1, 2**63, float("inf"), float("nan"), 1e308, True, None, [], {}, [[]], {"a": [1]}),
    *("<" * 20_000, "5.1.1 " * 4_000, "a@b " * 4_000, "\ufdfa" * 2_000),
)


def spoilt(chance: random.Random, given: Any, share: float) -> Any:
    """The same with some of its values replaced."""
    if chance.random() < share:
        return chance.choice(VALUES)
    if isinstance(given, dict):
        return {name: spoilt(chance, value, share) for name, value in given.items()}
    return [spoilt(chance, each, share) for each in given] if isinstance(given, list) else given


def sent(far: Far, provider: str, body: Any) -> int:  # noqa: F811
    try:
        said = told(provider, body, url=hook_url(far.account.pk, provider))
    except (TypeError, UnicodeEncodeError, KeyError):  # our signature of it, not its reading
        return 404
    return far.post(provider, said)


@pytest.mark.parametrize("provider", VIEWS)
def test_an_event_with_anything_in_it_is_taken_or_refused(far: Far, provider: str) -> None:  # noqa: F811
    chance = random.Random(21)
    far.client.raise_request_exception = False
    answers = set()
    for kind in ("bounced", "delivered", "complained", "deferred", "unsubscribed"):
        shape = SHAPES[provider](kind, far.keys(), "4711")
        for _ in range(6 if shape else 0):
            body = json.loads(json.dumps(shape).replace(WHO, far.person.address))
            answers.add(sent(far, provider, spoilt(chance, body, chance.choice((0.02, 0.1, 0.3)))))
    assert answers <= {200, 404}


@pytest.mark.parametrize("name", VALUES)
def test_a_mail_is_looked_for_by_any_name(far: Far, name: Any) -> None:  # noqa: F811
    body = SHAPES["mailersend"]("bounced", {}, name)
    assert sent(
        far, "mailersend", json.loads(json.dumps(body).replace(WHO, far.person.address))
    ) in (
        200,
        404,
    )


@pytest.mark.parametrize("name", ["account", "campaign", "contact"])
def test_keys_may_be_any_number(far: Far, name: str) -> None:  # noqa: F811
    values: tuple[Any, ...] = (
        10**30,
        2**63,
        float("inf"),
        -1,
        "9" * 5_000,
        "²",
        "1_0",
        True,
        [],
        "\0",
    )
    for value in values:
        keys: Any = far.keys() | {name: value}
        body = SHAPES["postmark"]("bounced", keys, "x")
        assert sent(far, "postmark", body) in (200, 404)
    assert far.reports() == []


@pytest.mark.parametrize("provider", VIEWS)
def test_a_body_that_is_none_is_refused(far: Far, provider: str) -> None:  # noqa: F811
    far.client.raise_request_exception = False
    for body in (b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000, b"\xff\xfe", b'"\\ud800"', b"\0"):
        for kind in (
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ):
            assert far.post(provider, Told(body, kind)) in (200, 400, 404)


@pytest.mark.parametrize("account", [10**30, 2**63, float("inf")])
def test_the_operators_provider_names_no_account_that_cannot_be(far: Far, account: int) -> None:  # noqa: F811
    keys: Any = far.keys() | {"account": account}
    body = SHAPES["postmark"]("bounced", keys, "x")
    word = f"0:{secret_of(0)}"
    answer = far.client.post(
        "/hooks/postmark/",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"},
    )
    assert answer.status_code == 200
