"""Mail as bytes and as a conversation: messages, DKIM, SMTP, outcomes, the crash journal.

Knows no Django and no database; usable by itself (docs/mailwire.md). Read fields, compiled,
message, dkim, client, outcomes, journal, in that order.
"""
