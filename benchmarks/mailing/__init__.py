"""How fast mail leaves: the sender alone (goals 1, 3, 4), DKIM (5), the whole engine (2, 6).

Read sample, senders, then the rows.
"""
