"""Adding a sender domain, with its first keys."""

import secrets

from marketing.accounts.auditing import record
from marketing.domains.keys import make_keys
from marketing.models import Member, SenderDomain


def add_domain(name: str, *, by: Member) -> SenderDomain:
    """The domain, unverified. Raises sealing.NoKey. Call inside `use_account`."""
    domain = SenderDomain.objects.create(
        account=by.account, domain=name, challenge=secrets.token_hex(16)
    )
    make_keys(domain)
    record(by.account, by=by, act="domain.added", subject=name)
    return domain
