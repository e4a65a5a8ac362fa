"""The tabs of Marketing > Settings; a tab appears with its page."""

from django.urls import reverse

TABS = (
    ("Mail", "marketing:settings_mail"),
    ("Senders", "marketing:settings_senders"),
    ("Domains", "marketing:settings_domains"),
    ("Sending limits", "campaigns:settings_sending"),
    ("Measuring", "tracking:measuring"),
    ("Deliverability", "tracking:deliverability"),
    ("More", "marketing:settings_more"),
)


def settings_tabs(account_id: int, current: str) -> list[dict[str, object]]:
    """Entries for components/tabs.html; `current` is the label of the open tab."""
    return [
        {"label": label, "url": reverse(name, args=[account_id]), "is_current": label == current}
        for label, name in TABS
    ]
