"""Accounts, their members with roles, sign-up, the switcher, and the audit log."""
