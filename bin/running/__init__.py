"""Starts and stops programs so that none is left behind, whatever ends us.

Read programs, then supervisor with watchdog, and claiming (one run at a time).
"""
