"""Every number of the review card opens the people behind it, before the launch too."""

import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.launching.review import review
from campaigns.launching.showing.foreseen import PER_PAGE
from campaigns.models import Campaign
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import give_standing, launched, make_draft, make_people
from tests.making import make_contact


def people_url(campaign: Campaign, query: str = "") -> str:
    return reverse("campaigns:people", args=[campaign.account_id, campaign.pk]) + query


def names_on(page: str) -> list[str]:
    return re.findall(r"<bdi>([^<]+)</bdi>", page)


def make_mixed(acme: Account, emil: Member) -> Campaign:
    """Two agreed (one imported), three refused, one complained, two to be asked, one strict."""
    campaign = make_draft(acme, emil, require_consent=True)
    said = timezone.now()
    agreed, imported, *refused = make_people(acme, 5)
    give_standing(agreed, newsletter="agreed", newsletter_at=said)
    give_standing(imported, newsletter="agreed", newsletter_at=said, newsletter_imported=True)
    for person in refused:
        give_standing(person, newsletter="refused", newsletter_at=said)
    [complained, *_] = make_people(acme, 3)
    give_standing(complained, suppressed="complaint", suppressed_at=said)
    Account.objects.filter(pk=acme.pk).update(strict_unknown=True)
    acme.refresh_from_db()
    with use_account(acme):
        make_contact(acme, "german@example.test", country="DE")
        make_contact(acme, "nowhere@example.test", country="")
    return campaign


def test_every_link_of_the_review_card_lists_as_many_people_as_it_counts(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_mixed(acme, emil), as_member(emil)
    with use_account(acme):
        counted = review(campaign, acme)
    card = page.get(reverse("campaigns:editor", args=[acme.pk, campaign.pk])).content.decode()
    numbers = {
        "?verdict=send": counted.send,
        "?verdict=ask": counted.ask,
        "?verdict=never": counted.never,
        "?strict=1": counted.strict,
        "?doubtful=1": counted.doubtful_total,
    }
    for basis in counted.bases:
        numbers[f"?verdict=send&reason={basis.code}&proof={basis.proof}"] = basis.count
    for reason in counted.reasons:
        numbers[f"?verdict=never&reason={reason.code}"] = reason.count
    assert len(numbers) == 9
    for query, number in numbers.items():
        assert number
        assert people_url(campaign, query.replace("&", "&amp;")) in card, query
        shown = page.get(people_url(campaign, query)).content.decode()
        assert len(names_on(shown)) == number, query
        assert ("1 person" if number == 1 else f"{number} people") in shown


def test_each_person_says_what_happens_and_why(as_member: Any, acme: Account, emil: Member) -> None:
    campaign = make_mixed(acme, emil)
    shown = as_member(emil).get(people_url(campaign, "?verdict=never")).content.decode()
    assert "Why 4 people will not get it" in shown
    assert "3 + 1 = 4" in shown
    assert "Never sent" in shown
    assert "Refused" in shown
    assert "Complained" in shown


def test_pages_go_on_where_the_last_one_ended_and_back(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    made = [person.address for person in make_people(acme, PER_PAGE + 7)]
    first = page.get(people_url(campaign)).content.decode()
    assert names_on(first) == made[:PER_PAGE]
    [onward] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page.get(people_url(campaign, onward)).content.decode()
    assert names_on(second) == made[PER_PAGE:]
    [back] = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert names_on(page.get(people_url(campaign, back)).content.decode()) == made[:PER_PAGE]


def test_the_page_asks_as_many_questions_for_fifty_people_as_for_one(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign, page = make_draft(acme, emil), as_member(emil)
    asked = []
    for more in (1, 49):
        make_people(acme, more)
        with CaptureQueriesContext(connection) as queries:
            page.get(people_url(campaign))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_without_recipients_nobody_is_listed(as_member: Any, acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    make_people(acme, 2)
    with use_account(acme):
        campaign.segment_rows.for_account(acme).delete()
    shown = as_member(emil).get(people_url(campaign))
    assert shown.status_code == 200
    assert names_on(shown.content.decode()) == []


def test_after_the_launch_the_recipients_tab_answers(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = launched(make_mixed(acme, emil), emil)
    answered = as_member(emil).get(people_url(campaign, "?verdict=never&reason=refused"))
    assert answered.status_code == 302
    assert answered.url.endswith("/recipients/?status=never_sent&reason=refused")
