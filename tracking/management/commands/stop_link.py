"""`manage.py stop_link CAMPAIGN NUMBER --why "..."`: a link leads to a page of warning."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.stopping.stopping import NoSuchLink, account_of, stop, stopped_links, undo


class Command(BaseCommand):
    """Without anything it lists what is stopped."""

    help = "Stops a link, or every link of an account, whose target is abused; --undo lets it go."

    def add_arguments(self, parser: CommandParser) -> None:
        """Both numbers stand in addresses: /a/ACCOUNT/campaigns/CAMPAIGN/, /link/.../NUMBER."""
        parser.add_argument("campaign", type=int, nargs="?")
        parser.add_argument("number", type=int, nargs="?")
        parser.add_argument("--account", type=int, help="every link of this account instead")
        parser.add_argument("--why", default="", help="members of the account read it")
        parser.add_argument("--undo", action="store_true", help="lead on as before")

    def handle(self, *args: Any, **options: Any) -> None:
        """Says what leads where from now on."""
        account, campaign, number = (options[name] for name in ("account", "campaign", "number"))
        if account is None and campaign is None:
            self._list()
            return
        if (account is None) == (campaign is None) or (campaign is None) != (number is None):
            raise CommandError("Name a campaign and the number of a link, or --account.")
        if not options["undo"] and not options["why"].strip():
            raise CommandError("Say --why: members of the account read it.")
        try:
            place = (account_of(campaign), campaign, number) if campaign else (account, 0, 0)
            self._settle(place, why="" if options["undo"] else options["why"].strip())
        except NoSuchLink as missing:
            raise CommandError(str(missing)) from missing

    def _settle(self, place: tuple[int, int, int], *, why: str) -> None:
        if why:
            is_new = stop(*place, why=why)
            self.stdout.write("Stopped." if is_new else "It was stopped; it says why anew.")
        elif undo(*place):
            self.stdout.write("Leads on as before.")
        else:
            raise CommandError("This was not stopped.")

    def _list(self) -> None:
        held = stopped_links()
        for one in held:
            what = f"campaign {one.campaign_id}, link {one.number}" if one.number else "every link"
            self.stdout.write(
                f"Account {one.account_id}, {what}, since {one.stopped_at:%Y-%m-%d %H:%M} UTC: "
                f"{one.why}"
            )
        if not held:
            self.stdout.write("Nothing is stopped.")
