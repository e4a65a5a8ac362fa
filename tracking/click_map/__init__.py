"""Map of clicks: the mail as it was sent, people's clicks drawn on its links."""
