"""How the engine opens lines of an outlet: see relays.outlets for which outlet an account has."""

from django.conf import settings

from campaigns.sending.relays.outlets import Outlet
from mailwire.client import Way


def way_of(outlet: Outlet) -> Way:
    """For an outlet with relays; several share the lines by their weights."""
    return Way(
        relay=outlet.hops[0].relay,
        # Some servers refuse a greeting by "localhost", the name of many a machine.
        hello_name=settings.MAIL_DOMAIN,
        most=outlet.mails_per_connection,
    )
