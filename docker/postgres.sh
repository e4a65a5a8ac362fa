#!/bin/sh
# Run once by the image of PostgreSQL, when its data folder is empty: roles, their passwords, database.
set -eu
psql -X -v ON_ERROR_STOP=1 -U postgres -f /assent/roles.sql
psql -X -v ON_ERROR_STOP=1 -U postgres -v web="$ASSENT_PASSWORD" -v tracking="$TRACKING_PASSWORD" <<'SQL'
ALTER ROLE assent PASSWORD :'web';
ALTER ROLE assent_tracking PASSWORD :'tracking';
SET ROLE assent_owner;
CREATE DATABASE assent;
SQL
