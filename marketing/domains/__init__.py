"""Sender domains: what their owner publishes in the DNS, our keys for them, and whether it stands.

Read in order: models, freemail, keys, wanted, checking, adding, tending, then forms and views.
"""
