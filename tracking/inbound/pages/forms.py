"""Forms: the key of a provider's signatures, and who gets the replies to a sender."""

from typing import Any

from django import forms

from marketing import sealing
from marketing.models import Sender
from tracking.inbound.hooks import KEYS, VIEWS
from tracking.inbound.models import ReplyRoute
from tracking.inbound.replies.routing import members_with_address, route_of

LABELS = {
    "amazon_ses": "Amazon SES",
    "brevo": "Brevo",
    "mailersend": "MailerSend",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "mailtrap": "Mailtrap",
    "mandrill": "Mandrill",
    "postal": "Postal",
    "postmark": "Postmark",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
    "unisender_go": "Unisender Go",
}


class ProviderForm(forms.Form):
    """Which provider's address is shown."""

    provider = forms.ChoiceField(label="Provider", choices=[(p, LABELS[p]) for p in VIEWS])


class KeyForm(forms.Form):
    """The key that a provider shows beside its webhook."""

    key = forms.CharField(max_length=2000)
    key.widget.attrs = {"autocomplete": "off"}

    def __init__(self, *given: Any, provider: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["key"].label = f"{LABELS[provider]}’s {KEYS[provider][1]}"
        self.fields["key"].help_text = "Stands beside the webhook there. It is kept sealed."

    def clean_key(self) -> str:
        """One line: public keys are pasted with their frame, and in several."""
        if not sealing.may_seal():
            raise forms.ValidationError("The operator has set no CREDENTIALS_KEY to seal it with.")
        key = str(self.cleaned_data["key"])
        for edge in ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"):
            key = key.replace(edge, "")
        return "".join(key.split())


class RouteForm(forms.Form):
    """Only addresses that somebody has shown to be theirs can be chosen."""

    to = forms.ChoiceField(label="Send replies to", widget=forms.RadioSelect)

    def __init__(self, *given: Any, sender: Sender, **options: Any) -> None:
        route = route_of(sender)
        chosen = f"member:{route.member_id}" if route.member_id else route.target
        super().__init__(*given, **options)
        field: Any = self.fields["to"]
        field.initial = chosen
        own = sender.address if sender.verified_at else f"{sender.address} (once it is verified)"
        field.choices = [
            ("sender", f"The sender, {own}"),
            *(
                (f"member:{member_id}", f"{name}, {address}")
                for member_id, name, address in members_with_address(sender.account_id)
            ),
            ("nobody", "Nobody: let them go"),
        ]

    def choice(self) -> dict[str, Any]:
        """Of a valid form, as fields of ReplyRoute."""
        target, _, member = self.cleaned_data["to"].partition(":")
        return {
            "target": ReplyRoute.Target(target),
            "member_id": int(member) if member else None,
        }
