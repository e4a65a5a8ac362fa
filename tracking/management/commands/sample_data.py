"""`manage.py sample_data`: two invented companies to look around in. No mail leaves."""

from typing import Any

from django.core.management.base import BaseCommand

from tracking.sampling import stories


class Command(BaseCommand):
    """Makes what is missing; run again it changes nothing."""

    help = "Make Acme Bikes and Vélo Lyon with contacts, consents and campaigns, unless they exist."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Each account is one transaction: all of it, or nothing."""
        for name, owner, tell in (
            ("Acme Bikes", stories.ACME["owner"][0], stories.tell_acme),
            ("Vélo Lyon", stories.VELO["owner"][0], stories.tell_velo),
        ):
            if stories.is_told(owner):
                self.stdout.write(f"{name} is there.")
            else:
                tell()
                self.stdout.write(f"{name} made: log in as {owner}, password assent-demo.")
