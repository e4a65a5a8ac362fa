"""PostgreSQL and Redis: our own ones, or those the environment names.

Read starting, then postgres with postgres_binaries, valkey, database (roles.sql, migrations).
"""
