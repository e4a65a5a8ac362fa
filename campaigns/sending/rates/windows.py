"""Sliding windows in Redis: at most so many mails in any so many seconds, over all workers.

A window is kept as counts of 64ths of it. A count leaves a little late, never early: what is taken
reaches the far end within that time, and no window there holds more than was allowed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.sending.rates.storing import Script

# Groups are asked one after the other, each for its own windows and the shared ones. A refused
# request leaves a note: until it was served, or gave up, a promotion takes nothing of that window.
_LUA = """
local ask = cjson.decode(ARGV[1])
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1e6
local SLOTS = 64
local rooms, answer = {}, {allowed = {}, wait = 0, why = '', receipt = {}}

local function room_of(w)
    local key = w[1]
    if rooms[key] then return rooms[key] end
    local length = w[3] / SLOTS
    local room = {key = key, length = length, slot = math.floor(now / length), seconds = w[3],
                  free = w[2], opens = {}, taken = 0}
    local entries = redis.call('HGETALL', key)
    for i = 1, #entries, 2 do
        local ends = (tonumber(entries[i]) + 2) * length + w[3]
        if ends <= now then
            redis.call('HDEL', key, entries[i])
        else
            room.free = room.free - tonumber(entries[i + 1])
            table.insert(room.opens, ends - now)
        end
    end
    table.sort(room.opens)
    room.waits = redis.call('EXISTS', key .. ':asks') == 1
    rooms[key] = room
    return room
end

for index, group in ipairs(ask.groups) do
    local wanted, blocking = group[1], nil
    for _, w in ipairs(group[2]) do
        local room = room_of(w)
        local free = room.free
        if room.waits and ask.stream ~= 'request' then free = 0 end
        if free < wanted then wanted, blocking = math.max(0, free), room end
    end
    if blocking then
        local wait = blocking.opens[1] or 0.25
        if blocking.free > 0 then wait = 0.25 end
        if answer.why == '' or wait < answer.wait then
            answer.wait, answer.why = wait, blocking.key
        end
        if ask.stream == 'request' then
            redis.call('SET', blocking.key .. ':asks', 1, 'PX', math.ceil(wait * 1000) + 3000)
        end
    end
    for _, w in ipairs(group[2]) do
        local room = room_of(w)
        room.free = room.free - wanted
        room.taken = room.taken + wanted
        if ask.stream == 'request' and not blocking and room.waits then
            redis.call('DEL', room.key .. ':asks')
        end
    end
    answer.allowed[index] = wanted
end
for key, room in pairs(rooms) do
    if room.taken > 0 then
        redis.call('HINCRBY', key, room.slot, room.taken)
        redis.call('PEXPIRE', key, math.ceil((room.seconds + 3 * room.length) * 1000) + 1000)
        table.insert(answer.receipt, {key, room.slot})
    end
end
answer.wait = tostring(answer.wait)
return cjson.encode(answer)
"""

_GIVE_BACK = """
for _, entry in ipairs(cjson.decode(ARGV[1])) do
    local left = tonumber(redis.call('HGET', entry[1], entry[2]) or '0') - entry[3]
    if left > 0 then redis.call('HSET', entry[1], entry[2], left)
    else redis.call('HDEL', entry[1], entry[2]) end
end
"""

_take = Script(_LUA)
_give_back = Script(_GIVE_BACK)


@dataclass(frozen=True, slots=True)
class Window:
    """At most `mails` in any `seconds`, counted under `key`."""

    key: str
    mails: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What the windows let through, place by place. `wait`: seconds until more may be asked for.

    `why` is the key of the window that said no; `slots` where each window wrote it down.
    """

    allowed: tuple[int, ...]
    wait: float
    why: str
    slots: dict[str, int]


def take(wanted: Sequence[tuple[int, Sequence[Window]]], *, is_request: bool) -> Taken:
    """Take up to `wanted` mails of each group from all of its windows; raises StoreAway."""
    ask = {
        "stream": "request" if is_request else "mail",
        "groups": [
            [mails, [[window.key, window.mails, window.seconds] for window in windows]]
            for mails, windows in wanted
        ],
    }
    answer = json.loads(_take.run(json.dumps(ask)))
    return Taken(
        allowed=tuple(int(number) for number in answer["allowed"]),
        wait=float(answer["wait"]),
        why=str(answer["why"]),
        slots={str(key): int(slot) for key, slot in answer["receipt"]},
    )


def give_back(unused: Sequence[tuple[str, int, int]]) -> None:
    """Mails that did not leave after all: (key, slot, number); raises StoreAway."""
    if unused:
        _give_back.run(json.dumps(unused))
