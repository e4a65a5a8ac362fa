"""`manage.py verify_consents`: look at every account's chain; exit status 1 when one is broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.ledger.verifying import check_every_account


class Command(BaseCommand):
    """Verify the consent ledger of every account, and that standing is what it says."""

    help = "Verify the consent ledger of every account and write down the result."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """One line per account."""
        bad = []
        for name, found in check_every_account():
            if found.bad_seq is not None:
                bad.append(name)
                self.stdout.write(f"{name}: BROKEN at record {found.bad_seq:,}")
            elif found.standing_off:
                bad.append(name)
                self.stdout.write(
                    f"{name}: STANDING differs for {found.standing_off:,} addresses"
                    " (manage.py rebuild_standing)"
                )
            else:
                self.stdout.write(f"{name}: chain of {found.records:,} records intact")
        if bad:
            raise CommandError(f"Broken chains: {', '.join(bad)}.")
