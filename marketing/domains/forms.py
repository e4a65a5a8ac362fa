"""The form that adds a sender domain."""

import re
from typing import Final

import idna
from django import forms

from marketing.domains.freemail import is_freemail
from marketing.models import Account, SenderDomain

_NAME: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]*)")
MOST: Final = 20  # domains of an account


class DomainForm(forms.Form):
    """A domain name, in whatever script."""

    domain = forms.CharField(
        label="Domain",
        max_length=253,
        help_text="What stands after the @ in your sender's address, like news.example.com.",
    )

    def __init__(self, *given: object, account: Account, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        self.account = account

    def clean_domain(self) -> str:
        """The name in A-labels; a pasted address or link is cut to its domain."""
        typed = self.cleaned_data["domain"].strip().lower()
        typed = re.sub(r"^(https?://|.*@)", "", typed).split("/")[0].rstrip(".")
        try:
            name = idna.encode(typed, uts46=True).decode() if typed else ""
        except idna.IDNAError as bad:
            raise forms.ValidationError("This is not a domain name, like example.com.") from bad
        if not _NAME.fullmatch(name):
            raise forms.ValidationError("This is not a domain name, like example.com.")
        if is_freemail(name):
            raise forms.ValidationError(
                f"{name} belongs to a mailbox provider: nobody else can send in its name."
            )
        mine = SenderDomain.objects.for_account(self.account)
        if mine.filter(domain=name).exists():
            raise forms.ValidationError("This domain is there already.")
        if mine.count() >= MOST:
            raise forms.ValidationError(f"An account has {MOST} domains at most. Remove one first.")
        return name
