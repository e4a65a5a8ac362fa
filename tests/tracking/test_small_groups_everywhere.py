"""Small-group mode on every page and in every file: three people and four look the same.

Everything an account shows is read twice, before and after one more person did what few people
did; nothing may tell the difference.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Measuring
from marketing.exporting.running import file_of
from marketing.models import Account, Contact, Export, Member
from marketing.tenancy import use_account
from tests.house.one_of_each import make_one_of_each
from tests.house.test_every_url import OF_ACCOUNTS, url_of
from tests.tracking.making import PROXY, make_event, make_sent_campaign
from tracking.folding.working import fold_all
from tracking.statistics import exporting, exporting_numbers
from tracking.statistics.filters import Filters

HTML = '<html><head></head><body><a href="https://shop.example/1">Shop</a></body></html>'
# Tokens and clocks differ by themselves.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": ?"[^"]*"|nonce="[^"]*"'
    r"|\b\d\d:\d\d(?::\d\d)?\b|[\w.:-]{60,}"
)
Sent = tuple[Campaign, list[Contact]]


def did(sent: Sent, persons: range, kind: str, **fields: Any) -> None:
    """Each of these people once, from a network of their own."""
    campaign, people = sent
    at = timezone.now() - timedelta(days=1)
    for n in persons:
        place: dict[str, Any] = {"ip": f"203.0.{n}.9", "network": f"203.0.{n}.0/24"}
        make_event(campaign, people[n], kind, at=at, **place | fields)


def pages_of(client: Client, account: Account, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Every page of the account, by address, without what changes by itself."""
    shown = {}
    urls = {url_of(name, account, names, own) for own in rows for name, names, _ in OF_ACCOUNTS}
    for own in rows:
        url = reverse("tracking:statistics", args=[account.pk, own["campaign_id"]])
        urls |= {f"{url}?period=all", reverse("marketing:home", args=[account.pk])}
    for url in sorted(urls):
        answer = client.get(url)
        if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
            shown[url] = CHANGING.sub("", answer.content.decode())
    return shown


def files_of(by: Member, campaigns: list[Campaign]) -> list[bytes]:
    """The exports of recipients, filtered by what they did, and of numbers."""
    account, made = by.account, []
    for campaign in campaigns:
        with use_account(account):
            wanted = [
                exporting.begin_export(by, campaign, Filters(**filters))
                for filters in ({}, {"opened": "person"}, {"clicked": "person"}, {"link": 1})
            ]
            numbers = exporting_numbers.begin_numbers(by, campaign)
        for one in wanted:
            exporting.make_export(account.pk, one.pk)
        exporting_numbers.make_numbers(account.pk, numbers.pk)
        made += [*wanted, numbers]
    contents = []
    for one in made:
        with use_account(account):
            path = file_of(Export.objects.for_account(account).get(pk=one.pk))
        assert isinstance(path, Path)
        contents.append(CHANGING.sub("", path.read_text(encoding="utf-8-sig")).encode())
    return contents


def test_no_page_and_no_file_tells_three_people_from_four(
    acme: Account, olga: Member, as_member: Any
) -> None:
    rows = make_one_of_each(acme)
    with use_account(acme):
        Measuring.objects.create(account=acme, small_groups=True)
        many = make_sent_campaign(acme, people=40, html=HTML)
        few = make_sent_campaign(acme, people=40, html=HTML)
        did(many, range(7), "open")
        did(many, range(3), "click", number=1)
        did(few, range(3), "open")
        did(few, range(20, 22), "open", agent=PROXY)
        did(few, range(2), "click", number=2)
    fold_all(seconds=60)
    campaigns = [many[0], few[0]]
    of_each = [
        rows | {"campaign_id": sent[0].pk, "contact_id": sent[1][n].pk}
        for sent in (many, few)
        for n in (0, 3)
    ]
    client = as_member(olga)
    files = files_of(olga, campaigns)  # which the audit log tells, so before the pages
    pages = pages_of(client, acme, of_each)
    assert len(pages) > 60
    listed = pages[reverse("campaigns:campaigns", args=[acme.pk])]
    assert listed.count("fewer than 5") >= 3
    home = pages[reverse("campaigns:home_fragment", args=[acme.pk])]
    assert home.count("fewer than 5") >= 3
    with use_account(acme):
        did(many, range(3, 4), "click", number=1)
        did(few, range(3, 4), "open")
        did(few, range(22, 24), "open", agent=PROXY)
        did(few, range(2, 3), "click", number=2)
    fold_all(seconds=60)
    again = pages_of(client, acme, of_each)
    assert {url for url in pages if again[url] != pages[url]} == set()
    assert files_of(olga, campaigns) == files
