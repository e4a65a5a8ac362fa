"""Changing the account's country: its rules hold from then on, for new mail at once."""

from typing import Any

from marketing.accounts.auditing import record
from marketing.models import Account, Member
from marketing.rules.countries import country_name
from marketing.rules.deciding import rule_for
from marketing.rules.foreseeing import changes_of_country
from marketing.rules.saving import settings_of
from marketing.rules.versions import policy_in_force
from marketing.rules.wording import place_of


def change_country(account: Account, country: str, *, by: Member) -> bool:
    """Store the country with one audit line, False if it is the same; call inside `use_account`.

    The switches only tighten: consent is on where the new country locks it, tracking is off
    where the new country asks each person. Running campaigns keep the stricter of both.
    """
    held = Account.objects.select_for_update().get(pk=account.pk)
    if held.country == country:
        return False
    before = f"{country_name(held.country)}; {settings_of(held).in_words()}"
    rule = rule_for(country)
    held.country = country
    held.consent = held.consent or rule.consent_locked
    held.tracking = held.tracking and rule.track_class == "N"
    held.save(update_fields=["country", "consent", "tracking"])
    record(
        held,
        by=by,
        act="settings.changed",
        subject="Country of the account",
        before=before,
        after=f"{country_name(country)}; {settings_of(held).in_words()}",
    )
    return True


def preview(account: Account, country: str) -> dict[str, Any]:
    """What moving to `country` would lock and unlock, for the page; nothing for the same country.

    Call inside `use_account`.
    """
    if country == account.country:
        return {"moves_to": "", "will_change": []}
    changes = changes_of_country(account, country, policy_in_force())
    lines = changes.sentences()
    rule = rule_for(country)
    if account.tracking and rule.track_class != "N":
        lines.insert(0, "Tracking is switched off until you turn it on again.")
    return {
        "moves_to": country,
        "place": place_of(country),
        "will_change": lines or ["Nothing changes: the rules of both countries are the same."],
    }
