"""Does a text name what a consent needs: who writes, about what, how often, and the way out? Pure.

A look at words, in the languages we know them in; it advises and never refuses (law reference 2.1:
name the organisation and the purpose, and that it can be withdrawn).
"""

import re
from dataclasses import dataclass
from typing import Final

# Beginnings of words, lower case, by language.
_PURPOSE: Final = {
    "en": "newsletter news offer updat tips invit product event article letter about",
    "fr": "lettre nouvelle offre actualit conseil invit produit évén article promotion",
    "de": "newsletter neuigkeit neues angebot nachricht tipps einlad produkt veranstalt artikel",
    "es": "boletín noticia oferta novedad consejo invit producto event",
    "it": "newsletter notizi offert novità consigl invit prodott event",
    "nl": "nieuwsbrief nieuws aanbied tips uitnod product evenement",
    "pl": "newsletter nowośc wiadomoś ofert porad zaprosz produkt wydarz",
    "pt": "newsletter notícia oferta novidade dica convit produto event",
}
_OFTEN: Final = {
    "en": "dai week month year quarter once twice times every occasional",
    "fr": "jour hebdo semaine mois mensuel an trimestre fois occasion",
    "de": "tägl täglich woche wöchent monat jahr jähr quartal einmal zweimal mal gelegent",
    "es": "día diari semana semanal mes mensual año vez veces",
    "it": "giorn settiman mese mensil anno volta volte",
    "nl": "dag week wekelijks maand jaar keer",
    "pl": "dzie tydzie tygod miesi rok raz razy",
    "pt": "dia diári semana semanal mês mensal ano vez vezes",
}
_WAY_OUT: Final = {
    "en": "stop unsubscrib leav opt withdraw cancel end",
    "fr": "arrêt désabonn désinscri retir quitt stop",
    "de": "aufhör abmeld abbestell widerruf beend stopp",
    "es": "baja cancel dejar parar retir",
    "it": "annull disiscri cancell smett revoc interromp",
    "nl": "stop afmeld uitschrijv opzegg intrek",
    "pl": "zrezygn wypis rezygnac cofn przesta",
    "pt": "cancel parar sair desist retirar",
}
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Named:
    """One thing a text should say: its label, and whether we found it (None: we can not tell)."""

    label: str
    found: bool | None


def named(company: str, language: str, words: dict[str, str]) -> list[Named]:
    """What subject, question and text say, for a company and in a language like "fr-CA"."""
    said = " ".join(words.get(name, "") for name in ("subject", "question", "text")).lower()
    body = f"{words.get('question', '')} {words.get('text', '')}".lower()
    tongue = language.split("-")[0]
    return [
        Named("The sender", _names(company, said)),
        Named("The purpose", _has(_PURPOSE, tongue, said)),
        Named("How often", _has(_OFTEN, tongue, body)),
        Named("The way out", _has(_WAY_OUT, tongue, body)),
    ]


def _names(company: str, said: str) -> bool:
    """The whole name, or its first word that is long enough to be one."""
    whole = company.lower().strip()
    parts = [part for part in _WORD.findall(whole) if len(part) > 3]
    return bool(whole) and (whole in said or bool(parts and parts[0] in _WORD.findall(said)))


def _has(beginnings: dict[str, str], language: str, said: str) -> bool | None:
    known = beginnings.get(language)
    if known is None:
        return None
    starts = tuple(known.split())
    return any(word.startswith(starts) for word in _WORD.findall(said))
