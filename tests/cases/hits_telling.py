"""What a timeline of hits.json begins with: account, campaign, people; its addresses and tokens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from campaigns.models import Campaign, Link, Measuring
from consent.ledger.recording import append
from consent.models import ConsentRecord, ConsentRequest
from marketing.models import Account, Contact
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.consent.making import make_entry, make_request
from tests.making import make_account, make_contact
from tests.tracking.making import make_recipient

OURS: Final = {
    "human_likely": "person",
    "machine_likely": "machine",
    "privacy_proxy": "proxy",
    "unknown": "unknown",
}
TARGET: Final = "https://shop.example/{}?a=1&b=%20#top"
OTHER_HOST: Final = "news.other.example"  # another account's own, proven
PENDING: Final = "pending"
# How a person begins: the record (event, act), what the address said last, the consent request.
STARTS: Final[dict[str, tuple[tuple[str, str] | None, str, str]]] = {
    PENDING: (None, "", "asked"),
    "subscribed": (("imported", "import_proof"), "agreed", "asked"),
    "agreed": (("agreed", "button"), "agreed", "agreed"),
    "refused": (("refused", "button"), "refused", "refused"),
    "unsubscribed": (("withdrew", "one_click"), "unsubscribed", "left"),
}


@dataclass
class Told:
    """One timeline's account, campaign and people, and another account that sends too."""

    account: Account
    other: Account
    campaign: Campaign
    starts: dict[str, str]
    people: dict[str, Contact] = field(default_factory=dict)
    requests: dict[str, ConsentRequest] = field(default_factory=dict)
    records: int = 0  # consent records that were there before the first request

    def path_of(self, name: str, target: str) -> str:
        """The path a request of this person names: target, perhaps ":" with how it is spoiled."""
        what, _, spoiled = target.partition("?")[0].partition(":")
        token = self._token(name, what, foreign=spoiled == "code_of_other_account")
        if spoiled == "unknown":
            token = "A" * len(token)
        elif spoiled == "altered_last_character":
            token = token[:-1] + ("A" if token[-1] != "A" else "B")
        elif spoiled not in ("", "code_of_other_account", "host_of_other_account"):
            raise ValueError(f"Nobody knows how {target} is spoiled.")
        return self._page(name, what).format(token)

    def _page(self, name: str, what: str) -> str:
        if what.startswith("link"):
            return f"/link/{{}}/{what.removeprefix('link')}"
        leave = "/r/{}" if self.starts[name] == PENDING else "/u/{}"
        return {
            "pixel": "/pixel/{}.gif",
            "unsubscribe": leave,
            "confirm": "/c/{}",
            "stop_tracking": "/p/{}",
        }[what]

    def _token(self, name: str, what: str, *, foreign: bool) -> str:
        account = self.other.pk if foreign else self.account.pk
        if what == "confirm":
            return tokens.make("answer", account, self.requests[name].pk)
        if what == "unsubscribe" and self.starts[name] == PENDING:
            return tokens.make("leave", account, 0, self.requests[name].pk)
        purpose = "leave" if what in ("unsubscribe", "stop_tracking") else "track"
        return tokens.make(purpose, account, self.campaign.pk, self.people[name].pk)


def classes_of(event: Any) -> list[str]:
    """Our names of the classes that are right for a request, the one that is told first."""
    also = [*event.get("also_ok", ()), *event.get("either", ())]
    told = event["expected"]["class"]
    return [OURS[name] for name in (told, *also)] if told else [*OURS.values()]


def other_account() -> Account:
    """Another account, with a domain of its own for its links."""
    other = make_account("Other", country="US")
    with use_account(other):
        Measuring.objects.create(
            account=other, host=OTHER_HOST, host_code="proof", host_verified_at=timezone.now()
        )
    return other


def tell(timeline: Any, other: Account) -> Told:
    """Make what the timeline says is given."""
    given = timeline["given"]
    accepted = datetime.fromisoformat(given["accepted_at"])
    account = make_account(timeline["id"][:60], country="US")
    with use_account(account):
        campaign = Campaign.objects.create(
            account=account,
            name="Hits",
            track_opens=True,
            track_clicks=True,
            require_consent=False,
            launched_at=accepted,
        )
        told = Told(account, other, campaign, dict.fromkeys(given["recipients"], ""))
        told.starts |= dict.fromkeys(told.starts, given["start_state"])
        told.starts |= given.get("start_states", {})
        for number in range(1, given["links"] + 1):
            target = TARGET.format(number)
            Link.objects.create(
                account=account, campaign=campaign, number=number, target=target, label=target
            )
        for name in told.starts:
            _meet(told, name, accepted, may_track=given["may_track"])
        told.records = ConsentRecord.objects.for_account(account).count()
    return told


def _meet(told: Told, name: str, accepted: datetime, *, may_track: bool) -> None:
    """Who is subscribed was imported with proof; there is a consent request to everybody."""
    account, (recorded, _, asked) = told.account, STARTS[told.starts[name]]
    contact = make_contact(account, f"{name}@company.example", country="US")
    told.people[name] = contact
    told.requests[name] = make_request(account, contact, campaign_id=told.campaign.pk, state=asked)
    if recorded:
        append(account.pk, [make_entry(recorded[0], recorded[1], contact.address)])
    if not may_track:
        entry = make_entry("withdrew", "stop_tracking", contact.address, purpose="tracking")
        append(account.pk, [entry])
    make_recipient(
        told.campaign, contact, sent_at=accepted, measured_opens=True, measured_clicks=True
    )
