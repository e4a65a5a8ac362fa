"""The forms of Settings > Sending limits: a limit, a warm-up plan, a mail server, a provider."""

import ipaddress
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.utils import timezone

from campaigns.sending.rates.groups import resolver
from campaigns.sending.rates.limits import UNITS
from campaigns.sending.rates.models import Scope, SendingLimit, WarmUp
from campaigns.sending.relays.providers import PROVIDERS
from mailwire.exchangers import addresses_of
from mailwire.relay import Security
from marketing.models import Account

MAIL_PORTS = (25, 465, 587, 2525)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_SCOPES = [
    (Scope.ACCOUNT.value, "The whole account"),
    (Scope.SENDER.value, "Each sender, or the one named"),
    (Scope.GROUP.value, "Each receiving group, or the one named"),
]
_MOST = 10_000_000


def host_of(text: str) -> str:
    """A host name in lower case; raises ValidationError."""
    host = text.strip().lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise forms.ValidationError("Write a host name, like mail.example.com.")
    return host


class Number(forms.IntegerField):
    """A whole number that says in our words where it ends."""

    def __init__(self, *, min_value: int, max_value: int, **options: Any) -> None:
        said = {"min_value": f"At least {min_value:,}.", "max_value": f"At most {max_value:,}."}
        super().__init__(min_value=min_value, max_value=max_value, error_messages=said, **options)


class LimitForm(forms.Form):
    """At most so many mails in a time."""

    scope = forms.ChoiceField(label="What is limited", choices=_SCOPES)
    name = forms.CharField(
        label="Only this one",
        max_length=320,
        required=False,
        help_text="A sender's address, or a receiving group such as google.com. Empty: each.",
    )
    mails = Number(label="Mails, at most", min_value=1, max_value=_MOST)
    per = forms.ChoiceField(label="In each", choices=[(unit, unit) for unit in UNITS])

    def __init__(self, *given: Any, account: Account, **options: Any) -> None:
        super().__init__(*given, **options)
        self.account = account

    def clean_name(self) -> str:
        """As addresses and groups are compared."""
        return str(self.cleaned_data["name"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """One limit of each kind; days are counted for the account and its senders."""
        found: dict[str, Any] = super().clean() or {}
        scope, per = found.get("scope"), found.get("per")
        if scope == Scope.ACCOUNT:
            found["name"] = ""
        if scope == Scope.GROUP and per == "day":
            self.add_error("per", "A receiving group is limited by the second, minute or hour.")
        elif per and self._has(scope, found.get("name", ""), UNITS[per]):
            self.add_error(None, "There is such a limit already. Remove it first.")
        return found

    def _has(self, scope: Any, name: str, seconds: int) -> bool:
        rows = SendingLimit.objects.for_account(self.account)
        return bool(rows.filter(scope=scope, name=name, seconds=seconds).exists())


class WarmUpForm(forms.Form):
    """A new sender domain starts small."""

    domain = forms.CharField(label="Sender domain", max_length=253, help_text="Like example.com.")
    starts_on = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    first_day = Number(label="Mails on the first day", min_value=1, max_value=_MOST, initial=50)
    growth = Number(label="More each day, percent", min_value=1, max_value=300, initial=50)
    target = Number(label="Until so many a day", min_value=1, max_value=_MOST, initial=20_000)

    def __init__(self, *given: Any, account: Account, **options: Any) -> None:
        super().__init__(*given, **options)
        self.account = account
        self.fields["starts_on"].initial = timezone.localdate

    def clean_domain(self) -> str:
        """One plan for each domain."""
        domain = host_of(self.cleaned_data["domain"])
        if WarmUp.objects.for_account(self.account).filter(domain=domain).exists():
            raise forms.ValidationError("This domain has a plan already. Remove it first.")
        return domain

    def clean_starts_on(self) -> date:
        """A day that somebody means: a plan may have begun elsewhere before."""
        day: date = self.cleaned_data["starts_on"]
        if abs(day - timezone.localdate()) > timedelta(days=365):
            raise forms.ValidationError("Choose a day less than a year away.")
        return day

    def clean_target(self) -> int:
        """A plan goes up."""
        target: int = self.cleaned_data["target"]
        if target < self.cleaned_data.get("first_day", 0):
            raise forms.ValidationError("Not fewer than on the first day.")
        return target


class SmtpForm(forms.Form):
    """An SMTP account. A password is typed again whenever anything else of the login changes."""

    host = forms.CharField(label="Mail server", max_length=253, help_text="Like mail.example.com.")
    port = Number(label="Port", min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label="Connection",
        choices=[
            (Security.STARTTLS.value, "STARTTLS (usual at port 587)"),
            (Security.TLS.value, "TLS (usual at port 465)"),
        ],
    )
    username = forms.CharField(label="User name", max_length=320)
    password = forms.CharField(
        label="Password",
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept sealed, and never shown again.",
    )
    connections = Number(label="Connections at once", min_value=1, max_value=50, initial=4)
    mails_per_connection = Number(
        label="Mails before a new connection", min_value=1, max_value=10_000, initial=100
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        if settings.OWN_RELAYS_ANYWHERE:
            choices = self.fields["security"].choices  # type: ignore[attr-defined]
            self.fields["security"].choices = [*choices, ("smtp", "None")]  # type: ignore[attr-defined]

    def clean_host(self) -> str:
        """A server out there: we never connect into our own network for anybody."""
        host = host_of(self.cleaned_data["host"])
        if settings.OWN_RELAYS_ANYWHERE:
            return host
        found = [host] if _is_address(host) else addresses_of(host, resolver())
        if not found:
            raise forms.ValidationError("There is no such host. Check its name.")
        if not all(ipaddress.ip_address(each).is_global for each in found):
            raise forms.ValidationError("This host is not on the public internet.")
        return host

    def clean_port(self) -> int:
        """Where mail is taken."""
        port: int = self.cleaned_data["port"]
        if port not in MAIL_PORTS and not settings.OWN_RELAYS_ANYWHERE:
            raise forms.ValidationError("Mail is taken at port 25, 465, 587 or 2525.")
        return port

    def url(self) -> str:
        """What is sealed."""
        data = self.cleaned_data
        login = f"{quote(data['username'], safe='')}:{quote(data['password'], safe='')}"
        return f"{data['security']}://{login}@{data['host']}:{data['port']}"


class ProviderForm(forms.Form):
    """A provider and its key."""

    provider = forms.ChoiceField(
        label="Provider", choices=[(code, it.label) for code, it in PROVIDERS.items()]
    )
    key = forms.CharField(
        label="Key",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="The one that may send mail. Kept sealed, and never shown again.",
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
