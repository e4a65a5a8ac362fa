"""Exports: files of an account's rows, made in the background, kept for a week.

Read models, then running (begin, claim, finish, ring again), writing (the CSV), views. What is
exported belongs to the room whose rows they are: it starts an export and names its own task.
"""
