"""The left menu: which entries a member sees, and which one is open."""

from dataclasses import dataclass

from django.urls import reverse

from marketing.access import may
from marketing.accounts.models import Member


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    name: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    """A group of entries; the first one has no name."""

    name: str
    entries: tuple[Entry, ...]


# name, URL name, icon, right
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("", (("Home", "marketing:home", "home", "see"),)),
    (
        "Marketing",
        (
            ("Campaigns", "campaigns:campaigns", "send", "see"),
            ("Contacts", "marketing:contacts", "users", "see"),
            ("Segments", "marketing:segments", "filter", "see"),
            ("Templates", "campaigns:templates", "template", "see"),
            ("Consent forms", "consent:forms", "checkbox", "see"),
            ("Obtained consents", "consent:consents", "certificate", "see"),
            ("Suppression", "consent:suppression", "ban", "see"),
            ("Settings", "marketing:settings", "settings", "see_settings"),
        ),
    ),
    (
        "Account",
        (
            ("Members", "marketing:members", "users-group", "see_members"),
            ("Audit log", "marketing:audit", "history", "see_audit"),
        ),
    ),
)


def menu_of(member: Member, path: str) -> list[Group]:
    """The groups a member sees on the page at `path`."""
    groups = []
    for group, entries in _GROUPS:
        shown = [
            _entry(entry, member.account_id, path) for entry in entries if may(member, entry[3])
        ]
        groups.append(Group(group, tuple(shown)))
    return [group for group in groups if group.entries]


def _entry(entry: tuple[str, str, str, str], account_id: int, path: str) -> Entry:
    name, url_name, icon, _ = entry
    url = reverse(url_name, args=[account_id])
    is_current = path == url if url_name == "marketing:home" else path.startswith(url)
    return Entry(name, url, icon, is_current)
