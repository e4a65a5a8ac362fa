"""The one way this app tells a higher one that something happened."""

from django.dispatch import Signal

# Sent by consent.ledger inside the transaction that changed the standing, once per change and
# reason, with: account_id, address_hashes (list[bytes]), change ("agreed", "refused", "left",
# "suppressed"), reason (a code of recipients/reasons.py) and at (datetime).
standing_changed = Signal()
