"""`manage.py release_brake ACCOUNT --note "..."`: let an account send again that was on hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.deliverability.braking import release


class Command(BaseCommand):
    """Counting begins anew; paused campaigns wait for a member to press Resume."""

    help = "Lets an account send again that was held for its complaint or bounce rate."

    def add_arguments(self, parser: CommandParser) -> None:
        """The account's number stands in the address of its pages, /a/NUMBER/."""
        parser.add_argument("account", type=int)
        parser.add_argument("--note", default="", help="why; kept with the brake")

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many brakes were held."""
        held = release(options["account"], note=options["note"])
        if not held:
            raise CommandError("Nothing is held for this account.")
        self.stdout.write(f"{held} let go. Paused campaigns go on when a member resumes them.")
