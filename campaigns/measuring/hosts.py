"""Which host the picture and the links of an account's mails name."""

from urllib.parse import urlsplit

from django.conf import settings

from campaigns.measuring.models import Measuring


def tracking_url_of(account_id: int) -> str:
    """The account's own host once DNS proved it, else everybody's; inside `use_account`."""
    chosen = Measuring.objects.for_account(account_id).first()
    if chosen is None or chosen.host_verified_at is None:
        return str(settings.TRACKING_URL)
    return f"{urlsplit(settings.TRACKING_URL).scheme}://{chosen.host}"


def shared_host() -> str:
    """The host an account's own one leads to."""
    return urlsplit(settings.TRACKING_URL).hostname or ""
