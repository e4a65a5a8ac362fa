"""Every number of a Statistics page is pressed, and the rows behind it are counted."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from campaigns.models import Campaign, CampaignTotals, Counter, FirstTime
from campaigns.recipients.reasons import label
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.tracking.crowds import look_at_the_tables, make_crowd
from tracking.folding.folding import fold
from tracking.keeping.recounting import recount
from tracking.statistics.filters import Filters
from tracking.statistics.finding import found_by
from tracking.statistics.listing import recipients_page
from tracking.statistics.over_time import OverTime, over_times_of

PEOPLE = 5000
PLACES = re.compile(r'<a [^>]*href="([^"]*/recipients/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
NUMBER = re.compile(r"\d[\d,]*")


def folded_crowd(account: Account, people: int) -> Campaign:
    with use_account(account):
        campaign = make_crowd(account, people)
    while fold(account.pk):
        pass
    with use_account(account):
        look_at_the_tables()
    return campaign


def rows_behind(campaign: Campaign, url: str) -> int:
    """The recipients of a filter, read page by page as the export does."""
    filters = Filters.of(QueryDict(urlsplit(url).query))
    count = after = 0
    with use_account(campaign.account_id):
        while True:
            page = recipients_page(found_by(campaign, filters), after=after, size=2000)
            count += len(page.rows)
            after = page.after
            if not after:
                return count


def test_each_number_of_the_page_has_that_many_rows_behind_it(
    acme: Account, as_member: Any, rita: Member
) -> None:
    campaign = folded_crowd(acme, PEOPLE)
    client = as_member(rita)
    url = reverse("tracking:statistics", args=[acme.pk, campaign.pk])
    page = client.get(url).content.decode()
    pressed = {}
    for href, words in PLACES.findall(page):
        text = unescape(re.sub(r"<[^>]+>", " ", words))
        found = NUMBER.search(text)
        if found and parse_qsl(urlsplit(unescape(href)).query):
            pressed[unescape(href), int(found[0].replace(",", ""))] = text.strip()
    # Sent, Views, Clicks, Unsubscribed; the funnel; four states; range and unseen; four links.
    assert len(pressed) >= 14, pressed
    wrong = {
        (href, number, text): rows
        for (href, number), text in pressed.items()
        if (rows := rows_behind(campaign, href)) != number
    }
    assert wrong == {}
    for href, number in pressed:
        shown = client.get(href).content.decode()
        assert f"{number:,}" in shown, (href, number)


# What one line of the groups counts, by the rows of its people.
OF_GROUP = """
SELECT {code}, count(*), count(*) FILTER (WHERE r.measured_opens),
    count(*) FILTER (WHERE (SELECT count(*) FROM tracking_event t WHERE {mine} AND t.kind = 'open'
        AND t.judged_class = 'person') > 0),
    count(*) FILTER (WHERE (SELECT count(*) FROM tracking_event t WHERE {mine} AND t.kind = 'open'
        AND t.judged_class = 'person') = 0 AND (SELECT count(*) FROM tracking_event t WHERE {mine}
        AND t.kind = 'open' AND t.judged_class = 'proxy') > 0),
    count(*) FILTER (WHERE (SELECT count(*) FROM tracking_event t WHERE {mine} AND t.kind = 'click'
        AND t.judged_class = 'person') > 0)
FROM recipient r JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
WHERE r.account_id = %s AND r.campaign_id = %s AND r.sent_at IS NOT NULL GROUP BY 1"""
MINE = """t.account_id = r.account_id AND t.campaign_id = r.campaign_id
    AND t.contact_id = r.contact_id"""


def test_each_number_by_country_and_basis_is_that_of_its_people(
    acme: Account, as_member: Any, rita: Member
) -> None:
    campaign = folded_crowd(acme, 1500)
    url = reverse("tracking:groups", args=[acme.pk, campaign.pk])
    page = as_member(rita).get(url).content.decode()
    shown = [
        [unescape(re.sub(r"<[^>]+>|\(.*?\)", "", cell)).strip().replace(",", "") for cell in row]
        for row in (re.findall(r"<t[hd].*?</t[hd]>", tr, re.DOTALL) for tr in page.split("<tr>"))
    ]
    told = {
        (cells[0], *map(int, cells[1:6])) for cells in shown if cells and cells[1:2] != ["Sent"]
    }
    names = {"US": "United States", "BR": "Brazil", "JP": "Japan", "": "No country known"}
    counted = set()
    with use_account(acme), connection.cursor() as cursor:
        for code in ("c.country", "r.reason"):
            cursor.execute(OF_GROUP.format(code=code, mine=MINE), [acme.pk, campaign.pk])
            rows = cursor.fetchall()
            counted |= {(names.get(key) or label(key), *numbers) for key, *numbers in rows}
            totals = CampaignTotals.objects.for_account(acme).get(campaign_id=campaign.pk)
            sums = [sum(column) for column in list(zip(*rows, strict=True))[3:]]
            assert sums == [totals.viewers, totals.proxy_only, totals.clickers]
    assert len(counted) == 6
    assert told == counted


def test_each_link_has_the_clicks_of_its_events(
    acme: Account, as_member: Any, rita: Member
) -> None:
    campaign = folded_crowd(acme, 1500)
    url = reverse("tracking:statistics", args=[acme.pk, campaign.pk])
    page = as_member(rita).get(url).content.decode()
    table = page[page.index("links-table") :]
    rows = [
        [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr>.*?</tr>", table[: table.index("</table>")].replace("\n", ""))
    ]
    told = {
        int(row[0][1]): (int(row[1][0]), *(int(cell[0]) for cell in row[3:])) for row in rows[1:]
    }
    with use_account(acme), connection.cursor() as cursor:
        cursor.execute(
            """SELECT number, count(DISTINCT contact_id) FILTER (WHERE judged_class = 'person'),
                   count(*) FILTER (WHERE judged_class = 'person'),
                   count(*) FILTER (WHERE judged_class IN ('machine', 'proxy')),
                   count(*) FILTER (WHERE judged_class = 'unknown')
               FROM tracking_event WHERE account_id = %s AND campaign_id = %s AND kind = 'click'
               GROUP BY 1""",
            [acme.pk, campaign.pk],
        )
        assert told == {number: tuple(counts) for number, *counts in cursor.fetchall()}


def test_the_sums_of_a_campaign_equal_its_rows(acme: Account) -> None:
    campaign = folded_crowd(acme, 1500)
    assert recount(acme.pk).differences == []
    with use_account(acme):
        totals = CampaignTotals.objects.for_account(acme).get(campaign_id=campaign.pk)
        firsts = FirstTime.objects.for_account(acme).filter(campaign_id=campaign.pk, number=0)
        assert totals.viewers == sum(f.people for f in firsts if f.kind == "open") > 100
        assert totals.clickers == sum(f.people for f in firsts if f.kind == "click") > 100


def in_zone(account: Account, zone: str, campaign: Campaign) -> tuple[OverTime, OverTime]:
    Account.objects.filter(pk=account.pk).update(time_zone=zone)
    with use_account(account):
        return over_times_of(campaign, zone=zone)


def sums_of(chart: OverTime) -> list[int]:
    return [sum(values) for values in zip(*(line.values for line in chart.lines), strict=True)]


def test_berlin_and_utc_count_the_same_people_in_their_own_hours_and_days(acme: Account) -> None:
    campaign = folded_crowd(acme, 1500)
    berlin_hours, berlin = in_zone(acme, "Europe/Berlin", campaign)
    utc_hours, utc = in_zone(acme, "UTC", campaign)
    assert sums_of(berlin) == sums_of(utc)
    assert sums_of(berlin_hours) == sums_of(utc_hours), "48 hours begin at the same moment"
    for zone, chart in (("Europe/Berlin", berlin), ("UTC", utc)):
        with use_account(acme), connection.cursor() as cursor:
            cursor.execute(
                """SELECT extract(day FROM opened_first_at AT TIME ZONE %(zone)s)::int, count(*)
                   FROM engagement WHERE account_id = %(account)s AND campaign_id = %(campaign)s
                     AND opens > 0 GROUP BY 1""",
                {"zone": zone, "account": acme.pk, "campaign": campaign.pk},
            )
            by_day = dict(cursor.fetchall())
        shown = {int(line.label.split()[0]): line.values[0] for line in chart.lines}
        assert {day: n for day, n in shown.items() if n} == by_day
    with use_account(acme), connection.cursor() as cursor:
        cursor.execute(
            """SELECT greatest(0, floor(extract(epoch FROM opened_first_at
                          - date_trunc('hour', %s, 'UTC')) / 7200))::int, count(*)
               FROM engagement WHERE account_id = %s AND campaign_id = %s AND opens > 0
               GROUP BY 1""",
            [campaign.first_sent_at or campaign.launched_at, acme.pk, campaign.pk],
        )
        by_step = {step: n for step, n in cursor.fetchall() if step < 24}
    for chart in (berlin_hours, utc_hours):
        assert {
            n: line.values[0] for n, line in enumerate(chart.lines) if line.values[0]
        } == by_step
    hours = {line.label.split(", ")[1] for line in berlin_hours.lines}
    assert len(hours) == 12, "steps of two hours"
    shift = {
        (int(b.label[-5:-3]) - int(u.label[-5:-3])) % 24
        for b, u in zip(berlin_hours.lines, utc_hours.lines, strict=True)
    }
    assert shift <= {1, 2}, "winter or summer"


def test_requests_of_every_class_add_up_to_the_events(acme: Account) -> None:
    campaign = folded_crowd(acme, 1500)
    with use_account(acme), connection.cursor() as cursor:
        cursor.execute(
            """SELECT kind, judged_class, count(*) FROM tracking_event
               WHERE account_id = %s AND campaign_id = %s GROUP BY 1, 2""",
            [acme.pk, campaign.pk],
        )
        events = {(kind, judged): count for kind, judged, count in cursor.fetchall()}
        counted: dict[tuple[str, str], int] = {}
        for row in Counter.objects.for_account(acme).filter(campaign_id=campaign.pk):
            key = (row.kind, row.judged_class)
            counted[key] = counted.get(key, 0) + row.events
    assert counted == events
    assert {judged for _, judged in events} == {"person", "proxy", "machine", "unknown"}
