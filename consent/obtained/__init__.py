"""Obtained consents as a file: the records the list shows under its filters. Read exporting."""
