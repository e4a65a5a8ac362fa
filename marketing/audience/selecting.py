"""Which contacts a member chose on the list, and putting them into a fixed list. Set-based."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.http import QueryDict

from marketing.accounts.models import Account
from marketing.audience.models import Segment
from marketing.audience.showing.filters import read_filters, segments_of
from marketing.audience.showing.listing import narrowed
from marketing.queries import number_in

_LONGEST: Final = 2_000  # characters of a query string


@dataclass(frozen=True)
class Selection:
    """Ticked contacts by their ids, or everybody of a query string; kept as JSON by exports."""

    ids: tuple[int, ...] = ()
    query: str = ""
    is_all: bool = False

    @classmethod
    def posted(cls, data: QueryDict) -> "Selection":
        """What the form of the list says; odd ids are nobody."""
        if data.get("all") == "1":
            return cls(query=data.get("query", "").replace("\0", "")[:_LONGEST], is_all=True)
        return cls(ids=tuple(_numbers(data.getlist("contact"))))

    @classmethod
    def kept(cls, params: dict[str, Any]) -> "Selection":
        """As `params` kept it."""
        return cls(tuple(params["ids"]), params["query"], params["is_all"])

    @property
    def params(self) -> dict[str, Any]:
        """For a JSON column."""
        return {"ids": list(self.ids), "query": self.query, "is_all": self.is_all}

    def people(self, account: Account) -> tuple[str, list[Any]]:
        """A condition over `contact c`, account included, and its parameters."""
        if not self.is_all:
            return "c.account_id = %s AND c.id = ANY(%s)", [account.pk, list(self.ids)]
        filters = read_filters(QueryDict(self.query), segments_of(account))
        return narrowed(account, filters).with_pill


def count(account: Account, selection: Selection) -> int:
    """How many people were chosen."""
    condition, parameters = selection.people(account)
    return int(_value(f"SELECT count(*) FROM contact c WHERE {condition}", parameters))


def hashes_of(account: Account, selection: Selection, *, most: int) -> list[bytes]:
    """Address hashes of the chosen people, newest first, at most so many."""
    condition, parameters = selection.people(account)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.address_hash FROM contact c WHERE {condition} ORDER BY c.id DESC LIMIT %s",
            [*parameters, most],
        )
        return [bytes(value) for (value,) in cursor.fetchall()]


def add_to_segment(account: Account, segment: Segment, selection: Selection) -> int:
    """Put the chosen people into a fixed list. Returns how many came."""
    condition, parameters = selection.people(account)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO segment_member (account_id, segment_id, contact_id)
                SELECT c.account_id, %s, c.id FROM contact c WHERE {condition}
                ON CONFLICT DO NOTHING""",
            [segment.pk, *parameters],
        )
        return int(cursor.rowcount)


def custom_fields(account: Account) -> list[str]:
    """The names of the account's own fields, as its contacts have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT jsonb_object_keys(c.fields) FROM contact c
               WHERE c.account_id = %s AND c.fields <> '{}' ORDER BY 1 LIMIT 200""",
            [account.pk],
        )
        return [name for (name,) in cursor.fetchall()]


def _numbers(texts: Iterable[str]) -> list[int]:
    return [number for number in map(number_in, texts) if number]


def _value(statement: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]
