"""The consent side of a contact's page: timeline, then views (blocking and unblocking)."""
