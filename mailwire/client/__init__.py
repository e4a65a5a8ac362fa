"""The pipelined SMTP client: letters, lines, a pool of lines per relay; asyncio, best on uvloop.

A Pool asks its Feeder for letters and tells how they ended; `deliver_all` does it for an iterable.
"""

from mailwire.client.delivering import deliver_all
from mailwire.client.letters import Letter, letter
from mailwire.client.opening import Way
from mailwire.client.pool import Feeder, Patience, Pool

__all__ = ["Feeder", "Letter", "Patience", "Pool", "Way", "deliver_all", "letter"]
