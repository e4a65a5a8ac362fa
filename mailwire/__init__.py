"""Mail as bytes and as a conversation: headers, messages, SMTP, outcomes, the crash journal.

Knows no Django and no database; the standard library, idna and email-validator are enough.
Read headers, message, outcomes, smtp, journal, in that order.
"""
