-- What the store calls by the same names on PostgreSQL. TimescaleDB makes its chunks by itself.

create or replace function make_room(weeks timestamptz[]) returns void language sql as $$ $$;

-- The chunks, oldest first.
create or replace function raw_chunks() returns table (starts timestamptz, ends timestamptz)
language sql stable set search_path = public, pg_temp as $$
    select range_start, range_end from timescaledb_information.chunks
     where hypertable_schema = 'public' and hypertable_name = 'reading' order by 1
$$;
revoke execute on function raw_chunks() from public;

-- The readings of these points go out of one chunk. No row is deleted: what stays is set beside, the chunk dropped, and a
-- new one filled with it, compressed as it was. Their roll-ups stay. Late readings of that week wait meanwhile.
create or replace procedure retire_readings(week timestamptz, gone int[], at timestamptz)
language plpgsql set search_path = public, pg_temp as $$
declare
    was  record;
begin
    select range_start, range_end, is_compressed, format('%I.%I', chunk_schema, chunk_name)::regclass as name into was
      from timescaledb_information.chunks
     where hypertable_schema = 'public' and hypertable_name = 'reading' and range_start = week;
    perform refuse_evidence(gone, was.range_end, at);
    set local lock_timeout = '3s';  -- rather try again than let every gateway wait behind a long query
    execute format('lock table %s in share mode', was.name);
    create temp table staying on commit drop as
        select * from reading where time >= was.range_start and time < was.range_end and point_id <> all (gone);
    perform drop_chunks('reading', older_than => was.range_end, newer_than => was.range_start);
    insert into reading select * from pg_temp.staying order by point_id, time;
    if was.is_compressed then
        perform compress_chunk(c) from show_chunks('reading', older_than => was.range_end, newer_than => was.range_start) c;
    end if;
    drop table pg_temp.staying;
    insert into retention.floor (point_id, raw) select unnest(gone), was.range_end
        on conflict (point_id) do update set raw = greatest(floor.raw, excluded.raw);
end $$;
revoke execute on procedure retire_readings(timestamptz, int[], timestamptz) from public;

-- A chunk holds readings of all classes: it becomes columns when the class that waits longest lets it.
do $$
declare
    wanted interval := (select max(compress_after) from retention.class);
begin
    if wanted is distinct from (select (config ->> 'compress_after')::interval from timescaledb_information.jobs
                                 where proc_name = 'policy_compression' and hypertable_name = 'reading') then
        perform remove_compression_policy('reading', if_exists => true);
        perform add_compression_policy('reading', wanted);
    end if;
end $$;
