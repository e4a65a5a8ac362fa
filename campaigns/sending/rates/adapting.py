"""Receiving groups that slow us down: 421 and 4.7.x halve how much may be on the way and pause it.

Success raises it again, one mail at a time. Kept in Redis, so that all workers hold the same.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.sending.rates.storing import Script, is_there, key, members_of, read_hash

# 421: busy. 4.7.x: they limit or distrust us, 15 minutes at least (law and protocol 3.5).
PAUSE_BUSY, PAUSE_BUSY_MOST = 30, 900
PAUSE_DISTRUST, PAUSE_DISTRUST_MOST = 900, 3600
_FLIGHT_SECONDS = 150  # a worker that said nothing for so long has nothing on the way

_LUA_NOW = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1e6
"""

# Fields: cap, until, wins, times; f:<worker> and t:<worker>: what is on the way, and since when.
_ADMIT = (
    _LUA_NOW
    + """
local ask, answer = cjson.decode(ARGV[1]), {}
for index, group in ipairs(ask.groups) do
    local key, wanted, wait = group[1], group[2], 0
    local cap = tonumber(redis.call('HGET', key, 'cap') or '0')
    if cap > 0 then
        local waits = tonumber(redis.call('HGET', key, 'until') or '0') - now
        local flight, all = 0, redis.call('HGETALL', key)
        for i = 1, #all, 2 do
            if string.sub(all[i], 1, 2) == 'f:' then
                local since = redis.call('HGET', key, 't:' .. string.sub(all[i], 3)) or '0'
                if now - tonumber(since) < ask.flight then
                    flight = flight + tonumber(all[i + 1])
                end
            end
        end
        if waits > 0 then wanted, wait = 0, waits
        elseif flight + wanted > cap then wanted, wait = math.max(0, cap - flight), 0.25 end
        if wanted > 0 then
            redis.call('HINCRBY', key, 'f:' .. ask.worker, wanted)
            redis.call('HSET', key, 't:' .. ask.worker, now)
        end
    end
    answer[index] = {wanted, tostring(wait)}
end
return cjson.encode(answer)
"""
)

_HEARD = (
    _LUA_NOW
    + """
local ask = cjson.decode(ARGV[1])
for _, group in ipairs(ask.groups) do
    local key, fine, ended, pause, most = group[1], group[2], group[3], group[4], group[5]
    local cap = tonumber(redis.call('HGET', key, 'cap') or '0')
    if cap > 0 and ended > 0 then
        local flight = tonumber(redis.call('HGET', key, 'f:' .. ask.worker) or '0')
        redis.call('HSET', key, 'f:' .. ask.worker, math.max(0, flight - ended))
        redis.call('HSET', key, 't:' .. ask.worker, now)
    end
    if pause > 0 then
        local paused = tonumber(redis.call('HGET', key, 'until') or '0')
        local times = tonumber(redis.call('HGET', key, 'times') or '0')
        if paused <= now then
            times = times + 1
            cap = math.max(1, math.floor((cap > 0 and cap or ask.full) / 2))
            redis.call('HSET', key, 'cap', cap, 'wins', 0, 'times', times)
        end
        local seconds = math.min(most, pause * 2 ^ (times - 1))
        redis.call('HSET', key, 'until', math.max(paused, now + seconds), 'why', group[6])
        redis.call('EXPIRE', key, 86400)
        redis.call('SADD', ask.flag, group[7])
        redis.call('EXPIRE', ask.flag, 86400)
    elseif cap > 0 and fine > 0 then
        local wins = tonumber(redis.call('HGET', key, 'wins') or '0') + fine
        while wins >= cap and cap < ask.full do wins, cap = wins - cap, cap + 1 end
        if cap >= ask.full then redis.call('DEL', key)
        else redis.call('HSET', key, 'cap', cap, 'wins', wins) end
    end
end
"""
)

_FLAG_SECONDS = 1.0
_flags: dict[str, tuple[float, bool]] = {}
_admit = Script(_ADMIT)
_heard = Script(_HEARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a group answered lately: accepted, ended in all, and whether it slowed us down."""

    fine: int = 0
    ended: int = 0
    busy: bool = False
    distrusts: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Slowed:
    """A group that is held back: how much may be on the way, paused for so many seconds."""

    cap: int
    until: float
    why: str


def key_of(route: str, group: str) -> str:
    """Where a group's state is kept: each way out has a reputation of its own."""
    return key("slow", route, group)


def is_slowing(route: str) -> bool:
    """Some group of this route was slowed down within a day; asked once a second at most.

    Raises StoreAway.
    """
    flag = _flag_of(route)
    asked_at, known = _flags.get(flag, (float("-inf"), False))
    if time.monotonic() - asked_at > _FLAG_SECONDS:
        known = is_there(flag)
        _flags[flag] = (time.monotonic(), known)
    return known


def admit(route: str, wanted: Mapping[str, int], *, worker: str) -> dict[str, tuple[int, float]]:
    """Group to (how many may leave now, seconds to wait for the rest); raises StoreAway."""
    groups = list(wanted)
    ask = {
        "worker": worker,
        "flight": _FLIGHT_SECONDS,
        "groups": [[key_of(route, group), wanted[group]] for group in groups],
    }
    answer = json.loads(_admit.run(json.dumps(ask)))
    return {
        group: (int(allowed), float(wait))
        for group, (allowed, wait) in zip(groups, answer, strict=True)
    }


def heard(route: str, answers: Mapping[str, Heard], *, worker: str, full: int) -> None:
    """Take notice of what groups answered; `full` is how much is on the way without a limit."""
    ask = {
        "worker": worker,
        "flag": _flag_of(route),
        "full": max(2, full),
        "groups": [
            [key_of(route, group), it.fine, it.ended, *_pause(it), it.why[:200], group]
            for group, it in answers.items()
        ],
    }
    if answers:
        _heard.run(json.dumps(ask))
        if any(it.busy or it.distrusts for it in answers.values()):
            _flags.pop(_flag_of(route), None)


def slowed(route: str, groups: Sequence[str] | None = None) -> dict[str, Slowed]:
    """Those of these groups (at most fifty of all) that are held back now; raises StoreAway."""
    if groups is None:
        groups = sorted(members_of(_flag_of(route)))[:50]
    found = {group: read_hash(key_of(route, group)) for group in groups}
    return {
        group: Slowed(int(state["cap"]), float(state.get("until", 0)), state.get("why", ""))
        for group, state in found.items()
        if "cap" in state
    }


def _flag_of(route: str) -> str:
    return key("slowing", route)


def _pause(it: Heard) -> tuple[int, int]:
    if it.distrusts:
        return PAUSE_DISTRUST, PAUSE_DISTRUST_MOST
    return (PAUSE_BUSY, PAUSE_BUSY_MOST) if it.busy else (0, 0)
