"""Contacts, their fields, segments and search; the tables standing and suppression."""
