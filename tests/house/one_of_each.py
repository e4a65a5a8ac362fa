"""One of everything an account can own, by the names URLs capture, and a picture of all its rows.

A URL that captures a new name needs an entry here; test_every_url says which one is missing.
"""

from base64 import b64decode
from datetime import timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, CampaignSegment, Chunk, Recipient, SendingLimit, WarmUp
from consent.forms.versions import standard_form
from consent.ledger import shown
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from consent.models import (
    ConsentForm,
    ConsentRequest,
    Import,
    SuppressionImport,
    TextVersion,
)
from marketing.accounts.logos import as_png
from marketing.models import (
    Account,
    Contact,
    Export,
    Invitation,
    Logo,
    SenderDomain,
    Suppression,
)
from marketing.senders.verifying import link_mail
from tests.making import (
    make_contact,
    make_member,
    make_segment,
    make_sender,
    use_account,
)
from tracking.models import InboundReport

NAMES: dict[str, str] = {}  # other captured names -> the key of `make_one_of_each` they stand for
# Captured, but no row of anybody.
CONSTANTS: dict[str, Any] = {"language": "en", "view": "desktop", "block_id": "b1", "kind": "mail"}

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # a picture of one

# What a page wants in its query, by URL name: parameter -> key of `make_one_of_each`.
QUERIES = {"consent:form_preview": {"text": "version_id"}}


def make_one_of_each(account: Account, *, records: int = 1) -> dict[str, Any]:
    """Rows of one account and what selects them in a URL; call outside `use_account`.

    Records are numbered per account: with another count the last one's number is not in both.
    """
    with use_account(account):
        contact = make_contact(account, f"one@a{account.pk}.example", country=account.country)
        segment = make_segment(account, "Regulars", kind="fixed")
        sender = make_sender(account, f"news@a{account.pk}.example", verified_at=None)
        domain = SenderDomain.objects.create(account=account, domain="one.example", challenge="x")
        # Made when an account first needs it, be it for a page; from then on GET writes nothing.
        standard_form(account)
        form = ConsentForm.objects.create(account=account, name="Our own words")
        version = _version(account, form)
        campaign = _campaign(account, segment, sender, form)
        request = _request(account, contact, campaign, version)
        _recipient(contact, campaign)
        shown.keep(account.pk, "page", ["<main>May we?</main>"])
        asked = Entry(
            shown_hash=shown.hash_of("<main>May we?</main>"),
            event="agreed",
            act="button",
            address_hash=bytes(contact.address_hash),
            address=contact.address,
            contact_id=contact.pk,
            campaign_id=campaign.pk,
            request_id=request.pk,
            text_version=version.pk,
            at=timezone.now(),
        )
        seq = append(account.pk, [asked] * records)[-1]
        export = Export.objects.create(account=account, title="People", right="export_recipients")
        file = Import.objects.create(
            account=account, file_name="people.csv", content=b"email\nbo@a.example\n"
        )
        listed = SuppressionImport.objects.create(
            account=account, file_name="gone.csv", rows=1, advanced_at=timezone.now()
        )
        suppress(account.pk, [bytes(32)], Suppression.Reason.BOUNCE, note="550 5.1.1 unknown")
        suppressed = Suppression.objects.for_account(account).get(address_hash=bytes(32))
        report = InboundReport.objects.create(
            account=account,
            received_at=timezone.now(),
            kind="quarantine",
            subject="Undelivered",
            campaign_id=campaign.pk,
            contact_id=contact.pk,
            address_hash=contact.address_hash,
            needs_review=True,
            digest=bytes(32),
        )
        invitation = Invitation.objects.create(
            account=account,
            email=f"new@a{account.pk}.example",
            role="editor",
            sent_at=timezone.now(),
        )
        png, width, height = as_png(PIXEL)
        Logo.objects.create(account=account, png=png, width=width, height=height)
        limit = SendingLimit.objects.create(
            account=account, scope="account", mails=1000, seconds=86400
        )
        plan = WarmUp.objects.create(
            account=account, domain="new.example", starts_on=timezone.localdate()
        )
        member = make_member(account, f"second@a{account.pk}.example", "viewer")
        link = link_mail(sender, account=account, who="Olga")["text"]
    return {
        "contact_id": contact.pk,
        "segment_id": segment.pk,
        "sender_id": sender.pk,
        "domain_id": domain.pk,
        "form_id": form.pk,
        "version_id": version.pk,
        "campaign_id": campaign.pk,
        "request_id": request.pk,
        "seq": seq,
        "import_id": file.pk,
        "suppression_id": suppressed.pk,
        "suppression_import_id": listed.pk,
        "report_id": report.pk,
        "member_id": member.pk,
        "invitation_id": invitation.pk,
        "export_id": export.pk,
        "limit_id": limit.pk,
        "warm_up_id": plan.pk,
        "number": 1,
        "token": link.split("/verify/")[1].split("/")[0],
    } | CONSTANTS


def _version(account: Account, form: ConsentForm) -> TextVersion:
    return TextVersion.objects.create(
        account=account,
        form=form,
        number=1,
        language="en",
        subject="May we?",
        question="May we write to you?",
        text="Once a month.",
        yes="Yes",
        no="No",
        hash="0" * 64,
    )


def _campaign(account: Account, segment: Any, sender: Any, form: ConsentForm) -> Campaign:
    campaign: Campaign = Campaign.objects.create(
        account=account,
        name="June",
        subject="June news",
        sender=sender,
        track_opens=account.tracking,
        track_clicks=account.tracking,
        require_consent=True,
        consent_form=form,
    )
    CampaignSegment.objects.create(account=account, campaign=campaign, segment=segment, side="in")
    return campaign


def _request(
    account: Account, contact: Contact, campaign: Campaign, version: TextVersion
) -> ConsentRequest:
    return ConsentRequest.objects.create(
        account=account,
        address=contact.address,
        address_hash=contact.address_hash,
        contact_id=contact.pk,
        campaign_id=campaign.pk,
        text_version=version,
        made_at=timezone.now(),
    )


def _recipient(contact: Contact, campaign: Campaign) -> None:
    Recipient.objects.create(
        account_id=campaign.account_id,
        campaign_id=campaign.pk,
        contact_id=contact.pk,
        chunk=1,
        address=contact.address,
        address_hash=contact.address_hash,
        verdict=2,
        reason="asked_now",
        prepared_at=timezone.now(),
        wait_until=timezone.now() + timedelta(days=30),
    )
    Chunk.objects.create(
        account_id=campaign.account_id,
        campaign_id=campaign.pk,
        number=1,
        kind=Chunk.Kind.MAIL,
        lo=contact.pk,
        hi=contact.pk,
        planned=1,
        pending=1,
    )


def arguments(names: list[str], rows: dict[str, Any]) -> dict[str, Any]:
    """The captured arguments of a URL, selecting these rows."""
    found = {}
    for name in names:
        key = NAMES.get(name, name)
        assert key in rows, f"Add {name} to tests/house/one_of_each.py"
        found[name] = rows[key]
    return found


def picture(account: Account) -> dict[str, str]:
    """Count and fingerprint of every table's rows of one account, in one query."""
    rows = "coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '')"
    parts = [
        f"SELECT '{table}', count(*) || {rows} FROM {table} t WHERE {column} = {account.pk:d}"
        for table, column in _tables()
    ]
    with use_account(account), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


@cache
def _tables() -> list[tuple[str, str]]:
    owned = {
        (model._meta.db_table, "account_id")
        for model in apps.get_models()
        if "account_id" in {field.attname for field in model._meta.fields}
    }
    return sorted(owned | {("account", "id")})
