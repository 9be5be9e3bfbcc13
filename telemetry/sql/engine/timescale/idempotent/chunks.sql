-- What the store calls by the same names on PostgreSQL. TimescaleDB makes chunks and remembers what is due by itself.

create or replace function make_room(weeks timestamptz[]) returns void language sql as $$ $$;

create or replace function rollup_is_due(batches bigint[], first_time timestamptz[], last_time timestamptz[]) returns void
language sql as $$ $$;

-- The policies refresh the roll-ups, only their owner may: for a program's role this does nothing.
create or replace procedure refresh_rollups(until timestamptz) language plpgsql as $$
begin
    if pg_has_role((select relowner from pg_class where oid = 'reading'::regclass), 'usage') then
        call refresh_continuous_aggregate('reading_minute', null, date_trunc('minute', until - interval '1 minute', 'UTC'));
        call refresh_continuous_aggregate('reading_hour', null, date_trunc('hour', until - interval '1 minute', 'UTC'));
    end if;
end $$;

-- Raw readings before `before` go, whole chunks only, and only at the owner's word. Their roll-ups stay.
create or replace procedure drop_readings(before timestamptz) language plpgsql as $$
begin
    perform drop_chunks('reading', older_than => before);
end $$;
revoke execute on procedure drop_readings(timestamptz) from public;
