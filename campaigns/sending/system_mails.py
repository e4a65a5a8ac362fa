"""Mails that are no campaign: logins and invitations, and test sends to the account's members."""

import logging
import time
from dataclasses import replace
from datetime import timedelta
from email.utils import make_msgid, parseaddr
from functools import lru_cache
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from campaigns.composing.freezing import freeze
from campaigns.composing.merging import MergeFailed
from campaigns.models import Campaign, TestSend
from campaigns.sending import telling
from campaigns.sending.compiling import CompiledCampaign, compiled
from campaigns.sending.deciding import words_of
from campaigns.sending.loading import Handed
from campaigns.sending.mails.signing import signed
from campaigns.sending.transports import Outgoing, Transport
from mailwire.dkim import DkimKey, DkimSigner
from mailwire.headers import HeaderRefused
from mailwire.message import Mail
from mailwire.outcomes import Kind, Outcome
from marketing.models import Member
from marketing.tenancy import every_account, use_account

TEST_ATTEMPTS = 3
_TEST_PAUSE = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class TryLater(Exception):
    """The server could not take the mail now."""


def send_system_mail(
    transport: Transport, *, to: str, subject: str, text: str, html: str = ""
) -> Outcome:
    """Send one mail to a user. Raises TryLater; other outcomes are the log's business."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = Mail(
        from_name=name,
        from_address=address,
        to_address=to,
        subject=subject,
        message_id=make_msgid(domain=settings.MAIL_DOMAIN),
        sent_at=timezone.now(),
        text=text,
        html=html,
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    # Asked for by its reader a moment ago: no gate, hence no older verdict.
    signer = _own_signer(address.rpartition("@")[2].lower())
    outcome = transport.deliver(
        Outgoing(mail=signed(mail, signer), envelope_sender=address, verdict_at=time.monotonic())
    )
    # A wrong password of ours is mended sooner or later; the mail is not to blame.
    if outcome.kind is Kind.TRY_LATER or outcome.stops_batch:
        raise TryLater(outcome.text)
    return outcome


def _own_signer(domain: str) -> DkimSigner | None:
    """Who signs mail of the installation itself; without its keys the mail leaves all the same."""
    try:
        return _signer_of_files(domain, tuple(settings.MAIL_DKIM_KEYS))
    except (OSError, ValueError):
        _log.exception("MAIL_DKIM_KEYS can not be used, login mails are not signed")
        return None


@lru_cache(maxsize=4)
def _signer_of_files(domain: str, named: tuple[str, ...]) -> DkimSigner | None:
    """Of "selector:/path/to/key.pem"; None for no keys. Raises OSError, ValueError."""
    pairs = [each.partition(":") for each in named]
    keys = [DkimKey.from_pem(name, Path(path).read_bytes()) for name, _, path in pairs]
    return DkimSigner(domain, keys) if keys else None


def send_tests(transport: Transport) -> int:
    """Send test mails that wait. Returns how many were tried."""
    tried = 0
    for account_id, test_id in _waiting_tests():
        test = _claim(account_id, test_id)
        if test is not None:
            _end(test, _test_outcome(transport, test))
            tried += 1
    return tried


def _waiting_tests() -> list[tuple[int, int]]:
    with every_account():
        rows = TestSend.objects.filter(ended_at=None, attempts__lt=TEST_ATTEMPTS)
        found = rows.order_by("id").values_list("account_id", "id", "attempts", "asked_at")[:50]
        now = timezone.now()
        return [
            (account_id, test_id)
            for account_id, test_id, attempts, asked_at in found
            if asked_at + attempts * _TEST_PAUSE <= now
        ]


def _claim(account_id: int, test_id: int) -> TestSend | None:
    """Count the attempt before it is made, so that two workers never make the same one."""
    with use_account(account_id):
        rows = TestSend.objects.for_account(account_id).filter(pk=test_id, ended_at=None)
        test: TestSend | None = rows.select_for_update(skip_locked=True).first()
        if test is None or test.attempts >= TEST_ATTEMPTS:
            return None
        test.attempts += 1
        test.save(update_fields=["attempts"])
        return test


def _test_outcome(transport: Transport, test: TestSend) -> Outcome:
    if not _is_members_address(test):
        return Outcome(kind=Kind.REFUSED_ADDRESS, text="Not a confirmed address of a member")
    campaign = _as_it_stands(test)
    if campaign is None:
        return Outcome(kind=Kind.REFUSED_US, text="The campaign has no sender")
    try:
        return transport.deliver(_test_mail(campaign, test))
    except (MergeFailed, HeaderRefused, ValueError) as error:
        return Outcome(kind=Kind.REFUSED_US, text=f"This mail could not be made: {error}")


def _is_members_address(test: TestSend) -> bool:
    users = Member.objects.filter(account_id=test.account_id).values("user_id")
    owned = EmailAddress.objects.filter(user_id__in=users, verified=True)
    return bool(owned.filter(email__iexact=test.address).exists())


def _as_it_stands(test: TestSend) -> CompiledCampaign | None:
    """A draft is compiled as it is now, a launched campaign as it was frozen."""
    found = compiled(test.account_id, test.campaign_id)
    if found is not None and found.campaign.state in Campaign.EDITABLE:
        with use_account(test.account_id):
            frozen = freeze(found.campaign, found.account)
        found.campaign.html, found.campaign.text = frozen.html, frozen.text
    return found


def _test_mail(campaign: CompiledCampaign, test: TestSend) -> Outgoing:
    """The real mail's pipeline; subject, Message-ID and one header say that it is a test."""
    person = Handed(
        account_id=test.account_id,
        campaign_id=test.campaign_id,
        contact_id=0,
        address=test.address,
        address_hash=b"",
        opens=False,
        clicks=False,
        attempts=0,
        values={"email": test.address, "fields": {}},
        verdict_at=time.monotonic(),
    )
    outgoing = campaign.outgoing(person, clicks=False)
    real = outgoing.mail.as_mail()
    mail = replace(
        real,
        subject=f"[Test] {real.subject}",
        message_id=f"<a{test.account_id}.t{test.pk}.{test.attempts}@{settings.MAIL_DOMAIN}>",
        headers=(*real.headers, ("X-Assent-Test", "yes")),
    )
    return replace(outgoing, mail=signed(mail, campaign.signer))


def _end(test: TestSend, outcome: Outcome) -> None:
    now = timezone.now()
    test.reply = words_of(outcome)
    test.sent_at = now if outcome.kind is Kind.ACCEPTED else None
    comes_back = outcome.kind is Kind.TRY_LATER and test.attempts < TEST_ATTEMPTS
    test.ended_at = None if comes_back else now
    with use_account(test.account_id):
        test.save(update_fields=["reply", "sent_at", "ended_at"])
        if not comes_back:
            telling.test_ended(test)
