"""hits.json: the class of each recorded request that looks at one recipient alone."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cases.files import CASES
from tests.cases.hits_telling import classes_of
from tracking.endpoint.requests import reader
from tracking.endpoint.requests import signals_of as read_signals
from tracking.judging.rules import CROWD_TIME, Judgement, Mail, Seen, judge
from tracking.judging.tables import Networks, network_of


def crowd_of(event: Any, timeline: Any) -> int:
    """Recipients of one timeline share a domain."""
    return len(
        {
            e["recipient"]
            for e in timeline["events"]
            if network_of(e["ip"]) == network_of(event["ip"])
            and e["user_agent"] == event["user_agent"]
            and abs(e["at_offset_ms"] - event["at_offset_ms"])
            <= CROWD_TIME / timedelta(milliseconds=1)
        }
    )


def timelines() -> list[Any]:
    path = CASES / "hits.json"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"no hits.json in {CASES}"))]
    cases = json.loads(path.read_text())
    return [pytest.param(t, cases["networks"], id=t["id"]) for t in cases["timelines"]]


def signals_of(headers: dict[str, str]) -> frozenset[str]:
    return frozenset(read_signals(reader({k.lower(): v for k, v in headers.items()})).split())


@pytest.mark.parametrize(("timeline", "kinds"), timelines())
def test_each_recorded_request_has_its_class(timeline: Any, kinds: dict[str, str]) -> None:
    accepted = datetime.fromisoformat(timeline["given"]["accepted_at"])
    wrong = []
    for recipient in timeline["given"]["recipients"]:
        recorded = [
            e
            for e in timeline["events"]
            if e["recipient"] == recipient and e["expected"]["recorded"]
        ]
        seen = [
            Seen(
                at=accepted + timedelta(milliseconds=e["at_offset_ms"]),
                kind="open" if e["target"] == "pixel" else "click",
                number=int(e["target"].removeprefix("link").partition("?")[0] or 0)
                if e["target"].startswith("link")
                else 0,
                ip=e["ip"],
                agent=e["user_agent"],
                signals=signals_of(e["headers"]),
                crowd=crowd_of(e, timeline),
            )
            for e in recorded
        ]
        judged: list[Judgement] = judge(
            seen, Mail(accepted, timeline["given"]["links"]), Networks(kinds)
        )
        for e, j in zip(recorded, judged, strict=True):
            if j.judged_class not in classes_of(e):
                wrong.append((e["n"], e["expected"]["class"], j.judged_class, j.reasons))
    assert wrong == []
