"""The commands behind `make`: they set everything up and run it, with the standard library only.

Read in this order: commands (what make calls), setup (the steps), demo and testing (what runs),
processes (which processes the product consists of), supervisor (how they start and stop).
"""
