"""Forms of the editor's cards, one per card; the rules of the account are decided on saving."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from campaigns.composing.models import Campaign
from campaigns.measuring.fields import MarksFields
from consent.models import ConsentForm
from marketing.audience.addresses import BadAddress, read_address
from marketing.models import Account, Member, Segment, Sender
from marketing.names import NameField
from marketing.senders.using import usable_by


class WholeField(forms.CharField):
    """A line that is refused when it is too long: a browser would cut pasted text silently."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "max_length": "At most %(limit_value)d characters are possible; this has %(show_value)d."
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without the limit that browsers enforce by cutting."""
        attributes: dict[str, Any] = super().widget_attrs(widget)
        attributes.pop("maxlength", None)
        return attributes


class WholeNameField(WholeField, NameField):
    """A name of a campaign."""


class NewCampaignForm(forms.Form):
    """What a campaign starts with."""

    name = WholeNameField(
        label="Name", max_length=120, help_text="Only members see it. You can change it later."
    )


class CardForm(forms.Form):
    """A card of the editor: fields of the campaign, and the version they were loaded with."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, campaign: Campaign, account: Account) -> None:
        self.campaign = campaign
        self.account = account
        super().__init__(data, initial=self.stored() | {"version": campaign.version})
        self.fields["version"].widget.attrs["id"] = f"version-{self.card}"

    card = ""

    def stored(self) -> dict[str, Any]:
        """Initial values: what the campaign has now."""
        names = [name for name in self.base_fields if name != "version"]
        return {name: getattr(self.campaign, name) for name in names}

    def changes(self) -> dict[str, Any]:
        """The fields to store, of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class RecipientsForm(CardForm):
    """Segments in and out."""

    card = "recipients"
    segments_in = forms.TypedMultipleChoiceField(
        label="Gets it", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    segments_out = forms.TypedMultipleChoiceField(
        label="Left out", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, campaign: Campaign, account: Account) -> None:
        super().__init__(data, campaign=campaign, account=account)
        segments = Segment.objects.for_account(account).order_by("name", "id")
        choices = list(segments.values_list("pk", "name"))
        for name in ("segments_in", "segments_out"):
            field: Any = self.fields[name]
            field.choices = choices

    def stored(self) -> dict[str, Any]:
        """The segments of each side."""
        rows = self.campaign.segment_rows.for_account(self.account)
        sides: dict[str, list[int]] = {"in": [], "out": []}
        for segment_id, side in rows.values_list("segment_id", "side"):
            sides[side].append(segment_id)
        return {"segments_in": sides["in"], "segments_out": sides["out"]}

    def clean(self) -> dict[str, Any]:
        """Nobody is both in and out by the same segment."""
        given = super().clean() or {}
        both = set(given.get("segments_in", ())) & set(given.get("segments_out", ()))
        if both:
            self.add_error("segments_out", "A segment can not be in and left out.")
        return given


class SenderForm(CardForm):
    """Sender and subject."""

    card = "sender"
    name = WholeNameField(
        label="Name", max_length=120, help_text="Only members see the name of a campaign."
    )
    sender = forms.ModelChoiceField(
        Sender.objects.none(), label="Sender", required=False, empty_label="Choose a sender"
    )
    reply_to = WholeField(
        label="Replies go to",
        max_length=320,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Same as sender"}),
    )
    subject = WholeField(
        label="Subject",
        max_length=200,
        required=False,
        help_text='To greet by name: {{ contact.first_name | default: "friend" }}',
    )
    preheader = WholeField(
        label="Preheader",
        max_length=200,
        required=False,
        help_text="The grey line after the subject in the inbox.",
    )

    def __init__(self, data: Any = None, *, campaign: Campaign, account: Account) -> None:
        super().__init__(data, campaign=campaign, account=account)
        senders: Any = self.fields["sender"]
        senders.queryset = Sender.objects.for_account(account).order_by("name", "id")

    def offer_to(self, member: Member) -> None:
        """Offer what the member may use, and what the campaign has already."""
        senders: Any = self.fields["sender"]
        theirs = usable_by(member) | senders.queryset.filter(pk=self.campaign.sender_id)
        senders.queryset = theirs.distinct().order_by("name", "id")

    def clean_reply_to(self) -> str:
        """Empty, or an address as we would mail to."""
        typed: str = self.cleaned_data["reply_to"].strip()
        if not typed:
            return ""
        try:
            return read_address(typed).send_to
        except BadAddress as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


class MoreForm(MarksFields, CardForm):
    """Tracking, consent, timing, UTM. What is locked is refused on saving."""

    card = "more"
    track_opens = forms.BooleanField(label="Track email reads", required=False)
    track_clicks = forms.BooleanField(label="Track link clicks in outgoing emails", required=False)
    require_consent = forms.BooleanField(label="Require newsletter consent", required=False)
    consent_form = forms.ModelChoiceField(
        ConsentForm.objects.none(), label="Consent to receive the newsletter", empty_label=None
    )
    waiting_days = forms.IntegerField(
        label="Wait for an answer",
        min_value=1,
        max_value=60,
        help_text="1 to 60 days. Then the campaign finishes.",
    )
    keep_sending = forms.BooleanField(
        label="Keep sending to people who join these segments later", required=False
    )
    keep_sending_until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, campaign: Campaign, account: Account) -> None:
        super().__init__(data, campaign=campaign, account=account)
        consent_forms: Any = self.fields["consent_form"]
        consent_forms.queryset = (
            ConsentForm.objects.for_account(account)
            .filter(put_away_at__isnull=True)
            .order_by("-is_standard", "name", "id")
        )
        consent_forms.label_from_instance = lambda form: form.name
        self.fit_marks(campaign)

    def stored(self) -> dict[str, Any]:
        """Columns of the campaign, and what it says of its own about UTM."""
        names = set(self.base_fields) - {"version", *MarksFields.base_fields}
        columns = {name: getattr(self.campaign, name) for name in names}
        return columns | self.stored_marks(self.campaign)

    def changes(self) -> dict[str, Any]:
        """Columns of the campaign only; see `marks`."""
        given = super().changes()
        return {name: value for name, value in given.items() if name not in MarksFields.base_fields}

    def clean(self) -> dict[str, Any]:
        """Until when: 30 days unless said, at most 365."""
        given = super().clean() or {}
        if not given.get("keep_sending") or "keep_sending_until" in self.errors:
            return given
        today = timezone.now().astimezone(ZoneInfo(self.account.time_zone)).date()
        until = given.get("keep_sending_until") or today + timedelta(days=30)
        if not today <= until <= today + timedelta(days=365):
            self.add_error("keep_sending_until", "Choose a day within the next 365 days.")
        given["keep_sending_until"] = until
        return given


class LocalTime(forms.DateTimeField):
    """A day and time in the account's zone, where some hour of the year does not exist."""

    def to_python(self, value: Any) -> datetime | None:
        """As the framework reads it, with a sentence of ours for the nights clocks change."""
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            text = "Clocks change that night: this time does not exist, or comes twice. "
            raise forms.ValidationError(text + "Choose an hour before or after it.") from error


class LaunchForm(forms.Form):
    """When: now, or at a time in the account's zone."""

    when = forms.ChoiceField(choices=[("now", "Now"), ("later", "At a time")], initial="now")
    at = LocalTime(
        label="Day and time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, account: Account, when: str = "now") -> None:
        self.account = account
        super().__init__(data, initial={"when": when})

    def clean(self) -> dict[str, Any]:
        """A time for "at a time"; it is meant in the account's zone."""
        given = super().clean() or {}
        if given.get("when") == "later" and not given.get("at") and "at" not in self.errors:
            self.add_error("at", "Choose a day and a time.")
        if given.get("at"):
            given["at"] = given["at"].replace(tzinfo=ZoneInfo(self.account.time_zone))
        return given
