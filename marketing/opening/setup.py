"""The five steps between signing up and a first newsletter, and who hides them.

What other rooms did is kept on the account: campaigns writes `first_campaign_at` itself.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from marketing.accounts.auditing import record
from marketing.models import Account, Contact, Member, Sender
from marketing.rules.deciding import rule_for
from marketing.rules.wording import in_short


@dataclass(frozen=True)
class Step:
    """One line of the setup card; `is_post` where opening it is what is remembered."""

    title: str
    text: str
    url: str
    action: str
    is_done: bool
    right: str
    is_post: bool = False


def setup_steps(account: Account) -> list[Step]:
    """Country, consent form, sender, contacts, campaign; three queries."""

    def at(name: str) -> str:
        return reverse(name, args=[account.pk])

    senders = list(Sender.objects.for_account(account).order_by("id"))
    return [
        _place_step(account, at("marketing:settings_mail")),
        Step(
            "Look at your consent form",
            "The question people get who have not agreed yet. It is ready; change the words or "
            "leave them.",
            at("marketing:setup_form"),
            "Open the form",
            is_done=account.form_looked_at is not None,
            right="edit_forms",
            is_post=True,
        ),
        Step(
            "Verify your sender",
            _sender_text(senders),
            at("marketing:settings_senders"),
            "Verify sender",
            is_done=any(sender.verified_at for sender in senders),
            right="edit_settings",
        ),
        Step(
            "Bring your contacts",
            "Import a CSV or Excel file. Nobody is mailed by importing.",
            at("consent:import"),
            "Import contacts",
            is_done=Contact.objects.for_account(account).exists(),
            right="edit_contacts",
        ),
        Step(
            "Write your first campaign",
            "You see who gets what, and who is asked first, before launching.",
            at("campaigns:new_campaign"),
            "New campaign",
            is_done=account.first_campaign_at is not None,
            right="edit_campaigns",
        ),
    ]


def _place_step(account: Account, url: str) -> Step:
    """Country and postal address: the first decides the rules, the second is asked for by most."""
    rules = f"{account.get_country_name()}. {in_short(rule_for(account.country))}"
    has_address = bool(account.postal_address)
    missing = " Your postal address is missing: it stands at the foot of every mail."
    return Step(
        "Say where your company is",
        rules if has_address else rules + missing,
        url,
        "Enter address",
        is_done=has_address,
        right="edit_settings",
    )


def _sender_text(senders: list[Sender]) -> str:
    if not senders:
        return "Say who writes, and follow the link we mail there."
    if any(sender.verified_at for sender in senders):
        return "Whoever reads the mail of your sender has agreed that you write from it."
    return (
        f"Follow the link we mailed to {senders[0].address}, so that nobody else can write in "
        "your name."
    )


def remember_form(account: Account) -> None:
    """Somebody went to look at the consent form from the setup card; the first time counts."""
    Account.objects.filter(pk=account.pk, form_looked_at=None).update(form_looked_at=timezone.now())


def hide_setup(account: Account, *, by: Member) -> None:
    """Take the card away for everybody in the account; a second time changes nothing."""
    shown = Account.objects.filter(pk=account.pk, setup_hidden_at=None)
    if shown.update(setup_hidden_at=timezone.now()):
        record(account, by=by, act="setup.hidden", subject="Setup", after="Hidden")
