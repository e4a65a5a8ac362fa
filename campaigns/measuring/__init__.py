"""How an account measures: retention, small groups, marks in links (UTM), its own tracking host.

models, then marking (UTM into links), hosts (which host a mail's picture and links name). The page
is tracking.measuring, which also checks the host by DNS.
"""
