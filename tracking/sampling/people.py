"""Invented people: names, addresses, countries, languages; the same each time. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

_FIRST = {
    "en": "Amy Ben Cora Dan Ella Finn Grace Hugo Iris Jack Kate Liam Mia Noah Olive Paul Ruby "
    "Sam Tess Will Zoe Ada Carl Dora Eve Gus Hope Ivan Jane Kurt",
    "fr": "Anne Bruno Claire Denis Élise Fabien Gaëlle Henri Inès Jules Karine Louis Manon "
    "Nathan Odile Pierre Régis Sylvie Théo Yvette Zacharie Agnès Cédric Émile Joëlle Noémie",
    "de": "Anke Bernd Clara Dirk Emma Frank Greta Heiko Ines Jonas Käthe Lars Mona Nils Otto "
    "Petra Ralf Sönke Tanja Uwe",
}
_LAST = {
    "en": "Abbot Baker Carver Dalton Ellery Fisher Garner Hollis Ingram Jarvis Keating Larkin "
    "Mercer Norwood Osborne Parrish Quigley Rowan Sadler Tanner Underhill Vance Whitby Yates",
    "fr": "Aubry Bellon Carrel Dufresne Esnault Fontan Garrigue Hamelin Imbert Jourdan Lacombe "
    "Marchal Nollet Olivier Perrin Rouvier Sabatier Thibaut Vasseur Verdier",
    "de": "Ahlers Brandt Carstens Drews Ebeling Funk Grote Harms Ihde Jansen Kruse Lorenz "
    "Möller Nagel Ohlsen Petersen Reimers Sievers Thomsen Voss",
}
_LANGUAGE = {"FR": "fr", "BE": "fr", "LU": "fr", "DE": "de", "AT": "de", "CH": "de"}
_DOMAINS = ("post.example", "inbox.example", "mail.example", "letters.example", "briefe.example")
_PLAIN = str.maketrans("ÉéèëïöäüçÖ", "eeeeioauco")


@dataclass(frozen=True)
class Invented:
    """One person of a file."""

    address: str
    first_name: str
    last_name: str
    country: str
    language: str
    town: str


_TOWNS = ("North", "South", "East", "West", "Old Town", "Harbour", "Hill", "Lake")


def invent(count: int, countries: Sequence[tuple[str, int]], *, seed: str) -> list[Invented]:
    """`count` people, countries in these shares; no address twice."""
    chance = Random(seed)  # noqa: S311 - invented, the same each time
    names = [country for country, _ in countries]
    shares = [share for _, share in countries]
    return [
        _person(number, chance.choices(names, shares)[0], chance) for number in range(1, count + 1)
    ]


def _person(number: int, country: str, chance: Random) -> Invented:
    language = _LANGUAGE.get(country, "en")
    first = chance.choice(_FIRST[language].split())
    last = chance.choice(_LAST[language].split())
    local = f"{first}.{last}".translate(_PLAIN).lower()
    return Invented(
        address=f"{local}{number}@{chance.choice(_DOMAINS)}",
        first_name=first,
        last_name=last,
        country=country,
        language=language,
        town=chance.choice(_TOWNS),
    )


def split(people: Sequence[Invented], *sizes: int) -> Iterator[list[Invented]]:
    """The people in parts of these sizes, in order."""
    start = 0
    for size in sizes:
        yield list(people[start : start + size])
        start += size
