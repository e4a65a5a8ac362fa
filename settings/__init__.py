"""Wiring: settings per place (base, development, test, production), URLs, Celery, servers.

Read base.py first; schedule.py shows every periodic job on one screen.
"""
