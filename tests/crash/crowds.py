"""Crowds by the hundred thousand: contacts, their recipients and requests by one statement each."""

from typing import Any

from django.db import connection

from campaigns.models import Campaign
from consent.forms.versions import latest, standard_form
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import make_running

_CONTACTS = """
INSERT INTO contact (account_id, address, address_key, address_hash, first_name, last_name, country,
    language, fields, search_text, basis, basis_evidence, basis_attested, source, created_at,
    changed_at)
SELECT %(account)s, a.address, a.address, sha256(convert_to(a.address, 'UTF8')), '', '',
    %(country)s, '', '{}', '', '', '', false, '', now(), now()
FROM generate_series(1, %(people)s) n, LATERAL (SELECT 'p' || n || '@' || %(domain)s) a(address)"""
_RECIPIENTS = """
INSERT INTO recipient (account_id, campaign_id, contact_id, chunk, address, address_hash, verdict,
    reason, strict, prepared_at, attempts, reply, measured_opens, measured_clicks)
SELECT c.account_id, %(campaign)s, c.id, (row_number() OVER (ORDER BY c.id) - 1) / 500, c.address,
    c.address_hash, %(verdict)s, %(reason)s, false, now(), 0, '', false, false
FROM contact c WHERE c.account_id = %(account)s ORDER BY c.id"""
_REQUESTS = """
INSERT INTO consent_request (account_id, address_hash, address, contact_id, campaign_id,
    text_version_id, state, source, made_at, due_at, attempts, outcome_unknown, message_id, reply,
    generation)
SELECT account_id, address_hash, address, contact_id, campaign_id, %(text)s, 'open', '', now(),
    CASE WHEN chunk %% 2 = 1 THEN now() END, 0, false, '', '', 0
FROM recipient WHERE account_id = %(account)s AND campaign_id = %(campaign)s"""
_CHUNKS = """
INSERT INTO chunk (account_id, campaign_id, number, kind, lo, hi, planned, queued, pending, sent,
    never, failed, unknown, worker, generation)
SELECT account_id, campaign_id, chunk, %(kind)s, min(contact_id), max(contact_id), count(*),
    count(*) FILTER (WHERE verdict = 1), count(*) FILTER (WHERE verdict = 2), 0, 0, 0, 0, '', 0
FROM recipient WHERE account_id = %(account)s AND campaign_id = %(campaign)s GROUP BY 1, 2, 3"""


def bulk(account: Account, people: int) -> Campaign:
    """A campaign that sends to so many people, none of whom must be asked."""
    return _planned(account, people, verdict=1, reason="no_consent_needed")


def asking(account: Account, people: int) -> Campaign:
    """A campaign that asks so many people: half of them by its chunks, half as rows that are due.

    (The second half is what is left of requests that a server put off once.)
    """
    campaign = _planned(account, people, verdict=2, reason="asked_now", require_consent=True)
    with use_account(account), connection.cursor() as cursor:
        values = {"account": account.pk, "campaign": campaign.pk}
        text = latest(standard_form(account), "en")
        cursor.execute(_REQUESTS, values | {"text": text.pk})
        cursor.execute(_CHUNKS, values | {"kind": "request"})
        cursor.execute("SELECT analyze_prepared()")  # as preparing ends
    return campaign


def _planned(
    account: Account, people: int, *, verdict: int, reason: str, require_consent: bool = False
) -> Campaign:
    with use_account(account), connection.cursor() as cursor:
        campaign = make_running(account, require_consent=require_consent)
        values: dict[str, Any] = {
            "account": account.pk,
            "campaign": campaign.pk,
            "kind": "mail",
        }
        people_of = {"people": people, "domain": domain_of(account), "country": account.country}
        cursor.execute(_CONTACTS, values | people_of)
        cursor.execute(_RECIPIENTS, values | {"verdict": verdict, "reason": reason})
        cursor.execute(_CHUNKS, values)
    return campaign


def domain_of(account: Account) -> str:
    """Where the account's people have their mailboxes."""
    return f"crowd{account.pk}.example"
