"""`manage.py rebuild_standing`: write standing anew from the ledger, for one account or all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from consent.ledger.deriving import rebuild_standing, standing_off
from consent.ledger.recording import lock
from consent.ledger.verifying import accounts
from marketing.tenancy import use_account


class Command(BaseCommand):
    """Nobody is mailed by it; who should not have been mailed is kept out from then on."""

    help = "Write what every address said last anew from the consent ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which account, and whether to write at all."""
        parser.add_argument("--account", type=int, help="number of one account")
        parser.add_argument("--check", action="store_true", help="only compare, write nothing")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """One line per account."""
        for account_id, name in accounts():
            if options["account"] not in (None, account_id):
                continue
            with use_account(account_id):
                lock(account_id)
                off = standing_off(account_id)
                if options["check"]:
                    self.stdout.write(f"{name}: {off:,} addresses differ")
                    continue
                written = rebuild_standing(account_id)
                self.stdout.write(f"{name}: {written:,} addresses written, {off:,} differed")
