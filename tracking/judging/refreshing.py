"""Makes a new version of the network table from published lists; `refresh_networks` calls it.

Whatever is a network in a list is taken, be it CSV, JSON or text. Kinds that have no list stay as
they are. The new version lies in a folder of its own, which JUDGING_DATA then names.
"""

import csv
import json
import re
import shutil
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from tracking.judging.tables import MANIFEST, read_tables, rows_of

MOST_BYTES: Final = 64 * 1024 * 1024
TIMEOUT_S: Final = 60
_NETWORK: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]{3,45}/\d{1,3}(?![\w/])")


class Refused(ValueError):
    """A list that cannot be what it should be; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Source:
    """A published list: an https URL, or a file."""

    kind: str
    place: str


def sources_of(folder: Path) -> list[Source]:
    """The lists named in the data."""
    return [Source(row["kind"], row["url"]) for row in rows_of(folder / "sources.csv")]


def refresh(old: Path, new: Path, sources: Sequence[Source], *, today: date) -> str:
    """Write a version whose networks come from these lists into `new`; returns its name."""
    manifest = json.loads((old / MANIFEST).read_text(encoding="utf-8"))
    fresh = [
        {"network": network, "kind": source.kind, "source": f"{source.place}, {today}"}
        for source in sources
        for network in networks_in(_text_of(source.place), source.place)
    ]
    kinds = {source.kind for source in sources}
    kept = [row for row in rows_of(old / manifest["networks"]) if row["kind"] not in kinds]
    version = _next_version(str(manifest["version"]), today)
    name = f"networks-{version}.csv"
    new.mkdir(parents=True, exist_ok=True)
    for file in {manifest["rules"], manifest["agents"], "sources.csv"}:
        if not (new / file).exists():
            shutil.copyfile(old / file, new / file)
    _write(new / name, [*kept, *fresh])
    manifest |= {"version": version, "networks": name}
    half = new / f"{MANIFEST}.new"
    half.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    half.rename(new / MANIFEST)
    return read_tables(new).version


def networks_in(text: str, place: str) -> list[str]:
    """Every network of a list, once each. Raises Refused for a list without any."""
    found: dict[str, None] = {}
    for written in _NETWORK.findall(text):
        try:
            found[str(ip_network(written, strict=False))] = None
        except ValueError:
            continue
    if not found:
        raise Refused(f"There is no network in {place}.")
    if any(ip_network(network).prefixlen < 8 for network in found):
        raise Refused(f"{place} holds a network that is too wide to be true.")
    return list(found)


def _text_of(place: str) -> str:
    if not place.startswith("https://"):
        return Path(place).read_text(encoding="utf-8")
    with urllib.request.urlopen(place, timeout=TIMEOUT_S) as answer:  # noqa: S310 - https only
        taken: Any = answer.read(MOST_BYTES + 1)
    if len(taken) > MOST_BYTES:
        raise Refused(f"{place} is longer than {MOST_BYTES // 1024 // 1024} MB.")
    return str(taken.decode("utf-8"))


def _next_version(old: str, today: date) -> str:
    """The day, with a number when the day has one already."""
    day, _, number = old.partition(".")
    return f"{today}.{int(number or 1) + 1}" if day == str(today) else str(today)


def _write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["network", "kind", "source"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
