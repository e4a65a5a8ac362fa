"""Who is asking, and whom do we know: accounts, members, country rules, contacts, senders.

Read: tenancy.py (the only door to a transaction), access.py (who may see a page), tokens.py
(signed links), then accounts, rules, audience, senders. Imports nothing of the rooms above.
"""
