"""What was measured about a person can be read and erased; the sums of campaigns stay."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from campaigns.models import CampaignTotals, Counter, Engagement, FirstTime, LinkClick
from consent import measured
from marketing.models import Account
from marketing.tenancy import use_account
from tests.tracking.making import MACHINE, PERSON, PROXY, make_event, make_sent_campaign
from tracking.folding.folding import fold
from tracking.folding.summing import CLASSES, Sums
from tracking.keeping.erasing import FLAGS
from tracking.models import ErasedCount, TrackingEvent


def test_a_person_is_told_what_was_recorded_newest_first(acme: Account, velo: Account) -> None:
    at = timezone.now() - timedelta(hours=5)
    with use_account(acme):
        campaign, (ana, ben) = make_sent_campaign(acme, people=2)
        make_event(campaign, ana, at=at)
        make_event(campaign, ana, "click", number=2, at=at + timedelta(minutes=1))
        make_event(campaign, ben, at=at)
    fold(acme.pk)
    with use_account(acme):
        click, opened = measured.recorded(acme.pk, ana.pk)
    assert (click.kind, click.link, click.campaign) == ("click", "Link 2", "Autumn")
    assert (opened.kind, opened.times, opened.judged) == ("open", 1, "person")
    assert (opened.network, opened.program) == ("198.51.100.0/24", PERSON)
    with use_account(velo):
        assert measured.recorded(velo.pk, ana.pk) == []


def test_erasing_a_person_leaves_the_sums_and_everybody_else(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana, ben) = make_sent_campaign(acme, people=2)
        for person in (ana, ben):
            make_event(campaign, person)
            make_event(campaign, person, "click", number=1)
        make_event(campaign, ana, "click", number=1, agent=MACHINE)
    fold(acme.pk)

    def sums() -> list[object]:
        totals = CampaignTotals.objects.for_account(acme).values().get()
        counters = Counter.objects.for_account(acme).order_by("pk").values()
        return [totals, list(counters), list(FirstTime.objects.order_by("pk").values())]

    with use_account(acme):
        before = sums()
        assert measured.erase(acme.pk, [ana.pk]) == 3
        assert sums() == before
        assert measured.recorded(acme.pk, ana.pk) == []
        for model in (Engagement, LinkClick, TrackingEvent):
            left = model.objects.for_account(acme).values_list("contact_id", flat=True)
            assert set(left) == {ben.pk}
        kept = ErasedCount.objects.for_account(acme).values_list(
            "measure", "number", "judged_class", "count"
        )
        assert set(kept) == {
            ("viewers", 0, "", 1),
            ("clickers", 0, "", 1),
            ("pressed", 1, "person", 1),
            ("open", 0, "person", 1),
            ("click", 1, "person", 1),
            ("click", 1, "machine", 1),
        }
        assert measured.erase(acme.pk, [ana.pk]) == 0, "twice does no harm"


def test_a_request_after_erasing_starts_from_nothing(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        make_event(campaign, ana, agent=PROXY)
    fold(acme.pk)
    with use_account(acme):
        measured.erase(acme.pk, [ana.pk])
        make_event(campaign, ana)
    fold(acme.pk)
    with use_account(acme):
        row = Engagement.objects.for_account(acme).get()
    assert (row.opens, row.opens_proxy) == (1, 0)


def test_a_person_counts_by_the_same_rules_in_folding_and_erasing(db: None) -> None:
    """Every combination of what a person may have, through Sums.flags and through the SQL."""
    with connection.cursor() as cursor:
        for case in range(2**5):
            sums = Sums()
            for bit, name in enumerate(CLASSES):
                sums.opens[name] = case >> bit & 1
            sums.clicks["person"] = case >> 4 & 1
            cursor.execute(
                f"""SELECT {", ".join(f"({sql})::int" for sql in FLAGS.values())}
                    FROM (SELECT %s opens, %s opens_proxy, %s opens_machine, %s opens_unknown,
                                 %s clicks) e""",
                [*sums.opens.values(), sums.clicks["person"]],
            )
            assert dict(zip(FLAGS, cursor.fetchone(), strict=True)) == sums.flags()
