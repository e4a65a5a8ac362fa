"""Which relay an account's mail goes through: the operator's, from EMAIL_URL.

A queue, a pool of lines and a pace per route: one account's slow relay holds nobody else up.
"""

from dataclasses import dataclass

from django.conf import settings

from campaigns.sending.rates.taking import SHARED_ROUTE
from mailwire.client import Way
from mailwire.relay import relay_from_url

CONNECTIONS = 10


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way out; `key` names it in the rates too."""

    key: str
    way: Way
    connections: int


def shared_route() -> Route:
    """The operator's relay."""
    # Some servers refuse a greeting by "localhost", the name of many a machine.
    way = Way(relay=relay_from_url(settings.EMAIL_URL), hello_name=settings.MAIL_DOMAIN)
    connections = int(getattr(settings, "SENDING_CONNECTIONS", CONNECTIONS))
    return Route(key=SHARED_ROUTE, way=way, connections=connections)
