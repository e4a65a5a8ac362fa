"""Which consent form new campaigns begin with: a setting of the account, with an audit line."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consent.forms.versions import forms_to_choose, standard_form
from consent.models import ConsentForm
from marketing.access import MemberRequest, member_view
from marketing.accounts.auditing import record
from marketing.accounts.saving import words_of_saving
from marketing.models import Account, Member


class ChoiceForm(forms.Form):
    """One of the account's forms that are in use."""

    form = forms.ChoiceField(label="Consent form for new campaigns")

    def __init__(self, *given: object, choices: list[ConsentForm], **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        field: forms.ChoiceField = self.fields["form"]  # type: ignore[assignment]
        field.choices = [(str(each.pk), each.name) for each in choices]


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def form_choice(request: MemberRequest) -> HttpResponse:
    """Choose; campaigns that are written already keep theirs."""
    member = request.member
    account = member.account
    standard = standard_form(account)
    choices = list(forms_to_choose(account))
    current = account.consent_form_id or standard.pk
    form = ChoiceForm(initial={"form": str(current)}, choices=choices)
    if request.method == "POST":
        form = ChoiceForm(request.POST, choices=choices)
        if form.is_valid():
            chosen = int(form.cleaned_data["form"])
            if chosen != current:
                _choose(account, chosen, {each.pk: each.name for each in choices}, by=member)
            messages.success(request, words_of_saving(changed=chosen != current))
            return redirect("marketing:settings_more", account.pk)
    status = 422 if form.errors else 200
    return render(request, "consent/form_choice.html", {"form": form}, status=status)


def _choose(account: Account, form_id: int, names: dict[int, str], *, by: Member) -> None:
    held = Account.objects.select_for_update().get(pk=account.pk)
    before = names.get(held.consent_form_id or 0, "Standard consent form")
    held.consent_form_id = form_id
    held.save(update_fields=["consent_form_id"])
    record(
        held,
        by=by,
        act="settings.changed",
        subject="Consent form for new campaigns",
        before=before,
        after=names[form_id],
    )
