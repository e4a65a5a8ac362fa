"""Senders: From names and addresses the account may use."""
