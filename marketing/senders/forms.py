"""The forms that add a sender and change it."""

from typing import Any

from django import forms

from marketing.audience.addresses import BadAddress, read_address
from marketing.domains.freemail import is_freemail
from marketing.models import Account, Member, Sender
from marketing.names import NameField
from marketing.senders.changing import Settings
from marketing.senders.using import members_of


class ReplyToField(forms.CharField):
    """Empty, or an address as we would mail to."""

    widget = forms.EmailInput

    def __init__(self) -> None:
        super().__init__(
            label="Replies go to",
            max_length=320,
            required=False,
            help_text="Empty: to the sender's own address. A campaign may say otherwise.",
        )

    def clean(self, value: Any) -> str:
        """The address as it is sent."""
        typed = str(super().clean(value)).strip()
        try:
            return read_address(typed).send_to if typed else ""
        except BadAddress as bad:
            raise forms.ValidationError(bad.text) from bad


class SenderForm(forms.Form):
    """From name and address."""

    name = NameField(label="Name", max_length=120, help_text="People see it as the one who writes.")
    address = forms.CharField(label="Address", max_length=320)
    address.widget.input_type = "email"
    reply_to = ReplyToField()

    def __init__(self, *given: object, account: Account, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        self.account = account

    def clean_address(self) -> str:
        """A valid address that is not there yet."""
        try:
            address = read_address(self.cleaned_data["address"]).send_to
        except BadAddress as bad:
            raise forms.ValidationError(bad.text) from bad
        domain = address.rpartition("@")[2]
        if is_freemail(domain):
            raise forms.ValidationError(
                f"{domain} belongs to a mailbox provider, and receivers refuse newsletters in its "
                "name. Use an address of your own domain."
            )
        if Sender.objects.for_account(self.account).filter(address=address).exists():
            raise forms.ValidationError("There is a sender with this address already.")
        return address


class EditForm(forms.Form):
    """Name, replies, and who may use it. The address stays: another one is another sender."""

    name = NameField(label="Name", max_length=120, help_text="People see it as the one who writes.")
    reply_to = ReplyToField()
    everyone = forms.TypedChoiceField(
        label="Who may use it?",
        coerce=lambda value: value == "yes",
        choices=[
            ("yes", "Every member who may write and launch campaigns"),
            ("no", "Only these members:"),
        ],
        widget=forms.RadioSelect,
    )
    members = forms.TypedMultipleChoiceField(
        label="Members", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, sender: Sender) -> None:
        super().__init__(
            data,
            initial={
                "name": sender.name,
                "reply_to": sender.reply_to,
                "everyone": "yes" if sender.everyone else "no",
                "members": members_of(sender),
            },
        )
        may_write = ["editor", "admin", "owner"]
        members = Member.objects.filter(account_id=sender.account_id, role__in=may_write)
        field: Any = self.fields["members"]
        field.choices = [
            (member.pk, f"{member.user.display_name} ({member.get_role_display()})")
            for member in members.select_related("user").order_by("user__name", "pk")
        ]

    def clean(self) -> dict[str, Any]:
        """Somebody has to be able to use it."""
        given = super().clean() or self.cleaned_data
        if given.get("everyone") is False and not given.get("members"):
            self.add_error("members", "Tick at least one member.")
        return given

    def settings(self) -> Settings:
        """Of a valid form."""
        return Settings(**self.cleaned_data)
