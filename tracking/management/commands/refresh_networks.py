"""Fetches the published lists of networks into a folder of data for judging."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracking.judging.refreshing import Refused, Source, refresh, sources_of
from tracking.judging.tables import data_folder


class Command(BaseCommand):
    help = "Make a new version of the network tables; history is then judged anew by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--into",
            default=str(Path(settings.STATE_DIR) / "judging"),
            help="folder of the new version; JUDGING_DATA must name it for every process",
        )
        parser.add_argument(
            "--list",
            action="append",
            metavar="KIND=PLACE",
            help="a list instead of the known ones: apple_relay=/tmp/ranges.csv",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        old, new = data_folder(), Path(options["into"])
        given = [each.partition("=") for each in options["list"] or ()]
        sources = [Source(kind, place) for kind, _, place in given] or sources_of(old)
        try:
            version = refresh(old, new, sources, today=timezone.now().date())
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Version {version} lies in {new}.")
        if old != new:
            self.stdout.write(f"Set JUDGING_DATA={new} for every process and start them anew.")
