"""The engine inside a worker process: one loop, a pool of lines per relay, the database in threads.

A slice leases chunks as Portions; a Queue per relay feeds its pool from them, letter by letter.
"""
