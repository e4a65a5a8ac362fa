"""launch: a million recipients with verdict, reason, request and chunk, against bare rows."""

from collections.abc import Iterator

from django.db import connection

from benchmarks.copying import RUN, as_owner
from benchmarks.dataset import accounts
from benchmarks.measuring import Measured, measured, median_of
from benchmarks.rows import Row
from campaigns.launching.launch import launch
from campaigns.launching.preparing import prepare
from campaigns.launching.review import review
from campaigns.models import Campaign, Recipient
from marketing.tenancy import use_account

_STAGED = """
CREATE UNLOGGED TABLE staged AS
SELECT * FROM recipient WHERE account_id = %s AND campaign_id = %s ORDER BY contact_id
"""


def rows() -> Iterator[Row]:
    """The launch, then the same rows again without the gate, then the card's counts."""
    cast = accounts.find("large")
    yield _review(cast)
    launch(cast.draft, by=cast.owner)
    account_id, campaign_id = cast.account.pk, cast.draft.pk
    with measured() as took:
        assert prepare(account_id, campaign_id)
    with use_account(account_id):
        recipients = Recipient.objects.for_account(account_id).filter(campaign_id=campaign_id)
        people = recipients.count()
    bare = _bare(account_id, campaign_id)
    yield Row(
        name=f"launch: {people:,} recipients prepared",
        value=people / took.seconds,
        unit="people/s",
        reference=people / bare.seconds,
        against="the same rows inserted without the gate",
        ratio=bare.seconds / took.seconds,
        cpu_us=took.cpu_us(people),
        note=f"{took.seconds:.1f} s against {bare.seconds:.1f} s, {_cpu(bare, people)}",
    )


def _review(cast: accounts.Cast) -> Row:
    with use_account(cast.account):
        draft = Campaign.objects.for_account(cast.account).get(pk=cast.draft.pk)
        seconds = median_of(lambda: review(draft, cast.account), times=3)
        with measured() as took:
            total = review(draft, cast.account).total
    return Row(
        name=f"launch: counts of the review card for {total:,}",
        value=seconds,
        unit="s",
        cpu_us=took.cpu_us(total),
        note="to be under 1.5 s",
    )


def _bare(account_id: int, campaign_id: int) -> Measured:
    """One statement that inserts the rows as those of another campaign."""
    owner = as_owner(RUN)
    with owner.cursor() as cursor:
        cursor.execute(_STAGED, [account_id, campaign_id])
        cursor.execute("UPDATE staged SET campaign_id = campaign_id + 1000000")
        cursor.execute("VACUUM ANALYZE staged")
        cursor.execute("GRANT SELECT ON staged TO assent")
    with measured() as took, use_account(account_id), connection.cursor() as cursor:
        cursor.execute("INSERT INTO recipient SELECT * FROM staged")
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE staged")
    owner.close()
    return took


def _cpu(bare: Measured, people: int) -> str:
    """On a busy machine the CPU says more than the clock."""
    return "" if bare.cpu is None else f"CPU of the reference {bare.cpu / people * 1e6:.1f} us"
