"""Bells of this app: looking at domains; mails about accounts, handed to the queue `now` by name.

The task that mails lives in a higher room, campaigns.sending: only there may a mail leave.
"""

from celery import current_app, shared_task
from django.db import transaction

from marketing.domains import checking, tending
from marketing.models import Member

SEND_SYSTEM_MAIL = "campaigns.sending.send_system_mail"


def hand_over_mail(*, to: str, subject: str, text: str, html: str = "") -> None:
    """Queue one mail to a user; it leaves after the open transaction, if any, was committed."""
    mail = {"to": to, "subject": subject, "text": text, "html": html}
    transaction.on_commit(lambda: current_app.send_task(SEND_SYSTEM_MAIL, kwargs=mail, queue="now"))


def tell_owners(account_id: int, *, subject: str, text: str) -> None:
    """Queue a notice that concerns the whole account, to each of its owners."""
    owners = Member.objects.filter(account_id=account_id, role="owner").select_related("user")
    for owner in owners.order_by("id"):
        hand_over_mail(to=owner.user.email, subject=subject, text=text)


@shared_task(name="marketing.domains.check", queue="default")
def check_domain(account_id: int, domain_id: int) -> None:
    """Look at the DNS of one sender domain."""
    checking.check_domain(account_id, domain_id)


@shared_task(name="marketing.domains.check_all", queue="default")
def check_all_domains() -> None:
    """Once a minute: look at those that are due."""
    tending.check_all()


def ring_domain_check(account_id: int, domain_id: int) -> None:
    """Ring after the open transaction was committed."""
    transaction.on_commit(lambda: check_domain.delay(account_id, domain_id))
