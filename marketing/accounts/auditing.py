"""The audit log: who did what, when, from what, to what. Lines are written, never changed."""

from marketing.accounts.models import Account, AuditLine, Member

# How an act reads on screen; an act without an entry shows its code in words.
LABELS = {
    "account.opened": "Account opened",
    "settings.changed": "Settings changed",
    "lock.forced": "Attempt to turn consent off refused",
    "sender.added": "Sender added",
    "sender.changed": "Sender changed",
    "sender.verified": "Sender verified",
    "sender.removed": "Sender removed",
    "logo.changed": "Logo changed",
    "logo.removed": "Logo removed",
    "setup.hidden": "Setup hidden",
    "form.made": "Consent form made",
    "form.changed": "Consent form changed",
    "form.tested": "Test of a consent request mailed",
    "form.put_away": "Consent form put away",
    "form.taken_out": "Consent form taken out again",
    "member.invited": "Invitation mailed",
    "member.invitation_taken_back": "Invitation taken back",
    "member.joined": "Invitation accepted",
    "member.role_changed": "Role changed",
    "member.removed": "Member removed",
    "country.loosened": "Country of a contact changed",
    "contact.erased": "Contact erased",
    "import.started": "Import started",
    "import.held": "Import held",
    "import.released": "Import released by the operator",
    "suppression.added": "Addresses blocked",
    "suppression.imported": "Suppression list imported",
    "suppression.lifted": "Suppression lifted",
    "export.begun": "Export made",
    "export.taken_back": "Export deleted, somebody in it was erased",
    "domain.added": "Domain added",
    "domain.keys": "New keys of a domain",
    "domain.removed": "Domain removed",
    "limit.added": "Sending limit added",
    "limit.removed": "Sending limit removed",
    "relay.changed": "Own mail server changed",
    "relay.removed": "Own mail server removed",
    "relay.tested": "Own mail server tested",
    "warm_up.added": "Warm-up begun",
    "warm_up.removed": "Warm-up ended",
    "campaign.scheduled": "Campaign scheduled",
    "campaign.held": "Campaign held at its hour",
    "campaign.launched": "Campaign launched",
    "campaign.paused": "Campaign paused",
    "campaign.resumed": "Campaign resumed",
    "campaign.stopped": "Campaign stopped",
}


def record(  # noqa: PLR0913 - one line of the log has these six columns
    account: Account,
    *,
    by: Member | None,
    act: str,
    subject: str,
    before: str = "",
    after: str = "",
) -> AuditLine:
    """Write one line in the transaction of the act it tells of; call inside `use_account`.

    `by` None means Assent itself. Long texts are cut to the columns' widths.
    """
    return AuditLine.objects.create(
        account=account,
        member=by,
        who=f"{by.user.display_name} <{by.user.email}>"[:254] if by else "Assent",
        act=act,
        subject=subject[:200],
        before=before[:500],
        after=after[:500],
    )


def label(act: str) -> str:
    """The act in words."""
    return LABELS.get(act) or act.replace(".", " ").replace("_", " ").capitalize()
