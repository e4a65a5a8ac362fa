"""A name server on this machine: UDP, a handful of records, everything else NXDOMAIN."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = dict[tuple[str, str], list[str]]  # (name, type) to records; an empty list: no such type


class NameServer(socketserver.ThreadingUDPServer):
    """Answers from `zone`; counts what it was asked."""

    daemon_threads = True

    def __init__(self, zone: Zone) -> None:
        super().__init__(("127.0.0.1", 0), Question)
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        self.is_silent = False

    @property
    def setting(self) -> list[tuple[str, int]]:
        """For DNS_SERVERS."""
        return [("127.0.0.1", self.server_address[1])]


class Question(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        data, line = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = query.question[0].rdtype.name
        self.server.asked.append((name, kind))
        if self.server.is_silent:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        records = self.server.zone.get((name, kind))
        if records:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *records))
        elif not any(known == name for known, _ in self.server.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        line.sendto(answer.to_wire(), self.client_address)


@contextmanager
def name_server(zone: Zone) -> Iterator[NameServer]:
    """A name server that answers until the block ends."""
    server = NameServer(zone)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
