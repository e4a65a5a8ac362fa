"""pages: server time of the pages at a million people, against the same page at a thousand."""

import time
from collections.abc import Iterator
from statistics import median

from django.test import Client
from django.urls import reverse

from benchmarks.dataset import accounts
from benchmarks.rows import Row
from marketing.models import Contact
from marketing.tenancy import no_account, use_account

RUNS = 9
# Name of the row, url name, query; {word} is filled per account.
PAGES = (
    ("campaigns", "campaigns:campaigns", ""),
    ("overview", "campaigns:overview", ""),
    ("overview running card", "campaigns:running", ""),
    ("statistics", "tracking:statistics", ""),
    ("recipients", "tracking:recipients", ""),
    ("recipients sent", "tracking:recipients", "status=sent"),
    ("recipients queued", "tracking:recipients", "status=queued"),
    ("recipients pending", "tracking:recipients", "status=pending_consent"),
    ("recipients never", "tracking:recipients", "status=never_sent"),
    ("recipients reason", "tracking:recipients", "status=never_sent&reason=refused"),
    ("recipients errors", "tracking:recipients", "status=failed"),
    ("recipients unknown", "tracking:recipients", "status=unknown"),
    ("recipients opened", "tracking:recipients", "opened=person"),
    ("recipients by proxy", "tracking:recipients", "opened=proxy"),
    ("recipients not opened", "tracking:recipients", "opened=none"),
    ("recipients not measured", "tracking:recipients", "opened=not_measured"),
    ("recipients clicked", "tracking:recipients", "clicked=person"),
    ("recipients without pictures", "tracking:recipients", "clicked=unseen"),
    ("recipients not clicked", "tracking:recipients", "clicked=none"),
    ("recipients link", "tracking:recipients", "link=1"),
    ("recipients left", "tracking:recipients", "left=1"),
    ("recipients rare search", "tracking:recipients", "q={rare}"),
    ("recipients search of nobody", "tracking:recipients", "q=zzyzx"),
    ("recipients frequent search", "tracking:recipients", "q=ana"),
    ("recipients deep page", "tracking:recipients", "after={middle}"),
    ("contacts", "marketing:contacts", ""),
    ("contacts country", "marketing:contacts", "country=DE"),
    ("contacts consent", "marketing:contacts", "consent=agreed"),
    ("contacts rare search", "marketing:contacts", "q={rare}"),
    ("contacts search of nobody", "marketing:contacts", "q=zzyzx"),
    ("contacts frequent search", "marketing:contacts", "q=ana"),
    ("contacts deep page", "marketing:contacts", "before={middle}"),
    ("consents", "consent:consents", ""),
    ("consents agreed", "consent:consents", "event=agreed"),
    ("consents other purpose", "consent:consents", "purpose=tracking"),
    ("consents search", "consent:consents", "q={rare}"),
    ("consents deep page", "consent:consents", "before={half}"),
)
_OF_CAMPAIGN = {"campaigns:overview", "campaigns:running", "tracking:statistics"} | {
    "tracking:recipients"
}


class Visitor:
    """A member of one account, logged in."""

    def __init__(self, size: str) -> None:
        self.cast = accounts.find(size)
        self.client = Client(SERVER_NAME="localhost")
        with no_account():
            self.client.force_login(self.cast.owner.user)
        with use_account(self.cast.account):
            people = Contact.objects.for_account(self.cast.account).order_by("id")
            first, last = people.first(), people.last()
        assert first is not None
        assert last is not None
        self.words = {
            "rare": first.address.partition("@")[0],
            "middle": str((first.pk + last.pk) // 2),
            "half": str((last.pk - first.pk) // 2),
        }

    def url(self, name: str, query: str) -> str:
        """The page as this account sees it."""
        account_id = self.cast.account.pk
        of_campaign = name in _OF_CAMPAIGN
        path = reverse(name, args=[account_id, self.cast.sent.pk] if of_campaign else [account_id])
        return f"{path}?{query.format(**self.words)}" if query else path

    def get(self, url: str) -> None:
        """Load it once."""
        status = self.client.get(url).status_code
        assert status == 200, f"{url}: {status}"


def rows() -> Iterator[Row]:
    """A row per page and filter."""
    small, large = Visitor("small"), Visitor("large")
    for label, name, query in PAGES:
        taken = in_turns([(one, one.url(name, query)) for one in (small, large)])
        times = dict(zip((small, large), map(median, taken), strict=True))
        yield Row(
            name=f"pages: {label}",
            value=times[large] * 1000,
            unit="ms",
            reference=times[small] * 1000,
            against="1,000 people",
            ratio=times[large] / times[small],
        )


def in_turns(pages: list[tuple[Visitor, str]]) -> list[list[float]]:
    """Seconds of each load; in turns, so that other work on the machine is in all of them."""
    taken: list[list[float]] = [[] for _ in pages]
    for run in range(RUNS + 1):
        for place, (visitor, url) in enumerate(pages):
            start = time.perf_counter()
            visitor.get(url)
            if run:  # the first fills caches
                taken[place].append(time.perf_counter() - start)
    return taken
