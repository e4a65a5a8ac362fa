"""`manage.py country_rules`: the versions of the country policy, what one would change, loading it.

manage.py country_rules                                the versions, the one in force marked
manage.py country_rules preview FILE                   what it would change, account by account
manage.py country_rules load FILE --from 2027-01-01 --source "..."
"""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketing.models import Account, RulesVersion
from marketing.rules.foreseeing import Changes, changes_of_version
from marketing.rules.policy import Policy, PolicyBroken, read_policy
from marketing.rules.versions import in_force, load, policy_in_force
from marketing.tenancy import no_account, use_account


class Command(BaseCommand):
    """Nothing but `load` writes. A loaded version applies by itself on its day."""

    help = "List, preview and load versions of the country policy."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, with which file."""
        parser.add_argument("act", nargs="?", choices=["list", "preview", "load"], default="list")
        parser.add_argument("file", nargs="?", type=Path, help="country-policy-NAME.csv")
        parser.add_argument("--laws", type=Path, help="country-laws-NAME.csv (beside it)")
        parser.add_argument("--from", dest="valid_from", type=date.fromisoformat, help="its day")
        parser.add_argument("--source", default="", help="where the rules come from")

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Do it; a policy that contradicts itself is told in one line."""
        if options["act"] == "list":
            return self._list()
        path = options["file"]
        if path is None or not path.is_file():
            raise CommandError("Name the file: country-policy-NAME.csv")
        laws = options["laws"] or _laws_beside(path)
        try:
            if options["act"] == "preview":
                return self._preview(read_policy(path, laws, name=path.stem))
            return self._load(path, laws, options)
        except PolicyBroken as broken:
            raise CommandError(str(broken)) from broken

    def _list(self) -> None:
        current = in_force()
        for version in RulesVersion.objects.order_by("valid_from"):
            mark = "in force" if current and version.pk == current.pk else ""
            self.stdout.write(
                f"{version.name}  from {version.valid_from}  {mark}  {version.source}"
            )

    def _preview(self, new: Policy) -> None:
        old = policy_in_force()
        total = 0
        with no_account():
            accounts = list(Account.objects.order_by("pk"))
        for account in accounts:
            with use_account(account):
                changes = changes_of_version(account, old=old, new=new)
            if changes.any:
                total += 1
                self._tell(account, changes)
        self.stdout.write(f"{total:,} of {len(accounts):,} accounts would change.")

    def _tell(self, account: Account, changes: Changes) -> None:
        self.stdout.write(f"{account.pk} {account.name} ({account.country})")
        for line in changes.sentences():
            self.stdout.write(f"  {line}")
        self.stdout.write(
            f"  Stricter for {changes.stricter:,} people, looser for {changes.looser:,}; drafts "
            f"{changes.drafts:,}, scheduled {changes.scheduled:,}, running {changes.running:,}."
        )

    def _load(self, path: Path, laws: Path | None, options: dict[str, Any]) -> None:
        if options["valid_from"] is None or not options["source"]:
            raise CommandError(
                "Say from which day (--from) and where the rules come from (--source)"
            )
        made = load(path, laws=laws, valid_from=options["valid_from"], source=options["source"])
        self.stdout.write(f"Version {made.name} applies from {made.valid_from}.")


def _laws_beside(path: Path) -> Path | None:
    beside = path.with_name(path.name.replace("country-policy-", "country-laws-"))
    return beside if beside != path and beside.is_file() else None
