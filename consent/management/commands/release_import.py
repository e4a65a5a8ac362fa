"""`manage.py release_import ACCOUNT --note "..."`: let an account's first large import run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.importing.holding import held_imports, release


class Command(BaseCommand):
    """Without a number it lists what waits: account, file, people, and what they claim."""

    help = "Lists imports that wait for the operator, or releases those of one account."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account's number stands in the address of its pages, /a/NUMBER/."""
        parser.add_argument("account", type=int, nargs="?")
        parser.add_argument("--note", default="", help="why; kept with the import")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per import."""
        if options["account"] is None:
            self._list()
            return
        released = release(options["account"], note=options["note"])
        if not released:
            raise CommandError("No import of this account waits.")
        for name in released:
            self.stdout.write(f"{name} is released and begins within a minute.")

    def _list(self) -> None:
        held = held_imports()
        for imported in held:
            by = imported.member.user.email if imported.member else "a member who left"
            self.stdout.write(
                f"{imported.account_id}: {imported.account}, {imported.file_name}, "
                f"{imported.rows:,} rows, by {by}. Source: {imported.source}. "
                f"Basis claimed: {imported.basis or 'none'}."
            )
        if not held:
            self.stdout.write("No import waits.")
