"""Networks and agents as versioned data: which kind of machine is behind an address or a name."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

VERSION = "2026-11-25"
DATA = Path(__file__).parent / "data"

Network = IPv4Network | IPv6Network


class Networks:
    """Kinds of address ranges: own, scanner_list, data_centre, apple_relay, google_proxy, ..."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._known: list[tuple[Network, str]] = [
            (ip_network(network), kind) for network, kind in kinds.items()
        ]

    def kind_of(self, ip: str) -> str:
        """The kind of an address, "" for one on no list or none at all."""
        try:
            address = ip_address(ip)
        except ValueError:
            return ""
        return next((kind for network, kind in self._known if address in network), "")


def network_of(ip: str) -> str:
    """The /24 or /48 an address lies in: what one office, home or gateway shares; "" for none."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    return str(ip_network(f"{ip}/{24 if address.version == 4 else 48}", strict=False))


def agent_kind(agent: str) -> str:
    """The kind a user agent names itself: machine, google_proxy, yahoo_proxy, apple, or ""."""
    if agent.strip() == "Mozilla/5.0":
        return "apple_proxy"  # the bare string of Apple's mail privacy protection [mem]
    lowered = agent.lower()
    return next((kind for needle, kind in _agents() if needle in lowered), "")


@cache
def shipped_networks() -> Networks:
    """The table this version ships."""
    return Networks({row["network"]: row["kind"] for row in _rows("networks")})


@cache
def _agents() -> tuple[tuple[str, str], ...]:
    return tuple((row["needle"], row["kind"]) for row in _rows("agents"))


def _rows(name: str) -> Iterable[dict[str, str]]:
    with (DATA / f"{name}-{VERSION}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
