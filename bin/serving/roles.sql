-- The five roles of Assent. Run once per cluster by somebody with CREATEROLE, no superuser needed;
-- running it again changes nothing. Passwords are not set here: docs/operating.md.

DO $$
BEGIN
    -- work that crosses accounts; a policy lets it see every row
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assent_every_account') THEN
        CREATE ROLE assent_every_account NOLOGIN;
    END IF;

    -- owns database and tables, runs the migrations
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assent_owner') THEN
        CREATE ROLE assent_owner NOLOGIN CREATEDB;
    END IF;

    -- the door between: NOINHERIT, so that `assent` may SET ROLE to the two above but never
    -- has their policies by itself (a direct inherited grant leaks them)
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assent_door') THEN
        CREATE ROLE assent_door NOLOGIN NOINHERIT;
    END IF;
    GRANT assent_every_account, assent_owner TO assent_door;

    -- web and workers; owns nothing
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assent') THEN
        CREATE ROLE assent LOGIN;
    END IF;
    GRANT assent_door TO assent;

    -- the tracking endpoint; owns nothing, its few rights come with the migrations
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assent_tracking') THEN
        CREATE ROLE assent_tracking LOGIN;
    END IF;
END
$$;
