"""Replies of people that came to our addresses, handed on to whom they were meant for.

Read in order: people, keeping, routing, forwarding, then forms and views. Nothing is answered.
"""
