"""Sliding windows in Redis: at most so many mails in any so many seconds, over all workers.

A window is kept as counts of 128ths of it. A count leaves a little late, never early: what is taken
reaches the far end within that time, and no window there holds more than was allowed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.sending.rates.storing import Script

AHEAD_SECONDS = 1.0

# Groups are asked one after the other, each for its own windows and the shared ones. A refused
# request leaves a note: until it was served, or gave up, a promotion takes nothing of that window.
_LUA = """
local ask = cjson.decode(ARGV[1])
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1e6
local SLOTS = 128
local rooms, answer = {}, {allowed = {}, blocked = {}, wait = 0, why = ''}

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
        elseif not (ask.peek and ends - now <= ask.ahead) then
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
        if ask.peek then wait = math.max(0.05, wait - ask.ahead) end
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
        if ask.stream == 'request' and wanted > 0 and room.waits and not ask.peek then
            redis.call('DEL', room.key .. ':asks')
        end
    end
    answer.allowed[index] = wanted
    answer.blocked[index] = blocking and blocking.key or ''
end
for key, room in pairs(rooms) do
    if room.taken > 0 and not ask.peek then
        redis.call('HINCRBY', key, room.slot, room.taken)
        redis.call('PEXPIRE', key, math.ceil((room.seconds + 3 * room.length) * 1000) + 1000)
    end
end
answer.wait = tostring(answer.wait)
return cjson.encode(answer)
"""

_take = Script(_LUA)


@dataclass(frozen=True, slots=True)
class Window:
    """At most `mails` in any `seconds`, counted under `key`."""

    key: str
    mails: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What the windows let through, place by place. `wait`: seconds until more may be asked for.

    `blocked` and `why` are the keys of windows that said no.
    """

    allowed: tuple[int, ...]
    blocked: tuple[str, ...]
    wait: float
    why: str


def take(
    wanted: Sequence[tuple[int, Sequence[Window]]], *, is_request: bool, peek: bool = False
) -> Taken:
    """Take up to `wanted` mails of each group from all of its windows; raises StoreAway.

    `peek`: only look how many there are now and within a second; each asks again as it leaves.
    """
    ask = {
        "peek": peek,
        "ahead": AHEAD_SECONDS,
        "stream": "request" if is_request else "mail",
        "groups": [
            [mails, [[window.key, window.mails, window.seconds] for window in windows]]
            for mails, windows in wanted
        ],
    }
    answer = json.loads(_take.run(json.dumps(ask)))
    return Taken(
        allowed=tuple(int(number) for number in answer["allowed"]),
        blocked=tuple(str(key) for key in answer["blocked"]),
        wait=float(answer["wait"]),
        why=str(answer["why"]),
    )
