"""`manage.py provider_hook PROVIDER`: where the operator's own provider posts its events."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking.inbound.hooks import KEYS, VIEWS, hook_url


class Command(BaseCommand):
    """For an installation whose EMAIL_BACKEND is a provider: one address for all accounts."""

    help = "Print the address the operator's own provider is to post its events to."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which provider."""
        parser.add_argument("provider", choices=sorted(VIEWS))

    def handle(self, *args: Any, provider: str, **options: Any) -> None:
        """Print the address, and the setting that its signatures need."""
        self.stdout.write(hook_url(0, provider))
        if provider in KEYS:
            name = f"{provider}_{KEYS[provider][0]}".upper()
            self.stdout.write(f"Its signatures need ANYMAIL[{name!r}], its {KEYS[provider][1]}.")
