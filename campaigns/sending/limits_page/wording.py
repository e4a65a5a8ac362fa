"""Limits and plans in words, the same on the page and in the audit log."""

from campaigns.sending.rates.models import DAY, Scope, WarmUp

_UNITS = {1: "second", 60: "minute", 3600: "hour", DAY: "day"}


def limit_words(scope: str, name: str, mails: int, seconds: int) -> str:
    """ "The whole account: at most 5,000 mails a day"."""
    return f"{subject_words(scope, name)}: {amount_words(mails, seconds)}"


def subject_words(scope: str, name: str) -> str:
    """What is limited."""
    if scope == "relay":
        return "The mail servers of this house"
    if scope == Scope.ACCOUNT:
        return "The whole account"
    if scope == Scope.SENDER:
        return name or "Each sender"
    return name or "Each receiving group"


def amount_words(mails: int, seconds: int) -> str:
    """How many in which time."""
    unit = _UNITS.get(seconds)
    noun = "mail" if mails == 1 else "mails"
    if unit is not None:
        return f"at most {mails:,} {noun} {'an' if unit == 'hour' else 'a'} {unit}"
    size = next(s for s in (3600, 60, 1) if seconds % s == 0)
    return f"at most {mails:,} {noun} in {seconds // size} {_UNITS[size]}s"


def plan_words(plan: WarmUp) -> str:
    """ "50 on 2 Nov 2026, 50 % more each day, until 20,000 a day"."""
    first = f"{plan.starts_on.day} {plan.starts_on:%b %Y}"
    return (
        f"{plan.first_day:,} on {first}, {plan.growth} % more each day, until {plan.target:,} a day"
    )
