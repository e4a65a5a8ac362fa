"""The endpoint as an RSGI callable for granian: token, stored event, then picture or redirect.

No Django middleware, no cookie. A listed exception to "one transaction, one account": it logs in
as assent_tracking, which may insert events and read the columns it joins, nothing else.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import psycopg2

from marketing.tokens import Tokens
from tracking.endpoint.answers import (
    GIF,
    GIF_HEADERS,
    PLAIN,
    PLAIN_HEADERS,
    STOPPED,
    STOPPED_HEADERS,
    Headers,
    redirect_headers,
)
from tracking.endpoint.hosts import Hosts
from tracking.endpoint.limiting import Limit
from tracking.endpoint.requests import Asked, is_ours, is_pixel, read_request
from tracking.endpoint.storing import Event
from tracking.endpoint.targets import Targets
from tracking.endpoint.writing import Writer
from tracking.judging.tables import network_of

Answer = tuple[int, Headers, bytes]

NOT_ALLOWED: Answer = (405, [("allow", "GET, HEAD"), ("content-length", "0")], b"")
UNAVAILABLE: Answer = (503, [("retry-after", "30"), ("content-length", "0")], b"")


class Endpoint:
    """One process's endpoint. `forwarded` trusts the last X-Forwarded-For entry (own proxy)."""

    def __init__(
        self,
        tokens: Tokens,
        writer: Writer,
        targets: Targets,
        hosts: Hosts,
        *,
        forwarded: bool = False,
    ) -> None:
        self._tokens = tokens
        self._writer = writer
        self._targets = targets
        self._hosts = hosts
        self._forwarded = forwarded
        self._limit = Limit()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called by granian in the worker process, after the fork."""
        self._writer.start()
        self._targets.stops.watch()
        loop.run_in_executor(None, self._targets.warm_up)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what waits before the process ends."""
        self._targets.stops.end()
        self._writer.stop()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            return
        ip = scope.client.rpartition(":")[0].strip("[]")
        if self._forwarded and (chain := scope.headers.get("x-forwarded-for")):
            ip = chain.rpartition(",")[2].strip()
        status, headers, body = await self.answer(scope.method, scope.path, scope.headers.get, ip)
        if scope.method == "HEAD":
            protocol.response_empty(status, headers)
        else:
            protocol.response_bytes(status, headers, body)

    def now(self) -> datetime:
        """When a request came."""
        return datetime.now(UTC)

    async def answer(self, method: str, path: str, headers: Any, ip: str) -> Answer:
        """Status, headers and body for one request."""
        if path == "/health":
            return self.health()
        if method not in {"GET", "HEAD"}:
            return NOT_ALLOWED if is_ours(path) else (404, PLAIN_HEADERS, PLAIN)
        asked = read_request(self._tokens, method, path, headers)
        if asked is not None and not await self._is_at_home(asked, headers):
            asked = None
        if is_pixel(path):
            if asked is not None:
                await self._store(asked, ip)
            return 200, GIF_HEADERS, GIF
        if asked is None:
            return 404, PLAIN_HEADERS, PLAIN
        return await self._follow(asked, ip)

    def health(self) -> Answer:
        """200 while events are stored; 503 when the writer is dead or the database away."""
        good = self._writer.is_alive and not self._writer.failing
        body = b"ok\n" if good else b"events are not stored\n"
        return (200 if good else 503), [("content-type", "text/plain")], body

    async def _is_at_home(self, asked: Asked, headers: Any) -> bool:
        """On a host of an account's own only its tokens work."""
        if not self._hosts.is_known:
            await asyncio.to_thread(self._hosts.read)
        elif self._hosts.takes_turn():
            asyncio.get_running_loop().run_in_executor(None, self._hosts.read)
        return self._hosts.allows((headers("host") or "").lower(), asked.claims.account)

    async def _follow(self, asked: Asked, ip: str) -> Answer:
        claims = asked.claims
        key = (claims.account, claims.campaign, asked.number, claims.contact)
        if not self._targets.stops.is_known:
            await asyncio.to_thread(self._targets.stops.read)
        if self._targets.stops.covers(*key[:3]):
            return 410, STOPPED_HEADERS, STOPPED
        target = self._targets.cached(*key)
        if target is None:
            try:
                target = await asyncio.to_thread(self._targets.find, *key)
            except psycopg2.Error:
                return UNAVAILABLE
        if target is None:
            return 404, PLAIN_HEADERS, PLAIN
        await self._store(asked, ip)
        return 302, redirect_headers(target), b""

    async def _store(self, asked: Asked, ip: str) -> None:
        claims = asked.claims
        if not asked.may_record:
            return
        if not self._limit.allows(claims.account, claims.campaign, claims.contact):
            return
        loop = asyncio.get_running_loop()
        stored = loop.create_future()

        def settle() -> None:
            if not stored.done():  # the reader may have gone away meanwhile
                stored.set_result(None)

        self._writer.put(event_of(asked, ip, self.now()), lambda: loop.call_soon_threadsafe(settle))
        await stored


def event_of(asked: Asked, ip: str, at: datetime) -> Event:
    """The event of a request that may be recorded; a malformed address is left out."""
    network = network_of(ip)
    return Event(
        account=asked.claims.account,
        campaign=asked.claims.campaign,
        contact=asked.claims.contact,
        at=at,
        kind=asked.kind,
        number=asked.number,
        method=asked.method,
        ip=ip if network else "",
        network=network,
        agent=asked.agent,
        signals=asked.signals,
    )
