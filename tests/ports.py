"""Ports of this machine for servers that are started later, or stopped and started again."""

import socket
import weakref

HOST = "127.0.0.1"


class KeptPort:
    """A port that is ours as long as this object lives: bound, and never listened on by us.

    A server that reuses addresses may listen on it; to anybody else, and as a client's own port,
    the kernel does not give it away. While no server listens, connections are refused.
    """

    def __init__(self) -> None:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, 0))
        self.number: int = holder.getsockname()[1]
        self.free = weakref.finalize(self, holder.close)


_of_this_run: list[KeptPort] = []


def kept_ports(count: int) -> list[int]:
    """That many, all different, kept until the test run ends."""
    ports = [KeptPort() for _ in range(count)]
    _of_this_run.extend(ports)
    return [port.number for port in ports]
