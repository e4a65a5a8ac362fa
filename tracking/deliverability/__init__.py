"""How mail of an account is received: rates with their denominators, and the brake they pull.

Read in order: rates, braking, growing, then showing and views.
"""
