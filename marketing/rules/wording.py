"""What the More tab says about a country's rule: locked, only with each person's yes, or free."""

from dataclasses import dataclass

from marketing.models import CountryRule
from marketing.rules.countries import country_name

_EXCEPTIONS = {
    "R": "",
    "RS": " Own customers may be an exception: record it on the contact, not here.",
    "RI": " Own customers, and people whose consent the law implies for a time, may be "
    "exceptions: record it on the contact, not here.",
}


@dataclass(frozen=True)
class RuleText:
    """A note under a switch. `colour`: amber locked, blue with each person's yes, grey free."""

    colour: str
    title: str
    text: str
    source: str


def cannot_be_turned_off(country: str) -> str:
    """The refusal of a forged form."""
    return f"This cannot be turned off in {place_of(country)}."


def tracking_text(rule: CountryRule, country: str) -> RuleText:
    """The note under Email and link tracking."""
    place = place_of(country)
    if rule.track_class == "N":
        return RuleText(
            "grey",
            f"{_capital(place)}: {'on' if rule.tracking_default else 'off'} by default",
            "We found no rule that asks each recipient first. Everyone can say no on the page "
            "“Your choices”, and that is obeyed at once, also for mail already sent.",
            _source(rule, rule.conf_tracking, country),
        )
    why = "" if rule.track_class == "C" else " The law there is not settled, so we take care."
    return RuleText(
        "blue",
        f"{_capital(place)}: only people who said yes themselves",
        "Turning this on does not start tracking anyone. The consent page gets one more "
        "question, an unticked box. Only people who tick it are measured. Saying no never "
        f"costs them the newsletter.{why}",
        f"Off by default in {place}. " + _source(rule, rule.conf_tracking, country),
    )


def consent_text(rule: CountryRule, country: str) -> RuleText:
    """The note under Consent to receive newsletters."""
    place = place_of(country)
    source = _source(rule, rule.conf_optin, country)
    if rule.consent_locked:
        return RuleText(
            "amber",
            "This cannot be turned off",
            f"In {place} a person must agree before the first newsletter."
            + _EXCEPTIONS.get(rule.optin, ""),
            source,
        )
    return RuleText(
        "grey",
        f"{_capital(place)}: your choice, {'on' if rule.consent_default else 'off'} by default",
        "Mail is allowed until someone refuses. Asking first still gives you fewer complaints and "
        "a record of every answer.",
        source,
    )


def in_short(rule: CountryRule) -> str:
    """Both rules in one line, for the setup card."""
    consent = "Consent first" if rule.consent_locked else "Consent is your choice"
    tracking = "tracking is your choice"
    if rule.track_class != "N":
        tracking = "tracking only with each person’s yes"
    return f"{consent}, {tracking}."


def consent_in_short(rule: CountryRule, *, is_on: bool) -> str:
    """The line under Consent on Home; `is_on` is the account's switch."""
    if rule.consent_locked:
        return "Always on. Each address is asked once."
    if is_on:
        return (
            "On: people who have not agreed are asked once, before their first newsletter. "
            "You may turn it off."
        )
    return (
        "Off: your newsletters go out without asking first. You may turn it on. People in "
        "stricter countries are asked either way."
    )


def tracking_in_short(rule: CountryRule, *, is_on: bool) -> str:
    """The line under Tracking on Home; `is_on` is the account's switch."""
    if rule.track_class == "N":
        if is_on:
            return "On: you see who opened and who clicked. Whoever objects is not measured."
        return "Off: opens and clicks are not measured. You may turn it on."
    if is_on:
        return "On. Only people who said yes themselves are measured."
    return "Off. You may turn it on; only people who say yes are measured."


def _source(rule: CountryRule, confidence: str, country: str) -> str:
    """Law, version and day; says where a rule was not fully reviewed."""
    day = f"{rule.version.valid_from:%-d %b %Y}"
    parts = [f"{rule.law}." if rule.law else "", f"Policy {rule.version.name}, in force {day}."]
    if confidence == "L" or rule.country == "*":
        parts.append(f"Rules for {country_name(country)} are not fully reviewed.")
    return " ".join(part for part in parts if part)


def place_of(country: str) -> str:
    """The country within a sentence: "in the United States"."""
    name = country_name(country)
    return f"the {name}" if name in _WITH_ARTICLE else name


def _capital(place: str) -> str:
    return place[0].upper() + place[1:]


_WITH_ARTICLE = {
    "United States",
    "United Kingdom",
    "United Arab Emirates",
    "Netherlands",
    "Philippines",
    "Czech Republic",
    "Dominican Republic",
    "Bahamas",
    "Gambia",
    "Maldives",
}
