"""Figures side by side: the last campaigns of an account, and the groups of one campaign.

reading (two statements), showing (rates with the same base everywhere), views.
"""
