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
from collections.abc import Iterable
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


def people_of_recipients(condition: str, *, also: str = "") -> str:
    """People for `verdicts`: recipients `r` of the campaign that meet an SQL condition.

    They are judged by the address the mail goes to, as it was when the campaign was prepared, and
    by the country and basis of the contact as it is now. `also`: ", " and more columns of the
    recipient `r` and the contact `c`.
    """
    return f"""
        SELECT r.contact_id, r.address, r.address_hash, c.id IS NOT NULL AS known,
               coalesce(c.country, '') AS country, coalesce(c.language, '') AS language,
               coalesce(c.basis, '') AS basis, coalesce(c.basis_evidence, '') AS basis_evidence,
               coalesce(c.basis_attested, false) AS basis_attested, c.basis_until{also}
        FROM recipient r
        LEFT JOIN contact c ON c.account_id = %(gate_account)s AND c.id = r.contact_id
        WHERE r.account_id = %(gate_account)s AND r.campaign_id = %(gate_campaign)s
          AND ({condition})"""


# Rules that bind: today's of the account's country, and the frozen ones of a running campaign.
# 81 countries: small enough to be aggregated once per statement and hash-joined with the people.
# What is the same for everybody is one row, `fixed`: no account, no row, nobody judged.
_RULES = """
    acct AS MATERIALIZED (
        SELECT a.country, a.strict_unknown, coalesce(country_track_class(a.country), 'C') AS class
        FROM account a WHERE a.id = %(gate_account)s),
    every_rule AS MATERIALIZED (
        SELECT r.country, r.optin, r.consent_locked, r.track_class, true AS in_force
        FROM rule_in_force r
        UNION ALL
        SELECT r.country, r.optin, r.consent_locked, r.track_class, false FROM country_rule r
        WHERE r.version_id = %(gate_version)s::bigint),
    rules AS MATERIALIZED (
        SELECT country, bool_or(consent_locked) AS locked,
               bool_and(NOT consent_locked OR optin IN ('RS', 'RI')) AS takes_customer,
               bool_and(NOT consent_locked OR optin = 'RI') AS takes_implied,
               bool_or(track_class = 'C') AS is_c,
               min(track_class) FILTER (WHERE in_force) AS class
        FROM every_rule GROUP BY country),
    own_countries AS (
        SELECT country FROM acct UNION SELECT %(gate_country)s WHERE %(gate_country)s <> ''),
    binding AS (
        SELECT bool_or(r.locked) AS locked, bool_and(r.takes_customer) AS takes_customer,
               bool_and(r.takes_implied) AS takes_implied, bool_or(r.is_c) AS is_c
        FROM own_countries o
        JOIN rules r ON r.country = CASE WHEN o.country IN (SELECT country FROM rules)
                                         THEN o.country ELSE '*' END),
    fixed AS MATERIALIZED (
        SELECT b.*, a.strict_unknown, a.class,
               a.strict_unknown AND NOT coalesce(b.is_c, false) AS unknown_strict,
               o.locked AS other_locked, o.takes_customer AS other_takes_customer,
               o.takes_implied AS other_takes_implied, o.class AS other_class
        FROM acct a CROSS JOIN binding b LEFT JOIN rules o ON o.country = '*')"""

# Who waits for another campaign's question. It only matters to those who said nothing: the others
# cost no look. One look per person: a join could read all requests of the account for each chunk.
_ASKED_BY_OTHERS = """
        LEFT JOIN LATERAL (
            SELECT q.made_at, q.campaign_id FROM consent_request q
            WHERE {asked_by_anyone}s.asked_at IS NULL
              AND coalesce(s.newsletter || s.suppressed, '') = ''
              AND q.account_id = %(gate_account)s AND q.address_hash = p.address_hash
              AND q.state = 'open' AND q.campaign_id <> %(gate_campaign)s
            LIMIT 1) q ON true"""

# Before the looks, once per statement: does anybody wait? For many; it may read all requests.
# A CTE of its own: inside the look its price would be counted for each person.
_ANYONE = """
    anyone AS MATERIALIZED (SELECT EXISTS (
        SELECT 1 FROM consent_request w
        WHERE w.account_id = %(gate_account)s AND w.state = 'open'
          AND w.campaign_id <> %(gate_campaign)s) AS waits),"""

# The same for everybody at once: the few that wait are hashed instead.
_ASKED_BY_OTHERS_AT_ONCE = """
        LEFT JOIN consent_request q
            ON q.account_id = %(gate_account)s AND q.address_hash = p.address_hash
            AND q.state = 'open' AND q.campaign_id <> %(gate_campaign)s"""

_KNOWN = """
    known AS (
        SELECT p.*, s.newsletter, s.newsletter_at, s.suppressed, s.suppressed_at,
            s.newsletter_imported, s.tracking AS tracking_choice,
            coalesce(s.asked_at, q.made_at) AS asked_at,
            CASE WHEN s.asked_at IS NOT NULL THEN s.asked_campaign_id ELSE q.campaign_id END
                AS asked_campaign_id
        FROM people p
        {standing}
        {asked_by_others})"""

_STANDING = """LEFT JOIN standing s
            ON s.account_id = %(gate_account)s AND s.address_hash = p.address_hash"""

# One look per person, whatever the planner believes of an account it has not analysed yet.
_STANDING_OF_EACH = """LEFT JOIN LATERAL (
            SELECT z.* FROM standing z
            WHERE z.account_id = %(gate_account)s AND z.address_hash = p.address_hash
            OFFSET 0) s ON true"""

# Of conditions on a state the planner expects one person where there are five hundred, and then
# compares each with every country (27 us a person on a busy machine). Of a JSON array it expects
# a hundred rows.
_SOME_HUNDRED = (
    """SELECT each.* FROM ({people}) each CROSS JOIN json_array_elements('[1]') OFFSET 0"""
)

# Counting everybody: those who look the same to the rules below are judged once.
_KINDS = """
    kinds AS (
        SELECT n.known, n.country, n.basis, n.basis_evidence, n.basis_attested, n.basis_until,
            n.newsletter, n.newsletter_imported, n.suppressed, n.tracking_choice,
            min(n.asked_at) AS asked_at, count(*) AS people
        FROM known n
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, n.asked_at IS NOT NULL)"""

# OFFSET 0 here and below: what a person is judged by is worked out once. Without it the planner
# writes these expressions into each place that reads them, "row" eight times over.
_JUDGED = """
    judged AS (
        SELECT n.*, f.strict_unknown, f.class AS account_class,
            coalesce(listed.class, f.other_class) AS country_class,
            f.locked AS account_locked,
            f.locked OR k.locked OR k.unknown_strict AS locked,
            f.takes_customer AND k.takes_customer AND NOT k.unknown_strict AS takes_customer,
            f.takes_implied AND k.takes_implied AND NOT k.unknown_strict AS takes_implied
        FROM {people} n
        CROSS JOIN fixed f
        LEFT JOIN rules listed ON listed.country = n.country
        CROSS JOIN LATERAL (
            SELECT CASE WHEN n.country = '' THEN false
                       ELSE coalesce(listed.locked, f.other_locked, false) END AS locked,
                   CASE WHEN n.country = '' THEN true
                       ELSE coalesce(listed.takes_customer, f.other_takes_customer, true) END
                       AS takes_customer,
                   CASE WHEN n.country = '' THEN true
                       ELSE coalesce(listed.takes_implied, f.other_takes_implied, true) END
                       AS takes_implied,
                   n.country = '' AND f.unknown_strict AS unknown_strict) k
        OFFSET 0)"""

_TODAY = "coalesce(%(gate_now)s, now())::date"

# The SQL function track_class, asked for a million people at once: a call of it costs as much as
# the rest of the gate. A test compares the two for all countries.
_TRACK_CLASS = """
        CASE WHEN d.country = '' AND d.strict_unknown THEN 'C'
            WHEN d.account_class = 'C' OR (d.country <> '' AND d.country_class = 'C') THEN 'C'
            WHEN d.account_class = 'P' OR (d.country <> '' AND d.country_class = 'P') THEN 'P'
            ELSE 'N' END"""

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

_DECIDED = f"""
    decided AS (SELECT j.*, {_ROW} AS "row" FROM judged j OFFSET 0)"""

_TOLD = f"""
        d.country, d."row",
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
        coalesce(d.newsletter_imported, false) AND d."row" = 3 AS imported,
        coalesce(d.locked, true) AS locked,
        d.country = '' AND coalesce(d.locked, true) AS strict,
        {_TRACK_CLASS} AS track_class,
        coalesce(d.tracking_choice, '') AS tracking_choice"""


def verdicts(people: str, *, are_many: bool = False, also: Iterable[str] = ()) -> str:
    """SQL of a relation that judges `people` (see people_of_contacts, people_of_recipients).

    Columns: contact_id, address, address_hash, country, language, verdict (1 send, 2 ask first,
    3 never), reason (code), row (1 to 7), reason_at, reason_campaign_id (evidence), imported (the
    yes came with an import), locked, strict (no country, treated as strict), track_class,
    tracking_choice. Parameters: Question.params(), given to the whole statement; runs inside
    `use_account` of the same account. `are_many` makes tens of thousands cheaper, few dearer.
    `also` names more columns of `people` that are handed on.
    """
    anyone = "(SELECT waits FROM anyone) AND " if are_many else ""
    known = _KNOWN.format(
        standing=_STANDING if are_many else _STANDING_OF_EACH,
        asked_by_others=_ASKED_BY_OTHERS.format(asked_by_anyone=anyone),
    )
    people = people if are_many else _SOME_HUNDRED.format(people=people)
    first = f"{_RULES},{_ANYONE}" if are_many else f"{_RULES},"
    judged = _JUDGED.format(people="known")
    more = "".join(f", d.{column}" for column in also)
    return f"""(
    WITH people AS ({people}),{first}{known},{judged},{_DECIDED}
    SELECT d.contact_id, d.address, d.address_hash, d.language, {_TOLD},
        CASE d."row" WHEN 1 THEN d.suppressed_at WHEN 2 THEN d.newsletter_at
            WHEN 3 THEN d.newsletter_at WHEN 4 THEN d.asked_at END AS reason_at,
        CASE d."row" WHEN 4 THEN d.asked_campaign_id END AS reason_campaign_id{more}
    FROM decided d)"""


def counts(people: str) -> str:
    """SQL of how many of `people` get which verdict: `verdicts`, added up, for a whole account.

    Columns as there, without the person's, and `people`; several rows may look the same.
    """
    known = _KNOWN.format(standing=_STANDING, asked_by_others=_ASKED_BY_OTHERS_AT_ONCE)
    judged = _JUDGED.format(people="kinds")
    return f"""(
    WITH people AS ({people}),{_RULES},{known},{_KINDS},{judged},{_DECIDED}
    SELECT {_TOLD}, d.people FROM decided d)"""
