"""Opens a sample account with its members, senders (one is broken), own consent form, segments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from consent.forms.texts import Texts
from consent.forms.versions import save_version, standard_form
from consent.models import ConsentForm
from marketing.models import Account, AuditLine, Member, Segment, Sender, User
from marketing.opening.accounts import Company, open_account

AGE = timedelta(days=82)
PASSWORD = "assent-demo"  # noqa: S105 - printed by the demo for everybody


@dataclass(frozen=True)
class Crew:
    """An account with those who work in it, by role."""

    account: Account
    members: dict[str, Member]
    sender: Sender
    form: ConsentForm
    everybody: Segment


def open_company(
    account_id: int,
    company: Company,
    *,
    people: dict[str, tuple[str, str]],
    senders: tuple[str, str],
    own_form: tuple[str, dict[str, Texts]],
) -> Crew:
    """Open the account; `people` are (address, name) by role, the owner among them.

    Of the two `senders` the second was never verified.

    Call inside `use_account(account_id)`.
    """
    _plan_without_statistics()
    users = {role: user_of(*who) for role, who in people.items()}
    opened = open_account(account_id, company, owner=users["owner"])
    account = opened.account
    members = {"owner": opened.owner} | {
        role: Member.objects.create(account=account, user=user, role=role)
        for role, user in users.items()
        if role != "owner"
    }
    verified = timezone.now()
    Sender.objects.for_account(account).filter(pk=opened.first_sender.pk).update(
        verified_at=verified
    )
    news = Sender.objects.create(
        account=account, name=company.name, address=senders[0], verified_at=verified
    )
    Sender.objects.create(account=account, name=f"{company.name} workshop", address=senders[1])
    standard_form(account)
    name, texts = own_form
    form = ConsentForm.objects.create(account=account, name=name)
    save_version(form, texts)
    _set_back(account, verified - AGE)
    return Crew(account, members, news, form, opened.everybody)


def _plan_without_statistics() -> None:
    """All rows are made in one transaction: the planner knows none of them and must not guess one
    row where there are thousands."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")


def _set_back(account: Account, at: datetime) -> None:
    """The account is as old as its story."""
    Account.objects.filter(pk=account.pk).update(created_at=at, form_looked_at=at)
    Member.objects.filter(account=account).update(created_at=at)
    AuditLine.objects.for_account(account).filter(act="account.opened").update(at=at)


def user_of(address: str, name: str) -> User:
    """The user with this address and the demo's password; made where missing."""
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User.objects.create_user(address, PASSWORD, name=name)
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user
