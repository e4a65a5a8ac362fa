"""A mailbox that is polled by IMAP, where no mail server of ours receives.

Read in order: imap (the wire), polling (what is taken, and when).
"""
