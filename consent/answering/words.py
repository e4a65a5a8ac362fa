"""What our code says to people on public pages, to be translated like the templates. Pure."""

from typing import Final

LINK_MAILED: Final = (
    "If we know the address, a mail with the link is on its way to it. Look there in a few minutes."
)
STOPPED: Final = {
    "newsletter": "Stopped. No more newsletters from us.",
    "tracking": "Stopped. Nothing more is recorded, also for mails you already have.",
}
STARTED: Final = {
    "newsletter": "The newsletter is on again.",
    "tracking": "Measuring is on. You can stop it here at any time.",
}
MEASURED_ERASED: Final = "Erased. Nothing more is recorded, also for mails you already have."
YES_SINCE: Final = "Yes, since %(when)s"
NO_SINCE: Final = "No, since %(when)s"
NO: Final = "No"

# (event, purpose) -> what happened, said to the person; purpose "" for both
HAPPENED: Final = {
    ("asked", ""): "We asked you by mail",
    ("agreed", "newsletter"): "Yes to the newsletter",
    ("agreed", "tracking"): "Yes to measuring",
    ("refused", "newsletter"): "No to the newsletter",
    ("refused", "tracking"): "No to measuring",
    ("withdrew", "newsletter"): "You left the newsletter",
    ("withdrew", "tracking"): "You stopped measuring",
    ("imported", ""): "Somebody told us that you agreed elsewhere",
    ("expired", ""): "You did not answer in time",
    ("complained", ""): "You reported a mail as unwanted",
    ("bounced", ""): "A mail to you came back",
    ("blocked", ""): "Your address was blocked",
    ("unblocked", ""): "Your address was unblocked",
}
ERASED: Final = "You had your data erased"
MEASURED: Final = {
    "open": "The pictures of “%(campaign)s” were loaded",
    "click": "“%(link)s” in “%(campaign)s” was pressed",
}
JUDGED: Final = {
    "person": "we think by you",
    "machine": "we think by a machine",
    "proxy": "by your mail provider, for you or by itself",
    "unknown": "we do not know by whom",
}
A_LINK: Final = "A link"
TIMES: Final = "%(times)s times in all"
NETWORK: Final = "from the network %(network)s"

EVERY: Final = (
    LINK_MAILED,
    *STOPPED.values(),
    *STARTED.values(),
    MEASURED_ERASED,
    YES_SINCE,
    NO,
    *HAPPENED.values(),
    ERASED,
    *MEASURED.values(),
    *JUDGED.values(),
    A_LINK,
    TIMES,
    NETWORK,
)
