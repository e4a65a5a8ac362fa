"""The first hour: log in, sign up, what an account starts with, and Home with its setup steps.

Stands above the other rooms of marketing, because a new account begins with a row of each.
Read accounts.py first.
"""
