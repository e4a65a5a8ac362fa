"""The steps between signing up and a first newsletter that marketing itself can see."""

from dataclasses import dataclass

from django.urls import reverse

from marketing.models import Account, Contact, Sender


@dataclass(frozen=True)
class Step:
    """One line of the setup card."""

    number: int
    title: str
    text: str
    url: str
    action: str
    is_done: bool


def setup_steps(account: Account) -> list[Step]:
    """Country, address, sender, contacts; two queries."""
    verified = Sender.objects.for_account(account).filter(verified_at__isnull=False).exists()
    contacts = Contact.objects.for_account(account).exists()
    senders = reverse("marketing:settings_senders", args=[account.pk])
    more = reverse("marketing:settings_more", args=[account.pk])
    mail = reverse("marketing:settings_mail", args=[account.pk])
    return [
        Step(
            1,
            "Say where your company is",
            f"{account.get_country_name()}. Its rules hold for consent and tracking.",
            more,
            "Settings",
            is_done=True,
        ),
        Step(
            2,
            "Enter your postal address",
            "It stands at the foot of every mail.",
            mail,
            "Enter address",
            is_done=bool(account.postal_address),
        ),
        Step(
            3,
            "Verify your sender",
            "So that mail arrives and nobody can write in your name.",
            senders,
            "Open senders",
            is_done=verified,
        ),
        Step(
            4,
            "Bring your contacts",
            "Import a CSV file. Nobody is mailed by importing.",
            reverse("marketing:contacts", args=[account.pk]),
            "Open contacts",
            is_done=contacts,
        ),
    ]
