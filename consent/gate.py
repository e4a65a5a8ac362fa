"""The gate: may we mail this person now? The only door to a mail (product 3).

One SQL relation judges a set of people for one campaign, so that a million are judged in one
statement and the claim of a recipient can ask again in its own. First matching row wins:

1 suppressed                              never
2 refused, unsubscribed, withdrew         never (a deleted contact neither)
3 agreed                                  send
4 asked before, no answer                 never
5 a country locks, the campaign asks nothing beyond that lock, an attested basis is accepted by
  every locking country                   send
6 no country locks, campaign asks nothing send
7 otherwise                               ask first

Fails closed: without an account or rules in force there is no row, or the verdict "ask first".
"""

import datetime
from dataclasses import dataclass
from typing import Any

SEND, ASK, NEVER = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One campaign's side of the question; everything else is read in the statement itself.

    The frozen country and rules version of a launched campaign bind beside today's, so that a
    running campaign is tightened at once and never loosened. `now` is for tests and previews.
    """

    account_id: int
    campaign_id: int
    require_consent: bool
    frozen_country: str = ""
    frozen_rules_version_id: int | None = None
    now: datetime.datetime | None = None

    def params(self) -> dict[str, Any]:
        """Named parameters of `verdicts`; callers add their own beside them."""
        return {
            "gate_account": self.account_id,
            "gate_campaign": self.campaign_id,
            "gate_require": self.require_consent,
            "gate_country": self.frozen_country,
            "gate_version": self.frozen_rules_version_id,
            "gate_now": self.now,
        }


def people_of_contacts(condition: str) -> str:
    """People for `verdicts`: contacts `c` of the account that meet an SQL condition."""
    return f"""
        SELECT c.id AS contact_id, c.address, c.address_hash, true AS known, c.country, c.language,
               c.basis, c.basis_evidence, c.basis_attested, c.basis_until
        FROM contact c WHERE c.account_id = %(gate_account)s AND ({condition})"""


def people_of_recipients(condition: str) -> str:
    """People for `verdicts`: recipients `r` of the campaign that meet an SQL condition.

    They are judged by the address the mail goes to, as it was when the campaign was prepared, and
    by the country and basis of the contact as it is now.
    """
    return f"""
        SELECT r.contact_id, r.address, r.address_hash, c.id IS NOT NULL AS known,
               coalesce(c.country, '') AS country, coalesce(c.language, '') AS language,
               coalesce(c.basis, '') AS basis, coalesce(c.basis_evidence, '') AS basis_evidence,
               coalesce(c.basis_attested, false) AS basis_attested, c.basis_until
        FROM recipient r
        LEFT JOIN contact c ON c.account_id = %(gate_account)s AND c.id = r.contact_id
        WHERE r.account_id = %(gate_account)s AND r.campaign_id = %(gate_campaign)s
          AND ({condition})"""


# Rules that bind: today's of the account's country, and the frozen ones of a running campaign.
# 81 countries: small enough to be aggregated once per statement and hash-joined with the people.
_RULES = """
    acct AS MATERIALIZED (
        SELECT a.country, a.strict_unknown FROM account a WHERE a.id = %(gate_account)s),
    every_rule AS MATERIALIZED (
        SELECT r.country, r.optin, r.consent_locked, r.track_class FROM rule_in_force r
        UNION ALL
        SELECT r.country, r.optin, r.consent_locked, r.track_class FROM country_rule r
        WHERE r.version_id = %(gate_version)s::bigint),
    rules AS MATERIALIZED (
        SELECT country, bool_or(consent_locked) AS locked,
               bool_and(NOT consent_locked OR optin IN ('RS', 'RI')) AS takes_customer,
               bool_and(NOT consent_locked OR optin = 'RI') AS takes_implied,
               bool_or(track_class = 'C') AS is_c
        FROM every_rule GROUP BY country),
    own_countries AS (
        SELECT country FROM acct UNION SELECT %(gate_country)s WHERE %(gate_country)s <> ''),
    binding AS MATERIALIZED (
        SELECT bool_or(r.locked) AS locked, bool_and(r.takes_customer) AS takes_customer,
               bool_and(r.takes_implied) AS takes_implied, bool_or(r.is_c) AS is_c
        FROM own_countries o
        JOIN rules r ON r.country = CASE WHEN o.country IN (SELECT country FROM rules)
                                         THEN o.country ELSE '*' END)"""

_JUDGED = """
    judged AS (
        SELECT p.*, s.newsletter, s.newsletter_at, s.suppressed, s.suppressed_at,
            s.newsletter_imported, s.tracking AS tracking_choice,
            coalesce(s.asked_at, q.made_at) AS asked_at,
            CASE WHEN s.asked_at IS NOT NULL THEN s.asked_campaign_id ELSE q.campaign_id END
                AS asked_campaign_id,
            a.country AS account_country, a.strict_unknown,
            b.locked AS account_locked,
            b.locked OR k.locked OR k.unknown_strict AS locked,
            b.takes_customer AND k.takes_customer AND NOT k.unknown_strict AS takes_customer,
            b.takes_implied AND k.takes_implied AND NOT k.unknown_strict AS takes_implied
        FROM people p
        CROSS JOIN acct a
        CROSS JOIN binding b
        LEFT JOIN rules listed ON listed.country = p.country
        LEFT JOIN rules other ON other.country = '*' AND listed.country IS NULL AND p.country <> ''
        CROSS JOIN LATERAL (
            SELECT coalesce(listed.locked, other.locked, false) AS locked,
                   coalesce(listed.takes_customer, other.takes_customer, true) AS takes_customer,
                   coalesce(listed.takes_implied, other.takes_implied, true) AS takes_implied,
                   p.country = '' AND a.strict_unknown AND NOT coalesce(b.is_c, false)
                       AS unknown_strict) k
        LEFT JOIN standing s
            ON s.account_id = %(gate_account)s AND s.address_hash = p.address_hash
        LEFT JOIN consent_request q
            ON q.account_id = %(gate_account)s AND q.address_hash = p.address_hash
            AND q.state = 'open' AND q.campaign_id <> %(gate_campaign)s)"""

_TODAY = "coalesce(%(gate_now)s, now())::date"

# The number of the table's row that decides; each row's meaning is spelled out below it.
_ROW = f"""
        CASE
            WHEN j.suppressed <> '' THEN 1
            WHEN j.newsletter IN ('refused', 'unsubscribed', 'withdrew') OR NOT j.known THEN 2
            WHEN j.newsletter = 'agreed' THEN 3
            WHEN j.asked_at IS NOT NULL THEN 4
            WHEN j.locked AND NOT (%(gate_require)s AND NOT j.account_locked) AND j.basis_attested
                AND ((j.basis = 'existing_customer' AND j.basis_evidence = 'order'
                        AND j.takes_customer
                        AND (j.basis_until IS NULL OR j.basis_until >= {_TODAY}))
                    OR (j.basis = 'implied' AND j.takes_implied AND j.basis_until >= {_TODAY}))
                THEN 5
            WHEN NOT j.locked AND NOT %(gate_require)s THEN 6
            ELSE 7
        END"""


def verdicts(people: str) -> str:
    """SQL of a relation that judges `people` (see people_of_contacts, people_of_recipients).

    Columns: contact_id, address, address_hash, country, language, verdict (1 send, 2 ask first,
    3 never), reason (code), row (1 to 7), reason_at, reason_campaign_id (evidence), imported (the
    yes came with an import), locked, strict (no country, treated as strict), track_class,
    tracking_choice. Parameters: Question.params(), given to the whole statement; runs inside
    `use_account` of the same account.
    """
    return f"""(
    WITH people AS ({people}),{_RULES},{_JUDGED},
    decided AS (SELECT j.*, {_ROW} AS "row" FROM judged j)
    SELECT d.contact_id, d.address, d.address_hash, d.country, d.language, d."row",
        (CASE WHEN d."row" IN (1, 2, 4) THEN {NEVER} WHEN d."row" = 7 THEN {ASK} ELSE {SEND} END
            )::smallint AS verdict,
        CASE d."row"
            WHEN 1 THEN 'suppressed_' || d.suppressed
            WHEN 2 THEN CASE WHEN d.newsletter IN ('refused', 'unsubscribed', 'withdrew')
                             THEN d.newsletter ELSE 'contact_deleted' END
            WHEN 3 THEN 'agreed'
            WHEN 4 THEN 'asked_no_answer'
            WHEN 5 THEN 'basis_' || d.basis
            WHEN 6 THEN 'no_consent_needed'
            ELSE 'asked_now'
        END AS reason,
        CASE d."row" WHEN 1 THEN d.suppressed_at WHEN 2 THEN d.newsletter_at
            WHEN 3 THEN d.newsletter_at WHEN 4 THEN d.asked_at END AS reason_at,
        CASE d."row" WHEN 4 THEN d.asked_campaign_id END AS reason_campaign_id,
        coalesce(d.newsletter_imported, false) AND d."row" = 3 AS imported,
        coalesce(d.locked, true) AS locked,
        d.country = '' AND coalesce(d.locked, true) AS strict,
        track_class(d.account_country, d.strict_unknown, d.country) AS track_class,
        coalesce(d.tracking_choice, '') AS tracking_choice
    FROM decided d)"""
