"""Statistics page and Recipients tab: what happened with one campaign, and to whom.

Read: filters (the URL, and the condition behind each number), searching, numbers, figures and
over_time (the Statistics page), listing and wording (the Recipients tab), happened and person (the
drawer), views.
"""
