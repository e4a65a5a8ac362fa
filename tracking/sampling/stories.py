"""What happened to Acme Bikes (United States) and Vélo Lyon (France) before you log in."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from campaigns.launching.launch import launch
from campaigns.launching.stopping import pause, stop
from marketing.models import Contact, Member, Segment, SegmentMember, User
from marketing.opening.accounts import Company, next_account_id
from marketing.tenancy import use_account
from tracking.sampling import wording
from tracking.sampling.answering import Shares, answer, complain, withdraw
from tracking.sampling.importing import File, bring, bring_file
from tracking.sampling.opening import Crew, open_company, user_of
from tracking.sampling.people import Invented, invent, split
from tracking.sampling.reading import read
from tracking.sampling.running import (
    Run,
    ask,
    draft,
    finish,
    launch_at,
    send,
    send_released,
    set_act_back,
    wait,
)

ACME: Final = {
    "owner": ("owner@acme.example", "Olga Petit"),
    "admin": ("admin@acme.example", "Adam Novak"),
    "editor": ("editor@acme.example", "Emil Brandt"),
    "viewer": ("viewer@acme.example", "Rita Lund"),
}
VELO: Final = {"owner": ("owner@velo.example", "Rolf Meyer")}
# Eight countries each, and some people who never said theirs; in shares of a hundred.
ACME_COUNTRIES: Final = (
    *(("US", 52), ("CA", 12), ("GB", 10), ("DE", 8), ("FR", 6), ("NL", 4), ("AU", 3), ("IE", 2)),
    ("", 3),
)
VELO_COUNTRIES: Final = (
    *(("FR", 68), ("BE", 9), ("CH", 6), ("DE", 5), ("LU", 3), ("IT", 3), ("ES", 2), ("CA", 2)),
    ("", 2),
)
AGENCY: Final = ("agency@both.example", "Nora Agency")  # a member of both: shows the switcher


def is_told(owner: str) -> bool:
    """Whether the account of this owner was made before."""
    return Member.objects.filter(user__email=owner, role="owner").exists()


def tell_acme() -> None:
    """Acme Bikes with 2,000 contacts and seven campaigns, in one transaction."""
    number = next_account_id()
    with use_account(number):
        crew = open_company(
            number,
            Company("Acme Bikes", "US", "America/New_York", "12 Main Street, Springfield, NY"),
            people=ACME,
            senders=("news@acme.example", "workshop@acme.example"),
            own_form=("Rides and offers", wording.ACME_FORM),
        )
        _agency(crew)
        now = timezone.now()
        recent = _acme_contacts(crew, now)
        regulars = _regulars(crew, 400)
        germany = Segment.objects.create(
            account=crew.account,
            name="Germany",
            kind=Segment.Kind.RULES,
            rules=[{"field": "country", "operator": "is", "value": "DE"}],
        )
        _guide(crew, _morning(now, days=70))
        _gravel(crew, _morning(now, days=24))
        _stopped(crew, _morning(now, days=15))
        bring_file("autumn-fair.csv", recent, by=crew.members["owner"], at=now - timedelta(days=5))
        _lights(crew, _morning(now, days=3))
        _paused(crew, regulars, now - timedelta(hours=2))
        _scheduled(crew, now)
        draft(crew, wording.GIFTS, segments=[crew.everybody, germany], asks=True)


def tell_velo() -> None:
    """Vélo Lyon with 2,000 contacts: consent is locked, tracking is off, as France asks."""
    number = next_account_id()
    with use_account(number):
        crew = open_company(
            number,
            Company("Vélo Lyon", "FR", "Europe/Paris", "8 quai des Cyclistes, 69002 Lyon"),
            people=VELO,
            senders=("bonjour@velo.example", "atelier@velo.example"),
            own_form=("La lettre du mois", wording.VELO_FORM),
        )
        _agency(crew)
        now = timezone.now()
        people = invent(2000, VELO_COUNTRIES, seed="velo")
        proven, customers, fair = split(people, 800, 400, 800)
        owner = crew.members["owner"]
        start = now - timedelta(days=80)
        bring(
            File("inscriptions.csv", "Fiches du magasin", start, has_proof=True), proven, by=owner
        )
        bring(
            File("clients.csv", "Commandes", start, "existing_customer", "order"),
            customers,
            by=owner,
        )
        bring(File("salon.csv", "Salon du vélo", start, excluded=40), fair, by=owner)
        _regulars(crew, 150)
        run = launch_at(
            crew,
            draft(crew, wording.LETTRE, segments=[crew.everybody], asks=True),
            _morning(now, days=60),
        )
        asked = ask(run, bounced=9)
        send(run, refused=3)
        answer(run, asked, Shares(agree=243, refuse=71, leave=19), days=9)
        send_released(run)
        finish(run, run.at + timedelta(days=30))
        draft(crew, wording.NOEL, segments=[crew.everybody], asks=True)


def _morning(now: datetime, *, days: int) -> datetime:
    """Some days ago, when people sit down to their mail in both places."""
    return (now - timedelta(days=days)).replace(hour=13, minute=5, second=0, microsecond=0)


def _agency(crew: Crew) -> None:
    user: User = user_of(*AGENCY)
    member = Member.objects.create(account=crew.account, user=user, role="editor")
    Member.objects.filter(pk=member.pk).update(created_at=timezone.now() - timedelta(days=60))


def _acme_contacts(crew: Crew, now: datetime) -> list[Invented]:
    """Three imports long ago; returns those who come later, so that somebody is still to ask."""
    people = invent(2000, ACME_COUNTRIES, seed="acme")
    proven, customers, fair, recent = split(people, 760, 340, 700, 200)
    owner = crew.members["owner"]
    start = now - timedelta(days=80)
    bring(
        File("newsletter.csv", "Paper forms in the shop", start, has_proof=True), proven, by=owner
    )
    bring(
        File("orders.csv", "Orders of 2026", start, "existing_customer", "order"),
        customers,
        by=owner,
    )
    bring(File("bike-fair.csv", "Bike fair", start, excluded=40), fair, by=owner)
    return recent


def _regulars(crew: Crew, count: int) -> Segment:
    account = crew.account
    regulars = Segment.objects.create(account=account, name="Regulars", kind=Segment.Kind.FIXED)
    contacts = Contact.objects.for_account(account).order_by("id")[:count]
    SegmentMember.objects.bulk_create(
        SegmentMember(account=account, segment=regulars, contact=contact) for contact in contacts
    )
    return regulars


def _guide(crew: Crew, at: datetime) -> None:
    """Asked everybody once; finished when the wait was over; the one with full statistics."""
    campaign = draft(crew, wording.GUIDE, segments=[crew.everybody], asks=True)
    run = launch_at(crew, campaign, at)
    asked = ask(run, bounced=11)
    send(run, refused=7)
    answer(run, asked, Shares(agree=231, refuse=64, leave=22), days=12)
    send_released(run)
    read(run, opened=0.5, proxied=0.2, clicked=0.13, scanned=0.04)
    readers = _got(run)
    withdraw(run, readers[5:23], at=at + timedelta(days=13), step=timedelta(hours=7))
    complain(run, readers[30:32], at=at + timedelta(days=15))
    finish(run, at + timedelta(days=30))


def _gravel(crew: Crew, at: datetime) -> None:
    """Asked nobody; silent people of the first campaign never get it."""
    campaign = draft(crew, wording.GRAVEL, segments=[crew.everybody], asks=False)
    run = launch_at(crew, campaign, at)
    send(run, refused=4)
    read(run, opened=0.45, proxied=0.22, clicked=0.08, scanned=0.05)
    withdraw(run, _got(run)[50:61], at=at + timedelta(days=1), step=timedelta(hours=3))
    finish(run, at + timedelta(minutes=15))


def _stopped(crew: Crew, at: datetime) -> None:
    campaign = draft(crew, wording.WORKSHOP, segments=[crew.everybody], asks=False)
    run = launch_at(crew, campaign, at)
    send(run, only=300)
    read(run, opened=0.36, proxied=0.16, clicked=0.07, scanned=0.03)
    stop(campaign, by=crew.members["editor"])
    set_act_back(run, "stopped", at + timedelta(minutes=9))


def _lights(crew: Crew, at: datetime) -> None:
    """New people came; most of them have not answered yet. Three outcomes are unknown."""
    campaign = draft(crew, wording.LIGHTS, segments=[crew.everybody], asks=True)
    run = launch_at(crew, campaign, at)
    asked = ask(run)
    send(run, refused=2, unknown=3)
    answer(run, asked, Shares(agree=47, refuse=14, leave=4), days=2)
    send_released(run)
    read(run, opened=0.47, proxied=0.2, clicked=0.12, scanned=0.05)
    wait(run)


def _paused(crew: Crew, regulars: Segment, at: datetime) -> None:
    campaign = draft(crew, wording.MEMBERS, segments=[regulars], asks=False)
    run = launch_at(crew, campaign, at)
    send(run, only=140)
    read(run, opened=0.8, proxied=0.1, clicked=0.2, scanned=0.02)
    pause(campaign, by=crew.members["editor"])
    set_act_back(run, "paused", at + timedelta(minutes=6))


def _scheduled(crew: Crew, now: datetime) -> None:
    campaign = draft(crew, wording.WINTER, segments=[crew.everybody], asks=True)
    day = (now + timedelta(days=6)).replace(hour=14, minute=0, second=0, microsecond=0)
    launch(campaign, by=crew.members["editor"], at=day)


def _got(run: Run) -> list[Contact]:
    """Those who got the campaign, in the order of contacts."""
    ids = run.sent_contacts()
    return list(Contact.objects.for_account(run.account_id).filter(pk__in=ids).order_by("id"))
