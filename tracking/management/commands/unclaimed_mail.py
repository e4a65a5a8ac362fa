"""`manage.py unclaimed_mail`: mail that led to nobody, for the operator to look at and decide."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketing.tenancy import no_account
from tracking.inbound.mails import take_again
from tracking.inbound.models import UnclaimedMail

_ACTS = ("list", "show", "release", "forget")


class Command(BaseCommand):
    """list (default), show, release (it counts if its key is valid), forget."""

    help = "Look at mail that came in and led to nobody; let it count, or let it go."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, with which."""
        parser.add_argument("act", nargs="?", default="list", choices=_ACTS)
        parser.add_argument("number", nargs="?", type=int, help="the number that `list` shows")

    def handle(self, *args: Any, act: str, number: int | None, **options: Any) -> None:
        """Print, or decide."""
        with no_account():
            rows = UnclaimedMail.objects.order_by("-id")
            if act == "list":
                for row in rows[:50]:
                    self.stdout.write(
                        f"{row.pk}  {row.received_at:%Y-%m-%d %H:%M}  {row.why}  "
                        f"to {row.envelope_to or '-'}  {row.subject}"
                    )
                return
            mail = rows.filter(pk=number or 0).first()
            if mail is None:
                raise CommandError(f"There is no mail {number}.")
            if act == "forget":
                mail.delete()
        if act == "show":
            self.stdout.write(bytes(mail.raw).decode("utf-8", "replace"))
        elif act == "release":
            received = take_again(mail)
            led = "It counts" if received.claims else "It leads to nobody, still"
            self.stdout.write(f"{led}: {received.verdict.kind}.")
