"""How long tracking events are kept, and what stays when they go.

models, then recorded (what is there about a person), erasing (one person's go, sums stay),
pruning (raw events older than the account's retention go, what they said about each person
stays), recounting (the sums are compared with the rows behind them).
"""
