"""What one line of the ledger says before it is chained: the input of `recording.append`. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# The private values: kind in consent_private -> attribute of Entry. Only their salted hashes are
# chained; values and salts may be deleted one day.
PRIVATE: Final = {
    "address": "address",
    "ip": "ip",
    "agent": "agent",
    "name": "typed_name",
    "source": "source",
    "reply": "server_reply",
    "proof": "proof_text",
    "mail": "mail_values",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act or fact about one address. `event`, `purpose` and `act` are those of ConsentRecord.

    `proof_at` is when the person agreed, for an import with proof (default: `at`). `detail` is a
    short code or remark without personal data; an unblocking names the lifted reason in it.
    `source` says where it came from in words ("Campaign ...", "spring.csv, line 12"). `shown_hash`
    names the page or mail that was shown (ledger/shown.py), `mail_values` what filled its gaps.
    `rule` says which law applied: countries and version, as marketing.rules.versions has it.
    """

    event: str
    act: str
    address_hash: bytes
    at: datetime
    purpose: str = "newsletter"
    address: str = ""
    contact_id: int | None = None
    campaign_id: int | None = None
    request_id: int | None = None
    import_id: int | None = None
    member_id: int | None = None
    text_version: int | None = None
    text_hash: str = ""
    shown_hash: str = ""
    language: str = ""
    ip: str = ""
    agent: str = ""
    typed_name: str = ""
    message_id: str = ""
    server_reply: str = ""
    source: str = ""
    proof_text: str = ""
    mail_values: str = ""
    rule: str = ""
    proof_at: datetime | None = None
    detail: str = ""
