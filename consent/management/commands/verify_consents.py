"""`manage.py verify_consents`: look at every account's chain; exit status 1 when one is broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.ledger import chain
from marketing.models import Account
from marketing.tenancy import no_account


class Command(BaseCommand):
    """Verify the consent ledger of every account."""

    help = "Verify the consent ledger of every account and write down the result."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """One line per account."""
        with no_account():
            accounts = list(Account.objects.order_by("pk").values_list("pk", "name"))
        broken = 0
        for account_id, name in accounts:
            found = chain.check(account_id)
            if found.bad_seq is None:
                self.stdout.write(f"{name}: chain of {found.records:,} records intact")
            else:
                broken += 1
                self.stdout.write(f"{name}: BROKEN at record {found.bad_seq:,}")
        if broken:
            raise CommandError(f"{broken} of {len(accounts)} chains are broken.")
