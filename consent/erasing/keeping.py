"""How long an account keeps its proof: the choice of its admins, 12 to 72 months."""

from django import forms

from marketing.accounts.auditing import record
from marketing.models import Account, Member


class KeepingForm(forms.Form):
    """Months after a consent ended; the law reference proposes 36."""

    proof_months = forms.IntegerField(
        label="Keep proof for",
        min_value=12,
        max_value=72,
        help_text="Months after a consent ended, 12 to 72. Then address, name and where it came "
        "from are deleted from the records; that and when it happened stays. Egypt and Hong Kong "
        "want 36 months at least.",
    )


def keep_for(account: Account, months: int, *, by: Member) -> bool:
    """Store the choice with one audit line, False if it is the same; call inside `use_account`."""
    held = Account.objects.select_for_update().get(pk=account.pk)
    before = held.proof_months
    if before == months:
        return False
    held.proof_months = months
    held.save(update_fields=["proof_months"])
    record(
        held,
        by=by,
        act="settings.changed",
        subject="Keeping of proof",
        before=f"{before} months",
        after=f"{months} months",
    )
    return True
