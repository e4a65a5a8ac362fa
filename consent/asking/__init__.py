"""Consent requests: open, compose, mark. They are sent by campaigns.sending, like every mail."""
