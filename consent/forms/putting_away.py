"""Forms that are no longer offered: put away, and taken out again. Nothing is ever deleted."""

from django.db import connection
from django.utils import timezone

from consent.forms.versions import is_name_taken
from consent.models import ConsentForm
from marketing.accounts.auditing import record
from marketing.models import Member

# Campaigns live in a higher room, so this is plain SQL.
_USED_BY = """
SELECT k.name FROM campaign k
WHERE k.account_id = %s AND k.consent_form_id = %s AND k.state NOT IN ('finished', 'stopped')
ORDER BY k.id LIMIT 4
"""


class Refused(Exception):
    """The form stays as it is; the text says why."""


def put_away(form: ConsentForm, *, by: Member) -> None:
    """Offer the form no longer. Refused for the standard form and for one that is in use."""
    if form.is_standard:
        raise Refused("The standard form stays: new campaigns can always use it.")
    if by.account.consent_form_id == form.pk:
        raise Refused(
            f"{form.name} is chosen for new campaigns. Choose another in Settings, More first."
        )
    if campaigns := _campaigns_with(form):
        raise Refused(f"{form.name} is used by open campaigns: {_listed(campaigns)}.")
    ConsentForm.objects.for_account(by.account).filter(pk=form.pk, put_away_at=None).update(
        put_away_at=timezone.now()
    )
    record(by.account, by=by, act="form.put_away", subject=form.name)


def take_out(form: ConsentForm, *, by: Member) -> None:
    """Offer the form again. Refused while another form bears its name."""
    if is_name_taken(by.account, form.name, besides=form.pk):
        raise Refused(f"Another form is called {form.name} now. Rename that one first.")
    ConsentForm.objects.for_account(by.account).filter(pk=form.pk).update(put_away_at=None)
    record(by.account, by=by, act="form.taken_out", subject=form.name)


def _campaigns_with(form: ConsentForm) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_USED_BY, [form.account_id, form.pk])
        return [name for (name,) in cursor.fetchall()]


def _listed(names: list[str]) -> str:
    """At most three by name."""
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:3])} and others"
