"""The form that adds a sender."""

from django import forms

from marketing.audience.addresses import BadAddress, read_address
from marketing.domains.freemail import is_freemail
from marketing.models import Account, Sender
from marketing.names import NameField


class SenderForm(forms.Form):
    """From name and address."""

    name = NameField(label="Name", max_length=120, help_text="People see it as the one who writes.")
    address = forms.CharField(label="Address", max_length=320)
    address.widget.input_type = "email"

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
