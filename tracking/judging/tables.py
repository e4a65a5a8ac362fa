"""Rules, networks and agents as versioned data: files with their source and date, one manifest.

The files lie in `data`, or in the folder that JUDGING_DATA names (made by `refresh_networks`).
A change of any of them is a new version, and history is judged anew under it.
"""

import csv
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from socket import AF_INET, inet_pton
from typing import Any

SHIPPED = Path(__file__).parent / "data"
MANIFEST = "judging.json"


class Networks:
    """Kinds of address ranges: own, scanner_list, data_centre, apple_relay, google_proxy, ...

    The narrowest range that holds an address decides. A look-up takes one step per length of
    prefix that occurs, however many ranges there are.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._by_length: dict[tuple[int, int], dict[int, str]] = {}
        for text, kind in kinds.items():
            network = ip_network(text)
            key = (network.version, network.prefixlen)
            self._by_length.setdefault(key, {})[int(network.network_address)] = kind
        self._lengths = sorted(self._by_length, key=lambda key: -key[1])

    def kind_of(self, ip: str) -> str:
        """The kind of an address, "" for one on no list or none at all."""
        found = _number_of(ip)
        if found is None:
            return ""
        address_version, bits, number = found
        for version, length in self._lengths:
            if version == address_version:
                host_bits = bits - length
                kind = self._by_length[version, length].get(number >> host_bits << host_bits)
                if kind is not None:
                    return kind
        return ""


def _number_of(ip: str) -> tuple[int, int, int] | None:
    """Version, bits and number of an address. ipaddress takes ten times as long for IPv4."""
    try:
        return 4, 32, int.from_bytes(inet_pton(AF_INET, ip), "big")
    except (OSError, ValueError):
        pass
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    return address.version, address.max_prefixlen, int(address)


@dataclass(frozen=True, slots=True)
class Tables:
    """One version of everything a judgement is made from."""

    version: str
    rules: Mapping[str, Any]
    networks: Networks
    agents: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def network_of(ip: str) -> str:
    """The /24 or /48 an address lies in: what one office, home or gateway shares; "" for none."""
    found = _number_of(ip)
    if found is not None and found[0] == 4:
        return f"{ip.rpartition('.')[0]}.0/24"
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    return str(ip_network(f"{ip}/{24 if address.version == 4 else 48}", strict=False))


@lru_cache(maxsize=4096)
def agent_kind(agent: str) -> str:
    """The kind a user agent names itself: machine, google_proxy, yahoo_proxy, apple, or ""."""
    if agent.strip() == "Mozilla/5.0":
        return "apple_proxy"  # the bare string of Apple's mail privacy protection [mem]
    lowered = agent.lower()
    return next((kind for needle, kind in tables().agents if needle in lowered), "")


def shipped_networks() -> Networks:
    """The networks of the version in force."""
    return tables().networks


@cache
def tables() -> Tables:
    """The version in force, read once per process."""
    return read_tables(data_folder())


def data_folder() -> Path:
    """Where the files of this installation are."""
    return Path(os.environ.get("JUDGING_DATA") or SHIPPED)


def read_tables(folder: Path) -> Tables:
    """Read the version whose manifest lies in a folder."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    networks = {row["network"]: row["kind"] for row in rows_of(folder / manifest["networks"])}
    return Tables(
        version=manifest["version"],
        rules=json.loads((folder / manifest["rules"]).read_text(encoding="utf-8")),
        networks=Networks(networks),
        agents=tuple((r["needle"], r["kind"]) for r in rows_of(folder / manifest["agents"])),
    )


def rows_of(path: Path) -> Iterable[dict[str, str]]:
    """The rows of one table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
