"""Segments as chips with counts: who is in several of them, who is left out."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.launching.audience import segment_ids
from campaigns.models import Campaign
from marketing.audience.segments import condition_of
from marketing.models import Segment


@dataclass(frozen=True, slots=True)
class Chips:
    """People per chosen segment, people in several, and people who are left out."""

    inside: dict[int, int]
    outside: dict[int, int]
    several: int
    left_out: int
    out_names: tuple[str, ...]


def chips_of(campaign: Campaign, *, total: int | None = None) -> Chips:
    """Counted in one statement over the account's contacts; call in `use_account`.

    With one segment and nobody left out its people are `total`, and nothing is counted again.
    """
    inside, outside = segment_ids(campaign)
    segments = Segment.objects.for_account(campaign.account_id).in_bulk([*inside, *outside])
    names = tuple(sorted(segments[pk].name for pk in outside))
    if not inside:
        return Chips({}, {}, 0, 0, names)
    if total is not None and len(inside) == 1 and not outside:
        return Chips({inside[0]: total}, {}, 0, 0, names)
    chosen = [segments[pk] for pk in (*inside, *outside)]
    found = _counted(campaign.account_id, chosen, inside=len(inside))
    return Chips(
        inside=dict(zip(inside, found[2:], strict=False)),
        outside=dict(zip(outside, found[2 + len(inside) :], strict=True)),
        several=found[0],
        left_out=found[1],
        out_names=names,
    )


def _counted(account_id: int, segments: list[Segment], *, inside: int) -> tuple[int, ...]:
    conditions = [condition_of(segment) for segment in segments]
    columns = ", ".join(
        f"COALESCE(({text}), false) AS s{number}" for number, (text, _) in enumerate(conditions)
    )
    all_names = [f"s{number}" for number in range(len(segments))]
    names_in, names_out = all_names[:inside], all_names[inside:]
    any_in, any_out = " OR ".join(names_in), " OR ".join(names_out) or "false"
    in_several = " + ".join(f"{name}::int" for name in names_in)
    each = ", ".join(f"count(*) FILTER (WHERE {name})" for name in all_names)
    values: list[Any] = [value for _, given in conditions for value in given]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {in_several} > 1),"
            f" count(*) FILTER (WHERE ({any_in}) AND ({any_out})), {each}"
            f" FROM (SELECT {columns} FROM contact c WHERE c.account_id = %s) chosen",
            [*values, account_id],
        )
        return tuple(cursor.fetchone())
