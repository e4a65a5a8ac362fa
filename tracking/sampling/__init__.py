"""Sample data: two invented companies with a past, made through the functions of the real thing.

Read stories.py first: it tells what happened; people, opening, importing, running and reading make
it so. Only times are set back, where a real function knows none but now.
"""
