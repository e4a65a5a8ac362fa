"""What a campaign's page is told by the workers: server away and back, paused, a test's end.

Who launched or scheduled a campaign is mailed when it pauses by itself.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, CampaignEvent, TestSend
from campaigns.sending.deciding import why_refused, words_of
from mailwire.outcomes import Kind, Outcome
from marketing.tasks import hand_over_mail
from marketing.tenancy import use_account

AWAY = "server_away"
BACK = "server_back"

_LAST = """(SELECT e.what FROM campaign_event e
    WHERE e.account_id = %(account)s AND e.campaign_id = %(campaign)s AND e.what = ANY(%(among)s)
    ORDER BY e.id DESC LIMIT 1)"""

# Only if the line before says otherwise: once per time that the server is away.
_ONCE = f"""
INSERT INTO campaign_event (account_id, campaign_id, at, what, text, who)
SELECT %(account)s, %(campaign)s, now(), %(what)s, %(text)s, ''
WHERE (coalesce({_LAST}, '') = %(away)s) = (%(what)s = %(back)s)"""

_SINCE = """
SELECT e.at FROM campaign_event e
WHERE e.account_id = %s AND e.campaign_id = %s AND e.what = %s ORDER BY e.id DESC LIMIT 1"""


def trouble(account_id: int, campaign_id: int, outcome: Outcome) -> None:
    """A batch was stopped by this: refused, the campaign is paused; away, its page says so.

    A provider that goes on answering 429 or 5xx is a reason to pause too.
    """
    if outcome.kind is Kind.REFUSED_US:
        pause(account_id, campaign_id, why=why_refused(outcome))
        return
    is_providers = outcome.slowly and not outcome.code
    patience = settings.PROVIDER_PATIENCE if is_providers else None
    server_away(account_id, campaign_id, reply=words_of(outcome), patience=patience)


def server_away(
    account_id: int, campaign_id: int, *, reply: str, patience: timedelta | None = None
) -> None:
    """The campaign's page says so, once; nothing else changes and sending resumes by itself.

    With `patience` a campaign whose server says so for longer is paused, and the page tells when.
    """
    text = f"The mail server does not answer. {reply}".strip()
    if patience is not None:
        limit = f"{round(patience.total_seconds()):,} seconds"
        text = f"The mail server takes no mail now. Paused after {limit} of this: {reply}"
    with use_account(account_id):
        # A member who resumed begins anew.
        _tell_once(account_id, campaign_id, AWAY, text, among=[AWAY, BACK, "resumed"])
        if patience is not None and _is_away_for(account_id, campaign_id, patience):
            pause(account_id, campaign_id, why=f"The mail server takes no mail now: {reply}")


def server_back(account_id: int, campaign_id: int) -> None:
    """The server answers again; nothing is written unless it had been away."""
    text = "The mail server answers again"
    _tell_once(account_id, campaign_id, BACK, text, among=[AWAY, BACK])


def sending_began(account_id: int, campaign_id: int) -> None:
    """Note when the first mail was accepted."""
    with use_account(account_id):
        Campaign.objects.for_account(account_id).filter(
            pk=campaign_id, first_sent_at__isnull=True
        ).update(first_sent_at=timezone.now())


def pause(account_id: int, campaign_id: int, *, why: str) -> bool:
    """Pause a campaign for our own sake (the relay refuses us). False if it was not running.

    Nothing is lost: everybody stays queued, and Resume goes on where it was.
    """
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE campaign SET state_before_pause = state, state = 'paused', paused_why = %s
            WHERE account_id = %s AND id = %s AND state = ANY(%s)""",
            [why[:300], account_id, campaign_id, ["preparing", "sending", "waiting"]],
        )
        if cursor.rowcount == 0:
            return False
        CampaignEvent.objects.create(
            account_id=account_id,
            campaign_id=campaign_id,
            at=timezone.now(),
            what="paused",
            text=f"Paused: {why}"[:300],
        )
        _mail_launcher(account_id, campaign_id, why=why)
    return True


def test_ended(test: TestSend) -> None:
    """How a test mail ended, in the server's words where it failed; call inside `use_account`."""
    text = f"Test mail to {test.address} was accepted"
    if test.sent_at is None:
        text = f"Test mail to {test.address} was not accepted: {test.reply}"
    CampaignEvent.objects.create(
        account_id=test.account_id,
        campaign_id=test.campaign_id,
        at=timezone.now(),
        what="test",
        text=text[:300],
    )


def _mail_launcher(account_id: int, campaign_id: int, *, why: str) -> None:
    """Mail whoever launched or scheduled it; nobody, if they have left the account."""
    campaigns = Campaign.objects.for_account(account_id).select_related(
        "account", "launched_by__user"
    )
    campaign = campaigns.get(pk=campaign_id)
    if campaign.launched_by is None:
        return
    path = reverse("campaigns:overview", args=[account_id, campaign_id])
    words = {
        "campaign": campaign.name,
        "account": campaign.account.name,
        "why": why,
        "url": f"{settings.SITE_URL}{path}",
    }
    hand_over_mail(
        to=campaign.launched_by.user.email,
        subject=f"“{campaign.name}” is paused",
        text=render_to_string("email/paused/text.txt", words),
    )


def _is_away_for(account_id: int, campaign_id: int, patience: timedelta) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [account_id, campaign_id, AWAY])
        row = cursor.fetchone()
    return row is not None and timezone.now() - row[0] >= patience


def _tell_once(
    account_id: int, campaign_id: int, what: str, text: str, *, among: list[str]
) -> None:
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            _ONCE,
            {
                "account": account_id,
                "campaign": campaign_id,
                "what": what,
                "away": AWAY,
                "back": BACK,
                "among": among,
                "text": text[:300],
            },
        )
