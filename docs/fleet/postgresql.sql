-- The record whole, and beside it what questions ask for. Run with PostgreSQL 15.
CREATE TABLE IF NOT EXISTS records
(
    id text PRIMARY KEY,
    time timestamptz NOT NULL,
    event text NOT NULL,
    host text,
    version text,
    service text,
    proto text,
    address text,
    port int,
    reason text,
    weight bigint NOT NULL,
    worked boolean NOT NULL,
    force boolean NOT NULL,
    told boolean NOT NULL,
    holder text,
    record jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS records_time ON records (time);
CREATE INDEX IF NOT EXISTS records_where ON records (host, service, proto, address, port, time);

-- What is no record is kept aside: it must not keep the others from coming in.
CREATE TABLE IF NOT EXISTS records_broken (came timestamptz DEFAULT now(), line text);

CREATE OR REPLACE FUNCTION reuseshim_take(line text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r jsonb;
    h jsonb;
    failed boolean;
    repeats bigint;
BEGIN
    r := line::jsonb;
    h := r->'holders'->0;
    failed := r->>'event' LIKE '%\_failed';
    repeats := coalesce((r->>'repeats')::bigint, 0);
    INSERT INTO records VALUES (
        coalesce(r->>'id', md5(line)), (r->>'time')::timestamptz, r->>'event', r->>'host', r->>'version',
        coalesce(r->>'unit', r->'container'->>'name', r->>'comm'), r->>'proto', r->>'address', (r->>'port')::int, r->>'reason',
        CASE WHEN NOT failed THEN 0 WHEN repeats = 0 THEN 1 ELSE repeats - repeats / 10 END,
        r->>'event' IN ('bind', 'listen') AND r->'result' = '0',
        coalesce((r->'would_succeed'->>'newcomer_reuseaddr')::boolean, false), failed AND repeats = 0,
        coalesce(h->>'unit', h->'container'->>'name', h->>'comm'), r)
    ON CONFLICT (id) DO NOTHING;
EXCEPTION WHEN others THEN
    INSERT INTO records_broken (line) VALUES (reuseshim_take.line);
END $$;
