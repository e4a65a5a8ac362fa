"""What members see of what came back: reports to look at, their provider's address, who gets
replies. Read in order: forms, reading, acting, then views.
"""
