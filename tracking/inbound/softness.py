"""Whether a provider itself says that a bounce is not for ever, each in its own words. Pure.

anymail calls soft and hard ones bounced alike.
"""

from typing import Any, Final

# Where the word stands in the provider's event, and which words mean "for now".
_PLACES: Final[tuple[tuple[tuple[str, ...], frozenset[str]], ...]] = (
    (("event",), frozenset({"soft_bounce"})),  # Brevo, Mandrill
    (("data", "type"), frozenset({"soft_bounced"})),  # MailerSend
    (("Type",), frozenset({"SoftBounce"})),  # Postmark
    (("bounce", "bounceType"), frozenset({"Transient", "Undetermined"})),  # Amazon SES
    (("data", "bounce", "type"), frozenset({"Transient", "Undetermined"})),  # Resend
    (("type",), frozenset({"blocked"})),  # SendGrid: a bounce that says nothing of the address
    (
        ("delivery_info", "delivery_status"),  # Unisender Go
        frozenset({"err_mailbox_full", "err_too_large", "err_unreachable", "err_will_retry"}),
    ),
)
# SparkPost's classes of bounces: soft, DNS, full, too large, timeout, generic, relaying, out of
# office and the like. Those for ever are 10, 30 and 90; the rest is policy.
_CLASSES: Final = frozenset({"1", "20", "21", "22", "23", "24", "40", "60", "70", "80", "100"})


def is_soft(told: Any) -> bool:
    """Never raises: the event is whatever somebody with the right signature sent."""
    if any(_at(told, path) in words for path, words in _PLACES):
        return True
    if _at(told, ("hard_bounce",)) == "False":  # Mailjet
        return True
    # Postal tells that a bounce came back, and not why.
    if _at(told, ("payload", "bounce")):
        return True
    envelope = told.get("msys") if isinstance(told, dict) else None
    groups = envelope.values() if isinstance(envelope, dict) else ()
    return any(_at(group, ("bounce_class",)) in _CLASSES for group in groups)


def _at(told: Any, path: tuple[str, ...]) -> str:
    for name in path:
        told = told.get(name) if isinstance(told, dict) else None
    return "" if told is None else str(told)
