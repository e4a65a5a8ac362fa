"""A person's data handed out, erased, and forgotten when its time is over. The chain stays whole.

Read: handing_out (the ZIP of everything), erasing (one person at their wish), retaining (what goes
by itself, every night), scrubbing (the SQL of both).
"""
