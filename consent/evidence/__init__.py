"""Proof about one person that needs neither us nor our software: one ZIP.

Read: verify (the one-file verifier, nothing but Python, also inside each ZIP), gathering (what
belongs to an address), packing (the files), document (the PDF for people).
"""
