"""Every periodic job on one screen. Each may run late, twice or not at all without harm."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # Open chunks, due rows, leases of dead workers.
    "dispatch": {
        "task": "campaigns.sending.dispatch",
        "schedule": 1.0,
        "options": {"queue": "now", "expires": 5},
    },
    # Scheduled launches, joiners, waits that ended, campaigns that are finished.
    "tend": {
        "task": "campaigns.launching.tend",
        "schedule": 2.0,
        "options": {"expires": 10},
    },
    # Imports that should run and have not moved for a minute.
    "ring_imports": {
        "task": "consent.importing.ring",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "ring_suppression_imports": {
        "task": "consent.suppressed.ring",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    # Exports likewise; files that were kept for a week go.
    "ring_exports": {
        "task": "marketing.exporting.ring",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "expire_exports": {
        "task": "marketing.exporting.expire",
        "schedule": crontab(minute="41"),
    },
    # The chain of consent records, every night; requests that were silent for 12 months.
    "verify_consents": {
        "task": "consent.ledger.verify",
        "schedule": crontab(hour="6", minute="0"),
    },
    # A version of the country rules may begin with the day (UTC).
    "notice_rules": {
        "task": "marketing.audience.notice_rules",
        "schedule": crontab(hour="0", minute="2"),
    },
    # What was kept long enough: addresses of programs, silent people, proof after its time.
    "forget": {
        "task": "consent.erasing.forget",
        "schedule": crontab(hour="5", minute="20"),
    },
    "expire_requests": {
        "task": "consent.asking.expire",
        "schedule": crontab(minute="17"),
    },
    # Tracking events into engagement and counters.
    "fold": {
        "task": "tracking.folding.fold",
        "schedule": 2.0,
        "options": {"expires": 10},
    },
    # Complaints and bounces of accounts that have something running.
    "watch_rates": {
        "task": "tracking.deliverability.watch",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    # What became of mail by receiving group.
    "count_groups": {
        "task": "tracking.deliverability.count_groups",
        "schedule": 600.0,
        "options": {"expires": 590},
    },
    # What new accounts may send in a day, after each clean one.
    "grow_allowances": {
        "task": "tracking.deliverability.grow",
        "schedule": crontab(minute="9"),
    },
    # Replies of people that wait for being handed on to their sender.
    "forward_replies": {
        "task": "tracking.inbound.forward_replies",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    # Sender domains: each once a day; at once where somebody pressed and the bell was lost.
    "check_domains": {
        "task": "marketing.domains.check_all",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    # Partitions of tracking events, two months ahead.
    "make_event_partitions": {
        "task": "tracking.folding.make_event_partitions",
        "schedule": 86400.0,
    },
    # New rules over old events; a minute later where the last time left off.
    "rejudge": {
        "task": "tracking.folding.rejudge",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    # Raw events older than their account keeps, then the sums against the rows behind them.
    "prune_events": {
        "task": "tracking.keeping.prune",
        "schedule": crontab(hour="2", minute="20"),
    },
    "recount_events": {
        "task": "tracking.keeping.recount",
        "schedule": crontab(hour="3", minute="20"),
    },
    # Own hosts for picture and links: each once a day, at once where the bell was lost.
    "check_hosts": {
        "task": "tracking.measuring.check_due_hosts",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
}
