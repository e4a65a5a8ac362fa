"""tracking: events stored before the answer, the permission asked anew, one process."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from statistics import quantiles
from typing import Any

from django.conf import settings

from benchmarks.dataset import accounts
from benchmarks.loading import CONNECTIONS, load
from benchmarks.measuring import measured
from benchmarks.rows import Row
from benchmarks.serving import family, free_port, granian, nginx, nginx_program
from marketing.models import Contact
from marketing.tenancy import use_account
from marketing.tokens import Tokens
from tracking.models import TrackingEvent

PEOPLE = 5_000
SECONDS = 6.0
STEADY = 2_000  # requests a second: an account's million within ten minutes


def rows() -> Iterator[Row]:
    """The endpoint, then a picture that is only served, with the same load."""
    cast = accounts.find("large")
    paths = _paths(cast)
    stored, steady, seconds, cpu = _endpoint(cast, paths)
    reference = len(_reference(paths)) / SECONDS
    served_by = "nginx" if nginx_program() else "no nginx here: granian"
    yield Row(
        name="tracking: events stored before the answer",
        value=len(stored) / seconds,
        unit="events/s",
        reference=reference,
        against=f"{served_by} serving the GIF",
        ratio=len(stored) / seconds / reference,
        cpu_us=cpu,
        note="CPU without the load's own",
    )
    yield Row(
        name=f"tracking: 99 % of answers, {len(steady) / SECONDS:,.0f} a second, in",
        value=quantiles(steady, n=100)[98] * 1000,
        unit="ms",
        note=f"{STEADY:,} a second were asked",
    )
    yield Row(
        name=f"tracking: 99 % of answers, {CONNECTIONS} at once, in",
        value=quantiles(stored, n=100)[98] * 1000,
        unit="ms",
        note="at full speed",
    )


def _endpoint(
    cast: accounts.Cast, paths: list[str]
) -> tuple[list[float], list[float], float, float | None]:
    """Answers at full speed and at a steady one; seconds and CPU per event of the first."""
    port = free_port()
    before = _count(cast)
    with granian("settings.tracking_app:application", port) as process:
        load(port, paths, seconds=1)
        with measured() as own, measured(*family(process.pid)) as took:
            taken = load(port, paths, seconds=SECONDS)
        steady = load(port, paths, seconds=SECONDS, per_second=STEADY)
    after = _count(cast)
    assert after - before >= len(taken) + len(steady), "an answered event was not stored"
    cpu = None
    if took.cpu is not None and own.cpu is not None:
        cpu = took.cpu / len(taken) * 1e6
    return taken, steady, took.seconds, cpu


def _reference(paths: list[str]) -> list[float]:
    port = free_port()
    server: AbstractContextManager[Any] = (
        nginx(port) if nginx_program() else granian("benchmarks.plain_gif:application", port)
    )
    with server:
        load(port, paths, seconds=1)
        return load(port, paths, seconds=SECONDS)


def _paths(cast: accounts.Cast) -> list[str]:
    """Pictures of people whose events may be stored."""
    tokens = Tokens.from_setting(settings.TOKEN_KEY)
    account_id, campaign_id = cast.account.pk, cast.sent.pk
    with use_account(account_id):
        at_home = (
            Contact.objects.for_account(account_id).filter(country="US").exclude(tracking="no")
        )
        people = list(at_home.order_by("pk").values_list("pk", flat=True)[:PEOPLE])
    return [
        f"/pixel/{tokens.make('track', account_id, campaign_id, person)}.gif" for person in people
    ]


def _count(cast: accounts.Cast) -> int:
    with use_account(cast.account):
        events = TrackingEvent.objects.for_account(cast.account)
        return int(events.filter(campaign_id=cast.sent.pk).count())
