"""A name server on loopback that says what a test tells it to, over UDP and TCP."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = "silent"
BROKEN = "broken"
NOWHERE = "nowhere"
# (name, kind) -> values, or SILENT, or BROKEN
Zone = dict[tuple[str, str], list[str] | str]
_UDP_OCTETS = 512


class ScriptedDns:
    """Answers from `zone`; a name that has no records at all does not exist."""

    def __init__(self) -> None:
        self.zone: Zone = {}
        self.asked: list[tuple[str, str]] = []
        self.address = ("127.0.0.1", 0)

    def says(self, name: str, kind: str, *values: str) -> None:
        """Publish records; texts of any length are cut into strings as a zone file does."""
        self.zone[name.lower(), kind] = list(values)

    def keeps(self, name: str, kind: str, fault: str) -> None:
        """Never answer (SILENT), or answer with SERVFAIL (BROKEN)."""
        self.zone[name.lower(), kind] = fault

    def answer(self, wire: bytes, *, limit: int | None) -> bytes | None:
        """The reply to one question; None where it stays silent."""
        question = dns.message.from_wire(wire)
        asked = question.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        reply = dns.message.make_response(question)
        told = self._followed(name, kind, reply)
        if told == SILENT:
            return None
        if told == BROKEN:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif told == NOWHERE:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        full = reply.to_wire()
        if limit is None or len(full) <= limit:
            return full
        cut = dns.message.make_response(question)
        cut.flags |= dns.flags.TC
        return cut.to_wire()

    def _followed(self, name: str, kind: str, reply: dns.message.Message) -> str:
        """Fill the answer as a resolver does, CNAMEs first; what went wrong, "" for nothing."""
        for _ in range(10):
            told = self.zone.get((name, kind))
            alias = None if told is not None or kind == "CNAME" else self.zone.get((name, "CNAME"))
            if isinstance(alias, list):
                reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *alias))
                name = alias[0].rstrip(".").lower()
                continue
            if isinstance(told, list):
                values = [_quoted(value) if kind == "TXT" else value for value in told]
                reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values))
                return ""
            fault = told if told is not None else alias
            if isinstance(fault, str):
                return fault
            return "" if any(known == name for known, _ in self.zone) else NOWHERE
        return BROKEN


def _quoted(text: str) -> str:
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


@contextmanager
def scripted_dns() -> Iterator[ScriptedDns]:
    """Runs while the test does; UDP and TCP share a port."""
    far_end = ScriptedDns()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            reply = far_end.answer(self.request[0], limit=_UDP_OCTETS)
            if reply is not None:
                self.request[1].sendto(reply, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            reply = far_end.answer(self.rfile.read(length), limit=None)
            if reply is not None:
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    with _tcp_and_udp(Tcp, Udp) as servers:
        far_end.address = servers[0].server_address
        threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,)) for server in servers
        ]
        for thread in threads:
            thread.start()
        try:
            yield far_end
        finally:
            for server in servers:
                server.shutdown()
            for thread in threads:
                thread.join(20)


@contextmanager
def _tcp_and_udp(tcp: Any, udp: Any) -> Iterator[list[Any]]:
    """One free port for both; another try where the second is taken."""
    for _ in range(20):
        stream = socketserver.ThreadingTCPServer(("127.0.0.1", 0), tcp)
        try:
            datagram = socketserver.ThreadingUDPServer(stream.server_address, udp)
        except OSError:
            stream.server_close()
            continue
        with stream, datagram:
            yield [stream, datagram]
        return
    raise OSError("no port is free for both UDP and TCP")
