"""Counts what became of mail by receiving group: the organisation behind the MX of an address.

A campaign is counted anew, in the background, where mails left or reports came since the last time.
"""

from collections import defaultdict
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.sending.rates.groups import groups_of
from marketing.tenancy import every_account, use_account
from tracking.deliverability.models import GroupCount, GroupsCounted
from tracking.deliverability.rates import SPAN

KEPT: Final = 15  # groups of a campaign; all others are one line
_DOMAINS: Final = 2_000  # the largest; each may cost a look-up
_PATIENCE_S: Final = 5.0

_SEEN: Final = """
SELECT (SELECT coalesce(sum(k.sent + k.failed), 0) FROM chunk k WHERE k.account_id = %(account)s
        AND k.campaign_id = %(campaign)s AND k.kind = 'mail')::bigint,
    (SELECT count(*) FROM inbound_report r
     WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s)
"""
_BY_DOMAIN: Final = f"""
WITH complained AS (
    SELECT DISTINCT contact_id FROM inbound_report
    WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND kind = 'complaint'),
counted AS (
    SELECT lower(split_part(r.address, '@', 2)) AS domain, count(*) AS mails,
        count(*) FILTER (WHERE r.trouble = 'failed') AS refused, count(c.contact_id) AS complaints
    FROM recipient r LEFT JOIN complained c USING (contact_id)
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND (r.sent_at IS NOT NULL OR r.trouble = 'failed')
    GROUP BY 1),
ranked AS (SELECT *, row_number() OVER (ORDER BY mails DESC, domain) AS place FROM counted)
SELECT CASE WHEN place <= {_DOMAINS} THEN domain ELSE '' END, sum(mails)::int, sum(refused)::int,
    sum(complaints)::int
FROM ranked GROUP BY 1
"""
_OF_ACCOUNT: Final = """
SELECT g.name, sum(g.mails)::int, sum(g.refused)::int, sum(g.complaints)::int
FROM group_count g JOIN campaign c ON c.account_id = g.account_id AND c.id = g.campaign_id
WHERE g.account_id = %s AND c.first_sent_at >= %s
GROUP BY g.name ORDER BY g.name = '', 2 DESC LIMIT %s
"""


class Group(NamedTuple):
    """What became of the mail to one receiving group; `name` "" are all the small ones."""

    name: str
    mails: int
    refused: int
    complaints: int


def groups_of_account(account_id: int) -> list[Group]:
    """The largest groups of thirty days, the small ones last. Call inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ACCOUNT, [account_id, timezone.now() - SPAN, KEPT + 1])
        return [Group(*row) for row in cursor.fetchall()]


def count_all() -> int:
    """Every ten minutes: campaigns of thirty days that something happened to. How many."""
    with every_account():
        recent = Campaign.objects.filter(first_sent_at__gte=timezone.now() - SPAN)
        ids = list(recent.order_by("pk").values_list("account_id", "pk"))
    return sum(count_campaign(*each) for each in ids)


def count_campaign(account_id: int, campaign_id: int) -> bool:
    """Count one campaign if something happened since; whether it did. Outside of transactions."""
    key = {"account": account_id, "campaign": campaign_id}
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(_SEEN, key)
        mails, reports = cursor.fetchone()
        last = GroupsCounted.objects.for_account(account_id).filter(campaign_id=campaign_id).first()
        if not mails or (last and (last.mails, last.reports) == (mails, reports)):
            return False
        cursor.execute(_BY_DOMAIN, key)
        by_domain = cursor.fetchall()
    groups = _grouped(by_domain)  # asks the DNS: no transaction is open
    with use_account(account_id):
        _store(account_id, campaign_id, groups)
        GroupsCounted.objects.update_or_create(
            account_id=account_id,
            campaign_id=campaign_id,
            defaults={"mails": mails, "reports": reports, "counted_at": timezone.now()},
        )
    return True


def _grouped(by_domain: list[tuple[Any, ...]]) -> list[Group]:
    known = groups_of((f"@{domain}" for domain, *_ in by_domain if domain), patience=_PATIENCE_S)
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for domain, *numbers in by_domain:
        name = known[f"@{domain}"] if domain else ""
        sums[name] = [before + more for before, more in zip(sums[name], numbers, strict=True)]
    largest = sorted((name for name in sums if name), key=lambda name: (-sums[name][0], name))
    rest = [sums[name] for name in ["", *largest[KEPT:]] if name in sums]
    groups = [Group(name, *sums[name]) for name in largest[:KEPT]]
    if rest:
        groups.append(Group("", *(sum(column) for column in zip(*rest, strict=True))))
    return groups


def _store(account_id: int, campaign_id: int, groups: list[Group]) -> None:
    mine = GroupCount.objects.for_account(account_id)
    mine.filter(campaign_id=campaign_id).delete()
    GroupCount.objects.bulk_create(
        GroupCount(account_id=account_id, campaign_id=campaign_id, **group._asdict())
        for group in groups
    )
