"""Opens an account with what it starts with: its country's switches, owner, sender, segment."""

from dataclasses import dataclass

from django.db import connection

from marketing.accounts.auditing import record
from marketing.models import Account, Member, Segment, Sender, User
from marketing.rules.countries import default_time_zone
from marketing.rules.deciding import account_defaults

EVERYBODY = "Everybody"


@dataclass(frozen=True)
class Company:
    """What a company says of itself; an empty time zone means that of its capital."""

    name: str
    country: str
    time_zone: str = ""
    postal_address: str = ""


@dataclass(frozen=True)
class Opened:
    """What an account starts with."""

    account: Account
    owner: Member
    first_sender: Sender
    everybody: Segment


def next_account_id() -> int:
    """A number nobody else gets, so that account and rows can be made in one `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('account', 'id'))")
        number: int = cursor.fetchone()[0]
    return number


def open_account(account_id: int, company: Company, *, owner: User) -> Opened:
    """Make the account with its owner, a sender with the owner's address, and everybody.

    Call inside `use_account(account_id)`, with a number of `next_account_id`.
    """
    defaults = account_defaults(company.country)
    account = Account.objects.create(
        pk=account_id,
        name=company.name,
        country=company.country,
        time_zone=company.time_zone or default_time_zone(company.country),
        postal_address=company.postal_address,
        tracking=defaults.tracking,
        consent=defaults.consent,
    )
    member = Member.objects.create(account=account, user=owner, role="owner")
    sender = Sender.objects.create(account=account, name=company.name, address=owner.email)
    everybody = Segment.objects.create(account=account, name=EVERYBODY, kind=Segment.Kind.EVERYBODY)
    record(
        account,
        by=member,
        act="account.opened",
        subject=company.name,
        after=f"Country {account.get_country_name()}; Tracking "
        f"{'on' if account.tracking else 'off'}; Consent {'on' if account.consent else 'off'}",
    )
    return Opened(account, member, sender, everybody)
