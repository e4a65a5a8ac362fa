"""What a campaign's page is told by the workers: server away and back, paused, a test's end."""

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, CampaignEvent, TestSend
from marketing.tenancy import use_account

AWAY = "server_away"
BACK = "server_back"

# Only if the line before says otherwise: once per time that the server is away.
_ONCE = """
INSERT INTO campaign_event (account_id, campaign_id, at, what, text, who)
SELECT %(account)s, %(campaign)s, now(), %(what)s, %(text)s, ''
WHERE coalesce((SELECT e.what FROM campaign_event e
    WHERE e.account_id = %(account)s AND e.campaign_id = %(campaign)s
      AND e.what IN (%(away)s, %(back)s)
    ORDER BY e.id DESC LIMIT 1), %(back)s) = %(other)s"""


def server_away(account_id: int, campaign_id: int, *, reply: str) -> None:
    """The campaign's page says so, once; nothing else changes and sending resumes by itself."""
    _tell_once(account_id, campaign_id, AWAY, f"The mail server does not answer. {reply}".strip())


def server_back(account_id: int, campaign_id: int) -> None:
    """The server answers again; nothing is written unless it had been away."""
    _tell_once(account_id, campaign_id, BACK, "The mail server answers again")


def sending_began(account_id: int, campaign_id: int) -> None:
    """Note when the first mail was accepted."""
    with use_account(account_id):
        Campaign.objects.for_account(account_id).filter(
            pk=campaign_id, first_sent_at__isnull=True
        ).update(first_sent_at=timezone.now())


def pause(account_id: int, campaign_id: int, *, why: str) -> bool:
    """Pause a campaign for our own sake (the relay refuses us). False if it was not running."""
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


def _tell_once(account_id: int, campaign_id: int, what: str, text: str) -> None:
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            _ONCE,
            {
                "account": account_id,
                "campaign": campaign_id,
                "what": what,
                "away": AWAY,
                "back": BACK,
                "other": BACK if what == AWAY else AWAY,
                "text": text[:300],
            },
        )
